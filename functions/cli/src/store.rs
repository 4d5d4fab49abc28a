//! Which file the store is, and that only one command writes to it.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::port::setup::SetupStore;
use accesstrail_shared::port::{EventStore, FindingStore, PortError, Store, UsageStore};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::store::sqlite::SqliteStore;

use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// The store of real inventories, where none is named.
const DEFAULT: &str = "accesstrail.db";

/// The demo's store, where none is named.
const DEMO: &str = "accesstrail-demo.db";

/// What the demo's runs say that they were started by.
pub(crate) const DEMO_TRIGGER: &str = "demo";

/// How many runs of a store are looked through for one that is not the demo's.
const RUNS: usize = 1_000;

/// The file of real inventories.
pub(crate) fn path(common: &Common) -> PathBuf {
    common.store.clone().unwrap_or_else(|| PathBuf::from(DEFAULT))
}

/// The file of the demo.
pub(crate) fn demo_path(common: &Common) -> PathBuf {
    common.store.clone().unwrap_or_else(|| PathBuf::from(DEMO))
}

/// What a store that is a deployment's table begins with, before the table's name.
const TABLE: &str = "dynamodb:";

/// The table that a store is, where it is none of our files.
fn table(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(TABLE)
}

/// Whether what is read is the table of a deployment.
pub(crate) fn is_table(common: &Common) -> bool {
    table(&path(common)).is_some()
}

/// A store that is open for reading.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) store: Arc<dyn Store>,
    /// The same store, for what is kept of use.
    pub(crate) usage: Arc<dyn UsageStore>,
    /// The same store, for what events led to.
    pub(crate) events: Arc<dyn EventStore>,
    /// The same store, for findings.
    pub(crate) findings: Arc<dyn FindingStore>,
    /// What people call it: a path, or `dynamodb:TABLE`.
    pub(crate) name: String,
}

/// What is there to be read.
pub(crate) fn path_of_reading(common: &Common) -> PathBuf {
    let path = path(common);
    let is_demo = common.store.is_none() && !path.exists() && Path::new(DEMO).exists();
    if is_demo { PathBuf::from(DEMO) } else { path }
}

/// Opens what is there for reading: a file, or the table of a deployment. Who has only run the demo reads the demo's.
pub(crate) async fn open_to_read(common: &Common, screen: &mut Screen) -> Result<Reading, Failure> {
    let path = path_of_reading(common);
    if common.store.is_none() && path == Path::new(DEMO) {
        screen.note(&format!("reading the demo's store {DEMO}"));
    }
    let name = path.display().to_string();
    if let Some(table) = table(&path) {
        let config = configuration(&Place::default()).await;
        let store = Arc::new(DynamoStore::new(aws_sdk_dynamodb::Client::new(&config), table));
        return Ok(Reading {
            usage: store.clone(),
            events: store.clone(),
            findings: store.clone(),
            store,
            name,
        });
    }
    let store = Arc::new(SqliteStore::open_read_only(&path)?);
    Ok(Reading {
        usage: store.clone(),
        events: store.clone(),
        findings: store.clone(),
        store,
        name,
    })
}

/// The file whose changes are fed: the one that is there, the demo's where there is no other.
pub(crate) fn path_to_feed(common: &Common, screen: &mut Screen) -> PathBuf {
    let path = path(common);
    if common.store.is_none() && !path.exists() && Path::new(DEMO).exists() {
        screen.note(&format!("feeding from the demo's store {DEMO}"));
        return PathBuf::from(DEMO);
    }
    path
}

/// Opens a store for writing that must be there.
pub(crate) fn open_to_write_existing(path: &Path) -> Result<Writing, Failure> {
    refuse_table(path)?;
    // Who reads it says better what is wrong with it.
    SqliteStore::open_read_only(path)?;
    open_to_write(path)
}

/// A store that is open for writing, by this process alone.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(crate) store: Arc<dyn Store>,
    /// The same store, for what is kept of use.
    pub(crate) usage: Arc<dyn UsageStore>,
    /// The same store, for what events led to.
    pub(crate) events: Arc<dyn EventStore>,
    /// The same store, for findings.
    pub(crate) findings: Arc<dyn FindingStore>,
    /// The same store, for how far setting up is.
    pub(crate) setup: Arc<dyn SetupStore>,
    /// Held until the end: the lock goes with the file.
    _lock: File,
}

impl Writing {
    fn open(path: &Path, lock: File) -> Result<Self, Failure> {
        let store = Arc::new(SqliteStore::open(path)?);
        Ok(Self {
            usage: store.clone(),
            events: store.clone(),
            findings: store.clone(),
            setup: store.clone(),
            store,
            _lock: lock,
        })
    }
}

/// Whether a store can be written there, as far as that shows without writing.
pub(crate) fn check(path: &Path) -> Result<(), Failure> {
    refuse_table(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Failure::Usage(format!(
            "the folder {} of the store does not exist: make it, or give another --store",
            terminal(&folder.display().to_string())
        )));
    }
    if path.exists() {
        match SqliteStore::open_read_only(path) {
            // An empty file is a store to be.
            Ok(_) | Err(PortError::Missing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether the demo may put its store where somebody says: where nothing is, or where an earlier demo's is. Anything else is
/// somebody's work, and stays.
pub(crate) async fn check_replaceable(path: &Path) -> Result<(), Failure> {
    refuse_table(path)?;
    let store = match SqliteStore::open_read_only(path) {
        Err(PortError::Missing { .. }) => return Ok(()),
        store => store?,
    };
    let runs = store.runs(RUNS).await?;
    if runs.iter().all(|run| run.trigger == DEMO_TRIGGER) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the store {} holds an inventory that is not the demo's, and the demo would replace it: \
         give another --store",
        terminal(&path.display().to_string())
    )))
}

/// Opens a store for writing.
pub(crate) fn open_to_write(path: &Path) -> Result<Writing, Failure> {
    let lock = lock(path)?;
    Writing::open(path, lock)
}

/// Opens an empty store for writing in the place of one that [`check_replaceable`] let pass: the demo is the
/// same each time, so it does not add to an earlier one.
pub(crate) fn replace(path: &Path) -> Result<Writing, Failure> {
    let lock = lock(path)?;
    for suffix in ["", "-wal", "-shm"] {
        match std::fs::remove_file(beside(path, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(unwritable(path, &error));
            }
            _ => {}
        }
    }
    Writing::open(path, lock)
}

/// Only the functions of a deployment write to its table.
fn refuse_table(path: &Path) -> Result<(), Failure> {
    match table(path) {
        None => Ok(()),
        Some(table) => Err(Failure::Usage(format!(
            "the table {} is written by the functions of its deployment alone: give a file as --store",
            terminal(table)
        ))),
    }
}

/// The right to write to a store, for as long as the file is held.
fn lock(path: &Path) -> Result<File, Failure> {
    refuse_table(path)?;
    let lock = File::create(beside(path, ".lock")).map_err(|error| unwritable(path, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Failure::InUse(path.display().to_string())),
        Err(TryLockError::Error(error)) => Err(unwritable(path, &error)),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!(
        "the store {} cannot be written ({error}): give a --store in a directory that you may write to",
        terminal(&path.display().to_string())
    ))
}
