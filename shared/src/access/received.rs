//! What the policies of resources grant a principal: its own account's and others'.
//!
//! In its own account a policy that names the principal, or everyone, is enough. One that names the account leaves it to
//! the principal's own policies, as does every policy of another account, the trust of a role that names the account, and
//! that of a KMS key: there both sides must allow.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>

use super::estate::{Estate, Held, Identity};
use super::facts;
use super::grants::{
    Grant, Grants, Limits, Named, grant, meets, overlap, templates, text, written,
};
use super::question::Question;
use super::target::Target;
use crate::policy::compiled::Statement;
use crate::policy::document::{Effect, Listed};
use crate::policy::evaluate::{Context, Decision, Mode};
use crate::policy::principal::{Bounded, Kind, Naming, Reach};
use crate::policy::wildcard::Wildcard;

/// A resource, and its policy.
struct Given<'e> {
    arn: &'e str,
    account: &'e str,
    policy: &'e Held,
    /// Whether a public policy gives nothing to other accounts.
    is_shut: bool,
}

/// Adds what policies of resources grant.
pub(super) fn take(estate: &Estate, asks: &Identity, limits: &Limits<'_>, found: &mut Grants) {
    let resources = estate.resources.iter().filter_map(|(arn, resource)| {
        let account = resource.account.as_deref().or_else(|| arn.split(':').nth(4));
        let policy = resource.policy.as_ref()?;
        Some(Given { arn, account: account.unwrap_or_default(), policy, is_shut: resource.is_shut })
    });
    let roles = estate.identities.iter().filter_map(|role| {
        let policy = role.trust.as_ref()?;
        let is_itself = role.arn() == asks.arn();
        (role.principal.kind() == Kind::Role && !is_itself).then(|| Given {
            arn: role.arn(),
            account: role.account(),
            policy,
            is_shut: false,
        })
    });
    for given in resources.chain(roles) {
        let held = given.policy;
        let words = held.policy.problems().iter();
        found.unknown.extend(words.map(|problem| format!("{}: {problem}", held.source)));
        for statement in given.policy.policy.statements() {
            if statement.effect == Effect::Allow {
                found.grants.extend(received(estate, asks, limits, &given, statement));
            }
        }
    }
}

fn received(
    estate: &Estate,
    asks: &Identity,
    limits: &Limits<'_>,
    given: &Given<'_>,
    statement: &Statement,
) -> Vec<Grant> {
    let Some(naming) = statement.names(&asks.principal, Bounded::No) else { return Vec::new() };
    let is_everyone = matches!(statement.reach(), Reach::Everyone | Reach::Anybody);
    let named = match naming {
        Naming::Account => Named::Account,
        _ if is_everyone => Named::Everyone,
        _ => Named::Itself,
    };
    let is_same = given.account == asks.account();
    if given.is_shut && !is_same && given.policy.policy.is_public() {
        return Vec::new();
    }
    if is_ruled_out(estate, asks, statement) {
        return Vec::new();
    }
    let boundary = |words: &str| words.starts_with("boundary ");
    // A policy of its own account that names it, or everyone, is not limited by its boundary but by what that denies; one
    // that names a role is.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    let is_unbounded = is_same && naming == Naming::Itself;
    let guard = estate.guard(given.account);
    let mut around = Limits { allow: Vec::new(), deny: limits.deny.clone() };
    let kept = limits.allow.iter().filter(|(words, _)| !(is_unbounded && boundary(words)));
    around.allow.extend(kept.cloned());
    let denies = guard.into_iter().flat_map(|guard| guard.rcps.iter().flatten());
    for held in denies.chain([given.policy]) {
        let statements = held.policy.statements().iter();
        let about = statements.filter(|it| {
            it.effect == Effect::Deny && it.names(&asks.principal, Bounded::No).is_some()
        });
        around.deny.extend(about.map(|it| (held, it)));
    }
    let Some(mut own) = grant(given.policy, statement, &around) else { return Vec::new() };
    // All of them are those of the resource.
    let is_all = own.resources.is_empty() || own.resources.iter().any(|it| it == "*");
    if is_all && !own.is_not_resources {
        own.resources = vec![given.arn.to_owned()];
        if given.arn.contains(":s3:::") {
            own.resources.push(format!("{}/*", given.arn));
        }
    }
    own.named = Some(named);
    let is_enough = is_same && named != Named::Account;
    let mut all = if is_enough { vec![own] } else { both(asks, &own) };
    for part in &mut all {
        part.actions.retain(|action| is_possible(estate, asks, action, &part.resources));
    }
    all.retain(|part| part.is_not_actions || !part.actions.is_empty());
    all
}

/// Whether a condition that is about the principal alone certainly does not hold.
fn is_ruled_out(estate: &Estate, asks: &Identity, statement: &Statement) -> bool {
    let context = facts::all(estate, asks, &Context::new(Mode::Discovery), &[]);
    statement.conditions().iter().any(|condition| {
        condition.keys().iter().all(|key| facts::is_of_principal(key))
            && condition.holds(&context).is_no()
    })
}

/// What of a grant the principal's own policies allow too, statement by statement: of two patterns the narrower, of the
/// conditions both.
fn both(asks: &Identity, grant: &Grant) -> Vec<Grant> {
    let mut found: Vec<Grant> = Vec::new();
    let statements = asks.policies.iter().flat_map(|held| held.policy.statements());
    for own in statements.filter(|own| own.effect == Effect::Allow) {
        let mut part = grant.clone();
        if let (Some(listed @ Listed::In(_)), false) = (own.resources(), grant.is_not_resources) {
            let own = templates(listed);
            part.resources = narrower_of_all(&own, &grant.resources);
            if part.resources.is_empty() {
                continue;
            }
        }
        if !grant.is_not_actions {
            part.actions = narrower_actions(own, &grant.actions);
            if part.actions.is_empty() {
                continue;
            }
        }
        let more = written(own).into_iter().filter(|it| !grant.conditions.contains(it));
        part.conditions.extend(more);
        let is_like =
            |it: &&mut Grant| it.resources == part.resources && it.conditions == part.conditions;
        match found.iter_mut().find(is_like) {
            Some(known) => known.actions.append(&mut part.actions),
            None => found.push(part),
        }
    }
    for part in &mut found {
        without_repeats(&mut part.actions);
    }
    found
}

/// The actions that both a statement and a grant are about.
fn narrower_actions(own: &Statement, actions: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for action in actions {
        match own.actions() {
            Listed::In(patterns) => {
                found.extend(patterns.iter().filter_map(|pattern| narrower(action, pattern)));
            }
            Listed::NotIn(_) if meets(own, action) => found.push(action.clone()),
            Listed::NotIn(_) => {}
        }
    }
    found
}

/// The resources that both sides name: of two patterns the narrower.
fn narrower_of_all(own: &[String], theirs: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for other in theirs {
        let met = own.iter().filter(|own| overlap(own, other));
        found.extend(met.map(|own| {
            let is_wider = Wildcard::read(own).matches(other);
            let is_narrower = Wildcard::read(other).matches(own);
            if is_narrower && !is_wider { own.clone() } else { other.clone() }
        }));
    }
    without_repeats(&mut found);
    found
}

/// Leaves out what another of them stands for already: it says nothing more.
fn without_repeats(patterns: &mut Vec<String>) {
    patterns.sort();
    patterns.dedup();
    let all = patterns.clone();
    let is_told =
        |one: &String| all.iter().any(|other| other != one && Wildcard::read(other).matches(one));
    patterns.retain(|one| !is_told(one));
}

fn narrower(action: &str, pattern: &Wildcard) -> Option<String> {
    let own = text(pattern);
    if pattern.matches(action) {
        Some(action.to_owned())
    } else if Wildcard::read(action).matches(&own) {
        Some(own)
    } else {
        overlap(&own, action).then(|| action.to_owned())
    }
}

/// Whether a grant without wildcards is one when it is asked for: what has wildcards stays.
fn is_possible(estate: &Estate, asks: &Identity, action: &str, resources: &[String]) -> bool {
    if action.contains(['*', '?']) {
        return true;
    }
    let is_plain = |resource: &&String| !resource.contains(['*', '?', '$']);
    let plain: Vec<&str> = resources.iter().filter(is_plain).map(String::as_str).collect();
    if plain.is_empty() || plain.len() < resources.len() {
        return true;
    }
    plain.iter().any(|resource| {
        let target = Target::of(estate, action, resource);
        let question = Question::of(estate, asks, action, resource, &target, &[]);
        question.is_ok_and(|question| {
            !matches!(question.decide(), Decision::ImplicitlyDenied | Decision::ExplicitlyDenied)
        })
    })
}

#[cfg(test)]
mod tests;
