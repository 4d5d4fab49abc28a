//! What checks look at: the estate, with the credentials of users beside it, and what of all that is not known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::access::estate::Estate;
use crate::model::credential::{AccessKeyUse, AccessKeys, Mfa, Password};
use crate::model::principal::AccountSummary;
use crate::model::resource::{Attribute, ResourceSetting, ResourceType};
use crate::model::{Coverage, Entity, Scope, Snapshot, Status, Stored, Timestamp};

/// A part of the inventory that a check stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Users, groups, roles and their policies.
    Identities,
    /// Passwords, second factors and access keys.
    Credentials,
    /// Resources and their policies.
    Resources,
}

/// A scope that was not seen, and that findings hang on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The account.
    pub account: String,
    /// The scope.
    pub scope: String,
    /// Why.
    pub why: String,
}

/// Something that was collected, and whether that is still what AWS says.
#[derive(Debug)]
pub struct Fact<'s, T> {
    /// What it says.
    pub value: &'s T,
    /// When AWS was asked.
    pub at: Timestamp,
    /// The last look at it failed: what is here is older.
    pub stale: bool,
}

impl<T> Clone for Fact<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Fact<'_, T> {}

/// What is known of the credentials of a user or root user. What is not there was not collected.
#[derive(Clone, Copy, Debug, Default)]
pub struct Credentials<'s> {
    /// The second factor.
    pub mfa: Option<Fact<'s, Mfa>>,
    /// The password.
    pub password: Option<Fact<'s, Password>>,
    /// The access keys.
    pub keys: Option<Fact<'s, AccessKeys>>,
    /// Their use.
    pub uses: Option<Fact<'s, AccessKeyUse>>,
}

/// The inventory, as findings see it.
#[derive(Debug, Default)]
pub struct Inventory<'s> {
    /// The moment that it is about.
    pub at: Timestamp,
    /// Principals, resources and policies.
    pub estate: Estate,
    /// Credentials, by the ARN of who has them.
    pub credentials: BTreeMap<&'s str, Credentials<'s>>,
    /// What IAM counts in an account, by its id.
    pub summaries: BTreeMap<String, Fact<'s, AccountSummary>>,
    /// The accounts of which anything is known.
    pub accounts: BTreeSet<String>,
    /// The scopes that were not seen, among those that findings hang on.
    pub gaps: Vec<Gap>,
    is_import: bool,
    missing: BTreeMap<(String, Need), String>,
    unsure: HashMap<&'s str, String>,
    owners: HashMap<&'s str, String>,
    buckets: BTreeSet<&'s str>,
    blocks: HashMap<&'s str, Option<bool>>,
    observed: HashMap<&'s str, Timestamp>,
}

/// The collectors without which no principal, policy or credential is known.
const COLLECTORS: [&str; 3] = ["iam-authorization", "iam-credentials", "iam-account"];

impl<'s> Inventory<'s> {
    /// The inventory that files give: principals, resources and policies, without credentials.
    pub fn of_import(estate: Estate, at: Timestamp) -> Self {
        let of_identities = estate.identities.iter().map(|it| it.account().to_owned());
        let resources = estate.resources.iter();
        let of_resources = resources.filter_map(|(arn, it)| owner(arn, it.account.as_deref()));
        let accounts = of_identities.chain(of_resources).collect();
        Self { at, estate, accounts, is_import: true, ..Self::default() }
    }

    /// The inventory that a store has. Its moment is that of the newest look.
    pub fn of_snapshot(snapshot: &'s Snapshot) -> Self {
        let newest = snapshot.entities().map(|stored| stored.observed).max();
        let at = snapshot.as_of().max(newest).unwrap_or_default();
        let estate = Estate::of_snapshot(snapshot);
        let mut inventory = Self { at, estate, ..Self::default() };
        for stored in snapshot.entities() {
            let why = snapshot.coverage_of(&stored.scope).and_then(unseen);
            if stored.scope != Scope::aws_managed() {
                inventory.accounts.insert(stored.scope.account.to_string());
            }
            inventory.take(stored, why);
        }
        for coverage in snapshot.coverage() {
            inventory.accounts.insert(coverage.scope.account.to_string());
            let is_wanted = COLLECTORS.contains(&coverage.scope.collector.as_str());
            if let Some(why) = unseen(coverage).filter(|_| is_wanted) {
                let account = coverage.scope.account.to_string();
                inventory.gaps.push(Gap { account, scope: coverage.scope.to_string(), why });
            }
        }
        inventory
    }

    fn take(&mut self, stored: &'s Stored, why: Option<String>) {
        let (at, stale) = (stored.observed, why.is_some());
        match &stored.entity {
            Entity::User(user) => self.saw(user.arn.as_str(), stored, why),
            Entity::Role(role) => self.saw(role.arn.as_str(), stored, why),
            Entity::Group(group) => self.saw(group.arn.as_str(), stored, why),
            Entity::Policy(policy) => self.saw(policy.arn.as_str(), stored, why),
            Entity::Mfa(value) => {
                let fact = Fact { value, at, stale };
                self.credentials.entry(value.holder.arn.as_str()).or_default().mfa = Some(fact);
            }
            Entity::Password(value) => {
                let fact = Fact { value, at, stale };
                self.credentials.entry(value.holder.arn.as_str()).or_default().password =
                    Some(fact);
            }
            Entity::AccessKeys(value) => {
                let fact = Fact { value, at, stale };
                self.credentials.entry(value.holder.arn.as_str()).or_default().keys = Some(fact);
            }
            Entity::AccessKeyUse(value) => {
                let fact = Fact { value, at, stale };
                self.credentials.entry(value.holder.arn.as_str()).or_default().uses = Some(fact);
            }
            Entity::AccountSummary(value) => {
                let fact = Fact { value, at, stale };
                self.summaries.insert(value.account.to_string(), fact);
            }
            _ => self.take_resource(stored, why),
        }
    }

    fn take_resource(&mut self, stored: &'s Stored, why: Option<String>) {
        match &stored.entity {
            Entity::Resource(resource) => {
                let arn = resource.arn.as_str();
                self.owners.insert(arn, stored.scope.account.to_string());
                if resource.resource_type == ResourceType::Bucket {
                    self.buckets.insert(arn);
                }
            }
            Entity::ResourcePolicy(policy) => {
                let arn = policy.resource.as_str();
                self.owners.insert(arn, stored.scope.account.to_string());
                self.observed.insert(arn, stored.observed);
                self.unsure.extend(why.map(|why| (arn, why)));
            }
            Entity::ResourceSetting(setting) if setting.name == "public-access-block" => {
                let shut = why.is_none().then(|| restricts(setting));
                self.blocks.insert(setting.resource.as_str(), shut);
            }
            _ => {}
        }
    }

    fn saw(&mut self, arn: &'s str, stored: &Stored, why: Option<String>) {
        self.observed.insert(arn, stored.observed);
        if let (Some(why), false) = (why, stored.scope == Scope::aws_managed()) {
            let account = stored.scope.account.to_string();
            self.missing.entry((account, Need::Identities)).or_insert(why);
        }
    }

    /// Why something that is needed of an account is not known.
    pub fn missing(&self, account: &str, needs: &[Need]) -> Option<&str> {
        let find = |need: &Need| self.missing.get(&(account.to_owned(), *need));
        if self.missing.is_empty() { None } else { needs.iter().find_map(find).map(String::as_str) }
    }

    /// Why something is not known of anybody: files do not have it.
    pub fn not_given(&self, need: Need) -> Option<&'static str> {
        let is_lacking = self.is_import && need == Need::Credentials;
        is_lacking.then_some("the files have no credentials: collect, or import into a store")
    }

    /// Why the policy of a resource is not known, though one was collected before.
    pub fn unsure(&self, resource: &str) -> Option<&str> {
        self.unsure.get(resource).map(String::as_str)
    }

    /// The account that a resource belongs to, where that is known.
    pub fn owner(&self, resource: &str) -> Option<String> {
        let told = self.estate.resources.get(resource).and_then(|it| it.account.as_deref());
        owner(resource, told).or_else(|| self.owners.get(resource).cloned())
    }

    /// Whether public policies give nothing on a resource: its own block or its account's says so. `None` where that was
    /// not collected.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    pub fn is_shut(&self, resource: &str) -> Option<bool> {
        let is_told = self.estate.resources.get(resource).is_some_and(|it| it.is_shut);
        if !resource.contains(":s3:::") {
            return Some(is_told);
        }
        let partition = resource.split(':').nth(1).unwrap_or("aws");
        let root = self.owner(resource).map(|id| format!("arn:{partition}:iam::{id}:root"));
        let of_account = root.and_then(|root| self.blocks.get(root.as_str()).copied().flatten());
        let own = self.blocks.get(resource).copied().flatten();
        match (own, of_account) {
            _ if self.is_import => Some(is_told),
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }
    }

    /// Whether files, which say nothing of blocked public access, are all that there is.
    pub fn is_import(&self) -> bool {
        self.is_import
    }

    /// When AWS was asked about somebody, or about the policy of something.
    pub fn observed(&self, arn: &str) -> Option<Timestamp> {
        self.observed.get(arn).copied()
    }

    /// Whether an account is one of ours: of the organization, or one that was collected.
    pub fn is_ours(&self, account: &str) -> bool {
        let organization = self.estate.organization.as_ref();
        organization.is_some_and(|it| it.accounts.contains_key(account))
            || self.accounts.contains(account)
    }
}

/// Why nothing new is known of what a scope listed before. What was listed in part is taken for known: it was seen, but
/// for single things that were set aside.
fn unseen(coverage: &Coverage) -> Option<String> {
    match &coverage.status {
        Status::Complete | Status::Partial { .. } => None,
        Status::Denied { action, .. } => Some(format!("{action} was denied")),
        Status::Throttled { action } => Some(format!("{action} was throttled")),
        Status::Unavailable(why) if why.is_nothing_to_see() => None,
        Status::Unavailable(why) => Some(why.to_string()),
        Status::Excluded(filter) => Some(format!("it is left out by {filter}")),
    }
}

fn restricts(setting: &ResourceSetting) -> bool {
    setting.attributes.get("restrict-public-buckets") == Some(&Attribute::Flag(true))
}

fn owner(arn: &str, told: Option<&str>) -> Option<String> {
    let of_arn = arn.split(':').nth(4).filter(|id| id.len() == 12);
    told.or(of_arn).map(str::to_owned)
}

#[cfg(test)]
mod tests;
