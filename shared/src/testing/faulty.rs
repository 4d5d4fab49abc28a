//! A store that fails when it is told to: the n-th write is refused, is done but its response is lost,
//! or is the last thing that the process does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::collect::Stop;
use crate::model::{
    Change, Counters, Coverage, EntityId, Run, RunId, Scope, Stored, Timestamp, Unit,
};
use crate::port::{
    Answer, Claim, Delivery, Lease, Opened, Page, PortError, Progress, Query, Saved, Store,
};

/// When a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before anything was written.
    Before,
    /// After everything was written: only the response is lost.
    After,
}

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// [`PortError::Busy`], once.
    Busy,
    /// [`PortError::Failed`], once.
    Failed,
    /// The process ends: this call and all calls after it, reads too, are [`PortError::Failed`].
    Crash,
}

/// A store in front of another one, which fails at chosen writes.
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    faults: BTreeMap<u64, (Moment, Failure)>,
    log: Mutex<Vec<&'static str>>,
    stop: Option<(Stop, u64)>,
    crashed: AtomicBool,
}

impl FaultyStore {
    /// A store that does not fail yet, but counts.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            faults: BTreeMap::new(),
            log: Mutex::default(),
            stop: None,
            crashed: AtomicBool::new(false),
        }
    }

    /// Lets the `write`-th write call fail, counted from 1.
    #[must_use]
    pub fn failing(mut self, write: u64, moment: Moment, failure: Failure) -> Self {
        self.faults.insert(write, (moment, failure));
        self
    }

    /// Asks `stop` once this many pages have come, so that a deadline falls after a chosen page.
    #[must_use]
    pub fn stopping(mut self, stop: Stop, after_pages: u64) -> Self {
        self.stop = Some((stop, after_pages));
        self
    }

    /// How many write calls there were, failed ones included.
    pub fn writes(&self) -> u64 {
        self.log().len() as u64
    }

    /// The write calls by their method, in the order in which they came.
    pub fn calls(&self) -> Vec<&'static str> {
        self.log().clone()
    }

    /// How often a write method was called.
    pub fn count(&self, method: &str) -> u64 {
        self.log().iter().filter(|name| **name == method).count() as u64
    }

    fn log(&self) -> MutexGuard<'_, Vec<&'static str>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        self.alive()?;
        let number = {
            let mut log = self.log();
            log.push(method);
            log.len() as u64
        };
        if let Some((stop, after)) = &self.stop
            && method == SAVE_PAGE
            && self.count(SAVE_PAGE) >= *after
        {
            stop.ask();
        }
        match self.faults.get(&number) {
            None => call.await,
            Some((Moment::Before, failure)) => Err(self.fail(*failure, number)),
            Some((Moment::After, failure)) => {
                call.await?;
                Err(self.fail(*failure, number))
            }
        }
    }

    async fn read<T>(
        &self,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        self.alive()?;
        call.await
    }

    fn alive(&self) -> Result<(), PortError> {
        if self.crashed.load(Ordering::SeqCst) {
            return Err(failed("the process has crashed"));
        }
        Ok(())
    }

    fn fail(&self, failure: Failure, number: u64) -> PortError {
        match failure {
            Failure::Busy => PortError::Busy {
                what: WHAT.to_owned(),
                source: format!("write {number} was told to be busy").into(),
            },
            Failure::Failed => failed(&format!("write {number} was told to fail")),
            Failure::Crash => {
                self.crashed.store(true, Ordering::SeqCst);
                failed(&format!("the process crashed at write {number}"))
            }
        }
    }
}

const SAVE_PAGE: &str = "save_page";

const WHAT: &str = "the faulty store";

fn failed(why: &str) -> PortError {
    PortError::Failed { what: WHAT.to_owned(), source: why.into() }
}

// A method that is added to the port with a default body would slip past the faults.
#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Store for FaultyStore {
    async fn open_run(&self, run: &Run, units: &[Unit]) -> Result<Opened, PortError> {
        self.write("open_run", self.inner.open_run(run, units)).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<Run>, PortError> {
        self.read(self.inner.run(id)).await
    }

    async fn runs(&self, limit: usize) -> Result<Vec<Run>, PortError> {
        self.read(self.inner.runs(limit)).await
    }

    async fn pending_units(&self, run: &RunId) -> Result<Vec<Unit>, PortError> {
        self.read(self.inner.pending_units(run)).await
    }

    async fn claim_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        lease: &Lease,
    ) -> Result<Claim, PortError> {
        self.write("claim_unit", self.inner.claim_unit(run, unit, lease)).await
    }

    async fn release_unit(&self, run: &RunId, unit: &Unit, owner: &str) -> Result<(), PortError> {
        self.write("release_unit", self.inner.release_unit(run, unit, owner)).await
    }

    async fn save_page(&self, page: &Page) -> Result<Saved, PortError> {
        self.write(SAVE_PAGE, self.inner.save_page(page)).await
    }

    async fn end_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        coverage: &[Coverage],
        counters: &Counters,
    ) -> Result<Progress, PortError> {
        self.write("end_unit", self.inner.end_unit(run, unit, coverage, counters)).await
    }

    async fn claim_closing(&self, run: &RunId, lease: &Lease) -> Result<Claim, PortError> {
        self.write("claim_closing", self.inner.claim_closing(run, lease)).await
    }

    async fn settle_scope(&self, run: &RunId, coverage: &Coverage) -> Result<u64, PortError> {
        self.write("settle_scope", self.inner.settle_scope(run, coverage)).await
    }

    async fn close_run(
        &self,
        run: &RunId,
        at: Timestamp,
        counters: &Counters,
    ) -> Result<(), PortError> {
        self.write("close_run", self.inner.close_run(run, at, counters)).await
    }

    async fn put_latest_coverage(&self, coverage: &[Coverage]) -> Result<(), PortError> {
        self.write("put_latest_coverage", self.inner.put_latest_coverage(coverage)).await
    }

    async fn latest_coverage(&self) -> Result<Vec<Coverage>, PortError> {
        self.read(self.inner.latest_coverage()).await
    }

    async fn run_coverage(&self, run: &RunId) -> Result<Vec<Coverage>, PortError> {
        self.read(self.inner.run_coverage(run)).await
    }

    async fn entities(
        &self,
        query: &Query,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Stored>, PortError> {
        self.read(self.inner.entities(query, after, limit)).await
    }

    async fn entity(&self, scope: &Scope, id: &EntityId) -> Result<Option<Stored>, PortError> {
        self.read(self.inner.entity(scope, id)).await
    }

    async fn history(&self, scope: &Scope, id: &EntityId) -> Result<Vec<Change>, PortError> {
        self.read(self.inner.history(scope, id)).await
    }

    async fn changes(
        &self,
        run: &RunId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Change>, PortError> {
        self.read(self.inner.changes(run, after, limit)).await
    }

    async fn delivery(&self, sink: &str, run: &RunId) -> Result<Option<Delivery>, PortError> {
        self.read(self.inner.delivery(sink, run)).await
    }

    async fn save_delivery(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.write("save_delivery", self.inner.save_delivery(delivery)).await
    }

    fn cost(&self) -> Counters {
        self.inner.cost()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SqliteStore;
    use crate::testing::sample;

    fn store(faults: &[(u64, Moment, Failure)]) -> (Arc<dyn Store>, FaultyStore) {
        let inner: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
        let mut outer = FaultyStore::new(Arc::clone(&inner));
        for (write, moment, failure) in faults {
            outer = outer.failing(*write, *moment, *failure);
        }
        (inner, outer)
    }

    #[tokio::test]
    async fn a_write_fails_once_and_can_be_repeated() {
        let (inner, faulty) = store(&[(1, Moment::Before, Failure::Busy)]);
        let run = sample::run(0);
        let error = faulty.open_run(&run, &[]).await.unwrap_err();
        assert!(matches!(error, PortError::Busy { .. }), "{error}");
        assert_eq!(inner.run(&run.id).await.unwrap(), None);
        assert_eq!(faulty.open_run(&run, &[]).await.unwrap(), Opened::New);
        assert_eq!(faulty.writes(), 2);
    }

    #[tokio::test]
    async fn a_response_can_be_lost() {
        let (inner, faulty) = store(&[(1, Moment::After, Failure::Failed)]);
        let run = sample::run(0);
        let error = faulty.open_run(&run, &[]).await.unwrap_err();
        assert!(matches!(error, PortError::Failed { .. }), "{error}");
        assert!(inner.run(&run.id).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn after_a_crash_nothing_is_answered() {
        let (inner, faulty) = store(&[(2, Moment::Before, Failure::Crash)]);
        let run = sample::run(0);
        faulty.open_run(&run, &[]).await.unwrap();
        assert!(faulty.run(&run.id).await.unwrap().is_some(), "reads are no writes");
        faulty.close_run(&run.id, sample::at(1), &Counters::new()).await.unwrap_err();
        faulty.run(&run.id).await.unwrap_err();
        faulty.open_run(&run, &[]).await.unwrap_err();
        assert_eq!(faulty.writes(), 2);
        assert_eq!(inner.run(&run.id).await.unwrap().unwrap().finished, None);
    }
}
