//! Who can come to the rights of an administrator, or of one principal ([`goal`]), and how.
//!
//! The ways are data ([`table`]); each permission that one takes is asked of the index, on the resource that it is about,
//! under every layer and with what the request would say (`iam:PassedToService`, `iam:PolicyARN`,
//! `iam:PermissionsBoundary`). Only what is certainly allowed counts. From the administrators backwards, breadth first: so
//! each path is a shortest one, and circles end.

pub mod table;

mod ask;
mod goal;
mod remedy;
mod told;

use std::collections::HashMap;

pub use remedy::{Fix, Remedy, Taken};
pub use table::{PATHS, Path, Way};
pub use told::{Enabled, Hop, Route};

use super::estate::Identity;
use super::index::{Index, Policies, Set, WhoCan as _};
use crate::policy::principal::Kind;

/// Services of which an administrator can do anything: asked with a name that no list of actions has.
const EVERYTHING: &[&str] = &[
    "iam:Anything",
    "sts:Anything",
    "s3:Anything",
    "ec2:Anything",
    "kms:Anything",
    "lambda:Anything",
];

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
    index: &'i Index<'e>,
    regions: Vec<String>,
    administrators: Set,
    /// Who would be one with the policies of one.
    could_be: Set,
    reached: Set,
    steps: HashMap<usize, Step>,
    /// The next step of whoever is made an administrator on the way to somebody else.
    then: HashMap<usize, Step>,
    anywhere: HashMap<(&'static str, String), Set>,
    trusted: HashMap<(usize, &'static str), bool>,
}

impl<'i, 'e> Escalation<'i, 'e> {
    /// Looks for every path to the rights of an administrator.
    pub fn of(index: &'i Index<'e>) -> Self {
        let regions = index.regions();
        let administrators = with_everything(index, Policies::Own, &regions);
        let could_be = with_everything(index, Policies::Administrator, &regions);
        let reached = administrators.clone();
        let mut all = Self {
            index,
            regions,
            administrators,
            could_be,
            reached,
            steps: HashMap::new(),
            then: HashMap::new(),
            anywhere: HashMap::new(),
            trusted: HashMap::new(),
        };
        all.search();
        all
    }

    /// Where the paths lead: who is an administrator, that is may do everything, under every layer; or the one principal
    /// that was asked for.
    pub fn administrators(&self) -> &Set {
        &self.administrators
    }

    fn search(&mut self) {
        let mut front: Vec<usize> = self.administrators.places().collect();
        let mut found = Set::none(self.index.estate().identities.len());
        self.for_themselves(&mut found);
        self.by_making(&mut found);
        self.towards(&front, &mut found);
        loop {
            front = found.places().collect();
            if front.is_empty() {
                return;
            }
            self.reached.join(&found);
            found = Set::none(self.index.estate().identities.len());
            self.towards(&front, &mut found);
        }
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

    fn open(&self, found: &Set) -> Set {
        let mut open = Set::all(self.index.estate().identities.len());
        open.drop(&self.reached);
        open.drop(found);
        open
    }

    fn candidates(&self, needs: &[&str], found: &Set) -> Set {
        let mut candidates = self.open(found);
        for action in needs.iter().filter(|action| !action.starts_with("sts:")) {
            candidates.keep(&self.index.may(action));
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
            candidates.keep(&self.could_be);
            let mut who = Set::none(self.index.estate().identities.len());
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
        for path in PATHS.iter().filter(|it| matches!(it.way, Way::MadeRole | Way::MadeUser)) {
            let kind = if path.way == Way::MadeRole { Kind::Role } else { Kind::User };
            for target in self.could_be.clone().places() {
                let candidates = self.candidates(path.needs, found);
                if candidates.is_empty() {
                    break;
                }
                if self.kind(target) == Some(kind) {
                    let who = self.with_all_on(path, target, candidates);
                    self.note(who, Step { path, target: Some(target) }, found);
                }
            }
        }
    }

    /// Ways to become somebody who has come to the rights already.
    fn towards(&mut self, targets: &[usize], found: &mut Set) {
        for path in PATHS {
            let (kind, services) = match path.way {
                Way::User => (Kind::User, None),
                Way::Role => (Kind::Role, None),
                Way::Pass(services) | Way::Existing(services) => (Kind::Role, Some(services)),
                _ => continue,
            };
            for target in targets {
                let candidates = self.candidates(path.needs, found);
                if candidates.is_empty() {
                    break;
                }
                if self.kind(*target) != Some(kind) {
                    continue;
                }
                let mut who = match services {
                    None => self.with_all_on(path, *target, candidates),
                    Some(services) => self.through(path, services, *target, &candidates),
                };
                // Nobody becomes itself.
                let mut itself = Set::none(self.index.estate().identities.len());
                itself.add(*target);
                who.drop(&itself);
                self.note(who, Step { path, target: Some(*target) }, found);
            }
        }
    }

    fn kind(&self, place: usize) -> Option<Kind> {
        self.identity(place).map(|identity| identity.principal.kind())
    }

    fn identity(&self, place: usize) -> Option<&'e Identity> {
        self.index.estate().identities.get(place)
    }
}

fn with_everything(index: &Index<'_>, policies: Policies, regions: &[String]) -> Set {
    let mut all = Set::all(index.estate().identities.len());
    for action in EVERYTHING {
        let mut found = Set::none(index.estate().identities.len());
        for region in regions {
            let given = [("aws:RequestedRegion".to_owned(), vec![region.clone()])];
            if let Ok(verdict) = index.verdict_with(policies, action, "*", &given) {
                found.join(&verdict.allowed);
            }
        }
        all.keep(&found);
    }
    all
}

#[cfg(test)]
mod tests;
