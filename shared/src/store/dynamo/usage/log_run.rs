//! Backfills: an item for each, and one for each of its units that ended.

use serde::{Deserialize, Serialize};

use super::super::DynamoStore;
use super::super::calls::Find;
use super::super::error::invalid;
use super::super::item::{Item, ItemError, number, text};
use crate::model::{Counters, RunId};
use crate::port::{LogRun, LogRunState, PortError};
use crate::store::key::{attribute, usage as keys};

/// The version of both items.
const FORM: u32 = 1;

/// What the item of a backfill says beside its id.
#[derive(Deserialize, Serialize)]
struct Body {
    logs: String,
    units: u64,
}

pub(super) async fn save(store: &DynamoStore, run: &LogRun) -> Result<(), PortError> {
    let body = Body { logs: run.logs.clone(), units: run.units };
    let item = Item::at(&keys::log_run(&run.id));
    put(store, item, &body).await
}

pub(super) async fn end_unit(
    store: &DynamoStore,
    run: &RunId,
    unit: &str,
    counters: &Counters,
) -> Result<(), PortError> {
    put(store, Item::at(&keys::log_unit(run, unit)), counters).await
}

async fn put(store: &DynamoStore, item: Item, body: &impl Serialize) -> Result<(), PortError> {
    let body = serde_json::to_string(body).map_err(|error| invalid(&store.table.name, error))?;
    let item = item.with(attribute::FORM, number(FORM)).with(attribute::BODY, text(body));
    store.table.put_all(vec![item]).await
}

pub(super) async fn newest(
    store: &DynamoStore,
    limit: usize,
) -> Result<Vec<LogRunState>, PortError> {
    let (mut states, mut from) = (Vec::new(), None);
    while states.len() < limit {
        let find = Find::beginning(keys::LOG_RUNS, "").limit(limit - states.len()).newest_first();
        let found = store.table.find(find.after(from)).await?;
        for item in &found.items {
            states.push(state(store, item).await?);
        }
        from = found.next;
        if from.is_none() {
            break;
        }
    }
    Ok(states)
}

async fn state(store: &DynamoStore, item: &Item) -> Result<LogRunState, PortError> {
    let corrupt = |error| store.table.corrupt(item, error);
    let id: RunId = item.parse(attribute::SORT, "the id of a run").map_err(corrupt)?;
    let Body { logs, units } = body(store, item)?;
    let run = LogRun { id, logs, units };
    let partition = keys::log_run_partition(&run.id);
    let mut state = LogRunState { run, ended: 0, counters: Counters::new() };
    for unit in store.table.find_all(|| Find::beginning(&partition, "")).await? {
        state.add(&body(store, &unit)?);
    }
    Ok(state)
}

fn body<T: for<'d> Deserialize<'d>>(store: &DynamoStore, item: &Item) -> Result<T, PortError> {
    let corrupt = |error| store.table.corrupt(item, error);
    let form: u32 = item.number(attribute::FORM).map_err(corrupt)?;
    if form > FORM {
        let what = format!("backfill {}", item.name());
        return Err(PortError::Newer { what, found: form, known: FORM });
    }
    let text = item.text(attribute::BODY).map_err(corrupt)?;
    serde_json::from_str(text)
        .map_err(|_| corrupt(ItemError::new(attribute::BODY, "what is kept of a backfill")))
}
