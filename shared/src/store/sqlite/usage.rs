//! Usage: cells, days of logs, objects that were set aside.

mod log_run;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::error::Fault;
use super::row::{Columns, count, time};
use super::token::Place;
use super::{SqliteStore, Tally};
use crate::model::activity::EventTime;
use crate::model::{Counters, RunId};
use crate::port::{
    Answer, AsideObject, LogRun, LogRunState, PortError, SavedCell, UsageQuery, UsageStore,
};
use crate::usage::coverage::{Held, LogDay};
use crate::usage::day::Day;
use crate::usage::form;
use crate::usage::hour::Hour;
use crate::usage::object::{ObjectId, ObjectSet};

#[async_trait]
impl UsageStore for SqliteStore {
    async fn objects(
        &self,
        account: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, ObjectSet)>, PortError> {
        let query = UsageQuery { account: Some(account.to_owned()), from, to };
        self.read("reading the usage of", move |db, tally| objects(db, tally, &query)).await
    }

    async fn save_hour(&self, hour: &Hour) -> Result<SavedCell, PortError> {
        let body = form::write(hour).map_err(|error| PortError::Failed {
            what: format!("saving usage to {}", self.shared.name),
            source: error.into(),
        })?;
        let hour = hour.clone();
        self.write("saving usage to", move |db, tally| save_hour(db, tally, &hour, &body)).await
    }

    async fn hours(
        &self,
        query: &UsageQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Hour>, PortError> {
        let (query, after) = (query.clone(), after.map(str::to_owned));
        self.read("reading the usage of", move |db, tally| {
            hours(db, tally, &query, after.as_deref(), limit.max(1))
        })
        .await
    }

    async fn usage_accounts(&self) -> Result<Vec<String>, PortError> {
        self.read("reading the accounts of", accounts).await
    }

    async fn save_log_day(&self, log: &LogDay) -> Result<SavedCell, PortError> {
        let log = log.clone();
        self.write("saving what logs there are to", move |db, tally| save_log_day(db, tally, &log))
            .await
    }

    async fn log_days(
        &self,
        query: &UsageQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<LogDay>, PortError> {
        let (query, after) = (query.clone(), after.map(str::to_owned));
        self.read("reading what logs there are in", move |db, tally| {
            log_days(db, tally, &query, after.as_deref(), limit.max(1))
        })
        .await
    }

    async fn set_aside(&self, aside: &AsideObject) -> Result<(), PortError> {
        let aside = aside.clone();
        self.write("setting an object aside in", move |db, tally| set_aside(db, tally, &aside))
            .await
    }

    async fn clear_set_aside(&self, object: &str) -> Result<bool, PortError> {
        let object = object.to_owned();
        self.write("taking an object back in", move |db, tally| {
            let mut delete = db.prepare_cached("DELETE FROM log_aside WHERE object = ?1")?;
            let deleted = delete.execute([object])?;
            tally.written += deleted as u64;
            Ok(deleted > 0)
        })
        .await
    }

    async fn set_aside_objects(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<AsideObject>, PortError> {
        let after = after.map(str::to_owned);
        self.read("reading what was set aside in", move |db, tally| {
            aside(db, tally, after.as_deref(), limit.max(1))
        })
        .await
    }

    async fn save_log_run(&self, run: &LogRun) -> Result<(), PortError> {
        let run = run.clone();
        self.write("saving a backfill to", move |db, tally| log_run::save(db, tally, &run)).await
    }

    async fn end_log_unit(
        &self,
        run: &RunId,
        unit: &str,
        counters: &Counters,
    ) -> Result<(), PortError> {
        let (run, unit, counters) = (run.clone(), unit.to_owned(), counters.clone());
        self.write("ending a unit of a backfill in", move |db, tally| {
            log_run::end_unit(db, tally, &run, &unit, &counters)
        })
        .await
    }

    async fn log_runs(&self, limit: usize) -> Result<Vec<LogRunState>, PortError> {
        self.read("reading the backfills of", move |db, tally| log_run::newest(db, tally, limit))
            .await
    }

    async fn usage_totals(&self) -> Result<Counters, PortError> {
        self.read("counting the usage of", totals).await
    }
}

/// What is in the way of a body that is stored.
fn unreadable(columns: &Columns<'_>, error: form::ReadError) -> Fault {
    match error {
        form::ReadError::Newer { found } => {
            Fault::Newer { found: found.into(), known: form::VERSION.into() }
        }
        other => columns.unreadable("body", other),
    }
}

/// The columns and the body of a row of `usage_hour`.
fn body<'a>(row: &'a Row<'a>) -> Result<(Columns<'a>, &'a [u8]), Fault> {
    let columns = Columns::new(row, "a row of `usage_hour`");
    let (account, at): (String, String) = (columns.get("account")?, columns.get("at")?);
    let columns = Columns::new(row, format!("the usage of {account} at {at}"));
    let body = row.get_ref("body")?.as_blob();
    match body {
        Ok(body) => Ok((columns, body)),
        Err(error) => Err(columns.unreadable("body", error)),
    }
}

fn objects(
    db: &Connection,
    tally: &mut Tally,
    query: &UsageQuery,
) -> Result<Vec<(i64, ObjectSet)>, Fault> {
    let found: Vec<(i64, ObjectSet)> = db
        .prepare_cached(
            "SELECT * FROM usage_hour WHERE account = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour",
        )?
        .query_and_then(params![query.account, query.from, query.to], |row| {
            let (columns, body) = body(row)?;
            let objects = form::read_objects(body).map_err(|error| unreadable(&columns, error))?;
            Ok::<_, Fault>((columns.get("hour")?, objects))
        })?
        .collect::<Result<_, _>>()?;
    tally.read += found.len() as u64;
    Ok(found)
}

fn save_hour(
    db: &Connection,
    tally: &mut Tally,
    hour: &Hour,
    written: &[u8],
) -> Result<SavedCell, Fault> {
    tally.read += 1;
    let mut find =
        db.prepare_cached("SELECT * FROM usage_hour WHERE account = ?1 AND hour = ?2")?;
    let before = find
        .query_and_then(params![hour.account(), hour.hour()], |row| {
            let (columns, body) = body(row)?;
            let objects = form::read_objects(body).map_err(|error| unreadable(&columns, error))?;
            Ok::<_, Fault>((body == written, objects))
        })?
        .next()
        .transpose()?;
    match before {
        Some((true, _)) => return Ok(SavedCell::Unchanged),
        Some((false, objects)) if !hour.objects().contains_all(&objects) => {
            return Ok(SavedCell::Conflict);
        }
        _ => {}
    }
    let at = EventTime(hour.hour().saturating_mul(3_600_000)).text();
    db.prepare_cached(
        "INSERT OR REPLACE INTO usage_hour (account, hour, at, objects, events, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        hour.account(),
        hour.hour(),
        at,
        count(hour.objects().len()),
        count(hour.events()),
        written
    ])?;
    tally.written += 1;
    tally.bodies += 1;
    Ok(SavedCell::Written)
}

fn hours(
    db: &Connection,
    tally: &mut Tally,
    query: &UsageQuery,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<Hour>, Fault> {
    let mut conditions = vec!["hour >= ?", "hour < ?"];
    let mut values = vec![Value::from(query.from), query.to.into()];
    if let Some(account) = &query.account {
        conditions.push("account = ?");
        values.push(account.clone().into());
    }
    if let Some(place) = after.map(Place::of_token).transpose()? {
        conditions.push("(account, hour) > (?, ?)");
        values.extend([place.scope.into(), place.id.into()]);
    }
    values.push(count(limit).into());
    let sql = format!(
        "SELECT * FROM usage_hour WHERE {} ORDER BY account, hour LIMIT ?",
        conditions.join(" AND ")
    );
    let items: Vec<Hour> = db
        .prepare_cached(&sql)?
        .query_and_then(params_from_iter(values), |row| {
            let (columns, body) = body(row)?;
            form::read(body).map_err(|error| unreadable(&columns, error))
        })?
        .collect::<Result<_, _>>()?;
    tally.read += items.len() as u64;
    let last = items.last().filter(|_| items.len() == limit);
    let place = last.map(|last| Place {
        scope: last.account().to_owned(),
        id: last.hour(),
        ..Place::default()
    });
    Ok(Answer { next: place.map(|place| place.to_token()), items })
}

fn accounts(db: &Connection, tally: &mut Tally) -> Result<Vec<String>, Fault> {
    let accounts: Vec<String> = db
        .prepare_cached("SELECT DISTINCT account FROM usage_hour ORDER BY account")?
        .query_and_then([], |row| Columns::new(row, "a row of `usage_hour`").get("account"))?
        .collect::<Result<_, _>>()?;
    tally.read += accounts.len() as u64;
    Ok(accounts)
}

fn save_log_day(db: &Connection, tally: &mut Tally, log: &LogDay) -> Result<SavedCell, Fault> {
    tally.read += 1;
    let key = params![log.account, log.day.0, log.region];
    let before = db
        .prepare_cached("SELECT * FROM log_day WHERE account = ?1 AND number = ?2 AND region = ?3")?
        .query_and_then(key, log_day)?
        .next()
        .transpose()?;
    match before {
        Some(before) if before == *log => return Ok(SavedCell::Unchanged),
        Some(before) if !log.objects.contains_all(&before.objects) => {
            return Ok(SavedCell::Conflict);
        }
        _ => {}
    }
    let LogDay { account, region, day, hours, held, objects } = log;
    let Held { bytes, records, calls, unreadable } = held;
    let ids: Vec<u8> = objects.ids().iter().flat_map(|id| id.to_le_bytes()).collect();
    db.prepare_cached(
        "INSERT OR REPLACE INTO log_day (account, number, region, day, hours, objects, bytes,
         records, calls, unreadable, ids) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        account,
        day.0,
        region,
        day.to_string(),
        hours,
        count(objects.len()),
        count(*bytes),
        count(*records),
        count(*calls),
        count(*unreadable),
        ids
    ])?;
    tally.written += 1;
    tally.bodies += 1;
    Ok(SavedCell::Written)
}

fn log_day(row: &Row<'_>) -> Result<LogDay, Fault> {
    let columns = Columns::new(row, "a row of `log_day`");
    let ids: Vec<u8> = columns.get("ids")?;
    let (ids, _) = ids.as_chunks::<8>();
    let held = Held {
        bytes: columns.number("bytes")?,
        records: columns.number("records")?,
        calls: columns.number("calls")?,
        unreadable: columns.number("unreadable")?,
    };
    let ids = ids.iter().map(|id| ObjectId(u64::from_le_bytes(*id)));
    Ok(LogDay {
        account: columns.get("account")?,
        region: columns.get("region")?,
        day: Day(columns.get("number")?),
        hours: columns.small_number("hours")?,
        held,
        objects: ObjectSet::new(ids, Vec::new()),
    })
}

fn log_days(
    db: &Connection,
    tally: &mut Tally,
    query: &UsageQuery,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<LogDay>, Fault> {
    let last = Day::of_hour(query.to.saturating_sub(1));
    let mut conditions = vec!["number >= ?", "number <= ?"];
    let mut values = vec![Value::from(Day::of_hour(query.from).0), last.0.into()];
    if let Some(account) = &query.account {
        conditions.push("account = ?");
        values.push(account.clone().into());
    }
    if let Some(place) = after.map(Place::of_token).transpose()? {
        conditions.push("(account, number, region) > (?, ?, ?)");
        values.extend([place.scope.into(), place.id.into(), place.key.into()]);
    }
    values.push(count(limit).into());
    let sql = format!(
        "SELECT * FROM log_day WHERE {} ORDER BY account, number, region LIMIT ?",
        conditions.join(" AND ")
    );
    let items: Vec<LogDay> = db
        .prepare_cached(&sql)?
        .query_and_then(params_from_iter(values), log_day)?
        .collect::<Result<_, _>>()?;
    tally.read += items.len() as u64;
    let last = items.last().filter(|_| items.len() == limit);
    let place = last.map(|last| Place {
        scope: last.account.clone(),
        id: last.day.0,
        key: last.region.clone(),
        ..Place::default()
    });
    Ok(Answer { next: place.map(|place| place.to_token()), items })
}

fn set_aside(db: &Connection, tally: &mut Tally, aside: &AsideObject) -> Result<(), Fault> {
    let AsideObject { object, reason, at } = aside;
    let written = db
        .prepare_cached(
            "INSERT INTO log_aside (object, reason, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (object) DO UPDATE SET reason = excluded.reason, at = excluded.at
             WHERE (excluded.at, excluded.reason) > (log_aside.at, log_aside.reason)",
        )?
        .execute(params![object, reason, time(*at)])?;
    tally.written += written as u64;
    Ok(())
}

fn aside(
    db: &Connection,
    tally: &mut Tally,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<AsideObject>, Fault> {
    let place = after.map(Place::of_token).transpose()?;
    let after = place.map(|place| place.key);
    let items: Vec<AsideObject> = db
        .prepare_cached(
            "SELECT * FROM log_aside WHERE ?1 IS NULL OR object > ?1 ORDER BY object LIMIT ?2",
        )?
        .query_and_then(params![after, count(limit)], |row| {
            let columns = Columns::new(row, "a row of `log_aside`");
            let (object, reason) = (columns.get("object")?, columns.get("reason")?);
            Ok::<_, Fault>(AsideObject { object, reason, at: columns.parse("at")? })
        })?
        .collect::<Result<_, _>>()?;
    tally.read += items.len() as u64;
    let last = items.last().filter(|_| items.len() == limit);
    let place = last.map(|last| Place { key: last.object.clone(), ..Place::default() });
    Ok(Answer { next: place.map(|place| place.to_token()), items })
}

fn totals(db: &Connection, tally: &mut Tally) -> Result<Counters, Fault> {
    const SUMS: &str = "
        SELECT 'usage.cells', count(*) FROM usage_hour
        UNION ALL SELECT 'usage.events', ifnull(sum(events), 0) FROM usage_hour
        UNION ALL SELECT 'usage.duplicates', 0
        UNION ALL SELECT 'logs.objects', ifnull(sum(objects), 0) FROM log_day
        UNION ALL SELECT 'logs.bytes', ifnull(sum(bytes), 0) FROM log_day
        UNION ALL SELECT 'logs.records', ifnull(sum(records), 0) FROM log_day
        UNION ALL SELECT 'logs.calls', ifnull(sum(calls), 0) FROM log_day
        UNION ALL SELECT 'logs.unreadable', ifnull(sum(unreadable), 0) FROM log_day
        UNION ALL SELECT 'logs.set_aside', count(*) FROM log_aside";
    let mut sums: Counters = db
        .prepare_cached(SUMS)?
        .query_map([], |row| Ok((row.get(0)?, count_of(row.get(1)?))))?
        .collect::<Result<_, _>>()?;
    tally.read += sums.len() as u64;
    let of = |name: &str| sums.get(name).copied().unwrap_or_default();
    let duplicates = of("logs.calls").saturating_sub(of("usage.events"));
    sums.insert("usage.duplicates".to_owned(), duplicates);
    Ok(sums)
}

/// A count as SQLite has kept it.
fn count_of(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
