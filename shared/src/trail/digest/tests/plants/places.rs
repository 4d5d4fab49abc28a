//! Digests that are not where they were, or not there at all.

use serde_json::json;

use super::super::super::ProblemKind::{DigestInvalid, DigestMissing, Gap};
use super::super::tree::{BUCKET, EAST, HOUR, START, WEST};
use super::{ALL_DIGESTS, ALL_LOGS, ONE_INVALID, Plant, TWO_UNCOVERED, hold};

const PLACES: &[Plant] = &[
    (
        "a digest is renamed to tomorrow",
        |tree| {
            let to = EAST.digest_key(START + 30 * HOUR);
            tree.rename(&EAST.digest(1), &to);
            vec![(DigestInvalid, to)]
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a digest is renamed to yesterday",
        |tree| {
            let to = EAST.digest_key(START - 24 * HOUR);
            tree.rename(&EAST.digest(4), &to);
            vec![(DigestInvalid, to)]
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a moved digest and a missing one before it",
        |tree| {
            let to = EAST.digest_key(START - 24 * HOUR);
            tree.rename(&EAST.digest(4), &to);
            tree.remove(&EAST.digest(3));
            vec![(DigestInvalid, to), (DigestMissing, EAST.digest(3))]
        },
        [7, 1, 1],
        TWO_UNCOVERED,
    ),
    (
        "a digest is put over another",
        |tree| {
            tree.objects.insert(EAST.digest(1), tree.objects[&EAST.digest(4)].clone());
            tree.metadata.insert(EAST.digest(1), tree.metadata[&EAST.digest(4)].clone());
            vec![(DigestInvalid, EAST.digest(1))]
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a digest is put over another, and the one behind is edited",
        |tree| {
            tree.objects.insert(EAST.digest(1), tree.objects[&EAST.digest(4)].clone());
            tree.edit(&EAST.digest(2), |digest| digest["logFiles"] = json!([]));
            vec![(DigestInvalid, EAST.digest(1)), (DigestInvalid, EAST.digest(2))]
        },
        [7, 2, 0],
        [9, 0, 0, 4],
    ),
    (
        "all are moved to another folder",
        |tree| {
            let to = |hour| EAST.digest(hour).replace("/us-east-1/", "/us-west-2/");
            (0..6).for_each(|hour| tree.rename(&EAST.digest(hour), &to(hour)));
            (0..6).map(|hour| (DigestInvalid, to(hour))).collect()
        },
        [3, 6, 0],
        [3, 0, 0, 10],
    ),
    (
        "two are moved to another folder",
        |tree| {
            let to = |hour| EAST.digest(hour).replace("/us-east-1/", "/us-west-2/");
            (2..4).for_each(|hour| tree.rename(&EAST.digest(hour), &to(hour)));
            (2..4).map(|hour| (DigestInvalid, to(hour))).collect()
        },
        [7, 2, 0],
        TWO_UNCOVERED,
    ),
    (
        "a digest is renamed within its folder",
        |tree| {
            let to = EAST.digest_key(START + 2 * HOUR + 60);
            tree.rename(&EAST.digest(1), &to);
            vec![(DigestInvalid, to)]
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a digest is renamed to what is no name of one",
        |tree| {
            let to = EAST.digest(1).replace("111122223333_CloudTrail", "old");
            tree.rename(&EAST.digest(1), &to);
            vec![(DigestInvalid, to)]
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a digest is moved to another account",
        |tree| {
            let to = EAST.digest(1).replace("111122223333", "444455556666");
            tree.rename(&EAST.digest(1), &to);
            vec![(DigestInvalid, to)]
        },
        ONE_INVALID,
        TWO_UNCOVERED,
    ),
    (
        "a digest is copied",
        |tree| {
            let to = EAST.digest(1).replace("_main_", "_copy_");
            tree.objects.insert(to.clone(), tree.objects[&EAST.digest(1)].clone());
            tree.metadata.insert(to.clone(), tree.metadata[&EAST.digest(1)].clone());
            vec![(DigestInvalid, to)]
        },
        [9, 1, 0],
        ALL_LOGS,
    ),
    (
        "two digests are swapped",
        |tree| {
            tree.swap(&EAST.digest(1), &EAST.digest(3));
            vec![(DigestInvalid, EAST.digest(1)), (DigestInvalid, EAST.digest(3))]
        },
        [7, 2, 0],
        TWO_UNCOVERED,
    ),
    (
        "all lie in another bucket",
        |tree| {
            tree.bucket = Some("another-bucket");
            let east = (0..6).map(|hour| (DigestInvalid, EAST.digest(hour)));
            east.chain((0..3).map(|hour| (DigestInvalid, WEST.digest(hour)))).collect()
        },
        [0, 9, 0],
        [0, 0, 0, 13],
    ),
    (
        "all lie where they were delivered",
        |tree| {
            tree.bucket = Some(BUCKET);
            vec![]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "the bucket changed, and the old one is elsewhere",
        |tree| {
            tree.remake(&EAST, 2, |digest| digest["previousDigestS3Bucket"] = json!("old-trail"));
            tree.remove(&EAST.digest(1));
            tree.remove(&EAST.digest(0));
            vec![]
        },
        [7, 0, 0],
        [9, 0, 0, 4],
    ),
];

#[test]
fn places_of_digests() {
    hold(PLACES);
}

const MISSING: &[Plant] = &[
    (
        "one",
        |tree| {
            tree.remove(&EAST.digest(2));
            vec![(DigestMissing, EAST.digest(2))]
        },
        [8, 0, 1],
        TWO_UNCOVERED,
    ),
    (
        "the oldest",
        |tree| {
            tree.remove(&EAST.digest(0));
            vec![(DigestMissing, EAST.digest(0))]
        },
        [8, 0, 1],
        TWO_UNCOVERED,
    ),
    (
        "one before what is looked at",
        |tree| {
            tree.remove(&EAST.digest(0));
            tree.since = Some(START + HOUR);
            vec![]
        },
        [8, 0, 0],
        TWO_UNCOVERED,
    ),
    (
        "two that are not adjacent",
        |tree| {
            tree.remove(&EAST.digest(1));
            tree.remove(&EAST.digest(4));
            vec![(DigestMissing, EAST.digest(1)), (DigestMissing, EAST.digest(4))]
        },
        [7, 0, 2],
        [9, 0, 0, 4],
    ),
    (
        "two adjacent",
        |tree| {
            tree.remove(&EAST.digest(3));
            tree.remove(&EAST.digest(4));
            vec![(DigestMissing, EAST.digest(4)), (Gap, EAST.digest(4))]
        },
        [7, 0, 2],
        TWO_UNCOVERED,
    ),
    (
        "four adjacent",
        |tree| {
            (1..5).for_each(|hour| tree.remove(&EAST.digest(hour)));
            vec![(DigestMissing, EAST.digest(4)), (Gap, EAST.digest(4))]
        },
        [5, 0, 4],
        [7, 0, 0, 6],
    ),
    (
        "one behind an edited one",
        |tree| {
            tree.edit(&EAST.digest(4), |digest| digest["logFiles"] = json!([]));
            tree.remove(&EAST.digest(3));
            vec![(DigestInvalid, EAST.digest(4)), (DigestMissing, EAST.digest(3))]
        },
        [7, 1, 1],
        TWO_UNCOVERED,
    ),
    (
        "two behind an edited one that lies",
        |tree| {
            tree.edit(&EAST.digest(4), |digest| {
                digest["previousDigestS3Object"] = json!(EAST.digest(1));
            });
            tree.remove(&EAST.digest(2));
            tree.remove(&EAST.digest(3));
            vec![(DigestInvalid, EAST.digest(4)), (Gap, EAST.digest(4))]
        },
        [6, 1, 2],
        [9, 0, 0, 4],
    ),
    (
        "all of a chain",
        |tree| {
            (0..3).for_each(|hour| tree.remove(&WEST.digest(hour)));
            vec![]
        },
        [6, 0, 0],
        [10, 0, 0, 3],
    ),
];

#[test]
fn missing_digests() {
    hold(MISSING);
}
