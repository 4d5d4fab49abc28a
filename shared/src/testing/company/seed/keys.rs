//! Makes KMS keys and secrets.

use std::collections::BTreeMap;

use aws_sdk_kms::types as kms;
use aws_sdk_secretsmanager::types as secrets;

use super::resources::Estate;
use crate::testing::company::{
    CompanyError,
    resources::{
        CANARY,
        keys::{KEYS, Key, SECRETS, Secret},
    },
};

/// Makes the keys with their aliases and grants; gives their ARNs.
pub(super) async fn cut(
    estate: &Estate<'_>,
) -> Result<BTreeMap<&'static str, String>, CompanyError> {
    const ACTION: &str = "kms:CreateKey";
    let mut arns = BTreeMap::new();
    for key in KEYS {
        let client = aws_sdk_kms::Client::new(&estate.config(key.place)?);
        let tag = |(key, value): &(&str, &str)| {
            kms::Tag::builder().tag_key(*key).tag_value(*value).build()
        };
        let tags: Result<Vec<_>, _> = key.tags.iter().map(tag).collect();
        let create = client
            .create_key()
            .description(key.description)
            .policy(key.policy.render(estate.accounts))
            .set_tags(Some(tags.map_err(CompanyError::call(ACTION, key.name))?));
        let made = create.send().await.map_err(CompanyError::call(ACTION, key.name))?.key_metadata;
        let made = made.ok_or_else(|| CompanyError::missing(ACTION, "key"))?;
        let arn = made.arn.ok_or_else(|| CompanyError::missing(ACTION, "ARN"))?;
        open(&client, key, &made.key_id, estate).await?;
        arns.insert(key.name, arn);
    }
    Ok(arns)
}

async fn open(
    client: &aws_sdk_kms::Client,
    key: &Key,
    id: &str,
    estate: &Estate<'_>,
) -> Result<(), CompanyError> {
    for alias in key.aliases {
        let create = client.create_alias().alias_name(format!("alias/{alias}")).target_key_id(id);
        create.send().await.map_err(CompanyError::call("kms:CreateAlias", alias))?;
    }
    for grant in key.grants {
        let operations =
            grant.operations.iter().map(|name| kms::GrantOperation::from(*name)).collect();
        let create = client
            .create_grant()
            .key_id(id)
            .grantee_principal(estate.role(key.place, grant.grantee))
            .set_operations(Some(operations))
            .set_name((!grant.name.is_empty()).then(|| grant.name.to_owned()));
        create.send().await.map_err(CompanyError::call("kms:CreateGrant", key.name))?;
    }
    if key.is_ending {
        let end = client.schedule_key_deletion().key_id(id).pending_window_in_days(30);
        end.send().await.map_err(CompanyError::call("kms:ScheduleKeyDeletion", key.name))?;
    }
    Ok(())
}

/// Makes the secrets, each with a value that nobody may read.
pub(super) async fn secrets(estate: &Estate<'_>) -> Result<(), CompanyError> {
    for secret in SECRETS {
        let client = aws_sdk_secretsmanager::Client::new(&estate.config(secret.place)?);
        keep(&client, secret, estate).await?;
    }
    Ok(())
}

async fn keep(
    client: &aws_sdk_secretsmanager::Client,
    secret: &Secret,
    estate: &Estate<'_>,
) -> Result<(), CompanyError> {
    let tags = secret
        .tags
        .iter()
        .map(|(key, value)| secrets::Tag::builder().key(*key).value(*value).build());
    let create = client
        .create_secret()
        .name(secret.name)
        .description(secret.description)
        .secret_string(CANARY)
        .set_tags(Some(tags.collect()));
    create.send().await.map_err(CompanyError::call("secretsmanager:CreateSecret", secret.name))?;
    if let Some(function) = secret.rotated_by {
        let (region, id) = (secret.place.region, estate.id(secret.place));
        let rotate = client
            .rotate_secret()
            .secret_id(secret.name)
            .rotation_lambda_arn(format!("arn:aws:lambda:{region}:{id}:function:{function}"))
            .rotation_rules(
                secrets::RotationRulesType::builder().automatically_after_days(30).build(),
            )
            .rotate_immediately(false);
        let call = CompanyError::call("secretsmanager:RotateSecret", secret.name);
        rotate.send().await.map_err(call)?;
    }
    if let Some(policy) = secret.policy {
        let put = client.put_resource_policy().secret_id(secret.name);
        let put = put.resource_policy(policy.render(estate.accounts));
        let call = CompanyError::call("secretsmanager:PutResourcePolicy", secret.name);
        put.send().await.map_err(call)?;
    }
    Ok(())
}
