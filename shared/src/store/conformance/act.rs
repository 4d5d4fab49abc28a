//! What the cases do over and over.

use std::fmt::Debug;

use crate::model::{
    Change, ChangeKind, Counters, Coverage, Entity, Run, RunId, Scope, Status, Stored, Unit,
};
use crate::port::{Claim, Opened, Page, PortError, Query, Saved, Sighting, Store};
use crate::testing::sample::{self, ACCOUNT, at, lease};

/// The unit that most cases work on.
pub(super) fn unit() -> Unit {
    sample::unit(ACCOUNT, "iam-authorization")
}

/// Its scope that most cases look at.
pub(super) fn scope() -> Scope {
    unit().scope("principals")
}

/// The user that most cases are about.
pub(super) fn ana(tags: &[(&str, &str)]) -> Entity {
    sample::tagged_user(ACCOUNT, "ana", "AIDAEXAMPLEANA", tags)
}

pub(super) fn bob() -> Entity {
    sample::user(ACCOUNT, "bob", "AIDAEXAMPLEBOB")
}

/// Opens a new run of these units that began at that second.
pub(super) async fn open(store: &dyn Store, second: i64, units: &[Unit]) -> Run {
    let run = sample::run(second);
    assert_eq!(store.open_run(&run, units).await.unwrap(), Opened::New);
    run
}

/// Saves a page of [`unit`].
pub(super) async fn save(
    store: &dyn Store,
    run: &RunId,
    number: u32,
    sightings: Vec<Sighting>,
) -> Saved {
    store.save_page(&sample::page(run, &unit(), number, sightings)).await.unwrap()
}

/// Saves entities of [`scope`] as page 0 of [`unit`].
pub(super) async fn see(
    store: &dyn Store,
    run: &RunId,
    entities: impl IntoIterator<Item = Entity>,
    second: i64,
) -> Saved {
    let scope = scope();
    let sightings =
        entities.into_iter().map(|entity| sample::sighting(&scope, entity, second)).collect();
    save(store, run, 0, sightings).await
}

/// Settles [`scope`] as completely seen, ten seconds after `second`.
pub(super) async fn settle(store: &dyn Store, run: &RunId, second: i64) -> u64 {
    let coverage = sample::coverage(&scope(), run, Status::Complete, second + 10);
    store.settle_scope(run, &coverage).await.unwrap()
}

/// A whole run that sees these entities in [`scope`] and nothing else. It begins at `second`, asks
/// five seconds later, has seen everything after ten and is closed after twenty.
pub(super) async fn inventory(
    store: &dyn Store,
    second: i64,
    entities: impl IntoIterator<Item = Entity>,
) -> (Run, Saved, u64) {
    let run = open(store, second, &[unit()]).await;
    let saved = see(store, &run.id, entities, second + 5).await;
    let coverage = [sample::coverage(&scope(), &run.id, Status::Complete, second + 10)];
    end(store, &run.id, &unit(), &coverage).await;
    let tombstones = settle(store, &run.id, second).await;
    store.close_run(&run.id, at(second + 20), &Counters::new()).await.unwrap();
    (run, saved, tombstones)
}

pub(super) async fn end(store: &dyn Store, run: &RunId, unit: &Unit, coverage: &[Coverage]) {
    store.end_unit(run, unit, coverage, &Counters::new()).await.unwrap();
}

pub(super) async fn claim(
    store: &dyn Store,
    run: &RunId,
    owner: &str,
    now: i64,
    until: i64,
) -> Claim {
    store.claim_unit(run, &unit(), &lease(owner, now, until)).await.unwrap()
}

/// A granted claim: cursor, pages, attempt.
pub(super) fn granted(claim: Claim) -> (Option<String>, u32, u32) {
    match claim {
        Claim::Granted { cursor, pages, attempt } => (cursor, pages, attempt),
        other => panic!("expected a granted claim, got {other:?}"),
    }
}

/// What is stored of an entity of [`scope`].
pub(super) async fn stored(store: &dyn Store, entity: &Entity) -> Stored {
    store.entity(&scope(), &entity.id()).await.unwrap().expect("the entity is stored")
}

/// The kinds of changes in the history of an entity of [`scope`], oldest first.
pub(super) async fn told(store: &dyn Store, entity: &Entity) -> Vec<ChangeKind> {
    store.history(&scope(), &entity.id()).await.unwrap().iter().map(|change| change.kind).collect()
}

/// Every entity, deleted ones too.
pub(super) async fn everything(store: &dyn Store) -> Vec<Stored> {
    let query = Query { with_deleted: true, ..Query::default() };
    entities(store, &query, 100).await
}

/// Everything that a query asks for, in pages of at most `limit`.
pub(super) async fn entities(store: &dyn Store, query: &Query, limit: usize) -> Vec<Stored> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let answer = store.entities(query, after.as_deref(), limit).await.unwrap();
        assert!(answer.items.len() <= limit, "a page of {} for {limit}", answer.items.len());
        items.extend(answer.items);
        match answer.next {
            None => return items,
            next => after = moved(after.as_ref(), next),
        }
    }
}

/// Every change of a run, in pages of at most `limit`.
pub(super) async fn changes(store: &dyn Store, run: &RunId, limit: usize) -> Vec<Change> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let answer = store.changes(run, after.as_deref(), limit).await.unwrap();
        assert!(answer.items.len() <= limit, "a page of {} for {limit}", answer.items.len());
        items.extend(answer.items);
        match answer.next {
            None => return items,
            next => after = moved(after.as_ref(), next),
        }
    }
}

fn moved(before: Option<&String>, next: Option<String>) -> Option<String> {
    assert_ne!(before, next.as_ref(), "the same place again would never end");
    next
}

/// What readers see of a store: two stores in the same state are equal.
#[derive(Debug, PartialEq)]
pub(super) struct State {
    entities: Vec<Stored>,
    latest: Vec<Coverage>,
    runs: Vec<(Run, Vec<Coverage>)>,
}

impl State {
    pub(super) async fn of(store: &dyn Store) -> Self {
        let mut entities = everything(store).await;
        entities.sort_by_key(|stored| (stored.scope.clone(), stored.entity.id()));
        let mut runs = Vec::new();
        for run in store.runs(100).await.unwrap() {
            let coverage = store.run_coverage(&run.id).await.unwrap();
            runs.push((run, coverage));
        }
        Self { entities, latest: store.latest_coverage().await.unwrap(), runs }
    }

    /// The content of every entity, without when it was found.
    pub(super) fn contents(&self) -> Vec<(&Entity, &str)> {
        self.entities.iter().map(|stored| (&stored.entity, stored.hash.as_str())).collect()
    }
}

/// Repeats a call until it is not busy any more, as a worker does.
pub(super) async fn insist<T: Debug, F>(call: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, PortError>>,
{
    for _ in 0..200 {
        match call().await {
            Err(error) if error.is_passing() => {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            done => return done.unwrap(),
        }
    }
    panic!("busy for ever");
}

/// A page with a cursor.
pub(super) fn page_to(run: &RunId, number: u32, cursor: &str) -> Page {
    let cursor = Some(cursor.to_owned());
    Page { cursor, ..sample::page(run, &unit(), number, Vec::new()) }
}
