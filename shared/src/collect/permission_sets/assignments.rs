//! Who holds which permission set in which account.
//!
//! AWS lists assignments per set and account only. The accounts are those that the set is provisioned
//! to: an assignment provisions its set, so there is none elsewhere.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignments.html>

use aws_sdk_ssoadmin::Client;
use aws_sdk_ssoadmin::types::PrincipalType;

use super::parts::{self, Provisioned};
use super::{ASSIGNMENTS, LIST_ASSIGNMENTS, Look, PROVISIONING, SetRef};
use crate::aws::error::{CallError, Fault};
use crate::collect::stages::{self, Seen};
use crate::collect::{Context, Interrupted};
use crate::model::identity_center::{Assignee, Assignment};
use crate::model::{AccountId, Entity};

/// A set in an account.
#[derive(Debug)]
struct Pair<'a> {
    set: &'a SetRef,
    account: AccountId,
}

impl Pair<'_> {
    fn key(&self) -> String {
        format!("{}/{}", self.set.arn, self.account)
    }
}

impl Look<'_, '_> {
    /// The stage `assignments`.
    pub(super) async fn assignments(
        &mut self,
        sets: &[SetRef],
        mut provisioned: Provisioned,
    ) -> Result<(), Interrupted> {
        if !self.stages.begin(self.sink, ASSIGNMENTS) {
            return Ok(());
        }
        match self.context.focus().filter(|focus| focus.names().is_some()) {
            // Whether a set is provisioned to an account or not, who holds it there can be asked.
            Some(focus) => {
                for set in sets {
                    let accounts = focus.after(&format!("{}/", set.arn));
                    let accounts = accounts.iter().filter_map(|account| account.parse().ok());
                    provisioned.insert(set.arn.clone(), accounts.collect());
                }
            }
            None => self.remember(sets, &mut provisioned).await?,
        }
        let mut pairs: Vec<Pair<'_>> = sets
            .iter()
            .flat_map(|set| {
                let accounts = provisioned.remove(&set.arn).unwrap_or_default();
                accounts.into_iter().map(move |account| Pair { set, account })
            })
            .collect();
        pairs.sort_by_cached_key(Pair::key);
        let (context, client) = (self.context, &self.client);
        let ask = |pair| assigned(context, client, pair);
        stages::each(self.sink, &self.stages, ASSIGNMENTS, &pairs, Pair::key, ask).await?;
        self.stages.end(self.sink, ASSIGNMENTS).await
    }

    /// Asks again for the accounts of sets that an earlier attempt had asked for, unless it had come to
    /// the end of their assignments too.
    async fn remember(
        &mut self,
        sets: &[SetRef],
        provisioned: &mut Provisioned,
    ) -> Result<(), Interrupted> {
        for set in sets {
            let asked = self.stages.is_done(PROVISIONING)
                || self.stages.after(PROVISIONING).is_some_and(|after| *set.key() <= *after);
            // `~` comes after every account id.
            let last = format!("{}/~", set.arn);
            let assigned = self.stages.after(ASSIGNMENTS).is_some_and(|after| after > &*last);
            if !asked || assigned {
                continue;
            }
            match parts::provisioning(self.context, &self.client, set).await {
                Ok((accounts, _)) => {
                    provisioned.insert(set.arn.clone(), accounts);
                }
                Err(failure) if failure.fault == Fault::NotFound => {}
                Err(failure) => self.sink.failed(ASSIGNMENTS, failure)?,
            }
        }
        Ok(())
    }
}

async fn assigned(context: &Context, client: &Client, pair: &Pair<'_>) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_ASSIGNMENTS,
            |token| {
                client
                    .list_account_assignments()
                    .instance_arn(pair.set.instance.as_str())
                    .permission_set_arn(pair.set.arn.as_str())
                    .account_id(pair.account.as_str())
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.account_assignments.unwrap_or_default(), answer.next_token),
        )
        .await;
    let mut seen = Seen { failure, ..Seen::default() };
    for answer in answers {
        let (kind, id) = (answer.principal_type(), answer.principal_id().unwrap_or_default());
        let assignee = match kind {
            _ if id.is_empty() => None,
            Some(PrincipalType::User) => Some(Assignee::User(id.to_owned())),
            Some(PrincipalType::Group) => Some(Assignee::Group(id.to_owned())),
            Some(other) => Some(Assignee::Other(other.as_str().to_owned(), id.to_owned())),
            None => None,
        };
        match assignee {
            Some(assignee) => seen.entities.push(Entity::Assignment(Assignment {
                account: pair.account.clone(),
                permission_set: pair.set.arn.clone(),
                assignee,
            })),
            None => seen
                .set_aside
                .push((pair.key(), "an assignment to nobody that AWS names".to_owned())),
        }
    }
    Ok(seen)
}
