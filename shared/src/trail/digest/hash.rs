//! A log object → the SHA-256 of its content, which is what a digest names.

use std::io::Read as _;

use aws_lc_rs::digest::{Context, SHA256, digest};
use flate2::bufread::GzDecoder;

use super::inflate::{InflateError, Inflater};

/// Content up to this size is unpacked at once, by the faster library. Larger content passes through a small
/// buffer: a log of 256 KB events by the thousand would not fit into a function's memory.
const AT_ONCE: usize = 32 << 20;

/// The buffer that larger content passes through.
const PIECE: usize = 64 << 10;

/// SHA-256 of some bytes.
pub fn sha256(content: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, content).as_ref());
    hash
}

/// Hashes the content of log objects, one after the other; each thread has its own.
#[derive(Debug)]
pub struct LogHasher {
    inflater: Inflater,
    cap: usize,
}

impl LogHasher {
    /// A hasher that refuses content above `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self { inflater: Inflater::new(cap.min(AT_ONCE)), cap }
    }

    /// SHA-256 of the content of a log, which must be one gzip member.
    pub fn hash(&mut self, object: &[u8]) -> Result<[u8; 32], InflateError> {
        let at_once = self.inflater.cap();
        match self.inflater.single_member(object) {
            Ok(content) => Ok(sha256(content)),
            Err(InflateError::TooLarge) if self.cap > at_once => hash_in_pieces(object, self.cap),
            Err(error) => Err(error),
        }
    }
}

/// SHA-256 of a member's content, of which only a piece is held at a time.
fn hash_in_pieces(object: &[u8], cap: usize) -> Result<[u8; 32], InflateError> {
    let mut decoder = GzDecoder::new(object);
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    let mut length = 0_usize;
    loop {
        let read = decoder.read(&mut piece).map_err(|_| InflateError::Damaged)?;
        if read == 0 {
            break;
        }
        length = length.saturating_add(read);
        if length > cap {
            return Err(InflateError::TooLarge);
        }
        context.update(piece.get(..read).unwrap_or_default());
    }
    if !decoder.into_inner().is_empty() {
        return Err(InflateError::Trailing);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_hash_is_that_of_the_content() {
        // SHA-256 of "abc": FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::super::hex::encode(&sha256(b"abc")), expected);
        assert_eq!(LogHasher::new(100).hash(&gzip(b"abc")).unwrap(), sha256(b"abc"));
    }

    #[test]
    fn large_content_is_hashed_in_pieces_to_the_same() {
        let content = vec![b'x'; PIECE + 70_001];
        let object = gzip(&content);
        let hasher = |cap| LogHasher { inflater: Inflater::new(1_000), cap };
        let mut enough = hasher(PIECE * 3);
        assert_eq!(enough.hash(&object).unwrap(), sha256(&content));
        assert_eq!(enough.hash(&gzip(b"abc")).unwrap(), sha256(b"abc"));
        assert_eq!(hasher(1_000).hash(&object), Err(InflateError::TooLarge));
        assert_eq!(hasher(PIECE).hash(&object), Err(InflateError::TooLarge));
        // The length at the end lies: it is small, the content large.
        let appended = [&object[..], &gzip(b"abc")].concat();
        assert_eq!(enough.hash(&appended), Err(InflateError::Trailing));
        // It lies the other way round: the last member is the large one.
        let appended = [&gzip(b"abc")[..], &object[..]].concat();
        assert_eq!(enough.hash(&appended), Err(InflateError::Trailing));
        let cut = &object[..object.len() - 1];
        assert_eq!(hash_in_pieces(cut, PIECE * 3), Err(InflateError::Damaged));
    }
}
