//! The content of a digest object → [`Digest`]: what it names, and what it says of the one before it.
//!
//! Required is what AWS's own validator requires; fields that are not known are left alone. Nothing here says
//! that a digest is genuine.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use super::hex;

/// One digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest<'a> {
    /// `digestStartTime`: seconds since 1970.
    pub start: i64,
    /// `digestEndTime`: seconds since 1970.
    pub end: i64,
    /// `digestEndTime` as it is written, which is what is signed.
    pub end_text: String,
    /// `digestS3Bucket`: where it was delivered.
    pub bucket: String,
    /// `digestS3Object`: the key under which it was delivered.
    pub key: String,
    /// `digestPublicKeyFingerprint`.
    pub fingerprint: String,
    /// `digestSignatureAlgorithm`, where it is said.
    pub algorithm: Option<String>,
    /// `previousDigestSignature` as it is written, which is part of what is signed; `None` where it is `null`.
    pub previous_signature: Option<String>,
    /// The digest before it; `None` of the first one, and of the first after validation was off.
    pub previous: Option<Previous>,
    /// The logs that were delivered in its time.
    pub logs: Vec<NamedHash<'a>>,
}

/// What a digest says of the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// `previousDigestS3Bucket`; `None` where it is not said.
    pub bucket: Option<String>,
    /// `previousDigestS3Object`.
    pub key: String,
    /// `previousDigestHashValue`: SHA-256 of its content.
    pub hash: Option<[u8; 32]>,
    /// `previousDigestSignature`.
    pub signature: Option<Vec<u8>>,
}

/// A log and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedHash<'a> {
    /// `s3Bucket`.
    pub bucket: Cow<'a, str>,
    /// `s3Object`.
    pub key: Cow<'a, str>,
    /// `hashValue`: SHA-256 of its content.
    pub hash: [u8; 32],
}

/// Why a content is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON, or a field is missing or of another type.
    #[error("it has not the form of a digest: {0}")]
    Form(String),
    /// A time is none.
    #[error("its {0} is no time")]
    Time(&'static str),
    /// A hash is not 64 hexadecimal digits, or made by another algorithm than SHA-256.
    #[error("it has a hash that is no SHA-256: {0}")]
    Hash(String),
    /// The signature of the digest before it is not hexadecimal.
    #[error("its previousDigestSignature is not hexadecimal")]
    Signature,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form<'a> {
    digest_start_time: String,
    digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    digest_s3_bucket: String,
    #[serde(rename = "digestS3Object")]
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: Option<String>,
    #[serde(rename = "previousDigestS3Bucket")]
    previous_digest_s3_bucket: Option<String>,
    #[serde(rename = "previousDigestS3Object")]
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    // Part of what is signed: its absence is not the same as `null`.
    #[serde(deserialize_with = "present")]
    previous_digest_signature: Option<String>,
    #[serde(borrow, deserialize_with = "present")]
    log_files: Option<Vec<FormOfLog<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FormOfLog<'a> {
    #[serde(borrow, rename = "s3Bucket")]
    s3_bucket: Cow<'a, str>,
    #[serde(borrow, rename = "s3Object")]
    s3_object: Cow<'a, str>,
    #[serde(borrow)]
    hash_value: Cow<'a, str>,
    hash_algorithm: Option<String>,
}

/// A field that must be there, and may be `null`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Reads the content of a digest object.
pub fn read(content: &[u8]) -> Result<Digest<'_>, ReadError> {
    let form: Form<'_> =
        serde_json::from_slice(content).map_err(|error| ReadError::Form(error.to_string()))?;
    let previous = previous(&form)?;
    let logs = form.log_files.unwrap_or_default().into_iter().map(|log| {
        let hash = sha256_of(&log.hash_value, log.hash_algorithm.as_deref())?;
        Ok(NamedHash { bucket: log.s3_bucket, key: log.s3_object, hash })
    });
    Ok(Digest {
        logs: logs.collect::<Result<_, _>>()?,
        start: time(&form.digest_start_time, "digestStartTime")?,
        end: time(&form.digest_end_time, "digestEndTime")?,
        end_text: form.digest_end_time,
        bucket: form.digest_s3_bucket,
        key: form.digest_s3_object,
        fingerprint: form.digest_public_key_fingerprint,
        algorithm: form.digest_signature_algorithm,
        previous_signature: form.previous_digest_signature,
        previous,
    })
}

/// What is said of the digest before.
fn previous(form: &Form<'_>) -> Result<Option<Previous>, ReadError> {
    let Some(key) = form.previous_digest_s3_object.clone() else { return Ok(None) };
    let algorithm = form.previous_digest_hash_algorithm.as_deref();
    let hash = form.previous_digest_hash_value.as_deref();
    let signature = form.previous_digest_signature.as_deref();
    Ok(Some(Previous {
        bucket: form.previous_digest_s3_bucket.clone(),
        key,
        hash: hash.map(|hash| sha256_of(hash, algorithm)).transpose()?,
        signature: signature
            .map(|text| hex::decode(text).ok_or(ReadError::Signature))
            .transpose()?,
    }))
}

/// Reads a hash. Nothing but SHA-256 is known to be used.
fn sha256_of(text: &str, algorithm: Option<&str>) -> Result<[u8; 32], ReadError> {
    let algorithm = algorithm.unwrap_or("SHA-256");
    if algorithm != "SHA-256" {
        return Err(ReadError::Hash(algorithm.to_owned()));
    }
    hex::decode_hash(text).ok_or_else(|| ReadError::Hash(text.chars().take(80).collect()))
}

/// Seconds since 1970.
fn time(text: &str, field: &'static str) -> Result<i64, ReadError> {
    let time = crate::model::read_time(text).map_err(|_| ReadError::Time(field))?;
    Ok(time.as_second())
}

#[cfg(test)]
mod tests;
