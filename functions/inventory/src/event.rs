//! What starts a run: EventBridge Scheduler's input, a scheduled rule's event, or a direct invocation.

use accesstrail_shared::model::{AccountId, Timestamp, read_time};
use serde::Deserialize;
use serde_json::Value;

/// The start of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// `schedule` or `invoke`.
    pub trigger: &'static str,
    /// When the run was due: a redelivered schedule has the same time, hence the same run.
    pub due: Option<Timestamp>,
    /// Only these accounts; the settings decide if empty.
    pub accounts: Vec<AccountId>,
}

/// Why an event does not start a run.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The event is not one that this function takes.
    #[error(
        "the event is neither a schedule nor a request like {{\"accounts\": [\"111122223333\"]}}: {0}"
    )]
    Shape(#[source] serde_json::Error),
    /// A value in it is wrong.
    #[error("the event cannot be used: {0}")]
    Value(String),
}

/// The input of the schedule in `template.yaml`; every field may be left out in a direct invocation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Request {
    trigger: Option<String>,
    time: Option<String>,
    accounts: Vec<String>,
}

impl Start {
    /// Reads an event.
    pub fn read(event: &Value) -> Result<Self, EventError> {
        // A rule's event carries far more than we read, a request nothing that we do not know.
        if let (Some("Scheduled Event"), Some(time)) = (
            event.get("detail-type").and_then(Value::as_str),
            event.get("time").and_then(Value::as_str),
        ) {
            return Ok(Self { trigger: "schedule", due: Some(due(time)?), accounts: Vec::new() });
        }
        let request = match event {
            Value::Null => Request::default(),
            Value::Object(_) => serde_json::from_value(event.clone()).map_err(EventError::Shape)?,
            // serde would take a list for a request with its fields in order.
            _ => return Err(EventError::Value("it is not a JSON object".to_owned())),
        };
        let trigger = match request.trigger.as_deref() {
            None | Some("invoke") => "invoke",
            Some("schedule") => "schedule",
            Some(other) => return Err(EventError::Value(format!("`{other}` is not a trigger"))),
        };
        let accounts = request.accounts.iter().map(|text| text.parse());
        Ok(Self {
            trigger,
            due: request.time.as_deref().map(due).transpose()?,
            accounts: accounts
                .collect::<Result<_, _>>()
                .map_err(|error| EventError::Value(format!("{error}")))?,
        })
    }
}

fn due(text: &str) -> Result<Timestamp, EventError> {
    read_time(text).map_err(|error| EventError::Value(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_that_start_a_run() {
        let rule = json!({"version": "0", "id": "x", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "111122223333", "time": "2026-11-22T06:00:00Z", "region": "eu-west-1", "resources": [], "detail": {}});
        let scheduler = json!({"trigger": "schedule", "time": "2026-11-22T06:00:00Z"});
        for event in [rule, scheduler] {
            let start = Start::read(&event).unwrap();
            assert_eq!(
                (start.trigger, start.due.unwrap().to_string().as_str()),
                ("schedule", "2026-11-22T06:00:00Z")
            );
        }
        assert_eq!(Start::read(&json!({})).unwrap().trigger, "invoke");
        assert_eq!(Start::read(&Value::Null).unwrap().trigger, "invoke");
        assert_eq!(Start::read(&json!({"accounts": ["111122223333"]})).unwrap().accounts.len(), 1);
    }

    #[test]
    fn events_that_do_not() {
        let rows = [
            (json!("hello"), "not a JSON object"),
            (json!([]), "not a JSON object"),
            (json!({"accounts": ["1"]}), "account id"),
            (json!({"accounts": ["aws"]}), "account id"),
            (json!({"accounts": "111122223333"}), "expected a sequence"),
            (json!({"time": "yesterday"}), "`yesterday` is not a time"),
            (json!({"time": "-009999-01-02T02:00:00Z"}), "not a time"),
            // What Scheduler leaves in an input when it does not know the attribute.
            (json!({"trigger": "schedule", "time": "<aws.scheduler.scheduled-tme>"}), "not a time"),
            (json!({"acounts": []}), "unknown field `acounts`"),
            (json!({"trigger": "x"}), "`x` is not a trigger"),
            (json!({"Records": [{"eventSource": "aws:s3"}]}), "unknown field `Records`"),
            (json!({"detail-type": "Scheduled Event"}), "unknown field `detail-type`"),
        ];
        for (event, complaint) in rows {
            let error = Start::read(&event).unwrap_err().to_string();
            assert!(error.contains(complaint), "{event}: {error}");
        }
    }
}
