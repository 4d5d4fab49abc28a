//! The inventory of 50,000 principals, measured: time against the ideal, calls, writes, size, memory.
//!
//! `cargo bench -p accesstrail-tests --bench inventory` prints the table of `docs/benchmarks.md`. The organization is
//! `accesstrail_tests::large`, 200 ms away; the store is an SQLite file. The ideal is the time that the calls
//! would take if every worker were always waiting for one.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and ends where it fails"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use accesstrail_shared::aws::session::Sessions;
use accesstrail_shared::collect::pipeline::Worker;
use accesstrail_shared::collect::pipeline::{Inventory, MemoryQueue, PlanRequest, Reach, drive};
use accesstrail_shared::collect::registry;
use accesstrail_shared::collect::{Options, Stop};
use accesstrail_shared::model::{Counters, RunId};
use accesstrail_shared::port::{Clock, Queue, Store, SystemClock};
use accesstrail_shared::report::Summary;
use accesstrail_shared::store::load;
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_shared::testing::visit;
use accesstrail_tests::large::{Large, Shape};
use accesstrail_tests::world::Silent;

const SHAPE: Shape = Shape {
    accounts: 100,
    users: 100,
    groups: 20,
    roles: 380,
    page: 100,
    latency: Duration::from_millis(200),
};

/// Units at the same time.
const AT_ONCE: usize = 20;

fn main() {
    // `cargo test` builds and starts benches too; it has no use for a minute of measuring.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(measure());
}

async fn measure() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bench.db");
    let large = Large::start(SHAPE).await;
    println!(
        "| run | wall | ideal | ratio | calls | created | unchanged | bodies written | items written | file |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut principals = 0;
    for name in ["first", "unchanged"] {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).unwrap());
        let (calls_before, start) = (large.calls(), Instant::now());
        let counters = take(large.endpoint(), &store).await;
        let (wall, calls) = (start.elapsed().as_secs_f64(), large.calls() - calls_before);
        let ideal = calls as f64 * SHAPE.latency.as_secs_f64() / AT_ONCE as f64;
        let (cost, of) = (store.cost(), |counters: &Counters, name: &str| {
            counters.get(name).copied().unwrap_or_default()
        });
        println!(
            "| {name} | {wall:.1} s | {ideal:.1} s | {:.2} | {calls} | {} | {} | {} | {} | {} MiB |",
            wall / ideal,
            of(&counters, "entities.created"),
            of(&counters, "entities.unchanged"),
            of(&cost, "store.bodies_written"),
            of(&cost, "store.written_items"),
            std::fs::metadata(&path).unwrap().len() / (1024 * 1024),
        );
        if principals == 0 {
            let snapshot = load::snapshot(&*store).await.unwrap();
            principals = Summary::of(&snapshot, &registry::accounts(&snapshot)).principals;
        }
    }
    println!(
        "\n{principals} principals, {} accounts, {AT_ONCE} units at once, peak memory {} (with the fake AWS and one loaded snapshot)",
        SHAPE.accounts,
        peak()
    );
}

async fn take(endpoint: &str, store: &Arc<dyn Store>) -> Counters {
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
        options: Options::default(),
    };
    inventory.plan(request).await.unwrap();
    let gone = clock.now() + Duration::from_hours(1);
    let worker = Worker { name: "bench".to_owned(), stop: Stop::default(), gone };
    let failures = drive(&inventory, &queue, &worker, AT_ONCE, &Silent).await;
    assert!(failures.is_empty(), "{failures:?}");
    store.run(&run).await.unwrap().unwrap().counters
}

/// The most memory that the process has held, as Linux tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "not told by this system".to_owned(), |line| line.trim().to_owned())
}
