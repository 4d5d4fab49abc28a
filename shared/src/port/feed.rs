//! The seams of the outbound feed: where events go, where those go that nobody takes, and how far a run was
//! delivered.

use std::time::Duration;

use async_trait::async_trait;

use super::PortError;
use crate::model::{RunId, Timestamp};

/// How far the changes of a run were delivered to a sink. Kept by [`Store`](super::Store) after the sink
/// accepted them and never before, so that a crash sends an event again and loses none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The sink's name.
    pub sink: String,
    /// The run.
    pub run: RunId,
    /// Where the next page of the run's changes starts; `None` at the first.
    pub cursor: Option<String>,
    /// How many events the sink accepted.
    pub sent: u64,
    /// How many were set aside as dead letters.
    pub set_aside: u64,
    /// Whether every change of the run was delivered or set aside.
    pub ended: bool,
}

impl Delivery {
    /// Nothing was delivered yet.
    pub fn new(sink: &str, run: &RunId) -> Self {
        Self {
            sink: sink.to_owned(),
            run: run.clone(),
            cursor: None,
            sent: 0,
            set_aside: 0,
            ended: false,
        }
    }

    /// How many of the run's changes are done with.
    pub fn position(&self) -> u64 {
        self.sent.saturating_add(self.set_aside)
    }

    /// Whether this is farther than another delivery of the same run to the same sink.
    pub fn is_after(&self, other: &Self) -> bool {
        (self.ended, self.position()) > (other.ended, other.position())
    }
}

/// One event as a sink takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEvent {
    /// The event's id: the same for the same change, however often it is sent.
    pub id: String,
    /// When the change was observed.
    pub at: Timestamp,
    /// The JSON of the event (`docs/events.md`).
    pub body: String,
}

/// What a sink said of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has it.
    Accepted,
    /// It will never take it.
    Refused(String),
    /// It may take it later.
    Later {
        /// Why not now.
        reason: String,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
}

/// How much a sink takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Events.
    pub events: usize,
    /// Bytes of their bodies together. One event is never larger.
    pub bytes: usize,
}

/// Where events go.
#[async_trait]
pub trait Sink: Send + Sync + std::fmt::Debug {
    /// The name under which deliveries are kept. It says nothing that is secret.
    fn name(&self) -> &str;

    /// How much it takes at once.
    fn batch(&self) -> Batch;

    /// Sends a batch once; a verdict for each event, in their order.
    ///
    /// # Errors
    ///
    /// When nothing can be sent at all until somebody repairs it: access denied, no such bus.
    async fn send(&self, events: &[FeedEvent]) -> Result<Vec<Verdict>, PortError>;
}

/// An event that a sink did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The sink.
    pub sink: String,
    /// Why it did not take it.
    pub reason: String,
    /// When it was given up.
    pub at: Timestamp,
    /// The event.
    pub event: FeedEvent,
}

/// Where events go that a sink did not take.
#[async_trait]
pub trait DeadLetters: Send + Sync + std::fmt::Debug {
    /// Keeps every letter, at least once.
    async fn keep(&self, letters: &[DeadLetter]) -> Result<(), PortError>;
}

/// One message: the changes of a closed run are to be delivered to a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedMessage {
    /// The run.
    pub run: RunId,
    /// The sink's name.
    pub sink: String,
    /// How often the rest was handed on because a deadline came near.
    pub hop: u32,
}
