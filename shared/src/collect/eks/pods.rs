//! Pod identity associations: which role a service account of a cluster gets.

use aws_sdk_eks::Client;
use aws_sdk_eks::types::PodIdentityAssociation;

use super::{DESCRIBE_POD, LIST_PODS, Part};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::collect::Context;
use crate::collect::resources::{Listed, acts_as, text};
use crate::collect::stages::Seen;
use crate::model::resource::{Attribute, Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity};

/// The pod identity associations of a cluster, by their ids.
pub(super) async fn list(context: &Context, client: &Client, cluster: &Arn) -> Listed<Part> {
    let (associations, failure) = context
        .list(
            &LIST_PODS,
            |token| {
                client
                    .list_pod_identity_associations()
                    .cluster_name(cluster.name())
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.associations.unwrap_or_default(), answer.next_token),
        )
        .await;
    let mut listed = Listed { seen: Seen { failure, ..Seen::default() }, ..Listed::default() };
    for association in associations {
        let Some(id) = association.association_id.filter(|id| !id.is_empty()) else {
            let what = format!("a pod identity association of {cluster}");
            listed.seen.set_aside.push((what, "it has no id".to_owned()));
            continue;
        };
        listed.items.push(Part { cluster: cluster.clone(), id });
    }
    listed
}

/// The role that a service account gets.
pub(super) async fn describe(
    context: &Context,
    client: &Client,
    pod: &Part,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&DESCRIBE_POD, || {
            client
                .describe_pod_identity_association()
                .cluster_name(pod.cluster.name())
                .association_id(&pod.id)
                .send()
        })
        .await?;
    let what = || format!("pod identity association {} of {}", pod.id, pod.cluster);
    let Some(found) = answer.association else {
        return Ok(Seen::aside(what(), "AWS returned no description of it"));
    };
    let arn = match found.association_arn().unwrap_or_default().parse::<Arn>() {
        Ok(arn) => arn,
        Err(error) => return Ok(Seen::aside(what(), error.to_string())),
    };
    let mut seen = Seen::default();
    let acts_as = acts_as(&mut seen, &arn, [found.role_arn(), found.target_role_arn()]);
    let (namespace, account) = (found.namespace(), found.service_account());
    seen.entities.push(Entity::Resource(Resource {
        arn,
        resource_type: ResourceType::EksPodIdentityAssociation,
        name: format!("{}/{}", namespace.unwrap_or_default(), account.unwrap_or_default()),
        created: time::optional(found.created_at()),
        state: None,
        parent: Some(pod.cluster.clone()),
        acts_as,
        attributes: facts(&found),
        tags: Some(found.tags.unwrap_or_default().into_iter().collect()),
    }));
    Ok(seen)
}

fn facts(pod: &PodIdentityAssociation) -> Attributes {
    attributes([
        ("namespace", text(pod.namespace())),
        ("service-account", text(pod.service_account())),
        // The role that is assumed from the first one, often in another account.
        ("target-role", text(pod.target_role_arn())),
        // Narrows what the role allows here.
        ("policy", text(pod.policy())),
        ("owner", text(pod.owner_arn())),
        ("disable-session-tags", pod.disable_session_tags.map(Attribute::from)),
    ])
}
