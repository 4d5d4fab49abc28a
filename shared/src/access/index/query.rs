//! One question, put to everybody at once: layer by layer as sets, then by the rule that decides one request too.

use std::collections::HashMap;

use super::entry::{Asking, Entry};
use super::weigh::Said as PolicySaid;
use super::{Index, Plain, Policies, Set, Truths, Verdict, WhoCan as _};
use crate::access::estate::Held;
use crate::access::facts::{self, Given, is_of_principal};
use crate::access::question::Target;
use crate::policy::document::Effect;
use crate::policy::evaluate::request::{Owner, Rule};
use crate::policy::evaluate::{Refused, Request, Said, grant, services};
use crate::policy::truth::Truth;

/// A question, put together once for everybody.
pub(super) struct Round {
    /// As somebody asks it; who that is does not matter.
    pub(super) request: Request,
    account: Option<String>,
    asking: Asking,
}

impl Round {
    /// A question; `None` where it is another one for each who asks.
    pub(super) fn of(
        index: &Index<'_>,
        target: &Target,
        action: &str,
        resource: &str,
        given: Given<'_>,
    ) -> Result<Option<Self>, Refused> {
        // What is said about who asks is said about one; and all buckets are named by partition.
        let is_about_asker = given.iter().any(|(key, _)| is_of_principal(&key.to_lowercase()));
        let is_many = is_about_asker || (index.partitions > 1 && resource == "*");
        let Some(first) = index.estate.identities.first().filter(|_| !is_many) else {
            return Ok(None);
        };
        let account = target.account.clone();
        let owner = account.as_deref();
        let shared = facts::of_request(index.estate, first, action, resource, owner, given);
        let asking = Asking::new(&shared);
        let request = Request::new(first.principal.clone(), action, resource, owner, shared)?;
        Ok(Some(Self { request, account, asking }))
    }
}

/// All that is said to a question but by the policy of the resource.
#[derive(Debug)]
pub(super) struct Half {
    own: OwnSaid,
    scp: Truths,
}

/// What the policies of the organization come to.
struct Guarded {
    scp: Truths,
    deny: Truths,
    unclear: Set,
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
        if self.limit == 0 {
            return Ok(Verdict::nobody());
        }
        let target = Target::of(self.estate, action, resource);
        let Some(mut round) = Round::of(self, &target, action, resource, given)? else {
            return Plain::of(self.estate).verdict(action, resource, given);
        };
        let half = self.half(policies, &mut round);
        Ok(self.whole(&half, &target, &mut round))
    }

    /// What is said to a question but by the policy of the resource.
    pub(super) fn half(&self, policies: Policies, round: &mut Round) -> Half {
        let guarded = self.guards(round);
        self.half_with(policies, &guarded, round)
    }

    fn half_with(&self, policies: Policies, guarded: &Guarded, round: &mut Round) -> Half {
        let mut own = self.identity_layers(round);
        own.unclear.join(&self.unclear_boundary);
        if policies == Policies::Administrator {
            own.identity = Truths::all(self.limit, Truth::Yes);
        }
        own.deny.join(&guarded.deny);
        own.unclear.join(&guarded.unclear);
        Half { own, scp: guarded.scp.clone() }
    }

    /// Who can, here and in the index of an estate that differs in policies of identities alone.
    ///
    /// # Errors
    ///
    /// As [`WhoCan::verdict`].
    pub fn with(
        &self,
        other: &Index<'_>,
        action: &str,
        resource: &str,
    ) -> Result<(Verdict, Verdict), Refused> {
        let target = Target::of(self.estate, action, resource);
        let Some(mut round) = Round::of(self, &target, action, resource, &[])? else {
            let of = |index: &Index<'_>| index.verdict(action, resource, &[]);
            return Ok((of(self)?, of(other)?));
        };
        let guarded = self.guards(&mut round);
        let said = self.said(&target, &mut round);
        let own = self.half_with(Policies::Own, &guarded, &mut round);
        let own = self.whole_with(&own, said.clone(), &target, &round);
        let others = other.half_with(Policies::Own, &guarded, &mut round);
        Ok((own, other.whole_with(&others, said, &target, &round)))
    }

    /// What the policy of the resource says.
    fn said(&self, target: &Target, round: &mut Round) -> PolicySaid {
        match &target.policy {
            None => PolicySaid::nothing(self.limit),
            Some(held) => self.weigh(held.id, &held.policy, round),
        }
    }

    /// Whom the policies of their own certainly allow a request, and whom their boundary does.
    ///
    /// # Errors
    ///
    /// As [`WhoCan::verdict`].
    pub fn surely(&self, action: &str, resource: &str) -> Result<(Set, Set), Refused> {
        let target = Target::of(self.estate, action, resource);
        let Some(mut round) = Round::of(self, &target, action, resource, &[])? else {
            return Ok((Set::none(self.limit), Set::none(self.limit)));
        };
        let own = self.identity_layers(&mut round);
        Ok((own.identity.yes, own.boundary.yes))
    }

    /// Puts the policy of the resource to the rest.
    pub(super) fn whole(&self, half: &Half, target: &Target, round: &mut Round) -> Verdict {
        let said = self.said(target, round);
        self.whole_with(half, said, target, round)
    }

    fn whole_with(
        &self,
        half: &Half,
        mut said: PolicySaid,
        target: &Target,
        round: &Round,
    ) -> Verdict {
        let Half { own, scp } = half;
        let mut deny = own.deny.clone();
        deny.join(&said.deny);
        let unclear = if said.is_unclear { &self.everyone } else { &own.unclear };
        let same = match &round.account {
            None => self.everyone.clone(),
            Some(account) => {
                let own = self.accounts.get(account.as_str());
                own.cloned().unwrap_or_else(|| Set::none(self.limit))
            }
        };
        let is_public = target.policy.as_ref().is_some_and(|held| held.policy.is_public());
        if target.is_shut && is_public {
            said.within(&same);
        }
        let mut allow = self.granted(own, said, round.request.rule(), &same);
        allow.keep(scp);
        decided(&deny, &allow, unclear)
    }
}

/// What the policies of everybody's own come to.
#[derive(Debug)]
struct OwnSaid {
    identity: Truths,
    boundary: Truths,
    deny: Truths,
    unclear: Set,
}

impl<'e> Index<'e> {
    fn identity_layers(&self, round: &mut Round) -> OwnSaid {
        let mut said = OwnSaid {
            identity: Truths::none(self.limit),
            boundary: Truths {
                may: self.without_boundary.clone(),
                yes: self.without_boundary.clone(),
            },
            deny: Truths::none(self.limit),
            unclear: self.unclear.clone(),
        };
        for place in self.actions.about(round.request.action(), self.entries.len()) {
            let Some(entry) = self.entries.get(place) else { continue };
            let truth = entry.shared_truth(round.request.resource(), round.request.context());
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
        round: &mut Round,
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
    pub(super) fn truth_for(
        &self,
        entry: &Entry<'e>,
        truth: Truth,
        place: usize,
        round: &mut Round,
    ) -> Truth {
        let mut truth = truth;
        if entry.is_mixed()
            && let Some(identity) = self.estate.identities.get(place)
        {
            truth = entry.mixed_truth(
                truth,
                round.request.resource(),
                self.estate,
                identity,
                &mut round.asking,
            );
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

    fn guards(&self, round: &mut Round) -> Guarded {
        let mut found = Guarded {
            scp: Truths::all(self.limit, Truth::Yes),
            deny: Truths::none(self.limit),
            unclear: Set::none(self.limit),
        };
        let is_controlled = services::is_controlled(round.request.action());
        let mut known: HashMap<usize, PolicySaid> = HashMap::new();
        let mut said = |held: &Held, round: &mut Round| {
            let said = known.entry(held.id);
            said.or_insert_with(|| self.weigh(held.id, &held.policy, round)).clone()
        };
        let control = round.account.as_deref().map(|account| self.estate.guard(account));
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
