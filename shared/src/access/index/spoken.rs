//! What the policies of an estate say, statement by statement, whoever has them.

use std::collections::HashMap;

use super::action::Actions;
use super::entry::{Conditions, Entry, Lists};
use super::set::Set;
use crate::access::estate::{Estate, Held};
use crate::policy::Policy;

/// The statements of all policies.
#[derive(Debug, Default)]
pub(super) struct Spoken<'e> {
    /// Statements of policies of identities.
    pub(super) entries: Vec<Entry<'e>>,
    pub(super) actions: Actions<'e>,
    /// The policy of each entry.
    pub(super) policy_of: Vec<usize>,
    pub(super) conditions: Conditions<'e>,
    pub(super) lists: Lists<'e>,
    /// Statements of policies of the organization and of resources, by policy.
    pub(super) apart: HashMap<usize, Vec<Entry<'e>>>,
}

impl<'e> Spoken<'e> {
    pub(super) fn of(estate: &'e Estate) -> Self {
        let mut spoken = Self::default();
        let mut taken = Set::none(estate.policies);
        for identity in &estate.identities {
            for held in identity.policies.iter().chain(&identity.boundary) {
                if !taken.has(held.id) {
                    taken.add(held.id);
                    spoken.take(held.id, &held.policy);
                }
            }
        }
        let guards = estate.organization.iter().flat_map(|it| it.accounts.values());
        let guards = guards.flat_map(|it| it.scps.iter().chain(&it.rcps).flatten());
        let resources = estate.resources.values().filter_map(|it| it.policy.as_ref());
        let trusts = estate.identities.iter().filter_map(|it| it.trust.as_ref());
        for held in guards.chain(resources).chain(trusts) {
            spoken.take_apart(held);
        }
        spoken
    }

    fn take(&mut self, id: usize, policy: &'e Policy) {
        for statement in policy.statements() {
            self.actions.add(statement, self.entries.len());
            self.entries.push(Entry::of(statement, &mut self.conditions, &mut self.lists));
            self.policy_of.push(id);
        }
    }

    fn take_apart(&mut self, held: &'e Held) {
        let (conditions, lists) = (&mut self.conditions, &mut self.lists);
        self.apart.entry(held.id).or_insert_with(|| {
            let statements = held.policy.statements().iter();
            statements.map(|it| Entry::of(it, conditions, lists)).collect()
        });
    }

    /// The places of the statements about an action, in lower case, of policies that somebody has.
    pub(super) fn about(&self, action: &str, is_had: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut about = self.actions.about(action, self.entries.len());
        about.retain(|place| self.policy_of.get(*place).is_some_and(|policy| is_had(*policy)));
        about
    }

    /// The statements of a policy that is in none of the estate's places, made ready beside them.
    pub(super) fn beside<'n>(&self, policy: &'n Policy) -> Vec<Entry<'n>>
    where
        'e: 'n,
    {
        let mut conditions: Conditions<'n> = self.conditions.clone();
        let statements = policy.statements().iter();
        statements.map(|it| Entry::of(it, &mut conditions, &mut Lists::closed())).collect()
    }
}
