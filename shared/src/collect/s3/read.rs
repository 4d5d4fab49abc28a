//! The larger answers of S3 → attributes.

use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types::{Event, Grant, Owner, ServerSideEncryptionRule};

use crate::model::resource::{Attribute, Attributes, attributes};

fn text(text: Option<&str>) -> Option<Attribute> {
    text.filter(|text| !text.is_empty()).map(Into::into)
}

/// An access control list: its owner, and its grants in no order that would mean anything, hence sorted. A
/// grant that says nothing of whom or what makes the list one that cannot be told, since less than all of it
/// would be wrong.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>
pub(super) fn acl(owner: Option<&Owner>, grants: &[Grant]) -> Result<Attributes, String> {
    let mut told = Vec::new();
    for grant in grants {
        let (Some(grantee), Some(permission)) = (grant.grantee(), grant.permission()) else {
            return Err("a grant names no grantee or no permission".to_owned());
        };
        let whom = attributes([
            ("permission", Some(permission.as_str().into())),
            ("type", Some(grantee.r#type().as_str().into())),
            ("id", text(grantee.id())),
            ("uri", text(grantee.uri())),
            ("email", text(grantee.email_address())),
        ]);
        told.push(Attribute::Map(whom));
    }
    told.sort();
    Ok(attributes([
        ("owner", text(owner.and_then(Owner::id))),
        ("grants", Some(Attribute::List(told))),
    ]))
}

/// How a bucket encrypts what nobody asks to be encrypted otherwise.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html>
pub(super) fn encryption(rules: &[ServerSideEncryptionRule]) -> Attributes {
    let rules = rules.iter().map(|rule| {
        let default = rule.apply_server_side_encryption_by_default();
        let blocked = rule.blocked_encryption_types().map(|blocked| {
            let words = blocked.encryption_type().iter().map(|word| word.as_str());
            Attribute::from(words.collect::<Vec<&str>>())
        });
        Attribute::Map(attributes([
            ("algorithm", default.map(|default| default.sse_algorithm().as_str().into())),
            ("kms-key", text(default.and_then(|default| default.kms_master_key_id()))),
            ("bucket-key", rule.bucket_key_enabled().map(Into::into)),
            ("blocked-types", blocked),
        ]))
    });
    attributes([("rules", Some(Attribute::List(rules.collect())))])
}

/// Whom a bucket tells; `None` where it tells nobody.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html>
pub(super) fn notification(
    answer: &GetBucketNotificationConfigurationOutput,
) -> Option<Attributes> {
    let targets = |targets: Vec<Attribute>| (!targets.is_empty()).then_some(targets.into());
    let topics = answer.topic_configurations().iter();
    let topics = topics.map(|it| target(it.topic_arn(), it.events())).collect();
    let queues = answer.queue_configurations().iter();
    let queues = queues.map(|it| target(it.queue_arn(), it.events())).collect();
    let functions = answer.lambda_function_configurations().iter();
    let functions = functions.map(|it| target(it.lambda_function_arn(), it.events())).collect();
    let found = attributes([
        ("topics", targets(topics)),
        ("queues", targets(queues)),
        ("functions", targets(functions)),
        ("event-bridge", answer.event_bridge_configuration().map(|_| true.into())),
    ]);
    (!found.is_empty()).then_some(found)
}

fn target(arn: &str, events: &[Event]) -> Attribute {
    let events: Vec<&str> = events.iter().map(Event::as_str).collect();
    Attribute::Map(attributes([("arn", Some(arn.into())), ("events", Some(events.into()))]))
}
