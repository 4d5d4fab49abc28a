//! Cases: a run is opened once, with its units.

use super::Subject;
use super::act::{claim, granted, open, unit};
use crate::model::{Run, RunState, Unit};
use crate::port::Opened;
use crate::testing::sample::{self, ACCOUNT, OTHER_ACCOUNT, at, counters};

pub(super) async fn a_new_run_is_open(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let found = store.run(&run.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.planned, found.ended), (RunState::Open, 1, 0));
    assert_eq!(store.pending_units(&run.id).await.unwrap(), [unit()]);
    granted(claim(store, &run.id, "a", 1, 10).await);
}

pub(super) async fn the_state_and_the_counts_are_the_stores(subject: Subject) {
    let store = subject.store();
    let mut run = sample::run(0);
    (run.state, run.planned, run.ended) = (RunState::Closed, 99, 7);
    assert_eq!(store.open_run(&run, &[unit()]).await.unwrap(), Opened::New);
    let found = store.run(&run.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.planned, found.ended), (RunState::Open, 1, 0));
}

pub(super) async fn what_a_run_is_comes_back(subject: Subject) {
    let store = subject.store();
    let mut run = Run {
        trigger: "schedule".to_owned(),
        options: "regions=eu-west-1 'quoted' \"too\" 🦀".to_owned(),
        started: "2026-11-22T06:00:00.123456789Z".parse().unwrap(),
        counters: counters("sts:AssumeRole", 3),
        ..sample::run(0)
    };
    store.open_run(&run, &[unit()]).await.unwrap();
    (run.state, run.planned) = (RunState::Open, 1);
    assert_eq!(store.run(&run.id).await.unwrap(), Some(run));
}

pub(super) async fn a_run_that_exists_keeps_its_plan(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let found = store.run(&run.id).await.unwrap().unwrap();
    let mut again = run.clone();
    (again.options, again.started) = ("accounts=other".to_owned(), at(60));
    let units = [unit(), sample::unit(OTHER_ACCOUNT, "iam-authorization")];
    assert_eq!(store.open_run(&again, &units).await.unwrap(), Opened::Exists(found.clone()));
    assert_eq!(store.run(&run.id).await.unwrap(), Some(found));
    assert_eq!(store.pending_units(&run.id).await.unwrap(), [unit()]);
}

pub(super) async fn a_run_that_does_not_exist_is_none(subject: Subject) {
    let store = subject.store();
    assert_eq!(store.run(&sample::run(0).id).await.unwrap(), None);
    assert!(store.runs(10).await.unwrap().is_empty());
    assert!(store.pending_units(&sample::run(0).id).await.unwrap().is_empty());
    assert!(store.run_coverage(&sample::run(0).id).await.unwrap().is_empty());
}

pub(super) async fn runs_come_newest_first(subject: Subject) {
    let store = subject.store();
    for second in [300, 0, 100, 200] {
        open(store, second, &[unit()]).await;
    }
    let newest = |limit| async move {
        let runs = store.runs(limit).await.unwrap();
        runs.iter().map(|run| run.started.as_second() - at(0).as_second()).collect::<Vec<_>>()
    };
    assert_eq!(newest(10).await, [300, 200, 100, 0]);
    assert_eq!(newest(2).await, [300, 200]);
}

pub(super) async fn a_unit_that_is_planned_twice_is_one(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit(), unit()]).await;
    assert_eq!(store.run(&run.id).await.unwrap().unwrap().planned, 1);
    assert_eq!(store.pending_units(&run.id).await.unwrap(), [unit()]);
}

pub(super) async fn many_units_are_planned(subject: Subject) {
    let store = subject.store();
    let mut units: Vec<Unit> =
        (0..260).map(|number| sample::unit(ACCOUNT, &format!("collector-{number}"))).collect();
    let run = open(store, 0, &units).await;
    assert_eq!(store.run(&run.id).await.unwrap().unwrap().planned, 260);
    let mut pending = store.pending_units(&run.id).await.unwrap();
    units.sort();
    pending.sort();
    assert_eq!(pending, units);
}
