//! What was read again because of events, and notices.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::error::Fault;
use super::page::{Because, sight};
use super::row::{Columns, time};
use super::{SqliteStore, Tally, look, read};
use crate::form;
use crate::model::{CauseEvent, Change, Notice, NoticeKind, Scope};
use crate::port::{EventStore, Gone, PortError, Reread, RereadSaved};
use crate::store::burial::Burial;

#[async_trait]
impl EventStore for SqliteStore {
    async fn save_reread(&self, reread: &Reread) -> Result<RereadSaved, PortError> {
        let reread = reread.clone();
        self.write("saving what an event led to in", move |db, tally| save(db, tally, &reread))
            .await
    }

    async fn changes_of_event(&self, event: &str) -> Result<Vec<Change>, PortError> {
        let event = event.to_owned();
        self.read("reading the changes of", move |db, tally| {
            read::changes_of_event(db, tally, &event)
        })
        .await
    }

    async fn put_notices(&self, notices: &[Notice]) -> Result<(), PortError> {
        let notices = notices.to_vec();
        self.write("saving notices to", move |db, tally| {
            notices.iter().try_for_each(|notice| put(db, tally, notice))
        })
        .await
    }

    async fn notices(&self) -> Result<Vec<Notice>, PortError> {
        self.read("reading the notices of", |db, tally| {
            let notices: Vec<Notice> = db
                .prepare_cached("SELECT * FROM notice ORDER BY kind, about")?
                .query_and_then([], notice)?
                .collect::<Result<_, _>>()?;
            tally.read += notices.len() as u64;
            Ok(notices)
        })
        .await
    }
}

fn save(db: &Connection, tally: &mut Tally, reread: &Reread) -> Result<RereadSaved, Fault> {
    let because = Because::Event(&reread.event.id);
    let mut done = RereadSaved::default();
    for sighting in &reread.seen {
        sight(db, tally, because, sighting, &mut done.saved)?;
    }
    for gone in reread.gone.iter().filter(|gone| gone.scope != Scope::aws_managed()) {
        match bury(db, tally, &reread.event.id, gone)? {
            Burial::Done => done.deleted += 1,
            Burial::Needless => {}
            Burial::Met => {
                done.met.insert(gone.id.clone());
            }
        }
    }
    if done.changes() > 0 {
        let body = cause(&reread.event)?;
        tally.written += db
            .prepare_cached(
                "INSERT INTO event (id, body) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![reread.event.id, body])? as u64;
    }
    Ok(done)
}

fn cause(event: &CauseEvent) -> Result<String, Fault> {
    form::write_cause(event).map_err(|error| Fault::Unreadable {
        item: format!("event {}, which was to be saved", event.id),
        source: Box::new(error),
    })
}

/// Tombstones what AWS said is gone, unless it was observed at that moment or later, or is not what was known.
fn bury(db: &Connection, tally: &mut Tally, event: &str, gone: &Gone) -> Result<Burial, Fault> {
    tally.read += 1;
    let look = look::of(db, tally, &gone.scope)?;
    if look.is_some_and(|look| look.from >= gone.observed) {
        return Ok(Burial::Needless);
    }
    let (scope, at) = (gone.scope.to_string(), time(gone.observed));
    let found: Option<(i64, String)> = db
        .prepare_cached(
            "SELECT id, hash FROM entity WHERE scope = ?1 AND kind = ?2 AND key = ?3
               AND deleted IS NULL AND observed < ?4",
        )?
        .query_row(params![scope, gone.id.kind.word(), gone.id.key, at], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((id, hash)) = found else {
        // What is deleted is deleted since then, and still is: what was seen between does not undo it.
        tally.written +=
            db.prepare_cached(
                "UPDATE entity SET observed = ?4 WHERE scope = ?1 AND kind = ?2 AND key = ?3
                   AND deleted IS NOT NULL AND observed < ?4",
            )?
            .execute(params![scope, gone.id.kind.word(), gone.id.key, at])? as u64;
        return Ok(Burial::Needless);
    };
    if hash != gone.hash {
        return Ok(Burial::Met);
    }
    db.prepare_cached(
        "INSERT OR IGNORE INTO change
           (scope, kind, key, change, at, event, before_hash, before_form, before)
         SELECT scope, kind, key, 'deleted', ?2, ?3, hash, form, body FROM entity WHERE id = ?1",
    )?
    .execute(params![id, at, event])?;
    let there = look.map(|look| time(look.seen));
    db.prepare_cached(
        "UPDATE entity SET deleted = ?2, observed = ?2, last_seen = max(last_seen, ifnull(?3, last_seen))
         WHERE id = ?1",
    )?
    .execute(params![id, at, there])?;
    tally.written += 2;
    Ok(Burial::Done)
}

fn put(db: &Connection, tally: &mut Tally, new: &Notice) -> Result<(), Fault> {
    tally.read += 1;
    let known = db
        .prepare_cached("SELECT * FROM notice WHERE kind = ?1 AND about = ?2")?
        .query_and_then(params![new.kind.word(), new.about], notice)?
        .next()
        .transpose()?;
    if known.is_some_and(|known| !new.replaces(&known)) {
        return Ok(());
    }
    db.prepare_cached(
        "INSERT OR REPLACE INTO notice (kind, about, what, event) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![new.kind.word(), new.about, new.what, cause(&new.event)?])?;
    tally.written += 1;
    Ok(())
}

fn notice(row: &Row<'_>) -> Result<Notice, Fault> {
    let columns = Columns::new(row, "a row of `notice`");
    let (word, event): (String, String) = (columns.get("kind")?, columns.get("event")?);
    let kind = NoticeKind::ALL.into_iter().find(|kind| kind.word() == word);
    Ok(Notice {
        kind: kind.ok_or_else(|| columns.unreadable("kind", UnknownNotice(word)))?,
        about: columns.get("about")?,
        what: columns.get("what")?,
        event: form::read_cause(&event).map_err(|error| columns.unreadable("event", error))?,
    })
}

/// A word that is no kind of notice.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a kind of notice")]
struct UnknownNotice(String);
