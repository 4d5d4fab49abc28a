//! The organization: its tree, its accounts and the policies that hang on it.

use super::policy::PolicyDocument;
use super::{AccountId, Arn, Tags, Timestamp};

/// The organization itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`
    pub id: String,
    /// The ARN.
    pub arn: Option<Arn>,
    /// The management account.
    pub management_account: AccountId,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: String,
}

/// A root of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// `r-…`
    pub id: String,
    /// The ARN.
    pub arn: Option<Arn>,
    /// The name.
    pub name: String,
    /// The policy types that are enabled, sorted.
    pub policy_types: Vec<String>,
}

/// An organizational unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationalUnit {
    /// `ou-…`
    pub id: String,
    /// The ARN.
    pub arn: Option<Arn>,
    /// The name.
    pub name: String,
    /// The id of the parent: a root or a unit.
    pub parent: String,
    /// The names from below the root down to this unit.
    pub path: Vec<String>,
}

/// An account of the organization, or the one account outside of any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The id.
    pub id: AccountId,
    /// The ARN.
    pub arn: Option<Arn>,
    /// The name; empty where Organizations could not be asked.
    pub name: String,
    /// The e-mail address of the root user.
    pub email: Option<String>,
    /// The state.
    pub state: AccountState,
    /// `INVITED` or `CREATED`.
    pub joined_method: Option<String>,
    /// When it joined.
    pub joined: Option<Timestamp>,
}

/// The state of an account. Only active accounts are scanned.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountState {
    /// In use.
    Active,
    /// Any other state, as Organizations names it: `SUSPENDED`, `PENDING_CLOSURE`, `CLOSED`, …
    Other(String),
}

impl AccountState {
    /// The state as Organizations names it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "ACTIVE",
            Self::Other(state) => state,
        }
    }
}

impl From<&str> for AccountState {
    fn from(text: &str) -> Self {
        if text == "ACTIVE" { Self::Active } else { Self::Other(text.to_owned()) }
    }
}

/// Where an account hangs in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPlacement {
    /// The account.
    pub account: AccountId,
    /// The id of the parent: a root or a unit.
    pub parent: String,
    /// The names of the units from below the root down to the account.
    pub path: Vec<String>,
}

/// The tags of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTags {
    /// The account.
    pub account: AccountId,
    /// The tags.
    pub tags: Tags,
}

/// An account that may administer services for the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegatedAdministrator {
    /// The account.
    pub account: AccountId,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// The services that a delegated administrator administers. A delegated administrator of Identity
/// Center cannot manage permission sets that are provisioned in the management account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegatedServices {
    /// The account.
    pub account: AccountId,
    /// Service principal and since when.
    pub services: Vec<(String, Option<Timestamp>)>,
}

/// A service with trusted access to the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedService {
    /// The service principal, for example `sso.amazonaws.com`.
    pub principal: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A service control policy or resource control policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationPolicy {
    /// `p-…`
    pub id: String,
    /// The ARN.
    pub arn: Option<Arn>,
    /// The name.
    pub name: String,
    /// `SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`.
    pub policy_type: String,
    /// What people wrote about it.
    pub description: String,
    /// Whether AWS owns it.
    pub aws_managed: bool,
}

/// The document of an organization policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationPolicyDocument {
    /// `p-…`
    pub policy: String,
    /// The document.
    pub document: PolicyDocument,
}

/// One root, unit or account that an organization policy is attached to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyTarget {
    /// The id of the target.
    pub id: String,
    /// `ROOT`, `ORGANIZATIONAL_UNIT` or `ACCOUNT`.
    pub kind: String,
}

/// Where an organization policy is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationPolicyTargets {
    /// `p-…`
    pub policy: String,
    /// The targets, sorted.
    pub targets: Vec<PolicyTarget>,
}
