//! The queue of work over SQS.

use async_trait::async_trait;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::{Deserialize, Serialize};

use super::error::{Fault, classify};
use crate::model::{RunId, Unit};
use crate::port::{PortError, Queue, UnitMessage};

/// Messages per `SendMessageBatch`.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>
const BATCH: usize = 10;

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

/// Reads a message body; the error says what is wrong with it.
pub fn read_message(body: &str) -> Result<UnitMessage, String> {
    let Body { version, run, unit, hop } =
        serde_json::from_str(body).map_err(|error| error.to_string())?;
    if version != VERSION {
        return Err(format!("message version {version} is not {VERSION}"));
    }
    Ok(UnitMessage { run, unit, hop })
}

/// [`Queue`] over one SQS queue.
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
                .map_err(|error| {
                    let verdict = classify(&error, false);
                    let (what, source) = (self.what(), error.into());
                    match verdict.fault {
                        Fault::Denied(_) => {
                            PortError::Denied { what: format!("{what} (sqs:SendMessage)"), source }
                        }
                        Fault::Throttled | Fault::Unavailable => PortError::Busy { what, source },
                        _ => PortError::Failed { what, source },
                    }
                })?;
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
        for batch in messages.chunks(BATCH) {
            let mut entries = Vec::with_capacity(batch.len());
            for (index, message) in batch.iter().enumerate() {
                let failed =
                    |source: crate::port::BoxError| PortError::Failed { what: self.what(), source };
                let body = write_message(message).map_err(|error| failed(error.into()))?;
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(body)
                    .build();
                entries.push(entry.map_err(|error| failed(error.into()))?);
            }
            self.send_batch(entries).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
