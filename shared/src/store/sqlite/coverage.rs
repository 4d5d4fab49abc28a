//! Coverage: of each run, and the latest of each scope.

use rusqlite::{Connection, Params, params};

use super::Tally;
use super::error::Fault;
use super::row::{Columns, count, time, to_json};
use crate::form;
use crate::model::{Coverage, RunId};

/// Keeps how a run saw a scope.
pub(super) fn put_of_run(
    db: &Connection,
    tally: &mut Tally,
    run: &RunId,
    item: &Coverage,
) -> Result<(), Fault> {
    let written = db
        .prepare_cached(
            "INSERT OR REPLACE INTO coverage (run, scope, status, at, seen, note, form, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            run.as_str(),
            item.scope.to_string(),
            item.status.word(),
            time(item.at),
            count(item.seen),
            item.note,
            form::VERSION,
            to_json(item)?
        ])?;
    tally.written += written as u64;
    Ok(())
}

/// Keeps it as the latest, unless a later run has looked. Run ids sort by the time they were due.
pub(super) fn put_latest(db: &Connection, tally: &mut Tally, item: &Coverage) -> Result<(), Fault> {
    let written = db
        .prepare_cached(
            "INSERT INTO latest_coverage (run, scope, status, at, seen, note, form, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (scope) DO UPDATE SET
               run = excluded.run, status = excluded.status, at = excluded.at,
               seen = excluded.seen, note = excluded.note, form = excluded.form,
               body = excluded.body
             WHERE excluded.run >= latest_coverage.run",
        )?
        .execute(params![
            item.run.as_str(),
            item.scope.to_string(),
            item.status.word(),
            time(item.at),
            count(item.seen),
            item.note,
            form::VERSION,
            to_json(item)?
        ])?;
    tally.written += written as u64;
    Ok(())
}

pub(super) fn latest(db: &Connection, tally: &mut Tally) -> Result<Vec<Coverage>, Fault> {
    list(db, tally, "SELECT scope, form, body FROM latest_coverage", [])
}

pub(super) fn of_run(
    db: &Connection,
    tally: &mut Tally,
    run: &RunId,
) -> Result<Vec<Coverage>, Fault> {
    list(db, tally, "SELECT scope, form, body FROM coverage WHERE run = ?1", [run.as_str()])
}

fn list(
    db: &Connection,
    tally: &mut Tally,
    sql: &str,
    params: impl Params,
) -> Result<Vec<Coverage>, Fault> {
    let mut items: Vec<Coverage> = db
        .prepare_cached(sql)?
        .query_and_then(params, |row| {
            let columns = Columns::new(row, "a row of coverage");
            let scope: String = columns.get("scope")?;
            let columns = Columns::new(row, format!("the coverage of {scope}"));
            match columns.small_number("form")? {
                form::VERSION => columns.json("body"),
                found => Err(Fault::Newer { found, known: form::VERSION }),
            }
        })?
        .collect::<Result<_, Fault>>()?;
    // The order of scopes is not that of their texts: `iam/…` comes before `iam-credentials/…`.
    items.sort_by(|a, b| a.scope.cmp(&b.scope));
    tally.read += items.len() as u64;
    Ok(items)
}
