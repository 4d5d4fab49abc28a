//! Cases: what a tombstone is, and how it ends.

use super::Subject;
use super::act::{
    ana, bob, entities, everything, inventory, open, save, scope, see, stored, told, unit,
};
use crate::model::{Cause, ChangeKind, Counters, Scope, Status};
use crate::port::{Query, Saved};
use crate::testing::sample::{self, ACCOUNT, at, coverage, sighting};

pub(super) async fn a_tombstone_is_told_and_hidden(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let before = stored(store, &bob()).await;
    let (run, ..) = inventory(store, 100, [ana(&[])]).await;
    let live = entities(store, &Query::default(), 10).await;
    assert_eq!(live.iter().map(|stored| &stored.entity).collect::<Vec<_>>(), [&ana(&[])]);
    assert_eq!(everything(store).await.len(), 2);

    let history = store.history(&scope(), &bob().id()).await.unwrap();
    let change = &history[1];
    assert_eq!((change.kind, change.at), (ChangeKind::Deleted, at(110)));
    assert_eq!(change.cause, Cause::Run(run.id));
    assert_eq!((&change.before_hash, &change.before), (&Some(before.hash), &Some(bob())));
    assert_eq!((&change.after_hash, &change.after), (&None, &None));
}

pub(super) async fn a_tombstone_is_set_once(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    inventory(store, 100, [ana(&[])]).await;
    let before = stored(store, &bob()).await;
    let (_, _, tombstones) = inventory(store, 200, [ana(&[])]).await;
    assert_eq!(tombstones, 0);
    assert_eq!(stored(store, &bob()).await, before);
    assert_eq!(told(store, &bob()).await, [ChangeKind::Created, ChangeKind::Deleted]);
}

pub(super) async fn a_deleted_entity_is_restored(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    inventory(store, 100, [ana(&[])]).await;
    let (run, saved, tombstones) = inventory(store, 200, [ana(&[]), bob()]).await;
    assert_eq!(saved, Saved { restored: 1, unchanged: 1, ..Saved::default() });
    assert_eq!(tombstones, 0);
    let found = stored(store, &bob()).await;
    assert_eq!((found.deleted, found.first_seen, found.observed), (None, at(5), at(205)));
    assert!(found.last_seen >= at(205));

    let history = store.history(&scope(), &bob().id()).await.unwrap();
    assert_eq!(history.len(), 3);
    let change = &history[2];
    assert_eq!((change.kind, change.at), (ChangeKind::Restored, at(205)));
    assert_eq!(change.cause, Cause::Run(run.id));
    assert_eq!((&change.after_hash, &change.after), (&Some(found.hash), &Some(bob())));
    assert!(entities(store, &Query::default(), 10).await.len() == 2);
}

pub(super) async fn restored_with_other_content(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[])]).await;
    inventory(store, 100, []).await;
    let (_, saved, _) = inventory(store, 200, [ana(&[("v", "2")])]).await;
    assert_eq!(saved, Saved { restored: 1, ..Saved::default() });
    assert_eq!(stored(store, &ana(&[])).await.entity, ana(&[("v", "2")]));
    inventory(store, 300, []).await;
    inventory(store, 400, [ana(&[])]).await;
    let expected = [
        ChangeKind::Created,
        ChangeKind::Deleted,
        ChangeKind::Restored,
        ChangeKind::Deleted,
        ChangeKind::Restored,
    ];
    assert_eq!(told(store, &ana(&[])).await, expected);
}

pub(super) async fn an_older_answer_does_not_undo_a_tombstone(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    inventory(store, 100, [ana(&[])]).await;
    let run = open(store, 200, &[unit()]).await;
    // Asked before the listing that did not contain it had ended, saved long after.
    let buried = [bob().id()].into();
    let expected = Saved { stale: 1, buried, ..Saved::default() };
    assert_eq!(see(store, &run.id, [bob()], 107).await, expected);
    assert!(stored(store, &bob()).await.deleted.is_some());
}

pub(super) async fn another_unique_id_is_another_entity(subject: Subject) {
    let store = subject.store();
    let old = sample::user(ACCOUNT, "ana", "AIDAEXAMPLEOLD");
    let new = sample::user(ACCOUNT, "ana", "AIDAEXAMPLENEW");
    inventory(store, 0, [old.clone()]).await;
    let (_, saved, tombstones) = inventory(store, 100, [new.clone()]).await;
    assert_eq!((saved.created, saved.changed, tombstones), (1, 0, 1));
    assert!(stored(store, &old).await.deleted.is_some());
    assert_eq!(stored(store, &new).await.deleted, None);
    assert_eq!(told(store, &new).await, [ChangeKind::Created]);
}

pub(super) async fn what_aws_manages_is_never_tombstoned(subject: Subject) {
    let store = subject.store();
    let managed = Scope::aws_managed();
    let policy = sample::aws_policy("ReadOnlyAccess", "ANPAEXAMPLE", "{}");
    let first = open(store, 0, &[unit()]).await;
    save(store, &first.id, 0, vec![sighting(&managed, policy.clone(), 5)]).await;
    let run = open(store, 100, &[unit()]).await;
    see(store, &run.id, [ana(&[])], 105).await;
    for scope in [managed.clone(), scope()] {
        let complete = coverage(&scope, &run.id, Status::Complete, 110);
        assert_eq!(store.settle_scope(&run.id, &complete).await.unwrap(), 0);
    }
    store.close_run(&run.id, at(120), &Counters::new()).await.unwrap();
    let found = store.entity(&managed, &policy.id()).await.unwrap().unwrap();
    assert_eq!(found.deleted, None);
}
