//! Cases: objects that could not be used.

use super::Subject;
use super::act::{aside, asides};

pub(super) async fn what_was_set_aside_comes_back(subject: Subject) {
    let store = subject.store();
    let found = aside("AWSLogs/ü\0'.json.gz", "not gzip:\n\0", 5);
    store.set_aside(&found).await.unwrap();
    store.set_aside(&found).await.unwrap();
    assert_eq!(asides(store, 100).await, [found]);
}

pub(super) async fn the_later_finding_stands(subject: Subject) {
    let (early, late) = (aside("a", "gone", 5), aside("a", "denied", 6));
    let same_time = aside("a", "emptied", 6);
    for order in [[&early, &late, &same_time], [&same_time, &late, &early]] {
        let subject = subject.another().await;
        for found in order {
            subject.store().set_aside(found).await.unwrap();
        }
        assert_eq!(asides(subject.store(), 100).await, std::slice::from_ref(&same_time));
    }
}

pub(super) async fn what_succeeds_is_not_aside_any_more(subject: Subject) {
    let store = subject.store();
    for object in ["a", "b"] {
        store.set_aside(&aside(object, "gone", 5)).await.unwrap();
    }
    assert!(store.clear_set_aside("a").await.unwrap());
    assert!(!store.clear_set_aside("a").await.unwrap());
    assert!(!store.clear_set_aside("c").await.unwrap());
    assert_eq!(asides(store, 100).await, [aside("b", "gone", 5)]);
    store.set_aside(&aside("a", "gone again", 4)).await.unwrap();
    assert_eq!(asides(store, 100).await.len(), 2);
}

pub(super) async fn many_that_succeed_are_not_aside_any_more(subject: Subject) {
    let store = subject.store();
    let long = "é/".repeat(700);
    let all = ["b", "", "x/", "x/a", "x/y/a", "x/b", "ü/a", long.as_str()];
    for object in all {
        store.set_aside(&aside(object, "gone", 5)).await.unwrap();
    }
    assert_eq!(store.clear_all_set_aside(&[]).await.unwrap(), 0);
    let some = ["", "x/a", "x/a", "x/c", "ü/a", "b/b", "x", long.as_str()];
    assert_eq!(store.clear_all_set_aside(&some).await.unwrap(), 4);
    assert_eq!(store.clear_all_set_aside(&some).await.unwrap(), 0);
    let left: Vec<String> = asides(store, 3).await.into_iter().map(|found| found.object).collect();
    assert_eq!(left, ["b", "x/", "x/b", "x/y/a"]);
}

pub(super) async fn what_was_set_aside_is_read_in_its_order(subject: Subject) {
    let store = subject.store();
    let mut all: Vec<_> =
        ["b", "", "a", "ü", "B", "a/b"].iter().map(|object| aside(object, "gone", 5)).collect();
    for found in &all {
        store.set_aside(found).await.unwrap();
    }
    all.sort_by_key(|found| found.object.clone());
    for limit in [1, 2, 6, 100] {
        assert_eq!(asides(store, limit).await, all, "in pages of {limit}");
    }
}
