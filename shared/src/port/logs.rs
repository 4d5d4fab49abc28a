//! Where CloudTrail's objects lie: a bucket, or a folder of the same layout.

use std::io::BufRead;

use async_trait::async_trait;

use super::PortError;
use crate::model::Counters;

/// An object, as a listing names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogObject {
    /// Its key.
    pub key: String,
    /// What tells two contents of the key apart: the `ETag` or the version id of a bucket's object.
    pub version: String,
    /// Its size as it is stored, in bytes.
    pub size: u64,
}

/// What lies directly below a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Prefixes, each ending in `/`, in byte order.
    pub folders: Vec<String>,
    /// Objects, by their keys in byte order.
    pub objects: Vec<LogObject>,
}

/// The bytes of an object.
pub enum Body {
    /// All of them.
    Whole(Vec<u8>),
    /// One after the other: what is too large to be held.
    Stream(Box<dyn BufRead + Send>),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// The user metadata of a digest's object, which proves the digest.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// `signature`: hexadecimal.
    pub signature: Option<String>,
    /// `signature-algorithm`.
    pub algorithm: Option<String>,
}

/// A place with log objects. Nothing is ever written there.
#[async_trait]
pub trait Logs: Send + Sync + std::fmt::Debug {
    /// How people find the place: a path, or `s3://BUCKET`.
    fn name(&self) -> String;

    /// The bucket that the objects lie in; `None` of a copy, which may come from any.
    fn bucket(&self) -> Option<&str> {
        None
    }

    /// Whether bodies are at hand, so that fetching one ahead of another gains nothing.
    fn is_at_hand(&self) -> bool {
        false
    }

    /// What lies directly below a prefix that is empty or ends in `/`.
    async fn level(&self, prefix: &str) -> Result<Level, PortError>;

    /// One object, as a listing would name it; `None` if there is none of that key.
    async fn find(&self, key: &str) -> Result<Option<LogObject>, PortError>;

    /// The bytes of an object; `None` if it is gone. An object of the same key that is another version is gone too.
    async fn body(&self, object: &LogObject) -> Result<Option<Body>, PortError>;

    /// The bytes of a digest, with what proves it, where the place keeps that; `None` as for [`Logs::body`].
    async fn signed(&self, object: &LogObject) -> Result<Option<(Body, Signature)>, PortError> {
        Ok(self.body(object).await?.map(|body| (body, Signature::default())))
    }

    /// What reading has cost so far: `logs.lists`, `logs.gets`, `logs.heads`, `logs.read_bytes`.
    fn cost(&self) -> Counters;
}

/// A public key that digests of a region are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestKey {
    /// Its DER bytes.
    pub der: Vec<u8>,
    /// The fingerprint that AWS states.
    pub fingerprint: Option<String>,
    /// From when to when it is valid, in seconds since 1970.
    pub valid: (Option<i64>, Option<i64>),
}

/// Who knows the public keys of digests.
#[async_trait]
pub trait DigestKeys: Send + Sync + std::fmt::Debug {
    /// The keys that signed digests of a region in these seconds since 1970.
    async fn of_region(
        &self,
        region: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<DigestKey>, PortError>;
}
