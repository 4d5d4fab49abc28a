//! Cells → what an account did, by day: sums of counts, the first of the firsts, the last of the lasts.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::day::Day;
use super::hour::Hour;
use super::row::{Call, KeyUse, Origin, Others, Session, Tables, Touch, View, order, renumbered};
use super::tally::Tally;
use super::texts::{List, Texts};

/// The cells of one account while they are being summed.
///
/// A cell counts once, whatever the order and however often it is added: a sum is a function of the set of cells.
/// Memory: the distinct rows of the account by day.
#[derive(Clone, Debug)]
pub struct Rollup {
    account: String,
    hours: BTreeSet<i64>,
    texts: Texts,
    tables: Tables<HashMap<Key, Tally, RandomState>>,
}

/// A row's key by the numbers of the roll-up's own texts, and its day.
type Key = ([u32; 4], Day);

impl Rollup {
    /// No cell yet of that account.
    pub fn new(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            hours: BTreeSet::new(),
            texts: Texts::default(),
            tables: Tables::default(),
        }
    }

    /// Adds a cell. Says whether it counts: not if it is another account's, or is already there.
    pub fn add(&mut self, hour: &Hour) -> bool {
        if hour.account() != self.account || !self.hours.insert(hour.hour()) {
            return false;
        }
        let day = Day::of_hour(hour.hour());
        let places: Vec<u32> = hour.texts().iter().map(|text| self.texts.number(text)).collect();
        let place = |text: u32| places.get(text as usize).copied().unwrap_or_default();
        for ((shape, rows), (_, sums)) in hour.tables().each().zip(self.tables.each_mut()) {
            for row in rows {
                let key = (renumbered(shape, row.key, place), day);
                let sum = sums.entry(key).and_modify(|sum| sum.merge(&row.tally));
                sum.or_insert(row.tally);
            }
        }
        true
    }

    /// What the cells sum up to.
    pub fn finish(self) -> Usage {
        let Self { account, hours, texts, tables } = self;
        let (texts, places) = texts.sorted(&vec![true; texts.len()]);
        let place = |text: u32| places.get(text as usize).copied().unwrap_or_default();
        let mut sorted: Tables<Vec<DayRow>> = Tables::default();
        for ((shape, sums), (_, rows)) in tables.each().zip(sorted.each_mut()) {
            rows.extend(sums.iter().map(|((key, day), tally)| DayRow {
                key: renumbered(shape, *key, place),
                day: *day,
                tally: *tally,
            }));
            rows.sort_unstable_by_key(|row| (order(row.key), row.day));
        }
        Usage { account, hours: hours.len(), texts, tables: sorted }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DayRow {
    key: [u32; 4],
    day: Day,
    tally: Tally,
}

/// What an account did, by day. Rows are in the order of their texts (byte order), then of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    account: String,
    hours: usize,
    texts: List,
    tables: Tables<Vec<DayRow>>,
}

impl Usage {
    /// The recipient account.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// How many cells were summed.
    pub fn hours(&self) -> usize {
        self.hours
    }

    /// Calls, by principal, source, name and day.
    pub fn calls(&self) -> impl Iterator<Item = (Day, Call<'_>)> {
        let view = View(&self.texts);
        self.tables.calls.iter().map(move |row| (row.day, view.call(row.key, row.tally)))
    }

    /// Resources, by principal, source, name, resource and day.
    pub fn touched(&self) -> impl Iterator<Item = (Day, Touch<'_>)> {
        let view = View(&self.texts);
        self.tables.touched.iter().map(move |row| (row.day, view.touch(row.key, row.tally)))
    }

    /// Who was behind sessions, by principal, what names them, name and day. Each hour lists at most
    /// [`MOST_NAMES`](super::fold::MOST_NAMES) of a principal; see [`Self::other_sessions`].
    pub fn sessions(&self) -> impl Iterator<Item = (Day, Session<'_>)> {
        let view = View(&self.texts);
        self.tables.sessions.iter().map(move |row| (row.day, view.session(row.key, row.tally)))
    }

    /// Where calls came from, by principal, caller, address and day; bounded as sessions are.
    pub fn origins(&self) -> impl Iterator<Item = (Day, Origin<'_>)> {
        let view = View(&self.texts);
        self.tables.origins.iter().map(move |row| (row.day, view.origin(row.key, row.tally)))
    }

    /// Long-lived access keys, by principal, key and day.
    pub fn keys(&self) -> impl Iterator<Item = (Day, KeyUse<'_>)> {
        let view = View(&self.texts);
        self.tables.keys.iter().map(move |row| (row.day, view.key(row.key, row.tally)))
    }

    /// The calls in sessions that are not listed, by principal and day.
    pub fn other_sessions(&self) -> impl Iterator<Item = (Day, Others<'_>)> {
        let view = View(&self.texts);
        self.tables.more_sessions.iter().map(move |row| (row.day, view.others(row.key, row.tally)))
    }

    /// The calls from origins that are not listed, by principal and day.
    pub fn other_origins(&self) -> impl Iterator<Item = (Day, Others<'_>)> {
        let view = View(&self.texts);
        self.tables.more_origins.iter().map(move |row| (row.day, view.others(row.key, row.tally)))
    }
}
