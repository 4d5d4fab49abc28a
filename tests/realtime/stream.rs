//! A stream of thousands of events over an organization that goes on changing: shuffled, duplicated, by both routes,
//! with poison, strangers and unknown operations between them. The store ends byte for byte as a fresh inventory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use accesstrail_shared::backfill::message::{Source, read as read_notice};
use accesstrail_shared::collect::Stop;
use accesstrail_shared::collect::reread::Rereader;
use accesstrail_shared::form;
use accesstrail_shared::live::{Fate, Incoming, Known, Live, LogEvents, Outcome};
use accesstrail_shared::model::{Counters, Entity, EntityId, Kind, NoticeKind, Scope, Timestamp};
use accesstrail_shared::port::{
    Body, Clock as _, EventStore, Level, LogObject, Logs, PortError, Query, Store, entities,
};
use accesstrail_shared::realtime::{Event, EventError, Message, message};
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_tests::living::{Dice, HOME, Living, MEMBERS, Mix, Told};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::turns::Turns;

/// The bucket of the trail.
const BUCKET: &str = "acme-trail";

/// The account that is in no inventory.
const STRANGER: &str = "999900001111";

/// The longest body that EventBridge delivers.
const LONGEST: usize = 256 * 1024;

/// Log objects by key, as the trail's bucket has them.
#[derive(Debug, Default)]
struct Bucket(Mutex<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl Logs for Bucket {
    fn name(&self) -> String {
        format!("s3://{BUCKET}")
    }

    async fn level(&self, _: &str) -> Result<Level, PortError> {
        Ok(Level::default())
    }

    async fn find(&self, key: &str) -> Result<Option<LogObject>, PortError> {
        let held = self.0.lock().unwrap();
        let of = |bytes: &Vec<u8>| {
            let size = bytes.len() as u64;
            LogObject { key: key.to_owned(), version: "1".to_owned(), size }
        };
        Ok(held.get(key).map(of))
    }

    async fn body(&self, object: &LogObject) -> Result<Option<Body>, PortError> {
        Ok(self.0.lock().unwrap().get(&object.key).cloned().map(Body::Whole))
    }

    fn cost(&self) -> Counters {
        Counters::new()
    }
}

/// How a stream goes.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// The calls of the story that change something.
    calls: usize,
    /// From how far ahead in the queue a batch is taken; everything where it is 0.
    window: usize,
    /// How many messages may wait while the story goes on. Where few may, hardly anything is looked at again by chance,
    /// long after its last change: each event has to do its own work.
    lag: usize,
    /// Of a hundred events, how many come in log objects.
    logged: usize,
    /// Before one in so many answers of AWS the story goes on; never where it is 0.
    restless: usize,
    /// Whether two batches are at work at once now and then.
    side_by_side: bool,
}

impl Shape {
    /// One of many, as the seed says.
    fn of(seed: u64, calls: usize) -> Self {
        let mut dice = Dice::new(seed ^ 0x5EED);
        if seed.is_multiple_of(2) {
            // Every event at once: nothing is looked at again by chance.
            return Self { calls, window: 8, lag: 3, logged: 1, restless: 0, side_by_side: false };
        }
        Self {
            calls,
            window: [0, 8, 8, 60][dice.below(4)],
            lag: [3, 3, 12, 60, usize::MAX][dice.below(5)],
            logged: [20, 70, 90, 97, 97, 97][dice.below(6)],
            restless: [0, 0, 40, 150][dice.below(4)],
            side_by_side: dice.one_in(2),
        }
    }
}

/// A message in the queue.
#[derive(Clone, Debug)]
struct Waiting {
    body: String,
    not_before: Timestamp,
}

/// What became of messages.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) delivered: u64,
    pub(super) events: u64,
    pub(super) poison: u64,
    pub(super) forged: u64,
    pub(super) unknown: u64,
    pub(super) again: u64,
    pub(super) later: u64,
    pub(super) foreign: u64,
    pub(super) changes: u64,
    pub(super) calls: u64,
}

/// A stream under way.
struct Stream {
    shape: Shape,
    dice: Dice,
    living: Living,
    store: Arc<SqliteStore>,
    live: Live,
    bucket: Arc<Bucket>,
    logs: LogEvents,
    queue: Vec<Waiting>,
    /// Records that wait for the next log object of their account and region.
    unlogged: BTreeMap<(String, String), Vec<Value>>,
    objects: u64,
    strangers: u64,
    tally: Tally,
}

impl Stream {
    async fn new(seed: u64, shape: Shape) -> Self {
        let living = Living::found(seed, Mix::default(), shape.calls);
        let (store, live) = taking_turns(&living, seed).await;
        living.restless(shape.restless);
        let bucket = Arc::new(Bucket::default());
        let source = Source { bucket: BUCKET.to_owned(), prefix: String::new() };
        Self {
            shape,
            dice: Dice::new(seed),
            living,
            store,
            live,
            logs: LogEvents { logs: bucket.clone(), source },
            bucket,
            queue: Vec::new(),
            unlogged: BTreeMap::new(),
            objects: 0,
            strangers: 0,
            tally: Tally::default(),
        }
    }

    /// Everything that happened since the last time is put in the queue, by one route or both, up to four times.
    fn tell(&mut self) {
        for told in self.living.take_told() {
            let logged = self.dice.below(100) < self.shape.logged;
            if logged {
                let region = told.record["awsRegion"].as_str().unwrap().to_owned();
                let of = self.unlogged.entry((told.account.clone(), region)).or_default();
                of.push(told.record.clone());
                // Objects hold more where more comes in them.
                if self.dice.one_in(self.shape.logged) {
                    self.log(1);
                }
            }
            if !logged || self.dice.one_in(self.shape.logged) {
                let copies = [1, 1, 1, 2, 3, 4][self.dice.below(6)];
                for _ in 0..copies {
                    self.put(told.envelope().to_string());
                }
            }
            if self.dice.one_in(25) {
                self.put_noise(&told);
            }
        }
    }

    fn put(&mut self, body: String) {
        self.queue.push(Waiting { body, not_before: Timestamp::UNIX_EPOCH });
    }

    /// Writes log objects of what waits for them, and puts the notices in the queue, `least` records each.
    fn log(&mut self, least: usize) {
        let full: Vec<_> = self
            .unlogged
            .iter()
            .filter(|(_, it)| it.len() >= least)
            .map(|(key, _)| key.clone())
            .collect();
        for (account, region) in full {
            let mut records = self.unlogged.remove(&(account.clone(), region.clone())).unwrap();
            self.dice.shuffle(&mut records);
            self.objects += 1;
            let key = format!(
                "AWSLogs/{account}/CloudTrail/{region}/2026/11/22/{account}_CloudTrail_{region}_20261122T0600Z_{:016}.json.gz",
                self.objects
            );
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            serde_json::to_writer(&mut writer, &json!({ "Records": records })).unwrap();
            self.bucket.0.lock().unwrap().insert(key.clone(), writer.finish().unwrap());
            let notice = json!({"Records": [{
                "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": BUCKET}, "object": {"key": key}},
            }]});
            let copies = 1 + self.dice.below(2);
            for _ in 0..copies {
                self.put(notice.to_string());
            }
        }
    }

    /// Something that nobody should act upon.
    fn put_noise(&mut self, like: &Told) {
        self.strangers += 1;
        let (number, now) = (900_000_000 + self.strangers, self.living.clock().now());
        let account = like.account.as_str();
        let say = |account: &str, source: &str, name: &str, request: Value| {
            Told::new((account, source, name), (now, number), &request, &Ok(Value::Null))
        };
        let body = match self.dice.below(8) {
            0 => "{\"detail-type\": ".to_owned(),
            1 => {
                let mut forged = like.envelope();
                forged["account"] = json!(if account == HOME { MEMBERS[0] } else { HOME });
                forged.to_string()
            }
            2 => {
                self.tally.unknown += 1;
                say(account, "iam", "FrobnicateUser", json!({"userName": "ana"}))
                    .envelope()
                    .to_string()
            }
            3 => say(STRANGER, "iam", "CreateUser", json!({"userName": "ana"}))
                .envelope()
                .to_string(),
            // A member account says something about the organization.
            4 => {
                let request = json!({"policyId": "p-FullAWSAccess"});
                say(MEMBERS[1], "organizations", "DeletePolicy", request).envelope().to_string()
            }
            5 => say(account, "iam", "GetUser", json!({"userName": "ana"})).envelope().to_string(),
            6 => {
                let mut failed = like.envelope();
                failed["detail"]["errorCode"] = json!("AccessDenied");
                failed.to_string()
            }
            _ => {
                let mut long = like.envelope();
                let room = LONGEST - long.to_string().len() - 40;
                long["detail"]["requestParameters"]["padding"] = json!("x".repeat(room));
                long.to_string()
            }
        };
        self.put(body);
    }

    /// Takes a batch of 1 to 10 messages that are due out of the queue.
    fn batch(&mut self) -> Vec<Waiting> {
        let now = self.living.clock().now();
        let size = 1 + self.dice.below(10);
        let mut batch = Vec::with_capacity(size);
        let mut due: Vec<usize> =
            (0..self.queue.len()).filter(|at| self.queue[*at].not_before <= now).collect();
        if self.shape.window > 0 {
            due.truncate(self.shape.window.max(size));
        }
        self.dice.shuffle(&mut due);
        due.truncate(size);
        due.sort_unstable_by(|a, b| b.cmp(a));
        for at in due {
            batch.push(self.queue.remove(at));
        }
        self.dice.shuffle(&mut batch);
        batch
    }

    /// The events of a message; nothing where nobody ever can read it.
    async fn events(&mut self, body: &str) -> Option<Vec<Event>> {
        match message::read(body) {
            Ok(Message::Event(event)) => Some(vec![*event]),
            Ok(Message::Foreign) => Some(Vec::new()),
            Ok(Message::Other) => {
                let notice = read_notice(body, &self.logs.source).unwrap();
                let mut events = Vec::new();
                for key in &notice.objects {
                    events.extend(self.logs.events(key).await.unwrap());
                }
                Some(events)
            }
            Err(error) => {
                let forged = matches!(error, EventError::Forged { .. });
                self.tally.forged += u64::from(forged);
                self.tally.poison += u64::from(!forged);
                None
            }
        }
    }

    /// Delivers a batch, or two at once.
    async fn deliver(&mut self) {
        // Events are minutes old when they come, now and then seconds.
        let pause = if self.dice.one_in(3) { 1_000 } else { 60_000 };
        self.living.clock().pass(i64::try_from(self.dice.below(pause)).unwrap());
        let first = self.read_batch().await;
        let both = self.shape.side_by_side && self.dice.one_in(3);
        let second = if both { self.read_batch().await } else { Vec::new() };
        let stop = Stop::default();
        let incoming = |batch: &[(Waiting, Incoming)]| -> Vec<Incoming> {
            batch.iter().map(|(_, incoming)| incoming.clone()).collect()
        };
        let (one, other) = (incoming(&first), incoming(&second));
        let (one, other) =
            futures::join!(self.live.take(&one, &stop), self.live.take(&other, &stop));
        self.settle(first, one.unwrap());
        self.settle(second, other.unwrap());
        self.tell();
    }

    /// The messages of a batch that can be read; what cannot be is set aside, and its neighbours go on.
    async fn read_batch(&mut self) -> Vec<(Waiting, Incoming)> {
        let mut read = Vec::new();
        for waiting in self.batch() {
            self.tally.delivered += 1;
            if let Some(events) = self.events(&waiting.body).await {
                self.tally.events += events.len() as u64;
                read.push((waiting, Incoming { events }));
            }
        }
        read
    }

    /// What is not done with comes again.
    fn settle(&mut self, batch: Vec<(Waiting, Incoming)>, outcome: Outcome) {
        self.tally.foreign += outcome.counts.foreign + outcome.counts.unknown_accounts;
        self.tally.changes += outcome.counts.changes;
        self.tally.calls += outcome.counts.calls;
        let now = self.living.clock().now();
        for ((waiting, _), fate) in batch.into_iter().zip(outcome.fates) {
            let not_before = match fate {
                Fate::Done => continue,
                Fate::Again(at) => {
                    self.tally.again += 1;
                    at
                }
                Fate::Later => {
                    self.tally.later += 1;
                    now + std::time::Duration::from_secs(10)
                }
            };
            self.queue.push(Waiting { not_before, ..waiting });
        }
    }

    /// The whole stream.
    async fn run(&mut self) {
        while self.living.go_on() {
            self.tell();
            while self.queue.len() > self.shape.lag {
                self.deliver().await;
            }
        }
        self.log(1);
        while let Some(next) = self.queue.iter().map(|waiting| waiting.not_before).min() {
            self.living.clock().reach(next);
            self.deliver().await;
            if self.queue.is_empty() {
                self.log(1);
            }
        }
        self.living.restless(0);
    }

    /// What is wrong with what the store ends in; nothing if it is what a fresh inventory finds.
    async fn wrong(&self) -> Vec<String> {
        let fresh: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
        self.living.inventory(&fresh).await;
        let (found, truth) = (export(&*self.store).await, export(&*fresh).await);
        let mut wrong = differences(&found, &truth);
        if self.tally.unknown > 0 {
            let notices = self.store.notices().await.unwrap();
            let told = notices.iter().any(|it| it.kind == NoticeKind::Stale);
            if !told {
                wrong.push("nothing is stale after unknown operations".to_owned());
            }
        }
        // The next run over the same store has nothing to say.
        let plain: Arc<dyn Store> = self.store.clone();
        let run = self.living.inventory(&plain).await;
        let changes = plain.changes(&run, None, 1_000).await.unwrap();
        for change in changes.items {
            // The report alone says when it was made, and when passwords were changed.
            if !matches!(change.id.kind, Kind::CredentialReport | Kind::Password) {
                wrong.push(format!("a run finds {:?} {} {}", change.kind, change.scope, change.id));
            }
        }
        wrong
    }
}

/// Everything that is live, as text: what two stores are compared by.
pub(super) async fn export(store: &dyn Store) -> BTreeMap<(Scope, EntityId), String> {
    let (mut all, mut found) = (BTreeMap::new(), entities(store, Query::default()));
    while let Some(stored) = found.next().await.unwrap() {
        let entity = match stored.entity {
            // Each run asks for a report of its own.
            Entity::CredentialReport(_) => continue,
            // The report alone says when a password was changed.
            Entity::Password(mut password) => {
                password.last_changed = None;
                Entity::Password(password)
            }
            other => other,
        };
        all.insert((stored.scope, entity.id()), form::write(&entity).unwrap());
    }
    all
}

/// How two exports differ. AWS's own policies stay where they were once in use: nobody lists all of them.
pub(super) fn differences(
    found: &BTreeMap<(Scope, EntityId), String>,
    truth: &BTreeMap<(Scope, EntityId), String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (key, text) in truth {
        match found.get(key) {
            None => wrong.push(format!("missing {} {}", key.0, key.1)),
            Some(other) if other != text => {
                wrong.push(format!("other {} {}\n  has {other}\n  not {text}", key.0, key.1));
            }
            Some(_) => {}
        }
    }
    let more = found.keys().filter(|key| key.0 != Scope::aws_managed() && !truth.contains_key(key));
    wrong.extend(more.map(|key| format!("too much {} {}", key.0, key.1)));
    wrong
}

/// A record of a call as a message of its own.
pub(super) fn alone(told: &Told) -> Incoming {
    let event = Event::read(told.record.to_string().as_bytes(), &told.account).unwrap();
    Incoming { events: vec![event] }
}

/// A store that has seen everything once, and what handles events into it.
pub(super) async fn live(living: &Living) -> (Arc<SqliteStore>, Live) {
    let store = Arc::new(SqliteStore::in_memory().unwrap());
    let plain: Arc<dyn Store> = store.clone();
    living.inventory(&plain).await;
    let live = live_over(living, store.clone()).await;
    (store, live)
}

pub(super) async fn live_over(living: &Living, store: Arc<dyn EventStore>) -> Live {
    let sessions = Arc::new(living.sessions().await);
    let rereader = Rereader { sessions, store, clock: living.clock() };
    Live { rereader, feeds: Vec::new(), known: Arc::new(Known::default()) }
}

/// The same, where whose turn it is at the store is a matter of the seed.
pub(super) async fn taking_turns(living: &Living, seed: u64) -> (Arc<SqliteStore>, Live) {
    let (store, _) = live(living).await;
    let turns = Arc::new(Turns::new(store.clone(), seed));
    let live = live_over(living, turns).await;
    (store, live)
}

/// The IAM actions that handling a stream calls.
pub(super) async fn calls_of(seed: u64, calls: usize) -> BTreeSet<String> {
    let mut stream = Stream::new(seed, Shape::of(seed, calls)).await;
    stream.living.take_calls();
    stream.run().await;
    let made = stream.living.take_calls().into_keys();
    // Who we are is asked by sessions, which no collector opens.
    made.filter(|action| !action.starts_with("sts:")).collect()
}

async fn stream(seed: u64, calls: usize) -> (Tally, Vec<String>) {
    let shape = Shape::of(seed, calls);
    let mut stream = Stream::new(seed, shape).await;
    stream.run().await;
    let mut wrong = stream.wrong().await;
    if !wrong.is_empty() {
        wrong.insert(0, format!("seed {seed}, {shape:?}"));
    }
    (stream.tally, wrong)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test is to take is no setting of the program"
)]
pub(super) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// `ACCESSTRAIL_STREAM_SEEDS` and `ACCESSTRAIL_STREAM_CALLS` say how many streams of how many changes there are,
/// `ACCESSTRAIL_STREAM_SEED` the first, `ACCESSTRAIL_STREAM_THREADS` how many at once.
#[test]
#[expect(clippy::print_stdout, reason = "a run of hours says what it did")]
fn a_stream_in_any_order_ends_byte_for_byte_as_a_fresh_inventory() {
    let first = setting("ACCESSTRAIL_STREAM_SEED", 1);
    let seeds = setting("ACCESSTRAIL_STREAM_SEEDS", 6);
    let calls = usize::try_from(setting("ACCESSTRAIL_STREAM_CALLS", 120)).unwrap();
    let next = AtomicU64::new(first);
    let sum = Mutex::new((Tally::default(), 0, Vec::<String>::new()));
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                return;
            }
            let (tally, wrong) = runtime.block_on(stream(seed, calls));
            let mut sum = sum.lock().unwrap();
            sum.0 += &tally;
            sum.1 += 1;
            sum.2.extend(wrong);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..setting("ACCESSTRAIL_STREAM_THREADS", 2) {
            scope.spawn(work);
        }
    });
    let (tally, done, wrong) = sum.into_inner().unwrap();
    println!("{done} streams of {calls} changes: {tally:?}");
    assert!(wrong.is_empty(), "{tally:?}\n{}", wrong.join("\n"));
    assert_eq!(done, seeds, "a stream did not come to its end: {tally:?}");
    let met = [tally.poison, tally.forged, tally.unknown, tally.foreign, tally.again];
    assert!(met.iter().all(|count| *count > 0), "{tally:?}");
}

impl std::ops::AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.events += other.events;
        self.poison += other.poison;
        self.forged += other.forged;
        self.unknown += other.unknown;
        self.again += other.again;
        self.later += other.later;
        self.foreign += other.foreign;
        self.changes += other.changes;
        self.calls += other.calls;
    }
}
