//! SQS batches: each message alone, and an answer that names the ones that failed.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::join_all;
use serde_json::Value;

use super::redelivery::{self, Again};
use crate::port::{Clock, Receipt, Redelivery};

/// One message of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// SQS's id, which it keeps in the dead-letter queue.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// How often it was delivered, this time included.
    pub receives: u32,
    /// This delivery, as the queue knows it; `None` in events that no queue made.
    pub receipt: Option<Receipt>,
}

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is done with; the queue forgets it.
    Done,
    /// It is delivered again, until the queue moves it to its dead-letter queue.
    Again(Again),
}

/// Why a batch could not be taken apart. All of its messages are delivered again.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// It is not what SQS sends.
    #[error("the batch is not one of SQS")]
    Shape(#[from] serde_json::Error),
    /// A message without an id cannot be named as failed, so no answer about the batch would be true.
    #[error("a message of the batch has no messageId")]
    Nameless,
}

/// Whether an event is a batch of SQS messages. One without messages is a batch too: nothing is to be done.
pub fn is_batch(event: &Value) -> bool {
    let records = event.get("Records").and_then(Value::as_array);
    let of_sqs = |record: &Value| record.get("eventSource") == Some(&"aws:sqs".into());
    records.is_some_and(|records| records.iter().all(of_sqs))
}

/// The messages of a batch.
pub fn messages(event: Value) -> Result<Vec<Message>, BatchError> {
    let batch: SqsEvent = serde_json::from_value(event)?;
    batch.records.into_iter().map(read).collect()
}

/// Handles the messages of a batch at the same time, each by itself, and tells `queue` when those that are
/// not done with come again.
pub async fn each_message<F>(
    event: Value,
    queue: &dyn Redelivery,
    clock: &dyn Clock,
    handle: impl Fn(Message) -> F,
) -> Result<Value, BatchError>
where
    F: Future<Output = Delivery>,
{
    let deliveries = messages(event)?.into_iter().map(|message| {
        let handled = handle(message.clone());
        async move {
            let delivery = handled.await;
            if let Delivery::Again(again) = delivery {
                redelivery::tell(queue, &message, again, clock.now()).await;
            }
            (message.id, delivery)
        }
    });
    let mut response = SqsBatchResponse::default();
    for (id, delivery) in join_all(deliveries).await {
        if delivery != Delivery::Done {
            response.add_failure(id);
        }
    }
    Ok(serde_json::to_value(response)?)
}

fn read(record: SqsMessage) -> Result<Message, BatchError> {
    let id = record.message_id.filter(|id| !id.is_empty()).ok_or(BatchError::Nameless)?;
    let receives = record.attributes.get("ApproximateReceiveCount");
    let receipt = record.event_source_arn.zip(record.receipt_handle);
    Ok(Message {
        id,
        body: record.body.unwrap_or_default(),
        receives: receives.and_then(|count| count.parse().ok()).unwrap_or(1),
        receipt: receipt.map(|(queue, handle)| Receipt { queue, handle }),
    })
}

#[cfg(test)]
mod tests;
