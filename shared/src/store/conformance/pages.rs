//! Cases: a page against what is stored, its marks and its cursor.

use super::Subject;
use super::act::{
    ana, bob, changes, claim, entities, granted, inventory, open, page_to, save, scope, see,
    settle, stored, told, unit,
};
use crate::form;
use crate::model::{Cause, ChangeKind, Entity};
use crate::port::{Query, Saved};
use crate::testing::sample::{self, ACCOUNT, OTHER_ACCOUNT, at, sighting};

pub(super) async fn new_entities_are_created(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let saved = see(store, &run.id, [ana(&[]), bob()], 5).await;
    assert_eq!(saved, Saved { created: 2, ..Saved::default() });

    let found = stored(store, &ana(&[])).await;
    assert_eq!((&found.scope, &found.entity), (&scope(), &ana(&[])));
    assert_eq!(found.hash, form::hash(&form::write(&ana(&[])).unwrap()));
    assert_eq!(
        [found.first_seen, found.last_seen, found.changed, found.observed],
        [at(5), at(5), at(5), at(5)]
    );
    assert_eq!(found.deleted, None);

    let history = store.history(&scope(), &ana(&[]).id()).await.unwrap();
    assert_eq!(history.len(), 1);
    let change = &history[0];
    assert_eq!((&change.scope, &change.id), (&scope(), &ana(&[]).id()));
    assert_eq!((change.kind, change.at), (ChangeKind::Created, at(5)));
    assert_eq!(change.cause, Cause::Run(run.id.clone()));
    assert_eq!((&change.before_hash, &change.before), (&None, &None));
    assert_eq!(change.after_hash, Some(found.hash));
    assert_eq!(change.after, Some(ana(&[])));
}

pub(super) async fn an_unchanged_entity_is_not_written(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let before = stored(store, &ana(&[])).await;
    let run = open(store, 100, &[unit()]).await;
    let bodies = store.cost()["store.bodies_written"];
    let saved = see(store, &run.id, [ana(&[]), bob()], 105).await;
    assert_eq!(saved, Saved { unchanged: 2, ..Saved::default() });
    assert_eq!(store.cost()["store.bodies_written"], bodies);
    assert_eq!(stored(store, &ana(&[])).await, before);
    assert_eq!(told(store, &ana(&[])).await, [ChangeKind::Created]);
    assert!(changes(store, &run.id, 10).await.is_empty());
}

pub(super) async fn other_content_is_a_change(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let (old, bodies) = (stored(store, &ana(&[])).await, store.cost()["store.bodies_written"]);
    let tagged = ana(&[("team", "payments")]);
    let (run, saved, _) = inventory(store, 100, [tagged.clone(), bob()]).await;
    assert_eq!(saved, Saved { changed: 1, unchanged: 1, ..Saved::default() });
    assert!(store.cost()["store.bodies_written"] > bodies);

    let new = stored(store, &tagged).await;
    assert_eq!(new.entity, tagged);
    assert_eq!([new.first_seen, new.changed, new.observed], [at(5), at(105), at(105)]);

    let history = store.history(&scope(), &tagged.id()).await.unwrap();
    assert_eq!(history.len(), 2, "oldest first");
    let change = &history[1];
    assert_eq!((change.kind, change.at), (ChangeKind::Changed, at(105)));
    assert_eq!(change.cause, Cause::Run(run.id.clone()));
    assert_eq!((&change.before_hash, &change.before), (&Some(old.hash), &Some(old.entity)));
    assert_eq!((&change.after_hash, &change.after), (&Some(new.hash), &Some(tagged)));
    assert_eq!(changes(store, &run.id, 10).await, history[1..]);
}

pub(super) async fn content_that_comes_back_is_a_change(subject: Subject) {
    let store = subject.store();
    for (second, entity) in [(0, ana(&[])), (100, ana(&[("team", "a")])), (200, ana(&[]))] {
        inventory(store, second, [entity]).await;
    }
    let expected = [ChangeKind::Created, ChangeKind::Changed, ChangeKind::Changed];
    assert_eq!(told(store, &ana(&[])).await, expected);
    assert_eq!(stored(store, &ana(&[])).await.entity, ana(&[]));
}

pub(super) async fn an_older_answer_replaces_nothing(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    see(store, &run.id, [ana(&[("v", "2")])], 20).await;
    let before = stored(store, &ana(&[])).await;
    let older = vec![sighting(&scope(), ana(&[("v", "1")]), 10)];
    let saved = save(store, &run.id, 1, older).await;
    assert_eq!(saved, Saved { stale: 1, ..Saved::default() });
    assert_eq!(stored(store, &ana(&[])).await, before);
    assert_eq!(told(store, &ana(&[])).await, [ChangeKind::Created]);
}

pub(super) async fn two_answers_of_one_moment_end_the_same(subject: Subject) {
    let answers = [ana(&[("v", "1")]), ana(&[("v", "2")])];
    let mut ends = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let subject = subject.another().await;
        let store = subject.store();
        let run = open(store, 0, &[unit()]).await;
        for (number, answer) in order.into_iter().enumerate() {
            let number = u32::try_from(number).unwrap();
            let seen = vec![sighting(&scope(), answers[answer].clone(), 5)];
            save(store, &run.id, number, seen).await;
        }
        ends.push(stored(store, &answers[0]).await);
    }
    assert_eq!(ends[0], ends[1]);
}

pub(super) async fn a_page_is_saved_again(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    see(store, &run.id, [ana(&[]), bob()], 5).await;
    let before = (stored(store, &ana(&[])).await, changes(store, &run.id, 10).await);
    let bodies = store.cost()["store.bodies_written"];
    let saved = see(store, &run.id, [ana(&[]), bob()], 5).await;
    assert_eq!(saved, Saved { unchanged: 2, ..Saved::default() });
    assert_eq!(store.cost()["store.bodies_written"], bodies);
    assert_eq!((stored(store, &ana(&[])).await, changes(store, &run.id, 10).await), before);
}

pub(super) async fn a_page_is_replaced(subject: Subject) {
    let store = subject.store();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let run = open(store, 100, &[unit()]).await;
    see(store, &run.id, [ana(&[]), bob()], 105).await;
    see(store, &run.id, [ana(&[])], 106).await;
    assert_eq!(settle(store, &run.id, 100).await, 1, "page 0 does not show bob any more");
    assert!(stored(store, &bob()).await.deleted.is_some());
}

pub(super) async fn an_entity_is_twice_in_a_page(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let saved = see(store, &run.id, [ana(&[]), bob(), ana(&[])], 5).await;
    assert_eq!(saved.created, 2);
    assert_eq!(told(store, &ana(&[])).await, [ChangeKind::Created]);
    let newest =
        vec![sighting(&scope(), ana(&[("v", "2")]), 8), sighting(&scope(), ana(&[("v", "1")]), 7)];
    save(store, &run.id, 1, newest).await;
    assert_eq!(stored(store, &ana(&[])).await.entity, ana(&[("v", "2")]));
    assert_eq!(settle(store, &run.id, 0).await, 0);
}

pub(super) async fn an_empty_page_moves_the_cursor(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let saved = store.save_page(&page_to(&run.id, 0, "marker-1")).await.unwrap();
    assert_eq!(saved, Saved::default());
    let expected = (Some("marker-1".to_owned()), 1, 1);
    assert_eq!(granted(claim(store, &run.id, "a", 1, 10).await), expected);
}

pub(super) async fn the_cursor_is_that_of_the_last_page(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    store.save_page(&page_to(&run.id, 0, "marker-1")).await.unwrap();
    store.save_page(&page_to(&run.id, 1, "marker-2")).await.unwrap();
    let expected = (Some("marker-2".to_owned()), 2, 1);
    assert_eq!(granted(claim(store, &run.id, "a", 1, 10).await), expected);
    save(store, &run.id, 2, Vec::new()).await;
    let expected = (Some("marker-2".to_owned()), 3, 2);
    assert_eq!(granted(claim(store, &run.id, "a", 2, 10).await), expected, "none keeps it");
}

pub(super) async fn an_early_page_does_not_send_the_unit_back(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    for (number, cursor) in [(0, "marker-1"), (1, "marker-2"), (0, "marker-1")] {
        store.save_page(&page_to(&run.id, number, cursor)).await.unwrap();
    }
    let expected = (Some("marker-2".to_owned()), 2, 1);
    assert_eq!(granted(claim(store, &run.id, "a", 1, 10).await), expected);
}

pub(super) async fn a_key_in_two_scopes_is_two_entities(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let elsewhere = sample::unit(OTHER_ACCOUNT, "iam-authorization").scope("principals");
    let both = vec![sighting(&scope(), bob(), 5), sighting(&elsewhere, bob(), 5)];
    assert_eq!(save(store, &run.id, 0, both).await.created, 2);
    let change = vec![sighting(&elsewhere, sample::user(ACCOUNT, "rob", "AIDAEXAMPLEBOB"), 6)];
    assert_eq!(save(store, &run.id, 1, change).await.changed, 1);
    assert_eq!(stored(store, &bob()).await.entity, bob());
}

pub(super) async fn a_thousand_entities_are_a_page(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let users = |name: &str| -> Vec<Entity> {
        (0..1000).map(|n| sample::user(ACCOUNT, name, &format!("AIDAEXAMPLE{n:04}"))).collect()
    };
    assert_eq!(see(store, &run.id, users("old"), 5).await.created, 1000);
    assert_eq!(see(store, &run.id, users("old"), 6).await.unchanged, 1000);
    assert_eq!(see(store, &run.id, users("new"), 7).await.changed, 1000);
    assert_eq!(entities(store, &Query::default(), 300).await.len(), 1000);
    assert_eq!(changes(store, &run.id, 300).await.len(), 2000);
    assert_eq!(settle(store, &run.id, 0).await, 0);
}
