//! Both ways to read an object against each other, whatever the object.

use std::io::BufReader;

use proptest::prelude::*;

use super::super::gunzip::tests::{bomb, gzip};
use super::super::records::Reason;
use super::*;

/// What an object gives: its bytes, each record as its id or why not, and the outcome.
#[derive(Debug, Default, PartialEq)]
struct Given {
    bytes: Vec<u8>,
    records: Vec<Result<String, BadRecord>>,
    outcome: Option<Result<Unpacked, String>>,
}

impl Take for Given {
    fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    fn record(&mut self, record: Result<&Record<'_>, BadRecord>) {
        self.records.push(record.map(|record| Record::text(record.id.as_ref()).into_owned()));
    }
}

const CAP: u64 = 8 << 20;

fn at_once(object: &[u8]) -> Given {
    let mut given = Given::default();
    let mut reader = ObjectReader::new(Limits { unpacked: CAP, whole: 8 << 20 });
    let outcome = reader.read(object, &mut given);
    given.outcome = Some(outcome.map_err(|error| words(&error)));
    given
}

fn in_pieces(object: &[u8]) -> Given {
    let mut given = Given::default();
    let mut reader = ObjectReader::new(Limits { unpacked: CAP, whole: 0 });
    let outcome = reader.read_from(BufReader::with_capacity(777, object), &mut given);
    given.outcome = Some(outcome.map_err(|error| words(&error)));
    given
}

fn words(error: &ObjectError) -> String {
    match error {
        ObjectError::Gunzip(error) => error.to_string(),
        ObjectError::Foreign(foreign) => foreign.to_string(),
    }
}

/// Reads an object both ways, packed and not.
fn every_way(log: &[u8]) -> Given {
    let packed = gzip(log);
    let given = at_once(log);
    assert_eq!(in_pieces(log), given);
    for mut other in [at_once(&packed), in_pieces(&packed)] {
        if let Some(Ok(unpacked)) = &mut other.outcome {
            assert_eq!(unpacked.members, 1);
            unpacked.members = 0;
        }
        assert_eq!(other, given);
    }
    given
}

fn record(id: usize, filler: usize) -> String {
    format!("{{\"eventID\":\"{id}\",\"requestParameters\":\"{}\"}}", "x".repeat(filler))
}

fn log(fillers: &[usize]) -> String {
    let records: Vec<String> =
        fillers.iter().enumerate().map(|(id, filler)| record(id, *filler)).collect();
    format!("{{\"Records\":[{}]}}", records.join(","))
}

#[test]
fn records_may_lie_across_pieces() {
    let fillers: Vec<usize> = (0..60).map(|n| n * 7919 % 250_000).collect();
    let given = every_way(log(&fillers).as_bytes());
    let ids: Vec<Result<String, BadRecord>> = (0..60).map(|id| Ok(id.to_string())).collect();
    assert_eq!(given.records, ids);
    assert_eq!(given.bytes, log(&fillers).as_bytes());
    assert_eq!(given.outcome.unwrap().unwrap().records, Counted { read: 60, bad: 0 });
}

#[test]
fn a_record_that_is_too_long_fails_alone() {
    for filler in [(1 << 20) - 30, 1 << 20, (2 << 20) + 5, 5 << 20] {
        let given = every_way(log(&[10, filler, 20]).as_bytes());
        let bad = BadRecord { index: 1, reason: Reason::TooLong };
        assert_eq!(given.records, [Ok("0".to_owned()), Err(bad), Ok("2".to_owned())], "{filler}");
    }
    let longest = (1 << 20) - record(1, 0).len();
    assert_eq!(every_way(log(&[10, longest]).as_bytes()).records.last(), Some(&Ok("1".to_owned())));
}

#[test]
fn what_cannot_be_unpacked_is_told() {
    let packed = gzip(log(&[1000; 10]).as_bytes());
    for (object, why) in [
        (packed[..packed.len() - 9].to_vec(), "it is truncated"),
        ([&packed[..packed.len() - 8], &[0; 8]].concat(), "it is damaged"),
        ([&packed[..], b"more"].concat(), "it is followed by bytes that are not gzip"),
        (bomb(1024), "it has more than 8388608 bytes when unpacked"),
        (gzip(b""), "it is empty"),
        (Vec::new(), "it is empty"),
        (gzip(&packed), "it is neither gzip nor JSON"),
        (vec![b' '; 9 << 20], "it has more than 8388608 bytes when unpacked"),
    ] {
        assert_eq!(at_once(&object).outcome, Some(Err(why.to_owned())));
        assert_eq!(in_pieces(&object).outcome, Some(Err(why.to_owned())));
    }
    // At once, nothing of a damaged object is given.
    assert_eq!(at_once(&packed[..packed.len() - 1]).records, []);
}

#[test]
fn members_are_counted() {
    let half = log(&[5]);
    let (front, back) = half.split_at(20);
    let object = [gzip(front.as_bytes()), gzip(back.as_bytes())].concat();
    for given in [at_once(&object), in_pieces(&object)] {
        assert_eq!(given.outcome.unwrap().unwrap().members, 2);
        assert_eq!(given.records, [Ok("0".to_owned())]);
    }
}

#[test]
fn a_reader_holds_little_of_a_large_object() {
    let mut reader = ObjectReader::new(Limits { unpacked: 64 << 20, whole: 1 << 20 });
    let start = b"{\"Records\":[".to_vec();
    let members: Vec<u8> = [gzip(&start), gzip(&vec![b' '; 1 << 20]).repeat(20)].concat();
    let unpacked = reader.read(&members, &mut |_: Result<&Record<'_>, BadRecord>| {}).unwrap();
    assert_eq!(unpacked.bytes, (20 << 20) + start.len() as u64);
    assert!(reader.window.capacity() <= MOST_WINDOW);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is broken about a log, both ways give the same.
    #[test]
    fn both_ways_give_the_same(fillers in proptest::collection::vec(prop_oneof![0..100_usize, 0..300_000_usize], 0..12), cut in proptest::option::of(any::<proptest::sample::Index>()), edits in proptest::collection::vec((any::<proptest::sample::Index>(), proptest::sample::select(&b"{}[]\",:\\ \n\xff"[..])), 0..3)) {
        let mut log = log(&fillers).into_bytes();
        for (place, byte) in edits {
            let place = place.index(log.len());
            log[place] = byte;
        }
        if let Some(cut) = cut {
            log.truncate(cut.index(log.len()));
        }
        every_way(&log);
    }
}
