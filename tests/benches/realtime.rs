//! Real time, measured: event → saved change, events a second, calls, writes and processor time of each event.
//!
//! `cargo bench --workspace --bench realtime` prints the tables of `docs/benchmarks.md`. The organization is
//! `accesstrail_tests::living`, in the same process: what it needs to answer is taken off. The store is SQLite's, in
//! memory, or the one in DynamoDB over the emulated one, whose requests and items are those that AWS would bill. Each
//! change is one event, and each event one message, as EventBridge delivers them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and ends where it fails"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use accesstrail_shared::aws::limit::Limits;
use accesstrail_shared::aws::session::Sessions;
use accesstrail_shared::collect::Stop;
use accesstrail_shared::collect::reread::Rereader;
use accesstrail_shared::live::{Incoming, Known, Live};
use accesstrail_shared::model::Counters;
use accesstrail_shared::port::{Clock, EventStore, Store};
use accesstrail_shared::realtime::{Message, message};
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_tests::dynamo::Table;
use accesstrail_tests::living::{Living, Mix};
use accesstrail_tests::measure;

/// Ticks of the processor's time in a second, as Linux counts them for processes.
const TICKS: f64 = 100.0;

fn main() {
    if std::env::args().any(|argument| argument == "--bench") {
        // As a function with one virtual processor: one thread, and one for the store.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(measured());
    }
}

/// A lap: how AWS answers, and how many messages come together.
#[derive(Clone, Copy, Debug)]
struct Lap {
    name: &'static str,
    mix: Mix,
    changes: usize,
    batch: usize,
    latency: Duration,
    limits: bool,
    kept: Kept,
}

/// Where what is known is kept.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Memory,
    DynamoDb,
}

impl Kept {
    async fn open(self) -> Arc<dyn EventStore> {
        match self {
            Self::Memory => Arc::new(SqliteStore::in_memory().unwrap()),
            Self::DynamoDb => Arc::new(Table::create().await.store()),
        }
    }
}

fn laps() -> Vec<Lap> {
    let identities = Mix { iam: 1, center: 0, organization: 0 };
    let at_once = Lap {
        name: "IAM, one message a batch, answers at once",
        mix: identities,
        changes: 2_000,
        batch: 1,
        latency: Duration::ZERO,
        limits: false,
        kept: Kept::Memory,
    };
    let slow = Duration::from_millis(50);
    vec![
        at_once,
        Lap { name: "IAM, ten messages a batch, answers at once", batch: 10, ..at_once },
        Lap {
            name: "everything, ten a batch, answers at once",
            batch: 10,
            mix: Mix::default(),
            ..at_once
        },
        Lap {
            name: "IAM, one a batch, 50 ms an answer, the limits of a deployment",
            changes: 100,
            latency: slow,
            limits: true,
            ..at_once
        },
        Lap {
            name: "IAM, ten a batch, 50 ms an answer, the limits of a deployment",
            changes: 300,
            batch: 10,
            latency: slow,
            limits: true,
            ..at_once
        },
        Lap {
            name: "IAM, one message a batch, DynamoDB",
            changes: 500,
            kept: Kept::DynamoDb,
            ..at_once
        },
        Lap {
            name: "IAM, ten messages a batch, DynamoDB",
            changes: 500,
            batch: 10,
            kept: Kept::DynamoDb,
            ..at_once
        },
    ]
}

async fn measured() {
    println!(
        "| lap | events | p50 | p99 | events/s | calls/event | requests to the store/event | items written/event | CPU/event |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for lap in laps() {
        measure(lap).await;
    }
    println!("\npeak memory {}", measure::peak());
}

async fn measure(lap: Lap) {
    let living = Living::found(1, lap.mix, lap.changes);
    let store = lap.kept.open().await;
    living.inventory(&(store.clone() as Arc<dyn Store>)).await;
    living.slow(lap.latency);
    let sessions = if lap.limits {
        living.sessions_within(Limits::default()).await
    } else {
        living.sessions().await
    };
    let live = live(&living, sessions, store.clone());
    let mut waiting: Vec<String> = Vec::new();
    let mut took: Vec<Duration> = Vec::new();
    let (mut events, mut calls) = (0_u64, 0_u64);
    let (before, cpu) = (store.cost(), processor());
    living.take_spent();
    let (mut aside, mut busy) = (Duration::ZERO, Duration::ZERO);
    loop {
        // The story is not ours either.
        let began = Instant::now();
        let goes_on = living.go_on();
        let told = living.take_told().into_iter().filter(|told| told.done);
        waiting.extend(told.map(|told| told.envelope().to_string()));
        aside += began.elapsed();
        // Long enough after the event for what AWS answers to count.
        living.clock().pass(150_000);
        while waiting.len() >= lap.batch || (!goes_on && !waiting.is_empty()) {
            let rest = waiting.split_off(lap.batch.min(waiting.len()));
            let batch = std::mem::replace(&mut waiting, rest);
            let began = Instant::now();
            let messages: Vec<Incoming> = batch.iter().map(|body| read(body)).collect();
            let outcome = live.take(&messages, &Stop::default()).await.unwrap();
            took.extend(vec![began.elapsed(); batch.len()]);
            busy += began.elapsed();
            events += outcome.counts.events;
            calls += outcome.counts.calls;
        }
        if !goes_on {
            break;
        }
    }
    let spent = processor() - cpu - (aside + living.take_spent()).as_secs_f64();
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
    let each = |count: u64| count as f64 / events as f64;
    let after = store.cost();
    let cost = |name: &str| {
        let of = |cost: &Counters| cost.get(name).copied().unwrap_or_default();
        each(of(&after) - of(&before))
    };
    println!(
        "| {} | {events} | {:.1} ms | {:.1} ms | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} ms |",
        lap.name,
        at(50).as_secs_f64() * 1e3,
        at(99).as_secs_f64() * 1e3,
        events as f64 / busy.as_secs_f64(),
        each(calls),
        cost("store.requests"),
        cost("store.written_items"),
        spent * 1e3 / events as f64,
    );
}

fn live(living: &Living, sessions: Sessions, store: Arc<dyn EventStore>) -> Live {
    let clock: Arc<dyn Clock> = living.clock();
    Live {
        rereader: Rereader { sessions: Arc::new(sessions), store, clock },
        feeds: Vec::new(),
        known: Arc::new(Known::default()),
    }
}

fn read(body: &str) -> Incoming {
    match message::read(body).unwrap() {
        Message::Event(event) => Incoming { events: vec![*event] },
        Message::Foreign | Message::Other => Incoming::default(),
    }
}

/// The processor time of this process so far, in seconds.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}
