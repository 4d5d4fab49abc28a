//! What is kept because of CloudTrail events: what was read again, and notices.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{PortError, Saved, Sighting, Store};
use crate::model::{CauseEvent, Change, EntityId, Notice, Scope, Timestamp};

/// An entity that AWS says does not exist, or that a complete answer about the thing did not contain.
///
/// AWS was asked by the name that is known of it. So it is gone as it was known: under another name it may be there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gone {
    /// The scope that it belonged to.
    pub scope: Scope,
    /// The entity.
    pub id: EntityId,
    /// The hash of the content that is known of it.
    pub hash: String,
    /// From when on AWS was asked.
    pub observed: Timestamp,
}

/// What was read again because of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reread {
    /// The event.
    pub event: CauseEvent,
    /// What is there.
    pub seen: Vec<Sighting>,
    /// What is not there any more.
    pub gone: Vec<Gone>,
}

impl Reread {
    /// Nothing, so far, because of an event.
    pub fn nothing(event: CauseEvent) -> Self {
        Self { event, seen: Vec::new(), gone: Vec::new() }
    }
}

/// What saving it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RereadSaved {
    /// What became of the sightings.
    pub saved: Saved,
    /// How many entities were tombstoned.
    pub deleted: u64,
    /// What somebody else read, and wrote, meanwhile: entities that are stored otherwise than those that are gone were
    /// known. Nothing was written for them.
    pub met: BTreeSet<EntityId>,
}

impl std::ops::AddAssign for RereadSaved {
    fn add_assign(&mut self, other: Self) {
        self.saved += other.saved;
        self.deleted += other.deleted;
        self.met.extend(other.met);
    }
}

impl RereadSaved {
    /// How many changes were written.
    pub fn changes(&self) -> u64 {
        self.saved.created + self.saved.changed + self.saved.restored + self.deleted
    }
}

/// A store of entities that takes what was read because of events.
///
/// A single answer is compared with what is stored as a page of a run is (see [`Store`]): the newer one stands,
/// whichever is saved first, and saving it again changes nothing.
#[async_trait]
pub trait EventStore: Store {
    /// Saves sightings, each with its change, and tombstones what is gone, is stored as it was known, and was last
    /// observed before that was asked. Every change names the event. What is gone and was seen at the same moment is
    /// there.
    async fn save_reread(&self, reread: &Reread) -> Result<RereadSaved, PortError>;

    /// The changes that name an event, ordered by scope and entity.
    async fn changes_of_event(&self, event: &str) -> Result<Vec<Change>, PortError>;

    /// Keeps notices. Of two of one kind about one thing the later event's stands ([`Notice::replaces`]).
    async fn put_notices(&self, notices: &[Notice]) -> Result<(), PortError>;

    /// Every notice, ordered by kind and what it is about. One that a later run made void is still among them.
    async fn notices(&self) -> Result<Vec<Notice>, PortError>;
}
