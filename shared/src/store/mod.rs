//! Values ↔ items: two stores behind [`crate::port::Store`] and [`crate::port::UsageStore`], behind
//! [`crate::port::setup::SetupStore`] and [`crate::port::FindingStore`] too, and the suites that they pass.

mod burial;
#[cfg(feature = "testing")]
pub mod conformance;
#[cfg(any(test, feature = "testing"))]
pub mod conformance_finding;
#[cfg(any(test, feature = "testing"))]
pub mod conformance_setup;
#[cfg(any(test, feature = "testing"))]
pub mod conformance_usage;
#[cfg(feature = "aws")]
pub mod dynamo;
#[cfg(feature = "aws")]
pub mod key;
pub mod load;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(test, feature = "testing"))]
mod suite;
