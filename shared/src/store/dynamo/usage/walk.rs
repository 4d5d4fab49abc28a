//! Walking over accounts and periods, from the place where the page before ended.

use std::ops::RangeInclusive;

use super::super::DynamoStore;
use super::super::calls::Find;
use super::super::error::invalid;
use super::super::item::{Item, key_attributes};
use super::parts::{self, Whole};
use super::periods::{self, Listed};
use crate::port::{Answer, PortError};
use crate::store::key::{self, Key, usage as keys};
use crate::usage::day::Day;

/// How many bytes of bodies end a page: what is read at once is held in memory.
const PAGE_BYTES: usize = 8 << 20;

/// How many partitions are asked without looking first which there are.
const FEW: i64 = 2;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Way<'a> {
    /// Of one account.
    pub(super) account: Option<&'a str>,
    /// Of what: the attribute of accounts' entries that holds their periods.
    pub(super) of: &'static str,
    pub(super) days: RangeInclusive<Day>,
    /// The lowest and the highest sort key.
    pub(super) sorts: (String, String),
}

impl Way<'_> {
    /// The partitions where something may be, in the order of accounts and periods.
    async fn partitions(&self, store: &DynamoStore) -> Result<Vec<String>, PortError> {
        let (first, last) = (keys::period(*self.days.start()), keys::period(*self.days.end()));
        let listed = match self.account {
            Some(account) if last.saturating_sub(first) < FEW => {
                vec![Listed { account: account.to_owned(), periods: (first..=last).collect() }]
            }
            Some(account) => vec![periods::of_account(store, account, self.of).await?],
            None => periods::all(store, self.of).await?,
        };
        let of_account = |Listed { account, periods }: Listed| {
            let wanted = periods.into_iter().filter(move |period| (first..=last).contains(period));
            wanted.map(move |period| keys::partition(&account, period))
        };
        Ok(listed.into_iter().flat_map(of_account).collect())
    }

    /// A page, read with the bodies.
    pub(super) async fn page<T>(
        &self,
        store: &DynamoStore,
        after: Option<&str>,
        limit: usize,
        read: impl Fn(&DynamoStore, &Whole) -> Result<T, PortError> + Send + Sync,
    ) -> Result<Answer<T>, PortError>
    where
        T: Send,
    {
        let limit = limit.max(1);
        let mut after = match after {
            Some(text) => Some(self.place(store, text)?),
            None => None,
        };
        let (mut items, mut bytes) = (Vec::new(), 0);
        let partitions = self.partitions(store).await?;
        let before = |partition: &&String| {
            after.as_ref().is_some_and(|after: &Key| **partition != after.partition)
        };
        let skipped = partitions.iter().take_while(before).count();
        for partition in partitions.iter().skip(skipped) {
            let mut from = after.take().as_ref().map(key_attributes);
            loop {
                let find = Find::between(partition, &self.sorts.0, &self.sorts.1);
                let found = store.table.find(find.limit(limit - items.len()).after(from)).await?;
                for item in found.items {
                    let whole = parts::whole(store, item).await?;
                    items.push(read(store, &whole)?);
                    bytes += whole.body.len();
                    if items.len() >= limit || bytes >= PAGE_BYTES {
                        return Ok(Answer { items, next: Some(token(store, &whole.item)?) });
                    }
                }
                match found.next {
                    Some(next) => from = Some(next),
                    None => break,
                }
            }
        }
        Ok(Answer { items, next: None })
    }

    /// The key where the page before ended.
    fn place(&self, store: &DynamoStore, text: &str) -> Result<Key, PortError> {
        let (from, to) = &self.sorts;
        key::from_cursor(text).filter(|key| (from..=to).contains(&&key.sort)).ok_or_else(|| {
            invalid(&store.table.name, format!("`{text}` is not a place in the store"))
        })
    }

    /// Everything.
    pub(super) async fn all<T: Send>(
        &self,
        store: &DynamoStore,
        read: impl Fn(&DynamoStore, &Whole) -> Result<T, PortError> + Send + Sync,
    ) -> Result<Vec<T>, PortError> {
        let mut items = Vec::new();
        for partition in self.partitions(store).await? {
            let question = || Find::between(&partition, &self.sorts.0, &self.sorts.1);
            let mut from = None;
            loop {
                let found = store.table.find(question().after(from)).await?;
                for item in found.items {
                    items.push(read(store, &parts::whole(store, item).await?)?);
                }
                match found.next {
                    Some(next) => from = Some(next),
                    None => break,
                }
            }
        }
        Ok(items)
    }
}

fn token(store: &DynamoStore, item: &Item) -> Result<String, PortError> {
    let key = item.key().map_err(|error| store.table.corrupt(item, error))?;
    Ok(key::cursor(&key))
}
