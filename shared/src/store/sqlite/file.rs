//! Opening the file: what is there, may it be opened, is it ours, does this program know its format.
//!
//! A reader must not leave anything behind and must work on a read-only disk, but SQLite's
//! write-ahead log needs a shared-memory file beside the database even for reading. The log tells
//! whether that matters: it exists exactly while somebody has the file open for writing, or died doing
//! so. With a log, the file is read in step with the writer. Without one, nothing changes the file, and
//! SQLite is told so (`immutable`): no lock, no file beside it. As a writer may come at any time, a
//! reader decides anew for each read and keeps no connection between two.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, OptionalExtension as _};

use super::error::Fault;
use super::schema;

/// How long a call waits for another process that writes, before it gives up as busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many prepared statements a connection keeps: more than this program has.
const STATEMENTS: usize = 64;

const COLLECT_FIRST: &str = "run `accesstrail collect` or `accesstrail demo` first";

/// What stays as it is in the path of a `file:` address.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// How messages name the store in that file.
pub(super) fn name(path: &Path) -> String {
    format!("the store `{}`", path.display())
}

/// Opens the file for writing, and makes it if there is none.
pub(super) fn writable(path: &Path) -> Result<Connection, Fault> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.exists()) {
        return Err(Fault::NoStore("its folder is missing, make it or use another --store"));
    }
    if path.try_exists().map_err(Fault::Disk)? {
        check_file(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // SQLite opens a file that may not be written for reading, without a word.
    if connection.is_readonly(MAIN_DB)? {
        return Err(Fault::ReadOnlyFile);
    }
    check_format(&connection)?;
    prepare(&mut connection)?;
    Ok(connection)
}

/// A store without a file.
pub(super) fn memory() -> Result<Connection, Fault> {
    let mut connection = Connection::open_in_memory()?;
    prepare(&mut connection)?;
    Ok(connection)
}

/// Opens the file for reading only.
pub(super) fn readable(path: &Path) -> Result<Connection, Fault> {
    if !path.try_exists().map_err(Fault::Disk)? {
        return Err(Fault::NoStore(COLLECT_FIRST));
    }
    check_file(path)?;
    let connection = match log_size(path) {
        None => unchanging(path)?,
        Some(size) => match in_step(path) {
            // The shared memory cannot be made here, and the log says nothing more than the file.
            Err(Fault::Sql(error)) if size == 0 && cannot_open(&error) => unchanging(path)?,
            found => found?,
        },
    };
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    match check_format(&connection)? {
        Found::Store => Ok(connection),
        Found::Older(format) => {
            if format < 2 {
                connection.execute_batch(schema::READ_1)?;
            }
            if format < 3 {
                connection.execute_batch(schema::READ_2)?;
            }
            if format < 4 {
                connection.execute_batch(schema::READ_3)?;
            }
            if format < 5 {
                connection.execute_batch(schema::READ_4)?;
            }
            if format < 6 {
                connection.execute_batch(schema::READ_5)?;
            }
            connection.execute_batch(schema::READ_6)?;
            Ok(connection)
        }
        Found::Nothing => Err(Fault::NoStore(COLLECT_FIRST)),
    }
}

fn in_step(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // Opening is lazy: only a first read shows whether the log can be used.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

fn unchanging(path: &Path) -> Result<Connection, Fault> {
    let path = std::path::absolute(path).map_err(Fault::Disk)?;
    let encoded = percent_encode(path.as_os_str().as_encoded_bytes(), IN_PATH);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(format!("file://{encoded}?immutable=1"), flags)?)
}

fn cannot_open(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// The size of the write-ahead log beside the file, `None` without one.
fn log_size(path: &Path) -> Option<u64> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(PathBuf::from(log)).ok().map(|found| found.len())
}

/// SQLite has one answer to everything ("unable to open database file"); the file system has better.
fn check_file(path: &Path) -> Result<(), Fault> {
    let file = fs::File::open(path).map_err(Fault::Disk)?;
    if file.metadata().map_err(Fault::Disk)?.is_dir() {
        return Err(Fault::Refused("it is a folder, name a file in it".to_owned()));
    }
    Ok(())
}

enum Found {
    Store,
    /// Of this older format.
    Older(u32),
    Nothing,
}

/// Whether the file is a store of a known format, or nothing yet.
fn check_format(connection: &Connection) -> Result<Found, Fault> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(Found::Nothing);
    }
    let of_another =
        || Fault::Refused("it is an SQLite database of another program, not a store".to_owned());
    let format: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE key = 'accesstrail.format'", [], |row| row.get(0))
        .optional()
        .map_err(|error| if is_foreign(&error) { of_another() } else { Fault::Sql(error) })?;
    let format = format.ok_or_else(of_another)?;
    match format.parse::<u32>() {
        Ok(schema::FORMAT) => Ok(Found::Store),
        Ok(older @ 1..schema::FORMAT) => Ok(Found::Older(older)),
        Ok(found) => Err(Fault::Newer { found, known: schema::FORMAT }),
        Err(error) => Err(Fault::Unreadable {
            item: format!("the format `{format}` in the table `meta`"),
            source: Box::new(error),
        }),
    }
}

/// No such table, or no such column.
fn is_foreign(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqlInputError { .. })
        || error.sqlite_error_code() == Some(ErrorCode::Unknown)
}

/// Keeps a write-ahead log, so that readers and one writer do not wait for each other. Of two that begin at once, one
/// is told that the file is busy without being let wait, so it waits here.
fn write_ahead(connection: &Connection) -> Result<(), rusqlite::Error> {
    const PAUSE: Duration = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && waited < PATIENCE =>
            {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            ended => return ended,
        }
    }
}

/// Sets the connection up and makes the tables, unless they are there.
fn prepare(connection: &mut Connection) -> Result<(), Fault> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    write_ahead(connection)?;
    // NORMAL syncs at checkpoints, not at each commit. With a write-ahead log a crash of the process
    // loses nothing, and a power cut loses at most the last transactions, each as a whole: their
    // units are worked on again from the cursor that survived, as after any crash.
    connection.pragma_update(None, "synchronous", "normal")?;
    // 32 MB, so that the indexes of a large organization stay in memory while it is saved.
    connection.pragma_update(None, "cache_size", -32_768)?;
    // Under the write lock, so that of two processes that begin at once one makes the tables.
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let missing: &[&str] = match check_format(&transaction)? {
        Found::Nothing => &[schema::CREATE, schema::UPDATE],
        Found::Older(_) => &[schema::UPDATE],
        Found::Store => &[],
    };
    for text in missing {
        transaction.execute_batch(text)?;
    }
    if !missing.is_empty() {
        transaction.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES ('accesstrail.format', ?1)",
            [schema::FORMAT.to_string()],
        )?;
    }
    transaction.commit()?;
    Ok(())
}
