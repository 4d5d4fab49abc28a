//! What is kept of use: cells, which days have logs, and the log objects that were set aside.

use async_trait::async_trait;

use super::{Answer, PortError};
use crate::model::{Counters, RunId, Timestamp};
use crate::usage::coverage::LogDay;
use crate::usage::hour::Hour;
use crate::usage::object::ObjectSet;

/// What saving something did that is replaced only by what was made of the same objects and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedCell {
    /// It is stored now.
    Written,
    /// It was stored before, exactly so: nothing was written.
    Unchanged,
    /// What is stored was made of an object that this was not made of: nothing was written. Read what is stored,
    /// unite the objects, make it anew and save that.
    Conflict,
}

/// Which cells, or days of logs, a reader wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageQuery {
    /// Only of this account.
    pub account: Option<String>,
    /// From this hour on (whole hours since 1970).
    pub from: i64,
    /// Up to this hour, which is not wanted any more.
    pub to: i64,
}

impl Default for UsageQuery {
    /// Everything.
    fn default() -> Self {
        Self { account: None, from: i64::MIN, to: i64::MAX }
    }
}

/// A log object that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsideObject {
    /// Its key, with whatever else is needed to find it again (a bucket).
    pub object: String,
    /// Why it could not be used.
    pub reason: String,
    /// When that was found.
    pub at: Timestamp,
}

/// A backfill: what it set out to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRun {
    /// Its id: of two, the later one's is greater.
    pub id: RunId,
    /// Where the logs are, as people find the place.
    pub logs: String,
    /// How many units it planned: days of accounts.
    pub units: u64,
}

/// How far a backfill is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRunState {
    /// What it set out to read.
    pub run: LogRun,
    /// How many of its units ended.
    pub ended: u64,
    /// What they came to, in sum, each as it was done last.
    pub counters: Counters,
}

impl LogRunState {
    /// Adds a unit that ended, for a store that keeps units.
    pub fn add(&mut self, counters: &Counters) {
        self.ended += 1;
        for (name, count) in counters {
            let sum = self.counters.entry(name.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
    }
}

/// Where usage is kept. Every write may be repeated, and of two that write at once both may be repeated: what is
/// stored is a function of the objects that it was made of (see [`crate::usage`]).
#[async_trait]
pub trait UsageStore: Send + Sync + std::fmt::Debug {
    /// What each stored cell of an account was made of, from one hour up to another which is not wanted any more,
    /// in the order of the hours. An hour that is not there was not stored yet.
    async fn objects(
        &self,
        account: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, ObjectSet)>, PortError>;

    /// Stores a cell in place of the one of its account and hour, if that was made of none but its objects.
    async fn save_hour(&self, hour: &Hour) -> Result<SavedCell, PortError>;

    /// Cells in the order of accounts (byte order) and hours, a page at a time. `limit` bounds the page; a page may
    /// be shorter, even empty, and still have a next one.
    async fn hours(
        &self,
        query: &UsageQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Hour>, PortError>;

    /// The accounts that have a cell, in byte order.
    async fn usage_accounts(&self) -> Result<Vec<String>, PortError>;

    /// Stores the logs of a day in place of those of its account, region and day, if those were none but its
    /// objects.
    async fn save_log_day(&self, log: &LogDay) -> Result<SavedCell, PortError>;

    /// The logs of days that have an hour in the query's stretch, in the order of accounts (byte order), days and
    /// regions (byte order), a page at a time, as [`Self::hours`].
    async fn log_days(
        &self,
        query: &UsageQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<LogDay>, PortError>;

    /// Remembers that an object could not be used. Of two findings about one object, the later one stands.
    async fn set_aside(&self, aside: &AsideObject) -> Result<(), PortError>;

    /// Forgets that an object could not be used, because now it could. Says whether it was set aside.
    async fn clear_set_aside(&self, object: &str) -> Result<bool, PortError>;

    /// As [`Self::clear_set_aside`] for each of them, for many of which as a rule none is set aside. Says how many were.
    async fn clear_all_set_aside(&self, objects: &[&str]) -> Result<u64, PortError> {
        let mut cleared = 0;
        for object in objects {
            cleared += u64::from(self.clear_set_aside(object).await?);
        }
        Ok(cleared)
    }

    /// The objects that are set aside, by their keys in byte order, a page at a time, as [`Self::hours`].
    async fn set_aside_objects(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<AsideObject>, PortError>;

    /// Remembers a backfill that was planned.
    async fn save_log_run(&self, run: &LogRun) -> Result<(), PortError>;

    /// Remembers that a unit of a backfill ended, and what it came to, in place of what it came to before.
    async fn end_log_unit(
        &self,
        run: &RunId,
        unit: &str,
        counters: &Counters,
    ) -> Result<(), PortError>;

    /// The newest backfills, newest first.
    async fn log_runs(&self, limit: usize) -> Result<Vec<LogRunState>, PortError>;

    /// What reading and writing has cost since the store was opened, where it costs something: `store.requests`, and
    /// what they read and wrote.
    fn usage_cost(&self) -> Counters {
        Counters::new()
    }

    /// What is stored, in sum: `usage.cells`, `usage.events` (each once), `usage.duplicates` (calls in the logs
    /// beyond these; while logs are being folded also those not yet folded), and of the days of logs
    /// `logs.objects`, `logs.bytes`, `logs.records`, `logs.calls`, `logs.unreadable`; and `logs.set_aside`.
    async fn usage_totals(&self) -> Result<Counters, PortError>;
}
