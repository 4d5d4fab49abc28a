//! Backfills: what they set out to read, and how far they are.

use rusqlite::{Connection, params};

use crate::model::{Counters, RunId};
use crate::port::{LogRun, LogRunState};
use crate::store::sqlite::Tally;
use crate::store::sqlite::error::Fault;
use crate::store::sqlite::row::{Columns, count, to_json};

pub(super) fn save(db: &Connection, tally: &mut Tally, run: &LogRun) -> Result<(), Fault> {
    db.prepare_cached("INSERT OR REPLACE INTO log_run (id, logs, units) VALUES (?1, ?2, ?3)")?
        .execute(params![run.id.as_str(), run.logs, count(run.units)])?;
    tally.written += 1;
    Ok(())
}

pub(super) fn end_unit(
    db: &Connection,
    tally: &mut Tally,
    run: &RunId,
    unit: &str,
    counters: &Counters,
) -> Result<(), Fault> {
    db.prepare_cached("INSERT OR REPLACE INTO log_unit (run, unit, counters) VALUES (?1, ?2, ?3)")?
        .execute(params![run.as_str(), unit, to_json(counters)?])?;
    tally.written += 1;
    Ok(())
}

pub(super) fn newest(
    db: &Connection,
    tally: &mut Tally,
    limit: usize,
) -> Result<Vec<LogRunState>, Fault> {
    let mut states: Vec<LogRunState> = db
        .prepare_cached("SELECT * FROM log_run ORDER BY id DESC LIMIT ?1")?
        .query_and_then([count(limit)], |row| {
            let columns = Columns::new(row, "a row of `log_run`");
            let (id, logs) = (columns.parse("id")?, columns.get("logs")?);
            let run = LogRun { id, logs, units: columns.number("units")? };
            Ok::<_, Fault>(LogRunState { run, ended: 0, counters: Counters::new() })
        })?
        .collect::<Result<_, _>>()?;
    let mut units = db.prepare_cached("SELECT * FROM log_unit WHERE run = ?1")?;
    for state in &mut states {
        let ended = units.query_and_then([state.run.id.as_str()], |row| {
            Columns::new(row, "a row of `log_unit`").json::<Counters>("counters")
        })?;
        for counters in ended {
            state.add(&counters?);
        }
        tally.read += state.ended + 1;
    }
    Ok(states)
}
