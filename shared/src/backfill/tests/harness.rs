//! A place in memory, a store in memory, and all that is kept in it.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::backfill::{Backfill, Tally, Window};
use crate::model::Counters;
use crate::port::{
    Body, Level, LogObject, Logs, PortError, Signature, SystemClock, UsageQuery, UsageStore,
};
use crate::store::sqlite::SqliteStore;
use crate::usage::coverage::LogDay;
use crate::usage::rollup::Rollup;
use crate::usage::{csv, form};

pub(super) const ACCOUNT: &str = "111122223333";

/// Objects in memory, by key.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) objects: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Objects that cannot be read now.
    pub(super) denied: Mutex<Vec<String>>,
    pub(super) stream: bool,
    /// What proves digests, by their keys.
    pub(super) signatures: BTreeMap<String, Signature>,
    pub(super) bucket: Option<&'static str>,
    /// The keys that were looked for.
    pub(super) finds: Mutex<Vec<String>>,
}

impl Shelf {
    pub(super) fn put(&self, key: &str, bytes: &[u8]) {
        self.objects.lock().unwrap().insert(key.to_owned(), bytes.to_vec());
    }

    /// Whether that object may be read, or folder listed.
    fn check(&self, key: &str) -> Result<(), PortError> {
        if self.denied.lock().unwrap().iter().any(|denied| denied == key) {
            return Err(PortError::Denied { what: key.to_owned(), source: "kms:Decrypt".into() });
        }
        Ok(())
    }

    fn object(key: &str, bytes: &[u8]) -> LogObject {
        let size = bytes.len() as u64;
        LogObject { key: key.to_owned(), version: size.to_string(), size }
    }
}

#[async_trait]
impl Logs for Shelf {
    fn name(&self) -> String {
        "the shelf".to_owned()
    }

    async fn level(&self, prefix: &str) -> Result<Level, PortError> {
        self.check(prefix)?;
        let objects = self.objects.lock().unwrap();
        let mut level = Level::default();
        for (key, bytes) in objects.iter() {
            let Some(rest) = key.strip_prefix(prefix) else { continue };
            match rest.split_once('/') {
                Some((folder, _)) => {
                    let folder = format!("{prefix}{folder}/");
                    if level.folders.last() != Some(&folder) {
                        level.folders.push(folder);
                    }
                }
                None => level.objects.push(Self::object(key, bytes)),
            }
        }
        Ok(level)
    }

    fn bucket(&self) -> Option<&str> {
        self.bucket
    }

    async fn find(&self, key: &str) -> Result<Option<LogObject>, PortError> {
        self.check(key)?;
        self.finds.lock().unwrap().push(key.to_owned());
        let objects = self.objects.lock().unwrap();
        Ok(objects.get(key).map(|bytes| Self::object(key, bytes)))
    }

    async fn body(&self, object: &LogObject) -> Result<Option<Body>, PortError> {
        self.check(&object.key)?;
        let bytes = self.objects.lock().unwrap().get(&object.key).cloned();
        Ok(bytes.map(|bytes| {
            if self.stream {
                Body::Stream(Box::new(Cursor::new(bytes)))
            } else {
                Body::Whole(bytes)
            }
        }))
    }

    async fn signed(&self, object: &LogObject) -> Result<Option<(Body, Signature)>, PortError> {
        let signature = self.signatures.get(&object.key).cloned().unwrap_or_default();
        Ok(self.body(object).await?.map(|body| (body, signature)))
    }

    fn cost(&self) -> Counters {
        Counters::new()
    }
}

pub(super) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn event(id: u32, time: &str, name: &str) -> serde_json::Value {
    json!({
        "eventVersion": "1.11",
        "eventID": format!("00000000-0000-4000-8000-{id:012x}"),
        "eventTime": time,
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana"},
    })
}

pub(super) fn log(events: &[serde_json::Value]) -> Vec<u8> {
    gzip(&json!({"Records": events}).to_string())
}

/// A key of the account: delivered at that minute of 2026-11-DD, `HHMM`.
pub(super) fn key(day: u32, time: &str, suffix: &str) -> String {
    let region = "eu-west-1";
    format!(
        "AWSLogs/{ACCOUNT}/CloudTrail/{region}/2026/11/{day:02}/{ACCOUNT}_CloudTrail_{region}_202611{day:02}T{time}Z_{suffix:0>16}.json.gz"
    )
}

pub(super) struct World {
    pub(super) shelf: Arc<Shelf>,
    pub(super) store: Arc<SqliteStore>,
}

impl World {
    pub(super) fn new(shelf: Shelf) -> Self {
        Self { shelf: Arc::new(shelf), store: Arc::new(SqliteStore::in_memory().unwrap()) }
    }

    pub(super) fn job(&self, store: Arc<dyn UsageStore>) -> Backfill {
        let logs = self.shelf.clone();
        Backfill::new(logs, store, Arc::new(SystemClock), 2, 3)
    }

    /// One that does one unit after the other.
    pub(super) fn slow_job(&self, store: Arc<dyn UsageStore>) -> Backfill {
        Backfill::new(self.shelf.clone(), store, Arc::new(SystemClock), 1, 3)
    }

    pub(super) async fn fill(&self) -> Tally {
        self.fill_window(&Window::default()).await
    }

    pub(super) async fn fill_window(&self, window: &Window) -> Tally {
        let job = self.job(self.store.clone());
        balanced(job.run(window, &Arc::default()).await.unwrap().tally)
    }

    pub(super) async fn state(&self) -> State {
        State::of(&*self.store).await
    }

    /// `name count errors` of each row of the export.
    pub(super) async fn rows(&self) -> Vec<String> {
        let mut rollup = Rollup::new(ACCOUNT);
        for hour in self.store.hours(&UsageQuery::default(), None, 1_000).await.unwrap().items {
            rollup.add(&hour);
        }
        let mut lines = Vec::new();
        csv::write(&rollup.finish(), &mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let row = |line: &str| line.split(',').skip(3).take(3).collect::<Vec<_>>().join(" ");
        lines.lines().map(row).collect()
    }

    pub(super) async fn aside(&self) -> Vec<String> {
        let aside = self.store.set_aside_objects(None, 100).await.unwrap().items;
        aside.into_iter().map(|it| it.reason).collect()
    }
}

/// That the counters of a run balance.
pub(super) fn balanced(tally: Tally) -> Tally {
    let Tally { listed, done, duplicates, set_aside, left, .. } = tally;
    assert_eq!(listed, done + duplicates + set_aside + left, "{tally:?}");
    tally
}

/// All that is kept of logs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    /// As they are stored.
    pub(super) cells: Vec<Vec<u8>>,
    pub(super) days: Vec<LogDay>,
    /// Objects and reasons.
    pub(super) aside: Vec<[String; 2]>,
    pub(super) csv: String,
}

impl State {
    pub(super) async fn of(store: &dyn UsageStore) -> Self {
        let all = UsageQuery::default();
        let hours = store.hours(&all, None, 100_000).await.unwrap().items;
        let mut csv = Vec::new();
        for account in store.usage_accounts().await.unwrap() {
            let mut rollup = Rollup::new(&account);
            for hour in &hours {
                rollup.add(hour);
            }
            csv::write(&rollup.finish(), &mut csv).unwrap();
        }
        let aside = store.set_aside_objects(None, 100_000).await.unwrap().items;
        Self {
            cells: hours.iter().map(|hour| form::write(hour).unwrap()).collect(),
            days: store.log_days(&all, None, 100_000).await.unwrap().items,
            aside: aside.into_iter().map(|it| [it.object, it.reason]).collect(),
            csv: String::from_utf8(csv).unwrap(),
        }
    }
}

/// Numbers that look random: the same each time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place + 1));
        }
    }
}
