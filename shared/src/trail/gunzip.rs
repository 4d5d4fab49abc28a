//! Unpacking gzip under a cap, whatever its bytes say about themselves.
//!
//! What fits is unpacked at once by libdeflate, into a buffer that is used again; the size that a gzip file
//! names at its end is only a hint. What is larger, and what has more than one member, comes in pieces from
//! [`Members`]. Either way every member is read and counted: CloudTrail writes one, and data after it is not
//! covered by the hash of a digest file.

use std::fmt;
use std::io::{self, BufRead, Read as _};

use flate2::bufread::GzDecoder;
use libdeflater::{DecompressionError, Decompressor};

/// How many bytes an object may have when unpacked. CloudTrail's own files hold some megabytes.
pub const MOST_UNPACKED: u64 = 256 * 1024 * 1024;

/// How many bytes are unpacked at once: what is larger comes in pieces.
pub const MOST_WHOLE: usize = 16 * 1024 * 1024;

/// More than this many bytes never come of one byte of deflate (RFC 1951: 258 bytes of two bits, less the header).
const BEST_RATIO: usize = 1032;

/// What a header and a trailer take at least (RFC 1952).
const HEADER: usize = 10;
const TRAILER: usize = 8;

/// Where a header's flags stand, and the one that says that it has a checksum.
const FLAGS: usize = 3;
const CHECKED: u8 = 2;

/// How much more is offered than the hint says: libdeflate is slower near the end of its buffer.
const SLACK: usize = 512;

/// Why gzip cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum GunzipError {
    /// It does not start as gzip does.
    #[error("it is not gzip")]
    NotGzip,
    /// It ends too early.
    #[error("it is truncated")]
    Truncated,
    /// It is damaged: its data or its checksum is wrong.
    #[error("it is damaged")]
    Damaged,
    /// Its members are followed by bytes that are none.
    #[error("it is followed by bytes that are not gzip")]
    Trailing,
    /// It has more than the cap when unpacked.
    #[error("it has more than {cap} bytes when unpacked")]
    TooLarge {
        /// The cap.
        cap: u64,
    },
    /// Its source cannot be read.
    #[error("it cannot be read")]
    Source(#[source] io::Error),
}

/// Whether bytes start as gzip does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// What was unpacked at once.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'b> {
    /// The bytes.
    pub bytes: &'b [u8],
    /// How many members they came from.
    pub members: u32,
}

/// Unpacks at once, into one buffer.
pub struct Gunzip {
    decompressor: Decompressor,
    buffer: Vec<u8>,
    most: usize,
}

impl fmt::Debug for Gunzip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gunzip")
            .field("buffer", &self.buffer.len())
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl Gunzip {
    /// Unpacks up to so many bytes: never is more allocated.
    pub fn new(most: usize) -> Self {
        Self { decompressor: Decompressor::new(), buffer: Vec::new(), most }
    }

    /// Unpacks an object: nothing if it is too large to be unpacked at once.
    pub fn whole(&mut self, object: &[u8]) -> Result<Option<Whole<'_>>, GunzipError> {
        if !is_gzip(object) {
            return Err(GunzipError::NotGzip);
        }
        if object.get(FLAGS).is_some_and(|flags| flags & CHECKED != 0) {
            // libdeflate does not look at a header's own checksum.
            return self.members(object);
        }
        let Some(mut room) = self.room(object) else { return Ok(None) };
        loop {
            self.grow(room);
            match self.decompressor.gzip_decompress(object, &mut self.buffer) {
                Ok(length) if is_alone(object, length) => {
                    let bytes = self.buffer.get(..length).unwrap_or_default();
                    return Ok(Some(Whole { bytes, members: 1 }));
                }
                Err(DecompressionError::InsufficientSpace) if self.buffer.len() >= self.most => {
                    return Ok(None);
                }
                Err(DecompressionError::InsufficientSpace) => {
                    room = (self.buffer.len() * 2).min(self.most);
                }
                // The other way knows several members, and what is wrong.
                Ok(_) | Err(DecompressionError::BadData) => return self.members(object),
            }
        }
    }

    /// Makes room, no more than that.
    fn grow(&mut self, room: usize) {
        if let Some(more) = room.checked_sub(self.buffer.len()) {
            self.buffer.reserve_exact(more);
            self.buffer.resize(room, 0);
        }
    }

    /// How much room an object seems to need: nothing if it is too large.
    fn room(&self, object: &[u8]) -> Option<usize> {
        let size = object.last_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size)) as usize;
        if size > object.len().saturating_mul(BEST_RATIO) {
            // Not even so: a wrong hint.
            return Some(SLACK.min(self.most));
        }
        (size <= self.most).then(|| (size + SLACK).min(self.most))
    }

    fn members(&mut self, object: &[u8]) -> Result<Option<Whole<'_>>, GunzipError> {
        let mut members = Members::new(object, u64::MAX);
        let mut length = 0;
        loop {
            if length == self.buffer.len() && length < self.most {
                self.grow((length * 2).max(SLACK).min(self.most));
            }
            let mut one = [0];
            let room = match self.buffer.get_mut(length..) {
                Some(room) if !room.is_empty() => room,
                _ => &mut one,
            };
            let read = members.read(room)?;
            length += read;
            if length > self.most {
                return Ok(None);
            }
            if read == 0 {
                let bytes = self.buffer.get(..length).unwrap_or_default();
                return Ok(Some(Whole { bytes, members: members.members() }));
            }
        }
    }
}

/// Whether the member that an object starts with, and that unpacked to so many bytes, is all there is.
///
/// libdeflate does not tell where the member ended. It ended behind the length in its trailer; if that stands
/// in the object's last four bytes and nowhere else, the object ended with it.
fn is_alone(object: &[u8], length: usize) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "RFC 1952: the length modulo 2^32")]
    let size = (length as u32).to_le_bytes();
    let ends = object.get(HEADER + TRAILER - size.len()..).unwrap_or_default();
    memchr::memmem::find(ends, &size) == ends.len().checked_sub(size.len())
}

/// Unpacks in pieces, one member after the other.
#[derive(Debug)]
pub struct Members<R> {
    decoder: Option<GzDecoder<R>>,
    count: u32,
    unpacked: u64,
    cap: u64,
}

impl<R: BufRead> Members<R> {
    /// Unpacks a source, up to so many bytes.
    pub fn new(source: R, cap: u64) -> Self {
        Self { decoder: Some(GzDecoder::new(source)), count: 1, unpacked: 0, cap }
    }

    /// How many members there were so far.
    pub fn members(&self) -> u32 {
        self.count
    }

    /// How many bytes there were so far.
    pub fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// Unpacks more, into a buffer that has room: how much, 0 at the end of the last member.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, GunzipError> {
        while let Some(decoder) = &mut self.decoder {
            let read = match decoder.read(buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.why(error)),
            };
            if read > 0 {
                self.unpacked += read as u64;
                let fits = self.unpacked <= self.cap;
                return if fits { Ok(read) } else { Err(GunzipError::TooLarge { cap: self.cap }) };
            }
            self.next_member()?;
        }
        Ok(0)
    }

    fn next_member(&mut self) -> Result<(), GunzipError> {
        let Some(decoder) = self.decoder.take() else { return Ok(()) };
        let mut source = decoder.into_inner();
        let next = source.fill_buf().map_err(GunzipError::Source)?.first().copied();
        match next {
            None => Ok(()),
            Some(0x1f) => {
                self.count += 1;
                self.decoder = Some(GzDecoder::new(source));
                Ok(())
            }
            Some(_) => Err(GunzipError::Trailing),
        }
    }

    fn why(&self, error: io::Error) -> GunzipError {
        let in_header = self.decoder.as_ref().is_some_and(|decoder| decoder.header().is_none());
        match error.kind() {
            io::ErrorKind::UnexpectedEof => GunzipError::Truncated,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if in_header => {
                if self.count > 1 { GunzipError::Trailing } else { GunzipError::NotGzip }
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => GunzipError::Damaged,
            _ => GunzipError::Source(error),
        }
    }
}

#[cfg(test)]
pub(in crate::trail) mod tests;
