//! IAM's principals and what stands around them.

use super::policy::{InlinePolicy, PolicyDocument};
use super::{AccountId, Arn, LastUsed, Tags, Timestamp};

/// An IAM user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The ARN, which a later user of the same name gets again.
    pub arn: Arn,
    /// The unique id (`AIDA…`), which no other user ever gets.
    pub unique_id: String,
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// The ARNs of the attached managed policies.
    pub attached_policies: Vec<Arn>,
    /// The inline policies.
    pub inline_policies: Vec<InlinePolicy>,
    /// The permissions boundary.
    pub boundary: Option<Arn>,
    /// The tags.
    pub tags: Tags,
}

/// An IAM group. IAM groups cannot be tagged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The ARN.
    pub arn: Arn,
    /// The unique id (`AGPA…`).
    pub unique_id: String,
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// The ARNs of the attached managed policies.
    pub attached_policies: Vec<Arn>,
    /// The inline policies.
    pub inline_policies: Vec<InlinePolicy>,
}

/// An IAM role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The ARN.
    pub arn: Arn,
    /// The unique id (`AROA…`).
    pub unique_id: String,
    /// The name.
    pub name: String,
    /// The path; `/aws-service-role/…` for service-linked roles.
    pub path: String,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Who may assume it: the trust policy.
    pub trust: Option<PolicyDocument>,
    /// The ARNs of the attached managed policies.
    pub attached_policies: Vec<Arn>,
    /// The inline policies.
    pub inline_policies: Vec<InlinePolicy>,
    /// The permissions boundary.
    pub boundary: Option<Arn>,
    /// When it was last used, within the period that AWS tracks (400 days).
    pub last_used: LastUsed,
    /// The tags.
    pub tags: Tags,
    /// The names of the instance profiles that carry it.
    pub instance_profiles: Vec<String>,
}

impl Role {
    /// The permission set that Identity Center made this role for.
    pub fn reserved_for(&self) -> Option<ReservedRole<'_>> {
        ReservedRole::of(&self.path, &self.name)
    }

    /// Whether an AWS service owns the role (`/aws-service-role/`).
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }
}

/// What the name and path of a role that Identity Center made say.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReservedRole<'a> {
    /// The name of the permission set.
    pub permission_set: &'a str,
    /// The home region of Identity Center; `None` means us-east-1, whose path has no region.
    pub region: Option<&'a str>,
}

impl<'a> ReservedRole<'a> {
    /// Reads `/aws-reserved/sso.amazonaws.com/[region/]` and `AWSReservedSSO_NAME_16hex`. The name of
    /// the set may contain `_`, so the suffix is taken from the right.
    pub fn of(path: &'a str, name: &'a str) -> Option<Self> {
        let rest = path.strip_prefix("/aws-reserved/sso.amazonaws.com/")?;
        let region = match rest.strip_suffix('/') {
            None if rest.is_empty() => None,
            Some(region) if !region.is_empty() && !region.contains('/') => Some(region),
            _ => return None,
        };
        let (permission_set, suffix) = name.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
        let hex = suffix.len() == 16 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
        (hex && !permission_set.is_empty()).then_some(Self { permission_set, region })
    }
}

/// A SAML provider of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlProvider {
    /// The ARN.
    pub arn: Arn,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When its metadata expires.
    pub valid_until: Option<Timestamp>,
}

/// An OpenID Connect provider of an account; the ARN carries the issuer's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcProvider {
    /// The ARN.
    pub arn: Arn,
}

impl OidcProvider {
    /// The issuer without `https://`, for example `token.actions.githubusercontent.com`.
    pub fn issuer(&self) -> &str {
        self.arn.resource().strip_prefix("oidc-provider/").unwrap_or_default()
    }
}

/// An instance profile: how an EC2 instance gets a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceProfile {
    /// The ARN.
    pub arn: Arn,
    /// The unique id (`AIPA…`).
    pub unique_id: String,
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// The ARNs of its roles; at most one (a quota of IAM).
    pub roles: Vec<Arn>,
}

/// The metadata of a server certificate, never its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCertificate {
    /// The ARN.
    pub arn: Arn,
    /// The unique id (`ASCA…`).
    pub unique_id: String,
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// When it was uploaded.
    pub uploaded: Option<Timestamp>,
    /// When it expires.
    pub expires: Option<Timestamp>,
}

/// The account summary: IAM's own counts and quotas.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// The account.
    pub account: AccountId,
    /// Whether the root user has MFA.
    pub root_mfa: Option<bool>,
    /// Whether the root user has access keys.
    pub root_access_keys: Option<bool>,
    /// Every entry of the summary map, counts and quotas, by name.
    pub entries: std::collections::BTreeMap<String, i64>,
}

/// The aliases of an account; at most one (a quota of IAM).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountAliases {
    /// The account.
    pub account: AccountId,
    /// The aliases, sorted.
    pub aliases: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_roles() {
        let rows = [
            (
                "/aws-reserved/sso.amazonaws.com/",
                "AWSReservedSSO_Admin_0123456789abcdef",
                Some(("Admin", None)),
            ),
            (
                "/aws-reserved/sso.amazonaws.com/eu-west-1/",
                "AWSReservedSSO_Read_Only_x_0123456789abcdef",
                Some(("Read_Only_x", Some("eu-west-1"))),
            ),
            ("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO__0123456789abcdef", None),
            ("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_012345", None),
            ("/aws-reserved/sso.amazonaws.com/a/b/", "AWSReservedSSO_Admin_0123456789abcdef", None),
            (
                "/aws-reserved/sso.amazonaws.com/eu-west-1",
                "AWSReservedSSO_Admin_0123456789abcdef",
                None,
            ),
            ("/", "AWSReservedSSO_Admin_0123456789abcdef", None),
            ("/aws-reserved/sso.amazonaws.com/", "Admin", None),
        ];
        for (path, name, expected) in rows {
            let found = ReservedRole::of(path, name).map(|role| (role.permission_set, role.region));
            assert_eq!(found, expected, "{path}{name}");
        }
    }
}
