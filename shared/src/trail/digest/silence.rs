//! Logs that go on where the digests end: somebody deleted the newest digests, or all of a region, or validation
//! was turned off. No digest names one that would follow the last, so only the logs themselves tell.
//!
//! A log that no digest names is a sign only where a digest must have been there for it: so long after the last
//! one that it cannot be still to come, or where the digests of another account or region cover its time. What
//! another problem explains (a digest between is invalid, or missing) is no sign.

use std::collections::BTreeMap;

use super::chain::{Findings, HOUR, end_of, text_of};
use super::examine::{ChainId, Examined, Proves};
use super::report::{Gap, Problem, ProblemKind, Report};
use crate::trail::key::LogKey;

/// For so long logs may be without a digest: it is delivered every hour, a while after its end.
const GRACE: i64 = 2 * HOUR;

/// The seconds that a log's name does not tell.
const MINUTE: i64 = 60;

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
    unnamed: Unnamed,
}

/// From the first to the last digest of a chain.
#[derive(Debug)]
struct Run {
    id: ChainId,
    /// The start of the first and the end of the last digest that lies where it was delivered, valid or not: that
    /// one is not valid is told already.
    span: Option<(i64, i64)>,
    /// The key of the last one.
    last: String,
    /// The span of the valid ones.
    proved: Option<(i64, i64)>,
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
        let valid = digests.iter().filter(|it| it.proves == Proves::All);
        seen.chains.push(Run {
            id: id.clone(),
            span: span(in_place()),
            last: in_place().max_by_key(|it| it.end).map_or_else(String::new, |it| it.key.clone()),
            proved: span(valid),
        });
    }

    /// Takes a log that no valid digest names.
    pub(super) fn unnamed(&mut self, key: &LogKey<'_>) {
        // One that was renamed tells only its day.
        let Some(time) = key.time else { return };
        let place = (key.root(), key.account.to_owned(), key.region.to_owned());
        let hours = &mut self.0.entry(place).or_default().unnamed;
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
            if !seen.chains.is_empty() {
                seen.tell(report);
            } else if !seen.unnamed.is_empty() {
                report.rest.bare.push(Bare { place, unnamed: seen.unnamed });
            }
        }
    }
}

impl Seen {
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
        let spans = || self.chains.iter().filter_map(|run| run.span);
        let covers = |(start, end): &(i64, i64)| *start <= log && log < *end;
        let replaced = |end: i64| spans().filter(covers).any(|(start, _)| end <= start);
        let ended = self.chains.iter().enumerate().filter_map(|(at, run)| {
            let (_, end) = run.span?;
            (end.saturating_add(GRACE) <= log && !replaced(end)).then_some((end, at))
        });
        ended.max().map(|(_, at)| at)
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
        for (root, proved) in other.proved {
            self.prove(&root, proved);
        }
    }
}

impl Report {
    /// Reports accounts and regions whose logs have no digest at all, while others of the same root have some for
    /// the same time. To be called once, when all that is looked at is merged: where nobody has a digest,
    /// validation never was on, and nothing is told.
    pub fn tell_undigested(&mut self) {
        let rest = std::mem::take(&mut self.rest);
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
