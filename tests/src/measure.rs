//! What the benches share: one whole run over an endpoint, and what it took.

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
    at_once: usize,
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
    let failures = drive(&inventory, &queue, &worker, at_once, &Silent).await;
    assert!(failures.is_empty(), "{failures:?}");
    store.run(&run).await.unwrap().unwrap().counters
}

/// The most memory that the process has held, as Linux tells it.
pub fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "not told by this system".to_owned(), |line| line.trim().to_owned())
}
