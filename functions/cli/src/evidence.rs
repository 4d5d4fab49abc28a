//! What proves the digests of a folder, as it lies beside the logs.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use accesstrail_shared::port::Signature;
use accesstrail_shared::trail::digest::PublicKeys;
use serde::Deserialize;

use crate::error::Failure;

/// The user metadata of digest objects, a line each.
const METADATA: &str = "object-metadata.jsonl";

/// The public keys, by region.
const KEYS: &str = "public-keys.json";

/// The public keys. Without them no digest can be proved, which is then the result.
pub(crate) fn keys(dir: &Path) -> Result<PublicKeys, Failure> {
    Ok(match read(&dir.join(KEYS))? {
        Some(bytes) => PublicKeys::read(&bytes)?,
        None => PublicKeys::default(),
    })
}

/// The signatures of digests, by their keys.
pub(crate) fn signatures(dir: &Path) -> Result<BTreeMap<String, Signature>, Failure> {
    let mut signatures = BTreeMap::new();
    let path = dir.join(METADATA);
    for (number, line) in lines(&path)?.iter().enumerate() {
        let line: Line = serde_json::from_str(line).map_err(|error| {
            let (path, number) = (path.display(), number + 1);
            Failure::Usage(format!("line {number} of {path} is no metadata of an object: {error}"))
        })?;
        let Metadata { signature, algorithm } = line.metadata;
        signatures.insert(line.key, Signature { signature, algorithm });
    }
    Ok(signatures)
}

fn lines(path: &Path) -> Result<Vec<String>, Failure> {
    let bytes = read(path)?.unwrap_or_default();
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::Usage(format!("{} is not UTF-8", path.display())))?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => {
            read.map(Some).map_err(|source| Failure::Unreadable { path: path.to_owned(), source })
        }
    }
}

#[derive(Deserialize)]
struct Line {
    key: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    signature: Option<String>,
    #[serde(rename = "signature-algorithm")]
    algorithm: Option<String>,
}
