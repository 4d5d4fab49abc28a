//! SQS → the queues of a region with their policies. No message is ever received.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>

mod read;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use super::resources::Listed;
use super::stages::{self, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::CallError;
use crate::model::{Arn, Kind};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct Sqs;

const QUEUE_LIST: &str = "queue-list";
const QUEUES: &str = "queues";

/// Queues in one answer: the most that AWS gives. Without a number it gives 1,000 and no token, as if there
/// were no more.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html>
const PAGE: i32 = 1_000;

const LIST_QUEUES: Call = call(
    "sqs:ListQueues",
    QUEUE_LIST,
    Tier::Three,
    "lists the queues",
    "all queues, with their policies",
);
const GET_ATTRIBUTES: Call = call(
    "sqs:GetQueueAttributes",
    QUEUES,
    Tier::Three,
    "reads the policy, encryption and redrive of each queue",
    "who may send to a queue and receive from it, and how it is encrypted",
);
const CALLS: &[Call] = &[LIST_QUEUES, GET_ATTRIBUTES];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(QUEUE_LIST, &[], None),
    capability(QUEUES, &[Kind::Resource, Kind::ResourcePolicy], Some(QUEUE_LIST)),
];

#[async_trait]
impl Staged for Sqs {
    type Client = Client;

    const NAME: &'static str = "sqs";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.sqs(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let queues = Box::pin(look.list(QUEUE_LIST, queues)).await?;
        Box::pin(look.each(QUEUES, &queues, QueueRef::key, attributes)).await.map(drop)
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

/// A queue of the list: SQS asks for the address, everyone else for the ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct QueueRef {
    arn: Arn,
    url: String,
}

impl QueueRef {
    fn key(&self) -> String {
        self.arn.to_string()
    }
}

/// The queues.
async fn queues(context: &Context, client: &Client) -> Listed<QueueRef> {
    let (answers, failure) = context
        .list(
            &LIST_QUEUES,
            |token| client.list_queues().max_results(PAGE).set_next_token(token).send(),
            |answer| (answer.queue_urls.unwrap_or_default(), answer.next_token),
        )
        .await;
    let mut listed = Listed { seen: Seen { failure, ..Seen::default() }, ..Listed::default() };
    for url in answers {
        match read::arn(context, &url) {
            Ok(arn) => listed.items.push(QueueRef { arn, url }),
            Err(reason) => listed.seen.set_aside.push((format!("queue {url:?}"), reason)),
        }
    }
    listed
}

/// What a queue is, and its policy. `All` is the one name that every partition knows: a name that one does
/// not know makes it refuse the whole call.
async fn attributes(
    context: &Context,
    client: &Client,
    queue: &QueueRef,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_ATTRIBUTES, || {
            client
                .get_queue_attributes()
                .queue_url(&queue.url)
                .attribute_names(QueueAttributeName::All)
                .send()
        })
        .await?;
    Ok(read::queue(&queue.arn, &answer.attributes.unwrap_or_default()))
}
