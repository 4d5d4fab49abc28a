//! The deployed realtime function: events of every kind and shape, good and bad, in one queue.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::sync::Arc;

use accesstrail_shared::aws::configuration;
use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::model::{AccountId, Cause, Entity, Kind, NoticeKind, Region};
use accesstrail_shared::port::{Clock as _, EventStore as _, Query, Store, SystemClock, entities};
use accesstrail_shared::testing::proxy::{Plan, Proxy};
use accesstrail_shared::testing::runtime_api::{Answer, RuntimeApi};
use accesstrail_shared::testing::{bucket, visit};
use accesstrail_tests::dynamo::Table;
use accesstrail_tests::world::{self, Ask, REGION, World, found, inventory};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::function::{LONG, Queue, binary_of};

/// The bucket of the trail.
const BUCKET: &str = "acme-realtime-trail";

/// A function over an organization of its own that was looked at once.
struct Live {
    api: RuntimeApi,
    table: Table,
    queue: Queue,
    proxy: Proxy,
    world: World,
    account: AccountId,
    scratch: TempDir,
}

impl Live {
    async fn deploy() -> Self {
        let (table, world) = (Table::create().await, found().await);
        let account: AccountId = world.company.account("web-dev").unwrap().parse().unwrap();
        let proxy = world.proxy(Plan::default()).await;
        let store: Arc<dyn Store> = Arc::new(table.store());
        let reach = Reach::Accounts(vec![account.clone()]);
        inventory(&proxy, &store, Ask { reach, ..Ask::default() }).await;
        let queue = Queue::create(&table.endpoint, 3, 1).await;
        let api = RuntimeApi::start().await.unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let live = Self { api, table, queue, proxy, world, account, scratch };
        let pairs = [
            ("ACCESSTRAIL_TABLE", live.table.name.as_str()),
            ("ACCESSTRAIL_QUEUE_URL", &live.queue.url),
            ("ACCESSTRAIL_ROLE", visit::ROLE),
            ("ACCESSTRAIL_EXTERNAL_ID", visit::EXTERNAL_ID),
            ("ACCESSTRAIL_TRAIL_BUCKET", BUCKET),
            ("ACCESSTRAIL_OWN_ENDPOINT", &live.table.endpoint),
            ("ACCESSTRAIL_TARGET_ENDPOINT", live.proxy.endpoint()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables: BTreeMap<String, String> = pairs.collect();
        let log = File::create(live.scratch.path().join("function.log")).unwrap();
        live.api.run_function(&binary_of("realtime").await, &variables, log).unwrap();
        live
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scratch.path().join("function.log")).unwrap()
    }

    fn metric(&self, name: &str) -> u64 {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line.get("_aws").is_some()).filter_map(|line| line[name].as_u64()).sum()
    }

    async fn iam(&self) -> aws_sdk_iam::Client {
        let sessions =
            visit::sessions(self.proxy.endpoint(), REGION, Arc::new(SystemClock)).await.unwrap();
        sessions.session(&self.account).await.unwrap().iam(&Region::global())
    }

    /// A batch of messages as SQS hands it over, and the indexes of those that failed.
    async fn invoke(&self, bodies: &[String]) -> Vec<usize> {
        let record = |(number, body): (usize, &String)| {
            json!({
                "messageId": format!("m-{number}"),
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:accesstrail-touched-objects",
                "awsRegion": "us-east-1",
            })
        };
        let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
        let answer = match self.api.invoke(&json!({"Records": records}), LONG).await {
            Answer::Response(answer) => answer,
            other => panic!("{other:?}\n{}", self.log()),
        };
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let number = |failure: &Value| {
            let id = failure["itemIdentifier"].as_str().unwrap();
            id.trim_start_matches("m-").parse().unwrap()
        };
        failures.iter().map(number).collect()
    }

    async fn named(&self, kind: Kind, name: &str) -> Option<Entity> {
        let store = self.table.store();
        let query = Query { kind: Some(kind), ..Query::default() };
        let mut found = entities(&store, query);
        while let Some(stored) = found.next().await.unwrap() {
            let is = match &stored.entity {
                Entity::User(user) => user.name == name,
                Entity::Role(role) => role.name == name,
                _ => false,
            };
            if is {
                return Some(stored.entity);
            }
        }
        None
    }
}

/// The record of a call.
fn record(account: &str, (source, name): (&str, &str), request: &Value, number: u32) -> Value {
    let now = SystemClock.now().as_second() - 300;
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": account,
            "arn": format!("arn:aws:iam::{account}:user/admin"), "userName": "admin",
        },
        "eventTime": accesstrail_shared::model::Timestamp::from_second(now).unwrap().to_string(),
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2",
        "requestParameters": request,
        "responseElements": null,
        "eventID": format!("99990000-0000-4000-8000-{number:012}"),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
    })
}

/// The event of EventBridge around a record.
fn envelope(account: &str, record: &Value) -> String {
    json!({
        "version": "0", "id": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
        "account": account, "time": "2026-11-29T08:30:02Z", "region": "us-east-1", "resources": [],
        "detail": record,
    })
    .to_string()
}

/// An event with everything that EventBridge delivers, of this account and a few minutes ago.
fn delivered(account: &str) -> String {
    let mut event: Value = serde_json::from_str(include_str!("realtime-create-role.json")).unwrap();
    event["detail"]["eventTime"] = record(account, ("iam", ""), &json!({}), 6)["eventTime"].take();
    event.to_string().replace("123456789012", account)
}

#[test]
fn events_are_in_the_table_after_one_invocation() {
    world::run(async {
        let live = Live::deploy().await;
        let (account, iam) = (live.account.to_string(), live.iam().await);
        iam.create_user().user_name("eve").send().await.unwrap();
        let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
        iam.create_role().role_name("app").assume_role_policy_document(trust).send().await.unwrap();
        let user = json!({"userName": "eve"});
        let came = record(&account, ("iam", "CreateUser"), &user, 1);
        let forged = envelope("999900001111", &came);
        let mut large = record(&account, ("iam", "TagUser"), &user, 2);
        large["additionalEventData"] = json!({"x": "y".repeat(250_000)});
        let stopped = record(&account, ("cloudtrail", "StopLogging"), &json!({"name": "org"}), 3);
        let odd = record(&account, ("iam", "FrobnicateUser"), &json!({}), 4);
        let reads = record(&account, ("iam", "GetUser"), &user, 5);
        let bodies = [
            envelope(&account, &came),
            envelope(&account, &came),
            "{".to_owned(),
            forged,
            envelope(&account, &large),
            envelope(&account, &stopped),
            envelope(&account, &odd),
            envelope(&account, &reads),
            delivered(&account),
            json!({"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification",
                   "account": account, "detail": {}})
            .to_string(),
        ];
        assert_eq!(live.invoke(&bodies).await, [2, 3], "{}", live.log());
        assert!(live.named(Kind::User, "eve").await.is_some());
        assert!(live.named(Kind::Role, "app").await.is_some());
        let store = live.table.store();
        let changes = store.changes_of_event("99990000-0000-4000-8000-000000000006").await.unwrap();
        let of_role = changes.iter().find(|change| change.id.kind == Kind::Role).unwrap();
        let Cause::Event(cause) = &of_role.cause else { panic!("{:?}", of_role.cause) };
        assert_eq!((cause.name.as_str(), cause.source_ip.as_str()), ("CreateRole", "192.0.2.7"));
        let human = cause.human.as_deref();
        assert_eq!(
            (human, cause.actor.ends_with("AWSReservedSSO_Platform_0123456789abcdef")),
            (Some("alice"), true),
            "{cause:?}"
        );
        let notices = store.notices().await.unwrap();
        let kinds: Vec<NoticeKind> = notices.iter().map(|notice| notice.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == NoticeKind::Health).count(), 1);
        assert_eq!(kinds.iter().filter(|kind| **kind == NoticeKind::Stale).count(), 3);
        assert_eq!((live.metric("MessagesIn"), live.metric("MessagesPoison")), (10, 2));
        assert_eq!(live.metric("MessagesDone") + live.metric("MessagesFailed"), 8);
        // Again: nothing changes.
        let before = live.metric("ChangesObserved");
        assert!(before >= 6, "{before}");
        assert_eq!(live.invoke(&bodies[..2]).await, Vec::<usize>::new());
        assert_eq!(live.metric("ChangesObserved"), before);
    });
}

#[test]
fn events_come_with_the_logs_too() {
    world::run(async {
        let live = Live::deploy().await;
        let (account, iam) = (live.account.to_string(), live.iam().await);
        iam.create_user().user_name("mallory").send().await.unwrap();
        let request = json!({"userName": "mallory"});
        let records = json!({"Records": [
            record(&account, ("iam", "CreateUser"), &request, 11),
            record(&account, ("s3", "GetObject"), &json!({}), 12),
            {"eventVersion": 1},
        ]});
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(records.to_string().as_bytes()).unwrap();
        let place = visit::place(live.world.endpoint(), "us-east-1");
        let s3 = bucket::client(&configuration(&place).await);
        s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let key = format!(
            "AWSLogs/{account}/CloudTrail/us-east-1/2026/11/29/{account}_CloudTrail_us-east-1_20261129T0835Z_aaaabbbbccccdddd.json.gz"
        );
        let body = packed.finish().unwrap();
        s3.put_object().bucket(BUCKET).key(&key).body(body.into()).send().await.unwrap();
        let s3_notice = json!({"Records": [{
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": BUCKET}, "object": {"key": key}},
        }]});
        let sns = json!({"Type": "Notification", "Message": s3_notice.to_string()}).to_string();
        let trail = json!({"s3Bucket": BUCKET, "s3ObjectKey": [key]}).to_string();
        let gone =
            json!({"s3Bucket": BUCKET, "s3ObjectKey": [key.replace("aaaa", "eeee")]}).to_string();
        let test =
            json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}).to_string();
        // The same event by EventBridge: it is one reading.
        let event = envelope(&account, &record(&account, ("iam", "CreateUser"), &request, 11));
        let bodies = [s3_notice.to_string(), sns, trail, gone, test, event];
        assert_eq!(live.invoke(&bodies).await, Vec::<usize>::new(), "{}", live.log());
        assert!(live.named(Kind::User, "mallory").await.is_some());
        let changes = live
            .table
            .store()
            .changes_of_event("99990000-0000-4000-8000-000000000011")
            .await
            .unwrap();
        assert_eq!(changes.iter().filter(|change| change.id.kind == Kind::User).count(), 1);
        // Use is counted from the logs, by the backfill function alone.
        assert_eq!(live.metric("EventsFolded"), 0);
    });
}
