//! What exists in an AWS organization, as plain values.
//!
//! No I/O, no async, no clock, no AWS SDK type and no stored form: every other stage speaks in these
//! types, so they depend on nothing. Values that AWS may leave out are told apart from values that
//! are empty or false ([`Tri`], [`LastUsed`], [`coverage::Status`]).

pub mod activity;
pub mod arn;
pub mod change;
pub mod coverage;
pub mod credential;
pub mod entity;
pub mod finding;
pub mod id;
pub mod identity_center;
pub mod notice;
pub mod organization;
pub mod pattern;
pub mod policy;
pub mod principal;
pub mod resource;
pub mod run;
pub mod scope;
pub mod snapshot;

pub use arn::Arn;
pub use change::{Cause, CauseEvent, Change, ChangeKind};
pub use coverage::{Authority, Coverage, Look, SetAside, Status, Unavailable};
pub use entity::{Entity, EntityId, Kind, Stored};
pub use finding::{Confidence, Finding, FindingId, FindingKind, FindingState, Severity};
pub use id::{AccountId, Partition, Region, RunId};
pub use notice::{Notice, NoticeKind};
pub use pattern::Pattern;
pub use run::{Counters, Run, RunState};
pub use scope::{Capability, Collector, Scope, Unit};
pub use snapshot::Snapshot;

/// A moment in UTC.
pub type Timestamp = jiff::Timestamp;

/// Reads a time that comes from outside: RFC 3339, not before 1970. Nothing of AWS is older, the name of a
/// run has no sign for its year, and the earliest times that [`Timestamp`] knows trip its own assertions.
pub fn read_time(text: &str) -> Result<Timestamp, id::IdError> {
    let time = if text.starts_with('-') { None } else { text.parse::<Timestamp>().ok() };
    time.filter(|time| *time >= Timestamp::UNIX_EPOCH).ok_or_else(|| id::IdError {
        text: text.to_owned(),
        what: "a time",
        expected: "a time since 1970, for example 2026-11-22T06:00:00Z",
    })
}

/// Key and value pairs as AWS tags carry them, ordered by key.
pub type Tags = std::collections::BTreeMap<String, String>;

/// Yes, no, or not known: a denied read is not a "no".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tri {
    /// AWS said yes.
    True,
    /// AWS said no.
    False,
    /// Nobody could say: the call was denied, or AWS does not track it.
    Unknown,
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// When a credential or a role was last used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LastUsed {
    /// Used at this time; region and service where AWS tells them.
    At {
        /// The time of the last use that AWS recorded.
        time: Timestamp,
        /// The region of that use.
        region: Option<String>,
        /// The service of that use, by its signing name.
        service: Option<String>,
    },
    /// AWS says that it was never used since AWS began to track it (of a password: `no_information`).
    Never,
    /// AWS does not say: there is nothing to be used, it is not tracked, or the read was denied.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_from_outside() {
        for (text, time) in [
            ("2026-11-22T06:00:00Z", "2026-11-22T06:00:00Z"),
            ("2026-11-22T07:00:00.5+01:00", "2026-11-22T06:00:00.5Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(read_time(text).unwrap().to_string(), time);
        }
        for bad in [
            "",
            "yesterday",
            "2026-11-22",
            "1969-12-31T23:59:59.5Z",
            "-009999-01-02T02:00:00Z",
            "-009999-01-02T01:59:58.5Z",
        ] {
            assert!(read_time(bad).is_err(), "{bad}");
        }
    }
}
