//! What is told of an event: its changes in one order, whichever answer comes first, and no call that is not declared.

use std::collections::BTreeSet;
use std::time::Duration;

use accesstrail_shared::collect::{Stop, Tier, When, registry};
use accesstrail_shared::model::{EntityId, Kind};
use accesstrail_shared::port::{EventStore as _, Query, entities};
use accesstrail_tests::living::{Living, MEMBERS, Mix};
use serde_json::json;

use super::stream::{alone, calls_of, live};

/// An account in which somebody is made touches three units, and each answers when it likes.
#[test]
fn the_changes_of_an_event_are_told_in_the_order_of_the_plan() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let living = Living::found(1, Mix::default(), 0);
        let (store, live) = live(&living).await;
        // The story is at its end: what is left of restlessness is answers that overtake each other.
        living.restless(1);
        for number in 0..30 {
            let request = json!({"userName": format!("new-{number}")});
            assert!(living.perform(MEMBERS[0], "iam", "CreateUser", &request));
            let told = living.take_told().remove(0);
            let incoming = alone(&told);
            let id = incoming.events[0].cause.id.clone();
            living.clock().pass(150_000);
            let outcome = live.take(&[incoming], &Stop::default()).await.unwrap();
            let ids = |changes: &[accesstrail_shared::model::Change]| -> Vec<EntityId> {
                changes.iter().map(|change| change.id.clone()).collect()
            };
            let kept = store.changes_of_event(&id).await.unwrap();
            assert!(kept.len() >= 5, "{:?}", ids(&kept));
            assert_eq!(ids(&outcome.told), ids(&kept), "event {number}");
        }
    });
}

/// Two workers: one has seen what is new and has not saved it, when the other hears that it is gone and finds nothing to
/// bury.
#[test]
fn what_is_gone_before_it_is_saved_is_buried() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let living = Living::found(1, Mix::default(), 0);
        let (store, live) = live(&living).await;
        let arn = format!("arn:aws:iam::{}:saml-provider/brief", MEMBERS[0]);
        let event = |operation: &str, request| {
            assert!(living.perform(MEMBERS[0], "iam", operation, &request));
            let told = living.take_told().remove(0);
            living.clock().pass(150_000);
            [alone(&told)]
        };
        let stop = Stop::default();
        // The account is entered before.
        let before = event("CreateSAMLProvider", json!({"name": "lasting"}));
        live.take(&before, &stop).await.unwrap();
        let made = event("CreateSAMLProvider", json!({"name": "brief"}));
        // Of its two calls, the second lists the providers: it is answered, and the answer is on its way.
        let each = Duration::from_millis(400);
        living.slow(each);
        let meanwhile = async {
            tokio::time::sleep(each + each / 2).await;
            living.slow(Duration::ZERO);
            let gone = event("DeleteSAMLProvider", json!({"sAMLProviderArn": arn}));
            live.take(&gone, &stop).await.unwrap()
        };
        let (first, second) = futures::join!(live.take(&made, &stop), meanwhile);
        assert!(second.told.iter().all(|change| change.id.kind != Kind::SamlProvider));
        assert!(first.unwrap().counts.changes >= 2, "it was never saved: the calls were too fast");
        let query = Query { kind: Some(Kind::SamlProvider), ..Query::default() };
        let mut found = entities(&*store, query);
        while let Some(stored) = found.next().await.unwrap() {
            assert_ne!(stored.entity.key(), arn);
        }
    });
}

/// The actions that are declared for times other than those.
fn declared(when: impl Fn(When) -> bool) -> BTreeSet<String> {
    let calls = registry::ALL.iter().flat_map(|collector| collector.calls());
    let of = calls.filter(|call| call.tier != Tier::Three && when(call.when));
    of.map(|call| call.action.to_owned()).collect()
}

/// What a run does not call is declared for events, and what is declared for events is called.
#[test]
fn real_time_makes_the_calls_that_are_declared_for_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let made = runtime.block_on(calls_of(1, 500));
    let allowed = declared(|when| matches!(when, When::Always | When::Event));
    let undeclared: Vec<_> = made.difference(&allowed).collect();
    assert!(undeclared.is_empty(), "called after events and not declared so: {undeclared:?}");
    let of_events = declared(|when| when == When::Event);
    let unused: Vec<_> = of_events.difference(&made).collect();
    assert!(unused.is_empty(), "declared for events and never called: {unused:?}");
}
