//! Opening: every wrong thing at the path has its own answer.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::super::SqliteStore;
use super::{chain, names, somewhere, tool};
use crate::model::{Counters, Scope};
use crate::port::{Delivery, Opened, PortError, Query, Store as _};
use crate::testing::sample::{self, ACCOUNT, at, lease, sighting};

fn both(path: &Path) -> [PortError; 2] {
    [SqliteStore::open(path).unwrap_err(), SqliteStore::open_read_only(path).unwrap_err()]
}

/// Makes a store with one user in it, and closes it.
async fn with_a_user(path: &Path) -> Scope {
    let store = SqliteStore::open(path).unwrap();
    let (run, unit) = (sample::run(0), sample::unit(ACCOUNT, "iam-authorization"));
    store.open_run(&run, std::slice::from_ref(&unit)).await.unwrap();
    let scope = unit.scope("principals");
    let user = sample::user(ACCOUNT, "ana", "AIDAEXAMPLEANA");
    let page = sample::page(&run.id, &unit, 0, vec![sighting(&scope, user, 5)]);
    store.save_page(&page).await.unwrap();
    scope
}

async fn count(store: &SqliteStore) -> usize {
    store.entities(&Query::default(), None, 100).await.unwrap().items.len()
}

#[test]
fn nothing_to_read_names_the_next_step() {
    let (_folder, path) = somewhere();
    let error = SqliteStore::open_read_only(&path).unwrap_err();
    assert!(matches!(error, PortError::Missing { .. }), "{error:?}");
    let expected = format!(
        "the store `{}` does not exist: run `accesstrail collect` or `accesstrail demo` first",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
    assert!(!path.exists());
}

#[test]
fn an_empty_file_is_nothing_to_read_and_a_place_to_write() {
    let (_folder, path) = somewhere();
    fs::write(&path, "").unwrap();
    let error = SqliteStore::open_read_only(&path).unwrap_err();
    assert!(matches!(error, PortError::Missing { .. }), "{error:?}");
    SqliteStore::open(&path).unwrap();
    SqliteStore::open_read_only(&path).unwrap();
}

#[test]
fn a_folder_is_not_a_store() {
    let (folder, _) = somewhere();
    for error in both(folder.path()) {
        assert!(chain(&error).ends_with("it is a folder, name a file in it"), "{}", chain(&error));
    }
}

#[test]
fn without_its_folder_there_is_no_store() {
    let (folder, _) = somewhere();
    let error = SqliteStore::open(&folder.path().join("missing").join("x.db")).unwrap_err();
    assert!(matches!(error, PortError::Missing { .. }), "{error:?}");
}

#[test]
fn a_path_below_a_file_leads_nowhere() {
    let (folder, path) = somewhere();
    fs::write(&path, "text").unwrap();
    for error in both(&path.join("x.db")) {
        let expected = matches!(error, PortError::Failed { .. } | PortError::Missing { .. });
        assert!(expected, "{error:?}");
    }
    assert_eq!(names(folder.path()), ["inventory.db"]);
}

#[test]
fn what_is_not_sqlite_is_left_as_it_is() {
    for content in ["x".repeat(5000), "short".to_owned(), "{\"json\": true}".repeat(100)] {
        let (folder, path) = somewhere();
        fs::write(&path, &content).unwrap();
        for error in both(&path) {
            assert!(matches!(error, PortError::Corrupt { .. }), "{error:?}");
            assert!(error.to_string().contains("not an SQLite database"), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        assert_eq!(names(folder.path()), ["inventory.db"]);
    }
}

#[test]
fn the_database_of_another_program_is_left_as_it_is() {
    for sql in [
        "CREATE TABLE entity (name TEXT)",
        "CREATE TABLE meta (name TEXT)",
        "CREATE TABLE meta (key TEXT, value TEXT); INSERT INTO meta VALUES ('format', '1')",
    ] {
        let (_folder, path) = somewhere();
        tool(&path).execute_batch(sql).unwrap();
        let before = fs::read(&path).unwrap();
        for error in both(&path) {
            assert!(chain(&error).contains("of another program"), "{}", chain(&error));
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn what_a_newer_program_wrote_is_refused() {
    let (_folder, path) = somewhere();
    with_a_user(&path).await;
    tool(&path).execute("UPDATE meta SET value = '8'", []).unwrap();
    for error in both(&path) {
        assert!(matches!(error, PortError::Newer { found: 8, known: 7, .. }), "{error:?}");
    }
    tool(&path).execute("UPDATE meta SET value = 'two'", []).unwrap();
    for error in both(&path) {
        assert!(matches!(error, PortError::Corrupt { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn what_an_older_program_wrote_is_read_as_it_is_and_written_as_the_newer() {
    let drops = [
        "DROP TABLE look;",
        "DROP TABLE delivery;",
        "DROP TABLE usage_hour; DROP TABLE log_day; DROP TABLE log_aside;",
        "DROP TABLE log_run; DROP TABLE log_unit;",
        "DROP TABLE setup_lease; DROP TABLE setup_run; DROP TABLE setup_step; DROP TABLE setup_kept;",
        "DROP TABLE finding;",
    ];
    for older in 1..=drops.len() {
        is_read_and_then_updated(&older.to_string(), &drops[older - 1..].concat()).await;
    }
}

async fn is_read_and_then_updated(older: &str, drop_newer: &str) {
    let (_folder, path) = somewhere();
    let scope = with_a_user(&path).await;
    let text =
        format!("{drop_newer} UPDATE meta SET value = '{older}' WHERE key = 'accesstrail.format'");
    tool(&path).execute_batch(&text).unwrap();
    let reader = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(count(&reader).await, 1);
    assert!(reader.latest_coverage().await.unwrap().is_empty());
    assert_eq!(reader.delivery("a sink", &sample::run(0).id).await.unwrap(), None);
    drop(reader);
    let format = || -> String {
        let query = "SELECT value FROM meta WHERE key = 'accesstrail.format'";
        tool(&path).query_row(query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(format(), older, "a reader does not write");
    let writer = SqliteStore::open(&path).unwrap();
    let page = sample::page(
        &sample::run(0).id,
        &sample::unit(ACCOUNT, "iam-authorization"),
        1,
        vec![sighting(&scope, sample::user(ACCOUNT, "bo", "AIDAEXAMPLEBO"), 6)],
    );
    writer.save_page(&page).await.unwrap();
    assert_eq!(count(&writer).await, 2);
    let delivery = Delivery::new("a sink", &sample::run(0).id);
    writer.save_delivery(&delivery).await.unwrap();
    assert_eq!(writer.delivery("a sink", &delivery.run).await.unwrap(), Some(delivery));
    assert_eq!(format(), "7");
}

#[test]
fn a_store_is_made_once_by_many() {
    let (_folder, path) = somewhere();
    let open = || {
        let path = path.clone();
        std::thread::spawn(move || SqliteStore::open(&path))
    };
    let threads: Vec<_> = (0..8).map(|_| open()).collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
}

#[tokio::test]
async fn any_path_is_a_path() {
    let (folder, _) = somewhere();
    for name in ["with space.db", "what?.db", "a#b%20c.db", "ü🦀.db", "file:x.db", ":memory:"] {
        let path = folder.path().join(name);
        with_a_user(&path).await;
        assert_eq!(count(&SqliteStore::open_read_only(&path).unwrap()).await, 1, "{name}");
    }
}

#[tokio::test]
async fn reading_leaves_nothing_behind() {
    let (folder, path) = somewhere();
    with_a_user(&path).await;
    let before = fs::read(&path).unwrap();
    let store = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(count(&store).await, 1);
    assert_eq!(store.runs(10).await.unwrap().len(), 1);
    assert_eq!(names(folder.path()), ["inventory.db"]);
    drop(store);
    assert_eq!(names(folder.path()), ["inventory.db"]);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_reader_does_not_write() {
    let (_folder, path) = somewhere();
    let scope = with_a_user(&path).await;
    let store = SqliteStore::open_read_only(&path).unwrap();
    let (run, unit) = (sample::run(100), scope.unit());
    let denied = [
        store.open_run(&run, &[]).await.map(drop),
        store.claim_unit(&run.id, &unit, &lease("a", 1, 2)).await.map(drop),
        store.save_page(&sample::page(&run.id, &unit, 0, Vec::new())).await.map(drop),
        store.close_run(&run.id, at(1), &Counters::new()).await,
        store.put_latest_coverage(&[]).await,
    ];
    for error in denied.map(Result::unwrap_err) {
        assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
        assert!(chain(&error).ends_with("was denied: it was opened for reading only"), "{error}");
    }
}

#[tokio::test]
async fn a_reader_is_in_step_with_a_writer() {
    let (folder, path) = somewhere();
    with_a_user(&path).await;
    let reader = SqliteStore::open_read_only(&path).unwrap();
    let writer = SqliteStore::open(&path).unwrap();
    for second in [100, 200] {
        assert_eq!(writer.open_run(&sample::run(second), &[]).await.unwrap(), Opened::New);
        assert_eq!(reader.runs(1).await.unwrap()[0].started, at(second), "while it writes");
    }
    drop(writer);
    assert_eq!(names(folder.path()), ["inventory.db"]);
    assert_eq!(reader.runs(10).await.unwrap().len(), 3, "after it has gone");
}

#[tokio::test]
async fn a_reader_needs_no_shared_memory_when_the_log_is_empty() {
    let (folder, path) = somewhere();
    with_a_user(&path).await;
    // As on a disk that became read-only while the store was open: a log, and no way to share memory.
    fs::write(folder.path().join("inventory.db-wal"), "").unwrap();
    fs::create_dir(folder.path().join("inventory.db-shm")).unwrap();
    assert_eq!(count(&SqliteStore::open_read_only(&path).unwrap()).await, 1);
}

#[tokio::test]
async fn a_file_that_may_not_be_written_is_denied() {
    let (_folder, path) = somewhere();
    with_a_user(&path).await;
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    // Permissions do not apply to root.
    if fs::OpenOptions::new().write(true).open(&path).is_err() {
        let error = SqliteStore::open(&path).unwrap_err();
        assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    }
    assert_eq!(count(&SqliteStore::open_read_only(&path).unwrap()).await, 1);
}

#[test]
fn stores_are_sent_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: Arc<T>) {}
    shared(Arc::new(SqliteStore::in_memory().unwrap()));
}
