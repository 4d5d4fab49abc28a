//! What a principal can do: what its policies grant, and those of resources ([`received`]), as far as no layer takes it
//! away.
//!
//! A grant keeps the wildcards that it is written with. A boundary, a deny or a policy of the organization that takes all of
//! it away takes the grant away; one that takes a part away is named beside it.

use std::collections::BTreeSet;

use super::estate::{Estate, Held, Identity};
use super::received;
use super::target::unknown;
use crate::policy::catalogue::{self, Catalogue as _, Expansion};
use crate::policy::compiled::{Policy, Statement};
use crate::policy::document::{Effect, Listed};
use crate::policy::variable::Template;
use crate::policy::wildcard::{OwnedPart, Wildcard};

/// What a statement grants, in the words of its policy, actions in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Patterns of actions.
    pub actions: Vec<String>,
    /// Whether all actions but these are meant.
    pub is_not_actions: bool,
    /// Patterns of resources.
    pub resources: Vec<String>,
    /// Whether all resources but these are meant.
    pub is_not_resources: bool,
    /// Conditions: operator, key and values.
    pub conditions: Vec<(String, String, Vec<String>)>,
    /// The policy and what it is attached to, in words.
    pub policy: String,
    /// The statement in it, from 0.
    pub statement: usize,
    /// What takes a part of it away, in words.
    pub narrowed_by: Vec<String>,
    /// How the policy of a resource names the principal; `None` where the policy is its own.
    pub named: Option<Named>,
}

/// How the policy of a resource comes to a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// It is named itself.
    Itself,
    /// Everyone is.
    Everyone,
    /// Its account is, which leaves it to the policies of the principal: they allow it too.
    Account,
}

impl Named {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Everyone => "everyone",
            Self::Account => "account",
        }
    }
}

/// What a principal can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// What it is granted.
    pub grants: Vec<Grant>,
    /// Policies in force that cannot be judged wholly, with why.
    pub unknown: Vec<String>,
    /// What is to be said of its actions: those that nobody knows.
    pub notes: Vec<String>,
}

/// What a principal of the estate can do; `None` if it is not in it.
pub fn what_can(estate: &Estate, arn: &str) -> Option<Grants> {
    let identity = estate.identity(arn)?;
    let mut found = Grants::default();
    let limits = limits(estate, identity);
    for held in identity.policies.iter().chain(&identity.boundary) {
        let words =
            held.policy.problems().iter().map(|problem| format!("{}: {problem}", held.source));
        found.unknown.extend(words);
    }
    for held in &identity.policies {
        for statement in held.policy.statements() {
            if statement.effect == Effect::Allow
                && let Some(grant) = grant(held, statement, &limits)
            {
                found.grants.push(grant);
            }
        }
    }
    received::take(estate, identity, &limits, &mut found);
    found.unknown.dedup();
    found.notes = strange(&found.grants);
    Some(found)
}

/// What is to be said of actions that are granted and that the catalogue does not have.
pub(crate) fn strange<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Vec<String> {
    let grants = grants.into_iter().filter(|grant| !grant.is_not_actions);
    let patterns: BTreeSet<&str> =
        grants.flat_map(|grant| &grant.actions).map(String::as_str).collect();
    let is_strange = |pattern: &&str| match catalogue::published().expand(pattern) {
        Expansion::Actions(actions) => actions.is_empty(),
        Expansion::UnknownService => true,
    };
    patterns.into_iter().filter(|it| *it != "*").filter(is_strange).map(unknown).collect()
}

/// A layer that must allow, by its levels, and everything that may deny.
pub(super) struct Limits<'e> {
    /// Each must allow.
    pub(super) allow: Vec<(String, Vec<&'e Policy>)>,
    pub(super) deny: Vec<(&'e Held, &'e Statement)>,
}

fn limits<'e>(estate: &'e Estate, identity: &'e Identity) -> Limits<'e> {
    let guard = estate.guard(identity.account());
    let mut allow: Vec<(String, Vec<&Policy>)> = Vec::new();
    let is_guarded = !identity.principal.is_service_linked();
    let levels = guard.filter(|_| is_guarded).map_or(&[][..], |guard| &guard.scps);
    for level in levels {
        let at = level.first().map(|held| held.source.to_string()).unwrap_or_default();
        allow.push((at, level.iter().map(|held| &*held.policy).collect()));
    }
    if let Some(held) = &identity.boundary {
        allow.push((format!("boundary {}", held.source), vec![&*held.policy]));
    }
    let all = identity.policies.iter().chain(&identity.boundary).chain(levels.iter().flatten());
    let denies = all.flat_map(|held| {
        let denies = held.policy.statements().iter().filter(|it| it.effect == Effect::Deny);
        denies.map(move |statement| (held, statement))
    });
    Limits { allow, deny: denies.collect() }
}

pub(super) fn grant(held: &Held, statement: &Statement, limits: &Limits<'_>) -> Option<Grant> {
    let mut narrowed_by = Vec::new();
    let mut actions = texts(statement.actions());
    let is_not_actions = matches!(statement.actions(), Listed::NotIn(_));
    let resources = statement.resources();
    for (words, policies) in &limits.allow {
        let allows = policies.iter().flat_map(|policy| policy.statements());
        let allows: Vec<_> = allows.filter(|it| it.effect == Effect::Allow).collect();
        if allows.iter().any(|it| covers_all(it)) {
            continue;
        }
        if !is_not_actions {
            actions.retain(|action| allows.iter().any(|it| meets(it, action)));
        }
        narrowed_by.push(words.clone());
    }
    for (other, deny) in &limits.deny {
        let is_whole = deny.conditions().is_empty() && names_everything(deny.resources());
        let before = actions.len();
        if is_whole && !is_not_actions {
            actions.retain(|action| !covers(deny.actions(), action));
        }
        let is_met = is_not_actions || actions.iter().any(|action| meets(deny, action));
        if is_met || actions.len() < before {
            narrowed_by.push(format!("{} statement {}", other.source, deny.index + 1));
        }
    }
    if actions.is_empty() && !is_not_actions {
        return None;
    }
    narrowed_by.dedup();
    Some(Grant {
        actions,
        is_not_actions,
        resources: resources.map(templates).unwrap_or_default(),
        is_not_resources: matches!(resources, Some(Listed::NotIn(_))),
        conditions: written(statement),
        policy: held.source.to_string(),
        statement: statement.index,
        narrowed_by,
        named: None,
    })
}

/// The conditions of a statement: operator, key and values.
pub(super) fn written(statement: &Statement) -> Vec<(String, String, Vec<String>)> {
    let conditions = statement.conditions().iter().map(|condition| &condition.written);
    let words = conditions.map(|it| (it.operator.clone(), it.key.clone(), it.values.clone()));
    words.collect()
}

fn texts(actions: &Listed<Wildcard>) -> Vec<String> {
    actions.items().iter().map(text).collect()
}

/// A pattern of actions as text.
pub fn pattern_text(pattern: &Wildcard) -> String {
    text(pattern)
}

pub(super) fn text(pattern: &Wildcard) -> String {
    let part = |part: &OwnedPart| match part {
        OwnedPart::Any => "*".to_owned(),
        OwnedPart::One => "?".to_owned(),
        OwnedPart::Text(text) => text.to_string(),
    };
    match pattern {
        Wildcard::Any => "*".to_owned(),
        Wildcard::Exact(text) => text.to_string(),
        Wildcard::Prefix(text) => format!("{text}*"),
        Wildcard::Parts(parts) => parts.iter().map(part).collect(),
    }
}

pub(super) fn templates(listed: &Listed<Template>) -> Vec<String> {
    listed.items().iter().map(Template::to_string).collect()
}

/// Whether a pattern of actions is wholly among those listed: it is, as text, one that they stand for.
fn covers(listed: &Listed<Wildcard>, pattern: &str) -> bool {
    match listed {
        Listed::In(items) => items.iter().any(|own| own.matches(pattern)),
        // A pattern that nothing of the list can be in.
        Listed::NotIn(items) => !items.iter().any(|own| overlap(&text(own), pattern)),
    }
}

/// Whether a statement is about any action of a pattern.
pub(super) fn meets(statement: &Statement, pattern: &str) -> bool {
    match statement.actions() {
        Listed::In(items) => items.iter().any(|own| overlap(&text(own), pattern)),
        Listed::NotIn(items) => !items.iter().any(|own| own.matches(pattern)),
    }
}

/// Whether two patterns may stand for the same text: what is before the first wildcard of each must agree.
pub(super) fn overlap(left: &str, right: &str) -> bool {
    if Wildcard::read(left).matches(right) || Wildcard::read(right).matches(left) {
        return true;
    }
    let head = |text: &str| text.split(['*', '?']).next().unwrap_or_default().to_owned();
    let (one, other) = (head(left), head(right));
    let are_open = left.contains(['*', '?']) && right.contains(['*', '?']);
    are_open && (one.starts_with(&other) || other.starts_with(&one))
}

fn covers_all(statement: &Statement) -> bool {
    let is_all = |listed: &Listed<Wildcard>| matches!(listed, Listed::In(items) if items.contains(&Wildcard::Any));
    is_all(statement.actions())
        && names_everything(statement.resources())
        && statement.conditions().is_empty()
}

fn names_everything(resources: Option<&Listed<Template>>) -> bool {
    match resources {
        None => true,
        Some(Listed::In(items)) => items.contains(&Template::Fixed(Wildcard::Any)),
        Some(Listed::NotIn(_)) => false,
    }
}

#[cfg(test)]
mod tests;
