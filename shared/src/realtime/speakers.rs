//! Which accounts may speak for what no account holds alone.
//!
//! An event of an account speaks about that account. About the organization and Identity Center speak those that
//! administer them: what another one says of them is no reason to ask AWS, or each account could have them looked at as
//! often as it likes.

use std::collections::BTreeSet;

use crate::model::AccountId;

/// The service that an account administers which Identity Center is delegated to.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html>
const IDENTITY_CENTER: &str = "sso.amazonaws.com";

/// The accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speakers {
    /// For the organization: its management account, and the account that is asked about it.
    organization: BTreeSet<AccountId>,
    /// For Identity Center: these, and the account that it is delegated to.
    identity_center: BTreeSet<AccountId>,
}

impl Speakers {
    /// An account speaks for everything: it is the management account, or the one that is asked instead of it.
    pub fn add(&mut self, account: AccountId) {
        self.organization.insert(account.clone());
        self.identity_center.insert(account);
    }

    /// An account is a delegated administrator of these services, or of some where they are not known. None of them
    /// lets it change the organization: whoever manages policies does so by the organization's resource policy.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html>
    pub fn delegate<'s>(
        &mut self,
        account: AccountId,
        services: Option<impl IntoIterator<Item = &'s str>>,
    ) {
        let is_its = |service: &str| service == IDENTITY_CENTER;
        if services.is_none_or(|services| services.into_iter().any(is_its)) {
            self.identity_center.insert(account);
        }
    }

    /// Whether an account speaks for anything beside itself.
    pub fn knows(&self, account: &AccountId) -> bool {
        self.identity_center.contains(account) || self.organization.contains(account)
    }

    /// Whether what an account says about a unit that it does not hold counts.
    pub fn may(&self, account: &AccountId, collector: &str) -> bool {
        match collector {
            "organization" => self.organization.contains(account),
            _ => self.identity_center.contains(account),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    #[test]
    fn whoever_administers_something_speaks_for_that_alone() {
        let [management, center, guard, unknown, member] =
            ["111122223333", "222233334444", "333344445555", "444455556666", "555566667777"]
                .map(account);
        let mut speakers = Speakers::default();
        speakers.add(management.clone());
        speakers.delegate(center.clone(), Some(["sso.amazonaws.com", "config.amazonaws.com"]));
        speakers.delegate(guard.clone(), Some(["guardduty.amazonaws.com"]));
        speakers.delegate(unknown.clone(), None::<[&str; 0]>);
        let rows = [
            (&management, true, true),
            (&center, false, true),
            (&guard, false, false),
            (&unknown, false, true),
            (&member, false, false),
        ];
        for (account, organization, identity_center) in rows {
            assert_eq!(speakers.may(account, "organization"), organization, "{account}");
            for collector in ["permission-sets", "identity-store"] {
                assert_eq!(speakers.may(account, collector), identity_center, "{account}");
            }
            assert_eq!(speakers.knows(account), organization || identity_center);
        }
    }
}
