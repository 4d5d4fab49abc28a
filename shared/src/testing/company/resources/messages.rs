//! Queues and topics.

use super::{Place, Tags, home, us};
use crate::model::resource::ResourceType;
use crate::testing::company::document::Document;

/// An SQS queue.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Queue {
    pub(in super::super) place: Place,
    /// Its name, which ends in `.fifo` where it keeps the order.
    pub(in super::super) name: &'static str,
    pub(in super::super) keeps_order: bool,
    pub(in super::super) policy: Option<Document>,
    pub(in super::super) tags: Tags,
}

/// An SNS topic.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Topic {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    /// Its policy; SNS makes one of its own if there is none.
    pub(in super::super) policy: Option<Document>,
    pub(in super::super) tags: Tags,
}

/// The topic's messages, and nobody else's.
const TOPIC_SENDS: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Service": "sns.amazonaws.com"},
      "Action": "sqs:SendMessage",
      "Resource": "*",
      "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:ACCOUNT(web-prod):orders"}}
    }
  ]
}"#,
);

const EVERYBODY_SENDS: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]
}"#,
);

const PAYMENTS_SUBSCRIBES: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::ACCOUNT(payments-prod):root"},
      "Action": ["sns:Subscribe", "sns:Receive"],
      "Resource": "*"
    }
  ]
}"#,
);

pub(in super::super) const QUEUES: &[Queue] = &[
    Queue {
        place: home("web-prod"),
        name: "orders",
        keeps_order: false,
        policy: Some(TOPIC_SENDS),
        tags: &[("owner", "web")],
    },
    Queue {
        place: home("web-prod"),
        name: "orders-dead",
        keeps_order: false,
        policy: None,
        tags: &[],
    },
    Queue {
        place: home("payments-prod"),
        name: "payouts.fifo",
        keeps_order: true,
        policy: None,
        tags: &[],
    },
    Queue {
        place: us("sandbox"),
        name: "open-to-all",
        keeps_order: false,
        policy: Some(EVERYBODY_SENDS),
        tags: &[("=1+1", "<b>bold</b>")],
    },
];

pub(in super::super) const TOPICS: &[Topic] = &[
    Topic {
        place: home("web-prod"),
        name: "orders",
        policy: Some(PAYMENTS_SUBSCRIBES),
        tags: &[("owner", "web")],
    },
    Topic { place: home("security-tooling"), name: "findings", policy: None, tags: &[] },
    Topic { place: us("management"), name: "billing-alarm", policy: None, tags: &[("=1", "@x")] },
];

pub(super) fn all() -> impl Iterator<Item = (Place, ResourceType)> {
    let queues = QUEUES.iter().map(|one| (one.place, ResourceType::Queue));
    queues.chain(TOPICS.iter().map(|one| (one.place, ResourceType::Topic)))
}
