//! What is kept: through crashes, beside other processes, and as a person reads it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::super::error::Fault;
use super::super::{Access, SqliteStore};
use super::{chain, somewhere, tool};
use crate::model::{Coverage, Entity, Run, RunId, Scope, Status, Unit};
use crate::port::{Opened, PortError, Query, Saved, Store as _};
use crate::testing::sample::{self, ACCOUNT, at, counters, coverage, sighting, user};

fn unit() -> Unit {
    sample::unit(ACCOUNT, "iam-authorization")
}

fn scope() -> Scope {
    unit().scope("principals")
}

fn users(from: usize, to: usize) -> Vec<Entity> {
    (from..to).map(|n| user(ACCOUNT, &format!("user-{n}"), &format!("AIDAEXAMPLE{n:04}"))).collect()
}

async fn save(store: &SqliteStore, run: &RunId, entities: Vec<Entity>) -> Result<Saved, PortError> {
    let scope = scope();
    let seen = entities.into_iter().map(|entity| sighting(&scope, entity, 5)).collect();
    store.save_page(&sample::page(run, &unit(), 0, seen)).await
}

async fn open_run(store: &SqliteStore) -> Run {
    let run = sample::run(0);
    assert_eq!(store.open_run(&run, &[unit()]).await.unwrap(), Opened::New);
    run
}

async fn count(store: &SqliteStore) -> usize {
    store.entities(&Query::default(), None, 10_000).await.unwrap().items.len()
}

/// The connection that the store writes with.
fn with_connection<T>(store: &SqliteStore, act: impl FnOnce(&mut Connection) -> T) -> T {
    match &store.shared.access {
        Access::Full(connection) => act(&mut connection.lock().unwrap()),
        Access::ReadOnly(_) => panic!("opened for reading"),
    }
}

fn number(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Copies the store as a power cut would leave it: the file and its log, at this moment.
fn copy(path: &Path, to: &Path) {
    fs::copy(path, to).unwrap();
    let log = |path: &Path| format!("{}-wal", path.display());
    fs::copy(log(path), log(to)).unwrap();
}

#[tokio::test]
async fn a_process_that_dies_in_a_transaction_leaves_the_state_before() {
    let (folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    let run = open_run(&store).await;
    save(&store, &run.id, users(0, 10)).await.unwrap();
    let copied = folder.path().join("copied.db");
    with_connection(&store, |connection| {
        // A cache of nothing, so that the transaction reaches the log before it is committed.
        connection.pragma_update(None, "cache_size", 1).unwrap();
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        transaction.execute("UPDATE entity SET deleted = 'never'", []).unwrap();
        transaction.execute("INSERT INTO entity SELECT id + 1000, scope, kind, key || '-2', account, hash, first_seen, last_seen, changed, observed, deleted, form, body FROM entity", []).unwrap();
        copy(&path, &copied);
    });
    let copied = SqliteStore::open(&copied).unwrap();
    assert_eq!(count(&copied).await, 10);
    assert_eq!(save(&copied, &run.id, users(0, 12)).await.unwrap().created, 2);
}

#[tokio::test]
async fn a_process_that_dies_after_a_transaction_leaves_the_state_after() {
    let (folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    let run = open_run(&store).await;
    save(&store, &run.id, users(0, 10)).await.unwrap();
    let copied = folder.path().join("copied.db");
    copy(&path, &copied);
    assert_eq!(count(&SqliteStore::open(&copied).unwrap()).await, 10);
}

#[tokio::test]
async fn what_fails_half_way_is_undone() {
    let store = SqliteStore::in_memory().unwrap();
    open_run(&store).await;
    let failed: Result<(), _> = store
        .write("testing", |db, _| {
            db.execute("DELETE FROM run", [])?;
            Err(Fault::Refused("half way".to_owned()))
        })
        .await;
    assert!(matches!(failed, Err(PortError::Failed { .. })), "{failed:?}");
    let panicked: Result<(), _> = store
        .write("testing", |db, _| {
            db.execute("DELETE FROM run", [])?;
            panic!("half way");
        })
        .await;
    assert!(matches!(panicked, Err(PortError::Failed { .. })), "{panicked:?}");
    assert_eq!(store.runs(10).await.unwrap().len(), 1, "and the store still works");
}

#[tokio::test]
async fn another_writer_makes_it_busy() {
    let (_folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    with_connection(&store, |own| own.busy_timeout(Duration::from_millis(20)).unwrap());
    let mut other = tool(&path);
    let lock = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let error = store.open_run(&sample::run(0), &[]).await.unwrap_err();
    assert!(matches!(error, PortError::Busy { .. }) && error.is_passing(), "{error:?}");
    assert!(store.runs(10).await.unwrap().is_empty(), "readers do not wait");
    drop(lock);
    open_run(&store).await;
}

#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing() {
    let (_folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    let run = open_run(&store).await;
    save(&store, &run.id, users(0, 10)).await.unwrap();
    with_connection(&store, |own| {
        let pages = number(own, "PRAGMA page_count");
        own.pragma_update(None, "max_page_count", pages + 2).unwrap();
    });
    let error = save(&store, &run.id, users(0, 1000)).await.unwrap_err();
    assert!(chain(&error).contains("whose disk is full"), "{}", chain(&error));
    assert_eq!(count(&store).await, 10);
    with_connection(&store, |own| own.pragma_update(None, "max_page_count", 1_000_000).unwrap());
    assert_eq!(save(&store, &run.id, users(0, 1000)).await.unwrap().created, 990);
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_named() {
    let (_folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    let run = open_run(&store).await;
    save(&store, &run.id, users(0, 1)).await.unwrap();
    for sql in [
        "UPDATE entity SET body = '{'",
        "UPDATE entity SET body = '{}'",
        "UPDATE entity SET observed = 'yesterday'",
        "UPDATE entity SET kind = 'person'",
        "UPDATE entity SET scope = 'somewhere'",
        "UPDATE entity SET form = 'one'",
    ] {
        let mut other = tool(&path);
        let before = other.transaction().unwrap();
        before.execute_batch("CREATE TEMP TABLE kept AS SELECT * FROM entity").unwrap();
        before.execute_batch(sql).unwrap();
        before.commit().unwrap();
        let error = store.entities(&Query::default(), None, 10).await.unwrap_err();
        assert!(matches!(error, PortError::Corrupt { .. }), "{sql}: {error:?}");
        assert!(chain(&error).contains("` of "), "{sql}: {}", chain(&error));
        let back = "DELETE FROM entity; INSERT INTO entity SELECT * FROM kept";
        other.execute_batch(back).unwrap();
    }
    tool(&path).execute("UPDATE entity SET form = 2", []).unwrap();
    let error = store.entities(&Query::default(), None, 10).await.unwrap_err();
    assert!(matches!(error, PortError::Newer { found: 2, known: 1, .. }), "{error:?}");
}

#[tokio::test]
async fn a_run_that_crashed_while_it_was_planned_is_planned_again() {
    let (_folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    let run = sample::run(0);
    store.open_run(&run, &[unit().scope("x").unit(), sample::unit(ACCOUNT, "old")]).await.unwrap();
    tool(&path).execute("UPDATE run SET state = 'planning'", []).unwrap();
    assert_eq!(store.open_run(&run, &[unit()]).await.unwrap(), Opened::New);
    assert_eq!(store.pending_units(&run.id).await.unwrap(), [unit()]);
    assert_eq!(store.run(&run.id).await.unwrap().unwrap().planned, 1);
}

#[tokio::test]
async fn what_was_never_planned_is_refused() {
    let store = SqliteStore::in_memory().unwrap();
    let run = sample::run(0).id;
    let complete: Coverage = coverage(&scope(), &run, Status::Complete, 10);
    let none = counters("calls", 1);
    let refused = [
        store.end_unit(&run, &unit(), &[], &none).await.map(drop),
        store.settle_scope(&run, &complete).await.map(drop),
        store.close_run(&run, at(1), &none).await,
        store.entities(&Query::default(), Some("no token"), 1).await.map(drop),
        store.changes(&run, Some("bm8gdG9rZW4"), 1).await.map(drop),
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, PortError::Failed { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn the_marks_of_a_run_go_with_it() {
    let store = SqliteStore::in_memory().unwrap();
    let run = open_run(&store).await;
    let marks = || with_connection(&store, |own| number(own, "SELECT count(*) FROM seen"));
    save(&store, &run.id, users(0, 500)).await.unwrap();
    assert_eq!(marks(), 1, "one row for a page of one scope");
    let policy = sample::aws_policy("ReadOnlyAccess", "ANPAEXAMPLE", "{}");
    let managed = vec![sighting(&Scope::aws_managed(), policy, 5)];
    store.save_page(&sample::page(&run.id, &unit(), 1, managed)).await.unwrap();
    assert_eq!(marks(), 1, "what is never settled has no mark");
    store.close_run(&run.id, at(20), &counters("calls", 1)).await.unwrap();
    assert_eq!(marks(), 0);
    save(&store, &run.id, users(0, 500)).await.unwrap();
    assert_eq!(marks(), 0, "a page that comes late leaves none");
}

#[tokio::test]
async fn old_runs_keep_what_they_changed_and_not_how() {
    const DAY: i64 = 24 * 60 * 60;
    let store = SqliteStore::in_memory().unwrap();
    let rows = |table: &str| {
        with_connection(&store, |own| number(own, &format!("SELECT count(*) FROM {table}")))
    };
    let begin = async |second: i64| {
        let run = sample::run(second);
        store.open_run(&run, &[unit()]).await.unwrap();
        save(&store, &run.id, users(0, 3)).await.unwrap();
        run.id
    };
    let end = async |run: &RunId, second: i64| {
        let told = [coverage(&scope(), run, Status::Complete, second)];
        store.end_unit(run, &unit(), &told, &counters("calls", 1)).await.unwrap();
        store.settle_scope(run, &told[0]).await.unwrap();
        store.close_run(run, at(second), &counters("calls", 1)).await.unwrap();
    };
    let first = begin(0).await;
    end(&first, 10).await;
    // Its worker died for good.
    begin(100).await;
    let later = begin(90 * DAY).await;
    assert_eq!([rows("unit"), rows("coverage"), rows("seen")], [3, 1, 2]);
    end(&later, 90 * DAY + 100).await;
    // The second began 90 days before, and not more.
    assert_eq!([rows("unit"), rows("coverage"), rows("seen")], [2, 1, 1]);
    let last = begin(91 * DAY).await;
    end(&last, 91 * DAY + 10).await;
    assert_eq!([rows("unit"), rows("coverage"), rows("seen")], [2, 2, 0]);

    assert_eq!(rows("run"), 4);
    assert_eq!([rows("entity"), rows("change"), rows("latest_coverage")], [3, 3, 1]);
    assert_eq!(store.changes(&first, None, 10).await.unwrap().items.len(), 3);
}

#[tokio::test]
async fn any_tool_reads_it() {
    let (_folder, path) = somewhere();
    let store = SqliteStore::open(&path).unwrap();
    let run = open_run(&store).await;
    save(&store, &run.id, users(0, 1)).await.unwrap();
    let told = [coverage(&scope(), &run.id, Status::Complete, 10)];
    store.end_unit(&run.id, &unit(), &told, &counters("iam:ListUsers", 1)).await.unwrap();
    let tool = tool(&path);
    let line = |sql: &str| -> String { tool.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(line("SELECT value FROM meta WHERE key = 'accesstrail.format'"), "7");
    assert_eq!(
        line("SELECT concat_ws(' ', account, kind, key, first_seen) FROM entity"),
        "111122223333 user AIDAEXAMPLE0000 2026-11-22T06:00:05.000000000Z"
    );
    assert_eq!(line("SELECT body ->> 'arn' FROM entity"), "arn:aws:iam::111122223333:user/user-0");
    assert_eq!(
        line("SELECT change || ' ' || at FROM change"),
        "created 2026-11-22T06:00:05.000000000Z"
    );
    assert_eq!(
        line("SELECT concat_ws(' ', scope, status) FROM latest_coverage"),
        "111122223333/aws-global/iam-authorization/principals complete"
    );
    assert_eq!(
        line("SELECT concat_ws(' ', id, state, ended, counters) FROM run"),
        "20261122T060000Z open 1 {\"iam:ListUsers\":1}"
    );
    assert_eq!(line("PRAGMA integrity_check"), "ok");
}

#[tokio::test]
async fn an_unchanged_page_costs_its_reads_and_two_writes() {
    let store = SqliteStore::in_memory().unwrap();
    let run = open_run(&store).await;
    save(&store, &run.id, users(0, 500)).await.unwrap();
    let before = store.cost();
    save(&store, &run.id, users(0, 500)).await.unwrap();
    let after = store.cost();
    let cost = |name: &str| after[name] - before[name];
    assert_eq!(cost("store.read_items"), 500);
    assert_eq!(cost("store.written_items"), 2, "the marks and the cursor");
    assert_eq!(cost("store.bodies_written"), 0);
    assert_eq!(cost("store.requests"), 1);
}
