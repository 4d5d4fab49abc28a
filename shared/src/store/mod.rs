//! Values ↔ items: two stores behind [`crate::port::Store`], one behind [`crate::port::UsageStore`], and the
//! suites that they pass.

#[cfg(feature = "testing")]
pub mod conformance;
#[cfg(any(test, feature = "testing"))]
pub mod conformance_usage;
#[cfg(feature = "aws")]
pub mod dynamo;
#[cfg(feature = "aws")]
pub mod key;
pub mod load;
#[cfg(feature = "sqlite")]
pub mod sqlite;
