//! The backfill function on its own queue: asked for a few days of the demo's logs, and waited for in the table.

use std::time::Duration;

use accesstrail_shared::port::{LogRunState, UsageStore as _};
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::testing::deployment;
use serde_json::{Value, json};

use super::PATIENCE;
use crate::error::Failure;

/// How many days are read: each object comes from an emulator.
const DAYS: u32 = 3;

/// What the function read.
#[derive(Debug)]
pub(super) struct Read {
    /// The run, and what its days came to.
    run: LogRunState,
    /// How long it took.
    took: Duration,
}

impl Read {
    pub(super) fn document(&self) -> Value {
        json!({
            "run": self.run.run.id.as_str(),
            "logs": self.run.run.logs,
            "units": self.run.ended,
            "counters": self.run.counters,
        })
    }

    /// In words.
    pub(super) fn text(&self) -> String {
        let count = |name: &str| self.run.counters.get(name).copied().unwrap_or_default();
        format!(
            "{} days of accounts by their queue: {} events of {} objects, after {:.1} s",
            self.run.ended,
            count("events.folded"),
            count("objects.done"),
            self.took.as_secs_f64()
        )
    }
}

/// Invokes the function, as a person does, and waits for all days that it plans.
pub(super) async fn read(
    (own, region): (&str, &str),
    function: &str,
    store: &DynamoStore,
) -> Result<Read, Failure> {
    let began = tokio::time::Instant::now();
    let asked = json!({"backfill": {"days": DAYS}});
    deployment::invoke(own, region, function, &asked).await?;
    loop {
        let runs = store.log_runs(1).await?;
        if let Some(run) = runs.into_iter().next().filter(|run| run.ended >= run.run.units) {
            return Ok(Read { run, took: began.elapsed() });
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::Usage(format!(
                "the days that {function} planned were not read within {} minutes: look into its log",
                PATIENCE.as_secs() / 60
            )));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
