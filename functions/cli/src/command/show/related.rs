//! What stands around an entity: who is in a group, who may use a permission set, what an account holds.

use accesstrail_shared::model::identity_center::{Assignee, Assignment};
use accesstrail_shared::model::resource::Resource;
use accesstrail_shared::model::{Arn, Entity, Kind, Stored};
use serde_json::{Map, Value, json};

use super::super::gaps;
use super::super::list::columns::members;
use crate::known::Known;

/// A table of related things.
#[derive(Debug)]
pub(super) struct Related {
    pub(super) title: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<String>>,
}

impl Related {
    /// The same for a program.
    pub(super) fn document(&self) -> Value {
        let row = |row: &Vec<String>| {
            let names = self.columns.iter().map(|name| name.replace(' ', "_"));
            Value::Object(names.zip(row.iter().map(|cell| json!(cell))).collect::<Map<_, _>>())
        };
        json!({"what": self.title, "rows": self.rows.iter().map(row).collect::<Vec<_>>()})
    }
}

/// What is related to an entity, tables without rows left out.
pub(super) fn of(found: &Stored, known: &Known<'_>) -> Vec<Related> {
    let mut tables = match &found.entity {
        Entity::User(it) => vec![groups_of_user(found, &it.groups, known)],
        Entity::Group(it) => {
            let users = members(found, &it.name, known).into_iter().map(|user| {
                vec![accesstrail_shared::report::Row::of(user).name, user.entity.key()]
            });
            vec![Related { title: "members", columns: &["user", "id"], rows: users.collect() }]
        }
        Entity::Policy(it) => vec![attached(&it.arn, known)],
        Entity::Role(it) => {
            let mut tables = vec![acting_as(&it.arn, known)];
            if let Some(reserved) = it.reserved_for() {
                let here = &found.scope.account;
                tables.push(assignments("used through", known, |each| {
                    each.account == *here
                        && known.set(&each.permission_set) == reserved.permission_set
                }));
            }
            tables
        }
        Entity::Resource(it) => vec![parts(&it.arn, known)],
        Entity::Account(it) => account(it, known),
        Entity::PermissionSet(it) => {
            vec![assignments("assignments", known, |each| each.permission_set == it.arn)]
        }
        Entity::StoreUser(it) => store_user(&it.id, known),
        Entity::StoreGroup(it) => {
            let memberships = memberships(known).filter(|(_, group)| *group == it.id);
            let users = memberships.map(|(user, _)| vec![known.user(user), user.to_owned()]);
            vec![
                Related { title: "members", columns: &["user", "id"], rows: users.collect() },
                assignments("assignments", known, |each| is_for_group(each, &it.id)),
            ]
        }
        _ => Vec::new(),
    };
    for table in &mut tables {
        table.rows.sort();
    }
    tables.retain(|table| !table.rows.is_empty());
    tables
}

/// The resources that act as a role, by itself or through an instance profile.
fn acting_as(role: &Arn, known: &Known<'_>) -> Related {
    let profiles = known.snapshot.of_kind(Kind::InstanceProfile);
    let profiles: Vec<&Arn> = profiles
        .filter_map(|stored| match &stored.entity {
            Entity::InstanceProfile(it) if it.roles.contains(role) => Some(&it.arn),
            _ => None,
        })
        .collect();
    resources("acts for", known, |it| {
        it.acts_as.iter().any(|arn| arn == role || profiles.contains(&arn))
    })
}

/// What belongs to a resource.
fn parts(whole: &Arn, known: &Known<'_>) -> Related {
    resources("parts", known, |it| it.parent.as_ref() == Some(whole))
}

fn resources(
    title: &'static str,
    known: &Known<'_>,
    wanted: impl Fn(&Resource) -> bool,
) -> Related {
    let rows = known.snapshot.of_kind(Kind::Resource).filter_map(|stored| match &stored.entity {
        Entity::Resource(it) if wanted(it) => {
            Some(vec![it.resource_type.name().to_owned(), it.name.clone(), it.arn.to_string()])
        }
        _ => None,
    });
    Related { title, columns: &["type", "name", "id"], rows: rows.collect() }
}

fn groups_of_user(found: &Stored, names: &[String], known: &Known<'_>) -> Related {
    let groups = known.snapshot.of_kind(Kind::Group).filter_map(|stored| match &stored.entity {
        Entity::Group(group)
            if stored.scope.account == found.scope.account && names.contains(&group.name) =>
        {
            let inline = group.inline_policies.iter().map(|policy| policy.name.as_str());
            let policies: Vec<&str> =
                group.attached_policies.iter().map(Arn::name).chain(inline).collect();
            Some(vec![group.name.clone(), policies.join(", "), group.unique_id.clone()])
        }
        _ => None,
    });
    Related {
        title: "through groups",
        columns: &["group", "policies", "id"],
        rows: groups.collect(),
    }
}

fn attached(policy: &Arn, known: &Known<'_>) -> Related {
    let row = |stored: &Stored| {
        let (attached, boundary) = match &stored.entity {
            Entity::User(it) => (&it.attached_policies, it.boundary.as_ref()),
            Entity::Role(it) => (&it.attached_policies, it.boundary.as_ref()),
            Entity::Group(it) => (&it.attached_policies, None),
            _ => return None,
        };
        let how = match (attached.contains(policy), boundary == Some(policy)) {
            (true, true) => "attached and boundary",
            (true, false) => "attached",
            (false, true) => "boundary",
            (false, false) => return None,
        };
        let row = accesstrail_shared::report::Row::of(stored);
        Some(vec![
            known.place(&row.account),
            stored.entity.kind().word().to_owned(),
            row.name,
            how.to_owned(),
        ])
    };
    let kinds = [Kind::User, Kind::Group, Kind::Role].into_iter();
    let rows = kinds.flat_map(|kind| known.snapshot.of_kind(kind)).filter_map(row).collect();
    Related { title: "attached to", columns: &["account", "kind", "name", "how"], rows }
}

fn account(
    account: &accesstrail_shared::model::organization::Account,
    known: &Known<'_>,
) -> Vec<Related> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for stored in known.snapshot.entities().filter(|stored| stored.scope.account == account.id) {
        *counts.entry(stored.entity.kind().word()).or_default() += 1;
    }
    let holds = counts.into_iter().map(|(kind, count)| vec![kind.to_owned(), count.to_string()]);
    let seen = known.snapshot.coverage().filter(|each| each.scope.account == account.id);
    let seen = seen.map(|each| {
        vec![
            each.scope.capability.clone(),
            each.scope.region.to_string(),
            each.status.word().to_owned(),
            each.seen.to_string(),
            gaps::why(&each.status),
        ]
    });
    vec![
        Related { title: "holds", columns: &["kind", "count"], rows: holds.collect() },
        assignments("assignments", known, |each| each.account == account.id),
        Related {
            title: "how it was seen",
            columns: &["what", "region", "status", "entities", "why"],
            rows: seen.collect(),
        },
    ]
}

fn store_user(id: &str, known: &Known<'_>) -> Vec<Related> {
    let groups: Vec<&str> =
        memberships(known).filter(|(user, _)| *user == id).map(|(_, group)| group).collect();
    let rows = groups.iter().map(|group| vec![known.group(group), (*group).to_owned()]).collect();
    vec![
        Related { title: "groups", columns: &["group", "id"], rows },
        assignments("may use", known, |each| {
            each.assignee == Assignee::User(id.to_owned())
                || groups.iter().any(|group| is_for_group(each, group))
        }),
    ]
}

fn is_for_group(assignment: &Assignment, group: &str) -> bool {
    matches!(&assignment.assignee, Assignee::Group(id) if id == group)
}

fn memberships<'a>(known: &Known<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    known.snapshot.of_kind(Kind::Membership).filter_map(|stored| match &stored.entity {
        Entity::Membership(it) => Some((it.user.as_str(), it.group.as_str())),
        _ => None,
    })
}

fn assignments(
    title: &'static str,
    known: &Known<'_>,
    wanted: impl Fn(&Assignment) -> bool,
) -> Related {
    let row = |stored: &Stored| match &stored.entity {
        Entity::Assignment(it) if wanted(it) => Some(vec![
            known.place(&it.account),
            known.set(&it.permission_set),
            known.assignee(&it.assignee),
        ]),
        _ => None,
    };
    let rows = known.snapshot.of_kind(Kind::Assignment).filter_map(row).collect();
    Related { title, columns: &["account", "permission set", "assigned to"], rows }
}

#[cfg(test)]
mod tests;
