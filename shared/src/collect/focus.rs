//! The few things that a look is about, where it is not about everything: after an event, the objects that it touched.
//!
//! A collector in focus asks about the named objects alone where AWS has a call for that, and otherwise lists and
//! tells of the named ones only; either way the sink takes nothing else. So a focused look that is complete says
//! of each named object all that a run would say, and what is known of it and was not seen is gone.
//!
//! | objects of | name |
//! |---|---|
//! | IAM | `user/NAME`, `group/NAME`, `role/NAME`, the ARN of a managed policy |
//! | credentials | `user/NAME` |
//! | permission sets | the ARN; of the assignments in an account `ARN/ACCOUNT` |
//! | the identity store | `user/ID`, `group/ID`, `membership/ID` |
//! | the organization | the id of an account or a policy |
//! | everything else | the ARN |

use std::collections::BTreeSet;

use crate::model::credential::Holder;
use crate::model::{Arn, Entity};

/// What a look is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// Only these capabilities; all where empty.
    capabilities: BTreeSet<&'static str>,
    /// Only these objects; everything where there are none.
    names: Option<BTreeSet<String>>,
}

impl Focus {
    /// A focus on objects by name, or on everything of some capabilities; all of them where none is given.
    pub fn new(
        capabilities: impl IntoIterator<Item = &'static str>,
        names: Option<BTreeSet<String>>,
    ) -> Self {
        Self { capabilities: capabilities.into_iter().collect(), names }
    }

    /// Whether a capability is looked at.
    pub(super) fn looks_at(&self, capability: &str) -> bool {
        self.capabilities.is_empty() || self.capabilities.contains(capability)
    }

    /// The objects, where it is not about everything.
    pub(super) fn names(&self) -> Option<&BTreeSet<String>> {
        self.names.as_ref()
    }

    /// What follows `beginning` in the names that begin so.
    pub(super) fn after(&self, beginning: &str) -> Vec<String> {
        let names = self.names.iter().flatten();
        names.filter_map(|name| name.strip_prefix(beginning)).map(str::to_owned).collect()
    }

    /// The names that are ARNs, as such: those of nobody are passed over.
    pub(super) fn arns(&self) -> Vec<Arn> {
        self.names.iter().flatten().filter_map(|name| name.parse().ok()).collect()
    }

    /// Whether it is about what has this name, or is a part of it.
    pub(super) fn covers(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.iter().any(|wanted| is_part(name, wanted)))
    }

    /// Whether it is about an entity.
    pub(super) fn covers_entity(&self, entity: &Entity) -> bool {
        self.names.is_none() || names_of(entity).iter().any(|name| self.covers(name))
    }

    /// The objects that an entity says something about.
    pub(super) fn covering<'f>(&'f self, entity: &Entity) -> impl Iterator<Item = &'f String> {
        let of = names_of(entity);
        let names = self.names.iter().flatten();
        names.filter(move |wanted| of.iter().any(|name| is_part(name, wanted)))
    }
}

/// Whether `name` is `wanted` or something in it: `arn:…:function:f:alias` of `arn:…:function:f`. The ARN of a secret
/// ends in six characters that its name lacks.
fn is_part(name: &str, wanted: &str) -> bool {
    let Some(rest) = name.strip_prefix(wanted) else { return false };
    match rest.chars().next() {
        None | Some('/' | ':' | '#') => true,
        Some('-') => {
            name.contains(":secretsmanager:")
                && rest.len() == 7
                && rest.chars().skip(1).all(char::is_alphanumeric)
        }
        Some(_) => false,
    }
}

/// Whether an entity has other names than it had.
pub(super) fn is_renamed(before: &Entity, now: &Entity) -> bool {
    names_of(before) != names_of(now)
}

/// The names under which an entity may be looked for.
fn names_of(entity: &Entity) -> Vec<String> {
    let after = |beginning: &str, name: &str| vec![format!("{beginning}{name}")];
    match entity {
        Entity::User(user) => after("user/", &user.name),
        Entity::Group(group) => after("group/", &group.name),
        Entity::Role(role) => after("role/", &role.name),
        Entity::Policy(policy) => vec![policy.arn.to_string()],
        Entity::Mfa(mfa) => of_holder(&mfa.holder),
        Entity::Password(password) => of_holder(&password.holder),
        Entity::AccessKeys(keys) => of_holder(&keys.holder),
        Entity::AccessKeyUse(uses) => of_holder(&uses.holder),
        Entity::SshPublicKeys(listed)
        | Entity::SigningCertificates(listed)
        | Entity::ServiceCredentials(listed) => of_holder(&listed.holder),
        Entity::PermissionSet(set) => vec![set.arn.to_string()],
        Entity::PermissionSetManagedPolicies(it) => vec![it.permission_set.to_string()],
        Entity::PermissionSetCustomerPolicies(it) => vec![it.permission_set.to_string()],
        Entity::PermissionSetInlinePolicy(it) => vec![it.permission_set.to_string()],
        Entity::PermissionSetBoundary(it) => vec![it.permission_set.to_string()],
        Entity::PermissionSetTags(it) => vec![it.permission_set.to_string()],
        Entity::PermissionSetProvisioning(it) => vec![it.permission_set.to_string()],
        Entity::Assignment(it) => vec![format!("{}/{}", it.permission_set, it.account)],
        Entity::StoreUser(user) => after("user/", &user.id),
        Entity::StoreGroup(group) => after("group/", &group.id),
        Entity::Membership(it) => {
            [("user/", &it.user), ("group/", &it.group), ("membership/", &it.id)]
                .into_iter()
                .flat_map(|(beginning, name)| after(beginning, name))
                .collect()
        }
        Entity::Resource(resource) => vec![resource.arn.to_string()],
        Entity::ResourcePolicy(policy) => vec![policy.resource.to_string()],
        Entity::ResourceSetting(setting) => vec![setting.resource.to_string()],
        Entity::ResourceTags(tags) => vec![tags.resource.to_string()],
        // Keyed by an account or a policy of the organization.
        other => vec![other.key()],
    }
}

fn of_holder(holder: &Holder) -> Vec<String> {
    let is_user = holder.arn.resource().starts_with("user/");
    vec![if is_user { format!("user/{}", holder.arn.name()) } else { holder.arn.to_string() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_of_their_whole_and_of_nothing_else() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
        let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db";
        let rows = [
            (function.to_owned(), function, true),
            (format!("{function}:prod"), function, true),
            (format!("{function}2"), function, false),
            (format!("{function}-abcdef"), function, false),
            (format!("{secret}-Ab1cd2"), secret, true),
            (format!("{secret}-Ab1cd2x"), secret, false),
            (format!("{secret}-prod-Ab1cd2"), secret, false),
            ("user/ana".to_owned(), "user/ana", true),
            ("user/anabel".to_owned(), "user/ana", false),
            ("user/an".to_owned(), "user/ana", false),
            ("arn:aws:s3:::a/b".to_owned(), "arn:aws:s3:::a", true),
        ];
        for (name, wanted, expected) in rows {
            assert_eq!(is_part(&name, wanted), expected, "{name} of {wanted}");
        }
    }

    #[test]
    fn a_focus_without_names_is_about_everything() {
        let focus = Focus::new(["a"], None);
        assert!(focus.covers("x") && focus.looks_at("a") && !focus.looks_at("b"));
        let focus = Focus::new([], Some(BTreeSet::from(["user/ana".to_owned()])));
        assert!(focus.looks_at("b") && !focus.covers("x"));
        assert_eq!(focus.after("user/"), ["ana"]);
    }
}
