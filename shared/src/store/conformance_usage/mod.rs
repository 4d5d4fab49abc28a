//! The suite that every store of usage passes: what the documentation of [`crate::port::UsageStore`] says, a case
//! per sentence.
//!
//! ```ignore
//! async fn fresh() -> Handles {
//!     let store = Arc::new(SqliteStore::in_memory().unwrap());
//!     Handles::new(store.clone(), store)
//! }
//!
//! accesstrail_shared::usage_conformance_suite!(fresh);
//! ```
//!
//! makes one test of each case, as [`super::conformance`] does for stores of entities.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test suite: what is unexpected ends the test"
)]

mod act;
mod aside;
mod cells;
mod logs;
mod order;
mod reading;
mod runs;

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use crate::port::UsageStore;

/// Two handles on one empty store, as two workers hold them. They may be the same handle.
pub struct Handles {
    store: Arc<dyn UsageStore>,
    other: Arc<dyn UsageStore>,
    kept: Option<Box<dyn Any + Send + Sync>>,
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { store, other, kept: _ } = self;
        f.debug_struct("Handles").field("store", store).field("other", other).finish()
    }
}

impl Handles {
    /// Two handles on one empty store.
    pub fn new(store: Arc<dyn UsageStore>, other: Arc<dyn UsageStore>) -> Self {
        Self { store, other, kept: None }
    }

    /// Keeps what the store needs (a folder, an emulator) for as long as the handles.
    #[must_use]
    pub fn keeping(mut self, what: impl Any + Send + Sync) -> Self {
        self.kept = Some(Box::new(what));
        self
    }
}

type Future<T> = Pin<Box<dyn std::future::Future<Output = T> + Send>>;

/// Makes another empty store.
type Fresh = Arc<dyn Fn() -> Future<Handles> + Send + Sync>;

/// The store that a case looks at.
struct Subject {
    handles: Handles,
    fresh: Fresh,
}

impl Subject {
    fn store(&self) -> &dyn UsageStore {
        &*self.handles.store
    }

    /// Both handles, for tasks that race.
    fn both(&self) -> [Arc<dyn UsageStore>; 2] {
        [Arc::clone(&self.handles.store), Arc::clone(&self.handles.other)]
    }

    /// Another empty store, for cases that compare two.
    async fn another(&self) -> Self {
        Self { handles: (self.fresh)().await, fresh: Arc::clone(&self.fresh) }
    }
}

type Case = fn(Subject) -> Future<()>;

/// Every case by name. A case that is not in the list of
/// [`usage_conformance_suite`](crate::usage_conformance_suite) is dead code, which the compiler reports.
static CASES: &[(&str, Case)] = crate::usage_conformance_suite!(@each table());

/// Runs one case on stores that `fresh` makes, each of them empty.
///
/// # Panics
///
/// If the store does not do what the case asks, or if there is no such case.
pub async fn check<F>(case: &str, fresh: impl Fn() -> F + Send + Sync + 'static)
where
    F: std::future::Future<Output = Handles> + Send + 'static,
{
    let (_, run) = CASES.iter().find(|(name, _)| *name == case).expect("a case of the suite");
    let fresh: Fresh = Arc::new(move || Box::pin(fresh()));
    run(Subject { handles: fresh().await, fresh }).await;
}

/// Makes a test of each case of the suite, given the path of an `async fn() -> Handles` that makes an
/// empty store.
#[macro_export]
macro_rules! usage_conformance_suite {
    (@each $mode:ident($($fresh:path)?)) => {
        $crate::usage_conformance_suite! { @$mode($($fresh)?)
            cells:
                a_cell_comes_back,
                a_cell_is_of_its_account_and_hour,
                a_cell_is_replaced_by_one_of_more_objects,
                a_cell_of_fewer_or_other_objects_conflicts,
                the_same_cell_is_not_written,
                a_cell_of_the_same_objects_is_corrected,
                an_hour_without_events_is_a_cell,
                hostile_names_come_back,
                a_large_cell_comes_back;
            reading:
                cells_are_read_in_their_order,
                cells_are_asked_for_by_account_and_time,
                what_cells_were_made_of_is_told,
                accounts_are_those_with_cells,
                totals_are_sums;
            logs:
                a_day_of_logs_comes_back,
                a_day_of_logs_is_replaced_by_one_of_more_objects,
                days_of_logs_are_read_in_their_order,
                days_of_logs_are_asked_for_by_account_and_time;
            aside:
                what_was_set_aside_comes_back,
                the_later_finding_stands,
                what_succeeds_is_not_aside_any_more,
                many_that_succeed_are_not_aside_any_more,
                what_was_set_aside_is_read_in_its_order;
            runs:
                a_backfill_and_its_units_come_back,
                a_unit_that_is_done_again_counts_once,
                backfills_are_read_newest_first;
            order:
                cells_are_saved_in_any_order,
                a_crash_after_any_write_ends_in_the_same_state,
                a_lost_response_ends_in_the_same_state,
                two_workers_unite_their_objects;
        }
    };
    (@tests($fresh:path) $($room:ident: $($case:ident),+;)+) => {$($(
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::store::conformance_usage::check(stringify!($case), || $fresh()).await;
        }
    )+)+};
    (@table() $($room:ident: $($case:ident),+;)+) => {
        &[$($((stringify!($case), |subject| Box::pin($room::$case(subject))),)+)+]
    };
    ($fresh:path) => { $crate::usage_conformance_suite!(@each tests($fresh)); };
}
