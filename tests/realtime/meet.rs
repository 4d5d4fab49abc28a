//! Two workers that meet over one identity, in every order that some hundred seeds come to: what is there at the end is
//! stored, and nothing else.

use std::slice::from_ref;
use std::sync::Arc;

use accesstrail_shared::collect::Stop;
use accesstrail_shared::live::{Fate, Incoming, Live};
use accesstrail_shared::model::{Entity, Kind};
use accesstrail_shared::port::{Clock as _, Query, Reread, Sighting, Store, entities};
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_tests::living::{Dice, Living, MEMBERS, Mix};
use serde_json::{Value, json};

use super::stream::{alone, differences, export, live, live_over, setting, taking_turns};
use super::turns::Turns;

/// A call: its operation and its request.
type Call = (&'static str, Value);

/// What happens: before anybody looks, to whom the first worker goes, and to whom the second.
struct Meeting {
    before: Vec<Call>,
    first: Vec<Call>,
    second: Vec<Call>,
}

fn meetings() -> Vec<Meeting> {
    let user = |name: &str| json!({"userName": name});
    let group = |name: &str| json!({"groupName": name});
    let made = |name: &str| ("CreateUser", user(name));
    let gone = |name: &str| ("DeleteUser", user(name));
    let rename =
        |old: &str, new: &str| ("UpdateUser", json!({"userName": old, "newUserName": new}));
    let tag =
        |name: &str| ("TagUser", json!({"userName": name, "tags": [{"key": "a", "value": "b"}]}));
    let join =
        |user: &str, group: &str| ("AddUserToGroup", json!({"userName": user, "groupName": group}));
    let regroup = ("UpdateGroup", json!({"groupName": "old-group", "newGroupName": "new-group"}));
    let of = |before: &[Call], first: &[Call], second: &[Call]| Meeting {
        before: before.to_vec(),
        first: first.to_vec(),
        second: second.to_vec(),
    };
    vec![
        of(&[], &[made("old")], &[gone("old")]),
        of(&[made("old")], &[tag("old")], &[rename("old", "new")]),
        of(&[made("old")], &[rename("old", "new")], &[gone("new")]),
        of(&[made("old")], &[rename("old", "new")], &[made("old")]),
        of(&[made("old")], &[rename("old", "new")], &[rename("new", "old")]),
        of(&[made("old")], &[rename("old", "new")], &[rename("new", "newest")]),
        of(&[made("old")], &[gone("old")], &[made("old")]),
        of(&[made("old")], &[tag("old")], &[gone("old"), made("old")]),
        of(&[made("old"), made("new")], &[gone("new"), rename("old", "new")], &[made("old")]),
        of(
            &[made("old"), ("CreateGroup", group("old-group")), join("old", "old-group")],
            &[tag("old"), regroup.clone()],
            &[rename("old", "new"), ("CreateGroup", group("old-group"))],
        ),
    ]
}

/// Makes calls and answers their events, each in a message of its own.
fn perform(living: &Living, calls: &[Call]) -> Vec<Incoming> {
    for (operation, request) in calls {
        assert!(living.perform(MEMBERS[0], "iam", operation, request), "{operation} {request}");
    }
    living.take_told().iter().map(alone).collect()
}

/// Hands messages over until all are done with.
async fn take(living: &Living, live: &Live, mut messages: Vec<Incoming>) {
    let mut deliveries = 0;
    while !messages.is_empty() {
        deliveries += 1;
        assert!(deliveries < 50, "it never ends: {messages:?}");
        let outcome = live.take(&messages, &Stop::default()).await.unwrap();
        let mut fates = outcome.fates.iter();
        messages.retain(|_| *fates.next().unwrap() != Fate::Done);
        living.clock().pass(30_000);
    }
}

/// What is stored otherwise than a fresh inventory finds it.
async fn compare(living: &Living, store: &SqliteStore) -> Vec<String> {
    let fresh: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
    living.inventory(&fresh).await;
    differences(&export(store).await, &export(&*fresh).await)
}

async fn meet(meeting: &Meeting, seed: u64) -> Vec<String> {
    let living = Living::found(1, Mix::default(), 0);
    perform(&living, &meeting.before);
    let (store, live) = taking_turns(&living, seed).await;
    living.restless(1);
    let mut dice = Dice::new(seed);
    let first = perform(&living, &meeting.first);
    // Some calls are made before the first one looks, most while it does.
    let most = if dice.one_in(4) { 1 } else { 150 };
    let turns = dice.below(most);
    let old = if dice.one_in(2) { 150_000 } else { 0 };
    living.clock().pass(old);
    let second = async {
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        let second = perform(&living, &meeting.second);
        take(&living, &live, second).await;
    };
    futures::join!(take(&living, &live, first), second);
    living.restless(0);
    let wrong = compare(&living, &store).await;
    wrong.into_iter().map(|text| format!("seed {seed}: {text}")).collect()
}

/// `ACCESSTRAIL_STREAM_SEEDS` says how many orders there are of each.
#[test]
fn two_that_meet_end_as_a_fresh_inventory() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seeds = setting("ACCESSTRAIL_STREAM_SEEDS", 20);
    for (number, meeting) in meetings().iter().enumerate() {
        let mut wrong = Vec::new();
        for seed in 0..seeds {
            wrong.extend(runtime.block_on(meet(meeting, seed)));
        }
        assert!(
            wrong.is_empty(),
            "meeting {number}, {} faults:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
}

/// Calls are made, and what they come to is saved by another worker at the worst moment: when one that hears of a later
/// call, or of an earlier one, has read what is known and is about to bury it. Answers what is wrong with the user at
/// the end: what the user holds is for the events that nobody hears of here.
async fn meanwhile(seen: &[Call], later: &[Call], heard: usize) -> Vec<String> {
    let living = Living::found(1, Mix::default(), 0);
    perform(&living, &[("CreateUser", json!({"userName": "old"}))]);
    let (store, _) = live(&living).await;
    let mut events = perform(&living, seen);
    let other: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
    living.inventory(&other).await;
    let observed = living.clock().now();
    events.extend(perform(&living, later));
    let mut users = entities(&*store, Query { kind: Some(Kind::User), ..Query::default() });
    let (scope, id) = loop {
        let stored = users.next().await.unwrap().unwrap();
        if matches!(&stored.entity, Entity::User(user) if user.name == "old") {
            break (stored.scope, stored.entity.id());
        }
    };
    let entity = other.entity(&scope, &id).await.unwrap().unwrap().entity;
    let event = events[heard].events[0].cause.clone();
    let saved =
        Reread { event, seen: vec![Sighting { scope, entity, observed }], gone: Vec::new() };
    let turns = Arc::new(Turns::new(store.clone(), 1));
    *turns.meanwhile.lock().unwrap() = Some(saved);
    let live = live_over(&living, turns.clone()).await;
    take(&living, &live, vec![events.swap_remove(heard)]).await;
    assert_eq!(*turns.meanwhile.lock().unwrap(), None, "nothing was about to be buried");
    let mut wrong = compare(&living, &store).await;
    wrong.retain(|text| text.contains(" user:"));
    wrong
}

#[test]
fn nobody_is_buried_under_a_former_name() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tag = ("TagUser", json!({"userName": "old", "tags": [{"key": "a", "value": "b"}]}));
    let rename = ("UpdateUser", json!({"userName": "old", "newUserName": "new"}));
    let gone = ("DeleteUser", json!({"userName": "old"}));
    let none: [String; 0] = [];
    assert_eq!(runtime.block_on(meanwhile(&[tag.clone(), rename], &[], 0)), none);
    // And who is gone is buried, whatever another saw before.
    assert_eq!(runtime.block_on(meanwhile(from_ref(&tag), from_ref(&gone), 1)), none);
    // Also where somebody else has the name by then.
    let made = ("CreateUser", json!({"userName": "old"}));
    assert_eq!(runtime.block_on(meanwhile(&[tag], &[gone, made], 2)), none);
}
