//! Graph → a tree of text, and a JSON document. Whoever prints the text makes it inert.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Caller, Graph, Limit, Naming, PolicyAccess, Role, ServiceAccess, level_word};
use crate::policy::catalogue::Level;

/// A line of the tree with what is below it.
struct Branch {
    words: String,
    below: Vec<Self>,
}

fn leaf(words: impl Into<String>) -> Branch {
    Branch { words: words.into(), below: Vec::new() }
}

/// The tree.
pub fn text(graph: &Graph) -> String {
    let it = &graph.subject;
    let administrator = if it.is_administrator { ", may do everything" } else { "" };
    let mut text = format!("{} ({} in account {}{administrator})\n", it.arn, it.kind, it.account);
    let mut parts = Vec::new();
    part(&mut parts, "who can become it", graph.callers.iter().map(caller).collect());
    part(&mut parts, "groups", graph.groups.iter().map(leaf).collect());
    part(&mut parts, "policies", graph.policies.iter().map(policy).collect());
    part(&mut parts, "limits", graph.limits.iter().map(limit).collect());
    part(&mut parts, "roles that it can become", graph.roles.iter().map(role).collect());
    part(&mut parts, "resources that name it", graph.resources.iter().map(resource).collect());
    part(&mut parts, "way to the rights of an administrator", route(graph));
    draw(&mut text, &parts, "");
    text
}

fn part(parts: &mut Vec<Branch>, words: &str, below: Vec<Branch>) {
    if !below.is_empty() {
        parts.push(Branch { words: format!("{words} ({})", below.len()), below });
    }
}

fn draw(text: &mut String, branches: &[Branch], before: &str) {
    for (at, branch) in branches.iter().enumerate() {
        let is_last = at + 1 == branches.len();
        let (own, further) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        // One branch is one line, whatever is in a name.
        let words = branch.words.replace(['\n', '\r'], "·");
        text.extend([before, own, &words, "\n"]);
        draw(text, &branch.below, &format!("{before}{further}"));
    }
}

fn words(levels: &BTreeSet<Level>) -> String {
    let words: Vec<&str> = levels.iter().map(|level| level_word(*level)).collect();
    words.join(", ")
}

fn caller(caller: &Caller) -> Branch {
    let under = if caller.is_conditional { ", under conditions" } else { "" };
    leaf(format!("{} ({}{under})", caller.name, caller.kind))
}

fn policy(policy: &PolicyAccess) -> Branch {
    let via = policy.group.as_ref().map(|group| format!(" of {group}")).unwrap_or_default();
    let mut below: Vec<Branch> = policy.access.iter().map(service).collect();
    below.extend(policy.narrowed_by.iter().map(|it| leaf(format!("narrowed by {it}"))));
    below.extend(policy.unknown.iter().map(|it| leaf(format!("not known: {it}"))));
    Branch { words: format!("{} ({}{via})", policy.name, policy.via), below }
}

fn service(access: &ServiceAccess) -> Branch {
    let name = if access.service == "*" { "everything" } else { &access.service };
    let count = match access.actions {
        0 => String::new(),
        1 => ", 1 action".to_owned(),
        many => format!(", {many} actions"),
    };
    let on = if access.is_on_some { ", on named resources" } else { "" };
    let under = if access.is_conditional { ", under conditions" } else { "" };
    leaf(format!("{name}: {}{count}{on}{under}", words(&access.levels)))
}

fn limit(limit: &Limit) -> Branch {
    let words = match (limit.is_unknown, limit.denies) {
        (true, _) => ", not known".to_owned(),
        (false, 0) => String::new(),
        (false, 1) => ", 1 denial".to_owned(),
        (false, denies) => format!(", {denies} denials"),
    };
    leaf(format!("{} ({}{words})", limit.name, limit.kind))
}

fn role(role: &Role) -> Branch {
    let under = if role.is_conditional { " (perhaps)" } else { "" };
    Branch {
        words: format!("{}{under}", role.arn),
        below: role.roles.iter().map(self::role).collect(),
    }
}

fn resource(naming: &Naming) -> Branch {
    let Naming { arn, effect, statement, levels } = naming;
    leaf(format!("{arn} ({effect} {}, statement {})", words(levels), statement + 1))
}

fn route(graph: &Graph) -> Vec<Branch> {
    let Some(route) = &graph.route else { return Vec::new() };
    let hops = route.hops.iter().map(|hop| {
        let actions: Vec<&str> = hop.permissions.iter().map(|it| it.action.as_str()).collect();
        let below = hop.assumes.iter().map(|it| leaf(format!("if there is {it}")));
        let words = format!("{} by {} → {}", hop.id, actions.join(" + "), hop.to);
        Branch { words, below: below.collect() }
    });
    hops.chain([leaf(format!("to end it: {}", route.remedy))]).collect()
}

/// The document.
pub fn document(graph: &Graph) -> Value {
    let it = &graph.subject;
    let levels = |levels: &BTreeSet<Level>| {
        levels.iter().map(|level| level_word(*level)).collect::<Vec<_>>()
    };
    let access = |it: &ServiceAccess| {
        json!({"service": it.service, "levels": levels(&it.levels), "actions": it.actions,
            "conditional": it.is_conditional, "on_named_resources": it.is_on_some})
    };
    let policy = |it: &PolicyAccess| {
        json!({"name": it.name, "via": it.via, "group": it.group,
            "access": it.access.iter().map(access).collect::<Vec<_>>(),
            "narrowed_by": it.narrowed_by, "unknown": it.unknown})
    };
    let limit = |it: &Limit| json!({"kind": it.kind, "name": it.name, "denies": it.denies, "unknown": it.is_unknown});
    let caller =
        |it: &Caller| json!({"name": it.name, "kind": it.kind, "conditional": it.is_conditional});
    let naming = |it: &Naming| json!({"resource": it.arn, "effect": it.effect, "statement": it.statement, "levels": levels(&it.levels)});
    let route = graph.route.as_ref().map(crate::access::show::route_document);
    json!({
        "principal": it.arn, "name": it.name, "kind": it.kind, "account": it.account,
        "unique_id": it.unique_id, "administrator": it.is_administrator, "groups": graph.groups,
        "policies": graph.policies.iter().map(policy).collect::<Vec<_>>(),
        "limits": graph.limits.iter().map(limit).collect::<Vec<_>>(),
        "can_be_become_by": graph.callers.iter().map(caller).collect::<Vec<_>>(),
        "can_become": graph.roles.iter().map(role_value).collect::<Vec<_>>(),
        "named_by": graph.resources.iter().map(naming).collect::<Vec<_>>(),
        "escalation": route,
    })
}

fn role_value(role: &Role) -> Value {
    json!({"role": role.arn, "conditional": role.is_conditional, "can_become": role.roles.iter().map(role_value).collect::<Vec<_>>()})
}
