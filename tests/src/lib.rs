//! Harness of the workspace tests.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "test harness: what is not there fails the test"
)]

pub mod cloudformation;
pub mod dynamo;
pub mod source;
