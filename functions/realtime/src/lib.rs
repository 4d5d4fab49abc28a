//! The realtime function: CloudTrail events, through a queue → what they touched, read again.
//!
//! ```text
//! EventBridge ──► SQS ──► events ──────────┐
//! notices of new logs ──► SQS ──► records ─┴──► touched objects ──► read again ──► table ──► bus, endpoint
//! ```
//!
//! Decodes, makes one call into `accesstrail_shared::live`, encodes. It decides nothing.

mod events;
mod world;

use std::collections::BTreeMap;

use accesstrail_shared::lambda::batch::{self, Delivery};
use accesstrail_shared::lambda::redelivery::Again;
use accesstrail_shared::lambda::{Counts, Failure, Invocation, Metric};
use accesstrail_shared::live::{Fate, Incoming, Outcome};
use serde_json::Value;

pub use world::World;

/// Handles one event: a batch of messages.
pub async fn handle(world: &World, event: Value, invocation: Invocation) -> Result<Value, Failure> {
    let counts = Counts::default();
    let answer = work(world, event, &invocation, &counts).await;
    counts.write("realtime", world.clock.now(), &answer);
    answer
}

async fn work(
    world: &World,
    event: Value,
    invocation: &Invocation,
    counts: &Counts,
) -> Result<Value, Failure> {
    if !batch::is_batch(&event) {
        return Err(Failure::GiveUp("the event is no batch of messages of a queue".to_owned()));
    }
    let messages = batch::messages(event.clone()).map_err(|error| Failure::give_up(&error))?;
    counts.add(Metric::MessagesIn, messages.len() as u64);
    let mut deliveries: BTreeMap<String, Delivery> = BTreeMap::new();
    let (mut incoming, mut ids): (Vec<Incoming>, Vec<String>) = (Vec::new(), Vec::new());
    for message in &messages {
        match events::read(world, message).await {
            Ok(events) => {
                incoming.push(Incoming { events });
                ids.push(message.id.clone());
            }
            Err(again) => {
                let metric = match again {
                    Again::AtOnce => Metric::MessagesPoison,
                    _ => Metric::MessagesFailed,
                };
                counts.add(metric, 1);
                deliveries.insert(message.id.clone(), Delivery::Again(again));
            }
        }
    }
    match world.take(&incoming, invocation).await {
        Ok(outcome) => {
            tell(&outcome, counts);
            for (id, fate) in ids.into_iter().zip(outcome.fates) {
                deliveries.insert(id, delivery(fate, counts));
            }
        }
        Err(failure) => {
            tracing::error!(%failure, "nothing was done: every message comes again");
            counts.add(Metric::MessagesFailed, ids.len() as u64);
            let later = ids.into_iter().map(|id| (id, Delivery::Again(Again::Later)));
            deliveries.extend(later);
        }
    }
    let fate = |id: &str| deliveries.get(id).copied().unwrap_or(Delivery::Again(Again::Later));
    let (queue, clock) = (&*world.queue, &*world.clock);
    batch::each_message(event, queue, clock, async |message| fate(&message.id))
        .await
        .map_err(|error| Failure::give_up(&error))
}

fn delivery(fate: Fate, counts: &Counts) -> Delivery {
    let (metric, delivery) = match fate {
        Fate::Done => (Metric::MessagesDone, Delivery::Done),
        Fate::Again(at) => (Metric::MessagesFailed, Delivery::Again(Again::NotBefore(at))),
        Fate::Later => (Metric::MessagesFailed, Delivery::Again(Again::Later)),
    };
    counts.add(metric, 1);
    delivery
}

fn tell(outcome: &Outcome, counts: &Counts) {
    let told = &outcome.counts;
    let seconds = outcome.latencies.iter().map(|latency| latency.as_secs().max(0).unsigned_abs());
    for (metric, by) in [
        (Metric::EventsIn, told.events),
        (Metric::EventsIgnored, told.nothing.values().sum()),
        (Metric::EventsOfUnknownAccounts, told.unknown_accounts),
        (Metric::ObjectsReread, told.objects),
        (Metric::ChangesObserved, told.changes),
        (Metric::UnitsStale, told.stale),
        (Metric::AnswersContradicted, told.contradicted),
        (Metric::HealthFindings, told.health),
        (Metric::ChangeLatency, seconds.max().unwrap_or_default()),
        (Metric::EventsSent, told.sent),
        (Metric::EventsSetAside, told.set_aside),
    ] {
        counts.add(metric, by);
    }
    let (events, changes, calls, foreign) = (told.events, told.changes, told.calls, told.foreign);
    tracing::info!(events, changes, calls, foreign, stale = told.stale, "read again");
}
