//! Who can do an action on a resource, over all principals at once.
//!
//! Each distinct statement is looked at once a question, found by its action; what it says is laid on the set of the
//! principals who have it, and the layers are put together as sets by the rule that decides one request too
//! ([`grant`]). Principals are looked at one by one only where a statement holds a fact about them against a fact about the
//! request. [`Plain`] asks about each principal by itself: it is the oracle.

mod action;
mod entry;
mod plain;
mod set;
mod weigh;

use std::collections::{BTreeMap, HashMap};

mod reach;

pub use plain::Plain;
pub use set::{Set, Truths};

use action::Actions;
use entry::{Asking, Conditions, Entry};
use weigh::Said as PolicySaid;

use super::estate::{Estate, Guard, Identity};
use super::facts::{self, Given, is_of_principal};
use super::question::Target;
use crate::policy::Policy;
use crate::policy::document::Effect;
use crate::policy::evaluate::request::{Owner, Rule};
use crate::policy::evaluate::{Context, Refused, Request, Said, grant, services};
use crate::policy::principal::Kind;
use crate::policy::truth::Truth;

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
            let ids = |levels: &'e [Vec<super::Held>]| {
                let ids = |level: &'e Vec<super::Held>| level.iter().map(|held| held.id).collect();
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

/// A question, put together once for everybody.
struct Round<'r> {
    action: &'r str,
    resource: &'r str,
    shared: &'r Context,
    asking: Asking,
}

/// What the policies of the organization come to.
struct Guarded {
    scp: Truths,
    deny: Truths,
    unclear: Set,
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

impl Index<'_> {
    /// As [`WhoCan::verdict`], of what everybody could do with these policies.
    ///
    /// # Errors
    ///
    /// As [`WhoCan::verdict`].
    pub fn verdict_with(
        &self,
        policies: Policies,
        action: &str,
        resource: &str,
        given: Given<'_>,
    ) -> Result<Verdict, Refused> {
        let is_about_asker = given.iter().any(|(key, _)| is_of_principal(&key.to_lowercase()));
        let Some(first) = self.estate.identities.first() else {
            return Ok(Verdict::nobody());
        };
        // What is said about who asks is said about one; and all buckets are named by partition.
        if is_about_asker || (self.partitions > 1 && resource == "*") {
            return Plain::of(self.estate).verdict(action, resource, given);
        }
        let target = Target::of(self.estate, action, resource);
        let account = target.account.as_deref();
        let shared = facts::of_request(self.estate, first, action, resource, account, given);
        let principal = first.principal.clone();
        let request = Request::new(principal, action, resource, account, shared.clone())?;
        let mut round = Round {
            action: request.action(),
            resource: request.resource(),
            shared: &shared,
            asking: Asking::new(&shared),
        };
        let mut own = self.identity_layers(&mut round);
        own.unclear.join(&self.unclear_boundary);
        if policies == Policies::Administrator {
            own.identity = Truths::all(self.limit, Truth::Yes);
        }
        let guarded = self.guards(&mut round, account);
        own.deny.join(&guarded.deny);
        own.unclear.join(&guarded.unclear);
        let mut said = match &target.policy {
            None => PolicySaid::nothing(self.limit),
            Some(held) => self.weigh(held.id, &held.policy, &mut round),
        };
        own.deny.join(&said.deny);
        if said.is_unclear {
            own.unclear = self.everyone.clone();
        }
        let same = match account {
            None => self.everyone.clone(),
            Some(account) => {
                self.accounts.get(account).cloned().unwrap_or_else(|| Set::none(self.limit))
            }
        };
        let is_public = target.policy.as_ref().is_some_and(|held| held.policy.is_public());
        if target.is_shut && is_public {
            said.within(&same);
        }
        let mut allow = self.granted(&own, said, request.rule(), &same);
        allow.keep(&guarded.scp);
        Ok(decided(&own.deny, &allow, &own.unclear))
    }
}

/// What the policies of everybody's own come to.
struct OwnSaid {
    identity: Truths,
    boundary: Truths,
    deny: Truths,
    unclear: Set,
}

impl<'e> Index<'e> {
    fn identity_layers(&self, round: &mut Round<'_>) -> OwnSaid {
        let mut said = OwnSaid {
            identity: Truths::none(self.limit),
            boundary: Truths {
                may: self.without_boundary.clone(),
                yes: self.without_boundary.clone(),
            },
            deny: Truths::none(self.limit),
            unclear: self.unclear.clone(),
        };
        for place in self.actions.about(round.action, self.entries.len()) {
            let Some(entry) = self.entries.get(place) else { continue };
            let truth = entry.shared_truth(round.resource, round.shared);
            let Some(policy) = self.policy_of.get(place).filter(|_| !truth.is_no()) else {
                continue;
            };
            let is_allow = entry.statement.effect == Effect::Allow;
            let (holders, bounded) = (self.holders.get(*policy), self.bounded.get(*policy));
            let into = if is_allow { &mut said.identity } else { &mut said.deny };
            self.lay(entry, truth, holders, into, round);
            let into = if is_allow { &mut said.boundary } else { &mut said.deny };
            self.lay(entry, truth, bounded, into, round);
        }
        said.identity.may.join(&self.unclear);
        said.boundary.may.join(&self.unclear_boundary);
        said.deny.may.join(&self.unclear);
        said.deny.may.join(&self.unclear_boundary);
        said.identity.may.join(&self.roots);
        said.identity.yes.join(&self.roots);
        said
    }

    /// Lays what a statement says on those who have it.
    fn lay(
        &self,
        entry: &Entry<'e>,
        truth: Truth,
        holders: Option<&Vec<u32>>,
        into: &mut Truths,
        round: &mut Round<'_>,
    ) {
        let holders = holders.into_iter().flatten().map(|number| *number as usize);
        if entry.own.is_empty() && !entry.is_mixed() {
            for place in holders {
                into.add(place, truth);
            }
            return;
        }
        for place in holders {
            into.add(place, self.truth_for(entry, truth, place, round));
        }
    }

    /// Whether a statement matches for one principal, whom it is known to be about.
    fn truth_for(
        &self,
        entry: &Entry<'e>,
        truth: Truth,
        place: usize,
        round: &mut Round<'_>,
    ) -> Truth {
        let mut truth = truth;
        if entry.is_mixed()
            && let Some(identity) = self.estate.identities.get(place)
        {
            truth =
                entry.mixed_truth(truth, round.resource, self.estate, identity, &mut round.asking);
        }
        for own in &entry.own {
            if truth.is_no() {
                break;
            }
            let holds = self.conditions.holds(self.estate, *own).map(|it| it.of(place));
            truth = truth & holds.unwrap_or(Truth::Maybe);
        }
        truth
    }

    fn guards(&self, round: &mut Round<'_>, account: Option<&str>) -> Guarded {
        let mut found = Guarded {
            scp: Truths::all(self.limit, Truth::Yes),
            deny: Truths::none(self.limit),
            unclear: Set::none(self.limit),
        };
        let is_controlled = services::is_controlled(round.action);
        let mut known: HashMap<usize, PolicySaid> = HashMap::new();
        let mut said = |held: &super::Held, round: &mut Round<'_>| {
            let said = known.entry(held.id);
            said.or_insert_with(|| self.weigh(held.id, &held.policy, round)).clone()
        };
        let control = account.map(|account| self.estate.guard(account));
        for group in &self.groups {
            let mut members = group.members.clone();
            members.keep(&self.guarded);
            let mut scp = Truths::all(self.limit, Truth::Yes);
            for level in &group.guard.scps {
                let mut allow = Truths::none(self.limit);
                for held in level {
                    let said = said(held, round);
                    allow.join(&said.allow);
                    found.take(said, &members);
                }
                scp.keep(&allow);
            }
            // Whoever is not in the group keeps what it has.
            let mut others = self.everyone.clone();
            others.drop(&members);
            scp.may.join(&others);
            scp.yes.join(&others);
            found.scp.keep(&scp);
            if is_controlled && control.is_none() {
                for held in group.guard.rcps.iter().flatten() {
                    let said = said(held, round);
                    found.take(said, &members);
                }
            }
        }
        if let Some(Some(guard)) = control.filter(|_| is_controlled) {
            for held in guard.rcps.iter().flatten() {
                let said = said(held, round);
                found.take(said, &self.guarded);
            }
        }
        found
    }

    fn granted(&self, own: &OwnSaid, said: PolicySaid, rule: Rule, same: &Set) -> Truths {
        let with = |said: PolicySaid| Said {
            itself: said.itself,
            role: said.role,
            resource: said.allow,
            identity: own.identity.clone(),
            limit: own.boundary.clone(),
        };
        let mut other = self.everyone.clone();
        other.drop(same);
        let mut allow = Truths::none(self.limit);
        if !other.is_empty() && !said.allow.may.is_empty() {
            allow = grant(Owner::Other, rule, with(said.clone()));
            allow.within(&other);
        }
        if !same.is_empty() {
            let mut inside = grant(Owner::Same, rule, with(said));
            inside.within(same);
            allow.join(&inside);
        }
        if rule == Rule::Trust {
            allow.may.drop(&self.roots);
            allow.yes.drop(&self.roots);
        }
        allow
    }
}

impl Guarded {
    fn take(&mut self, mut said: PolicySaid, members: &Set) {
        said.deny.within(members);
        self.deny.join(&said.deny);
        if said.is_unclear {
            self.unclear.join(members);
        }
    }
}

impl Verdict {
    fn nobody() -> Self {
        let none = Set::none(0);
        Self {
            allowed: none.clone(),
            conditional: none.clone(),
            unknown: none.clone(),
            denied: none,
        }
    }
}

/// The decision about each.
fn decided(deny: &Truths, allow: &Truths, unclear: &Set) -> Verdict {
    let mut allowed = allow.yes.clone();
    allowed.drop(&deny.may);
    let mut open = allow.may.clone();
    open.drop(&deny.yes);
    open.drop(&allowed);
    let mut unknown = open.clone();
    unknown.keep(unclear);
    open.drop(unclear);
    Verdict { allowed, conditional: open, unknown, denied: deny.yes.clone() }
}

#[cfg(test)]
mod speed;
#[cfg(test)]
mod tests;
