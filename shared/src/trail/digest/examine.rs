//! One digest object → what it proves alone: that AWS signed it, under this key, in this region.
//!
//! Signed is RSASSA-PKCS1-v1_5 with SHA-256 over four lines: its end as written, `bucket/key`, the SHA-256 of
//! its content in hexadecimal, and the signature of the digest before it, or `null`. The links to its
//! neighbours are looked at where all of a chain is known.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html>

use super::hash::sha256;
use super::hex;
use super::inflate::Inflater;
use super::keys::{Found, PublicKeys};
use super::read::{self, Digest, Previous};
use crate::trail::key::{KeyKind, LogKey};

/// The only algorithm that digests are known to be signed with.
const ALGORITHM: &str = "SHA256withRSA";

/// The most that a digest's content may be: some hundred thousand logs.
pub const DIGEST_CAP: usize = 128 << 20;

/// Whether a key may be that of a digest: it lies in a folder of digests, ends with `.json.gz` and has a time in
/// its name. Other files in that folder are none of CloudTrail's.
pub fn is_digest(key: &str) -> bool {
    LogKey::read(key).is_some_and(|read| {
        read.kind == KeyKind::Digest && read.file.ends_with(".json.gz") && read.time.is_some()
    })
}

/// A digest object as it is stored: one whose key [`is_digest`].
#[derive(Clone, Copy, Debug)]
pub struct DigestObject<'a> {
    /// The bucket that it lies in; `None` of a copy, which may come from any.
    pub bucket: Option<&'a str>,
    /// Its key.
    pub key: &'a str,
    /// Its bytes, as stored.
    pub body: &'a [u8],
    /// Its user metadata `signature`.
    pub signature: Option<&'a str>,
    /// Its user metadata `signature-algorithm`.
    pub algorithm: Option<&'a str>,
}

/// The digests that follow each other: of one trail, for one account and region. A trail that is given another
/// prefix goes on in another chain, whose first digest names the last one here.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId {
    /// The account whose logs are named.
    pub account: String,
    /// The region whose logs are named.
    pub region: String,
    /// What stands before the account in the keys. An organization's trail may have the name of an account's.
    pub root: String,
    /// The trail; empty where the key does not say it.
    pub trail: String,
    /// The region in which the trail was made.
    pub home_region: String,
    /// Whether it is the chain of the digests that name what the hourly ones missed.
    pub backfill: bool,
}

impl ChainId {
    /// The chain that a digest belongs to, by its key.
    pub fn of(key: &LogKey<'_>) -> Self {
        let (trail, home_region) =
            key.trail.map_or(("", ""), |trail| (trail.name, trail.home_region));
        Self {
            account: key.account.to_owned(),
            region: key.region.to_owned(),
            root: key.root(),
            trail: trail.to_owned(),
            home_region: home_region.to_owned(),
            backfill: key.backfill,
        }
    }
}

/// Why a digest proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) why: String,
    /// It may be genuine: what would tell is not there.
    pub(super) unverifiable: bool,
}

impl Fault {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), unverifiable: false }
    }

    pub(super) fn unverifiable(why: impl std::fmt::Display) -> Self {
        Self { why: format!("it cannot be verified: {why}"), unverifiable: true }
    }
}

/// What a digest proves alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proves {
    /// AWS signed it.
    All,
    /// Its object has no signature. The text is what one would be over.
    Unsigned { text: String, fingerprint: String },
    /// Nothing.
    Nothing(Fault),
}

/// A log that a digest names.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) hash: [u8; 32],
}

/// One digest, looked at alone. Its content is not kept.
#[derive(Clone, Debug)]
pub struct Examined {
    pub(super) chain: ChainId,
    pub(super) key: String,
    /// Where it lies: as the caller says, or else as it says itself where it was not moved.
    pub(super) bucket: Option<String>,
    /// The bucket that it names as its own.
    pub(super) own_bucket: Option<String>,
    /// Seconds since 1970. What a genuine digest says itself, and what the key of any other says, because that
    /// is its place in the chain; 0 where neither does.
    pub(super) end: i64,
    /// Seconds since 1970; an hour before its end where it is not genuine.
    pub(super) start: i64,
    pub(super) hash: Option<[u8; 32]>,
    pub(super) signature: Option<Vec<u8>>,
    pub(super) previous: Option<Previous>,
    /// The key that it names as its own, where that is another one.
    pub(super) moved_from: Option<String>,
    pub(super) proves: Proves,
    pub(super) logs: Vec<Log>,
}

impl Examined {
    /// What is known of a digest before its content is.
    fn unread(bucket: Option<&str>, key: &str) -> Self {
        let read = LogKey::read(key);
        let end = read.and_then(|key| key.time).unwrap_or_default();
        Self {
            chain: read.as_ref().map(ChainId::of).unwrap_or_default(),
            key: key.to_owned(),
            bucket: bucket.map(str::to_owned),
            own_bucket: None,
            end,
            start: end.saturating_sub(super::chain::HOUR),
            hash: None,
            signature: None,
            previous: None,
            moved_from: None,
            proves: Proves::Nothing(Fault::new("")),
            logs: Vec::new(),
        }
    }

    /// A digest that is there and cannot be read: access is denied, say.
    pub fn unavailable(bucket: Option<&str>, key: &str, why: &str) -> Self {
        let proves = Proves::Nothing(Fault::unverifiable(why));
        Self { proves, ..Self::unread(bucket, key) }
    }

    /// The chain that its key puts it into.
    pub fn chain(&self) -> &ChainId {
        &self.chain
    }
}

/// Looks at one digest object. `inflater` has [`DIGEST_CAP`] or less.
pub fn examine(object: &DigestObject<'_>, keys: &PublicKeys, inflater: &mut Inflater) -> Examined {
    let mut examined = Examined::unread(object.bucket, object.key);
    examined.proves = match content(object, keys, inflater, &mut examined) {
        Ok(proves) => proves,
        Err(fault) => Proves::Nothing(fault),
    };
    examined
}

/// Reads the content and checks the signature.
fn content(
    object: &DigestObject<'_>,
    keys: &PublicKeys,
    inflater: &mut Inflater,
    examined: &mut Examined,
) -> Result<Proves, Fault> {
    let content = inflater.single_member(object.body).map_err(|error| Fault::new(error.text()))?;
    let hash = sha256(content);
    examined.hash = Some(hash);
    let mut digest = read::read(content).map_err(|error| Fault::new(error.to_string()))?;
    if examined.end == 0 {
        (examined.start, examined.end) = (digest.start, digest.end);
    }
    examined.previous = digest.previous.take();
    examined.own_bucket = Some(digest.bucket.clone());
    let other_bucket = object.bucket.is_some_and(|bucket| bucket != digest.bucket);
    if other_bucket || digest.key != object.key {
        let why = format!("it was moved here from {}/{}", digest.bucket, digest.key);
        examined.moved_from = Some(digest.key);
        return Err(Fault::new(why));
    }
    examined.bucket = Some(digest.bucket.clone());
    let text = signed_text(&digest, &hash);
    examined.logs = digest
        .logs
        .into_iter()
        .map(|log| Log {
            bucket: log.bucket.into_owned(),
            key: log.key.into_owned(),
            hash: log.hash,
        })
        .collect();
    let other = digest.algorithm.as_deref().filter(|algorithm| *algorithm != ALGORITHM);
    let other = other.or(object.algorithm.filter(|algorithm| *algorithm != ALGORITHM));
    if let Some(other) = other {
        return Err(Fault::new(format!("it is signed with {other}, not with {ALGORITHM}")));
    }
    let fingerprint = digest.fingerprint;
    let (start, end) = (digest.start, digest.end);
    let (Some(signature), Some(_)) = (object.signature, object.algorithm) else {
        (examined.start, examined.end) = (start, end);
        return Ok(Proves::Unsigned { text, fingerprint });
    };
    let signature = hex::decode(signature)
        .ok_or_else(|| Fault::new("its object's signature is not hexadecimal"))?;
    let verified = verify(keys, &examined.chain.region, (&fingerprint, end), &text, &signature);
    examined.signature = Some(signature);
    verified?;
    (examined.start, examined.end) = (start, end);
    Ok(Proves::All)
}

/// What is signed.
fn signed_text(digest: &Digest<'_>, hash: &[u8; 32]) -> String {
    let Digest { end_text, bucket, key, previous_signature, .. } = digest;
    let previous = previous_signature.as_deref().unwrap_or("null");
    format!("{end_text}\n{bucket}/{key}\n{}\n{previous}", hex::encode(hash))
}

/// Checks a signature with the key of a fingerprint, for a digest of that region and end.
pub(super) fn verify(
    keys: &PublicKeys,
    region: &str,
    (fingerprint, end): (&str, i64),
    text: &str,
    signature: &[u8],
) -> Result<(), Fault> {
    match keys.find(region, fingerprint, end) {
        Found::Key(key) => key
            .verify_sig(text.as_bytes(), signature)
            .map_err(|_| Fault::new("its signature is not that of its content")),
        Found::Foreign => Err(Fault::new(format!(
            "it is signed with key {fingerprint}, which is none of AWS's for {region}"
        ))),
        Found::NotListed => Err(Fault::unverifiable(format!(
            "key {fingerprint} is not known, nor any other of {region} for its time"
        ))),
    }
}
