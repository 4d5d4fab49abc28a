//! When the queue delivers again what was not done with: long before its own visibility timeout.

use std::time::Duration;

use accesstrail_shared::aws::queue::write_message;
use accesstrail_shared::model::{Counters, Run, RunId, RunState, Unit};
use accesstrail_shared::port::{Claim, Clock as _, Lease, Store as _, SystemClock, UnitMessage};
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan};
use accesstrail_tests::world;
use aws_sdk_sqs::types::Message;

use crate::corpus::{event, text};
use crate::function::{Function, Setup};
use crate::inventory::{OFTEN, run_of, unit_is};

/// The queue's own timeout: what comes again within a test does so because the function said so.
const HOUR: i32 = 3_600;

async fn deploy(receives: u32, own: Plan) -> Function {
    let accounts = &["web-dev"];
    Function::deploy_as(Setup { accounts, receives, hidden: HOUR, own, more: &[] }).await
}

/// The message of one unit, out of those that a plan sent.
async fn one_of_six(function: &Function) -> Message {
    let messages = function.queue.receive_all(6).await;
    messages.into_iter().find(|message| unit_is(message, "iam-account")).unwrap()
}

/// The account cannot be entered for now, in a way that the SDK does not try again by itself.
fn no_session() -> Plan {
    Plan::default().rule(Match::action("sts:AssumeRole"), Fault::Status(501))
}

#[test]
fn a_passing_failure_comes_again_after_its_pause() {
    world::run(async {
        let function = deploy(OFTEN, Plan::default()).await;
        function.invoke(&event("inventory/scheduler.json")).await;
        let message = one_of_six(&function).await;
        let company = function.world().await.company.plan();
        function.proxy.set_plan(no_session().and(company));
        let failed = function.work(std::slice::from_ref(&message)).await;
        assert_eq!(failed, [message.message_id().unwrap()], "{}", function.log());
        assert_eq!(function.metric("MessagesFailed"), 1, "{}", function.log());

        function.proxy.set_plan(function.world().await.company.plan());
        let again = function.queue.next().await;
        assert_eq!(again.message_id(), message.message_id());
        assert!(function.work(&[again]).await.is_empty());
        function.must_balance();
    });
}

#[test]
fn a_held_unit_comes_again_after_the_lease() {
    world::run(async {
        let function = deploy(OFTEN, Plan::default()).await;
        let planned = function.invoke(&event("inventory/scheduler.json")).await;
        let message = one_of_six(&function).await;
        let store = function.table.store();
        let (run, now) = (run_of(&planned), SystemClock.now());
        let units = store.pending_units(&run).await.unwrap();
        let unit = units.iter().find(|unit| unit.collector == "iam-account").unwrap();
        let until = now.checked_add(Duration::from_secs(15)).unwrap();
        let lease = Lease { owner: "another".to_owned(), now, until };
        let claim = store.claim_unit(&run, unit, &lease).await.unwrap();
        assert!(matches!(claim, Claim::Granted { .. }), "{claim:?}");

        let failed = function.work(std::slice::from_ref(&message)).await;
        assert_eq!(failed, [message.message_id().unwrap()], "{}", function.log());
        let again = function.queue.next().await;
        assert!(SystemClock.now() >= until, "not while it is held");
        assert_eq!(again.message_id(), message.message_id());
        assert!(function.work(&[again]).await.is_empty(), "{}", function.log());
        assert_eq!((function.metric("UnitsHeld"), function.metric("UnitsEnded")), (1, 1));
        function.must_balance();
    });
}

#[test]
fn a_poison_message_reaches_the_dead_letter_queue_at_once() {
    world::run(async {
        let function = deploy(3, Plan::default()).await;
        let poison = text("inventory/poison.txt");
        function.queue.send(&poison).await;
        for receives in 1..=3 {
            let message = function.queue.next().await;
            let id = message.message_id().unwrap().to_owned();
            assert_eq!(function.work(&[message]).await, [id], "{receives}");
        }
        assert!(function.queue.receive().await.is_empty());
        let dead = function.queue.dead().await;
        let [message] = &dead[..] else { panic!("{dead:?}") };
        assert_eq!(message.body(), Some(poison.as_str()));
        assert_eq!(function.metric("MessagesPoison"), 3);
        function.must_balance();
    });
}

#[test]
fn what_a_newer_program_planned_is_set_aside_without_a_lease() {
    world::run(async {
        let function = deploy(2, Plan::default()).await;
        let (store, now) = (function.table.store(), SystemClock.now());
        let id: RunId = "20261122T060000Z".parse().unwrap();
        let unit: Unit = "111122223333/aws-global/iam-account".parse().unwrap();
        let run = Run {
            id: id.clone(),
            trigger: "schedule".to_owned(),
            options: r#"{"of_a_newer_program":true}"#.to_owned(),
            state: RunState::Planning,
            started: now,
            finished: None,
            planned: 0,
            ended: 0,
            counters: Counters::new(),
        };
        store.open_run(&run, std::slice::from_ref(&unit)).await.unwrap();
        let message = UnitMessage { run: id.clone(), unit: unit.clone(), hop: 0 };
        function.queue.send(&write_message(&message).unwrap()).await;
        for _ in 0..2 {
            let message = function.queue.next().await;
            assert_eq!(function.work(&[message]).await.len(), 1);
        }
        assert!(function.queue.receive().await.is_empty());
        assert_eq!(function.queue.dead().await.len(), 1, "{}", function.log());
        assert_eq!(function.metric("MessagesPoison"), 2, "{}", function.log());
        // The newer program, which gets the message from the dead-letter queue, need not wait.
        let until = now.checked_add(Duration::from_mins(1)).unwrap();
        let lease = Lease { owner: "newer".to_owned(), now, until };
        let claim = store.claim_unit(&id, &unit, &lease).await.unwrap();
        assert!(matches!(claim, Claim::Granted { attempt: 1, .. }), "{claim:?}");
        function.must_balance();
    });
}

#[test]
fn where_the_queue_may_not_be_told_the_answer_is_the_same() {
    world::run(async {
        let action = "sqs:ChangeMessageVisibility";
        let denied =
            Plan::default().rule(Match::action(action), Fault::Deny { by: Layer::Identity });
        let function = deploy(OFTEN, denied).await;
        function.queue.send(&text("inventory/poison.txt")).await;
        let message = function.queue.next().await;
        let id = message.message_id().unwrap().to_owned();
        assert_eq!(function.work(&[message]).await, [id]);
        assert!(function.own.calls().iter().any(|call| call.iam_action() == action));
        let log = function.log();
        let warned = log.lines().find(|line| line.contains("visibility timeout")).unwrap();
        let name = function.queue.url.rsplit('/').next().unwrap();
        for part in [action, name, "WARN"] {
            assert!(warned.contains(part), "{part}: {warned}");
        }
        function.must_balance();
    });
}
