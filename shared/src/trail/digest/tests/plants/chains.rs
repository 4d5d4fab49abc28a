//! Links between digests, and chains beside each other.

use serde_json::json;

use super::super::super::ProblemKind::{ChainBroken, DigestInvalid, DigestMissing, Gap};
use super::super::tree::{EAST, HOUR, Plan, START, Signer, WEST, gzip};
use super::{ALL_DIGESTS, ALL_LOGS, Plant, hold};

const LINKS: &[Plant] = &[
    (
        "another hash is signed",
        |tree| {
            tree.remake(&EAST, 4, |digest| {
                digest["previousDigestHashValue"] = json!("ab".repeat(32));
            });
            vec![(ChainBroken, EAST.digest(4))]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "another signature is signed",
        |tree| {
            tree.remake(&EAST, 4, |digest| {
                digest["previousDigestSignature"] = json!("ab".repeat(256));
            });
            vec![(ChainBroken, EAST.digest(4))]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "a digest is made anew, those behind it are not",
        |tree| {
            tree.edit(&EAST.digest(2), |digest| {
                digest["logFiles"].as_array_mut().unwrap().truncate(1);
            });
            tree.sign(&EAST.digest(2), Signer::East);
            vec![(ChainBroken, EAST.digest(3)), (Gap, EAST.log(2, 1))]
        },
        ALL_DIGESTS,
        [12, 0, 0, 1],
    ),
    (
        "a digest is passed over",
        |tree| {
            tree.link(&EAST.digest(4), Some(&EAST.digest(2)));
            tree.remake(&EAST, 4, |_| ());
            vec![(ChainBroken, EAST.digest(4))]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "a digest names itself",
        |tree| {
            let key = EAST.digest(2);
            tree.remake(&EAST, 2, |digest| digest["previousDigestS3Object"] = json!(key));
            vec![(ChainBroken, EAST.digest(2))]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "a forged digest lies between",
        |tree| {
            let key = EAST.digest_key(START + 2 * HOUR + 1_800);
            let copy = tree.objects[&EAST.digest(1)].clone();
            tree.objects.insert(key.clone(), copy);
            tree.edit(&key, |digest| digest["digestS3Object"] = json!(key));
            tree.sign(&key, Signer::Forger);
            vec![(DigestInvalid, key)]
        },
        [9, 1, 0],
        ALL_LOGS,
    ),
];

#[test]
fn links_between_digests() {
    hold(LINKS);
}

const LATER: Plan = Plan { start: START + 6 * HOUR, logs: &[1, 1], ..EAST };
const AFTER_A_BREAK: Plan = Plan { start: START + 9 * HOUR, ..LATER };
const SECOND: Plan = Plan { trail: "main_2", start: START + 60, ..WEST };
const BACKFILL: Plan = Plan { suffix: "_backfill", start: START, logs: &[1], ..EAST };
const NEXT_BACKFILL: Plan = Plan { start: START + 4 * HOUR, ..BACKFILL };
const PREFIXED: Plan = Plan { root: "later/AWSLogs", ..LATER };
const OF_ORGANIZATION: Plan =
    Plan { root: "AWSLogs/o-exampleorgid", start: START + HOUR + 60, ..LATER };
const LAST_BACKFILL: Plan = Plan { start: START + 5 * HOUR, ..BACKFILL };

const OTHER_CHAINS: &[Plant] = &[
    (
        "a trail begins anew at once",
        |tree| {
            tree.lay(&LATER, None);
            vec![]
        },
        [11, 0, 0],
        [15, 0, 0, 0],
    ),
    (
        "validation was off for three hours",
        |tree| {
            tree.lay(&AFTER_A_BREAK, None);
            tree.objects.insert(EAST.log(7, 0), gzip(b"{\"Records\":[]}"));
            vec![(Gap, AFTER_A_BREAK.digest(0))]
        },
        [11, 0, 0],
        [15, 0, 0, 1],
    ),
    (
        "a second trail in the same folder",
        |tree| {
            tree.lay(&SECOND, None);
            vec![]
        },
        [12, 0, 0],
        [16, 0, 0, 0],
    ),
    (
        "a digest of the second trail is gone",
        |tree| {
            tree.lay(&SECOND, None);
            tree.remove(&SECOND.digest(1));
            vec![(DigestMissing, SECOND.digest(1))]
        },
        [11, 0, 1],
        [15, 0, 0, 1],
    ),
    (
        "backfills, linked, hours apart",
        |tree| {
            tree.lay(&BACKFILL, None);
            tree.lay(&NEXT_BACKFILL, Some(&BACKFILL.digest(0)));
            vec![]
        },
        [11, 0, 0],
        [15, 0, 0, 0],
    ),
    (
        "backfills, not linked",
        |tree| {
            tree.lay(&BACKFILL, None);
            tree.lay(&NEXT_BACKFILL, None);
            vec![]
        },
        [11, 0, 0],
        [15, 0, 0, 0],
    ),
    (
        "a backfill is gone",
        |tree| {
            tree.lay(&BACKFILL, None);
            tree.lay(&NEXT_BACKFILL, Some(&BACKFILL.digest(0)));
            tree.remove(&BACKFILL.digest(0));
            vec![(DigestMissing, BACKFILL.digest(0))]
        },
        [10, 0, 1],
        [14, 0, 0, 1],
    ),
    (
        "a backfill is edited",
        |tree| {
            tree.lay(&BACKFILL, None);
            tree.edit(&BACKFILL.digest(0), |digest| digest["logFiles"] = json!([]));
            vec![(DigestInvalid, BACKFILL.digest(0))]
        },
        [9, 1, 0],
        [13, 0, 0, 1],
    ),
    (
        "backfills, linked from the later hour to the earlier",
        |tree| {
            tree.lay(&NEXT_BACKFILL, None);
            tree.lay(&BACKFILL, Some(&NEXT_BACKFILL.digest(0)));
            vec![]
        },
        [11, 0, 0],
        [15, 0, 0, 0],
    ),
    (
        "a backfill linked to an hourly digest",
        |tree| {
            tree.lay(&BACKFILL, Some(&EAST.digest(3)));
            vec![]
        },
        [10, 0, 0],
        [14, 0, 0, 0],
    ),
    (
        "a backfill linked to an hourly digest that was moved",
        |tree| {
            tree.lay(&BACKFILL, Some(&EAST.digest(3)));
            let to = EAST.digest(3).replace("_main_", "_aside_");
            tree.rename(&EAST.digest(3), &to);
            vec![(DigestInvalid, to)]
        },
        [9, 1, 0],
        [14, 0, 0, 0],
    ),
    (
        "two backfills whose one predecessor is gone",
        |tree| {
            tree.lay(&BACKFILL, None);
            tree.lay(&NEXT_BACKFILL, Some(&BACKFILL.digest(0)));
            tree.lay(&LAST_BACKFILL, Some(&BACKFILL.digest(0)));
            tree.remove(&BACKFILL.digest(0));
            vec![(DigestMissing, BACKFILL.digest(0))]
        },
        [11, 0, 1],
        [15, 0, 0, 1],
    ),
    (
        "a backfill with another hash of the one before",
        |tree| {
            tree.lay(&BACKFILL, None);
            tree.lay(&NEXT_BACKFILL, Some(&BACKFILL.digest(0)));
            tree.remake(&NEXT_BACKFILL, 0, |digest| {
                digest["previousDigestHashValue"] = json!("ab".repeat(32));
            });
            vec![(ChainBroken, NEXT_BACKFILL.digest(0))]
        },
        [11, 0, 0],
        [15, 0, 0, 0],
    ),
    (
        "the prefix changed along the chain",
        |tree| {
            tree.lay(&PREFIXED, Some(&EAST.digest(5)));
            vec![]
        },
        [11, 0, 0],
        [15, 0, 0, 0],
    ),
    (
        "the prefix changed, and the last digest of the old one is gone",
        |tree| {
            tree.lay(&PREFIXED, Some(&EAST.digest(5)));
            tree.remove(&EAST.digest(5));
            vec![(DigestMissing, EAST.digest(5))]
        },
        [10, 0, 1],
        [13, 0, 0, 2],
    ),
    (
        "an organization's trail has the same name",
        |tree| {
            tree.lay(&OF_ORGANIZATION, None);
            vec![]
        },
        [11, 0, 0],
        [15, 0, 0, 0],
    ),
];

#[test]
fn other_chains() {
    hold(OTHER_CHAINS);
}
