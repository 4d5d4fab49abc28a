//! IAM Identity Center: instances, permission sets and what is in them, assignments, and the people of
//! the identity store.

use super::policy::PolicyDocument;
use super::{AccountId, Arn, Tags, Timestamp};

/// An instance of Identity Center. An account instance knows users and groups but has no permission
/// sets and no assignments.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/identity-center-instances.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The ARN.
    pub arn: Arn,
    /// The identity store (`d-…`).
    pub identity_store: String,
    /// The account that owns the instance.
    pub owner: Option<AccountId>,
    /// The name, where one was given.
    pub name: Option<String>,
    /// The status as AWS names it.
    pub status: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Whether it is the organization's instance or an account's own.
    pub reach: InstanceReach,
}

/// Whom an instance serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceReach {
    /// The organization's: owned by the management account.
    Organization,
    /// An account's own: no permission sets.
    Account,
    /// Not known, because the management account is not.
    Unknown,
}

/// A permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSet {
    /// The ARN.
    pub arn: Arn,
    /// The instance.
    pub instance: Arn,
    /// The name.
    pub name: String,
    /// What people wrote about it.
    pub description: Option<String>,
    /// How long a session lasts, as ISO 8601 duration (`PT1H` to `PT12H`).
    pub session_duration: Option<String>,
    /// Where the console opens.
    pub relay_state: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
}

/// The AWS-managed policies in a permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSetManagedPolicies {
    /// The permission set.
    pub permission_set: Arn,
    /// The policies, sorted.
    pub policies: Vec<Arn>,
}

/// A customer-managed policy by path and name: it must exist under them in every account that the set
/// is provisioned to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomerPolicyReference {
    /// The path.
    pub path: String,
    /// The name.
    pub name: String,
}

/// The customer-managed policies that a permission set refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSetCustomerPolicies {
    /// The permission set.
    pub permission_set: Arn,
    /// The references, sorted.
    pub policies: Vec<CustomerPolicyReference>,
}

/// The inline policy of a permission set. It is plain JSON, not percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSetInlinePolicy {
    /// The permission set.
    pub permission_set: Arn,
    /// The document; `None` when there is none.
    pub document: Option<PolicyDocument>,
}

/// A permissions boundary of a permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetBoundary {
    /// An AWS-managed policy.
    Managed(Arn),
    /// A customer-managed policy by path and name.
    Customer(CustomerPolicyReference),
}

/// The permissions boundary of a permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSetBoundary {
    /// The permission set.
    pub permission_set: Arn,
    /// The boundary; `None` when there is none.
    pub boundary: Option<SetBoundary>,
}

/// The tags of a permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSetTags {
    /// The permission set.
    pub permission_set: Arn,
    /// The tags.
    pub tags: Tags,
}

/// The accounts that a permission set is provisioned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSetProvisioning {
    /// The permission set.
    pub permission_set: Arn,
    /// The accounts, sorted.
    pub accounts: Vec<AccountId>,
}

/// Who is assigned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignee {
    /// A user of the identity store, by id.
    User(String),
    /// A group of the identity store, by id.
    Group(String),
    /// Anything that AWS may add: type and id.
    Other(String, String),
}

/// A permission set given to a user or group in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The account.
    pub account: AccountId,
    /// The permission set.
    pub permission_set: Arn,
    /// To whom.
    pub assignee: Assignee,
}

/// The id that an external identity provider knows someone by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalId {
    /// The issuer.
    pub issuer: String,
    /// The id there.
    pub id: String,
}

/// A user of the identity store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUser {
    /// The identity store (`d-…`).
    pub identity_store: String,
    /// The user id.
    pub id: String,
    /// The name to sign in with.
    pub user_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// The primary e-mail address, else the first.
    pub email: Option<String>,
    /// `ENABLED` or `DISABLED`, where the identity store says.
    pub status: Option<String>,
    /// The ids that external identity providers know the user by, sorted.
    pub external_ids: Vec<ExternalId>,
}

/// A group of the identity store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreGroup {
    /// The identity store (`d-…`).
    pub identity_store: String,
    /// The group id.
    pub id: String,
    /// The name.
    pub display_name: Option<String>,
    /// What people wrote about it.
    pub description: Option<String>,
    /// The ids that external identity providers know the group by, sorted.
    pub external_ids: Vec<ExternalId>,
}

/// A user being a member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The identity store (`d-…`).
    pub identity_store: String,
    /// The membership id.
    pub id: String,
    /// The group id.
    pub group: String,
    /// The user id.
    pub user: String,
}
