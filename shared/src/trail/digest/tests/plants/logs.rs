//! Faults of logs.

use super::super::super::ProblemKind::{Gap, LogMissing, LogModified};
use super::super::tree::{EAST, WEST, gunzip, gzip};
use super::{ALL_DIGESTS, ALL_LOGS, Plant, append, hold};

const LOGS: &[Plant] = &[
    ("nothing", |_| vec![], ALL_DIGESTS, ALL_LOGS),
    (
        "a log is edited",
        |tree| {
            tree.objects.insert(EAST.log(1, 0), gzip(b"{\"Records\":[]}"));
            vec![(LogModified, EAST.log(1, 0))]
        },
        ALL_DIGESTS,
        [12, 1, 0, 0],
    ),
    (
        "one bit of a log is flipped",
        |tree| {
            let object = tree.objects.get_mut(&EAST.log(1, 0)).unwrap();
            let middle = object.len() / 2;
            object[middle] ^= 1;
            vec![(LogModified, EAST.log(1, 0))]
        },
        ALL_DIGESTS,
        [12, 1, 0, 0],
    ),
    (
        "a log is cut short",
        |tree| {
            tree.objects.get_mut(&WEST.log(2, 0)).unwrap().pop();
            vec![(LogModified, WEST.log(2, 0))]
        },
        ALL_DIGESTS,
        [12, 1, 0, 0],
    ),
    (
        "a log is emptied",
        |tree| {
            tree.objects.get_mut(&WEST.log(2, 0)).unwrap().clear();
            vec![(LogModified, WEST.log(2, 0))]
        },
        ALL_DIGESTS,
        [12, 1, 0, 0],
    ),
    (
        "a log has a second member",
        |tree| {
            append(tree, &EAST.log(0, 1), &gzip(b"{\"Records\":[]}"));
            vec![(LogModified, EAST.log(0, 1))]
        },
        ALL_DIGESTS,
        [12, 1, 0, 0],
    ),
    (
        "a log is doubled",
        |tree| {
            let object = tree.objects[&EAST.log(0, 1)].clone();
            append(tree, &EAST.log(0, 1), &object);
            vec![(LogModified, EAST.log(0, 1))]
        },
        ALL_DIGESTS,
        [12, 1, 0, 0],
    ),
    (
        "a log is packed again",
        |tree| {
            let content = gunzip(&tree.objects[&EAST.log(0, 1)]);
            let mut object = gzip(&content);
            object[9] = 7;
            tree.objects.insert(EAST.log(0, 1), object);
            vec![]
        },
        ALL_DIGESTS,
        ALL_LOGS,
    ),
    (
        "logs are swapped",
        |tree| {
            tree.swap(&EAST.log(0, 0), &EAST.log(4, 1));
            vec![(LogModified, EAST.log(0, 0)), (LogModified, EAST.log(4, 1))]
        },
        ALL_DIGESTS,
        [11, 2, 0, 0],
    ),
    (
        "a log is gone",
        |tree| {
            tree.remove(&EAST.log(5, 1));
            vec![(LogMissing, EAST.log(5, 1))]
        },
        ALL_DIGESTS,
        [12, 0, 1, 0],
    ),
    (
        "a log is renamed",
        |tree| {
            tree.rename(&EAST.log(5, 1), &EAST.log(5, 2));
            vec![(LogMissing, EAST.log(5, 1)), (Gap, EAST.log(5, 2))]
        },
        ALL_DIGESTS,
        [12, 0, 1, 1],
    ),
    (
        "a log is added",
        |tree| {
            tree.objects.insert(EAST.log(3, 0), gzip(b"{\"Records\":[]}"));
            vec![(Gap, EAST.log(3, 0))]
        },
        ALL_DIGESTS,
        [13, 0, 0, 1],
    ),
    (
        "a log cannot be read",
        |tree| {
            tree.denied = Some(EAST.log(0, 0));
            vec![(LogMissing, EAST.log(0, 0))]
        },
        ALL_DIGESTS,
        [12, 0, 1, 0],
    ),
];

#[test]
fn logs() {
    hold(LOGS);
}
