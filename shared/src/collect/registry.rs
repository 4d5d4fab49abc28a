//! The list of collectors, in the order in which they are planned and shown.

use super::Collect;
use super::iam_account::IamAccount;
use super::iam_authorization::IamAuthorization;
use super::iam_credentials::IamCredentials;
use super::identity_store::IdentityStoreCollector;
use super::organization::OrganizationCollector;
use super::permission_sets::PermissionSetsCollector;

/// Every collector.
pub const ALL: &[&dyn Collect] = &[
    &OrganizationCollector,
    &IamAuthorization,
    &IamCredentials,
    &IamAccount,
    &PermissionSetsCollector,
    &IdentityStoreCollector,
];

/// The collector of that name.
pub fn find(name: &str) -> Option<&'static dyn Collect> {
    ALL.iter().copied().find(|collector| collector.name() == name)
}
