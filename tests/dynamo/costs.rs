//! What each path costs in requests and items, and what 50,000 entities cost.

use std::collections::BTreeMap;
use std::future::Future;

use accesstrail_shared::model::{Counters, RunId, Status, Unit};
use accesstrail_shared::port::Store as _;
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::testing::sample::{self, ACCOUNT, at, lease, sighting};
use accesstrail_tests::dynamo::Table;

use super::{complete, page, unit, user};

/// The difference that a call makes to the store's own costs.
pub(super) async fn cost<T>(
    store: &DynamoStore,
    call: impl Future<Output = T>,
) -> BTreeMap<String, u64> {
    let before = store.cost();
    call.await;
    let spent = |(name, count): (String, u64)| {
        let spent = count - before[&name];
        (name.trim_start_matches("store.").to_owned(), spent)
    };
    store.cost().into_iter().map(spent).filter(|(name, _)| !name.contains("capacity")).collect()
}

pub(super) fn costs(requests: u64, read: u64, written: u64, bodies: u64) -> BTreeMap<String, u64> {
    [
        ("requests", requests),
        ("read_items", read),
        ("written_items", written),
        ("bodies_written", bodies),
    ]
    .into_iter()
    .map(|(name, count)| (name.to_owned(), count))
    .collect()
}

/// What README.md says that each path costs.
#[tokio::test]
async fn every_path_has_its_cost() {
    let table = Table::create().await;
    let store = table.store();
    let (unit, none) = (unit(), Counters::new());
    let (working, ending) = (lease("w", 0, 60), lease("w", 20, 60));
    let hundred = |run: &RunId, second| page(run, 0, (0..100).map(user).collect(), second);
    let run = sample::run(0);
    let units: Vec<Unit> = (0..50).map(|n| sample::unit(ACCOUNT, &format!("c-{n}"))).collect();
    let all: Vec<Unit> = units.iter().cloned().chain([unit.clone()]).collect();
    // Begin and open, and 25 units a request.
    assert_eq!(cost(&store, store.open_run(&run, &all)).await, costs(2 + 3, 0, 2 + 51, 0));
    // The first call of a process about a run reads the run.
    let claim = store.claim_unit(&run.id, &unit, &working);
    assert_eq!(cost(&store, claim).await, costs(2, 1, 1, 0));
    // New: 1 request reads 100, 1 the last look at their scope, 2 write 50 with their changes; once for
    // each kind of a scope its place; for each page its marks and the cursor.
    let first = hundred(&run.id, 5);
    assert_eq!(cost(&store, store.save_page(&first)).await, costs(1 + 1 + 2 + 1 + 2, 0, 203, 100));
    // Unchanged: 1 request reads 100; marks and cursor.
    let same = hundred(&run.id, 6);
    assert_eq!(cost(&store, store.save_page(&same)).await, costs(1 + 2, 100, 2, 0));
    // The unit, the run, the coverage of the run and the latest of each scope; then the progress.
    let seen = [complete(&run.id, 10)];
    let end = store.end_unit(&run.id, &unit, &seen, &none);
    assert_eq!(cost(&store, end).await, costs(2, 1, 4, 0));
    // The run and the heads of the scope, all of them observed by this run; the look before and this one.
    let settle = store.settle_scope(&run.id, &seen[0]);
    assert_eq!(cost(&store, settle).await, costs(2 + 2, 1 + 100, 1, 0));
    for unit in &units {
        store.end_unit(&run.id, unit, &[], &none).await.unwrap();
    }
    let closing = store.claim_closing(&run.id, &ending);
    assert_eq!(cost(&store, closing).await, costs(1, 0, 1, 0));
    let close = store.close_run(&run.id, at(30), &none);
    assert_eq!(cost(&store, close).await, costs(1, 0, 1, 0));

    let next = sample::run(100);
    store.open_run(&next, std::slice::from_ref(&unit)).await.unwrap();
    let ninety = page(&next.id, 0, (0..90).map(user).collect(), 105);
    // The first call about the run reads it; then as above.
    assert_eq!(cost(&store, store.save_page(&ninety)).await, costs(1 + 1 + 2, 1 + 90, 2, 0));
    // Now the unit and the marks, too; then the contents of what is gone, and one transaction.
    let seen = complete(&next.id, 110);
    let settle = store.settle_scope(&next.id, &seen);
    assert_eq!(cost(&store, settle).await, costs(6 + 2, 1 + 100 + 1 + 1 + 1 + 10, 22, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: measures 50,000 entities, twice"]
#[expect(clippy::print_stdout, reason = "what it is for")]
async fn fifty_thousand_entities() {
    let table = Table::create().await;
    let store = table.store();
    let units: Vec<Unit> = (0..50).map(|n| sample::unit(ACCOUNT, &format!("c-{n}"))).collect();
    for (round, second) in [("first", 0), ("again", 100)] {
        let run = sample::run(second);
        store.open_run(&run, &units).await.unwrap();
        let (began, before) = (std::time::Instant::now(), store.cost());
        for unit in &units {
            let scope = unit.scope("principals");
            let role =
                |n| sample::role(ACCOUNT, &format!("role-{n}"), &format!("AROAEXAMPLE{n:04}"));
            let seen = (0..1000).map(|n| sighting(&scope, role(n), second + 5)).collect();
            store.save_page(&sample::page(&run.id, unit, 0, seen)).await.unwrap();
        }
        println!("{round}: {:?}, {}", began.elapsed(), spent(&before, &store.cost()));
        let (began, before) = (std::time::Instant::now(), store.cost());
        for unit in &units {
            let seen = [sample::coverage(
                &unit.scope("principals"),
                &run.id,
                Status::Complete,
                second + 10,
            )];
            store.end_unit(&run.id, unit, &seen, &Counters::new()).await.unwrap();
            assert_eq!(store.settle_scope(&run.id, &seen[0]).await.unwrap(), 0);
        }
        store.close_run(&run.id, at(second + 20), &Counters::new()).await.unwrap();
        println!("  end, settle: {:?}, {}", began.elapsed(), spent(&before, &store.cost()));
    }
}

fn spent(before: &Counters, after: &Counters) -> String {
    let spent = |(name, count): (&String, &u64)| format!("{name} {}", count - before[name]);
    after.iter().map(spent).collect::<Vec<_>>().join(", ")
}
