//! Which columns a kind is listed with.

use accesstrail_shared::model::credential::Holder;
use accesstrail_shared::model::resource::Resource;
use accesstrail_shared::model::{Arn, Entity, Kind, Stored, Tri};
use accesstrail_shared::report::row::{Row, last_used};

use crate::known::{Known, trusted};

/// The columns between the account and the id.
pub(super) fn names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::User => &["name", "mfa", "password used", "active keys", "groups", "policies"],
        Kind::Role => &["name", "last used", "policies", "trusts"],
        Kind::Group => &["name", "members", "policies"],
        Kind::Account => &["state", "coverage", "where"],
        Kind::Assignment => &["permission set", "assigned to"],
        Kind::Membership => &["user", "group"],
        Kind::Resource => &["type", "name", "region", "state", "acts as"],
        _ => &["name", "detail"],
    }
}

/// The cells under [`names`].
pub(super) fn cells(stored: &Stored, row: &Row, known: &Known<'_>) -> Vec<String> {
    match &stored.entity {
        Entity::User(it) => {
            let holder = Holder { arn: it.arn.clone(), created: it.created };
            let policies = it.attached_policies.len() + it.inline_policies.len();
            let [mfa, password, keys] = credentials(&holder, known);
            let groups = it.groups.join(", ");
            vec![it.name.clone(), mfa, password, keys, groups, policies.to_string()]
        }
        Entity::Role(it) => vec![
            it.name.clone(),
            last_used(&it.last_used),
            (it.attached_policies.len() + it.inline_policies.len()).to_string(),
            it.trust.as_ref().map(|trust| trusted(&trust.0).join(", ")).unwrap_or_default(),
        ],
        Entity::Group(it) => vec![
            it.name.clone(),
            members(stored, &it.name, known).len().to_string(),
            (it.attached_policies.len() + it.inline_policies.len()).to_string(),
        ],
        Entity::Account(it) => {
            let place = match known.snapshot.aspect(Kind::AccountPlacement, it.id.as_str()) {
                Some(Entity::AccountPlacement(place)) => format!("/{}", place.path.join("/")),
                _ => String::new(),
            };
            vec![it.state.as_str().to_owned(), known.coverage(&it.id).to_owned(), place]
        }
        Entity::Assignment(it) => {
            vec![known.set(&it.permission_set), known.assignee(&it.assignee)]
        }
        Entity::Membership(it) => vec![known.user(&it.user), known.group(&it.group)],
        Entity::Resource(it) => {
            let roles: Vec<&str> = it.acts_as.iter().map(Arn::name).collect();
            vec![
                it.resource_type.short_name().to_owned(),
                it.name.clone(),
                region(it, stored),
                it.state.clone().unwrap_or_default(),
                roles.join(", "),
            ]
        }
        _ => vec![row.name.clone(), row.detail.clone()],
    }
}

/// Where a resource is: what its ARN says, else where it was listed.
fn region(resource: &Resource, stored: &Stored) -> String {
    let told = resource.arn.region();
    if told.is_empty() { stored.scope.region.to_string() } else { told.to_owned() }
}

/// MFA, password and access keys of a user; `?` where nobody could look.
fn credentials(holder: &Holder, known: &Known<'_>) -> [String; 3] {
    let (key, unknown) = (holder.key(), || "?".to_owned());
    let aspect = |kind| known.snapshot.aspect(kind, &key);
    let mfa = match aspect(Kind::Mfa) {
        Some(Entity::Mfa(it)) => tri(it.active, "yes", "no"),
        _ => unknown(),
    };
    let password = match aspect(Kind::Password) {
        Some(Entity::Password(it)) if it.enabled == Tri::True => last_used(&it.last_used),
        Some(Entity::Password(it)) => tri(it.enabled, "yes", "-"),
        _ => unknown(),
    };
    let keys = match aspect(Kind::AccessKeys) {
        Some(Entity::AccessKeys(it)) => {
            let active = it.keys.iter().filter(|key| key.active).count();
            if active == it.keys.len() {
                active.to_string()
            } else {
                format!("{active} of {}", it.keys.len())
            }
        }
        _ => unknown(),
    };
    [mfa, password, keys]
}

fn tri(answer: Tri, yes: &str, no: &str) -> String {
    match answer {
        Tri::True => yes,
        Tri::False => no,
        Tri::Unknown => "?",
    }
    .to_owned()
}

/// The users of an IAM group.
pub(crate) fn members<'a>(group: &Stored, name: &str, known: &Known<'a>) -> Vec<&'a Stored> {
    let in_group = |stored: &&Stored| match &stored.entity {
        Entity::User(user) => {
            stored.scope.account == group.scope.account
                && user.groups.iter().any(|other| other == name)
        }
        _ => false,
    };
    known.snapshot.of_kind(Kind::User).filter(in_group).collect()
}
