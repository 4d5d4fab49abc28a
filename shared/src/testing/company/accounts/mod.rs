//! The IAM of each account of "acme".

mod core;
mod sandbox;
mod workloads;

use super::iam::AccountIam;

/// Every account's IAM, in the order in which it is founded. An account that is not here has none of its own.
pub(super) const ALL: &[AccountIam] = &[
    core::MANAGEMENT,
    core::SECURITY_TOOLING,
    core::LOG_ARCHIVE,
    core::NETWORK_HUB,
    core::CI_PLATFORM,
    workloads::PAYMENTS_PROD,
    workloads::PAYMENTS_DEV,
    workloads::WEB_PROD,
    workloads::WEB_DEV,
    workloads::DATA_LAKE,
    sandbox::SANDBOX,
    sandbox::LEGACY,
];
