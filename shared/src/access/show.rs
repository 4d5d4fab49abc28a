//! Answers as JSON documents and as short text for people. Pure; what came from outside is printed without control
//! characters.

mod difference;
mod paths;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::chain::Chain;
use super::grants::{Grant, Grants, Named};
use super::index::Who;
use super::question::{Answer, Decided};
use super::trusted::Entrance;
use crate::policy::catalogue::{self, Catalogue as _, Expansion};

pub use paths::{Paths, paths_document, paths_text, route_document};

pub use difference::{difference_document, difference_text};

/// How many names a text lists before it only counts.
const FEW: usize = 200;

/// Text without control characters.
fn plain(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(clean).collect()
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _written = text.write_fmt(words);
    text.push('\n');
}

fn condition((operator, key, values): &(String, String, Vec<String>)) -> Value {
    json!({"operator": operator, "key": key, "values": values})
}

fn decided(decided: &Decided) -> Value {
    let mut value = json!({
        "layer": decided.layer.as_str(), "policy": decided.policy, "statement": decided.statement,
        "sid": decided.sid, "effect": decided.effect,
    });
    if let Some(entries) = value.as_object_mut() {
        if !decided.is_certain {
            entries.insert("certain".to_owned(), json!(false));
        }
        if !decided.open.is_empty() {
            let open: Vec<Value> = decided.open.iter().map(condition).collect();
            entries.insert("open".to_owned(), Value::Array(open));
        }
    }
    value
}

/// The answer of `can`.
pub fn answer_document(answer: &Answer) -> Value {
    json!({
        "principal": answer.principal, "action": answer.action, "resource": answer.resource,
        "decision": answer.decision.as_str(),
        "decided_by": answer.decided_by.iter().map(decided).collect::<Vec<_>>(),
        "missing_keys": answer.missing_keys, "reason": answer.reason, "notes": answer.notes,
    })
}

/// The answer of `can`, for people.
pub fn answer_text(answer: &Answer) -> String {
    let mut text = String::new();
    line(&mut text, format_args!("{}: {}", answer.decision, plain(&answer.reason)));
    for it in &answer.decided_by {
        line(&mut text, format_args!("  {}", statement(it)));
        for (operator, key, values) in &it.open {
            let values = values.join(", ");
            line(&mut text, format_args!("    if {operator} {} {}", plain(key), plain(&values)));
        }
    }
    if !answer.missing_keys.is_empty() {
        let keys = answer.missing_keys.join(", ");
        line(&mut text, format_args!("  not known: {}", plain(&keys)));
    }
    for note in &answer.notes {
        line(&mut text, format_args!("  note: {}", plain(note)));
    }
    text
}

fn statement(decided: &Decided) -> String {
    let sid = decided.sid.as_deref().map(|sid| format!(" ({sid})")).unwrap_or_default();
    let perhaps = if decided.is_certain { "" } else { ", perhaps" };
    let words = format!(
        "{} by {}: statement {}{sid} of {}{perhaps}",
        decided.effect,
        decided.layer,
        decided.statement + 1,
        decided.policy
    );
    plain(&words)
}

/// What is told of who can.
#[derive(Clone, Copy, Debug)]
pub struct WhoTold<'a> {
    /// Those who were collected.
    pub who: &'a Who<'a>,
    /// Who can through roles, where that was asked for.
    pub chains: Option<&'a [Chain<'a>]>,
    /// Who comes in from outside, where that is a part of the answer.
    pub entrances: Option<&'a [Entrance]>,
    /// What was not collected and might matter.
    pub notes: &'a [String],
}

/// The answer of `who-can`, with chains where they were asked for.
pub fn who_document(action: &str, resource: &str, told: &WhoTold<'_>) -> Value {
    let mut value = super::batch::document(action, resource, told.who);
    let Some(entries) = value.as_object_mut() else { return value };
    if let Some(chains) = told.chains {
        let chains: Vec<Value> = chains.iter().map(|chain| json!(chain.through)).collect();
        entries.insert("through_roles".to_owned(), Value::Array(chains));
    }
    if let Some(entrances) = told.entrances {
        let entrances = entrances.iter().map(paths::entrance).collect();
        entries.insert("entrances".to_owned(), Value::Array(entrances));
    }
    entries.insert("notes".to_owned(), json!(told.notes));
    value
}

/// The answer of `who-can`, for people.
pub fn who_text(told: &WhoTold<'_>) -> String {
    let WhoTold { who, chains, entrances, notes } = *told;
    let mut text = String::new();
    list(&mut text, "can", &who.who);
    let some = |text: &mut String, title, names: &[&str]| {
        if !names.is_empty() {
            list(text, title, names);
        }
    };
    some(&mut text, "can under conditions that are not known", &who.conditional);
    some(&mut text, "cannot be judged, something was not collected", &who.unknown);
    if let Some(chains) = chains {
        let chains: Vec<String> = chains.iter().map(|it| it.through.join(" → ")).collect();
        let chains: Vec<&str> = chains.iter().map(String::as_str).collect();
        list(&mut text, "can through roles", &chains);
    }
    paths::entrances_text(&mut text, "who comes in from outside", entrances.unwrap_or_default());
    for note in notes {
        line(&mut text, format_args!("note: {}", plain(note)));
    }
    text
}

fn list(text: &mut String, title: &str, names: &[&str]) {
    if names.is_empty() {
        line(text, format_args!("nobody {title}"));
        return;
    }
    line(text, format_args!("{} {title}:", names.len()));
    for name in names.iter().take(FEW) {
        line(text, format_args!("  {}", plain(name)));
    }
    if let Some(more) = names.len().checked_sub(FEW).filter(|more| *more > 0) {
        line(text, format_args!("  and {more} more"));
    }
}

fn grant(grant: &Grant) -> Value {
    let actions = if grant.is_not_actions { "not_actions" } else { "actions" };
    let resources = if grant.is_not_resources { "not_resources" } else { "resources" };
    let mut value = json!({
        "policy": grant.policy, "statement": grant.statement, "narrowed_by": grant.narrowed_by,
        "conditions": grant.conditions.iter().map(condition).collect::<Vec<_>>(),
    });
    if let Some(entries) = value.as_object_mut() {
        if let Some(named) = grant.named {
            entries.insert("named".to_owned(), json!(named.as_str()));
        }
        entries.insert(actions.to_owned(), json!(written(&grant.actions)));
        entries.insert(resources.to_owned(), json!(grant.resources));
    }
    value
}

/// Actions as AWS writes them, where it is known how; policies say them in any case.
fn written(actions: &[String]) -> Vec<String> {
    let one = |action: &String| {
        let head = action.split(['*', '?']).next().unwrap_or_default();
        if head.len() == action.len() {
            return catalogue::published().action(action).map(|known| known.full_name());
        }
        let Expansion::Actions(known) = catalogue::published().expand(&format!("{head}*")) else {
            return None;
        };
        let name = known.first()?.full_name();
        Some(format!("{}{}", name.get(..head.len())?, action.get(head.len()..)?))
    };
    actions.iter().map(|action| one(action).unwrap_or_else(|| action.clone())).collect()
}

/// How the policy of a resource comes to the principal.
fn named(grant: &Grant) -> &'static str {
    match grant.named {
        None => "",
        Some(Named::Itself) => ", which names it",
        Some(Named::Everyone) => ", which names everyone",
        Some(Named::Account) => ", which names its account; its own policies allow it too",
    }
}

/// The answer of `what-can`.
pub fn grants_document(principal: &str, grants: &Grants) -> Value {
    let mut value = json!({
        "principal": principal, "grants": grants.grants.iter().map(grant).collect::<Vec<_>>(),
        "unknown": grants.unknown,
    });
    if !grants.notes.is_empty()
        && let Some(entries) = value.as_object_mut()
    {
        entries.insert("notes".to_owned(), json!(grants.notes));
    }
    value
}

/// The answer of `what-can`, for people.
pub fn grants_text(grants: &Grants) -> String {
    let mut text = String::new();
    if grants.grants.is_empty() {
        line(&mut text, format_args!("nothing, by its own policies or those of resources"));
    }
    for grant in &grants.grants {
        let but = |is: bool| if is { "all but " } else { "" };
        let (actions, resources) = (written(&grant.actions).join(", "), grant.resources.join(", "));
        line(
            &mut text,
            format_args!(
                "{}{} on {}{}",
                but(grant.is_not_actions),
                plain(&actions),
                but(grant.is_not_resources),
                plain(&resources)
            ),
        );
        line(
            &mut text,
            format_args!(
                "  statement {} of {}{}",
                grant.statement + 1,
                plain(&grant.policy),
                named(grant)
            ),
        );
        for (operator, key, values) in &grant.conditions {
            let values = values.join(", ");
            line(&mut text, format_args!("  if {operator} {} {}", plain(key), plain(&values)));
        }
        for other in &grant.narrowed_by {
            line(&mut text, format_args!("  narrowed by {}", plain(other)));
        }
    }
    for unknown in &grants.unknown {
        line(&mut text, format_args!("not known: {}", plain(unknown)));
    }
    for note in &grants.notes {
        line(&mut text, format_args!("note: {}", plain(note)));
    }
    text
}

/// Who can become whom.
pub fn trust_document(edges: &[(&str, &str)]) -> Value {
    let edges = edges.iter().map(|(from, to)| json!({"from": from, "to": to}));
    json!({"trust": edges.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests;
