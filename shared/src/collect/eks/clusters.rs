//! Clusters.

use aws_sdk_eks::Client;
use aws_sdk_eks::types::Cluster;

use super::{DESCRIBE_CLUSTER, LIST_CLUSTERS};
use crate::aws::error::CallError;
use crate::aws::time;
use crate::collect::Context;
use crate::collect::resources::{Listed, acts_as, sorted, text};
use crate::collect::stages::Seen;
use crate::model::resource::{Attribute, Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity};

/// The clusters, as ARNs: all that later calls need, and all that the list tells.
pub(super) async fn list(context: &Context, client: &Client) -> Listed<Arn> {
    let (names, failure) = context
        .list(
            &LIST_CLUSTERS,
            |token| client.list_clusters().set_next_token(token).send(),
            |answer| (answer.clusters.unwrap_or_default(), answer.next_token),
        )
        .await;
    Listed::of_names(context, ("eks", "cluster"), names, failure)
}

/// The role, the endpoint and the authentication mode of a cluster.
pub(super) async fn describe(
    context: &Context,
    client: &Client,
    cluster: &Arn,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&DESCRIBE_CLUSTER, || client.describe_cluster().name(cluster.name()).send())
        .await?;
    let Some(found) = answer.cluster else {
        return Ok(Seen::aside(cluster.as_str(), "AWS returned no description of it"));
    };
    let mut seen = Seen::default();
    let node_role = found.compute_config().and_then(|it| it.node_role_arn());
    let acts_as = acts_as(&mut seen, cluster, [found.role_arn(), node_role]);
    seen.entities.push(Entity::Resource(Resource {
        arn: cluster.clone(),
        resource_type: ResourceType::EksCluster,
        name: cluster.name().to_owned(),
        created: time::optional(found.created_at()),
        state: found.status().map(|status| status.as_str().to_owned()),
        parent: None,
        acts_as,
        attributes: facts(&found),
        tags: Some(found.tags.unwrap_or_default().into_iter().collect()),
    }));
    Ok(seen)
}

fn facts(cluster: &Cluster) -> Attributes {
    let access = cluster.access_config();
    let vpc = cluster.resources_vpc_config();
    let keys = cluster.encryption_config().iter();
    let keys = keys.filter_map(|it| it.provider().and_then(|provider| provider.key_arn()));
    let issuer = cluster.identity().and_then(|it| it.oidc()).and_then(|oidc| oidc.issuer());
    attributes([
        ("version", text(cluster.version())),
        ("authentication-mode", text(access.and_then(|it| it.authentication_mode()))),
        (
            "bootstrap-creator-admin",
            access
                .and_then(|it| it.bootstrap_cluster_creator_admin_permissions)
                .map(Attribute::from),
        ),
        ("oidc-issuer", text(issuer)),
        ("endpoint", text(cluster.endpoint())),
        ("endpoint-public-access", vpc.map(|vpc| Attribute::from(vpc.endpoint_public_access()))),
        ("endpoint-private-access", vpc.map(|vpc| Attribute::from(vpc.endpoint_private_access()))),
        ("public-access-cidrs", sorted(vpc.iter().flat_map(|vpc| vpc.public_access_cidrs()))),
        ("vpc-id", text(vpc.and_then(|vpc| vpc.vpc_id()))),
        ("subnet-ids", sorted(vpc.iter().flat_map(|vpc| vpc.subnet_ids()))),
        ("security-groups", sorted(vpc.iter().flat_map(|vpc| vpc.security_group_ids()))),
        ("cluster-security-group", text(vpc.and_then(|vpc| vpc.cluster_security_group_id()))),
        ("encryption-keys", sorted(keys)),
        ("deletion-protection", cluster.deletion_protection.map(Attribute::from)),
    ])
}
