//! Gzip as it should be, broken, and hostile.

use std::io::Write as _;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

use super::*;

pub(in crate::trail) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What both ways make of an object: its bytes and members, `None` if it is too large for the whole way.
type Made = Result<Option<(Vec<u8>, u32)>, String>;

fn whole(object: &[u8], most: usize) -> Made {
    let mut gunzip = Gunzip::new(most);
    let made = gunzip.whole(object).map_err(|error| error.to_string())?;
    let made = made.map(|whole| (whole.bytes.to_vec(), whole.members));
    assert!(gunzip.buffer.capacity() <= most);
    Ok(made)
}

fn in_pieces(object: &[u8], cap: u64, piece: usize) -> Made {
    let mut members = Members::new(object, cap);
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; piece]);
    loop {
        match members.read(&mut buffer).map_err(|error| error.to_string())? {
            0 => return Ok(Some((bytes, members.members()))),
            read => bytes.extend(&buffer[..read]),
        }
    }
}

fn both(object: &[u8]) -> Made {
    let made = whole(object, 1 << 20);
    assert_eq!(made, in_pieces(object, 1 << 20, 1000));
    made
}

fn error(error: &GunzipError) -> Made {
    Err(error.to_string())
}

#[test]
fn one_member_is_unpacked() {
    for length in [0, 1, 511, 512, 513, 100_000] {
        let bytes: Vec<u8> = (0..length).map(|n: u32| (n % 251) as u8).collect();
        assert_eq!(both(&gzip(&bytes)), Ok(Some((bytes, 1))));
    }
}

#[test]
fn each_member_is_read_and_counted() {
    let (one, two) = (gzip(b"one "), gzip(&[b'2'; 3000]));
    let joined = [&b"one "[..], &[b'2'; 3000]].concat();
    assert_eq!(both(&[&one[..], &two].concat()), Ok(Some((joined, 2))));
    // The same member again has the length and the checksum that the first one's end is known by.
    assert_eq!(both(&[&one[..], &one].concat()), Ok(Some((b"one one ".to_vec(), 2))));
    assert_eq!(both(&[&gzip(b"")[..], &one, &gzip(b"")].concat()), Ok(Some((b"one ".to_vec(), 3))));
}

#[test]
fn what_follows_the_last_member_is_told() {
    let one = gzip(b"one ");
    for after in
        [&b"\0"[..], b"more", &one[..1], &one[one.len() - 8..], b"\x1f\x8b\x07\0\0\0\0\0\0\0"]
    {
        let object = [&one[..], after].concat();
        let made = both(&object);
        let cut = after == &one[..1];
        let why = if cut { GunzipError::Truncated } else { GunzipError::Trailing };
        assert_eq!(made, error(&why), "{after:?}");
    }
}

#[test]
fn broken_gzip_is_told() {
    let good = gzip(&b"{\"Records\":[]}".repeat(50));
    for end in 2..good.len() {
        assert_eq!(both(&good[..end]), error(&GunzipError::Truncated), "{end}");
    }
    for place in good.len() - 8..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        assert_eq!(both(&bad), error(&GunzipError::Damaged), "{place}");
    }
    let mut bad = good;
    bad[2] = 7;
    assert_eq!(both(&bad), error(&GunzipError::NotGzip));
    let mut unchecked = gzip(b"");
    unchecked[3] = 2;
    unchecked.splice(10..10, [0, 0]);
    assert_eq!(both(&unchecked), error(&GunzipError::NotGzip));
    assert_eq!(whole(b"{}", 10), error(&GunzipError::NotGzip));
}

/// So many mebibytes of white space, packed as pieces that know nothing of each other.
pub(in crate::trail) fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut piece = Vec::with_capacity(1 << 16);
    let mut compress = Compress::new(Compression::fast(), false);
    compress.compress_vec(&vec![b' '; 1 << 20], &mut piece, FlushCompress::Full).unwrap();
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let end = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [&header[..], &piece.repeat(mebibytes), &end].concat()
}

#[test]
fn a_bomb_is_refused_within_its_cap() {
    let bomb = bomb(1024);
    let lying = [&bomb[..bomb.len() - 4], &7_u32.to_le_bytes()].concat();
    for bomb in [bomb, lying] {
        assert_eq!(whole(&bomb, 1 << 20), Ok(None));
        let cap = 8 << 20;
        assert_eq!(in_pieces(&bomb, cap, 1 << 16), error(&GunzipError::TooLarge { cap }));
    }
    // Many small ones are as much.
    let many = gzip(&vec![b' '; 1 << 16]).repeat(64);
    assert_eq!(whole(&many, 1 << 20), Ok(None));
    assert_eq!(in_pieces(&many, 1 << 20, 100), error(&GunzipError::TooLarge { cap: 1 << 20 }));
}

#[test]
fn the_cap_is_exact() {
    let object = gzip(&[b'x'; 1000]);
    assert_eq!(whole(&object, 1000), Ok(Some((vec![b'x'; 1000], 1))));
    assert_eq!(whole(&object, 999), Ok(None));
    assert_eq!(in_pieces(&object, 1000, 64), Ok(Some((vec![b'x'; 1000], 1))));
    assert_eq!(in_pieces(&object, 999, 64), error(&GunzipError::TooLarge { cap: 999 }));
    let two = object.repeat(2);
    assert_eq!(whole(&two, 2000), Ok(Some((vec![b'x'; 2000], 2))));
    assert_eq!(whole(&two, 1999), Ok(None));
}

#[test]
fn the_size_at_the_end_is_only_a_hint() {
    // As the size stands in the data of a stored block, the proof that the member is alone does not hold, and
    // the slow way answers.
    let stored = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let bytes = 12_u32.to_le_bytes().repeat(3);
    assert_eq!(both(&stored(&bytes)), Ok(Some((bytes, 1))));
    let huge = [&gzip(b"first")[..], &[0x1f, 0x8b, 8, 0], &[0xff; 14]].concat();
    assert!(both(&huge).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Both ways agree on anything, and never on more than was packed.
    #[test]
    fn both_ways_agree(bytes in proptest::collection::vec(any::<u8>(), 0..300), repeat in 1..4_usize, edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..3)) {
        let mut object = gzip(&bytes).repeat(repeat);
        for (place, byte) in &edits {
            let place = place.index(object.len());
            object[place] = *byte;
        }
        if is_gzip(&object) {
            let made = both(&object);
            if edits.is_empty() {
                prop_assert_eq!(made, Ok(Some((bytes.repeat(repeat), u32::try_from(repeat).unwrap()))));
            }
        }
    }
}
