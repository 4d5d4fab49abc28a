//! The instances of Identity Center that a region shows, for the collectors that start from them.
//!
//! An organization has one instance, in one home region; other regions show nothing, or, where the
//! instance was extended to them, the instance without its permission sets. So "none here" is never
//! taken for "none".
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListInstances.html>

use aws_sdk_ssoadmin::types::{InstanceMetadata, RegionScope};

use super::stages::Look;
use super::{Call, Context, Interrupted};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::model::identity_center::{Instance, InstanceReach};
use crate::model::{AccountId, Capability, Entity, Unavailable};

/// An instance, and where it is at home.
#[derive(Debug)]
pub(super) struct Found {
    /// The instance.
    pub(super) instance: Instance,
    /// Its home region, where AWS says.
    pub(super) home: Option<String>,
}

impl Found {
    /// Whether permission sets and assignments can be read in `region`: not in the regions that an
    /// instance was extended to.
    ///
    /// <https://docs.aws.amazon.com/singlesignon/latest/userguide/api-support-in-additional-regions.html>
    pub(super) fn is_home(&self, region: &str) -> bool {
        self.home.as_deref().is_none_or(|home| home == region)
    }
}

/// What `ListInstances` showed.
#[derive(Debug)]
struct Instances {
    /// The instances, ordered by ARN.
    found: Vec<Found>,
    /// What could not be understood, and why.
    set_aside: Vec<(String, String)>,
    /// What ended the list early.
    failure: Option<CallError>,
}

impl Instances {
    /// Whether AWS answered that there is no instance here.
    fn is_none(&self) -> bool {
        self.found.is_empty() && self.set_aside.is_empty() && self.failure.is_none()
    }
}

impl<C> Look<'_, '_, C> {
    /// The stage of the instances in the context's region, from which every other stage starts. They are
    /// asked for after an interruption, too, and told once: each as the entity that `entity` makes of it.
    pub(super) async fn instances(
        &mut self,
        stage: Capability,
        call: &Call,
        entity: impl Fn(&Found) -> Option<Entity> + Send,
    ) -> Result<Vec<Found>, Interrupted>
    where
        C: Send,
    {
        let told = self.stages.is_done(stage);
        let instances = list(self.context, call).await;
        if !told {
            for (what, reason) in &instances.set_aside {
                self.stages.set_aside(self.sink, stage, what, reason);
            }
            for entity in instances.found.iter().filter_map(entity) {
                self.sink.see(stage, entity);
            }
        }
        if instances.is_none() {
            let why = none_here(self.context, call).await;
            self.stages.unavailable(self.sink, stage, &why);
        }
        if let Some(failure) = instances.failure {
            self.sink.failed(stage, failure)?;
        }
        if !told {
            self.stages.end(self.sink, stage).await?;
        }
        Ok(instances.found)
    }
}

/// Lists the instances in the context's region.
async fn list(context: &Context, call: &Call) -> Instances {
    let client = context.session.sso_admin(&context.region);
    let (answers, failure) = context
        .list(
            call,
            |token| client.list_instances().set_next_token(token).send(),
            |answer| (answer.instances.unwrap_or_default(), answer.next_token),
        )
        .await;
    let mut instances = Instances { found: Vec::new(), set_aside: Vec::new(), failure };
    for answer in answers {
        match read(&answer, context.options.management_account.as_ref()) {
            Ok(found) => instances.found.push(found),
            Err(reason) => {
                let what = answer.instance_arn.unwrap_or_else(|| "an instance".to_owned());
                instances.set_aside.push((what, reason));
            }
        }
    }
    instances.found.sort_by(|a, b| a.instance.arn.cmp(&b.instance.arn));
    instances.found.dedup_by(|a, b| a.instance.arn == b.instance.arn);
    instances
}

fn read(answer: &InstanceMetadata, management: Option<&AccountId>) -> Result<Found, String> {
    let arn = answer.instance_arn().unwrap_or_default().parse().map_err(|e| format!("{e}"))?;
    let store = answer.identity_store_id().unwrap_or_default();
    if store.is_empty() {
        return Err("it has no identity store id".to_owned());
    }
    let owner = answer.owner_account_id().and_then(|id| id.parse::<AccountId>().ok());
    let reach = match (&owner, management) {
        (Some(owner), Some(management)) if owner == management => InstanceReach::Organization,
        (Some(_), Some(_)) => InstanceReach::Account,
        _ => InstanceReach::Unknown,
    };
    let instance = Instance {
        arn,
        identity_store: store.to_owned(),
        owner,
        name: answer.name().filter(|name| !name.is_empty()).map(str::to_owned),
        status: answer.status().map(|status| status.as_str().to_owned()),
        created: time::optional(answer.created_date()),
        reach,
    };
    Ok(Found { instance, home: answer.primary_region().map(str::to_owned) })
}

/// Says that the region shows no instance, and where one is, if AWS tells when asked for all regions.
async fn none_here(context: &Context, call: &Call) -> Unavailable {
    let client = context.session.sso_admin(&context.region);
    // Only to name the region: without an answer there is still something true to say.
    let answer = context
        .call(call, || client.list_instances().region_scope(RegionScope::AllRegions).send())
        .await;
    let homes = answer.ok().and_then(|answer| answer.instances).unwrap_or_default();
    let homes: std::collections::BTreeSet<String> = homes
        .into_iter()
        .filter_map(|instance| instance.primary_region)
        .filter(|home| home != context.region.as_str())
        .collect();
    let homes: Vec<String> = homes.into_iter().collect();
    let here = &context.region;
    Unavailable::ServiceOff(if homes.is_empty() {
        format!(
            "no instance of Identity Center in {here}; it has one home region: \
             give --identity-center-region if it lives elsewhere"
        )
    } else {
        let homes = homes.join(" and ");
        format!(
            "no instance of Identity Center in {here}; AWS shows one in {homes}: \
             give --identity-center-region"
        )
    })
}
