//! Cells ↔ items.

use std::ops::RangeInclusive;

use super::super::DynamoStore;
use super::super::error::{corrupt, invalid};
use super::super::item::{Item, ItemError, number, text};
use super::parts::Whole;
use super::periods::Period;
use super::replace::Draft;
use super::walk::Way;
use crate::form as text_form;
use crate::model::activity::EventTime;
use crate::port::{Answer, PortError, UsageQuery};
use crate::store::key::usage::Sums;
use crate::store::key::{attribute, usage as keys};
use crate::usage::day::Day;
use crate::usage::form::{self, ReadError};
use crate::usage::hour::Hour;
use crate::usage::object::ObjectSet;

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

pub(super) fn draft<'a>(store: &DynamoStore, hour: &'a Hour) -> Result<Draft<'a>, PortError> {
    let body = form::write(hour).map_err(|error| invalid(&store.table.name, error))?;
    let (account, at, events) = (hour.account(), hour.hour(), hour.events());
    let facts = Item::default()
        .with(attribute::AT, text(EventTime(at.saturating_mul(HOUR)).text()))
        .with(attribute::OBJECTS, number(hour.objects().len()))
        .with(attribute::EVENTS, number(events));
    Ok(Draft {
        key: keys::cell(account, at),
        period: Period {
            account: account.to_owned(),
            of: attribute::CELL_PERIODS,
            number: keys::period(Day::of_hour(at)),
        },
        facts,
        hash: text_form::hash_bytes(&body),
        body,
        sums: Sums::Cell { events },
        objects: hour.objects(),
        read_objects,
    })
}

/// What is in the way of a body that is stored.
fn unreadable(store: &DynamoStore, whole: &Whole, error: ReadError) -> PortError {
    match error {
        ReadError::Newer { found } => PortError::Newer {
            what: format!("table `{}`", store.table.name),
            found: found.into(),
            known: form::VERSION.into(),
        },
        error => corrupt(&store.table.name, &whole.item.name(), error),
    }
}

fn read_objects(store: &DynamoStore, whole: &Whole) -> Result<ObjectSet, PortError> {
    form::read_objects(&whole.body).map_err(|error| unreadable(store, whole, error))
}

fn read(store: &DynamoStore, whole: &Whole) -> Result<Hour, PortError> {
    form::read(&whole.body).map_err(|error| unreadable(store, whole, error))
}

fn way<'a>(account: Option<&'a str>, hours: &RangeInclusive<i64>) -> Way<'a> {
    let (first, last) = (*hours.start(), *hours.end());
    Way {
        account,
        of: attribute::CELL_PERIODS,
        days: Day::of_hour(first)..=Day::of_hour(last),
        sorts: (keys::cell_sort(first), keys::cell_sort(last)),
    }
}

pub(super) async fn hours(
    store: &DynamoStore,
    query: &UsageQuery,
    after: Option<&str>,
    limit: usize,
) -> Result<Answer<Hour>, PortError> {
    if query.from >= query.to {
        return Ok(Answer { items: Vec::new(), next: None });
    }
    let hours = query.from..=query.to.saturating_sub(1);
    way(query.account.as_deref(), &hours).page(store, after, limit, read).await
}

pub(super) async fn objects(
    store: &DynamoStore,
    account: &str,
    from: i64,
    to: i64,
) -> Result<Vec<(i64, ObjectSet)>, PortError> {
    if from >= to {
        return Ok(Vec::new());
    }
    let hours = from..=to.saturating_sub(1);
    let read = |store: &DynamoStore, whole: &Whole| {
        let wrong = || ItemError::new(attribute::SORT, "the key of a cell");
        let hour = whole.item.some_text(attribute::SORT).and_then(keys::hour_of);
        let hour = hour.ok_or_else(|| store.table.corrupt(&whole.item, wrong()))?;
        Ok((hour, read_objects(store, whole)?))
    };
    way(Some(account), &hours).all(store, read).await
}
