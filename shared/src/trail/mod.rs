//! CloudTrail's bytes → [`Activity`](crate::model::activity::Activity).
//!
//! A log object is a gzip file with `{"Records": […]}` in it. It is unpacked under a cap, its records are read
//! one by one without building a tree, and each is normalized: who, which operation, on what, how it ended. A
//! record that cannot be read fails alone.

pub mod actions;
pub mod digest;
pub mod gunzip;
pub mod identity;
pub mod key;
pub mod normalize;
pub mod object;
pub mod record;
pub mod records;
pub mod resources;
pub mod scan;
