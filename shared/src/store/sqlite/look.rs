//! The last settled look at each whole scope.

use rusqlite::{Connection, Row, params};

use super::Tally;
use super::error::Fault;
use super::row::{Columns, time};
use crate::model::{Look, Scope};

pub(super) fn of(db: &Connection, tally: &mut Tally, scope: &Scope) -> Result<Option<Look>, Fault> {
    tally.read += 1;
    let look = db
        .prepare_cached("SELECT began, seen FROM look WHERE scope = ?1")?
        .query_and_then([scope.to_string()], beside)?
        .next()
        .transpose()?;
    Ok(look.flatten())
}

/// The look in the columns of a row that is about something else too.
pub(super) fn beside(row: &Row<'_>) -> Result<Option<Look>, Fault> {
    let columns = Columns::new(row, "a look at a scope");
    match columns.parse_optional("began")? {
        Some(from) => Ok(Some(Look { from, seen: columns.parse("seen")? })),
        None => Ok(None),
    }
}

/// Keeps a look, unless there is a later one.
pub(super) fn keep(
    db: &Connection,
    tally: &mut Tally,
    scope: &Scope,
    look: Look,
) -> Result<(), Fault> {
    let written = db
        .prepare_cached(
            "INSERT INTO look (scope, began, seen) VALUES (?1, ?2, ?3)
             ON CONFLICT (scope) DO UPDATE SET began = excluded.began, seen = excluded.seen
             WHERE excluded.began >= look.began",
        )?
        .execute(params![scope.to_string(), time(look.from), time(look.seen)])?;
    tally.written += written as u64;
    Ok(())
}
