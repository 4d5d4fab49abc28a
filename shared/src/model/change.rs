//! The change log: what became different, when, and because of what.

use super::{Entity, EntityId, RunId, Scope, Timestamp};

/// What made us look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A scheduled or asked-for inventory run.
    Run(RunId),
    /// A CloudTrail event.
    Event(Box<CauseEvent>),
}

/// The CloudTrail event that made us look. It says where to look and who was there; what is true was then read from
/// AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseEvent {
    /// Its `eventID`.
    pub id: String,
    /// The service that recorded it, as `iam.amazonaws.com`.
    pub source: String,
    /// The operation, as `AttachRolePolicy`.
    pub name: String,
    /// When it happened, by CloudTrail's clock; the beginning of time where the event does not say.
    pub at: Timestamp,
    /// Who did it: the role and not the session, as usage names principals.
    pub actor: String,
    /// Who was behind the session, where the event says.
    pub human: Option<String>,
    /// Where from: an address, or the name of a service.
    pub source_ip: String,
}

/// What became different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Seen for the first time.
    Created,
    /// Seen again with other content.
    Changed,
    /// A complete listing of its scope did not contain it.
    Deleted,
    /// Seen again after it had been deleted.
    Restored,
}

impl ChangeKind {
    /// The kind in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }
}

/// One entry of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The scope of the entity.
    pub scope: Scope,
    /// The entity.
    pub id: EntityId,
    /// What became different.
    pub kind: ChangeKind,
    /// When it was observed, not when it happened.
    pub at: Timestamp,
    /// What made us look.
    pub cause: Cause,
    /// Content hash before; `None` for a creation.
    pub before_hash: Option<String>,
    /// Content hash after; `None` for a deletion.
    pub after_hash: Option<String>,
    /// The content before; `None` for a creation.
    pub before: Option<Entity>,
    /// The content after; `None` for a deletion.
    pub after: Option<Entity>,
}
