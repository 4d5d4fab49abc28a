//! Database instances.

use aws_sdk_rds::types::DbInstance;

use super::{DESCRIBE_INSTANCES, INSTANCES, Look, PAGE, Wanted, secret, security_groups, tags};
use crate::aws::time;
use crate::collect::resources::{acts_as, arn, number, text};
use crate::collect::stages::Seen;
use crate::collect::{Context, Interrupted};
use crate::model::resource::{Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity};

impl Look<'_, '_> {
    /// The stage `instances`.
    pub(super) async fn db_instances(&mut self) -> Result<(), Interrupted> {
        let (context, client) = (self.context, self.client.clone());
        let wanted = Wanted::of(self.context, "db:", "db-instance-id");
        if wanted.is_none() {
            self.sink.complete(INSTANCES);
            return Ok(());
        }
        let request = |marker: Option<String>| {
            let call = client.describe_db_instances().set_filters(wanted.filters());
            call.max_records(PAGE).set_marker(marker).send()
        };
        self.pages(INSTANCES, &DESCRIBE_INSTANCES, request, |answer| {
            let found = answer.db_instances.unwrap_or_default();
            let seen: Seen = found.iter().map(|instance| read(context, instance)).collect();
            (seen, answer.marker)
        })
        .await
    }
}

fn read(context: &Context, instance: &DbInstance) -> Seen {
    let name = instance.db_instance_identifier().unwrap_or_default();
    let arn = match instance.db_instance_arn().unwrap_or_default().parse::<Arn>() {
        Ok(arn) => arn,
        Err(error) => return Seen::aside(format!("database instance {name:?}"), error.to_string()),
    };
    let mut seen = Seen::default();
    let roles = instance.associated_roles().iter().map(|role| role.role_arn());
    // An RDS Custom instance names its instance profile only.
    let profile = instance.custom_iam_instance_profile().filter(|it| it.starts_with("arn:"));
    let roles = roles.chain([instance.monitoring_role_arn(), profile]);
    let acts_as = acts_as(&mut seen, &arn, roles);
    let cluster = instance.db_cluster_identifier().filter(|cluster| !cluster.is_empty());
    seen.entities.push(Entity::Resource(Resource {
        name: if name.is_empty() { arn.name() } else { name }.to_owned(),
        arn,
        resource_type: ResourceType::DbInstance,
        created: time::optional(instance.instance_create_time()),
        state: instance.db_instance_status().map(str::to_owned),
        parent: cluster
            .and_then(|cluster| self::arn(context, "rds", &format!("cluster:{cluster}")).ok()),
        acts_as,
        tags: Some(tags(instance.tag_list())),
        attributes: facts(instance),
    }));
    seen
}

fn facts(instance: &DbInstance) -> Attributes {
    let endpoint = instance.endpoint();
    let subnets = instance.db_subnet_group();
    attributes([
        ("instance-class", text(instance.db_instance_class())),
        ("engine", text(instance.engine())),
        ("engine-version", text(instance.engine_version())),
        ("iam-authentication", instance.iam_database_authentication_enabled.map(Into::into)),
        ("publicly-accessible", instance.publicly_accessible.map(Into::into)),
        ("endpoint", text(endpoint.and_then(|it| it.address()))),
        ("port", number(endpoint.and_then(|it| it.port))),
        ("database-name", text(instance.db_name())),
        ("vpc-id", text(subnets.and_then(|group| group.vpc_id()))),
        ("security-groups", security_groups(instance.vpc_security_groups())),
        ("storage-encrypted", instance.storage_encrypted.map(Into::into)),
        ("kms-key-id", text(instance.kms_key_id())),
        ("master-user-secret", secret(instance.master_user_secret())),
        ("instance-profile", text(instance.custom_iam_instance_profile())),
        ("resource-id", text(instance.dbi_resource_id())),
        ("multi-az", instance.multi_az.map(Into::into)),
        ("deletion-protection", instance.deletion_protection.map(Into::into)),
    ])
}
