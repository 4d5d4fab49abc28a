//! What is set on a bucket: one function for each call.

use super::bucket::{Bucket, Regional, region_of};
use super::read;
use super::{
    ACL, BLOCK, ENCRYPTION, GET_ACCOUNT_BLOCK, GET_ACL, GET_BLOCK, GET_ENCRYPTION, GET_LOCATION,
    GET_LOGGING, GET_NOTIFICATION, GET_OWNERSHIP, GET_POLICY, GET_POLICY_STATUS, GET_VERSIONING,
    LOCATION, LOGGING, NOTIFICATION, OWNERSHIP, POLICY_STATUS, VERSIONING,
};
use crate::aws::error::CallError;
use crate::collect::Context;
use crate::collect::stages::Seen;
use crate::model::policy::PolicyDocument;
use crate::model::resource::{Attributes, ResourcePolicy, ResourceSetting, attributes};
use crate::model::{Arn, Entity};

/// What S3 says of a bucket, or of an account, that blocks no public access.
const NO_BLOCK: &str = "NoSuchPublicAccessBlockConfiguration";

/// What S3 says of a bucket without a policy, about the policy and about its status.
const NO_POLICY: &str = "NoSuchBucketPolicy";

/// A setting as it was seen; `None` where AWS says that there is none.
pub(in crate::collect) fn setting(resource: &Arn, name: &str, found: Option<Attributes>) -> Seen {
    Seen::one(Entity::ResourceSetting(ResourceSetting {
        resource: resource.clone(),
        name: name.to_owned(),
        present: found.is_some(),
        attributes: found.unwrap_or_default(),
    }))
}

/// A policy as it was seen; `None` where AWS says that there is none.
pub(in crate::collect) fn document(resource: &Arn, document: Option<String>) -> Seen {
    let document = document.filter(|text| !text.is_empty()).map(PolicyDocument);
    Seen::one(Entity::ResourcePolicy(ResourcePolicy { resource: resource.clone(), document }))
}

/// An answer, or AWS's word (`code`) that there is nothing of the kind.
#[expect(
    clippy::result_large_err,
    reason = "the error of a call is passed on as the call returned it"
)]
pub(in crate::collect) fn unless_none<T>(
    answer: Result<T, CallError>,
    code: &str,
) -> Result<Option<T>, CallError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.code.as_deref() == Some(code) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// An answer without what it should hold: neither "none" nor anything that could be told.
fn empty(resource: &Arn, name: &str) -> Seen {
    Seen::aside(format!("{name} of {resource}"), "AWS returned an answer without it")
}

/// What of public access is blocked: S3 and S3 Control say it alike, in types of their own.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
macro_rules! blocks {
    ($found:expr) => {{
        let found = $found;
        $crate::model::resource::attributes([
            ("block-public-acls", found.block_public_acls().map(Into::into)),
            ("ignore-public-acls", found.ignore_public_acls().map(Into::into)),
            ("block-public-policy", found.block_public_policy().map(Into::into)),
            ("restrict-public-buckets", found.restrict_public_buckets().map(Into::into)),
        ])
    }};
}
pub(in crate::collect) use blocks;

/// Asks for something of a bucket that is still the account's own: its name may be another's by now.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
macro_rules! ask {
    ($context:ident, $client:ident, $bucket:ident, $call:ident, $operation:ident) => {
        $client
            .ask($context, &$call, $bucket, |client| {
                client
                    .$operation()
                    .bucket(&$bucket.name)
                    .expected_bucket_owner($context.account().as_str())
                    .send()
            })
            .await
    };
}

/// Where a bucket is.
pub(super) async fn location(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_LOCATION, get_bucket_location)?;
    let location = answer.location_constraint().map_or("", |location| location.as_str());
    Ok(match region_of(location) {
        Ok(region) => {
            client.learn(bucket, region.clone());
            let found = attributes([("region", Some(region.as_str().into()))]);
            setting(&bucket.arn, LOCATION, Some(found))
        }
        Err(reason) => Seen::aside(format!("{LOCATION} of {}", bucket.arn), reason),
    })
}

/// The policy of a bucket.
pub(super) async fn policy(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_POLICY, get_bucket_policy);
    let found = unless_none(answer, NO_POLICY)?.and_then(|answer| answer.policy);
    Ok(document(&bucket.arn, found))
}

/// Whether S3 takes the policy of a bucket for public.
pub(super) async fn policy_status(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_POLICY_STATUS, get_bucket_policy_status);
    let Some(answer) = unless_none(answer, NO_POLICY)? else {
        return Ok(setting(&bucket.arn, POLICY_STATUS, None));
    };
    let public = answer.policy_status().and_then(aws_sdk_s3::types::PolicyStatus::is_public);
    Ok(match public {
        Some(public) => {
            let found = attributes([("public", Some(public.into()))]);
            setting(&bucket.arn, POLICY_STATUS, Some(found))
        }
        None => empty(&bucket.arn, POLICY_STATUS),
    })
}

/// The access control list of a bucket.
pub(super) async fn acl(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_ACL, get_bucket_acl)?;
    Ok(match read::acl(answer.owner(), answer.grants()) {
        Ok(found) => setting(&bucket.arn, ACL, Some(found)),
        Err(reason) => Seen::aside(format!("{ACL} of {}", bucket.arn), reason),
    })
}

/// Who owns the objects of a bucket.
pub(super) async fn ownership(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_OWNERSHIP, get_bucket_ownership_controls);
    let Some(answer) = unless_none(answer, "OwnershipControlsNotFoundError")? else {
        return Ok(setting(&bucket.arn, OWNERSHIP, None));
    };
    // S3 takes one rule and no more.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_OwnershipControls.html
    let rule = answer.ownership_controls().and_then(|controls| controls.rules().first());
    Ok(match rule {
        Some(rule) => {
            let ownership = rule.object_ownership().as_str();
            let found = attributes([("object-ownership", Some(ownership.into()))]);
            setting(&bucket.arn, OWNERSHIP, Some(found))
        }
        None => empty(&bucket.arn, OWNERSHIP),
    })
}

/// What a bucket blocks of public access.
pub(super) async fn block(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_BLOCK, get_public_access_block);
    let Some(answer) = unless_none(answer, NO_BLOCK)? else {
        return Ok(setting(&bucket.arn, BLOCK, None));
    };
    Ok(match answer.public_access_block_configuration() {
        Some(found) => setting(&bucket.arn, BLOCK, Some(blocks!(found))),
        None => empty(&bucket.arn, BLOCK),
    })
}

/// How a bucket encrypts.
pub(super) async fn encryption(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_ENCRYPTION, get_bucket_encryption);
    let none = "ServerSideEncryptionConfigurationNotFoundError";
    let Some(answer) = unless_none(answer, none)? else {
        return Ok(setting(&bucket.arn, ENCRYPTION, None));
    };
    Ok(match answer.server_side_encryption_configuration() {
        Some(found) => setting(&bucket.arn, ENCRYPTION, Some(read::encryption(found.rules()))),
        None => empty(&bucket.arn, ENCRYPTION),
    })
}

/// Whether a bucket keeps versions. One that never did is not said to be off: it has no such setting.
pub(super) async fn versioning(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_VERSIONING, get_bucket_versioning)?;
    let found = attributes([
        ("status", answer.status().map(|status| status.as_str().into())),
        ("mfa-delete", answer.mfa_delete().map(|state| state.as_str().into())),
    ]);
    Ok(setting(&bucket.arn, VERSIONING, Some(found).filter(|found| !found.is_empty())))
}

/// Where a bucket logs who reached it.
pub(super) async fn logging(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer = ask!(context, client, bucket, GET_LOGGING, get_bucket_logging)?;
    let found = answer.logging_enabled().map(|enabled| {
        attributes([
            ("target-bucket", Some(enabled.target_bucket().into())),
            ("target-prefix", Some(enabled.target_prefix().into())),
        ])
    });
    Ok(setting(&bucket.arn, LOGGING, found))
}

/// Whom a bucket tells about its objects.
pub(super) async fn notification(
    context: &Context,
    client: &Regional,
    bucket: &Bucket,
) -> Result<Seen, CallError> {
    let answer =
        ask!(context, client, bucket, GET_NOTIFICATION, get_bucket_notification_configuration)?;
    Ok(setting(&bucket.arn, NOTIFICATION, read::notification(&answer)))
}

/// What the account blocks of public access to all of its buckets: a setting of its root.
pub(super) async fn account_block(context: &Context) -> Result<Seen, CallError> {
    let account = context.account();
    let client = context.session.s3_control(&context.region);
    let answer = context
        .call(&GET_ACCOUNT_BLOCK, || {
            client.get_public_access_block().account_id(account.as_str()).send()
        })
        .await;
    let text = format!("arn:{}:iam::{account}:root", context.session.partition());
    let root: Arn = match text.parse() {
        Ok(root) => root,
        Err(error) => return Ok(Seen::aside(text, format!("{error}"))),
    };
    let Some(answer) = unless_none(answer, NO_BLOCK)? else {
        return Ok(setting(&root, BLOCK, None));
    };
    Ok(match answer.public_access_block_configuration() {
        Some(found) => setting(&root, BLOCK, Some(blocks!(found))),
        None => empty(&root, BLOCK),
    })
}
