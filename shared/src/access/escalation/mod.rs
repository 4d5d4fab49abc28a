//! Who can come to the rights of an administrator, or of one principal ([`goal`]), and how.
//!
//! The ways are data ([`table`]); each permission that one takes is asked of the index, on the resource that it is about,
//! under every layer and with what the request would say (`iam:PassedToService`, `iam:PolicyARN`,
//! `iam:PermissionsBoundary`). Only what is certainly allowed counts. From the administrators backwards, breadth first: so
//! each path is a shortest one, and circles end. Targets that nobody is told apart on are looked at once: what counts is
//! the sets of those who may, not whom they may it on.

pub mod table;

mod ask;
mod doing;
mod goal;
mod group;
mod perhaps;
mod remedy;
mod rights;
mod service;
#[cfg(test)]
mod slow;
mod told;
mod version;
mod way;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub use perhaps::Perhaps;
pub use remedy::{Fix, Remedy, Taken};
pub use table::{PATHS, Path, Way};
pub use told::{Enabled, Hop, Route};

use super::estate::Identity;
use super::index::{Counting, Index, Memo, Policies, Regions, Set, WhoCan as _};
use crate::policy::principal::Kind;
use ask::OnTargets;
use doing::Doing;
use table::SETS_VERSION;

/// The first step of somebody's path.
#[derive(Clone, Copy, Debug)]
struct Step {
    path: &'static Path,
    /// Whose rights it comes to; its own where it gives itself rights.
    target: Option<usize>,
}

/// Who can come to the rights of an administrator.
#[derive(Debug)]
pub struct Escalation<'i, 'e> {
    memo: Memo<'i, 'e>,
    counting: Counting,
    /// Where the paths lead, where that is one principal.
    goal: Option<usize>,
    /// One of all regions that policies do not tell apart, and all.
    regions: Vec<String>,
    alike: Regions,
    administrators: Set,
    /// Who would be one with the policies of one.
    could_be: Set,
    reached: Set,
    steps: HashMap<usize, Step>,
    /// The next step of whoever is made an administrator on the way to somebody else.
    then: HashMap<usize, Step>,
    /// Who has a policy that allows an action on something.
    may: HashMap<&'static str, Set>,
    /// By the id of a way and the account.
    doing: HashMap<(&'static str, &'e str), Doing>,
    on_targets: OnTargets,
    /// By the trust, or by the role where its trust names resources.
    trusted: HashMap<(bool, usize, &'static str), bool>,
    /// Groups that may be worth joining, by account.
    powerful: HashMap<&'e str, Vec<&'e str>>,
}

impl<'i, 'e> Escalation<'i, 'e> {
    /// Looks for every path to the rights of an administrator.
    pub fn of(index: &'i Index<'e>) -> Self {
        Self::counting(index, Counting::Certain)
    }

    fn counting(index: &'i Index<'e>, counting: Counting) -> Self {
        let goals = rights::administrators(index, Policies::Own, &index.regions(), counting);
        let mut all = Self::at(index, goals, counting);
        all.search();
        all
    }

    /// Before anybody was looked for who comes to these.
    fn at(index: &'i Index<'e>, goals: Set, counting: Counting) -> Self {
        let alike = index.regions_alike();
        let regions: Vec<String> = alike.each().cloned().collect();
        let could_be = rights::administrators(index, Policies::Administrator, &regions, counting);
        Self {
            memo: Memo::counting(index, counting),
            counting,
            goal: None,
            regions,
            alike,
            reached: goals.clone(),
            administrators: goals,
            could_be,
            steps: HashMap::new(),
            then: HashMap::new(),
            may: HashMap::new(),
            doing: HashMap::new(),
            on_targets: OnTargets::default(),
            trusted: HashMap::new(),
            powerful: group::powerful(index.estate()),
        }
    }

    /// Where the paths lead: who is an administrator, that is may do anything in IAM, under every layer, and in most other
    /// services as far as its own policies and its boundary go; or the one principal that was asked for.
    pub fn administrators(&self) -> &Set {
        &self.administrators
    }

    fn index(&self) -> &'i Index<'e> {
        self.memo.index()
    }

    fn search(&mut self) {
        let mut front: Vec<usize> = self.administrators.places().collect();
        let mut found = self.none();
        self.for_themselves(&mut found);
        self.by_making(&mut found);
        self.towards(&front, &mut found);
        loop {
            front = found.places().collect();
            if front.is_empty() {
                return;
            }
            self.reached.join(&found);
            found = self.none();
            self.towards(&front, &mut found);
        }
    }

    fn none(&self) -> Set {
        Set::none(self.index().estate().identities.len())
    }

    /// Notes that some have a first step, those who are nowhere yet.
    fn note(&mut self, mut who: Set, step: Step, found: &mut Set) {
        who.drop(&self.reached);
        who.drop(found);
        for place in who.places() {
            self.steps.insert(place, step);
        }
        found.join(&who);
    }

    /// Who is nowhere yet and has policies that allow all of it on something.
    fn candidates(&mut self, needs: &[&'static str], found: &Set) -> Set {
        let index = self.index();
        let mut candidates = Set::all(index.estate().identities.len());
        candidates.drop(&self.reached);
        candidates.drop(found);
        for action in needs.iter().filter(|action| !action.starts_with("sts:")) {
            candidates.keep(self.may.entry(action).or_insert_with(|| index.may(action)));
        }
        candidates
    }

    /// Ways to give oneself rights.
    fn for_themselves(&mut self, found: &mut Set) {
        for path in PATHS {
            let is_own = matches!(
                path.way,
                Way::OwnUser | Way::OwnRole | Way::OwnGroup | Way::OwnPolicy | Way::JoinGroup
            );
            if !is_own {
                continue;
            }
            let mut candidates = self.candidates(path.needs, found);
            // Another version may be of the boundary too.
            if !path.needs.contains(&SETS_VERSION) {
                candidates.keep(&self.could_be);
            }
            let mut who = self.none();
            for place in candidates.places() {
                if self.own_resource(path, place).is_some() {
                    who.add(place);
                }
            }
            self.note(who, Step { path, target: None }, found);
        }
    }

    /// Ways to give somebody else rights and become it.
    fn by_making(&mut self, found: &mut Set) {
        let targets: Vec<usize> = self.could_be.places().collect();
        for path in PATHS.iter().filter(|it| matches!(it.way, Way::MadeRole | Way::MadeUser)) {
            let kind = if path.way == Way::MadeRole { Kind::Role } else { Kind::User };
            self.over(path, kind, &targets, found);
        }
    }

    /// Ways to become somebody who has come to the rights already.
    fn towards(&mut self, targets: &[usize], found: &mut Set) {
        for path in PATHS {
            match path.way {
                Way::User => self.over(path, Kind::User, targets, found),
                Way::Role | Way::Pass(_) | Way::Existing(_) => {
                    self.over(path, Kind::Role, targets, found);
                }
                _ => {}
            }
        }
    }

    /// Notes who can come to one of the targets by a path: each to the first of them.
    fn over(&mut self, path: &'static Path, kind: Kind, targets: &[usize], found: &mut Set) {
        let mut candidates = self.candidates(path.needs, found);
        let mut known = HashSet::new();
        for target in targets {
            if candidates.is_empty() {
                return;
            }
            if self.kind(*target) != Some(kind) {
                continue;
            }
            let ways = match path.way {
                Way::Pass(services) | Way::Existing(services) => {
                    self.through(path, services, *target, &candidates)
                }
                _ => Vec::from_iter(self.with_all_on(path, *target, &candidates)),
            };
            for sets in ways {
                // Who may is the same as for a target before.
                if !known.insert(sets.iter().map(Arc::as_ptr).collect::<Vec<_>>()) {
                    continue;
                }
                let mut who = candidates.clone();
                for set in &sets {
                    who.keep(set);
                }
                candidates.drop(&who);
                self.note(who, Step { path, target: Some(*target) }, found);
            }
        }
    }

    fn kind(&self, place: usize) -> Option<Kind> {
        self.identity(place).map(|identity| identity.principal.kind())
    }

    fn identity(&self, place: usize) -> Option<&'e Identity> {
        self.index().estate().identities.get(place)
    }
}

#[cfg(test)]
mod tests;
