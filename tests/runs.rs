//! Runs that crash, run out of time, come twice, and meet an organization that changed in between.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests: what is unexpected ends the test"
)]

#[path = "runs/crash.rs"]
mod crash;
#[path = "runs/deadline.rs"]
mod deadline;
#[path = "runs/deletion.rs"]
mod deletion;
#[path = "runs/filters.rs"]
mod filters;
#[path = "runs/small.rs"]
mod small;
