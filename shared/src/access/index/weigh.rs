//! One policy of a resource or of the organization, against everybody.

use std::borrow::Cow;

use super::entry::{Conditions, Entry, Lists, Own};
use super::round::{Look, Round};
use super::{Index, Set, Truths};
use crate::access::estate::Identity;
use crate::policy::Policy;
use crate::policy::document::Effect;
use crate::policy::principal::{Bounded, Naming, Reach};
use crate::policy::truth::Truth;

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

    /// Adds those whose accounts are named, which leaves it to the account. The root user is its account.
    fn add_accounts(&mut self, effect: Effect, mut truths: Truths, roots: &Set) {
        if effect == Effect::Deny {
            return self.deny.join(&truths);
        }
        self.allow.join(&truths);
        truths.within(roots);
        self.role.join(&truths);
        self.itself.join(&truths);
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

impl Index<'_> {
    /// Weighs a policy. One that the index does not know is made ready here.
    pub(super) fn weigh(&self, id: usize, policy: &Policy, round: &mut Round<'_>) -> Said {
        if let Some(entries) = self.spoken.apart.get(&id) {
            return self.weigh_all(entries, policy, round);
        }
        let (mut conditions, mut lists) = (Conditions::default(), Lists::closed());
        let statements = policy.statements().iter();
        let entries = statements.map(|it| Entry::of(it, &mut conditions, &mut lists));
        self.weigh_all(&entries.collect::<Vec<_>>(), policy, round)
    }

    /// Weighs a policy with these statements.
    pub(super) fn weigh_all(
        &self,
        entries: &[Entry<'_>],
        policy: &Policy,
        round: &mut Round<'_>,
    ) -> Said {
        let mut said = Said::nothing(self.people.limit);
        for entry in entries {
            if !entry.statement.is_for_action(round.request.action()) {
                continue;
            }
            let look = round.look(entry);
            if !look.truth.is_no() {
                self.spread(entry, look, &mut said, round);
            }
        }
        if !policy.problems().is_empty() {
            said.is_unclear = true;
            let perhaps = Truths::all(self.people.limit, Truth::Maybe);
            said.deny.join(&perhaps);
            said.join(Effect::Allow, &perhaps);
        }
        said
    }

    fn spread(&self, entry: &Entry<'_>, look: Look, said: &mut Said, round: &mut Round<'_>) {
        let effect = entry.statement.effect;
        let people = &*self.people;
        match entry.statement.reach() {
            Reach::Everyone if !look.is_each || look.is_of_accounts => {
                let mut truths = if look.is_each {
                    self.by_account(entry, look, round)
                } else {
                    Truths::all(people.limit, look.truth)
                };
                for own in &entry.own {
                    truths.keep(&self.holds(own, round));
                }
                said.join(effect, &truths);
            }
            Reach::Everyone | Reach::Anybody => {
                for place in 0..people.limit {
                    self.spread_to(entry, look, place, said, round);
                }
            }
            Reach::Few { arns, accounts }
                if arns.is_empty() && !look.is_each && people.partitions <= 1 =>
            {
                let mut truths = Truths::all(people.limit, look.truth);
                truths.within(&self.named(entry, &accounts));
                for own in &entry.own {
                    truths.keep(&self.holds(own, round));
                }
                said.add_accounts(effect, truths, &people.roots);
            }
            Reach::Few { arns, accounts } => {
                let places = arns.into_iter().filter_map(|arn| self.estate.find(arn));
                for place in places.filter_map(|place| people.place(place)) {
                    self.spread_to(entry, look, place, said, round);
                }
                for members in accounts.into_iter().filter_map(|id| people.accounts.get(id)) {
                    for place in members.places() {
                        self.spread_to(entry, look, place, said, round);
                    }
                }
            }
        }
    }

    /// Who is in accounts that a statement names, where it names nobody else and all are in one partition.
    fn named(&self, entry: &Entry<'_>, accounts: &[&str]) -> Set {
        let people = &*self.people;
        let mut named = Set::none(people.limit);
        for members in accounts.iter().filter_map(|id| people.accounts.get(id)) {
            let first = members.places().next().and_then(|place| self.identity(place));
            let naming = |it: &Identity| entry.statement.names(&it.principal, Bounded::No);
            // An account is not named by the ARN that it would have in another partition.
            if first.and_then(naming).is_some() {
                named.join(members);
            }
        }
        named
    }

    /// For whom a statement holds that is the same for all of an account, its conditions about who asks alone left aside.
    fn by_account(&self, entry: &Entry<'_>, look: Look, round: &mut Round<'_>) -> Truths {
        let mut truths = Truths::none(self.people.limit);
        for members in self.people.accounts.values() {
            let first = members.places().next().and_then(|place| self.identity(place));
            let Some(first) = first else { continue };
            let truth = round.truth_for(entry, look.truth, self.estate, first);
            if !truth.is_no() {
                truths.may.join(members);
            }
            if truth.is_yes() {
                truths.yes.join(members);
            }
        }
        truths
    }

    /// For whom of those here a condition holds.
    fn holds<'o>(&self, own: &'o Own<'_>, round: &mut Round<'_>) -> Cow<'o, Truths> {
        if self.people.are_all() {
            return Cow::Borrowed(own.holds(self.estate));
        }
        let mut truths = Truths::none(self.people.limit);
        for place in 0..self.people.limit {
            let in_estate = self.people.in_estate(place).unwrap_or(usize::MAX);
            truths.add(place, round.holds_for(own, self, in_estate));
        }
        Cow::Owned(truths)
    }

    fn spread_to(
        &self,
        entry: &Entry<'_>,
        look: Look,
        place: usize,
        said: &mut Said,
        round: &mut Round<'_>,
    ) {
        let Some(identity) = self.identity(place) else { return };
        let bounded = if identity.boundary.is_some() { Bounded::Yes } else { Bounded::No };
        if let Some(naming) = entry.statement.names(&identity.principal, bounded) {
            let truth = self.truth_for(entry, look, place, round);
            said.add(place, entry.statement.effect, naming, truth);
        }
    }
}
