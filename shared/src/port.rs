//! The seams: what the core asks of the world, in model types, object-safe.
//!
//! [`Store`] answers questions that the pipeline and its readers have; it does not expose table
//! operations. [`Queue`] hands units of work to whoever works next, [`FollowUps`] what is to be done with a closed run,
//! [`Redelivery`] says when what failed comes again. [`Sink`] and [`DeadLetters`] take the outbound feed. [`UsageStore`] keeps
//! what was read from logs, [`EventStore`] what was read again because of an event, [`FindingStore`] findings from run to run. [`Clock`] is the only source of the
//! present time; what setting up asks for is in [`setup`]. One conformance suite (`store::conformance`) runs against
//! every `Store`.

mod event;
mod feed;
mod finding;
mod follow_up;
mod logs;
pub mod setup;
mod usage;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;

pub use self::event::{EventStore, Gone, Reread, RereadSaved};
pub use self::feed::{
    Batch, DeadLetter, DeadLetters, Delivery, FeedEvent, FeedMessage, Sink, Verdict,
};
pub use self::finding::FindingStore;
pub use self::follow_up::{FollowUp, FollowUps};
pub use self::logs::{Body, DigestKey, DigestKeys, Level, LogObject, Logs, Signature};
pub use self::usage::{AsideObject, LogRun, LogRunState, SavedCell, UsageQuery, UsageStore};

use crate::model::{
    Change, Counters, Coverage, Entity, EntityId, Kind, Run, RunId, Scope, Stored, Timestamp, Unit,
};

/// Why a store or a queue could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Too much at once, or a passing fault: the same call may succeed later.
    #[error("{what} is busy or unreachable")]
    Busy {
        /// Which store or queue.
        what: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// Somebody else holds what was asked for (a lease, a file lock).
    #[error("{what} is in use by {holder}")]
    Held {
        /// What is held.
        what: String,
        /// Who holds it.
        holder: String,
    },
    /// The caller may not do this.
    #[error("access to {what} was denied")]
    Denied {
        /// Which store or queue, and the action.
        what: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// There is no such store or queue.
    #[error("{what} does not exist: {next_step}")]
    Missing {
        /// Which store or queue.
        what: String,
        /// What to do about it.
        next_step: String,
    },
    /// A newer program wrote the store.
    #[error(
        "{what} has format {found}, this program knows up to {known}: update accesstrail, or use another --store"
    )]
    Newer {
        /// Which store.
        what: String,
        /// The format that was found.
        found: u32,
        /// The newest known format.
        known: u32,
    },
    /// What is stored cannot be understood.
    #[error("{what} holds something unreadable: {item}")]
    Corrupt {
        /// Which store.
        what: String,
        /// Where in it.
        item: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// Anything else; the chain says what.
    #[error("{what} failed")]
    Failed {
        /// Which store or queue, and what it was doing.
        what: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
}

/// A cause whose type nobody branches on.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl PortError {
    /// Whether the same call may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Held { .. })
    }
}

/// Who works on something, and until when nobody else may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The worker. The same worker may always take its own lease again.
    pub owner: String,
    /// The present.
    pub now: Timestamp,
    /// When the lease ends by itself: the worker's deadline.
    pub until: Timestamp,
}

/// The answer to asking for a unit of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The unit is yours.
    Granted {
        /// Where to go on: what the last saved page left, `None` at the start.
        cursor: Option<String>,
        /// How many pages were saved before.
        pages: u32,
        /// How often the unit was claimed, this time included.
        attempt: u32,
    },
    /// Somebody else works on it.
    Held {
        /// Until when at the longest.
        until: Timestamp,
    },
    /// It has ended.
    Ended,
    /// The run does not exist, is closed, or does not contain the unit.
    Unknown,
}

/// The answer to opening a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The run is new and open.
    New,
    /// A run with that id exists; its units are as they were planned the first time.
    Exists(Run),
}

/// One entity as a collector saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The scope that it belongs to.
    pub scope: Scope,
    /// What was seen.
    pub entity: Entity,
    /// When AWS was asked.
    pub observed: Timestamp,
}

/// A page of what a unit saw, saved together with the place to go on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The run.
    pub run: RunId,
    /// The unit.
    pub unit: Unit,
    /// The number of the page, from 0. Saving a number again replaces it.
    pub number: u32,
    /// What was seen.
    pub sightings: Vec<Sighting>,
    /// Where to go on after this page; `None` keeps the unit's cursor as it is.
    pub cursor: Option<String>,
}

/// What saving a page did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Seen for the first time.
    pub created: u64,
    /// Other content than before.
    pub changed: u64,
    /// Seen again after a deletion.
    pub restored: u64,
    /// The same content as before: nothing was written for them.
    pub unchanged: u64,
    /// Older than what is known (see [`Store`]): nothing was written for them.
    pub stale: u64,
    /// Those of the stale that are tombstoned since.
    pub buried: BTreeSet<EntityId>,
    /// Too large for the store: not written.
    pub too_large: u64,
}

impl std::ops::AddAssign for Saved {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.changed += other.changed;
        self.restored += other.restored;
        self.unchanged += other.unchanged;
        self.stale += other.stale;
        self.buried.extend(other.buried);
        self.too_large += other.too_large;
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Units planned.
    pub planned: u64,
    /// Units ended.
    pub ended: u64,
}

/// Which entities a reader wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only of this scope.
    pub scope: Option<Scope>,
    /// Only those whose keys begin so; looked at only together with a kind. At most 200 characters.
    pub beginning: Option<String>,
    /// Deleted ones too.
    pub with_deleted: bool,
}

/// One page of an answer, and where the next one starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// The items, in the order of the store's keys.
    pub items: Vec<T>,
    /// Pass it back to go on; `None` after the last page.
    pub next: Option<String>,
}

/// How long what only an open run needs, and its own coverage, are kept after the run began: 90 days. A
/// run that was not closed by then never will be.
pub const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);

/// Where everything is kept. Every write is conditional and may be repeated: at-least-once delivery,
/// two workers at once and a crash after any write end in the same state.
///
/// # Which answer is newer
///
/// A complete look at a scope is an answer about everything in it and everything that is not: settling it
/// keeps a [`Look`](crate::model::Look), one for the scope and not one for each entity. So what is known
/// of an entity is as new as the latest of
///
/// - its own last sighting that was written, because it was new or different,
/// - its tombstone,
/// - the last settled look at its scope, from the start of that run on, or from the moment of an older
///   answer of AWS's ([`Coverage::as_of`]).
///
/// What was observed before that is stale: it replaces nothing, restores nothing, and creates nothing that
/// the look did not show. An incomplete look says something about those only that it saw.
///
/// Until a run is settled, that it saw an unchanged entity is in its marks alone, and marks are not
/// consulted: what another worker observed after the last settled look and before the mark is still taken
/// for newer if it arrives between the two. The next look then sees the difference.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Opens a run with its units, or returns the run of that id. A run that crashed while it was being
    /// planned is planned again. `run.state`, `planned` and `ended` are the store's to set.
    async fn open_run(&self, run: &Run, units: &[Unit]) -> Result<Opened, PortError>;

    /// One run.
    async fn run(&self, id: &RunId) -> Result<Option<Run>, PortError>;

    /// The newest runs first, at most `limit`.
    async fn runs(&self, limit: usize) -> Result<Vec<Run>, PortError>;

    /// The units of a run that have not ended.
    async fn pending_units(&self, run: &RunId) -> Result<Vec<Unit>, PortError>;

    /// Takes a unit, if nobody else holds it.
    async fn claim_unit(&self, run: &RunId, unit: &Unit, lease: &Lease)
    -> Result<Claim, PortError>;

    /// Gives a unit back before its lease ends, so that the next worker need not wait.
    async fn release_unit(&self, run: &RunId, unit: &Unit, owner: &str) -> Result<(), PortError>;

    /// Saves a page: new and different entities with their change records (each pair atomically), the
    /// marks of what was seen, and last the unit's cursor. Saving it again changes nothing.
    async fn save_page(&self, page: &Page) -> Result<Saved, PortError>;

    /// Ends a unit: its coverage for the run and as the latest of each scope (a later run's latest is not
    /// replaced), its counters into the run, and the run's count of ended units, once.
    async fn end_unit(
        &self,
        run: &RunId,
        unit: &Unit,
        coverage: &[Coverage],
        counters: &Counters,
    ) -> Result<Progress, PortError>;

    /// Takes the closing of a run whose units have all ended. `Granted` to one worker at a time, `Ended`
    /// once the run is closed, `Unknown` while units are pending.
    async fn claim_closing(&self, run: &RunId, lease: &Lease) -> Result<Claim, PortError>;

    /// Applies a run's marks to one of its scopes. Where `coverage` is complete, tombstones the live
    /// entities that the run did not see and that were last observed before it looked, each with the time
    /// at which it was last seen, and keeps the look; a scope that a later look was settled for stays as
    /// it is. Otherwise moves `last_seen` and `observed` of those that it did see. Returns the number of
    /// tombstones. Two that settle one scope at once do no harm.
    async fn settle_scope(&self, run: &RunId, coverage: &Coverage) -> Result<u64, PortError>;

    /// Closes a run: once, with these counters added to the run's. What only an open run needs (units,
    /// marks) and its own coverage are kept for [`KEPT`] after it began; the run, its changes and the
    /// latest coverage stay.
    async fn close_run(
        &self,
        run: &RunId,
        at: Timestamp,
        counters: &Counters,
    ) -> Result<(), PortError>;

    /// Replaces the latest coverage of scopes that no unit looked at (an account that left).
    async fn put_latest_coverage(&self, coverage: &[Coverage]) -> Result<(), PortError>;

    /// The latest coverage of every scope, ordered by scope.
    async fn latest_coverage(&self) -> Result<Vec<Coverage>, PortError>;

    /// The coverage that a run recorded, ordered by scope. It is kept for [`KEPT`] after the run began.
    async fn run_coverage(&self, run: &RunId) -> Result<Vec<Coverage>, PortError>;

    /// Entities, a page at a time. `limit` bounds the page; a page may be shorter, even empty, and still
    /// have a next one.
    async fn entities(
        &self,
        query: &Query,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Stored>, PortError>;

    /// One entity, deleted or not.
    async fn entity(&self, scope: &Scope, id: &EntityId) -> Result<Option<Stored>, PortError>;

    /// What became different about an entity, oldest first.
    async fn history(&self, scope: &Scope, id: &EntityId) -> Result<Vec<Change>, PortError>;

    /// What a run found different, ordered by scope and entity, a page at a time.
    async fn changes(
        &self,
        run: &RunId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Change>, PortError>;

    /// How far the changes of a run were delivered to a sink; `None` before the first acceptance.
    async fn delivery(&self, sink: &str, run: &RunId) -> Result<Option<Delivery>, PortError>;

    /// Keeps how far the changes of a run were delivered, unless more is known to be
    /// ([`Delivery::is_after`]): of two that deliver at once, the farther one stands.
    async fn save_delivery(&self, delivery: &Delivery) -> Result<(), PortError>;

    /// What the store itself has cost since it was opened: `store.read_items`, `store.written_items`,
    /// `store.bodies_written`, `store.requests`.
    fn cost(&self) -> Counters;
}

/// How many entities [`entities`] asks for at once.
const PAGE: usize = 1_000;

/// Every entity that a query asks for, page by page: at most one page of them is in memory.
#[derive(Debug)]
pub struct Entities<'a> {
    store: &'a dyn Store,
    query: Query,
    page: std::vec::IntoIter<Stored>,
    /// Where the next page starts.
    after: Option<String>,
    /// Whether `page` is the last one.
    ended: bool,
}

/// The entities that `query` asks for.
pub fn entities(store: &dyn Store, query: Query) -> Entities<'_> {
    Entities { store, query, page: Vec::new().into_iter(), after: None, ended: false }
}

impl Entities<'_> {
    /// The next entity; `None` after the last one.
    ///
    /// # Errors
    ///
    /// As [`Store::entities`]. The same page is then asked for again.
    pub async fn next(&mut self) -> Result<Option<Stored>, PortError> {
        loop {
            if let Some(stored) = self.page.next() {
                return Ok(Some(stored));
            }
            if self.ended {
                return Ok(None);
            }
            let answer = self.store.entities(&self.query, self.after.as_deref(), PAGE).await?;
            self.page = answer.items.into_iter();
            self.ended = answer.next.is_none();
            self.after = answer.next;
        }
    }
}

/// One message: a unit of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitMessage {
    /// The run.
    pub run: RunId,
    /// The unit.
    pub unit: Unit,
    /// How often the unit was handed on because a deadline came near.
    pub hop: u32,
}

/// Hands units of work to whoever works next.
#[async_trait]
pub trait Queue: Send + Sync + std::fmt::Debug {
    /// Sends every message at least once.
    async fn send(&self, messages: &[UnitMessage]) -> Result<(), PortError>;
}

/// One delivery of a message, as its queue knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The ARN of the queue that delivered it.
    pub queue: String,
    /// The queue's handle of this delivery; the next delivery has another one.
    pub handle: String,
}

/// Tells a queue when to deliver a message again that was not done with.
#[async_trait]
pub trait Redelivery: Send + Sync + std::fmt::Debug {
    /// Delivers again after `delay` from now (whole seconds, at most 12 hours), in place of the queue's own
    /// timeout.
    async fn again_in(&self, receipt: &Receipt, delay: Duration) -> Result<(), PortError>;
}

/// The present time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
