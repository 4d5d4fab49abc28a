//! Units of work: claimed under a lease, moved on page by page, ended once.

use std::collections::BTreeSet;

use super::DynamoStore;
use super::calls::{Find, TRIES, Written, pause};
use super::coverage;
use super::error::invalid;
use super::expression::{Edit, Terms, all, any};
use super::item::{Item, ItemError, number, text};
use super::runs::{self, Facts};
use super::transaction::{Action, Outcome};
use crate::model::{Counters, Coverage, RunId, RunState, Unit};
use crate::port::{Claim, Lease, Page, PortError, Progress};
use crate::store::key::{self, Key, attribute};

pub(super) async fn pending(store: &DynamoStore, run: &RunId) -> Result<Vec<Unit>, PortError> {
    let Some(facts) = runs::facts(store, run).await? else { return Ok(Vec::new()) };
    let (partition, prefix) = (key::run_partition(run), key::unit_prefix(facts.plan));
    let question = || {
        Find::beginning(&partition, &prefix)
            .without(attribute::ENDED)
            .only(&[attribute::PARTITION, attribute::SORT])
    };
    let mut units = Vec::new();
    for item in store.table.find_all(question).await? {
        units.push(unit_of(&item).map_err(|error| store.table.corrupt(&item, error))?);
    }
    units.sort();
    Ok(units)
}

fn unit_of(item: &Item) -> Result<Unit, ItemError> {
    key::unit_of(item.text(attribute::SORT)?)
        .map_err(|_| ItemError::new(attribute::SORT, "the key of a unit"))
}

pub(super) async fn claim(
    store: &DynamoStore,
    run: &RunId,
    unit: &Unit,
    lease: &Lease,
) -> Result<Claim, PortError> {
    let Some(facts) = runs::facts(store, run).await? else { return Ok(Claim::Unknown) };
    let edit = Edit::of(key::unit(run, facts.plan, unit));
    let edit = runs::lease_to(edit, lease).only_if(|terms| {
        all(&[
            terms.present(attribute::PARTITION),
            terms.absent(attribute::ENDED),
            runs::free_for(terms, lease),
        ])
    });
    match store.table.edit(&edit).await? {
        Written::Done(item) => granted(&item).map_err(|error| store.table.corrupt(&item, error)),
        Written::Refused(None) => Ok(Claim::Unknown),
        Written::Refused(Some(old)) if old.has(attribute::ENDED) => {
            // A run is only closed when all its units have ended, so it need not be read before.
            let closed = runs::known(store, run).await?.state == RunState::Closed;
            Ok(if closed { Claim::Unknown } else { Claim::Ended })
        }
        Written::Refused(Some(old)) => {
            let until = old.time(attribute::UNTIL);
            Ok(Claim::Held { until: until.map_err(|error| store.table.corrupt(&old, error))? })
        }
    }
}

fn granted(item: &Item) -> Result<Claim, ItemError> {
    Ok(Claim::Granted {
        cursor: item.some_text(attribute::CURSOR).map(str::to_owned),
        pages: item.count(attribute::PAGES)?,
        attempt: item.number(attribute::ATTEMPT)?,
    })
}

pub(super) async fn release(
    store: &DynamoStore,
    run: &RunId,
    unit: &Unit,
    owner: &str,
) -> Result<(), PortError> {
    let Some(facts) = runs::facts(store, run).await? else { return Ok(()) };
    let edit = Edit::of(key::unit(run, facts.plan, unit))
        .remove(attribute::OWNER)
        .remove(attribute::UNTIL)
        .only_if(|terms| {
            all(&[terms.equal(attribute::OWNER, text(owner)), terms.absent(attribute::ENDED)])
        });
    // Whoever holds it by now, or ended it, keeps it.
    store.table.edit(&edit).await.map(drop)
}

/// Moves the unit on. The cursor of the highest page counts, whatever the order in which pages arrive:
/// saving an early page again does not send the unit back.
pub(super) async fn advance(
    store: &DynamoStore,
    facts: Facts,
    page: &Page,
) -> Result<(), PortError> {
    let key = key::unit(&page.run, facts.plan, &page.unit);
    let pages = page.number.saturating_add(1);
    let next = with_cursor(saved(&key, page), page).set(attribute::PAGES, number(pages)).only_if(
        |terms| {
            let fresh = not_above(terms, attribute::PAGES, pages);
            all(&[terms.present(attribute::PARTITION), fresh])
        },
    );
    let Written::Refused(Some(old)) = store.table.edit(&next).await? else { return Ok(()) };
    if page.cursor.is_some() {
        let late = with_cursor(saved(&key, page), page).only_if(|terms| {
            let latest = not_above(terms, attribute::CURSOR_PAGE, page.number);
            all(&[terms.present(attribute::PARTITION), latest])
        });
        if let Written::Done(_) = store.table.edit(&late).await? {
            return Ok(());
        }
    }
    if saved_pages(&old).contains(&page.number) {
        return Ok(());
    }
    let only = saved(&key, page).only_if(|terms| terms.present(attribute::PARTITION));
    store.table.edit(&only).await.map(drop)
}

fn saved(key: &Key, page: &Page) -> Edit {
    Edit::of(key.clone()).add_to_set(attribute::SAVED, page.number)
}

fn not_above(terms: &mut Terms, attribute: &str, value: u32) -> String {
    any(&[terms.absent(attribute), terms.at_most(attribute, number(value))])
}

fn with_cursor(edit: Edit, page: &Page) -> Edit {
    match &page.cursor {
        Some(cursor) => edit
            .set(attribute::CURSOR, text(cursor))
            .set(attribute::CURSOR_PAGE, number(page.number)),
        None => edit,
    }
}

fn saved_pages(unit: &Item) -> BTreeSet<u32> {
    let numbers = unit.get(attribute::SAVED).and_then(|value| value.as_ns().ok());
    numbers.into_iter().flatten().filter_map(|digits| digits.parse().ok()).collect()
}

/// The pages that the unit has saved; `None` if the run does not contain it.
pub(super) async fn pages(
    store: &DynamoStore,
    facts: Facts,
    run: &RunId,
    unit: &Unit,
) -> Result<Option<BTreeSet<u32>>, PortError> {
    let item = store.table.get(&key::unit(run, facts.plan, unit)).await?;
    Ok(item.as_ref().map(saved_pages))
}

/// One transaction: the unit has ended, the run's count and counters, the run's coverage, and the
/// latest coverage of those scopes that no later run has looked at.
pub(super) async fn end(
    store: &DynamoStore,
    run: &RunId,
    unit: &Unit,
    coverage: &[Coverage],
    counters: &Counters,
) -> Result<Progress, PortError> {
    let facts = runs::facts(store, run).await?.ok_or_else(|| runs::unknown(store, run))?;
    let first = [
        Action::Edit(ended(run, facts, unit)),
        Action::Edit(
            runs::counted(Edit::of(key::run(run)).add(attribute::ENDED, 1), counters)
                .only_if(runs::is_open),
        ),
        Action::Put(coverage::of_unit(store, facts, run, unit, coverage)?, None),
    ];
    let mut latest = coverage::latest_within(store, coverage, first.len()).await?;
    for attempt in 0..TRIES {
        if attempt > 0 {
            pause(attempt).await;
        }
        let puts = latest
            .iter()
            .map(|(item, condition)| Action::Put(item.clone(), Some(condition.clone())));
        match store.table.transact(first.iter().cloned().chain(puts).collect()).await? {
            Outcome::Done => return progress(store, run).await,
            Outcome::Refused(refused) => {
                let (of_first, of_latest) =
                    refused.split_at_checked(first.len()).unwrap_or_default();
                if of_first.contains(&true) {
                    return ended_before(store, facts, run, unit).await;
                }
                // A later run has looked at those. Run ids only grow, so that stays.
                let mut newer = of_latest.iter();
                latest.retain(|_| !newer.next().copied().unwrap_or_default());
            }
        }
    }
    Err(store.table.unfinished("ending a unit"))
}

fn ended(run: &RunId, facts: Facts, unit: &Unit) -> Edit {
    Edit::of(key::unit(run, facts.plan, unit))
        .set(attribute::ENDED, number(1))
        .remove(attribute::OWNER)
        .remove(attribute::UNTIL)
        .only_if(|terms| {
            all(&[terms.present(attribute::PARTITION), terms.absent(attribute::ENDED)])
        })
}

/// The unit had ended before, or was never there.
async fn ended_before(
    store: &DynamoStore,
    facts: Facts,
    run: &RunId,
    unit: &Unit,
) -> Result<Progress, PortError> {
    match pages(store, facts, run, unit).await? {
        Some(_) => progress(store, run).await,
        None => Err(invalid(&store.table.name, format!("run {run} has no unit {unit}"))),
    }
}

/// Read after the unit has ended: whoever ends the last one sees that all have.
async fn progress(store: &DynamoStore, run: &RunId) -> Result<Progress, PortError> {
    let run = runs::known(store, run).await?;
    Ok(Progress { planned: run.planned, ended: run.ended })
}
