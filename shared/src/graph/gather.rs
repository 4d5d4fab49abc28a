//! Estate → graph of one identity.

use std::collections::{BTreeMap, BTreeSet};

use super::{Caller, Graph, Limit, Naming, PolicyAccess, Role, ServiceAccess, Subject};
use crate::access::estate::{Estate, Held, Identity, Source};
use crate::access::grants::pattern_text;
use crate::access::{Escalation, Grant, Index, WhoCan as _, can, strange, what_can};
use crate::policy::catalogue::{self, Action, Catalogue as _, Expansion, Level};
use crate::policy::compiled::Statement;
use crate::policy::document::{Effect, Listed};
use crate::policy::evaluate::Decision;
use crate::policy::principal::{Kind, Reach};
use crate::policy::variable::Template;
use crate::policy::wildcard::Wildcard;

const ASSUME: &str = "sts:AssumeRole";

/// How far chains of roles are followed.
const DEEPEST: usize = 3;

/// How many roles are followed at all.
const MOST_ROLES: usize = 200;

/// Who can become whom: the caller, the role, and whether that hangs on something.
type Step<'e> = (&'e str, &'e Identity, bool);

/// The graph of a principal of the estate; `None` if it is not in it.
pub fn gather(index: &Index<'_>, arn: &str) -> Option<Graph> {
    let estate = index.estate();
    let place = estate.find(arn)?;
    let identity = estate.identities.get(place)?;
    let escalation = Escalation::of(index);
    let kind = match identity.principal.kind() {
        Kind::User => "user",
        Kind::Root => "root",
        _ => "role",
    };
    Some(Graph {
        subject: Subject {
            arn: arn.to_owned(),
            name: super::short(arn).to_owned(),
            kind,
            account: identity.account().to_owned(),
            unique_id: identity.unique_id.as_deref().map(str::to_owned),
            is_administrator: escalation.administrators().has(place),
        },
        groups: identity.groups.iter().map(ToString::to_string).collect(),
        policies: policies(estate, identity),
        limits: limits(estate, identity),
        callers: callers(index, identity),
        roles: roles(estate, identity),
        resources: resources(estate, identity),
        route: escalation.route(arn),
    })
}

fn policies(estate: &Estate, identity: &Identity) -> Vec<PolicyAccess> {
    let grants = what_can(estate, identity.arn()).unwrap_or_default().grants;
    let mut found: Vec<PolicyAccess> = Vec::new();
    for held in &identity.policies {
        let words = held.source.to_string();
        let own: Vec<&Grant> = grants.iter().filter(|grant| grant.policy == words).collect();
        let (name, via, group) = match &held.source {
            Source::Inline(name) => (name.to_string(), "inline", None),
            Source::Managed(arn) => (arn.to_string(), "managed", None),
            Source::Group { group, policy } => {
                (policy.to_string(), "group", Some(group.to_string()))
            }
            other => (other.to_string(), "other", None),
        };
        let problems = held.policy.problems().iter().map(ToString::to_string);
        found.push(PolicyAccess {
            name,
            via,
            group,
            access: access(&own),
            narrowed_by: own.iter().flat_map(|grant| grant.narrowed_by.clone()).collect(),
            unknown: problems.chain(strange(own)).collect(),
        });
    }
    found
}

fn access(grants: &[&Grant]) -> Vec<ServiceAccess> {
    let mut found: BTreeMap<String, (BTreeSet<Level>, BTreeSet<String>, bool, bool)> =
        BTreeMap::new();
    for grant in grants {
        let is_on_some = grant.is_not_resources || !grant.resources.iter().any(|it| it == "*");
        let patterns: Vec<&str> = if grant.is_not_actions {
            // All but a few: of which services is not worth a list of four hundred.
            vec!["*"]
        } else {
            grant.actions.iter().map(String::as_str).collect()
        };
        for pattern in patterns {
            let service = pattern.split(':').next().unwrap_or(pattern);
            let service = if service.contains(['*', '?']) { "*" } else { service };
            let entry = found.entry(service.to_owned()).or_default();
            let (levels, names) = levels_of(pattern);
            entry.0.extend(levels);
            entry.1.extend(names);
            entry.2 |= !grant.conditions.is_empty();
            entry.3 |= is_on_some;
        }
    }
    let service = |(service, (levels, names, is_conditional, is_on_some)): (
        String,
        (_, BTreeSet<String>, _, _),
    )| {
        ServiceAccess { service, levels, actions: names.len(), is_conditional, is_on_some }
    };
    found.into_iter().map(service).collect()
}

/// The levels and names of what a pattern stands for.
fn levels_of(pattern: &str) -> (BTreeSet<Level>, Vec<String>) {
    if pattern == "*" {
        let all = [Level::List, Level::Read, Level::Write, Level::Permissions, Level::Tagging];
        return (all.into(), Vec::new());
    }
    match catalogue::published().expand(pattern) {
        Expansion::Actions(actions) => {
            let levels = actions.iter().map(|action| action.level).collect();
            (levels, actions.iter().map(Action::full_name).collect())
        }
        Expansion::UnknownService => (BTreeSet::new(), Vec::new()),
    }
}

fn limits(estate: &Estate, identity: &Identity) -> Vec<Limit> {
    let limit = |kind: &'static str, held: &Held| Limit {
        kind,
        name: held.source.to_string(),
        denies: held.policy.statements().iter().filter(|it| it.effect == Effect::Deny).count(),
        is_unknown: !held.policy.problems().is_empty(),
    };
    let boundary = identity.boundary.iter().map(|held| limit("boundary", held));
    let guard = estate.guard(identity.account());
    let scps = guard.into_iter().flat_map(|guard| guard.scps.iter().flatten());
    let is_guarded = !identity.principal.is_service_linked();
    let scps = scps.filter(|held| is_guarded && limits_something(held));
    boundary.chain(scps.map(|held| limit("scp", held))).collect()
}

/// Whether a policy of the organization is more than what AWS attaches everywhere: one that allows everything.
fn limits_something(held: &Held) -> bool {
    let allows_all = |statement: &Statement| {
        let is_any = |listed: &[Template]| listed.contains(&Template::Fixed(Wildcard::Any));
        let resources = statement.resources();
        statement.effect == Effect::Allow
            && statement.conditions().is_empty()
            && matches!(statement.actions(), Listed::In(items) if items.contains(&Wildcard::Any))
            && matches!(resources, Some(Listed::In(items)) if is_any(items))
    };
    let statements = held.policy.statements();
    !held.policy.problems().is_empty() || !statements.iter().all(allows_all)
}

fn callers(index: &Index<'_>, identity: &Identity) -> Vec<Caller> {
    let estate = index.estate();
    let mut found = BTreeSet::new();
    if identity.principal.kind() != Kind::Role {
        return Vec::new();
    }
    if let Ok(verdict) = index.verdict(ASSUME, identity.arn(), &[]) {
        let sets = [(verdict.allowed, false), (verdict.conditional, true), (verdict.unknown, true)];
        for (set, is_conditional) in sets {
            let names = set.places().filter_map(|place| estate.identities.get(place));
            found.extend(names.map(|it| Caller {
                name: it.arn().to_owned(),
                kind: "identity",
                is_conditional,
            }));
        }
    }
    let statements = identity.trust.iter().flat_map(|held| held.policy.statements());
    for statement in statements.filter(|it| it.effect == Effect::Allow) {
        found.extend(outsiders(estate, statement));
    }
    found.into_iter().collect()
}

/// Whom a trust names that is no identity of the estate.
fn outsiders(estate: &Estate, statement: &Statement) -> Vec<Caller> {
    let is_conditional = !statement.conditions().is_empty();
    let caller = |name: &str, kind| Caller { name: name.to_owned(), kind, is_conditional };
    let (arns, accounts) = match statement.reach() {
        Reach::Everyone | Reach::Anybody => return vec![caller("everybody", "everybody")],
        Reach::Few { arns, accounts } => (arns, accounts),
    };
    let strange = accounts.into_iter().filter(|id| !estate.knows_account(id));
    let mut found: Vec<Caller> = strange.map(|id| caller(id, "account")).collect();
    for arn in arns {
        let is_known = estate.find(arn).is_some();
        let kind = if arn.contains("-provider/") {
            "provider"
        } else if arn.starts_with("arn:") {
            "identity"
        } else {
            "service"
        };
        if !is_known {
            found.push(caller(arn, kind));
        }
    }
    found
}

/// The roles that it can become or may, and from there on, each where it is come to first.
fn roles(estate: &Estate, identity: &Identity) -> Vec<Role> {
    let mut seen: BTreeSet<&str> = BTreeSet::from([identity.arn()]);
    let mut parents: Vec<Step<'_>> = Vec::new();
    let mut front = vec![identity];
    for _ in 0..DEEPEST {
        let mut further = Vec::new();
        for from in front {
            for (role, is_conditional) in assumable(estate, from) {
                if seen.len() <= MOST_ROLES && seen.insert(role.arn()) {
                    parents.push((from.arn(), role, is_conditional));
                    further.push(role);
                }
            }
        }
        front = further;
    }
    tree(identity.arn(), &parents)
}

fn tree(from: &str, parents: &[Step<'_>]) -> Vec<Role> {
    let own = parents.iter().filter(|(parent, _, _)| *parent == from);
    let role = |(_, role, is_conditional): &Step<'_>| Role {
        arn: role.arn().to_owned(),
        is_conditional: *is_conditional,
        roles: tree(role.arn(), parents),
    };
    own.map(role).collect()
}

/// The roles that somebody can become, and whether that hangs on something. Only those are asked about whose trust may
/// name it.
fn assumable<'e>(estate: &'e Estate, from: &Identity) -> Vec<(&'e Identity, bool)> {
    let may_name = |role: &&Identity| {
        let statements = role.trust.iter().flat_map(|held| held.policy.statements());
        let mut allows = statements.filter(|it| it.effect == Effect::Allow);
        allows.any(|statement| match statement.reach() {
            Reach::Everyone | Reach::Anybody => true,
            Reach::Few { arns, accounts } => {
                arns.contains(&from.arn()) || accounts.contains(&from.account())
            }
        })
    };
    let asked = |role: &'e Identity| {
        let answer = can(estate, from.arn(), ASSUME, role.arn(), &[]).ok()?;
        match answer.decision {
            Decision::Allowed => Some((role, false)),
            Decision::Conditional | Decision::Unknown => Some((role, true)),
            Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => None,
        }
    };
    estate.identities.iter().filter(may_name).filter_map(asked).collect()
}

fn resources(estate: &Estate, identity: &Identity) -> Vec<Naming> {
    let mut found = Vec::new();
    for (arn, resource) in &estate.resources {
        let statements = resource.policy.iter().flat_map(|held| held.policy.statements());
        for statement in statements {
            let Reach::Few { arns, .. } = statement.reach() else { continue };
            if arns.contains(&identity.arn()) {
                let patterns = match statement.actions() {
                    Listed::In(items) => items.iter().map(pattern_text).collect(),
                    Listed::NotIn(_) => vec!["*".to_owned()],
                };
                found.push(Naming {
                    arn: arn.to_string(),
                    effect: statement.effect.as_str(),
                    statement: statement.index,
                    levels: patterns.iter().flat_map(|it| levels_of(it).0).collect(),
                });
            }
        }
    }
    found
}
