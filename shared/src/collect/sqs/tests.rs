//! The SQS collector over the double.

use serde_json::{Value, json};

use super::Sqs;
use crate::collect::Collect as _;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Received, Setup, collect_with, slice};
use crate::collect::fake_json::{
    deny_each, error, input, interrupt_everywhere, not_offered, ok, run_twice, text, throttle_each,
};
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Entity, Status, Timestamp};

const QUEUES: usize = 5;

/// What a message would hold.
const CANARY: &str = "message-canary";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn url(number: usize) -> String {
    format!("https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/orders{number}")
}

fn arn(number: usize) -> String {
    format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:orders{number}")
}

fn asked(request: &Received) -> usize {
    let queue = text(request, "QueueUrl");
    (0..QUEUES).find(|number| url(*number) == queue).unwrap()
}

fn facts(number: usize) -> Value {
    if number > 0 {
        return json!({ "QueueArn": arn(number), "SqsManagedSseEnabled": "false", "Policy": "" });
    }
    json!({
        "QueueArn": arn(0),
        "ApproximateNumberOfMessages": "17",
        "ContentBasedDeduplication": "false",
        "CreatedTimestamp": "1700000000",
        "FifoQueue": "true",
        "KmsDataKeyReusePeriodSeconds": "300",
        "KmsMasterKeyId": "alias/aws/sqs",
        "LastModifiedTimestamp": "1700000001",
        "MessageRetentionPeriod": "345600",
        "Policy": "{\"Statement\": \"a%20+b\"}",
        "RedriveAllowPolicy": json!({
            "redrivePermission": "byQueue", "sourceQueueArns": [arn(1)],
        }).to_string(),
        "RedrivePolicy": json!({
            "deadLetterTargetArn": arn(1), "maxReceiveCount": "5",
        }).to_string(),
        "SqsManagedSseEnabled": "false",
        "SomethingNew": CANARY,
    })
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("ListQueues", |request| {
            // Without it AWS stops at 1,000 queues, and says nothing.
            assert_eq!(input(request)["MaxResults"], 1_000);
            let urls: Vec<Value> = (0..QUEUES).rev().map(|number| json!(url(number))).collect();
            let (some, next) = slice(&urls, &text(request, "NextToken"), 2);
            ok(&json!({ "QueueUrls": some, "NextToken": next }))
        })
        .on("GetQueueAttributes", |request| {
            assert_eq!(input(request)["AttributeNames"], json!(["All"]));
            ok(&json!({ "Attributes": facts(asked(request)) }))
        })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&Sqs, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn queue(outcome: &Outcome, number: usize) -> &Resource {
    let found = outcome.entities("queues").into_iter().find_map(|entity| match entity {
        Entity::Resource(it) if it.arn.as_str() == arn(number) => Some(it),
        _ => None,
    });
    found.unwrap()
}

fn policy(outcome: &Outcome, number: usize) -> Option<&str> {
    let found = outcome.entities("queues").into_iter().find_map(|entity| match entity {
        Entity::ResourcePolicy(it) if it.resource.as_str() == arn(number) => Some(it),
        _ => None,
    });
    found.unwrap().document.as_ref().map(|document| document.0.as_str())
}

#[tokio::test]
async fn every_queue_with_its_policy() {
    let outcome = run_twice(&Sqs, world, setup).await;
    for (name, seen) in [("queue-list", 5), ("queues", 10)] {
        assert_eq!(outcome.status(name), &Status::Complete, "{name}");
        assert_eq!(outcome.of(name).seen, seen, "{name}");
    }
    assert_eq!(policy(&outcome, 0), Some("{\"Statement\": \"a%20+b\"}"));
    assert_eq!(policy(&outcome, 1), None);
}

#[tokio::test]
async fn a_queue_is_what_its_attributes_say() {
    let outcome = look(&world()).await;
    let redrive = attributes([
        ("dead-letter-target-arn", Some(arn(1).into())),
        ("max-receive-count", Some(5.into())),
    ]);
    let allow = attributes([
        ("redrive-permission", Some("byQueue".into())),
        ("source-queue-arns", Some(vec![arn(1)].into())),
    ]);
    let modified: Attribute = Timestamp::from_second(1_700_000_001).unwrap().into();
    let expected = Resource {
        arn: arn(0).parse().unwrap(),
        resource_type: ResourceType::Queue,
        name: "orders0".to_owned(),
        created: Some(Timestamp::from_second(1_700_000_000).unwrap()),
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("content-based-deduplication", Some(false.into())),
            ("fifo-queue", Some(true.into())),
            ("kms-data-key-reuse-period-seconds", Some(300.into())),
            ("kms-master-key-id", Some("alias/aws/sqs".into())),
            ("last-modified-timestamp", Some(modified)),
            ("message-retention-period", Some(345_600.into())),
            ("redrive-allow-policy", Some(allow.into())),
            ("redrive-policy", Some(redrive.into())),
            ("sqs-managed-sse-enabled", Some(false.into())),
        ]),
    };
    assert_eq!(queue(&outcome, 0), &expected);
    for sighting in outcome.sightings() {
        assert!(!format!("{:?}", sighting.entity).contains(CANARY));
    }
}

#[tokio::test]
async fn a_redrive_policy_that_is_not_understood_stays_as_it_is() {
    let rows = [
        ("not json", Attribute::from("not json")),
        ("{}", "{}".into()),
        (r#"{"deadLetterTargetArn":7}"#, r#"{"deadLetterTargetArn":7}"#.into()),
        (
            r#"{"deadLetterTargetArn":"x","maxReceiveCount":3}"#,
            attributes([
                ("dead-letter-target-arn", Some("x".into())),
                ("max-receive-count", Some(3.into())),
            ])
            .into(),
        ),
        (
            r#"{"deadLetterTargetArn":"x","maxReceiveCount":"many"}"#,
            attributes([("dead-letter-target-arn", Some("x".into()))]).into(),
        ),
    ];
    for (text, expected) in rows {
        let aws = world().on("GetQueueAttributes", move |request| {
            ok(&json!({ "Attributes": { "QueueArn": arn(asked(request)), "RedrivePolicy": text } }))
        });
        let outcome = look(&aws).await;
        assert_eq!(queue(&outcome, 0).attributes["redrive-policy"], expected, "{text}");
    }
}

#[tokio::test]
async fn addresses_of_every_age_name_the_same_queue() {
    let rows = [
        (format!("https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/orders0"), true),
        (format!("https://eu-west-1.queue.amazonaws.com/{ACCOUNT}/orders0"), true),
        (format!("http://localhost:5000/{ACCOUNT}/orders0"), true),
        ("https://sqs.eu-west-1.amazonaws.com/orders0".to_owned(), false),
        (format!("https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/"), false),
        ("orders0".to_owned(), false),
        (String::new(), false),
    ];
    for (address, understood) in rows {
        let urls = json!({ "QueueUrls": [address] });
        let aws = world()
            .on("ListQueues", move |_| ok(&urls))
            .on("GetQueueAttributes", |_| ok(&json!({ "Attributes": facts(0) })));
        let outcome = look(&aws).await;
        let complete = outcome.status("queue-list") == &Status::Complete;
        assert_eq!(complete, understood, "{address}");
        assert_eq!(outcome.entities("queues").len(), if understood { 2 } else { 0 }, "{address}");
    }
}

#[tokio::test]
async fn a_queue_that_aws_calls_otherwise_is_set_aside() {
    let aws = world().on("GetQueueAttributes", |request| match asked(request) {
        2 => ok(&json!({ "Attributes": { "QueueArn": arn(3) } })),
        number => ok(&json!({ "Attributes": facts(number) })),
    });
    let outcome = look(&aws).await;
    let told = outcome.of("queues");
    assert!(matches!(told.status, Status::Partial { .. }));
    assert_eq!(told.set_aside[0].what, arn(2));
    assert_eq!(outcome.entities("queues").len(), 2 * (QUEUES - 1));
}

#[tokio::test]
async fn a_queue_that_is_gone_is_no_gap() {
    let gone = |code: &'static str| {
        world().on("GetQueueAttributes", move |request| match asked(request) {
            3 => error(code, "The specified queue does not exist."),
            number => ok(&json!({ "Attributes": facts(number) })),
        })
    };
    for code in ["com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"] {
        let aws = gone(code);
        let outcome = look(&aws).await;
        for info in Sqs.capabilities() {
            assert_eq!(outcome.status(info.name), &Status::Complete, "{code} {}", info.name);
        }
        assert_eq!(outcome.entities("queues").len(), 2 * (QUEUES - 1));
    }
}

#[tokio::test]
async fn each_call_fails_alone() {
    deny_each(&Sqs, world, setup).await;
    throttle_each(&Sqs, world, setup).await;
}

#[tokio::test]
async fn the_work_goes_on_after_an_interruption() {
    interrupt_everywhere(&Sqs, world, setup).await;
}

#[tokio::test]
async fn a_region_without_the_service() {
    not_offered(&Sqs, setup).await;
}
