//! The process ends at a write, and again at another: the next run ends where none had.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::harness::{ACCOUNT, Shelf, State, World, balanced, event, gzip, key, log};
use crate::backfill::Window;
use crate::model::{Counters, RunId};
use crate::port::{
    Answer, AsideObject, LogRun, LogRunState, PortError, SavedCell, UsageQuery, UsageStore,
};
use crate::store::sqlite::SqliteStore;
use crate::usage::coverage::LogDay;
use crate::usage::hour::Hour;
use crate::usage::object::ObjectSet;

/// A store in front of another one that ends at a write, before or after it took effect.
#[derive(Debug)]
struct Ending {
    inner: Arc<SqliteStore>,
    writes: AtomicU64,
    /// The last write, counted from 1; and whether it takes effect.
    last: u64,
    is_done: bool,
}

impl Ending {
    fn alive(&self) -> Result<(), PortError> {
        if self.writes.load(Ordering::SeqCst) < self.last {
            return Ok(());
        }
        Err(PortError::Failed { what: "the process".to_owned(), source: "ended".into() })
    }

    async fn write<T>(
        &self,
        call: impl Future<Output = Result<T, PortError>> + Send,
    ) -> Result<T, PortError> {
        self.alive()?;
        if self.writes.fetch_add(1, Ordering::SeqCst) + 1 < self.last {
            return call.await;
        }
        if self.is_done {
            call.await?;
        }
        Err(self.alive().unwrap_err())
    }
}

#[async_trait]
impl UsageStore for Ending {
    async fn objects(
        &self,
        account: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, ObjectSet)>, PortError> {
        self.alive()?;
        self.inner.objects(account, from, to).await
    }

    async fn save_hour(&self, hour: &Hour) -> Result<SavedCell, PortError> {
        self.write(self.inner.save_hour(hour)).await
    }

    async fn hours(
        &self,
        query: &UsageQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Hour>, PortError> {
        self.alive()?;
        self.inner.hours(query, after, limit).await
    }

    async fn usage_accounts(&self) -> Result<Vec<String>, PortError> {
        self.inner.usage_accounts().await
    }

    async fn save_log_day(&self, log: &LogDay) -> Result<SavedCell, PortError> {
        self.write(self.inner.save_log_day(log)).await
    }

    async fn log_days(
        &self,
        query: &UsageQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<LogDay>, PortError> {
        self.alive()?;
        self.inner.log_days(query, after, limit).await
    }

    async fn set_aside(&self, aside: &AsideObject) -> Result<(), PortError> {
        self.write(self.inner.set_aside(aside)).await
    }

    async fn clear_set_aside(&self, object: &str) -> Result<bool, PortError> {
        self.write(self.inner.clear_set_aside(object)).await
    }

    async fn set_aside_objects(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<AsideObject>, PortError> {
        self.inner.set_aside_objects(after, limit).await
    }

    async fn save_log_run(&self, run: &LogRun) -> Result<(), PortError> {
        self.write(self.inner.save_log_run(run)).await
    }

    async fn end_log_unit(
        &self,
        run: &RunId,
        unit: &str,
        counters: &Counters,
    ) -> Result<(), PortError> {
        self.write(self.inner.end_log_unit(run, unit, counters)).await
    }

    async fn log_runs(&self, limit: usize) -> Result<Vec<LogRunState>, PortError> {
        self.inner.log_runs(limit).await
    }

    async fn usage_totals(&self) -> Result<Counters, PortError> {
        self.inner.usage_totals().await
    }
}

/// Some of everything: in time, over midnight, late by hours and days, twice, of another account, damaged.
fn place() -> Shelf {
    let shelf = Shelf::default();
    let of_other = |mut event: Value| {
        event["recipientAccountId"] = json!("444455556666");
        event
    };
    let (one, two) =
        (event(1, "2026-11-28T10:58:00Z", "Get"), event(2, "2026-11-28T11:01:00Z", "Get"));
    shelf.put(&key(28, "1105", "a"), &log(&[one.clone(), two.clone()]));
    shelf.put(&key(28, "1107", "b"), &log(&[two, one]));
    shelf.put(&key(29, "0003", "c"), &log(&[event(3, "2026-11-28T23:59:00Z", "Put")]));
    let late = [event(4, "2026-11-28T10:01:00Z", "List"), event(5, "2026-11-20T10:01:00Z", "List")];
    shelf.put(&key(29, "1500", "d"), &log(&late));
    shelf.put(&key(29, "1501", "e"), &log(&[of_other(event(6, "2026-11-29T15:00:00Z", "Get"))]));
    shelf.put(&key(28, "1110", "f"), &gzip("<html>"));
    shelf.put(
        &key(28, "1111", "g"),
        &log(&[json!({"eventName": "?"}), event(7, "2026-11-28T11:09:00Z", "Get")]),
    );
    shelf
}

/// The number of writes that were done, if the run did not end before.
async fn run(world: &World, last: u64, is_done: bool) -> Option<u64> {
    let writes = AtomicU64::new(0);
    let store = Arc::new(Ending { inner: world.store.clone(), writes, last, is_done });
    let job = world.slow_job(store.clone());
    let tally = job.run(&Window::default(), &Arc::default()).await.ok()?.tally;
    balanced(tally);
    Some(store.writes.load(Ordering::SeqCst))
}

async fn whole() -> (State, u64) {
    let world = World::new(place());
    let writes = run(&world, u64::MAX, true).await.unwrap();
    let state = world.state().await;
    assert_eq!(state.csv.lines().count(), 5, "{}", state.csv);
    assert_eq!(state.aside.len(), 2);
    (state, writes)
}

#[tokio::test]
async fn a_run_that_ends_at_any_write_is_finished_by_the_next() {
    let (state, writes) = whole().await;
    assert!(writes > 12, "{writes} writes");
    for last in 1..=writes {
        for is_done in [false, true] {
            let world = World::new(place());
            assert_eq!(run(&world, last, is_done).await, None, "write {last}");
            let tally = world.fill().await;
            assert_eq!(tally.listed, 7);
            assert_eq!(tally.done + tally.duplicates, 6, "write {last}: {tally:?}");
            assert_eq!(world.state().await, state, "write {last}, done: {is_done}");
        }
    }
}

#[tokio::test]
async fn and_if_that_ends_too_by_the_one_after_it() {
    let (state, writes) = whole().await;
    for (last, is_done) in (1..=writes).flat_map(|last| [(last, false), (last, true)]) {
        for (second, is_second_done) in (1..=writes).flat_map(|last| [(last, false), (last, true)])
        {
            let world = World::new(place());
            assert_eq!(run(&world, last, is_done).await, None, "write {last}");
            let is_whole = run(&world, second, is_second_done).await.is_some();
            world.fill().await;
            assert_eq!(world.state().await, state, "writes {last} and {second}");
            if is_whole {
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_was_counted_is_not_counted_again_after_a_crash() {
    let world = World::new(place());
    run(&world, 3, true).await;
    world.fill().await;
    let mine = world.store.usage_totals().await.unwrap();
    assert_eq!(mine["usage.events"], 7, "{mine:?}");
    assert_eq!(mine["logs.calls"], 9, "{mine:?} of {ACCOUNT}");
}
