//! The JSON form of every value that leaves the process, and the content hash over it.
//!
//! The model has no stored form of its own. This room gives it one: field by field, in a fixed order,
//! so that equal values are equal bytes. Stores keep the bytes with their [`VERSION`]; the reader of a
//! version is kept when the writer moves on.
//!
//! INVARIANT: `read(kind, &write(entity))` is the entity.

mod cause;
mod entity;
mod finding;
mod leaf;
mod record;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use cause::{read_cause, write_cause};
pub use entity::FormError;
pub use finding::{finding_value, read_finding, write_finding};

use crate::model::{Entity, Kind};

/// The version of the forms that this program writes.
pub const VERSION: u32 = 1;

/// The content of an entity as JSON text, always the same bytes for the same content.
pub fn write(entity: &Entity) -> Result<String, FormError> {
    serde_json::to_string(entity).map_err(FormError::Write)
}

/// The content of an entity as a JSON value, for documents.
pub fn value(entity: &Entity) -> Result<Value, FormError> {
    serde_json::to_value(entity).map_err(FormError::Write)
}

/// Reads what [`write`] wrote in `version` of the forms.
pub fn read(version: u32, kind: Kind, text: &str) -> Result<Entity, FormError> {
    match version {
        VERSION => entity::read(kind, text),
        newer => Err(FormError::Version { found: newer, known: VERSION }),
    }
}

/// The hash of a content: 128 bits of SHA-256 as hexadecimal digits.
pub fn hash(text: &str) -> String {
    hash_bytes(text.as_bytes())
}

/// As [`hash`], of a content that is not text.
pub fn hash_bytes(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        // INVARIANT: both halves of a byte are below 16.
        hex.extend(
            [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0')),
        );
        hex
    })
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
