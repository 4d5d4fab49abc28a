//! Who can come to the rights of one principal: the ways to it, and to whoever has a way to it.
//!
//! Who can make itself, or somebody that it can become, an administrator comes to whatever an administrator there can
//! become: so it has one hop more, which is decided with the policies of an administrator under the layers that stay.

use std::collections::HashMap;

use super::ask::Said;
use super::{Escalation, PATHS, Path, Step, Way};
use crate::access::index::{Counting, Index, Set, WhoCan as _, With};
use crate::policy::principal::Kind;

impl<'i, 'e> Escalation<'i, 'e> {
    /// Looks for every path to one principal; `None` if it is not in the estate.
    pub fn to(index: &'i Index<'e>, arn: &str) -> Option<Self> {
        let goal = index.estate().find(arn)?;
        Some(Self::towards_one(index, goal, Counting::Certain))
    }

    pub(super) fn towards_one(index: &'i Index<'e>, goal: usize, counting: Counting) -> Self {
        let none = || Set::none(index.estate().identities.len());
        let mut goals = none();
        goals.add(goal);
        let mut all = Self::at(index, goals, counting);
        all.goal = Some(goal);
        let mut found = none();
        all.for_themselves(&mut found);
        let own = std::mem::take(&mut all.steps);
        let makers = all.makers();
        all.search_from(goal, &own, &makers);
        all
    }

    /// Who can make somebody an administrator and become it, by whom it is.
    fn makers(&mut self) -> HashMap<usize, Vec<(&'static Path, Set)>> {
        let mut makers: HashMap<usize, Vec<(&'static Path, Set)>> = HashMap::new();
        let nobody = self.none();
        for path in PATHS.iter().filter(|it| matches!(it.way, Way::MadeRole | Way::MadeUser)) {
            let kind = if path.way == Way::MadeRole { Kind::Role } else { Kind::User };
            let candidates = self.candidates(path.needs, &nobody);
            if candidates.is_empty() {
                continue;
            }
            for made in self.could_be.clone().places() {
                if self.kind(made) != Some(kind) {
                    continue;
                }
                let Some(sets) = self.with_all_on(path, made, &candidates) else { continue };
                let mut who = candidates.clone();
                for set in &sets {
                    who.keep(set);
                }
                if !who.is_empty() {
                    makers.entry(made).or_default().push((path, who));
                }
            }
        }
        makers
    }

    fn search_from(
        &mut self,
        goal: usize,
        own: &HashMap<usize, Step>,
        makers: &HashMap<usize, Vec<(&'static Path, Set)>>,
    ) {
        let none = self.none();
        let mut front = vec![goal];
        // Who makes somebody an administrator is a hop further away than who has a way itself.
        let mut later = none.clone();
        let mut later_steps: HashMap<usize, Step> = HashMap::new();
        while !front.is_empty() || !later.is_empty() {
            let mut found = none.clone();
            self.towards(&front, &mut found);
            later.drop(&self.reached);
            later.drop(&found);
            for place in later.places() {
                if let Some(step) = later_steps.get(&place) {
                    self.steps.insert(place, *step);
                }
            }
            found.join(&later);
            (later, later_steps) = self.as_administrators(&front, &found, own, makers);
            self.reached.join(&found);
            front = found.places().collect();
        }
    }

    /// Who comes to one of the front by making itself, or somebody else, an administrator first, with the step to that.
    fn as_administrators(
        &mut self,
        front: &[usize],
        found: &Set,
        own: &HashMap<usize, Step>,
        makers: &HashMap<usize, Vec<(&'static Path, Set)>>,
    ) -> (Set, HashMap<usize, Step>) {
        let mut later = self.none();
        let mut steps = HashMap::new();
        for target in front {
            for (path, who) in self.if_administrators(*target) {
                let step = Step { path, target: Some(*target) };
                for place in who.places() {
                    let own = own.get(&place).map(|first| (place, *first));
                    let made = makers.get(&place).into_iter().flatten();
                    let made = made.flat_map(|(path, who)| {
                        let first = Step { path, target: Some(place) };
                        who.places().filter(|maker| *maker != place).map(move |it| (it, first))
                    });
                    for (maker, first) in own.into_iter().chain(made) {
                        let is_known = self.reached.has(maker) || found.has(maker);
                        if !is_known && !later.has(maker) {
                            self.then.entry(place).or_insert(step);
                            later.add(maker);
                            steps.insert(maker, first);
                        }
                    }
                }
            }
        }
        (later, steps)
    }

    /// Who could become somebody with the policies of an administrator, way by way.
    fn if_administrators(&self, target: usize) -> Vec<(&'static Path, Set)> {
        let Some(identity) = self.identity(target) else { return Vec::new() };
        let kind = match identity.principal.kind() {
            Kind::Role => Way::Role,
            Kind::User => Way::User,
            _ => return Vec::new(),
        };
        let mut ways = Vec::new();
        for path in PATHS.iter().filter(|path| path.way == kind) {
            let mut who = self.could_be.clone();
            for action in path.needs {
                let said = Self::said(action, Some(identity));
                let mut allowed = self.none();
                for resource in self.on(action, identity) {
                    allowed.join(&self.as_administrator(action, &resource, &said));
                }
                who.keep(&allowed);
            }
            if !who.is_empty() {
                ways.push((path, who));
            }
        }
        ways
    }

    fn as_administrator(&self, action: &str, resource: &str, said: &Said) -> Set {
        let none = self.none();
        let verdict =
            self.index().verdict_with(With::ALL_RIGHTS, action, resource, said.as_slice());
        verdict.map_or(none, |verdict| self.counting.of(verdict))
    }
}
