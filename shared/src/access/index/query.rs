//! One question, put to everybody at once: layer by layer as sets, then by the rule that decides one request too.

use std::collections::HashMap;

use super::entry::Entry;
use super::overlay::Instead;
use super::round::{Look, Round};
use super::weigh::Said as PolicySaid;
use super::{Index, Plain, Policies, Set, Truths, Verdict, With};
use crate::access::access_point;
use crate::access::estate::{Held, Identity};
use crate::access::facts::Given;
use crate::access::target::Target;
use crate::policy::document::Effect;
use crate::policy::evaluate::exempt::Exempt;
use crate::policy::evaluate::request::{Owner, Rule};
use crate::policy::evaluate::{Refused, Said, grant, services};
use crate::policy::truth::Truth;

/// All that is said to a question but by the policy of the resource.
#[derive(Clone, Debug)]
pub(super) struct Half {
    own: OwnSaid,
    scp: Truths,
}

/// What the policies of the organization come to.
pub(super) struct Guarded {
    scp: Truths,
    deny: Truths,
    unclear: Set,
}

impl Index<'_> {
    /// As [`WhoCan::verdict`], of what everybody could do with other policies, or under other limits.
    ///
    /// # Errors
    ///
    /// As [`WhoCan::verdict`].
    pub fn verdict_with(
        &self,
        with: With,
        action: &str,
        resource: &str,
        given: Given<'_>,
    ) -> Result<Verdict, Refused> {
        if self.people.limit == 0 {
            return Ok(Verdict::nobody());
        }
        let target = Target::of(self.estate, action, resource);
        let said = &*access_point::said(&target, given);
        let Some(mut round) = Round::of(self, &target, action, resource, said)? else {
            return Plain::of(self.estate).verdict_with(with, action, resource, given);
        };
        let half = self.half(with, &mut round);
        let here = self.whole(&half, &target, &mut round);
        let Some(behind) = &target.behind else { return Ok(here) };
        let inside = self.verdict_with(with, action, &behind.resource, said)?;
        let owner = behind.target.account.as_deref();
        let mut verdict = Verdict::nobody_below(self.people.limit);
        for place in 0..self.people.limit {
            let own = self.identity(place).map(Identity::account);
            let is_same = owner.is_none_or(|owner| own == Some(owner));
            let decision = access_point::through(here.of(place), inside.of(place), is_same);
            verdict.add(place, decision);
        }
        Ok(verdict)
    }

    /// What is said to a question but by the policy of the resource.
    pub(super) fn half(&self, with: With, round: &mut Round<'_>) -> Half {
        let guarded = if with.is_limited {
            self.guards(round, None)
        } else {
            Guarded::of_nobody(self.people.limit)
        };
        let mut own = self.identity_layers(round, None);
        if with.policies == Policies::Administrator {
            own.identity = Truths::all(self.people.limit, Truth::Yes);
        }
        Half::of(own, &guarded)
    }

    /// What the policy of the resource says.
    pub(super) fn said(&self, target: &Target, round: &mut Round<'_>) -> PolicySaid {
        match &target.policy {
            None => PolicySaid::nothing(self.people.limit),
            Some(held) => self.weigh(held.id, &held.policy, round),
        }
    }

    /// Puts the policy of the resource to the rest.
    pub(super) fn whole(&self, half: &Half, target: &Target, round: &mut Round<'_>) -> Verdict {
        let said = self.said(target, round);
        self.whole_with(half, said, target, round)
    }

    pub(super) fn whole_with(
        &self,
        half: &Half,
        mut said: PolicySaid,
        target: &Target,
        round: &Round<'_>,
    ) -> Verdict {
        let Half { own, scp } = half;
        let mut deny = own.deny.clone();
        deny.join(&said.deny);
        let people = &*self.people;
        let unclear = if said.is_unclear { &people.everyone } else { &own.unclear };
        let same = match &round.account {
            None => people.everyone.clone(),
            Some(account) => {
                let own = people.accounts.get(account.as_str());
                own.cloned().unwrap_or_else(|| Set::none(people.limit))
            }
        };
        let is_public = target.policy.as_ref().is_some_and(|held| held.policy.is_public());
        if target.is_shut && is_public {
            said.within(&same);
        }
        let mut allow = self.granted(own, said, round.request.rule(), &same);
        if round.request.exempt() == Exempt::Kept {
            allow = Truths::none(people.limit);
        }
        allow.keep(scp);
        decided(&deny, &allow, unclear)
    }
}

/// What the policies of everybody's own come to.
#[derive(Clone, Debug)]
pub(super) struct OwnSaid {
    pub(super) identity: Truths,
    pub(super) boundary: Truths,
    pub(super) deny: Truths,
    pub(super) unclear: Set,
}

impl Half {
    pub(super) fn of(mut own: OwnSaid, guarded: &Guarded) -> Self {
        own.deny.join(&guarded.deny);
        own.unclear.join(&guarded.unclear);
        Self { own, scp: guarded.scp.clone() }
    }

    pub(super) fn into_own(self) -> OwnSaid {
        self.own
    }
}

impl Index<'_> {
    /// What the policies of everybody's own say; `about` are the places of the statements about the action, where they are
    /// known.
    pub(super) fn identity_layers(
        &self,
        round: &mut Round<'_>,
        about: Option<&[usize]>,
    ) -> OwnSaid {
        let people = &*self.people;
        let mut said = OwnSaid {
            identity: Truths::none(people.limit),
            boundary: Truths {
                may: people.without_boundary.clone(),
                yes: people.without_boundary.clone(),
            },
            deny: Truths::none(people.limit),
            unclear: people.unclear.clone(),
        };
        let found;
        let about = if let Some(about) = about {
            about
        } else {
            found = self.about(round.request.action());
            &found
        };
        for place in about {
            let policy = self.spoken.policy_of.get(*place);
            let (Some(entry), Some(policy)) = (self.spoken.entries.get(*place), policy) else {
                continue;
            };
            let who = (people.holders(*policy), people.bounded(*policy));
            self.say(entry, who, &mut said, round);
        }
        said.identity.may.join(&people.unclear);
        said.boundary.may.join(&people.unclear_boundary);
        said.deny.may.join(&people.unclear);
        said.deny.may.join(&people.unclear_boundary);
        said.identity.may.join(&people.roots);
        said.identity.yes.join(&people.roots);
        said.unclear.join(&people.unclear_boundary);
        said
    }

    /// The places of the statements about an action that somebody here has.
    pub(super) fn about(&self, action: &str) -> Vec<usize> {
        let people = &*self.people;
        self.spoken.about(action, |policy| {
            !people.holders(policy).is_empty() || !people.bounded(policy).is_empty()
        })
    }

    /// Lays what a statement about the action says on those who have it, and have it as boundary.
    pub(super) fn say(
        &self,
        entry: &Entry<'_>,
        (holders, bounded): (&[u32], &[u32]),
        said: &mut OwnSaid,
        round: &mut Round<'_>,
    ) {
        let look = round.look(entry);
        if look.truth.is_no() {
            return;
        }
        let is_allow = entry.statement.effect == Effect::Allow;
        let into = if is_allow { &mut said.identity } else { &mut said.deny };
        self.lay(entry, look, holders, into, round);
        let into = if is_allow { &mut said.boundary } else { &mut said.deny };
        self.lay(entry, look, bounded, into, round);
    }

    fn lay(
        &self,
        entry: &Entry<'_>,
        look: Look,
        holders: &[u32],
        into: &mut Truths,
        round: &mut Round<'_>,
    ) {
        let holders = holders.iter().map(|number| *number as usize);
        if entry.own.is_empty() && !look.is_each {
            for place in holders {
                into.add(place, look.truth);
            }
            return;
        }
        for place in holders {
            into.add(place, self.truth_for(entry, look, place, round));
        }
    }

    /// Whether a statement matches for one principal, whom it is known to be about.
    pub(super) fn truth_for(
        &self,
        entry: &Entry<'_>,
        look: Look,
        place: usize,
        round: &mut Round<'_>,
    ) -> Truth {
        let mut truth = look.truth;
        if look.is_each
            && let Some(identity) = self.identity(place)
        {
            truth = round.truth_for(entry, truth, self.estate, identity);
        }
        for own in &entry.own {
            if truth.is_no() {
                break;
            }
            let place = self.people.in_estate(place).unwrap_or(usize::MAX);
            truth = truth & round.holds_for(own, self, place);
        }
        truth
    }

    /// What the policies of the organization say, one of which may be another one.
    pub(super) fn guards(&self, round: &mut Round<'_>, instead: Option<&Instead<'_>>) -> Guarded {
        let people = &*self.people;
        let mut found = Guarded::of_nobody(people.limit);
        let is_controlled = services::is_controlled(round.request.action());
        let mut known: HashMap<(usize, bool), PolicySaid> = HashMap::new();
        let control = round.account.as_deref().map(|account| self.estate.guard(account));
        for group in &self.groups {
            let mut members = group.members.clone();
            members.keep(&people.guarded);
            if members.is_empty() {
                continue;
            }
            let mut scp = Truths::all(people.limit, Truth::Yes);
            for level in &group.guard.scps {
                let mut allow = Truths::none(people.limit);
                for held in level {
                    let said = self.said_of(held, instead, &mut known, round);
                    allow.join(&said.allow);
                    found.take(said, &members);
                }
                scp.keep(&allow);
            }
            // Whoever is not in the group keeps what it has.
            let mut others = people.everyone.clone();
            others.drop(&members);
            scp.may.join(&others);
            scp.yes.join(&others);
            found.scp.keep(&scp);
            if is_controlled && control.is_none() {
                for held in group.guard.rcps.iter().flatten() {
                    found.take(self.said_of(held, instead, &mut known, round), &members);
                }
            }
        }
        if let Some(Some(guard)) = control.filter(|_| is_controlled) {
            for held in guard.rcps.iter().flatten() {
                found.take(self.said_of(held, instead, &mut known, round), &people.guarded);
            }
        }
        found
    }

    fn said_of<'k>(
        &self,
        held: &Held,
        instead: Option<&Instead<'_>>,
        known: &'k mut HashMap<(usize, bool), PolicySaid>,
        round: &mut Round<'_>,
    ) -> &'k PolicySaid {
        let instead = instead.filter(|instead| (instead.is)(held));
        let said = known.entry((held.id, instead.is_some()));
        said.or_insert_with(|| match instead {
            Some(instead) => self.weigh_all(instead.entries, instead.policy, round),
            None => self.weigh(held.id, &held.policy, round),
        })
    }

    fn granted(&self, own: &OwnSaid, said: PolicySaid, rule: Rule, same: &Set) -> Truths {
        let with = |said: PolicySaid| Said {
            itself: said.itself,
            role: said.role,
            resource: said.allow,
            identity: own.identity.clone(),
            limit: own.boundary.clone(),
        };
        let mut other = self.people.everyone.clone();
        other.drop(same);
        let mut allow = Truths::none(self.people.limit);
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
            allow.may.drop(&self.people.roots);
            allow.yes.drop(&self.people.roots);
        }
        allow
    }
}

impl Guarded {
    /// No policy of an organization.
    fn of_nobody(limit: usize) -> Self {
        Self {
            scp: Truths::all(limit, Truth::Yes),
            deny: Truths::none(limit),
            unclear: Set::none(limit),
        }
    }

    fn take(&mut self, said: &PolicySaid, members: &Set) {
        self.deny.may.join_within(&said.deny.may, members);
        self.deny.yes.join_within(&said.deny.yes, members);
        if said.is_unclear {
            self.unclear.join(members);
        }
    }
}

impl Verdict {
    fn nobody() -> Self {
        Self::nobody_below(0)
    }

    /// Nobody, for places below the limit.
    pub(super) fn nobody_below(limit: usize) -> Self {
        let none = Set::none(limit);
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
