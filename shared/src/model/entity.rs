//! One enumeration of everything that can be collected, with its kinds and ids.
//!
//! An entity is what one capability of one collector can say about one thing. What another capability
//! says about the same thing is another entity with the same key (`account` and `account-tags`), so a
//! denied capability never touches what a granted one collected.

use std::fmt;
use std::str::FromStr;

use super::credential::{
    AccessKeyUse, AccessKeys, CredentialReport, ListedCredentials, Mfa, Password,
};
use super::id::IdError;
use super::identity_center::{
    Assignee, Assignment, Instance, Membership, PermissionSet, PermissionSetBoundary,
    PermissionSetCustomerPolicies, PermissionSetInlinePolicy, PermissionSetManagedPolicies,
    PermissionSetProvisioning, PermissionSetTags, StoreGroup, StoreUser,
};
use super::organization::{
    Account, AccountPlacement, AccountTags, DelegatedAdministrator, DelegatedServices,
    Organization, OrganizationPolicy, OrganizationPolicyDocument, OrganizationPolicyTargets,
    OrganizationalUnit, Root, TrustedService,
};
use super::policy::ManagedPolicy;
use super::principal::{
    AccountAliases, AccountSummary, Group, InstanceProfile, OidcProvider, Role, SamlProvider,
    ServerCertificate, User,
};
use super::resource::{AccountRegions, Resource, ResourcePolicy, ResourceSetting, ResourceTags};
use super::{Look, Scope, Timestamp};

macro_rules! entities {
    ($($(#[doc = $doc:literal])+ $variant:ident($content:ty) $word:literal, |$value:ident| $key:expr;)+) => {
        /// What kind of thing an entity is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Kind {
            /// Every kind, in reading order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The kind's word, as ids, documents and screens carry it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        /// One collected thing.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Entity {
            $($(#[doc = $doc])+ $variant($content),)+
        }

        impl Entity {
            /// The kind.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$variant(_) => Kind::$variant,)+ }
            }

            /// The key: unique among the entities of the kind, stable for ever.
            pub fn key(&self) -> String {
                match self { $(Self::$variant($value) => $key,)+ }
            }
        }
    };
}

entities! {
    /// The organization.
    Organization(Organization) "organization", |value| value.id.clone();
    /// A root of the tree.
    Root(Root) "root", |value| value.id.clone();
    /// An organizational unit.
    OrganizationalUnit(OrganizationalUnit) "organizational-unit", |value| value.id.clone();
    /// An account.
    Account(Account) "account", |value| value.id.to_string();
    /// Where an account hangs in the tree.
    AccountPlacement(AccountPlacement) "account-placement", |value| value.account.to_string();
    /// The tags of an account.
    AccountTags(AccountTags) "account-tags", |value| value.account.to_string();
    /// An account that may administer services for the organization.
    DelegatedAdministrator(DelegatedAdministrator) "delegated-administrator", |value| value.account.to_string();
    /// The services that a delegated administrator administers.
    DelegatedServices(DelegatedServices) "delegated-services", |value| value.account.to_string();
    /// A service with trusted access.
    TrustedService(TrustedService) "trusted-service", |value| value.principal.clone();
    /// A service or resource control policy.
    OrganizationPolicy(OrganizationPolicy) "organization-policy", |value| value.id.clone();
    /// The document of an organization policy.
    OrganizationPolicyDocument(OrganizationPolicyDocument) "organization-policy-document", |value| value.policy.clone();
    /// Where an organization policy is attached.
    OrganizationPolicyTargets(OrganizationPolicyTargets) "organization-policy-targets", |value| value.policy.clone();
    /// An IAM user.
    User(User) "user", |value| value.unique_id.clone();
    /// An IAM group.
    Group(Group) "group", |value| value.unique_id.clone();
    /// An IAM role.
    Role(Role) "role", |value| value.unique_id.clone();
    /// A managed policy.
    Policy(ManagedPolicy) "policy", |value| value.unique_id.clone();
    /// The credential report that was read.
    CredentialReport(CredentialReport) "credential-report", |value| value.account.to_string();
    /// Whether a user has MFA.
    Mfa(Mfa) "mfa", |value| value.holder.key();
    /// A user's console password.
    Password(Password) "password", |value| value.holder.key();
    /// A user's access keys.
    AccessKeys(AccessKeys) "access-keys", |value| value.holder.key();
    /// When a user's access keys were last used.
    AccessKeyUse(AccessKeyUse) "access-key-use", |value| value.holder.key();
    /// A user's SSH public keys.
    SshPublicKeys(ListedCredentials) "ssh-public-keys", |value| value.holder.key();
    /// A user's signing certificates.
    SigningCertificates(ListedCredentials) "signing-certificates", |value| value.holder.key();
    /// A user's service-specific credentials.
    ServiceCredentials(ListedCredentials) "service-credentials", |value| value.holder.key();
    /// An account's own summary of its IAM.
    AccountSummary(AccountSummary) "account-summary", |value| value.account.to_string();
    /// An account's aliases.
    AccountAliases(AccountAliases) "account-aliases", |value| value.account.to_string();
    /// A SAML provider.
    SamlProvider(SamlProvider) "saml-provider", |value| value.arn.to_string();
    /// An OpenID Connect provider.
    OidcProvider(OidcProvider) "oidc-provider", |value| value.arn.to_string();
    /// An instance profile.
    InstanceProfile(InstanceProfile) "instance-profile", |value| value.unique_id.clone();
    /// A server certificate's metadata.
    ServerCertificate(ServerCertificate) "server-certificate", |value| value.unique_id.clone();
    /// An instance of Identity Center.
    Instance(Instance) "identity-center-instance", |value| value.arn.to_string();
    /// A permission set.
    PermissionSet(PermissionSet) "permission-set", |value| value.arn.to_string();
    /// The AWS-managed policies in a permission set.
    PermissionSetManagedPolicies(PermissionSetManagedPolicies) "permission-set-managed-policies", |value| value.permission_set.to_string();
    /// The customer-managed policies that a permission set refers to.
    PermissionSetCustomerPolicies(PermissionSetCustomerPolicies) "permission-set-customer-policies", |value| value.permission_set.to_string();
    /// A permission set's inline policy.
    PermissionSetInlinePolicy(PermissionSetInlinePolicy) "permission-set-inline-policy", |value| value.permission_set.to_string();
    /// A permission set's boundary.
    PermissionSetBoundary(PermissionSetBoundary) "permission-set-boundary", |value| value.permission_set.to_string();
    /// A permission set's tags.
    PermissionSetTags(PermissionSetTags) "permission-set-tags", |value| value.permission_set.to_string();
    /// The accounts that a permission set is provisioned to.
    PermissionSetProvisioning(PermissionSetProvisioning) "permission-set-provisioning", |value| value.permission_set.to_string();
    /// A permission set given to someone in an account.
    Assignment(Assignment) "assignment", |value| {
        let (kind, id) = match &value.assignee {
            Assignee::User(id) => ("USER", id),
            Assignee::Group(id) => ("GROUP", id),
            Assignee::Other(kind, id) => (kind.as_str(), id),
        };
        format!("{}/{}/{kind}/{id}", value.permission_set, value.account)
    };
    /// A user of the identity store.
    StoreUser(StoreUser) "identity-center-user", |value| format!("{}/{}", value.identity_store, value.id);
    /// A group of the identity store.
    StoreGroup(StoreGroup) "identity-center-group", |value| format!("{}/{}", value.identity_store, value.id);
    /// A user being a member of a group of the identity store.
    Membership(Membership) "identity-center-membership", |value| format!("{}/{}", value.identity_store, value.id);
    /// The regions of an account, and whether it may use them.
    AccountRegions(AccountRegions) "account-regions", |value| value.account.to_string();
    /// A resource of any type.
    Resource(Resource) "resource", |value| value.arn.to_string();
    /// The policy of a resource.
    ResourcePolicy(ResourcePolicy) "resource-policy", |value| value.resource.to_string();
    /// One setting of a resource.
    ResourceSetting(ResourceSetting) "resource-setting", |value| format!("{}#{}", value.resource, value.name);
    /// The tags of a resource.
    ResourceTags(ResourceTags) "resource-tags", |value| value.resource.to_string();
}

impl Kind {
    /// Whether the kind is someone or something that can act.
    pub fn is_principal(self) -> bool {
        matches!(
            self,
            Self::User
                | Self::Group
                | Self::Role
                | Self::PermissionSet
                | Self::StoreUser
                | Self::StoreGroup
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Kind {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.iter().copied().find(|kind| kind.word() == text).ok_or_else(|| IdError {
            text: text.to_owned(),
            what: "a kind",
            expected: "a kind that `accesstrail list --help` names, for example role",
        })
    }
}

impl Entity {
    /// The id.
    pub fn id(&self) -> EntityId {
        EntityId { kind: self.kind(), key: self.key() }
    }
}

/// The id of an entity: `kind:key`, for example `user:AIDAEXAMPLE`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId {
    /// The kind.
    pub kind: Kind,
    /// The key, unique within the kind.
    pub key: String,
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.key)
    }
}

impl FromStr for EntityId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once(':') {
            Some((kind, key)) if !key.is_empty() => {
                Ok(Self { kind: kind.parse()?, key: key.to_owned() })
            }
            _ => Err(IdError {
                text: text.to_owned(),
                what: "an entity id",
                expected: "kind:key, for example user:AIDAEXAMPLE",
            }),
        }
    }
}

/// An entity as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The scope that it belongs to.
    pub scope: Scope,
    /// What was last seen of it.
    pub entity: Entity,
    /// The hash of the content.
    pub hash: String,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen: by itself, or by the last settled look at its whole scope.
    pub last_seen: Timestamp,
    /// When the content last became different.
    pub changed: Timestamp,
    /// From when on AWS was last asked for what is stored, of it alone or by the last settled look at its
    /// whole scope; an older answer never replaces a newer one.
    pub observed: Timestamp,
    /// When a complete listing did not contain it any more.
    pub deleted: Option<Timestamp>,
}

impl Stored {
    /// The entity as the last look at its whole scope leaves it. A deleted one stays as it was found.
    #[must_use]
    pub fn looked_at(mut self, look: Option<Look>) -> Self {
        if let (Some(look), None) = (look, self.deleted) {
            self.last_seen = self.last_seen.max(look.seen);
            self.observed = self.observed.max(look.from);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_one_word_each() {
        let words: std::collections::BTreeSet<&str> =
            Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse::<Kind>().unwrap(), *kind);
        }
    }

    #[test]
    fn entity_ids_round_trip() {
        for text in [
            "user:AIDAEXAMPLE",
            "mfa:arn:aws:iam::111122223333:user/ana#1700000000",
            "account:111122223333",
        ] {
            assert_eq!(text.parse::<EntityId>().unwrap().to_string(), text);
        }
        for bad in ["", "user", "user:", "person:x"] {
            assert!(bad.parse::<EntityId>().is_err(), "{bad}");
        }
    }
}
