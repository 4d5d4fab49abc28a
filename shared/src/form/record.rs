//! The forms of structures: the model's fields, in this order, under these names.
//!
//! A field that is missing here does not compile (the model's value could not be built), and one that
//! is renamed in the model keeps its stored name by being renamed here.

use std::collections::BTreeMap;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::credential::{
    AccessKey, AccessKeyUse, AccessKeys, CredentialReport, Holder, ListedCredential,
    ListedCredentials, Mfa, Password,
};
use crate::model::identity_center::{
    Assignee, Assignment, CustomerPolicyReference, ExternalId, Instance, InstanceReach, Membership,
    PermissionSet, PermissionSetBoundary, PermissionSetCustomerPolicies, PermissionSetInlinePolicy,
    PermissionSetManagedPolicies, PermissionSetProvisioning, PermissionSetTags, SetBoundary,
    StoreGroup, StoreUser,
};
use crate::model::organization::{
    Account, AccountPlacement, AccountState, AccountTags, DelegatedAdministrator,
    DelegatedServices, Organization, OrganizationPolicy, OrganizationPolicyDocument,
    OrganizationPolicyTargets, OrganizationalUnit, PolicyTarget, Root, TrustedService,
};
use crate::model::policy::{InlinePolicy, ManagedPolicy, PolicyDocument, PolicyVersion};
use crate::model::principal::{
    AccountAliases, AccountSummary, Group, InstanceProfile, OidcProvider, Role, SamlProvider,
    ServerCertificate, User,
};
use crate::model::resource::{
    AccountRegions, Attributes, OptIn, Resource, ResourcePolicy, ResourceSetting, ResourceTags,
    ResourceType,
};
use crate::model::{
    AccountId, Arn, Counters, Coverage, LastUsed, Region, Run, RunId, RunState, Scope, SetAside,
    Status, Tags, Timestamp, Tri,
};

macro_rules! records {
    ($($type:ident { $($field:ident: $content:ty),+ $(,)? })+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Self { $($field),+ } = self;
                let count = [$(stringify!($field)),+].len();
                let mut form = serializer.serialize_struct(stringify!($type), count)?;
                $(form.serialize_field(stringify!($field), $field)?;)+
                form.end()
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                struct Form { $($field: $content),+ }
                let Form { $($field),+ } = Form::deserialize(deserializer)?;
                Ok(Self { $($field),+ })
            }
        }
    )+};
}

records! {
    Organization { id: String, arn: Option<Arn>, management_account: AccountId, feature_set: String }
    Root { id: String, arn: Option<Arn>, name: String, policy_types: Vec<String> }
    OrganizationalUnit { id: String, arn: Option<Arn>, name: String, parent: String, path: Vec<String> }
    Account {
        id: AccountId, arn: Option<Arn>, name: String, email: Option<String>, state: AccountState,
        joined_method: Option<String>, joined: Option<Timestamp>,
    }
    AccountPlacement { account: AccountId, parent: String, path: Vec<String> }
    AccountTags { account: AccountId, tags: Tags }
    DelegatedAdministrator { account: AccountId, since: Option<Timestamp> }
    DelegatedServices { account: AccountId, services: Vec<(String, Option<Timestamp>)> }
    TrustedService { principal: String, since: Option<Timestamp> }
    OrganizationPolicy {
        id: String, arn: Option<Arn>, name: String, policy_type: String, description: String, aws_managed: bool,
    }
    OrganizationPolicyDocument { policy: String, document: PolicyDocument }
    PolicyTarget { id: String, kind: String }
    OrganizationPolicyTargets { policy: String, targets: Vec<PolicyTarget> }

    InlinePolicy { name: String, document: PolicyDocument }
    PolicyVersion { id: String, default: bool, created: Option<Timestamp>, document: Option<PolicyDocument> }
    ManagedPolicy {
        arn: Arn, unique_id: String, name: String, path: String, default_version: String,
        versions: Vec<PolicyVersion>, created: Option<Timestamp>, updated: Option<Timestamp>, tags: Option<Tags>,
    }
    User {
        arn: Arn, unique_id: String, name: String, path: String, created: Option<Timestamp>, groups: Vec<String>,
        attached_policies: Vec<Arn>, inline_policies: Vec<InlinePolicy>, boundary: Option<Arn>, tags: Tags,
    }
    Group {
        arn: Arn, unique_id: String, name: String, path: String, created: Option<Timestamp>,
        attached_policies: Vec<Arn>, inline_policies: Vec<InlinePolicy>,
    }
    Role {
        arn: Arn, unique_id: String, name: String, path: String, created: Option<Timestamp>,
        trust: Option<PolicyDocument>, attached_policies: Vec<Arn>, inline_policies: Vec<InlinePolicy>,
        boundary: Option<Arn>, last_used: LastUsed, tags: Tags, instance_profiles: Vec<String>,
    }
    SamlProvider { arn: Arn, created: Option<Timestamp>, valid_until: Option<Timestamp> }
    OidcProvider { arn: Arn }
    InstanceProfile {
        arn: Arn, unique_id: String, name: String, path: String, created: Option<Timestamp>, roles: Vec<Arn>,
    }
    ServerCertificate {
        arn: Arn, unique_id: String, name: String, path: String, uploaded: Option<Timestamp>,
        expires: Option<Timestamp>,
    }
    AccountSummary {
        account: AccountId, root_mfa: Option<bool>, root_access_keys: Option<bool>, entries: BTreeMap<String, i64>,
    }
    AccountAliases { account: AccountId, aliases: Vec<String> }

    Holder { arn: Arn, created: Option<Timestamp> }
    CredentialReport { account: AccountId, generated: Timestamp, rows: u64 }
    Mfa { holder: Holder, active: Tri }
    Password {
        holder: Holder, enabled: Tri, last_used: LastUsed, last_changed: Option<Timestamp>,
        next_rotation: Option<Timestamp>,
    }
    AccessKey { slot: u8, id: Option<String>, active: bool, created: Option<Timestamp> }
    AccessKeys { holder: Holder, keys: Vec<AccessKey> }
    AccessKeyUse { holder: Holder, uses: Vec<(u8, LastUsed)> }
    ListedCredential { id: String, service: Option<String>, status: String, created: Option<Timestamp> }
    ListedCredentials { holder: Holder, credentials: Vec<ListedCredential> }

    Instance {
        arn: Arn, identity_store: String, owner: Option<AccountId>, name: Option<String>, status: Option<String>,
        created: Option<Timestamp>, reach: InstanceReach,
    }
    PermissionSet {
        arn: Arn, instance: Arn, name: String, description: Option<String>, session_duration: Option<String>,
        relay_state: Option<String>, created: Option<Timestamp>,
    }
    PermissionSetManagedPolicies { permission_set: Arn, policies: Vec<Arn> }
    CustomerPolicyReference { path: String, name: String }
    PermissionSetCustomerPolicies { permission_set: Arn, policies: Vec<CustomerPolicyReference> }
    PermissionSetInlinePolicy { permission_set: Arn, document: Option<PolicyDocument> }
    PermissionSetBoundary { permission_set: Arn, boundary: Option<SetBoundary> }
    PermissionSetTags { permission_set: Arn, tags: Tags }
    PermissionSetProvisioning { permission_set: Arn, accounts: Vec<AccountId> }
    Assignment { account: AccountId, permission_set: Arn, assignee: Assignee }
    ExternalId { issuer: String, id: String }
    StoreUser {
        identity_store: String, id: String, user_name: Option<String>, display_name: Option<String>,
        email: Option<String>, status: Option<String>, external_ids: Vec<ExternalId>,
    }
    StoreGroup {
        identity_store: String, id: String, display_name: Option<String>, description: Option<String>,
        external_ids: Vec<ExternalId>,
    }
    Membership { identity_store: String, id: String, group: String, user: String }

    AccountRegions { account: AccountId, regions: BTreeMap<Region, OptIn> }
    Resource {
        arn: Arn, resource_type: ResourceType, name: String, created: Option<Timestamp>, state: Option<String>,
        parent: Option<Arn>, acts_as: Vec<Arn>, tags: Option<Tags>, attributes: Attributes,
    }
    ResourcePolicy { resource: Arn, document: Option<PolicyDocument> }
    ResourceSetting { resource: Arn, name: String, present: bool, attributes: Attributes }
    ResourceTags { resource: Arn, tags: Tags }

    SetAside { what: String, reason: String }
    Coverage {
        scope: Scope, run: RunId, status: Status, at: Timestamp, as_of: Option<Timestamp>, seen: u64,
        set_aside: Vec<SetAside>, note: Option<String>,
    }
    Run {
        id: RunId, trigger: String, options: String, state: RunState, started: Timestamp,
        finished: Option<Timestamp>, planned: u64, ended: u64, counters: Counters,
    }
}
