//! One call that CloudTrail recorded, normalized: who, what, on what, with which outcome.
//!
//! An [`Activity`] borrows from the log object that it was read from; millions of them pass through without
//! an allocation each. What is kept of them is [`usage`](crate::usage).

use std::borrow::Cow;

use super::Timestamp;

/// Text of a record: borrowed, unless an escape had to be decoded.
pub type Text<'a> = Cow<'a, str>;

/// What makes a record the same record wherever and however often it is delivered.
///
/// A canonical lower-case UUID is its own 128 bits; any other `eventID` is hashed, and a record without one is
/// known by a hash over all of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u128);

/// When an event happened: milliseconds since 1970, UTC. CloudTrail writes whole seconds; the few services that
/// write a fraction keep three digits of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTime(pub i64);

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

impl EventTime {
    /// Reads RFC 3339, not before 1970.
    pub fn read(text: &str) -> Option<Self> {
        let time = super::read_time(text).ok()?;
        Some(Self(time.as_millisecond()))
    }

    /// Whole hours since 1970.
    pub fn hour(self) -> i64 {
        self.0.div_euclid(HOUR)
    }

    /// As CloudTrail writes it: `2026-11-29T08:30:00Z`, with a fraction only where there is one.
    pub fn text(self) -> String {
        Timestamp::from_millisecond(self.0)
            .map_or_else(|_| self.0.to_string(), |time| time.to_string())
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused for want of permission: not a use of the permission.
    Denied,
    /// It failed otherwise (wrong argument, nothing there, throttled): the permission was used.
    Failed,
}

/// What kind of event a record is, as `eventCategory` and `eventType` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// A call of the control plane, a sign-in, or an event of a service.
    Management,
    /// A call of the data plane.
    Data,
    /// Activity through a VPC endpoint.
    Network,
    /// An unusual rate of calls: about calls, not one of them.
    Insight,
    /// A summary of data events: about calls, not one of them.
    Aggregated,
}

impl Category {
    /// Whether a record of this category is a call of its own, which counts as use.
    pub fn is_call(self) -> bool {
        matches!(self, Self::Management | Self::Data | Self::Network)
    }
}

/// What named the human (or the workload) behind a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedBy {
    /// `sessionContext.sourceIdentity`: set once, cannot be changed in a chain of roles.
    SourceIdentity,
    /// `onBehalfOf.userId`: a user of Identity Center.
    OnBehalfOf,
    /// The name of the role session, which whoever assumes the role chooses.
    SessionName,
}

/// Who is behind a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Human<'a> {
    /// What says so.
    pub by: NamedBy,
    /// The name or id, as the record has it.
    pub name: Text<'a>,
}

/// What reached AWS: the console, an SDK or CLI, a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// A person in the AWS console.
    Console,
    /// The AWS CLI.
    Cli,
    /// An AWS SDK, or a tool made with one.
    Sdk,
    /// An AWS service on somebody's behalf (`invokedBy`), or for itself.
    Service,
    /// Anything else.
    Other,
}

/// One call, normalized.
#[derive(Clone, Debug)]
pub struct Activity<'a> {
    /// The account whose trail received the record; empty when neither record nor key says it.
    pub account: Text<'a>,
    /// The record's identity.
    pub id: EventId,
    /// When it happened.
    pub time: EventTime,
    /// Who, by the stable name: the role and not the session; `service:`, `account:`, `identitycenter:`,
    /// `federated:`, `unknown:` where there is no ARN.
    pub principal: Text<'a>,
    /// Who is behind the session.
    pub human: Option<Human<'a>>,
    /// The service's endpoint, as recorded: `s3.amazonaws.com`.
    pub source: Text<'a>,
    /// The operation, as recorded: `ListObjectsV2`.
    pub name: Text<'a>,
    /// How it ended.
    pub outcome: Outcome,
    /// What kind of event it is.
    pub category: Category,
    /// The region that was called.
    pub region: Text<'a>,
    /// Where from: an address, or a service's name.
    pub source_ip: Text<'a>,
    /// What reached AWS.
    pub caller: Caller,
    /// The access key, where one was used.
    pub access_key: Option<Text<'a>>,
    /// What was acted on: ARNs, each once, in the order found, at most [`MOST_RESOURCES`].
    pub resources: Vec<Text<'a>>,
}

/// How many resources of one event are kept. A batch call names up to a thousand objects of one bucket, of which
/// usage keeps the parent.
pub const MOST_RESOURCES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read() {
        for text in ["2026-11-29T08:30:00Z", "1970-01-01T00:00:00Z", "2026-11-29T08:30:00.125Z"] {
            assert_eq!(EventTime::read(text).unwrap().text(), text);
        }
        assert_eq!(EventTime::read("2026-11-29T08:59:59Z").unwrap().hour(), 498_872);
        for text in ["", "yesterday", "1969-12-31T23:59:59Z", "2026-11-29"] {
            assert_eq!(EventTime::read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_about_calls_is_not_a_call() {
        assert!(Category::Data.is_call());
        assert!(!Category::Insight.is_call());
        assert!(!Category::Aggregated.is_call());
    }
}
