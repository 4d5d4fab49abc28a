//! What the cases do over and over.

use std::borrow::Cow;

use crate::model::activity::{
    Activity, Caller, Category, EventId, EventTime, Human, NamedBy, Outcome,
};
use crate::model::{Counters, Timestamp};
use crate::port::{Answer, AsideObject, PortError, UsageQuery, UsageStore};
use crate::usage::coverage::{Held, LogDay};
use crate::usage::day::Day;
use crate::usage::fold::HourFold;
use crate::usage::hour::Hour;
use crate::usage::object::{ObjectId, ObjectSet};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const OTHER: &str = "444455556666";

/// 2026-11-29T08.
pub(super) const HOUR: i64 = 498_872;

/// What names the objects that cases fold: each has events of its own and shares one with the next.
pub(super) const OBJECTS: [&str; 4] = ["a", "b", "c", "d"];

fn activity<'a>(account: &'a str, hour: i64, id: u32, principal: &'a str) -> Activity<'a> {
    let key = "arn:aws:s3:::bucket/key";
    Activity {
        account: Cow::Borrowed(account),
        id: EventId(id.into()),
        time: EventTime(hour * 3_600_000 + i64::from(id) * 1_000),
        principal: Cow::Borrowed(principal),
        human: Some(Human { by: NamedBy::SessionName, name: Cow::Borrowed("ana") }),
        source: Cow::Borrowed("s3.amazonaws.com"),
        name: Cow::Borrowed("GetObject"),
        outcome: [Outcome::Success, Outcome::Denied][id as usize % 2],
        category: Category::Data,
        region: Cow::Borrowed("eu-west-1"),
        source_ip: Cow::Borrowed("192.0.2.1"),
        caller: Caller::Sdk,
        access_key: Some(Cow::Borrowed("AKIAIOSFODNN7EXAMPLE")),
        resources: vec![Cow::Borrowed(key)],
    }
}

/// The events of an object.
fn events(object: &str) -> std::ops::Range<u32> {
    let at = OBJECTS.iter().position(|name| *name == object).map_or(9, |at| at);
    let first = u32::try_from(at).unwrap() * 3;
    first..first + 4
}

/// The cell that is folded from these objects.
pub(super) fn cell_of(account: &str, hour: i64, objects: &[&str]) -> Hour {
    let mut fold = HourFold::new(account, hour);
    let mut set = ObjectSet::default();
    for object in objects {
        set.add(object, "version", *object != "d");
        for id in events(object) {
            fold.add(&activity(account, hour, id, &format!("role-{}", id % 3)));
        }
    }
    fold.finish(set)
}

/// As [`cell_of`], of the account and hour that most cases are about.
pub(super) fn cell(objects: &[&str]) -> Hour {
    cell_of(ACCOUNT, HOUR, objects)
}

/// A cell of principals with these names.
pub(super) fn cell_named(account: &str, names: &[String]) -> Hour {
    let mut fold = HourFold::new(account, HOUR);
    for (id, name) in (0..).zip(names) {
        fold.add(&activity(account, HOUR, id % 3_600, name));
    }
    fold.finish(ObjectSet::new([ObjectId(1)], names.to_vec()))
}

/// The logs of a day: these objects, one each hour from midnight on.
pub(super) fn logs(account: &str, region: &str, day: Day, objects: &[&str]) -> LogDay {
    let mut log = LogDay::new(account, region, day);
    for object in objects {
        let at = i64::from(events(object).start) / 3;
        let delivered = EventTime((day.first_hour() + at) * 3_600_000);
        let held = Held { bytes: 100, records: 6, calls: 5, unreadable: 1 };
        log.add(ObjectId::of(object, "version"), delivered, &held);
    }
    log
}

/// The day of [`HOUR`].
pub(super) fn day() -> Day {
    Day::of_hour(HOUR)
}

pub(super) fn aside(object: &str, reason: &str, second: i64) -> AsideObject {
    let at = Timestamp::from_second(1_795_000_000 + second).unwrap();
    AsideObject { object: object.to_owned(), reason: reason.to_owned(), at }
}

/// A query for an account's hours.
pub(super) fn of(account: &str, from: i64, to: i64) -> UsageQuery {
    UsageQuery { account: Some(account.to_owned()), from, to }
}

/// Every item of an answer, in pages of at most `limit`, which `ask` asks for.
pub(super) async fn pages<T, F>(limit: usize, ask: impl Fn(Option<String>) -> F) -> Vec<T>
where
    F: Future<Output = Result<Answer<T>, PortError>>,
{
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let answer = ask(after.clone()).await.unwrap();
        assert!(answer.items.len() <= limit, "a page of {} for {limit}", answer.items.len());
        items.extend(answer.items);
        match answer.next {
            None => return items,
            next => {
                assert_ne!(after, next, "the same place again would never end");
                after = next;
            }
        }
    }
}

pub(super) async fn hours(store: &dyn UsageStore, query: &UsageQuery, limit: usize) -> Vec<Hour> {
    pages(limit, |after| async move { store.hours(query, after.as_deref(), limit).await }).await
}

pub(super) async fn log_days(
    store: &dyn UsageStore,
    query: &UsageQuery,
    limit: usize,
) -> Vec<LogDay> {
    pages(limit, |after| async move { store.log_days(query, after.as_deref(), limit).await }).await
}

pub(super) async fn asides(store: &dyn UsageStore, limit: usize) -> Vec<AsideObject> {
    pages(limit, |after| async move { store.set_aside_objects(after.as_deref(), limit).await })
        .await
}

/// What readers see of a store: two stores in the same state are equal.
#[derive(Debug, PartialEq)]
pub(super) struct State {
    hours: Vec<Hour>,
    logs: Vec<LogDay>,
    aside: Vec<AsideObject>,
    totals: Counters,
}

impl State {
    pub(super) async fn of(store: &dyn UsageStore) -> Self {
        let all = UsageQuery::default();
        Self {
            hours: hours(store, &all, 100).await,
            logs: log_days(store, &all, 100).await,
            aside: asides(store, 100).await,
            totals: store.usage_totals().await.unwrap(),
        }
    }
}

/// Repeats a call until it is not busy any more, as a worker does.
pub(super) async fn insist<T, F>(call: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, PortError>>,
{
    loop {
        match call().await {
            Err(error) if error.is_passing() => {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            done => return done.expect("a store that is not busy answers"),
        }
    }
}
