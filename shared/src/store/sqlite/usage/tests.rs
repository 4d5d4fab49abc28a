//! The suite, and what only a file can have.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::model::Timestamp;
use crate::port::Store as _;
use crate::store::conformance_usage::Handles;
use crate::usage::fold::tests::{fold, stream};

mod in_memory {
    use super::*;

    async fn fresh() -> Handles {
        let store = Arc::new(SqliteStore::in_memory().unwrap());
        Handles::new(Arc::<SqliteStore>::clone(&store), store)
    }

    crate::usage_conformance_suite!(fresh);
}

mod in_a_file {
    use super::*;

    async fn fresh() -> Handles {
        let (folder, path) = somewhere();
        let open = || Arc::new(SqliteStore::open(&path).unwrap());
        Handles::new(open(), open()).keeping(folder)
    }

    crate::usage_conformance_suite!(fresh);
}

fn somewhere() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    (folder, path)
}

fn cell(seed: u64) -> Hour {
    fold(&stream(seed, 50)).with_objects(ObjectSet::new([ObjectId(seed)], Vec::new()))
}

fn tool(path: &PathBuf) -> Connection {
    Connection::open(path).unwrap()
}

#[tokio::test]
async fn what_is_unchanged_costs_a_read() {
    let store = SqliteStore::in_memory().unwrap();
    let cost = |name: &str| store.cost()[name];
    store.save_hour(&cell(1)).await.unwrap();
    assert_eq!((cost("store.written_items"), cost("store.bodies_written")), (1, 1));
    for other in [cell(1), cell(2)] {
        assert_ne!(store.save_hour(&other).await.unwrap(), SavedCell::Written);
    }
    assert_eq!((cost("store.written_items"), cost("store.bodies_written")), (1, 1));
    assert_eq!((cost("store.read_items"), cost("store.requests")), (3, 3));
}

#[tokio::test]
async fn a_person_can_read_the_tables() {
    let (_folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    store.save_hour(&cell(1)).await.unwrap();
    let row: (String, String, i64, i64) = tool(&path)
        .query_row("SELECT account, at, objects, events FROM usage_hour", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    assert_eq!(row, ("111122223333".to_owned(), "2026-11-29T08:00:00Z".to_owned(), 1, 50));
}

#[tokio::test]
async fn damage_is_named_and_nothing_is_written_over_it() {
    let (_folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    store.save_hour(&cell(1)).await.unwrap();
    let damage = [
        ("zeroblob(40)", false),
        ("'text'", false),
        ("x'01'", false),
        // A version that this program does not know.
        ("x'02' || substr(body, 2)", true),
    ];
    for (body, newer) in damage {
        let change = format!("UPDATE usage_hour SET body = CAST({body} AS BLOB)");
        let change = if body == "'text'" { "UPDATE usage_hour SET body = 'text'" } else { &change };
        tool(&path).execute(change, []).unwrap();
        let errors = [
            store.hours(&UsageQuery::default(), None, 9).await.map(drop),
            store.objects("111122223333", 0, i64::MAX).await.map(drop),
            store.save_hour(&cell(1)).await.map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            match error {
                PortError::Newer { .. } => assert!(newer),
                PortError::Corrupt { item, .. } => {
                    assert!(item.contains("111122223333 at 2026-11-29T08:00:00Z"), "{item}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_store_without_usage_has_none_and_gets_it() {
    let (_folder, path) = somewhere();
    drop(SqliteStore::open(&path).unwrap());
    let older = "DROP TABLE usage_hour; DROP TABLE log_day; DROP TABLE log_aside;
                 DROP TABLE log_run; DROP TABLE log_unit;
                 UPDATE meta SET value = '3' WHERE key = 'accesstrail.format'";
    tool(&path).execute_batch(older).unwrap();
    let reader = SqliteStore::open_read_only(&path).unwrap();
    let all = UsageQuery::default();
    assert!(reader.hours(&all, None, 9).await.unwrap().items.is_empty());
    assert!(reader.log_days(&all, None, 9).await.unwrap().items.is_empty());
    assert!(reader.set_aside_objects(None, 9).await.unwrap().items.is_empty());
    assert_eq!(reader.usage_totals().await.unwrap()["usage.cells"], 0);
    let format = || -> String {
        let query = "SELECT value FROM meta WHERE key = 'accesstrail.format'";
        tool(&path).query_row(query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(format(), "3", "a reader does not write");
    let writer = SqliteStore::open(&path).unwrap();
    assert_eq!(writer.save_hour(&cell(1)).await.unwrap(), SavedCell::Written);
    assert_eq!(format(), "7");
    assert_eq!(reader.hours(&all, None, 9).await.unwrap().items, [cell(1)]);
}

#[tokio::test]
async fn a_reader_does_not_write() {
    let (_folder, path) = somewhere();
    drop(SqliteStore::open(&path).unwrap());
    let store = SqliteStore::open_read_only(&path).unwrap();
    let (object, reason) = ("a".to_owned(), "gone".to_owned());
    let aside = AsideObject { object, reason, at: Timestamp::UNIX_EPOCH };
    let denied = [
        store.save_hour(&cell(1)).await.map(drop),
        store.save_log_day(&LogDay::new("", "", Day(0))).await.map(drop),
        store.set_aside(&aside).await,
        store.clear_set_aside("a").await.map(drop),
        store.end_log_unit(&"20261129T080000Z".parse().unwrap(), "a", &Counters::new()).await,
    ];
    for error in denied.map(Result::unwrap_err) {
        assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_foreign_place_is_refused() {
    let store = SqliteStore::in_memory().unwrap();
    let all = UsageQuery::default();
    for refused in [
        store.hours(&all, Some("?"), 9).await.map(drop),
        store.log_days(&all, Some("?"), 9).await.map(drop),
        store.set_aside_objects(Some("?"), 9).await.map(drop),
    ] {
        assert!(matches!(refused, Err(PortError::Failed { .. })), "{refused:?}");
    }
}
