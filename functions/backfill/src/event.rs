//! What starts a backfill: a direct invocation.

use std::collections::BTreeSet;

use accesstrail_shared::backfill::message::Source;
use accesstrail_shared::model::{AccountId, Region};
use accesstrail_shared::trail::key;
use serde::Deserialize;
use serde_json::Value;

/// Days back where nobody says otherwise, and the most: CloudTrail's own event history has 90 days, and ten years are
/// the longest that logs are asked to be kept.
const DAYS: u32 = 90;
const MOST_DAYS: u32 = 3_650;

/// The start of a backfill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// How many days back from today.
    pub days: u32,
    /// Only these accounts; all where empty.
    pub accounts: BTreeSet<String>,
    /// Only these regions' folders; all where empty.
    pub regions: BTreeSet<String>,
}

/// Why an event does not start a backfill.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The event is not one that this function takes.
    #[error(
        "the event is neither a batch of messages nor a request like {{\"backfill\": {{\"days\": 90}}}}: {0}"
    )]
    Shape(#[source] serde_json::Error),
    /// A value in it is wrong.
    #[error("the event cannot be used: {0}")]
    Value(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    backfill: Request,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Request {
    bucket: Option<String>,
    prefix: Option<String>,
    days: Option<u32>,
    accounts: Vec<String>,
    regions: Vec<String>,
}

impl Start {
    /// Reads an event. A table has the logs of one place, so a bucket or prefix that it names is this function's own.
    pub fn read(event: &Value, source: &Source) -> Result<Self, EventError> {
        // serde would take a list for a request with its fields in order.
        let is_list = |value: Option<&Value>| value.is_some_and(Value::is_array);
        if !event.is_object() || is_list(event.get("backfill")) {
            return Err(EventError::Value("it is not a JSON object".to_owned()));
        }
        let Event { backfill: request } =
            serde_json::from_value(event.clone()).map_err(EventError::Shape)?;
        let prefix = request.prefix.as_deref().map(key::prefix);
        for (name, asked, own) in [
            ("bucket", request.bucket.as_ref(), &source.bucket),
            ("prefix", prefix.as_ref(), &source.prefix),
        ] {
            if let Some(asked) = asked.filter(|asked| *asked != own) {
                return Err(EventError::Value(format!(
                    "this function reads the {name} `{own}`, not `{asked}`: deploy another one beside it"
                )));
            }
        }
        let days = request.days.unwrap_or(DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(EventError::Value(format!("days: {days} is not from 1 to {MOST_DAYS}")));
        }
        let wrong = |error: &dyn std::fmt::Display| EventError::Value(error.to_string());
        let account = |text: &String| text.parse::<AccountId>().map(|id| id.to_string());
        let region = |text: &String| text.parse::<Region>().map(|name| name.to_string());
        Ok(Self {
            days,
            accounts: request
                .accounts
                .iter()
                .map(account)
                .collect::<Result<_, _>>()
                .map_err(|e| wrong(&e))?,
            regions: request
                .regions
                .iter()
                .map(region)
                .collect::<Result<_, _>>()
                .map_err(|e| wrong(&e))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn source() -> Source {
        Source { bucket: "trail".to_owned(), prefix: "logs/".to_owned() }
    }

    #[test]
    fn requests_that_start_a_backfill() {
        let start = Start::read(&json!({"backfill": {}}), &source()).unwrap();
        assert_eq!(start, Start { days: 90, accounts: [].into(), regions: [].into() });
        let all = json!({"backfill": {
            "bucket": "trail", "prefix": "/logs/AWSLogs", "days": 3650,
            "accounts": ["111122223333"], "regions": ["eu-west-1", "eu-west-1"],
        }});
        let start = Start::read(&all, &source()).unwrap();
        assert_eq!((start.days, start.accounts.len(), start.regions.len()), (3_650, 1, 1));
    }

    #[test]
    fn requests_that_do_not() {
        let rows = [
            (json!(null), "not a JSON object"),
            (json!([{"backfill": {}}]), "not a JSON object"),
            (json!({"backfill": []}), "not a JSON object"),
            (json!({}), "missing field `backfill`"),
            (json!({"backfill": {"day": 1}}), "unknown field `day`"),
            (json!({"backfill": {"days": 0}}), "from 1 to 3650"),
            (json!({"backfill": {"days": 3651}}), "from 1 to 3650"),
            (json!({"backfill": {"accounts": ["1"]}}), "account id"),
            (json!({"backfill": {"regions": ["Frankfurt"]}}), "region"),
            (json!({"backfill": {"bucket": "other"}}), "reads the bucket `trail`, not `other`"),
            (json!({"backfill": {"prefix": ""}}), "reads the prefix `logs/`, not ``"),
            (json!({"Records": [{"eventSource": "aws:s3"}]}), "unknown field `Records`"),
        ];
        for (event, complaint) in rows {
            let error = Start::read(&event, &source()).unwrap_err().to_string();
            assert!(error.contains(complaint), "{event}: {error}");
        }
    }
}
