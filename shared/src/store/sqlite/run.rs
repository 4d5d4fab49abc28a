//! Runs: opened once, closed once.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Tally;
use super::error::Fault;
use super::row::{Columns, count, time, to_json};
use super::unit::{self, Holder};
use crate::model::{Counters, Run, RunId, RunState, Timestamp, Unit};
use crate::port::{Claim, KEPT, Lease, Opened, Progress};

pub(super) fn open(
    db: &Connection,
    tally: &mut Tally,
    run: &Run,
    units: &[Unit],
) -> Result<Opened, Fault> {
    match get(db, tally, &run.id)? {
        Some(found) if found.state != RunState::Planning => return Ok(Opened::Exists(found)),
        // Nothing worked on a run that was never open, so nothing is lost with its plan.
        Some(_) => {
            db.prepare_cached("DELETE FROM unit WHERE run = ?1")?.execute([run.id.as_str()])?;
            db.prepare_cached("DELETE FROM run WHERE id = ?1")?.execute([run.id.as_str()])?;
        }
        None => {}
    }
    db.prepare_cached(
        "INSERT INTO run (id, trigger, options, state, started, planned, ended, counters)
         VALUES (?1, ?2, ?3, 'open', ?4, 0, 0, ?5)",
    )?
    .execute(params![
        run.id.as_str(),
        run.trigger,
        run.options,
        time(run.started),
        to_json(&run.counters)?
    ])?;
    let planned = unit::plan(db, &run.id, units)?;
    db.prepare_cached("UPDATE run SET planned = ?2 WHERE id = ?1")?
        .execute(params![run.id.as_str(), count(planned)])?;
    tally.written += planned + 1;
    Ok(Opened::New)
}

pub(super) fn get(db: &Connection, tally: &mut Tally, id: &RunId) -> Result<Option<Run>, Fault> {
    tally.read += 1;
    db.prepare_cached("SELECT * FROM run WHERE id = ?1")?
        .query_and_then([id.as_str()], read)?
        .next()
        .transpose()
}

pub(super) fn newest(db: &Connection, tally: &mut Tally, limit: usize) -> Result<Vec<Run>, Fault> {
    let runs: Vec<Run> = db
        .prepare_cached("SELECT * FROM run ORDER BY id DESC LIMIT ?1")?
        .query_and_then([count(limit)], read)?
        .collect::<Result<_, _>>()?;
    tally.read += runs.len() as u64;
    Ok(runs)
}

fn read(row: &Row<'_>) -> Result<Run, Fault> {
    let columns = Columns::new(row, "a row of `run`");
    let id: RunId = columns.parse("id")?;
    let columns = Columns::new(row, format!("run {id}"));
    Ok(Run {
        id,
        trigger: columns.get("trigger")?,
        options: columns.get("options")?,
        state: state(&columns)?,
        started: columns.parse("started")?,
        finished: columns.parse_optional("finished")?,
        planned: columns.number("planned")?,
        ended: columns.number("ended")?,
        counters: columns.json("counters")?,
    })
}

fn state(columns: &Columns<'_>) -> Result<RunState, Fault> {
    let word: String = columns.get("state")?;
    [RunState::Planning, RunState::Open, RunState::Closed]
        .into_iter()
        .find(|state| state.word() == word)
        .ok_or_else(|| columns.unreadable("state", Unstated(word)))
}

/// A word that is no state.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not the state of a run")]
struct Unstated(String);

pub(super) fn claim_closing(
    db: &Connection,
    tally: &mut Tally,
    id: &RunId,
    lease: &Lease,
) -> Result<Claim, Fault> {
    let Some(run) = get(db, tally, id)? else { return Ok(Claim::Unknown) };
    match run.state {
        RunState::Closed => return Ok(Claim::Ended),
        RunState::Planning => return Ok(Claim::Unknown),
        RunState::Open if run.ended < run.planned => return Ok(Claim::Unknown),
        RunState::Open => {}
    }
    let (holder, attempts) = db
        .prepare_cached(
            "SELECT closing_owner AS owner, closing_until AS until, closing_attempts AS attempts
             FROM run WHERE id = ?1",
        )?
        .query_and_then([id.as_str()], |row| {
            let columns = Columns::new(row, format!("run {id}"));
            Ok::<_, Fault>((Holder::read(&columns)?, columns.small_number("attempts")?))
        })?
        .next()
        .transpose()?
        .unwrap_or_default();
    if let Some(until) = holder.keeps_out(lease) {
        return Ok(Claim::Held { until });
    }
    let attempt = attempts + 1;
    db.prepare_cached(
        "UPDATE run SET closing_owner = ?2, closing_until = ?3, closing_attempts = ?4
         WHERE id = ?1",
    )?
    .execute(params![id.as_str(), lease.owner, time(lease.until), attempt])?;
    tally.written += 1;
    Ok(Claim::Granted { cursor: None, pages: 0, attempt })
}

pub(super) fn close(
    db: &Connection,
    tally: &mut Tally,
    id: &RunId,
    at: Timestamp,
    counters: &Counters,
) -> Result<(), Fault> {
    let run = get(db, tally, id)?.ok_or_else(|| unknown(id))?;
    if run.state == RunState::Closed {
        return Ok(());
    }
    add_counters(db, run, counters)?;
    db.prepare_cached(
        "UPDATE run SET state = 'closed', finished = ?2, closing_owner = NULL,
         closing_until = NULL WHERE id = ?1",
    )?
    .execute(params![id.as_str(), time(at)])?;
    let marks = db.prepare_cached("DELETE FROM seen WHERE run = ?1")?.execute([id.as_str()])?;
    tally.written += 1 + marks as u64;
    clear(db, tally, at)
}

/// Takes away what is not kept of old runs. The runs themselves and what they changed stay.
fn clear(db: &Connection, tally: &mut Tally, now: Timestamp) -> Result<(), Fault> {
    // Before the first moment there is, no run began.
    let Ok(oldest) = now.checked_sub(KEPT) else { return Ok(()) };
    for table in ["seen", "unit", "coverage"] {
        let sql =
            format!("DELETE FROM {table} WHERE run IN (SELECT id FROM run WHERE started < ?1)");
        tally.written += db.prepare_cached(&sql)?.execute([time(oldest)])? as u64;
    }
    Ok(())
}

/// Counts one more unit as ended.
pub(super) fn count_ended(
    db: &Connection,
    tally: &mut Tally,
    id: &RunId,
    counters: &Counters,
) -> Result<Progress, Fault> {
    let run = get(db, tally, id)?.ok_or_else(|| unknown(id))?;
    let progress = Progress { planned: run.planned, ended: run.ended + 1 };
    add_counters(db, run, counters)?;
    db.prepare_cached("UPDATE run SET ended = ?2 WHERE id = ?1")?
        .execute(params![id.as_str(), count(progress.ended)])?;
    tally.written += 1;
    Ok(progress)
}

fn add_counters(db: &Connection, run: Run, counters: &Counters) -> Result<(), Fault> {
    let mut sum = run.counters;
    for (name, number) in counters {
        let entry = sum.entry(name.clone()).or_default();
        *entry = entry.saturating_add(*number);
    }
    db.prepare_cached("UPDATE run SET counters = ?2 WHERE id = ?1")?
        .execute(params![run.id.as_str(), to_json(&sum)?])?;
    Ok(())
}

pub(super) fn unknown(id: &RunId) -> Fault {
    Fault::Refused(format!("there is no run {id}"))
}

/// Whether the run may still be worked on.
pub(super) fn is_open(db: &Connection, id: &RunId) -> Result<bool, Fault> {
    let state: Option<String> = db
        .prepare_cached("SELECT state FROM run WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    Ok(state.as_deref() == Some(RunState::Open.word()))
}
