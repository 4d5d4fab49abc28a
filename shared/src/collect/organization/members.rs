//! What the planner asks before there are units: who is the management account, which accounts there are, and
//! where they hang.

use std::collections::BTreeMap;

use super::accounts::read as read_account;
use super::{DESCRIBE_ORGANIZATION, LIST_ACCOUNTS, tree};
use crate::aws::error::CallError;
use crate::collect::Context;
use crate::collect::filter::Place;
use crate::model::AccountId;
use crate::model::organization::Account;

/// The management account, where AWS tells it.
pub async fn management_account(context: &Context) -> Option<AccountId> {
    let client = context.session.organizations(&context.region);
    let answer =
        context.call(&DESCRIBE_ORGANIZATION, || client.describe_organization().send()).await;
    answer.ok()?.organization()?.master_account_id()?.parse().ok()
}

/// Every account of the organization; what was listed before a failure is returned beside it.
pub async fn list_accounts(context: &Context) -> (Vec<Account>, Option<CallError>) {
    let client = context.session.organizations(&context.region);
    let (answers, failure) = context
        .list(
            &LIST_ACCOUNTS,
            |token| client.list_accounts().set_next_token(token).send(),
            |answer| (answer.accounts.unwrap_or_default(), answer.next_token),
        )
        .await;
    // An account that cannot be read is set aside by the collector, which lists them again.
    (answers.iter().filter_map(read_account).collect(), failure)
}

/// Where each account hangs, and everything that is in the tree, by id and by path; beside it the first failure,
/// which leaves the tree unfinished.
pub async fn places(context: &Context) -> (Places, Option<CallError>) {
    let client = context.session.organizations(&context.region);
    tree::walk(context, &client).await.into_places()
}

/// The tree as filters see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Where each account hangs.
    pub of: BTreeMap<AccountId, Place>,
    /// The place of each root and unit, itself included, by its id.
    pub units: BTreeMap<String, Place>,
}

impl Places {
    /// Whether there is a unit of that id or path.
    pub fn has(&self, unit: &str) -> bool {
        self.units.contains_key(unit) || self.units.values().any(|place| place.is_below(unit))
    }
}
