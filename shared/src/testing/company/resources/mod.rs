//! What the accounts of "acme" have besides identities: tables of resources, service by service.
//!
//! What moto can hold is made in it by the seeder; Bedrock, access points and who may enter a cluster are told
//! by the plan alone (`docs/coverage.md`). Names are hostile where AWS lets them be.

pub(super) mod compute;
pub(super) mod data;
pub(super) mod keys;
pub(super) mod messages;
pub(super) mod models;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::resource::ResourceType;

/// Where most of it is.
pub(super) const HOME: &str = super::people::HOME_REGION;
/// Where global services live, and what was once made there.
pub(super) const US: &str = "us-east-1";
/// A region that must be opted into. One account has.
pub const FAR: &str = "ap-east-1";
/// The key of the account that opted into [`FAR`].
pub const FAR_ACCOUNT: &str = "network-hub";

/// The key of the account that keeps the logs of all.
pub const LOG_ACCOUNT: &str = "log-archive";
/// The bucket that the organization's trail writes to.
pub const LOG_BUCKET: &str = "acme-logs";

/// The regions of the organization.
pub const REGIONS: [&str; 3] = [HOME, US, FAR];

/// What stands in secrets, items, objects, messages, prompts and environments: never to be read.
pub const CANARY: &str = "canary-9f31c2-never-read";

/// Tags as the tables write them.
pub(super) type Tags = &'static [(&'static str, &'static str)];

/// An account and a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The key of the account.
    pub(super) account: &'static str,
    pub(super) region: &'static str,
}

/// In the home region.
const fn home(account: &'static str) -> Place {
    Place { account, region: HOME }
}

/// In the region of global services.
const fn us(account: &'static str) -> Place {
    Place { account, region: US }
}

/// How many resources there are at each place, by type.
pub(super) type Counts = BTreeMap<Place, BTreeMap<ResourceType, usize>>;

/// Every resource of the tables, counted.
pub(super) fn counts() -> Counts {
    let mut counts = Counts::new();
    let all = compute::all().chain(data::all()).chain(keys::all()).chain(messages::all());
    for (place, resource_type) in all.chain(models::all()) {
        *counts.entry(place).or_default().entry(resource_type).or_default() += 1;
    }
    counts
}
