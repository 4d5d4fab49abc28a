//! Tags of every kind of resource, page by page.

use serde_json::{Value, json};

use super::super::fake::{ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with};
use super::super::fake_json::{
    deny_each, error, input, interrupt_everywhere, not_offered, ok, page_after, run_twice, text,
    throttle_each,
};
use super::*;
use crate::model::{Status, Tags};

const HOSTILE: &str = "=HYPERLINK(\"http://192.0.2.1\")";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn regional(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:eu-west-1:{ACCOUNT}:{resource}")
}

/// One of each, in the order of their ARNs.
fn arns() -> Vec<String> {
    vec![
        regional("dynamodb", "table/orders"),
        regional("ecr", "repository/base/alpine"),
        regional("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        regional("lambda", "function:pay"),
        regional("sns", "alarms"),
        regional("sqs", "orders.fifo"),
        "arn:aws:s3:::acme-logs".to_owned(),
    ]
}

fn tagged(arn: &str, tags: &[(&str, &str)]) -> Value {
    let tags: Vec<Value> =
        tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    json!({ "ResourceARN": arn, "Tags": tags })
}

fn paged(request: &Received, all: &[Value]) -> Reply {
    let names = ["ResourceTagMappingList", "PaginationToken"];
    page_after(&text(request, "PaginationToken"), names, all, 2)
}

fn world() -> FakeAws {
    FakeAws::new().on("GetResources", |request| {
        // Not in the order of their ARNs.
        let all: Vec<Value> =
            arns().iter().rev().map(|arn| tagged(arn, &[("owner", HOSTILE), ("a", "")])).collect();
        paged(request, &all)
    })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&ResourceTags, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

#[tokio::test]
async fn tags_of_every_kind() {
    let outcome = run_twice(&ResourceTags, world, setup).await;
    let tags = Tags::from([("owner".to_owned(), HOSTILE.to_owned()), ("a".into(), String::new())]);
    let mut found = outcome.tags(TAGS);
    found.sort();
    let mut expected = arns();
    expected.sort();
    let expected: Vec<(&str, &Tags)> = expected.iter().map(|arn| (arn.as_str(), &tags)).collect();
    assert_eq!(found, expected, "hostile text is kept as it is");
    assert_eq!((outcome.status(TAGS), outcome.of(TAGS).seen), (&Status::Complete, 7));
}

#[tokio::test]
async fn one_call_a_page_for_all_that_is_asked_for() {
    let aws = world();
    look(&aws).await;
    let received = aws.received();
    assert_eq!(received.len(), 4, "seven resources on pages of two");
    for request in &received {
        assert_eq!(input(request)["ResourcesPerPage"], 100);
        assert_eq!(input(request)["ResourceTypeFilters"], json!(TYPES), "on every page the same");
    }
}

#[tokio::test]
async fn an_answer_that_ends_with_an_empty_token_is_the_last() {
    let aws = FakeAws::new().on("GetResources", |_| {
        let one = tagged(&arns()[0], &[("owner", "ana")]);
        ok(&json!({ "ResourceTagMappingList": [one], "PaginationToken": "" }))
    });
    assert_eq!(look(&aws).await.status(TAGS), &Status::Complete);
    assert_eq!(aws.count("GetResources"), 1);
}

#[tokio::test]
async fn what_was_tagged_once_has_no_tags() {
    let aws = FakeAws::new().on("GetResources", |_| {
        ok(&json!({ "ResourceTagMappingList": [tagged(&arns()[4], &[])] }))
    });
    let outcome = look(&aws).await;
    assert_eq!(outcome.tags(TAGS), [(arns()[4].as_str(), &Tags::new())]);
}

#[tokio::test]
async fn what_no_collector_tells_of_is_left_out() {
    let others = [
        "arn:aws:s3:eu-west-1:111122223333:accesspoint/reports",
        "arn:aws:s3:eu-west-1:111122223333:storage-lens/all",
        "arn:aws:sns:eu-west-1:111122223333:alarms:6b0e71bd",
    ];
    let aws = FakeAws::new().on("GetResources", move |request| {
        let all: Vec<Value> = others.iter().map(|arn| tagged(arn, &[("owner", "ana")])).collect();
        paged(request, &all)
    });
    let outcome = look(&aws).await;
    assert_eq!((outcome.status(TAGS), outcome.of(TAGS).seen), (&Status::Complete, 0));
}

#[tokio::test]
async fn what_is_no_arn_is_set_aside() {
    let aws = FakeAws::new().on("GetResources", |request| {
        paged(request, &[tagged("orders", &[("owner", "ana")]), tagged(&arns()[0], &[])])
    });
    let outcome = look(&aws).await;
    assert_eq!(outcome.set_aside(TAGS), ["the tags of \"orders\""]);
    assert!(matches!(outcome.status(TAGS), Status::Partial { .. }));
    assert_eq!(outcome.tags(TAGS).len(), 1);
}

/// A token lives for some minutes: the list is begun anew, and what was told is not counted twice.
#[tokio::test]
async fn a_token_that_is_too_old() {
    let refused = std::sync::atomic::AtomicBool::new(false);
    let aws = FakeAws::new().on("GetResources", move |request| {
        let is_second = !text(request, "PaginationToken").is_empty();
        if is_second && !refused.swap(true, std::sync::atomic::Ordering::SeqCst) {
            return error("PaginationTokenExpiredException", "A PaginationToken is valid for ...");
        }
        let all: Vec<Value> = arns().iter().map(|arn| tagged(arn, &[("owner", "ana")])).collect();
        paged(request, &all)
    });
    let outcome = look(&aws).await;
    assert_eq!((outcome.status(TAGS), outcome.of(TAGS).seen), (&Status::Complete, 7));
}

#[tokio::test]
async fn what_every_collector_holds() {
    deny_each(&ResourceTags, world, setup).await;
    throttle_each(&ResourceTags, world, setup).await;
    interrupt_everywhere(&ResourceTags, world, setup).await;
    not_offered(&ResourceTags, setup).await;
}
