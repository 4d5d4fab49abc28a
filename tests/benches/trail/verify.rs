//! What `verify-logs` does, over a tree with digests: signatures, chains, and the hash of every log.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use accesstrail_shared::trail::digest::{
    Chains, DIGEST_CAP, DigestObject, Inflater, LogHasher, LogOutcome, PublicKeys, examine,
};
use serde_json::Value;

use super::Done;

/// The most that a log's content may be, in bytes.
const LOG_CAP: usize = 256 << 20;

/// Proves all logs, and holds that all are proved that a digest is there for.
pub(super) fn job(files: &[PathBuf]) -> Done {
    let root = files.first().unwrap().ancestors().find(|folder| folder.ends_with("AWSLogs"));
    let root = root.and_then(Path::parent).unwrap();
    let keys = PublicKeys::read(&fs::read(root.join("public-keys.json")).unwrap()).unwrap();
    let signatures = fs::read_to_string(root.join("object-metadata.jsonl")).unwrap();
    let mut chains = Chains::new(&keys, None);
    let mut inflater = Inflater::new(DIGEST_CAP);
    let metadata: HashMap<String, Value> = signatures
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| (line["key"].as_str().unwrap().to_owned(), line["metadata"].clone()))
        .collect();
    for (key, metadata) in &metadata {
        let body = fs::read(root.join(key)).unwrap();
        let digest = DigestObject {
            bucket: None,
            key,
            body: &body,
            signature: metadata["signature"].as_str(),
            algorithm: metadata["signature-algorithm"].as_str(),
        };
        chains.add(examine(&digest, &keys, &mut inflater));
    }
    let (mut proof, mut hasher) = (chains.judge(), LogHasher::new(LOG_CAP));
    for file in files {
        let key = file.strip_prefix(root).unwrap().to_str().unwrap();
        if let Some(at) = proof.listed(key) {
            let hash = hasher.hash(&fs::read(file).unwrap()).unwrap();
            proof.settle(at, LogOutcome::Hash(hash));
        }
    }
    let report = proof.report();
    assert!(report.is_clean(), "{:?}", report.problems);
    assert!(report.logs.valid * 10 > files.len() * 9, "{:?}", report.logs);
    Done::default()
}
