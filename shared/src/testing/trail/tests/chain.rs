//! Digests, verified here by their public keys and by nothing of the code that makes them but SHA-256.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::{super::digest::sha256, *};

/// The field of a digest, empty for `null`.
fn text<'a>(digest: &'a Value, field: &str) -> &'a str {
    digest[field].as_str().unwrap_or("")
}

fn signature(object: &Object) -> &str {
    object.metadata.iter().find(|(name, _)| *name == "signature").map_or("", |(_, value)| value)
}

fn verifies(object: &Object, keys: &Keys) -> bool {
    let bytes = unpack(&object.bytes).unwrap();
    let digest: Value = serde_json::from_slice(&bytes).unwrap();
    let before = digest["previousDigestSignature"].as_str().unwrap_or("null");
    let canonical = format!(
        "{}\n{}/{}\n{}\n{before}",
        text(&digest, "digestEndTime"),
        text(&digest, "digestS3Bucket"),
        object.key,
        sha256(&bytes)
    );
    let pairs = signature(object).as_bytes().chunks(2);
    let bytes: Vec<u8> = pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let key = keys.of(&object.region).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_der())
        .verify(canonical.as_bytes(), &bytes)
        .is_ok()
}

#[test]
fn every_digest_is_signed_and_names_the_one_before() {
    let keys = Keys::generate(&small(21).regions).unwrap();
    let (objects, _) = objects(&small(21), &keys);
    let digests = by_key(&objects, Kind::Digest);
    let mut starts = 0;
    for (key, object) in &digests {
        assert!(verifies(object, &keys), "{key}");
        let digest = content(object);
        assert_eq!(text(&digest, "digestS3Object"), *key);
        assert_eq!(text(&digest, "awsAccountId"), object.account);
        assert_eq!(
            text(&digest, "digestPublicKeyFingerprint"),
            keys.of(&object.region).unwrap().fingerprint()
        );
        let Some(before) = digest["previousDigestS3Object"].as_str() else {
            starts += 1;
            for field in ["S3Bucket", "HashValue", "HashAlgorithm", "Signature"] {
                assert!(digest[format!("previousDigest{field}")].is_null());
            }
            continue;
        };
        let before = digests[before];
        let bytes = unpack(&before.bytes).unwrap();
        assert_eq!(text(&digest, "previousDigestHashValue"), sha256(&bytes));
        assert_eq!(text(&digest, "previousDigestSignature"), signature(before));
        assert_eq!(text(&content(before), "digestEndTime"), text(&digest, "digestStartTime"));
    }
    // One chain of the first trail in each account and region, one of the second in each account.
    assert_eq!(starts, 2 * 2 + 2);
}

#[test]
fn every_log_is_in_the_digest_of_its_hour() {
    let keys = Keys::generate(&small(22).regions).unwrap();
    let (objects, written) = objects(&small(22), &keys);
    let logs = by_key(&objects, Kind::Log);
    let mut named = BTreeSet::new();
    let mut empty = 0;
    for object in by_key(&objects, Kind::Digest).values() {
        let digest = content(object);
        let entries = digest["logFiles"].as_array().unwrap().clone();
        empty += usize::from(entries.is_empty());
        assert_eq!(entries.is_empty(), digest["newestEventTime"].is_null());
        for entry in &entries {
            let key = text(entry, "s3Object");
            let log = logs[key];
            assert_eq!(text(entry, "hashValue"), sha256(&unpack(&log.bytes).unwrap()));
            let delivered = log.delivered.text();
            assert!(delivered.as_str() >= text(&digest, "digestStartTime"), "{key}");
            assert!(delivered.as_str() < text(&digest, "digestEndTime"), "{key}");
            assert_eq!(log.hour.text(), text(&digest, "digestEndTime"));
            let times: Vec<String> = records(log)
                .iter()
                .map(|it| it["eventTime"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(times.iter().min().unwrap(), text(entry, "oldestEventTime"));
            assert_eq!(times.iter().max().unwrap(), text(entry, "newestEventTime"));
            assert!(named.insert(key.to_owned()), "{key} twice");
        }
    }
    assert_eq!(named.len() as u64, written.files);
    assert!(empty > 0);
}

#[test]
fn a_paused_trail_starts_anew() {
    let plan = Plan {
        pauses: vec![Pause {
            account: ACCOUNTS[0].to_owned(),
            from: small(23).from.plus(6 * 3_600),
            hours: 5,
        }],
        ..small(23)
    };
    let keys = Keys::generate(&plan.regions).unwrap();
    let (paused, _) = objects(&plan, &keys);
    let (whole, _) = objects(&small(23), &keys);
    let (start, end) = (plan.from.plus(6 * 3_600), plan.from.plus(11 * 3_600));
    let inside = |object: &&Object| {
        object.account == ACCOUNTS[0] && object.hour > start && object.hour <= end
    };
    assert_eq!(paused.iter().filter(inside).count(), 0);
    assert!(whole.iter().filter(inside).any(|object| object.kind == Kind::Log));
    let starts = |objects: &[Object]| {
        let digests = objects.iter().filter(|object| object.kind == Kind::Digest).map(content);
        digests.filter(|digest| digest["previousDigestS3Object"].is_null()).count()
    };
    // The two regions of the first trail, and the second trail.
    assert_eq!(starts(&paused), starts(&whole) + 3);
    let digests = paused.iter().filter(|object| object.kind == Kind::Digest);
    assert!(digests.into_iter().all(|object| verifies(object, &keys)));
}

#[test]
fn digests_need_the_key_of_their_region() {
    let keys = Keys::generate(&["us-east-1".to_owned()]).unwrap();
    let failed = small(24).objects(&keys, &mut |_| Ok(()));
    assert_eq!(failed.unwrap_err().kind(), std::io::ErrorKind::NotFound);
}
