//! What is kept of use: cells, days of logs, objects that were set aside.
//!
//! A cell is one item, which is replaced whole: read, compared, and written if it is still at the revision that was
//! read. A body that no item can hold is written as parts first, and the item that names them last. The first cell of
//! an account's period is written in one transaction with the entry that says so. What a cell adds to the sums over
//! all is its key in the index, so that DynamoDB itself keeps sums and cells together.
//!
//! ```text
//!  save_hour ────► cell ──┐                       ┌──► parts
//!  save_log_day ─► log ───┴──► replace ──► head ──┴──► period of the account
//!                               index: sums ──► totals
//! ```

mod aside;
mod cell;
mod log;
mod log_run;
mod parts;
mod periods;
mod replace;
mod totals;
mod walk;

use async_trait::async_trait;

pub(super) use self::periods::Period;

use super::DynamoStore;
use crate::model::{Counters, RunId};
use crate::port::{
    Answer, AsideObject, LogRun, LogRunState, PortError, SavedCell, UsageQuery, UsageStore,
};
use crate::usage::coverage::LogDay;
use crate::usage::hour::Hour;
use crate::usage::object::ObjectSet;

#[async_trait]
impl UsageStore for DynamoStore {
    async fn objects(
        &self,
        account: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, ObjectSet)>, PortError> {
        cell::objects(self, account, from, to).await
    }

    async fn save_hour(&self, hour: &Hour) -> Result<SavedCell, PortError> {
        replace::replace(self, cell::draft(self, hour)?).await
    }

    async fn hours(
        &self,
        query: &UsageQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Hour>, PortError> {
        cell::hours(self, query, after, limit).await
    }

    async fn usage_accounts(&self) -> Result<Vec<String>, PortError> {
        periods::accounts_with_cells(self).await
    }

    async fn save_log_day(&self, log: &LogDay) -> Result<SavedCell, PortError> {
        replace::replace(self, log::draft(log)).await
    }

    async fn log_days(
        &self,
        query: &UsageQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<LogDay>, PortError> {
        log::days(self, query, after, limit).await
    }

    async fn set_aside(&self, aside: &AsideObject) -> Result<(), PortError> {
        aside::set(self, aside).await
    }

    async fn clear_set_aside(&self, object: &str) -> Result<bool, PortError> {
        aside::clear(self, object).await
    }

    async fn clear_all_set_aside(&self, objects: &[&str]) -> Result<u64, PortError> {
        aside::clear_all(self, objects).await
    }

    async fn set_aside_objects(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<AsideObject>, PortError> {
        aside::objects(self, after, limit).await
    }

    async fn save_log_run(&self, run: &LogRun) -> Result<(), PortError> {
        log_run::save(self, run).await
    }

    async fn end_log_unit(
        &self,
        run: &RunId,
        unit: &str,
        counters: &Counters,
    ) -> Result<(), PortError> {
        log_run::end_unit(self, run, unit, counters).await
    }

    async fn log_runs(&self, limit: usize) -> Result<Vec<LogRunState>, PortError> {
        log_run::newest(self, limit).await
    }

    fn usage_cost(&self) -> Counters {
        self.table.meter.counters()
    }

    async fn usage_totals(&self) -> Result<Counters, PortError> {
        totals::of(self).await
    }
}
