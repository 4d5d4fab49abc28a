//! The accounts and their tags; between them, the tree that they hang in.

use super::{ACCOUNT_TAGS, ACCOUNTS, LIST_ACCOUNTS, LIST_TAGS, Look, is_outside};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::collect::stages::{self, Seen};
use crate::collect::{Context, Interrupted};
use crate::model::organization::{Account, AccountState, AccountTags};
use crate::model::{AccountId, Entity, Tags};
use aws_sdk_organizations::Client;

/// The state of an account of which AWS gave none.
const NO_STATE: &str = "UNKNOWN";

impl Look<'_, '_> {
    /// The stages `accounts`, `hierarchy` and `account-tags`.
    pub(super) async fn accounts_and_tags(&mut self) -> Result<(), Interrupted> {
        let accounts = self.accounts().await?;
        Box::pin(self.hierarchy()).await?;
        self.account_tags(&accounts).await
    }

    /// The stage `accounts`; returns the ids for the stage that starts from them.
    async fn accounts(&mut self) -> Result<Vec<AccountId>, Interrupted> {
        let told = self.stages.is_done(ACCOUNTS);
        if told && self.stages.is_done(ACCOUNT_TAGS) {
            return Ok(Vec::new());
        }
        let (answers, failure) = if self.is_lone() {
            (Vec::new(), None)
        } else {
            self.context
                .list(
                    &LIST_ACCOUNTS,
                    |token| self.client.list_accounts().set_next_token(token).send(),
                    |answer| (answer.accounts.unwrap_or_default(), answer.next_token),
                )
                .await
        };
        let outside = self.is_lone() || failure.as_ref().is_some_and(is_outside);
        let mut seen = Seen::default();
        let mut ids = Vec::new();
        for answer in &answers {
            let Some(account) = read(answer) else {
                seen.set_aside.push((
                    answer.arn().or(answer.id()).unwrap_or("an account").to_owned(),
                    format!("its id is not 12 digits: {:?}", answer.id()),
                ));
                continue;
            };
            ids.push(account.id.clone());
            seen.entities.push(Entity::Account(account));
        }
        ids.sort();
        ids.dedup();
        if outside {
            seen = Seen::one(Entity::Account(alone(self.context.account())));
        }
        if !told {
            for (what, reason) in std::mem::take(&mut seen.set_aside) {
                self.stages.set_aside(self.sink, ACCOUNTS, &what, &reason);
            }
            seen.tell(self.sink, ACCOUNTS);
        }
        if let Some(failure) = failure.filter(|_| !outside) {
            self.sink.failed(ACCOUNTS, failure)?;
        }
        if !told {
            self.stages.end(self.sink, ACCOUNTS).await?;
        }
        Ok(ids)
    }

    async fn account_tags(&mut self, accounts: &[AccountId]) -> Result<(), Interrupted> {
        if !self.begin(ACCOUNT_TAGS) {
            return Ok(());
        }
        let (context, client) = (self.context, &self.client);
        stages::each(
            self.sink,
            &self.stages,
            ACCOUNT_TAGS,
            accounts,
            ToString::to_string,
            |account| tags(context, client, account),
        )
        .await?;
        self.stages.end(self.sink, ACCOUNT_TAGS).await
    }
}

async fn tags(context: &Context, client: &Client, account: &AccountId) -> Result<Seen, CallError> {
    let (tags, failure) = context
        .list(
            &LIST_TAGS,
            |token| {
                client
                    .list_tags_for_resource()
                    .resource_id(account.as_str())
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.tags.unwrap_or_default(), answer.next_token),
        )
        .await;
    // Half of an account's tags would be told as all of them.
    if let Some(failure) = failure {
        return Err(failure);
    }
    let tags: Tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    Ok(Seen::one(Entity::AccountTags(AccountTags { account: account.clone(), tags })))
}

/// An account as AWS lists it; `None` where its id is none.
pub(crate) fn read(answer: &aws_sdk_organizations::types::Account) -> Option<Account> {
    // `Status` is retired on 9 September 2026 and says less: `SUSPENDED` for what `State` tells apart
    // as suspended by AWS and closed by the customer.
    // https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    let state = answer
        .state()
        .map(|state| state.as_str().to_owned())
        .or_else(|| answer.status().map(|status| status.as_str().to_owned()))
        .unwrap_or_else(|| NO_STATE.to_owned());
    Some(Account {
        id: answer.id()?.parse().ok()?,
        arn: answer.arn().and_then(|arn| arn.parse().ok()),
        name: answer.name().unwrap_or_default().to_owned(),
        email: answer.email().map(str::to_owned),
        state: AccountState::from(state.as_str()),
        joined_method: answer.joined_method().map(|method| method.as_str().to_owned()),
        joined: time::optional(answer.joined_timestamp()),
    })
}

/// The account of the session, which belongs to no organization. It answered, so it is active.
fn alone(id: &AccountId) -> Account {
    Account {
        id: id.clone(),
        arn: None,
        name: String::new(),
        email: None,
        state: AccountState::Active,
        joined_method: None,
        joined: None,
    }
}
