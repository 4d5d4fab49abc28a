//! SQS batches: each message alone, and an answer that names the ones that failed.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use serde_json::Value;

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is done with; the queue forgets it.
    Done,
    /// It is delivered again, until the queue moves it to its dead-letter queue.
    Again,
}

/// Whether an event is a batch of SQS messages.
pub fn is_batch(event: &Value) -> bool {
    event.pointer("/Records/0/eventSource").and_then(Value::as_str) == Some("aws:sqs")
}

/// Handles the messages of a batch at the same time, each by itself. A message without an id cannot be
/// named as failed, so the error is the whole batch's.
pub async fn each_message<F>(
    event: Value,
    handle: impl Fn(String) -> F,
) -> Result<Value, serde_json::Error>
where
    F: Future<Output = Delivery>,
{
    let batch: SqsEvent = serde_json::from_value(event)?;
    let deliveries = batch.records.into_iter().map(|message| {
        let handled = handle(message.body.unwrap_or_default());
        async move { (message.message_id.unwrap_or_default(), handled.await) }
    });
    let mut response = SqsBatchResponse::default();
    for (id, delivery) in join_all(deliveries).await {
        if delivery == Delivery::Again {
            response.add_failure(id);
        }
    }
    serde_json::to_value(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn a_message_fails_alone() {
        let event = json!({"Records": [
            {"messageId": "1", "body": "good", "eventSource": "aws:sqs"},
            {"messageId": "2", "body": "bad", "eventSource": "aws:sqs"},
            {"messageId": "3", "eventSource": "aws:sqs"},
        ]});
        assert!(is_batch(&event));
        let answer =
            each_message(
                event,
                async |body| if body == "good" { Delivery::Done } else { Delivery::Again },
            );
        assert_eq!(
            answer.await.unwrap(),
            json!({"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]})
        );
    }

    #[test]
    fn other_events_are_not_batches() {
        for event in [
            json!({}),
            json!({"Records": []}),
            json!({"Records": [{"eventSource": "aws:s3"}]}),
            json!("x"),
        ] {
            assert!(!is_batch(&event), "{event}");
        }
    }
}
