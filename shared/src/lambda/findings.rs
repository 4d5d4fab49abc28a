//! What a closed run found is judged, and what became of each finding is kept.

use crate::findings::{Inventory, changed, join, judge};
use crate::model::Timestamp;
use crate::model::finding::{FindingState, Severity};
use crate::port::{FindingStore, PortError, Store};
use crate::store::load;

/// What became of the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of which moment the inventory is.
    pub at: Timestamp,
    /// How many are open.
    pub open: u64,
    /// How many of these are high or critical.
    pub severe: u64,
    /// How many are open since this look.
    pub opened: u64,
    /// How many were resolved by this look.
    pub resolved: u64,
}

/// Judges everything that a store has, and keeps what became different. Doing it again changes nothing, also after it
/// was broken off; a look that is older than what is kept changes nothing either.
///
/// It holds the whole inventory in memory.
///
/// # Errors
///
/// If the store fails.
pub async fn keep(store: &dyn Store, findings: &dyn FindingStore) -> Result<Kept, PortError> {
    let snapshot = load::snapshot(store).await?;
    let inventory = Inventory::of_snapshot(&snapshot);
    let before = findings.findings().await?;
    let now = join(&before, &judge(&inventory), inventory.at);
    let count = |is: &dyn Fn(&crate::model::Finding) -> bool| {
        now.iter().filter(|finding| is(finding)).count() as u64
    };
    let turned = |state| {
        count(&|it| {
            it.state == state && it.turns.last().is_some_and(|turn| turn.at() == inventory.at)
        })
    };
    let kept = Kept {
        at: inventory.at,
        open: count(&|it| it.is_open()),
        severe: count(&|it| it.is_open() && it.detail.severity >= Severity::High),
        opened: turned(FindingState::Opened),
        resolved: turned(FindingState::Resolved),
    };
    findings.save_findings(&changed(&before, now)).await?;
    Ok(kept)
}

#[cfg(test)]
mod tests;
