//! The table, by example: an operation and what it names → what to look at.

use serde_json::{Value, json};

use super::*;
use crate::realtime::message::{self, Message};
use crate::realtime::{Batch, EventError, Expect, Speakers, batch};

mod watched;

const MEMBER: &str = "444455556666";
const HOME: &str = "111122223333";

pub(super) fn home() -> Home {
    Home { account: HOME.parse().unwrap(), partition: "aws".parse().unwrap(), hub: None }
}

/// One that speaks for everything.
fn speakers(account: &str) -> Speakers {
    let mut speakers = Speakers::default();
    speakers.add(account.parse().unwrap());
    speakers
}

fn record(source: &str, name: &str, parts: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:ana@example.com",
            "arn": format!("arn:aws:sts::{MEMBER}:assumed-role/admin/ana@example.com"),
            "accountId": MEMBER,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLE",
                    "arn": format!("arn:aws:iam::{MEMBER}:role/admin"),
                    "accountId": MEMBER,
                    "userName": "admin",
                },
            },
        },
        "eventTime": "2026-11-29T08:30:00Z",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2",
        "requestParameters": null,
        "responseElements": null,
        "eventID": "11112222-3333-4444-5555-666677778888",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": MEMBER,
        "eventCategory": "Management",
    });
    for (name, value) in parts.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

fn event(source: &str, name: &str, parts: &Value) -> Event {
    let record = record(source, name, parts);
    let account = record["recipientAccountId"].as_str().unwrap().to_owned();
    Event::read(record.to_string().as_bytes(), &account).unwrap()
}

/// What a call with this request, and this answer, touches: `account region collector name expect`, a line each.
fn touched(source: &str, name: &str, request: &Value, response: &Value) -> Vec<String> {
    let parts = json!({"requestParameters": request, "responseElements": response});
    match find(&event(source, name, &parts), &home()) {
        Finding::Touched(touches) => touches
            .iter()
            .map(|touch| {
                let place = if touch.account.as_str() == HOME { "home" } else { "member" };
                let name = touch.name.as_deref().unwrap_or("*");
                let expect = match touch.expect {
                    Expect::There => "+",
                    Expect::Gone => "-",
                    Expect::Either => "?",
                };
                format!("{expect} {place} {} {} {name}", touch.region, touch.collector)
            })
            .collect(),
        Finding::Unknown(units) => units.iter().map(|unit| format!("stale {unit}")).collect(),
        Finding::Nothing(why) => vec![format!("nothing: {}", why.word())],
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of examples")]
fn identities_of_an_account() {
    let rows: [(&str, Value, Value, &[&str]); 13] = [
        (
            "CreateUser",
            json!({"userName": "ana"}),
            Value::Null,
            &[
                "? member aws-global iam-account *",
                "+ member aws-global iam-authorization user/ana",
                "? member aws-global iam-credentials user/ana",
            ],
        ),
        (
            "UpdateUser",
            json!({"userName": "ana", "newUserName": "eva"}),
            Value::Null,
            &[
                "? member aws-global iam-authorization user/ana",
                "+ member aws-global iam-authorization user/eva",
                "? member aws-global iam-credentials user/ana",
                "? member aws-global iam-credentials user/eva",
            ],
        ),
        (
            "AddUserToGroup",
            json!({"userName": "ana", "groupName": "ops"}),
            Value::Null,
            &[
                "+ member aws-global iam-authorization group/ops",
                "+ member aws-global iam-authorization user/ana",
            ],
        ),
        (
            "AttachRolePolicy",
            json!({"roleName": "app", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
            Value::Null,
            &[
                "? member aws-global iam-account *",
                "+ member aws-global iam-authorization role/app",
            ],
        ),
        // A user is told with the names of its groups.
        (
            "UpdateGroup",
            json!({"groupName": "ops", "newGroupName": "platform"}),
            Value::Null,
            &[
                "? member aws-global iam-authorization *",
                "? member aws-global iam-authorization group/ops",
                "? member aws-global iam-authorization group/platform",
            ],
        ),
        (
            "UpdateGroup",
            json!({"groupName": "ops", "newPath": "/team/"}),
            Value::Null,
            &["? member aws-global iam-authorization group/ops"],
        ),
        (
            "CreateServiceLinkedRole",
            json!({"aWSServiceName": "x.amazonaws.com"}),
            json!({"role": {"roleName": "AWSServiceRoleForX"}}),
            &[
                "? member aws-global iam-account *",
                "+ member aws-global iam-authorization role/AWSServiceRoleForX",
            ],
        ),
        (
            "CreatePolicy",
            json!({"policyName": "p"}),
            json!({"policy": {"arn": format!("arn:aws:iam::{MEMBER}:policy/p")}}),
            &[
                "? member aws-global iam-account *",
                "+ member aws-global iam-authorization arn:aws:iam::444455556666:policy/p",
            ],
        ),
        (
            "CreatePolicyVersion",
            json!({"policyArn": format!("arn:aws:iam::{MEMBER}:policy/p")}),
            Value::Null,
            &[
                "? member aws-global iam-account *",
                "+ member aws-global iam-authorization arn:aws:iam::444455556666:policy/p",
            ],
        ),
        // The numbers alone do not tell who was made.
        (
            "CreateUser",
            json!({}),
            Value::Null,
            &[
                "stale 444455556666/aws-global/iam-authorization",
                "stale 444455556666/aws-global/iam-credentials",
                "stale 444455556666/aws-global/iam-account",
            ],
        ),
        // A policy of another account is not this account's to speak about.
        (
            "CreatePolicyVersion",
            json!({"policyArn": "arn:aws:iam::777788889999:policy/p"}),
            Value::Null,
            &[
                "stale 444455556666/aws-global/iam-authorization",
                "stale 444455556666/aws-global/iam-credentials",
                "stale 444455556666/aws-global/iam-account",
            ],
        ),
        (
            "CreateAccessKey",
            Value::Null,
            json!({"accessKey": {"userName": "ana", "accessKeyId": "AKIAEXAMPLE"}}),
            &["? member aws-global iam-account *", "? member aws-global iam-credentials user/ana"],
        ),
        (
            "DeleteAccountAlias",
            json!({"accountAlias": "acme"}),
            Value::Null,
            &["? member aws-global iam-account *"],
        ),
    ];
    for (name, request, response, expected) in rows {
        assert_eq!(touched("iam", name, &request, &response), expected, "{name}");
    }
}

#[test]
fn identity_center_and_the_organization_are_asked_at_home() {
    let set = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444";
    let rows = [
        (
            "sso",
            "CreateAccountAssignment",
            json!({"permissionSetArn": set, "targetId": MEMBER, "targetType": "AWS_ACCOUNT"}),
            vec![
                format!("+ home eu-west-1 permission-sets {set}/{MEMBER}"),
                format!("? home eu-west-1 permission-sets {set}"),
            ],
        ),
        (
            "sso",
            "DeletePermissionSet",
            json!({"permissionSetArn": set}),
            vec![format!("- home eu-west-1 permission-sets {set}")],
        ),
        (
            "sso-directory",
            "AddMemberToGroup",
            json!({"groupId": "g-1", "member": {"memberId": "u-1"}}),
            vec!["? home eu-west-1 identity-store group/g-1".to_owned()],
        ),
        (
            "identitystore",
            "DeleteGroupMembership",
            json!({"identityStoreId": "d-1", "membershipId": "m-1"}),
            vec!["- home eu-west-1 identity-store membership/m-1".to_owned()],
        ),
        (
            "organizations",
            "MoveAccount",
            json!({"accountId": MEMBER}),
            vec!["? home aws-global organization *".to_owned()],
        ),
        (
            "organizations",
            "AttachPolicy",
            json!({"policyId": "p-1", "targetId": "ou-1"}),
            vec!["+ home aws-global organization p-1".to_owned()],
        ),
        // The tree, and the default policy, which AWS attaches to it.
        (
            "organizations",
            "CreateOrganizationalUnit",
            json!({"parentId": "r-1", "name": "Prod"}),
            vec!["? home aws-global organization *".to_owned(); 2],
        ),
        ("sso", "Federate", json!({}), vec!["nothing: not_collected".to_owned()]),
    ];
    for (source, name, request, expected) in rows {
        assert_eq!(touched(source, name, &request, &Value::Null), expected, "{name}");
    }
}

#[test]
fn resources_are_named_by_arns() {
    let at = |text: &str| format!("? member eu-west-1 {text}");
    let function = "arn:aws:lambda:eu-west-1:444455556666:function:f";
    let rows = [
        (
            "s3",
            "PutBucketPolicy",
            json!({"bucketName": "acme-data", "bucketPolicy": {}}),
            vec!["+ member aws-global s3 arn:aws:s3:::acme-data".to_owned()],
        ),
        (
            "lambda",
            "AddPermission20150331v2",
            json!({"functionName": "f"}),
            vec![format!("+ member eu-west-1 lambda {function}")],
        ),
        (
            "lambda",
            "AddPermission20150331v2",
            json!({"functionName": function}),
            vec![format!("+ member eu-west-1 lambda {function}")],
        ),
        (
            "dynamodb",
            "UpdateContinuousBackups",
            json!({"tableName": "t"}),
            vec![at("dynamodb arn:aws:dynamodb:eu-west-1:444455556666:table/t")],
        ),
        (
            "ec2",
            "TerminateInstances",
            json!({"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}),
            vec![
                at("ec2 arn:aws:ec2:eu-west-1:444455556666:instance/i-1"),
                at("ec2 arn:aws:ec2:eu-west-1:444455556666:instance/i-2"),
            ],
        ),
        (
            "rds",
            "ModifyDBInstance",
            json!({"dBInstanceIdentifier": "Orders"}),
            vec![at("rds arn:aws:rds:eu-west-1:444455556666:db:orders")],
        ),
        ("eks", "CreateAccessEntry", json!({"name": "c"}), vec![at("eks *")]),
        ("ec2", "CreateSecurityGroup", json!({}), vec!["nothing: not_collected".to_owned()]),
        ("s3", "PutBucketCors", json!({}), vec!["nothing: not_collected".to_owned()]),
    ];
    for (source, name, request, expected) in rows {
        assert_eq!(touched(source, name, &request, &Value::Null), expected, "{name}");
    }
    let key = "arn:aws:kms:eu-west-1:444455556666:key/11112222-3333-4444-5555-666677778888";
    let parts = json!({
        "requestParameters": {"keyId": "alias/app"},
        "resources": [{"ARN": key, "accountId": MEMBER, "type": "AWS::KMS::Key"}],
    });
    let Finding::Touched(touches) = find(&event("kms", "PutKeyPolicy", &parts), &home()) else {
        panic!("nothing is touched");
    };
    assert!(touches.iter().any(|touch| touch.name.as_deref() == Some(key)), "{touches:?}");
}

#[test]
fn what_touches_nothing_says_why() {
    let request = json!({"userName": "ana"});
    let nothing = |parts: Value, source: &str, name: &str| {
        let mut whole = json!({"requestParameters": request});
        for (name, value) in parts.as_object().unwrap() {
            whole[name] = value.clone();
        }
        match find(&event(source, name, &whole), &home()) {
            Finding::Nothing(why) => why.word(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(nothing(json!({"errorCode": "AccessDenied"}), "iam", "CreateUser"), "failed");
    assert_eq!(nothing(json!({"errorCode": "NoSuchEntity"}), "iam", "CreateUser"), "failed");
    assert_eq!(nothing(json!({"readOnly": true}), "iam", "GetUser"), "read_only");
    assert_eq!(nothing(json!({}), "sts", "AssumeRole"), "read_only");
    assert_eq!(nothing(json!({}), "signin", "ConsoleLogin"), "read_only");
    let data = json!({"eventCategory": "Data", "managementEvent": false});
    assert_eq!(nothing(data, "s3", "PutObject"), "read_only");
    assert_eq!(nothing(json!({}), "glacier", "CreateVault"), "other_service");
}

#[test]
fn what_no_row_knows_makes_its_units_stale() {
    assert_eq!(
        touched("iam", "FrobnicateUser", &json!({}), &Value::Null),
        [
            "stale 444455556666/aws-global/iam-authorization",
            "stale 444455556666/aws-global/iam-credentials",
            "stale 444455556666/aws-global/iam-account",
        ]
    );
    assert_eq!(
        touched("kms", "FrobnicateKey", &json!({}), &Value::Null),
        ["stale 444455556666/eu-west-1/kms"]
    );
    // A row that finds no name is no better.
    assert_eq!(touched("iam", "TagRole", &json!({}), &Value::Null).len(), 3);
}

#[test]
fn names_are_no_way_out() {
    let long = "x".repeat(5_000);
    for name in ["", "a\nb", "a\u{1b}[31m", &long] {
        let touched = touched("iam", "TagUser", &json!({"userName": name}), &Value::Null);
        assert_eq!(touched.len(), 3, "{touched:?}");
    }
    let many: Vec<Value> = (0..500).map(|n| json!({"instanceId": format!("i-{n}")})).collect();
    let request = json!({"instancesSet": {"items": many}});
    assert_eq!(
        touched("ec2", "StopInstances", &request, &Value::Null),
        ["? member eu-west-1 ec2 *"]
    );
}

#[test]
fn an_account_speaks_for_itself() {
    let record = record("iam", "CreateUser", &json!({"requestParameters": {"userName": "ana"}}));
    let read = |sender: &str| Event::read(record.to_string().as_bytes(), sender);
    assert!(read(MEMBER).is_ok());
    assert!(matches!(read(HOME), Err(EventError::Forged { .. })));
    let organization =
        event("organizations", "MoveAccount", &json!({"requestParameters": {"accountId": HOME}}));
    let mut batch = Batch::default();
    batch.add(0, &organization, &home(), &speakers(HOME));
    assert_eq!((batch.looks.len(), batch.foreign), (0, 1));
    let mut batch = Batch::default();
    batch.add(0, &organization, &home(), &speakers(MEMBER));
    assert_eq!((batch.looks.len(), batch.foreign), (1, 0));
}

#[test]
fn an_event_says_who_and_when() {
    let event = event("iam", "CreateUser", &json!({"requestParameters": {"userName": "ana"}}));
    let cause = &event.cause;
    assert_eq!(cause.actor, format!("arn:aws:iam::{MEMBER}:role/admin"));
    assert_eq!(cause.human.as_deref(), Some("ana@example.com"));
    assert_eq!((cause.source_ip.as_str(), cause.name.as_str()), ("192.0.2.7", "CreateUser"));
    assert_eq!(cause.at.to_string(), "2026-11-29T08:30:00Z");
    assert_eq!(cause.id, "11112222-3333-4444-5555-666677778888");
}

fn envelope(detail: &Value, account: &str) -> String {
    json!({
        "version": "0",
        "id": "0",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": account,
        "time": "2026-11-29T08:30:02Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    })
    .to_string()
}

#[test]
fn messages_are_told_apart() {
    let record = record("iam", "CreateUser", &json!({"requestParameters": {"userName": "ana"}}));
    assert!(matches!(message::read(&envelope(&record, MEMBER)), Ok(Message::Event(_))));
    let forged = message::read(&envelope(&record, HOME));
    assert!(matches!(forged, Err(EventError::Forged { .. })), "{forged:?}");
    let other = r#"{"detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"444455556666","detail":{}}"#;
    assert_eq!(message::read(other), Ok(Message::Foreign));
    for notice in [
        r#"{"Records":[{"eventSource":"aws:s3"}]}"#,
        r#"{"Type":"Notification","Message":"{}"}"#,
        r#"{"s3Bucket":"b","s3ObjectKey":[]}"#,
        r#"{"detail-type":"Object Created","source":"aws.s3","account":"444455556666","detail":{"bucket":{"name":"b"}}}"#,
    ] {
        assert_eq!(message::read(notice), Ok(Message::Other), "{notice}");
    }
    for bad in ["", "[", "nothing"] {
        assert!(matches!(message::read(bad), Err(EventError::Unreadable(_))), "{bad}");
    }
    for detail in [json!(null), json!([]), json!("x"), json!({}), json!({"eventName": 1})] {
        assert!(message::read(&envelope(&detail, MEMBER)).is_err(), "{detail}");
    }
    let mut without_id = record;
    without_id.as_object_mut().unwrap().remove("eventID");
    assert_eq!(message::read(&envelope(&without_id, MEMBER)), Err(EventError::NoId));
}

#[test]
fn events_about_one_object_are_one_reading() {
    let tag = |id: &str, second: u32, name: &str| {
        event(
            "iam",
            name,
            &json!({
                "requestParameters": {"userName": "ana"},
                "eventID": id,
                "eventTime": format!("2026-11-29T08:30:{second:02}Z"),
            }),
        )
    };
    let events = [
        tag("11112222-3333-4444-5555-000000000001", 1, "TagUser"),
        tag("11112222-3333-4444-5555-000000000002", 9, "UntagUser"),
        tag("11112222-3333-4444-5555-000000000003", 5, "TagUser"),
    ];
    let none = Speakers::default();
    let of = |order: &[usize]| {
        let mut batch = Batch::default();
        for at in order {
            batch.add(*at, &events[*at], &home(), &none);
        }
        batch
    };
    let batch = of(&[0, 1, 2]);
    assert_eq!(batch.looks.len(), 1);
    let look = batch.looks.values().next().unwrap();
    let named = &look.names["user/ana"];
    assert_eq!(named.event.name, "UntagUser");
    assert_eq!(named.messages, [0, 1, 2].into());
    for order in [[2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        assert_eq!(of(&order).looks, batch.looks);
    }
    assert_eq!(of(&[0, 0, 1, 1, 2]).looks, batch.looks);
    assert_eq!(batch::WHOLE, "*");
}

#[test]
fn a_change_of_our_own_is_a_matter_of_health() {
    let rows = [
        ("events", "DisableRule", json!({"name": "accesstrail-forward"}), true),
        ("events", "DisableRule", json!({"name": "other"}), false),
        ("cloudtrail", "StopLogging", json!({"name": "organization-trail"}), true),
        (
            "sqs",
            "SetQueueAttributes",
            json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/accesstrail-events"}),
            true,
        ),
        ("iam", "PutRolePolicy", json!({"roleName": "accesstrail-read"}), true),
        ("iam", "PutRolePolicy", json!({"roleName": "app"}), false),
        (
            "cloudformation",
            "DeleteStack",
            json!({"stackName": "arn:aws:cloudformation:eu-west-1:111122223333:stack/accesstrail-management/0a"}),
            true,
        ),
        ("lambda", "DeleteFunction20150331", json!({"functionName": "accesstrail-realtime"}), true),
    ];
    for (source, name, request, expected) in rows {
        let found = event(source, name, &json!({"requestParameters": request}));
        assert_eq!(own_change(&found, None).is_some(), expected, "{name} {request}");
        let failed = json!({"requestParameters": request, "errorCode": "AccessDenied"});
        assert_eq!(own_change(&event(source, name, &failed), None), None);
    }
}

#[test]
fn no_operation_is_in_two_places() {
    for service in SERVICES {
        let known: Vec<&str> =
            service.rows.iter().flat_map(|row| row.operations).copied().collect();
        for name in &known {
            let times = known.iter().filter(|other| *other == name).count();
            assert_eq!(times, 1, "{} {name}", service.source);
        }
    }
    assert!(sources().contains(&"iam.amazonaws.com".to_owned()));
}
