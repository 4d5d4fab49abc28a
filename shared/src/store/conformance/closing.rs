//! Cases: a run is closed once, by one worker, after its last unit.

use super::Subject;
use super::act::{end, granted, open, unit};
use crate::model::{RunId, RunState};
use crate::port::{Claim, Store};
use crate::testing::sample::{self, OTHER_ACCOUNT, at, counters, lease};

async fn claim(store: &dyn Store, run: &RunId, owner: &str, now: i64, until: i64) -> Claim {
    store.claim_closing(run, &lease(owner, now, until)).await.unwrap()
}

pub(super) async fn a_run_closes_after_its_last_unit(subject: Subject) {
    let store = subject.store();
    let other = sample::unit(OTHER_ACCOUNT, "iam-authorization");
    let run = open(store, 0, &[unit(), other.clone()]).await;
    assert_eq!(claim(store, &run.id, "a", 1, 100).await, Claim::Unknown);
    end(store, &run.id, &unit(), &[]).await;
    end(store, &run.id, &unit(), &[]).await;
    assert_eq!(claim(store, &run.id, "a", 2, 100).await, Claim::Unknown);
    end(store, &run.id, &other, &[]).await;
    assert_eq!(granted(claim(store, &run.id, "a", 3, 100).await), (None, 0, 1));
}

pub(super) async fn closing_is_granted_to_one_worker(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    end(store, &run.id, &unit(), &[]).await;
    granted(claim(store, &run.id, "a", 1, 100).await);
    assert_eq!(claim(store, &run.id, "b", 99, 200).await, Claim::Held { until: at(100) });
    assert_eq!(granted(claim(store, &run.id, "a", 99, 150).await), (None, 0, 2));
    store.close_run(&run.id, at(120), &counters("closed", 1)).await.unwrap();
    assert_eq!(claim(store, &run.id, "a", 130, 200).await, Claim::Ended);
    assert_eq!(claim(store, &run.id, "b", 900, 999).await, Claim::Ended);
}

pub(super) async fn a_closing_lease_ends_by_itself(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    end(store, &run.id, &unit(), &[]).await;
    granted(claim(store, &run.id, "a", 1, 100).await);
    assert_eq!(granted(claim(store, &run.id, "b", 100, 200).await), (None, 0, 2));
    assert_eq!(claim(store, &run.id, "a", 101, 200).await, Claim::Held { until: at(200) });
}

pub(super) async fn a_run_without_units_closes(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[]).await;
    granted(claim(store, &run.id, "a", 1, 100).await);
}

pub(super) async fn an_unknown_run_is_not_closed(subject: Subject) {
    let store = subject.store();
    assert_eq!(claim(store, &sample::run(0).id, "a", 1, 100).await, Claim::Unknown);
}

pub(super) async fn a_run_closes_once(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    store.end_unit(&run.id, &unit(), &[], &counters("calls", 2)).await.unwrap();
    for second in [20, 30] {
        store.close_run(&run.id, at(second), &counters("calls", 40)).await.unwrap();
    }
    let found = store.run(&run.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.finished), (RunState::Closed, Some(at(20))));
    assert_eq!(found.counters, counters("calls", 42));
    assert_eq!((found.planned, found.ended), (1, 1));
}
