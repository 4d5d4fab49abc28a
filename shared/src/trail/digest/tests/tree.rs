//! A bucket with signed digests, to be tampered with.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::super::*;
use crate::model::Timestamp;

pub(crate) const BUCKET: &str = "example-trail";
pub(crate) const HOUR: i64 = 3_600;
/// 2026-11-29T00:30:15Z.
pub(crate) const START: i64 = 1_795_912_215;
const CAP: usize = 1 << 20;

/// Who signs: AWS in the one region, in the other, or nobody that AWS knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    East,
    West,
    Forger,
}

impl Signer {
    fn pair(self) -> &'static KeyPair {
        static PAIRS: [OnceLock<KeyPair>; 3] = [const { OnceLock::new() }; 3];
        PAIRS[self as usize].get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// PKCS #1 in the one region, X.509 in the other.
    fn der(self) -> Vec<u8> {
        let public = self.pair().public_key();
        if self == Self::West {
            let der: PublicKeyX509Der<'_> = public.as_der().unwrap();
            return der.as_ref().to_vec();
        }
        public.as_ref().to_vec()
    }

    pub(crate) fn fingerprint(self) -> String {
        hex::encode(&Md5::digest(self.der()))
    }

    fn of(region: &str) -> Self {
        if region == "us-east-1" { Self::East } else { Self::West }
    }
}

/// A chain to be laid down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) root: &'static str,
    pub(crate) account: &'static str,
    pub(crate) region: &'static str,
    pub(crate) trail: &'static str,
    pub(crate) suffix: &'static str,
    pub(crate) start: i64,
    /// How many logs each hour's digest names.
    pub(crate) logs: &'static [usize],
}

pub(crate) const EAST: Plan = Plan {
    root: "AWSLogs",
    account: "111122223333",
    region: "us-east-1",
    trail: "main",
    suffix: "",
    start: START,
    logs: &[2, 2, 2, 0, 2, 2],
};

pub(crate) const WEST: Plan = Plan {
    root: "AWSLogs",
    account: "444455556666",
    region: "eu-west-1",
    trail: "all_of.us-x",
    suffix: "",
    start: START + 600,
    logs: &[1, 1, 1],
};

/// A bucket's objects, the metadata of its digests, and the keys that AWS lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    pub(crate) metadata: BTreeMap<String, (String, String)>,
    pub(crate) listed: Vec<(&'static str, Signer)>,
    /// Where a caller says that the objects lie.
    pub(crate) bucket: Option<&'static str>,
    pub(crate) since: Option<i64>,
    /// Whether the log of a key cannot be read.
    pub(crate) denied: Option<String>,
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn gunzip(object: &[u8]) -> Vec<u8> {
    Inflater::new(CAP).single_member(object).unwrap().to_vec()
}

fn stamp(time: i64, form: &str) -> String {
    Timestamp::from_second(time).unwrap().strftime(form).to_string()
}

fn written(time: i64) -> String {
    Timestamp::from_second(time).unwrap().to_string()
}

impl Plan {
    pub(crate) fn digest_key(&self, end: i64) -> String {
        let Self { root, account, region, trail, suffix, .. } = self;
        let (day, end) = (stamp(end, "%Y/%m/%d"), stamp(end, "%Y%m%dT%H%M%SZ"));
        format!(
            "{root}/{account}/CloudTrail-Digest/{region}/{day}/\
             {account}_CloudTrail-Digest_{region}_{trail}_us-east-1_{end}{suffix}.json.gz"
        )
    }

    /// The key of the digest of an hour, from 0.
    pub(crate) fn digest(&self, hour: i64) -> String {
        self.digest_key(self.start + (hour + 1) * HOUR)
    }

    /// The key of a log of an hour, from 0.
    pub(crate) fn log(&self, hour: i64, number: i64) -> String {
        let Self { root, account, region, trail, suffix, .. } = self;
        let time = self.start + hour * HOUR + (number + 1) * 300;
        let (day, time) = (stamp(time, "%Y/%m/%d"), stamp(time, "%Y%m%dT%H%MZ"));
        let unique = format!("{trail}{}{hour}{number}", suffix.trim_start_matches('_'));
        format!(
            "{root}/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{time}_{unique}.json.gz"
        )
    }
}

impl Tree {
    /// Two accounts' chains, of six and of three hours.
    pub(crate) fn new() -> Self {
        let listed = vec![("us-east-1", Signer::East), ("eu-west-1", Signer::West)];
        let mut tree = Self { listed, ..Self::default() };
        tree.lay(&EAST, None);
        tree.lay(&WEST, None);
        tree
    }

    /// Lays a chain down: a digest for each hour, linked to the one before; the first to `previous`.
    pub(crate) fn lay(&mut self, plan: &Plan, previous: Option<&str>) {
        let mut previous = previous.map(str::to_owned);
        for (hour, logs) in (0_i64..).zip(plan.logs) {
            let logs = 0..i64::try_from(*logs).unwrap();
            let logs: Vec<Value> = logs.map(|log| self.lay_log(&plan.log(hour, log))).collect();
            let (start, end) = (plan.start + hour * HOUR, plan.start + (hour + 1) * HOUR);
            let key = plan.digest(hour);
            let digest = json!({
                "awsAccountId": plan.account,
                "digestStartTime": written(start),
                "digestEndTime": written(end),
                "digestS3Bucket": BUCKET,
                "digestS3Object": key,
                "digestSignatureAlgorithm": "SHA256withRSA",
                "digestPublicKeyFingerprint": Signer::of(plan.region).fingerprint(),
                "logFiles": logs,
            });
            self.put(&key, &digest);
            self.link(&key, previous.as_deref());
            self.sign(&key, Signer::of(plan.region));
            previous = Some(key);
        }
    }

    fn lay_log(&mut self, key: &str) -> Value {
        let content = format!("{{\"Records\":[{{\"eventID\":\"{key}\"}}]}}");
        self.objects.insert(key.to_owned(), gzip(content.as_bytes()));
        json!({
            "s3Bucket": BUCKET,
            "s3Object": key,
            "hashValue": hex::encode(&sha256(content.as_bytes())),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": null,
            "oldestEventTime": null,
        })
    }

    fn put(&mut self, key: &str, digest: &Value) {
        self.objects.insert(key.to_owned(), gzip(digest.to_string().as_bytes()));
    }

    pub(crate) fn json(&self, key: &str) -> Value {
        serde_json::from_slice(&gunzip(&self.objects[key])).unwrap()
    }

    /// Edits a digest, and leaves its signature as it was.
    pub(crate) fn edit(&mut self, key: &str, edit: impl FnOnce(&mut Value)) {
        let mut digest = self.json(key);
        edit(&mut digest);
        self.put(key, &digest);
    }

    /// Writes into a digest what is true of the one before it.
    pub(crate) fn link(&mut self, key: &str, previous: Option<&str>) {
        let of = |previous: &str| {
            let hash = hex::encode(&sha256(&gunzip(&self.objects[previous])));
            (self.json(previous)["digestS3Bucket"].clone(), hash, self.metadata[previous].0.clone())
        };
        let (bucket, hash, signature) = match previous.map(of) {
            Some((bucket, hash, signature)) => (bucket, json!(hash), json!(signature)),
            None => (Value::Null, Value::Null, Value::Null),
        };
        let algorithm = previous.map(|_| "SHA-256");
        self.edit(key, |digest| {
            digest["previousDigestS3Bucket"] = bucket;
            digest["previousDigestS3Object"] = json!(previous);
            digest["previousDigestHashValue"] = hash;
            digest["previousDigestHashAlgorithm"] = json!(algorithm);
            digest["previousDigestSignature"] = signature;
        });
    }

    /// Signs a digest as it is.
    pub(crate) fn sign(&mut self, key: &str, signer: Signer) {
        let content = gunzip(&self.objects[key]);
        let digest: Value = serde_json::from_slice(&content).unwrap();
        let text = |field: &str| digest[field].as_str().unwrap_or("null").to_owned();
        let lines = format!(
            "{}\n{}/{}\n{}\n{}",
            text("digestEndTime"),
            text("digestS3Bucket"),
            text("digestS3Object"),
            hex::encode(&sha256(&content)),
            text("previousDigestSignature"),
        );
        let pair = signer.pair();
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, lines.as_bytes(), &mut signature).unwrap();
        let metadata = (hex::encode(&signature), "SHA256withRSA".to_owned());
        self.metadata.insert(key.to_owned(), metadata);
    }

    /// Edits a digest as AWS could: it is signed, and so are those behind it, which are linked anew.
    pub(crate) fn remake(&mut self, plan: &Plan, hour: i64, edit: impl FnOnce(&mut Value)) {
        let key = plan.digest(hour);
        self.edit(&key, edit);
        self.sign(&key, Signer::of(plan.region));
        for later in hour + 1..i64::try_from(plan.logs.len()).unwrap() {
            self.link(&plan.digest(later), Some(&plan.digest(later - 1)));
            self.sign(&plan.digest(later), Signer::of(plan.region));
        }
    }

    /// Moves an object with its metadata.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        let object = self.objects.remove(from).unwrap();
        self.objects.insert(to.to_owned(), object);
        if let Some(metadata) = self.metadata.remove(from) {
            self.metadata.insert(to.to_owned(), metadata);
        }
    }

    /// Gives each of two objects the other's bytes and metadata.
    pub(crate) fn swap(&mut self, one: &str, other: &str) {
        self.rename(one, "aside");
        self.rename(other, one);
        self.rename("aside", other);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.objects.remove(key).unwrap();
        self.metadata.remove(key);
    }

    pub(crate) fn keys(&self) -> PublicKeys {
        let mut keys = PublicKeys::default();
        for (region, signer) in &self.listed {
            keys.add(region, &signer.der(), None, (None, None));
        }
        keys
    }

    /// All objects, verified in the order in which they are given.
    pub(crate) fn verify_in(&self, order: &[&String]) -> Report {
        let keys = self.keys();
        let mut inflater = Inflater::new(CAP);
        let mut chains = Chains::new(&keys, self.since);
        for key in order.iter().filter(|key| key.contains("CloudTrail-Digest")) {
            let metadata = self.metadata.get(*key);
            chains.add(examine(
                &DigestObject {
                    bucket: self.bucket,
                    key,
                    body: &self.objects[*key],
                    signature: metadata.map(|(signature, _)| signature.as_str()),
                    algorithm: metadata.map(|(_, algorithm)| algorithm.as_str()),
                },
                &keys,
                &mut inflater,
            ));
        }
        let mut proof = chains.judge();
        let mut hasher = LogHasher::new(CAP);
        for key in order {
            let Some(at) = proof.listed(key) else { continue };
            let outcome = match hasher.hash(&self.objects[*key]) {
                _ if self.denied.as_ref() == Some(key) => {
                    LogOutcome::Unavailable("access is denied".to_owned())
                }
                Ok(hash) => LogOutcome::Hash(hash),
                Err(error) => LogOutcome::Broken(error),
            };
            proof.settle(at, outcome);
        }
        proof.report()
    }

    pub(crate) fn verify(&self) -> Report {
        self.verify_in(&self.objects.keys().collect::<Vec<_>>())
    }
}
