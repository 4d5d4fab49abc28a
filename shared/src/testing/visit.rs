//! How the demo and the tests enter the emulated organization: as its management account's caller.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::aws::limit::{Limit, Limits};
use crate::aws::role::RoleSpec;
use crate::aws::session::{SessionError, SessionOptions, Sessions};
use crate::aws::{Place, configuration};
use crate::model::Region;
use crate::port::Clock;
use crate::testing::company::REGIONS;

/// The role that is assumed in each account. Emulators let anyone assume any role.
pub const ROLE: &str = "accesstrail-read";

/// The external id that goes with it.
pub const EXTERNAL_ID: &str = "7f3c9a1e5b2d4860";

/// Credentials that any emulator takes: no secret, they open nothing.
pub fn credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "emulator"))
}

/// The emulator's configuration.
pub fn place(endpoint: &str, region: &str) -> Place {
    Place {
        region: Some(region.to_owned()),
        endpoint: Some(endpoint.to_owned()),
        profile: None,
        credentials: Some(credentials()),
    }
}

/// Where the demo looks for resources: where they are, and where only one account may have any.
pub fn regions() -> BTreeSet<Region> {
    REGIONS.iter().filter_map(|name| name.parse().ok()).collect()
}

/// Sessions in the organization behind `endpoint`, without the limits that protect a real one.
pub async fn sessions(
    endpoint: &str,
    region: &str,
    clock: Arc<dyn Clock>,
) -> Result<Sessions, SessionError> {
    let fast = Limit { per_second: 1_000, at_once: 8 };
    let limits =
        Limits { iam: fast, organizations: fast, identity_center: fast, s3: fast, other: fast };
    let role = RoleSpec {
        name: ROLE.to_owned(),
        external_id: Some(EXTERNAL_ID.to_owned()),
        session_name: "accesstrail-demo".to_owned(),
    };
    let options = SessionOptions { role: Some(role), limits };
    Sessions::connect(configuration(&place(endpoint, region)).await, options, clock).await
}
