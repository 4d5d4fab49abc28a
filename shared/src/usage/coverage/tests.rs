//! Objects count once, and days are seen with the logs of all usual regions.

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
