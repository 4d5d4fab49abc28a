//! The public keys of `ListPublicKeys` → what a digest's signature is checked with.
//!
//! Keys are per region: a digest is signed with a key of the region that its folder names. A key is found by
//! its fingerprint, which is the MD5 of its DER bytes; those are PKCS #1 or an X.509 `SubjectPublicKeyInfo`.
//! That AWS lists a key for the region makes it good; the times of its validity only help to say why one is
//! unknown.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html>

use std::collections::BTreeMap;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::Value;

use super::hex;

/// How deep the lists and objects of a file of keys lie: regions, a response, its list, a key.
const DEEPEST: usize = 4;

/// Keys for each region.
#[derive(Debug, Default)]
pub struct PublicKeys {
    /// By region (empty: whatever the region) and fingerprint.
    keys: BTreeMap<(String, String), Key>,
    refused: Vec<String>,
}

#[derive(Clone, Debug)]
struct Key {
    parsed: ParsedPublicKey,
    from: Option<i64>,
    until: Option<i64>,
}

/// What is known of a fingerprint.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// AWS lists the key for the region.
    Key(&'a ParsedPublicKey),
    /// Keys of that region and time are listed, and it is none of them.
    Foreign,
    /// No key of that region and time is listed, so nothing can be said.
    NotListed,
}

/// A text that is no file of public keys.
#[derive(Debug, thiserror::Error)]
#[error("public keys cannot be read: {0}")]
pub struct KeysError(String);

impl PublicKeys {
    /// Reads JSON: an object of regions, each with a response of `ListPublicKeys`; or one response, or a list of
    /// keys, which then count for every region. An entry that is no RSA key of at least 2,048 bits is left out
    /// and told by [`PublicKeys::refused`].
    pub fn read(json: &[u8]) -> Result<Self, KeysError> {
        let value: Value =
            serde_json::from_slice(json).map_err(|error| KeysError(error.to_string()))?;
        let mut keys = Self::default();
        keys.take(&value, "", DEEPEST);
        if keys.keys.is_empty() && !keys.refused.is_empty() {
            return Err(KeysError(keys.refused.join("; ")));
        }
        Ok(keys)
    }

    /// Adds a key: its DER bytes, for a region (empty: for each), valid between seconds since 1970. `fingerprint`
    /// is the one that AWS states.
    pub fn add(
        &mut self,
        region: &str,
        der: &[u8],
        fingerprint: Option<&str>,
        (from, until): (Option<i64>, Option<i64>),
    ) {
        let computed = hex::encode(&Md5::digest(der));
        let Ok(parsed) = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der) else {
            self.refused.push(format!("{computed} is no RSA public key of 2048 to 8192 bits"));
            return;
        };
        let key = Key { parsed, from, until };
        let stated = fingerprint.map(str::to_ascii_lowercase).filter(|stated| *stated != computed);
        for fingerprint in stated.into_iter().chain([computed]) {
            self.keys.insert((region.to_owned(), fingerprint), key.clone());
        }
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What was among the keys and is none, each in words.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// Looks for the key of a digest of that region and end, in seconds since 1970.
    pub(super) fn find(&self, region: &str, fingerprint: &str, end: i64) -> Found<'_> {
        let fingerprint = fingerprint.to_ascii_lowercase();
        let of = |region: &str| self.keys.get(&(region.to_owned(), fingerprint.clone()));
        if let Some(key) = of(region).or_else(|| of("")) {
            return Found::Key(&key.parsed);
        }
        let covers = |key: &Key| {
            key.from.is_none_or(|from| from <= end) && key.until.is_none_or(|until| end <= until)
        };
        let mut here = self.keys.iter().filter(|((of, _), _)| of == region || of.is_empty());
        if here.any(|(_, key)| covers(key)) { Found::Foreign } else { Found::NotListed }
    }

    /// Takes the keys out of JSON, `deepest` levels down.
    fn take(&mut self, value: &Value, region: &str, deepest: usize) {
        let Some(deeper) = deepest.checked_sub(1) else { return };
        match value {
            Value::Array(list) => list.iter().for_each(|value| self.take(value, region, deeper)),
            Value::Object(object) => {
                // The user guide spells the list with a small letter, the API with a capital one.
                let list = object.get("PublicKeyList").or_else(|| object.get("publicKeyList"));
                if let Some(list) = list {
                    self.take(list, region, deeper);
                } else if object.contains_key("Value") {
                    self.take_key(value, region);
                } else if region.is_empty() {
                    object.iter().for_each(|(region, value)| self.take(value, region, deeper));
                }
            }
            _ => {}
        }
    }

    /// Takes one entry of `PublicKeyList`.
    fn take_key(&mut self, entry: &Value, region: &str) {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let time = |name: &str| entry.get(name).and_then(time);
        let stated = text("Fingerprint");
        let Some(der) = text("Value").and_then(|value| STANDARD.decode(value.trim()).ok()) else {
            self.refused.push(format!("{} has no Base64 value", stated.unwrap_or("an entry")));
            return;
        };
        self.add(region, &der, stated, (time("ValidityStartTime"), time("ValidityEndTime")));
    }
}

/// Seconds since 1970 of a time as the API (a number), the command line (RFC 3339) or the user guide (a number
/// as text) writes it.
fn time(value: &Value) -> Option<i64> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    if let Ok(time) = crate::model::read_time(&text) {
        return Some(time.as_second());
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if plain(fraction) && plain(whole) { whole.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
