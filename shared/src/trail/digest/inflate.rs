//! A gzip object that is one member and nothing else → its content.
//!
//! What a hash proves must be all that a reader may see. A second member behind the first would be read by
//! readers that take every member and left out by those that hash the first, so data after it makes an object
//! invalid: <https://github.com/aws/aws-cli/issues/10326>.

use libdeflater::Decompressor;
use memchr::memmem;

/// The least that is a gzip file: header, an empty block, trailer.
const LEAST: usize = 20;

/// Deflate cannot make more of one byte: 258 bytes of a quarter of it.
const MOST_PER_BYTE: usize = 1_032;

/// Why an object's content cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InflateError {
    /// It does not begin as a gzip file does, or is too short for one.
    NotGzip,
    /// Cut short, or its checksum is not that of its content.
    Damaged,
    /// Something follows the first member, or its length is not the one it states.
    Trailing,
    /// Its content is larger than the cap.
    TooLarge,
}

impl InflateError {
    /// In words, for a report.
    pub fn text(self) -> &'static str {
        match self {
            Self::NotGzip => "it is not a gzip file",
            Self::Damaged => "its gzip data is damaged",
            Self::Trailing => "there is data after its first gzip member",
            Self::TooLarge => "its content is larger than this program reads",
        }
    }
}

/// Unpacks objects, keeping its memory from one to the next: the largest content seen.
pub struct Inflater {
    library: Decompressor,
    content: Vec<u8>,
    cap: usize,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Inflater").field("cap", &self.cap).finish_non_exhaustive()
    }
}

impl Inflater {
    /// An inflater that refuses content above `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self { library: Decompressor::new(), content: Vec::new(), cap }
    }

    /// The most that content may be.
    pub fn cap(&self) -> usize {
        self.cap
    }

    /// The content of a file that is exactly one gzip member.
    ///
    /// The length stated at the end of the file must be that of the content, so a bomb is refused before it is
    /// unpacked.
    pub fn single_member(&mut self, bytes: &[u8]) -> Result<&[u8], InflateError> {
        if bytes.len() < LEAST || !bytes.starts_with(&[0x1f, 0x8b, 8]) {
            return Err(InflateError::NotGzip);
        }
        let stated = bytes.last_chunk::<4>().ok_or(InflateError::NotGzip)?;
        let length = u32::from_le_bytes(*stated) as usize;
        if length > bytes.len().saturating_mul(MOST_PER_BYTE) {
            return Err(InflateError::Damaged);
        }
        if length > self.cap {
            return Err(InflateError::TooLarge);
        }
        if self.content.len() < length {
            self.content.resize(length, 0);
        }
        let room = self.content.get_mut(..length).unwrap_or_default();
        let written = self.library.gzip_decompress(bytes, room).map_err(|error| match error {
            libdeflater::DecompressionError::BadData => InflateError::Damaged,
            libdeflater::DecompressionError::InsufficientSpace => InflateError::Trailing,
        })?;
        if written != length || self.ends_early(bytes, *stated, length) {
            return Err(InflateError::Trailing);
        }
        Ok(self.content.get(..length).unwrap_or_default())
    }

    /// Whether the first member ends before the file does. The library does not tell where it ended, but the
    /// member ends with its own length, which is the one at the end of the file: where those four bytes occur
    /// nowhere else, there is no other end. Where they do, a file without its last byte is still a member only
    /// if that byte was not part of it.
    fn ends_early(&mut self, bytes: &[u8], stated: [u8; 4], length: usize) -> bool {
        if memmem::find(bytes, &stated) == bytes.len().checked_sub(stated.len()) {
            return false;
        }
        let Some((_, shorter)) = bytes.split_last() else { return false };
        let room = self.content.get_mut(..length).unwrap_or_default();
        self.library.gzip_decompress(shorter, room).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    const CAP: usize = 1 << 20;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(bytes: &[u8]) -> Result<Vec<u8>, InflateError> {
        Inflater::new(CAP).single_member(bytes).map(<[u8]>::to_vec)
    }

    #[test]
    fn whatever_follows_a_member_is_refused() {
        let member = gzip(b"{\"Records\":[]}");
        assert_eq!(inflate(&member).unwrap(), b"{\"Records\":[]}");
        let trailer = &member[member.len() - 8..];
        for after in [&member[..], &gzip(b""), &gzip(b"another one"), trailer, b"\0", b"x"] {
            let appended = [&member[..], after].concat();
            let error = inflate(&appended).unwrap_err();
            assert!(matches!(error, InflateError::Trailing | InflateError::Damaged), "{error:?}");
        }
        assert_eq!(inflate(&[&member[..], &member[..]].concat()), Err(InflateError::Trailing));
        assert_eq!(inflate(&[&member[..], trailer].concat()), Err(InflateError::Trailing));
    }

    #[test]
    fn what_is_no_gzip_file_is_refused() {
        let member = gzip(b"some content that is packed");
        assert_eq!(inflate(b""), Err(InflateError::NotGzip));
        assert_eq!(inflate(b"{\"Records\":[{\"eventVersion\":1}]}"), Err(InflateError::NotGzip));
        for cut in 1..member.len() {
            assert!(inflate(&member[..cut]).is_err(), "{cut}");
        }
        let bomb = gzip(&vec![0; CAP + 1]);
        assert_eq!(inflate(&bomb), Err(InflateError::TooLarge));
        let mut wrong = member;
        let checksum = wrong.len() - 5;
        wrong[checksum] ^= 1;
        assert_eq!(inflate(&wrong), Err(InflateError::Damaged));
    }

    #[test]
    fn an_inflater_is_used_again() {
        let mut inflater = Inflater::new(CAP);
        let long = vec![b'x'; 70_000];
        for content in [&long[..], b"short", b"", &long[..69_000]] {
            assert_eq!(inflater.single_member(&gzip(content)).unwrap(), content);
        }
    }

    proptest! {
        #[test]
        fn one_member_is_read_and_more_is_not(
            content in proptest::collection::vec(0_u8..4, 0..600),
            after in proptest::collection::vec(any::<u8>(), 0..24),
        ) {
            let member = gzip(&content);
            let read = inflate(&[&member[..], &after[..]].concat());
            if after.is_empty() {
                prop_assert_eq!(read.unwrap(), content);
            } else {
                prop_assert!(read.is_err());
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let framed = [&[0x1f, 0x8b, 8, 0][..], &bytes[..]].concat();
            prop_assert!(inflate(&bytes).is_err() || !bytes.is_empty());
            prop_assert!(inflate(&framed).is_ok_and(|content| content.len() < CAP) || inflate(&framed).is_err());
        }
    }
}
