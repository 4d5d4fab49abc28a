//! Cases: workers that do the same at the same time.

use std::sync::Arc;

use super::Subject;
use super::act::{ana, bob, changes, end, insist, inventory, open, scope, see, stored, told, unit};
use crate::model::{ChangeKind, Entity, RunState, Status};
use crate::port::{Claim, Opened, Store};
use crate::testing::sample::{self, ACCOUNT, at, counters, coverage, lease, sighting};

/// How many workers race.
const WORKERS: u32 = 8;

/// Runs `act` as many times as there are workers, at once, on both handles by turns.
async fn race<T, F>(subject: &Subject, act: impl Fn(Arc<dyn Store>, u32) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let handles = subject.both();
    let mut tasks = tokio::task::JoinSet::new();
    for (worker, store) in (0..WORKERS).zip(handles.iter().cycle()) {
        tasks.spawn(act(Arc::clone(store), worker));
    }
    tasks.join_all().await
}

fn winners(claims: &[Claim]) -> usize {
    claims.iter().filter(|claim| matches!(claim, Claim::Granted { .. })).count()
}

pub(super) async fn one_worker_gets_the_unit(subject: Subject) {
    let run = open(subject.store(), 0, &[unit()]).await.id;
    let claims = race(&subject, |store, worker| {
        let run = run.clone();
        async move {
            let lease = lease(&format!("worker-{worker}"), 1, 100);
            insist(|| async { store.claim_unit(&run, &unit(), &lease).await }).await
        }
    })
    .await;
    assert_eq!(winners(&claims), 1, "{claims:?}");
    assert!(claims.contains(&Claim::Held { until: at(100) }));
}

pub(super) async fn one_worker_gets_the_closing(subject: Subject) {
    let run = open(subject.store(), 0, &[unit()]).await.id;
    end(subject.store(), &run, &unit(), &[]).await;
    let claims = race(&subject, |store, worker| {
        let run = run.clone();
        async move {
            let lease = lease(&format!("worker-{worker}"), 1, 100);
            insist(|| store.claim_closing(&run, &lease)).await
        }
    })
    .await;
    assert_eq!(winners(&claims), 1, "{claims:?}");
}

pub(super) async fn one_worker_creates(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await.id;
    let users: Vec<Entity> = (0..20)
        .map(|n| sample::user(ACCOUNT, &format!("user-{n}"), &format!("AIDAEXAMPLE{n:02}")))
        .collect();
    let sightings = users.iter().map(|user| sighting(&scope(), user.clone(), 5)).collect();
    let page = Arc::new(sample::page(&run, &unit(), 0, sightings));
    race(&subject, |store, _| {
        let page = Arc::clone(&page);
        async move { insist(|| store.save_page(&page)).await }
    })
    .await;
    assert_eq!(changes(store, &run, 100).await.len(), users.len());
    for user in &users {
        assert_eq!(told(store, user).await, [ChangeKind::Created]);
        assert_eq!(stored(store, user).await.entity, *user);
    }
}

pub(super) async fn the_same_answer_wins_a_race(subject: Subject) {
    let mut ends = Vec::new();
    for _ in 0..3 {
        let subject = subject.another().await;
        let run = open(subject.store(), 0, &[unit()]).await.id;
        race(&subject, |store, worker| {
            let answer = ana(&[("version", &worker.to_string())]);
            let seen = vec![sighting(&scope(), answer, 5)];
            let page = sample::page(&run, &unit(), worker, seen);
            async move { insist(|| store.save_page(&page)).await }
        })
        .await;
        ends.push(stored(subject.store(), &ana(&[])).await);
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

pub(super) async fn a_unit_is_ended_once_by_two(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await.id;
    let told = [coverage(&scope(), &run, Status::Complete, 10)];
    let all = race(&subject, |store, _| {
        let (run, told) = (run.clone(), told.clone());
        async move {
            insist(|| async { store.end_unit(&run, &unit(), &told, &counters("calls", 3)).await })
                .await
        }
    })
    .await;
    assert!(all.iter().all(|progress| (progress.planned, progress.ended) == (1, 1)), "{all:?}");
    let found = store.run(&run).await.unwrap().unwrap();
    assert_eq!((found.ended, found.counters), (1, counters("calls", 3)));
}

pub(super) async fn a_run_is_opened_once_by_two(subject: Subject) {
    let store = subject.store();
    let run = sample::run(0);
    let opened = race(&subject, |store, _| {
        let run = run.clone();
        async move { insist(|| async { store.open_run(&run, &[unit()]).await }).await }
    })
    .await;
    assert!(opened.contains(&Opened::New));
    let found = store.run(&run.id).await.unwrap().unwrap();
    assert_eq!((found.planned, found.ended), (1, 0));
    assert_eq!(store.pending_units(&run.id).await.unwrap(), [unit()]);
}

pub(super) async fn a_run_is_closed_once_by_two(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await.id;
    end(store, &run, &unit(), &[]).await;
    race(&subject, |store, worker| {
        let run = run.clone();
        async move {
            let second = at(20 + i64::from(worker));
            insist(|| async { store.close_run(&run, second, &counters("calls", 3)).await }).await;
        }
    })
    .await;
    let found = store.run(&run).await.unwrap().unwrap();
    assert!(found.finished.is_some());
    assert_eq!(found.counters, counters("calls", 3));
}

/// A lease on the closing ends while its holder still settles: another worker takes over, and both go on
/// to the end.
pub(super) async fn two_that_close_do_no_harm(subject: Subject) {
    let store = subject.store();
    let users: Vec<Entity> = (0..60)
        .map(|n| sample::user(ACCOUNT, &format!("user-{n}"), &format!("AIDAEXAMPLE{n:02}")))
        .collect();
    inventory(store, 0, users.iter().cloned().chain([ana(&[]), bob()])).await;
    let run = open(store, 100, &[unit()]).await.id;
    see(store, &run, [ana(&[]), bob()], 105).await;
    let seen = coverage(&scope(), &run, Status::Complete, 110);
    end(store, &run, &unit(), std::slice::from_ref(&seen)).await;
    for (owner, now) in [("slow", 120), ("next", 220)] {
        let claim = store.claim_closing(&run, &lease(owner, now, now + 100)).await.unwrap();
        assert!(matches!(claim, Claim::Granted { .. }), "{claim:?}");
    }
    race(&subject, |store, worker| {
        let (run, seen) = (run.clone(), seen.clone());
        async move {
            let deleted = insist(|| store.settle_scope(&run, &seen)).await;
            let deleted = counters("entities.deleted", deleted);
            let closed = at(230 + i64::from(worker));
            insist(|| store.close_run(&run, closed, &deleted)).await;
        }
    })
    .await;
    let closed = store.run(&run).await.unwrap().unwrap();
    assert_eq!(closed.state, RunState::Closed);
    assert_eq!(closed.counters, counters("entities.deleted", 60));
    assert_eq!(changes(store, &run, 100).await.len(), 60);
    for user in &users {
        assert_eq!(told(store, user).await, [ChangeKind::Created, ChangeKind::Deleted]);
    }
    for kept in [ana(&[]), bob()] {
        assert_eq!(stored(store, &kept).await.deleted, None);
    }
}
