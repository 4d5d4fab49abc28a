//! The inventory function: a schedule or an invocation plans a run, SQS messages work on it.
//!
//! ```text
//! schedule ──► plan ──► SQS (account × collector × region) ──► the same function ──► table
//! ```
//!
//! Decodes, makes one call into `accesstrail_shared::collect::pipeline`, encodes. It decides nothing.

mod event;
mod world;

use accesstrail_shared::aws::queue::read_message;
use accesstrail_shared::collect::pipeline::{Outcome, PlanError, Worker};
use accesstrail_shared::lambda::batch::{self, Delivery};
use accesstrail_shared::lambda::{Failure, Invocation, Metric, Metrics};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub use event::{EventError, Start};
pub use world::World;

/// Handles one event: a batch of units, or the start of a run.
pub async fn handle(world: &World, event: Value, invocation: Invocation) -> Result<Value, Failure> {
    let metrics = Mutex::new(Metrics::default());
    let answer = if batch::is_batch(&event) {
        work(world, event, &invocation, &metrics).await
    } else {
        plan(world, &event, &invocation, &metrics).await
    };
    let mut metrics = metrics.into_inner().unwrap_or_else(PoisonError::into_inner);
    if answer.is_err() {
        metrics.add(Metric::Failures, 1);
    }
    metrics.write("inventory", world.now());
    answer
}

async fn plan(
    world: &World,
    event: &Value,
    invocation: &Invocation,
    metrics: &Mutex<Metrics>,
) -> Result<Value, Failure> {
    let start = Start::read(event).map_err(|error| Failure::give_up(&error))?;
    let plan =
        world.inventory.plan(world.request(&start, invocation)).await.map_err(
            |error| match &error {
                PlanError::Port(port) if port.is_passing() => Failure::retry(&error),
                PlanError::Session(session) if session.is_passing() => Failure::retry(&error),
                _ => Failure::give_up(&error),
            },
        )?;
    count(metrics, Metric::UnitsPlanned, plan.sent as u64);
    for note in &plan.notes {
        tracing::warn!(run = %plan.run, "{note}");
    }
    tracing::info!(run = %plan.run, accounts = plan.accounts.len(), units = plan.planned, sent = plan.sent, "planned");
    Ok(json!({
        "run": plan.run.as_str(),
        "accounts": plan.accounts.len(),
        "units": plan.planned,
        "sent": plan.sent,
        "notes": plan.notes,
    }))
}

async fn work(
    world: &World,
    event: Value,
    invocation: &Invocation,
    metrics: &Mutex<Metrics>,
) -> Result<Value, Failure> {
    let position = AtomicUsize::new(0);
    let answer = batch::each_message(event, async |body| {
        count(metrics, Metric::MessagesIn, 1);
        // A unit that stands twice in a batch is worked on once: each message claims in its own name.
        let mut worker = invocation.worker();
        worker.name = format!("{}/{}", worker.name, position.fetch_add(1, Ordering::Relaxed));
        one_message(world, &body, &worker, metrics).await
    });
    answer.await.map_err(|error| Failure::give_up(&error))
}

async fn one_message(
    world: &World,
    body: &str,
    worker: &Worker,
    metrics: &Mutex<Metrics>,
) -> Delivery {
    let message = match read_message(body) {
        Ok(message) => message,
        Err(reason) => {
            tracing::error!(reason, "a message cannot be read; the queue will set it aside");
            count(metrics, Metric::MessagesPoison, 1);
            return Delivery::Again;
        }
    };
    let (run, unit) = (message.run.to_string(), message.unit.to_string());
    match world.inventory.work(&message, worker).await {
        Ok(Outcome::Ended(coverage)) => {
            let gaps = coverage.iter().filter(|each| each.status.is_gap()).count();
            tracing::info!(run, unit, gaps, "ended");
            count(metrics, Metric::UnitsEnded, 1);
            count(metrics, Metric::ScopesWithGaps, gaps as u64);
            Delivery::Done
        }
        Ok(Outcome::EndedBefore) => {
            count(metrics, Metric::UnitsEndedBefore, 1);
            Delivery::Done
        }
        Ok(Outcome::HandedOn) => {
            tracing::info!(run, unit, hop = message.hop + 1, "handed on before the deadline");
            count(metrics, Metric::UnitsHandedOn, 1);
            Delivery::Done
        }
        Ok(Outcome::Held(until)) => {
            tracing::info!(run, unit, %until, "held by another worker");
            count(metrics, Metric::UnitsHeld, 1);
            Delivery::Again
        }
        Err(error) => {
            let reason = accesstrail_shared::aws::error::chain(&error);
            tracing::error!(run, unit, reason, passing = error.is_passing(), "failed");
            let metric =
                if error.is_passing() { Metric::MessagesFailed } else { Metric::MessagesPoison };
            count(metrics, metric, 1);
            Delivery::Again
        }
    }
}

fn count(metrics: &Mutex<Metrics>, metric: Metric, by: u64) {
    metrics.lock().unwrap_or_else(PoisonError::into_inner).add(metric, by);
}
