//! The resources of 100 accounts in 17 regions each, measured: time against the ideal, and who is called how often.
//!
//! `cargo bench --workspace --bench resources` prints the tables of `docs/benchmarks.md`. The ideal is the time
//! that the calls would take if every unit in work were always waiting for one; a unit that asks several things
//! of one list at once may beat it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and ends where it fails"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accesstrail_shared::collect::Options;
use accesstrail_shared::port::Store;
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_tests::large::{Large, Shape};
use accesstrail_tests::measure::{self, Lap, peak, take};

const SHAPE: Shape = Shape {
    accounts: 100,
    users: 10,
    groups: 2,
    roles: 20,
    page: 100,
    regions: 17,
    resources: 2,
    latency: Duration::from_millis(200),
};

/// Units at the same time: the most that the command line allows.
const AT_ONCE: u32 = 64;

fn main() {
    measure::bench(measured());
}

async fn measured() {
    let directory = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&directory.path().join("bench.db")).unwrap());
    let large = Large::start(SHAPE).await;
    let start = Instant::now();
    let counters = take(large.endpoint(), &store, Options::default(), AT_ONCE).await;
    let (wall, latency) = (start.elapsed(), SHAPE.latency);
    let lap = Lap { wall, calls: large.total(), latency, at_once: AT_ONCE };
    println!("| wall | ideal | ratio | calls | entities | peak memory |");
    println!("|--:|--:|--:|--:|--:|--:|");
    println!(
        "{lap} {} | {} |\n",
        counters.get("entities.created").copied().unwrap_or_default(),
        peak()
    );
    println!("| service | action | calls | per account | per account and region |");
    println!("|---|---|--:|--:|--:|");
    for ((service, action), count) in by_service(&large.calls()) {
        let (accounts, regions) = (SHAPE.accounts as f64, SHAPE.regions as f64);
        let each = count as f64 / accounts;
        println!("| {service} | {action} | {count} | {each:.2} | {:.2} |", each / regions);
    }
}

fn by_service(calls: &BTreeMap<String, u64>) -> BTreeMap<(&str, &str), u64> {
    let rows = calls.iter().filter_map(|(name, count)| Some((name.split_once(':')?, *count)));
    rows.collect()
}
