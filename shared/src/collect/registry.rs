//! The list of collectors, in the order in which they are planned and shown.

use super::Collect;
use super::iam_account::IamAccount;
use super::iam_authorization::IamAuthorization;
use super::iam_credentials::IamCredentials;

/// Every collector.
pub const ALL: &[&dyn Collect] = &[&IamAuthorization, &IamCredentials, &IamAccount];

/// The collector of that name.
pub fn find(name: &str) -> Option<&'static dyn Collect> {
    ALL.iter().copied().find(|collector| collector.name() == name)
}
