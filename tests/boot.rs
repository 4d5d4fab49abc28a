//! The real binaries of the functions under a Lambda Runtime API, against the emulated AWS.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests: what is unexpected ends the test"
)]

#[path = "boot/backfill.rs"]
mod backfill;
#[path = "boot/corpus.rs"]
mod corpus;
#[path = "boot/events.rs"]
mod events;
#[path = "boot/feed.rs"]
mod feed;
#[path = "boot/function.rs"]
mod function;
#[path = "boot/inventory.rs"]
mod inventory;
#[path = "boot/realtime.rs"]
mod realtime;
#[path = "boot/redelivery.rs"]
mod redelivery;
#[path = "boot/setup.rs"]
mod setup;
