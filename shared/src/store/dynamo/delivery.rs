//! How far the changes of each run were delivered to each sink: one item for both.

use super::DynamoStore;
use super::expression::{Edit, all, any};
use super::item::{Item, ItemError, number, text};
use crate::model::RunId;
use crate::port::{Delivery, PortError};
use crate::store::key::{self, attribute};

/// The version of the item. A reader of another one would take its cursor for something else.
const FORM: u32 = 1;

pub(super) async fn get(
    store: &DynamoStore,
    sink: &str,
    run: &RunId,
) -> Result<Option<Delivery>, PortError> {
    let Some(item) = store.table.get(&key::delivery(sink, run)).await? else { return Ok(None) };
    let form: u32 =
        item.number(attribute::FORM).map_err(|error| store.table.corrupt(&item, error))?;
    if form > FORM {
        let what = format!("delivery {}", item.name());
        return Err(PortError::Newer { what, found: form, known: FORM });
    }
    read(sink, run, &item).map(Some).map_err(|error| store.table.corrupt(&item, error))
}

fn read(sink: &str, run: &RunId, item: &Item) -> Result<Delivery, ItemError> {
    Ok(Delivery {
        sink: sink.to_owned(),
        run: run.clone(),
        cursor: item.some_text(attribute::CURSOR).map(str::to_owned),
        sent: item.number(attribute::SENT)?,
        set_aside: item.number(attribute::SET_ASIDE)?,
        ended: item.number::<u8>(attribute::ENDED)? == 1,
    })
}

/// Keeps a delivery; a refusal means that a farther one is known.
pub(super) async fn save(store: &DynamoStore, delivery: &Delivery) -> Result<(), PortError> {
    let ended = u8::from(delivery.ended);
    let edit = Edit::of(key::delivery(&delivery.sink, &delivery.run))
        .set(attribute::FORM, number(FORM))
        .set(attribute::SENT, number(delivery.sent))
        .set(attribute::SET_ASIDE, number(delivery.set_aside))
        .set(attribute::POSITION, number(delivery.position()))
        .set(attribute::ENDED, number(ended));
    let edit = match &delivery.cursor {
        Some(cursor) => edit.set(attribute::CURSOR, text(cursor)),
        None => edit.remove(attribute::CURSOR),
    };
    let edit = edit.only_if(|terms| {
        let absent = terms.absent(attribute::PARTITION);
        let before = terms.compare(attribute::ENDED, "<", number(ended));
        let same = terms.equal(attribute::ENDED, number(ended));
        let nearer = terms.compare(attribute::POSITION, "<", number(delivery.position()));
        any(&[absent, before, format!("({})", all(&[same, nearer]))])
    });
    store.table.edit(&edit).await.map(drop)
}
