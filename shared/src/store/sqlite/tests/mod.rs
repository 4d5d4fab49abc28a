//! The suite, and what only a store in a file can do wrong.

mod kept;
mod opening;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tempfile::TempDir;

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
        let (folder, path) = somewhere();
        let open = || Arc::new(SqliteStore::open(&path).unwrap());
        Handles::new(open(), open()).keeping(folder)
    }

    crate::conformance_suite!(fresh);
}

/// A folder and the path of a file in it that does not exist yet.
fn somewhere() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.db");
    (folder, path)
}

/// The file as any SQLite tool opens it.
fn tool(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The message of an error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}
