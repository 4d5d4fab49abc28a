//! The regions of an account: which exist for it, and which of them it may use.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ec2::types;

use super::stages::{call, capability};
use super::{Call, CapabilityInfo, Collect, Context, Interrupted, Place, Sink, Tier};
use crate::aws::error::CallError;
use crate::model::resource::{AccountRegions, OptIn};
use crate::model::{Entity, Kind};

const REGIONS: Call = call(
    "ec2:DescribeRegions",
    "account-regions",
    Tier::Three,
    "lists the regions that the account may use, so that regional services are looked into there and nowhere else",
    "regions that were opted into: resources there are not seen",
);

/// Collects the regions of an account.
#[derive(Clone, Copy, Debug)]
pub struct Regions;

#[async_trait]
impl Collect for Regions {
    fn name(&self) -> &'static str {
        "regions"
    }

    fn place(&self) -> Place {
        Place::EachAccount
    }

    fn calls(&self) -> &'static [Call] {
        &[REGIONS]
    }

    fn capabilities(&self) -> &'static [CapabilityInfo] {
        const CAPABILITIES: &[CapabilityInfo] =
            &[capability(REGIONS.capability, &[Kind::AccountRegions], None)];
        CAPABILITIES
    }

    async fn collect(
        &self,
        context: &Context,
        _cursor: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Interrupted> {
        match of_account(context).await {
            Ok((regions, set_aside)) => {
                for (what, reason) in set_aside {
                    sink.set_aside(REGIONS.capability, what, reason);
                }
                sink.see(REGIONS.capability, Entity::AccountRegions(regions));
                sink.complete(REGIONS.capability);
            }
            Err(failure) => sink.failed(REGIONS.capability, failure)?,
        }
        Ok(())
    }
}

/// Asks for the regions of the context's account; beside them, what could not be understood and why.
pub(super) async fn of_account(
    context: &Context,
) -> Result<(AccountRegions, Vec<(String, String)>), CallError> {
    let client = context.session.ec2(&context.region);
    let answer =
        context.call(&REGIONS, || client.describe_regions().all_regions(true).send()).await?;
    let mut found = AccountRegions { account: context.account().clone(), regions: BTreeMap::new() };
    let mut set_aside = Vec::new();
    for region in answer.regions.unwrap_or_default() {
        match read(&region) {
            Ok((name, state)) => {
                found.regions.insert(name, state);
            }
            Err(reason) => {
                set_aside
                    .push((region.region_name.unwrap_or_else(|| "a region".to_owned()), reason));
            }
        }
    }
    Ok((found, set_aside))
}

/// A region without a state is one of an endpoint that knows no opting in: it is in use.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Region.html>
fn read(region: &types::Region) -> Result<(crate::model::Region, OptIn), String> {
    let name = region.region_name().unwrap_or_default();
    let name = name.parse().map_err(|error| format!("{error}"))?;
    let state = match region.opt_in_status().unwrap_or("opt-in-not-required") {
        "opt-in-not-required" => OptIn::NotRequired,
        "opted-in" => OptIn::OptedIn,
        "not-opted-in" => OptIn::NotOptedIn,
        other => return Err(format!("`{other}` is no state of a region")),
    };
    Ok((name, state))
}

#[cfg(test)]
mod tests;
