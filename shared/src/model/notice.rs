//! What an event said that no reading of AWS settles: a scope that nobody has looked at since, and that something
//! which accesstrail stands on was changed.

use super::change::CauseEvent;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// A unit may show other things than are stored, until a run looks at it.
    Stale,
    /// Something that accesstrail stands on was changed: a rule, a trail, a queue, a role or a stack of its own.
    Health,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Stale, Self::Health];

    /// The kind in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Health => "health",
        }
    }
}

/// A notice: of one kind, about one thing, because of the latest event that gave cause to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The kind.
    pub kind: NoticeKind,
    /// What it is about: a unit (`account/region/collector`), or the ARN or name of what was changed.
    pub about: String,
    /// What happened, and what to do, as one sentence.
    pub what: String,
    /// The event.
    pub event: CauseEvent,
}

impl Notice {
    /// Whether it is to stand in place of another one about the same thing: the later event does.
    pub fn replaces(&self, other: &Self) -> bool {
        let order = |notice: &Self| (notice.event.at, notice.event.id.clone(), notice.what.clone());
        order(self) > order(other)
    }
}
