//! The suite, in memory and in a file, and what only a file can have.

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::model::Timestamp;
use crate::model::finding::{
    Confidence, Detail, FindingId, FindingKind, FindingState, Severity, Turn,
};
use crate::store::conformance_finding::Handles;

mod in_memory {
    use super::*;

    async fn fresh() -> Handles {
        let store = Arc::new(SqliteStore::in_memory().unwrap());
        Handles::new(Arc::<SqliteStore>::clone(&store), store)
    }

    crate::finding_conformance_suite!(fresh);
}

mod in_a_file {
    use super::*;

    async fn fresh() -> Handles {
        let folder = TempDir::new().unwrap();
        let open = || Arc::new(SqliteStore::open(&folder.path().join("store.db")).unwrap());
        Handles::new(open(), open()).keeping(folder)
    }

    crate::finding_conformance_suite!(fresh);
}

fn one() -> Finding {
    let at = Timestamp::from_second(1_800_000_000).unwrap();
    let subject = "arn:aws:iam::111122223333:user/ana".to_owned();
    Finding {
        id: FindingId { kind: FindingKind::StaleKey, subject, part: String::new() },
        account: "111122223333".to_owned(),
        detail: Detail {
            severity: Severity::High,
            confidence: Confidence::High,
            summary: "it is old".to_owned(),
            evidence: Vec::new(),
            remedy: "mend it".to_owned(),
        },
        last_seen: at,
        state: FindingState::Opened,
        turns: vec![Turn::Opened(at)],
        unjudged: None,
    }
}

#[tokio::test]
async fn a_process_that_comes_later_finds_them_and_a_reader_does_not_write() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    SqliteStore::open(&path).unwrap().save_findings(&[one()]).await.unwrap();
    let reader = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(reader.findings().await.unwrap(), [one()]);
    let denied = reader.save_findings(&[one()]).await;
    assert!(matches!(denied, Err(PortError::Denied { .. })), "{denied:?}");
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
    store.save_findings(&[one()]).await.unwrap();
    assert_eq!(store.findings().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_says_where() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).unwrap();
    store.save_findings(&[one()]).await.unwrap();
    Connection::open(&path).unwrap().execute("UPDATE finding SET body = '{}'", []).unwrap();
    let error = store.findings().await.unwrap_err();
    assert!(matches!(error, PortError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("`body` of a row of `finding`"), "{error}");
}
