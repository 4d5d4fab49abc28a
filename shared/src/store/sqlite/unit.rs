//! Units of work: claimed under a lease, ended once.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::Fault;
use super::row::{Columns, time};
use super::{Tally, coverage, run};
use crate::model::{Counters, Coverage, RunId, Timestamp, Unit};
use crate::port::{Claim, Lease, Progress};

/// Who holds something, as far as anybody does.
#[derive(Debug, Default)]
pub(super) struct Holder {
    owner: Option<String>,
    until: Option<Timestamp>,
}

impl Holder {
    pub(super) fn read(columns: &Columns<'_>) -> Result<Self, Fault> {
        Ok(Self { owner: columns.get("owner")?, until: columns.parse_optional("until")? })
    }

    /// Until when `lease` has to wait, if it has to. A lease ends at its `until`, not after it.
    pub(super) fn keeps_out(&self, lease: &Lease) -> Option<Timestamp> {
        let another = self.owner.as_ref().is_some_and(|owner| *owner != lease.owner);
        self.until.filter(|until| another && *until > lease.now)
    }
}

/// Writes the units of a run and returns how many there are; a unit that is named twice is one.
pub(super) fn plan(db: &Connection, run: &RunId, units: &[Unit]) -> Result<u64, Fault> {
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO unit (run, unit) VALUES (?1, ?2)")?;
    let mut planned = 0;
    for unit in units {
        planned += insert.execute(params![run.as_str(), unit.to_string()])? as u64;
    }
    Ok(planned)
}

pub(super) fn pending(db: &Connection, tally: &mut Tally, run: &RunId) -> Result<Vec<Unit>, Fault> {
    let mut units: Vec<Unit> = db
        .prepare_cached("SELECT unit FROM unit WHERE run = ?1 AND ended = 0")?
        .query_and_then([run.as_str()], |row| {
            Columns::new(row, format!("a unit of run {run}")).parse("unit")
        })?
        .collect::<Result<_, Fault>>()?;
    units.sort();
    tally.read += units.len() as u64;
    Ok(units)
}

pub(super) fn claim(
    db: &Connection,
    tally: &mut Tally,
    run: &RunId,
    unit: &Unit,
    lease: &Lease,
) -> Result<Claim, Fault> {
    tally.read += 2;
    if !run::is_open(db, run)? {
        return Ok(Claim::Unknown);
    }
    let Some(state) = UnitState::get(db, run, unit)? else { return Ok(Claim::Unknown) };
    if state.ended {
        return Ok(Claim::Ended);
    }
    if let Some(until) = state.holder.keeps_out(lease) {
        return Ok(Claim::Held { until });
    }
    let attempt = state.attempts + 1;
    db.prepare_cached(
        "UPDATE unit SET owner = ?3, until = ?4, attempts = ?5 WHERE run = ?1 AND unit = ?2",
    )?
    .execute(params![
        run.as_str(),
        unit.to_string(),
        lease.owner,
        time(lease.until),
        attempt
    ])?;
    tally.written += 1;
    Ok(Claim::Granted { cursor: state.cursor, pages: state.pages, attempt })
}

struct UnitState {
    holder: Holder,
    cursor: Option<String>,
    pages: u32,
    attempts: u32,
    ended: bool,
}

impl UnitState {
    fn get(db: &Connection, run: &RunId, unit: &Unit) -> Result<Option<Self>, Fault> {
        db.prepare_cached("SELECT * FROM unit WHERE run = ?1 AND unit = ?2")?
            .query_and_then([run.as_str(), &unit.to_string()], |row| {
                let columns = Columns::new(row, format!("unit {unit} of run {run}"));
                Ok(Self {
                    holder: Holder::read(&columns)?,
                    cursor: columns.get("cursor")?,
                    pages: columns.small_number("pages")?,
                    attempts: columns.small_number("attempts")?,
                    ended: columns.get("ended")?,
                })
            })?
            .next()
            .transpose()
    }
}

pub(super) fn release(
    db: &Connection,
    tally: &mut Tally,
    run: &RunId,
    unit: &Unit,
    owner: &str,
) -> Result<(), Fault> {
    let released = db
        .prepare_cached(
            "UPDATE unit SET owner = NULL, until = NULL
             WHERE run = ?1 AND unit = ?2 AND owner = ?3 AND ended = 0",
        )?
        .execute(params![run.as_str(), unit.to_string(), owner])?;
    tally.written += released as u64;
    Ok(())
}

/// Moves the unit's cursor. The cursor of the highest page counts, whatever the order in which pages
/// arrive, so that saving an early page again does not send the unit back.
pub(super) fn advance(
    db: &Connection,
    tally: &mut Tally,
    (run, unit): (&RunId, &Unit),
    number: u32,
    cursor: Option<&str>,
) -> Result<(), Fault> {
    let advanced = db
        .prepare_cached(
            "UPDATE unit SET
               pages = max(pages, ?3 + 1),
               cursor = iif(?4 IS NULL OR ?3 < cursor_page, cursor, ?4),
               cursor_page = iif(?4 IS NULL OR ?3 < cursor_page, cursor_page, ?3)
             WHERE run = ?1 AND unit = ?2",
        )?
        .execute(params![run.as_str(), unit.to_string(), number, cursor])?;
    tally.written += advanced as u64;
    Ok(())
}

/// Whether the run contains the unit.
pub(super) fn exists(db: &Connection, run: &RunId, unit: &Unit) -> Result<bool, Fault> {
    Ok(ended(db, run, unit)?.is_some())
}

fn ended(db: &Connection, run: &RunId, unit: &Unit) -> Result<Option<bool>, Fault> {
    Ok(db
        .prepare_cached("SELECT ended FROM unit WHERE run = ?1 AND unit = ?2")?
        .query_row(params![run.as_str(), unit.to_string()], |row| row.get(0))
        .optional()?)
}

pub(super) fn end(
    db: &Connection,
    tally: &mut Tally,
    run: &RunId,
    unit: &Unit,
    items: &[Coverage],
    counters: &Counters,
) -> Result<Progress, Fault> {
    tally.read += 1;
    match ended(db, run, unit)? {
        None => return Err(Fault::Refused(format!("run {run} has no unit {unit}"))),
        Some(true) => {
            let found = run::get(db, tally, run)?.ok_or_else(|| run::unknown(run))?;
            return Ok(Progress { planned: found.planned, ended: found.ended });
        }
        Some(false) => {}
    }
    for item in items {
        coverage::put_of_run(db, tally, run, item)?;
        coverage::put_latest(db, tally, item)?;
    }
    db.prepare_cached(
        "UPDATE unit SET ended = 1, owner = NULL, until = NULL WHERE run = ?1 AND unit = ?2",
    )?
    .execute(params![run.as_str(), unit.to_string()])?;
    tally.written += 1;
    run::count_ended(db, tally, run, counters)
}
