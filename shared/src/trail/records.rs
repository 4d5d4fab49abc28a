//! A log's bytes → its records, one by one.
//!
//! CloudTrail delivers `{"Records": […]}`. Read are also what people keep and tools emit: a bare list, one
//! record, records line by line, several documents one after the other, and EventBridge's envelopes of records
//! instead of records. A record that cannot be read fails alone, as far as its end can be told; what is cut
//! gives all that came before. What is no log at all is named.

mod skip;
mod split;
#[cfg(test)]
mod tests;

use std::fmt;

use super::record::Record;
use super::scan::{Fault, Index};
pub(in crate::trail) use split::{Last, Splitter};

/// How many bytes a record may have. CloudTrail writes at most 256 kB:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>
pub const MOST_RECORD: usize = 1024 * 1024;

/// How many bytes are indexed at once: small enough to stay near the processor.
const WINDOW: usize = 128 * 1024;

/// How many bytes must be at hand so that a record that does not end in them is too long.
pub(in crate::trail) const MOST_WINDOW: usize = 2 * MOST_RECORD;

/// A record that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRecord {
    /// Which one of its log: the first is 0.
    pub index: u64,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} {}", self.index, self.reason)
    }
}

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It is not JSON.
    Malformed,
    /// It is not UTF-8.
    Encoding,
    /// It is nested too deeply.
    TooDeep,
    /// It has more than [`MOST_RECORD`] bytes.
    TooLong,
    /// It has nothing that a record has.
    NotARecord,
    /// The log ends within it, or before the end of the list that it would be in.
    Cut,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "is not JSON",
            Self::Encoding => "is not UTF-8",
            Self::TooDeep => "is nested too deeply",
            Self::TooLong => "is longer than 1 MiB",
            Self::NotARecord => "is no record",
            Self::Cut => "is cut off",
        })
    }
}

impl From<Fault> for Reason {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::End => Self::Cut,
            Fault::Malformed => Self::Malformed,
            Fault::Encoding => Self::Encoding,
            Fault::Deep => Self::TooDeep,
        }
    }
}

/// What a file is that is no log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Foreign {
    /// Nothing but white space.
    Empty,
    /// A digest file of CloudTrail.
    Digest,
    /// HTML or XML: mostly an error page that was saved for the file.
    Markup,
    /// JSON of something else.
    Json,
    /// Anything else.
    Other,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::Digest => "it is a digest file",
            Self::Markup => "it is HTML or XML",
            Self::Json => "it is JSON without records",
            Self::Other => "it is neither gzip nor JSON",
        })
    }
}

/// What takes the records of a log. Reading is compiled once for all of them: a call for each record is little.
pub(in crate::trail) type Records<'a, 't> =
    &'t mut (dyn FnMut(Result<&Record<'a>, BadRecord>) + 't);

/// How many records a log held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Read.
    pub read: u64,
    /// Not readable.
    pub bad: u64,
}

/// Gives each record of a log to a function, in the log's order.
pub fn read_records<'a>(
    log: &'a [u8],
    mut take: impl FnMut(Result<&Record<'a>, BadRecord>),
) -> Result<Counted, Foreign> {
    read_with(log, &mut Index::default(), &mut take)
}

/// The same with an index that is used again.
pub(in crate::trail) fn read_with<'a>(
    log: &'a [u8],
    index: &mut Index,
    take: Records<'a, '_>,
) -> Result<Counted, Foreign> {
    let mut splitter = Splitter::default();
    let (mut rest, mut size) = (log, WINDOW);
    loop {
        let (window, is_last) = match rest.get(..size) {
            Some(window) if window.len() < rest.len() => (window, Last::No),
            _ => (rest, Last::Yes),
        };
        let used = splitter.window(window, is_last, index, &mut *take)?;
        if is_last == Last::Yes {
            return Ok(splitter.counted());
        }
        // A record that does not fit needs a larger window, once.
        size = if used == 0 { size * 4 } else { WINDOW };
        rest = rest.get(used..).unwrap_or_default();
    }
}
