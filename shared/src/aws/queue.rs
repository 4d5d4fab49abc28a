//! The queue of work over SQS.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::{StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};

use super::error::{Fault, classify};
use crate::model::{RunId, Unit};
use crate::port::{
    BoxError, FeedMessage, FollowUp, FollowUps, PortError, Queue, Receipt, Redelivery, UnitMessage,
};

/// Messages per `SendMessageBatch`.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>
const BATCH: usize = 10;

/// Batches that are sent at once.
const AT_ONCE: usize = 8;

/// The longest that a message may be hidden, counted from its delivery.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
const LONGEST: Duration = Duration::from_hours(12);

/// How often what SQS did not take of a batch is sent again.
const TRIES: usize = 5;

/// The version of the message body.
const VERSION: u32 = 1;

/// The body of a message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    version: u32,
    run: RunId,
    unit: Unit,
    #[serde(default)]
    hop: u32,
}

/// The body of a message as JSON.
pub fn write_message(message: &UnitMessage) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Body {
        version: VERSION,
        run: message.run.clone(),
        unit: message.unit.clone(),
        hop: message.hop,
    })
}

/// The body of a message that asks for the feed of a closed run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeedBody {
    version: u32,
    feed: RunId,
    sink: String,
    #[serde(default)]
    hop: u32,
}

/// The body of a message that asks for the findings of a closed run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingsBody {
    version: u32,
    findings: RunId,
}

/// The body of a message about a closed run as JSON.
pub fn write_follow_up(follow_up: &FollowUp) -> Result<String, serde_json::Error> {
    match follow_up.clone() {
        FollowUp::Feed(FeedMessage { run, sink, hop }) => {
            serde_json::to_string(&FeedBody { version: VERSION, feed: run, sink, hop })
        }
        FollowUp::Findings(run) => {
            serde_json::to_string(&FindingsBody { version: VERSION, findings: run })
        }
    }
}

/// Reads a body as a message about a closed run; `None` if it is another one, or none.
pub fn read_follow_up(body: &str) -> Option<FollowUp> {
    // A structure may be written as an array of its fields, which says nothing about their names: the same
    // array would be a unit's message too.
    if !body.trim_start().starts_with('{') {
        return None;
    }
    if let Ok(FindingsBody { version, findings }) = serde_json::from_str(body) {
        return (version == VERSION).then_some(FollowUp::Findings(findings));
    }
    let FeedBody { version, feed, sink, hop } = serde_json::from_str(body).ok()?;
    (version == VERSION).then_some(FollowUp::Feed(FeedMessage { run: feed, sink, hop }))
}

/// Reads a message body; the error says what is wrong with it.
pub fn read_message(body: &str) -> Result<UnitMessage, String> {
    let Body { version, run, unit, hop } =
        serde_json::from_str(body).map_err(|error| error.to_string())?;
    if version != VERSION {
        return Err(format!("message version {version} is not {VERSION}"));
    }
    Ok(UnitMessage { run, unit, hop })
}

/// [`Queue`] and [`Redelivery`] over one SQS queue.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl SqsQueue {
    /// The queue at `url`.
    pub fn new(client: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    fn what(&self) -> String {
        format!("queue {}", self.url)
    }

    /// Whether this is the queue with that ARN: the name is the last part of both.
    fn is(&self, arn: &str) -> bool {
        arn.rsplit(':').next() == self.url.trim_end_matches('/').rsplit('/').next()
    }

    fn failed<E>(&self, action: &str, error: SdkError<E, HttpResponse>) -> PortError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let verdict = classify(&error, false);
        let (what, source) = (format!("{} ({action})", self.what()), error.into());
        match verdict.fault {
            Fault::Denied(_) => PortError::Denied { what, source },
            Fault::Throttled | Fault::Unavailable => PortError::Busy { what, source },
            _ => PortError::Failed { what, source },
        }
    }

    /// Sends messages of other forms.
    pub async fn send_texts(&self, bodies: Vec<String>) -> Result<(), PortError> {
        self.send_bodies(bodies.into_iter().map(Ok).collect()).await
    }

    async fn send_bodies(
        &self,
        bodies: Vec<Result<String, serde_json::Error>>,
    ) -> Result<(), PortError> {
        let failed = |source: BoxError| PortError::Failed { what: self.what(), source };
        let batches = bodies.chunks(BATCH).map(|batch| async {
            let mut entries = Vec::with_capacity(batch.len());
            for (index, body) in batch.iter().enumerate() {
                let body = body.as_ref().map_err(|error| failed(error.to_string().into()))?;
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(body)
                    .build();
                entries.push(entry.map_err(|error| failed(error.into()))?);
            }
            self.send_batch(entries).await
        });
        let batches: Vec<_> = batches.collect();
        futures::stream::iter(batches).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn send_batch(
        &self,
        entries: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<(), PortError> {
        let mut waiting = entries;
        for _ in 0..TRIES {
            let answer = self
                .client
                .send_message_batch()
                .queue_url(&self.url)
                .set_entries(Some(waiting.clone()))
                .send()
                .await
                .map_err(|error| self.failed("sqs:SendMessage", error))?;
            waiting.retain(|entry| answer.failed().iter().any(|failed| failed.id() == entry.id()));
            if waiting.is_empty() {
                return Ok(());
            }
        }
        let source =
            format!("{} messages were not taken after {TRIES} tries", waiting.len()).into();
        Err(PortError::Busy { what: self.what(), source })
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, messages: &[UnitMessage]) -> Result<(), PortError> {
        self.send_bodies(messages.iter().map(write_message).collect()).await
    }
}

#[async_trait]
impl FollowUps for SqsQueue {
    async fn ask(&self, follow_ups: &[FollowUp]) -> Result<(), PortError> {
        self.send_bodies(follow_ups.iter().map(write_follow_up).collect()).await
    }
}

#[async_trait]
impl Redelivery for SqsQueue {
    async fn again_in(&self, receipt: &Receipt, delay: Duration) -> Result<(), PortError> {
        if !self.is(&receipt.queue) {
            let source = format!("the message came from {}", receipt.queue).into();
            return Err(PortError::Failed { what: self.what(), source });
        }
        let seconds = i32::try_from(delay.min(LONGEST).as_secs()).unwrap_or(i32::MAX);
        let change = self.client.change_message_visibility().queue_url(&self.url);
        change
            .receipt_handle(&receipt.handle)
            .visibility_timeout(seconds)
            .send()
            .await
            .map_err(|error| self.failed("sqs:ChangeMessageVisibility", error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_of_another_queue_is_left_to_that_queue() {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .build();
        let client = aws_sdk_sqs::Client::from_conf(config);
        let queue = SqsQueue::new(client, "https://sqs.eu-west-1.amazonaws.com/123456789012/units");
        assert!(queue.is("arn:aws:sqs:eu-west-1:123456789012:units"));
        let other = "arn:aws:sqs:eu-west-1:123456789012:other-units";
        let receipt = Receipt { queue: other.to_owned(), handle: "AQEB".to_owned() };
        // Nothing is asked: this client has neither region nor credentials.
        let error = queue.again_in(&receipt, Duration::ZERO).await.unwrap_err();
        let told = crate::aws::error::chain(&error);
        assert!(told.contains(other) && told.contains("/units"), "{told}");
    }

    #[test]
    fn messages_about_closed_runs_are_told_from_the_others() {
        let run: RunId = "20261122T060000Z-x".parse().unwrap();
        let sink = "webhook:siem.example.com:0123456789ab".to_owned();
        let feed = FollowUp::Feed(FeedMessage { run: run.clone(), sink, hop: 2 });
        for follow_up in [feed, FollowUp::Findings(run)] {
            let body = write_follow_up(&follow_up).unwrap();
            assert_eq!(read_follow_up(&body), Some(follow_up));
            assert!(read_message(&body).is_err(), "a unit is something else");
        }
        for other in [
            "",
            "{}",
            r#"{"version":9,"feed":"20261122T060000Z","sink":"x"}"#,
            r#"{"version":1,"feed":"yesterday","sink":"x"}"#,
            r#"{"version":1,"feed":"20261122T060000Z","sink":"x","y":1}"#,
            r#"{"version":9,"findings":"20261122T060000Z"}"#,
            r#"{"version":1,"findings":"yesterday"}"#,
            r#"{"version":1,"findings":"20261122T060000Z","feed":"20261122T060000Z","sink":"x"}"#,
            r#"[1,"20261122T060000Z"]"#,
            r#"[1,"20261122T060000Z","111122223333/aws-global/iam",0]"#,
            r#"{"version":1,"run":"20261122T060000Z","unit":"111122223333/aws-global/iam"}"#,
        ] {
            assert_eq!(read_follow_up(other), None, "{other}");
        }
    }

    #[test]
    fn messages_round_trip_and_bad_ones_say_why() {
        let message = UnitMessage {
            run: "20261122T060000Z-x".parse().unwrap(),
            unit: "111122223333/aws-global/iam-authorization".parse().unwrap(),
            hop: 2,
        };
        assert_eq!(read_message(&write_message(&message).unwrap()).unwrap(), message);
        for (body, complaint) in [
            ("", "EOF"),
            ("hello", "expected value"),
            ("{}", "missing field"),
            (
                r#"{"version":9,"run":"20261122T060000Z","unit":"111122223333/aws-global/iam"}"#,
                "version 9",
            ),
            (r#"{"version":1,"run":"20261122T060000Z","unit":"1/aws-global/iam"}"#, "account id"),
            (
                r#"{"version":1,"run":"20261122T060000Z","unit":"111122223333/aws-global/iam","x":1}"#,
                "unknown field",
            ),
        ] {
            let error = read_message(body).unwrap_err();
            assert!(error.contains(complaint), "{body}: {error}");
        }
    }
}
