//! One log object's bytes, packed or not → its records, within bounded memory.
//!
//! What fits is unpacked at once and then read; what is larger, and what comes from a source, is read in pieces
//! while it is unpacked. Both give the same records through the same [`Take`].

use std::io::{self, BufRead};

use super::gunzip::{Gunzip, GunzipError, MOST_UNPACKED, MOST_WHOLE, Members, is_gzip};
use super::record::Record;
use super::records::{BadRecord, Counted, Foreign, Last, MOST_WINDOW, Splitter, read_with};
use super::scan::Index;

/// What takes the records of an object.
pub trait Take {
    /// Takes the unpacked bytes, in order and without a gap: a digest file has their hash. They come before the
    /// records within them.
    fn bytes(&mut self, bytes: &[u8]);

    /// Takes the next record, or why it cannot be read.
    fn record(&mut self, record: Result<&Record<'_>, BadRecord>);
}

/// Takes records alone.
impl<F: FnMut(Result<&Record<'_>, BadRecord>)> Take for F {
    fn bytes(&mut self, _: &[u8]) {}

    fn record(&mut self, record: Result<&Record<'_>, BadRecord>) {
        self(record);
    }
}

/// How much of an object is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes it may have when unpacked.
    pub unpacked: u64,
    /// How many bytes are unpacked at once.
    pub whole: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { unpacked: MOST_UNPACKED, whole: MOST_WHOLE }
    }
}

/// What an object turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// How many gzip members it has: 0 if it is not packed. CloudTrail writes one; the hash in a digest file
    /// is of the first.
    pub members: u32,
    /// How many bytes it has when unpacked.
    pub bytes: u64,
    /// How many records it has.
    pub records: Counted,
}

/// Why an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It cannot be unpacked.
    #[error("the object cannot be unpacked")]
    Gunzip(#[from] GunzipError),
    /// It is no log.
    #[error("the object is no log: {0}")]
    Foreign(Foreign),
}

impl From<Foreign> for ObjectError {
    fn from(foreign: Foreign) -> Self {
        Self::Foreign(foreign)
    }
}

/// Reads objects, one after the other, with the same buffers.
#[derive(Debug)]
pub struct ObjectReader {
    limits: Limits,
    gunzip: Gunzip,
    index: Index,
    window: Vec<u8>,
}

impl Default for ObjectReader {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl ObjectReader {
    /// Reads objects up to these limits: it never holds more than [`Limits::whole`] and some megabytes.
    pub fn new(limits: Limits) -> Self {
        let gunzip = Gunzip::new(limits.whole);
        Self { limits, gunzip, index: Index::default(), window: Vec::new() }
    }

    /// Reads an object that is at hand. What was taken of an object that fails is not to be kept: a large one is
    /// taken in pieces, and found damaged behind them.
    pub fn read(&mut self, object: &[u8], take: &mut impl Take) -> Result<Unpacked, ObjectError> {
        let Self { limits, gunzip, index, window } = self;
        let (bytes, members) = if is_gzip(object) {
            match gunzip.whole(object)? {
                Some(whole) => (whole.bytes, whole.members),
                None => return packed(Members::new(object, limits.unpacked), window, index, take),
            }
        } else {
            (object, 0)
        };
        if bytes.len() as u64 > limits.unpacked {
            return Err(GunzipError::TooLarge { cap: limits.unpacked }.into());
        }
        take.bytes(bytes);
        let records = read_with(bytes, index, &mut |record| take.record(record))?;
        Ok(Unpacked { members, bytes: bytes.len() as u64, records })
    }

    /// Reads an object that is too large to be at hand. What was taken of one that fails is not to be kept.
    pub fn read_from(
        &mut self,
        mut source: impl BufRead,
        take: &mut impl Take,
    ) -> Result<Unpacked, ObjectError> {
        let Self { limits, index, window, .. } = self;
        let start = source.fill_buf().map_err(GunzipError::Source)?;
        // Neither text nor JSON starts with this byte.
        if start.first() == Some(&0x1f) {
            return packed(Members::new(source, limits.unpacked), window, index, take);
        }
        let mut bytes = 0;
        let more = |room: &mut [u8]| {
            let read = read_some(&mut source, room)?;
            bytes += read as u64;
            if bytes > limits.unpacked {
                return Err(GunzipError::TooLarge { cap: limits.unpacked });
            }
            Ok(read)
        };
        let records = pieces(more, window, index, take)?;
        Ok(Unpacked { members: 0, bytes, records })
    }
}

fn read_some(source: &mut impl BufRead, room: &mut [u8]) -> Result<usize, GunzipError> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read.map_err(GunzipError::Source),
        }
    }
}

/// Reads a packed object in pieces.
fn packed(
    mut members: Members<impl BufRead>,
    window: &mut Vec<u8>,
    index: &mut Index,
    take: &mut impl Take,
) -> Result<Unpacked, ObjectError> {
    let records = pieces(|room| members.read(room), window, index, take)?;
    Ok(Unpacked { members: members.members(), bytes: members.unpacked(), records })
}

/// Reads records out of pieces: each call gives more, 0 at the end.
fn pieces(
    mut more: impl FnMut(&mut [u8]) -> Result<usize, GunzipError>,
    window: &mut Vec<u8>,
    index: &mut Index,
    take: &mut impl Take,
) -> Result<Counted, ObjectError> {
    window.resize(MOST_WINDOW, 0);
    let mut splitter = Splitter::default();
    let (mut filled, mut last) = (0, Last::No);
    loop {
        while let Some(room) = window.get_mut(filled..).filter(|room| !room.is_empty()) {
            let read = more(room)?;
            if read == 0 {
                last = Last::Yes;
                break;
            }
            take.bytes(room.get(..read).unwrap_or_default());
            filled += read;
        }
        let held = window.get(..filled).unwrap_or_default();
        let used = splitter.window(held, last, index, &mut |record| take.record(record))?;
        if last == Last::Yes {
            return Ok(splitter.counted());
        }
        window.copy_within(used.min(filled)..filled, 0);
        filled -= used.min(filled);
    }
}

#[cfg(test)]
mod tests;
