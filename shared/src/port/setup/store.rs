//! Where setting up remembers how far it is.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::super::{Lease, PortError};
use crate::model::Timestamp;

/// The answer to asking for the right to set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupClaim {
    /// It is yours until the lease ends.
    Granted,
    /// Somebody else sets up.
    Held {
        /// Who.
        owner: String,
        /// Until when at the longest.
        until: Timestamp,
    },
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupRunState {
    /// Steps are left.
    Open,
    /// Everything was done.
    Done {
        /// When.
        at: Timestamp,
    },
    /// It was given up: a step failed, or somebody abandoned it.
    GivenUp {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

/// One application of one plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupRun {
    /// Its id, of which every token is made: letters, digits and hyphens, unique.
    pub id: String,
    /// The hash of its plan.
    pub hash: String,
    /// The plan, as its file has it.
    pub plan: String,
    /// When it began.
    pub began: Timestamp,
    /// How it stands.
    pub state: SetupRunState,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Begun, and not known to have ended.
    Begun,
    /// Done.
    Done,
    /// Failed for good.
    Failed,
}

/// What is remembered of a step. It is saved before a call is made, so that whoever comes after a crash makes the
/// same call with the same token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// Which step of the plan, by its id.
    pub step: String,
    /// How it stands.
    pub state: StepState,
    /// The calls that were begun, in their order, each by its verb: the token is made of run, step and verb.
    pub calls: Vec<String>,
    /// What there is to say: why it failed, or where it did not succeed although it was done.
    pub notes: Vec<String>,
    /// When this was saved.
    pub at: Timestamp,
}

/// Keeps the run that is under way, the last one, and what has to be undone one day. Every write may be repeated.
#[async_trait]
pub trait SetupStore: Send + Sync + std::fmt::Debug {
    /// Takes the right to set up, if nobody else has it. The same owner may take it again, and so prolongs it.
    async fn claim_setup(&self, lease: &Lease) -> Result<SetupClaim, PortError>;

    /// Gives it back before the lease ends. Of somebody else's lease nothing happens.
    async fn release_setup(&self, owner: &str) -> Result<(), PortError>;

    /// Opens a run, if none is open: returns the run that is open then. Its steps begin empty. A run that was opened
    /// before is returned as it is.
    async fn open_setup(&self, run: &SetupRun) -> Result<SetupRun, PortError>;

    /// The last run, open or not.
    async fn setup_run(&self) -> Result<Option<SetupRun>, PortError>;

    /// The last run that was done, whatever was tried since.
    async fn done_setup(&self) -> Result<Option<SetupRun>, PortError>;

    /// Ends the open run of this id; one that has ended stays as it is.
    async fn close_setup(&self, run: &str, state: &SetupRunState) -> Result<(), PortError>;

    /// Saves what is remembered of a step, in place of what was.
    async fn save_step(&self, run: &str, step: &StepRecord) -> Result<(), PortError>;

    /// What is remembered of the steps of a run, by the step's id.
    async fn steps(&self, run: &str) -> Result<BTreeMap<String, StepRecord>, PortError>;

    /// Keeps a value under a name, unless there is one: returns the one that is kept. The external id and what has
    /// to be undone are kept so.
    async fn keep_once(&self, name: &str, value: &str) -> Result<String, PortError>;

    /// What is kept, by name.
    async fn kept(&self) -> Result<BTreeMap<String, String>, PortError>;

    /// Forgets what is kept under a name.
    async fn forget(&self, name: &str) -> Result<(), PortError>;
}
