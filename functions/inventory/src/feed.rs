//! The feed of a closed run: a message for each sink, and its own deliveries for each message, so that a sink
//! that fails never fails the inventory.

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::collect::pipeline::Worker;
use accesstrail_shared::feed::Ended;
use accesstrail_shared::lambda::batch::{Delivery, Message};
use accesstrail_shared::lambda::redelivery::Again;
use accesstrail_shared::lambda::{Counts, Metric};
use accesstrail_shared::port::{FeedMessage, FollowUp, PortError};

use crate::World;

/// How often the rest of a feed is handed on. Lambda stops a loop of function and queue after about 16 rounds;
/// what is left then comes again when the queue delivers the message again.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
const MOST_HOPS: u32 = 12;

/// Delivers what one message asks for.
pub(crate) async fn deliver(
    world: &World,
    delivered: &Message,
    message: &FeedMessage,
    worker: &Worker,
    counts: &Counts,
) -> Delivery {
    let (id, receives, run, sink) =
        (&delivered.id, delivered.receives, message.run.as_str(), &message.sink);
    match run_feed(world, message, worker).await {
        Ok(Some(ended)) => {
            let told = ended.told();
            counts.add(Metric::EventsSent, told.sent);
            counts.add(Metric::EventsSetAside, told.set_aside());
            if told.set_aside() > 0 {
                let (refused, given_up) = (told.refused, told.given_up);
                tracing::error!(run, sink, refused, given_up, "events were set aside");
            }
            if matches!(ended, Ended::Whole(_)) {
                tracing::info!(run, sink, sent = told.sent, "fed");
                counts.add(Metric::FeedsDelivered, 1);
                return Delivery::Done;
            }
            hand_on(world, message, counts).await
        }
        Ok(None) => {
            tracing::warn!(message_id = id, run, sink, "the settings name this sink no more");
            counts.add(Metric::FeedsDelivered, 1);
            Delivery::Done
        }
        Err(error) => {
            let (reason, passing) = (chain(&error), error.is_passing());
            tracing::error!(message_id = id, run, sink, receives, passing, reason, "not fed");
            counts.add(Metric::MessagesFailed, 1);
            Delivery::Again(Again::Later)
        }
    }
}

async fn run_feed(
    world: &World,
    message: &FeedMessage,
    worker: &Worker,
) -> Result<Option<Ended>, PortError> {
    match world.feeds.feed(&message.sink).await? {
        Some(feed) => feed.run(&message.run, &worker.stop).await.map(Some),
        None => Ok(None),
    }
}

async fn hand_on(world: &World, message: &FeedMessage, counts: &Counts) -> Delivery {
    let rest = FeedMessage { hop: message.hop + 1, ..message.clone() };
    let sent = rest.hop <= MOST_HOPS && world.follow_ups.ask(&[FollowUp::Feed(rest)]).await.is_ok();
    let metric = if sent { Metric::FeedsHandedOn } else { Metric::MessagesFailed };
    counts.add(metric, 1);
    if sent { Delivery::Done } else { Delivery::Again(Again::Later) }
}
