//! Set-ups: who has the right to, which run is under way, how far its steps are, and what has to be undone one day.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};

use super::error::Fault;
use super::row::{Columns, time, to_json};
use super::{SqliteStore, Tally};
use crate::port::setup::{SetupClaim, SetupRun, SetupRunState, SetupStore, StepRecord, StepState};
use crate::port::{Lease, PortError};

#[async_trait]
impl SetupStore for SqliteStore {
    async fn claim_setup(&self, lease: &Lease) -> Result<SetupClaim, PortError> {
        let lease = lease.clone();
        self.write("claiming the set-up in", move |db, tally| claim(db, tally, &lease)).await
    }

    async fn release_setup(&self, owner: &str) -> Result<(), PortError> {
        let owner = owner.to_owned();
        self.write("releasing the set-up in", move |db, tally| {
            let mut delete = db.prepare_cached("DELETE FROM setup_lease WHERE owner = ?1")?;
            tally.written += delete.execute([owner])? as u64;
            Ok(())
        })
        .await
    }

    async fn open_setup(&self, run: &SetupRun) -> Result<SetupRun, PortError> {
        let run = run.clone();
        self.write("opening a set-up in", move |db, tally| open(db, tally, &run)).await
    }

    async fn setup_run(&self) -> Result<Option<SetupRun>, PortError> {
        self.read("reading the set-up of", |db, tally| last(db, tally, "")).await
    }

    async fn done_setup(&self) -> Result<Option<SetupRun>, PortError> {
        self.read("reading the set-up of", |db, tally| last(db, tally, "WHERE state = 'done'"))
            .await
    }

    async fn close_setup(&self, run: &str, state: &SetupRunState) -> Result<(), PortError> {
        let (run, state) = (run.to_owned(), state.clone());
        self.write("closing a set-up in", move |db, tally| close(db, tally, &run, &state)).await
    }

    async fn save_step(&self, run: &str, step: &StepRecord) -> Result<(), PortError> {
        let (run, step) = (run.to_owned(), step.clone());
        self.write("saving a step to", move |db, tally| save_step(db, tally, &run, &step)).await
    }

    async fn steps(&self, run: &str) -> Result<BTreeMap<String, StepRecord>, PortError> {
        let run = run.to_owned();
        self.read("reading the steps of", move |db, tally| steps(db, tally, &run)).await
    }

    async fn keep_once(&self, name: &str, value: &str) -> Result<String, PortError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write("keeping something in", move |db, tally| {
            let mut insert = db
                .prepare_cached("INSERT OR IGNORE INTO setup_kept (name, value) VALUES (?1, ?2)")?;
            tally.written += insert.execute([&name, &value])? as u64;
            let mut select = db.prepare_cached("SELECT value FROM setup_kept WHERE name = ?1")?;
            Ok(select.query_row([&name], |row| row.get(0))?)
        })
        .await
    }

    async fn kept(&self) -> Result<BTreeMap<String, String>, PortError> {
        self.read("reading what is kept in", |db, tally| {
            let mut select = db.prepare_cached("SELECT name, value FROM setup_kept")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let kept: BTreeMap<String, String> = rows.collect::<Result<_, _>>()?;
            tally.read += kept.len() as u64;
            Ok(kept)
        })
        .await
    }

    async fn forget(&self, name: &str) -> Result<(), PortError> {
        let name = name.to_owned();
        self.write("forgetting something in", move |db, tally| {
            let mut delete = db.prepare_cached("DELETE FROM setup_kept WHERE name = ?1")?;
            tally.written += delete.execute([name])? as u64;
            Ok(())
        })
        .await
    }
}

fn claim(db: &Connection, tally: &mut Tally, lease: &Lease) -> Result<SetupClaim, Fault> {
    let held = db
        .prepare_cached("SELECT owner, until FROM setup_lease")?
        .query_and_then([], |row| {
            let columns = Columns::new(row, "the row of `setup_lease`");
            let owner: String = columns.get("owner")?;
            Ok::<_, Fault>((owner, columns.parse("until")?))
        })?
        .next()
        .transpose()?;
    tally.read += 1;
    if let Some((owner, until)) = held
        && owner != lease.owner
        && until > lease.now
    {
        return Ok(SetupClaim::Held { owner, until });
    }
    db.prepare_cached("INSERT OR REPLACE INTO setup_lease (one, owner, until) VALUES (1, ?1, ?2)")?
        .execute(params![lease.owner, time(lease.until)])?;
    tally.written += 1;
    Ok(SetupClaim::Granted)
}

fn open(db: &Connection, tally: &mut Tally, run: &SetupRun) -> Result<SetupRun, Fault> {
    if let Some(open) = last(db, tally, "WHERE state = 'open'")? {
        return Ok(open);
    }
    let (state, at, reason) = spelled(&run.state);
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO setup_run (id, hash, plan, began, state, at, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let row = params![run.id, run.hash, run.plan, time(run.began), state, at, reason];
    tally.written += insert.execute(row)? as u64;
    let mut select = db.prepare_cached("SELECT * FROM setup_run WHERE id = ?1")?;
    let found = select.query_and_then([&run.id], of_row)?.next();
    found.unwrap_or_else(|| Ok(run.clone()))
}

/// The last run that a condition is true of.
fn last(db: &Connection, tally: &mut Tally, condition: &str) -> Result<Option<SetupRun>, Fault> {
    tally.read += 1;
    let text = format!("SELECT * FROM setup_run {condition} ORDER BY number DESC LIMIT 1");
    db.prepare_cached(&text)?.query_and_then([], of_row)?.next().transpose()
}

fn of_row(row: &Row<'_>) -> Result<SetupRun, Fault> {
    let columns = Columns::new(row, "a row of `setup_run`");
    let state: String = columns.get("state")?;
    let state = match state.as_str() {
        "open" => SetupRunState::Open,
        "done" => SetupRunState::Done { at: columns.parse("at")? },
        _ => SetupRunState::GivenUp { at: columns.parse("at")?, reason: columns.get("reason")? },
    };
    Ok(SetupRun {
        id: columns.get("id")?,
        hash: columns.get("hash")?,
        plan: columns.get("plan")?,
        began: columns.parse("began")?,
        state,
    })
}

fn spelled(state: &SetupRunState) -> (&'static str, Option<String>, Option<&str>) {
    match state {
        SetupRunState::Open => ("open", None, None),
        SetupRunState::Done { at } => ("done", Some(time(*at)), None),
        SetupRunState::GivenUp { at, reason } => ("given-up", Some(time(*at)), Some(reason)),
    }
}

fn close(
    db: &Connection,
    tally: &mut Tally,
    run: &str,
    state: &SetupRunState,
) -> Result<(), Fault> {
    let (state, at, reason) = spelled(state);
    let closed = db
        .prepare_cached(
            "UPDATE setup_run SET state = ?2, at = ?3, reason = ?4 WHERE id = ?1 AND state = 'open'",
        )?
        .execute(params![run, state, at, reason])?;
    tally.written += closed as u64;
    Ok(())
}

fn save_step(
    db: &Connection,
    tally: &mut Tally,
    run: &str,
    step: &StepRecord,
) -> Result<(), Fault> {
    let state = match step.state {
        StepState::Begun => "begun",
        StepState::Done => "done",
        StepState::Failed => "failed",
    };
    let (calls, notes) = (to_json(&step.calls)?, to_json(&step.notes)?);
    db.prepare_cached(
        "INSERT OR REPLACE INTO setup_step (run, step, state, calls, notes, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![run, step.step, state, calls, notes, time(step.at)])?;
    tally.written += 1;
    Ok(())
}

fn steps(
    db: &Connection,
    tally: &mut Tally,
    run: &str,
) -> Result<BTreeMap<String, StepRecord>, Fault> {
    let mut select = db.prepare_cached("SELECT * FROM setup_step WHERE run = ?1")?;
    let rows = select.query_and_then([run], |row| {
        let columns = Columns::new(row, "a row of `setup_step`");
        let state: String = columns.get("state")?;
        let step: String = columns.get("step")?;
        let record = StepRecord {
            step: step.clone(),
            state: match state.as_str() {
                "done" => StepState::Done,
                "failed" => StepState::Failed,
                _ => StepState::Begun,
            },
            calls: columns.json("calls")?,
            notes: columns.json("notes")?,
            at: columns.parse("at")?,
        };
        Ok::<_, Fault>((step, record))
    })?;
    let found: BTreeMap<_, _> = rows.collect::<Result<_, _>>()?;
    tally.read += found.len() as u64;
    Ok(found)
}
