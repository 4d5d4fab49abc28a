//! The whole way from objects to the report.

mod plants;
pub(crate) mod tree;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use tree::{BUCKET, EAST, HOUR, Plan, START, Tree, WEST, gunzip, gzip};

/// Made with the `openssl` command line: `tests/corpus/README.md` says how.
mod vectors {
    pub(super) const FIRST: &[u8] = include_bytes!("../../../../tests/corpus/digest/first.json.gz");
    pub(super) const SECOND: &[u8] =
        include_bytes!("../../../../tests/corpus/digest/second.json.gz");
    pub(super) const LOG: &[u8] = include_bytes!("../../../../tests/corpus/digest/log.json.gz");
    pub(super) const METADATA: &str =
        include_str!("../../../../tests/corpus/digest/object-metadata.jsonl");
    pub(super) const KEYS: &[u8] =
        include_bytes!("../../../../tests/corpus/digest/public-keys.json");
}

#[test]
fn what_openssl_signed_is_valid() {
    let keys = PublicKeys::read(vectors::KEYS).unwrap();
    assert!(keys.refused().is_empty());
    let mut chains = Chains::new(&keys, None);
    let mut inflater = Inflater::new(DIGEST_CAP);
    for (line, body) in vectors::METADATA.lines().zip([vectors::FIRST, vectors::SECOND]) {
        let line: Value = serde_json::from_str(line).unwrap();
        let object = DigestObject {
            bucket: Some("example-trail"),
            key: line["key"].as_str().unwrap(),
            body,
            signature: line["metadata"]["signature"].as_str(),
            algorithm: line["metadata"]["signature-algorithm"].as_str(),
        };
        chains.add(examine(&object, &keys, &mut inflater));
    }
    let mut proof = chains.judge();
    let hash = LogHasher::new(1 << 20).hash(vectors::LOG).unwrap();
    let key = proof.logs()[0].key.clone();
    let at = proof.listed(&key).unwrap();
    proof.settle(at, LogOutcome::Hash(hash));
    let report = proof.report();
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!((report.digests.valid, report.logs.valid), (2, 1));
}

#[test]
fn the_report_is_the_contract() {
    let mut tree = Tree::new();
    tree.objects.insert(EAST.log(1, 0), gzip(b"{}"));
    tree.remove(&WEST.digest(1));
    let report = tree.verify();
    let printed: Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(
        printed,
        json!({
            "digests": {"valid": 8, "invalid": 0, "missing": 1},
            "logs": {"valid": 11, "modified": 1, "missing": 0, "uncovered": 1},
            "problems": [
                {
                    "kind": "log_modified", "key": EAST.log(1, 0), "account": "111122223333", "region": "us-east-1",
                    "detail": "the SHA-256 of its content is not the one that its digest names",
                },
                {
                    "kind": "digest_missing", "key": WEST.digest(1), "account": "444455556666", "region": "eu-west-1",
                    "detail": format!("it is named by {} and is not there", WEST.digest(2)),
                },
            ],
        })
    );
    let clean = Tree::new().verify().to_json().unwrap();
    assert!(clean.ends_with("\"problems\":[]}"), "{clean}");
}

#[test]
fn what_only_cannot_be_judged_is_told_apart() {
    let mut unknown = Tree::new();
    unknown.listed.remove(1);
    let report = unknown.verify();
    assert_eq!(report.problems.len(), 3);
    assert!(report.problems.iter().all(|problem| problem.unverifiable), "{:?}", report.problems);
    assert!(report.problems[0].detail.starts_with("it cannot be verified: key "));

    let mut edited = Tree::new();
    edited.edit(&EAST.digest(2), |digest| digest["logFiles"] = json!([]));
    assert!(edited.verify().problems.iter().all(|problem| !problem.unverifiable));

    let keys = edited.keys();
    let mut chains = Chains::new(&keys, None);
    chains.add(Examined::unavailable(None, &EAST.digest(2), "access is denied"));
    let report = chains.judge().report();
    assert_eq!(report.digests.invalid, 1);
    assert!(report.problems[0].unverifiable && report.problems[0].account == "111122223333");
}

#[test]
fn gaps_are_told_by_the_hour() {
    let mut tree = Tree::new();
    (1..5).for_each(|hour| tree.remove(&EAST.digest(hour)));
    let report = tree.verify();
    let [gap] = &report.gaps[..] else { panic!("{:?}", report.gaps) };
    assert_eq!((gap.from, gap.until, gap.missing), (START + HOUR, START + 4 * HOUR, 3));
    assert_eq!(
        (gap.chain.account.as_str(), gap.chain.region.as_str()),
        ("111122223333", "us-east-1")
    );
    let hours: Vec<i64> = gap.hours().map(|hour| hour - START / HOUR).collect();
    assert_eq!(hours, [1, 2, 3, 4]);
    let gap = report.problems.iter().find(|problem| problem.kind == ProblemKind::Gap).unwrap();
    assert!(
        gap.detail.starts_with("no digest from 2026-11-29T01:30:15Z to 2026-11-29T04:30:15Z: 3")
    );
}

#[test]
fn uncovered_logs_are_told_by_where_they_lie() {
    let mut tree = Tree::new();
    let other = Plan { account: "444455556666", ..EAST };
    for key in [EAST.log(-1, 0), EAST.log(3, 0), EAST.log(3, 1), EAST.log(6, 0), other.log(0, 0)] {
        tree.objects.insert(key, gzip(b"{}"));
    }
    for folder in ["CloudTrail-Insight", "CloudTrail-Aggregated", "Config"] {
        let key = EAST.log(3, 0).replace("/CloudTrail/", &format!("/{folder}/"));
        tree.objects.insert(key, gzip(b"{}"));
    }
    let report = tree.verify();
    let told: Vec<(ProblemKind, &str)> =
        report.problems.iter().map(|problem| (problem.kind, problem.key.as_str())).collect();
    let within = [EAST.log(3, 0), EAST.log(3, 1)];
    assert_eq!(told, [(ProblemKind::Gap, &*within[0]), (ProblemKind::Gap, &*within[1])]);
    assert_eq!(report.logs.uncovered, 5);
    let [east, without] = &report.uncovered[..] else { panic!("{:?}", report.uncovered) };
    assert_eq!((east.before, east.within, east.after, east.without), (1, 2, 1, 0));
    assert_eq!((without.account.as_str(), without.without, without.logs()), ("444455556666", 1, 1));
}

#[test]
fn chains_tell_what_they_prove() {
    let mut tree = Tree::new();
    tree.remake(&EAST, 0, |digest| {
        digest["previousDigestS3Bucket"] = json!("old-trail");
        digest["previousDigestS3Object"] = json!(EAST.digest(-1));
    });
    let report = tree.verify();
    assert!(report.is_clean(), "{:?}", report.problems);
    let [east, west] = &report.chains[..] else { panic!("{:?}", report.chains) };
    assert_eq!(east.proved, Some((START, START + 6 * HOUR)));
    assert_eq!(east.goes_on_in.as_deref(), Some("old-trail"));
    assert_eq!(
        (west.id.trail.as_str(), west.id.home_region.as_str()),
        ("all_of.us-x", "us-east-1")
    );
    assert_eq!((west.digests.valid, west.goes_on_in.as_deref()), (3, None));
    assert_eq!(tree.json(&EAST.digest(0))["digestS3Bucket"], BUCKET);
}

#[test]
fn two_digests_may_name_one_log() {
    let mut tree = Tree::new();
    let log = EAST.log(4, 0);
    let named = tree.json(&EAST.digest(4))["logFiles"][0].clone();
    tree.remake(&EAST, 5, |digest| digest["logFiles"].as_array_mut().unwrap().push(named.clone()));
    let report = tree.verify();
    assert!(report.is_clean() && report.logs.valid == 13, "{report:?}");
    let other = b"{\"Records\":[]}";
    tree.remake(&EAST, 5, |digest| {
        digest["logFiles"][2]["hashValue"] = json!(hex::encode(&sha256(other)));
    });
    assert!(tree.verify().is_clean());
    tree.objects.insert(log.clone(), gzip(other));
    assert!(tree.verify().is_clean());
    tree.objects.insert(log, gzip(b"something else"));
    assert_eq!(tree.verify().logs.modified, 1);
}

#[test]
fn parts_are_verified_alone_and_merged() {
    let mut tree = Tree::new();
    tree.objects.insert(EAST.log(1, 0), gzip(b"{}"));
    tree.remove(&WEST.digest(0));
    let whole = tree.verify();
    let part = |account: &str| {
        let keys: Vec<&String> = tree.objects.keys().filter(|key| key.contains(account)).collect();
        tree.verify_in(&keys)
    };
    let mut merged = part("444455556666");
    merged.merge(part("111122223333"));
    assert_eq!(merged.to_json().unwrap(), whole.to_json().unwrap());
    assert_eq!((merged.chains, merged.uncovered), (whole.chains, whole.uncovered));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the order in which objects come, and whatever was done to them.
    #[test]
    fn the_report_does_not_depend_on_the_order(
        gone in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
        edited in proptest::collection::vec(any::<proptest::sample::Index>(), 0..3),
        seed in any::<u64>(),
    ) {
        let mut tree = Tree::new();
        let keys: Vec<String> = tree.objects.keys().cloned().collect();
        for index in gone {
            tree.objects.remove(index.get(&keys));
        }
        for index in edited {
            if let Some(object) = tree.objects.get_mut(index.get(&keys)) {
                *object = gzip(&[gunzip(object).as_slice(), b" "].concat());
            }
        }
        let expected = tree.verify();
        let mut order: Vec<&String> = tree.objects.keys().collect();
        order.sort_by_key(|key| {
            sha256(format!("{seed}{key}").as_bytes())
        });
        let found = tree.verify_in(&order);
        prop_assert_eq!(found.to_json().unwrap(), expected.to_json().unwrap());
        let counts = found.digests.valid + found.digests.invalid;
        let there = tree.objects.keys().filter(|key| key.contains("-Digest")).count();
        prop_assert_eq!(counts, there);
        let logs = found.logs;
        let there = tree.objects.len() - there;
        prop_assert_eq!(logs.valid + logs.modified + logs.uncovered, there);
    }
}
