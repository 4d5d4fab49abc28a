//! Findings as documents and text.
