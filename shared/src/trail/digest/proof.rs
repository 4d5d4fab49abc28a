//! All digests → the logs they name → the report.
//!
//! ```text
//! Examined, in any order ──► Chains ──judge──► Proof: logs to hash ──listed, settle──► Report
//! ```
//!
//! Held are a few hundred bytes for each digest and log, never a content. An account and region is verified as
//! a whole (all of its trails and its backfills); several may be, each on its own, and the reports merged.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::chain::{self, All, Findings};
use super::examine::{ChainId, Examined, Log, Proves};
use super::inflate::InflateError;
use super::keys::PublicKeys;
use super::report::{
    ChainReport, DigestCounts, LogCounts, Problem, ProblemKind, Report, Uncovered,
};
use super::silence::Silence;
use crate::trail::key::LogKey;

/// Digests by chain, until all are there.
#[derive(Debug)]
pub struct Chains<'k> {
    keys: &'k PublicKeys,
    since: Option<i64>,
    digests: BTreeMap<ChainId, Vec<Examined>>,
}

/// A log that a valid digest names.
#[derive(Clone, Debug)]
pub struct NamedLog {
    /// Its bucket, as the digest names it.
    pub bucket: Arc<str>,
    /// Its key.
    pub key: Arc<str>,
    hash: [u8; 32],
    /// Other hashes of it, by other digests: AWS signed each.
    others: Vec<[u8; 32]>,
    chain: usize,
    is_listed: bool,
    outcome: Option<LogOutcome>,
}

/// What became of a log that is to be hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogOutcome {
    /// Its content has this SHA-256.
    Hash([u8; 32]),
    /// It is not there.
    Missing,
    /// It is no single gzip member.
    Broken(InflateError),
    /// It could not be read, for this reason.
    Unavailable(String),
}

/// What the digests prove, and the logs that are to be held against it.
#[derive(Debug)]
pub struct Proof {
    logs: Vec<NamedLog>,
    by_key: HashMap<Arc<str>, usize>,
    /// From the first start to the last end of the valid hourly digests of an account and region.
    spans: BTreeMap<(String, String), (i64, i64)>,
    uncovered: BTreeMap<(String, String), Uncovered>,
    silence: Silence,
    ids: Vec<ChainId>,
    report: Report,
}

impl<'k> Chains<'k> {
    /// No digest yet. Where not all digests are looked at, `since` is the time (seconds since 1970) from which
    /// they are: one that ended until then is not missing.
    pub fn new(keys: &'k PublicKeys, since: Option<i64>) -> Self {
        Self { keys, since, digests: BTreeMap::new() }
    }

    /// Adds a digest; the order does not matter.
    pub fn add(&mut self, examined: Examined) {
        self.digests.entry(examined.chain.clone()).or_default().push(examined);
    }

    /// Holds the digests against each other, once all are there.
    pub fn judge(self) -> Proof {
        let mut proof = Proof {
            logs: Vec::new(),
            by_key: HashMap::new(),
            spans: BTreeMap::new(),
            uncovered: BTreeMap::new(),
            silence: Silence::default(),
            ids: Vec::new(),
            report: Report::default(),
        };
        let mut chains = self.digests;
        for digests in chains.values_mut() {
            digests.sort_by(|one, other| {
                (one.end, &one.key, &one.bucket).cmp(&(other.end, &other.key, &other.bucket))
            });
            chain::lend_signatures(digests, self.keys);
        }
        let all = All::new(chains.values().flatten());
        let walk =
            |(id, digests): (&ChainId, &Vec<Examined>)| chain::walk(id, digests, &all, self.since);
        let findings: Vec<Findings> = chains.iter().map(walk).collect();
        for ((id, digests), findings) in chains.into_iter().zip(findings) {
            proof.take(id, digests, findings);
        }
        proof
    }
}

impl Proof {
    /// Takes over a chain.
    fn take(&mut self, id: ChainId, digests: Vec<Examined>, findings: Findings) {
        self.silence.chain(&id, &digests, &findings);
        let mut proved: Option<(i64, i64)> = None;
        let mut counts = DigestCounts { missing: findings.missing, ..DigestCounts::default() };
        for digest in digests {
            if digest.proves != Proves::All {
                counts.invalid += 1;
                continue;
            }
            counts.valid += 1;
            let (start, end) = proved.unwrap_or((digest.start, digest.end));
            proved = Some((start.min(digest.start), end.max(digest.end)));
            digest.logs.into_iter().for_each(|log| self.name(log));
        }
        if let (Some((start, end)), false) = (proved, id.backfill) {
            let place = (id.account.clone(), id.region.clone());
            let span = self.spans.entry(place).or_insert((start, end));
            *span = (span.0.min(start), span.1.max(end));
        }
        let report = &mut self.report;
        report.digests.valid += counts.valid;
        report.digests.invalid += counts.invalid;
        report.digests.missing += counts.missing;
        report.problems.extend(findings.problems);
        report.gaps.extend(findings.gaps);
        let goes_on_in = findings.goes_on_in;
        self.ids.push(id.clone());
        report.chains.push(ChainReport { id, digests: counts, proved, goes_on_in });
    }

    /// Adds a log that a valid digest of the chain that comes next names.
    fn name(&mut self, log: Log) {
        if let Some(named) = self.by_key.get(log.key.as_str()).and_then(|at| self.logs.get_mut(*at))
        {
            if named.hash != log.hash && !named.others.contains(&log.hash) {
                named.others.push(log.hash);
            }
            return;
        }
        let last = self.logs.last().filter(|last| *last.bucket == *log.bucket);
        let bucket = last.map_or_else(|| log.bucket.into(), |last| Arc::clone(&last.bucket));
        let key: Arc<str> = log.key.into();
        self.by_key.insert(Arc::clone(&key), self.logs.len());
        self.logs.push(NamedLog {
            bucket,
            key,
            hash: log.hash,
            others: Vec::new(),
            chain: self.ids.len(),
            is_listed: false,
            outcome: None,
        });
    }

    /// The logs that the digests name: each is to be hashed.
    pub fn logs(&self) -> &[NamedLog] {
        &self.logs
    }

    /// Notes that an object is there. Gives the place in [`Proof::logs`] of one that a digest names; a log that
    /// none names is uncovered.
    pub fn listed(&mut self, key: &str) -> Option<usize> {
        if let Some(at) = self.by_key.get(key).copied() {
            self.logs.get_mut(at)?.is_listed = true;
            return Some(at);
        }
        let key = LogKey::read(key).filter(|key| key.kind.holds_calls())?;
        self.silence.unnamed(&key);
        let place = (key.account.to_owned(), key.region.to_owned());
        let time = key.time.unwrap_or(key.day.saturating_mul(86_400));
        let span = self.spans.get(&place).copied();
        let row = self.uncovered.entry(place).or_insert_with(|| Uncovered {
            account: key.account.to_owned(),
            region: key.region.to_owned(),
            ..Uncovered::default()
        });
        let count = match span {
            None => &mut row.without,
            Some((start, _)) if time < start => &mut row.before,
            Some((_, end)) if time >= end => &mut row.after,
            Some(_) => &mut row.within,
        };
        *count += 1;
        None
    }

    /// The logs, by their places in [`Proof::logs`], that no listing showed and nothing is known of. A digest may
    /// name what lies outside of what was listed: each is to be looked for before it counts as missing.
    pub fn unlisted(&self) -> Vec<usize> {
        let logs = self.logs.iter().enumerate();
        let logs = logs.filter(|(_, log)| !log.is_listed && log.outcome.is_none());
        logs.map(|(at, _)| at).collect()
    }

    /// Notes what became of a log, by its place in [`Proof::logs`]; in any order, and again.
    pub fn settle(&mut self, at: usize, outcome: LogOutcome) {
        if let Some(log) = self.logs.get_mut(at) {
            log.outcome = Some(outcome);
        }
    }

    /// What was found. A named log that was neither settled nor listed is missing.
    pub fn report(self) -> Report {
        let mut report = self.report;
        for log in self.logs {
            let found = judge(&log, &mut report.logs);
            let Some((kind, detail, unverifiable)) = found else { continue };
            let key = LogKey::read(&log.key);
            let chain = self.ids.get(log.chain);
            let account = key.map(|key| key.account).or(chain.map(|chain| chain.account.as_str()));
            let region = key.map(|key| key.region).or(chain.map(|chain| chain.region.as_str()));
            report.problems.push(Problem {
                account: account.unwrap_or_default().to_owned(),
                region: region.unwrap_or_default().to_owned(),
                key: log.key.to_string(),
                kind,
                detail,
                unverifiable,
            });
        }
        report.uncovered = self.uncovered.into_values().collect();
        report.logs.uncovered = report.uncovered.iter().map(Uncovered::logs).sum();
        self.silence.tell(&mut report);
        report.sort();
        report
    }
}

/// Judges a log, and counts it: what is wrong with it.
fn judge(log: &NamedLog, counts: &mut LogCounts) -> Option<(ProblemKind, String, bool)> {
    let outcome = log.outcome.clone().unwrap_or_else(|| {
        if log.is_listed {
            LogOutcome::Unavailable("it was not read".to_owned())
        } else {
            LogOutcome::Missing
        }
    });
    let (kind, detail, unverifiable) = match outcome {
        LogOutcome::Hash(hash) if hash == log.hash || log.others.contains(&hash) => {
            counts.valid += 1;
            return None;
        }
        LogOutcome::Hash(_) => {
            let why = "the SHA-256 of its content is not the one that its digest names";
            (ProblemKind::LogModified, why.to_owned(), false)
        }
        LogOutcome::Broken(error) => (ProblemKind::LogModified, error.text().to_owned(), false),
        LogOutcome::Missing => {
            let why = "a valid digest names it, and it is not there";
            (ProblemKind::LogMissing, why.to_owned(), false)
        }
        LogOutcome::Unavailable(why) => {
            (ProblemKind::LogMissing, format!("it cannot be verified: {why}"), true)
        }
    };
    match kind {
        ProblemKind::LogModified => counts.modified += 1,
        _ => counts.missing += 1,
    }
    Some((kind, detail, unverifiable))
}
