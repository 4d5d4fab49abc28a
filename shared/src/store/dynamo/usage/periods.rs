//! The list of accounts: which have cells or logs, and in which periods.

use super::super::DynamoStore;
use super::super::calls::Find;
use super::super::expression::Edit;
use super::super::item::{Item, ItemError, text};
use crate::port::PortError;
use crate::store::key::{attribute, usage as keys};

/// An account's period.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Period {
    pub(super) account: String,
    /// Of what: the attribute of the account's entry that holds its periods.
    pub(super) of: &'static str,
    pub(super) number: i64,
}

impl Period {
    /// Says in the list that there is something of it.
    pub(super) fn edit(&self) -> Edit {
        let edit = Edit::of(keys::account(&self.account)).add_to_set(self.of, self.number);
        match keys::whole_account(&self.account) {
            Some(account) => edit.set(attribute::ACCOUNT, text(account)),
            None => edit,
        }
    }
}

/// An account and its periods, in ascending order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) account: String,
    pub(super) periods: Vec<i64>,
}

/// Whether a period is in the list: nothing is ever taken out of it.
pub(super) async fn is_known(store: &DynamoStore, period: &Period) -> Result<bool, PortError> {
    if store.periods().contains(period) {
        return Ok(true);
    }
    let listed = of_account(store, &period.account, period.of).await?;
    let is_listed = listed.periods.contains(&period.number);
    if is_listed {
        remember(store, period);
    }
    Ok(is_listed)
}

pub(super) fn remember(store: &DynamoStore, period: &Period) {
    store.periods().insert(period.clone());
}

/// The periods of an account.
pub(super) async fn of_account(
    store: &DynamoStore,
    account: &str,
    of: &str,
) -> Result<Listed, PortError> {
    match store.table.get(&keys::account(account)).await? {
        Some(item) => listed(&item, of).map_err(|error| store.table.corrupt(&item, error)),
        None => Ok(Listed { account: account.to_owned(), periods: Vec::new() }),
    }
}

/// All accounts, in byte order.
pub(super) async fn all(store: &DynamoStore, of: &str) -> Result<Vec<Listed>, PortError> {
    let mut all = Vec::new();
    for item in store.table.find_all(|| Find::beginning(keys::ACCOUNTS, "")).await? {
        all.push(listed(&item, of).map_err(|error| store.table.corrupt(&item, error))?);
    }
    all.sort();
    Ok(all)
}

fn listed(item: &Item, of: &str) -> Result<Listed, ItemError> {
    let whole = item.some_text(attribute::ACCOUNT);
    let account = keys::account_of(item.text(attribute::SORT)?, whole)
        .map_err(|_| ItemError::new(attribute::SORT, "the key of an account"))?;
    let mut periods: Vec<i64> = item.numbers(of)?;
    periods.sort_unstable();
    Ok(Listed { account, periods })
}

pub(super) async fn accounts_with_cells(store: &DynamoStore) -> Result<Vec<String>, PortError> {
    let all = all(store, attribute::CELL_PERIODS).await?;
    let with_cells = all.into_iter().filter(|listed| !listed.periods.is_empty());
    Ok(with_cells.map(|listed| listed.account).collect())
}
