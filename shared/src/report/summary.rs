//! A snapshot in a few numbers.

use std::collections::BTreeMap;

use crate::model::coverage::AccountCoverage;
use crate::model::resource::ResourceType;
use crate::model::{AccountId, Entity, Kind, Snapshot};

/// The numbers that every screen begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many accounts were looked into, or found not to let anybody. INVARIANT: the sum of the next four.
    pub accounts: usize,
    /// Accounts of which everything was seen.
    pub complete: usize,
    /// Accounts of which something was seen.
    pub partial: usize,
    /// Accounts of which nothing was seen because AWS refused.
    pub denied: usize,
    /// Accounts into which nobody can look: suspended, closed, left.
    pub unavailable: usize,
    /// Accounts that are known by name and were not looked into. They are none of `accounts`.
    pub unseen: usize,
    /// Entities by kind, kinds without any left out.
    pub kinds: BTreeMap<Kind, usize>,
    /// How many of them are principals.
    pub principals: usize,
    /// Resources by type, types without any left out.
    pub resources: BTreeMap<ResourceType, usize>,
    /// How many scopes have been looked at or passed over.
    pub scopes: usize,
    /// Scopes by the word of their status.
    pub statuses: BTreeMap<&'static str, usize>,
}

impl Summary {
    /// Sums up a snapshot, whose accounts are covered like this.
    pub fn of(snapshot: &Snapshot, accounts: &BTreeMap<AccountId, AccountCoverage>) -> Self {
        let mut summary = Self::default();
        for coverage in accounts.values() {
            match coverage {
                AccountCoverage::Complete => summary.complete += 1,
                AccountCoverage::Partial => summary.partial += 1,
                AccountCoverage::Denied => summary.denied += 1,
                AccountCoverage::Unavailable => summary.unavailable += 1,
                AccountCoverage::Unseen => summary.unseen += 1,
            }
        }
        summary.accounts = accounts.len() - summary.unseen;
        for stored in snapshot.entities() {
            let kind = stored.entity.kind();
            *summary.kinds.entry(kind).or_default() += 1;
            summary.principals += usize::from(kind.is_principal());
            if let Entity::Resource(resource) = &stored.entity {
                *summary.resources.entry(resource.resource_type).or_default() += 1;
            }
        }
        for coverage in snapshot.coverage() {
            summary.scopes += 1;
            *summary.statuses.entry(coverage.status.word()).or_default() += 1;
        }
        summary
    }

    /// The types of resources with their numbers, the most frequent first.
    pub fn resources_by_number(&self) -> Vec<(ResourceType, usize)> {
        let mut types: Vec<_> = self.resources.iter().map(|(it, count)| (*it, *count)).collect();
        types.sort_by_key(|(it, count)| (std::cmp::Reverse(*count), it.name()));
        types
    }

    /// Whether something that exists was not seen, although one may look into its account.
    pub fn has_gaps(&self) -> bool {
        self.partial + self.denied > 0
    }
}

#[cfg(feature = "testing")]
#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::sample::{ACCOUNT, at, resource, stored_in};

    const ALL: [AccountCoverage; 5] = [
        AccountCoverage::Complete,
        AccountCoverage::Partial,
        AccountCoverage::Denied,
        AccountCoverage::Unavailable,
        AccountCoverage::Unseen,
    ];

    fn accounts(coverage: &[AccountCoverage]) -> BTreeMap<AccountId, AccountCoverage> {
        let numbered = coverage.iter().enumerate();
        numbered.map(|(number, it)| (format!("{number:012}").parse().unwrap(), *it)).collect()
    }

    #[test]
    fn nothing_is_zero_and_no_gap() {
        let summary = Summary::of(&Snapshot::default(), &BTreeMap::new());
        assert_eq!(summary, Summary::default());
        assert!(!summary.has_gaps());
    }

    #[test]
    fn gaps_are_where_something_could_have_been_seen() {
        let rows = [
            (AccountCoverage::Complete, false),
            (AccountCoverage::Partial, true),
            (AccountCoverage::Denied, true),
            // Nobody can look there, and nobody asked for those.
            (AccountCoverage::Unavailable, false),
            (AccountCoverage::Unseen, false),
        ];
        for (coverage, gap) in rows {
            let summary = Summary::of(&Snapshot::default(), &accounts(&[coverage]));
            assert_eq!(summary.has_gaps(), gap, "{coverage:?}");
        }
    }

    #[test]
    fn resources_are_counted_by_type_the_most_frequent_first() {
        let [bucket, key, other] = [ResourceType::Bucket, ResourceType::Key, ResourceType::Topic];
        let entities = [("b", bucket), ("k", key), ("k2", key), ("t", other)].map(|(name, it)| {
            let scope = format!("{ACCOUNT}/eu-west-1/kms/keys").parse().unwrap();
            stored_in(
                scope,
                resource(&format!("arn:aws:kms:eu-west-1:{ACCOUNT}:{name}"), it),
                at(0),
            )
        });
        let summary = Summary::of(&Snapshot::new(entities, []), &BTreeMap::new());
        assert_eq!(summary.resources, BTreeMap::from([(bucket, 1), (key, 2), (other, 1)]));
        assert_eq!(summary.resources_by_number(), [(key, 2), (bucket, 1), (other, 1)]);
        assert_eq!(summary.kinds, BTreeMap::from([(Kind::Resource, 4)]));
        assert_eq!(summary.principals, 0);
    }

    proptest! {
        #[test]
        fn accounts_in_are_accounts_out(picked in proptest::collection::vec(0_usize..5, 0..40)) {
            let coverage: Vec<AccountCoverage> = picked.iter().map(|it| ALL[*it]).collect();
            let summary = Summary::of(&Snapshot::default(), &accounts(&coverage));
            let parts = summary.complete + summary.partial + summary.denied + summary.unavailable;
            prop_assert_eq!(summary.accounts, parts);
            prop_assert_eq!(summary.accounts + summary.unseen, coverage.len());
        }
    }
}
