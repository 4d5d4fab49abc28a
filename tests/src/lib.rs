//! Harness of the workspace tests.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "helpers of tests: what is unexpected ends the test"
)]

pub mod compare;
pub mod dynamo;
pub mod world;
