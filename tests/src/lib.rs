//! Harness of the workspace tests.
#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not there, or not expected, ends the test"
)]

pub mod cloudformation;
pub mod compare;
pub mod dynamo;
pub mod large;
pub mod living;
pub mod measure;
pub mod pages;
pub mod parsers;
pub mod server;
pub mod slow_bucket;
pub mod source;
pub mod world;
