//! The form of an entity: the form of its content, whose kind is told beside it.

use serde::{Serialize, Serializer};

use crate::model::{Entity, Kind};

/// Why a form could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// A value could not be written.
    #[error("the value could not be written as JSON")]
    Write(#[source] serde_json::Error),
    /// The text is not the form of that kind.
    #[error("the stored content is not that of a {kind}")]
    Read {
        /// The kind that was expected.
        kind: Kind,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The text is not the form of a finding.
    #[error("the stored content is not that of a finding")]
    ReadFinding(#[source] serde_json::Error),
    /// A newer program wrote it.
    #[error(
        "the content is in form version {found}, this program knows up to {known}: update accesstrail"
    )]
    Version {
        /// The version that was found.
        found: u32,
        /// The newest version that is known.
        known: u32,
    },
}

macro_rules! contents {
    ($($variant:ident),+ $(,)?) => {
        impl Serialize for Entity {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(content) => content.serialize(serializer),)+ }
            }
        }

        pub(super) fn read(kind: Kind, text: &str) -> Result<Entity, FormError> {
            let entity = match kind { $(Kind::$variant => serde_json::from_str(text).map(Entity::$variant),)+ };
            entity.map_err(|source| FormError::Read { kind, source })
        }
    };
}

contents! {
    Organization, Root, OrganizationalUnit, Account, AccountPlacement, AccountTags, DelegatedAdministrator,
    DelegatedServices, TrustedService, OrganizationPolicy, OrganizationPolicyDocument, OrganizationPolicyTargets,
    User, Group, Role, Policy, CredentialReport, Mfa, Password, AccessKeys, AccessKeyUse, SshPublicKeys,
    SigningCertificates, ServiceCredentials, AccountSummary, AccountAliases, SamlProvider, OidcProvider,
    InstanceProfile, ServerCertificate, Instance, PermissionSet, PermissionSetManagedPolicies,
    PermissionSetCustomerPolicies, PermissionSetInlinePolicy, PermissionSetBoundary, PermissionSetTags,
    PermissionSetProvisioning, Assignment, StoreUser, StoreGroup, Membership, AccountRegions,
    Resource, ResourcePolicy, ResourceSetting, ResourceTags,
}
