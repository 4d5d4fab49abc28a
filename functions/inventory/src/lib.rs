//! The inventory function: a schedule or an invocation plans a run, SQS messages work on it.
//!
//! ```text
//! schedule ──► plan ──► SQS (account × collector × region) ──► the same function ──► table
//! closed run ──► SQS (run × sink) ──► the same function ──► a bus, an endpoint
//!            ──► SQS (run) ──► the same function ──► its findings, in the table
//! ```
//!
//! Decodes, makes one call into `accesstrail_shared::collect::pipeline`, encodes. It decides nothing.

mod event;
mod feed;
mod follow_up;
mod unit;
mod world;

use accesstrail_shared::collect::pipeline::PlanError;
use accesstrail_shared::lambda::batch;
use accesstrail_shared::lambda::{Counts, Failure, Invocation, Metric};
use serde_json::{Value, json};

pub use event::{EventError, Start};
pub use world::World;

/// Handles one event: a batch of units, or the start of a run.
pub async fn handle(world: &World, event: Value, invocation: Invocation) -> Result<Value, Failure> {
    let counts = Counts::default();
    let answer = if batch::is_batch(&event) {
        unit::work(world, event, &invocation, &counts).await
    } else {
        plan(world, &event, &invocation, &counts).await
    };
    counts.write("inventory", world.clock.now(), &answer);
    answer
}

async fn plan(
    world: &World,
    event: &Value,
    invocation: &Invocation,
    counts: &Counts,
) -> Result<Value, Failure> {
    let start = Start::read(event).map_err(|error| Failure::give_up(&error))?;
    invocation.check_time()?;
    let plan =
        world.inventory.plan(world.request(&start, invocation)).await.map_err(
            |error| match &error {
                PlanError::Port(port) if port.is_passing() => Failure::retry(&error),
                PlanError::Session(session) if session.is_passing() => Failure::retry(&error),
                _ => Failure::give_up(&error),
            },
        )?;
    counts.add(Metric::UnitsPlanned, plan.sent as u64);
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
