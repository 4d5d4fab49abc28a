//! The authorization details as the AWS CLI prints them → the SDK's, which the collector reads.
//!
//! Every field may be missing, as in the API; one that is there must be what the API says it is. Fields of
//! tomorrow are passed over.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>

#![expect(clippy::struct_field_names, reason = "the names of the fields are AWS's")]

use aws_sdk_iam::types as sdk;
use serde::Deserialize;

use super::text::{Date, Document};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct User {
    path: Option<String>,
    user_name: Option<String>,
    user_id: Option<String>,
    arn: Option<String>,
    create_date: Option<Date>,
    user_policy_list: Option<Vec<Inline>>,
    group_list: Option<Vec<String>>,
    attached_managed_policies: Option<Vec<Attached>>,
    permissions_boundary: Option<Boundary>,
    tags: Option<Vec<Tag>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Group {
    path: Option<String>,
    group_name: Option<String>,
    group_id: Option<String>,
    arn: Option<String>,
    create_date: Option<Date>,
    group_policy_list: Option<Vec<Inline>>,
    attached_managed_policies: Option<Vec<Attached>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Role {
    path: Option<String>,
    role_name: Option<String>,
    role_id: Option<String>,
    arn: Option<String>,
    create_date: Option<Date>,
    assume_role_policy_document: Option<Document>,
    instance_profile_list: Option<Vec<Profile>>,
    role_policy_list: Option<Vec<Inline>>,
    attached_managed_policies: Option<Vec<Attached>>,
    permissions_boundary: Option<Boundary>,
    tags: Option<Vec<Tag>>,
    role_last_used: Option<LastUsed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Policy {
    policy_name: Option<String>,
    policy_id: Option<String>,
    arn: Option<String>,
    path: Option<String>,
    default_version_id: Option<String>,
    attachment_count: Option<i32>,
    permissions_boundary_usage_count: Option<i32>,
    create_date: Option<Date>,
    update_date: Option<Date>,
    policy_version_list: Option<Vec<Version>>,
}

impl Policy {
    /// Whether it is one of AWS's own.
    pub(super) fn is_of_aws(&self) -> bool {
        self.arn.as_deref().is_some_and(|arn| arn.contains(":iam::aws:policy/"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Version {
    document: Option<Document>,
    version_id: Option<String>,
    is_default_version: bool,
    create_date: Option<Date>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Inline {
    policy_name: Option<String>,
    policy_document: Option<Document>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Attached {
    policy_name: Option<String>,
    policy_arn: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_arn: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct LastUsed {
    last_used_date: Option<Date>,
    region: Option<String>,
}

/// The SDK wants both parts of a tag, and AWS gives both.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

/// Of an instance profile only the name is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    instance_profile_name: String,
}

impl From<User> for sdk::UserDetail {
    fn from(it: User) -> Self {
        Self::builder()
            .set_path(it.path)
            .set_user_name(it.user_name)
            .set_user_id(it.user_id)
            .set_arn(it.arn)
            .set_create_date(it.create_date.map(Date::sdk))
            .set_user_policy_list(all(it.user_policy_list))
            .set_group_list(it.group_list)
            .set_attached_managed_policies(all(it.attached_managed_policies))
            .set_permissions_boundary(it.permissions_boundary.map(Into::into))
            .set_tags(tags(it.tags))
            .build()
    }
}

impl From<Group> for sdk::GroupDetail {
    fn from(it: Group) -> Self {
        Self::builder()
            .set_path(it.path)
            .set_group_name(it.group_name)
            .set_group_id(it.group_id)
            .set_arn(it.arn)
            .set_create_date(it.create_date.map(Date::sdk))
            .set_group_policy_list(all(it.group_policy_list))
            .set_attached_managed_policies(all(it.attached_managed_policies))
            .build()
    }
}

impl From<Role> for sdk::RoleDetail {
    fn from(it: Role) -> Self {
        let profiles = it.instance_profile_list.unwrap_or_default();
        Self::builder()
            .set_path(it.path)
            .set_role_name(it.role_name)
            .set_role_id(it.role_id)
            .set_arn(it.arn)
            .set_create_date(it.create_date.map(Date::sdk))
            .set_assume_role_policy_document(it.assume_role_policy_document.map(|it| it.0))
            .set_instance_profile_list(Some(profiles.into_iter().filter_map(profile).collect()))
            .set_role_policy_list(all(it.role_policy_list))
            .set_attached_managed_policies(all(it.attached_managed_policies))
            .set_permissions_boundary(it.permissions_boundary.map(Into::into))
            .set_tags(tags(it.tags))
            .set_role_last_used(it.role_last_used.map(Into::into))
            .build()
    }
}

impl From<Policy> for sdk::ManagedPolicyDetail {
    fn from(it: Policy) -> Self {
        Self::builder()
            .set_policy_name(it.policy_name)
            .set_policy_id(it.policy_id)
            .set_arn(it.arn)
            .set_path(it.path)
            .set_default_version_id(it.default_version_id)
            .set_attachment_count(it.attachment_count)
            .set_permissions_boundary_usage_count(it.permissions_boundary_usage_count)
            .set_create_date(it.create_date.map(Date::sdk))
            .set_update_date(it.update_date.map(Date::sdk))
            .set_policy_version_list(all(it.policy_version_list))
            .build()
    }
}

impl From<Version> for sdk::PolicyVersion {
    fn from(it: Version) -> Self {
        Self::builder()
            .set_document(it.document.map(|it| it.0))
            .set_version_id(it.version_id)
            .is_default_version(it.is_default_version)
            .set_create_date(it.create_date.map(Date::sdk))
            .build()
    }
}

impl From<Inline> for sdk::PolicyDetail {
    fn from(it: Inline) -> Self {
        let document = it.policy_document.map(|it| it.0);
        Self::builder().set_policy_name(it.policy_name).set_policy_document(document).build()
    }
}

impl From<Attached> for sdk::AttachedPolicy {
    fn from(it: Attached) -> Self {
        Self::builder().set_policy_name(it.policy_name).set_policy_arn(it.policy_arn).build()
    }
}

impl From<Boundary> for sdk::AttachedPermissionsBoundary {
    fn from(it: Boundary) -> Self {
        Self::builder().set_permissions_boundary_arn(it.permissions_boundary_arn).build()
    }
}

impl From<LastUsed> for sdk::RoleLastUsed {
    fn from(it: LastUsed) -> Self {
        let date = it.last_used_date.map(Date::sdk);
        Self::builder().set_last_used_date(date).set_region(it.region).build()
    }
}

fn all<T, U: From<T>>(given: Option<Vec<T>>) -> Option<Vec<U>> {
    given.map(|items| items.into_iter().map(U::from).collect())
}

/// The builders fail only where a part is missing, and here none is.
fn tags(given: Option<Vec<Tag>>) -> Option<Vec<sdk::Tag>> {
    let tag = |it: Tag| sdk::Tag::builder().key(it.key).value(it.value).build().ok();
    given.map(|tags| tags.into_iter().filter_map(tag).collect())
}

/// What the collector does not read is filled in, because the SDK wants it.
fn profile(given: Profile) -> Option<sdk::InstanceProfile> {
    sdk::InstanceProfile::builder()
        .instance_profile_name(given.instance_profile_name)
        .path("")
        .instance_profile_id("")
        .arn("")
        .create_date(aws_smithy_types::DateTime::from_secs(0))
        .set_roles(Some(Vec::new()))
        .build()
        .ok()
}
