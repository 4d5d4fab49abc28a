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
mod plain;
mod query;
mod set;
mod weigh;

use std::collections::{BTreeMap, HashMap};

mod reach;

pub use memo::Memo;
pub use plain::Plain;
pub use set::{Set, Truths};

use action::Actions;
use entry::{Conditions, Entry};

use super::estate::{Estate, Guard, Held, Identity};
use super::facts::Given;
use crate::policy::Policy;
use crate::policy::evaluate::Refused;
use crate::policy::principal::Kind;

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
        let verdict = self.verdict(action, resource, given)?;
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

/// Accounts with the same policies of the organization, and who is in them.
#[derive(Debug)]
struct Group<'e> {
    guard: &'e Guard,
    members: Set,
}

/// An estate, made ready for questions about everybody.
#[derive(Debug)]
pub struct Index<'e> {
    estate: &'e Estate,
    limit: usize,
    entries: Vec<Entry<'e>>,
    actions: Actions<'e>,
    /// The policy of each entry.
    policy_of: Vec<usize>,
    conditions: Conditions<'e>,
    /// Statements of policies of the organization and of resources, by policy.
    apart: HashMap<usize, Vec<Entry<'e>>>,
    /// Who has a policy.
    holders: Vec<Vec<u32>>,
    /// Who has it as boundary.
    bounded: Vec<Vec<u32>>,
    accounts: HashMap<&'e str, Set>,
    groups: Vec<Group<'e>>,
    everyone: Set,
    roots: Set,
    /// Whom policies of the organization are about.
    guarded: Set,
    without_boundary: Set,
    /// Who has a policy that cannot be judged wholly, and as boundary.
    unclear: Set,
    unclear_boundary: Set,
    partitions: usize,
}

impl<'e> Index<'e> {
    /// Makes an estate ready.
    pub fn of(estate: &'e Estate) -> Self {
        let limit = estate.identities.len();
        let mut index = Self {
            estate,
            limit,
            entries: Vec::new(),
            actions: Actions::default(),
            policy_of: Vec::new(),
            conditions: Conditions::default(),
            apart: HashMap::new(),
            holders: vec![Vec::new(); estate.policies],
            bounded: vec![Vec::new(); estate.policies],
            accounts: HashMap::new(),
            groups: Vec::new(),
            everyone: Set::all(limit),
            roots: Set::none(limit),
            guarded: Set::none(limit),
            without_boundary: Set::none(limit),
            unclear: Set::none(limit),
            unclear_boundary: Set::none(limit),
            partitions: 0,
        };
        index.take_identities();
        index.take_organization();
        index.take_resources();
        index
    }

    fn take_identities(&mut self) {
        let mut partitions: Vec<&str> = Vec::new();
        let mut taken = Set::none(self.estate.policies);
        for (place, identity) in self.estate.identities.iter().enumerate() {
            let number = u32::try_from(place).unwrap_or(u32::MAX);
            for held in &identity.policies {
                if let Some(holders) = self.holders.get_mut(held.id)
                    && holders.last() != Some(&number)
                {
                    holders.push(number);
                }
                if !held.policy.problems().is_empty() {
                    self.unclear.add(place);
                }
                self.take(&mut taken, held.id, &held.policy);
            }
            match &identity.boundary {
                None => self.without_boundary.add(place),
                Some(held) => {
                    if let Some(bounded) = self.bounded.get_mut(held.id) {
                        bounded.push(number);
                    }
                    if !held.policy.problems().is_empty() {
                        self.unclear_boundary.add(place);
                    }
                    self.take(&mut taken, held.id, &held.policy);
                }
            }
            if identity.principal.kind() == Kind::Root {
                self.roots.add(place);
            }
            if !identity.principal.is_service_linked() {
                self.guarded.add(place);
            }
            let limit = self.limit;
            let members = self.accounts.entry(identity.account());
            members.or_insert_with(|| Set::none(limit)).add(place);
            let partition = identity.arn().split(':').nth(1).unwrap_or_default();
            if !partitions.contains(&partition) {
                partitions.push(partition);
            }
        }
        self.partitions = partitions.len();
    }

    fn take(&mut self, taken: &mut Set, id: usize, policy: &'e Policy) {
        if taken.has(id) {
            return;
        }
        taken.add(id);
        for statement in policy.statements() {
            self.actions.add(statement, self.entries.len());
            self.entries.push(Entry::of(statement, &mut self.conditions));
            self.policy_of.push(id);
        }
    }

    fn take_organization(&mut self) {
        let mut groups: BTreeMap<Vec<Vec<usize>>, Group<'e>> = BTreeMap::new();
        let accounts = std::mem::take(&mut self.accounts);
        for (account, members) in &accounts {
            let Some(guard) = self.estate.guard(account) else { continue };
            let ids = |levels: &'e [Vec<Held>]| {
                let ids = |level: &'e Vec<Held>| level.iter().map(|held| held.id).collect();
                levels.iter().map(ids).collect::<Vec<Vec<usize>>>()
            };
            let mut key = ids(&guard.scps);
            key.push(vec![usize::MAX]);
            key.extend(ids(&guard.rcps));
            let limit = self.limit;
            let group = groups.entry(key);
            group
                .or_insert_with(|| Group { guard, members: Set::none(limit) })
                .members
                .join(members);
        }
        self.accounts = accounts;
        self.groups = groups.into_values().collect();
        let guards = self.estate.organization.iter().flat_map(|it| it.accounts.values());
        for guard in guards {
            for held in guard.scps.iter().chain(&guard.rcps).flatten() {
                self.take_apart(held.id, &held.policy);
            }
        }
    }

    fn take_resources(&mut self) {
        let policies = self.estate.resources.values().filter_map(|it| it.policy.as_ref());
        let trusts = self.estate.identities.iter().filter_map(|it| it.trust.as_ref());
        for held in policies.chain(trusts) {
            self.take_apart(held.id, &held.policy);
        }
    }

    fn take_apart(&mut self, id: usize, policy: &'e Policy) {
        let conditions = &mut self.conditions;
        self.apart.entry(id).or_insert_with(|| {
            policy.statements().iter().map(|it| Entry::of(it, conditions)).collect()
        });
    }
}

impl<'e> WhoCan<'e> for Index<'e> {
    fn estate(&self) -> &'e Estate {
        self.estate
    }

    fn verdict(&self, action: &str, resource: &str, given: Given<'_>) -> Result<Verdict, Refused> {
        self.verdict_with(Policies::Own, action, resource, given)
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

#[cfg(test)]
mod tests;
