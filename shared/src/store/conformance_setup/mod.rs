//! The suite that every store of set-ups passes: what the documentation of [`crate::port::setup::SetupStore`] says, a
//! case per sentence.
//!
//! ```ignore
//! async fn fresh() -> Handles {
//!     let store = Arc::new(SqliteStore::in_memory().unwrap());
//!     Handles::new(store.clone(), store)
//! }
//!
//! accesstrail_shared::setup_conformance_suite!(fresh);
//! ```
//!
//! makes one test of each case, as [`super::conformance_usage`] does for stores of usage.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test suite: what is unexpected ends the test"
)]

mod kept;
mod leases;
mod runs;

use super::suite;
use crate::model::Timestamp;
use crate::port::Lease;
use crate::port::setup::{SetupRun, SetupRunState, SetupStore, StepRecord, StepState};

/// Two handles on one empty store.
pub type Handles = suite::Handles<dyn SetupStore>;

/// Every case by name. A case that is not in the list of
/// [`setup_conformance_suite`](crate::setup_conformance_suite) is dead code, which the compiler reports.
static CASES: &[suite::Case<dyn SetupStore>] = crate::setup_conformance_suite!(@each table());

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

/// So many seconds after some time.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// A lease of an owner from a second to another.
fn lease(owner: &str, from: i64, to: i64) -> Lease {
    Lease { owner: owner.to_owned(), now: at(from), until: at(to) }
}

fn run(id: &str) -> SetupRun {
    SetupRun {
        id: id.to_owned(),
        hash: format!("hash of {id}"),
        plan: "{\"plan\": \"with \\\"quotes\\\", lines\\n and ü\"}".to_owned(),
        began: at(1),
        state: SetupRunState::Open,
    }
}

fn step(name: &str, state: StepState, calls: &[&str]) -> StepRecord {
    StepRecord {
        step: name.to_owned(),
        state,
        calls: calls.iter().map(|&call| call.to_owned()).collect(),
        notes: Vec::new(),
        at: at(2),
    }
}

/// Makes a test of each case of the suite, given the path of an `async fn() -> Handles` that makes an
/// empty store.
#[macro_export]
macro_rules! setup_conformance_suite {
    (@each $mode:ident($($fresh:path)?)) => {
        $crate::setup_conformance_suite! { @$mode($($fresh)?)
            leases:
                the_right_to_set_up_is_one_owners,
                the_same_owner_prolongs_it,
                it_ends_by_itself,
                it_is_given_back_by_its_owner_alone,
                of_many_that_claim_at_once_one_is_granted;
            runs:
                an_empty_store_has_no_run,
                a_run_comes_back,
                one_run_is_open_at_a_time,
                a_run_that_is_opened_again_is_as_it_is,
                a_run_ends_once,
                the_last_one_that_was_done_is_known,
                steps_are_those_of_their_run,
                a_step_is_replaced,
                of_many_that_open_at_once_one_is_open;
            kept:
                the_first_value_is_kept,
                what_is_kept_is_forgotten_by_name,
                of_many_that_keep_at_once_one_is_kept;
        }
    };
    (@tests($fresh:path) $($room:ident: $($case:ident),+;)+) => {$($(
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::store::conformance_setup::check(stringify!($case), || $fresh()).await;
        }
    )+)+};
    (@table() $($room:ident: $($case:ident),+;)+) => {
        &[$($((stringify!($case), |subject| Box::pin($room::$case(subject.handles))),)+)+]
    };
    ($fresh:path) => { $crate::setup_conformance_suite!(@each tests($fresh)); };
}
