//! What verification found: numbers, problems, and what no digest says anything about.

use serde::Serialize;

use super::examine::ChainId;
use super::silence::Rest;

/// What is wrong. The order is that of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Two genuine digests do not fit to each other. The key is that of the later one.
    ChainBroken,
    /// A digest is not what AWS signed, not where it was delivered, or cannot be verified.
    DigestInvalid,
    /// A digest that a later one names is not there; or one that was due, while others of its trail are there.
    DigestMissing,
    /// Hours without a digest. The key is that of the digest behind them; where none is, that of the last one
    /// before; and where none is at all, the folder in which digests belong. Or a log, whose key it is, that no
    /// digest names though valid ones cover its time.
    Gap,
    /// A log's content is not what its digest says.
    LogModified,
    /// A log that a digest names is not there, or could not be read.
    LogMissing,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The account whose log or digest it is.
    pub account: String,
    /// The region whose log or digest it is.
    pub region: String,
    /// The object's key.
    pub key: String,
    /// What is wrong.
    pub kind: ProblemKind,
    /// What exactly, for people. Holds names from keys and digests, which may be hostile.
    pub detail: String,
    /// It may be genuine: what would tell is not there (a public key, the right to read it). Such a problem
    /// counts as its kind, because nothing is proved.
    pub unverifiable: bool,
}

/// Hours of an account and region for which a chain has no digest: a row of a table by account, region and hours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The chain. Where an account and region has no digest at all, it is of no trail.
    pub chain: ChainId,
    /// End of the digest before, or else the first log without one: seconds since 1970.
    pub from: i64,
    /// Start of the digest behind, or else the end of the minute of the last log without one: seconds since 1970.
    pub until: i64,
    /// How many digests are missing: none where validation was off, or may have been.
    pub missing: usize,
}

impl Gap {
    /// The account whose logs are not proved.
    pub fn account(&self) -> &str {
        &self.chain.account
    }

    /// The region whose logs are not proved.
    pub fn region(&self) -> &str {
        &self.chain.region
    }

    /// The hours (since 1970) that the gap touches; `.count()` says how many, and each times 3,600 when it begins.
    pub fn hours(&self) -> impl Iterator<Item = i64> + use<> {
        self.from.div_euclid(3_600)..(self.until + 3_599).div_euclid(3_600)
    }
}

/// How many digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DigestCounts {
    /// Signed by AWS.
    pub valid: usize,
    /// There, and not proved.
    pub invalid: usize,
    /// Not there: named by a later one, one for each hour of a gap in which validation was on, or due at the end of
    /// a chain.
    pub missing: usize,
}

/// How many logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogCounts {
    /// As delivered.
    pub valid: usize,
    /// Not as delivered.
    pub modified: usize,
    /// Named by a valid digest and not there.
    pub missing: usize,
    /// There, and named by no valid digest.
    pub uncovered: usize,
}

/// Logs of an account and region that no valid digest names, by where they lie against its hourly digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uncovered {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Delivered before the first digest: validation was not on yet, or older digests are not looked at.
    pub before: usize,
    /// Delivered between the first and the last digest: validation was off, a digest is gone, or the log was
    /// put there by somebody else. A problem tells why.
    pub within: usize,
    /// Delivered after the last digest: the digest of that hour is still to come, or validation is off.
    pub after: usize,
    /// There is no valid digest of that account and region.
    pub without: usize,
}

impl Uncovered {
    /// All of them.
    pub fn logs(&self) -> usize {
        self.before + self.within + self.after + self.without
    }
}

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// Which.
    pub id: ChainId,
    /// Its digests.
    pub digests: DigestCounts,
    /// Start of the first valid digest and end of the last one: seconds since 1970.
    pub proved: Option<(i64, i64)>,
    /// The bucket in which the chain goes on backwards, where that is not among what was looked at.
    pub goes_on_in: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Digests.
    pub digests: DigestCounts,
    /// Logs.
    pub logs: LogCounts,
    /// What is wrong, by account, region, key.
    pub problems: Vec<Problem>,
    /// Hours without a digest, by account, region and time. Each is among the problems, too.
    pub gaps: Vec<Gap>,
    /// The chains, in order.
    pub chains: Vec<ChainReport>,
    /// Logs that nothing is known of, by account and region. A problem of their own are only those that lie in hours
    /// which valid digests cover.
    pub uncovered: Vec<Uncovered>,
    /// What [`Report::tell_silent`] tells once all is merged.
    pub(super) rest: Rest,
}

/// The report as `verify-logs --json` prints it.
#[derive(Serialize)]
struct Form<'a> {
    digests: DigestCounts,
    logs: LogCounts,
    problems: Vec<FormOfProblem<'a>>,
}

#[derive(Serialize)]
struct FormOfProblem<'a> {
    kind: ProblemKind,
    key: &'a str,
    account: &'a str,
    region: &'a str,
    detail: &'a str,
}

impl Report {
    /// Whether nothing is wrong. Logs before the first digest and behind the last are not wrong by themselves: the
    /// newest always are such.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// The report as `verify-logs --json` prints it: one JSON object, the same for the same objects.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let problems = self.problems.iter().map(|problem| FormOfProblem {
            kind: problem.kind,
            key: &problem.key,
            account: &problem.account,
            region: &problem.region,
            detail: &problem.detail,
        });
        let Self { digests, logs, .. } = *self;
        serde_json::to_string(&Form { digests, logs, problems: problems.collect() })
    }

    /// Adds what was found for other accounts and regions. Each of those is verified as a whole: digests of one
    /// trail may name what another's listing holds.
    pub fn merge(&mut self, other: Self) {
        self.digests.valid += other.digests.valid;
        self.digests.invalid += other.digests.invalid;
        self.digests.missing += other.digests.missing;
        self.logs.valid += other.logs.valid;
        self.logs.modified += other.logs.modified;
        self.logs.missing += other.logs.missing;
        self.logs.uncovered += other.logs.uncovered;
        self.problems.extend(other.problems);
        self.gaps.extend(other.gaps);
        self.chains.extend(other.chains);
        self.uncovered.extend(other.uncovered);
        self.rest.merge(other.rest);
        self.sort();
    }

    /// Puts everything into the order in which it is printed.
    pub(super) fn sort(&mut self) {
        self.problems.sort();
        self.problems.dedup();
        self.gaps.sort();
        self.chains.sort_by(|one, other| one.id.cmp(&other.id));
        self.uncovered.sort_by(|one, other| {
            (&one.account, &one.region).cmp(&(&other.account, &other.region))
        });
    }
}
