//! What happens in between: other operations, busy services, several crashes, notifications that somebody else writes.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::{Bench, lines};
use crate::port::setup::{Cloud as _, Landscape as _, Notification, SetupStore as _};
use crate::setup::fake::{BUCKET, Crash};
use crate::setup::machine::{SetupError, Turn, token};
use crate::setup::names::MEMBER;
use crate::setup::plan::{self, Purpose};

#[test]
fn tokens_are_what_stacks_and_operations_take() {
    let long = "run-".repeat(100);
    for (run, step) in [("1-abc", "stack/1/2/3"), (long.as_str(), ""), ("ü/:*", "ü")] {
        let token = token(run, step, "create");
        assert!((1..=128).contains(&token.len()), "{token}");
        assert!(token.starts_with(|c: char| c.is_ascii_alphabetic()), "{token}");
        assert!(token.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'), "{token}");
        assert_eq!(token, super::super::machine::token(run, step, "create"));
    }
    let all = [
        token("a", "x", "create"),
        token("a", "x", "update"),
        token("a", "y", "create"),
        token("b", "x", "create"),
    ];
    let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

#[tokio::test]
async fn an_operation_of_somebody_elses_is_waited_for() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    let mut more = wanted.clone();
    more.object_names = true;
    let (file, _) = plan::write(&bench.plan(Purpose::Deploy, &more).await).unwrap();
    bench.cloud.detect_drift(MEMBER, "somebody-elses").await.unwrap();
    let machine = bench.machine("one");
    let run = machine.begin(&file).await.unwrap();
    let mut turn = machine.turn(&run).await.unwrap();
    let mut pauses = 0;
    for _ in 0..50 {
        let Turn::Waiting { step, what } = &turn else { break };
        if what.contains("another operation") {
            assert_eq!(step, "set/accesstrail-member");
            pauses += 1;
            // It ends once somebody has looked twice.
            bench.cloud.operation(MEMBER, "somebody-elses").await.unwrap();
        }
        turn = machine.turn(&run).await.unwrap();
    }
    assert!(pauses >= 1);
    assert_eq!(turn, Turn::Done { notes: Vec::new() });
    assert!(bench.plan(Purpose::Deploy, &more).await.is_empty());
}

#[tokio::test]
async fn notifications_that_are_there_are_never_replaced() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    // Somebody adds one while we are deployed.
    let mut now = bench.cloud.notification(BUCKET).await.unwrap();
    now.others.push("arn:aws:lambda:eu-west-1:111122223333:function:later".to_owned());
    bench.cloud.put_notification(BUCKET, &now).await.unwrap();
    let plan = bench.plan(Purpose::Destroy, &wanted).await;
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
    let after = bench.cloud.notification(BUCKET).await.unwrap();
    assert_eq!(after, Notification { event_bridge: false, others: now.others });
}

#[tokio::test]
async fn eventbridge_that_was_told_before_is_told_afterwards() {
    let wanted = Bench::wanted();
    let bench = Bench::new();
    let mut told = bench.cloud.notification(BUCKET).await.unwrap();
    told.event_bridge = true;
    bench.cloud.put_notification(BUCKET, &told).await.unwrap();
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    assert!(lines(&plan).contains(&format!("keep notification/{BUCKET}")));
    bench.apply(&plan).await;
    let plan = bench.plan(Purpose::Destroy, &wanted).await;
    assert!(!lines(&plan).iter().any(|line| line.contains("notification/")), "{:?}", lines(&plan));
    bench.apply(&plan).await;
    assert!(bench.cloud.notification(BUCKET).await.unwrap().event_bridge);
}

#[tokio::test]
async fn what_was_sent_is_read_before_the_bus_goes() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.fill(wanted.queue.as_ref().unwrap(), 3);
    let (file, _) = plan::write(&bench.plan(Purpose::Destroy, &wanted).await).unwrap();
    let machine = bench.machine("one");
    let run = machine.begin(&file).await.unwrap();
    let mut waits = Vec::new();
    loop {
        match machine.turn(&run).await.unwrap() {
            Turn::Waiting { step, what } if step.starts_with("drain/") => waits.push(what),
            Turn::Waiting { .. } => {}
            ended => {
                assert_eq!(ended, Turn::Done { notes: Vec::new() });
                break;
            }
        }
    }
    assert_eq!(waits.len(), 3, "{waits:?}");
    assert!(waits[0].starts_with("3 messages are left"), "{waits:?}");
}

/// Where nobody reads the queue, removing does not wait for ever.
#[tokio::test]
async fn a_queue_that_nobody_reads_is_given_up() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.fill(wanted.queue.as_ref().unwrap(), 1_000_000);
    let (file, _) = plan::write(&bench.plan(Purpose::Destroy, &wanted).await).unwrap();
    let machine = bench.machine("one");
    let run = machine.begin(&file).await.unwrap();
    let mut waits = 0;
    let notes = loop {
        match machine.turn(&run).await.unwrap() {
            Turn::Waiting { step, .. } if step.starts_with("drain/") => {
                waits += 1;
                bench.clock.pass(SignedDuration::from_mins(1));
            }
            Turn::Waiting { .. } => {}
            Turn::Done { notes } => break notes,
            Turn::Failed { problems, .. } => panic!("{problems:?}"),
        }
    };
    assert!((10..=15).contains(&waits), "{waits}");
    assert!(notes[0].contains("messages were left in"), "{notes:?}");
}

#[tokio::test]
async fn an_account_that_joins_while_it_is_removed_is_told() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    let (file, _) = plan::write(&bench.plan(Purpose::Destroy, &wanted).await).unwrap();
    let machine = bench.machine("one");
    let run = machine.begin(&file).await.unwrap();
    // Auto-deployment gives it an instance after the others were deleted.
    let one = bench.facts(&wanted).await.sets[MEMBER].instances[0].clone();
    let mut turn = machine.turn(&run).await.unwrap();
    for _ in 0..100 {
        let Turn::Waiting { step, .. } = &turn else { break };
        if step.contains("instances/accesstrail-member") {
            bench.cloud.insert_instance(MEMBER, &one, "666677778888");
        }
        turn = machine.turn(&run).await.unwrap();
    }
    let Turn::Failed { step, problems } = turn else { panic!("it was missed: {turn:?}") };
    assert_eq!(step, "set/accesstrail-member");
    assert!(problems[0].contains("is still in 666677778888"), "{problems:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However often it dies, whoever comes next ends it, and the end is the same.
    #[test]
    fn any_number_of_crashes_ends_the_same(crashes in proptest::collection::vec((any::<bool>(), 0_usize..60), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let wanted = Bench::wanted();
            let expected = Bench::deployed(&wanted).await.cloud.picture();
            let bench = Bench::new();
            let (file, hash) = plan::write(&bench.plan(Purpose::Deploy, &wanted).await).unwrap();
            for (number, (before, call)) in crashes.iter().enumerate() {
                bench.crash(if *before { Crash::Before(*call) } else { Crash::After(*call) });
                let owner = format!("owner-{number}");
                match bench.apply_as(&owner, &file).await {
                    // A plan that is done is not what would be planned now.
                    Ok(Turn::Done { .. }) | Err(SetupError::Moved(_) | SetupError::Cloud(_) | SetupError::Store(_)) => {}
                    other => panic!("{other:?}"),
                }
                bench.crash(Crash::Never);
                bench.clock.pass(SignedDuration::from_mins(16));
            }
            let last = bench.store.setup_run().await.unwrap();
            let is_open = last.is_none_or(|run| run.state == crate::port::setup::SetupRunState::Open);
            if is_open {
                assert_eq!(bench.apply_as("last", &file).await.unwrap(), Turn::Done { notes: Vec::new() });
            }
            assert_eq!(bench.store.done_setup().await.unwrap().unwrap().hash, hash);
            assert_eq!(bench.cloud.picture(), expected);
        });
    }
}
