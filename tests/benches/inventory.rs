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

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accesstrail_shared::collect::{Options, registry};
use accesstrail_shared::model::Counters;
use accesstrail_shared::port::Store;
use accesstrail_shared::report::Summary;
use accesstrail_shared::store::load;
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_tests::large::{Large, Shape};
use accesstrail_tests::measure::{peak, take};

const SHAPE: Shape = Shape {
    accounts: 100,
    users: 100,
    groups: 20,
    roles: 380,
    page: 100,
    regions: 0,
    resources: 0,
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
        let options = Options { skip: BTreeSet::from(["tier-3".to_owned()]), ..Options::default() };
        let (calls_before, start) = (total(&large), Instant::now());
        let counters = take(large.endpoint(), &store, options, AT_ONCE).await;
        let (wall, calls) = (start.elapsed().as_secs_f64(), total(&large) - calls_before);
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

fn total(large: &Large) -> u64 {
    large.calls().values().sum()
}
