//! One fault planted at a time: exactly the problems that describe it are found.

mod chains;
mod digests;
mod logs;
mod places;

use super::super::ProblemKind::DigestInvalid;
use super::super::*;
use super::tree::{EAST, Tree};

/// The base: nine digests, thirteen logs.
const ALL_DIGESTS: [usize; 3] = [9, 0, 0];
const ALL_LOGS: [usize; 4] = [13, 0, 0, 0];

type Found = Vec<(ProblemKind, String)>;
/// A name, what is done to the tree (it says what is to be found), and the counts: digests valid, invalid,
/// missing; logs valid, modified, missing, uncovered.
type Plant = (&'static str, fn(&mut Tree) -> Found, [usize; 3], [usize; 4]);

fn found(report: &Report) -> Found {
    report.problems.iter().map(|problem| (problem.kind, problem.key.clone())).collect()
}

fn hold(plants: &[Plant]) {
    for (name, plant, digests, logs) in plants {
        let mut tree = Tree::new();
        let mut expected = plant(&mut tree);
        let report = tree.verify();
        let mut found = found(&report);
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{name}: {:#?}", report.problems);
        let DigestCounts { valid, invalid, missing } = report.digests;
        assert_eq!([valid, invalid, missing], *digests, "digests, {name}");
        let LogCounts { valid, modified, missing, uncovered } = report.logs;
        assert_eq!([valid, modified, missing, uncovered], *logs, "logs, {name}");
        assert_eq!(report.is_clean(), expected.is_empty(), "{name}");
    }
}

fn append(tree: &mut Tree, key: &str, more: &[u8]) {
    tree.objects.get_mut(key).unwrap().extend_from_slice(more);
}

/// What every fault of the digest of the second hour is found as: its two logs are uncovered.
fn invalid() -> Found {
    vec![(DigestInvalid, EAST.digest(1))]
}

const ONE_INVALID: [usize; 3] = [8, 1, 0];
const TWO_UNCOVERED: [usize; 4] = [11, 0, 0, 2];
