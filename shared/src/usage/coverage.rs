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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::usage::fold::tests::at;

    const ACCOUNT: &str = "111122223333";

    fn held(bytes: u64) -> Held {
        Held { bytes, records: 3, calls: 2, unreadable: 1 }
    }

    fn log(region: &str, time: &str) -> LogDay {
        let mut log = LogDay::new(ACCOUNT, region, Day::of(at(time)));
        assert!(log.add(ObjectId(1), at(time), &held(10)));
        log
    }

    #[test]
    fn an_object_counts_once_and_on_its_day() {
        let mut day = log("eu-west-1", "2026-11-29T00:10:00Z");
        let before = day.clone();
        assert!(!day.add(ObjectId(1), at("2026-11-29T00:10:00Z"), &held(10)));
        assert!(!day.add(ObjectId(2), at("2026-11-30T00:10:00Z"), &held(10)));
        assert_eq!(day, before);
        assert!(day.add(ObjectId(3), at("2026-11-29T23:59:59Z"), &held(5)));
        assert_eq!((day.hours, day.hours_with_log()), (1 | 1 << 23, 2));
        assert_eq!(day.held, Held { bytes: 15, records: 6, calls: 4, unreadable: 2 });
        assert_eq!(day.objects.len(), 2);
    }

    #[test]
    fn unused_is_told_with_the_days_that_nobody_saw() {
        let mut seen = Seen::default();
        for (region, time) in [
            ("eu-west-1", "2026-11-21T10:00:00Z"),
            ("us-east-1", "2026-11-21T11:00:00Z"),
            ("us-east-1", "2026-11-23T10:00:00Z"),
            ("us-east-1", "2026-11-29T10:00:00Z"),
        ] {
            seen.add(&log(region, time));
        }
        let (asked, now) = (at("2026-11-20T00:00:00Z"), at("2026-11-29T12:00:00Z"));
        let told = |last: Option<&str>| {
            let unused = seen.unused(ACCOUNT, last.map(at), asked, now);
            (unused.from.to_string(), unused.days, unused.without_log)
        };
        assert_eq!(told(None), ("2026-11-20".to_owned(), 9, 7));
        assert_eq!(told(Some("2026-11-20T23:00:00Z")), ("2026-11-21".to_owned(), 8, 6));
        assert_eq!(told(Some("2026-11-23T10:00:00Z")), ("2026-11-24".to_owned(), 5, 5));
        assert_eq!(told(Some("2026-11-28T10:00:00Z")).1, 0);
        assert_eq!(told(Some("2026-11-29T10:00:00Z")).1, 0);
        assert!(seen.unused("444455556666", None, asked, now).is_unseen());
        let (from, to) = (Day::of(asked), Day::of(now));
        assert_eq!(seen.stretch(ACCOUNT, Some("eu-west-1"), from, to).without_log, 9);
        assert_eq!(seen.hours(ACCOUNT, None, Day::of(at("2026-11-21T00:00:00Z"))), 3 << 10);
        assert_eq!(seen.regions(ACCOUNT).collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
        assert_eq!(seen.accounts().collect::<Vec<_>>(), [ACCOUNT]);
    }

    /// Regions, and the days of November on which each has logs.
    type Logs<'a> = &'a [(&'a str, &'a [u32])];

    /// The days without a log.
    fn without_log(logs: Logs<'_>, from: u32, to: u32) -> u64 {
        let mut seen = Seen::default();
        for (region, days) in logs {
            for day in *days {
                seen.add(&log(region, &format!("2026-11-{day:02}T10:00:00Z")));
            }
        }
        let day = |day| Day::of(at(&format!("2026-11-{day:02}T00:00:00Z")));
        let stretch = seen.stretch(ACCOUNT, None, day(from), day(to));
        assert_eq!(stretch.is_unseen(), stretch.without_log == u64::from(to + 1 - from));
        stretch.without_log
    }

    #[test]
    fn a_day_is_seen_when_every_region_that_usually_has_logs_has_one() {
        let all: Vec<u32> = (1..=20).collect();
        let early: Vec<u32> = (1..=12).collect();
        let rows: [(Logs<'_>, u64); 8] = [
            (&[], 10),
            (&[("a", &all)], 0),
            // Of `b` nothing is known in the asked days, and it usually has logs.
            (&[("a", &all), ("b", &early)], 8),
            // A region with logs now and then is quiet on the other days.
            (&[("a", &all), ("b", &[1, 5, 9])], 0),
            (&[("a", &all), ("b", &all[..10])], 0),
            (&[("a", &all), ("b", &all[..11])], 9),
            // No region usually has logs: any of them will do.
            (&[("a", &[11, 12, 13]), ("b", &[14, 15, 16])], 4),
            (&[("a", &[11, 12, 13]), ("b", &[13, 14])], 7),
        ];
        for (logs, expected) in rows {
            assert_eq!(without_log(logs, 11, 20), expected, "{logs:?}");
        }
        assert_eq!(without_log(&[("a", &all), ("b", &early)], 13, 20), 8);
    }

    /// The rule, day by day and as it is told.
    fn slowly(logs: &BTreeSet<(u8, i64)>, from: i64, to: i64) -> u64 {
        let has = |region: u8, day: i64| logs.contains(&(region, day));
        let any = |day: i64| (0..REGIONS).any(|region| has(region, day));
        let with_any = (0..DAYS).filter(|day| any(*day)).count();
        let usual = |region: u8| (0..DAYS).filter(|day| has(region, *day)).count() * 2 > with_any;
        let seen = |day: i64| any(day) && (0..REGIONS).all(|it| has(it, day) || !usual(it));
        (from..=to).filter(|day| !seen(*day)).count() as u64
    }

    const REGIONS: u8 = 4;
    const DAYS: i64 = 12;

    proptest! {
        #[test]
        fn days_without_log_are_those_of_the_rule(
            logs in proptest::collection::btree_set((0..REGIONS, 0..DAYS), 0..40),
            from in -2..14_i64,
            days in 0..16_i64,
        ) {
            let mut seen = Seen::default();
            for (region, day) in &logs {
                let time = EventTime((*day * HOURS + 3) * 3_600_000);
                let mut log = LogDay::new(ACCOUNT, &region.to_string(), Day::of(time));
                assert!(log.add(ObjectId(1), time, &held(1)));
                seen.add(&log);
                seen.add(&LogDay { hours: 0, region: "none".to_owned(), ..log });
            }
            let to = from + days - 1;
            let stretch = seen.stretch(ACCOUNT, None, Day(from), Day(to));
            let days = days.cast_unsigned();
            prop_assert_eq!((stretch.days, stretch.without_log), (days, slowly(&logs, from, to)));
            // A day on which no region has a log is without one, whatever is usual.
            let least = (from..=to).filter(|day| (0..REGIONS).all(|it| !logs.contains(&(it, *day))));
            prop_assert!(stretch.without_log >= least.count() as u64);
        }

        #[test]
        fn neither_order_nor_repetition_matters(
            objects in proptest::collection::vec(0_u64..40, 0..40),
        ) {
            let day = Day(20_786);
            let fold = |objects: &mut dyn Iterator<Item = u64>| {
                let mut log = LogDay::new(ACCOUNT, "eu-west-1", day);
                for object in objects {
                    let hour = day.first_hour() + i64::try_from(object % 24).unwrap();
                    log.add(ObjectId(object), EventTime(hour * 3_600_000), &held(object));
                }
                log
            };
            let once = fold(&mut objects.iter().copied());
            let again = fold(&mut objects.iter().rev().chain(&objects).copied());
            prop_assert_eq!(once, again);
        }
    }
}
