//! Setting up over the real adapter: the function's own code with events of a custom resource, against the emulated
//! organization and the table of a deployment; answers are taken by a server of this test.
//!
//! The emulator has self-managed StackSets; trusted access and operations are answered as AWS does
//! (`accesstrail_shared::testing::stack_sets`).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: what is unexpected ends the test"
)]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use accesstrail_shared::lambda::Invocation;
use accesstrail_shared::port::{Clock as _, SystemClock};
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan, Proxy};
use accesstrail_shared::testing::stack_sets::stack_sets;
use accesstrail_shared::testing::visit;
use accesstrail_tests::dynamo::Table;
use accesstrail_tests::world::{World, found};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// More than a set-up takes here.
const LONG: Duration = Duration::from_mins(5);

/// A function over an organization of its own.
struct Stage {
    world: World,
    access: Plan,
    table: Table,
    answers: TcpListener,
}

impl Stage {
    async fn new() -> Self {
        let (world, table) = (found().await, Table::create().await);
        let answers = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { world, access: stack_sets(), table, answers }
    }

    /// The recorded event of this type, for two accounts, that is answered here.
    fn event(&self, kind: &str, change: impl Fn(&mut Value)) -> Value {
        let mut event: Value = serde_json::from_str(include_str!("setup/create.json")).unwrap();
        let company = &self.world.company;
        let accounts = company.accounts().map(|(_, id)| id.to_owned());
        let accounts = accounts.filter(|id| id != company.management());
        let suspended = company.account("old-shop").unwrap();
        let accounts: Vec<String> = accounts.filter(|id| id != suspended).take(2).collect();
        event["RequestType"] = json!(kind);
        event["RequestId"] = json!(format!("EXAMPLE-{kind}"));
        event["ResponseURL"] =
            json!(format!("http://{}/answer", self.answers.local_addr().unwrap()));
        event["ResourceProperties"]["Accounts"] = json!(accounts);
        // The emulator deletes a role before its managed policies, which it has with tier 3 alone.
        event["ResourceProperties"]["Tiers"] = json!(["1", "2", "4"]);
        change(&mut event);
        event
    }

    /// The function with these faults, invoked with this much time.
    async fn invoke(&self, faults: Plan, own: Plan, event: Value, time: Duration) -> Value {
        let proxy = self.world.proxy(faults.and(self.access.clone())).await;
        let own = Proxy::start(&self.table.endpoint, own).await.unwrap();
        let variables: BTreeMap<&str, String> = [
            ("ACCESSTRAIL_TABLE", self.table.name.clone()),
            ("ACCESSTRAIL_OWN_ENDPOINT", own.endpoint().to_owned()),
            ("ACCESSTRAIL_TARGET_ENDPOINT", proxy.endpoint().to_owned()),
            ("AWS_LAMBDA_FUNCTION_NAME", "accesstrail-setup".to_owned()),
        ]
        .into();
        let world = setup::World::from_environment(&|name| variables.get(name).cloned());
        let world = world.at(visit::place(proxy.endpoint(), "us-east-1"));
        let deadline = SystemTime::from(SystemClock.now()) + time;
        let invocation = Invocation::new("request", deadline, SystemClock.now());
        setup::handle(&world, event, invocation).await.unwrap()
    }

    /// What an event is answered.
    async fn answered(&self, faults: Plan, event: Value) -> Value {
        let taken = take(&self.answers);
        let invoked = self.invoke(faults, Plan::default(), event, LONG);
        let (answer, outcome) = tokio::join!(taken, invoked);
        assert_eq!(outcome["outcome"], "answered");
        answer
    }

    async fn asked(&self, asked: Value) -> Value {
        self.invoke(Plan::default(), Plan::default(), json!({"setup": asked}), LONG).await
    }
}

/// Takes one answer, as S3 does.
async fn take(listener: &TcpListener) -> Value {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut text = Vec::new();
    loop {
        let mut bytes = [0; 4_096];
        let read = stream.read(&mut bytes).await.unwrap();
        text.extend_from_slice(&bytes[..read]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("put /answer "), "{head}");
        let of = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        assert_eq!(of("content-type:"), Some(""), "{head}");
        let length: usize = of("content-length:").unwrap().parse().unwrap();
        if body.len() >= length {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            return serde_json::from_str(body).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_is_created_refused_and_deleted() {
    let stage = Stage::new().await;
    let deny = Plan::default()
        .rule(Match::action("cloudformation:CreateStackSet"), Fault::Deny { by: Layer::Identity });
    let denied = Box::pin(stage.answered(deny, stage.event("Create", |_| ()))).await;
    assert_eq!(denied["Status"], "FAILED");
    let reason = denied["Reason"].as_str().unwrap();
    assert!(reason.contains("cloudformation:CreateStackSet was denied"), "{reason}");

    let created = Box::pin(stage.answered(Plan::default(), stage.event("Create", |_| ()))).await;
    assert_eq!(created["Status"], "SUCCESS", "{created}");
    let id = created["PhysicalResourceId"].clone();
    let plan = stage.asked(json!({"verb": "plan"})).await;
    assert_eq!(plan["empty"], true, "{plan}");
    let status = stage.asked(json!({"verb": "status"})).await;
    assert!(status["findings"].is_array(), "{status}");

    let misspelled = stage.event("Update", |event| {
        event["PhysicalResourceId"] = id.clone();
        event["ResourceProperties"]["Teirs"] = json!(["1"]);
    });
    let refused = Box::pin(stage.answered(Plan::default(), misspelled)).await;
    assert_eq!((&refused["Status"], &refused["PhysicalResourceId"]), (&json!("FAILED"), &id));
    assert!(refused["Reason"].as_str().unwrap().contains("Teirs"), "{refused}");

    let delete = stage.event("Delete", |event| event["PhysicalResourceId"] = id.clone());
    let deleted = Box::pin(stage.answered(Plan::default(), delete)).await;
    assert_eq!((&deleted["Status"], &deleted["PhysicalResourceId"]), (&json!("SUCCESS"), &id));
    let status = stage.asked(json!({"verb": "status"})).await;
    assert_eq!(status["outcome"], "not_set_up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_time_the_event_is_handed_on_or_answered() {
    let stage = Stage::new().await;
    let little = Duration::from_secs(30);
    let taken = Fault::Answer {
        status: 202,
        body: Vec::new().into(),
        content_type: "application/json".to_owned(),
    };
    let own = Plan::default().rule(Match::action("lambda:*"), taken);
    let event = stage.event("Create", |_| ());
    let outcome = stage.invoke(Plan::default(), own, event.clone(), little).await;
    assert_eq!(outcome["outcome"], "handed_on");

    let deny = Fault::Deny { by: Layer::Identity };
    let own = Plan::default().rule(Match::action("lambda:*"), deny);
    let (answer, outcome) =
        tokio::join!(take(&stage.answers), stage.invoke(Plan::default(), own, event, little));
    assert_eq!((&outcome["outcome"], &answer["Status"]), (&json!("answered"), &json!("FAILED")));
    assert!(answer["Reason"].as_str().unwrap().contains("no time left"), "{answer}");
}
