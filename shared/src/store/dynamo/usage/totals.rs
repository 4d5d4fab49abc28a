//! Sums over all cells and days of logs, from the index: DynamoDB keeps an entry of some 100 bytes for each, with its
//! sums as the key. A megabyte of them, some 8,000, is one request and 128 read units. The index follows writes within
//! a second or so.

use super::super::DynamoStore;
use super::super::calls::{Find, at_once};
use super::super::item::ItemError;
use super::{aside, periods};
use crate::model::Counters;
use crate::port::PortError;
use crate::store::key::usage::Sums;
use crate::store::key::{attribute, usage as keys};
use crate::usage::coverage::Held;

/// What is summed.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    cells: u64,
    events: u64,
    objects: u64,
    held: Held,
}

impl Totals {
    fn add(&mut self, more: &Self) {
        for (sum, more) in [
            (&mut self.cells, more.cells),
            (&mut self.events, more.events),
            (&mut self.objects, more.objects),
            (&mut self.held.bytes, more.held.bytes),
            (&mut self.held.records, more.held.records),
            (&mut self.held.calls, more.held.calls),
            (&mut self.held.unreadable, more.held.unreadable),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

impl From<Sums> for Totals {
    fn from(sums: Sums) -> Self {
        match sums {
            Sums::Cell { events } => Self { cells: 1, events, ..Self::default() },
            Sums::Log { objects, held } => Self { objects, held, ..Self::default() },
        }
    }
}

pub(super) async fn of(store: &DynamoStore) -> Result<Counters, PortError> {
    let accounts = periods::all(store, attribute::CELL_PERIODS).await?;
    let of_accounts = accounts.iter().map(|listed| of_account(store, &listed.account));
    let mut all = Totals::default();
    for totals in at_once(of_accounts.collect()).await? {
        all.add(&totals);
    }
    let Totals { cells, events, objects, held } = all;
    let sums = [
        ("usage.cells", cells),
        ("usage.events", events),
        ("usage.duplicates", held.calls.saturating_sub(events)),
        ("logs.objects", objects),
        ("logs.bytes", held.bytes),
        ("logs.records", held.records),
        ("logs.calls", held.calls),
        ("logs.unreadable", held.unreadable),
        ("logs.set_aside", aside::count(store).await?),
    ];
    Ok(sums.into_iter().map(|(name, sum)| (name.to_owned(), sum)).collect())
}

async fn of_account(store: &DynamoStore, account: &str) -> Result<Totals, PortError> {
    let partition = keys::index_partition(account);
    let mut totals = Totals::default();
    for item in store.table.find_all(|| Find::in_index(&partition, None)).await? {
        let wrong = || ItemError::new(attribute::INDEX_SORT, "sums");
        let sums = item.some_text(attribute::INDEX_SORT).and_then(Sums::of);
        totals.add(&sums.ok_or_else(|| store.table.corrupt(&item, wrong()))?.into());
    }
    Ok(totals)
}
