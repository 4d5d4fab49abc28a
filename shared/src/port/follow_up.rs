//! What is done once a run is closed.

use async_trait::async_trait;

use super::{FeedMessage, PortError};
use crate::model::RunId;

/// One message: something is to be done with a closed run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowUp {
    /// Its changes are to be delivered to a sink.
    Feed(FeedMessage),
    /// What it found is to be judged.
    Findings(RunId),
}

/// Hands what is to be done to whoever works next.
#[async_trait]
pub trait FollowUps: Send + Sync + std::fmt::Debug {
    /// Asks for everything at least once.
    async fn ask(&self, follow_ups: &[FollowUp]) -> Result<(), PortError>;
}
