//! Makes buckets with their settings, tables of DynamoDB and databases of Glue. Each holds something that
//! nobody may read.

use aws_sdk_dynamodb::types as dynamodb;
use aws_sdk_glue::types as glue;
use aws_sdk_s3::types as s3;

use super::resources::Estate;
use crate::testing::company::{
    CompanyError,
    resources::{
        CANARY, US,
        data::{BUCKETS, Bucket, GLUE, GlueTable, TABLES, Table},
    },
};

pub(super) async fn buckets(estate: &Estate<'_>) -> Result<(), CompanyError> {
    for bucket in BUCKETS {
        let config = estate.config(bucket.place)?;
        let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        let client = aws_sdk_s3::Client::from_conf(config);
        create(&client, bucket).await?;
        Box::pin(protect(&client, bucket, estate)).await?;
    }
    for bucket in BUCKETS.iter().filter(|bucket| bucket.logs.is_some()) {
        let config = estate.config(bucket.place)?;
        let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        log(&aws_sdk_s3::Client::from_conf(config), bucket).await?;
    }
    Ok(())
}

async fn create(client: &aws_sdk_s3::Client, bucket: &Bucket) -> Result<(), CompanyError> {
    let is_log = BUCKETS.iter().any(|other| other.logs == Some(bucket.name));
    let acl = match (bucket.is_listed, is_log) {
        (true, _) => s3::BucketCannedAcl::PublicRead,
        // S3 writes logs only where it may.
        (false, true) => s3::BucketCannedAcl::from("log-delivery-write"),
        (false, false) => s3::BucketCannedAcl::Private,
    };
    let location = (bucket.place.region != US).then(|| {
        let region = s3::BucketLocationConstraint::from(bucket.place.region);
        s3::CreateBucketConfiguration::builder().location_constraint(region).build()
    });
    let create = client.create_bucket().bucket(bucket.name).acl(acl);
    let create = create.set_create_bucket_configuration(location);
    create.send().await.map_err(CompanyError::call("s3:CreateBucket", bucket.name))?;
    let put = client.put_object().bucket(bucket.name).key("never/read.txt");
    let put = put.body(CANARY.as_bytes().to_vec().into());
    put.send().await.map(drop).map_err(CompanyError::call("s3:PutObject", bucket.name))
}

async fn protect(
    client: &aws_sdk_s3::Client,
    bucket: &Bucket,
    estate: &Estate<'_>,
) -> Result<(), CompanyError> {
    let name = bucket.name;
    if let Some(policy) = bucket.policy {
        let put = client.put_bucket_policy().bucket(name).policy(policy.render(estate.accounts));
        put.send().await.map_err(CompanyError::call("s3:PutBucketPolicy", name))?;
    }
    if bucket.is_blocked {
        let block = s3::PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true);
        let put = client.put_public_access_block().bucket(name);
        let put = put.public_access_block_configuration(block.build());
        put.send().await.map_err(CompanyError::call("s3:PutBucketPublicAccessBlock", name))?;
    }
    if let Some(key) = estate.key(bucket.key) {
        encrypt(client, name, key).await?;
    }
    if bucket.is_versioned {
        let on = s3::VersioningConfiguration::builder().status(s3::BucketVersioningStatus::Enabled);
        let put = client.put_bucket_versioning().bucket(name).versioning_configuration(on.build());
        put.send().await.map_err(CompanyError::call("s3:PutBucketVersioning", name))?;
        let owned = s3::OwnershipControlsRule::builder()
            .object_ownership(s3::ObjectOwnership::BucketOwnerEnforced)
            .build();
        let owned = owned.map_err(CompanyError::call("s3:PutBucketOwnershipControls", name))?;
        let owned = s3::OwnershipControls::builder().rules(owned).build();
        let owned = owned.map_err(CompanyError::call("s3:PutBucketOwnershipControls", name))?;
        let put = client.put_bucket_ownership_controls().bucket(name).ownership_controls(owned);
        put.send().await.map_err(CompanyError::call("s3:PutBucketOwnershipControls", name))?;
    }
    if !bucket.tags.is_empty() {
        let tag = |(key, value): &(&str, &str)| s3::Tag::builder().key(*key).value(*value).build();
        let tags: Result<Vec<_>, _> = bucket.tags.iter().map(tag).collect();
        let tags = tags.map_err(CompanyError::call("s3:PutBucketTagging", name))?;
        let tags = s3::Tagging::builder().set_tag_set(Some(tags)).build();
        let tags = tags.map_err(CompanyError::call("s3:PutBucketTagging", name))?;
        let put = client.put_bucket_tagging().bucket(name).tagging(tags);
        put.send().await.map_err(CompanyError::call("s3:PutBucketTagging", name))?;
    }
    Ok(())
}

async fn encrypt(
    client: &aws_sdk_s3::Client,
    bucket: &str,
    key: String,
) -> Result<(), CompanyError> {
    const ACTION: &str = "s3:PutEncryptionConfiguration";
    let by_default = s3::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(s3::ServerSideEncryption::AwsKms)
        .kms_master_key_id(key)
        .build()
        .map_err(CompanyError::call(ACTION, bucket))?;
    let rule = s3::ServerSideEncryptionRule::builder();
    let rule = rule.apply_server_side_encryption_by_default(by_default).bucket_key_enabled(true);
    let rules = s3::ServerSideEncryptionConfiguration::builder().rules(rule.build()).build();
    let rules = rules.map_err(CompanyError::call(ACTION, bucket))?;
    let put = client.put_bucket_encryption().bucket(bucket);
    let put = put.server_side_encryption_configuration(rules);
    put.send().await.map(drop).map_err(CompanyError::call(ACTION, bucket))
}

async fn log(client: &aws_sdk_s3::Client, bucket: &Bucket) -> Result<(), CompanyError> {
    const ACTION: &str = "s3:PutBucketLogging";
    let Some(target) = bucket.logs else { return Ok(()) };
    let to = s3::LoggingEnabled::builder().target_bucket(target).target_prefix("s3/").build();
    let to = to.map_err(CompanyError::call(ACTION, bucket.name))?;
    let status = s3::BucketLoggingStatus::builder().logging_enabled(to).build();
    let put = client.put_bucket_logging().bucket(bucket.name).bucket_logging_status(status);
    put.send().await.map(drop).map_err(CompanyError::call(ACTION, bucket.name))
}

pub(super) async fn tables(estate: &Estate<'_>) -> Result<(), CompanyError> {
    for table in TABLES {
        let client = aws_sdk_dynamodb::Client::new(&estate.config(table.place)?);
        make(&client, table).await?;
        if table.is_backed_up {
            let on = dynamodb::PointInTimeRecoverySpecification::builder();
            let on = on.point_in_time_recovery_enabled(true).build();
            let on =
                on.map_err(CompanyError::call("dynamodb:UpdateContinuousBackups", table.name))?;
            let update = client.update_continuous_backups().table_name(table.name);
            let update = update.point_in_time_recovery_specification(on);
            let call = CompanyError::call("dynamodb:UpdateContinuousBackups", table.name);
            update.send().await.map_err(call)?;
        }
        if let Some(policy) = table.policy {
            let region = table.place.region;
            let arn = format!(
                "arn:aws:dynamodb:{region}:{}:table/{}",
                estate.id(table.place),
                table.name
            );
            let put = client.put_resource_policy().resource_arn(arn);
            let put = put.policy(policy.render(estate.accounts));
            put.send()
                .await
                .map_err(CompanyError::call("dynamodb:PutResourcePolicy", table.name))?;
        }
        let item = client.put_item().table_name(table.name);
        let item = item.item("id", dynamodb::AttributeValue::S(CANARY.to_owned()));
        item.send().await.map_err(CompanyError::call("dynamodb:PutItem", table.name))?;
    }
    Ok(())
}

async fn make(client: &aws_sdk_dynamodb::Client, table: &Table) -> Result<(), CompanyError> {
    const ACTION: &str = "dynamodb:CreateTable";
    let attribute = dynamodb::AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(dynamodb::ScalarAttributeType::S)
        .build()
        .map_err(CompanyError::call(ACTION, table.name))?;
    let key = dynamodb::KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(dynamodb::KeyType::Hash)
        .build()
        .map_err(CompanyError::call(ACTION, table.name))?;
    let stream = dynamodb::StreamSpecification::builder().stream_enabled(table.has_stream);
    let stream = stream.stream_view_type(dynamodb::StreamViewType::KeysOnly).build();
    let stream = stream.map_err(CompanyError::call(ACTION, table.name))?;
    let tag =
        |(key, value): &(&str, &str)| dynamodb::Tag::builder().key(*key).value(*value).build();
    let tags: Result<Vec<_>, _> = table.tags.iter().map(tag).collect();
    let create = client
        .create_table()
        .table_name(table.name)
        .attribute_definitions(attribute)
        .key_schema(key)
        .billing_mode(dynamodb::BillingMode::PayPerRequest)
        .deletion_protection_enabled(table.is_backed_up)
        .set_stream_specification(table.has_stream.then_some(stream))
        .set_tags(Some(tags.map_err(CompanyError::call(ACTION, table.name))?));
    create.send().await.map(drop).map_err(CompanyError::call(ACTION, table.name))
}

pub(super) async fn catalogs(estate: &Estate<'_>) -> Result<(), CompanyError> {
    const ACTION: &str = "glue:CreateDatabase";
    for database in GLUE {
        let client = aws_sdk_glue::Client::new(&estate.config(database.place)?);
        let input = glue::DatabaseInput::builder().name(database.name);
        let input = input.description(database.description).build();
        let input = input.map_err(CompanyError::call(ACTION, database.name))?;
        let create = client.create_database().database_input(input);
        create.send().await.map_err(CompanyError::call(ACTION, database.name))?;
        for table in database.tables {
            catalog(&client, database.name, table).await?;
        }
    }
    Ok(())
}

async fn catalog(
    client: &aws_sdk_glue::Client,
    database: &str,
    table: &GlueTable,
) -> Result<(), CompanyError> {
    const ACTION: &str = "glue:CreateTable";
    let column = |name: &str, data_type: &str, comment: &str| {
        let column = glue::Column::builder().name(name).r#type(data_type).comment(comment).build();
        column.map_err(CompanyError::call(ACTION, table.name))
    };
    let columns: Result<Vec<_>, _> =
        table.columns.iter().map(|(name, kind, comment)| column(name, kind, comment)).collect();
    let partitions: Result<Vec<_>, _> =
        table.partitions.iter().map(|name| column(name, "string", "")).collect();
    let storage = glue::StorageDescriptor::builder().location(table.location);
    let storage = storage.set_columns(Some(columns?)).build();
    let input = glue::TableInput::builder()
        .name(table.name)
        .storage_descriptor(storage)
        .set_partition_keys(Some(partitions?))
        .table_type("EXTERNAL_TABLE")
        .build()
        .map_err(CompanyError::call(ACTION, table.name))?;
    let create = client.create_table().database_name(database).table_input(input);
    create.send().await.map(drop).map_err(CompanyError::call(ACTION, table.name))
}
