//! Days of logs ↔ items. The body is the identities of the objects, 8 bytes each.

use super::super::DynamoStore;
use super::super::item::{Item, ItemError, number, text};
use super::parts::Whole;
use super::periods::Period;
use super::replace::Draft;
use super::walk::Way;
use crate::form;
use crate::port::{Answer, PortError, UsageQuery};
use crate::store::key::usage::Sums;
use crate::store::key::{attribute, usage as keys};
use crate::usage::coverage::{Held, LogDay};
use crate::usage::day::Day;
use crate::usage::object::{ObjectId, ObjectSet};

pub(super) fn draft(log: &LogDay) -> Draft<'_> {
    let LogDay { account, region, day, hours, held, objects } = log;
    let Held { bytes, records, calls, unreadable } = *held;
    let facts = Item::default()
        .with(attribute::AT, text(day.to_string()))
        .with(attribute::HOURS, number(hours))
        .with(attribute::OBJECTS, number(objects.len()))
        .with(attribute::BYTES, number(bytes))
        .with(attribute::RECORDS, number(records))
        .with(attribute::CALLS, number(calls))
        .with(attribute::UNREADABLE, number(unreadable))
        .with(attribute::ACCOUNT, text(account))
        .with_some(attribute::REGION, keys::whole_region(region).map(text));
    let body: Vec<u8> = objects.ids().iter().flat_map(|id| id.to_le_bytes()).collect();
    let sums = Sums::Log { objects: objects.len() as u64, held: *held };
    let told = format!("{hours} {} {}", sums.sort(), form::hash_bytes(&body));
    Draft {
        key: keys::log(account, *day, region),
        period: Period {
            account: account.clone(),
            of: attribute::LOG_PERIODS,
            number: keys::period(*day),
        },
        facts,
        hash: form::hash(&told),
        body,
        sums,
        objects,
        read_objects: |store, whole| {
            ids(whole).map_err(|error| store.table.corrupt(&whole.item, error))
        },
    }
}

fn ids(whole: &Whole) -> Result<ObjectSet, ItemError> {
    let (ids, rest) = whole.body.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(ItemError::new(attribute::BODY, "identities of objects"));
    }
    Ok(ObjectSet::new(ids.iter().map(|id| ObjectId(u64::from_le_bytes(*id))), Vec::new()))
}

fn read(whole: &Whole) -> Result<LogDay, ItemError> {
    let item = &whole.item;
    let (day, region) = keys::day_and_region_of(item.text(attribute::SORT)?)
        .ok_or_else(|| ItemError::new(attribute::SORT, "the key of a day's logs"))?;
    Ok(LogDay {
        account: item.text(attribute::ACCOUNT)?.to_owned(),
        region: item.some_text(attribute::REGION).unwrap_or(region).to_owned(),
        day,
        hours: item.number(attribute::HOURS)?,
        held: Held {
            bytes: item.number(attribute::BYTES)?,
            records: item.number(attribute::RECORDS)?,
            calls: item.number(attribute::CALLS)?,
            unreadable: item.number(attribute::UNREADABLE)?,
        },
        objects: ids(whole)?,
    })
}

pub(super) async fn days(
    store: &DynamoStore,
    query: &UsageQuery,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<LogDay>, PortError> {
    if query.from >= query.to {
        return Ok(Answer { items: Vec::new(), next: None });
    }
    let (first, last) = (Day::of_hour(query.from), Day::of_hour(query.to.saturating_sub(1)));
    let way = Way {
        account: query.account.as_deref(),
        of: attribute::LOG_PERIODS,
        days: first..=last,
        sorts: keys::logs_between(first, last),
    };
    let read = |store: &DynamoStore, whole: &Whole| {
        read(whole).map_err(|error| store.table.corrupt(&whole.item, error))
    };
    way.page(store, after, limit, read).await
}
