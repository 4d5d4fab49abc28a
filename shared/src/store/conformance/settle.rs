//! Cases: what a complete listing did not contain is gone, and nothing else is.

use super::Subject;
use super::act::{
    ana, bob, changes, entities, everything, inventory, open, save, scope, see, settle, stored,
    told, unit,
};
use crate::model::{Authority, ChangeKind, Counters, Entity, Status, Unavailable};
use crate::port::Query;
use crate::testing::sample::{self, ACCOUNT, OTHER_ACCOUNT, at, coverage, sighting};

pub(super) async fn the_unseen_of_a_complete_scope_are_tombstoned(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let (run, _, tombstones) = inventory(store, 100, [ana(&[])]).await;
    assert_eq!(tombstones, 1);
    let (kept, gone) = (stored(store, &ana(&[])).await, stored(store, &bob()).await);
    assert_eq!((kept.deleted, gone.deleted), (None, Some(at(110))));
    assert_eq!(kept.last_seen, at(110));
    assert_eq!(gone.entity, bob(), "the last content stays readable");
    let told = changes(store, &run.id, 10).await;
    assert_eq!(told.iter().map(|change| change.kind).collect::<Vec<_>>(), [ChangeKind::Deleted]);
}

pub(super) async fn nothing_else_tombstones(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let action = || "iam:GetAccountAuthorizationDetails".to_owned();
    let statuses = [
        Status::Partial { action: action(), reason: "page 3 failed".to_owned() },
        Status::Denied { action: action(), by: Authority::Scp },
        Status::Throttled { action: action() },
        Status::Unavailable(Unavailable::AccountState("SUSPENDED".to_owned())),
        Status::Unavailable(Unavailable::AccountLeft),
        Status::Excluded("--accounts".to_owned()),
    ];
    for (status, second) in statuses.into_iter().zip((100..).step_by(100)) {
        let run = open(store, second, &[unit()]).await;
        let seen = [coverage(&scope(), &run.id, status.clone(), second + 10)];
        store.end_unit(&run.id, &unit(), &seen, &Counters::new()).await.unwrap();
        assert_eq!(store.settle_scope(&run.id, &seen[0]).await.unwrap(), 0, "{status:?}");
        store.close_run(&run.id, at(second + 20), &Counters::new()).await.unwrap();
        assert_eq!(entities(store, &Query::default(), 10).await.len(), 2, "{status:?}");
    }
    assert_eq!(told(store, &bob()).await, [ChangeKind::Created]);
}

pub(super) async fn what_was_seen_is_moved_without_a_complete_listing(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let run = open(store, 100, &[unit()]).await;
    see(store, &run.id, [ana(&[])], 105).await;
    let status =
        Status::Partial { action: "iam:ListUsers".to_owned(), reason: "cut off".to_owned() };
    let seen = [coverage(&scope(), &run.id, status, 110)];
    store.end_unit(&run.id, &unit(), &seen, &Counters::new()).await.unwrap();
    store.settle_scope(&run.id, &seen[0]).await.unwrap();
    let (moved, unseen) = (stored(store, &ana(&[])).await, stored(store, &bob()).await);
    assert_eq!(moved.last_seen, at(110));
    assert!(unseen.last_seen < at(100));
    assert_eq!([moved.first_seen, moved.changed, moved.observed], [at(5), at(5), at(100)]);
}

pub(super) async fn what_was_observed_since_is_kept(subject: Subject) {
    let store = subject.store();
    let run = open(store, 100, &[unit()]).await;
    let seconds = [("before", 99), ("at", 100), ("after", 101)];
    for (name, second) in seconds {
        let other = open(store, second * 10, &[unit()]).await;
        let user = sample::user(ACCOUNT, name, &format!("AIDAEXAMPLE-{name}"));
        save(store, &other.id, 0, vec![sighting(&scope(), user, second)]).await;
    }
    assert_eq!(settle(store, &run.id, 100).await, 1);
    let live = entities(store, &Query::default(), 10).await;
    assert_eq!(live.len(), 2, "only what was observed before the run looked is gone");
    assert!(live.iter().all(|stored| stored.observed >= at(100)));
}

pub(super) async fn an_old_sighting_is_a_sighting(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[("v", "2")])]).await;
    let run = open(store, 100, &[unit()]).await;
    assert_eq!(see(store, &run.id, [ana(&[("v", "1")])], 4).await.stale, 1);
    assert_eq!(settle(store, &run.id, 100).await, 0);
}

pub(super) async fn other_scopes_are_left_alone(subject: Subject) {
    let store = subject.store();
    let others = [
        unit().scope("policies"),
        sample::unit(ACCOUNT, "iam").scope("principals"),
        sample::unit(OTHER_ACCOUNT, "iam-authorization").scope("principals"),
        "111122223333/eu-west-1/iam-authorization/principals".parse().unwrap(),
    ];
    let run = open(store, 0, &[unit()]).await;
    for (number, other) in (0..).zip(&others) {
        save(store, &run.id, number, vec![sighting(other, bob(), 5)]).await;
    }
    save(store, &run.id, 9, vec![sighting(&scope(), bob(), 5)]).await;
    let run = open(store, 100, &[unit()]).await;
    assert_eq!(settle(store, &run.id, 100).await, 1);
    let live = entities(store, &Query::default(), 10).await;
    assert_eq!(live.len(), others.len());
    assert!(live.iter().all(|stored| stored.scope != scope()));
}

pub(super) async fn the_marks_of_another_run_do_not_count(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let (one, two) = (open(store, 100, &[unit()]).await, open(store, 200, &[unit()]).await);
    see(store, &one.id, [ana(&[]), bob()], 105).await;
    see(store, &two.id, [ana(&[])], 205).await;
    assert_eq!(settle(store, &one.id, 100).await, 0);
    assert_eq!(settle(store, &two.id, 200).await, 1);
    assert!(stored(store, &bob()).await.deleted.is_some());
}

pub(super) async fn settling_again_changes_nothing(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let run = open(store, 100, &[unit()]).await;
    see(store, &run.id, [ana(&[])], 105).await;
    assert_eq!(settle(store, &run.id, 100).await, 1);
    let before = everything(store).await;
    // A worker that settles again after a crash must come to the same number, else the counters of
    // the run would depend on the crash.
    assert_eq!(settle(store, &run.id, 100).await, 1);
    assert_eq!(everything(store).await, before);
    assert_eq!(told(store, &bob()).await, [ChangeKind::Created, ChangeKind::Deleted]);
}

pub(super) async fn a_closed_run_settles_nothing(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let (run, ..) = inventory(store, 100, [ana(&[]), bob()]).await;
    // The marks are gone; to a worker that comes late, nothing must look unseen.
    assert_eq!(settle(store, &run.id, 100).await, 0);
    let live = entities(store, &Query::default(), 10).await;
    assert_eq!(live.len(), 2);
}

pub(super) async fn many_entities_are_tombstoned(subject: Subject) {
    let store = subject.store();
    let users = |count: usize| -> Vec<Entity> {
        let user = |n| sample::user(ACCOUNT, &format!("user-{n}"), &format!("AIDAEXAMPLE{n:04}"));
        (0..count).map(user).collect()
    };
    inventory(store, 0, users(260)).await;
    let (run, _, tombstones) = inventory(store, 100, users(5)).await;
    assert_eq!(tombstones, 255);
    assert_eq!(entities(store, &Query::default(), 100).await.len(), 5);
    assert_eq!(changes(store, &run.id, 100).await.len(), 255);
}
