//! What only a store in a file can do wrong.

use std::sync::Arc;

use super::SqliteStore;
use crate::store::conformance::Handles;

/// The suite on one handle in memory.
mod in_memory {
    use super::*;

    async fn fresh() -> Handles {
        let store = Arc::new(SqliteStore::in_memory().unwrap());
        Handles::new(store.clone(), store)
    }

    crate::conformance_suite!(fresh);
}

/// The suite on two handles on one file, as two processes have them.
mod in_a_file {
    use super::*;

    async fn fresh() -> Handles {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory.db");
        let open = || Arc::new(SqliteStore::open(&path).unwrap());
        Handles::new(open(), open()).keeping(folder)
    }

    crate::conformance_suite!(fresh);
}
