//! Logs → usage: which objects there are, which cells they belong to, and what became of each.
//!
//! ```text
//!  Logs ──► plan: account × day ──► unit: list, read, fold ──► UsageStore
//!             (a bucket or a folder)         └── objects that came late ──► again: one cell at a time
//! ```
//!
//! A *unit* is a day of an account. It folds the hours of the day from the objects that were delivered in the day
//! and shortly after ([`is_near`](crate::usage::object::is_near)), and skips the hours whose cells were already
//! made of these objects. Events that an object holds of other hours, or of another account, are left to a second
//! step, which makes each such cell anew from all of its objects.
//!
//! What cannot be read for good is set aside with its reason, and nothing of it counts; what may be read another
//! time is left out and looked for again by the next run. So repeating a backfill, stopping it at any point, or running
//! two at once end in the same usage.

mod again;
mod fetch;
mod folder;
mod listed;
pub mod message;
mod plan;
mod report;
mod run;
#[cfg(test)]
mod tests;
mod unit;
mod verify;

pub use folder::Folder;
pub use listed::{Listed, delivered};
pub use plan::{Plan, Unit, Window, plan};
pub use report::{Outcome, Progress, Tally};
pub use run::{Backfill, BackfillError};
pub use verify::{Keys, verify};
