//! Gzip, whole and broken: at once and in pieces it is the same.

use accesstrail_shared::trail::gunzip::{Gunzip, GunzipError, Members, is_gzip};

/// How much is unpacked at once, and in pieces.
const WHOLE: usize = 1 << 16;
const CAP: u64 = 1 << 20;

pub(super) fn check(bytes: &[u8]) {
    let mut gunzip = Gunzip::new(WHOLE);
    let whole = gunzip.whole(bytes);
    if !is_gzip(bytes) {
        assert!(matches!(whole, Err(GunzipError::NotGzip)), "{whole:?}");
        return;
    }
    match (whole, in_pieces(bytes)) {
        (Ok(Some(whole)), Ok(pieces)) => assert_eq!((whole.bytes.to_vec(), whole.members), pieces),
        (Ok(None), Ok((bytes, _))) => assert!(bytes.len() > WHOLE),
        // What is too large for one is broken further on, or too large for both.
        (Ok(None), Err(_)) => {}
        // libdeflate reads code tables that zlib refuses.
        (Ok(Some(_)), Err(GunzipError::Damaged)) => {}
        (Err(whole), Err(pieces)) => assert_eq!(whole.to_string(), pieces.to_string()),
        (whole, pieces) => panic!("{whole:?} at once, {pieces:?} in pieces"),
    }
}

fn in_pieces(object: &[u8]) -> Result<(Vec<u8>, u32), GunzipError> {
    let mut members = Members::new(object, CAP);
    let (mut bytes, mut piece) = (Vec::new(), [0; 99]);
    loop {
        let read = members.read(&mut piece)?;
        if read == 0 {
            return Ok((bytes, members.members()));
        }
        bytes.extend_from_slice(&piece[..read]);
    }
}
