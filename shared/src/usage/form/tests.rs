//! What is written is read as it was; what is damaged or made up is refused.

use proptest::prelude::*;

use super::*;
use crate::usage::fold::tests::{Made, fold, stream};

fn with_objects(hour: Hour, ids: &[u64], far: &[&str]) -> Hour {
    let far: Vec<String> = far.iter().map(|key| (*key).to_owned()).collect();
    hour.with_objects(ObjectSet::new(ids.iter().map(|id| ObjectId(*id)), far))
}

fn sample() -> Hour {
    with_objects(fold(&stream(3, 300)), &[5, 3, u64::MAX], &["AWSLogs/z", "AWSLogs/ü"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_cell_comes_back(
        seed in 1_u64..,
        length in 0_u128..400,
        ids in proptest::collection::vec(any::<u64>(), 0..20),
        fraction in 0_i64..3,
    ) {
        let mut made = stream(seed, length);
        for made in &mut made {
            made.time.0 += fraction;
        }
        let hour = with_objects(fold(&made), &ids, &["far"]);
        let bytes = write(&hour).unwrap();
        prop_assert_eq!(read_objects(&bytes).unwrap(), hour.objects().clone());
        let back = read(&bytes).unwrap();
        prop_assert_eq!(write(&back).unwrap(), bytes);
        prop_assert_eq!(back, hour);
    }

    #[test]
    fn hostile_names_come_back(names in proptest::collection::vec(".*", 0..9)) {
        let time = stream(1, 1)[0].time;
        let made: Vec<Made> =
            (0..).zip(&names).map(|(id, name)| Made::new(id, time, name, name)).collect();
        let hour = fold(&made);
        prop_assert_eq!(read(&write(&hour).unwrap()).unwrap(), hour);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        // As they are, with a right checksum, and as a body.
        drop(read(&bytes));
        drop(read(&sealed(&bytes)));
        let cell = Cell { account: String::new(), hour: 5, objects: ObjectSet::default() };
        drop(body::read(&bytes, cell));
    }

    #[test]
    fn a_body_that_is_changed_is_another_or_refused(at: prop::sample::Index, by in 1_u8..) {
        let hour = sample();
        let mut changed = body::write(&hour);
        let place = at.index(changed.len());
        changed[place] ^= by;
        let cell = Cell { account: String::new(), hour: hour.hour(), objects: ObjectSet::default() };
        if let Ok(other) = body::read(&changed, cell) {
            let again = write(&other).unwrap();
            prop_assert_eq!(read(&again).unwrap(), other);
        }
    }
}

#[test]
fn every_changed_byte_and_every_cut_is_noticed() {
    let bytes = write(&sample()).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x41;
        assert!(read(&changed).is_err() && read_objects(&changed).is_err(), "byte {at}");
        assert!(read(&bytes[..at]).is_err(), "cut at {at}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(read(&longer), Err(ReadError::Damaged));
}

#[test]
fn what_a_newer_program_wrote_is_named() {
    let mut bytes = write(&sample()).unwrap();
    bytes[0] = 2;
    assert_eq!(read(&bytes), Err(ReadError::Newer { found: 2 }));
    bytes[0] = 0;
    assert_eq!(read(&bytes), Err(ReadError::Damaged));
    assert_eq!(read(&[]), Err(ReadError::Short));
}

/// The bytes of an empty cell of hour 5, with this in place of its body.
fn with_body(length: u64, packed: &[u8]) -> Vec<u8> {
    let mut rest = vec![0, 10, 0, 0];
    put(&mut rest, length);
    rest.extend_from_slice(packed);
    sealed(&rest)
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    pack(body, &mut out);
    out
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    assert!(read(&with_body(9, &packed(&[0; 9]))).is_ok());
    let packed = packed(&vec![0; MOST_BYTES + 1]);
    for length in [u64::MAX, MOST_BYTES as u64 + 1, 1 << 20, 8] {
        let small = &packed[..100];
        assert_eq!(read(&with_body(length, small)), Err(ReadError::Packed), "{length}");
        assert_eq!(read(&with_body(length, &packed)), Err(ReadError::Packed), "{length}");
    }
}

#[test]
fn texts_that_share_much_are_bounded() {
    // 6,000 texts, each the one before it and a byte more: 18 MB out of 18 kB.
    let mut body = Vec::new();
    put(&mut body, 6_000);
    (0..6_000).for_each(|length| put(&mut body, length));
    body.extend(std::iter::repeat_n(1, 6_000));
    body.extend(std::iter::repeat_n(b'a', 6_000));
    let bytes = with_body(body.len() as u64, &packed(&body));
    assert_eq!(read(&bytes), Err(ReadError::Number));
}

#[test]
fn what_contradicts_itself_is_refused() {
    // One text and one row of a principal's other sessions; each change makes it nonsense.
    let body = |key: u8, counts: [u8; 3], times: &[u8]| {
        let mut body = vec![1, 0, 1, b'a', 0];
        body.extend([0; 5]);
        body.extend([1, key, counts[0], counts[1], counts[2]]);
        body.extend(times);
        body.push(0);
        let cell = Cell { account: String::new(), hour: 0, objects: ObjectSet::default() };
        body::read(&body, cell).map(|hour| hour.len())
    };
    assert_eq!(body(0, [3, 2, 1], &[5, 6, 0]), Ok(1));
    assert_eq!(body(0, [3, 2, 1], &[5, 6, 6]), Ok(1));
    // Where all or none were denied, the last use is not said again.
    assert_eq!(body(0, [3, 2, 0], &[5, 6]), Ok(1));
    assert_eq!(body(0, [3, 3, 3], &[5, 6]), Ok(1));
    assert_eq!(body(0, [3, 2, 0], &[5, 6, 0]), Err(ReadError::Long));
    for refused in [
        body(2, [3, 2, 1], &[5, 6, 0]),
        body(1, [3, 2, 1], &[5, 6, 0]),
        body(0, [0, 0, 0], &[5, 6]),
        body(0, [3, 4, 1], &[5, 6, 0]),
        body(0, [3, 2, 3], &[5, 6]),
        // The last use before the first call.
        body(0, [3, 2, 1], &[5, 6, 7]),
    ] {
        assert!(matches!(refused, Err(ReadError::Flaw(_) | ReadError::Number)), "{refused:?}");
    }
}

#[test]
fn a_cell_is_small() {
    let hour = fold(&stream(5, 3_000));
    let bytes = write(&hour).unwrap();
    assert!(bytes.len() <= 10 * hour.len(), "{} bytes for {} rows", bytes.len(), hour.len());
    let objects: Vec<u64> = (0..300).map(|n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
    let more = write(&with_objects(hour, &objects, &[])).unwrap();
    assert_eq!(more.len() - bytes.len(), 300 * 8 + 1);
}
