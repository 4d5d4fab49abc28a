//! Who and what was given power over the organization: delegated administrators, their services, and
//! services with trusted access.

use aws_sdk_organizations::Client;

use super::{
    ADMINISTRATORS, DELEGATED_SERVICES, LIST_ADMINISTRATORS, LIST_DELEGATED_SERVICES,
    LIST_TRUSTED_SERVICES, Look, TRUSTED_SERVICES,
};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::collect::stages::{self, Seen};
use crate::collect::{Context, Interrupted};
use crate::model::organization::{DelegatedAdministrator, DelegatedServices, TrustedService};
use crate::model::{AccountId, Entity};

impl Look<'_, '_> {
    /// The stages `delegated-administrators` and `delegated-services`.
    pub(super) async fn delegation(&mut self) -> Result<(), Interrupted> {
        let administrators = self.administrators().await?;
        if !self.begin(DELEGATED_SERVICES) {
            return Ok(());
        }
        let (context, client) = (self.context, &self.client);
        stages::each(
            self.sink,
            &self.stages,
            DELEGATED_SERVICES,
            &administrators,
            ToString::to_string,
            |account| services(context, client, account),
        )
        .await?;
        self.stages.end(self.sink, DELEGATED_SERVICES).await
    }

    async fn administrators(&mut self) -> Result<Vec<AccountId>, Interrupted> {
        let told = self.stages.is_done(ADMINISTRATORS);
        if (told && self.stages.is_done(DELEGATED_SERVICES))
            || (!told && !self.begin(ADMINISTRATORS))
        {
            return Ok(Vec::new());
        }
        let (answers, failure) = self
            .context
            .list(
                &LIST_ADMINISTRATORS,
                |token| self.client.list_delegated_administrators().set_next_token(token).send(),
                |answer| (answer.delegated_administrators.unwrap_or_default(), answer.next_token),
            )
            .await;
        let mut seen = Seen::default();
        let mut accounts = Vec::new();
        for answer in answers {
            let Some(account) = answer.id().and_then(|id| id.parse::<AccountId>().ok()) else {
                let what = answer.arn.unwrap_or_else(|| "a delegated administrator".to_owned());
                seen.set_aside.push((what, "its account id is not 12 digits".to_owned()));
                continue;
            };
            accounts.push(account.clone());
            seen.entities.push(Entity::DelegatedAdministrator(DelegatedAdministrator {
                account,
                since: time::optional(answer.delegation_enabled_date()),
            }));
        }
        accounts.sort();
        accounts.dedup();
        if !told {
            for (what, reason) in std::mem::take(&mut seen.set_aside) {
                self.stages.set_aside(self.sink, ADMINISTRATORS, &what, &reason);
            }
            seen.tell(self.sink, ADMINISTRATORS);
        }
        if let Some(failure) = failure {
            self.sink.failed(ADMINISTRATORS, failure)?;
        }
        if !told {
            self.stages.end(self.sink, ADMINISTRATORS).await?;
        }
        Ok(accounts)
    }

    /// The stage `trusted-services`.
    pub(super) async fn trusted_services(&mut self) -> Result<(), Interrupted> {
        if !self.begin(TRUSTED_SERVICES) {
            return Ok(());
        }
        let (answers, failure) = self
            .context
            .list(
                &LIST_TRUSTED_SERVICES,
                |token| {
                    self.client
                        .list_aws_service_access_for_organization()
                        .set_next_token(token)
                        .send()
                },
                |answer| (answer.enabled_service_principals.unwrap_or_default(), answer.next_token),
            )
            .await;
        let mut seen = Seen::default();
        for answer in answers {
            let since = time::optional(answer.date_enabled());
            match answer.service_principal.filter(|principal| !principal.is_empty()) {
                Some(principal) => {
                    seen.entities.push(Entity::TrustedService(TrustedService { principal, since }));
                }
                None => seen
                    .set_aside
                    .push(("a trusted service".to_owned(), "it has no principal".to_owned())),
            }
        }
        seen.tell(self.sink, TRUSTED_SERVICES);
        if let Some(failure) = failure {
            self.sink.failed(TRUSTED_SERVICES, failure)?;
        }
        self.stages.end(self.sink, TRUSTED_SERVICES).await
    }
}

async fn services(
    context: &Context,
    client: &Client,
    account: &AccountId,
) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_DELEGATED_SERVICES,
            |token| {
                client
                    .list_delegated_services_for_account()
                    .account_id(account.as_str())
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.delegated_services.unwrap_or_default(), answer.next_token),
        )
        .await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut seen = Seen::default();
    let mut services = Vec::new();
    for answer in answers {
        let since = time::optional(answer.delegation_enabled_date());
        if let Some(principal) = answer.service_principal.filter(|text| !text.is_empty()) {
            services.push((principal, since));
        } else {
            let what = format!("a service delegated to {account}");
            seen.set_aside.push((what, "it has no principal".to_owned()));
        }
    }
    services.sort();
    seen.entities
        .push(Entity::DelegatedServices(DelegatedServices { account: account.clone(), services }));
    Ok(seen)
}
