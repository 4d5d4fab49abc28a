//! Who can do an action on a resource, over all principals at once.
//!
//! Each distinct statement is looked at once a question, found by its action; what it says is laid on the set of the
//! principals who have it, and the layers are put together as sets by the rule that decides one request too
//! ([`grant`](crate::policy::evaluate::grant)). Principals are looked at one by one only where a statement holds a fact about them against a fact about the
//! request. [`Plain`] asks about each principal by itself: it is the oracle.

mod action;
mod alike;
mod entry;
mod memo;
mod overlay;
mod people;
mod plain;
mod query;
mod reach;
mod round;
mod set;
mod spoken;
mod weigh;

use std::sync::Arc;

use super::target::Meant;

pub use memo::Memo;
pub(super) use overlay::{Asked, Of, Overlay, Swap, Targets};
pub use plain::Plain;
pub use reach::Regions;
pub(super) use round::{Marked, Round};
pub use set::{Set, Truths};

use people::{Group, People};
use spoken::Spoken;

use super::estate::{Estate, Identity};
use super::facts::Given;
use crate::policy::evaluate::{Decision, Refused};

/// Who can, as sets of places among the estate's identities; whoever is in none cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who is allowed.
    pub allowed: Set,
    /// Who is allowed under conditions that are not known.
    pub conditional: Set,
    /// About whom something that matters was not collected.
    pub unknown: Set,
    /// Who is denied by a statement.
    pub denied: Set,
}

impl Verdict {
    /// What is decided about one.
    pub(super) fn of(&self, place: usize) -> Decision {
        let rows = [
            (&self.denied, Decision::ExplicitlyDenied),
            (&self.allowed, Decision::Allowed),
            (&self.conditional, Decision::Conditional),
            (&self.unknown, Decision::Unknown),
        ];
        let found = rows.into_iter().find(|(set, _)| set.has(place));
        found.map_or(Decision::ImplicitlyDenied, |(_, decision)| decision)
    }

    /// Adds what is decided about one.
    pub(super) fn add(&mut self, place: usize, decision: Decision) {
        match decision {
            Decision::Allowed => self.allowed.add(place),
            Decision::Conditional => self.conditional.add(place),
            Decision::Unknown => self.unknown.add(place),
            Decision::ExplicitlyDenied => self.denied.add(place),
            Decision::ImplicitlyDenied => {}
        }
    }
}

/// Who can, by ARN, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who<'e> {
    /// Who is allowed.
    pub who: Vec<&'e str>,
    /// Who is allowed under conditions that are not known.
    pub conditional: Vec<&'e str>,
    /// About whom something that matters was not collected.
    pub unknown: Vec<&'e str>,
}

/// Whoever knows who can do what.
pub trait WhoCan<'e> {
    /// The estate that is asked about.
    fn estate(&self) -> &'e Estate;

    /// Who can do an action on a resource.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the action is not `service:Name` or the resource neither an ARN nor `*`.
    fn verdict(&self, action: &str, resource: &str, given: Given<'_>) -> Result<Verdict, Refused>;

    /// The same, by ARN.
    ///
    /// # Errors
    ///
    /// As [`Self::verdict`].
    fn who_can(&self, action: &str, resource: &str, given: Given<'_>) -> Result<Who<'e>, Refused> {
        let meant = Meant::of(self.estate(), action, resource);
        let verdict = self.verdict(action, &meant.resource, given)?;
        let identities = &self.estate().identities;
        let names = |set: &Set| {
            set.places().filter_map(|place| identities.get(place)).map(Identity::arn).collect()
        };
        Ok(Who {
            who: names(&verdict.allowed),
            conditional: names(&verdict.conditional),
            unknown: names(&verdict.unknown),
        })
    }
}

/// An estate, made ready for questions about everybody.
#[derive(Debug)]
pub struct Index<'e> {
    estate: &'e Estate,
    spoken: Arc<Spoken<'e>>,
    people: Arc<People<'e>>,
    groups: Vec<Group<'e>>,
}

impl<'e> Index<'e> {
    /// Makes an estate ready.
    pub fn of(estate: &'e Estate) -> Self {
        let spoken = Arc::new(Spoken::of(estate));
        let people = Arc::new(People::of(estate, None, &|_, _| false));
        let groups = people::groups(estate, &people, &|_| false);
        Self { estate, spoken, people, groups }
    }

    /// Somebody who is asked about.
    fn identity(&self, place: usize) -> Option<&'e Identity> {
        self.estate.identities.get(self.people.in_estate(place)?)
    }
}

impl<'e> WhoCan<'e> for Index<'e> {
    fn estate(&self) -> &'e Estate {
        self.estate
    }

    fn verdict(&self, action: &str, resource: &str, given: Given<'_>) -> Result<Verdict, Refused> {
        self.verdict_with(With::THEIR_OWN, action, resource, given)
    }
}

/// With which policies everybody is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policies {
    /// Their own.
    Own,
    /// Their own, and one that allows everything.
    Administrator,
}

/// What counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// What is certainly allowed.
    Certain,
    /// What may be: under conditions that are not known too, or if what was not collected allows it.
    Possible,
}

impl Counting {
    /// Who counts.
    pub fn of(self, verdict: Verdict) -> Set {
        let mut found = verdict.allowed;
        if self == Self::Possible {
            found.join(&verdict.conditional);
            found.join(&verdict.unknown);
        }
        found
    }

    /// Whether a decision counts.
    pub fn holds(self, decision: Decision) -> bool {
        match decision {
            Decision::Allowed => true,
            Decision::Conditional | Decision::Unknown => self == Self::Possible,
            Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => false,
        }
    }
}

/// How everybody is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct With {
    /// With which policies.
    pub policies: Policies,
    /// Whether the policies of the organization limit them.
    pub is_limited: bool,
}

impl With {
    /// Their own policies under every layer.
    pub const THEIR_OWN: Self = Self { policies: Policies::Own, is_limited: true };
    /// The policies of an administrator under every layer.
    pub const ALL_RIGHTS: Self = Self { policies: Policies::Administrator, is_limited: true };
}

#[cfg(test)]
mod tests;
