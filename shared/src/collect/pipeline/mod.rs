//! A run from its plan to its end: plan → units → closing. The same code in Lambda and on a laptop.
//!
//! ```text
//! plan ──► run + units in the store ──► queue ──► work (one unit) ──► pages, coverage ──► close
//! ```
//!
//! Every step may be repeated, in any order, by any number of workers: the store's conditions decide.
//! INVARIANT: the last worker to end a unit closes the run; if it dies, the redelivery of its message
//! finds the unit ended and closes the run instead.

mod close;
mod local;
mod plan;
mod where_to;
mod work;

use std::sync::Arc;

pub(crate) use close::close;
pub use close::{Closing, IMPORT};
pub use local::{MemoryQueue, Observer, drive};
pub use plan::{Plan, PlanError, PlanRequest, Reach};
pub(crate) use work::count_saved;
pub use work::{Outcome, WorkError, Worker};

use super::Options;
use crate::aws::session::Sessions;
use crate::port::{Clock, Queue, Store};

/// Everything that the steps of a run work with.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// Access to the accounts that are looked into.
    pub sessions: Arc<Sessions>,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Where units wait for a worker.
    pub queue: Arc<dyn Queue>,
    /// The present time.
    pub clock: Arc<dyn Clock>,
}

/// The options of a run as the store keeps them.
pub(crate) fn write_options(options: &Options) -> String {
    // Booleans and text always have a form.
    serde_json::to_string(options).unwrap_or_default()
}

/// Whether a stored run does the same work as one with these options would.
pub fn is_same_work(run: &crate::model::Run, options: &Options) -> bool {
    // The management account is found while planning, so it says nothing about what was asked.
    let asked = |options: &Options| Options { management_account: None, ..options.clone() };
    read_options(&run.options).is_some_and(|stored| asked(&stored) == asked(options))
}

/// The options of a run; `None` if a newer program wrote them.
pub fn options_of(run: &crate::model::Run) -> Option<Options> {
    read_options(&run.options)
}

/// The options of a stored run; a field that this program does not know is an error of the caller's
/// version, told as `None`.
fn read_options(text: &str) -> Option<Options> {
    serde_json::from_str(text).ok()
}
