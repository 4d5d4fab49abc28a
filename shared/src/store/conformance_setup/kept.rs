//! What is kept: the first value of each name, until it is forgotten.

use std::sync::Arc;

use super::Handles;

pub(super) async fn the_first_value_is_kept(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    assert!(store.kept().await.unwrap().is_empty());
    assert_eq!(store.keep_once("external-id", "first").await.unwrap(), "first");
    assert_eq!(other.keep_once("external-id", "second").await.unwrap(), "first");
    assert_eq!(other.keep_once("undo/x/y", "").await.unwrap(), "");
    let kept = store.kept().await.unwrap();
    let expected = [("external-id", "first"), ("undo/x/y", "")];
    assert_eq!(
        kept.iter().map(|(name, it)| (name.as_str(), it.as_str())).collect::<Vec<_>>(),
        expected
    );
}

pub(super) async fn what_is_kept_is_forgotten_by_name(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    store.keep_once("a", "1").await.unwrap();
    store.keep_once("ab", "2").await.unwrap();
    for _ in 0..2 {
        other.forget("a").await.unwrap();
    }
    assert_eq!(store.kept().await.unwrap().keys().collect::<Vec<_>>(), ["ab"]);
    assert_eq!(store.keep_once("a", "3").await.unwrap(), "3");
}

pub(super) async fn of_many_that_keep_at_once_one_is_kept(handles: Handles) {
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &handles.store } else { &handles.other });
            tokio::spawn(async move { store.keep_once("id", &number.to_string()).await.unwrap() })
        })
        .collect();
    let mut values = Vec::new();
    for task in tasks {
        values.push(task.await.unwrap());
    }
    let kept = handles.store.kept().await.unwrap();
    assert!(values.iter().all(|value| *value == kept["id"]), "{values:?}");
}
