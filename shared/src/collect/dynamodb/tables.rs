//! One table and its stream, described.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{ReplicaDescription, TableDescription};

use super::DESCRIBE_TABLE;
use crate::aws::error::CallError;
use crate::aws::time;
use crate::collect::Context;
use crate::collect::resources::{Kept, sorted, text};
use crate::collect::stages::Seen;
use crate::model::resource::{Attribute, Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity};

/// Describes a table; keeps the ARN of its stream for who asks for the stream's policy.
pub(super) async fn describe(
    context: &Context,
    client: &Client,
    table: &Arn,
    streams: &Kept<Option<Arn>>,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&DESCRIBE_TABLE, || client.describe_table().table_name(table.name()).send())
        .await?;
    let Some(found) = answer.table else {
        return Ok(Seen::aside(table.as_str(), "AWS returned no description of it"));
    };
    let mut seen = Seen::one(Entity::Resource(Resource {
        arn: table.clone(),
        resource_type: ResourceType::Table,
        name: table.name().to_owned(),
        created: time::optional(found.creation_date_time()),
        state: found.table_status().map(|status| status.as_str().to_owned()),
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: facts(&found),
    }));
    let stream = match found.latest_stream_arn().map(str::parse::<Arn>).transpose() {
        Ok(stream) => stream,
        Err(error) => {
            seen.set_aside.push((format!("the stream of {table}"), error.to_string()));
            return Ok(seen);
        }
    };
    let resource = stream.clone().map(|stream| of_stream(&found, table, stream));
    seen.entities.extend(resource.map(Entity::Resource));
    streams.keep(table.to_string(), stream);
    Ok(seen)
}

/// Counts of items and bytes are left out: AWS renews them every few hours, and a table would differ from
/// run to run with nothing changed about it.
fn facts(table: &TableDescription) -> Attributes {
    let encryption = table.sse_description();
    let class = table.table_class_summary().and_then(|it| it.table_class());
    let regions = table.replicas().iter().filter_map(ReplicaDescription::region_name);
    attributes([
        ("table-id", text(table.table_id())),
        ("table-class", text(class)),
        ("billing-mode", text(table.billing_mode_summary().and_then(|it| it.billing_mode()))),
        ("deletion-protection", table.deletion_protection_enabled.map(Into::into)),
        // Without a description AWS encrypts with a key of its own.
        // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
        ("encryption-status", text(encryption.and_then(|it| it.status()))),
        ("encryption-type", text(encryption.and_then(|it| it.sse_type()))),
        ("kms-key", text(encryption.and_then(|it| it.kms_master_key_arn()))),
        ("stream", text(table.latest_stream_arn())),
        ("replicas", sorted(regions)),
    ])
}

/// The label of a stream is the moment of its creation; a stream that was switched off has no view any more.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html>
fn of_stream(found: &TableDescription, table: &Arn, stream: Arn) -> Resource {
    let view = found.stream_specification();
    Resource {
        arn: stream,
        resource_type: ResourceType::TableStream,
        name: table.name().to_owned(),
        // AWS writes it without a zone, and means UTC.
        created: found.latest_stream_label().and_then(|label| format!("{label}Z").parse().ok()),
        state: None,
        parent: Some(table.clone()),
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("enabled", view.map(|it| Attribute::from(it.stream_enabled()))),
            ("view-type", text(view.and_then(|it| it.stream_view_type()))),
        ]),
    }
}
