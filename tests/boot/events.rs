//! What the deployed function answers to each event that it may meet, and how it ends where it cannot start.

use std::collections::BTreeMap;
use std::time::Duration;

use accesstrail_shared::model::RunState;
use accesstrail_shared::port::Store as _;
use accesstrail_shared::testing::runtime_api::Answer;
use accesstrail_tests::world;
use serde_json::{Value, json};

use crate::corpus::{event, text};
use crate::function::{Function, LONG};
use crate::inventory::{OFTEN, run_of};

/// The error of an invocation that failed as a whole.
async fn failure(function: &Function, event: &Value) -> (String, String) {
    let Answer::Error(error) = function.api.invoke(event, LONG).await else {
        panic!("{event} is refused\n{}", function.log());
    };
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    (text("errorType"), text("errorMessage"))
}

#[test]
fn a_rule_and_an_invocation_start_a_run_too() {
    world::run(async {
        let function = Function::deploy(&["web-dev", "payments-dev"], OFTEN).await;
        let planned = function.invoke(&event("inventory/scheduled-rule.json")).await;
        assert_eq!(run_of(&planned).as_str(), "20261122T070000Z");
        let planned = function.invoke(&json!({})).await;
        assert_eq!(planned["accounts"], 2, "those of the settings: {planned}");
        let account = function.world().await.company.account("web-dev").unwrap();
        let planned = function.invoke(&json!({"accounts": [account]})).await;
        assert_eq!(planned["accounts"], 1, "{planned}");
        let runs = function.table.store().runs(10).await.unwrap();
        let triggers: Vec<&str> = runs.iter().map(|run| run.trigger.as_str()).collect();
        assert_eq!(triggers.iter().filter(|trigger| **trigger == "invoke").count(), 2);
        assert_eq!(triggers.len(), 3);
    });
}

#[test]
fn an_event_that_is_neither_is_refused_in_words() {
    world::run(async {
        let function = Function::deploy(&["web-dev"], OFTEN).await;
        let rows = [
            (json!({"trigger": "schedule", "acounts": []}), "acounts"),
            (json!({"Records": [{"eventSource": "aws:s3"}]}), "neither a schedule nor a request"),
            (json!([]), "not a JSON object"),
        ];
        for (event, complaint) in &rows {
            let (kind, message) = failure(&function, event).await;
            assert_eq!(kind, "GiveUp");
            assert!(message.contains(complaint), "{message}");
        }
        assert_eq!(function.metric("Failures"), 3);
        assert!(function.table.store().runs(10).await.unwrap().is_empty());
    });
}

#[test]
fn messages_that_cannot_be_worked_on_fail_alone_and_say_why() {
    world::run(async {
        let function = Function::deploy(&["web-dev"], OFTEN).await;
        let planned = function.invoke(&event("inventory/scheduler.json")).await;
        let newer =
            r#"{"version":2,"run":"20261122T060000Z","unit":"111122223333/aws-global/iam"}"#;
        let foreign = event("inventory/sqs-batch.json")["Records"][0]["body"].clone();
        let bad = [&text("inventory/poison.txt"), newer, "{}", foreign.as_str().unwrap()];
        for body in bad {
            function.queue.send(body).await;
        }
        let messages = function.queue.receive_all(10).await;
        let mut failed = function.work(&messages).await;
        let mut wanted: Vec<String> = messages
            .iter()
            .filter(|message| bad.contains(&message.body().unwrap()))
            .map(|message| message.message_id().unwrap().to_owned())
            .collect();
        failed.sort();
        wanted.sort();
        assert_eq!(failed, wanted);
        let run = function.table.store().run(&run_of(&planned)).await.unwrap().unwrap();
        assert_eq!(run.state, RunState::Closed, "their neighbours are done");
        assert_eq!(function.metric("MessagesPoison"), 4);
        function.must_balance();

        // The log has what the dead-letter queue does not: why, by the id that it keeps.
        let log = function.log();
        for id in &wanted {
            let lines = log.lines().filter(|line| line.contains(id.as_str())).count();
            assert_eq!(lines, 1, "{id}: {log}");
        }
        for reason in ["message version 2 is not 1", "missing field `version`", "is not planned"] {
            assert!(log.contains(reason), "{reason}: {log}");
        }
        let nothing = function.invoke(&json!({"Records": []})).await;
        assert_eq!(nothing, json!({"batchItemFailures": []}));
    });
}

#[test]
fn too_near_its_deadline_it_begins_nothing() {
    world::run(async {
        let function = Function::deploy(&["web-dev"], OFTEN).await;
        let near = Duration::from_millis(1_500);
        let schedule = event("inventory/scheduler.json");
        let Answer::Error(error) = function.api.invoke_told(&schedule, near, LONG).await else {
            panic!("no run is planned\n{}", function.log());
        };
        assert_eq!(error["errorType"], "Retry", "{error}");
        let run = run_of(&function.invoke(&schedule).await);
        let messages = function.queue.receive_all(6).await;
        let events = function.queue.batch(&messages);
        let Answer::Response(answer) = function.api.invoke_told(&events, near, LONG).await else {
            panic!("{}", function.log());
        };
        assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 6);
        assert_eq!(function.metric("MessagesFailed"), 6);
        function.must_balance();
        // Nothing is held: the next one may begin at once.
        assert!(function.work(&messages).await.is_empty(), "{}", function.log());
        let stored = function.table.store().run(&run).await.unwrap().unwrap();
        assert_eq!(stored.state, RunState::Closed);
    });
}

#[test]
fn wrong_settings_are_all_told_to_lambda() {
    world::run(async {
        let function = Function::deploy(&["web-dev"], OFTEN).await;
        function.api.kill_function();
        let wrong = [("ACCESSTRAIL_ACCOUNTS", "1"), ("AWS_REGION", "us-east-1")];
        let variables: BTreeMap<_, _> =
            wrong.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        function.start_with(&variables).await;
        let answer = function.api.invoke(&Value::Null, LONG).await;
        let Answer::InitError(error) = answer else { panic!("{answer:?}\n{}", function.log()) };
        assert_eq!(error["errorType"], "GiveUp");
        let (told, log) = (error["errorMessage"].as_str().unwrap(), function.log());
        for name in ["ACCESSTRAIL_TABLE", "ACCESSTRAIL_QUEUE_URL", "ACCESSTRAIL_ACCOUNTS"] {
            assert!(told.contains(name), "{name}: {told}");
            assert!(log.contains(name), "{name}: {log}");
        }
        assert_eq!(function.api.exit_code(LONG).await, Some(1));
    });
}
