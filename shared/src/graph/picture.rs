//! Graph → tree of boxes: a few of what there are many of, and how many more.

use super::layout::{Cell, Kind, Line};
use super::{Caller, Graph, Limit, Naming, PolicyAccess, Role, short};

/// How many of a list are drawn.
const FEW: usize = 12;

/// How many services of a policy are drawn.
const FEW_SERVICES: usize = 10;

/// Who can become the subject: the column to its left.
pub(super) fn callers(graph: &Graph) -> Vec<Cell> {
    let mut found = some(&graph.callers, FEW, "more", caller);
    if let Some(first) = found.first_mut() {
        first.heading = Some("Who can become it");
    }
    found
}

/// The subject with all that hangs on it.
pub(super) fn subject(graph: &Graph) -> Cell {
    let it = &graph.subject;
    let mut lines =
        vec![Line::of(&it.name), Line::of(format!("{} in account {}", it.kind, it.account))];
    lines.extend(it.unique_id.as_deref().map(Line::of));
    if it.is_administrator {
        lines.push(Line::of("may do everything"));
    }
    let mut cell = Cell::new(Kind::Subject, lines, &it.arn);
    cell.heading = Some("Who");
    let groups = graph.groups.iter().map(|arn| group(graph, arn)).collect();
    part(&mut cell, "Groups and their policies", groups);
    let own: Vec<&PolicyAccess> = graph.policies.iter().filter(|it| it.group.is_none()).collect();
    part(
        &mut cell,
        "Policies, and what they give",
        some(&own, FEW, "more policies", |it| policy(it)),
    );
    part(&mut cell, "Limits", some(&graph.limits, FEW, "more limits", limit));
    part(&mut cell, "Roles that it can become", some(&graph.roles, FEW, "more roles", role));
    let named = some(&graph.resources, FEW, "more resources", resource);
    part(&mut cell, "Resources that name it", named);
    part(&mut cell, "Way to the rights of an administrator", route(graph));
    cell
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn part(cell: &mut Cell, heading: &'static str, mut children: Vec<Cell>) {
    if let Some(first) = children.first_mut() {
        first.heading = Some(heading);
    }
    cell.children.extend(children);
}

fn some<T>(items: &[T], few: usize, what: &str, draw: impl Fn(&T) -> Cell) -> Vec<Cell> {
    let mut found: Vec<Cell> = items.iter().take(few).map(draw).collect();
    if let Some(more) = items.len().checked_sub(few).filter(|more| *more > 0) {
        let words = format!("and {more} {what}");
        found.push(Cell::new(Kind::More, vec![Line::of(&words)], words));
    }
    found
}

fn caller(caller: &Caller) -> Cell {
    let name = if caller.name.starts_with("arn:") { short(&caller.name) } else { &caller.name };
    let account = caller.name.split(':').nth(4).filter(|id| id.len() == 12);
    let mut words = match (caller.kind, account) {
        ("identity", Some(account)) => format!("in account {account}"),
        ("account", _) => "an account that is not ours".to_owned(),
        (kind, _) => kind.to_owned(),
    };
    if caller.is_conditional {
        words.push_str(", under conditions");
    }
    Cell::new(Kind::Identity, vec![Line::of(name), Line::of(words)], &caller.name)
}

fn group(graph: &Graph, arn: &str) -> Cell {
    let own = graph.policies.iter().filter(|it| it.group.as_deref() == Some(arn));
    let own: Vec<&PolicyAccess> = own.collect();
    let mut cell = Cell::new(Kind::Group, vec![Line::of(short(arn)), Line::of("group")], arn);
    cell.children = some(&own, FEW, "more policies", |it| policy(it));
    cell
}

fn policy(policy: &PolicyAccess) -> Cell {
    let via = if policy.via == "inline" { "inline policy" } else { "managed policy" };
    let mut lines = vec![Line::of(short(&policy.name)), Line::of(via)];
    if !policy.narrowed_by.is_empty() {
        let count = policy.narrowed_by.len();
        lines.push(Line::of(format!("narrowed by {}", counted(count, "limit"))));
    }
    lines.extend(policy.unknown.first().map(|_| Line::of("not known wholly")));
    let mut title = policy.name.clone();
    for narrowed in &policy.narrowed_by {
        title.push_str("\nnarrowed by ");
        title.push_str(narrowed);
    }
    for unknown in &policy.unknown {
        title.push('\n');
        title.push_str(unknown);
    }
    let mut cell = Cell::new(Kind::Policy, lines, title);
    cell.children = vec![access(policy)];
    cell
}

fn access(policy: &PolicyAccess) -> Cell {
    let line = |it: &super::ServiceAccess| {
        let service = if it.service == "*" { "everything" } else { &it.service };
        let mark = if it.is_conditional { " (if)" } else { "" };
        Line { words: format!("{service}{mark}"), levels: it.levels.iter().copied().collect() }
    };
    let mut lines: Vec<Line> = policy.access.iter().take(FEW_SERVICES).map(line).collect();
    if let Some(more) = policy.access.len().checked_sub(FEW_SERVICES).filter(|more| *more > 0) {
        lines.push(Line::of(format!("and {more} more services")));
    }
    if lines.is_empty() {
        lines.push(Line::of("nothing is left of it"));
    }
    let words = policy.access.iter().map(|it| {
        let on = if it.is_on_some { "on named resources" } else { "on all resources" };
        format!("{}: {} actions {on}", it.service, it.actions)
    });
    Cell::new(Kind::Access, lines, words.collect::<Vec<_>>().join("\n"))
}

fn limit(limit: &Limit) -> Cell {
    let name = limit.name.rsplit_once('/').map_or(limit.name.as_str(), |(_, name)| name);
    let kind =
        if limit.kind == "boundary" { "permissions boundary" } else { "service control policy" };
    let words = match (limit.is_unknown, limit.denies) {
        (true, _) => format!("{kind}, not known"),
        (false, 0) => kind.to_owned(),
        (false, denies) => format!("{kind}, {}", counted(denies, "denial")),
    };
    Cell::new(Kind::Limit, vec![Line::of(name), Line::of(words)], &limit.name)
}

fn role(role: &Role) -> Cell {
    let account = role.arn.split(':').nth(4).unwrap_or_default();
    let under = if role.is_conditional { ", perhaps" } else { "" };
    let words = format!("in account {account}{under}");
    let mut cell =
        Cell::new(Kind::Role, vec![Line::of(short(&role.arn)), Line::of(words)], &role.arn);
    cell.children = some(&role.roles, FEW, "more roles", self::role);
    cell
}

fn resource(naming: &Naming) -> Cell {
    let service = naming.arn.split(':').nth(2).unwrap_or_default();
    let words = format!("{service}, {}", naming.effect.to_lowercase());
    let second = Line { words, levels: naming.levels.iter().copied().collect() };
    let title = format!("{}\nstatement {}", naming.arn, naming.statement + 1);
    Cell::new(Kind::Resource, vec![Line::of(short(&naming.arn)), second], title)
}

/// The hops, each on the one before.
fn route(graph: &Graph) -> Vec<Cell> {
    let hops = graph.route.iter().flat_map(|route| &route.hops);
    let mut next: Option<Cell> = None;
    for hop in hops.rev() {
        let actions: Vec<&str> = hop.permissions.iter().map(|it| it.action.as_str()).collect();
        let mut lines = vec![Line::of(actions.join(" + "))];
        let to = if hop.to == hop.from { "itself" } else { short(&hop.to) };
        lines.push(Line::of(format!("{} to {to}", hop.id)));
        let mut title = format!("{}: {} → {}", hop.id, hop.from, hop.to);
        if let Some(assumes) = &hop.assumes {
            title.push_str("\nif there is ");
            title.push_str(assumes);
        }
        let mut cell = Cell::new(Kind::Danger, lines, title);
        cell.children.extend(next.take());
        next = Some(cell);
    }
    next.into_iter().collect()
}

#[cfg(test)]
mod tests;
