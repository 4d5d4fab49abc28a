//! The stored form of the event that made us look.

use super::FormError;
use crate::model::CauseEvent;

/// The event as JSON text, always the same bytes for the same event.
pub fn write_cause(event: &CauseEvent) -> Result<String, FormError> {
    serde_json::to_string(event).map_err(FormError::Write)
}

/// Reads what [`write_cause`] wrote.
pub fn read_cause(text: &str) -> Result<CauseEvent, serde_json::Error> {
    serde_json::from_str(text)
}
