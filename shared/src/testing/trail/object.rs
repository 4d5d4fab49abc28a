//! What is delivered: objects of a bucket, and their count.

use std::io;

use libdeflater::{CompressionLvl, Compressor};

use super::clock::Moment;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file of records.
    Log,
    /// A digest.
    Digest,
}

/// An object of the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its key.
    pub key: String,
    /// The account of which it tells.
    pub account: String,
    /// The region in whose folder it lies.
    pub region: String,
    /// When it is delivered.
    pub delivered: Moment,
    /// The end of the hour of digests to which it belongs.
    pub hour: Moment,
    /// Its content, gzip.
    pub bytes: Vec<u8>,
    /// Its user metadata: of a digest `signature` and `signature-algorithm`.
    pub metadata: Vec<(&'static str, String)>,
}

/// What takes the objects: account by account and region by region, in the order of delivery within those.
pub type Sink<'a> = &'a mut dyn FnMut(Object) -> io::Result<()>;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Records in all files.
    pub records: u64,
    /// Records less the second deliveries.
    pub distinct: u64,
    /// Files of records.
    pub files: u64,
    /// Digests.
    pub digests: u64,
    /// Bytes of the files of records, inflated.
    pub json_bytes: u64,
    /// Bytes of the files of records as they lie there.
    pub bytes: u64,
}

/// Makes gzip members; its state is used again for each.
pub(super) struct Gzip(Compressor);

impl std::fmt::Debug for Gzip {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Gzip")
    }
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self(Compressor::new(CompressionLvl::default()))
    }

    /// One gzip member.
    pub(super) fn pack(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut packed = vec![0; self.0.gzip_compress_bound(bytes.len())];
        let length = self.0.gzip_compress(bytes, &mut packed).map_err(io::Error::other)?;
        packed.truncate(length);
        packed.shrink_to_fit();
        Ok(packed)
    }
}

/// The content of one gzip member of trusted origin.
pub(super) fn unpack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    // The last four bytes of a member are the length of its content, RFC 1952.
    let length = bytes.last_chunk::<4>().map_or(0, |tail| u32::from_le_bytes(*tail));
    let mut content = vec![0; usize::try_from(length).unwrap_or_default()];
    let read = libdeflater::Decompressor::new()
        .gzip_decompress(bytes, &mut content)
        .map_err(io::Error::other)?;
    content.truncate(read);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut gzip = Gzip::new();
        for content in [&b""[..], b"a", &b"x".repeat(100_000)] {
            assert_eq!(unpack(&gzip.pack(content).unwrap()).unwrap(), content);
        }
        assert!(unpack(b"").is_err());
        assert!(unpack(b"not gzip").is_err());
    }
}
