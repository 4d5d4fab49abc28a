//! One policy of a resource or of the organization, against everybody.

use super::query::Round;
use super::{Index, Set, Truths};
use crate::policy::Policy;
use crate::policy::document::Effect;
use crate::policy::principal::{Bounded, Naming, Reach};
use crate::policy::truth::Truth;

use super::entry::Entry;

/// What a policy says about everybody.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) deny: Truths,
    pub(super) allow: Truths,
    pub(super) role: Truths,
    pub(super) itself: Truths,
    pub(super) is_unclear: bool,
}

impl Said {
    pub(super) fn nothing(limit: usize) -> Self {
        let none = Truths::none(limit);
        Self {
            deny: none.clone(),
            allow: none.clone(),
            role: none.clone(),
            itself: none,
            is_unclear: false,
        }
    }

    /// Allows only those in a set.
    pub(super) fn within(&mut self, set: &Set) {
        for truths in [&mut self.allow, &mut self.role, &mut self.itself] {
            truths.within(set);
        }
    }

    fn add(&mut self, place: usize, effect: Effect, naming: Naming, truth: Truth) {
        if effect == Effect::Deny {
            return self.deny.add(place, truth);
        }
        self.allow.add(place, truth);
        if naming >= Naming::Role {
            self.role.add(place, truth);
        }
        if naming == Naming::Itself {
            self.itself.add(place, truth);
        }
    }

    fn join(&mut self, effect: Effect, truths: &Truths) {
        if effect == Effect::Deny {
            return self.deny.join(truths);
        }
        for own in [&mut self.allow, &mut self.role, &mut self.itself] {
            own.join(truths);
        }
    }
}

impl<'e> Index<'e> {
    /// Weighs a policy. One that the index does not know is there for its problems alone: nobody has its text.
    pub(super) fn weigh(&self, id: usize, policy: &Policy, round: &mut Round) -> Said {
        let mut said = Said::nothing(self.limit);
        for entry in self.apart.get(&id).into_iter().flatten() {
            if !entry.statement.is_for_action(round.request.action()) {
                continue;
            }
            let truth = entry.shared_truth(round.request.resource(), round.request.context());
            if !truth.is_no() {
                self.spread(entry, truth, &mut said, round);
            }
        }
        if !policy.problems().is_empty() {
            said.is_unclear = true;
            let perhaps = Truths::all(self.limit, Truth::Maybe);
            said.deny.join(&perhaps);
            said.join(Effect::Allow, &perhaps);
        }
        said
    }

    fn spread(&self, entry: &Entry<'e>, truth: Truth, said: &mut Said, round: &mut Round) {
        let effect = entry.statement.effect;
        match entry.statement.reach() {
            Reach::Everyone if !entry.is_mixed() => {
                let mut truths = Truths::all(self.limit, truth);
                for own in &entry.own {
                    match self.conditions.holds(self.estate, *own) {
                        Some(holds) => truths.keep(holds),
                        None => truths.limit(Truth::Maybe),
                    }
                }
                said.join(effect, &truths);
            }
            Reach::Everyone | Reach::Anybody => {
                for place in 0..self.limit {
                    self.spread_to(entry, truth, place, said, round);
                }
            }
            Reach::Few { arns, accounts } => {
                for place in arns.into_iter().filter_map(|arn| self.estate.find(arn)) {
                    self.spread_to(entry, truth, place, said, round);
                }
                for members in accounts.into_iter().filter_map(|id| self.accounts.get(id)) {
                    for place in members.places() {
                        self.spread_to(entry, truth, place, said, round);
                    }
                }
            }
        }
    }

    fn spread_to(
        &self,
        entry: &Entry<'e>,
        truth: Truth,
        place: usize,
        said: &mut Said,
        round: &mut Round,
    ) {
        let Some(identity) = self.estate.identities.get(place) else { return };
        let bounded = if identity.boundary.is_some() { Bounded::Yes } else { Bounded::No };
        if let Some(naming) = entry.statement.names(&identity.principal, bounded) {
            let truth = self.truth_for(entry, truth, place, round);
            said.add(place, entry.statement.effect, naming, truth);
        }
    }
}
