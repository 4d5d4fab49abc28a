//! Which days, regions and accounts have logs, so that "unused" can be believed.

use std::collections::{BTreeMap, BTreeSet};

use super::day::Day;
use super::object::{ObjectId, ObjectSet};
use crate::model::activity::EventTime;

/// What one log object held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Its size as it is stored.
    pub bytes: u64,
    /// How many records it has.
    pub records: u64,
    /// How many of them are calls.
    pub calls: u64,
    /// How many of them could not be read.
    pub unreadable: u64,
}

/// The logs that CloudTrail delivered for one account and region on one day, by the time in their keys.
///
/// Everything is a function of the set of objects: adding an object twice changes nothing, and what is stored is
/// replaced only by what has its objects and more, as a cell is.
///
/// A day or hour without a log is not proof of a gap: nothing may have happened there. Digests prove gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDay {
    /// The account whose log it is.
    pub account: String,
    /// The region whose log it is.
    pub region: String,
    /// The day of delivery, UTC.
    pub day: Day,
    /// Hours of the day in which at least one object was delivered: bit 0 is the hour after midnight.
    pub hours: u32,
    /// What all the objects held.
    pub held: Held,
    /// The objects.
    pub objects: ObjectSet,
}

/// Hours of a day.
const HOURS: i64 = 24;

impl LogDay {
    /// A day without a log.
    pub fn new(account: &str, region: &str, day: Day) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            day,
            hours: 0,
            held: Held::default(),
            objects: ObjectSet::default(),
        }
    }

    /// Adds an object that was delivered at that time of the day. Says whether it counts: not if it is already
    /// there, or was delivered on another day.
    pub fn add(&mut self, object: ObjectId, delivered: EventTime, held: &Held) -> bool {
        if Day::of(delivered) != self.day || !self.objects.add_id(object) {
            return false;
        }
        let Held { bytes, records, calls, unreadable } = &mut self.held;
        for (sum, more) in [
            (bytes, held.bytes),
            (records, held.records),
            (calls, held.calls),
            (unreadable, held.unreadable),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.hours |= 1 << delivered.hour().rem_euclid(HOURS);
        true
    }

    /// How many of its hours have a log.
    pub fn hours_with_log(&self) -> u32 {
        self.hours.count_ones()
    }
}

/// Which hours of which days have a log, by account and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    accounts: BTreeMap<String, OfAccount>,
}

/// The logs of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfAccount {
    /// The hours by region and day; none of them is 0.
    regions: BTreeMap<String, BTreeMap<Day, u32>>,
    /// The days on which any region has a log.
    days: BTreeSet<Day>,
}

impl OfAccount {
    /// The regions that usually have logs: on more than half of the days on which the account has any.
    fn usual(&self) -> impl Iterator<Item = &BTreeMap<Day, u32>> {
        self.regions.values().filter(|days| days.len() * 2 > self.days.len())
    }

    /// The days with a log in one region; or, without a region, those with a log in each region that usually has one.
    fn seen(&self, region: Option<&str>, from: Day, to: Day) -> usize {
        if from > to {
            return 0;
        }
        if let Some(region) = region {
            return self.regions.get(region).map_or(0, |days| days.range(from..=to).count());
        }
        let usual: Vec<_> = self.usual().collect();
        let days = self.days.range(from..=to);
        days.filter(|day| usual.iter().all(|days| days.contains_key(*day))).count()
    }
}

/// How much of a stretch of days was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// How many days it has.
    pub days: u64,
    /// How many of them had no log.
    pub without_log: u64,
}

impl Stretch {
    /// Whether nothing was seen of it: what did not happen in it is unknown.
    pub fn is_unseen(&self) -> bool {
        self.without_log == self.days
    }
}

impl Seen {
    /// Adds the logs of a day. Adding it again changes nothing, and a day without a log adds nothing.
    pub fn add(&mut self, log: &LogDay) {
        if log.hours == 0 {
            return;
        }
        let of = self.accounts.entry(log.account.clone()).or_default();
        of.days.insert(log.day);
        let days = of.regions.entry(log.region.clone()).or_default();
        *days.entry(log.day).or_default() |= log.hours;
    }

    /// The accounts that have a log, in byte order.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }

    /// The regions of an account that have a log, in byte order.
    pub fn regions(&self, account: &str) -> impl Iterator<Item = &str> {
        let regions = self.accounts.get(account).into_iter().flat_map(|of| of.regions.keys());
        regions.map(String::as_str)
    }

    /// The hours of a day that have a log: of one region, or of any.
    pub fn hours(&self, account: &str, region: Option<&str>, day: Day) -> u32 {
        let regions = self.accounts.get(account).into_iter().flat_map(|of| &of.regions);
        regions
            .filter(|(name, _)| region.is_none_or(|region| region == *name))
            .filter_map(|(_, days)| days.get(&day))
            .fold(0, |all, hours| all | hours)
    }

    /// The days from the first to the last, and how many of them had no log in a region.
    ///
    /// Without a region: how many had none at all, or none in a region that usually has logs, which is one with logs on
    /// more than half of all days on which the account has any. What was done in that region on that day was not seen.
    pub fn stretch(&self, account: &str, region: Option<&str>, from: Day, to: Day) -> Stretch {
        let days = to.0.saturating_sub(from.0).saturating_add(1).max(0).cast_unsigned();
        let seen = self.accounts.get(account).map_or(0, |of| of.seen(region, from, to));
        Stretch { from, to, days, without_log: days.saturating_sub(seen as u64) }
    }

    /// "Unused since T, of which N days had no log" ([`stretch`](Self::stretch) in no region): the days after the last
    /// use, or from `asked` on where there was none, up to the last whole day before `now`.
    pub fn unused(
        &self,
        account: &str,
        last: Option<EventTime>,
        asked: EventTime,
        now: EventTime,
    ) -> Stretch {
        let from = last.map_or(Day::of(asked), |last| Day(Day::of(last).0.saturating_add(1)));
        self.stretch(account, None, from, Day(Day::of(now).0.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests;
