//! Every call denied in turn, stacks that fail, instances that fail: each is named with what to do.

use std::collections::BTreeSet;

use super::{Bench, lines};
use crate::port::setup::{MemberAccount, SetupRunState, SetupStore as _, Standing, TrustedAccess};
use crate::setup::facts::Facts;
use crate::setup::machine::Turn;
use crate::setup::names::{self, EVENTS, MEMBER};
use crate::setup::plan::{self, PlanError, Purpose};

/// The calls that setting up and removing make, which write.
const WRITES: [&str; 8] = [
    "cloudformation:ActivateOrganizationsAccess",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackInstances",
    "cloudformation:CreateStackSet",
    "cloudformation:DeactivateOrganizationsAccess",
    "cloudformation:DeleteStack",
    "cloudformation:DeleteStackInstances",
    "cloudformation:DeleteStackSet",
];

#[tokio::test]
async fn every_write_that_is_denied_is_named_with_what_to_grant() {
    let wanted = Bench::wanted();
    for action in WRITES.into_iter().chain(["s3:PutBucketNotification"]) {
        let removes = action.contains("Delete") || action.contains("Deactivate");
        let (bench, purpose) = if removes {
            (Bench::deployed(&wanted).await, Purpose::Destroy)
        } else {
            (Bench::new(), Purpose::Deploy)
        };
        bench.cloud.faults.lock().unwrap().denied = [action.to_owned()].into();
        let plan = bench.plan(purpose, &wanted).await;
        let Turn::Failed { step, problems } = bench.apply(&plan).await else {
            panic!("{action} was not missed");
        };
        let told = problems.join("\n");
        assert!(told.contains(&format!("{action} was denied in 111122223333")), "{told}");
        assert!(told.contains(&format!("allow {action} on ")), "{told}");
        let planned = plan.steps.iter().find(|it| it.id == step).unwrap();
        assert!(planned.actions.iter().any(|it| it == action), "{action} is not in {planned:?}");
        let run = bench.store.setup_run().await.unwrap().unwrap();
        assert!(
            matches!(run.state, SetupRunState::GivenUp { reason, .. } if reason.contains(action))
        );
        // Once it is granted, a new plan goes on from what is there.
        bench.cloud.faults.lock().unwrap().denied.clear();
        let rest = bench.plan(purpose, &wanted).await;
        assert_eq!(bench.apply(&rest).await, Turn::Done { notes: Vec::new() }, "{action}");
        assert!(bench.plan(purpose, &wanted).await.is_empty(), "{action}");
    }
}

#[tokio::test]
async fn an_update_that_is_denied_is_named_too() {
    let wanted = Bench::wanted();
    for action in ["cloudformation:UpdateStack", "cloudformation:UpdateStackSet"] {
        let bench = Bench::deployed(&wanted).await;
        bench.cloud.faults.lock().unwrap().denied = [action.to_owned()].into();
        let mut more = wanted.clone();
        more.read_only_events = true;
        more.object_names = true;
        let plan = bench.plan(Purpose::Deploy, &more).await;
        let Turn::Failed { problems, .. } = bench.apply(&plan).await else { panic!("{action}") };
        assert!(problems[0].contains(&format!("allow {action} on arn:aws:")), "{problems:?}");
    }
}

#[tokio::test]
async fn every_look_that_is_denied_costs_what_it_shows_and_nothing_else() {
    let wanted = Bench::wanted();
    let looks = [
        ("cloudformation:DescribeOrganizationsAccess", "whether StackSets may deploy"),
        ("sso:ListInstances", "where Identity Center is at home"),
        ("cloudtrail:DescribeTrails", "which trails there are"),
        ("events:ListEventBuses", "which event buses there are"),
        ("s3:GetBucketNotification", "whom a bucket tells of new logs"),
        ("cloudformation:DescribeStacks", "whether a stack is there"),
        ("cloudformation:DescribeStackSet", "whether a StackSet is there"),
    ];
    for (action, lost) in looks {
        let bench = Bench::new();
        bench.cloud.faults.lock().unwrap().denied = [action.to_owned()].into();
        let plan = bench.plan(Purpose::Deploy, &wanted).await;
        let told = plan.lost.join("\n");
        assert!(told.contains(action) && told.contains(lost), "{action}: {told}");
        assert!(lines(&plan).len() >= 8, "{action}");
    }
    // Without knowing who we are there is no plan.
    let bench = Bench::new();
    let action = "organizations:DescribeOrganization";
    bench.cloud.faults.lock().unwrap().denied = [action.to_owned()].into();
    let kept = bench.store.kept().await.unwrap();
    let error = Facts::find(&bench.cloud, &Bench::region(), &wanted, kept).await.unwrap_err();
    assert!(error.to_string().contains(action));
}

#[tokio::test]
async fn instances_that_fail_are_named_by_account() {
    let mut wanted = Bench::wanted();
    let failing = BTreeSet::from(["222233334444".parse().unwrap()]);
    let bench = Bench::new();
    bench.cloud.faults.lock().unwrap().failing = failing.clone();
    // One of three is more than 10 %.
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let Turn::Failed { step, problems } = bench.apply(&plan).await else { panic!("it failed") };
    assert_eq!(step, "instances/accesstrail-member");
    let told = problems.join("\n");
    assert!(told.contains("accesstrail-member in 222233334444 eu-west-1: FAILED"), "{told}");
    assert!(told.contains("a service control policy, or the execution role"), "{told}");
    // With more tolerance it is done, and named all the same.
    wanted.preferences.tolerance_percent = 50;
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let Turn::Done { notes } = bench.apply(&plan).await else { panic!("it was tolerated") };
    assert!(notes.iter().any(|note| note.contains("222233334444")), "{notes:?}");
    let again = bench.plan(Purpose::Deploy, &wanted).await;
    assert!(!again.is_empty(), "what is out of date is tried again");
    bench.cloud.faults.lock().unwrap().failing.clear();
    let again = bench.plan(Purpose::Deploy, &wanted).await;
    assert_eq!(bench.apply(&again).await, Turn::Done { notes: Vec::new() });
}

#[tokio::test]
async fn a_stack_that_never_stood_is_told_and_cleared_away_the_next_time() {
    let (bench, wanted) = (Bench::new(), Bench::wanted());
    bench.cloud.faults.lock().unwrap().stillborn = [EVENTS.to_owned()].into();
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let Turn::Failed { problems, .. } = bench.apply(&plan).await else { panic!("it failed") };
    assert!(problems[0].contains("ROLLBACK_COMPLETE: a resource failed"), "{problems:?}");
    bench.cloud.faults.lock().unwrap().stillborn.clear();
    let plan = bench.plan(Purpose::Deploy, &wanted).await;
    let step = plan.steps.iter().find(|it| it.id.ends_with(EVENTS)).unwrap();
    assert!(step.why.starts_with("the last attempt ended as ROLLBACK_COMPLETE"), "{}", step.why);
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
}

#[tokio::test]
async fn an_update_that_is_rolled_back_is_told() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.faults.lock().unwrap().stillborn = [EVENTS.to_owned()].into();
    let mut more = wanted.clone();
    more.archive_days = 30;
    let plan = bench.plan(Purpose::Deploy, &more).await;
    let Turn::Failed { problems, .. } = bench.apply(&plan).await else { panic!("it failed") };
    assert!(problems[0].contains("UPDATE_ROLLBACK_COMPLETE"), "{problems:?}");
    // The same again after the cause is repaired, although the stack says that it was rolled back.
    bench.cloud.faults.lock().unwrap().stillborn.clear();
    let plan = bench.plan(Purpose::Deploy, &more).await;
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
}

#[tokio::test]
async fn what_has_our_name_and_is_not_ours_is_left_alone() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.change_stack(EVENTS, |stack| stack.tags.clear());
    let facts = bench.facts(&wanted).await;
    for purpose in [Purpose::Deploy, Purpose::Destroy] {
        let error = plan::plan(purpose, &facts, &wanted).unwrap_err();
        assert!(matches!(error, PlanError::NotOurs { .. }), "{error}");
    }
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.change_set(MEMBER, |set| set.tags.clear());
    let facts = bench.facts(&wanted).await;
    assert!(plan::destroy(&facts, &wanted).is_err());
    // Between the plan and its application.
    let bench = Bench::deployed(&wanted).await;
    let plan = bench.plan(Purpose::Destroy, &wanted).await;
    let (file, _) = plan::write(&plan).unwrap();
    let machine = bench.machine("one");
    let run = machine.begin(&file).await.unwrap();
    bench.cloud.change_stack(EVENTS, |stack| stack.tags.clear());
    let mut turn = machine.turn(&run).await.unwrap();
    while matches!(turn, Turn::Waiting { .. }) {
        turn = machine.turn(&run).await.unwrap();
    }
    assert!(matches!(turn, Turn::Failed { step, .. } if step.ends_with(EVENTS)));
    assert!(!names::are_ours(
        &bench.facts(&wanted).await.stacks.values().find(|it| it.tags.is_empty()).unwrap().tags
    ));
}

#[tokio::test]
async fn where_nothing_can_be_done_the_plan_says_why() {
    let wanted = Bench::wanted();
    let bench = Bench::new();
    bench.cloud.stand(Standing::Member, "222233334444");
    let facts = bench.facts(&wanted).await;
    assert!(matches!(plan::deploy(&facts, &wanted), Err(PlanError::Member { .. })));
    let bench = Bench::new();
    bench.cloud.set_trusted_access(TrustedAccess::DisabledPermanently);
    let facts = bench.facts(&wanted).await;
    assert_eq!(plan::deploy(&facts, &wanted), Err(PlanError::NoTrustedAccess));
    let mut bad = wanted.clone();
    bad.tiers.clear();
    bad.role = "mine".to_owned();
    let facts = Bench::new().facts(&bad).await;
    let Err(PlanError::Wanted(problems)) = plan::deploy(&facts, &bad) else { panic!("bad") };
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[tokio::test]
async fn a_suspended_account_may_stand_in_the_way_of_nothing() {
    let wanted = Bench::wanted();
    let bench = Bench::deployed(&wanted).await;
    bench.cloud.join(MemberAccount {
        id: "777788889999".parse().unwrap(),
        name: "closing".to_owned(),
        state: "PENDING_CLOSURE".to_owned(),
        parents: vec!["r-exam".to_owned()],
    });
    assert!(bench.plan(Purpose::Deploy, &wanted).await.is_empty());
    let plan = bench.plan(Purpose::Destroy, &wanted).await;
    assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
}
