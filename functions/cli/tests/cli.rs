//! The program as a person and a script meet it: what it prints, how it ends, what it leaves behind.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/collecting.rs"]
mod collecting;
#[path = "cli/credentials.rs"]
mod credentials;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/verbs.rs"]
mod verbs;
#[path = "cli/world.rs"]
mod world;
