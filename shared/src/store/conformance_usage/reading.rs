//! Cases: what readers ask of cells.

use super::Subject;
use super::act::{ACCOUNT, HOUR, OTHER, aside, cell_of, day, hours, logs, of};
use crate::port::{UsageQuery, UsageStore};
use crate::usage::hour::Hour;

/// Cells of two accounts and five hours, saved in no order; returned in theirs.
async fn ten(store: &dyn UsageStore) -> Vec<Hour> {
    let mut cells: Vec<Hour> = (0..5)
        .flat_map(|n| [OTHER, ACCOUNT].map(|account| cell_of(account, HOUR - n * 7, &["a"])))
        .collect();
    for cell in &cells {
        store.save_hour(cell).await.unwrap();
    }
    cells.sort_by_key(|cell| (cell.account().to_owned(), cell.hour()));
    cells
}

pub(super) async fn cells_are_read_in_their_order(subject: Subject) {
    let cells = ten(subject.store()).await;
    for limit in [1, 3, 10, 100] {
        let found = hours(subject.store(), &UsageQuery::default(), limit).await;
        assert_eq!(found, cells, "in pages of {limit}");
    }
}

pub(super) async fn cells_are_asked_for_by_account_and_time(subject: Subject) {
    let cells = ten(subject.store()).await;
    let queries = [
        of(ACCOUNT, i64::MIN, i64::MAX),
        of(OTHER, HOUR - 14, HOUR),
        of(OTHER, HOUR - 13, HOUR + 1),
        of(ACCOUNT, HOUR, HOUR),
        of("999999999999", i64::MIN, i64::MAX),
        UsageQuery { account: None, from: HOUR - 7, to: HOUR + 1 },
    ];
    for query in queries {
        let wanted: Vec<&Hour> = cells
            .iter()
            .filter(|cell| query.account.as_ref().is_none_or(|wanted| wanted == cell.account()))
            .filter(|cell| (query.from..query.to).contains(&cell.hour()))
            .collect();
        for limit in [1, 100] {
            let found = hours(subject.store(), &query, limit).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{query:?}");
        }
    }
}

pub(super) async fn what_cells_were_made_of_is_told(subject: Subject) {
    let store = subject.store();
    let cells = [["a", "b"], ["b", "d"], ["a", "c"]];
    for (hour, objects) in (HOUR..).zip(&cells) {
        store.save_hour(&cell_of(ACCOUNT, hour, objects)).await.unwrap();
    }
    store.save_hour(&cell_of(OTHER, HOUR, &["c"])).await.unwrap();
    let found = store.objects(ACCOUNT, HOUR, HOUR + 2).await.unwrap();
    let expected = [HOUR, HOUR + 1].map(|hour| {
        let objects = &cells[usize::try_from(hour - HOUR).unwrap()];
        (hour, cell_of(ACCOUNT, hour, objects).objects().clone())
    });
    assert_eq!(found, expected);
    assert_eq!(found[1].1.far(), ["d"]);
    assert_eq!(store.objects("999999999999", HOUR, HOUR + 2).await.unwrap(), []);
}

pub(super) async fn accounts_are_those_with_cells(subject: Subject) {
    let store = subject.store();
    assert_eq!(store.usage_accounts().await.unwrap(), Vec::<String>::new());
    ten(store).await;
    store.save_log_day(&logs("999999999999", "eu-west-1", day(), &["a"])).await.unwrap();
    assert_eq!(store.usage_accounts().await.unwrap(), [ACCOUNT, OTHER]);
}

pub(super) async fn totals_are_sums(subject: Subject) {
    let store = subject.store();
    let names = |totals: &crate::model::Counters| -> Vec<(String, u64)> {
        totals.iter().map(|(name, count)| (name.clone(), *count)).collect()
    };
    let empty = store.usage_totals().await.unwrap();
    assert_eq!(empty.len(), 9);
    assert!(names(&empty).iter().all(|(_, count)| *count == 0), "{empty:?}");
    // Two objects share an event: ten calls in the logs, seven events.
    store.save_hour(&cell_of(ACCOUNT, HOUR, &["a", "b"])).await.unwrap();
    store.save_log_day(&logs(ACCOUNT, "eu-west-1", day(), &["a"])).await.unwrap();
    store.save_log_day(&logs(ACCOUNT, "us-east-1", day(), &["b"])).await.unwrap();
    store.set_aside(&aside("x", "not gzip", 1)).await.unwrap();
    let expected = [
        ("logs.bytes", 200),
        ("logs.calls", 10),
        ("logs.objects", 2),
        ("logs.records", 12),
        ("logs.set_aside", 1),
        ("logs.unreadable", 2),
        ("usage.cells", 1),
        ("usage.duplicates", 3),
        ("usage.events", 7),
    ];
    let expected = expected.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(names(&store.usage_totals().await.unwrap()), expected);
}
