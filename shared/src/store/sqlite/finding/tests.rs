//! What is kept of findings, by the documentation of [`FindingStore`].

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::model::Timestamp;
use crate::model::finding::{
    Confidence, Detail, FindingId, FindingKind, FindingState, Severity, Turn,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn finding(kind: FindingKind, name: &str, last_seen: i64, turns: Vec<Turn>) -> Finding {
    Finding {
        id: FindingId {
            kind,
            subject: format!("arn:aws:iam::111122223333:user/{name}"),
            part: String::new(),
        },
        account: "111122223333".to_owned(),
        detail: Detail {
            severity: Severity::High,
            confidence: Confidence::High,
            summary: format!("seen at {last_seen}"),
            evidence: Vec::new(),
            remedy: "mend it".to_owned(),
        },
        last_seen: at(last_seen),
        state: FindingState::Opened,
        turns,
        unjudged: None,
    }
}

fn opened(name: &str, last_seen: i64) -> Finding {
    finding(FindingKind::StaleKey, name, last_seen, vec![Turn::Opened(at(0))])
}

#[tokio::test]
async fn findings_come_back_in_order() {
    let store = SqliteStore::in_memory().unwrap();
    assert_eq!(store.findings().await.unwrap(), []);
    let root = finding(FindingKind::RootKey, "a", 0, vec![Turn::Opened(at(0))]);
    let mut all = vec![root, opened("b", 0), opened("a", 0)];
    store.save_findings(&all).await.unwrap();
    all.sort_by(|left, right| left.id.cmp(&right.id));
    assert_eq!(all[0].id.kind, FindingKind::StaleKey);
    assert_eq!(store.findings().await.unwrap(), all);
}

#[tokio::test]
async fn the_newest_stands_whichever_is_saved_first() {
    let resolved = || {
        let turns = vec![Turn::Opened(at(0)), Turn::Resolved(at(9))];
        finding(FindingKind::StaleKey, "a", 5, turns)
    };
    for order in [[opened("a", 5), resolved()], [resolved(), opened("a", 5)]] {
        let store = SqliteStore::in_memory().unwrap();
        for finding in order {
            for _ in 0..2 {
                store.save_findings(std::slice::from_ref(&finding)).await.unwrap();
            }
        }
        assert_eq!(store.findings().await.unwrap(), [resolved()]);
    }
}

#[tokio::test]
async fn a_process_that_comes_later_finds_them_and_a_reader_does_not_write() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    SqliteStore::open(&path).unwrap().save_findings(&[opened("a", 1)]).await.unwrap();
    let reader = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(reader.findings().await.unwrap(), [opened("a", 1)]);
    let denied = reader.save_findings(&[opened("a", 2)]).await;
    assert!(matches!(denied, Err(PortError::Denied { .. })), "{denied:?}");
}

#[tokio::test]
async fn of_many_that_save_at_once_the_newest_stands() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    SqliteStore::open(&path).unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|second| {
            let store = Arc::new(SqliteStore::open(&path).unwrap());
            tokio::spawn(async move { store.save_findings(&[opened("a", second)]).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let store = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(store.findings().await.unwrap(), [opened("a", 7)]);
}

#[tokio::test]
async fn a_store_of_an_older_program_has_none_and_takes_them() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    drop(SqliteStore::open(&path).unwrap());
    let tool = || Connection::open(&path).unwrap();
    let older = "DROP TABLE finding; UPDATE meta SET value = '6' WHERE key = 'accesstrail.format'";
    tool().execute_batch(older).unwrap();
    let reader = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(reader.findings().await.unwrap(), []);
    drop(reader);
    let store = SqliteStore::open(&path).unwrap();
    store.save_findings(&[opened("a", 1)]).await.unwrap();
    assert_eq!(store.findings().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_says_where() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).unwrap();
    store.save_findings(&[opened("a", 1)]).await.unwrap();
    Connection::open(&path).unwrap().execute("UPDATE finding SET body = '{}'", []).unwrap();
    let error = store.findings().await.unwrap_err();
    assert!(matches!(error, PortError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("`body` of a row of `finding`"), "{error}");
}
