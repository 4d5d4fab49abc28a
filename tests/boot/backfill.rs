//! The deployed backfill function: planned days, and notices of new logs in every form, come to the same usage.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use accesstrail_shared::aws::configuration;
use accesstrail_shared::backfill::{Backfill, Folder, Progress, Window};
use accesstrail_shared::port::{SystemClock, UsageQuery, UsageStore};
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan as Faults, Proxy};
use accesstrail_shared::testing::runtime_api::{Answer, RuntimeApi};
use accesstrail_shared::testing::trail::{Plan, Shape, Written};
use accesstrail_shared::testing::{bucket, visit};
use accesstrail_shared::usage::csv;
use accesstrail_shared::usage::rollup::Rollup;
use accesstrail_tests::dynamo::Table;
use accesstrail_tests::world;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::function::{LONG, Queue, binary_of};
use crate::inventory::OFTEN;

static BUCKETS: AtomicU32 = AtomicU32::new(0);

/// A function over a bucket of its own.
struct Live {
    api: RuntimeApi,
    table: Table,
    queue: Queue,
    /// In front of the bucket.
    proxy: Proxy,
    plan: Plan,
    written: Written,
    scratch: TempDir,
}

fn plan() -> Plan {
    let default = Plan::default();
    Plan {
        bucket: format!("trail-{}", BUCKETS.fetch_add(1, Ordering::Relaxed)),
        prefix: "a b/".to_owned(),
        organization: Some("o-exampleorg1".to_owned()),
        accounts: ["111122223333", "444455556666"].map(str::to_owned).to_vec(),
        regions: vec!["us-east-1".to_owned(), "eu-west-1".to_owned()],
        days: 2,
        shape: Shape { files_per_day: 12, ..default.shape },
        duplicates: 30,
        late: 20_000,
        ..default
    }
}

impl Live {
    async fn deploy() -> Self {
        let (table, plan) = (Table::create().await, plan());
        let place = visit::place(&table.endpoint, "us-east-1");
        let client = bucket::client(&configuration(&place).await);
        let written = bucket::fill(&client, &plan).await.unwrap().written;
        let proxy = Proxy::start(&table.endpoint, Faults::default()).await.unwrap();
        let queue = Queue::create(&table.endpoint, OFTEN, 1).await;
        let api = RuntimeApi::start().await.unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let live = Self { api, table, queue, proxy, plan, written, scratch };
        let pairs = [
            ("ACCESSTRAIL_TABLE", live.table.name.as_str()),
            ("ACCESSTRAIL_QUEUE_URL", &live.queue.url),
            ("ACCESSTRAIL_TRAIL_BUCKET", &live.plan.bucket),
            ("ACCESSTRAIL_TRAIL_PREFIX", &live.plan.prefix),
            ("ACCESSTRAIL_OWN_ENDPOINT", &live.table.endpoint),
            ("ACCESSTRAIL_TARGET_ENDPOINT", live.proxy.endpoint()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        live.start(&pairs).await;
        live
    }

    async fn start(&self, pairs: &[(&str, &str)]) {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables: BTreeMap<String, String> = pairs.collect();
        let log = self.scratch.path().join("function.log");
        let log = File::options().create(true).append(true).open(log).unwrap();
        self.api.run_function(&binary_of("backfill").await, &variables, log).unwrap();
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scratch.path().join("function.log")).unwrap()
    }

    fn metric(&self, name: &str) -> u64 {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line.get("_aws").is_some()).filter_map(|line| line[name].as_u64()).sum()
    }

    async fn invoke(&self, event: &Value) -> Value {
        match self.api.invoke(event, LONG).await {
            Answer::Response(value) => value,
            other => panic!("{other:?}\n{}", self.log()),
        }
    }

    /// Works on the next batch, as Lambda feeds it; the bodies that failed, and how many messages there were.
    async fn work(&self) -> (Vec<String>, usize) {
        let messages = self.queue.receive().await;
        if messages.is_empty() {
            return (Vec::new(), 0);
        }
        let answer = self.invoke(&self.queue.batch(&messages)).await;
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let mut failed = Vec::new();
        for message in &messages {
            let id = message.message_id().unwrap();
            if failures.iter().any(|failure| failure["itemIdentifier"] == id) {
                failed.push(message.body().unwrap().to_owned());
            } else {
                self.queue.delete(message).await;
            }
        }
        (failed, messages.len())
    }

    /// Works until this many messages are done.
    async fn work_on(&self, count: u64) {
        for _ in 0..300 {
            if self.metric("MessagesDone") >= count {
                return;
            }
            if self.work().await.1 == 0 {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        panic!("{} of {count} messages are done\n{}", self.metric("MessagesDone"), self.log());
    }

    /// What the same tree in a folder comes to, and the keys of its logs.
    async fn truth(&self) -> (String, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = Vec::new();
        let mut note = |object: accesstrail_shared::testing::trail::Object| {
            keys.push(object.key.clone());
            Some(object)
        };
        self.plan.write_changed(folder.path(), &mut note).unwrap();
        let store = Arc::new(SqliteStore::in_memory().unwrap());
        let job = Backfill::new(
            Arc::new(Folder::open(folder.path()).unwrap()),
            store.clone(),
            Arc::new(SystemClock),
            1,
            1,
        );
        Box::pin(job.run(&Window::default(), &Arc::new(Progress::default()))).await.unwrap();
        (rows(&*store).await, keys)
    }

    fn must_balance(&self) {
        let out = ["MessagesDone", "MessagesFailed", "MessagesPoison"];
        let out: u64 = out.iter().map(|name| self.metric(name)).sum();
        assert_eq!(self.metric("MessagesIn"), out);
    }
}

/// The export of all that is stored.
async fn rows(store: &dyn UsageStore) -> String {
    let mut lines = Vec::new();
    for account in store.usage_accounts().await.unwrap() {
        let query = UsageQuery { account: Some(account.clone()), ..UsageQuery::default() };
        let (mut rollup, mut after) = (Rollup::new(&account), None);
        loop {
            let page = store.hours(&query, after.as_deref(), 100).await.unwrap();
            for hour in &page.items {
                rollup.add(hour);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        csv::write(&rollup.finish(), &mut lines).unwrap();
    }
    String::from_utf8(lines).unwrap()
}

/// Notices of a key, in the form that comes at that turn.
fn notice(turn: usize, bucket: &str, key: &str) -> String {
    let encoded = key.replace(' ', "+");
    let record = json!({
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": encoded}},
    });
    let s3 = json!({"Records": [record]}).to_string();
    let trail = json!({"s3Bucket": bucket, "s3ObjectKey": [key]}).to_string();
    let sns = |message: &str| json!({"Type": "Notification", "Message": message}).to_string();
    let detail = json!({"bucket": {"name": bucket}, "object": {"key": key}});
    let bridge = json!({"source": "aws.s3", "detail-type": "Object Created", "detail": detail});
    match turn % 5 {
        0 => s3,
        1 => sns(&s3),
        2 => bridge.to_string(),
        3 => trail,
        _ => sns(&trail),
    }
}

#[test]
fn planned_days_come_to_what_a_folder_comes_to() {
    world::run(async {
        let live = Live::deploy().await;
        let planned = live.invoke(&json!({"backfill": {"days": 3650}})).await;
        let units = planned["units"].as_u64().unwrap();
        assert_eq!(units, 6, "two days of two accounts, and the day before: {planned}");
        assert_eq!(planned["other_folders"]["CloudTrail-Digest"], 2, "{planned}");
        live.work_on(units).await;
        let truth = live.truth().await.0;
        assert_eq!(rows(&live.table.store()).await, truth);
        assert_eq!(live.metric("DaysRead"), units);
        assert_eq!(live.metric("LogsRead"), live.written.files);
        live.must_balance();
        let totals = live.table.store().usage_totals().await.unwrap();
        assert_eq!(totals["usage.events"], live.written.distinct);

        // Again, of one account and region: nothing is read, and nothing is written.
        let one = json!({"accounts": ["111122223333"], "regions": ["eu-west-1"], "days": 3650});
        let written = live.metric("CellsWritten");
        let again = live.invoke(&json!({"backfill": one})).await["units"].as_u64().unwrap();
        live.work_on(units + again).await;
        assert_eq!(rows(&live.table.store()).await, truth);
        assert_eq!(live.metric("LogsRead"), live.written.files);
        assert_eq!(live.metric("CellsWritten"), written);
    });
}

#[test]
fn notices_in_every_form_twice_and_in_any_order_come_to_the_same() {
    world::run(async {
        let live = Live::deploy().await;
        let (truth, mut keys) = live.truth().await;
        // An order that has nothing to do with time.
        keys.sort_by_key(|key| key.chars().rev().collect::<String>());
        let logs = keys.iter().filter(|key| key.contains("/CloudTrail/")).count() as u64;
        let digests = keys.len() as u64 - logs;
        assert!(logs > 90 && digests > 90, "{logs} and {digests}");
        let denied = keys.iter().find(|key| key.contains("/CloudTrail/")).unwrap();
        let path = denied.replace(' ', "%20");
        let get = Match::action(&format!("s3:GET /{}/{path}", live.plan.bucket));
        live.proxy.set_plan(Faults::default().rule(get, Fault::Deny { by: Layer::Identity }));
        for (turn, key) in keys.iter().enumerate() {
            live.queue.send(&notice(turn, &live.plan.bucket, key)).await;
        }
        live.queue.send(r#"{"Event": "s3:TestEvent"}"#).await;
        live.queue.send("not at all").await;
        while live.metric("MessagesFailed") == 0 {
            live.work().await;
        }
        live.proxy.set_plan(Faults::default());
        live.work_on(keys.len() as u64 + 1).await;
        assert_eq!(rows(&live.table.store()).await, truth);
        assert_eq!(live.metric("LogsIgnored"), digests + 1);
        assert!(live.metric("MessagesPoison") >= 1);
        assert!(live.log().contains("no JSON"), "{}", live.log());
        live.must_balance();
        let store = live.table.store();
        assert_eq!(store.usage_totals().await.unwrap()["logs.set_aside"], 0);
        let written = live.metric("CellsWritten");

        let done = live.metric("MessagesDone");
        for (turn, key) in keys.iter().take(20).enumerate() {
            live.queue.send(&notice(turn + 1, &live.plan.bucket, key)).await;
        }
        live.work_on(done + 20).await;
        assert_eq!(rows(&store).await, truth);
        assert_eq!(live.metric("CellsWritten"), written, "nothing is written for what is known");
    });
}

#[test]
fn wrong_requests_and_settings_are_told_in_words() {
    world::run(async {
        let live = Live::deploy().await;
        for (event, complaint) in [
            (json!({"backfill": {"day": 3}}), "unknown field `day`"),
            (json!({"backfill": {"bucket": "other"}}), "not `other`"),
            (json!({"backfill": {"accounts": ["777788889999"]}}), "no day with logs below s3://"),
        ] {
            let Answer::Error(error) = live.api.invoke(&event, LONG).await else {
                panic!("{event} is refused\n{}", live.log());
            };
            assert_eq!(error["errorType"], "GiveUp", "{error}");
            let told = error["errorMessage"].as_str().unwrap();
            assert!(told.contains(complaint), "{told}");
        }
        live.api.kill_function();
        live.start(&[("ACCESSTRAIL_TRAIL_BUCKET", "s3://x"), ("AWS_REGION", "us-east-1")]).await;
        let answer = live.api.invoke(&Value::Null, LONG).await;
        let Answer::InitError(error) = answer else { panic!("{answer:?}\n{}", live.log()) };
        let told = error["errorMessage"].as_str().unwrap();
        for name in ["ACCESSTRAIL_TABLE", "ACCESSTRAIL_QUEUE_URL", "ACCESSTRAIL_TRAIL_BUCKET"] {
            assert!(told.contains(name), "{name}: {told}");
        }
    });
}
