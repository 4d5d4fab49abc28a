//! What `aws iam get-account-authorization-details` prints, one file an account or several in one.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>

use serde::Deserialize;
use serde_json::value::RawValue;

use super::draft::{Draft, Given, Holder, Policies};
use crate::policy::document::Use;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Details<'a> {
    #[serde(borrow, default)]
    user_detail_list: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    role_detail_list: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    group_detail_list: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    policies: Vec<&'a RawValue>,
    #[serde(default)]
    is_truncated: bool,
}

/// A user, role or group: what they share, and what only some have.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Detail<'a> {
    arn: String,
    #[serde(alias = "UserId", alias = "GroupId")]
    role_id: Option<String>,
    #[serde(borrow, default, alias = "UserPolicyList", alias = "GroupPolicyList")]
    role_policy_list: Vec<Inline<'a>>,
    #[serde(default)]
    attached_managed_policies: Vec<Attached>,
    #[serde(default)]
    group_list: Vec<String>,
    permissions_boundary: Option<Boundary>,
    #[serde(borrow)]
    assume_role_policy_document: Option<&'a RawValue>,
    tags: Option<Vec<Tag>>,
    instance_profile_list: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline<'a> {
    policy_name: String,
    #[serde(borrow)]
    policy_document: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Managed<'a> {
    arn: String,
    #[serde(borrow, default)]
    policy_version_list: Vec<OneVersion<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OneVersion<'a> {
    #[serde(default)]
    version_id: String,
    #[serde(borrow)]
    document: Option<&'a RawValue>,
    #[serde(default)]
    is_default_version: bool,
}

impl Draft {
    /// Reads one file.
    pub(super) fn details(&mut self, name: &str, text: &str) {
        let Some(details) = self.part::<Details<'_>>(name, text) else { return };
        if details.is_truncated {
            self.aside(name, "the list was cut off: `IsTruncated` is true");
        }
        for text in details.policies {
            let Some(managed) = self.part::<Managed<'_>>(name, text.get()) else { continue };
            for version in &managed.policy_version_list {
                let text = version.document.map(RawValue::get);
                if !version.is_default_version {
                    self.version(&managed.arn, &version.version_id, text);
                } else if let Some(text) = text {
                    let shared = self.policy(&managed.arn, text, Use::Identity);
                    self.managed.insert(managed.arn.clone(), shared);
                }
            }
        }
        for text in details.group_detail_list {
            let Some(group) = self.part::<Detail<'_>>(name, text.get()) else { continue };
            let policies = self.of_detail(&group);
            self.groups.insert(group.arn, policies);
        }
        for text in details.user_detail_list.into_iter().chain(details.role_detail_list) {
            let Some(detail) = self.part::<Detail<'_>>(name, text.get()) else { continue };
            let policies = self.of_detail(&detail);
            let boundary = detail.permissions_boundary.and_then(|it| it.permissions_boundary_arn);
            let trust = detail.assume_role_policy_document;
            let trust = trust.map(|text| self.policy(&detail.arn, text.get(), Use::Resource));
            let tag = |tag: Tag| (tag.key, tag.value);
            let tags = detail.tags.map(|tags| tags.into_iter().map(tag).collect());
            self.holders.push(Holder {
                arn: detail.arn,
                unique_id: detail.role_id,
                policies,
                groups: detail.group_list,
                boundary: boundary.map(Given::Managed),
                trust,
                tags,
                has_instance_profile: detail.instance_profile_list.map(|list| !list.is_empty()),
            });
        }
    }

    fn of_detail(&mut self, detail: &Detail<'_>) -> Policies {
        let attached = detail.attached_managed_policies.iter();
        let managed = attached.map(|attached| attached.policy_arn.clone()).collect();
        let mut policies = Policies { managed, ..Policies::default() };
        for inline in &detail.role_policy_list {
            let name = self.name(&inline.policy_name);
            let text = inline.policy_document.get();
            let shared = self.policy(&detail.arn, text, Use::Identity);
            policies.inline.push((name, shared));
        }
        policies
    }
}
