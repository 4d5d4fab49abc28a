//! The SDK's authorization details → the model's users, groups, roles and policies.
//!
//! Pure. A detail whose parts cannot all be read is set aside as a whole: an entity with less in it
//! than AWS said would look as if something had been taken away from it. Lists are sorted, because AWS
//! promises no order and an unchanged entity must have an unchanged hash.

use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail,
    PolicyVersion as SdkVersion, RoleDetail, RoleLastUsed, Tag, UserDetail,
};
use aws_smithy_types::DateTime;

use super::policy_text;
use crate::aws::time;
use crate::model::policy::{InlinePolicy, ManagedPolicy, PolicyDocument, PolicyVersion};
use crate::model::principal::{Group, Role, User};
use crate::model::{Arn, LastUsed, SetAside, Tags, Timestamp};

/// What is common to everything in IAM.
struct Identity {
    arn: Arn,
    unique_id: String,
    name: String,
    path: String,
    created: Option<Timestamp>,
}

/// The parts of an identity as AWS gave them.
struct Given {
    kind: &'static str,
    arn: Option<String>,
    unique_id: Option<String>,
    name: Option<String>,
    path: Option<String>,
    created: Option<DateTime>,
}

impl Given {
    fn read(self) -> Result<Identity, SetAside> {
        let what = match (&self.arn, &self.name) {
            (Some(text), _) | (None, Some(text)) if !text.is_empty() => text.clone(),
            _ => format!("a {}", self.kind),
        };
        let aside = |reason: String| SetAside { what: what.clone(), reason };
        let arn = self.arn.filter(|arn| !arn.is_empty());
        let arn = arn.ok_or_else(|| aside(format!("the {} has no ARN", self.kind)))?;
        let arn: Arn = arn.parse().map_err(|error| aside(format!("{error}")))?;
        let unique_id = self.unique_id.filter(|id| !id.is_empty());
        let unique_id =
            unique_id.ok_or_else(|| aside(format!("the {} has no unique id", self.kind)))?;
        Ok(Identity {
            unique_id,
            name: self.name.unwrap_or_else(|| arn.name().to_owned()),
            path: self.path.unwrap_or_default(),
            created: time::optional(self.created.as_ref()),
            arn,
        })
    }
}

/// A user. Documents that were kept as given are told in `problems`.
pub(super) fn user(detail: UserDetail, problems: &mut Vec<SetAside>) -> Result<User, SetAside> {
    let Identity { arn, unique_id, name, path, created } = Given {
        kind: "user",
        arn: detail.arn,
        unique_id: detail.user_id,
        name: detail.user_name,
        path: detail.path,
        created: detail.create_date,
    }
    .read()?;
    let mut groups = detail.group_list.unwrap_or_default();
    groups.sort();
    Ok(User {
        groups,
        attached_policies: attached(detail.attached_managed_policies, &arn)?,
        inline_policies: inline(detail.user_policy_list, &arn, problems)?,
        boundary: boundary(detail.permissions_boundary, &arn)?,
        tags: tags(detail.tags),
        arn,
        unique_id,
        name,
        path,
        created,
    })
}

/// A group. Documents that were kept as given are told in `problems`.
pub(super) fn group(detail: GroupDetail, problems: &mut Vec<SetAside>) -> Result<Group, SetAside> {
    let Identity { arn, unique_id, name, path, created } = Given {
        kind: "group",
        arn: detail.arn,
        unique_id: detail.group_id,
        name: detail.group_name,
        path: detail.path,
        created: detail.create_date,
    }
    .read()?;
    Ok(Group {
        attached_policies: attached(detail.attached_managed_policies, &arn)?,
        inline_policies: inline(detail.group_policy_list, &arn, problems)?,
        arn,
        unique_id,
        name,
        path,
        created,
    })
}

/// A role. Documents that were kept as given are told in `problems`.
pub(super) fn role(detail: RoleDetail, problems: &mut Vec<SetAside>) -> Result<Role, SetAside> {
    let Identity { arn, unique_id, name, path, created } = Given {
        kind: "role",
        arn: detail.arn,
        unique_id: detail.role_id,
        name: detail.role_name,
        path: detail.path,
        created: detail.create_date,
    }
    .read()?;
    let mut instance_profiles: Vec<String> = detail
        .instance_profile_list
        .unwrap_or_default()
        .into_iter()
        .map(|profile| profile.instance_profile_name)
        .collect();
    instance_profiles.sort();
    Ok(Role {
        trust: detail
            .assume_role_policy_document
            .map(|text| document(text, &format!("the trust policy of {arn}"), problems)),
        attached_policies: attached(detail.attached_managed_policies, &arn)?,
        inline_policies: inline(detail.role_policy_list, &arn, problems)?,
        boundary: boundary(detail.permissions_boundary, &arn)?,
        last_used: role_last_used(detail.role_last_used),
        tags: tags(detail.tags),
        instance_profiles,
        arn,
        unique_id,
        name,
        path,
        created,
    })
}

/// A managed policy. Documents that were kept as given are told in `problems`.
pub(super) fn policy(
    detail: ManagedPolicyDetail,
    problems: &mut Vec<SetAside>,
) -> Result<ManagedPolicy, SetAside> {
    let Identity { arn, unique_id, name, path, created } = Given {
        kind: "policy",
        arn: detail.arn,
        unique_id: detail.policy_id,
        name: detail.policy_name,
        path: detail.path,
        created: detail.create_date,
    }
    .read()?;
    let mut versions = Vec::new();
    for version in detail.policy_version_list.unwrap_or_default() {
        versions.push(read_version(version, detail.default_version_id.as_deref(), &arn, problems)?);
    }
    versions.sort_by_key(|version| {
        std::cmp::Reverse((version_number(&version.id), version.id.clone()))
    });
    let in_force = versions.iter().find(|version| version.default).map(|version| &version.id);
    let default_version =
        detail.default_version_id.or_else(|| in_force.cloned()).unwrap_or_default();
    Ok(ManagedPolicy {
        default_version,
        versions,
        updated: time::optional(detail.update_date.as_ref()),
        tags: None,
        arn,
        unique_id,
        name,
        path,
        created,
    })
}

/// Whether an AWS-managed policy is in use in the account that lists it. AWS has far more of them than
/// anybody uses.
pub(super) fn is_in_use(detail: &ManagedPolicyDetail) -> bool {
    detail.attachment_count.unwrap_or_default() > 0
        || detail.permissions_boundary_usage_count.unwrap_or_default() > 0
}

fn read_version(
    version: SdkVersion,
    default: Option<&str>,
    arn: &Arn,
    problems: &mut Vec<SetAside>,
) -> Result<PolicyVersion, SetAside> {
    let id = version.version_id.ok_or_else(|| part(arn, "one of its versions has no id"))?;
    Ok(PolicyVersion {
        default: version.is_default_version || default == Some(id.as_str()),
        created: time::optional(version.create_date.as_ref()),
        document: version
            .document
            .map(|text| document(text, &format!("version {id} of {arn}"), problems)),
        id,
    })
}

/// The number of `v12`. Versions are never renumbered, so the highest is the newest.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>
fn version_number(id: &str) -> u64 {
    id.trim_start_matches('v').parse().unwrap_or_default()
}

/// No date means: not used within the period that AWS tracks, 400 days at the most. The whole element
/// is absent, or empty, for a role that was never used in it.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html>
fn role_last_used(given: Option<RoleLastUsed>) -> LastUsed {
    let Some(RoleLastUsed { last_used_date: Some(date), region, .. }) = given else {
        return LastUsed::Never;
    };
    let region = region.filter(|region| !region.is_empty());
    time::timestamp(&date).map_or(LastUsed::Unknown, |time| LastUsed::At {
        time,
        region,
        service: None,
    })
}

fn document(text: String, what: &str, problems: &mut Vec<SetAside>) -> PolicyDocument {
    let text = policy_text::decode(text);
    if let Some(problem) = text.problem {
        problems.push(SetAside { what: what.to_owned(), reason: problem.to_owned() });
    }
    text.document
}

fn inline(
    given: Option<Vec<PolicyDetail>>,
    arn: &Arn,
    problems: &mut Vec<SetAside>,
) -> Result<Vec<InlinePolicy>, SetAside> {
    let mut policies = Vec::new();
    for detail in given.unwrap_or_default() {
        let name = detail
            .policy_name
            .ok_or_else(|| part(arn, "one of its inline policies has no name"))?;
        let text = detail.policy_document.ok_or_else(|| {
            part(arn, &format!("its inline policy {name} came without a document"))
        })?;
        let document = document(text, &format!("inline policy {name} of {arn}"), problems);
        policies.push(InlinePolicy { name, document });
    }
    policies.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(policies)
}

fn attached(given: Option<Vec<AttachedPolicy>>, arn: &Arn) -> Result<Vec<Arn>, SetAside> {
    let read = |policy: AttachedPolicy| {
        let text = policy.policy_arn.unwrap_or_default();
        text.parse().map_err(|error| part(arn, &format!("an attached policy: {error}")))
    };
    let mut arns: Vec<Arn> =
        given.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
    arns.sort();
    Ok(arns)
}

fn boundary(
    given: Option<AttachedPermissionsBoundary>,
    arn: &Arn,
) -> Result<Option<Arn>, SetAside> {
    match given {
        Some(AttachedPermissionsBoundary { permissions_boundary_arn: Some(text), .. }) => {
            let read = text.parse();
            read.map(Some).map_err(|error| part(arn, &format!("its permissions boundary: {error}")))
        }
        Some(AttachedPermissionsBoundary { permissions_boundary_type: Some(_), .. }) => {
            Err(part(arn, "its permissions boundary has no ARN"))
        }
        _ => Ok(None),
    }
}

fn tags(given: Option<Vec<Tag>>) -> Tags {
    given.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn part(arn: &Arn, reason: &str) -> SetAside {
    SetAside { what: arn.to_string(), reason: reason.to_owned() }
}
