//! Cases: a unit is held under a lease and ends once.

use super::Subject;
use super::act::{self, claim, granted, open, page_to, unit};
use crate::model::{Counters, Status};
use crate::port::{Claim, Progress};
use crate::testing::sample::{self, OTHER_ACCOUNT, at, counters, lease};

pub(super) async fn pending_units_have_not_ended(subject: Subject) {
    let store = subject.store();
    let other = sample::unit(OTHER_ACCOUNT, "iam-authorization");
    let run = open(store, 0, &[unit(), other.clone()]).await;
    claim(store, &run.id, "a", 1, 10).await;
    assert_eq!(store.pending_units(&run.id).await.unwrap().len(), 2, "a held unit is pending");
    act::end(store, &run.id, &unit(), &[]).await;
    assert_eq!(store.pending_units(&run.id).await.unwrap(), [other]);
}

pub(super) async fn a_unit_is_granted_to_one_worker(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    assert_eq!(granted(claim(store, &run.id, "a", 1, 100).await), (None, 0, 1));
    assert_eq!(claim(store, &run.id, "b", 2, 200).await, Claim::Held { until: at(100) });
    assert_eq!(claim(store, &run.id, "b", 99, 200).await, Claim::Held { until: at(100) });
}

pub(super) async fn the_same_worker_takes_its_lease_again(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    claim(store, &run.id, "a", 1, 100).await;
    assert_eq!(granted(claim(store, &run.id, "a", 2, 200).await), (None, 0, 2));
    assert_eq!(claim(store, &run.id, "b", 150, 300).await, Claim::Held { until: at(200) });
}

pub(super) async fn a_lease_ends_by_itself(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    claim(store, &run.id, "a", 1, 100).await;
    assert_eq!(granted(claim(store, &run.id, "b", 100, 200).await), (None, 0, 2));
    assert_eq!(claim(store, &run.id, "a", 101, 200).await, Claim::Held { until: at(200) });
    assert_eq!(granted(claim(store, &run.id, "c", 900, 999).await), (None, 0, 3));
}

pub(super) async fn a_released_unit_is_free(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    claim(store, &run.id, "a", 1, 100).await;
    store.save_page(&page_to(&run.id, 0, "marker-1")).await.unwrap();
    store.release_unit(&run.id, &unit(), "a").await.unwrap();
    store.release_unit(&run.id, &unit(), "a").await.unwrap();
    let expected = (Some("marker-1".to_owned()), 1, 2);
    assert_eq!(granted(claim(store, &run.id, "b", 2, 100).await), expected);
}

pub(super) async fn only_the_holder_releases(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    claim(store, &run.id, "a", 1, 100).await;
    store.release_unit(&run.id, &unit(), "b").await.unwrap();
    assert_eq!(claim(store, &run.id, "b", 2, 100).await, Claim::Held { until: at(100) });
}

pub(super) async fn a_unit_that_has_ended_is_ended(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    claim(store, &run.id, "a", 1, 100).await;
    act::end(store, &run.id, &unit(), &[]).await;
    assert_eq!(claim(store, &run.id, "a", 2, 100).await, Claim::Ended);
    assert_eq!(claim(store, &run.id, "b", 200, 300).await, Claim::Ended);
    store.release_unit(&run.id, &unit(), "a").await.unwrap();
    assert_eq!(claim(store, &run.id, "b", 200, 300).await, Claim::Ended);
}

pub(super) async fn what_the_run_does_not_contain_is_unknown(subject: Subject) {
    let store = subject.store();
    assert_eq!(claim(store, &sample::run(0).id, "a", 1, 10).await, Claim::Unknown);
    let run = open(store, 0, &[unit()]).await;
    let foreign = sample::unit(OTHER_ACCOUNT, "iam-authorization");
    let asked = store.claim_unit(&run.id, &foreign, &lease("a", 1, 10)).await.unwrap();
    assert_eq!(asked, Claim::Unknown);
    act::end(store, &run.id, &unit(), &[]).await;
    store.close_run(&run.id, at(20), &Counters::new()).await.unwrap();
    assert_eq!(claim(store, &run.id, "a", 30, 40).await, Claim::Unknown, "the run is closed");
}

pub(super) async fn a_unit_ends_once(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit(), sample::unit(OTHER_ACCOUNT, "iam-authorization")]).await;
    let coverage = [sample::coverage(&act::scope(), &run.id, Status::Complete, 10)];
    for _ in 0..3 {
        let progress = store
            .end_unit(&run.id, &unit(), &coverage, &counters("iam:ListUsers", 2))
            .await
            .unwrap();
        assert_eq!(progress, Progress { planned: 2, ended: 1 });
    }
    let found = store.run(&run.id).await.unwrap().unwrap();
    assert_eq!((found.ended, found.counters), (1, counters("iam:ListUsers", 2)));
    assert_eq!(store.run_coverage(&run.id).await.unwrap(), coverage);
}

pub(super) async fn counters_of_units_are_added(subject: Subject) {
    let store = subject.store();
    let other = sample::unit(OTHER_ACCOUNT, "iam-authorization");
    let mut run = sample::run(0);
    run.counters = counters("plan", 1);
    store.open_run(&run, &[unit(), other.clone()]).await.unwrap();
    let mut more = counters("iam:ListUsers", 2);
    more.insert("retries".to_owned(), 5);
    store.end_unit(&run.id, &unit(), &[], &counters("iam:ListUsers", 40)).await.unwrap();
    let progress = store.end_unit(&run.id, &other, &[], &more).await.unwrap();
    assert_eq!(progress, Progress { planned: 2, ended: 2 });
    let found = store.run(&run.id).await.unwrap().unwrap();
    let named = |name: &str| found.counters.get(name).copied();
    assert_eq!(named("iam:ListUsers"), Some(42));
    assert_eq!(named("retries"), Some(5));
    assert_eq!(named("plan"), Some(1));
}
