//! The representative organization "acme", which the demo, the screenshots and the tests share.
//!
//! ```text
//!  tables (organization, people, access, accounts) ──► seed ──► moto ──► proxy with plan() ──► collectors
//!          └──► summary: what a run must find               └──► ids ──────────┘
//! ```
//!
//! The tables are the truth. The seeder makes in the emulator what the emulator can hold; [`Company::plan`]
//! has the proxy say the rest, and refuse what is refused. Which is which stands in `docs/coverage.md`.
//!
//! All ids are the same in every run: moto draws its own from a seed, in a fixed order of calls, and those of
//! IAM follow from the ARNs. Only a moto that was reset, and not started, has another instance of Identity
//! Center. Dates are told relative to a day, by default that of the founding.

mod access;
mod accounts;
mod aws_managed;
mod derived;
mod document;
mod error;
mod iam;
mod organization;
mod people;
mod plan;
pub mod play;
mod resources;
mod seed;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::document::AccountIds;
pub use self::{
    error::CompanyError,
    organization::{DENIED, PARTIAL, SUSPENDED},
    plan::{Correction, How},
    resources::{CANARY, FAR, FAR_ACCOUNT, LOG_ACCOUNT, LOG_BUCKET, REGIONS},
    summary::Summary,
};
use super::{http, proxy::Plan};
use crate::model::Timestamp;

/// The organization as it was founded in an emulator.
#[derive(Debug, Clone)]
pub struct Company {
    /// When it was founded, by the emulator's clock.
    founded: Timestamp,
    /// The organization (`o-…`).
    organization: String,
    /// The management account.
    management: String,
    /// The accounts, with the management account, by key.
    accounts: AccountIds,
    identity_center: IdentityCenter,
    /// Which user and slot an access key belongs to, by its id.
    access_keys: BTreeMap<String, KeyOf>,
}

/// The ids of Identity Center.
#[derive(Debug, Clone, Default)]
struct IdentityCenter {
    instance: String,
    store: String,
    sets: BTreeMap<&'static str, String>,
    users: BTreeMap<&'static str, String>,
    groups: BTreeMap<&'static str, String>,
}

/// Whose access key it is: the key of the account, the user, the slot from 0.
#[derive(Debug, Clone, Copy)]
struct KeyOf {
    account: &'static str,
    user: &'static iam::User,
    slot: usize,
}

impl Company {
    /// Founds the organization in a fresh moto at `endpoint`. `progress` gets one line per step.
    pub async fn found(
        endpoint: &str,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, CompanyError> {
        seed::found(endpoint, &http::client(), progress).await
    }

    /// What the proxy in front of the emulator has to correct and refuse, told as of the day of the founding.
    pub fn plan(&self) -> Plan {
        self.plan_as_of(self.founded)
    }

    /// The same as of another day, for a fixed clock.
    pub fn plan_as_of(&self, day: Timestamp) -> Plan {
        plan::rules(plan::corrections(self, day))
    }

    /// What the plan corrects and refuses, per action, in the words of `docs/coverage.md`.
    pub fn corrections(&self) -> Vec<Correction> {
        plan::corrections(self, self.founded)
    }

    /// What an inventory of the organization must find.
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }

    /// The organization's id (`o-…`).
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// The id of the management account.
    pub fn management(&self) -> &str {
        &self.management
    }

    /// The id of an account by its key, which is its name but for the hostile ones and `management`.
    pub fn account(&self, key: &str) -> Option<&str> {
        self.accounts.get(key).map(String::as_str)
    }

    /// The accounts by their keys, the management account among them.
    pub fn accounts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.accounts.iter().map(|(key, id)| (*key, id.as_str()))
    }

    /// The ARN of the Identity Center instance.
    pub fn instance(&self) -> &str {
        &self.identity_center.instance
    }

    /// The id of the identity store (`d-…`).
    pub fn identity_store(&self) -> &str {
        &self.identity_center.store
    }

    /// The ARN of a permission set.
    pub fn permission_set(&self, name: &str) -> Option<&str> {
        self.identity_center.sets.get(name).map(String::as_str)
    }

    /// The id of a user of the identity store, by user name.
    pub fn store_user(&self, name: &str) -> Option<&str> {
        self.identity_center.users.get(name).map(String::as_str)
    }

    /// The id of a group of the identity store, by name.
    pub fn store_group(&self, name: &str) -> Option<&str> {
        self.identity_center.groups.get(name).map(String::as_str)
    }

    /// The region where Identity Center lives.
    pub fn home_region(&self) -> &'static str {
        people::HOME_REGION
    }

    /// When it was founded, by the emulator's clock.
    pub fn founded(&self) -> Timestamp {
        self.founded
    }
}
