//! Database clusters.

use aws_sdk_rds::types::DbCluster;

use super::{CLUSTERS, DESCRIBE_CLUSTERS, Look, PAGE, Wanted, secret, security_groups, tags};
use crate::aws::time;
use crate::collect::Interrupted;
use crate::collect::resources::{acts_as, number, sorted, text};
use crate::collect::stages::Seen;
use crate::model::resource::{Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity};

impl Look<'_, '_> {
    /// The stage `clusters`.
    pub(super) async fn db_clusters(&mut self) -> Result<(), Interrupted> {
        let client = self.client.clone();
        let wanted = Wanted::of(self.context, "cluster:", "db-cluster-id");
        if wanted.is_none() {
            self.sink.complete(CLUSTERS);
            return Ok(());
        }
        let request = |marker: Option<String>| {
            let call = client.describe_db_clusters().set_filters(wanted.filters());
            call.max_records(PAGE).set_marker(marker).send()
        };
        self.pages(CLUSTERS, &DESCRIBE_CLUSTERS, request, |answer| {
            let seen: Seen = answer.db_clusters.unwrap_or_default().iter().map(read).collect();
            (seen, answer.marker)
        })
        .await
    }
}

fn read(cluster: &DbCluster) -> Seen {
    let name = cluster.db_cluster_identifier().unwrap_or_default();
    let arn = match cluster.db_cluster_arn().unwrap_or_default().parse::<Arn>() {
        Ok(arn) => arn,
        Err(error) => return Seen::aside(format!("database cluster {name:?}"), error.to_string()),
    };
    let mut seen = Seen::default();
    let roles = cluster.associated_roles().iter().map(|role| role.role_arn());
    let acts_as = acts_as(&mut seen, &arn, roles.chain([cluster.monitoring_role_arn()]));
    seen.entities.push(Entity::Resource(Resource {
        name: if name.is_empty() { arn.name() } else { name }.to_owned(),
        arn,
        resource_type: ResourceType::DbCluster,
        created: time::optional(cluster.cluster_create_time()),
        state: cluster.status().map(str::to_owned),
        parent: None,
        acts_as,
        tags: Some(tags(cluster.tag_list())),
        attributes: facts(cluster),
    }));
    seen
}

fn facts(cluster: &DbCluster) -> Attributes {
    let members = cluster.db_cluster_members().iter();
    attributes([
        ("engine", text(cluster.engine())),
        ("engine-version", text(cluster.engine_version())),
        ("engine-mode", text(cluster.engine_mode())),
        ("iam-authentication", cluster.iam_database_authentication_enabled.map(Into::into)),
        // With it, whoever may call the Data API needs no network path.
        ("http-endpoint", cluster.http_endpoint_enabled.map(Into::into)),
        ("publicly-accessible", cluster.publicly_accessible.map(Into::into)),
        ("endpoint", text(cluster.endpoint())),
        ("reader-endpoint", text(cluster.reader_endpoint())),
        ("port", number(cluster.port)),
        ("database-name", text(cluster.database_name())),
        ("members", sorted(members.filter_map(|member| member.db_instance_identifier()))),
        ("security-groups", security_groups(cluster.vpc_security_groups())),
        ("storage-encrypted", cluster.storage_encrypted.map(Into::into)),
        ("kms-key-id", text(cluster.kms_key_id())),
        ("master-user-secret", secret(cluster.master_user_secret())),
        ("resource-id", text(cluster.db_cluster_resource_id())),
        ("multi-az", cluster.multi_az.map(Into::into)),
        ("deletion-protection", cluster.deletion_protection.map(Into::into)),
    ])
}
