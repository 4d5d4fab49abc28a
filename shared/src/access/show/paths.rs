//! Paths to more rights, told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{FEW, decided, line, list, plain};
use crate::access::escalation::{Enabled, Fix, Hop, Perhaps, Remedy, Route};
use crate::access::trusted::Entrance;
use crate::policy::evaluate::Layer;

/// How many of the changes that end paths a text names.
const CHANGES: usize = 5;

/// What is told of paths.
#[derive(Clone, Copy, Debug)]
pub struct Paths<'a> {
    /// The principal that was asked about; `None` where everybody was.
    pub from: Option<&'a str>,
    /// The principal that they lead to; `None` where that is the rights of an administrator.
    pub to: Option<&'a str>,
    /// Who is an administrator; nobody where one principal was asked for.
    pub administrators: &'a [&'a str],
    /// The paths, the shortest first.
    pub routes: &'a [Route],
    /// The changes that end them.
    pub fixes: &'a [Fix],
    /// Who perhaps has a path, or the rights.
    pub perhaps: &'a [Perhaps],
    /// What is taken for granted.
    pub notes: &'a [String],
    /// From where else one comes to where they start or end.
    pub entrances: &'a [Entrance],
}

fn change(remedy: &Remedy) -> Value {
    let from = remedy.from.iter().map(|it| {
        json!({"policy": it.policy, "statement": it.statement, "sid": it.sid,
            "layer": if it.is_of_resource { "resource_policy" } else { "identity_policy" }})
    });
    json!({
        "action": remedy.action, "resource": remedy.resource, "principal": remedy.principal, "deny": remedy.is_denial(), "from": from.collect::<Vec<_>>(),
    })
}

fn hop(hop: &Hop) -> Value {
    let enabled = |it: &Enabled| {
        let mut value = json!({"action": it.action, "resource": it.resource,
            "statements": it.statements.iter().map(decided).collect::<Vec<_>>()});
        add(&mut value, "version", it.version.as_ref());
        value
    };
    let mut value = json!({
        "id": hop.id, "from": hop.from, "to": hop.to,
        "permissions": hop.permissions.iter().map(enabled).collect::<Vec<_>>(),
        "remedy": hop.remedy.to_string(), "change": change(&hop.remedy),
    });
    add(&mut value, "assumes", hop.assumes.as_ref());
    value
}

/// Adds what is there only sometimes.
fn add(value: &mut Value, name: &str, text: Option<&String>) {
    if let (Some(entries), Some(text)) = (value.as_object_mut(), text) {
        entries.insert(name.to_owned(), json!(text));
    }
}

/// One path.
pub fn route_document(route: &Route) -> Value {
    json!({
        "principal": route.principal, "path": route.hops.iter().map(|hop| hop.id).collect::<Vec<_>>(),
        "hops": route.hops.iter().map(hop).collect::<Vec<_>>(), "remedy": route.remedy.to_string(), "change": change(&route.remedy),
    })
}

/// Who comes in from outside, as JSON.
pub(super) fn entrance(entrance: &Entrance) -> Value {
    json!({
        "who": entrance.who, "kind": entrance.kind.as_str(), "role": entrance.role,
        "action": entrance.action, "via": entrance.via, "certain": entrance.is_certain,
        "conditions": entrance.open.iter().map(super::condition).collect::<Vec<_>>(),
    })
}

/// The answer of `paths`.
pub fn paths_document(paths: &Paths<'_>) -> Value {
    let fix = |fix: &Fix| {
        let words = fix.remedy.to_string();
        json!({"remedy": words, "change": change(&fix.remedy), "ends": fix.ends})
    };
    let perhaps = |it: &Perhaps| {
        json!({"principal": it.principal, "path": it.path, "unknown": it.unknown,
            "missing_keys": it.missing_keys})
    };
    json!({
        "to": paths.to.unwrap_or("admin"), "administrators": paths.administrators,
        "paths": paths.routes.iter().map(route_document).collect::<Vec<_>>(),
        "fixes": paths.fixes.iter().map(fix).collect::<Vec<_>>(),
        "perhaps": paths.perhaps.iter().map(perhaps).collect::<Vec<_>>(),
        "entrances": paths.entrances.iter().map(entrance).collect::<Vec<_>>(),
        "notes": paths.notes,
    })
}

fn route_text(text: &mut String, route: &Route) {
    line(text, format_args!("\n{}", plain(&route.principal)));
    for hop in &route.hops {
        let itself = if hop.from == hop.to { " (itself)" } else { "" };
        line(text, format_args!("  {} → {}{itself}", hop.id, plain(&hop.to)));
        for it in &hop.permissions {
            line(text, format_args!("    {}", plain(&it.to_string())));
            let gives = it.statements.iter().filter(|it| {
                it.effect == "Allow" && matches!(it.layer, Layer::Identity | Layer::Resource)
            });
            for statement in gives {
                line(text, format_args!("      {}", super::statement(statement)));
            }
        }
        if let Some(assumes) = &hop.assumes {
            line(text, format_args!("    if there is {}", plain(assumes)));
        }
    }
    line(text, format_args!("  to end it: {}", plain(&route.remedy.to_string())));
}

/// Who comes in from outside, for people.
pub(super) fn entrances_text(text: &mut String, title: &str, entrances: &[Entrance]) {
    if entrances.is_empty() {
        return;
    }
    line(text, format_args!("\n{title}:"));
    let mut role = "";
    let mut rest = entrances;
    while let [first, others @ ..] = rest {
        if first.role != role {
            line(text, format_args!("  into {}", plain(&first.role)));
            role = &first.role;
        }
        // Those who have it by the same assignment are told together.
        let is_alike = |it: &&Entrance| {
            first.via.is_some()
                && (&it.role, &it.kind, &it.via) == (&first.role, &first.kind, &first.via)
        };
        let alike = others.iter().take_while(is_alike).count();
        let whos = std::iter::once(first).chain(others.iter().take(alike));
        let whos: Vec<&str> = whos.map(|it| it.who.as_str()).collect();
        let via = first.via.as_deref().map(|via| format!(", by {via}")).unwrap_or_default();
        line(
            text,
            format_args!("    {} {}", first.kind, plain(&format!("{}{via}", whos.join(", ")))),
        );
        for (operator, key, values) in &first.open {
            let values = values.join(", ");
            line(text, format_args!("      if {operator} {} {}", plain(key), plain(&values)));
        }
        rest = others.get(alike..).unwrap_or_default();
    }
}

/// What is said before the paths.
fn head(text: &mut String, paths: &Paths<'_>) {
    let count = paths.routes.len();
    let goal = paths.to.unwrap_or("the rights of an administrator");
    match paths.from {
        Some(from) if paths.administrators.contains(&from) => {
            line(text, format_args!("{} has {goal}", plain(from)));
        }
        Some(from) if paths.to == Some(from) => {
            line(text, format_args!("{} is there already", plain(from)));
        }
        Some(from) if count == 0 => {
            line(text, format_args!("{} has no path to {}", plain(from), plain(goal)));
        }
        Some(from) => line(text, format_args!("{} can come to {}", plain(from), plain(goal))),
        None if paths.to.is_some() => {
            line(text, format_args!("{count} can come to {}", plain(goal)));
        }
        None => {
            list(text, "with the rights of an administrator", paths.administrators);
            line(text, format_args!("{count} can come to them"));
        }
    }
}

/// Those of whom it is not certain, together where it hangs on the same.
fn perhaps_text(text: &mut String, perhaps: &[Perhaps]) {
    let mut groups: BTreeMap<(&[String], &[String]), Vec<&str>> = BTreeMap::new();
    for it in perhaps {
        let group = groups.entry((it.unknown.as_slice(), it.missing_keys.as_slice()));
        group.or_default().push(&it.principal);
    }
    if !groups.is_empty() {
        line(text, format_args!("\n{} perhaps, which is not certain:", perhaps.len()));
    }
    for ((unknown, keys), names) in groups {
        for reason in unknown {
            line(text, format_args!("  {}", plain(reason)));
        }
        if !keys.is_empty() {
            line(text, format_args!("  not known: {}", plain(&keys.join(", "))));
        }
        for name in names.iter().take(FEW) {
            line(text, format_args!("    {}", plain(name)));
        }
        if let Some(more) = names.len().checked_sub(FEW).filter(|more| *more > 0) {
            line(text, format_args!("    and {more} more"));
        }
    }
}

/// The answer of `paths`, for people.
pub fn paths_text(paths: &Paths<'_>) -> String {
    let mut text = String::new();
    head(&mut text, paths);
    for route in paths.routes {
        route_text(&mut text, route);
    }
    let several = paths.fixes.iter().filter(|fix| fix.ends.len() > 1).take(CHANGES);
    for (at, fix) in several.enumerate() {
        if at == 0 {
            line(&mut text, format_args!("\nchanges that end several paths:"));
        }
        let (ends, words) = (fix.ends.len(), fix.remedy.to_string());
        line(&mut text, format_args!("  {ends} paths: {}", plain(&words)));
    }
    perhaps_text(&mut text, paths.perhaps);
    entrances_text(&mut text, "who comes in from outside", paths.entrances);
    for note in paths.notes {
        line(&mut text, format_args!("note: {}", plain(note)));
    }
    text
}
