//! Databases and tables of Glue → resources.

use aws_sdk_glue::types::{Column, Database, Table};

use super::DatabaseRef;
use crate::aws::time;
use crate::collect::Context;
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{AccountId, Arn};

/// A database.
pub(super) fn database(context: &Context, answer: &Database) -> Result<Resource, String> {
    if answer.name().is_empty() {
        return Err("it has no name".to_owned());
    }
    let target = answer.target_database().map(|target| {
        Attribute::Map(attributes([
            ("catalog", text(target.catalog_id())),
            ("database", text(target.database_name())),
            ("region", text(target.region())),
        ]))
    });
    Ok(Resource {
        arn: arn(context, answer.catalog_id(), &format!("database/{}", answer.name()))?,
        resource_type: ResourceType::GlueDatabase,
        name: answer.name().to_owned(),
        created: time::optional(answer.create_time()),
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("description", text(answer.description())),
            ("location", text(answer.location_uri())),
            ("target", target),
        ]),
    })
}

/// A table with its columns and partition keys.
pub(super) fn table(
    context: &Context,
    database: &DatabaseRef,
    answer: &Table,
) -> Result<Resource, String> {
    if answer.name().is_empty() {
        return Err("it has no name".to_owned());
    }
    let storage = answer.storage_descriptor();
    let target = answer.target_table().map(|target| {
        Attribute::Map(attributes([
            ("catalog", text(target.catalog_id())),
            ("database", text(target.database_name())),
            ("table", text(target.name())),
            ("region", text(target.region())),
        ]))
    });
    let more = storage.map(|storage| storage.additional_locations()).unwrap_or_default();
    let resource = format!("table/{}/{}", database.name, answer.name());
    Ok(Resource {
        arn: arn(context, answer.catalog_id(), &resource)?,
        resource_type: ResourceType::GlueTable,
        name: answer.name().to_owned(),
        created: time::optional(answer.create_time()),
        state: None,
        parent: Some(database.arn.clone()),
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("table-type", text(answer.table_type())),
            ("description", text(answer.description())),
            ("owner", text(answer.owner())),
            ("created-by", text(answer.created_by())),
            ("updated", time::optional(answer.update_time()).map(Into::into)),
            ("location", text(storage.and_then(|storage| storage.location()))),
            ("additional-locations", (!more.is_empty()).then(|| more.to_vec().into())),
            ("columns", columns(storage.map(|storage| storage.columns()).unwrap_or_default())),
            ("partition-keys", columns(answer.partition_keys())),
            ("lake-formation", Some(answer.is_registered_with_lake_formation().into())),
            ("target", target),
        ]),
    })
}

/// Columns in their order; `None` where there is none.
fn columns(columns: &[Column]) -> Option<Attribute> {
    let column = |column: &Column| {
        attributes([
            ("name", Some(column.name().into())),
            ("type", text(column.r#type())),
            ("comment", text(column.comment())),
        ])
    };
    (!columns.is_empty()).then(|| columns.iter().map(column).collect::<Vec<_>>().into())
}

fn text(text: Option<&str>) -> Option<Attribute> {
    text.filter(|text| !text.is_empty()).map(Into::into)
}

/// The ARN of a part of a catalogue. A catalogue is an account's, unless it is one of another service, which
/// its id then says; the ARN has room for the account alone.
///
/// <https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html>
fn arn(context: &Context, catalog: Option<&str>, resource: &str) -> Result<Arn, String> {
    let account: Option<AccountId> = catalog.and_then(|catalog| catalog.parse().ok());
    let account = account.as_ref().unwrap_or(context.account());
    let partition = context.session.partition();
    let text = format!("arn:{partition}:glue:{}:{account}:{resource}", context.region);
    text.parse().map_err(|error| format!("{error}"))
}
