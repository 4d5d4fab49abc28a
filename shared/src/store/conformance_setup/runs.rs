//! Runs and their steps.

use std::sync::Arc;

use super::{Handles, at, run, step};
use crate::port::setup::{SetupRunState, StepState};

fn done(second: i64) -> SetupRunState {
    SetupRunState::Done { at: at(second) }
}

fn given_up(second: i64, reason: &str) -> SetupRunState {
    SetupRunState::GivenUp { at: at(second), reason: reason.to_owned() }
}

pub(super) async fn an_empty_store_has_no_run(handles: Handles) {
    let store = &handles.store;
    assert_eq!(store.setup_run().await.unwrap(), None);
    assert_eq!(store.done_setup().await.unwrap(), None);
    assert!(store.steps("a").await.unwrap().is_empty());
    store.close_setup("a", &done(1)).await.unwrap();
    assert_eq!(store.setup_run().await.unwrap(), None);
}

pub(super) async fn a_run_comes_back(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    assert_eq!(store.open_setup(&run("a")).await.unwrap(), run("a"));
    assert_eq!(other.setup_run().await.unwrap(), Some(run("a")));
    assert_eq!(other.done_setup().await.unwrap(), None);
}

pub(super) async fn one_run_is_open_at_a_time(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    store.open_setup(&run("a")).await.unwrap();
    assert_eq!(other.open_setup(&run("b")).await.unwrap(), run("a"));
    store.close_setup("a", &done(5)).await.unwrap();
    assert_eq!(other.open_setup(&run("b")).await.unwrap(), run("b"));
    assert_eq!(store.setup_run().await.unwrap(), Some(run("b")));
}

pub(super) async fn a_run_that_is_opened_again_is_as_it_is(handles: Handles) {
    let store = &handles.store;
    store.open_setup(&run("a")).await.unwrap();
    store.close_setup("a", &given_up(5, "it was denied")).await.unwrap();
    let again = store.open_setup(&run("a")).await.unwrap();
    assert_eq!(again.state, given_up(5, "it was denied"));
    assert_eq!(store.setup_run().await.unwrap(), Some(again));
}

pub(super) async fn a_run_ends_once(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    store.open_setup(&run("a")).await.unwrap();
    store.close_setup("a", &given_up(5, "`quoted`\nlines")).await.unwrap();
    other.close_setup("a", &done(6)).await.unwrap();
    let found = store.setup_run().await.unwrap().unwrap();
    assert_eq!(found.state, given_up(5, "`quoted`\nlines"));
}

pub(super) async fn the_last_one_that_was_done_is_known(handles: Handles) {
    let store = &handles.store;
    for (id, state) in [("a", done(5)), ("b", done(6)), ("c", given_up(7, "why not"))] {
        store.open_setup(&run(id)).await.unwrap();
        store.close_setup(id, &state).await.unwrap();
    }
    store.open_setup(&run("d")).await.unwrap();
    let last = store.done_setup().await.unwrap().unwrap();
    assert_eq!((last.id.as_str(), last.state), ("b", done(6)));
    assert_eq!(store.setup_run().await.unwrap().unwrap().id, "d");
}

pub(super) async fn steps_are_those_of_their_run(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    store.save_step("a", &step("one", StepState::Begun, &["create"])).await.unwrap();
    store.save_step("a", &step("two", StepState::Done, &[])).await.unwrap();
    store.save_step("b", &step("one", StepState::Failed, &["delete", "create"])).await.unwrap();
    let of_a = other.steps("a").await.unwrap();
    assert_eq!(of_a.keys().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(of_a["one"], step("one", StepState::Begun, &["create"]));
    let of_b = other.steps("b").await.unwrap();
    assert_eq!(of_b["one"], step("one", StepState::Failed, &["delete", "create"]));
}

pub(super) async fn a_step_is_replaced(handles: Handles) {
    let Handles { store, other, .. } = &handles;
    store.save_step("a", &step("one", StepState::Begun, &["create"])).await.unwrap();
    let mut later = step("one", StepState::Done, &["create", "update"]);
    later.notes = vec!["ü and \"quotes\"".to_owned(), String::new()];
    later.at = at(9);
    for _ in 0..2 {
        other.save_step("a", &later).await.unwrap();
    }
    let steps = store.steps("a").await.unwrap();
    assert_eq!((steps.len(), &steps["one"]), (1, &later));
}

pub(super) async fn of_many_that_open_at_once_one_is_open(handles: Handles) {
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &handles.store } else { &handles.other });
            tokio::spawn(async move { store.open_setup(&run(&format!("run-{number}"))).await })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap().unwrap().id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
}
