//! Logs of a bucket that takes 30 ms for each object, measured: time against what the waiting alone would take.
//!
//! `cargo bench --workspace --bench bucket` prints the table of `docs/benchmarks.md`. The ideal is the time in which as
//! many objects as are asked for at once come, one after the other, with nothing done beside.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and ends where it fails"
)]

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accesstrail_shared::aws::configuration;
use accesstrail_shared::aws::logs::BucketLogs;
use accesstrail_shared::backfill::{Backfill, Window};
use accesstrail_shared::port::{Logs, SystemClock};
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_shared::testing::trail::{Corpus, Keys, Plan};
use accesstrail_shared::testing::visit;
use accesstrail_tests::measure::{self, peak};
use accesstrail_tests::slow_bucket::{NAME, SlowBucket};

/// How long each object is waited for.
const LATENCY: Duration = Duration::from_millis(30);

/// Units, and objects of all of them, at the same time: as the command line does it.
const UNITS: usize = 4;
const OBJECTS: usize = 64;

fn main() {
    measure::bench(measured());
}

async fn measured() {
    println!("| corpus | objects | wall | ideal | share of the ideal | peak memory |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (name, plan) in [("A", Corpus::many_small()), ("B", Corpus::few_large())] {
        let bucket = SlowBucket::start(objects(&plan), LATENCY).await;
        let wall = read(&bucket).await;
        let gets = bucket.gets();
        let ideal = LATENCY.mul_f64(gets as f64 / OBJECTS as f64);
        println!(
            "| {name} | {gets} | {:.2} s | {:.2} s | {:.0} % | {} |",
            wall.as_secs_f64(),
            ideal.as_secs_f64(),
            100.0 * ideal.as_secs_f64() / wall.as_secs_f64(),
            peak()
        );
    }
}

/// The objects of a plan, without digests, which a backfill does not read.
fn objects(plan: &Plan) -> BTreeMap<String, hyper::body::Bytes> {
    let plan = Plan { digests: false, ..plan.clone() };
    let mut objects = BTreeMap::new();
    let keys = Keys::generate(&[]).unwrap();
    plan.objects(&keys, &mut |object| -> io::Result<()> {
        objects.insert(object.key, object.bytes.into());
        Ok(())
    })
    .unwrap();
    objects
}

/// Reads all of a bucket into an empty store, and says how long it took.
async fn read(bucket: &SlowBucket) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(&folder.path().join("bench.db")).unwrap());
    let config = configuration(&visit::place(bucket.endpoint(), "us-east-1")).await;
    let logs: Arc<dyn Logs> = Arc::new(BucketLogs::new(config, NAME, None));
    let job = Backfill::new(logs, store, Arc::new(SystemClock), UNITS, OBJECTS);
    let window = Window { prefix: Some(String::new()), ..Window::default() };
    let start = Instant::now();
    let outcome = job.run(&window, &Arc::default()).await.unwrap();
    assert!(outcome.tally.is_complete(), "{outcome:?}");
    start.elapsed()
}
