//! Values → what people and programs read: rows, summaries, JSON documents, CSV, Parquet, SQLite, OCSF.
//!
//! Pure: a snapshot in, text or values out. INVARIANT: whatever came from AWS is made inert for the place
//! where it appears ([`inert`]), because names, tags and descriptions are hostile input.

pub mod csv;
pub mod event;
pub mod flat;
pub mod inert;
pub mod json;
pub mod ocsf;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod row;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod summary;

pub use row::Row;
pub use summary::Summary;

#[cfg(test)]
mod tests;
