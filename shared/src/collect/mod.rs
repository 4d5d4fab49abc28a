//! AWS APIs → pages of entities with their coverage.
//!
//! One file per collector; [`registry`] lists them. A collector asks one account in one region, tells the
//! [`Sink`] what it sees, page by page, and for each of its capabilities how completely it saw it. It
//! neither judges nor stores, and a refused call is data, not an error.
//!
//! To add a collector: one file with its calls, its capabilities and `collect`; one line in
//! `registry.rs`; the kinds in `model::entity` and their forms.

pub mod bedrock;
pub mod call;
pub mod context;
pub mod doctor;
pub mod dynamodb;
pub mod ec2;
pub mod ecr;
pub mod eks;
pub mod filter;
pub mod focus;
pub mod glue;
pub mod iam_account;
pub mod iam_authorization;
pub mod iam_credentials;
pub mod identity_store;
pub mod kms;
pub mod lambda;
pub mod needs;
pub mod organization;
pub mod permission_sets;
pub mod pipeline;
pub mod rds;
pub mod regions;
pub mod registry;
pub mod reread;
pub mod resource_tags;
pub mod s3;
pub mod s3_access_points;
pub mod s3_objects;
pub mod secrets_manager;
pub mod sink;
pub mod sns;
pub mod sqs;
pub mod trees;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod fake_json;
mod instances;
mod resources;
mod stages;
mod told;

use std::fmt;

use async_trait::async_trait;

pub use call::{Call, CapabilityInfo, Tier, When};
pub use context::{Context, Options, Stop};
pub use filter::{AccountFilter, IamFilter};
pub use focus::Focus;
pub use sink::{Interrupted, Resumption, Sink};
pub use trees::{TreeSource, Trees};

/// Where a collector looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Once, in the account that sees the organization.
    Organization,
    /// Once, in the account that sees the organization, in Identity Center's home region.
    IdentityCenter,
    /// In each active account, for a global service.
    EachAccount,
    /// In each active account, in each of its enabled regions.
    EachRegion,
}

/// Something that can be collected.
#[async_trait]
pub trait Collect: Send + Sync + fmt::Debug {
    /// The name: part of units and scopes, so it never changes.
    fn name(&self) -> &'static str;

    /// Where it looks.
    fn place(&self) -> Place;

    /// The calls that it may make.
    fn calls(&self) -> &'static [Call];

    /// What it can see, in the order in which it looks.
    fn capabilities(&self) -> &'static [CapabilityInfo];

    /// Looks. `cursor` is what the sink was last given with a page, when the work goes on after an
    /// interruption. Every capability must have a status in the sink at the end.
    async fn collect(
        &self,
        context: &Context,
        cursor: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Interrupted>;
}

/// The filter that leaves a collector out, if one does.
pub(crate) fn left_out(collector: &dyn Collect, options: &Options) -> Option<String> {
    let tier = collector.calls().iter().map(|call| call.tier).min()?;
    let words = [collector.name().to_owned(), format!("tier-{}", tier.number())];
    let skipped = words.into_iter().find(|word| options.skip.contains(word))?;
    Some(format!("--skip {skipped}"))
}

/// What a run with these options looks at.
fn looked_at(
    collector: &dyn Collect,
    options: &Options,
) -> impl Iterator<Item = &'static CapabilityInfo> + use<> {
    let asked = options.ask_for(collector.name());
    let looked_at = move |capability: &&CapabilityInfo| capability.when != When::Asked || asked;
    collector.capabilities().iter().filter(looked_at)
}
