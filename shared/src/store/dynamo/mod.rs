//! The store in one DynamoDB table: what a deployment uses.
//!
//! An entity and its change are written in one transaction; a unit's end, its coverage and the run's
//! counts in another. Everything else is single writes that may be repeated. Reads that decide are
//! consistent. What is unchanged costs one read and sixteen bytes of a mark.
//!
//! ```text
//!  save_page ──► pages ──► decide ──► entity + change        settle_scope ──► settle ──► tombstones
//!                  └────► marks ─────────────────────────────────────────────────┘
//! ```

mod calls;
mod coverage;
mod decide;
mod delivery;
mod entity;
mod error;
mod event;
mod expression;
mod finding;
mod item;
mod look;
mod marks;
mod meter;
mod pages;
mod reading;
mod runs;
mod settle;
mod setup;
mod table;
mod transaction;
mod units;
mod usage;
mod whole;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;

pub use self::table::{IndexDefinition, TABLE, TableDefinition};

use self::calls::Table;
use self::meter::Meter;
use self::runs::Facts;
use self::usage::Period;
use super::key::Key;
use crate::model::{
    Change, Counters, Coverage, EntityId, Run, RunId, Scope, Stored, Timestamp, Unit,
};
use crate::port::{
    Answer, Claim, Delivery, Lease, Opened, Page, PortError, Progress, Query, Saved, Store,
};

/// A [`Store`] in one DynamoDB table.
#[derive(Debug)]
pub struct DynamoStore {
    table: Table,
    /// What never changes about the runs that were worked on here.
    facts: Mutex<HashMap<RunId, Facts>>,
    /// The entries of the list of scopes that are known to be written.
    kinds: Mutex<HashSet<Key>>,
    /// The periods of accounts that are known to be in the list of accounts.
    periods: Mutex<HashSet<Period>>,
}

impl DynamoStore {
    /// The store in the table called `name`; nothing is asked of AWS yet.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            table: Table { client, name: name.into(), meter: Meter::default() },
            facts: Mutex::default(),
            kinds: Mutex::default(),
            periods: Mutex::default(),
        }
    }

    /// Creates the table called `name` as [`TABLE`] describes it, unless there is one: for emulators.
    /// On AWS, template.yaml declares it.
    ///
    /// # Errors
    ///
    /// As every call: [`PortError::Busy`], [`PortError::Denied`] or [`PortError::Failed`].
    pub async fn create_table(client: &Client, name: &str) -> Result<(), PortError> {
        table::create(client, name).await
    }

    fn facts(&self) -> MutexGuard<'_, HashMap<RunId, Facts>> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kinds(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn periods(&self) -> MutexGuard<'_, HashSet<Period>> {
        self.periods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn open_run(&self, run: &Run, units: &[Unit]) -> Result<Opened, PortError> {
        runs::open(self, run, units).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<Run>, PortError> {
        runs::get(self, id).await
    }

    async fn runs(&self, limit: usize) -> Result<Vec<Run>, PortError> {
        runs::newest(self, limit).await
    }

    async fn pending_units(&self, run: &RunId) -> Result<Vec<Unit>, PortError> {
        units::pending(self, run).await
    }

    async fn claim_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        lease: &Lease,
    ) -> Result<Claim, PortError> {
        units::claim(self, run, unit, lease).await
    }

    async fn release_unit(&self, run: &RunId, unit: &Unit, owner: &str) -> Result<(), PortError> {
        units::release(self, run, unit, owner).await
    }

    async fn save_page(&self, page: &Page) -> Result<Saved, PortError> {
        pages::save(self, page).await
    }

    async fn end_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        coverage: &[Coverage],
        counters: &Counters,
    ) -> Result<Progress, PortError> {
        units::end(self, run, unit, coverage, counters).await
    }

    async fn claim_closing(&self, run: &RunId, lease: &Lease) -> Result<Claim, PortError> {
        runs::claim_closing(self, run, lease).await
    }

    async fn settle_scope(&self, run: &RunId, coverage: &Coverage) -> Result<u64, PortError> {
        settle::scope(self, run, coverage).await
    }

    async fn close_run(
        &self,
        run: &RunId,
        at: Timestamp,
        counters: &Counters,
    ) -> Result<(), PortError> {
        runs::close(self, run, at, counters).await
    }

    async fn put_latest_coverage(&self, coverage: &[Coverage]) -> Result<(), PortError> {
        coverage::put_latest(self, coverage).await
    }

    async fn latest_coverage(&self) -> Result<Vec<Coverage>, PortError> {
        coverage::latest(self).await
    }

    async fn run_coverage(&self, run: &RunId) -> Result<Vec<Coverage>, PortError> {
        coverage::of_run(self, run).await
    }

    async fn entities(
        &self,
        query: &Query,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Stored>, PortError> {
        reading::entities(self, query, after, limit).await
    }

    async fn entity(&self, scope: &Scope, id: &EntityId) -> Result<Option<Stored>, PortError> {
        reading::entity(self, scope, id).await
    }

    async fn history(&self, scope: &Scope, id: &EntityId) -> Result<Vec<Change>, PortError> {
        reading::history(self, scope, id).await
    }

    async fn changes(
        &self,
        run: &RunId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Change>, PortError> {
        reading::changes(self, run, after, limit).await
    }

    async fn delivery(&self, sink: &str, run: &RunId) -> Result<Option<Delivery>, PortError> {
        delivery::get(self, sink, run).await
    }

    async fn save_delivery(&self, delivery: &Delivery) -> Result<(), PortError> {
        delivery::save(self, delivery).await
    }

    fn cost(&self) -> Counters {
        self.table.meter.counters()
    }
}
