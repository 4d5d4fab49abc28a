//! What readers ask: entities and changes, a page at a time.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::error::Fault;
use super::row::{Columns, count};
use super::token::Place;
use super::{Tally, look};
use crate::form;
use crate::model::{
    Cause, CauseEvent, Change, ChangeKind, Entity, EntityId, Kind, RunId, Scope, Stored,
};
use crate::port::{Answer, Query};

pub(super) fn entities(
    db: &Connection,
    tally: &mut Tally,
    query: &Query,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<Stored>, Fault> {
    let mut conditions: Vec<&str> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    if let Some(kind) = query.kind {
        conditions.push("kind = ?");
        values.push(kind.word().to_owned().into());
    }
    if let Some(scope) = &query.scope {
        conditions.push("scope = ?");
        values.push(scope.to_string().into());
    }
    // With a kind, the order below is that of the index that begins with the kind.
    let place = after.map(Place::of_token).transpose()?.unwrap_or_default();
    if query.kind.is_some() {
        conditions.push("(scope, key) > (?, ?)");
        values.extend([place.scope, place.key].map(Value::from));
    } else {
        conditions.push("(scope, kind, key) > (?, ?, ?)");
        values.extend([place.scope, place.kind, place.key].map(Value::from));
    }
    if let Some(beginning) = &query.beginning {
        conditions.push("substr(key, 1, length(?)) = ?");
        values.extend([beginning.clone(), beginning.clone()].map(Value::from));
        conditions.push("key >= ?");
        values.push(beginning.clone().into());
    }
    if !query.with_deleted {
        conditions.push("deleted IS NULL");
    }
    let limit = limit.max(1);
    values.push(count(limit).into());
    let sql = format!(
        "SELECT * FROM entity LEFT JOIN look USING (scope)
         WHERE {} ORDER BY scope, kind, key LIMIT ?",
        conditions.join(" AND ")
    );
    let items: Vec<Stored> = db
        .prepare_cached(&sql)?
        .query_and_then(params_from_iter(values), stored)?
        .collect::<Result<_, _>>()?;
    tally.read += items.len() as u64;
    let full = items.len() == limit;
    let next = items.last().filter(|_| full).map(|last| {
        let EntityId { kind, key } = last.entity.id();
        Place { scope: last.scope.to_string(), kind: kind.word().to_owned(), key, id: 0 }.to_token()
    });
    Ok(Answer { items, next })
}

pub(super) fn entity(
    db: &Connection,
    tally: &mut Tally,
    scope: &Scope,
    id: &EntityId,
) -> Result<Option<Stored>, Fault> {
    tally.read += 1;
    db.prepare_cached(
        "SELECT * FROM entity LEFT JOIN look USING (scope)
         WHERE scope = ?1 AND kind = ?2 AND key = ?3",
    )?
    .query_and_then(params![scope.to_string(), id.kind.word(), id.key], stored)?
    .next()
    .transpose()
}

fn stored(row: &Row<'_>) -> Result<Stored, Fault> {
    let (columns, scope, id) = named(row)?;
    let body: String = columns.get("body")?;
    let stored = Stored {
        scope,
        entity: columns.body(columns.small_number("form")?, id.kind, &body)?,
        hash: columns.get("hash")?,
        first_seen: columns.parse("first_seen")?,
        last_seen: columns.parse("last_seen")?,
        changed: columns.parse("changed")?,
        observed: columns.parse("observed")?,
        deleted: columns.parse_optional("deleted")?,
    };
    Ok(stored.looked_at(look::beside(row)?))
}

/// The columns of a row that is about an entity, and which entity that is.
fn named<'a>(row: &'a Row<'a>) -> Result<(Columns<'a>, Scope, EntityId), Fault> {
    let columns = Columns::new(row, "a row of `entity` or `change`");
    let scope: Scope = columns.parse("scope")?;
    let kind: Kind = columns.parse("kind")?;
    let id = EntityId { kind, key: columns.get("key")? };
    Ok((Columns::new(row, format!("{id} in {scope}")), scope, id))
}

pub(super) fn history(
    db: &Connection,
    tally: &mut Tally,
    scope: &Scope,
    id: &EntityId,
) -> Result<Vec<Change>, Fault> {
    let changes: Vec<Change> = db
        .prepare_cached(
            "SELECT change.*, event.body AS cause FROM change LEFT JOIN event ON event.id = change.event
             WHERE scope = ?1 AND kind = ?2 AND key = ?3 ORDER BY at, change.id",
        )?
        .query_and_then(params![scope.to_string(), id.kind.word(), id.key], change)?
        .collect::<Result<_, _>>()?;
    tally.read += changes.len() as u64;
    Ok(changes)
}

pub(super) fn changes(
    db: &Connection,
    tally: &mut Tally,
    run: &RunId,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<Change>, Fault> {
    let place = after.map(Place::of_token).transpose()?.unwrap_or_default();
    let limit = limit.max(1);
    let found: Vec<(i64, Change)> = db
        .prepare_cached(
            "SELECT *, NULL AS cause FROM change
             WHERE run = ?1 AND (scope, kind, key, id) > (?2, ?3, ?4, ?5)
             ORDER BY scope, kind, key, id LIMIT ?6",
        )?
        .query_and_then(
            params![run.as_str(), place.scope, place.kind, place.key, place.id, count(limit)],
            |row| Ok::<_, Fault>((row.get("id")?, change(row)?)),
        )?
        .collect::<Result<_, _>>()?;
    tally.read += found.len() as u64;
    let full = found.len() == limit;
    let next = found.last().filter(|_| full).map(|(id, last)| {
        Place {
            scope: last.scope.to_string(),
            kind: last.id.kind.word().to_owned(),
            key: last.id.key.clone(),
            id: *id,
        }
        .to_token()
    });
    Ok(Answer { items: found.into_iter().map(|(_, change)| change).collect(), next })
}

fn change(row: &Row<'_>) -> Result<Change, Fault> {
    let (columns, scope, id) = named(row)?;
    let event: Option<String> = columns.get("event")?;
    let cause = match event {
        Some(event) => Cause::Event(Box::new(cause(&columns, event)?)),
        None => Cause::Run(columns.parse("run")?),
    };
    Ok(Change {
        kind: change_kind(&columns)?,
        at: columns.parse("at")?,
        cause,
        before_hash: columns.get("before_hash")?,
        after_hash: columns.get("after_hash")?,
        before: side(&columns, id.kind, "before_form", "before")?,
        after: side(&columns, id.kind, "after_form", "after")?,
        scope,
        id,
    })
}

/// What is known of the event that a change names.
fn cause(columns: &Columns<'_>, id: String) -> Result<CauseEvent, Fault> {
    let body: Option<String> = columns.get("cause")?;
    match body {
        Some(body) => form::read_cause(&body).map_err(|error| columns.unreadable("event", error)),
        None => Ok(CauseEvent { id, ..CauseEvent::default() }),
    }
}

pub(super) fn changes_of_event(
    db: &Connection,
    tally: &mut Tally,
    event: &str,
) -> Result<Vec<Change>, Fault> {
    let changes: Vec<Change> = db
        .prepare_cached(
            "SELECT change.*, event.body AS cause FROM change LEFT JOIN event ON event.id = change.event
             WHERE change.event = ?1 ORDER BY scope, kind, key, change.id",
        )?
        .query_and_then([event], change)?
        .collect::<Result<_, _>>()?;
    tally.read += changes.len() as u64;
    Ok(changes)
}

fn change_kind(columns: &Columns<'_>) -> Result<ChangeKind, Fault> {
    let word: String = columns.get("change")?;
    [ChangeKind::Created, ChangeKind::Changed, ChangeKind::Deleted, ChangeKind::Restored]
        .into_iter()
        .find(|kind| kind.word() == word)
        .ok_or_else(|| columns.unreadable("change", UnknownChange(word)))
}

/// A word that is no kind of change.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a kind of change")]
struct UnknownChange(String);

/// The content on one side of a change.
fn side(
    columns: &Columns<'_>,
    kind: Kind,
    form: &str,
    body: &str,
) -> Result<Option<Entity>, Fault> {
    let text: Option<String> = columns.get(body)?;
    text.map(|text| columns.body(columns.small_number(form)?, kind, &text)).transpose()
}
