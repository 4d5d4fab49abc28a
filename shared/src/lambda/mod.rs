//! What every Lambda function shares: start-up, batches that fail message by message, the deadline,
//! failures that AWS and alarms can tell apart, and one line of metrics per invocation.

pub mod answer;
pub mod batch;
pub mod failure;
pub mod feeds;
pub mod findings;
mod init_error;
pub mod invocation;
pub mod metrics;
pub mod redelivery;
pub mod start;

pub use failure::Failure;
pub use invocation::Invocation;
pub use metrics::{Counts, Metric, Metrics};
