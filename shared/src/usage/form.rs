//! A cell ↔ bytes.
//!
//! ```text
//! 1 byte    the version of the form
//! 4 bytes   CRC-32 of everything after it
//! head      account, hour, the objects: 8 bytes each, then the keys of far ones
//! number    0 if times are whole seconds, else 1: milliseconds
//! numbers   the length of the texts when they are unpacked, and packed
//! texts     raw deflate: of each kind of text in order, what each does not share with the one before it, without the
//!           digits of ids
//! rows      a range coder's bits: how much is shared, and these digits; then principal by principal its calls, of each call the
//!           resources, and the principal's sessions, origins and keys. What follows from what came before (most
//!           resources have all of their call's events) costs next to nothing
//! ```
//!
//! The head is not packed, so that asking what a cell was folded from costs nothing. Equal cells have equal
//! bytes. The reader believes nothing: what is damaged or made up is an error, and needs no more memory than
//! [`MOST_BYTES`]. Cells of the first form are read as well.

mod first;
mod hex;
mod nest;
mod range;
mod rows;
#[cfg(test)]
mod tests;
mod wire;
mod words;

use libdeflater::{CompressionLvl, Compressor, Decompressor};

use self::nest::{Clock, HOUR, Nest};
use self::range::{Decoder, Encoder};
use self::wire::{Reader, put, put_signed, put_text};
use self::words::Own;
use super::hour::{Cell, Flaw, Hour};
use super::object::{ObjectId, ObjectSet};

/// The version that is written.
pub const VERSION: u8 = 2;

/// The version before it, which is read.
const FIRST: u8 = 1;

/// The most that the texts of a cell may come to, and sixteen times its rows: 16 MiB, a million rows. Reading one of that
/// size needs some 200 MB.
pub const MOST_BYTES: usize = 16 << 20;

/// The fastest, and within two percent of the best.
const LEVEL: i32 = 1;

/// What ends a text among those of its kind: no byte of UTF-8.
const END: u8 = 0xFF;

/// Raw deflate does not pack more tightly than this: a length that promises more is made up.
const TIGHTEST: usize = 1_032;

/// Why bytes are not a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A newer program wrote them.
    #[error("the usage has form {found}, this program knows up to {VERSION}")]
    Newer {
        /// The version that was found.
        found: u8,
    },
    /// They are not what was written: their checksum is another.
    #[error("the usage is damaged: its checksum does not fit")]
    Damaged,
    /// They end too early.
    #[error("the usage ends too early")]
    Short,
    /// They go on after the end.
    #[error("the usage goes on after its end")]
    Long,
    /// A number has more than 64 bits, or is out of its range.
    #[error("the usage has a number that is out of range")]
    Number,
    /// A text is not UTF-8.
    #[error("the usage has a text that is not UTF-8")]
    Text,
    /// The packed part cannot be unpacked.
    #[error("the usage cannot be unpacked")]
    Packed,
    /// What was read does not make a cell.
    #[error("the usage contradicts itself: {0}")]
    Flaw(&'static str),
}

/// A cell is larger than [`MOST_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the usage of one hour has {bytes} bytes, more than {MOST_BYTES}")]
pub struct TooLarge {
    /// How large it is.
    pub bytes: usize,
}

/// A cell as bytes.
///
/// # Errors
///
/// [`TooLarge`], which no genuine hour is.
pub fn write(hour: &Hour) -> Result<Vec<u8>, TooLarge> {
    let bytes = (16 * hour.len()).max(hour.texts().bytes());
    let too_large = TooLarge { bytes };
    if bytes > MOST_BYTES {
        return Err(too_large);
    }
    let clock = Clock::of(hour);
    let (mut own, mut coder) = (Own::Written(Vec::new()), Encoder::new());
    let nest = Nest::of(hour, clock);
    rows::code(&mut coder, &nest, &mut own, clock.span()).map_err(|_| too_large)?;
    let Own::Written(texts) = own else { return Err(too_large) };
    let mut rest = Vec::with_capacity(128 + 8 * hour.objects().len() + texts.len());
    write_head(&mut rest, hour);
    put(&mut rest, u64::from(clock.unit == 1));
    put(&mut rest, texts.len() as u64);
    let packed = pack(&texts);
    put(&mut rest, packed.len() as u64);
    rest.extend_from_slice(&packed);
    rest.append(&mut coder.finish());
    Ok(sealed(VERSION, &rest))
}

fn write_head(out: &mut Vec<u8>, hour: &Hour) {
    put_text(out, hour.account());
    put_signed(out, hour.hour());
    put(out, hour.objects().len() as u64);
    for id in hour.objects().ids() {
        out.extend_from_slice(&id.to_le_bytes());
    }
    put(out, hour.objects().far().len() as u64);
    for key in hour.objects().far() {
        put_text(out, key);
    }
}

/// The version and the checksum before what they are of.
fn sealed(version: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rest.len() + 5);
    bytes.push(version);
    bytes.extend_from_slice(&libdeflater::crc32(rest).to_le_bytes());
    bytes.extend_from_slice(rest);
    bytes
}

fn pack(body: &[u8]) -> Vec<u8> {
    let level = CompressionLvl::new(LEVEL).unwrap_or_default();
    let mut compressor = Compressor::new(level);
    let mut out = vec![0; compressor.deflate_compress_bound(body.len())];
    // Within the bound there is always room.
    let length = compressor.deflate_compress(body, &mut out).unwrap_or(0);
    out.truncate(length);
    out
}

/// The cell that bytes stand for.
///
/// # Errors
///
/// [`ReadError`]: they are not what [`write()`] wrote.
pub fn read(bytes: &[u8]) -> Result<Hour, ReadError> {
    let (version, mut reader) = unsealed(bytes)?;
    let cell = read_head(&mut reader)?;
    if version == FIRST {
        let length = reader.length()?;
        return first::read(&unpack(reader.rest(), length)?, cell);
    }
    let unit = match reader.number()? {
        0 => 1_000,
        1 => 1,
        _ => return Err(ReadError::Number),
    };
    let start = cell.hour.checked_mul(HOUR).ok_or(ReadError::Number)?;
    let clock = Clock { start, unit };
    let (length, packed) = (reader.length()?, reader.length()?);
    let texts = unpack(reader.take(packed)?, length)?;
    let mut own = Own::Left(&texts);
    let mut coder = Decoder::new(reader.rest())?;
    let nest = rows::code(&mut coder, &Nest::default(), &mut own, clock.span())?;
    coder.end()?;
    if !matches!(own, Own::Left([])) {
        return Err(ReadError::Long);
    }
    nest.hour(cell, clock).map_err(|flaw| ReadError::Flaw(words(flaw)))
}

fn words(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Texts => "a text is out of order or not used",
        Flaw::Keys => "a row is out of order, or names what is not there",
        Flaw::Counts => "the counts of a row do not fit together",
        Flaw::Times => "a row has a time outside of its hour",
        Flaw::Calls => "a row has no call that it is of",
    }
}

/// What the cell was folded from; the body is not unpacked.
///
/// # Errors
///
/// As [`read`], as far as it looks.
pub fn read_objects(bytes: &[u8]) -> Result<ObjectSet, ReadError> {
    let (_, mut reader) = unsealed(bytes)?;
    Ok(read_head(&mut reader)?.objects)
}

/// The version, and what the checksum is of.
fn unsealed(bytes: &[u8]) -> Result<(u8, Reader<'_>), ReadError> {
    let mut reader = Reader::new(bytes);
    let version = reader.byte()?;
    if version > VERSION {
        return Err(ReadError::Newer { found: version });
    } else if version < FIRST {
        return Err(ReadError::Damaged);
    }
    let sum = u32::from_le_bytes(reader.array()?);
    let is_whole = sum == libdeflater::crc32(reader.rest());
    if is_whole { Ok((version, reader)) } else { Err(ReadError::Damaged) }
}

fn read_head(reader: &mut Reader<'_>) -> Result<Cell, ReadError> {
    let account = reader.text()?.to_owned();
    let hour = reader.signed()?;
    let mut ids = Vec::with_capacity(reader.count(8)?);
    for _ in 0..ids.capacity() {
        ids.push(u64::from_le_bytes(reader.array()?));
    }
    let mut far = Vec::new();
    for _ in 0..reader.count(1)? {
        far.push(reader.text()?.to_owned());
    }
    if ids.is_sorted_by(|a, b| a < b) && far.is_sorted_by(|a, b| a < b) {
        let objects = ObjectSet::new(ids.into_iter().map(ObjectId), far);
        Ok(Cell { account, hour, objects })
    } else {
        Err(ReadError::Flaw("its objects are out of order"))
    }
}

fn unpack(packed: &[u8], length: usize) -> Result<Vec<u8>, ReadError> {
    if length > MOST_BYTES || length / TIGHTEST > packed.len() {
        return Err(ReadError::Packed);
    }
    let mut body = vec![0; length];
    let unpacked = Decompressor::new().deflate_decompress(packed, &mut body);
    if unpacked == Ok(length) { Ok(body) } else { Err(ReadError::Packed) }
}
