//! What is there before anything is planned: asked once, all of it, and what could not be asked is said.
//!
//! INVARIANT: nothing here writes. A call that is denied is a [`Gap`] and takes nothing else with it, except the one
//! that says who we are.

use std::collections::{BTreeMap, BTreeSet};

use super::names;
use super::plan::read_deployed;
use super::wanted::Wanted;
use crate::model::{AccountId, Partition, Region};
use crate::port::setup::{
    BusFound, Cloud, CloudError, Instance, MemberAccount, Notification, OrganizationFound, Place,
    Stack, StackSet, Standing, TrailFound, TrustedAccess,
};

/// What could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What AWS said, with the action.
    pub problem: String,
    /// What is not known because of it.
    pub lost: &'static str,
}

/// A StackSet with its instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetFound {
    /// The StackSet.
    pub set: StackSet,
    /// Its instances, sorted.
    pub instances: Vec<Instance>,
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where the hub is.
    pub hub: Place,
    /// The organization and who asks.
    pub organization: OrganizationFound,
    /// Whether CloudFormation may deploy by itself; `None` if that could not be asked.
    pub trusted_access: Option<TrustedAccess>,
    /// The home region of Identity Center.
    pub identity_center: Option<Region>,
    /// The trails, sorted; `None` if they could not be asked for.
    pub trails: Option<Vec<TrailFound>>,
    /// The event buses of ours in the hub's place.
    pub buses: Vec<BusFound>,
    /// The notification configurations of the buckets of the trails that are in the hub's account.
    pub notifications: BTreeMap<String, Notification>,
    /// The stacks that have our names, by place and name.
    pub stacks: BTreeMap<(Place, String), Stack>,
    /// The StackSets that have our names.
    pub sets: BTreeMap<String, SetFound>,
    /// What the store keeps from before: what has to be undone one day.
    pub kept: BTreeMap<String, String>,
    /// What could not be asked.
    pub gaps: Vec<Gap>,
}

impl Facts {
    /// Asks for everything. `kept` is what the store keeps ([`crate::port::setup::SetupStore::kept`]).
    ///
    /// # Errors
    ///
    /// Where it could not be asked who we are, and where anything failed for another reason than a denial.
    pub async fn find(
        cloud: &dyn Cloud,
        hub_region: &Region,
        wanted: &Wanted,
        kept: BTreeMap<String, String>,
    ) -> Result<Self, CloudError> {
        let organization = cloud.organization().await?;
        let hub = Place { account: organization.caller.clone(), region: hub_region.clone() };
        let mut gaps = Vec::new();
        let in_one = organization.standing != Standing::Alone;
        let trusted_access = if in_one {
            known(cloud.trusted_access().await, "whether StackSets may deploy", &mut gaps)?
        } else {
            None
        };
        let center = cloud.identity_center_region().await;
        let identity_center =
            known(center, "where Identity Center is at home", &mut gaps)?.flatten();
        let trails = known(cloud.trails().await, "which trails there are", &mut gaps)?;
        let buses = cloud.buses(&hub, names::PREFIX).await;
        let buses = known(buses, "which event buses there are", &mut gaps)?;
        let mut facts = Self {
            hub,
            organization,
            trusted_access,
            identity_center,
            trails,
            buses: buses.unwrap_or_default(),
            notifications: BTreeMap::new(),
            stacks: BTreeMap::new(),
            sets: BTreeMap::new(),
            kept,
            gaps,
        };
        facts.find_notifications(cloud).await?;
        facts.find_stacks(cloud, wanted).await?;
        Ok(facts)
    }

    async fn find_notifications(&mut self, cloud: &dyn Cloud) -> Result<(), CloudError> {
        let buckets: BTreeSet<String> = self
            .trails
            .iter()
            .flatten()
            .filter(|trail| trail.bucket_owner.as_ref() == Some(&self.hub.account))
            .map(|trail| trail.bucket.clone())
            .collect();
        for bucket in buckets {
            let found = cloud.notification(&bucket).await;
            if let Some(found) = known(found, "whom a bucket tells of new logs", &mut self.gaps)? {
                self.notifications.insert(bucket, found);
            }
        }
        Ok(())
    }

    async fn find_stacks(&mut self, cloud: &dyn Cloud, wanted: &Wanted) -> Result<(), CloudError> {
        let at_the_hub = [names::EVENTS, names::TRAIL, names::MANAGEMENT];
        let mut places: BTreeSet<(Place, String)> =
            at_the_hub.map(|name| (self.hub.clone(), name.to_owned())).into();
        for region in self.regions(wanted) {
            let account = self.hub.account.clone();
            places.insert((Place { account, region }, names::FORWARD.to_owned()));
        }
        // What was begun before, wherever: it may not be wanted any more.
        places.extend(self.kept.keys().filter_map(|name| read_deployed(name)));
        for (place, name) in places {
            let found = cloud.stack(&place, &name).await;
            if let Some(Some(found)) = known(found, "whether a stack is there", &mut self.gaps)? {
                self.stacks.insert((place, name), found);
            }
        }
        if matches!(self.organization.standing, Standing::Alone | Standing::Member) {
            return Ok(());
        }
        for name in [names::MEMBER, names::FORWARD] {
            let found = cloud.stack_set(name).await;
            let found = known(found, "whether a StackSet is there", &mut self.gaps)?.flatten();
            let Some(set) = found else { continue };
            let instances = cloud.instances(name).await;
            let instances = known(instances, "where a StackSet is deployed", &mut self.gaps)?;
            let instances = instances.unwrap_or_default();
            self.sets.insert(name.to_owned(), SetFound { set, instances });
        }
        Ok(())
    }

    /// The regions whose events are heard: the one of global services, the home of Identity Center, the hub's own, where
    /// what watches is watched itself, and those that are wanted.
    pub fn regions(&self, wanted: &Wanted) -> BTreeSet<Region> {
        let mut regions = wanted.regions.clone();
        regions.insert(self.hub.region.clone());
        regions.extend(global_region(&self.organization.partition).parse::<Region>().ok());
        regions.extend(self.identity_center.clone());
        regions
    }

    /// The accounts that are to be reached, the one of the organization's owner left out: active ones, and those
    /// that are not.
    pub fn reached(&self, wanted: &Wanted) -> (Vec<&MemberAccount>, Vec<&MemberAccount>) {
        let is_wanted = |account: &&MemberAccount| {
            let is_below = wanted.units.is_empty()
                || account.parents.iter().any(|parent| wanted.units.contains(parent));
            is_below
                && (wanted.accounts.is_empty() || wanted.accounts.contains(&account.id))
                && !wanted.accounts_exclude.contains(&account.id)
                && Some(&account.id) != self.organization.management.as_ref()
        };
        self.organization.accounts.iter().filter(is_wanted).partition(|account| account.is_active())
    }

    /// The root of the organization, which is above every account.
    pub fn root(&self) -> Option<&str> {
        let mut parents = self.organization.accounts.iter().filter_map(|each| each.parents.first());
        parents.next().map(String::as_str)
    }

    /// The trail to use: of the organization, then in every region, then switched on.
    pub fn best_trail(&self) -> Option<&TrailFound> {
        let quality = |trail: &&TrailFound| {
            (trail.of_organization, trail.every_region, trail.management_events, trail.logging)
        };
        self.trails.iter().flatten().filter(|trail| trail.logging).max_by_key(quality)
    }

    /// The account that owns the organization, if the caller is another one.
    pub fn foreign_management(&self) -> Option<&AccountId> {
        let management = self.organization.management.as_ref()?;
        (*management != self.hub.account).then_some(management)
    }

    /// What a plan was made for, in words: if one of these has moved on, the plan is made anew.
    pub fn seen(&self) -> BTreeMap<String, String> {
        let organization = &self.organization;
        let standing = match organization.standing {
            Standing::Alone => "in no organization",
            Standing::Management => "the management account",
            Standing::Delegated => "a delegated administrator",
            Standing::Member => "a member account",
        };
        let trusted = match self.trusted_access {
            Some(TrustedAccess::Enabled) => "on",
            Some(TrustedAccess::Disabled) => "off",
            Some(TrustedAccess::DisabledPermanently) => "off for good",
            None => "not known",
        };
        let active = organization.accounts.iter().filter(|each| each.is_active()).count();
        let all = organization.accounts.len();
        let trail = self.best_trail().map_or("none".to_owned(), |trail| {
            let events = if trail.management_events { "" } else { ", without management events" };
            format!("{} in {}{events}", trail.arn, trail.bucket)
        });
        let none = || "none".to_owned();
        let center = self.identity_center.as_ref().map_or_else(none, Region::to_string);
        [
            ("account", format!("{}, {standing}", organization.caller)),
            ("accounts", format!("{all}, of which {} are not active", all - active)),
            ("identity-center", center),
            ("organization", organization.id.clone().unwrap_or_else(none)),
            ("partition", organization.partition.to_string()),
            ("trail", trail),
            ("trusted-access", trusted.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// The region in which global services tell their events.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>
pub fn global_region(partition: &Partition) -> &'static str {
    match partition.as_str() {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

/// The answer, or a gap where it was denied.
fn known<T>(
    answer: Result<T, CloudError>,
    lost: &'static str,
    gaps: &mut Vec<Gap>,
) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error @ CloudError::Denied { .. }) => {
            gaps.push(Gap { problem: error.to_string(), lost });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
