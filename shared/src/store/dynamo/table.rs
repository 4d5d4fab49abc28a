//! The table itself, as plain data, and how to create it where no template deploys it (an emulator).
//!
//! `template.yaml` declares the same table; a test compares it with [`TABLE`].

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};

use super::error::{classify, invalid};
use crate::port::PortError;
use crate::store::key::{self, attribute};

/// What a table is, apart from its name: pay per request, every key attribute a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableDefinition {
    /// The partition key's attribute.
    pub partition_key: &'static str,
    /// The sort key's attribute.
    pub sort_key: &'static str,
    /// The one global secondary index; it projects the keys only.
    pub index: IndexDefinition,
    /// The attribute that says when an item is garbage.
    pub ttl_attribute: &'static str,
}

/// What an index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexDefinition {
    /// Its name.
    pub name: &'static str,
    /// The partition key's attribute.
    pub partition_key: &'static str,
    /// The sort key's attribute.
    pub sort_key: &'static str,
}

/// The one table.
///
/// The index projects keys only: a change holds the whole content before it, and a copy of that in the
/// index would be written for every change and read by few reports.
pub const TABLE: TableDefinition = TableDefinition {
    partition_key: attribute::PARTITION,
    sort_key: attribute::SORT,
    index: IndexDefinition {
        name: key::INDEX,
        partition_key: attribute::INDEX_PARTITION,
        sort_key: attribute::INDEX_SORT,
    },
    ttl_attribute: attribute::EXPIRES,
};

/// Creates the table if there is none of that name. An emulator's table is active at once; on AWS the
/// template creates it.
pub(super) async fn create(client: &Client, name: &str) -> Result<(), PortError> {
    let attributes =
        [TABLE.partition_key, TABLE.sort_key, TABLE.index.partition_key, TABLE.index.sort_key];
    let attributes: Result<Vec<AttributeDefinition>, _> = attributes
        .into_iter()
        .map(|attribute| {
            AttributeDefinition::builder()
                .attribute_name(attribute)
                .attribute_type(ScalarAttributeType::S)
                .build()
        })
        .collect();
    let index = GlobalSecondaryIndex::builder()
        .index_name(TABLE.index.name)
        .set_key_schema(Some(schema(name, TABLE.index.partition_key, TABLE.index.sort_key)?))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(|error| invalid(name, error))?;
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.map_err(|error| invalid(name, error))?))
        .set_key_schema(Some(schema(name, TABLE.partition_key, TABLE.sort_key)?))
        .global_secondary_indexes(index)
        .send()
        .await;
    match created {
        Ok(_) => expire(client, name).await,
        Err(error) if is_there(&error) => Ok(()),
        Err(error) => Err(classify(name, "dynamodb:CreateTable", error)),
    }
}

async fn expire(client: &Client, name: &str) -> Result<(), PortError> {
    let specification = TimeToLiveSpecification::builder()
        .attribute_name(TABLE.ttl_attribute)
        .enabled(true)
        .build()
        .map_err(|error| invalid(name, error))?;
    client
        .update_time_to_live()
        .table_name(name)
        .time_to_live_specification(specification)
        .send()
        .await
        .map_err(|error| classify(name, "dynamodb:UpdateTimeToLive", error))?;
    Ok(())
}

fn schema(table: &str, partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, PortError> {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .into_iter()
        .map(|(attribute, role)| {
            KeySchemaElement::builder()
                .attribute_name(attribute)
                .key_type(role)
                .build()
                .map_err(|error| invalid(table, error))
        })
        .collect()
}

fn is_there<R>(error: &SdkError<CreateTableError, R>) -> bool {
    error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception)
}
