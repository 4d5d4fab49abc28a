//! The deployed set-up function: events of a custom resource and direct invocations, against the emulated organization and
//! the table of a deployment; answers are taken by a server of this test.
//!
//! The emulator has self-managed StackSets; trusted access and operations are answered as AWS does
//! (`accesstrail_shared::testing::stack_sets`).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::time::Duration;

use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan, Proxy};
use accesstrail_shared::testing::runtime_api::{Answer, RuntimeApi};
use accesstrail_shared::testing::stack_sets::stack_sets;
use accesstrail_tests::dynamo::Table;
use accesstrail_tests::world::{self, World, found};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::function::binary_of;

/// More than a set-up takes here.
const LONG: Duration = Duration::from_mins(5);

/// The function, over an organization of its own.
struct Stage {
    api: RuntimeApi,
    world: World,
    access: Plan,
    target: Proxy,
    own: Proxy,
    answers: TcpListener,
    scratch: TempDir,
}

impl Stage {
    async fn deploy() -> Self {
        let (world, table, access) = (found().await, Table::create().await, stack_sets());
        let target = world.proxy(access.clone()).await;
        let own = Proxy::start(&table.endpoint, Plan::default()).await.unwrap();
        let variables = [
            ("ACCESSTRAIL_TABLE", table.name.as_str()),
            ("ACCESSTRAIL_OWN_ENDPOINT", own.endpoint()),
            ("ACCESSTRAIL_TARGET_ENDPOINT", target.endpoint()),
            ("AWS_LAMBDA_FUNCTION_NAME", "accesstrail-setup"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let variables: BTreeMap<String, String> =
            variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let answers = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (api, scratch) = (RuntimeApi::start().await.unwrap(), tempfile::tempdir().unwrap());
        let log = File::create(scratch.path().join("function.log")).unwrap();
        api.run_function(&binary_of("setup").await, &variables, log).unwrap();
        Self { api, world, access, target, own, answers, scratch }
    }

    /// The recorded event of this type, for two accounts, that is answered here.
    fn event(&self, kind: &str, change: impl Fn(&mut Value)) -> Value {
        let mut event: Value = serde_json::from_str(include_str!("setup-create.json")).unwrap();
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

    /// The calls to the organization fail like this from now on.
    fn fail(&self, faults: Plan) {
        self.target.set_plan(faults.and(self.access.clone()).and(self.world.company.plan()));
    }

    /// What the function says to an event for which it has this much time.
    async fn invoke(&self, event: &Value, time: Duration) -> Value {
        match self.api.invoke(event, time).await {
            Answer::Response(answer) => answer,
            other => panic!("{other:?}\n{}", self.log()),
        }
    }

    /// What an event is answered.
    async fn answered(&self, event: Value) -> Value {
        let (answer, outcome) = tokio::join!(take(&self.answers), self.invoke(&event, LONG));
        assert_eq!(outcome["outcome"], "answered");
        answer
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scratch.path().join("function.log")).unwrap()
    }

    /// A metric of each invocation so far that has it.
    fn metrics(&self, name: &str) -> Vec<u64> {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .filter(|line| line.get("_aws").is_some())
            .filter_map(|line| line[name].as_u64())
            .collect()
    }

    async fn asked(&self, asked: Value) -> Value {
        self.invoke(&json!({"setup": asked}), LONG).await
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

#[test]
fn a_resource_is_created_refused_and_deleted() {
    world::run(async {
        let stage = Stage::deploy().await;
        let deny = Fault::Deny { by: Layer::Identity };
        stage.fail(Plan::default().rule(Match::action("cloudformation:CreateStackSet"), deny));
        let denied = stage.answered(stage.event("Create", |_| ())).await;
        assert_eq!(denied["Status"], "FAILED");
        let reason = denied["Reason"].as_str().unwrap();
        assert!(reason.contains("cloudformation:CreateStackSet was denied"), "{reason}");

        stage.fail(Plan::default());
        let created = stage.answered(stage.event("Create", |_| ())).await;
        assert_eq!(created["Status"], "SUCCESS", "{created}");
        let id = created["PhysicalResourceId"].clone();
        let plan = stage.asked(json!({"verb": "plan"})).await;
        assert_eq!(plan["empty"], true, "{plan}");
        let status = stage.asked(json!({"verb": "status"})).await;
        assert!(status["findings"].is_array(), "{status}");
        let watched = stage.asked(json!({"verb": "watch"})).await;
        assert_eq!(watched, status, "nothing else is found by whoever watches");
        let counted: u64 = stage.metrics("HealthFindings").iter().sum();
        assert!(counted > 0, "this organization has no trail: {watched}");
        let looked = |action: &str| {
            let calls = stage.target.calls();
            calls.iter().filter(|call| call.action == action).count()
        };
        assert!(looked("DetectStackDrift") > 1 && looked("DetectStackSetDrift") > 1);

        let misspelled = stage.event("Update", |event| {
            event["PhysicalResourceId"] = id.clone();
            event["ResourceProperties"]["Teirs"] = json!(["1"]);
        });
        let refused = stage.answered(misspelled).await;
        assert_eq!((&refused["Status"], &refused["PhysicalResourceId"]), (&json!("FAILED"), &id));
        assert!(refused["Reason"].as_str().unwrap().contains("Teirs"), "{refused}");

        let delete = stage.event("Delete", |event| event["PhysicalResourceId"] = id.clone());
        let deleted = stage.answered(delete).await;
        assert_eq!((&deleted["Status"], &deleted["PhysicalResourceId"]), (&json!("SUCCESS"), &id));
        let status = stage.asked(json!({"verb": "status"})).await;
        assert_eq!(status["outcome"], "not_set_up");
    });
}

#[test]
fn without_time_the_event_is_handed_on_or_answered() {
    world::run(async {
        let stage = Stage::deploy().await;
        // All of it is kept for the answer.
        let little = Duration::from_secs(30);
        let taken = Fault::Answer {
            status: 202,
            body: Vec::new().into(),
            content_type: "application/json".to_owned(),
        };
        stage.own.set_plan(Plan::default().rule(Match::action("lambda:*"), taken));
        let event = stage.event("Create", |_| ());
        let outcome = stage.invoke(&event, little).await;
        assert_eq!(outcome["outcome"], "handed_on");

        let deny = Fault::Deny { by: Layer::Identity };
        stage.own.set_plan(Plan::default().rule(Match::action("lambda:*"), deny));
        let (answer, outcome) = tokio::join!(take(&stage.answers), stage.invoke(&event, little));
        let (answered, failed) = (json!("answered"), json!("FAILED"));
        assert_eq!((&outcome["outcome"], &answer["Status"]), (&answered, &failed));
        assert!(answer["Reason"].as_str().unwrap().contains("no time left"), "{answer}");
    });
}

#[test]
fn what_nobody_asked_for_is_refused() {
    world::run(async {
        let stage = Stage::deploy().await;
        for (event, reason) in [
            (json!({}), "neither an event of a custom resource"),
            (json!({"setup": {"verb": "explode"}}), "unknown variant `explode`"),
            (json!({"setup": {"verb": "plan", "destory": true}}), "unknown field `destory`"),
        ] {
            let answer = stage.api.invoke(&event, LONG).await;
            let Answer::Error(error) = answer else { panic!("{event}: {answer:?}") };
            let message = error["errorMessage"].as_str().unwrap();
            assert!(message.contains(reason), "{event}: {message}");
        }
    });
}
