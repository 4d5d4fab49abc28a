//! What to generate.

use std::collections::BTreeMap;

use super::{
    clock::{DAY, HOUR, Moment},
    principal::Actor,
    random::{Quantiles, Random},
};

/// A plan of a tree of logs. Everything but the keys of the digests follows from it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where all variety comes from.
    pub seed: u64,
    /// The bucket that digests name.
    pub bucket: String,
    /// What comes before `AWSLogs/`, ending in `/`; empty for nothing.
    pub prefix: String,
    /// The organization whose trail it is (`o-…`).
    pub organization: Option<String>,
    /// The accounts, 12 digits each.
    pub accounts: Vec<String>,
    /// The regions of each account.
    pub regions: Vec<String>,
    /// Midnight of the first day of delivery.
    pub from: Moment,
    /// Days of delivery.
    pub days: u64,
    /// How much is delivered.
    pub shape: Shape,
    /// Made-up principals of each account; in one that has named principals they are AWS services only.
    pub principals: usize,
    /// Named principals, by account; they make two thirds of the calls of their account.
    pub actors: BTreeMap<String, Vec<Actor>>,
    /// Whether digests are delivered.
    pub digests: bool,
    /// Of a thousand records so many are delivered a second time, by another trail.
    pub duplicates: u64,
    /// Of a million records so many are delivered 1 to 26 hours late.
    pub late: u64,
    /// Whether one record in fifty is of those that real logs hold and documents do not tell.
    pub oddities: bool,
    /// Hours in which an account's trails were off.
    pub pauses: Vec<Pause>,
}

/// How much is delivered for each account and region.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Files a day, more in working hours.
    pub files_per_day: u64,
    /// How many records a file holds, as quantiles of a million.
    pub records: Quantiles,
}

/// Hours without logs and digests, after which the chain of digests starts anew: somebody had turned the trail off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The account.
    pub account: String,
    /// From when; what counts is the end of an hour of digests.
    pub from: Moment,
    /// For how long.
    pub hours: u64,
}

impl Pause {
    /// Whether the hour of digests that ends at a moment is one without.
    pub(super) fn covers(&self, end: Moment) -> bool {
        let length = i64::try_from(self.hours).unwrap_or_default() * HOUR;
        (self.from.0 + 1..=self.from.0 + length).contains(&end.0)
    }
}

/// The plans of the two corpora of the benches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corpus;

impl Corpus {
    /// Corpus A, many small files: 3 accounts, 4 regions, 2 days; about 145,000 records in 11,500 files, 217 MB of
    /// JSON; records of a file p50 4, p90 23, up to 6,000.
    pub fn many_small() -> Plan {
        let regions = ["us-east-1", "eu-west-1", "eu-central-1", "us-west-2"];
        Plan {
            seed: 7,
            accounts: ["111122223333", "444455556666", "777788889999"].map(String::from).to_vec(),
            regions: regions.map(String::from).to_vec(),
            days: 2,
            shape: Shape {
                files_per_day: 465,
                records: &[
                    (0, 1),
                    (250_000, 2),
                    (500_000, 5),
                    (750_000, 9),
                    (900_000, 23),
                    (970_000, 50),
                    (990_000, 115),
                    (999_000, 450),
                    (999_800, 1_500),
                    (1_000_000, 6_100),
                ],
            },
            principals: 150,
            ..Plan::default()
        }
    }

    /// Corpus B, few large files: 1 account, 1 region, 1 day; about 145,500 records in 640 files, 208 MB of JSON;
    /// records of a file p50 124, up to 2,500.
    pub fn few_large() -> Plan {
        Plan {
            seed: 11,
            shape: Shape {
                files_per_day: 504,
                records: &[
                    (0, 2),
                    (100_000, 40),
                    (330_000, 131),
                    (580_000, 275),
                    (800_000, 430),
                    (915_000, 680),
                    (980_000, 1_100),
                    (1_000_000, 2_560),
                ],
            },
            principals: 260,
            ..Plan::default()
        }
    }
}

impl Default for Plan {
    /// A small plan: one account, one region, one day, a file every quarter of an hour, with digests.
    fn default() -> Self {
        Self {
            seed: 1,
            bucket: "acme-trail-logs".to_owned(),
            prefix: String::new(),
            organization: None,
            accounts: vec!["111122223333".to_owned()],
            regions: vec!["us-east-1".to_owned()],
            from: Moment::day(2026, 8, 3),
            days: 1,
            shape: Shape {
                files_per_day: 96,
                records: &[(0, 1), (500_000, 4), (900_000, 20), (1_000_000, 60)],
            },
            principals: 40,
            actors: BTreeMap::new(),
            digests: true,
            duplicates: 10,
            late: 500,
            oddities: false,
            pauses: Vec::new(),
        }
    }
}

impl Plan {
    /// The folder of an account: `[prefix]AWSLogs/[o-…/]ACCOUNT`.
    pub(super) fn folder(&self, account: &str) -> String {
        let prefix = &self.prefix;
        match &self.organization {
            Some(organization) => format!("{prefix}AWSLogs/{organization}/{account}"),
            None => format!("{prefix}AWSLogs/{account}"),
        }
    }

    /// Midnight after the last day.
    pub fn until(&self) -> Moment {
        self.from.plus(i64::try_from(self.days).unwrap_or_default() * DAY)
    }

    /// The day of a moment, counted from the first; what is before counts to it.
    pub(super) fn day(&self, time: Moment) -> u64 {
        u64::try_from((time.0 - self.from.0).div_euclid(DAY)).unwrap_or_default()
    }

    /// A generator of its own for what the labels name.
    pub(super) fn random(&self, labels: &[&str]) -> Random {
        Random::of(self.seed, labels)
    }
}
