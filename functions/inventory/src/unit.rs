//! A batch of messages, each a unit of work or a feed: one call into the pipeline, one outcome, one line in the log.

use std::sync::atomic::{AtomicUsize, Ordering};

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::aws::queue::{read_follow_up, read_message};
use accesstrail_shared::collect::pipeline::{Outcome, WorkError, Worker};
use accesstrail_shared::lambda::batch::{self, Delivery, Message};
use accesstrail_shared::lambda::redelivery::Again;
use accesstrail_shared::lambda::{Counts, Failure, Invocation, Metric};
use serde_json::Value;

use crate::{World, follow_up};

/// Works on the units of a batch.
pub(crate) async fn work(
    world: &World,
    event: Value,
    invocation: &Invocation,
    counts: &Counts,
) -> Result<Value, Failure> {
    let position = AtomicUsize::new(0);
    let (queue, clock) = (&*world.redelivery, &*world.clock);
    let answer = batch::each_message(event, queue, clock, async |message| {
        counts.add(Metric::MessagesIn, 1);
        if !invocation.can_begin() {
            tracing::warn!(message_id = message.id, deadline = %invocation.deadline, "no time to begin");
            counts.add(Metric::MessagesFailed, 1);
            return Delivery::Again(Again::Later);
        }
        // A unit that stands twice in a batch is worked on once: each message claims in its own name.
        let mut worker = invocation.worker();
        worker.name = format!("{}/{}", worker.name, position.fetch_add(1, Ordering::Relaxed));
        one_message(world, &message, &worker, counts).await
    });
    answer.await.map_err(|error| Failure::give_up(&error))
}

async fn one_message(
    world: &World,
    delivered: &Message,
    worker: &Worker,
    counts: &Counts,
) -> Delivery {
    // What a message in the dead-letter queue is found by, and how often it has come.
    let (id, receives) = (&delivered.id, delivered.receives);
    if let Some(follow_up) = read_follow_up(&delivered.body) {
        return follow_up::work(world, delivered, &follow_up, worker, counts).await;
    }
    let message = match read_message(&delivered.body) {
        Ok(message) => message,
        Err(reason) => {
            tracing::error!(
                message_id = id,
                receives,
                reason,
                "unreadable: the queue sets it aside"
            );
            counts.add(Metric::MessagesPoison, 1);
            return Delivery::Again(Again::AtOnce);
        }
    };
    let (run, unit) = (message.run.to_string(), message.unit.to_string());
    let outcome = world.inventory.work(&message, worker).await;
    if let Ok(Outcome::Ended(_) | Outcome::EndedBefore) = &outcome
        && let Err(error) = follow_up::ask(world, &message.run).await
    {
        // The message comes again, finds its unit ended and asks once more.
        let reason = chain(&error);
        tracing::error!(message_id = id, run, reason, "what follows the run was not asked for");
        counts.add(Metric::MessagesFailed, 1);
        return Delivery::Again(Again::Later);
    }
    match outcome {
        Ok(Outcome::Ended(coverage)) => {
            let gaps = coverage.iter().filter(|each| each.status.is_gap()).count();
            tracing::info!(run, unit, gaps, "ended");
            counts.add(Metric::UnitsEnded, 1);
            counts.add(Metric::ScopesWithGaps, gaps as u64);
            Delivery::Done
        }
        Ok(Outcome::EndedBefore) => {
            counts.add(Metric::UnitsEndedBefore, 1);
            Delivery::Done
        }
        Ok(Outcome::HandedOn) => {
            tracing::info!(run, unit, hop = message.hop + 1, "handed on before the deadline");
            counts.add(Metric::UnitsHandedOn, 1);
            Delivery::Done
        }
        Ok(Outcome::Held(until)) => {
            tracing::info!(run, unit, receives, %until, "held by another worker");
            counts.add(Metric::UnitsHeld, 1);
            Delivery::Again(Again::NotBefore(until))
        }
        Err(error) => {
            let (reason, passing) = (chain(&error), error.is_passing());
            tracing::error!(message_id = id, run, unit, receives, passing, reason, "failed");
            let metric = if passing { Metric::MessagesFailed } else { Metric::MessagesPoison };
            counts.add(metric, 1);
            Delivery::Again(after(&error))
        }
    }
}

/// When a message that failed comes again. What is wrong with the message stays wrong; what is wrong with
/// the deployment (a denied table, a missing queue) is repaired while the message waits.
fn after(error: &WorkError) -> Again {
    match error {
        WorkError::Unplanned { .. } | WorkError::NoCollector(_) | WorkError::NewerOptions(_) => {
            Again::AtOnce
        }
        WorkError::Session(_) | WorkError::Port(_) => Again::Later,
    }
}
