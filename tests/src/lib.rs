//! Harness of the workspace tests.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "helpers of tests: what is unexpected ends the test"
)]

pub mod cloudformation;
pub mod dynamo;
pub mod source;
pub mod world;
