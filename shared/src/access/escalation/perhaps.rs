//! Who has a path, or the rights already, only if something is so that nobody knows: a policy whose text was not collected
//! allows it, a condition on a key without a value holds.
//!
//! The search is made once more, with all that is possible. Whoever is found there and not for certain is told with what
//! its path hangs on, so that nothing that is missing makes a path vanish in silence.

use std::collections::HashMap;

use super::ask::{Said, passed_to};
use super::rights::Open;
use super::service::names;
use super::table::SETS_VERSION;
use super::{Escalation, Step, Way};
use crate::access::estate::Identity;
use crate::access::facts::in_region;
use crate::access::index::{Counting, Policies, WhoCan as _};
use crate::access::question::{Answer, can};
use crate::access::target::Target;
use crate::policy::evaluate::Decision;
use crate::policy::evaluate::facts::region;

/// Somebody of whom it is not certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Perhaps {
    /// Who.
    pub principal: String,
    /// The ids of the steps; none where it perhaps has the rights already.
    pub path: Vec<&'static str>,
    /// What was not collected, or cannot be read.
    pub unknown: Vec<String>,
    /// The keys whose values nobody knows.
    pub missing_keys: Vec<String>,
}

impl<'e> Escalation<'_, 'e> {
    /// Who has no path for certain but perhaps one, in the order of their ARNs.
    pub fn perhaps(&self) -> Vec<Perhaps> {
        let possible = match self.goal {
            None => Self::counting(self.index(), Counting::Possible),
            Some(goal) => Self::towards_one(self.index(), goal, Counting::Possible),
        };
        let mut open = possible.reached.clone();
        open.drop(&self.reached);
        let mut known = HashMap::new();
        open.places().filter_map(|place| possible.perhaps_of(self, place, &mut known)).collect()
    }

    fn perhaps_of(
        &self,
        certain: &Self,
        start: usize,
        known: &mut HashMap<usize, Open>,
    ) -> Option<Perhaps> {
        let mut path = Vec::new();
        let mut all = Open::default();
        let mut at = Some(start);
        while let Some(place) = at.filter(|place| !certain.reached.has(*place)) {
            let identity = self.identity(place)?;
            let open = known.entry(place).or_insert_with(|| match self.steps.get(&place) {
                None => self.open_rights(identity, Policies::Own),
                Some(step) => self.open_step(certain, identity, place, *step),
            });
            all.unknown.extend(open.unknown.iter().cloned());
            all.keys.extend(open.keys.iter().cloned());
            let Some(step) = self.steps.get(&place) else { break };
            path.push(step.path.id);
            at = match step.path.way {
                Way::MadeRole | Way::MadeUser => None,
                _ => step.target,
            };
        }
        Some(Perhaps {
            principal: self.identity(start)?.arn().to_owned(),
            path,
            unknown: all.unknown.into_iter().collect(),
            missing_keys: all.keys.into_iter().collect(),
        })
    }

    fn open_step(
        &self,
        certain: &Self,
        identity: &'e Identity,
        place: usize,
        Step { path, target }: Step,
    ) -> Open {
        let mut open = Open::default();
        let subject = target.and_then(|target| self.identity(target)).unwrap_or(identity);
        let made = match path.way {
            Way::MadeRole | Way::MadeUser => target,
            _ if target.is_none() => Some(place),
            _ => None,
        };
        if made.is_some_and(|made| !certain.could_be.has(made)) {
            open = self.open_rights(subject, Policies::Administrator);
        }
        let mut ask = |action: &str, asked: &[(String, Said)]| {
            self.open_permission(identity, action, asked, &mut open);
        };
        if let Way::Pass(services) | Way::Existing(services) = path.way {
            if matches!(path.way, Way::Pass(_)) {
                let names = names(services, subject.arn());
                let said = names.map(|it| (subject.arn().to_owned(), vec![passed_to(it)]));
                ask("iam:PassRole", &said.collect::<Vec<_>>());
            }
            for (action, on) in self.found_on(path, identity).unwrap_or_default() {
                ask(action, &[(on, Vec::new())]);
            }
            if subject.trust.is_none() {
                open.unknown.insert(format!("the trust of {} was not collected", subject.arn()));
            }
            let problems = subject.trust.iter().flat_map(|trust| trust.policy.problems());
            open.unknown.extend(problems.map(ToString::to_string));
            return open;
        }
        for action in path.needs {
            let said = Self::said(action, Some(subject));
            let on = self.on(action, subject);
            if *action == SETS_VERSION {
                self.open_versions(certain, subject, &on, &mut open);
            }
            let on = on.into_iter();
            let asked: Vec<_> = on.map(|on| (on, said.clone())).collect();
            self.open_permission(identity, action, &asked, &mut open);
        }
        open
    }

    /// What a permission hangs on that one of several questions must give; nothing where one of them does.
    fn open_permission(
        &self,
        identity: &Identity,
        action: &str,
        asked: &[(String, Said)],
        open: &mut Open,
    ) {
        let estate = self.index().estate();
        let mut first = None;
        for (resource, said) in asked {
            let is_open = region(action, resource).is_none();
            let regions = self.regions.iter().filter(|_| is_open);
            let mut each: Vec<Said> = regions.map(|region| in_region(said, region)).collect();
            if each.is_empty() {
                each.push(said.clone());
            }
            for said in each {
                let Ok(answer) = can(estate, identity.arn(), action, resource, &said) else {
                    continue;
                };
                if answer.decision == Decision::Allowed {
                    return;
                }
                if first.is_none() && Counting::Possible.holds(answer.decision) {
                    first = Some((answer, Target::of(estate, action, resource)));
                }
            }
        }
        if let Some((answer, target)) = first {
            self.open_of(&answer, identity, &target, open);
        }
    }

    /// Adds what an answer hangs on.
    pub(super) fn open_of(
        &self,
        answer: &Answer,
        asks: &Identity,
        target: &Target,
        open: &mut Open,
    ) {
        open.keys.extend(answer.missing_keys.iter().cloned());
        if answer.decision != Decision::Unknown {
            return;
        }
        let estate = self.index().estate();
        let account = target.account.as_deref().unwrap_or(asks.account());
        let above = estate.guard(asks.account()).into_iter().flat_map(|guard| &guard.scps);
        let beside = estate.guard(account).into_iter().flat_map(|guard| &guard.rcps);
        let own = asks.policies.iter().chain(&asks.boundary).chain(&target.policy);
        let all = own.chain(above.flatten()).chain(beside.flatten());
        open.unknown.extend(all.flat_map(|held| held.policy.problems()).map(ToString::to_string));
    }
}
