//! Cases: what is kept because of events.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Subject;
use super::act::{State, ana, bob, insist, inventory, scope, stored, told};
use crate::form;
use crate::model::{Cause, CauseEvent, ChangeKind, Entity, Kind, Notice, NoticeKind, Scope};
use crate::port::{EventStore, Gone, Query, Reread, RereadSaved, Saved};
use crate::testing::sample::{at, sighting};

fn event(id: &str, second: i64) -> CauseEvent {
    CauseEvent {
        id: id.to_owned(),
        source: "iam.amazonaws.com".to_owned(),
        name: "TagUser".to_owned(),
        at: at(second),
        actor: "arn:aws:iam::111122223333:role/admin".to_owned(),
        human: Some("ana@example.com".to_owned()),
        source_ip: "192.0.2.7".to_owned(),
    }
}

fn gone(entity: &Entity, second: i64) -> Gone {
    let hash = form::hash(&form::write(entity).unwrap());
    Gone { scope: scope(), id: entity.id(), hash, observed: at(second) }
}

/// What an event led to: these entities, read at that second, and those are gone.
fn reread(id: &str, second: i64, seen: &[Entity], missing: &[Entity]) -> Reread {
    Reread {
        event: event(id, second),
        seen: seen.iter().map(|entity| sighting(&scope(), entity.clone(), second)).collect(),
        gone: missing.iter().map(|entity| gone(entity, second)).collect(),
    }
}

pub(super) async fn what_was_reread_is_saved_with_the_event(subject: Subject) {
    let store = subject.events();
    inventory(store, 0, [ana(&[])]).await;
    let saved =
        store.save_reread(&reread("e-1", 50, &[ana(&[("a", "b")]), bob()], &[])).await.unwrap();
    let expected = Saved { created: 1, changed: 1, ..Saved::default() };
    assert_eq!(saved, RereadSaved { saved: expected, ..RereadSaved::default() });
    let found = stored(store, &ana(&[])).await;
    assert_eq!((found.changed, found.observed, found.entity), (at(50), at(50), ana(&[("a", "b")])));
    let history = store.history(&scope(), &bob().id()).await.unwrap();
    assert_eq!(history[0].cause, Cause::Event(Box::new(event("e-1", 50))));
    assert_eq!((history[0].kind, history[0].at), (ChangeKind::Created, at(50)));
    let changes = store.changes_of_event("e-1").await.unwrap();
    let ids: Vec<_> = changes.iter().map(|change| change.id.clone()).collect();
    assert_eq!(ids, [ana(&[]).id(), bob().id()]);
    assert_eq!(changes[0].before, Some(ana(&[])));
    assert_eq!(changes[0].after, Some(ana(&[("a", "b")])));
    assert_eq!(store.changes_of_event("e-2").await.unwrap(), []);
}

pub(super) async fn rereading_again_changes_nothing(subject: Subject) {
    let store = subject.events();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let reread = reread("e-1", 50, &[ana(&[("a", "b")])], &[bob()]);
    assert_eq!(store.save_reread(&reread).await.unwrap().changes(), 2);
    let before = State::of(store).await;
    let again = store.save_reread(&reread).await.unwrap();
    assert_eq!(again.changes(), 0, "{again:?}");
    assert_eq!(State::of(store).await, before);
    assert_eq!(store.changes_of_event("e-1").await.unwrap().len(), 2);
}

pub(super) async fn an_older_reading_replaces_nothing(subject: Subject) {
    let store = subject.events();
    inventory(store, 0, [ana(&[]), bob()]).await;
    store.save_reread(&reread("e-2", 60, &[ana(&[("a", "2")])], &[bob()])).await.unwrap();
    let before = State::of(store).await;
    let late = reread("e-1", 50, &[ana(&[("a", "1")]), bob()], &[]);
    let saved = store.save_reread(&late).await.unwrap();
    assert_eq!((saved.changes(), saved.saved.stale), (0, 2));
    let late = store.save_reread(&reread("e-0", 59, &[], &[ana(&[])])).await.unwrap();
    assert_eq!(late.deleted, 0);
    assert_eq!(State::of(store).await, before);
}

pub(super) async fn what_is_gone_is_tombstoned(subject: Subject) {
    let store = subject.events();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let saved = store.save_reread(&reread("e-1", 50, &[], &[bob()])).await.unwrap();
    assert_eq!((saved.deleted, saved.saved), (1, Saved::default()));
    let found = stored(store, &bob()).await;
    // The look that ended at 10 had found it.
    assert_eq!((found.deleted, found.last_seen), (Some(at(50)), at(10)));
    let changes = store.changes_of_event("e-1").await.unwrap();
    assert_eq!((changes[0].kind, changes[0].before.as_ref()), (ChangeKind::Deleted, Some(&bob())));
    assert_eq!((&changes[0].after_hash, &changes[0].after), (&None, &None));
    // It comes back, and a run finds it as it is.
    store.save_reread(&reread("e-2", 60, &[bob()], &[])).await.unwrap();
    let kinds = [ChangeKind::Created, ChangeKind::Deleted, ChangeKind::Restored];
    assert_eq!(told(store, &bob()).await, kinds);
    let (_, saved, tombstones) = inventory(store, 100, [ana(&[]), bob()]).await;
    assert_eq!((saved.unchanged, tombstones), (2, 0));
    // What was never known is not told as gone.
    let other = Reread {
        gone: vec![Gone {
            scope: scope(),
            id: "user:AIDAEXAMPLENOBODY".parse().unwrap(),
            hash: String::new(),
            observed: at(200),
        }],
        ..reread("e-3", 200, &[], &[])
    };
    assert_eq!(store.save_reread(&other).await.unwrap(), RereadSaved::default());
}

pub(super) async fn what_was_seen_at_that_moment_is_there(subject: Subject) {
    let (seen, missing) = (reread("e-1", 50, &[bob()], &[]), reread("e-2", 50, &[], &[bob()]));
    for order in [[&seen, &missing], [&missing, &seen]] {
        let subject = subject.another().await;
        let store = subject.events();
        inventory(store, 0, [bob()]).await;
        for reread in order {
            store.save_reread(reread).await.unwrap();
        }
        let found = stored(store, &bob()).await;
        assert_eq!((found.deleted, found.observed), (None, at(50)));
    }
}

pub(super) async fn two_that_meet_are_told_of_each_other(subject: Subject) {
    let store = subject.events();
    inventory(store, 0, [ana(&[]), bob()]).await;
    // One asks for her by the name that is known and finds nobody; the other has seen her under another name.
    let (named, missing) = (ana(&[("name", "eve")]), reread("e-2", 60, &[], &[ana(&[]), bob()]));
    store.save_reread(&reread("e-1", 50, std::slice::from_ref(&named), &[])).await.unwrap();
    let saved = store.save_reread(&missing).await.unwrap();
    assert_eq!((saved.deleted, saved.met), (1, BTreeSet::from([named.id()])));
    let found = stored(store, &named).await;
    assert_eq!((found.entity, found.observed, found.deleted), (named.clone(), at(50), None));
    assert_eq!(told(store, &named).await, [ChangeKind::Created, ChangeKind::Changed]);
    // Known as she is, she is gone.
    let gone = reread("e-3", 70, &[], std::slice::from_ref(&named));
    let saved = store.save_reread(&gone).await.unwrap();
    assert_eq!((saved.deleted, saved.met), (1, BTreeSet::new()));
    // Who saw her before and comes after hears of it, and so does a page.
    let late = reread("e-4", 69, &[named.clone(), bob()], &[]);
    let saved = store.save_reread(&late).await.unwrap();
    assert_eq!((saved.changes(), saved.saved.stale), (1, 1), "{saved:?}");
    assert_eq!(saved.saved.buried, BTreeSet::from([named.id()]));
    // What is stale for another reason is not buried.
    let saved = store.save_reread(&reread("e-5", 68, &[bob()], &[])).await.unwrap();
    assert_eq!((saved.saved.buried.len(), saved.changes()), (0, 0), "{saved:?}");
}

pub(super) async fn a_look_since_then_stands(subject: Subject) {
    let store = subject.events();
    inventory(store, 100, [ana(&[])]).await;
    let before = State::of(store).await;
    let late = reread("e-1", 99, &[ana(&[("a", "b")]), bob()], &[]);
    assert_eq!(store.save_reread(&late).await.unwrap().changes(), 0);
    let late = store.save_reread(&reread("e-2", 100, &[], &[ana(&[])])).await.unwrap();
    assert_eq!(late.deleted, 0);
    assert_eq!(State::of(store).await, before);
}

pub(super) async fn rereadings_in_any_order(subject: Subject) {
    let steps = [
        reread("e-1", 50, &[ana(&[("a", "1")])], &[]),
        reread("e-2", 60, &[bob()], &[ana(&[])]),
        reread("e-3", 70, &[ana(&[("a", "3")])], &[bob()]),
        reread("e-4", 80, &[ana(&[("a", "4")]), bob()], &[]),
        reread("e-5", 90, &[], &[bob()]),
    ];
    for turn in 0..steps.len() {
        let subject = subject.another().await;
        let store = subject.events();
        inventory(store, 0, [ana(&[]), bob()]).await;
        let order = steps.iter().cycle().skip(turn).take(steps.len() + 2);
        for step in order.collect::<Vec<_>>().into_iter().rev() {
            store.save_reread(step).await.unwrap();
        }
        let (ana, bob) = (stored(store, &ana(&[])).await, stored(store, &bob()).await);
        assert_eq!(
            (ana.entity, ana.observed, ana.deleted),
            (super::act::ana(&[("a", "4")]), at(80), None)
        );
        // From when on depends on which reading came first; that it is gone does not.
        assert!(bob.deleted.is_some(), "turn {turn}");
    }
}

pub(super) async fn two_that_reread_end_the_same(subject: Subject) {
    inventory(subject.store(), 0, [ana(&[])]).await;
    let [one, other] = subject.both_of_events();
    let steps = |store: Arc<dyn EventStore>, first: i64| async move {
        for second in (first..first + 20).step_by(2) {
            let text = second.to_string();
            let reread = reread(&format!("e-{second}"), second, &[ana(&[("a", &text)])], &[bob()]);
            insist(|| store.save_reread(&reread)).await;
        }
    };
    tokio::join!(steps(one, 50), steps(other, 51));
    let found = stored(subject.store(), &ana(&[])).await;
    assert_eq!((found.observed, found.entity), (at(69), ana(&[("a", "69")])));
}

pub(super) async fn entities_are_asked_for_by_the_beginning_of_their_keys(subject: Subject) {
    let store = subject.events();
    inventory(store, 0, [ana(&[]), bob()]).await;
    for (beginning, expected) in [
        ("AIDAEXAMPLE", 2),
        ("AIDAEXAMPLEB", 1),
        ("AIDAEXAMPLEBOBB", 0),
        ("", 2),
        ("%", 0),
        ("_IDA", 0),
        ("aida", 0),
    ] {
        let query = Query {
            kind: Some(Kind::User),
            scope: Some(scope()),
            beginning: Some(beginning.to_owned()),
            ..Query::default()
        };
        let found = store.entities(&query, None, 10).await.unwrap().items.len();
        assert_eq!(found, expected, "{beginning}");
    }
}

fn notice(kind: NoticeKind, about: &str, what: &str, event: CauseEvent) -> Notice {
    Notice { kind, about: about.to_owned(), what: what.to_owned(), event }
}

pub(super) async fn the_latest_notice_stands(subject: Subject) {
    let store = subject.events();
    assert_eq!(store.notices().await.unwrap(), []);
    let about = Scope::aws_managed().to_string();
    let stale =
        |id, second| notice(NoticeKind::Stale, &about, "somebody did something", event(id, second));
    let health = notice(NoticeKind::Health, &about, "the rule is off", event("e-9", 10));
    store.put_notices(&[stale("e-1", 10), stale("e-2", 20), health.clone()]).await.unwrap();
    store.put_notices(&[stale("e-0", 5), stale("e-1", 10)]).await.unwrap();
    assert_eq!(store.notices().await.unwrap(), [health.clone(), stale("e-2", 20)]);
    let other = notice(NoticeKind::Stale, "another unit", "x", event("e-3", 1));
    store.put_notices(&[other.clone(), stale("e-3", 20)]).await.unwrap();
    let mut expected = vec![health, stale("e-3", 20), other];
    expected.sort_by(|a, b| (a.kind.word(), &a.about).cmp(&(b.kind.word(), &b.about)));
    assert_eq!(store.notices().await.unwrap(), expected);
}

pub(super) async fn hostile_events_come_back(subject: Subject) {
    let store = subject.events();
    inventory(store, 0, [ana(&[])]).await;
    let mut wild = reread("e#1/%\u{202e}\"'", 50, &[ana(&[("a", "b")])], &[]);
    "=cmd|'/c calc'!A1\u{1b}[31m<script>".clone_into(&mut wild.event.actor);
    wild.event.human = Some("x".repeat(4_000));
    store.save_reread(&wild).await.unwrap();
    let changes = store.changes_of_event(&wild.event.id).await.unwrap();
    assert_eq!(changes[0].cause, Cause::Event(Box::new(wild.event.clone())));
    let told = notice(NoticeKind::Health, &"#/~%".repeat(700), "<b>", wild.event);
    store.put_notices(std::slice::from_ref(&told)).await.unwrap();
    assert_eq!(store.notices().await.unwrap(), [told]);
}
