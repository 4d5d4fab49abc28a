//! The inventory function: a schedule or an invocation plans a run, SQS messages work on it.
//!
//! ```text
//! schedule ──► plan ──► SQS (account × collector × region) ──► the same function ──► table
//! closed run ──► SQS (run × sink) ──► the same function ──► a bus, an endpoint
//! ```
//!
//! Decodes, makes one call into `accesstrail_shared::collect::pipeline`, encodes. It decides nothing.

mod event;
mod feed;
mod unit;
mod world;

use std::sync::{Mutex, PoisonError};

use accesstrail_shared::collect::pipeline::PlanError;
use accesstrail_shared::lambda::batch;
use accesstrail_shared::lambda::{Failure, Invocation, Metric, Metrics};
use serde_json::{Value, json};

pub use event::{EventError, Start};
pub use world::World;

/// Handles one event: a batch of units, or the start of a run.
pub async fn handle(world: &World, event: Value, invocation: Invocation) -> Result<Value, Failure> {
    let metrics = Mutex::new(Metrics::default());
    let answer = if batch::is_batch(&event) {
        unit::work(world, event, &invocation, &metrics).await
    } else {
        plan(world, &event, &invocation, &metrics).await
    };
    let mut metrics = metrics.into_inner().unwrap_or_else(PoisonError::into_inner);
    if answer.is_err() {
        metrics.add(Metric::Failures, 1);
    }
    metrics.write("inventory", world.clock.now());
    answer
}

async fn plan(
    world: &World,
    event: &Value,
    invocation: &Invocation,
    metrics: &Mutex<Metrics>,
) -> Result<Value, Failure> {
    let start = Start::read(event).map_err(|error| Failure::give_up(&error))?;
    if !invocation.can_begin() {
        return Err(Failure::Retry(format!(
            "there is no time to begin before {}: raise the function's timeout",
            invocation.deadline
        )));
    }
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

fn count(metrics: &Mutex<Metrics>, metric: Metric, by: u64) {
    metrics.lock().unwrap_or_else(PoisonError::into_inner).add(metric, by);
}
