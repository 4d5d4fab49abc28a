//! The store in one SQLite file: the embedded default.
//!
//! The file is meant to be opened by people, too: plain tables, text columns, JSON bodies, times as
//! RFC 3339 text whose order is the order of time. Each write of the port is one transaction, so a
//! process that dies at any point leaves the state of before or of after.
//!
//! SQLite blocks the thread that calls it, for as long as the disk takes. Every call therefore runs on
//! tokio's pool for blocking work, and the mutex around the only writing connection is taken there,
//! never on a thread that drives futures. A future that is dropped does not stop its transaction; the
//! caller then knows as little as after a lost response, which every write of the port allows for.

mod coverage;
mod delivery;
mod error;
mod event;
mod file;
mod finding;
mod look;
mod page;
mod read;
mod row;
mod run;
mod schema;
mod settle;
mod setup;
#[cfg(feature = "testing")]
#[cfg(test)]
mod tests;
mod token;
mod unit;
mod usage;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, TransactionBehavior};

use self::error::Fault;
use crate::model::{
    Change, Counters, Coverage, EntityId, Run, RunId, Scope, Stored, Timestamp, Unit,
};
use crate::port::{
    Answer, Claim, Delivery, Lease, Opened, Page, PortError, Progress, Query, Saved, Store,
};

/// A [`Store`] in one SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// How messages name the store.
    name: String,
    access: Access,
    cost: Cost,
}

#[derive(Debug)]
enum Access {
    /// The one connection of this process that writes. SQLite has one writer at a time anyway.
    Full(Mutex<Connection>),
    /// Each read opens the file anew: nothing is kept that a writer could make stale, see [`file`].
    ReadOnly(PathBuf),
}

/// What the store has cost since it was opened.
#[derive(Debug, Default)]
struct Cost {
    requests: AtomicU64,
    read_items: AtomicU64,
    written_items: AtomicU64,
    bodies_written: AtomicU64,
}

/// What one call has cost so far.
#[derive(Debug, Default)]
struct Tally {
    read: u64,
    written: u64,
    bodies: u64,
}

impl Cost {
    fn add(&self, tally: &Tally) {
        self.read_items.fetch_add(tally.read, Ordering::Relaxed);
        self.written_items.fetch_add(tally.written, Ordering::Relaxed);
        self.bodies_written.fetch_add(tally.bodies, Ordering::Relaxed);
    }
}

impl SqliteStore {
    /// Opens the store in the file at `path`, and makes it if there is none.
    ///
    /// # Errors
    ///
    /// [`PortError::Missing`] without the folder, [`PortError::Denied`] if the file cannot be written,
    /// [`PortError::Newer`] if a newer program wrote it, [`PortError::Corrupt`] or
    /// [`PortError::Failed`] if it is not a store.
    pub fn open(path: &Path) -> Result<Self, PortError> {
        let name = file::name(path);
        let connection = file::writable(path).map_err(|fault| fault.into_port(&name, "opening"))?;
        Ok(Self::of(name, Access::Full(Mutex::new(connection))))
    }

    /// Opens the store in the file at `path` for reading only: nothing is made beside it or in it, so
    /// that a file on a read-only disk can be read. Every write is [`PortError::Denied`].
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`]; [`PortError::Missing`] if there is no file.
    pub fn open_read_only(path: &Path) -> Result<Self, PortError> {
        let name = file::name(path);
        file::readable(path).map_err(|fault| fault.into_port(&name, "opening"))?;
        Ok(Self::of(name, Access::ReadOnly(path.to_owned())))
    }

    /// A store that lives as long as this value and its clones.
    ///
    /// # Errors
    ///
    /// [`PortError::Failed`] if there is no memory for it.
    pub fn in_memory() -> Result<Self, PortError> {
        let name = "the store in memory".to_owned();
        let connection = file::memory().map_err(|fault| fault.into_port(&name, "opening"))?;
        Ok(Self::of(name, Access::Full(Mutex::new(connection))))
    }

    fn of(name: String, access: Access) -> Self {
        Self { shared: Arc::new(Shared { name, access, cost: Cost::default() }) }
    }

    /// Runs `work` in one transaction that holds the write lock from its start, so that what it reads
    /// is still true when it writes.
    async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection, &mut Tally) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, PortError> {
        self.blocking(doing, move |shared| {
            let Access::Full(connection) = &shared.access else {
                return Err(Fault::OpenedReadOnly);
            };
            // A panic inside a transaction rolls it back, so what the lock guards is whole.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut tally = Tally::default();
            let done = work(&transaction, &mut tally)?;
            transaction.commit()?;
            shared.cost.add(&tally);
            Ok(done)
        })
        .await
    }

    /// Runs `work` on one unchanging view of the store.
    async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection, &mut Tally) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, PortError> {
        self.blocking(doing, move |shared| {
            let mut tally = Tally::default();
            let found = match &shared.access {
                Access::Full(connection) => {
                    let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                    work(&*connection.transaction()?, &mut tally)?
                }
                Access::ReadOnly(path) => {
                    let mut connection = file::readable(path)?;
                    work(&*connection.transaction()?, &mut tally)?
                }
            };
            shared.cost.add(&tally);
            Ok(found)
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Shared) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, PortError> {
        let shared = Arc::clone(&self.shared);
        let call = move || {
            shared.cost.requests.fetch_add(1, Ordering::Relaxed);
            work(&shared).map_err(|fault| fault.into_port(&shared.name, doing))
        };
        match tokio::task::spawn_blocking(call).await {
            Ok(done) => done,
            Err(lost) => Err(PortError::Failed {
                what: format!("{doing} {}", self.shared.name),
                source: Box::new(lost),
            }),
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn open_run(&self, run: &Run, units: &[Unit]) -> Result<Opened, PortError> {
        let (run, units) = (run.clone(), units.to_vec());
        self.write("opening a run in", move |db, tally| run::open(db, tally, &run, &units)).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<Run>, PortError> {
        let id = id.clone();
        self.read("reading a run of", move |db, tally| run::get(db, tally, &id)).await
    }

    async fn runs(&self, limit: usize) -> Result<Vec<Run>, PortError> {
        self.read("reading the runs of", move |db, tally| run::newest(db, tally, limit)).await
    }

    async fn pending_units(&self, run: &RunId) -> Result<Vec<Unit>, PortError> {
        let run = run.clone();
        self.read("reading the units of", move |db, tally| unit::pending(db, tally, &run)).await
    }

    async fn claim_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        lease: &Lease,
    ) -> Result<Claim, PortError> {
        let (run, unit, lease) = (run.clone(), unit.clone(), lease.clone());
        self.write("claiming a unit in", move |db, tally| {
            unit::claim(db, tally, &run, &unit, &lease)
        })
        .await
    }

    async fn release_unit(&self, run: &RunId, unit: &Unit, owner: &str) -> Result<(), PortError> {
        let (run, unit, owner) = (run.clone(), unit.clone(), owner.to_owned());
        self.write("releasing a unit in", move |db, tally| {
            unit::release(db, tally, &run, &unit, &owner)
        })
        .await
    }

    async fn save_page(&self, page: &Page) -> Result<Saved, PortError> {
        let page = page.clone();
        self.write("saving a page to", move |db, tally| page::save(db, tally, &page)).await
    }

    async fn end_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        coverage: &[Coverage],
        counters: &Counters,
    ) -> Result<Progress, PortError> {
        let (run, unit) = (run.clone(), unit.clone());
        let (coverage, counters) = (coverage.to_vec(), counters.clone());
        self.write("ending a unit in", move |db, tally| {
            unit::end(db, tally, &run, &unit, &coverage, &counters)
        })
        .await
    }

    async fn claim_closing(&self, run: &RunId, lease: &Lease) -> Result<Claim, PortError> {
        let (run, lease) = (run.clone(), lease.clone());
        self.write("claiming the end of a run in", move |db, tally| {
            run::claim_closing(db, tally, &run, &lease)
        })
        .await
    }

    async fn settle_scope(&self, run: &RunId, coverage: &Coverage) -> Result<u64, PortError> {
        let (run, coverage) = (run.clone(), coverage.clone());
        self.write("settling a scope of", move |db, tally| {
            settle::scope(db, tally, &run, &coverage)
        })
        .await
    }

    async fn close_run(
        &self,
        run: &RunId,
        at: Timestamp,
        counters: &Counters,
    ) -> Result<(), PortError> {
        let (run, counters) = (run.clone(), counters.clone());
        self.write("closing a run in", move |db, tally| run::close(db, tally, &run, at, &counters))
            .await
    }

    async fn put_latest_coverage(&self, coverage: &[Coverage]) -> Result<(), PortError> {
        let coverage = coverage.to_vec();
        self.write("saving coverage to", move |db, tally| {
            coverage.iter().try_for_each(|item| coverage::put_latest(db, tally, item))
        })
        .await
    }

    async fn latest_coverage(&self) -> Result<Vec<Coverage>, PortError> {
        self.read("reading the coverage of", coverage::latest).await
    }

    async fn run_coverage(&self, run: &RunId) -> Result<Vec<Coverage>, PortError> {
        let run = run.clone();
        self.read("reading the coverage of", move |db, tally| coverage::of_run(db, tally, &run))
            .await
    }

    async fn entities(
        &self,
        query: &Query,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Stored>, PortError> {
        let (query, after) = (query.clone(), after.map(str::to_owned));
        self.read("reading the entities of", move |db, tally| {
            read::entities(db, tally, &query, after.as_deref(), limit)
        })
        .await
    }

    async fn entity(&self, scope: &Scope, id: &EntityId) -> Result<Option<Stored>, PortError> {
        let (scope, id) = (scope.clone(), id.clone());
        self.read("reading an entity of", move |db, tally| read::entity(db, tally, &scope, &id))
            .await
    }

    async fn history(&self, scope: &Scope, id: &EntityId) -> Result<Vec<Change>, PortError> {
        let (scope, id) = (scope.clone(), id.clone());
        self.read("reading the history of", move |db, tally| read::history(db, tally, &scope, &id))
            .await
    }

    async fn changes(
        &self,
        run: &RunId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Change>, PortError> {
        let (run, after) = (run.clone(), after.map(str::to_owned));
        self.read("reading the changes of", move |db, tally| {
            read::changes(db, tally, &run, after.as_deref(), limit)
        })
        .await
    }

    async fn delivery(&self, sink: &str, run: &RunId) -> Result<Option<Delivery>, PortError> {
        let (sink, run) = (sink.to_owned(), run.clone());
        self.read("reading", move |db, tally| delivery::get(db, tally, &sink, &run)).await
    }

    async fn save_delivery(&self, delivery: &Delivery) -> Result<(), PortError> {
        let delivery = delivery.clone();
        self.write("saving a delivery to", move |db, tally| delivery::save(db, tally, &delivery))
            .await
    }

    fn cost(&self) -> Counters {
        let cost = &self.shared.cost;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters::from([
            ("store.bodies_written".to_owned(), count(&cost.bodies_written)),
            ("store.read_items".to_owned(), count(&cost.read_items)),
            ("store.requests".to_owned(), count(&cost.requests)),
            ("store.written_items".to_owned(), count(&cost.written_items)),
        ])
    }
}
