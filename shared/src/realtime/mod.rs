//! CloudTrail events → where to look again.
//!
//! An event is a hint: it says which objects somebody may have changed, who that was and when. What is true is then
//! read from AWS by the collectors, so order and repetition of events cannot matter. Here it is decided, without
//! asking anybody, what a batch of events points at: objects to read again ([`table`]), units that only a run can
//! bring up to date, and changes to what accesstrail itself stands on.
//!
//! ```text
//! SQS body ──► message ──► Event ──► table ──► Batch: unit → names to look at, stale units, health
//! ```

pub mod batch;
pub mod event;
pub mod hub;
pub mod message;
pub mod settle;
pub mod speakers;
pub mod table;

use crate::model::{AccountId, Capability, Partition, Region};

pub use batch::{Batch, Look, Named};
pub use event::{Event, EventError};
pub use hub::Hub;
pub use message::{Message, Shape};
pub use speakers::Speakers;
pub use table::{Finding, find};

/// What the table has to know about where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The account that is asked about the organization and Identity Center.
    pub account: AccountId,
    /// Its partition, which is that of every account of an organization.
    pub partition: Partition,
    /// The stack of the hub, where it is known.
    pub hub: Option<Hub>,
}

/// Whether an object is there after an event, as far as the event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expect {
    /// It was made, or changed: it is there.
    There,
    /// It was deleted.
    Gone,
    /// The event does not tell.
    Either,
}

/// Whose word counts about what the account of an event does not hold: the organization, or Identity Center.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heard {
    /// That of accounts which may speak for it ([`Speakers`]).
    OfSpeakers,
    /// That of others is no reason to look, and leaves the unit stale.
    Noted,
    /// That of every account: it says so of itself.
    OfAnyone,
}

/// One thing to look at again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Touch {
    /// The account of the unit.
    pub account: AccountId,
    /// The region of the unit.
    pub region: Region,
    /// The collector of the unit.
    pub collector: &'static str,
    /// Only these capabilities; all where empty.
    pub capabilities: &'static [Capability],
    /// The object, by a name that its collector knows ([`table`]); the whole unit where there is none.
    pub name: Option<String>,
    /// Whether it should be there.
    pub expect: Expect,
    /// Whose word counts, where the account is another one than the event's.
    pub heard: Heard,
    /// Whether AWS answers first and does it afterwards.
    pub slow: bool,
}
