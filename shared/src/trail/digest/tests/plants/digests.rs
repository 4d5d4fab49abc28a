//! Faults of a digest: of its content, of its signature.

use serde_json::{Value, json};

use super::super::super::ProblemKind::DigestInvalid;
use super::super::tree::{EAST, Signer, WEST, gunzip, gzip};
use super::{ALL_DIGESTS, ALL_LOGS, ONE_INVALID, Plant, TWO_UNCOVERED, append, hold, invalid};

const CONTENTS: &[Plant] = &[
    (
        "a log's hash is edited",
        |tree| {
            tree.edit(&EAST.digest(1), |digest| {
                digest["logFiles"][0]["hashValue"] = json!("00".repeat(32));
            });
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a log is struck out",
        |tree| {
            tree.edit(&EAST.digest(1), |digest| {
                digest["logFiles"].as_array_mut().unwrap().truncate(1);
            });
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "the end is edited",
        |tree| {
            tree.edit(&EAST.digest(1), |digest| {
                digest["digestEndTime"] = json!("2026-11-29T02:31:15Z");
            });
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "the previous signature is edited",
        |tree| {
            tree.edit(&EAST.digest(1), |digest| digest["previousDigestSignature"] = json!("00ff"));
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "an empty digest is forged",
        |tree| {
            tree.edit(&EAST.digest(1), |digest| digest["logFiles"] = json!([]));
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "an empty digest is forged and its logs deleted",
        |tree| {
            tree.edit(&EAST.digest(1), |digest| digest["logFiles"] = json!([]));
            tree.remove(&EAST.log(1, 0));
            tree.remove(&EAST.log(1, 1));
            invalid()
        },
        ONE_INVALID,
        [11, 0, 0, 0],
    ),
    (
        "a digest has a second member",
        |tree| {
            append(tree, &EAST.digest(1), &gzip(b"{}"));
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a digest is no gzip file",
        |tree| {
            let content = gunzip(&tree.objects[&EAST.digest(1)]);
            tree.objects.insert(EAST.digest(1), content);
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a digest is no JSON",
        |tree| {
            tree.objects.insert(EAST.digest(1), gzip(b"{\"digestEndTime\""));
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a digest of tomorrow",
        |tree| {
            tree.remake(&EAST, 1, |digest| digest["tomorrow"] = json!({"a": [1]}));
            vec![]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "hashes in capitals",
        |tree| {
            let upper = |value: &mut Value| *value = json!(value.as_str().unwrap().to_uppercase());
            tree.remake(&EAST, 1, |digest| {
                upper(&mut digest["logFiles"][0]["hashValue"]);
                upper(&mut digest["previousDigestHashValue"]);
                upper(&mut digest["digestPublicKeyFingerprint"]);
            });
            vec![]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "a log's hash is of another algorithm",
        |tree| {
            tree.remake(&EAST, 1, |digest| digest["logFiles"][0]["hashAlgorithm"] = json!("SHA-1"));
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
];

#[test]
fn contents_of_digests() {
    hold(CONTENTS);
}

const SIGNATURES: &[Plant] = &[
    (
        "a signature is edited",
        |tree| {
            let (signature, _) = tree.metadata.get_mut(&EAST.digest(1)).unwrap();
            let other = if signature.starts_with('0') { "1" } else { "0" };
            signature.replace_range(..1, other);
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a signature in capitals",
        |tree| {
            let (signature, _) = tree.metadata.get_mut(&EAST.digest(1)).unwrap();
            *signature = signature.to_uppercase();
            vec![]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "a signature is no hexadecimal",
        |tree| {
            tree.metadata.get_mut(&EAST.digest(1)).unwrap().0.push('x');
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a signature is gone",
        |tree| {
            tree.metadata.remove(&EAST.digest(1)).unwrap();
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "the newest signature is gone",
        |tree| {
            tree.metadata.remove(&EAST.digest(5)).unwrap();
            vec![(DigestInvalid, EAST.digest(5))]
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "no signature is kept",
        |tree| {
            tree.metadata.clear();
            vec![(DigestInvalid, EAST.digest(5)), (DigestInvalid, WEST.digest(2))]
        },
        [7, 2, 0],
        [10, 0, 0, 3],
    ),
    (
        "another algorithm is named",
        |tree| {
            tree.metadata.get_mut(&EAST.digest(1)).unwrap().1 = "SHA1withRSA".to_owned();
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "another algorithm is signed",
        |tree| {
            tree.remake(&EAST, 1, |digest| {
                digest["digestSignatureAlgorithm"] = json!("SHA512withRSA");
            });
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "another key signs, under the name of AWS's",
        |tree| {
            tree.sign(&EAST.digest(1), Signer::Forger);
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "another key signs, under its own name",
        |tree| {
            let fingerprint = Signer::Forger.fingerprint();
            tree.edit(&EAST.digest(1), |digest| {
                digest["digestPublicKeyFingerprint"] = json!(fingerprint);
            });
            tree.sign(&EAST.digest(1), Signer::Forger);
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "the key of another region signs",
        |tree| {
            let fingerprint = Signer::West.fingerprint();
            tree.edit(&EAST.digest(1), |digest| {
                digest["digestPublicKeyFingerprint"] = json!(fingerprint);
            });
            tree.sign(&EAST.digest(1), Signer::West);
            invalid()
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "no key of a region is known",
        |tree| {
            tree.listed.remove(1);
            (0..3).map(|hour| (DigestInvalid, WEST.digest(hour))).collect()
        },
        [6, 3, 0],
        [10, 0, 0, 3],
    ),
];

#[test]
fn signatures_of_digests() {
    hold(SIGNATURES);
}
