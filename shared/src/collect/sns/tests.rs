//! The SNS collector over the double.

use super::Sns;
use crate::collect::Collect as _;
use crate::collect::fake::{
    ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with, slice,
};
use crate::collect::fake_json::{
    deny_each, interrupt_everywhere, not_offered, run_twice, throttle_each,
};
use crate::model::resource::{Resource, ResourceType, attributes};
use crate::model::{Arn, Entity, Status};

const TOPICS: usize = 5;

/// Markup as it stands in XML, and what it means.
const ESCAPED: (&str, &str) = ("&lt;b&gt;alarms&lt;/b&gt;", "<b>alarms</b>");

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn arn(number: usize) -> String {
    format!("arn:aws:sns:eu-west-1:{ACCOUNT}:alarms{number}")
}

fn asked(request: &Received, name: &str) -> usize {
    (0..TOPICS).find(|number| arn(*number) == request.param(name)).unwrap()
}

fn list(arns: &[String], token: &str) -> Reply {
    let (some, next) = slice(arns, token, 2);
    let member = |arn: &String| format!("<member><TopicArn>{arn}</TopicArn></member>");
    let topics: String = some.iter().map(member).collect();
    let next = next.map_or_else(String::new, |next| format!("<NextToken>{next}</NextToken>"));
    Reply::ok("ListTopics", format!("<Topics>{topics}</Topics>{next}"))
}

fn facts(pairs: &[(&str, &str)]) -> Reply {
    let entry = |(name, value): &(&str, &str)| {
        format!("<entry><key>{name}</key><value>{value}</value></entry>")
    };
    let entries: String = pairs.iter().map(entry).collect();
    Reply::ok("GetTopicAttributes", format!("<Attributes>{entries}</Attributes>"))
}

fn topic_attributes(number: usize) -> Reply {
    let own = arn(number);
    if number > 0 {
        return facts(&[("TopicArn", &own), ("Owner", ACCOUNT), ("Policy", "")]);
    }
    facts(&[
        ("TopicArn", &own),
        ("Owner", ACCOUNT),
        ("Policy", "{&quot;Statement&quot;: []}"),
        ("DisplayName", ESCAPED.0),
        ("KmsMasterKeyId", "alias/aws/sns"),
        ("FifoTopic", "true"),
        ("ContentBasedDeduplication", "false"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "PassThrough"),
        ("SubscriptionsConfirmed", "7"),
        ("SQSSuccessFeedbackRoleArn", "arn:aws:iam::111122223333:role/told"),
        ("LambdaFailureFeedbackRoleArn", "arn:aws:iam::111122223333:role/failed"),
        ("LambdaSuccessFeedbackRoleArn", "arn:aws:iam::111122223333:role/told"),
        ("SQSSuccessFeedbackSampleRate", "100"),
    ])
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("ListTopics", |request| {
            let arns: Vec<String> = (0..TOPICS).rev().map(arn).collect();
            list(&arns, request.param("NextToken"))
        })
        .on("GetTopicAttributes", |request| topic_attributes(asked(request, "TopicArn")))
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&Sns, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn topic(outcome: &Outcome, number: usize) -> &Resource {
    let found = outcome.entities("topics").into_iter().find_map(|entity| match entity {
        Entity::Resource(it) if it.arn.as_str() == arn(number) => Some(it),
        _ => None,
    });
    found.unwrap()
}

#[tokio::test]
async fn every_topic_with_its_policy() {
    let outcome = run_twice(&Sns, world, setup).await;
    for (name, seen) in [("topic-list", 5), ("topics", 10)] {
        assert_eq!(outcome.status(name), &Status::Complete, "{name}");
        assert_eq!(outcome.of(name).seen, seen, "{name}");
    }
    let documents: Vec<Option<&str>> = outcome
        .entities("topics")
        .into_iter()
        .filter_map(|entity| match entity {
            Entity::ResourcePolicy(it) => Some(it.document.as_ref().map(|it| it.0.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(documents, [Some("{\"Statement\": []}"), None, None, None, None]);
}

#[tokio::test]
async fn a_topic_is_what_its_attributes_say() {
    let outcome = look(&world()).await;
    let roles = ["arn:aws:iam::111122223333:role/failed", "arn:aws:iam::111122223333:role/told"];
    let expected = Resource {
        arn: arn(0).parse().unwrap(),
        resource_type: ResourceType::Topic,
        name: "alarms0".to_owned(),
        created: None,
        state: None,
        parent: None,
        acts_as: roles.map(|role| role.parse::<Arn>().unwrap()).into(),
        tags: None,
        attributes: attributes([
            ("content-based-deduplication", Some(false.into())),
            ("display-name", Some(ESCAPED.1.into())),
            ("fifo-topic", Some(true.into())),
            ("kms-master-key-id", Some("alias/aws/sns".into())),
            ("owner", Some(ACCOUNT.into())),
            ("signature-version", Some("2".into())),
            ("tracing-config", Some("PassThrough".into())),
        ]),
    };
    assert_eq!(topic(&outcome, 0), &expected);
    let names: Vec<&String> = topic(&outcome, 1).attributes.keys().collect();
    assert_eq!(names, ["owner"]);
}

#[tokio::test]
async fn subscriptions_are_not_asked_for() {
    let aws = world();
    look(&aws).await;
    let called: Vec<String> = aws.counts().into_keys().collect();
    assert_eq!(called, ["GetTopicAttributes", "ListTopics"]);
}

#[tokio::test]
async fn a_topic_that_is_gone_is_no_gap() {
    let aws = world().on("GetTopicAttributes", |request| match asked(request, "TopicArn") {
        2 => request.error(404, "NotFound", "Topic does not exist"),
        number => topic_attributes(number),
    });
    let outcome = look(&aws).await;
    for info in Sns.capabilities() {
        assert_eq!(outcome.status(info.name), &Status::Complete, "{}", info.name);
    }
    assert_eq!(outcome.entities("topics").len(), 2 * (TOPICS - 1));
}

#[tokio::test]
async fn what_makes_no_sense_is_set_aside() {
    let aws = world().on("ListTopics", |_| list(&["alarms".to_owned(), arn(0)], ""));
    let outcome = look(&aws).await;
    for info in Sns.capabilities() {
        let told = outcome.of(info.name);
        assert!(matches!(told.status, Status::Partial { .. }), "{}", info.name);
        assert_eq!(told.set_aside[0].what, "topic \"alarms\"");
    }
    // A role that is none: the topic is told, and that something about it is not understood.
    let aws = world().on("GetTopicAttributes", |_| facts(&[("SQSFailureFeedbackRoleArn", "me")]));
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("topics"), Status::Partial { .. }));
    assert_eq!(outcome.entities("topics").len(), 2 * TOPICS);
    assert!(topic(&outcome, 0).acts_as.is_empty());
}

#[tokio::test]
async fn each_call_fails_alone() {
    deny_each(&Sns, world, setup).await;
    throttle_each(&Sns, world, setup).await;
}

#[tokio::test]
async fn the_work_goes_on_after_an_interruption() {
    interrupt_everywhere(&Sns, world, setup).await;
}

#[tokio::test]
async fn a_region_without_the_service() {
    not_offered(&Sns, setup).await;
}
