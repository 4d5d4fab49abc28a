//! Which file the store is, and that only one command writes to it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accesstrail_shared::port::Store;
use accesstrail_shared::store::sqlite::SqliteStore;

use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// The store of real inventories, where none is named.
const DEFAULT: &str = "accesstrail.db";

/// The demo's store, where none is named.
const DEMO: &str = "accesstrail-demo.db";

/// The file of real inventories.
pub(crate) fn path(common: &Common) -> PathBuf {
    common.store.clone().unwrap_or_else(|| PathBuf::from(DEFAULT))
}

/// The file of the demo.
pub(crate) fn demo_path(common: &Common) -> PathBuf {
    common.store.clone().unwrap_or_else(|| PathBuf::from(DEMO))
}

/// Opens what is there for reading. Who has only run the demo reads the demo's.
pub(crate) fn open_to_read(
    common: &Common,
    screen: &mut Screen,
) -> Result<(Arc<dyn Store>, PathBuf), Failure> {
    let mut path = path(common);
    if common.store.is_none() && !path.exists() && Path::new(DEMO).exists() {
        path = PathBuf::from(DEMO);
        screen.note(&format!("reading the demo's store {DEMO}"));
    }
    let store = SqliteStore::open_read_only(&path)?;
    Ok((Arc::new(store), path))
}

/// A store that is open for writing, by this process alone.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(crate) store: Arc<dyn Store>,
    /// Held until the end: the lock goes with the file.
    _lock: File,
}

/// Opens a store for writing.
pub(crate) fn open_to_write(path: &Path) -> Result<Writing, Failure> {
    let lock_path = path.with_extension("lock");
    let unusable = |source: std::io::Error| {
        Failure::Usage(format!(
            "the store {} cannot be written ({source}): give a --store in a directory that you may write to",
            path.display()
        ))
    };
    let lock = File::create(&lock_path).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Failure::InUse(path.display().to_string())),
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    Ok(Writing { store: Arc::new(SqliteStore::open(path)?), _lock: lock })
}
