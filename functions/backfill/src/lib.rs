//! The backfill function: an invocation plans the days of a trail's bucket, SQS messages work on them, and so do the
//! notices of new logs.
//!
//! ```text
//! invocation ──► plan ──► SQS (account × day) ──┐
//! S3, SNS, EventBridge, CloudTrail ──► SQS ─────┴──► the same function ──► a day of an account ──► table
//! ```
//!
//! Decodes, makes one call into `accesstrail_shared::backfill`, encodes. It decides nothing.

mod day;
mod event;
mod world;

use accesstrail_shared::backfill::message::{self, Job};
use accesstrail_shared::lambda::batch;
use accesstrail_shared::lambda::{Counts, Failure, Invocation, Metric};
use accesstrail_shared::port::PortError;
use serde_json::{Value, json};

pub use event::{EventError, Start};
pub use world::World;

/// The most days of accounts that one invocation plans, ten years of 270 accounts: what is sent to the queue within a few
/// minutes.
const MOST_UNITS: usize = 1_000_000;

/// Handles one event: a batch of messages, or the start of a backfill.
pub async fn handle(world: &World, event: Value, invocation: Invocation) -> Result<Value, Failure> {
    let counts = Counts::default();
    let answer = if batch::is_batch(&event) {
        day::work(world, event, &invocation, &counts).await
    } else {
        plan(world, &event, &invocation, &counts).await
    };
    counts.write("backfill", world.clock.now(), &answer);
    answer
}

async fn plan(
    world: &World,
    event: &Value,
    invocation: &Invocation,
    counts: &Counts,
) -> Result<Value, Failure> {
    let start = Start::read(event, &world.source).map_err(|error| Failure::give_up(&error))?;
    invocation.check_time()?;
    let plan = world.plan(&start).await.map_err(|error| failure(&error))?;
    let units = plan.units.len();
    if units == 0 {
        return Err(Failure::GiveUp(format!(
            "there is no day with logs below {}/{}AWSLogs/",
            world.backfill.logs.name(),
            world.source.prefix
        )));
    }
    if units > MOST_UNITS {
        return Err(Failure::GiveUp(format!(
            "{units} days of accounts are more than {MOST_UNITS}: ask for fewer days, or for some accounts at a time"
        )));
    }
    let regions = &start.regions;
    let run = world.backfill.begin(&plan, &invocation.id).await.map_err(|error| failure(&error))?;
    let job =
        |unit| message::write(&Job { unit, regions: regions.clone(), run: Some(run.clone()) });
    let bodies = plan.units.into_iter().map(job).collect();
    world.queue.send_texts(bodies).await.map_err(|error| failure(&error))?;
    counts.add(Metric::UnitsPlanned, units as u64);
    tracing::info!(units, strays = plan.strays, "planned");
    Ok(
        json!({"run": run.as_str(), "units": units, "other_folders": plan.other_folders, "strays": plan.strays}),
    )
}

fn failure(error: &PortError) -> Failure {
    if error.is_passing() { Failure::retry(error) } else { Failure::give_up(error) }
}
