//! Events as CloudFormation sends them, and the answers that it takes.

use proptest::prelude::*;

use super::properties::PROPERTIES;
use super::*;
use crate::setup::wanted::{EXTERNAL_ID_BYTES, external_id};

const URL: &str = "https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/arn%3Aaws?X-Amz-Signature=EXAMPLE";

fn payload(kind: &str, properties: &Value) -> Value {
    let mut payload = json!({
        "RequestType": kind,
        "ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:accesstrail-setup",
        "ResponseURL": URL,
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/accesstrail/EXAMPLE",
        "RequestId": "5678EXAMPLE",
        "LogicalResourceId": "Setup",
        "ResourceType": "Custom::AccesstrailSetup",
        "ResourceProperties": properties,
    });
    if kind != "Create" {
        payload["PhysicalResourceId"] = json!("accesstrail-setup-EXAMPLE");
        payload["OldResourceProperties"] = json!({});
    }
    payload
}

fn event(kind: &str, properties: &Value) -> Event {
    Event::read(&payload(kind, properties), Address::Aws).unwrap()
}

fn id() -> String {
    external_id([7; EXTERNAL_ID_BYTES])
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

#[test]
fn it_waits_a_little_less_long_than_cloudformation() {
    for (said, seconds) in [
        (json!({}), 3_300),
        (json!({"ServiceTimeout": "600"}), 550),
        (json!({"ServiceTimeout": 60}), 55),
        (json!({"ServiceTimeout": "3600"}), 3_300),
        (json!({"ServiceTimeout": "0"}), 3_300),
        (json!({"ServiceTimeout": "soon"}), 3_300),
    ] {
        let patience = event("Create", &said).patience();
        assert_eq!(patience, SignedDuration::from_secs(seconds), "{said}");
    }
}

#[test]
fn events_of_cloudformation_are_told_from_direct_ones() {
    assert!(is_event(&payload("Create", &json!({}))));
    for other in
        [json!({"setup": "status"}), json!({"RequestType": "Create"}), json!(null), json!([1])]
    {
        assert!(!is_event(&other), "{other}");
        assert!(matches!(Event::read(&other, Address::Aws), Err(EventError::Form(_))));
    }
}

#[test]
fn answers_go_to_aws_alone() {
    let with = |url: &str| {
        let mut payload = payload("Create", &json!({}));
        payload["ResponseURL"] = json!(url);
        Event::read(&payload, Address::Aws).is_ok()
    };
    assert!(with(URL));
    assert!(with("https://x.s3.cn-north-1.amazonaws.com.cn/y"));
    for elsewhere in [
        "http://x.s3.amazonaws.com/y",
        "https://example.com/x.amazonaws.com",
        "https://example.com?.amazonaws.com",
        "https://amazonaws.com.example.com/",
        "https://user@example.com#.amazonaws.com/",
        "https://x.amazonaws.com:8443@example.com/",
        "https://notamazonaws.com/",
        "file:///etc/passwd",
        "",
    ] {
        assert!(!with(elsewhere), "{elsewhere}");
    }
    let mut local = payload("Create", &json!({}));
    local["ResponseURL"] = json!("http://127.0.0.1:4566/answer");
    assert!(Event::read(&local, Address::Any).is_ok());
}

#[test]
fn the_physical_id_is_stable() {
    let created = event("Create", &json!({}));
    assert_eq!(created.physical_id(), event("Create", &json!({"Tiers": "1"})).physical_id());
    assert_eq!(event("Update", &json!({})).physical_id(), "accesstrail-setup-EXAMPLE");
    assert_eq!(event("Delete", &json!({})).physical_id(), "accesstrail-setup-EXAMPLE");
    let mut other = payload("Create", &json!({}));
    other["LogicalResourceId"] = json!("Other");
    assert_ne!(created.physical_id(), Event::read(&other, Address::Aws).unwrap().physical_id());
    assert!(created.physical_id().starts_with("accesstrail-setup-"));
}

#[test]
fn events_become_purposes_and_wishes() {
    let properties = json!({
        "ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:accesstrail-setup",
        "Tiers": "1, 4",
        "Units": ["ou-exam-workloads"],
        "AccountsExclude": "444455556666",
        "Regions": "eu-west-1,us-east-1",
        "TolerancePercent": "20",
        "ArchiveDays": "30",
        "ReadOnlyEvents": "true",
        "QueueArn": "arn:aws:sqs:eu-west-1:111122223333:accesstrail-touched",
    });
    let Decision::Run { purpose, wanted } = event("Create", &properties).decide(&id()) else {
        panic!("it is understood");
    };
    assert_eq!(purpose, Purpose::Deploy);
    assert_eq!(wanted.tiers, [1, 4].into());
    assert_eq!(wanted.units, ["ou-exam-workloads".to_owned()].into());
    assert_eq!(wanted.accounts_exclude.len(), 1);
    assert_eq!(wanted.regions.len(), 2);
    assert_eq!((wanted.preferences.tolerance_percent, wanted.archive_days), (20, 30));
    assert!(wanted.read_only_events && !wanted.create_trail);
    assert_eq!(wanted.external_id, id());
    let update = event("Update", &properties).decide(&id());
    assert!(matches!(update, Decision::Run { purpose: Purpose::Deploy, .. }));
    let delete = event("Delete", &properties).decide(&id());
    assert!(matches!(delete, Decision::Run { purpose: Purpose::Destroy, .. }));
}

#[test]
fn what_is_wrong_is_refused_all_at_once_but_may_go() {
    let properties = json!({
        "Tier": "1", "Regions": "nowhere!", "ArchiveDays": "many", "CreateTrail": "perhaps", "Tiers": ""
    });
    let Decision::Refuse(reason) = event("Create", &properties).decide(&id()) else {
        panic!("it is wrong");
    };
    for words in [
        "property Tier is not known",
        "property Regions",
        "property ArchiveDays",
        "neither yes nor no",
        "tier 1",
    ] {
        assert!(reason.contains(words), "{words} in {reason}");
    }
    let delete = event("Delete", &properties).decide(&id());
    assert!(matches!(delete, Decision::Run { purpose: Purpose::Destroy, .. }));
    assert!(PROPERTIES.is_sorted());
}

#[test]
fn answers_have_what_cloudformation_wants() {
    let event = event("Update", &json!({}));
    let answer = event.success(&[("Notes".to_owned(), "0".to_owned())].into());
    assert_eq!(answer.url, URL);
    assert_eq!(
        body(&answer),
        json!({
            "Status": "SUCCESS",
            "PhysicalResourceId": "accesstrail-setup-EXAMPLE",
            "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/accesstrail/EXAMPLE",
            "RequestId": "5678EXAMPLE",
            "LogicalResourceId": "Setup",
            "NoEcho": false,
            "Data": {"Notes": "0"},
        })
    );
    let failed = body(&event.failure("it was denied"));
    assert_eq!((&failed["Status"], &failed["Reason"]), (&json!("FAILED"), &json!("it was denied")));
}

#[test]
fn a_turn_is_answered_or_taken_again() {
    let event = event("Create", &json!({}));
    let began: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let at = |minutes: i64| began.saturating_add(SignedDuration::from_mins(minutes)).unwrap();
    let waiting = Turn::Waiting { step: "set/x".to_owned(), what: "it runs".to_owned() };
    assert_eq!(event.after(&waiting, began, at(54)), After::Again);
    let After::Answer(late) = event.after(&waiting, began, at(55)) else { panic!("too late") };
    let reason = body(&late)["Reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("set/x: it runs") && reason.contains("3300 seconds"), "{reason}");
    let done = Turn::Done { notes: vec!["a".to_owned()] };
    let After::Answer(answer) = event.after(&done, began, at(1)) else { panic!("done") };
    assert_eq!(body(&answer)["Status"], "SUCCESS");
    let failed =
        Turn::Failed { step: "x".to_owned(), problems: vec!["y".to_owned(), "z".to_owned()] };
    let After::Answer(answer) = event.after(&failed, began, at(1)) else { panic!("failed") };
    assert_eq!(body(&answer)["Reason"], "x: y; z");
}

proptest! {
    /// Whatever the reason, CloudFormation takes the answer.
    #[test]
    fn answers_are_short_enough(reason in "\\PC{0,4000}|[\"\\\\\u{1}é]{0,3000}", long in 0_usize..6_000) {
        let event = event("Create", &json!({}));
        let data = [("Long".to_owned(), "x".repeat(long))].into();
        for answer in [event.failure(&reason), event.success(&data)] {
            prop_assert!(answer.body.len() <= ANSWER_BYTES, "{}", answer.body.len());
            prop_assert!(body(&answer)["RequestId"] == "5678EXAMPLE");
        }
    }
}
