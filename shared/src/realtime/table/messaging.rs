//! Queues and topics.

use super::resources::TAGGED_BY_ARN;
use super::rule::{Form, Rule, Where, look};
use super::{Row, Service};

/// A new queue is named by the request, and by its address in the answer; every other call names the address.
const QUEUE: Rule = look(
    "sqs",
    Where::Region,
    &["/requestParameters/queueUrl", "/requestParameters/queueName", "/responseElements/queueUrl"],
    Form::Queue,
);

const QUEUE_TAGS: Rule = look(
    "resource-tags",
    Where::Region,
    &["/requestParameters/queueUrl", "/responseElements/queueUrl"],
    Form::Queue,
);

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/logging-using-cloudtrail.html>
pub(super) const SQS: Service = Service {
    source: "sqs",
    collectors: &[("sqs", Where::Region)],
    rows: &[
        Row {
            operations: &["CreateQueue"],
            rules: &[QUEUE.there(), QUEUE_TAGS.only_if("/requestParameters/tags")],
        },
        Row { operations: &["DeleteQueue"], rules: &[QUEUE.gone(), QUEUE_TAGS] },
        Row {
            operations: &["SetQueueAttributes", "AddPermission", "RemovePermission"],
            rules: &[QUEUE.there()],
        },
        Row { operations: &["TagQueue", "UntagQueue"], rules: &[QUEUE_TAGS] },
    ],
    others: &["PurgeQueue", "StartMessageMoveTask", "CancelMessageMoveTask"],
};

const TOPIC: Rule = look(
    "sns",
    Where::Region,
    &["/requestParameters/topicArn", "/requestParameters/name", "/responseElements/topicArn"],
    Form::Arn("sns", ""),
);

const TOPIC_TAGS: Rule = look(
    "resource-tags",
    Where::Region,
    &["/requestParameters/topicArn", "/responseElements/topicArn"],
    Form::AsIs,
);

/// <https://docs.aws.amazon.com/sns/latest/dg/logging-using-cloudtrail.html>
pub(super) const SNS: Service = Service {
    source: "sns",
    collectors: &[("sns", Where::Region)],
    rows: &[
        Row {
            operations: &["CreateTopic"],
            rules: &[TOPIC.there(), TOPIC_TAGS.only_if("/requestParameters/tags")],
        },
        Row { operations: &["DeleteTopic"], rules: &[TOPIC.gone(), TOPIC_TAGS] },
        Row {
            operations: &["SetTopicAttributes", "AddPermission", "RemovePermission"],
            rules: &[TOPIC.there()],
        },
        Row { operations: &["TagResource", "UntagResource"], rules: &[TAGGED_BY_ARN] },
    ],
    others: &[
        "Subscribe",
        "Unsubscribe",
        "ConfirmSubscription",
        "SetSubscriptionAttributes",
        "PutDataProtectionPolicy",
        "CreatePlatform*",
        "DeletePlatform*",
        "SetPlatform*",
        "DeleteEndpoint",
        "SetEndpointAttributes",
        "SetSMSAttributes",
        "OptInPhoneNumber",
        "CreateSMSSandboxPhoneNumber",
        "VerifySMSSandboxPhoneNumber",
        "DeleteSMSSandboxPhoneNumber",
        "Publish*",
    ],
};
