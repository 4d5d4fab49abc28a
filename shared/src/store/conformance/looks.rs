//! Cases: a look at a whole scope is an answer about everything in it, as new as the look.

use super::Subject;
use super::act::{
    ana, bob, end, entities, everything, inventory, open, see, settle, stored, told, unit,
};
use super::act::{save, scope};
use crate::model::{
    Authority, ChangeKind, Counters, Coverage, Entity, RunId, Scope, Status, Timestamp,
};
use crate::port::{Query, Saved, Store};
use crate::testing::sample::{self, ACCOUNT, OTHER_ACCOUNT, at, coverage, sighting};

fn stale(count: u64) -> Saved {
    Saved { stale: count, ..Saved::default() }
}

/// A run that sees nothing of [`scope`], for this reason.
async fn blind(store: &dyn Store, second: i64, status: Status) {
    let run = open(store, second, &[unit()]).await;
    let seen = [coverage(&scope(), &run.id, status, second + 10)];
    end(store, &run.id, &unit(), &seen).await;
    store.settle_scope(&run.id, &seen[0]).await.unwrap();
    store.close_run(&run.id, at(second + 20), &Counters::new()).await.unwrap();
}

/// Complete, of an answer that AWS made at an earlier moment.
fn complete_as_of(run: &RunId, second: i64, as_of: i64) -> Coverage {
    let complete = coverage(&scope(), run, Status::Complete, second);
    Coverage { as_of: Some(at(as_of)), ..complete }
}

async fn last_seen(store: &dyn Store, entity: &Entity) -> Timestamp {
    stored(store, entity).await.last_seen
}

pub(super) async fn what_was_asked_before_a_look_is_stale(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[])]).await;
    // Seen again, which nothing but the look says.
    inventory(store, 200, [ana(&[])]).await;
    let before = stored(store, &ana(&[])).await;
    let run = open(store, 300, &[unit()]).await;
    for second in [6, 100, 199] {
        let late = [ana(&[("asked", "between")])];
        assert_eq!(see(store, &run.id, late, second).await, stale(1), "asked at {second}");
    }
    assert_eq!(stored(store, &ana(&[])).await, before);
    assert_eq!(told(store, &ana(&[])).await, [ChangeKind::Created]);
}

pub(super) async fn what_was_asked_since_a_look_is_taken(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    inventory(store, 200, [ana(&[]), bob()]).await;
    let run = open(store, 300, &[unit()]).await;
    let new = ana(&[("asked", "since")]);
    assert_eq!(see(store, &run.id, [new.clone()], 200).await.changed, 1);
    let found = stored(store, &new).await;
    assert_eq!((found.entity, found.changed, found.observed), (new, at(200), at(200)));
    assert_eq!(last_seen(store, &bob()).await, at(210));
}

pub(super) async fn what_a_look_did_not_show_is_not_created_later(subject: Subject) {
    let store = subject.store();
    inventory(store, 200, [ana(&[])]).await;
    let run = open(store, 300, &[unit()]).await;
    assert_eq!(see(store, &run.id, [bob()], 199).await, stale(1));
    assert_eq!(store.entity(&scope(), &bob().id()).await.unwrap(), None);
    assert_eq!(see(store, &run.id, [bob()], 200).await.created, 1);
}

pub(super) async fn a_look_makes_nothing_else_stale(subject: Subject) {
    let store = subject.store();
    let others = [
        unit().scope("policies"),
        sample::unit(OTHER_ACCOUNT, "iam-authorization").scope("principals"),
        Scope::aws_managed(),
    ];
    inventory(store, 200, [ana(&[])]).await;
    let run = open(store, 300, &[unit()]).await;
    for (number, other) in (0..).zip(&others) {
        let seen = vec![sighting(other, bob(), 100), sighting(&scope(), bob(), 100)];
        let saved = save(store, &run.id, number, seen).await;
        assert_eq!((saved.created, saved.stale), (1, 1), "{other}");
    }
}

pub(super) async fn what_a_partial_look_saw_is_as_new_as_the_look(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let run = open(store, 200, &[unit()]).await;
    see(store, &run.id, [ana(&[])], 205).await;
    let cut = Status::Partial { action: "iam:ListUsers".to_owned(), reason: "cut".to_owned() };
    store.settle_scope(&run.id, &coverage(&scope(), &run.id, cut, 210)).await.unwrap();
    let late = ana(&[("asked", "between")]);
    assert_eq!(see(store, &run.id, [late], 100).await, stale(1));
    // What it did not show, it says nothing about.
    let other = sample::tagged_user(ACCOUNT, "bob", "AIDAEXAMPLEBOB", &[("asked", "between")]);
    assert_eq!(see(store, &run.id, [other], 100).await.changed, 1);
}

pub(super) async fn a_look_is_not_written_for_each_entity(subject: Subject) {
    let store = subject.store();
    let users = || -> Vec<Entity> {
        let user = |n| sample::user(ACCOUNT, &format!("user-{n}"), &format!("AIDAEXAMPLE{n:04}"));
        (0..300).map(user).collect()
    };
    inventory(store, 0, users()).await;
    let before = store.cost();
    let (_, saved, _) = inventory(store, 100, users()).await;
    let spent = |name: &str| store.cost()[name] - before[name];
    assert_eq!(saved.unchanged, 300);
    assert_eq!(spent("store.bodies_written"), 0);
    // The run, its unit, a page's marks and cursor, coverage and the look.
    assert!(spent("store.written_items") < 20, "{}", spent("store.written_items"));
    let live = entities(store, &Query::default(), 100).await;
    assert!(live.iter().all(|stored| stored.last_seen == at(110) && stored.observed == at(100)));
}

pub(super) async fn a_tombstone_keeps_when_it_was_seen_last(subject: Subject) {
    let store = subject.store();
    for second in [0, 100, 200, 300, 400] {
        inventory(store, second, [ana(&[]), bob()]).await;
    }
    inventory(store, 500, [ana(&[])]).await;
    let gone = stored(store, &bob()).await;
    assert_eq!((gone.first_seen, gone.last_seen, gone.deleted), (at(5), at(410), Some(at(510))));
    inventory(store, 600, [ana(&[])]).await;
    assert_eq!(stored(store, &bob()).await, gone);
    assert_eq!(last_seen(store, &ana(&[])).await, at(610));
}

pub(super) async fn a_look_that_fails_takes_no_sight_back(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[])]).await;
    inventory(store, 100, [ana(&[])]).await;
    let action = "iam:GetAccountAuthorizationDetails".to_owned();
    blind(store, 200, Status::Denied { action, by: Authority::Scp }).await;
    assert_eq!(last_seen(store, &ana(&[])).await, at(110));
    inventory(store, 300, []).await;
    assert_eq!(last_seen(store, &ana(&[])).await, at(110), "the tombstone keeps it");
}

pub(super) async fn a_later_look_is_not_undone_by_an_earlier_one(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    // A run that did not see bob is overtaken by one that did.
    let slow = open(store, 100, &[unit()]).await;
    see(store, &slow.id, [ana(&[])], 105).await;
    inventory(store, 200, [ana(&[]), bob()]).await;
    assert_eq!(settle(store, &slow.id, 100).await, 0);
    let found = stored(store, &bob()).await;
    assert_eq!((found.deleted, found.last_seen), (None, at(210)));
    let run = open(store, 300, &[unit()]).await;
    assert_eq!(see(store, &run.id, [ana(&[("v", "2")])], 150).await, stale(1));
}

pub(super) async fn an_answer_of_the_past_buries_only_what_is_older(subject: Subject) {
    let store = subject.store();
    let first = open(store, 0, &[unit()]).await;
    see(store, &first.id, [ana(&[])], 30).await;
    save(store, &first.id, 1, vec![sighting(&scope(), bob(), 50)]).await;
    let run = open(store, 100, &[unit()]).await;
    let old = complete_as_of(&run.id, 110, 40);
    assert_eq!(store.settle_scope(&run.id, &old).await.unwrap(), 1);
    assert_eq!(stored(store, &ana(&[])).await.deleted, Some(at(40)), "gone as of the answer");
    let kept = stored(store, &bob()).await;
    assert_eq!((kept.deleted, kept.last_seen), (None, at(50)), "the answer knows nothing of it");
    // What came back after the answer was made is no news of before it.
    assert_eq!(see(store, &run.id, [ana(&[])], 60).await.restored, 1);
}

pub(super) async fn an_answer_of_the_past_does_not_undo_a_newer_look(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    inventory(store, 100, [ana(&[]), bob()]).await;
    let before = everything(store).await;
    let run = open(store, 200, &[unit()]).await;
    // Made between the two runs, asked for after them.
    let old = ana(&[("as", "it was")]);
    let carol = sample::user(ACCOUNT, "carol", "AIDAEXAMPLECAROL");
    assert_eq!(see(store, &run.id, [old, carol], 50).await, stale(2));
    let complete = complete_as_of(&run.id, 210, 50);
    assert_eq!(store.settle_scope(&run.id, &complete).await.unwrap(), 0);
    assert_eq!(everything(store).await, before);
}
