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

use std::sync::Arc;

use super::suite;
use crate::port::UsageStore;

/// Two handles on one empty store.
pub type Handles = suite::Handles<dyn UsageStore>;

/// The store that a case looks at.
type Subject = suite::Subject<dyn UsageStore>;

impl Subject {
    fn store(&self) -> &dyn UsageStore {
        &*self.handles.store
    }

    /// Both handles, for tasks that race.
    fn both(&self) -> [Arc<dyn UsageStore>; 2] {
        [Arc::clone(&self.handles.store), Arc::clone(&self.handles.other)]
    }
}

/// Every case by name. A case that is not in the list of
/// [`usage_conformance_suite`](crate::usage_conformance_suite) is dead code, which the compiler reports.
static CASES: &[suite::Case<dyn UsageStore>] = crate::usage_conformance_suite!(@each table());

/// Runs one case on stores that `fresh` makes, each of them empty.
///
/// # Panics
///
/// If the store does not do what the case asks, or if there is no such case.
pub async fn check<F>(case: &str, fresh: impl Fn() -> F + Send + Sync + 'static)
where
    F: Future<Output = Handles> + Send + 'static,
{
    suite::check(CASES, case, fresh).await;
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
