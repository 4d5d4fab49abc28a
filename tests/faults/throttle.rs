//! An AWS that throttles: nothing is lost, and it is not stormed.
//!
//! A test program of its own, because the SDK keeps what it learned of throttling for the whole process.

use accesstrail_shared::collect::{Collect, Tier, registry};
use accesstrail_shared::model::Status;
use accesstrail_shared::testing::proxy::{Fault, Match, Plan, ThrottleCode};
use accesstrail_tests::compare::{Scene, assert_none, complaints, difference, hit, lost_with};
use accesstrail_tests::world;

const MEMBER: &str = "ci-platform";

fn a_third_throttled(code: ThrottleCode, draw: u64) {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]);
        let base = Box::pin(scene.fresh(world, Plan::default())).await;
        let plan = Plan::default().rule(Match::any().chance(300, draw), Fault::throttle(code));
        let begun = std::time::Instant::now();
        let seen = Box::pin(scene.fresh(world, plan)).await;
        let (on_wire, usual) = (seen.calls.len(), base.calls.len());
        let took = begun.elapsed();
        let measured = format!("{on_wire} calls instead of {usual} in {took:?}");
        eprintln_measured(code, &measured);
        assert!(on_wire * 10 > usual * 12 && on_wire * 2 <= usual * 5, "{measured}");
        seen.assert_same(&base);
    });
}

#[expect(clippy::print_stderr, reason = "shown with --nocapture")]
fn eprintln_measured(code: ThrottleCode, measured: &str) {
    eprintln!("{}: {measured}", code.as_str());
}

/// The same over resources, each service in its own words.
#[test]
fn resources() {
    world::run(async {
        let world = world::world().await;
        let is_of_resources =
            |it: &&&dyn Collect| it.calls().iter().all(|call| call.tier == Tier::Three);
        let collectors = registry::ALL.iter().filter(is_of_resources);
        let names: Vec<&str> = collectors.map(|it| it.name()).collect();
        let scene = Scene::with(world, &["web-prod", "payments-prod"]).only(&names);
        let base = Box::pin(scene.fresh(world, Plan::default())).await;
        let codes = [
            ("ec2:*", Fault::throttle(ThrottleCode::RequestLimitExceeded)),
            ("rds:*", Fault::throttle(ThrottleCode::Throttling)),
            ("sns:*", Fault::throttle(ThrottleCode::Throttling)),
            (
                "lambda:*",
                Fault::Throttle { code: ThrottleCode::TooManyRequestsException, status: 429 },
            ),
            ("dynamodb:*", Fault::throttle(ThrottleCode::ThrottlingException)),
            ("kms:*", Fault::throttle(ThrottleCode::ThrottlingException)),
            ("eks:*", Fault::Throttle { code: ThrottleCode::ThrottlingException, status: 429 }),
            ("bedrock:*", Fault::Throttle { code: ThrottleCode::ThrottlingException, status: 429 }),
            ("s3:*", Fault::Throttle { code: ThrottleCode::SlowDown, status: 503 }),
            ("sqs:*", Fault::throttle(ThrottleCode::RequestThrottled)),
            ("ecr:*", Fault::throttle(ThrottleCode::ThrottlingException)),
            ("secretsmanager:*", Fault::throttle(ThrottleCode::ThrottlingException)),
            ("glue:*", Fault::throttle(ThrottleCode::ThrottlingException)),
            ("tag:*", Fault::throttle(ThrottleCode::ThrottledException)),
        ];
        let plan =
            codes.into_iter().zip(5..).fold(Plan::default(), |plan, ((calls, fault), draw)| {
                plan.rule(Match::action(calls).chance(300, draw), fault)
            });
        let seen = Box::pin(scene.fresh(world, plan)).await;
        let (on_wire, usual) = (seen.calls.len(), base.calls.len());
        assert!(on_wire > usual && on_wire <= usual * 2, "{on_wire} calls instead of {usual}");
        seen.assert_same(&base);
    });
}

#[test]
fn throttling() {
    a_third_throttled(ThrottleCode::Throttling, 1);
}

#[test]
fn throttling_exception() {
    a_third_throttled(ThrottleCode::ThrottlingException, 2);
}

#[test]
fn too_many_requests_exception() {
    a_third_throttled(ThrottleCode::TooManyRequestsException, 3);
}

#[test]
fn request_limit_exceeded() {
    a_third_throttled(ThrottleCode::RequestLimitExceeded, 4);
}

#[test]
fn one_action_throttled_for_ever() {
    world::run(async {
        let world = world::world().await;
        let scene = Scene::with(world, &[MEMBER]);
        let store = world::empty_store();
        let base = Box::pin(scene.again(world, &store, Plan::default())).await;
        let action = "iam:ListInstanceProfiles";
        let throttled = Fault::throttle(ThrottleCode::Throttling);
        let plan = Plan::default().rule(Match::action(action), throttled);
        let seen = Box::pin(scene.again(world, &store, plan)).await;
        let is = Status::Throttled { action: action.to_owned() };
        let accounts = hit(world, &seen, action);
        assert_eq!(accounts.len(), 2);
        let mut wrong =
            complaints(&base, &seen, &accounts, &lost_with(action, &[]), |status| *status == is);
        wrong.extend(difference(&base.contents, &seen.contents));
        assert_none(wrong);
    });
}
