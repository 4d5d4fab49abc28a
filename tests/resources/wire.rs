//! Whatever breaks once on the wire is asked for again.

use accesstrail_shared::testing::proxy::{Fault, Match, Plan};
use accesstrail_tests::world;

use super::{declared, scene};

/// Each declared call breaks once, the first time: the inventory is as if it had not.
fn each_breaks_once(fault: &Fault) {
    world::run(async {
        let world = world::world().await;
        let scene = scene(world);
        let base = Box::pin(scene.fresh(world, Plan::default())).await;
        let plan = declared().into_iter().fold(Plan::default(), |plan, action| {
            plan.rule(Match::action(action).nth(1), fault.clone())
        });
        let seen = Box::pin(scene.fresh(world, plan)).await;
        assert!(seen.calls.len() > base.calls.len(), "nothing broke");
        seen.assert_same(&base);
    });
}

#[test]
fn an_answer_that_breaks_off() {
    each_breaks_once(&Fault::Truncate);
}

#[test]
fn a_service_that_is_unavailable() {
    each_breaks_once(&Fault::Status(503));
}
