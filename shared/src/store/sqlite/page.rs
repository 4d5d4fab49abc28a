//! Saving a page: every sighting against what is stored, the marks, the cursor.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::Fault;
use super::row::{Columns, time, to_json};
use super::{Tally, look, run, unit};
use crate::form;
use crate::model::{ChangeKind, RunId, Scope, Timestamp};
use crate::port::{Page, Saved, Sighting};

pub(super) fn save(db: &Connection, tally: &mut Tally, page: &Page) -> Result<Saved, Fault> {
    let mut saved = Saved::default();
    let mut marks: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for sighting in &page.sightings {
        let because = Because::Run(&page.run);
        let known = sight(db, tally, because, sighting, &mut saved)?;
        // What is not stored needs no mark, nor what is never settled.
        if let Some(id) = known.filter(|_| sighting.scope != Scope::aws_managed()) {
            marks.entry(sighting.scope.to_string()).or_default().push(id);
        }
    }
    // A page that comes after the end of its run is still true, but nobody would take its marks away.
    if run::is_open(db, &page.run)? && unit::exists(db, &page.run, &page.unit)? {
        mark(db, tally, page, marks)?;
        let of = (&page.run, &page.unit);
        unit::advance(db, tally, of, page.number, page.cursor.as_deref())?;
    }
    Ok(saved)
}

/// Who wrote a change.
#[derive(Clone, Copy)]
pub(super) enum Because<'a> {
    Run(&'a RunId),
    /// An event, by its id.
    Event(&'a str),
}

impl<'a> Because<'a> {
    /// The columns `run` and `event`.
    pub(super) fn columns(self) -> (Option<&'a str>, Option<&'a str>) {
        match self {
            Self::Run(run) => (Some(run.as_str()), None),
            Self::Event(event) => (None, Some(event)),
        }
    }
}

/// Saves one sighting and counts what became of it. Answers the row of the entity, `None` if there is none.
pub(super) fn sight(
    db: &Connection,
    tally: &mut Tally,
    because: Because<'_>,
    sighting: &Sighting,
    saved: &mut Saved,
) -> Result<Option<i64>, Fault> {
    let seen = Seen::new(sighting)?;
    let (known, outcome) = seen.save(db, tally, because)?;
    match outcome {
        // A run keeps marks of what it saw; of what an event led to, nothing else tells that it was there.
        Outcome::Unchanged if matches!(because, Because::Event(_)) => {
            saved.unchanged += 1;
            tally.written += db
                .prepare_cached(
                    "UPDATE entity SET observed = ?2, last_seen = max(last_seen, ?2)
                     WHERE id = ?1 AND observed < ?2",
                )?
                .execute(params![known, seen.observed])? as u64;
        }
        Outcome::Became(ChangeKind::Created) => saved.created += 1,
        Outcome::Became(ChangeKind::Restored) => saved.restored += 1,
        Outcome::Became(_) => saved.changed += 1,
        Outcome::Unchanged => saved.unchanged += 1,
        Outcome::Stale => saved.stale += 1,
        Outcome::Buried => {
            saved.stale += 1;
            saved.buried.insert(sighting.entity.id());
        }
    }
    Ok(known)
}

/// Replaces the marks of the page.
fn mark(
    db: &Connection,
    tally: &mut Tally,
    page: &Page,
    marks: BTreeMap<String, Vec<i64>>,
) -> Result<(), Fault> {
    let (run, unit) = (page.run.as_str(), page.unit.to_string());
    db.prepare_cached("DELETE FROM seen WHERE run = ?1 AND unit = ?2 AND page = ?3")?
        .execute(params![run, unit, page.number])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO seen (run, unit, page, scope, entities) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (scope, mut entities) in marks {
        entities.sort_unstable();
        entities.dedup();
        insert.execute(params![run, unit, page.number, scope, to_json(&entities)?])?;
        tally.written += 1;
    }
    Ok(())
}

/// What a sighting came to.
enum Outcome {
    Became(ChangeKind),
    Unchanged,
    Stale,
    /// Stale, and tombstoned since.
    Buried,
}

/// A sighting in the form of its row.
struct Seen<'a> {
    sighting: &'a Sighting,
    scope: String,
    account: String,
    kind: &'static str,
    key: String,
    observed: String,
    hash: String,
    body: String,
}

/// What decides about a sighting; the body stays on the disk until it is needed.
struct Before {
    id: i64,
    hash: String,
    observed: String,
    deleted: Option<String>,
}

impl<'a> Seen<'a> {
    fn new(sighting: &'a Sighting) -> Result<Self, Fault> {
        let id = sighting.entity.id();
        let body = form::write(&sighting.entity).map_err(|error| Fault::Unreadable {
            item: format!("{id}, which was to be saved"),
            source: Box::new(error),
        })?;
        Ok(Self {
            sighting,
            scope: sighting.scope.to_string(),
            account: sighting.scope.account.to_string(),
            kind: id.kind.word(),
            key: id.key,
            observed: time(sighting.observed),
            hash: form::hash(&body),
            body,
        })
    }

    /// Saves what is new or different. Answers the row of the entity, `None` if there is none, and what
    /// was done.
    fn save(
        &self,
        db: &Connection,
        tally: &mut Tally,
        because: Because<'_>,
    ) -> Result<(Option<i64>, Outcome), Fault> {
        tally.read += 1;
        let before = self.before(db)?;
        let known = before.as_ref().map(|before| before.id);
        let kind = match before.as_ref().map(|before| self.compare(before)) {
            None => ChangeKind::Created,
            Some(Outcome::Became(kind)) => kind,
            Some(nothing) => return Ok((known, nothing)),
        };
        // Only what would be written is compared with the last look at the whole scope.
        let look = look::of(db, tally, &self.sighting.scope)?;
        if look.is_some_and(|look| look.is_newer_than(self.sighting.observed)) {
            return Ok((known, Outcome::Stale));
        }
        self.log(db, because, kind, before.as_ref())?;
        let id = match known {
            None => self.create(db)?,
            Some(id) => {
                self.replace(db, id)?;
                id
            }
        };
        tally.written += 2;
        tally.bodies += 1;
        Ok((Some(id), Outcome::Became(kind)))
    }

    fn before(&self, db: &Connection) -> Result<Option<Before>, Fault> {
        db.prepare_cached(
            "SELECT id, hash, observed, deleted FROM entity
             WHERE scope = ?1 AND kind = ?2 AND key = ?3",
        )?
        .query_and_then(params![self.scope, self.kind, self.key], |row| {
            let columns = Columns::new(row, format!("{}:{}", self.kind, self.key));
            // Read as times, so that an unreadable one is not silently the oldest or the newest.
            let observed: Timestamp = columns.parse("observed")?;
            let deleted: Option<Timestamp> = columns.parse_optional("deleted")?;
            Ok(Before {
                id: columns.get("id")?,
                hash: columns.get("hash")?,
                observed: time(observed),
                deleted: deleted.map(time),
            })
        })?
        .next()
        .transpose()
    }

    /// The newer answer wins. Of two different answers of one moment the larger hash wins, so that
    /// the order in which they arrive does not matter. A tombstone is an answer, too: what was
    /// observed before it does not undo it.
    fn compare(&self, before: &Before) -> Outcome {
        let known = before.deleted.as_ref().max(Some(&before.observed));
        if Some(&self.observed) < known {
            if before.deleted.is_some() { Outcome::Buried } else { Outcome::Stale }
        } else if before.deleted.is_some() {
            Outcome::Became(ChangeKind::Restored)
        } else if self.hash == before.hash {
            Outcome::Unchanged
        } else if self.observed == before.observed && self.hash < before.hash {
            Outcome::Stale
        } else {
            Outcome::Became(ChangeKind::Changed)
        }
    }

    fn create(&self, db: &Connection) -> Result<i64, Fault> {
        db.prepare_cached(
            "INSERT INTO entity (scope, kind, key, account, hash, first_seen, last_seen, changed,
               observed, form, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?6, ?7, ?8)",
        )?
        .execute(params![
            self.scope,
            self.kind,
            self.key,
            self.account,
            self.hash,
            self.observed,
            form::VERSION,
            self.body
        ])?;
        Ok(db.last_insert_rowid())
    }

    fn replace(&self, db: &Connection, id: i64) -> Result<(), Fault> {
        db.prepare_cached(
            "UPDATE entity SET hash = ?2, last_seen = max(last_seen, ?3), changed = ?3,
               observed = ?3, deleted = NULL, form = ?4, body = ?5
             WHERE id = ?1",
        )?
        .execute(params![id, self.hash, self.observed, form::VERSION, self.body])?;
        Ok(())
    }

    /// Writes the change record; the content before comes from the row that is about to be replaced.
    fn log(
        &self,
        db: &Connection,
        because: Because<'_>,
        change: ChangeKind,
        before: Option<&Before>,
    ) -> Result<(), Fault> {
        let old: Option<(u32, String)> = match before {
            Some(before) => db
                .prepare_cached("SELECT form, body FROM entity WHERE id = ?1")?
                .query_row([before.id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?,
            None => None,
        };
        let (old_form, old_body) = old.unzip();
        let (run, event) = because.columns();
        db.prepare_cached(
            "INSERT OR IGNORE INTO change (scope, kind, key, change, at, run, event, before_hash,
               after_hash, before_form, before, after_form, after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            self.scope,
            self.kind,
            self.key,
            change.word(),
            self.observed,
            run,
            event,
            before.map(|before| &before.hash),
            self.hash,
            old_form,
            old_body,
            form::VERSION,
            self.body
        ])?;
        Ok(())
    }
}
