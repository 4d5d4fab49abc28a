//! Setting up as a custom resource of a CloudFormation stack: event → what to do → answer. CloudFormation waits for an
//! answer up to an hour and then fails the stack, so there is always one: also for an event that cannot be understood as
//! far as it says where to answer, and near our deadline.
//!
//! Pure but for the ports: the caller reads the event, [drives](drive) it turn by turn, and puts the answer's text to its
//! address.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html>

mod drive;
mod properties;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use self::drive::{Means, drive};
pub use self::properties::wanted;
use super::machine::Turn;
use super::names::sha256;
use super::plan::Purpose;
use super::wanted::Wanted;
use crate::model::Timestamp;

/// The longest answer that CloudFormation takes, in bytes.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>
pub const ANSWER_BYTES: usize = 4_096;

/// The longest reason that is told: the rest of the answer has room beside it.
const REASON_BYTES: usize = 1_500;

/// For how many seconds CloudFormation waits at the longest, and where the resource does not say for how long.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html>
const LONGEST_WAIT: i64 = 3_600;

/// What CloudFormation wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum RequestType {
    /// The resource is new.
    Create,
    /// Its properties changed.
    Update,
    /// It goes.
    Delete,
}

/// Which addresses are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Those of AWS: what anybody may invoke must not be made to send anywhere.
    Aws,
    /// Any, for a local AWS.
    Any,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// What is wanted.
    pub request_type: RequestType,
    /// Where the answer goes: presigned, so it is a secret.
    #[serde(rename = "ResponseURL")]
    pub response_url: String,
    /// The stack.
    pub stack_id: String,
    /// The request.
    pub request_id: String,
    /// The resource in the template.
    pub logical_resource_id: String,
    /// The id that was answered to `Create`.
    #[serde(default)]
    pub physical_resource_id: Option<String>,
    /// What the template says.
    #[serde(default)]
    pub resource_properties: Map<String, Value>,
}

/// Why an event is none.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// It has not the form of one: there is nowhere to answer.
    #[error("this is no event of a custom resource")]
    Form(#[source] serde_json::Error),
    /// It wants the answer elsewhere than at AWS.
    #[error("the answer is wanted at an address that is not AWS's")]
    Address,
}

/// Whether an invocation is an event of a custom resource, and not a direct one.
pub fn is_event(payload: &Value) -> bool {
    payload.get("RequestType").is_some() && payload.get("ResponseURL").is_some()
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    ///
    /// If there is nowhere to answer.
    pub fn read(payload: &Value, address: Address) -> Result<Self, EventError> {
        let event: Self = Self::deserialize(payload).map_err(EventError::Form)?;
        if address == Address::Aws && !is_of_aws(&event.response_url) {
            return Err(EventError::Address);
        }
        Ok(event)
    }

    /// The id of the resource, the same for as long as it exists: of the stack and the resource in it.
    pub fn physical_id(&self) -> String {
        match &self.physical_resource_id {
            Some(id) if !id.is_empty() => id.clone(),
            _ => {
                let whole = format!("{} {}", self.stack_id, self.logical_resource_id);
                let short: String = sha256(&whole).chars().take(24).collect();
                format!("accesstrail-setup-{short}")
            }
        }
    }

    /// What to do.
    pub fn decide(&self, external_id: &str) -> Decision {
        let purpose = match self.request_type {
            RequestType::Create | RequestType::Update => Purpose::Deploy,
            RequestType::Delete => Purpose::Destroy,
        };
        match wanted(&self.resource_properties, external_id) {
            Ok(wanted) => Decision::Run { purpose, wanted: Box::new(wanted) },
            // A resource with properties that never were understood has set nothing up: it must be able to go.
            Err(_) if purpose == Purpose::Destroy => {
                let wanted = Box::new(Wanted::everything(external_id));
                Decision::Run { purpose, wanted }
            }
            Err(problems) => Decision::Refuse(problems.join("; ")),
        }
    }

    /// For how long work is handed on before the answer is that it failed: most of what CloudFormation waits (`ServiceTimeout`).
    pub fn patience(&self) -> SignedDuration {
        let said = self.resource_properties.get("ServiceTimeout");
        let seconds = said.and_then(|said| match said {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        });
        let seconds = seconds.filter(|it| (1..LONGEST_WAIT).contains(it)).unwrap_or(LONGEST_WAIT);
        SignedDuration::from_secs(seconds * 11 / 12)
    }

    /// The answer that everything is done.
    pub fn success(&self, data: &BTreeMap<String, String>) -> Answer {
        self.answer("SUCCESS", None, data)
    }

    /// The answer that it failed, and why.
    pub fn failure(&self, reason: &str) -> Answer {
        self.answer("FAILED", Some(reason), &BTreeMap::new())
    }

    /// What follows from a turn: an answer, or another turn.
    pub fn after(&self, turn: &Turn, began: Timestamp, now: Timestamp) -> After {
        match turn {
            Turn::Done { notes } => {
                let notes = notes.len().to_string();
                After::Answer(self.success(&[("Notes".to_owned(), notes)].into()))
            }
            Turn::Failed { step, problems } => {
                After::Answer(self.failure(&format!("{step}: {}", problems.join("; "))))
            }
            Turn::Waiting { step, what } if now.duration_since(began) >= self.patience() => {
                After::Answer(self.failure(&format!(
                    "not done within {} seconds ({step}: {what}); what was begun is kept, and the next \
                     attempt goes on with it",
                    self.patience().as_secs()
                )))
            }
            Turn::Waiting { .. } => After::Again,
        }
    }

    fn answer(
        &self,
        status: &str,
        reason: Option<&str>,
        data: &BTreeMap<String, String>,
    ) -> Answer {
        let mut body = json!({
            "Status": status,
            "PhysicalResourceId": self.physical_id(),
            "StackId": self.stack_id,
            "RequestId": self.request_id,
            "LogicalResourceId": self.logical_resource_id,
            "NoEcho": false,
        });
        if let Some(fields) = body.as_object_mut() {
            if let Some(reason) = reason {
                fields.insert("Reason".to_owned(), json!(shortened(reason, REASON_BYTES)));
            }
            if !data.is_empty() {
                fields.insert("Data".to_owned(), json!(data));
            }
            if body_is_long(fields) {
                fields.remove("Data");
            }
        }
        Answer { url: self.response_url.clone(), body: body.to_string() }
    }
}

fn body_is_long(fields: &Map<String, Value>) -> bool {
    serde_json::to_string(fields).is_ok_and(|text| text.len() > ANSWER_BYTES)
}

/// What to do about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Plan this and apply it.
    Run {
        /// What for.
        purpose: Purpose,
        /// What is wanted.
        wanted: Box<Wanted>,
    },
    /// Answer that it failed.
    Refuse(String),
}

/// What follows from a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// Send this.
    Answer(Answer),
    /// Take another turn: within this invocation, or near its end by invoking the function with the same event again.
    Again,
}

/// What is put to the event's address, with an empty content type, as the presigned address wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where.
    pub url: String,
    /// The text.
    pub body: String,
}

/// An address of S3, where CloudFormation waits for answers.
fn is_of_aws(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = host.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'.');
    is_plain && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"))
}

/// At most so many bytes of a text, cut between characters.
fn shortened(text: &str, limit: usize) -> String {
    // Quotes and control characters are longer in JSON: each counts as six.
    let mut left = limit;
    let kept: String = text
        .chars()
        .take_while(|c| {
            let cost = if c.is_control() || *c == '"' || *c == '\\' { 6 } else { c.len_utf8() };
            left.checked_sub(cost).inspect(|rest| left = *rest).is_some()
        })
        .collect();
    if kept.len() == text.len() { kept } else { format!("{kept}…") }
}

#[cfg(test)]
mod tests;
