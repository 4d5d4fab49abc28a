//! The whole pipeline over an AWS that pages, refuses, throttles, expires and breaks.

#![expect(clippy::unwrap_used, reason = "helpers of tests: what is unexpected ends the test")]

#[path = "faults/accounts.rs"]
mod accounts;
#[path = "faults/deny.rs"]
mod deny;
#[path = "faults/expire.rs"]
mod expire;
#[path = "faults/pages.rs"]
mod pages;
#[path = "faults/wire.rs"]
mod wire;
