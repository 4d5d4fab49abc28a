//! What is in a permission set: one stage for each call.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_ssoadmin::Client;

use super::{
    BOUNDARIES, CUSTOMER, DESCRIBE_SET, GET_BOUNDARY, GET_INLINE, INLINE, LIST_CUSTOMER,
    LIST_MANAGED, LIST_PROVISIONED, LIST_TAGS, Look, MANAGED, PROVISIONING, SetRef, TAGS,
};
use crate::aws::error::{CallError, Fault};
use crate::aws::time;
use crate::collect::stages::{self, Seen};
use crate::collect::{Context, Interrupted};
use crate::model::identity_center::{
    CustomerPolicyReference, PermissionSet, PermissionSetBoundary, PermissionSetCustomerPolicies,
    PermissionSetInlinePolicy, PermissionSetManagedPolicies, PermissionSetProvisioning,
    PermissionSetTags, SetBoundary,
};
use crate::model::policy::PolicyDocument;
use crate::model::{AccountId, Arn, Entity};

/// The accounts that each set is provisioned to, as far as this attempt asked.
pub(super) type Provisioned = BTreeMap<Arn, Vec<AccountId>>;

macro_rules! stage {
    ($look:ident, $stage:ident, $sets:ident, $ask:ident) => {
        if $look.stages.begin($look.sink, $stage) {
            let (context, client) = ($look.context, &$look.client);
            let ask = |set| $ask(context, client, set);
            stages::each($look.sink, &$look.stages, $stage, $sets, SetRef::key, ask).await?;
            $look.stages.end($look.sink, $stage).await?;
        }
    };
}

impl Look<'_, '_> {
    /// The stages `managed-policies` to `tags`.
    pub(super) async fn parts(&mut self, sets: &[SetRef]) -> Result<(), Interrupted> {
        stage!(self, MANAGED, sets, managed);
        stage!(self, CUSTOMER, sets, customer);
        stage!(self, INLINE, sets, inline);
        stage!(self, BOUNDARIES, sets, boundary);
        stage!(self, TAGS, sets, tags);
        Ok(())
    }

    /// The stage `provisioning`; returns the accounts that the assignments are asked for.
    pub(super) async fn provisioning(
        &mut self,
        sets: &[SetRef],
    ) -> Result<Provisioned, Interrupted> {
        let provisioned = Mutex::new(Provisioned::new());
        if !self.stages.begin(self.sink, PROVISIONING) {
            return Ok(Provisioned::new());
        }
        let (context, client, kept) = (self.context, &self.client, &provisioned);
        let ask = |set| keep(context, client, set, kept);
        stages::each(self.sink, &self.stages, PROVISIONING, sets, SetRef::key, ask).await?;
        self.stages.end(self.sink, PROVISIONING).await?;
        Ok(provisioned.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Name, description and session duration.
pub(super) async fn describe(
    context: &Context,
    client: &Client,
    set: &SetRef,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&DESCRIBE_SET, || {
            client
                .describe_permission_set()
                .instance_arn(set.instance.as_str())
                .permission_set_arn(set.arn.as_str())
                .send()
        })
        .await?;
    let found = answer.permission_set.unwrap_or_else(empty);
    let Some(name) = found.name().filter(|name| !name.is_empty()) else {
        return Ok(Seen::aside(set.key(), "AWS returned no name for it"));
    };
    Ok(Seen::one(Entity::PermissionSet(PermissionSet {
        arn: set.arn.clone(),
        instance: set.instance.clone(),
        name: name.to_owned(),
        description: found.description().map(str::to_owned),
        session_duration: found.session_duration().map(str::to_owned),
        relay_state: found.relay_state().map(str::to_owned),
        created: time::optional(found.created_date()),
    })))
}

fn empty() -> aws_sdk_ssoadmin::types::PermissionSet {
    aws_sdk_ssoadmin::types::PermissionSet::builder().build()
}

async fn managed(context: &Context, client: &Client, set: &SetRef) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_MANAGED,
            |token| {
                client
                    .list_managed_policies_in_permission_set()
                    .instance_arn(set.instance.as_str())
                    .permission_set_arn(set.arn.as_str())
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.attached_managed_policies.unwrap_or_default(), answer.next_token),
        )
        .await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut seen = Seen::default();
    let mut policies: Vec<Arn> = Vec::new();
    for answer in answers {
        match answer.arn().unwrap_or_default().parse() {
            Ok(arn) => policies.push(arn),
            Err(error) => {
                let what = format!("managed policy {:?} of {}", answer.name(), set.arn);
                seen.set_aside.push((what, error.to_string()));
            }
        }
    }
    policies.sort();
    policies.dedup();
    seen.entities.push(Entity::PermissionSetManagedPolicies(PermissionSetManagedPolicies {
        permission_set: set.arn.clone(),
        policies,
    }));
    Ok(seen)
}

async fn customer(context: &Context, client: &Client, set: &SetRef) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_CUSTOMER,
            |token| {
                client
                    .list_customer_managed_policy_references_in_permission_set()
                    .instance_arn(set.instance.as_str())
                    .permission_set_arn(set.arn.as_str())
                    .set_next_token(token)
                    .send()
            },
            |answer| {
                (answer.customer_managed_policy_references.unwrap_or_default(), answer.next_token)
            },
        )
        .await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut policies: Vec<CustomerPolicyReference> = answers.into_iter().map(reference).collect();
    policies.sort();
    policies.dedup();
    Ok(Seen::one(Entity::PermissionSetCustomerPolicies(PermissionSetCustomerPolicies {
        permission_set: set.arn.clone(),
        policies,
    })))
}

/// A reference without a path means the path `/`.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CustomerManagedPolicyReference.html>
fn reference(
    answer: aws_sdk_ssoadmin::types::CustomerManagedPolicyReference,
) -> CustomerPolicyReference {
    let path = answer.path.filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
    CustomerPolicyReference { path, name: answer.name }
}

async fn inline(context: &Context, client: &Client, set: &SetRef) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_INLINE, || {
            client
                .get_inline_policy_for_permission_set()
                .instance_arn(set.instance.as_str())
                .permission_set_arn(set.arn.as_str())
                .send()
        })
        .await?;
    // Plain JSON, not percent-encoded as IAM's documents are; empty where there is no policy.
    // https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_GetInlinePolicyForPermissionSet.html
    let document = answer.inline_policy.filter(|text| !text.is_empty()).map(PolicyDocument);
    Ok(Seen::one(Entity::PermissionSetInlinePolicy(PermissionSetInlinePolicy {
        permission_set: set.arn.clone(),
        document,
    })))
}

async fn boundary(context: &Context, client: &Client, set: &SetRef) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_BOUNDARY, || {
            client
                .get_permissions_boundary_for_permission_set()
                .instance_arn(set.instance.as_str())
                .permission_set_arn(set.arn.as_str())
                .send()
        })
        .await;
    let found = match answer {
        Ok(answer) => answer.permissions_boundary,
        // A set that was deleted is gone from the list already, so what was not found is the boundary.
        Err(failure) if failure.fault == Fault::NotFound => None,
        Err(failure) => return Err(failure),
    };
    let mut seen = Seen::default();
    let boundary = match found {
        None => None,
        Some(found) => match (found.customer_managed_policy_reference, found.managed_policy_arn) {
            (Some(customer), _) => Some(SetBoundary::Customer(reference(customer))),
            (None, None) => None,
            (None, Some(arn)) => match arn.parse() {
                Ok(arn) => Some(SetBoundary::Managed(arn)),
                Err(error) => {
                    let what = format!("the boundary of {}", set.arn);
                    return Ok(Seen::aside(what, error.to_string()));
                }
            },
        },
    };
    seen.entities.push(Entity::PermissionSetBoundary(PermissionSetBoundary {
        permission_set: set.arn.clone(),
        boundary,
    }));
    Ok(seen)
}

async fn tags(context: &Context, client: &Client, set: &SetRef) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_TAGS,
            |token| {
                client
                    .list_tags_for_resource()
                    .instance_arn(set.instance.as_str())
                    .resource_arn(set.arn.as_str())
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.tags.unwrap_or_default(), answer.next_token),
        )
        .await;
    match failure {
        Some(failure) => Err(failure),
        None => Ok(Seen::one(Entity::PermissionSetTags(PermissionSetTags {
            permission_set: set.arn.clone(),
            tags: answers.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        }))),
    }
}

async fn keep(
    context: &Context,
    client: &Client,
    set: &SetRef,
    kept: &Mutex<Provisioned>,
) -> Result<Seen, CallError> {
    let (accounts, seen) = provisioning(context, client, set).await?;
    kept.lock().unwrap_or_else(PoisonError::into_inner).insert(set.arn.clone(), accounts);
    Ok(seen)
}

/// The accounts that a set is provisioned to: also those where it awaits being provisioned again.
pub(super) async fn provisioning(
    context: &Context,
    client: &Client,
    set: &SetRef,
) -> Result<(Vec<AccountId>, Seen), CallError> {
    let (answers, failure) = context
        .list(
            &LIST_PROVISIONED,
            |token| {
                client
                    .list_accounts_for_provisioned_permission_set()
                    .instance_arn(set.instance.as_str())
                    .permission_set_arn(set.arn.as_str())
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.account_ids.unwrap_or_default(), answer.next_token),
        )
        .await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut seen = Seen::default();
    let mut accounts: Vec<AccountId> = Vec::new();
    for answer in answers {
        match answer.parse() {
            Ok(account) => accounts.push(account),
            Err(error) => {
                let what = format!("an account of {}", set.arn);
                seen.set_aside.push((what, format!("{error}")));
            }
        }
    }
    accounts.sort();
    accounts.dedup();
    seen.entities.push(Entity::PermissionSetProvisioning(PermissionSetProvisioning {
        permission_set: set.arn.clone(),
        accounts: accounts.clone(),
    }));
    Ok((accounts, seen))
}
