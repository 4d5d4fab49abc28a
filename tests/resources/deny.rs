//! Each declared action denied in turn: exactly its capability is lost, where it is called, and nothing is
//! deleted.

use std::collections::BTreeSet;

use accesstrail_shared::collect::{Collect, When};
use accesstrail_shared::model::{Authority, Scope, Status};
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan};
use accesstrail_tests::compare::{
    Scene, Seen, assert_none, complaints_where, difference, hit_places, lost_with,
};
use accesstrail_tests::world::{self, World};

use super::{MEMBERS, collectors};

const LAYERS: [(Layer, Authority); 6] = [
    (Layer::Identity, Authority::Identity),
    (Layer::Scp, Authority::Scp),
    (Layer::Boundary, Authority::Boundary),
    (Layer::Resource, Authority::Resource),
    (Layer::Session, Authority::Session),
    (Layer::Unsaid, Authority::Unspecified),
];

/// Denies each action of a collector, the collector alone.
async fn deny_each(world: &World, collector: &dyn Collect) -> Vec<String> {
    let scene = Scene::with(world, &MEMBERS).only(&[collector.name()]);
    let store = world::empty_store();
    let base = Box::pin(scene.again(world, &store, Plan::default())).await;
    let made =
        collector.calls().iter().filter(|call| !matches!(call.when, When::Asked | When::Event));
    let actions: BTreeSet<&str> = made.map(|call| call.action).collect();
    let mut wrong = Vec::new();
    for (action, (layer, by)) in actions.into_iter().zip(LAYERS.iter().cycle()) {
        let denied = Plan::default().rule(Match::action(action), Fault::Deny { by: *layer });
        let seen = Box::pin(scene.again(world, &store, denied)).await;
        let places = hit_places(world, &seen, action);
        if places.is_empty() {
            wrong.push(format!("{action} was not called"));
        }
        let is = Status::Denied { action: action.to_owned(), by: *by };
        let lost = lost_with(action, &[]);
        // An action that serves two capabilities is asked for the one that has something to ask about.
        let serves_one = collector.calls().iter().filter(|call| call.action == action).count() == 1;
        let hit = |scope: &Scope| {
            let asks = serves_one || !has_nothing(&base, scope);
            asks && places.iter().any(|place| place.is_of(scope))
        };
        let mut found = complaints_where(&base, &seen, hit, &lost, |status| *status == is);
        found.extend(difference(&base.contents, &seen.contents));
        wrong.extend(found.into_iter().map(|line| format!("{action} denied: {line}")));
    }
    wrong
}

/// Whether a scope was seen completely and is empty.
fn has_nothing(base: &Seen, scope: &Scope) -> bool {
    let mut coverage = base.taken.snapshot.coverage();
    coverage.any(|told| told.scope == *scope && told.status == Status::Complete && told.seen == 0)
}

#[test]
fn each_action_of_each_collector() {
    world::run(async {
        let world = world::world().await;
        let mut wrong = Vec::new();
        let mut count = 0;
        for collector in collectors() {
            wrong.extend(Box::pin(deny_each(world, collector)).await);
            count += 1;
        }
        assert!(count > 10, "{count}");
        assert_none(wrong);
    });
}
