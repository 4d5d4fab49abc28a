//! What SQS answers → the model.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName as Name;
use serde_json::Value;

use crate::collect::Context;
use crate::collect::resources::text;
use crate::collect::stages::Seen;
use crate::collect::told::bare;
use crate::model::policy::PolicyDocument;
use crate::model::resource::{Attribute, Resource, ResourcePolicy, ResourceType, attributes};
use crate::model::{Arn, Entity, Timestamp};

/// The ARN of the queue at an address, which ends in its account and its name, wherever it lives.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
pub(super) fn arn(context: &Context, url: &str) -> Result<Arn, String> {
    let mut parts = url.rsplit('/');
    let (Some(name), Some(account)) = (parts.next(), parts.next()) else {
        return Err("its address names no account".to_owned());
    };
    if name.is_empty() || account.is_empty() {
        return Err("its address names no account and queue".to_owned());
    }
    let (partition, region) = (context.session.partition(), &context.region);
    let text = format!("arn:{partition}:sqs:{region}:{account}:{name}");
    text.parse().map_err(|error| format!("{error}"))
}

/// What the attributes of a queue say, and its policy. How many messages are in it changes with every look,
/// so it is no part of what the queue is.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
pub(super) fn queue(arn: &Arn, found: &HashMap<Name, String>) -> Seen {
    let get = |name: &Name| found.get(name).map(String::as_str).filter(|it| !it.is_empty());
    let own = get(&Name::QueueArn).unwrap_or(arn.as_str());
    if own != arn.as_str() {
        return Seen::aside(arn.as_str(), format!("AWS calls it {own}"));
    }
    let resource = Resource {
        created: get(&Name::CreatedTimestamp).and_then(seconds),
        attributes: attributes([
            ("content-based-deduplication", get(&Name::ContentBasedDeduplication).and_then(flag)),
            ("fifo-queue", get(&Name::FifoQueue).and_then(flag)),
            (
                "kms-data-key-reuse-period-seconds",
                get(&Name::KmsDataKeyReusePeriodSeconds).and_then(whole),
            ),
            ("kms-master-key-id", text(get(&Name::KmsMasterKeyId))),
            (
                "last-modified-timestamp",
                get(&Name::LastModifiedTimestamp).and_then(seconds).map(Attribute::from),
            ),
            ("message-retention-period", get(&Name::MessageRetentionPeriod).and_then(whole)),
            ("redrive-allow-policy", get(&Name::RedriveAllowPolicy).map(redrive_allow)),
            ("redrive-policy", get(&Name::RedrivePolicy).map(redrive)),
            ("sqs-managed-sse-enabled", get(&Name::SqsManagedSseEnabled).and_then(flag)),
        ]),
        ..bare(arn.clone(), ResourceType::Queue, arn.resource())
    };
    let document = get(&Name::Policy).map(|text| PolicyDocument(text.to_owned()));
    let policy = ResourcePolicy { resource: arn.clone(), document };
    let entities = vec![Entity::Resource(resource), Entity::ResourcePolicy(policy)];
    Seen { entities, ..Seen::default() }
}

/// Where messages go that nobody could work on. The count is a number, or a number in a text, as whoever
/// set it wrote it. What is not understood stays as it is.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
fn redrive(found: &str) -> Attribute {
    let policy: Value = serde_json::from_str(found).unwrap_or_default();
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let Some(target) = target else { return found.into() };
    let count = policy.get("maxReceiveCount");
    let count = count.and_then(|it| it.as_i64().or_else(|| it.as_str()?.parse().ok()));
    attributes([
        ("dead-letter-target-arn", Some(target.into())),
        ("max-receive-count", count.map(Attribute::from)),
    ])
    .into()
}

/// Which queues may use this one as their dead-letter queue.
fn redrive_allow(found: &str) -> Attribute {
    let policy: Value = serde_json::from_str(found).unwrap_or_default();
    let permission = policy.get("redrivePermission").and_then(Value::as_str);
    let Some(permission) = permission else { return found.into() };
    let sources = policy.get("sourceQueueArns").and_then(Value::as_array);
    let sources = sources.map(|it| it.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    attributes([
        ("redrive-permission", Some(permission.into())),
        ("source-queue-arns", sources.map(Attribute::from)),
    ])
    .into()
}

fn flag(text: &str) -> Option<Attribute> {
    text.parse::<bool>().ok().map(Attribute::from)
}

fn whole(text: &str) -> Option<Attribute> {
    text.parse::<i64>().ok().map(Attribute::from)
}

fn seconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(text.parse().ok()?).ok()
}
