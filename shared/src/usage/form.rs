//! A cell ↔ bytes.
//!
//! ```text
//! 1 byte    the version of the form
//! 4 bytes   CRC-32 of everything after it
//! head      account, hour, the objects: 8 bytes each, then the keys of far ones
//! number    the length of the body when it is unpacked
//! body      raw deflate: the sorted texts, each as what it does not share with the one before it; then the
//!           tables, column by column, keys as differences to the row before, times within the hour; the last use
//!           only of rows of which some calls were denied and some not
//! ```
//!
//! The head is not packed, so that asking what a cell was folded from costs nothing. Equal cells have equal
//! bytes. The reader believes nothing: what is damaged or made up is an error, and needs no more memory than
//! [`MOST_BYTES`].

mod body;
#[cfg(test)]
mod tests;
mod wire;

use std::cell::RefCell;

use libdeflater::{CompressionLvl, Compressor, Decompressor};

use self::wire::{Reader, put, put_signed, put_text};
use super::hour::{Cell, Hour};
use super::object::{ObjectId, ObjectSet};

/// The version that is written.
pub const VERSION: u8 = 1;

/// The largest body of a cell, unpacked, and the most that its texts may come to: 16 MiB, about a million rows.
/// Reading one of that size needs some 120 MB.
pub const MOST_BYTES: usize = 16 << 20;

/// The fastest, and within six percent of the best: bodies are small numbers and names.
const LEVEL: i32 = 1;

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
    let body = body::write(hour);
    let bytes = body.len().max(hour.texts().bytes());
    if bytes > MOST_BYTES {
        return Err(TooLarge { bytes });
    }
    let mut rest = Vec::with_capacity(64 + 8 * hour.objects().len() + body.len() / 2);
    write_head(&mut rest, hour);
    put(&mut rest, body.len() as u64);
    pack(&body, &mut rest);
    Ok(sealed(&rest))
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
fn sealed(rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rest.len() + 5);
    bytes.push(VERSION);
    bytes.extend_from_slice(&libdeflater::crc32(rest).to_le_bytes());
    bytes.extend_from_slice(rest);
    bytes
}

/// Appends a body, packed.
fn pack(body: &[u8], out: &mut Vec<u8>) {
    thread_local! {
        /// To make one takes as long as to pack a small body.
        static COMPRESSOR: RefCell<Compressor> =
            RefCell::new(Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default()));
    }
    COMPRESSOR.with_borrow_mut(|compressor| {
        let start = out.len();
        out.resize(start + compressor.deflate_compress_bound(body.len()), 0);
        let room = out.get_mut(start..).unwrap_or_default();
        // Within the bound there is always room.
        let length = compressor.deflate_compress(body, room).unwrap_or(0);
        out.truncate(start + length);
    });
}

/// The cell that bytes stand for.
///
/// # Errors
///
/// [`ReadError`]: they are not what [`write()`] wrote.
pub fn read(bytes: &[u8]) -> Result<Hour, ReadError> {
    let mut reader = unsealed(bytes)?;
    let cell = read_head(&mut reader)?;
    let length = usize::try_from(reader.number()?).map_err(|_| ReadError::Number)?;
    body::read(&unpack(reader.rest(), length)?, cell)
}

/// What the cell was folded from; the body is not unpacked.
///
/// # Errors
///
/// As [`read`], as far as it looks.
pub fn read_objects(bytes: &[u8]) -> Result<ObjectSet, ReadError> {
    Ok(read_head(&mut unsealed(bytes)?)?.objects)
}

fn unsealed(bytes: &[u8]) -> Result<Reader<'_>, ReadError> {
    let mut reader = Reader::new(bytes);
    let version = reader.byte()?;
    if version > VERSION {
        return Err(ReadError::Newer { found: version });
    } else if version < VERSION {
        return Err(ReadError::Damaged);
    }
    let sum = u32::from_le_bytes(reader.array()?);
    if sum == libdeflater::crc32(reader.rest()) { Ok(reader) } else { Err(ReadError::Damaged) }
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
