//! A run: one inventory of an organization, from its plan to its end.

use std::collections::BTreeMap;

use super::{RunId, Timestamp};

/// Named counts (API calls by action, store reads and writes, retries), ordered by name.
pub type Counters = BTreeMap<String, u64>;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunState {
    /// The plan is being written; no unit may start.
    Planning,
    /// Units are being worked on.
    Open,
    /// Every unit has ended and what was not seen has been tombstoned.
    Closed,
}

impl RunState {
    /// The state in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// One inventory run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its name, which sorts by the time it was due.
    pub id: RunId,
    /// What started it: `schedule`, `invoke`, `command`.
    pub trigger: String,
    /// The options that every unit of the run reads, as one line of text; two runs with equal options
    /// do the same work, so an interrupted one can be continued.
    pub options: String,
    /// Where it stands.
    pub state: RunState,
    /// When the plan was made.
    pub started: Timestamp,
    /// When it was closed.
    pub finished: Option<Timestamp>,
    /// How many units were planned.
    pub planned: u64,
    /// How many units have ended, whatever their outcome.
    pub ended: u64,
    /// What it cost and what it did.
    pub counters: Counters,
}
