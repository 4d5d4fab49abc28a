//! Where findings are kept from run to run.

use async_trait::async_trait;

use super::PortError;
use crate::model::Finding;

/// A store of findings.
///
/// What becomes of a finding is decided before it is saved (`findings::join`); a store keeps the newest of each id.
#[async_trait]
pub trait FindingStore: std::fmt::Debug + Send + Sync {
    /// Every finding that is kept, the resolved ones too, in the order of the ids.
    async fn findings(&self) -> Result<Vec<Finding>, PortError>;

    /// Saves findings, each by itself. One whose kept version was seen or turned later is left as it is; saving
    /// again changes nothing.
    async fn save_findings(&self, findings: &[Finding]) -> Result<(), PortError>;
}
