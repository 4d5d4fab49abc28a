//! A snapshot in a few numbers.

use std::collections::BTreeMap;

use crate::model::coverage::AccountCoverage;
use crate::model::{Kind, Snapshot};

/// The numbers that every screen begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many accounts there are. INVARIANT: the sum of the next four.
    pub accounts: usize,
    /// Accounts of which everything was seen.
    pub complete: usize,
    /// Accounts of which something was seen.
    pub partial: usize,
    /// Accounts of which nothing was seen because AWS refused.
    pub denied: usize,
    /// Accounts into which nobody can look: suspended, closed, left.
    pub unavailable: usize,
    /// Entities by kind, kinds without any left out.
    pub kinds: BTreeMap<Kind, usize>,
    /// How many of them are principals.
    pub principals: usize,
    /// How many scopes have been looked at or passed over.
    pub scopes: usize,
    /// Scopes by the word of their status.
    pub statuses: BTreeMap<&'static str, usize>,
}

impl Summary {
    /// Sums up a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut summary = Self::default();
        for coverage in snapshot.accounts().values() {
            summary.accounts += 1;
            match coverage {
                AccountCoverage::Complete => summary.complete += 1,
                AccountCoverage::Partial => summary.partial += 1,
                AccountCoverage::Denied => summary.denied += 1,
                AccountCoverage::Unavailable => summary.unavailable += 1,
            }
        }
        for stored in snapshot.entities() {
            let kind = stored.entity.kind();
            *summary.kinds.entry(kind).or_default() += 1;
            summary.principals += usize::from(kind.is_principal());
        }
        for coverage in snapshot.coverage() {
            summary.scopes += 1;
            *summary.statuses.entry(coverage.status.word()).or_default() += 1;
        }
        summary
    }

    /// Whether something that exists was not seen, although one may look into its account.
    pub fn has_gaps(&self) -> bool {
        self.partial + self.denied > 0
    }
}
