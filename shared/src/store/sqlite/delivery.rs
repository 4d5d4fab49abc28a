//! How far the changes of each run were delivered to each sink.

use rusqlite::{Connection, Row, params};

use super::Tally;
use super::error::Fault;
use super::row::{Columns, count};
use crate::model::RunId;
use crate::port::Delivery;

pub(super) fn get(
    db: &Connection,
    tally: &mut Tally,
    sink: &str,
    run: &RunId,
) -> Result<Option<Delivery>, Fault> {
    tally.read += 1;
    db.prepare_cached("SELECT * FROM delivery WHERE sink = ?1 AND run = ?2")?
        .query_and_then(params![sink, run.as_str()], read)?
        .next()
        .transpose()
}

fn read(row: &Row<'_>) -> Result<Delivery, Fault> {
    let columns = Columns::new(row, "a row of `delivery`");
    Ok(Delivery {
        sink: columns.get("sink")?,
        run: columns.parse("run")?,
        cursor: columns.get("cursor")?,
        sent: columns.number("sent")?,
        set_aside: columns.number("set_aside")?,
        ended: columns.get("ended")?,
    })
}

pub(super) fn save(db: &Connection, tally: &mut Tally, delivery: &Delivery) -> Result<(), Fault> {
    let Delivery { sink, run, cursor, sent, set_aside, ended } = delivery;
    let written = db
        .prepare_cached(
            "INSERT INTO delivery (sink, run, cursor, sent, set_aside, ended)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (sink, run) DO UPDATE SET cursor = excluded.cursor, sent = excluded.sent,
             set_aside = excluded.set_aside, ended = excluded.ended
             WHERE (excluded.ended, excluded.sent + excluded.set_aside)
                 > (delivery.ended, delivery.sent + delivery.set_aside)",
        )?
        .execute(params![sink, run.as_str(), cursor, count(*sent), count(*set_aside), ended])?;
    tally.written += written as u64;
    Ok(())
}
