//! What is written is read as it was; what is damaged or made up is refused.

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

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
        for version in [FIRST, VERSION] {
            drop(read(&sealed(version, &bytes)));
            drop(read(&sealed(version, &[&[0, 10, 0, 0], &bytes[..]].concat())));
        }
        let cell = Cell { account: String::new(), hour: 5, objects: ObjectSet::default() };
        drop(first::read(&bytes, cell));
        drop(read(&with_parts(&[], &bytes)));
        drop(read(&with_parts(&bytes, &bytes)));
    }

    #[test]
    fn a_body_that_is_changed_is_another_or_refused(
        at: prop::sample::Index,
        by in 1_u8..,
        is_first: bool,
    ) {
        let hour = sample();
        let found = if is_first {
            let mut changed = first::writer::write(&hour);
            let place = at.index(changed.len());
            changed[place] ^= by;
            let (account, hour) = (String::new(), hour.hour());
            first::read(&changed, Cell { account, hour, objects: ObjectSet::default() })
        } else {
            let mut changed = write(&hour).unwrap();
            let place = 5 + at.index(changed.len() - 5);
            changed[place] ^= by;
            read(&sealed(VERSION, &changed[5..]))
        };
        if let Ok(other) = found {
            let again = write(&other).unwrap();
            prop_assert_eq!(read(&again).unwrap(), other);
        }
    }

    #[test]
    fn the_first_form_is_read(seed in 1_u64.., length in 0_u128..400, fraction in 0_i64..3) {
        let mut made = stream(seed, length);
        for made in &mut made {
            made.time.0 += fraction;
        }
        let hour = with_objects(fold(&made), &[7], &["far"]);
        prop_assert_eq!(read(&in_first_form(&hour)).unwrap(), hour);
    }
}

/// A cell as the first form had it.
fn in_first_form(hour: &Hour) -> Vec<u8> {
    let body = first::writer::write(hour);
    let mut rest = Vec::new();
    write_head(&mut rest, hour);
    put(&mut rest, body.len() as u64);
    rest.extend(pack(&body));
    sealed(FIRST, &rest)
}

/// What the first form's program once wrote: an hour of one call, from three objects, of which two are far.
#[test]
fn bytes_of_the_first_form_are_read() {
    let key = |day: u32, time: &str, last: char| {
        format!(
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/{day}/111122223333_CloudTrail_eu-west-1_202611{day}T{time}Z_000000000000000{last}.json.gz"
        )
    };
    let mut bytes = vec![1, 14, 51, 63, 14, 12];
    bytes.extend(b"111122223333");
    bytes.extend([198, 242, 60, 3, 5, 75, 175, 10, 99, 245, 18, 199, 226, 182, 122, 140]);
    bytes.extend([146, 128, 168, 215, 205, 221, 195, 6, 99, 103, 186, 227, 2, 129, 1]);
    bytes.extend(key(28, "renamed", 'b').bytes());
    bytes.push(126);
    bytes.extend(key(29, "0900", 'c').bytes());
    bytes.extend([86, 99, 97, 0, 1, 102, 37, 1, 247, 212, 146, 196, 162, 60, 171, 196, 242, 98]);
    bytes.extend([171, 204, 196, 92, 43, 43, 67, 67, 67, 67, 35, 35, 35, 35, 99, 99, 99, 99]);
    bytes.extend([171, 210, 226, 212, 34, 253, 196, 188, 196, 98, 99, 189, 196, 220, 196, 170]);
    bytes.extend([252, 188, 196, 242, 98, 189, 228, 252, 92, 6, 70, 22, 54, 38, 102, 6, 6, 155]);
    bytes.extend([10, 6, 6, 70, 22, 14, 6, 40, 147, 1, 0]);
    let hour = read(&bytes).unwrap();
    assert_eq!((hour.account(), hour.hour(), hour.len()), ("111122223333", 498_851, 2));
    let call = hour.calls().next().unwrap();
    assert_eq!(call.principal, "arn:aws:iam::111122223333:user/ana");
    assert_eq!((call.source, call.name, call.tally.count), ("s3.amazonaws.com", "Get", 3));
    assert_eq!(call.tally.first.text(), "2026-11-28T11:01:00Z");
    assert_eq!(call.tally.last.text(), "2026-11-28T11:03:00Z");
    assert_eq!(hour.objects().far(), [key(28, "renamed", 'b'), key(29, "0900", 'c')]);
    assert_eq!(read_objects(&bytes).unwrap(), hour.objects().clone());
    assert_eq!(write(&hour).unwrap()[0], VERSION);
}

/// What this program writes is what it wrote before: whoever changes it makes another form.
#[test]
fn bytes_of_the_present_form_stay_as_they_are() {
    const HASH: [u8; 8] = [0x06, 0xef, 0xb8, 0xf6, 0x85, 0x1b, 0xc0, 0xa7];
    let bytes = write(&sample()).unwrap();
    let hash = Sha256::digest(&bytes);
    assert_eq!((bytes.len(), &hash[..HASH.len()]), (2004, &HASH[..]));
    assert_eq!(read(&bytes).unwrap(), sample());
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
    bytes[0] = 3;
    assert_eq!(read(&bytes), Err(ReadError::Newer { found: 3 }));
    bytes[0] = 0;
    assert_eq!(read(&bytes), Err(ReadError::Damaged));
    assert_eq!(read(&[]), Err(ReadError::Short));
}

/// The bytes of an empty cell of hour 5 in the first form, with this in place of its body.
fn with_body(length: u64, packed: &[u8]) -> Vec<u8> {
    let mut rest = vec![0, 10, 0, 0];
    put(&mut rest, length);
    rest.extend_from_slice(packed);
    sealed(FIRST, &rest)
}

/// The bytes of an empty cell of hour 5, with these in place of its texts and its rows.
fn with_parts(texts: &[u8], rows: &[u8]) -> Vec<u8> {
    with_packed(texts.len() as u64, &pack(texts), rows)
}

fn with_packed(length: u64, packed: &[u8], rows: &[u8]) -> Vec<u8> {
    let mut rest = vec![0, 10, 0, 0, 0];
    put(&mut rest, length);
    put(&mut rest, packed.len() as u64);
    rest.extend_from_slice(packed);
    rest.extend_from_slice(rows);
    sealed(VERSION, &rest)
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    assert!(read(&with_body(9, &pack(&[0; 9]))).is_ok());
    let packed = pack(&vec![0; MOST_BYTES + 1]);
    for length in [u64::MAX, MOST_BYTES as u64 + 1, 1 << 20, 8] {
        let small = &packed[..100];
        assert_eq!(read(&with_body(length, small)), Err(ReadError::Packed), "{length}");
        assert_eq!(read(&with_body(length, &packed)), Err(ReadError::Packed), "{length}");
        assert_eq!(read(&with_packed(length, small, &[])), Err(ReadError::Packed), "{length}");
        assert_eq!(read(&with_packed(length, &packed, &[])), Err(ReadError::Packed), "{length}");
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
    let bytes = with_body(body.len() as u64, &pack(&body));
    assert_eq!(read(&bytes), Err(ReadError::Number));
    // The same in the present form: the second text is told to share the first, and so on.
    let mut list = crate::usage::texts::List::default();
    (0..6_000).for_each(|length| list.push(&"a".repeat(length)));
    let nest = Nest { texts: std::array::from_fn(|_| list.clone()), ..Nest::default() };
    let mut own = Own::Written(Vec::new());
    let coded = rows::code(&mut Encoder::new(), &nest, &mut own, 1);
    assert_eq!(coded.map(drop), Err(ReadError::Number));
}

#[test]
fn what_contradicts_itself_is_refused() {
    // One text and one row of a call; each change makes it nonsense.
    let body = |key: u8, counts: [u8; 3], times: &[u8]| {
        let mut body = vec![1, 0, 1, b'a', 0, 1, key, 0, 0];
        body.extend(counts);
        body.extend(times);
        body.extend([0; 6]);
        let cell = Cell { account: String::new(), hour: 0, objects: ObjectSet::default() };
        first::read(&body, cell).map(|hour| hour.len())
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
        body(0, [3, 2, 4], &[5, 6]),
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
