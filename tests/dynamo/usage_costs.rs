//! What keeping usage costs, in requests and items, and in write units for a generated corpus.

use std::collections::HashMap;
use std::sync::Arc;

use accesstrail_shared::backfill::{Backfill, Folder, Progress, Window};
use accesstrail_shared::model::Counters;
use accesstrail_shared::port::{Store as _, SystemClock, UsageQuery, UsageStore as _};
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::store::key::attribute;
use accesstrail_shared::testing::trail::{Corpus, Plan};
use accesstrail_tests::dynamo::Table;
use aws_sdk_dynamodb::types::AttributeValue;

use super::costs::{cost, costs};
use super::usage::{HOUR, aside, cell, cell_of, log};

/// What README.md says that each path costs.
#[tokio::test]
async fn every_path_of_usage_has_its_cost() {
    let store = Table::create().await.store();
    let all = UsageQuery::default();
    let account = cell(1).account().to_owned();
    // Of a period the first: the cell and the account are looked for, and written in one transaction.
    assert_eq!(cost(&store, store.save_hour(&cell(1))).await, costs(3, 0, 2, 1));
    // Then one request looks and one writes.
    let next = cell_of(&account, HOUR + 1, 1);
    assert_eq!(cost(&store, store.save_hour(&next)).await, costs(2, 0, 1, 1));
    assert_eq!(cost(&store, store.save_hour(&next)).await, costs(1, 1, 0, 0), "unchanged");
    let more = cell_of(&account, HOUR + 1, 2);
    assert_eq!(cost(&store, store.save_hour(&more)).await, costs(2, 1, 1, 1), "replaced");
    assert_eq!(cost(&store, store.save_hour(&next)).await, costs(1, 1, 0, 0), "a conflict");
    // Two parts: they are written in one request before the cell; then garbage is looked for.
    let large = cell_of(&account, HOUR + 1, 60_000);
    assert_eq!(cost(&store, store.save_hour(&large)).await, costs(4, 1 + 2, 3, 1));
    let larger = cell_of(&account, HOUR + 1, 60_001);
    assert_eq!(cost(&store, store.save_hour(&larger)).await, costs(6, 1 + 2 + 4, 3 + 2, 1));
    assert_eq!(cost(&store, store.save_hour(&larger)).await, costs(1, 1, 0, 0), "unchanged");

    assert_eq!(cost(&store, store.save_log_day(&log(1))).await, costs(3, 1, 2, 1));
    assert_eq!(cost(&store, store.save_log_day(&log(1))).await, costs(1, 1, 0, 0));
    assert_eq!(cost(&store, store.save_log_day(&log(2))).await, costs(2, 1, 1, 1));
    assert_eq!(cost(&store, store.set_aside(&aside("a"))).await, costs(1, 0, 1, 0));
    assert_eq!(cost(&store, store.set_aside(&aside("a"))).await, costs(1, 0, 0, 0));
    // The account, its two cells and its day in the index; what was set aside.
    assert_eq!(cost(&store, store.usage_totals()).await, costs(3, 1 + 3 + 1, 0, 0));
    // Of each folder that may hold some, one request; then one for each.
    let many = ["a", "b", "x/a", "x/b", "x/c"];
    assert_eq!(cost(&store, store.clear_all_set_aside(&many)).await, costs(3, 1, 1, 0));
    assert_eq!(cost(&store, store.clear_set_aside("a")).await, costs(1, 0, 0, 0));
    assert_eq!(cost(&store, store.usage_accounts()).await, costs(1, 1, 0, 0));
    // Two cells, one of two parts; of a day of an account nobody asks for the account.
    assert_eq!(cost(&store, store.objects(&account, HOUR, HOUR + 24)).await, costs(2, 4, 0, 0));
    assert_eq!(cost(&store, store.hours(&all, None, 9)).await, costs(3, 1 + 4, 0, 0));
    assert_eq!(cost(&store, store.log_days(&all, None, 9)).await, costs(2, 1 + 1, 0, 0));
}

/// A kilobyte begun is a write unit, of the item and of its entry in the index.
#[tokio::test]
async fn small_cells_cost_two_write_units() {
    let store = Table::create().await.store();
    store.save_hour(&cell(1)).await.unwrap();
    let mut before = store.cost()["store.write_capacity_tenths"];
    // New, unchanged, replaced by one of as many events, and by one of more.
    for (count, units) in [(2, 2), (2, 0), (52, 1), (53, 3)] {
        store.save_hour(&cell_of(cell(1).account(), HOUR + 1, count)).await.unwrap();
        let after = store.cost()["store.write_capacity_tenths"];
        assert_eq!(after - before, units * 10, "{count}");
        before = after;
    }
}

/// The bytes that count: names and values.
fn size(item: &HashMap<String, AttributeValue>) -> usize {
    let of_value = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::Ns(all) => 3 + all.iter().map(|digits| digits.len() + 1).sum::<usize>(),
        // Usage holds nothing else.
        _ => 0,
    };
    item.iter().map(|(name, value)| name.len() + of_value(value)).sum()
}

/// What is stored: items, their bytes and their kilobytes begun, by what their sort keys begin with.
async fn stored(table: &Table) -> Vec<(String, usize, usize, usize)> {
    let scan = table.client().scan().table_name(&table.name);
    let items = scan.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    let mut kinds: HashMap<String, (usize, usize, usize)> = HashMap::new();
    for item in items {
        let sort = item[attribute::SORT].as_s().unwrap();
        let kind = sort.split('#').next().unwrap().to_owned();
        let (count, bytes, units) = kinds.entry(kind).or_default();
        let size = size(&item);
        (*count, *bytes, *units) = (*count + 1, *bytes + size, *units + size.div_ceil(1_024));
    }
    let mut kinds: Vec<_> = kinds.into_iter().map(|(kind, (a, b, c))| (kind, a, b, c)).collect();
    kinds.sort();
    kinds
}

fn spent(before: &Counters, after: &Counters, name: &str) -> u64 {
    after[name] - before[name]
}

async fn backfilled(name: &str, plan: &Plan) {
    let folder = tempfile::tempdir().unwrap();
    let written = plan.write(folder.path()).unwrap();
    let table = Table::create().await;
    let store = Arc::new(table.store());
    let job = Backfill::new(
        Arc::new(Folder::open(folder.path()).unwrap()),
        Arc::<DynamoStore>::clone(&store),
        Arc::new(SystemClock),
        2,
        8,
    );
    for round in ["first", "again"] {
        let (began, before) = (std::time::Instant::now(), store.cost());
        let done = job.run(&Window::default(), &Arc::new(Progress::default())).await.unwrap();
        let (took, after) = (began.elapsed(), store.cost());
        let of = |name: &str| spent(&before, &after, name);
        let totals = store.usage_totals().await.unwrap();
        let events = totals["usage.events"];
        let units = of("store.write_capacity_tenths").div_ceil(10);
        report(&format!(
            "corpus {name}, {round} ({took:.1?}): {} records, {events} events, {} cells, tally {:?}\n  \
             {} requests, {} items read, {} written, {} read units, {units} write units: 1/{} of one per event",
            written.records,
            totals["usage.cells"],
            done.tally,
            of("store.requests"),
            of("store.read_items"),
            of("store.written_items"),
            of("store.read_capacity_tenths").div_ceil(10),
            events.checked_div(units).unwrap_or_default(),
        ));
    }
    for (kind, count, bytes, units) in stored(&table).await {
        report(&format!("  {kind}: {count} items, {bytes} bytes, {units} kilobytes begun"));
    }
}

#[expect(clippy::print_stdout, reason = "what it is for")]
fn report(text: &str) {
    println!("{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: measures the write units of two backfills"]
async fn write_units_of_a_backfill() {
    backfilled("A", &Corpus::many_small()).await;
    backfilled("B", &Corpus::few_large()).await;
}
