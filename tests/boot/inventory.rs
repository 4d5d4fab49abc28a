//! The life of a run in the deployed function, and what may come between.

use std::time::{Duration, Instant};

use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::findings::{Inventory, judge};
use accesstrail_shared::model::finding::FindingId;
use accesstrail_shared::model::{RunId, RunState};
use accesstrail_shared::port::{FindingStore as _, Store as _};
use accesstrail_shared::store::load;
use accesstrail_shared::testing::proxy::{Fault, Match, Plan};
use accesstrail_shared::testing::runtime_api::Answer;
use accesstrail_tests::world::{self, Ask, contents, empty_store, statuses};
use aws_sdk_sqs::types::Message;
use serde_json::Value;

use crate::corpus::event;
use crate::function::Function;

/// Two accounts of the company that are small.
const ACCOUNTS: &[&str] = &["web-dev", "payments-dev"];

/// More than any message needs.
pub(crate) const OFTEN: u32 = 100;

pub(crate) fn run_of(answer: &Value) -> RunId {
    answer["run"].as_str().unwrap().parse().unwrap()
}

pub(crate) fn unit_is(message: &Message, collector: &str) -> bool {
    message.body().unwrap().contains(&format!("/{collector}\""))
}

#[test]
fn a_schedule_becomes_a_run_in_the_table() {
    world::run(async {
        crate::function::binary().await;
        let began = Instant::now();
        let function = Function::deploy(ACCOUNTS, OFTEN).await;
        let deployed = began.elapsed();
        let planned = function.invoke(&event("inventory/scheduler.json")).await;
        println!("deployed after {deployed:?}, planned after {:?}", began.elapsed());
        let run = run_of(&planned);
        assert_eq!(run.as_str(), "20261122T060000Z");
        // Three collectors of resources in each account are left out: planned, ended as excluded, never sent.
        assert_eq!((&planned["units"], &planned["sent"]), (&15.into(), &9.into()));

        // The same schedule again: the same run.
        let again = function.invoke(&event("inventory/scheduler.json")).await;
        assert_eq!(run_of(&again), run);
        assert_eq!(again["units"], planned["units"]);
        let store = function.table.store();
        assert_eq!(store.runs(10).await.unwrap().len(), 1);

        function.work_until_closed(&run).await;
        let stored = store.run(&run).await.unwrap().unwrap();
        assert_eq!((stored.planned, stored.ended), (15, 15));
        assert_eq!(stored.trigger, "schedule");
        // The messages of the second schedule may come when everything is over.
        for _ in 0..20 {
            let messages = function.queue.receive().await;
            if messages.is_empty() {
                break;
            }
            assert_eq!(function.work(&messages).await, Vec::<String>::new());
        }
        function.must_balance();
        assert_eq!(function.metric("UnitsPlanned"), 18);
        // Both messages of a unit in one batch have one owner, who may take its own lease twice.
        assert_eq!(function.metric("UnitsEnded"), 9);
        assert_eq!(function.metric("MessagesPoison"), 0);
        assert!(function.queue.dead().await.is_empty());

        // What SQLite gets from the same world.
        let world = function.world().await;
        let accounts = ACCOUNTS.iter().map(|key| world.company.account(key).unwrap());
        let reach = Reach::Accounts(accounts.map(|id| id.parse().unwrap()).collect());
        let proxy = world.proxy(Plan::default()).await;
        let ask = Ask { reach, run: Some(run), ..Ask::default() };
        let local = world::inventory(&proxy, &empty_store(), ask).await;
        let cloud = load::snapshot(&store).await.unwrap();
        assert!(contents(&cloud).len() > 100);
        assert_eq!(contents(&cloud), contents(&local.snapshot));
        assert_eq!(statuses(&cloud), statuses(&local.snapshot));

        // What was found is judged when the run is closed, and once more where a message came twice.
        assert!(function.metric("RunsJudged") > 0);
        let judged = judge(&Inventory::of_snapshot(&cloud));
        let present: Vec<FindingId> = judged.present.into_iter().map(|it| it.id).collect();
        let kept = store.findings().await.unwrap();
        assert!(!kept.is_empty());
        assert_eq!(kept.into_iter().map(|it| it.id).collect::<Vec<_>>(), present);
        assert_eq!(function.metric("FindingsResolved"), 0);
    });
}

#[test]
fn near_its_deadline_it_hands_on() {
    world::run(async {
        let function = Function::deploy(&["web-dev"], OFTEN).await;
        let planned = function.invoke(&event("inventory/scheduler.json")).await;
        let messages = function.queue.receive_all(6).await;
        let (slow, others): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| unit_is(message, "iam-authorization"));
        let action = "iam:GetAccountAuthorizationDetails";
        let plan = Plan::default()
            .rule(Match::action(action), Fault::Delay(Duration::from_millis(1_500)))
            .rule(Match::action(action), Fault::page(1))
            .and(function.world().await.company.plan());
        function.proxy.set_plan(plan);
        let answer =
            match function.api.invoke(&function.queue.batch(&slow), Duration::from_secs(8)).await {
                Answer::Response(answer) => answer,
                other => panic!("{other:?}\n{}", function.log()),
            };
        assert_eq!(function.settle(&slow, &answer).await, Vec::<String>::new());
        assert_eq!(function.metric("UnitsHandedOn"), 1, "{}", function.log());
        let rest = function.queue.receive_all(1).await;
        assert!(unit_is(&rest[0], "iam-authorization"));
        assert!(rest[0].body().unwrap().contains("\"hop\":1"), "{:?}", rest[0].body());

        function.proxy.set_plan(function.world().await.company.plan());
        function.work(&rest).await;
        function.work(&others).await;
        let store = function.table.store();
        let run = store.run(&run_of(&planned)).await.unwrap().unwrap();
        assert_eq!(run.state, RunState::Closed);
        let complete = statuses(&load::snapshot(&store).await.unwrap());
        let listed = complete.iter().filter(|(scope, _)| scope.collector == "iam-authorization");
        for (scope, status) in listed {
            assert_eq!(status.word(), "complete", "{scope}");
        }
        function.must_balance();
    });
}

#[test]
fn a_killed_function_is_made_up_for_by_the_redelivery() {
    world::run(async {
        let function = Function::deploy(&["web-dev"], OFTEN).await;
        let planned = function.invoke(&event("inventory/scheduler.json")).await;
        let messages = function.queue.receive_all(6).await;
        let plan = Plan::default()
            .rule(Match::action("iam:GetAccountAuth*").nth(2), Fault::Delay(Duration::from_mins(1)))
            .rule(Match::action("iam:GetAccountAuth*"), Fault::page(5))
            .and(function.world().await.company.plan());
        function.proxy.set_plan(plan);
        let events = function.queue.batch(&messages);
        let (answer, ()) =
            tokio::join!(function.api.invoke(&events, Duration::from_secs(10)), async {
                tokio::time::sleep(Duration::from_secs(4)).await;
                function.api.kill_function();
            });
        assert_eq!(answer, Answer::Gone);
        let store = function.table.store();
        let run = run_of(&planned);
        let pending = store.pending_units(&run).await.unwrap();
        assert!(
            pending.iter().any(|unit| unit.collector == "iam-authorization"),
            "killed in the middle of it: {pending:?}"
        );

        function.proxy.set_plan(function.world().await.company.plan());
        function.start().await;
        for message in &messages {
            function.queue.give_back(message).await;
        }
        function.work_until_closed(&run).await;
        assert!(function.metric("UnitsHeld") > 0, "the lease of the dead is respected");
        let stored = store.run(&run).await.unwrap().unwrap();
        assert_eq!((stored.planned, stored.ended), (9, 9));
        for (scope, status) in statuses(&load::snapshot(&store).await.unwrap()) {
            assert!(status.word() != "partial", "{scope}: {status:?}");
        }
        function.must_balance();
    });
}
