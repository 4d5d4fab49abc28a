//! What a closed run leads to: a message for each sink, and one for its findings, so that none of them ever fails the
//! inventory.

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::collect::pipeline::Worker;
use accesstrail_shared::lambda::batch::{Delivery, Message};
use accesstrail_shared::lambda::redelivery::Again;
use accesstrail_shared::lambda::{Counts, Metric, findings};
use accesstrail_shared::model::{RunId, RunState};
use accesstrail_shared::port::{FollowUp, PortError};

use crate::{World, feed};

/// Asks for what follows a run, if it is closed. Whoever ends a unit asks, so that a worker which dies between closing a
/// run and asking is made up for by the redelivery of its message.
pub(crate) async fn ask(world: &World, run: &RunId) -> Result<(), PortError> {
    let closed = world.inventory.store.run(run).await?;
    if closed.is_none_or(|run| run.state != RunState::Closed) {
        return Ok(());
    }
    let feeds = world.feeds.messages(run).into_iter().map(FollowUp::Feed);
    let all: Vec<FollowUp> = feeds.chain([FollowUp::Findings(run.clone())]).collect();
    world.follow_ups.ask(&all).await
}

/// Does what one message asks for.
pub(crate) async fn work(
    world: &World,
    delivered: &Message,
    follow_up: &FollowUp,
    worker: &Worker,
    counts: &Counts,
) -> Delivery {
    match follow_up {
        FollowUp::Feed(message) => feed::deliver(world, delivered, message, worker, counts).await,
        FollowUp::Findings(run) => judge(world, delivered, run, counts).await,
    }
}

/// Judges what the store has after a run.
async fn judge(world: &World, delivered: &Message, run: &RunId, counts: &Counts) -> Delivery {
    let (id, receives) = (&delivered.id, delivered.receives);
    match findings::keep(&*world.inventory.store, &*world.findings).await {
        Ok(findings::Kept { at, open, severe, opened, resolved }) => {
            tracing::info!(%run, %at, open, severe, opened, resolved, "judged");
            counts.add(Metric::RunsJudged, 1);
            counts.add(Metric::FindingsOpen, open);
            counts.add(Metric::FindingsOpened, opened);
            counts.add(Metric::FindingsResolved, resolved);
            Delivery::Done
        }
        Err(error) => {
            let (reason, passing) = (chain(&error), error.is_passing());
            tracing::error!(message_id = id, %run, receives, passing, reason, "not judged");
            counts.add(Metric::MessagesFailed, 1);
            Delivery::Again(Again::Later)
        }
    }
}
