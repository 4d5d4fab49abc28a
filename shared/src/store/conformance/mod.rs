//! The suite that every store passes: what the documentation of [`crate::port::Store`] says, a case per
//! sentence.
//!
//! ```ignore
//! async fn fresh() -> Handles {
//!     let store = Arc::new(SqliteStore::in_memory().unwrap());
//!     Handles::new(store.clone(), store)
//! }
//!
//! accesstrail_shared::conformance_suite!(fresh);
//! ```
//!
//! makes one test of each case. Where the port leaves a choice to the store (the order within a page,
//! how a body is split over items), the suite does not look.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test suite: what is unexpected ends the test"
)]

mod act;
mod closing;
mod coverage;
mod crash;
mod deliveries;
mod events;
mod looks;
mod order;
mod pages;
mod races;
mod reading;
mod runs;
mod settle;
mod text;
mod tombstones;
mod units;

use std::sync::Arc;

use super::suite;
use crate::port::{EventStore, Store};

/// Two handles on one empty store.
pub type Handles = suite::Handles<dyn EventStore>;

/// The store that a case looks at.
type Subject = suite::Subject<dyn EventStore>;

impl Subject {
    fn store(&self) -> &dyn Store {
        &*self.handles.store
    }

    fn events(&self) -> &dyn EventStore {
        &*self.handles.store
    }

    /// The store, for whoever wraps it.
    fn shared(&self) -> Arc<dyn Store> {
        let store: Arc<dyn EventStore> = Arc::clone(&self.handles.store);
        store
    }

    /// Both handles, for tasks that race.
    fn both(&self) -> [Arc<dyn Store>; 2] {
        self.both_of_events().map(|store| -> Arc<dyn Store> { store })
    }

    /// As [`Subject::both`].
    fn both_of_events(&self) -> [Arc<dyn EventStore>; 2] {
        [Arc::clone(&self.handles.store), Arc::clone(&self.handles.other)]
    }
}

/// Every case by name. A case that is not in the list of [`conformance_suite`](crate::conformance_suite)
/// is dead code, which the compiler reports.
static CASES: &[suite::Case<dyn EventStore>] = crate::conformance_suite!(@each table());

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
macro_rules! conformance_suite {
    (@each $mode:ident($($fresh:path)?)) => {
        $crate::conformance_suite! { @$mode($($fresh)?)
            runs:
                a_new_run_is_open,
                the_state_and_the_counts_are_the_stores,
                what_a_run_is_comes_back,
                a_run_that_exists_keeps_its_plan,
                a_run_that_does_not_exist_is_none,
                runs_come_newest_first,
                a_unit_that_is_planned_twice_is_one,
                many_units_are_planned;
            units:
                pending_units_have_not_ended,
                a_unit_is_granted_to_one_worker,
                the_same_worker_takes_its_lease_again,
                a_lease_ends_by_itself,
                a_released_unit_is_free,
                only_the_holder_releases,
                a_unit_that_has_ended_is_ended,
                what_the_run_does_not_contain_is_unknown,
                a_unit_ends_once,
                counters_of_units_are_added;
            pages:
                new_entities_are_created,
                an_unchanged_entity_is_not_written,
                other_content_is_a_change,
                content_that_comes_back_is_a_change,
                an_older_answer_replaces_nothing,
                two_answers_of_one_moment_end_the_same,
                a_page_is_saved_again,
                a_page_is_replaced,
                an_entity_is_twice_in_a_page,
                an_empty_page_moves_the_cursor,
                the_cursor_is_that_of_the_last_page,
                an_early_page_does_not_send_the_unit_back,
                a_key_in_two_scopes_is_two_entities,
                a_thousand_entities_are_a_page;
            settle:
                the_unseen_of_a_complete_scope_are_tombstoned,
                nothing_else_tombstones,
                what_was_seen_is_moved_without_a_complete_listing,
                what_was_observed_since_is_kept,
                an_old_sighting_is_a_sighting,
                other_scopes_are_left_alone,
                the_marks_of_another_run_do_not_count,
                settling_again_changes_nothing,
                a_closed_run_settles_nothing,
                many_entities_are_tombstoned;
            looks:
                what_was_asked_before_a_look_is_stale,
                what_was_asked_since_a_look_is_taken,
                what_a_look_did_not_show_is_not_created_later,
                a_look_makes_nothing_else_stale,
                what_a_partial_look_saw_is_as_new_as_the_look,
                a_look_is_not_written_for_each_entity,
                a_tombstone_keeps_when_it_was_seen_last,
                a_look_that_fails_takes_no_sight_back,
                a_later_look_is_not_undone_by_an_earlier_one,
                an_answer_of_the_past_buries_only_what_is_older,
                an_answer_of_the_past_does_not_undo_a_newer_look;
            tombstones:
                a_tombstone_is_told_and_hidden,
                a_tombstone_is_set_once,
                a_deleted_entity_is_restored,
                restored_with_other_content,
                an_older_answer_does_not_undo_a_tombstone,
                another_unique_id_is_another_entity,
                what_aws_manages_is_never_tombstoned;
            closing:
                a_run_closes_after_its_last_unit,
                closing_is_granted_to_one_worker,
                a_closing_lease_ends_by_itself,
                a_run_without_units_closes,
                an_unknown_run_is_not_closed,
                a_run_closes_once;
            coverage:
                coverage_is_told_by_run_and_as_the_latest,
                every_status_comes_back,
                an_earlier_run_does_not_replace_the_latest,
                the_latest_is_put_for_what_no_unit_looked_at;
            reading:
                every_entity_is_read_once,
                entities_are_asked_for_by_kind_and_scope,
                entities_are_read_in_one_order,
                what_does_not_exist_is_not_found,
                changes_are_read_a_page_at_a_time,
                the_cost_is_told;
            deliveries:
                a_run_that_was_not_delivered_has_no_delivery,
                a_delivery_comes_back,
                a_delivery_never_goes_back,
                deliveries_of_other_sinks_and_runs_are_left_alone,
                two_that_deliver_end_at_the_farther_one;
            events:
                what_was_reread_is_saved_with_the_event,
                rereading_again_changes_nothing,
                an_older_reading_replaces_nothing,
                what_is_gone_is_tombstoned,
                what_was_seen_at_that_moment_is_there,
                two_that_meet_are_told_of_each_other,
                a_look_since_then_stands,
                rereadings_in_any_order,
                two_that_reread_end_the_same,
                entities_are_asked_for_by_the_beginning_of_their_keys,
                the_latest_notice_stands,
                hostile_events_come_back;
            text:
                hostile_text_comes_back,
                hostile_keys_are_keys,
                hostile_words_around_entities_come_back,
                a_long_body_comes_back;
            order:
                pages_and_ends_in_any_order,
                answers_in_any_order;
            crash:
                a_crash_at_any_write_ends_in_the_same_state,
                a_lost_response_ends_in_the_same_state;
            races:
                one_worker_gets_the_unit,
                one_worker_gets_the_closing,
                one_worker_creates,
                the_same_answer_wins_a_race,
                a_unit_is_ended_once_by_two,
                a_run_is_opened_once_by_two,
                a_run_is_closed_once_by_two,
                two_that_close_do_no_harm;
        }
    };
    (@tests($fresh:path) $($room:ident: $($case:ident),+;)+) => {$($(
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::store::conformance::check(stringify!($case), || $fresh()).await;
        }
    )+)+};
    (@table() $($room:ident: $($case:ident),+;)+) => {
        &[$($((stringify!($case), |subject| Box::pin($room::$case(subject))),)+)+]
    };
    ($fresh:path) => { $crate::conformance_suite!(@each tests($fresh)); };
}
