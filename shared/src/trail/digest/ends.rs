//! Chains that end, or begin, where other chains of the same trail go on: no digest names the newest of a chain, so
//! that only the other accounts and regions of its trail tell that they are gone.
//!
//! CloudTrail delivers a digest every hour for each account and region of a trail, an empty one where nothing was
//! logged, each at a minute of its own. So a chain may end up to an hour before another of its trail, and more only
//! where a digest is still to come, was deleted, or where logging ended there.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html>
//!
//! *Still to come*: until [`GRACE`] after its end, by the clock of whoever verifies, a digest is not missing.
//! *Ended*: where a chain goes on, its next digest comes within two hours or so and names the one before. So those
//! that no digest names are a few, or none will come any more: the region was switched off, the account left. A
//! chain that ended more than [`MOST`] before the others is taken for one that ended; logs that go on without it are
//! told (`silence`).

use std::collections::BTreeMap;

use super::chain::{HOUR, text_of};
use super::examine::ChainId;
use super::report::{Problem, ProblemKind, Report};
use super::silence::{GRACE, Run};
use crate::trail::key::LogKey;

/// The most that a chain may end before others of its trail to be one that goes on: three digests, and the hour in
/// which each chain has its own minute.
const MOST: i64 = 4 * HOUR;

/// Root, trail and home region: what the chains of a trail have in common.
type Trail = (String, String, String);

/// When the valid digests of a trail begin and end.
type Spans = BTreeMap<Trail, (i64, i64)>;

fn trail(id: &ChainId) -> Trail {
    (id.root.clone(), id.trail.clone(), id.home_region.clone())
}

/// Tells what the chains of each trail say of each other. `now` is in seconds since 1970.
pub(super) fn tell(chains: &[Run], now: i64, report: &mut Report) {
    let mut spans = Spans::new();
    // What has no name of a trail in its key is of no trail.
    let named = || chains.iter().filter(|chain| !chain.id.trail.is_empty());
    for (id, (start, end)) in named().filter_map(|chain| Some((&chain.id, chain.proved?))) {
        let span = spans.entry(trail(id)).or_insert((start, end));
        *span = (span.0.min(start), span.1.max(end));
    }
    for chain in named() {
        let Some((start, end)) = spans.get(&trail(&chain.id)).copied() else { continue };
        tell_newest(chain, end, now, report);
        tell_oldest(chain, start, report);
    }
}

/// Tells the newest digests of a chain that are missing, where others of its trail end at `newest`.
fn tell_newest(chain: &Run, newest: i64, now: i64, report: &mut Report) {
    let Some((_, end)) = chain.span else { return };
    if newest.saturating_sub(end) > MOST {
        return;
    }
    // A clock that is behind what was delivered tells nothing.
    let is_due = |time: i64| now < newest.saturating_sub(HOUR) || time.saturating_add(GRACE) <= now;
    let hours = (1..).map(|hour| end.saturating_add(hour * HOUR));
    let due = hours.take_while(|time| *time <= newest && is_due(*time));
    let mut last = end;
    for time in due {
        let Some(key) = key_at(&chain.last, time) else { return };
        let why = format!(
            "it was due and is not there, and no later one names it, while other accounts or regions of the trail \
             have digests until {}: it was deleted, or logging ended here",
            text_of(newest)
        );
        missing(chain, &key, why, report);
        last = time;
    }
    if last > end {
        forget(chain, (end, last.saturating_add(GRACE)), report);
    }
}

/// Tells the digest before the oldest of a chain, where that is not genuine, names one before it, and others of
/// its trail were there at that time.
fn tell_oldest(chain: &Run, oldest: i64, report: &mut Report) {
    let (Some(key), Some((start, _))) = (&chain.before, chain.span) else { return };
    if oldest <= start.saturating_sub(HOUR) {
        let why = "the oldest digest, which is not genuine, names it as the one before, and it is not there, while \
                   other accounts or regions of the trail have digests of that time";
        missing(chain, key, why.to_owned(), report);
    }
}

fn missing(chain: &Run, key: &str, detail: String, report: &mut Report) {
    report.digests.missing += 1;
    if let Some(counts) = report.chains.iter_mut().find(|it| it.id == chain.id) {
        counts.digests.missing += 1;
    }
    report.problems.push(Problem {
        account: chain.id.account.clone(),
        region: chain.id.region.clone(),
        key: key.to_owned(),
        kind: ProblemKind::DigestMissing,
        detail,
        unverifiable: false,
    });
}

/// Takes back that logs go on behind the end of a chain, where those are the logs of digests that are told.
fn forget(chain: &Run, (from, until): (i64, i64), report: &mut Report) {
    let is_it = |id: &ChainId, gap: (i64, i64)| *id == chain.id && gap.0 == from && gap.1 <= until;
    let gaps = report.gaps.len();
    report.gaps.retain(|gap| !is_it(&gap.chain, (gap.from, gap.until)));
    if report.gaps.len() < gaps {
        report.problems.retain(|it| it.kind != ProblemKind::Gap || it.key != chain.last);
    }
}

/// The key of the digest of a chain that ends at a time, by that of another one.
fn key_at(other: &str, end: i64) -> Option<String> {
    let other = LogKey::read(other)?;
    let (stem, _) = other.file.rsplit_once('_')?;
    let time = crate::model::Timestamp::from_second(end).ok()?;
    let file = format!("{stem}_{}.json.gz", time.strftime("%Y%m%dT%H%M%SZ"));
    Some(LogKey { day: end.div_euclid(86_400), file: &file, ..other }.to_string())
}
