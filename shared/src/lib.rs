//! The stages of accesstrail, in reading order.
//!
//! ```text
//!  AWS APIs ──► collect ──► model::Entity ──► store ──► report
//! ```

#[cfg(feature = "testing")]
pub mod testing;
