//! A question about one principal, and what the estate says to it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::access_point;
use super::assumed::assumed;
use super::estate::{Estate, Guard, Held, Identity, Source};
use super::facts::{self, Given};
use super::target::{Meant, Target};
use crate::policy::Policy;
use crate::policy::evaluate::explain::Deciding;
use crate::policy::evaluate::facts::{About, derive};
use crate::policy::evaluate::request::Owner;
use crate::policy::evaluate::weigh::Place;
use crate::policy::evaluate::{
    Decision, Layer, Layers, PublicAccess, Refused, Request, decide, explain,
};
use crate::policy::principal::{Kind, Principal};

/// A statement that decided, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The layer that it is in.
    pub layer: Layer,
    /// The policy and what it is attached to, in words.
    pub policy: String,
    /// Its place in the document, from 0.
    pub statement: usize,
    /// Its id.
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// Whether it certainly matches.
    pub is_certain: bool,
    /// What must hold for it to match: operator, key and values of each condition that is open.
    pub open: Vec<(String, String, Vec<String>)>,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who asks.
    pub principal: String,
    /// What is asked for.
    pub action: String,
    /// On what.
    pub resource: String,
    /// The decision.
    pub decision: Decision,
    /// The statements that decided.
    pub decided_by: Vec<Decided>,
    /// The keys that a conditional decision hangs on.
    pub missing_keys: Vec<String>,
    /// The decision in a sentence.
    pub reason: String,
    /// What was not collected and might matter.
    pub notes: Vec<String>,
}

impl Answer {
    /// The answer through an access point, from that on it and that on what is behind it.
    fn through(self, inside: Self, is_same: bool) -> Self {
        let decision = access_point::through(self.decision, inside.decision, is_same);
        let is_silent = is_same && inside.decision == Decision::ImplicitlyDenied;
        let reason = match decision {
            _ if decision == self.decision && decision != Decision::Allowed => self.reason,
            Decision::Unknown if is_silent => format!(
                "the access point permits it, and nothing is said about {}: whether the bucket then permits what \
                 its own account asks for through an access point is not documented",
                inside.resource
            ),
            _ => format!("on {} behind the access point: {}", inside.resource, inside.reason),
        };
        let (mut decided_by, mut missing_keys) = (self.decided_by, self.missing_keys);
        if decision == inside.decision || decision == Decision::Conditional {
            // What a refusal is decided by grants nothing, though it did on the access point.
            let refuses =
                matches!(decision, Decision::ExplicitlyDenied | Decision::ImplicitlyDenied);
            let is_refusal = refuses && decision != self.decision;
            decided_by.retain(|it| !is_refusal && !inside.decided_by.contains(it));
            decided_by.extend(inside.decided_by);
            missing_keys.extend(inside.missing_keys);
            missing_keys.sort();
            missing_keys.dedup();
        }
        let mut notes = self.notes;
        notes.extend(inside.notes);
        let mut told = BTreeSet::new();
        notes.retain(|note| told.insert(note.clone()));
        Self { decision, decided_by, missing_keys, reason, notes, ..self }
    }
}

/// A question, put together.
#[derive(Debug)]
pub(super) struct Question<'e> {
    request: Request,
    target: Cow<'e, Target>,
    guard: Option<&'e Guard>,
    control: Option<&'e Guard>,
    identity: Option<&'e Identity>,
    /// The same on what is behind the access point that the request goes through.
    behind: Option<Box<Self>>,
}

impl<'e> Question<'e> {
    /// The question of one of the estate's principals.
    pub(super) fn of(
        estate: &'e Estate,
        asks: &'e Identity,
        action: &str,
        resource: &str,
        target: &'e Target,
        given: Given<'_>,
    ) -> Result<Self, Refused> {
        let account = target.account.as_deref();
        let given = &*access_point::said(target, given);
        let shared = facts::of_request(estate, asks, action, resource, account, given);
        let context = facts::all(estate, asks, &shared, given);
        let behind = target.behind.as_ref();
        let behind = behind
            .map(|it| Self::of(estate, asks, action, &it.resource, &it.target, given).map(Box::new))
            .transpose()?;
        let principal = asks.principal.clone();
        let request = Request::new(principal, action, resource, account, context)?;
        Ok(Self {
            request,
            guard: estate.guard(asks.account()),
            control: estate.guard(account.unwrap_or(asks.account())),
            identity: Some(asks),
            target: Cow::Borrowed(target),
            behind,
        })
    }

    /// The same question, as if nobody were in an organization.
    pub(super) fn without_organization(self) -> Self {
        let behind = self.behind.map(|behind| behind.without_organization().into());
        Self { guard: None, control: None, behind, ..self }
    }

    fn layers(&self) -> Layers<'_, Held> {
        layers(self.guard, self.control, self.identity, &self.target)
    }

    /// The decision on the same request where the same principal has other policies, and what is asked for has.
    pub(super) fn decide_in(&self, estate: &Estate, asks: &Identity, target: &Target) -> Decision {
        let account = target.account.as_deref();
        let layers = layers(
            estate.guard(asks.account()),
            estate.guard(account.unwrap_or(asks.account())),
            Some(asks),
            target,
        );
        let here = decide(&self.request, &layers);
        match self.behind.as_ref().zip(target.behind.as_ref()) {
            None => here,
            Some((own, behind)) => access_point::through(
                here,
                own.decide_in(estate, asks, &behind.target),
                own.is_of_owner(),
            ),
        }
    }

    /// Asks for another action of the same service.
    pub(super) fn turn_to(&mut self, action: &str) -> Result<(), Refused> {
        self.request.turn_to(action)?;
        self.behind.as_mut().map_or(Ok(()), |behind| behind.turn_to(action))
    }

    /// The decision alone.
    pub(super) fn decide(&self) -> Decision {
        let here = decide(&self.request, &self.layers());
        match &self.behind {
            None => here,
            Some(behind) => access_point::through(here, behind.decide(), behind.is_of_owner()),
        }
    }

    /// Whether who asks is of the account that what is asked for belongs to.
    fn is_of_owner(&self) -> bool {
        let is_of_any = self.request.principal().account().is_some();
        is_of_any && self.request.owner() == Owner::Same
    }

    /// What is taken for granted or not known, as far as it may matter.
    fn notes(&self, estate: &Estate, missing_keys: &[String]) -> Vec<String> {
        let own = self.request.principal().account();
        let notes = self.target.note.iter().cloned();
        let is_tag = |key: &String| facts::is_tag(&key.to_lowercase());
        let tagged = self.identity.filter(|_| missing_keys.iter().any(is_tag));
        let taken = self.identity.and_then(|asks| facts::taken_tags(asks, self.policies()));
        notes
            .chain(tagged.and_then(facts::open_tags))
            .chain(taken)
            .chain(assumed(estate, own.into_iter().chain(self.target.account.as_deref())))
            .collect()
    }

    /// All policies that have a say.
    fn policies(&self) -> impl Iterator<Item = &Policy> {
        let layers = self.layers();
        let guards = layers.scps.iter().chain(layers.rcps).flatten();
        let own = layers.identity.iter().chain(layers.boundary).chain(layers.resource);
        own.chain(guards).map(|held| &*held.policy)
    }

    /// The decision, and why.
    pub(super) fn answer(&self, estate: &Estate, action: &str, resource: &str) -> Answer {
        let here = self.answer_here(estate, action, resource);
        match &self.behind {
            None => here,
            Some(behind) => {
                let inside = behind.answer_here(estate, action, behind.request.resource());
                here.through(inside, behind.is_of_owner())
            }
        }
    }

    fn answer_here(&self, estate: &Estate, action: &str, resource: &str) -> Answer {
        let layers = self.layers();
        let outcome = explain(&self.request, &layers);
        let decided = |deciding: &Deciding<'_>| {
            let statement = deciding.statement;
            let open = outcome.residual.iter().filter(|residual| {
                residual.place == deciding.place && residual.statement == statement.index
            });
            let words = open.map(|residual| {
                let condition = residual.condition;
                (condition.operator.clone(), condition.key.clone(), condition.values.clone())
            });
            Decided {
                layer: deciding.place.layer,
                policy: source(&layers, deciding.place)
                    .map_or_else(String::new, ToString::to_string),
                statement: statement.index,
                sid: statement.sid.as_deref().map(str::to_owned),
                effect: statement.effect.as_str(),
                is_certain: deciding.truth.is_yes(),
                open: words.collect(),
            }
        };
        Answer {
            principal: self.request.principal().as_str().to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            decision: outcome.decision,
            decided_by: outcome.decided_by.iter().map(decided).collect(),
            notes: self.notes(estate, &outcome.missing_keys),
            missing_keys: outcome.missing_keys,
            reason: outcome.reason,
        }
    }
}

fn layers<'l>(
    guard: Option<&'l Guard>,
    control: Option<&'l Guard>,
    asks: Option<&'l Identity>,
    target: &'l Target,
) -> Layers<'l, Held> {
    let public_access = if target.is_shut { PublicAccess::Restricted } else { PublicAccess::Open };
    Layers {
        scps: guard.map_or(&[], |guard| guard.scps.as_slice()),
        rcps: control.map_or(&[], |guard| guard.rcps.as_slice()),
        resource: target.policy.as_ref(),
        public_access,
        identity: asks.map_or(&[], |identity| &identity.policies),
        boundary: asks.and_then(|identity| identity.boundary.as_ref()),
        ..Layers::default()
    }
}

/// Where the policy at a place comes from.
fn source<'a>(layers: &Layers<'a, Held>, place: Place) -> Option<&'a Source> {
    let held = match place.layer {
        Layer::ServiceControl => layers.scps.get(place.level)?.get(place.policy),
        Layer::ResourceControl => layers.rcps.get(place.level)?.get(place.policy),
        Layer::Endpoint => layers.endpoint.get(place.policy),
        Layer::Resource => layers.resource,
        Layer::Identity => layers.identity.get(place.policy),
        Layer::Boundary => layers.boundary,
        Layer::Session => layers.session,
    };
    held.map(|held| &held.source)
}

/// Whether a principal can do an action on a resource, and why. The principal is the ARN of a user, role, role session or
/// root user, the name of a service, or `*` for somebody without credentials; what nobody collected is `unknown`.
///
/// # Errors
///
/// [`Refused`] if the principal is none, the action is not `service:Name`, or the resource neither an ARN nor `*`.
pub fn can(
    estate: &Estate,
    principal: &str,
    action: &str,
    resource: &str,
    given: Given<'_>,
) -> Result<Answer, Refused> {
    let meant = Meant::of(estate, action, resource);
    let answer = of_one(estate, principal, action, &meant.resource, given)?;
    let notes = meant.notes.into_iter().chain(answer.notes).collect();
    Ok(Answer { resource: resource.to_owned(), notes, ..answer })
}

fn of_one(
    estate: &Estate,
    principal: &str,
    action: &str,
    resource: &str,
    given: Given<'_>,
) -> Result<Answer, Refused> {
    let target = Target::of(estate, action, resource);
    if let Some(identity) = estate.identity(principal) {
        let question = Question::of(estate, identity, action, resource, &target, given)?;
        return Ok(question.answer(estate, action, resource));
    }
    let read =
        if principal == "*" { Some(Principal::anonymous()) } else { Principal::read(principal) };
    let Some(read) = read else {
        return Err(Refused::Principal(principal.to_owned()));
    };
    let role = role_of(estate, &read);
    let has_policies = matches!(read.kind(), Kind::Anonymous | Kind::Outside | Kind::Root);
    if role.is_none() && !has_policies {
        return Ok(unknown(principal, action, resource, "it was not collected"));
    }
    let question = of_other(estate, (&read, role), action, resource, target, given)?;
    Ok(question.answer(estate, action, resource))
}

/// The question of somebody who is none of the estate's principals, or the session of one.
fn of_other<'e>(
    estate: &'e Estate,
    (read, role): (&Principal, Option<&'e Identity>),
    action: &str,
    resource: &str,
    mut target: Target,
    given: Given<'_>,
) -> Result<Question<'e>, Refused> {
    let given = &*access_point::said(&target, given);
    let behind = target.behind.take();
    let behind = behind
        .map(|it| of_other(estate, (read, role), action, &it.resource, it.target, given))
        .transpose()?;
    let account = target.account.clone();
    let mut context = if let Some(role) = role {
        let shared = facts::of_request(estate, role, action, resource, account.as_deref(), given);
        let mut context = facts::all(estate, role, &shared, given);
        let id = facts::id_of_session(role, read).filter(|_| !context.is_listed("aws:userid"));
        if let Some(id) = id {
            context.set("aws:userid", [&*id]);
        }
        context
    } else {
        facts::of_stranger(estate, read, (action, resource), account.as_deref(), given)
    };
    let about = About {
        principal: read,
        role: role.map(Identity::arn),
        action,
        resource,
        account: account.as_deref(),
    };
    derive(&mut context, about);
    let own = read.account().map(str::to_owned);
    let request = Request::new(read.clone(), action, resource, account.as_deref(), context)?;
    Ok(Question {
        request,
        guard: own.as_deref().and_then(|account| estate.guard(account)),
        control: account.or(own).and_then(|account| estate.guard(&account)),
        target: Cow::Owned(target),
        identity: role,
        behind: behind.map(Box::new),
    })
}

/// The role of a session.
fn role_of<'e>(estate: &'e Estate, session: &Principal) -> Option<&'e Identity> {
    if session.kind() != Kind::Session {
        return None;
    }
    let name = session.as_str().split('/').nth(1)?;
    estate.identities.iter().find(|identity| {
        identity.principal.kind() == Kind::Role
            && identity.principal.account() == session.account()
            && identity.arn().rsplit('/').next() == Some(name)
    })
}

fn unknown(principal: &str, action: &str, resource: &str, why: &str) -> Answer {
    Answer {
        principal: principal.to_owned(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        decision: Decision::Unknown,
        decided_by: Vec::new(),
        missing_keys: Vec::new(),
        reason: format!("`{principal}` cannot be judged: {why}"),
        notes: Vec::new(),
    }
}
