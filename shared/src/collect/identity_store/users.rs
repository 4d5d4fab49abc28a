//! The users of the identity stores, page by page.

use aws_sdk_identitystore::types::User;
use serde::{Deserialize, Serialize};

use super::groups::pairs;
use super::{DESCRIBE_USER, LIST_USERS, Look, USERS, external_ids};
use crate::aws::error::{CallError, Fault};
use crate::collect::Interrupted;
use crate::collect::context::{Pager, Turn};
use crate::collect::stages::{self, Seen};
use crate::model::Entity;
use crate::model::identity_center::StoreUser;

/// Where the list of users is.
#[derive(Debug, Serialize, Deserialize)]
struct Reached {
    /// The identity store.
    store: String,
    /// The token of the next page.
    token: String,
}

/// How the list of a store ended.
enum Ended {
    /// With its last page.
    Whole,
    /// With a failure.
    Early(CallError),
    /// AWS does not take the token any more.
    TokenRefused(CallError),
}

impl Look<'_, '_> {
    /// The stage `users`.
    pub(super) async fn users(&mut self, stores: &[String]) -> Result<(), Interrupted> {
        if !self.stages.begin(self.sink, USERS) {
            return Ok(());
        }
        if self.context.focus().is_some_and(|focus| focus.names().is_some()) {
            self.named_users(stores).await?;
            return self.stages.end(self.sink, USERS).await;
        }
        let reached: Option<Reached> =
            self.stages.after(USERS).and_then(|after| serde_json::from_str(after).ok());
        if self.users_after(stores, reached).await?.is_some() {
            // A token is perishable. What was told is told again, so it must not count twice.
            self.sink.start_over(USERS);
            if let Some(refused) = self.users_after(stores, None).await? {
                self.sink.failed(USERS, refused)?;
            }
        }
        self.stages.end(self.sink, USERS).await
    }

    /// The users that the context's focus names.
    async fn named_users(&mut self, stores: &[String]) -> Result<(), Interrupted> {
        let names = self.context.focus().map(|focus| focus.after("user/")).unwrap_or_default();
        for (store, id) in pairs(stores, &names) {
            let request =
                || self.client.describe_user().identity_store_id(store).user_id(id).send();
            match self.context.call(&DESCRIBE_USER, request).await {
                Ok(answer) => {
                    let user = User::builder()
                        .user_id(answer.user_id)
                        .user_arn(answer.user_arn)
                        .revision(answer.revision)
                        .identity_store_id(store)
                        .set_user_name(answer.user_name)
                        .set_display_name(answer.display_name)
                        .set_emails(answer.emails)
                        .set_user_status(answer.user_status)
                        .set_external_ids(answer.external_ids)
                        .build();
                    match user {
                        Ok(user) => read_all(store, &[user]).tell(self.sink, USERS),
                        Err(error) => self.sink.set_aside(USERS, id.clone(), error.to_string()),
                    }
                }
                Err(failure) if failure.fault == Fault::NotFound => {}
                Err(failure) => self.sink.failed(USERS, failure)?,
            }
        }
        Ok(())
    }

    /// Lists the users of all stores from `reached` on. Returns the failure if a token was refused.
    async fn users_after(
        &mut self,
        stores: &[String],
        reached: Option<Reached>,
    ) -> Result<Option<CallError>, Interrupted> {
        for store in stores {
            let token = match &reached {
                Some(reached) if *store < reached.store => continue,
                Some(reached) if *store == reached.store => Some(reached.token.clone()),
                _ => None,
            };
            match self.users_of(store, token).await? {
                Ended::Whole => {}
                Ended::Early(failure) => self.sink.failed(USERS, failure)?,
                Ended::TokenRefused(failure) => return Ok(Some(failure)),
            }
        }
        Ok(None)
    }

    async fn users_of(&mut self, store: &str, token: Option<String>) -> Result<Ended, Interrupted> {
        let mut pager = Pager::new(token);
        loop {
            let token = pager.token().map(str::to_owned);
            let answer = self
                .context
                .call_page(&LIST_USERS, token.as_deref(), || {
                    self.client
                        .list_users()
                        .identity_store_id(store)
                        .set_next_token(token.clone())
                        .send()
                })
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(failure) if failure.fault == Fault::TokenRefused => {
                    return Ok(Ended::TokenRefused(failure));
                }
                Err(failure) => return Ok(Ended::Early(failure)),
            };
            read_all(store, &answer.users).tell(self.sink, USERS);
            match pager.turn(answer.next_token) {
                Turn::End => return Ok(Ended::Whole),
                Turn::Loop => return Ok(Ended::Early(self.context.paging_loop(&LIST_USERS))),
                Turn::Page => {
                    let token = pager.token().unwrap_or_default().to_owned();
                    let reached = Reached { store: store.to_owned(), token };
                    // Strings always have a form.
                    let reached = serde_json::to_string(&reached).unwrap_or_default();
                    self.sink.page(Some(stages::reached(USERS, &reached))).await?;
                }
            }
        }
    }
}

fn read_all(store: &str, users: &[User]) -> Seen {
    let mut seen = Seen::default();
    for user in users {
        if user.user_id().is_empty() {
            let what = format!("user {:?} of {store}", user.user_name().unwrap_or_default());
            seen.set_aside.push((what, "it has no id".to_owned()));
            continue;
        }
        seen.entities.push(Entity::StoreUser(read(store, user)));
    }
    seen
}

fn read(store: &str, user: &User) -> StoreUser {
    let emails = user.emails();
    let email = emails
        .iter()
        .find(|email| email.primary() && email.value().is_some())
        .or_else(|| emails.iter().find(|email| email.value().is_some()));
    StoreUser {
        identity_store: store.to_owned(),
        id: user.user_id().to_owned(),
        user_name: user.user_name().map(str::to_owned),
        display_name: user.display_name().map(str::to_owned),
        email: email.and_then(|email| email.value()).map(str::to_owned),
        status: user.user_status().map(|status| status.as_str().to_owned()),
        external_ids: external_ids(user.external_ids()),
    }
}
