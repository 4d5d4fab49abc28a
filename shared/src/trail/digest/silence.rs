//! Logs that go on where the digests end: somebody deleted the newest digests, or all of a region, or validation
//! was turned off. No digest names one that would follow the last, so only the logs themselves tell.
//!
//! A log in the midst of hours that valid digests cover wholly was delivered by nobody: they name all that was.
//!
//! Another log that no digest names is a sign only where a digest must have been there for it: so long after the last
//! one that it cannot be still to come, or where the digests of another account or region cover its time. What
//! another problem explains (a digest between is invalid, or missing) is no sign.

use std::collections::BTreeMap;

use super::chain::{Findings, HOUR, end_of, text_of};
use super::ends;
use super::examine::{ChainId, Examined, Proves};
use super::report::{Gap, Problem, ProblemKind, Report};
use crate::trail::key::{KeyKind, LogKey};

/// For so long logs may be without a digest: it is delivered every hour, a while after its end.
pub(super) const GRACE: i64 = 2 * HOUR;

/// The seconds that a log's name does not tell.
const MINUTE: i64 = 60;

/// For so long a log may be under way: its name has a time some minutes before that of its delivery, which is what
/// puts it into the one digest or the next. CloudTrail delivers within about five minutes.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>
const UNDER_WAY: i64 = 15 * MINUTE;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A root, an account and a region.
type Place = (String, String, String);

/// Logs that no valid digest names: of each hour the first and the last, in seconds since 1970.
type Unnamed = BTreeMap<i64, (i64, i64)>;

/// The digests and the unnamed logs of all places.
#[derive(Debug, Default)]
pub(super) struct Silence(BTreeMap<Place, Seen>);

/// What was seen of a place.
#[derive(Debug, Default)]
struct Seen {
    /// Its chains of hourly digests.
    chains: Vec<Run>,
    /// Times that a problem is told of already.
    told: Vec<(i64, i64)>,
    /// Times of its valid hourly digests.
    covered: Covered,
    unnamed: Unnamed,
    /// The keys of logs that valid digests should name.
    strange: Vec<String>,
}

/// Stretches of time without a hole: the end of each by its start.
#[derive(Debug, Default)]
struct Covered(BTreeMap<i64, i64>);

impl Covered {
    fn add(&mut self, (mut start, mut end): (i64, i64)) {
        // Ends are not exact to the second.
        while let Some((from, until)) = self.0.range(..=end + MINUTE).next_back()
            && *until + MINUTE >= start
        {
            let from = *from;
            (start, end) = (start.min(from), end.max(*until));
            self.0.remove(&from);
        }
        self.0.insert(start, end);
    }

    fn covers(&self, start: i64, end: i64) -> bool {
        self.0.range(..=start).next_back().is_some_and(|(_, until)| end <= *until)
    }
}

/// From the first to the last digest of a chain.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) id: ChainId,
    /// The start of the first and the end of the last digest that lies where it was delivered, valid or not: that
    /// one is not valid is told already.
    pub(super) span: Option<(i64, i64)>,
    /// The key of the last one.
    pub(super) last: String,
    /// The span of the valid ones.
    pub(super) proved: Option<(i64, i64)>,
    /// What the first one names as the one before it, if it is not believed.
    pub(super) before: Option<String>,
}

/// The unnamed logs of a place without a digest.
#[derive(Clone, Debug)]
pub(super) struct Bare {
    place: Place,
    unnamed: Unnamed,
}

/// What tells, once all places are known, whether one without digests should have some.
#[derive(Clone, Debug, Default)]
pub(super) struct Rest {
    bare: Vec<Bare>,
    /// The chains of hourly digests.
    chains: Vec<Run>,
    /// By root, from the first start to the last end of its valid hourly digests.
    proved: BTreeMap<String, (i64, i64)>,
}

impl Silence {
    /// Takes a chain and what was found in it.
    pub(super) fn chain(&mut self, id: &ChainId, digests: &[Examined], findings: &Findings) {
        let place = (id.root.clone(), id.account.clone(), id.region.clone());
        let seen = self.0.entry(place).or_default();
        let missing = findings.problems.iter().filter(|it| it.kind == ProblemKind::DigestMissing);
        let missing = missing.filter_map(|it| end_of(&it.key));
        let moved = digests.iter().filter_map(|it| end_of(it.moved_from.as_deref()?));
        seen.told.extend(missing.chain(moved).map(|end| (end.saturating_sub(HOUR), end)));
        seen.told.extend(findings.gaps.iter().map(|gap| (gap.from, gap.until)));
        let invalid = digests.iter().filter(|it| it.proves != Proves::All);
        seen.told.extend(invalid.map(|it| (it.start, it.end)));
        if id.backfill {
            return;
        }
        let in_place = || digests.iter().filter(|it| it.moved_from.is_none());
        let valid = || digests.iter().filter(|it| it.proves == Proves::All);
        valid().for_each(|it| seen.covered.add((it.start, it.end)));
        seen.chains.push(Run {
            id: id.clone(),
            span: span(in_place()),
            last: in_place().max_by_key(|it| it.end).map_or_else(String::new, |it| it.key.clone()),
            proved: span(valid()),
            before: findings.before.clone(),
        });
    }

    /// Takes a log that no valid digest names.
    pub(super) fn unnamed(&mut self, key: &LogKey<'_>) {
        let place = (key.root(), key.account.to_owned(), key.region.to_owned());
        let seen = self.0.entry(place).or_default();
        // One that was renamed tells only its day.
        let day = key.day.saturating_mul(DAY);
        let (from, until) = key.time.map_or((day, day + DAY), |time| (time, time + MINUTE));
        if key.kind == KeyKind::Log && seen.should_name(from, until) {
            seen.strange.push(key.to_string());
            return;
        }
        let Some(time) = key.time else { return };
        let hours = &mut seen.unnamed;
        let hour = hours.entry(time.div_euclid(HOUR)).or_insert((time, time));
        *hour = (hour.0.min(time), hour.1.max(time));
    }

    /// Reports where logs go on behind the last digest of a chain, and keeps what is to be told of places without
    /// any for when all places are known.
    pub(super) fn tell(self, report: &mut Report) {
        for (place, seen) in self.0 {
            for proved in seen.chains.iter().filter_map(|run| run.proved) {
                report.rest.prove(&place.0, proved);
            }
            report.rest.chains.extend(seen.chains.iter().cloned());
            if !seen.chains.is_empty() {
                seen.tell_strange(&place, report);
                seen.tell(report);
            } else if !seen.unnamed.is_empty() {
                report.rest.bare.push(Bare { place, unnamed: seen.unnamed });
            }
        }
    }
}

impl Seen {
    /// Whether the digests that are there would name a log that was delivered at some time between two: hours around
    /// it are covered wholly, no problem tells why not, and no chain ended before, whose log it may be.
    fn should_name(&self, from: i64, until: i64) -> bool {
        let until = until.saturating_add(UNDER_WAY);
        let is_told = |(start, end): &(i64, i64)| *start < until && from < *end;
        let ends = || self.chains.iter().filter_map(|run| Some(run.span?.1));
        self.covered.covers(from, until)
            && !self.told.iter().any(is_told)
            && ends().all(|end| until <= end || self.is_replaced(end, from))
    }

    fn tell_strange(&self, (_, account, region): &Place, report: &mut Report) {
        report.problems.extend(self.strange.iter().map(|key| Problem {
            account: account.clone(),
            region: region.clone(),
            key: key.clone(),
            kind: ProblemKind::Gap,
            detail: "valid digests cover its time and do not name it: CloudTrail did not deliver it here, or the \
                     digest that names it was deleted"
                .to_owned(),
            unverifiable: false,
        }));
    }

    fn tell(&self, report: &mut Report) {
        let mut ended: BTreeMap<usize, i64> = BTreeMap::new();
        for (first, last) in self.unnamed.values() {
            if self.told.iter().any(|(from, until)| from <= last && first < until) {
                continue;
            }
            if let Some(at) = self.blamed(*last) {
                let until = ended.entry(at).or_insert(*last);
                *until = (*until).max(*last);
            }
        }
        for (at, last) in ended {
            let Some(run) = self.chains.get(at) else { continue };
            let Some((_, from)) = run.span else { continue };
            let why = "logs were delivered, and the chain does not go on: its newest digests were deleted, \
                       or validation was turned off";
            gap(report, run.id.clone(), &run.last, (from, last + MINUTE), why);
        }
    }

    /// The chain that ended last before a log, and long enough before it. Where another chain goes on, it is not
    /// one that this other replaced.
    fn blamed(&self, log: i64) -> Option<usize> {
        let ended = self.chains.iter().enumerate().filter_map(|(at, run)| {
            let (_, end) = run.span?;
            (end.saturating_add(GRACE) <= log && !self.is_replaced(end, log)).then_some((end, at))
        });
        ended.max().map(|(_, at)| at)
    }

    /// Whether a chain that began after an end covers a log.
    fn is_replaced(&self, end: i64, log: i64) -> bool {
        let mut spans = self.chains.iter().filter_map(|run| run.span);
        spans.any(|(start, until)| end <= start && start <= log && log < until)
    }
}

impl Rest {
    fn prove(&mut self, root: &str, (start, end): (i64, i64)) {
        let span = self.proved.entry(root.to_owned()).or_insert((start, end));
        *span = (span.0.min(start), span.1.max(end));
    }

    /// Adds what other places left to be told.
    pub(super) fn merge(&mut self, other: Self) {
        self.bare.extend(other.bare);
        self.chains.extend(other.chains);
        for (root, proved) in other.proved {
            self.prove(&root, proved);
        }
    }
}

impl Report {
    /// Reports what only all accounts and regions tell together. To be called once, when all that is looked at is
    /// merged; `now` is in seconds since 1970.
    ///
    /// - Digests that are missing at an end of a chain, where others of the same trail go on.
    /// - Accounts and regions whose logs have no digest at all, while others of the same root have some for the same
    ///   time: where nobody has a digest, validation never was on, and nothing is told.
    pub fn tell_silent(&mut self, now: i64) {
        let rest = std::mem::take(&mut self.rest);
        ends::tell(&rest.chains, now, self);
        for Bare { place: (root, account, region), unnamed } in rest.bare {
            let Some((start, end)) = rest.proved.get(&root).copied() else { continue };
            let logs = || unnamed.values().filter(|(_, last)| *last >= start);
            let (Some(first), Some(last)) =
                (logs().map(|hour| hour.0).min(), logs().map(|hour| hour.1).max())
            else {
                continue;
            };
            let first = first.max(start);
            if first.saturating_add(GRACE) > end {
                continue;
            }
            let key = format!("{root}/{account}/CloudTrail-Digest/{region}/");
            let why = "logs were delivered, and this account and region has no digest at all, while others have: \
                       its digests were deleted, or validation is off";
            let chain = ChainId { account, region, root, ..ChainId::default() };
            gap(self, chain, &key, (first, last + MINUTE), why);
        }
        self.sort();
    }
}

/// From the first start to the last end.
fn span<'a>(digests: impl Iterator<Item = &'a Examined>) -> Option<(i64, i64)> {
    digests
        .map(|it| (it.start, it.end))
        .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

fn gap(report: &mut Report, chain: ChainId, key: &str, (from, until): (i64, i64), why: &str) {
    report.problems.push(Problem {
        account: chain.account.clone(),
        region: chain.region.clone(),
        key: key.to_owned(),
        kind: ProblemKind::Gap,
        detail: format!("no digest from {} to {}: {why}", text_of(from), text_of(until)),
        unverifiable: false,
    });
    report.gaps.push(Gap { chain, from, until, missing: 0 });
}
