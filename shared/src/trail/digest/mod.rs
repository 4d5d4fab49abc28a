//! Digest files: proof that logs are what CloudTrail delivered, and that none is missing.
//!
//! ```text
//! object ──examine──► Examined ─┐
//! object ──examine──► Examined ─┼─► Chains ──judge──► Proof ──► log objects ──LogHasher──► settle ──► Report
//!   …                           ┘
//! ```
//!
//! CloudTrail delivers a digest every hour for each account, region and trail: the SHA-256 of each log that it
//! delivered in that hour, signed with a key of the region, and linked to the digest before it. Objects are
//! examined and hashed by the caller, in parallel and in any order; nothing here reads or waits.
//!
//! **What is reported for which fault** (the smallest true set):
//!
//! | fault | problem |
//! |---|---|
//! | a log was edited, cut, appended to, or swapped with another | `log_modified` of each |
//! | a log is gone | `log_missing` |
//! | a digest was edited, forged, re-signed, moved, appended to, or lost its signature | `digest_invalid` of it; its logs are uncovered, its neighbours untouched |
//! | its public key is not listed | `digest_invalid`, unverifiable unless keys of its time and region are listed |
//! | a digest is gone | `digest_missing`, named by the one behind it; its logs are uncovered |
//! | several in a row are gone | `digest_missing` of the newest, and one `gap` over the others; each counts as missing |
//! | two genuine digests do not fit to each other | `chain_broken` of the later one |
//! | validation was off for an hour or more, and the chain begins anew | `gap`; none counts as missing |
//! | the newest one to three digests are gone, and others of the same trail are there | `digest_missing` of each, two hours after it was due |
//! | the oldest is gone and the one behind it invalid, and others of the same trail are there | `digest_missing` |
//! | the newest digests are gone, and logs lie two hours behind the last one | `gap`; none counts as missing |
//! | all of an account and region are gone, and others of the root are there | `gap`; none counts as missing |
//! | a log was put there that no digest names, in hours that valid digests cover | `gap` with the key of the log |
//!
//! Of the last but one and the one before nobody can tell whether digests were deleted, or validation was turned
//! off: hence a gap. Other logs that no valid digest names are counted, and are no problem: those of the last hour
//! always are such. A chain that ends more than four hours before others of its trail is one that ended (a region
//! was switched off, an account left), unless logs go on.
//!
//! Verdicts are those of `aws cloudtrail validate-logs`, except that it does not see: data after the first
//! member (before 2026), a log that lost its end, another algorithm, a broken link between genuine digests, a
//! forged digest beside the chain, and all but one of adjacent missing digests. It counts a moved digest twice,
//! as moved and as missing; and of a copy without metadata it proves nothing, while the signatures that each
//! digest keeps of the one before it prove all but the newest here.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html>

mod chain;
mod ends;
mod examine;
mod hash;
mod hex;
mod inflate;
mod keys;
mod proof;
mod read;
mod report;
mod silence;

pub use examine::{ChainId, DIGEST_CAP, DigestObject, Examined, examine, is_digest};
pub use hash::{LogHasher, sha256};
pub use inflate::{InflateError, Inflater};
pub use keys::{KeysError, PublicKeys};
pub use proof::{Chains, LogOutcome, NamedLog, Proof};
pub use read::{Digest, NamedHash, Previous, ReadError, read};
pub use report::{
    ChainReport, DigestCounts, Gap, LogCounts, Problem, ProblemKind, Report, Uncovered,
};

#[cfg(test)]
pub(crate) mod tests;
