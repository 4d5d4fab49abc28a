//! An entity in one line: its name, its ARN, its account and the facts that people look for first.

use crate::model::identity_center::{Assignee, InstanceReach, SetBoundary};
use crate::model::resource::Attribute;
use crate::model::{AccountId, Entity, LastUsed, Stored, Tags, Timestamp, Tri};

/// What a line about an entity says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// The account that it belongs to.
    pub account: AccountId,
    /// The first facts about it.
    pub detail: String,
    /// Its tags, where the entity carries them.
    pub tags: Option<Tags>,
}

impl Row {
    /// The row of a stored entity.
    pub fn of(stored: &Stored) -> Self {
        let entity = &stored.entity;
        Self {
            name: name(entity),
            arn: arn(entity),
            account: account(entity).unwrap_or_else(|| stored.scope.account.clone()),
            detail: detail(entity),
            tags: tags(entity),
        }
    }
}

/// What people call an entity.
fn name(entity: &Entity) -> String {
    match entity {
        Entity::Organization(it) => it.id.clone(),
        Entity::Root(it) => it.name.clone(),
        Entity::OrganizationalUnit(it) => it.path.join("/"),
        Entity::Account(it) if it.name.is_empty() => it.id.to_string(),
        Entity::Account(it) => it.name.clone(),
        Entity::TrustedService(it) => it.principal.clone(),
        Entity::OrganizationPolicy(it) => it.name.clone(),
        Entity::User(it) => it.name.clone(),
        Entity::Group(it) => it.name.clone(),
        Entity::Role(it) => it.name.clone(),
        Entity::Policy(it) => it.name.clone(),
        Entity::InstanceProfile(it) => it.name.clone(),
        Entity::ServerCertificate(it) => it.name.clone(),
        Entity::SamlProvider(it) => it.arn.name().to_owned(),
        Entity::OidcProvider(it) => it.issuer().to_owned(),
        Entity::Mfa(it) => holder_name(it.holder.arn.name()),
        Entity::Password(it) => holder_name(it.holder.arn.name()),
        Entity::AccessKeys(it) => holder_name(it.holder.arn.name()),
        Entity::AccessKeyUse(it) => holder_name(it.holder.arn.name()),
        Entity::SshPublicKeys(it)
        | Entity::SigningCertificates(it)
        | Entity::ServiceCredentials(it) => holder_name(it.holder.arn.name()),
        Entity::Instance(it) => it.name.clone().unwrap_or_else(|| it.arn.name().to_owned()),
        Entity::PermissionSet(it) => it.name.clone(),
        Entity::StoreUser(it) => it
            .user_name
            .clone()
            .or_else(|| it.display_name.clone())
            .unwrap_or_else(|| it.id.clone()),
        Entity::StoreGroup(it) => it.display_name.clone().unwrap_or_else(|| it.id.clone()),
        Entity::Assignment(it) => format!("{} in {}", it.permission_set.name(), it.account),
        Entity::Resource(it) => it.name.clone(),
        Entity::ResourcePolicy(it) => it.resource.resource().to_owned(),
        Entity::ResourceSetting(it) => format!("{} of {}", it.name, it.resource.resource()),
        Entity::ResourceTags(it) => it.resource.resource().to_owned(),
        other => other.key(),
    }
}

fn holder_name(name: &str) -> String {
    if name == "root" { "<root>".to_owned() } else { name.to_owned() }
}

/// The ARN of an entity, where it has one.
fn arn(entity: &Entity) -> Option<String> {
    let arn = match entity {
        Entity::Organization(it) => it.arn.as_ref()?,
        Entity::Root(it) => it.arn.as_ref()?,
        Entity::OrganizationalUnit(it) => it.arn.as_ref()?,
        Entity::Account(it) => it.arn.as_ref()?,
        Entity::OrganizationPolicy(it) => it.arn.as_ref()?,
        Entity::User(it) => &it.arn,
        Entity::Group(it) => &it.arn,
        Entity::Role(it) => &it.arn,
        Entity::Policy(it) => &it.arn,
        Entity::SamlProvider(it) => &it.arn,
        Entity::OidcProvider(it) => &it.arn,
        Entity::InstanceProfile(it) => &it.arn,
        Entity::ServerCertificate(it) => &it.arn,
        Entity::Instance(it) => &it.arn,
        Entity::PermissionSet(it) => &it.arn,
        Entity::Mfa(it) => &it.holder.arn,
        Entity::Password(it) => &it.holder.arn,
        Entity::AccessKeys(it) => &it.holder.arn,
        Entity::AccessKeyUse(it) => &it.holder.arn,
        Entity::SshPublicKeys(it)
        | Entity::SigningCertificates(it)
        | Entity::ServiceCredentials(it) => &it.holder.arn,
        Entity::Resource(it) => &it.arn,
        Entity::ResourcePolicy(it) => &it.resource,
        Entity::ResourceSetting(it) => &it.resource,
        Entity::ResourceTags(it) => &it.resource,
        _ => return None,
    };
    Some(arn.to_string())
}

/// The account that an entity is about, where that is not the one that was asked.
fn account(entity: &Entity) -> Option<AccountId> {
    match entity {
        Entity::Account(it) => Some(it.id.clone()),
        Entity::AccountPlacement(it) => Some(it.account.clone()),
        Entity::AccountTags(it) => Some(it.account.clone()),
        Entity::DelegatedAdministrator(it) => Some(it.account.clone()),
        Entity::DelegatedServices(it) => Some(it.account.clone()),
        Entity::Assignment(it) => Some(it.account.clone()),
        _ => None,
    }
}

fn tags(entity: &Entity) -> Option<Tags> {
    match entity {
        Entity::AccountTags(it) => Some(it.tags.clone()),
        Entity::User(it) => Some(it.tags.clone()),
        Entity::Role(it) => Some(it.tags.clone()),
        Entity::Policy(it) => it.tags.clone(),
        Entity::PermissionSetTags(it) => Some(it.tags.clone()),
        Entity::Resource(it) => it.tags.clone(),
        Entity::ResourceTags(it) => Some(it.tags.clone()),
        _ => None,
    }
}

/// The first facts about an entity.
fn detail(entity: &Entity) -> String {
    organization_detail(entity)
        .or_else(|| iam_detail(entity))
        .or_else(|| identity_center_detail(entity))
        .or_else(|| resource_detail(entity))
        .unwrap_or_default()
}

fn organization_detail(entity: &Entity) -> Option<String> {
    Some(match entity {
        Entity::Organization(it) => {
            format!("management account {}, {}", it.management_account, it.feature_set)
        }
        Entity::Root(it) => format!("policy types {}", or_none(&it.policy_types.join(", "))),
        Entity::OrganizationalUnit(it) => format!("under {}", it.parent),
        Entity::Account(it) => it.state.as_str().to_owned(),
        Entity::AccountPlacement(it) => format!("/{}", it.path.join("/")),
        Entity::AccountTags(it) => tag_list(&it.tags),
        Entity::DelegatedAdministrator(it) => since(it.since),
        Entity::DelegatedServices(it) => {
            it.services.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
        }
        Entity::TrustedService(it) => since(it.since),
        Entity::OrganizationPolicy(it) => it.policy_type.clone(),
        Entity::OrganizationPolicyDocument(it) => format!("{} bytes", it.document.0.len()),
        Entity::OrganizationPolicyTargets(it) => or_none(
            &it.targets.iter().map(|target| target.id.as_str()).collect::<Vec<_>>().join(", "),
        ),
        _ => return None,
    })
}

fn iam_detail(entity: &Entity) -> Option<String> {
    Some(match entity {
        Entity::User(it) => format!(
            "{}, {}{}",
            counted(it.groups.len(), "group", "groups"),
            policies(it.attached_policies.len() + it.inline_policies.len()),
            if it.boundary.is_some() { ", boundary" } else { "" }
        ),
        Entity::Group(it) => policies(it.attached_policies.len() + it.inline_policies.len()),
        Entity::Role(it) => format!("last used {}", last_used(&it.last_used)),
        Entity::Policy(it) => format!(
            "{} of {}",
            it.default_version,
            counted(it.versions.len(), "version", "versions")
        ),
        Entity::CredentialReport(it) => {
            format!("of {}, {} row{}", it.generated, it.rows, if it.rows == 1 { "" } else { "s" })
        }
        Entity::Mfa(it) => format!("MFA {}", tri(it.active)),
        Entity::Password(it) => {
            format!("password {}, last used {}", tri(it.enabled), last_used(&it.last_used))
        }
        Entity::AccessKeys(it) => {
            let active = it.keys.iter().filter(|key| key.active).count();
            format!("{}, {active} active", counted(it.keys.len(), "key", "keys"))
        }
        Entity::AccessKeyUse(it) => {
            let uses = it
                .uses
                .iter()
                .map(|(slot, used)| format!("key {slot} last used {}", last_used(used)));
            or_none(&uses.collect::<Vec<_>>().join(", "))
        }
        Entity::SshPublicKeys(it)
        | Entity::SigningCertificates(it)
        | Entity::ServiceCredentials(it) => {
            counted(it.credentials.len(), "credential", "credentials")
        }
        Entity::AccountSummary(it) => format!(
            "root MFA {}, root access keys {}",
            tri(it.root_mfa.map_or(Tri::Unknown, Tri::from)),
            tri(it.root_access_keys.map_or(Tri::Unknown, Tri::from))
        ),
        Entity::AccountAliases(it) => or_none(&it.aliases.join(", ")),
        Entity::SamlProvider(it) => {
            it.valid_until.map_or_else(String::new, |until| format!("valid until {until}"))
        }
        Entity::InstanceProfile(it) => {
            or_none(&it.roles.iter().map(crate::model::Arn::name).collect::<Vec<_>>().join(", "))
        }
        Entity::ServerCertificate(it) => {
            it.expires.map_or_else(String::new, |until| format!("expires {until}"))
        }
        _ => return None,
    })
}

fn identity_center_detail(entity: &Entity) -> Option<String> {
    Some(match entity {
        Entity::Instance(it) => {
            let reach = match it.reach {
                InstanceReach::Organization => "the organization's",
                InstanceReach::Account => "an account's own",
                InstanceReach::Unknown => "reach unknown",
            };
            format!("{reach}, identity store {}", it.identity_store)
        }
        Entity::PermissionSet(it) => it.session_duration.clone().unwrap_or_default(),
        Entity::PermissionSetManagedPolicies(it) => policies(it.policies.len()),
        Entity::PermissionSetCustomerPolicies(it) => policies(it.policies.len()),
        Entity::PermissionSetInlinePolicy(it) => {
            if it.document.is_some() { "inline policy" } else { "none" }.to_owned()
        }
        Entity::PermissionSetBoundary(it) => match &it.boundary {
            None => "none".to_owned(),
            Some(SetBoundary::Managed(arn)) => arn.to_string(),
            Some(SetBoundary::Customer(reference)) => {
                format!("{}{}", reference.path, reference.name)
            }
        },
        Entity::PermissionSetTags(it) => tag_list(&it.tags),
        Entity::PermissionSetProvisioning(it) => counted(it.accounts.len(), "account", "accounts"),
        Entity::Assignment(it) => match &it.assignee {
            Assignee::User(id) => format!("user {id}"),
            Assignee::Group(id) => format!("group {id}"),
            Assignee::Other(kind, id) => format!("{kind} {id}"),
        },
        Entity::StoreUser(it) => {
            let parts = [it.display_name.as_deref(), it.email.as_deref(), it.status.as_deref()];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        Entity::StoreGroup(it) => it.description.clone().unwrap_or_default(),
        Entity::Membership(it) => format!("user {} in group {}", it.user, it.group),
        _ => return None,
    })
}

fn resource_detail(entity: &Entity) -> Option<String> {
    Some(match entity {
        Entity::AccountRegions(it) => {
            format!("{} of {} enabled", it.enabled().count(), it.regions.len())
        }
        Entity::Resource(it) => {
            let acts_as = it.acts_as.iter().map(|arn| format!("acts as {}", arn.name()));
            let parts = [Some(it.resource_type.name().to_owned()), it.state.clone()];
            parts.into_iter().flatten().chain(acts_as).collect::<Vec<_>>().join(", ")
        }
        Entity::ResourcePolicy(it) => it
            .document
            .as_ref()
            .map_or_else(|| "none".to_owned(), |document| format!("{} bytes", document.0.len())),
        Entity::ResourceSetting(it) if !it.present => "none".to_owned(),
        Entity::ResourceSetting(it) => Attribute::Map(it.attributes.clone()).to_string(),
        Entity::ResourceTags(it) => tag_list(&it.tags),
        _ => return None,
    })
}

fn policies(count: usize) -> String {
    counted(count, "policy", "policies")
}

fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

fn since(time: Option<Timestamp>) -> String {
    time.map_or_else(String::new, |time| format!("since {}", day(time)))
}

fn tag_list(tags: &Tags) -> String {
    or_none(
        &tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", "),
    )
}

fn tri(answer: Tri) -> &'static str {
    match answer {
        Tri::True => "yes",
        Tri::False => "no",
        Tri::Unknown => "unknown",
    }
}

/// The day of a time, for lines that people read.
pub fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// A last use in a few words.
pub fn last_used(used: &LastUsed) -> String {
    match used {
        LastUsed::At { time, .. } => day(*time),
        LastUsed::Never => "never".to_owned(),
        LastUsed::Unknown => "unknown".to_owned(),
    }
}
