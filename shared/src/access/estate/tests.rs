//! Estates, read.
