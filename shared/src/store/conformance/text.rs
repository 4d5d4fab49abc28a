//! Cases: names from AWS are hostile, and go in and out as they are.

use super::Subject;
use super::act::{
    ana, changes, claim, entities, granted, inventory, open, page_to, save, scope, stored, told,
    unit,
};
use crate::model::{ChangeKind, Entity, Status};
use crate::port::{Opened, Query};
use crate::testing::sample::{self, counters, coverage, sighting};

/// Text that breaks what is put together from text.
const HOSTILE: &[&str] = &[
    "Robert'); DROP TABLE entity;--",
    "\"quoted\" 'twice' `thrice`",
    "ends with %_",
    "%",
    "back\\slash",
    "tab\tnewline\nreturn\r",
    "bell\u{7} escape\u{1b}[31m delete\u{7f}",
    "🦀 ﷽ e\u{301} \u{1f468}\u{200d}\u{1f469}",
    "\u{202e}right to left\u{202c} \u{2066}isolated\u{2069}",
    "\u{feff}mark \u{fffd} \u{10ffff}",
    "=HYPERLINK(\"http://192.0.2.1\")",
    "<script>alert(1)</script>",
    "#/:|;,&=?*[]{}$^~",
    " leading and trailing ",
    "null",
];

pub(super) async fn hostile_text_comes_back(subject: Subject) {
    let store = subject.store();
    for (text, second) in HOSTILE.iter().zip((0..).step_by(100)) {
        let entity = ana(&[(text, text)]);
        inventory(store, second, [entity.clone()]).await;
        assert_eq!(stored(store, &entity).await.entity, entity, "{text:?}");
    }
    let history = store.history(&scope(), &ana(&[]).id()).await.unwrap();
    assert_eq!(history.len(), HOSTILE.len());
    for (text, change) in HOSTILE.iter().zip(&history) {
        assert_eq!(change.after, Some(ana(&[(text, text)])), "{text:?}");
    }
}

pub(super) async fn hostile_keys_are_keys(subject: Subject) {
    let store = subject.store();
    let groups: Vec<Entity> = HOSTILE.iter().map(|text| sample::store_group(text, text)).collect();
    let (run, saved, _) = inventory(store, 0, groups.clone()).await;
    assert_eq!(saved.created, groups.len() as u64);
    for group in &groups {
        assert_eq!(stored(store, group).await.entity, *group);
        assert_eq!(told(store, group).await, [ChangeKind::Created]);
    }
    for limit in [1, 4, 100] {
        assert_eq!(entities(store, &Query::default(), limit).await.len(), groups.len());
        assert_eq!(changes(store, &run.id, limit).await.len(), groups.len());
    }
    let (_, saved, tombstones) = inventory(store, 100, groups[..1].to_vec()).await;
    assert_eq!((saved.unchanged, tombstones), (1, groups.len() as u64 - 1));
}

pub(super) async fn hostile_words_around_entities_come_back(subject: Subject) {
    let store = subject.store();
    for (text, second) in HOSTILE.iter().zip((0..).step_by(100)) {
        let mut run = sample::run(second);
        (run.trigger, run.options) = ((*text).to_owned(), (*text).to_owned());
        run.counters = counters(text, 1);
        assert_eq!(store.open_run(&run, &[unit()]).await.unwrap(), Opened::New);
        store.save_page(&page_to(&run.id, 0, text)).await.unwrap();
        let (cursor, ..) = granted(claim(store, &run.id, text, second, second + 50).await);
        assert_eq!(cursor.as_deref(), Some(*text));
        store.release_unit(&run.id, &unit(), text).await.unwrap();
        let mut told = coverage(&scope(), &run.id, Status::Excluded((*text).to_owned()), 10);
        told.note = Some((*text).to_owned());
        store.end_unit(&run.id, &unit(), &[told.clone()], &counters(text, 1)).await.unwrap();
        assert_eq!(store.run_coverage(&run.id).await.unwrap(), [told]);
        let found = store.run(&run.id).await.unwrap().unwrap();
        assert_eq!((found.trigger.as_str(), found.options.as_str()), (*text, *text));
        assert_eq!(found.counters, counters(text, 2));
    }
}

pub(super) async fn a_long_body_comes_back(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let long = "€ \"long\" ".repeat(20_000);
    assert!(long.len() > 200_000);
    let policy = sample::aws_policy("Long", "ANPAEXAMPLELONG", &long);
    let saved = save(store, &run.id, 0, vec![sighting(&scope(), policy.clone(), 5)]).await;
    assert_eq!((saved.created, saved.too_large), (1, 0));
    assert_eq!(stored(store, &policy).await.entity, policy);
    let history = store.history(&scope(), &policy.id()).await.unwrap();
    assert_eq!(history[0].after, Some(policy));
}
