//! Makes the resources of the tables, one call after the other: moto draws ids for most of them.

use std::collections::BTreeMap;

use aws_config::{Region, SdkConfig};

use super::{compute, data, keys, messages};
use crate::testing::company::{CompanyError, document::AccountIds, resources::Place};

/// Where resources are made, and what they refer to.
#[derive(Debug)]
pub(super) struct Estate<'a> {
    /// How to reach an account, by key.
    pub(super) configs: &'a BTreeMap<&'static str, SdkConfig>,
    pub(super) accounts: &'a AccountIds,
    /// ARNs of KMS keys, by the name that the tables give them.
    pub(super) keys: BTreeMap<&'static str, String>,
}

impl Estate<'_> {
    /// How to reach a place.
    pub(super) fn config(&self, place: Place) -> Result<SdkConfig, CompanyError> {
        let config = self.configs.get(place.account);
        let config = config.ok_or_else(|| CompanyError::unknown("account", place.account))?;
        Ok(config.to_builder().region(Region::from_static(place.region)).build())
    }

    /// The id of a place's account.
    pub(super) fn id(&self, place: Place) -> &str {
        self.accounts.get(place.account).map_or("", String::as_str)
    }

    /// The ARN of a role of a place's account, by path and name.
    pub(super) fn role(&self, place: Place, role: &str) -> String {
        format!("arn:aws:iam::{}:role{role}", self.id(place))
    }

    /// The ARN of a KMS key.
    pub(super) fn key(&self, key: Option<&'static str>) -> Option<String> {
        self.keys.get(key?).cloned()
    }
}

/// Makes them all.
pub(super) async fn provision(
    configs: &BTreeMap<&'static str, SdkConfig>,
    accounts: &AccountIds,
) -> Result<(), CompanyError> {
    let mut estate = Estate { configs, accounts, keys: BTreeMap::new() };
    estate.keys = Box::pin(keys::cut(&estate)).await?;
    Box::pin(data::buckets(&estate)).await?;
    Box::pin(data::tables(&estate)).await?;
    Box::pin(data::catalogs(&estate)).await?;
    Box::pin(compute::instances(&estate)).await?;
    Box::pin(compute::databases(&estate)).await?;
    Box::pin(compute::clusters(&estate)).await?;
    Box::pin(compute::functions(&estate)).await?;
    Box::pin(compute::repositories(&estate)).await?;
    // After the functions that rotate them.
    Box::pin(keys::secrets(&estate)).await?;
    Box::pin(messages::queues(&estate)).await?;
    Box::pin(messages::topics(&estate)).await
}
