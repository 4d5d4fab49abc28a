//! A snapshot as a clean SQLite database, for whoever wants to ask in SQL: no state of ours, no history.
//!
//! The one report that needs a file, because SQLite writes nothing else. The tables are in [`SCHEMA`];
//! `docs/exports.md` explains them.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::flat::{COLUMNS, Cell, VERSION, cells};
use super::json;
use crate::form::FormError;
use crate::model::coverage::AccountCoverage;
use crate::model::{Entity, Kind, Snapshot, Stored};

/// The tables. Moments are RFC 3339 in UTC, `tags` and `attributes` are JSON, what is not known is NULL.
pub const SCHEMA: &str = "
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE account (
    account TEXT PRIMARY KEY, name TEXT, state TEXT, email TEXT, organizational_unit TEXT, coverage TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE entity (
    kind TEXT NOT NULL, name TEXT NOT NULL, account TEXT NOT NULL, account_name TEXT, region TEXT NOT NULL,
    arn TEXT, id TEXT NOT NULL, detail TEXT NOT NULL, coverage TEXT, first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL, changed TEXT NOT NULL, deleted TEXT, tags TEXT, attributes TEXT NOT NULL
) STRICT;
CREATE TABLE coverage (
    account TEXT NOT NULL, region TEXT NOT NULL, collector TEXT NOT NULL, capability TEXT NOT NULL,
    status TEXT NOT NULL, action TEXT, denied_by TEXT, reason TEXT, at TEXT NOT NULL, run TEXT NOT NULL,
    seen INTEGER NOT NULL, note TEXT,
    PRIMARY KEY (account, region, collector, capability)
) STRICT, WITHOUT ROWID;
";

/// What makes questions about one thing quick, once everything is in.
const INDEXES: &str = "
CREATE INDEX entity_by_id ON entity (id);
CREATE INDEX entity_by_arn ON entity (arn);
CREATE INDEX entity_by_account ON entity (account, kind);
";

/// Why no database could be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A content has no JSON form.
    #[error(transparent)]
    Form(#[from] FormError),
    /// SQLite could not write it.
    #[error("the SQLite database could not be written")]
    Sqlite(#[from] rusqlite::Error),
}

/// Writes a database with these entities and everything that the snapshot says of accounts and coverage to
/// `path`, where nothing may be yet. Equal input gives equal bytes.
///
/// # Errors
///
/// When a content has no JSON form, or the file cannot be written, or is there.
pub fn write<'a>(
    entities: impl IntoIterator<Item = &'a Stored>,
    snapshot: &Snapshot,
    path: &Path,
) -> Result<(), WriteError> {
    let mut database = Connection::open(path)?;
    // A journal would be a second file, and the caller throws away what was not finished.
    database.pragma_update(None, "journal_mode", "OFF")?;
    database.pragma_update(None, "user_version", VERSION)?;
    let all = database.transaction()?;
    all.execute_batch(SCHEMA)?;
    about(&all, snapshot)?;
    accounts(&all, snapshot)?;
    coverage(&all, snapshot)?;
    let places = vec!["?"; COLUMNS.len()].join(", ");
    let insert = format!("INSERT INTO entity ({}) VALUES ({places})", COLUMNS.join(", "));
    let mut insert = all.prepare(&insert)?;
    for stored in entities {
        insert.execute(params_from_iter(cells(stored, snapshot)?.into_iter().map(value)))?;
    }
    drop(insert);
    all.execute_batch(INDEXES)?;
    all.commit()?;
    Ok(())
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::Maybe(None) | Cell::MaybeTime(None) => Value::Null,
        cell => Value::Text(cell.text()),
    }
}

fn about(database: &Connection, snapshot: &Snapshot) -> Result<(), rusqlite::Error> {
    let mut insert = database.prepare("INSERT INTO about VALUES (?1, ?2)")?;
    insert.execute(("as_of", snapshot.as_of().map(|time| time.to_string())))?;
    insert.execute(("schema", format!("accesstrail.entity/{VERSION}")))?;
    Ok(())
}

fn accounts(database: &Connection, snapshot: &Snapshot) -> Result<(), rusqlite::Error> {
    let mut insert = database.prepare("INSERT INTO account VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for (id, coverage) in snapshot.accounts() {
        let account = match snapshot.aspect(Kind::Account, id.as_str()) {
            Some(Entity::Account(account)) => Some(account),
            _ => None,
        };
        let unit = match snapshot.aspect(Kind::AccountPlacement, id.as_str()) {
            Some(Entity::AccountPlacement(it)) => Some(format!("/{}", it.path.join("/"))),
            _ => None,
        };
        insert.execute((
            id.as_str(),
            snapshot.account_name(&id),
            account.map(|account| account.state.as_str()),
            account.and_then(|account| account.email.as_deref()),
            unit,
            word(coverage),
        ))?;
    }
    Ok(())
}

fn word(coverage: AccountCoverage) -> &'static str {
    coverage.word()
}

fn coverage(database: &Connection, snapshot: &Snapshot) -> Result<(), rusqlite::Error> {
    let insert = "INSERT INTO coverage VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let mut insert = database.prepare(insert)?;
    for each in snapshot.coverage() {
        let told = json::coverage(each);
        let text = |name: &str| told.get(name).and_then(|it| it.as_str()).map(str::to_owned);
        insert.execute((
            each.scope.account.as_str(),
            each.scope.region.as_str(),
            &each.scope.collector,
            &each.scope.capability,
            each.status.word(),
            text("action"),
            text("denied_by"),
            text("reason"),
            each.at.to_string(),
            each.run.as_str(),
            i64::try_from(each.seen).unwrap_or(i64::MAX),
            &each.note,
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::samples;
    use crate::report::tests::{at, snapshot};

    #[test]
    fn what_is_written_is_read_back_in_sql() {
        let whole = snapshot(samples::one_of_each());
        let mut gone = whole.entities().next().unwrap().clone();
        gone.deleted = Some(at(9));
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("a.db"), folder.path().join("b.db"));
        for path in [&first, &second] {
            write(whole.entities().chain([&gone]), &whole, path).unwrap();
        }
        assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no second file");

        let database = Connection::open(&first).unwrap();
        let count = |sql: &str| -> i64 { database.query_row(sql, (), |row| row.get(0)).unwrap() };
        let text = |sql: &str| -> String { database.query_row(sql, (), |row| row.get(0)).unwrap() };
        assert_eq!(count("PRAGMA user_version"), 1);
        assert_eq!(text("PRAGMA integrity_check"), "ok");
        let entities = i64::try_from(whole.entities().count()).unwrap();
        assert_eq!(count("SELECT count(*) FROM entity WHERE deleted IS NULL"), entities);
        assert_eq!(count("SELECT count(*) FROM entity WHERE deleted IS NOT NULL"), 1);
        let accounts = i64::try_from(whole.accounts().len()).unwrap();
        assert_eq!(count("SELECT count(*) FROM account"), accounts);
        let scopes = i64::try_from(whole.coverage().count()).unwrap();
        assert_eq!(count("SELECT count(*) FROM coverage"), scopes);
        assert_eq!(text("SELECT value FROM about WHERE name = 'schema'"), "accesstrail.entity/1");
        let name = "SELECT name FROM entity WHERE kind = 'user' ORDER BY id LIMIT 1";
        assert_eq!(text(name), "ana");
        let active = "SELECT attributes ->> '$.active' FROM entity WHERE kind = 'mfa' LIMIT 1";
        assert_eq!(text(active), "unknown");
    }

    #[test]
    fn a_file_that_is_there_is_not_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let whole = snapshot(samples::one_of_each());
        write([], &whole, &path).unwrap();
        assert!(write([], &whole, &path).is_err());
    }
}
