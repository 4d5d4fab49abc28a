//! The suite, in memory and in a file, and what only a file can have.

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::store::conformance_setup::Handles;

mod in_memory {
    use super::*;

    async fn fresh() -> Handles {
        let store = Arc::new(SqliteStore::in_memory().unwrap());
        Handles::new(Arc::<SqliteStore>::clone(&store), store)
    }

    crate::setup_conformance_suite!(fresh);
}

mod in_a_file {
    use super::*;

    async fn fresh() -> Handles {
        let folder = TempDir::new().unwrap();
        let open = || Arc::new(SqliteStore::open(&folder.path().join("store.db")).unwrap());
        Handles::new(open(), open()).keeping(folder)
    }

    crate::setup_conformance_suite!(fresh);
}

/// The store that the tests of the machine use is held to the same.
mod of_the_tests {
    use super::*;
    use crate::setup::fake::MemorySetup;

    async fn fresh() -> Handles {
        let store = Arc::new(MemorySetup::default());
        Handles::new(Arc::<MemorySetup>::clone(&store), store)
    }

    crate::setup_conformance_suite!(fresh);
}

#[tokio::test]
async fn a_process_that_comes_later_finds_what_was_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).unwrap();
    store.keep_once("external-id", "accesstrail-EXAMPLE").await.unwrap();
    drop(store);
    let later = SqliteStore::open(&path).unwrap();
    assert_eq!(later.keep_once("external-id", "another").await.unwrap(), "accesstrail-EXAMPLE");
    let reader = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(reader.kept().await.unwrap().len(), 1);
    let denied = reader.forget("external-id").await;
    assert!(matches!(denied, Err(PortError::Denied { .. })), "{denied:?}");
}

/// A file of the format before set-ups is read as one without any.
#[tokio::test]
async fn an_older_file_has_no_set_ups() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    drop(SqliteStore::open(&path).unwrap());
    let tool = Connection::open(&path).unwrap();
    tool.execute_batch(
        "DROP TABLE setup_lease; DROP TABLE setup_run; DROP TABLE setup_step; DROP TABLE setup_kept;
         UPDATE meta SET value = '5' WHERE key = 'accesstrail.format';",
    )
    .unwrap();
    drop(tool);
    let reader = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(reader.setup_run().await.unwrap(), None);
    assert!(reader.kept().await.unwrap().is_empty());
    let writer = SqliteStore::open(&path).unwrap();
    assert_eq!(writer.keep_once("a", "b").await.unwrap(), "b");
}
