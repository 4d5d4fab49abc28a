//! What the planner asks before there are units: who is the management account, which accounts there are.

use super::accounts::read as read_account;
use super::{DESCRIBE_ORGANIZATION, LIST_ACCOUNTS};
use crate::aws::error::CallError;
use crate::collect::Context;
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
