//! The digests of one chain → whether they fit to each other, and which are missing.
//!
//! From the newest backwards. A genuine digest says which one was before it, so where that is not there it is
//! *missing*, and where it is there but its content is another one the *chain is broken*. What a digest that is
//! not genuine says is not believed, unless the digest behind it vouches for its content by hash; otherwise only
//! time tells: digests are delivered every hour, so an hour that nothing accounts for is a *gap*.
//!
//! One fault is reported once. That the one behind an invalid digest has another hash of it says nothing new; an
//! invalid digest that was moved is not missing from where it was.

use std::collections::{HashMap, HashSet};

use super::examine::{ChainId, Examined, Fault, Proves, verify};
use super::keys::PublicKeys;
use super::read::Previous;
use super::report::{Gap, Problem, ProblemKind};
use crate::trail::key::LogKey;

/// Seconds of an hour, which is what a digest covers.
pub(super) const HOUR: i64 = 3_600;

/// The digests of all chains.
#[derive(Debug)]
pub(super) struct All<'a> {
    by_key: HashMap<&'a str, &'a Examined>,
    /// Those that were moved, by the key that they name as their own.
    moved: HashMap<&'a str, &'a Examined>,
}

impl<'a> All<'a> {
    pub(super) fn new(digests: impl Iterator<Item = &'a Examined>) -> Self {
        let mut all = Self { by_key: HashMap::new(), moved: HashMap::new() };
        for digest in digests {
            all.by_key.insert(&digest.key, digest);
            if let Some(from) = &digest.moved_from {
                all.moved.insert(from, digest);
            }
        }
        all
    }
}

/// What was found in one chain.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) gaps: Vec<Gap>,
    pub(super) missing: usize,
    pub(super) goes_on_in: Option<String>,
    /// What the oldest digest names as the one before it, if it is not believed and nothing else is known.
    pub(super) before: Option<String>,
}

/// Gives digests without a signature the one that the digest behind them has of them, where no object of the
/// chain kept its own: it is a copy that lost its metadata. One object alone that lost it was tampered with.
pub(super) fn lend_signatures(digests: &mut [Examined], keys: &PublicKeys) {
    let copied = !digests.iter().any(|digest| digest.signature.is_some());
    let named = digests.iter().filter_map(|digest| digest.previous.as_ref());
    let named = named.filter_map(|one| Some((one.key.clone(), one.signature.clone()?)));
    let lent: HashMap<String, Vec<u8>> = if copied { named.collect() } else { HashMap::new() };
    for digest in digests {
        let Proves::Unsigned { text, fingerprint } = &digest.proves else { continue };
        let proved = match lent.get(&digest.key) {
            Some(signature) => {
                let signed = (fingerprint.as_str(), digest.end);
                let verified = verify(keys, &digest.chain.region, signed, text, signature);
                digest.signature = Some(signature.clone());
                verified
            }
            None if copied => {
                Err(Fault::unverifiable("its object has no signature, and no later digest has it"))
            }
            None => Err(Fault::new("its object has no signature")),
        };
        digest.proves = match proved {
            Ok(()) => Proves::All,
            Err(fault) => Proves::Nothing(fault),
        };
    }
}

/// Walks a chain: digests by end, oldest first. Nothing that ended at or before `since` is expected to be there.
pub(super) fn walk(
    id: &ChainId,
    digests: &[Examined],
    all: &All<'_>,
    since: Option<i64>,
) -> Findings {
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, digest) in digests.iter().enumerate() {
        by_key.entry(&digest.key).or_default().push(at);
    }
    let believed = digests.iter().map(|digest| digest.proves == Proves::All).collect();
    let findings = Findings::default();
    let told = HashSet::new();
    let mut walk = Walk { id, digests, by_key, all, since, believed, told, findings };
    walk.tell_invalid();
    if id.backfill {
        walk.look_at_each();
        return walk.findings;
    }
    let mut next = walk.older(digests.len());
    while let Some(at) = next {
        // Each step goes to an older digest, so the walk ends.
        next = walk.step(at).filter(|next| *next < at);
    }
    walk.findings
}

/// What to go on with.
enum Next<'a> {
    /// An older digest of the chain, by place.
    Older(Option<usize>),
    /// What a moved digest says, in the place of the one that named it.
    Moved(&'a Examined),
}

struct Walk<'a> {
    id: &'a ChainId,
    digests: &'a [Examined],
    by_key: HashMap<&'a str, Vec<usize>>,
    all: &'a All<'a>,
    since: Option<i64>,
    /// Whose content is known to be genuine: signed, or vouched for by hash.
    believed: Vec<bool>,
    /// The digests that are told to be missing.
    told: HashSet<String>,
    findings: Findings,
}

impl<'a> Walk<'a> {
    fn problem(&mut self, kind: ProblemKind, key: &str, detail: String) {
        self.findings.problems.push(Problem {
            account: self.id.account.clone(),
            region: self.id.region.clone(),
            key: key.to_owned(),
            kind,
            detail,
            unverifiable: false,
        });
    }

    /// Reports the digests that prove nothing.
    fn tell_invalid(&mut self) {
        for digest in self.digests {
            let Proves::Nothing(fault) = &digest.proves else { continue };
            self.problem(ProblemKind::DigestInvalid, &digest.key, fault.why.clone());
            if let Some(problem) = self.findings.problems.last_mut() {
                problem.unverifiable = fault.unverifiable;
            }
        }
    }

    /// Looks at each digest alone. Those that name what was missed are made in any order, and not every hour.
    fn look_at_each(&mut self) {
        for digest in self.digests.iter().filter(|digest| digest.proves == Proves::All) {
            let Some(previous) = &digest.previous else { continue };
            if let Some(older) = self.elsewhere(previous) {
                self.compare(digest, previous, older);
            } else if !self.is_out_of_sight(digest, previous) {
                self.missing(&previous.key, &digest.key);
            }
        }
    }

    /// The digest before a place. Moved ones have no place of their own.
    fn older(&self, at: usize) -> Option<usize> {
        self.digests.get(..at)?.iter().rposition(|digest| digest.moved_from.is_none())
    }

    /// Looks at what lies before a digest: gives the one to go on with.
    fn step(&mut self, at: usize) -> Option<usize> {
        let digest = self.digests.get(at)?;
        if !self.believed.get(at).copied().unwrap_or_default() {
            let older = self.older(at);
            if older.is_none() {
                self.findings.before = self.named_before(digest);
            }
            let start = digest.end.saturating_sub(HOUR);
            self.hole(older, start, digest.previous.as_ref(), &digest.key);
            return older;
        }
        let mut next = self.look(at, digest);
        loop {
            // Each moved digest is vouched for by the hash in the one before, so they are no circle.
            match next {
                Next::Older(older) => return older,
                Next::Moved(moved) => next = self.look(at, moved),
            }
        }
    }

    /// Looks at what lies before a digest that is believed and stands at a place.
    fn look(&mut self, at: usize, digest: &'a Examined) -> Next<'a> {
        let Some(previous) = &digest.previous else {
            let older = self.older(at);
            self.restart(older, digest);
            return Next::Older(older);
        };
        let Some(found) = self.find(previous) else { return self.absent(at, digest, previous) };
        if found >= at {
            let why = format!(
                "the digest that it names as the one before it is not older: {}",
                previous.key
            );
            self.problem(ProblemKind::ChainBroken, &digest.key, why);
            return Next::Older(self.older(at));
        }
        if let Some(older) = self.digests.get(found)
            && self.compare(digest, previous, older)
            && let Some(believed) = self.believed.get_mut(found)
        {
            *believed = true;
        }
        self.skipped(digest, previous, found + 1..at);
        Next::Older(Some(found))
    }

    /// The digest an hour before one that is not believed, as that one names it, if it should be here and is not.
    fn named_before(&self, digest: &Examined) -> Option<String> {
        let previous = digest.previous.as_ref()?;
        let end = end_of(&previous.key)?;
        let is_seen = end.abs_diff(digest.start) <= HOUR.unsigned_abs() / 2
            && self.since.is_none_or(|since| since < end)
            && (previous.bucket.is_none() || previous.bucket == digest.own_bucket);
        let is_here = self.elsewhere(previous).is_some();
        (is_seen && !is_here).then(|| previous.key.clone())
    }

    /// The digest of this chain that is named as the one before.
    fn find(&self, previous: &Previous) -> Option<usize> {
        let here = |at: &&usize| self.digests.get(**at).is_some_and(|one| is_named(one, previous));
        self.by_key.get(previous.key.as_str())?.iter().find(here).copied()
    }

    /// The digest of any chain that is named as the one before, or was before it was moved.
    fn elsewhere(&self, previous: &Previous) -> Option<&'a Examined> {
        let key = previous.key.as_str();
        let there = self.all.by_key.get(key).filter(|one| is_named(one, previous));
        there.or_else(|| self.all.moved.get(key)).copied()
    }

    /// Holds a digest against what the one behind it says of it; gives whether that vouches for its content.
    fn compare(&mut self, digest: &Examined, previous: &Previous, older: &Examined) -> bool {
        let other_hash = previous.hash.is_some() && previous.hash != older.hash;
        let vouched = previous.hash.is_some() && !other_hash;
        if older.proves != Proves::All {
            return vouched;
        }
        let other_signature = previous.signature.is_some() && previous.signature != older.signature;
        let what = match (other_hash, other_signature) {
            (true, _) => "hash",
            (false, true) => "signature",
            (false, false) => return vouched,
        };
        let why =
            format!("the {what} that it has of the digest before it is not that of {}", older.key);
        self.problem(ProblemKind::ChainBroken, &digest.key, why);
        vouched
    }

    /// Looks for genuine digests between one and the one that it names as the one before it.
    fn skipped(&mut self, digest: &Examined, previous: &Previous, between: std::ops::Range<usize>) {
        let mut between = self.digests.get(between).unwrap_or_default().iter();
        if let Some(skipped) = between.find(|skipped| skipped.proves == Proves::All) {
            let why = format!(
                "it names {} as the digest before it, but {} lies between",
                previous.key, skipped.key
            );
            self.problem(ProblemKind::ChainBroken, &digest.key, why);
        }
    }

    /// The digest that is named as the one before is not there, in this chain.
    fn absent(&mut self, at: usize, digest: &Examined, previous: &Previous) -> Next<'a> {
        let elsewhere = self.elsewhere(previous);
        match elsewhere {
            Some(older) if older.moved_from.is_none() => {
                self.compare(digest, previous, older);
                return Next::Older(self.older(at));
            }
            Some(moved) if self.compare(digest, previous, moved) => return Next::Moved(moved),
            None if self.is_out_of_sight(digest, previous) => return Next::Older(self.older(at)),
            None => self.missing(&previous.key, &digest.key),
            Some(_) => {}
        }
        let end = end_of(&previous.key).unwrap_or(digest.start);
        let before = self.digests.get(..at).unwrap_or_default();
        let older = before.iter().rposition(|one| one.moved_from.is_none() && one.end < end);
        self.skipped(digest, previous, older.map_or(0, |older| older + 1)..at);
        self.hole(older, end.saturating_sub(HOUR), None, &previous.key);
        Next::Older(older)
    }

    /// Whether the digest that is named as the one before is none of those that are looked at.
    fn is_out_of_sight(&mut self, digest: &Examined, previous: &Previous) -> bool {
        let end = end_of(&previous.key).unwrap_or(digest.start);
        if self.since.is_some_and(|since| end <= since) {
            return true;
        }
        let other = previous.bucket.is_some() && previous.bucket != digest.own_bucket;
        if other {
            self.findings.goes_on_in.clone_from(&previous.bucket);
        }
        other
    }

    /// Reports a digest that is not there.
    fn missing(&mut self, key: &str, named_by: &str) {
        if !self.told.insert(key.to_owned()) {
            return;
        }
        self.findings.missing += 1;
        let why = format!("it is named by {named_by} and is not there");
        self.problem(ProblemKind::DigestMissing, key, why);
    }

    /// Looks for lost hours between the end of a digest and a time. `hint` is what a digest that is not believed
    /// says of the one before it: only taken for the name of one that time says is missing. A moved digest that
    /// took the place of one is told already.
    fn hole(
        &mut self,
        older: Option<usize>,
        mut until: i64,
        hint: Option<&Previous>,
        behind: &str,
    ) {
        let older = older.and_then(|older| self.digests.get(older));
        let Some(from) = older.map(|older| older.end).filter(|from| whole_hours(*from, until) > 0)
        else {
            return;
        };
        let taken = self.digests.iter().filter(|digest| {
            digest.moved_from.is_some() && digest.end > from && digest.end <= until + HOUR / 2
        });
        let mut lost = whole_hours(from, until).saturating_sub(taken.count());
        let hint = hint.filter(|hint| {
            !self.by_key.contains_key(hint.key.as_str())
                && end_of(&hint.key)
                    .is_some_and(|end| end.abs_diff(until) <= HOUR.unsigned_abs() / 2)
        });
        if let (Some(hint), 1..) = (hint, lost) {
            self.missing(&hint.key, behind);
            until -= HOUR;
            lost -= 1;
        }
        if lost > 0 {
            self.findings.missing += lost;
            self.gap(behind, from, until, lost);
        }
    }

    /// The chain begins anew here: validation, or the trail, was off for a while.
    fn restart(&mut self, older: Option<usize>, digest: &Examined) {
        let older = older.and_then(|older| self.digests.get(older));
        if let Some(older) = older
            && whole_hours(older.end, digest.start) > 0
        {
            self.gap(&digest.key, older.end, digest.start, 0);
        }
    }

    /// Reports hours without a digest.
    fn gap(&mut self, behind: &str, from: i64, until: i64, missing: usize) {
        let why = match missing {
            0 => "validation was off, and the chain begins anew".to_owned(),
            1 => "1 digest that no other names is missing".to_owned(),
            _ => format!("{missing} digests that no other names are missing"),
        };
        let why = format!("no digest from {} to {}: {why}", text_of(from), text_of(until));
        self.problem(ProblemKind::Gap, behind, why);
        self.findings.gaps.push(Gap { chain: self.id.clone(), from, until, missing });
    }
}

/// Whether a digest is the one that another names as the one before it.
fn is_named(digest: &Examined, previous: &Previous) -> bool {
    let (bucket, named) = (digest.bucket.as_deref(), previous.bucket.as_deref());
    digest.key == previous.key && (bucket.is_none() || named.is_none() || bucket == named)
}

/// How many digests fit between two times: more than half an hour is one, because ends are never exact.
fn whole_hours(from: i64, until: i64) -> usize {
    let hours = until.saturating_sub(from).saturating_add(HOUR / 2).div_euclid(HOUR);
    usize::try_from(hours).unwrap_or_default()
}

/// The end of a digest, as its key says.
pub(super) fn end_of(key: &str) -> Option<i64> {
    LogKey::read(key)?.time
}

/// A time as digests write it.
pub(super) fn text_of(time: i64) -> String {
    crate::model::Timestamp::from_second(time)
        .map_or_else(|_| time.to_string(), |time| time.to_string())
}
