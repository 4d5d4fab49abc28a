//! Settling a scope: what a complete listing did not contain is gone.

use rusqlite::{Connection, named_params};

use super::error::Fault;
use super::row::time;
use super::{Tally, look, run};
use crate::model::{Coverage, Look, RunId, RunState, Scope};

/// The entities of a scope that an open run has marks of.
const SEEN: &str = "SELECT mark.value FROM seen, json_each(seen.entities) AS mark
                    WHERE seen.run = :run AND seen.scope = :scope";

pub(super) fn scope(
    db: &Connection,
    tally: &mut Tally,
    id: &RunId,
    coverage: &Coverage,
) -> Result<u64, Fault> {
    let run = run::get(db, tally, id)?.ok_or_else(|| run::unknown(id))?;
    let scope = &coverage.scope;
    // Many accounts see a part of this scope each, and no listing of it is complete.
    if *scope == Scope::aws_managed() {
        return Ok(0);
    }
    // The marks go when the run is closed. Without them everything would look unseen to a worker that
    // comes late, so a closed run settles nothing.
    if run.state != RunState::Closed {
        let look = coverage.look(run.started);
        if !coverage.status.may_tombstone() {
            refresh(db, tally, (id, scope), look)?;
            return buried(db, tally, id, scope);
        }
        let earlier = look::of(db, tally, scope)?;
        // A scope that a later look was settled for is left to that.
        if earlier.is_none_or(|earlier| earlier.from <= look.from) {
            bury(db, tally, (id, scope), look, earlier)?;
            look::keep(db, tally, scope, look.after(earlier))?;
        }
    }
    buried(db, tally, id, scope)
}

/// Tombstones what the run did not see and nobody has observed since it began. Until the look before
/// this one, it was there.
fn bury(
    db: &Connection,
    tally: &mut Tally,
    (run, scope): (&RunId, &Scope),
    look: Look,
    earlier: Option<Look>,
) -> Result<(), Fault> {
    let gone =
        format!("scope = :scope AND deleted IS NULL AND observed < :from AND id NOT IN ({SEEN})");
    let (scope, at, from) = (scope.to_string(), time(look.seen), time(look.from));
    // The index `change_once` makes the second tombstone of the same run the first.
    let changes = db
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO change
               (scope, kind, key, change, at, run, before_hash, before_form, before)
             SELECT scope, kind, key, 'deleted', :at, :run, hash, form, body
             FROM entity WHERE {gone} ORDER BY kind, key"
        ))?
        .execute(named_params! {
            ":scope": scope, ":run": run.as_str(), ":at": at, ":from": from,
        })?;
    // Settling again finds its own look, which did not see them.
    let there = earlier.filter(|earlier| earlier.from < look.from).map(|look| time(look.seen));
    let entities = db
        .prepare_cached(&format!(
            "UPDATE entity SET deleted = :at, last_seen = max(last_seen, ifnull(:there, last_seen))
             WHERE {gone}"
        ))?
        .execute(named_params! {
            ":scope": scope, ":run": run.as_str(), ":at": at, ":from": from, ":there": there,
        })?;
    tally.written += (changes + entities) as u64;
    Ok(())
}

/// Notes of those that a listing contained which was not complete that they were seen.
fn refresh(
    db: &Connection,
    tally: &mut Tally,
    (run, scope): (&RunId, &Scope),
    look: Look,
) -> Result<(), Fault> {
    let moved = db
        .prepare_cached(&format!(
            "UPDATE entity SET last_seen = max(last_seen, :at), observed = max(observed, :from)
             WHERE id IN ({SEEN}) AND scope = :scope AND deleted IS NULL
               AND (last_seen < :at OR observed < :from)"
        ))?
        .execute(named_params! {
            ":scope": scope.to_string(), ":run": run.as_str(),
            ":at": time(look.seen), ":from": time(look.from),
        })?;
    tally.written += moved as u64;
    Ok(())
}

/// How many tombstones the run has set in the scope, this time or before: a worker that settles again
/// after a crash counts the same.
fn buried(db: &Connection, tally: &mut Tally, run: &RunId, scope: &Scope) -> Result<u64, Fault> {
    tally.read += 1;
    let number: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM change
             WHERE run = ?1 AND scope = ?2 AND change = 'deleted'",
        )?
        .query_row([run.as_str(), &scope.to_string()], |row| row.get(0))?;
    Ok(number.unsigned_abs())
}
