//! The inventory of 50,000 principals, measured: time against the ideal, calls, writes, size, memory.
//!
//! `cargo bench --workspace --bench inventory` prints the table of `docs/benchmarks.md`. The organization is
//! `accesstrail_tests::large`, 200 ms away; the store is an SQLite file. The ideal is the time that the calls
//! would take if every worker were always waiting for one.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
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
use accesstrail_tests::measure::{self, Lap, peak, take};

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
const AT_ONCE: u32 = 20;

fn main() {
    measure::bench(measured());
}

async fn measured() {
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
        let (before, start) = (large.total(), Instant::now());
        let counters = take(large.endpoint(), &store, options, AT_ONCE).await;
        let (wall, calls) = (start.elapsed(), large.total() - before);
        let lap = Lap { wall, calls, latency: SHAPE.latency, at_once: AT_ONCE };
        let (cost, of) = (store.cost(), |counters: &Counters, name: &str| {
            counters.get(name).copied().unwrap_or_default()
        });
        println!(
            "| {name} {lap} {} | {} | {} | {} | {} MiB |",
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
