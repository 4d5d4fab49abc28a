//! What answers take for granted because nobody collected otherwise: said beside them, so that nothing flips in silence.

use std::collections::BTreeSet;

use super::estate::{Estate, Organization};

/// What is taken for granted about accounts whose principals ask, or whose resources are asked for.
pub fn assumed<'a>(estate: &Estate, accounts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let Some(organization) = &estate.organization else {
        return vec![
            "no organization was collected: its policies are taken not to be there".to_owned(),
        ];
    };
    let accounts: BTreeSet<&str> =
        accounts.into_iter().filter(|account| !account.is_empty()).collect();
    accounts.into_iter().filter_map(|account| of_account(organization, account)).collect()
}

fn of_account(organization: &Organization, account: &str) -> Option<String> {
    let Some(guard) = organization.accounts.get(account) else {
        if organization.others.is_some() {
            return Some(format!(
                "the accounts of the organization could not be read: what it lays on account {account} is not known"
            ));
        }
        return Some(format!(
            "account {account} is not in the organization that was collected: it is taken to have none"
        ));
    };
    if organization.management.is_none() && !guard.scps.is_empty() {
        return Some(format!(
            "the management account is not known: account {account} is taken to be another"
        ));
    }
    let is_management = organization.management.as_deref() == Some(account);
    (guard.scps.is_empty() && !is_management).then(|| {
        format!("no service control policy was collected for account {account}: none is taken to limit it")
    })
}
