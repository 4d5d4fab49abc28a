//! Coverage: of each run, one item per unit, and the latest of each scope.

use serde::de::DeserializeOwned;

use super::DynamoStore;
use super::calls::{Find, at_once};
use super::error::{corrupt, invalid};
use super::expression::{Edit, Terms, any};
use super::item::{Item, number, pack, size, text};
use super::runs::Facts;
use super::transaction::{BYTE_LIMIT, Condition, ITEM_LIMIT};
use crate::form;
use crate::model::{Coverage, RunId, SetAside, Unit};
use crate::port::PortError;
use crate::store::key::{self, SHARDS, attribute};

/// How many of the things that a scope set aside are named; the rest is counted. An item holds 400 KB.
const SET_ASIDE_LIMIT: usize = 1_000;

/// What a run's unit could see.
pub(super) fn of_unit(
    store: &DynamoStore,
    facts: Facts,
    run: &RunId,
    unit: &Unit,
    coverage: &[Coverage],
) -> Result<Item, PortError> {
    let coverage: Vec<Coverage> = coverage.iter().map(short).collect();
    let item = Item::at(&key::unit_coverage(run, unit))
        .with(attribute::EXPIRES, Facts::expires(facts.started));
    with_body(store, item, &coverage)
}

/// The latest coverage of a scope, and that it may be written.
fn latest_of(store: &DynamoStore, coverage: &Coverage) -> Result<Item, PortError> {
    let item = Item::at(&key::latest_coverage(&coverage.scope))
        .with(attribute::RUN, text(coverage.run.as_str()));
    with_body(store, item, &short(coverage))
}

fn not_newer(terms: &mut Terms, run: &RunId) -> String {
    any(&[terms.absent(attribute::PARTITION), terms.at_most(attribute::RUN, text(run.as_str()))])
}

/// The latest coverage as it goes into a transaction beside `others` items. What does not fit any more
/// is written before.
pub(super) async fn latest_within(
    store: &DynamoStore,
    coverage: &[Coverage],
    others: usize,
) -> Result<Vec<(Item, Condition)>, PortError> {
    let mut inside: Vec<(Item, Condition)> = Vec::new();
    let mut before: Vec<Coverage> = Vec::new();
    let mut bytes = 0;
    for coverage in last_of_each_scope(coverage) {
        let item = latest_of(store, coverage)?;
        bytes += item.get(attribute::BODY).map_or(0, size);
        if inside.len() + others < ITEM_LIMIT && bytes < BYTE_LIMIT {
            inside.push((item, Condition::new(|terms| not_newer(terms, &coverage.run))));
        } else {
            before.push(coverage.clone());
        }
    }
    put_latest(store, &before).await?;
    Ok(inside)
}

/// A transaction may not name an item twice.
fn last_of_each_scope(coverage: &[Coverage]) -> Vec<&Coverage> {
    let mut of_scope: Vec<&Coverage> = coverage.iter().rev().collect();
    of_scope.sort_by(|a, b| a.scope.cmp(&b.scope));
    of_scope.dedup_by(|later, earlier| later.scope == earlier.scope);
    of_scope
}

pub(super) async fn put_latest(
    store: &DynamoStore,
    coverage: &[Coverage],
) -> Result<(), PortError> {
    let puts = last_of_each_scope(coverage).into_iter().map(|coverage| put(store, coverage));
    at_once(puts.collect()).await.map(drop)
}

async fn put(store: &DynamoStore, coverage: &Coverage) -> Result<(), PortError> {
    let item = latest_of(store, coverage)?;
    let mut edit = Edit::of(key::latest_coverage(&coverage.scope));
    for (attribute, value) in item.0 {
        if attribute != attribute::PARTITION && attribute != attribute::SORT {
            edit = edit.set(&attribute, value);
        }
    }
    // A refusal means that a later run has looked.
    store.table.edit(&edit.only_if(|terms| not_newer(terms, &coverage.run))).await.map(drop)
}

pub(super) async fn latest(store: &DynamoStore) -> Result<Vec<Coverage>, PortError> {
    let shards = (0..SHARDS).map(|shard| async move {
        let partition = key::latest_coverage_partition(shard);
        store.table.find_all(|| Find::beginning(&partition, "")).await
    });
    let shards: Vec<Vec<Item>> = at_once(shards.collect()).await?;
    let mut all: Vec<Coverage> = Vec::new();
    for item in shards.iter().flatten() {
        all.push(read_body(store, item)?);
    }
    all.sort_by(|a, b| a.scope.cmp(&b.scope));
    Ok(all)
}

pub(super) async fn of_run(store: &DynamoStore, run: &RunId) -> Result<Vec<Coverage>, PortError> {
    let partition = key::run_partition(run);
    let question = || Find::beginning(&partition, key::unit_coverage_prefix());
    let mut all: Vec<Coverage> = Vec::new();
    for item in store.table.find_all(question).await? {
        all.extend(read_body::<Vec<Coverage>>(store, &item)?);
    }
    all.sort_by(|a, b| a.scope.cmp(&b.scope));
    Ok(all)
}

fn short(coverage: &Coverage) -> Coverage {
    let mut short = coverage.clone();
    let more = coverage.set_aside.len().saturating_sub(SET_ASIDE_LIMIT);
    if more > 0 {
        short.set_aside.truncate(SET_ASIDE_LIMIT);
        short.set_aside.push(SetAside {
            what: format!("{more} more"),
            reason: "not named here: too many for one item of the table".to_owned(),
        });
    }
    short
}

fn with_body(
    store: &DynamoStore,
    item: Item,
    value: &impl serde::Serialize,
) -> Result<Item, PortError> {
    let json = serde_json::to_string(value).map_err(|error| invalid(&store.table.name, error))?;
    let body = pack(&json)
        .ok_or_else(|| invalid(&store.table.name, format!("{} is too large", item.name())))?;
    Ok(item.with(attribute::BODY, body).with(attribute::FORM, number(form::VERSION)))
}

fn read_body<T: DeserializeOwned>(store: &DynamoStore, item: &Item) -> Result<T, PortError> {
    let wrong = |error| store.table.corrupt(item, error);
    match item.number(attribute::FORM).map_err(wrong)? {
        form::VERSION => {
            let json = item.content(attribute::BODY).map_err(wrong)?;
            serde_json::from_str(&json)
                .map_err(|error| corrupt(&store.table.name, &item.name(), error))
        }
        found => Err(PortError::Newer {
            what: format!("table `{}`", store.table.name),
            found,
            known: form::VERSION,
        }),
    }
}
