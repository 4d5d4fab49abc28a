//! Access entries: which IAM principals may enter a cluster, and with what.

use std::collections::BTreeMap;

use aws_sdk_eks::Client;
use aws_sdk_eks::types::{AccessEntry, AssociatedAccessPolicy};

use super::{DESCRIBE_ENTRY, ENTRY_POLICIES, LIST_ENTRIES, LIST_ENTRY_POLICIES, Part};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::collect::Context;
use crate::collect::resources::{Kept, Listed, setting, sorted, text};
use crate::collect::stages::Seen;
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity};

/// The access entries of a cluster, by their principals.
pub(super) async fn list(context: &Context, client: &Client, cluster: &Arn) -> Listed<Part> {
    let (principals, failure) = context
        .list(
            &LIST_ENTRIES,
            |token| {
                client
                    .list_access_entries()
                    .cluster_name(cluster.name())
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.access_entries.unwrap_or_default(), answer.next_token),
        )
        .await;
    let part = |id| Part { cluster: cluster.clone(), id };
    let failure = failure.filter(|failure| !has_no_entries(failure));
    let items = principals.into_iter().map(part).collect();
    Listed { items, seen: Seen { failure, ..Seen::default() } }
}

/// A cluster whose authentication mode is `CONFIG_MAP` has no access entries, and calls the question invalid.
///
/// <https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html>
fn has_no_entries(failure: &CallError) -> bool {
    failure.has_code("InvalidRequestException") && failure.summary.contains("authentication mode")
}

/// Describes an entry; keeps its ARN for who asks for its policies.
pub(super) async fn describe(
    context: &Context,
    client: &Client,
    entry: &Part,
    kept: &Kept<Arn>,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&DESCRIBE_ENTRY, || {
            client
                .describe_access_entry()
                .cluster_name(entry.cluster.name())
                .principal_arn(&entry.id)
                .send()
        })
        .await?;
    let what = || format!("access entry of {} in {}", entry.id, entry.cluster);
    let Some(found) = answer.access_entry else {
        return Ok(Seen::aside(what(), "AWS returned no description of it"));
    };
    let arn = match found.access_entry_arn().unwrap_or_default().parse::<Arn>() {
        Ok(arn) => arn,
        Err(error) => return Ok(Seen::aside(what(), error.to_string())),
    };
    kept.keep(entry.key(), arn.clone());
    Ok(Seen::one(Entity::Resource(read(arn, entry, found))))
}

fn read(arn: Arn, entry: &Part, found: AccessEntry) -> Resource {
    Resource {
        arn,
        resource_type: ResourceType::EksAccessEntry,
        name: entry.id.clone(),
        created: time::optional(found.created_at()),
        state: None,
        parent: Some(entry.cluster.clone()),
        acts_as: Vec::new(),
        attributes: attributes([
            ("principal-arn", text(Some(&entry.id))),
            ("type", text(found.r#type())),
            ("username", text(found.username())),
            ("kubernetes-groups", sorted(found.kubernetes_groups())),
        ]),
        tags: Some(found.tags.unwrap_or_default().into_iter().collect()),
    }
}

/// The access policies of an entry: where each holds in the cluster.
pub(super) async fn policies(
    context: &Context,
    client: &Client,
    entry: &Part,
    kept: &Kept<Arn>,
) -> Result<Seen, CallError> {
    if kept.get(&entry.key()).is_none() {
        let seen = describe(context, client, entry, kept).await?;
        // What was set aside there is set aside here, or its policies would count as gone.
        if !seen.set_aside.is_empty() {
            return Ok(Seen { entities: Vec::new(), ..seen });
        }
    }
    let Some(arn) = kept.get(&entry.key()) else { return Ok(Seen::default()) };
    let (answers, failure) = context
        .list(
            &LIST_ENTRY_POLICIES,
            |token| {
                client
                    .list_associated_access_policies()
                    .cluster_name(entry.cluster.name())
                    .principal_arn(&entry.id)
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.associated_access_policies.unwrap_or_default(), answer.next_token),
        )
        .await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    // By ARN: one policy is associated with an entry once.
    let policies: BTreeMap<String, Attribute> = answers.iter().filter_map(scope).collect();
    let facts = (!policies.is_empty()).then(|| {
        let list: Vec<Attribute> = policies.into_values().collect();
        attributes([("policies", Some(list.into()))])
    });
    Ok(Seen::one(setting(&arn, ENTRY_POLICIES, facts)))
}

/// A policy, and where it holds: in the whole cluster, or in namespaces.
fn scope(policy: &AssociatedAccessPolicy) -> Option<(String, Attribute)> {
    let arn = policy.policy_arn()?;
    let scope = policy.access_scope();
    let facts = attributes([
        ("policy", text(Some(arn))),
        ("scope", text(scope.and_then(|scope| scope.r#type()))),
        ("namespaces", sorted(scope.iter().flat_map(|scope| scope.namespaces()))),
    ]);
    Some((arn.to_owned(), facts.into()))
}
