//! What the benches share: one whole run over an endpoint, and what it took.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use accesstrail_shared::aws::session::Sessions;
use accesstrail_shared::collect::pipeline::{
    Inventory, MemoryQueue, PlanRequest, Reach, Worker, drive,
};
use accesstrail_shared::collect::{Options, Stop};
use accesstrail_shared::model::{Counters, RunId};
use accesstrail_shared::port::{Clock, Queue, Store, SystemClock};
use accesstrail_shared::testing::visit;

use crate::world::Silent;

/// Takes an inventory of everything at `endpoint` into `store`, with `at_once` units at the same time, and returns
/// the run's counters.
pub async fn take(
    endpoint: &str,
    store: &Arc<dyn Store>,
    options: Options,
    at_once: u32,
) -> Counters {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sessions: Sessions =
        visit::sessions(endpoint, "eu-west-1", Arc::clone(&clock)).await.unwrap();
    let queue = Arc::new(MemoryQueue::default());
    let inventory = Inventory {
        sessions: Arc::new(sessions),
        store: Arc::clone(store),
        queue: Arc::clone(&queue) as Arc<dyn Queue>,
        clock: Arc::clone(&clock),
    };
    let run = RunId::new(clock.now(), "bench");
    let request = PlanRequest {
        run: run.clone(),
        trigger: "bench".to_owned(),
        reach: Reach::Organization,
        organization_account: None,
        identity_center_regions: Vec::new(),
        options,
    };
    inventory.plan(request).await.unwrap();
    let gone = clock.now() + Duration::from_hours(1);
    let worker = Worker { name: "bench".to_owned(), stop: Stop::default(), gone };
    let failures = drive(&inventory, &queue, &worker, at_once as usize, &Silent).await;
    assert!(failures.is_empty(), "{failures:?}");
    store.run(&run).await.unwrap().unwrap().counters
}

/// Runs what a bench measures, when it is started as one: `cargo test` builds and starts benches too, and has no
/// use for minutes of measuring.
pub fn bench(measure: impl Future<Output = ()>) {
    if std::env::args().any(|argument| argument == "--bench") {
        tokio::runtime::Runtime::new().unwrap().block_on(measure);
    }
}

/// A run against an AWS that takes the same time for each answer.
#[derive(Clone, Copy, Debug)]
pub struct Lap {
    /// How long the run took.
    pub wall: Duration,
    /// How many calls it made.
    pub calls: u64,
    /// How long each answer took.
    pub latency: Duration,
    /// How many units were at work at once.
    pub at_once: u32,
}

impl Lap {
    /// The time that the calls alone take where every unit at work always waits for one. A unit that asks several
    /// things at once may beat it.
    pub fn ideal(&self) -> Duration {
        self.latency.mul_f64(self.calls as f64) / self.at_once
    }
}

/// As columns: wall, ideal, their ratio, calls.
impl fmt::Display for Lap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall, ideal) = (self.wall.as_secs_f64(), self.ideal().as_secs_f64());
        write!(f, "| {wall:.1} s | {ideal:.1} s | {:.2} | {} |", wall / ideal, self.calls)
    }
}

/// The most memory that the process has held, as Linux tells it.
pub fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "not told by this system".to_owned(), |line| line.trim().to_owned())
}
