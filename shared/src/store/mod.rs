//! Values ↔ items: two stores behind [`crate::port::Store`], and the suite that both pass.

#[cfg(feature = "testing")]
pub mod conformance;
#[cfg(feature = "aws")]
pub mod dynamo;
#[cfg(feature = "aws")]
pub mod key;
pub mod load;
#[cfg(feature = "sqlite")]
pub mod sqlite;
