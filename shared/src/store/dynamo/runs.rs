//! Runs: planned, opened, closed.
//!
//! Each planning of a run writes its units under a number of its own, and opening the run names the
//! number that counts. So a planner that crashed, or two that plan at once, leave units that nobody
//! ever sees, and DynamoDB removes them when they expire.

use std::collections::BTreeSet;

use super::DynamoStore;
use super::calls::{Find, Written};
use super::error::invalid;
use super::expression::{Edit, Terms, all, any};
use super::item::{Item, ItemError, number, text, time};
use crate::model::{Counters, Run, RunId, RunState, Timestamp, Unit};
use crate::port::{Claim, KEPT, Lease, Opened, PortError};
use crate::store::key::{self, attribute};

/// What stays as it is from the moment a run is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// The planning whose units are the run's.
    pub(super) plan: u64,
    pub(super) started: Timestamp,
}

impl Facts {
    /// When the items that are not kept of a run are garbage.
    pub(super) fn expires(started: Timestamp) -> aws_sdk_dynamodb::types::AttributeValue {
        number(started.as_second().saturating_add(KEPT.as_secs()))
    }
}

pub(super) async fn open(
    store: &DynamoStore,
    run: &Run,
    units: &[Unit],
) -> Result<Opened, PortError> {
    let units: BTreeSet<&Unit> = units.iter().collect();
    let begin = described(run)
        .set(attribute::STATE, text(RunState::Planning.word()))
        .add(attribute::PLANS, 1)
        .only_if(|terms| {
            any(&[terms.absent(attribute::PARTITION), in_state(terms, RunState::Planning)])
        });
    let plan = match store.table.edit(&begin).await? {
        Written::Done(item) => {
            item.number(attribute::PLANS).map_err(|error| store.table.corrupt(&item, error))?
        }
        Written::Refused(old) => return existing(store, &run.id, old),
    };
    let items = units.iter().map(|unit| {
        Item::at(&key::unit(&run.id, plan, unit))
            .with(attribute::EXPIRES, Facts::expires(run.started))
    });
    store.table.put_all(items.collect()).await?;
    let mut open = described(run)
        .set(attribute::STATE, text(RunState::Open.word()))
        .set(attribute::PLAN, number(plan))
        .set(attribute::PLANNED, number(units.len()))
        .set(attribute::ENDED, number(0));
    for (name, count) in &run.counters {
        open = open.set(&key::counter(name), number(count));
    }
    match store.table.edit(&open.only_if(|terms| in_state(terms, RunState::Planning))).await? {
        Written::Done(_) => Ok(Opened::New),
        // The SDK tried twice and the first try's answer was lost.
        Written::Refused(Some(old))
            if old.number(attribute::PLAN).is_ok_and(|it: u64| it == plan) =>
        {
            Ok(Opened::New)
        }
        Written::Refused(old) => existing(store, &run.id, old),
    }
}

fn described(run: &Run) -> Edit {
    Edit::of(key::run(&run.id))
        .set(attribute::TRIGGER, text(&run.trigger))
        .set(attribute::OPTIONS, text(&run.options))
        .set(attribute::STARTED, time(run.started))
}

fn in_state(terms: &mut Terms, state: RunState) -> String {
    terms.equal(attribute::STATE, text(state.word()))
}

fn existing(store: &DynamoStore, id: &RunId, old: Option<Item>) -> Result<Opened, PortError> {
    match old {
        Some(old) => Ok(Opened::Exists(read(store, &old)?)),
        None => Err(unknown(store, id)),
    }
}

pub(super) async fn get(store: &DynamoStore, id: &RunId) -> Result<Option<Run>, PortError> {
    match store.table.get(&key::run(id)).await? {
        Some(item) => Ok(Some(read(store, &item)?)),
        None => Ok(None),
    }
}

/// The run, which the caller says exists.
pub(super) async fn known(store: &DynamoStore, id: &RunId) -> Result<Run, PortError> {
    get(store, id).await?.ok_or_else(|| unknown(store, id))
}

pub(super) fn unknown(store: &DynamoStore, id: &RunId) -> PortError {
    invalid(&store.table.name, format!("there is no run {id}"))
}

pub(super) async fn newest(store: &DynamoStore, limit: usize) -> Result<Vec<Run>, PortError> {
    let mut runs = Vec::new();
    let mut after = None;
    while runs.len() < limit {
        let find = Find::beginning(key::RUNS, "").newest_first().limit(limit - runs.len());
        let found = store.table.find(find.after(after)).await?;
        for item in &found.items {
            runs.push(read(store, item)?);
        }
        match found.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(runs)
}

/// What is known of a run that is or was open; `None` for any other.
pub(super) async fn facts(store: &DynamoStore, id: &RunId) -> Result<Option<Facts>, PortError> {
    if let Some(facts) = store.facts().get(id) {
        return Ok(Some(*facts));
    }
    let Some(item) = store.table.get(&key::run(id)).await? else { return Ok(None) };
    if !item.has(attribute::PLAN) {
        return Ok(None);
    }
    let facts = read_facts(&item).map_err(|error| store.table.corrupt(&item, error))?;
    store.facts().insert(id.clone(), facts);
    Ok(Some(facts))
}

fn read_facts(item: &Item) -> Result<Facts, ItemError> {
    Ok(Facts { plan: item.number(attribute::PLAN)?, started: item.time(attribute::STARTED)? })
}

fn read(store: &DynamoStore, item: &Item) -> Result<Run, PortError> {
    read_run(item).map_err(|error| store.table.corrupt(item, error))
}

fn read_run(item: &Item) -> Result<Run, ItemError> {
    let mut counters = Counters::new();
    for attribute in item.0.keys() {
        if let Some(name) = key::counter_of(attribute) {
            counters.insert(name.to_owned(), item.number(attribute)?);
        }
    }
    Ok(Run {
        id: item.parse(attribute::SORT, "a run id")?,
        trigger: item.text(attribute::TRIGGER)?.to_owned(),
        options: item.text(attribute::OPTIONS)?.to_owned(),
        state: state(item)?,
        started: item.time(attribute::STARTED)?,
        finished: item.some_time(attribute::FINISHED)?,
        planned: item.count(attribute::PLANNED)?,
        ended: item.count(attribute::ENDED)?,
        counters,
    })
}

fn state(item: &Item) -> Result<RunState, ItemError> {
    let word = item.text(attribute::STATE)?;
    [RunState::Planning, RunState::Open, RunState::Closed]
        .into_iter()
        .find(|state| state.word() == word)
        .ok_or_else(|| ItemError::new(attribute::STATE, "the state of a run"))
}

/// Takes a lease, whether on a unit or on a closing.
pub(super) fn lease_to(edit: Edit, lease: &Lease) -> Edit {
    edit.set(attribute::OWNER, text(&lease.owner))
        .set(attribute::UNTIL, time(lease.until))
        .add(attribute::ATTEMPT, 1)
}

/// That nobody else holds it. A lease ends at its `until`, not after it.
pub(super) fn free_for(terms: &mut Terms, lease: &Lease) -> String {
    any(&[
        terms.absent(attribute::OWNER),
        terms.equal(attribute::OWNER, text(&lease.owner)),
        terms.at_most(attribute::UNTIL, time(lease.now)),
    ])
}

pub(super) async fn claim_closing(
    store: &DynamoStore,
    id: &RunId,
    lease: &Lease,
) -> Result<Claim, PortError> {
    let claim = lease_to(Edit::of(key::run(id)), lease).only_if(|terms| {
        let all_ended =
            format!("{} >= {}", terms.name(attribute::ENDED), terms.name(attribute::PLANNED));
        all(&[in_state(terms, RunState::Open), all_ended, free_for(terms, lease)])
    });
    let old = match store.table.edit(&claim).await? {
        Written::Done(item) => {
            let attempt = item.number(attribute::ATTEMPT);
            let attempt = attempt.map_err(|error| store.table.corrupt(&item, error))?;
            return Ok(Claim::Granted { cursor: None, pages: 0, attempt });
        }
        Written::Refused(None) => return Ok(Claim::Unknown),
        Written::Refused(Some(old)) => old,
    };
    let run = read(store, &old)?;
    match run.state {
        RunState::Closed => Ok(Claim::Ended),
        RunState::Open if run.ended >= run.planned => Ok(Claim::Held {
            until: old.time(attribute::UNTIL).map_err(|error| store.table.corrupt(&old, error))?,
        }),
        RunState::Planning | RunState::Open => Ok(Claim::Unknown),
    }
}

pub(super) async fn close(
    store: &DynamoStore,
    id: &RunId,
    at: Timestamp,
    counters: &Counters,
) -> Result<(), PortError> {
    let close = Edit::of(key::run(id))
        .set(attribute::STATE, text(RunState::Closed.word()))
        .set(attribute::FINISHED, time(at))
        .remove(attribute::OWNER)
        .remove(attribute::UNTIL);
    let close = counted(close, counters).only_if(|terms| in_state(terms, RunState::Open));
    match store.table.edit(&close).await? {
        Written::Done(_) => Ok(()),
        Written::Refused(None) => Err(unknown(store, id)),
        Written::Refused(Some(old)) => match read(store, &old)?.state {
            RunState::Closed => Ok(()),
            RunState::Planning | RunState::Open => {
                Err(invalid(&store.table.name, format!("run {id} is not open")))
            }
        },
    }
}

/// Adds to a run's counters. A counter that nothing is added to appears, too. An expression holds 4 KB,
/// which is some 350 counters.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters>
pub(super) fn counted(mut edit: Edit, counters: &Counters) -> Edit {
    for (name, count) in counters {
        edit = edit.add(&key::counter(name), *count);
    }
    edit
}

/// That a run is open, as a condition of a transaction.
pub(super) fn is_open(terms: &mut Terms) -> String {
    in_state(terms, RunState::Open)
}
