//! Usage in DynamoDB: cells that no item can hold, faults between any two requests, names that no key can hold.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use accesstrail_shared::model::activity::{
    Activity, Caller, Category, EventId, EventTime, Outcome,
};
use accesstrail_shared::model::{Counters, Timestamp};
use accesstrail_shared::port::{
    AsideObject, PortError, SavedCell, Store as _, UsageQuery, UsageStore,
};
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::store::key::{self, Key, attribute, usage as keys};
use accesstrail_shared::testing::proxy::{Fault, Match, Plan, Proxy};
use accesstrail_shared::testing::sample::ACCOUNT;
use accesstrail_shared::usage::coverage::{Held, LogDay};
use accesstrail_shared::usage::day::Day;
use accesstrail_shared::usage::fold::HourFold;
use accesstrail_shared::usage::hour::Hour;
use accesstrail_shared::usage::object::{ObjectId, ObjectSet};
use accesstrail_tests::dynamo::{Table, client};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{again, set, text};

/// 2026-11-29T08.
pub(super) const HOUR: i64 = 498_872;

/// What a part holds at most.
const PART: usize = 390 * 1024;

fn objects(count: u64) -> ObjectSet {
    ObjectSet::new((0..count).map(ObjectId), Vec::new())
}

/// A cell of an hour, made of the first `count` objects: each takes 8 bytes. What it counts depends on them.
pub(super) fn cell_of(account: &str, hour: i64, count: u64) -> Hour {
    let mut fold = HourFold::new(account, hour);
    for id in 0..=count % 50 {
        fold.add(&Activity {
            account: Cow::Borrowed(account),
            id: EventId(id.into()),
            time: EventTime(hour * 3_600_000 + 1),
            principal: Cow::Owned(format!("arn:aws:iam::{ACCOUNT}:role/role-{id}")),
            human: None,
            source: Cow::Borrowed("s3.amazonaws.com"),
            name: Cow::Borrowed("GetObject"),
            outcome: Outcome::Success,
            category: Category::Data,
            region: Cow::Borrowed("eu-west-1"),
            source_ip: Cow::Borrowed("192.0.2.1"),
            caller: Caller::Sdk,
            access_key: None,
            resources: Vec::new(),
        });
    }
    fold.finish(objects(count))
}

pub(super) fn cell(count: u64) -> Hour {
    cell_of(ACCOUNT, HOUR, count)
}

pub(super) fn log(count: u64) -> LogDay {
    let mut log = LogDay::new(ACCOUNT, "eu-west-1", Day::of_hour(HOUR));
    log.held = Held { bytes: count * 100, records: count * 3, calls: count * 2, unreadable: 0 };
    log.hours = 1;
    log.objects = objects(count);
    log
}

pub(super) fn aside(object: &str) -> AsideObject {
    let at = Timestamp::from_second(1_795_000_000).unwrap();
    AsideObject { object: object.to_owned(), reason: "not gzip".to_owned(), at }
}

async fn hours(store: &dyn UsageStore) -> Vec<Hour> {
    let (mut all, mut after): (Vec<Hour>, Option<String>) = (Vec::new(), None);
    loop {
        let page = store.hours(&UsageQuery::default(), after.as_deref(), 100).await.unwrap();
        all.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

/// The sort keys of all parts in the partition of the cells above, and how large they are.
async fn parts(table: &Table) -> Vec<(String, usize)> {
    let partition = keys::cell(ACCOUNT, HOUR).partition;
    let pages = table
        .client()
        .query()
        .table_name(&table.name)
        .key_condition_expression("#p = :p AND begins_with(#s, :s)")
        .expression_attribute_names("#p", attribute::PARTITION)
        .expression_attribute_names("#s", attribute::SORT)
        .expression_attribute_values(":p", text(partition))
        .expression_attribute_values(":s", text("part#"))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<HashMap<String, AttributeValue>>, _>>()
        .await
        .unwrap();
    let size = |item: &HashMap<String, AttributeValue>| {
        item[attribute::BODY].as_b().unwrap().as_ref().len()
    };
    pages.iter().map(|item| (item[attribute::SORT].as_s().unwrap().clone(), size(item))).collect()
}

#[tokio::test]
async fn cells_of_every_size_come_back_and_leave_nothing_behind() {
    let table = Table::create().await;
    let store = table.store();
    // Below and above what an item holds, up to 2 MB.
    for kilobytes in [1, 350, 389, 391, 400, 780, 1_000, 2_000] {
        let cell = cell(kilobytes * 1_024 / 8);
        assert_eq!(store.save_hour(&cell).await.unwrap(), SavedCell::Written, "{kilobytes}");
        let before = store.cost()["store.written_items"];
        assert_eq!(store.save_hour(&cell).await.unwrap(), SavedCell::Unchanged, "{kilobytes}");
        assert_eq!(store.cost()["store.written_items"], before);
        assert_eq!(hours(&store).await, std::slice::from_ref(&cell), "{kilobytes}");
        let found = store.objects(ACCOUNT, HOUR, HOUR + 1).await.unwrap();
        assert_eq!(found, [(HOUR, cell.objects().clone())]);
        let parts = parts(&table).await;
        let sizes = parts.iter().map(|(_, size)| *size);
        if kilobytes < 390 {
            assert_eq!(parts, []);
        } else {
            let whole = accesstrail_shared::usage::form::write(&cell).unwrap().len();
            assert_eq!((parts.len(), sizes.sum::<usize>()), (whole.div_ceil(PART), whole));
        }
    }
    assert_eq!(store.save_hour(&cell(5)).await.unwrap(), SavedCell::Conflict);
    assert_eq!(store.usage_totals().await.unwrap()["usage.cells"], 1);
    let (small, large) = (log(10), log(100_000));
    for log in [&small, &large] {
        assert_eq!(store.save_log_day(log).await.unwrap(), SavedCell::Written);
        assert_eq!(store.save_log_day(log).await.unwrap(), SavedCell::Unchanged);
        let found = store.log_days(&UsageQuery::default(), None, 9).await.unwrap();
        assert_eq!(found.items, std::slice::from_ref(log));
    }
    assert_eq!(store.save_log_day(&small).await.unwrap(), SavedCell::Conflict);
}

#[tokio::test]
async fn many_large_cells_are_read_in_several_pages() {
    let table = Table::create().await;
    let store = table.store();
    let cells: Vec<Hour> = (0..6).map(|n| cell_of(ACCOUNT, HOUR + n, 250_000)).collect();
    for cell in &cells {
        store.save_hour(cell).await.unwrap();
    }
    let first = store.hours(&UsageQuery::default(), None, 100).await.unwrap();
    assert!(first.items.len() < cells.len() && first.next.is_some());
    assert_eq!(hours(&store).await, cells);
}

/// While one writer replaces a large cell over and over, readers find one of its states, and none that is older than
/// what they found before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_never_see_a_mixture() {
    let table = Table::create().await;
    let store = Arc::new(table.store());
    let state = |n: u64| cell(60_000 + n * 997);
    store.save_hour(&state(0)).await.unwrap();
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for n in 1..12 {
                assert_eq!(store.save_hour(&state(n)).await.unwrap(), SavedCell::Written);
            }
        })
    };
    let (mut latest, mut reads) = (0, 0);
    while latest < 11 {
        let found = hours(&*table_store(&store)).await;
        let count = found[0].objects().len() as u64;
        let n = (count - 60_000) / 997;
        assert_eq!(found, [state(n)]);
        assert!(n >= latest, "{n} after {latest}");
        latest = n;
        reads += 1;
    }
    writer.await.unwrap();
    assert!(reads > 2, "{reads}");
    assert_eq!(parts(&table).await.len(), 2);
}

fn table_store(store: &Arc<DynamoStore>) -> Arc<dyn UsageStore> {
    Arc::<DynamoStore>::clone(store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_large_cells_unite_their_objects() {
    let table = Table::create().await;
    let of = |writers: &[u64]| {
        let ids =
            writers.iter().flat_map(|writer| (0..30_000).map(move |n| ObjectId(n * 4 + writer)));
        cell(7).with_objects(ObjectSet::new(ids, Vec::new()))
    };
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let store = table.store();
        tasks.spawn(async move {
            let mut known = vec![writer];
            for _ in 0..50 {
                match store.save_hour(&of(&known)).await {
                    Ok(SavedCell::Conflict) => {
                        let found = store.objects(ACCOUNT, HOUR, HOUR + 1).await.unwrap();
                        let is_in = |n: &u64| *n == writer || found[0].1.contains(ObjectId(*n));
                        known = (0..4).filter(is_in).collect();
                    }
                    Ok(_) => return,
                    Err(error) => assert!(error.is_passing(), "{error:?}"),
                }
            }
            panic!("a writer has its turn at last");
        });
    }
    tasks.join_all().await;
    assert_eq!(hours(&table.store()).await, [of(&[0, 1, 2, 3])]);
}

/// What a reader can know.
async fn everything(
    store: &dyn UsageStore,
) -> (Vec<Hour>, Vec<LogDay>, Vec<AsideObject>, Counters) {
    let logs = store.log_days(&UsageQuery::default(), None, 100).await.unwrap().items;
    let aside = store.set_aside_objects(None, 100).await.unwrap().items;
    (hours(store).await, logs, aside, store.usage_totals().await.unwrap())
}

/// A worker's writes, with cells that become large and larger. Each is repeated until it succeeds.
async fn work(store: &dyn UsageStore) {
    again(|| async { store.set_aside(&aside("a")).await }).await;
    again(|| async { store.set_aside(&aside("b")).await }).await;
    for count in [3, 50_001, 60_002] {
        let cell = cell(count);
        assert_ne!(again(|| store.save_hour(&cell)).await, SavedCell::Conflict);
    }
    for count in [3, 4] {
        let log = log(count);
        assert_ne!(again(|| store.save_log_day(&log)).await, SavedCell::Conflict);
    }
    again(|| store.clear_set_aside("a")).await;
}

/// After any request that DynamoDB carried out, or did not, the worker may end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_at_any_request_ends_in_the_same_usage() {
    let table = Table::create().await;
    work(&table.store()).await;
    let expected = everything(&table.store()).await;
    let mut met = 0;
    for fault in [Fault::DropAfter, Fault::Status(500)] {
        for nth in 1..=60 {
            let table = Table::create().await;
            let plan = Plan::default().rule(Match::any().nth(nth), fault.clone());
            let proxy = Proxy::start(&table.endpoint, plan).await.unwrap();
            let client = client(proxy.endpoint(), RetryConfig::disabled());
            work(&DynamoStore::new(client, &table.name)).await;
            assert_eq!(everything(&table.store()).await, expected, "{fault:?} at {nth}");
            if u64::try_from(proxy.calls().len()).unwrap() < nth {
                break;
            }
            met += 1;
            if parts(&table).await.len() > 2 {
                // Whatever parts were left behind are gone with the next replacement.
                table.store().save_hour(&cell(70_003)).await.unwrap();
                assert_eq!(parts(&table).await.len(), 2, "{fault:?} at {nth}");
            }
        }
    }
    assert!(met > 30, "{met} faults were met");
}

/// A worker that ends between the parts and the head leaves the cell as it was.
#[tokio::test]
async fn parts_without_a_head_are_not_read() {
    let table = Table::create().await;
    table.store().save_hour(&cell(100)).await.unwrap();
    let plan = Plan::default().rule(Match::action("dynamodb:PutItem"), Fault::Status(500));
    let proxy = Proxy::start(&table.endpoint, plan).await.unwrap();
    let store = DynamoStore::new(client(proxy.endpoint(), RetryConfig::disabled()), &table.name);
    assert!(store.save_hour(&cell(60_000)).await.unwrap_err().is_passing());
    assert_eq!(parts(&table).await.len(), 2);
    assert_eq!(hours(&store).await, [cell(100)]);
    assert_eq!(table.store().save_hour(&cell(70_000)).await.unwrap(), SavedCell::Written);
    assert_eq!(hours(&store).await, [cell(70_000)]);
    assert_eq!(parts(&table).await.len(), 2);
}

#[tokio::test]
async fn the_first_cell_of_a_period_is_tried_again() {
    let table = Table::create().await;
    let refused = serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{ "Code": "TransactionConflict" }, { "Code": "None" }],
    });
    let conflict = serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
        "Message": "Transaction is ongoing for the item",
    });
    let answer = |body: &serde_json::Value| Fault::Answer {
        status: 400,
        body: body.to_string().into(),
        content_type: "application/x-amz-json-1.0".to_owned(),
    };
    let plan = Plan::default()
        .rule(Match::action("dynamodb:TransactWriteItems").nth(1), answer(&refused))
        .rule(Match::action("dynamodb:PutItem").nth(1), answer(&conflict));
    let proxy = Proxy::start(&table.endpoint, plan).await.unwrap();
    let client = client(proxy.endpoint(), RetryConfig::disabled());
    let store = DynamoStore::new(client, &table.name);
    for count in [1, 2] {
        assert_eq!(store.save_hour(&cell(count)).await.unwrap(), SavedCell::Written);
    }
    assert_eq!(store.usage_accounts().await.unwrap(), [ACCOUNT]);
    assert_eq!(hours(&store).await, [cell(2)]);
}

#[tokio::test]
async fn damage_is_named_and_nothing_is_written_over_it() {
    let table = Table::create().await;
    let store = table.store();
    let place = keys::cell(ACCOUNT, HOUR);
    let bytes = |bytes: &[u8]| AttributeValue::B(Blob::new(bytes));
    store.save_hour(&cell(3)).await.unwrap();
    let good = accesstrail_shared::usage::form::write(&cell(3)).unwrap();
    let newer = [&[2], &good[1..]].concat();
    for (body, is_newer) in [
        (bytes(&[0; 40]), false),
        (text("text"), false),
        (bytes(&[1]), false),
        (bytes(&newer), true),
    ] {
        set(&table, Key::clone(&place), attribute::BODY, body).await;
        let errors = [
            store.hours(&UsageQuery::default(), None, 9).await.map(drop),
            store.objects(ACCOUNT, HOUR, HOUR + 1).await.map(drop),
            store.save_hour(&cell(3)).await.map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            match error {
                PortError::Newer { found: 2, known: 1, .. } => assert!(is_newer),
                PortError::Corrupt { item, .. } => assert!(item.contains(&place.sort), "{item}"),
                other => panic!("{other:?}"),
            }
        }
    }
    // A part that is gone although the head names it.
    let large = cell_of(ACCOUNT, HOUR + 1, 60_000);
    store.save_hour(&large).await.unwrap();
    let gone = parts(&table).await[1].0.clone();
    let delete = table.client().delete_item().table_name(&table.name);
    let delete = delete.key(attribute::PARTITION, text(place.partition));
    delete.key(attribute::SORT, text(gone)).send().await.unwrap();
    let error = store.objects(ACCOUNT, HOUR + 1, HOUR + 2).await.unwrap_err();
    assert!(matches!(error, PortError::Corrupt { .. }), "{error:?}");
}

#[tokio::test]
async fn names_that_no_key_can_hold_come_back() {
    let table = Table::create().await;
    let store = table.store();
    let long = |end: &str| format!("{}{end}", "é#/|~%".repeat(300));
    let mut cells: Vec<Hour> = ["a", "b"].map(|end| cell_of(&long(end), HOUR, 3)).to_vec();
    cells.push(cell_of("a|b#c", i64::MIN / 3_600_000 + 1, 3));
    let mut days = Vec::new();
    for cell in &cells {
        store.save_hour(cell).await.unwrap();
        days.extend(["a", "b"].map(|end| LogDay {
            account: cell.account().to_owned(),
            region: long(end),
            ..log(2)
        }));
    }
    for day in &days {
        store.save_log_day(day).await.unwrap();
    }
    cells.sort_by_key(|cell| cell.account().to_owned());
    assert_eq!(hours(&store).await, cells);
    let mut after = None;
    let mut found = Vec::new();
    for _ in 0..=days.len() {
        let page = store.log_days(&UsageQuery::default(), after.as_deref(), 1).await.unwrap();
        found.extend(page.items);
        after = page.next;
    }
    assert_eq!((found.len(), after), (days.len(), None));
    assert!(days.iter().all(|day| found.contains(day)));
    let objects = ["a", "b"].map(|end| aside(&long(end)));
    for object in &objects {
        store.set_aside(object).await.unwrap();
    }
    let aside = store.set_aside_objects(None, 9).await.unwrap().items;
    assert!(aside.len() == 2 && objects.iter().all(|object| aside.contains(object)));
    assert!(store.clear_set_aside(&long("a")).await.unwrap());
}

#[tokio::test]
async fn a_foreign_place_is_refused() {
    let store = Table::create().await.store();
    let all = UsageQuery::default();
    let elsewhere = key::cursor(&keys::aside("a"));
    for place in ["?", "", "a|b", &elsewhere] {
        for refused in [
            store.hours(&all, Some(place), 9).await.map(drop),
            store.log_days(&all, Some(place), 9).await.map(drop),
            store.set_aside_objects(Some(place), 9).await.map(drop),
        ] {
            assert!(matches!(refused, Err(PortError::Failed { .. })), "{place}: {refused:?}");
        }
    }
}
