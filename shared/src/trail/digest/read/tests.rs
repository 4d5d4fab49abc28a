//! Digests as they are, with each field left out, of another type, and with fields of tomorrow.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const REQUIRED: [&str; 7] = [
    "digestStartTime",
    "digestEndTime",
    "digestS3Bucket",
    "digestS3Object",
    "digestPublicKeyFingerprint",
    "previousDigestSignature",
    "logFiles",
];

fn example() -> Value {
    json!({
        "awsAccountId": "111122223333",
        "digestStartTime": "2026-11-29T08:30:15Z",
        "digestEndTime": "2026-11-29T09:30:15Z",
        "digestS3Bucket": "example-trail",
        "digestS3Object": "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/29/x.json.gz",
        "digestPublicKeyFingerprint": "31e8b5433410dfb61a9dc45cc65b22ff",
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": "2026-11-29T09:20:00Z",
        "oldestEventTime": "2026-11-29T08:10:00Z",
        "previousDigestS3Bucket": "example-trail",
        "previousDigestS3Object": "before.json.gz",
        "previousDigestHashValue": "AB".repeat(32),
        "previousDigestHashAlgorithm": "SHA-256",
        "previousDigestSignature": "00ff",
        "logFiles": [{
            "s3Bucket": "example-trail",
            "s3Object": "a\u{e9}.json.gz",
            "hashValue": "cd".repeat(32),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": "2026-11-29T09:20:00Z",
            "oldestEventTime": "2026-11-29T08:10:00Z",
        }],
    })
}

fn with(field: &str, value: Value) -> Vec<u8> {
    let mut example = example();
    example[field] = value;
    example.to_string().into_bytes()
}

#[test]
fn a_digest_is_read() {
    let text = example().to_string();
    let digest = read(text.as_bytes()).unwrap();
    assert_eq!((digest.start, digest.end), (1_795_941_015, 1_795_944_615));
    assert_eq!(digest.end_text, "2026-11-29T09:30:15Z");
    assert_eq!(digest.bucket, "example-trail");
    assert_eq!(digest.algorithm.as_deref(), Some("SHA256withRSA"));
    assert_eq!(digest.previous_signature.as_deref(), Some("00ff"));
    let previous = digest.previous.unwrap();
    assert_eq!(previous.bucket.as_deref(), Some("example-trail"));
    assert_eq!(previous.key, "before.json.gz");
    assert_eq!((previous.hash, previous.signature), (Some([0xab; 32]), Some(vec![0, 255])));
    let [log] = &digest.logs[..] else { panic!("{:?}", digest.logs) };
    assert_eq!((&*log.key, log.hash), ("aé.json.gz", [0xcd; 32]));
}

#[test]
fn what_aws_requires_is_required() {
    for field in REQUIRED {
        let mut example = example();
        example.as_object_mut().unwrap().remove(field);
        let error = read(example.to_string().as_bytes()).unwrap_err();
        assert!(matches!(&error, ReadError::Form(why) if why.contains(field)), "{error}");
    }
    for field in
        example().as_object().unwrap().keys().filter(|field| !REQUIRED.contains(&&***field))
    {
        let mut example = example();
        example.as_object_mut().unwrap().remove(field);
        assert!(read(example.to_string().as_bytes()).is_ok(), "{field}");
    }
}

#[test]
fn fields_of_tomorrow_are_left_alone() {
    let text = with("digestOfTomorrow", json!({"deep": [1, null, {}]}));
    assert_eq!(read(&text).unwrap(), read(example().to_string().as_bytes()).unwrap());
}

#[test]
fn a_starting_digest_and_an_empty_one() {
    let mut start = example();
    for field in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
        start[format!("previousDigest{field}")] = Value::Null;
    }
    for field in ["newestEventTime", "oldestEventTime"] {
        start[field] = Value::Null;
    }
    for none in [json!([]), Value::Null] {
        start["logFiles"] = none;
        let text = start.to_string();
        let digest = read(text.as_bytes()).unwrap();
        assert_eq!((digest.previous, digest.previous_signature), (None, None));
        assert!(digest.logs.is_empty());
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let long = "x".repeat(500);
    for (field, value) in [
        ("digestStartTime", json!("yesterday")),
        ("digestEndTime", json!("1969-12-31T23:59:59Z")),
        ("digestEndTime", json!(1_795_944_615)),
        ("digestS3Bucket", Value::Null),
        ("previousDigestHashValue", json!("ab")),
        ("previousDigestHashValue", json!(long)),
        ("previousDigestHashAlgorithm", json!("MD5")),
        ("previousDigestSignature", json!("not hexadecimal")),
        ("previousDigestSignature", json!([])),
        ("logFiles", json!({})),
        ("logFiles", json!([{"s3Bucket": "b", "s3Object": "k"}])),
        ("logFiles", json!([{"s3Bucket": "b", "s3Object": "k", "hashValue": "zz".repeat(32)}])),
        (
            "logFiles",
            json!([{"s3Bucket": "b", "s3Object": "k", "hashValue": "ab".repeat(32), "hashAlgorithm": "SHA-512"}]),
        ),
    ] {
        let error = read(&with(field, value.clone())).unwrap_err();
        assert!(error.to_string().len() < 200, "{field} {value}: {error}");
    }
    for text in ["", "{}", "[]", "null", "{\"logFiles\":[", "\u{feff}{}"] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(read(b"\xff\xfe").is_err());
}

proptest! {
    #[test]
    fn any_value_of_any_field_is_read_or_refused(
        field in proptest::sample::select(REQUIRED.to_vec()),
        text in "\\PC{0,40}",
        cut in 0_usize..900,
    ) {
        let whole = with(field, json!(text));
        if let Ok(digest) = read(&whole) {
            prop_assert!(digest.end_text.lines().count() == 1);
        }
        prop_assert!(read(&whole[..cut.min(whole.len() - 1)]).is_err());
    }
}
