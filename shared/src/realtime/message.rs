//! What EventBridge delivers → [`Event`].
//!
//! Anything else that a queue of events may bring (notices of new logs) is left to whoever reads those.

use serde_json::Value;

use super::event::{Event, EventError};

/// What a message is.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// An event of CloudTrail's.
    Event(Box<Event>),
    /// An event of EventBridge's that CloudTrail did not record: nothing is to be done.
    Foreign,
    /// No event of EventBridge's.
    Other,
}

/// The form of a message, without what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An event of EventBridge's.
    EventBridge,
    /// Anything else.
    Other,
}

impl Shape {
    fn of(value: &Value) -> Self {
        let has = |name: &str| value.get(name).is_some_and(Value::is_string);
        // S3's own events come the same way and are notices of objects.
        let is_notice = value.get("source").and_then(Value::as_str) == Some("aws.s3")
            && value.get("detail").is_some_and(|detail| detail.get("eventSource").is_none());
        if has("detail-type") && has("source") && has("account") && !is_notice {
            Self::EventBridge
        } else {
            Self::Other
        }
    }
}

/// Reads the body of a message. The error says why nobody ever can.
///
/// The `account` of the envelope is EventBridge's word and stays the sender's when a bus forwards to another one, so
/// the record within it may speak for no other.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>
pub fn read(body: &str) -> Result<Message, EventError> {
    let value: Value =
        serde_json::from_str(body).map_err(|error| EventError::Unreadable(error.to_string()))?;
    if Shape::of(&value) == Shape::Other {
        return Ok(Message::Other);
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    // `AWS API Call via CloudTrail`, `AWS Console Sign In via CloudTrail`, `AWS Service Event via CloudTrail`.
    if !text("detail-type").ends_with("via CloudTrail") {
        return Ok(Message::Foreign);
    }
    let record = value.get("detail").map(Value::to_string).unwrap_or_default();
    Event::read(record.as_bytes(), text("account")).map(|event| Message::Event(Box::new(event)))
}
