//! Records that CloudTrail writes, as JSON, and what they become.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::record::plain::Plain;
use super::*;
use crate::model::activity::{Caller, Human, NamedBy};

const HOME: &str = "444455556666";
const ID: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d";

/// A record with these fields changed; `null` takes one away.
fn with(changes: &Value) -> Plain {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/ana",
            "accountId": "111122223333",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "ana"
        },
        "eventTime": "2026-11-29T08:30:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "[aws-cli/2.27.1 Python/3.13]",
        "requestParameters": {"bucketName": "reports", "key": "2026/a.csv"},
        "eventID": ID,
        "eventType": "AwsApiCall",
        "managementEvent": false,
        "recipientAccountId": "111122223333",
        "eventCategory": "Data"
    });
    let fields = record.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    Plain::read(&record.to_string()).unwrap()
}

#[test]
fn every_field_of_a_record_is_carried_over() {
    let plain = with(&json!({}));
    let activity = normalize(&plain.record(), HOME).unwrap();
    assert_eq!(activity.account, "111122223333");
    assert_eq!(activity.id, EventId(0x0a1b_2c3d_4e5f_4a6b_8c7d_9e8f_7a6b_5c4d));
    assert_eq!(activity.time, EventTime::read("2026-11-29T08:30:00Z").unwrap());
    assert_eq!(activity.principal, "arn:aws:iam::111122223333:user/ana");
    assert_eq!(activity.human, None);
    assert_eq!((&*activity.source, &*activity.name), ("s3.amazonaws.com", "GetObject"));
    assert_eq!((activity.outcome, activity.category), (Outcome::Success, Category::Data));
    assert_eq!((&*activity.region, &*activity.source_ip), ("eu-west-1", "192.0.2.7"));
    assert_eq!(activity.caller, Caller::Cli);
    assert_eq!(activity.access_key.as_deref(), Some("AKIAIOSFODNN7EXAMPLE"));
    assert_eq!(activity.resources, ["arn:aws:s3:::reports/2026/a.csv"]);
}

#[test]
fn a_session_is_of_its_role_and_names_its_human() {
    let plain = with(&json!({"userIdentity": {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:bo@example.com",
        "arn": "arn:aws:sts::111122223333:assumed-role/deploy/bo@example.com",
        "sessionContext": {"sessionIssuer": {
            "type": "Role", "arn": "arn:aws:iam::111122223333:role/teams/deploy"
        }}
    }}));
    let activity = normalize(&plain.record(), HOME).unwrap();
    assert_eq!(activity.principal, "arn:aws:iam::111122223333:role/teams/deploy");
    let human = Human { by: NamedBy::SessionName, name: "bo@example.com".into() };
    assert_eq!(activity.human, Some(human));
}

#[test]
fn the_account_is_the_recipients() {
    let none = json!({"recipientAccountId": null});
    let nobody = json!({"recipientAccountId": null, "userIdentity": null});
    for (changes, home, account) in [
        (&json!({"recipientAccountId": "444455556666"}), "", "444455556666"),
        (&json!({}), HOME, "111122223333"),
        (&none, HOME, HOME),
        (&none, "", "111122223333"),
        (&nobody, "", ""),
    ] {
        assert_eq!(normalize(&with(changes).record(), home).unwrap().account, account, "{changes}");
    }
}

#[test]
fn a_record_is_refused_where_nothing_true_can_be_said() {
    let long = "9".repeat(200);
    for (changes, why) in [
        (json!({"eventTime": null}), "the record has no `eventTime`"),
        (json!({"eventSource": ""}), "the record has no `eventSource`"),
        (json!({"eventName": null}), "the record has no `eventName`"),
        (json!({"eventName": 7}), "the record has no `eventName`"),
        (json!({"eventVersion": "2.0"}), "unknown version `2.0`"),
        (json!({"eventVersion": "11"}), "unknown version `11`"),
        (json!({"eventVersion": "one"}), "unknown version `one`"),
        (json!({"eventVersion": &long}), &*format!("unknown version `{}`", "9".repeat(64))),
        (json!({"eventTime": "yesterday"}), "`yesterday` is not a time"),
        (json!({"eventTime": "2026-02-29T00:00:00Z"}), "`2026-02-29T00:00:00Z` is not a time"),
        (json!({"eventTime": "1969-12-31T23:59:59Z"}), "`1969-12-31T23:59:59Z` is not a time"),
    ] {
        let error = normalize(&with(&changes).record(), HOME).unwrap_err();
        assert_eq!(error.to_string(), why, "{changes}");
    }
}

#[test]
fn what_may_be_absent_or_odd_is_not_refused() {
    for changes in [
        json!({"eventVersion": null}),
        json!({"eventVersion": "1"}),
        json!({"eventVersion": "1.0"}),
        json!({"eventVersion": "1.99"}),
        json!({"eventTime": "2026-11-29T08:30:00.250Z"}),
        json!({"eventID": null}),
        json!({"userIdentity": null}),
        json!({"userIdentity": {}}),
        json!({"userIdentity": "HIDDEN_DUE_TO_SECURITY_REASONS"}),
        json!({"requestParameters": "HIDDEN_DUE_TO_SECURITY_REASONS"}),
        json!({"requestParameters": null, "resources": []}),
        json!({"readOnly": "false"}),
        json!({"awsRegion": null, "sourceIPAddress": null, "userAgent": null}),
    ] {
        let plain = with(&changes);
        assert!(normalize(&plain.record(), HOME).is_ok(), "{changes}");
    }
}

#[test]
fn outcomes() {
    let denied = "AccessDenied AccessDeniedException AccessDeniedFault Client.AccessDenied KMSAccessDenied \
        VpceAccessDenied Client.UnauthorizedOperation UnauthorizedOperation UnauthorizedAccess \
        Server.UnauthorizedOperation AuthorizationError AuthorizationErrorException NotAuthorized \
        NotAuthorizedException UnauthorizedException S3.AccessDenied ForbiddenException Forbidden \
        Client.AuthFailure AuthFailure ExpiredToken ExpiredTokenException InvalidClientTokenId \
        SignatureDoesNotMatch UnrecognizedClientException AllAccessDisabled 403";
    for code in denied.split_whitespace() {
        assert_eq!(outcome(Some(code)), Outcome::Denied, "{code}");
    }
    let failed = "NoSuchBucket NoSuchEntityException ThrottlingException Client.RequestLimitExceeded \
        ValidationException ResourceNotFoundException InvalidParameterValue Client.DryRunOperation 404 \
        ConditionalCheckFailedException OptInRequired TrailNotFoundException PreconditionFailed";
    for code in failed.split_whitespace() {
        assert_eq!(outcome(Some(code)), Outcome::Failed, "{code}");
    }
    assert_eq!(outcome(None), Outcome::Success);
    assert_eq!(outcome(Some("")), Outcome::Success);
}

/// A sign-in as AWS documents it, with the response of one that failed.
fn sign_in(name: &str, response: &Value) -> Value {
    json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "accountId": "111122223333",
            "accessKeyId": "",
            "userName": "ana"
        },
        "eventSource": "signin.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "userAgent": "Mozilla/5.0",
        "errorMessage": "Failed authentication",
        "requestParameters": null,
        "responseElements": response,
        "additionalEventData": {
            "LoginTo": "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true",
            "MobileVersion": "No",
            "MFAUsed": "No"
        },
        "eventType": "AwsConsoleSignIn",
        "managementEvent": true,
        "eventCategory": "Management",
        "resources": null
    })
}

#[test]
fn a_sign_in_whose_response_says_so_failed() {
    let ends = |changes: &Value| {
        let activity = with(changes);
        normalize(&activity.record(), HOME).unwrap().outcome
    };
    for name in
        ["ConsoleLogin", "SwitchRole", "CheckMfa", "CredentialVerification", "UserAuthentication"]
    {
        let failed = sign_in(name, &json!({name: "Failure"}));
        assert_eq!(ends(&failed), Outcome::FailedSignIn, "{name}");
        let beside = sign_in(name, &json!({"a": [{name: 1}], name: "Failure", "z": "Success"}));
        assert_eq!(ends(&beside), Outcome::FailedSignIn, "{name}");
        assert_eq!(ends(&sign_in(name, &json!({name: "Success"}))), Outcome::Success, "{name}");
        // Not what it says of something else, or in another form.
        for response in [
            json!(null),
            json!({}),
            json!({"Other": "Failure"}),
            json!({"deeper": {name: "Failure"}}),
            json!({name: ["Failure"]}),
            json!({name: false}),
            json!("Failure"),
            json!([name, "Failure"]),
        ] {
            assert_eq!(ends(&sign_in(name, &response)), Outcome::Success, "{name}: {response}");
        }
        // Another service may answer whatever it likes.
        let mut other = failed.clone();
        other["eventSource"] = json!("s3.amazonaws.com");
        assert_eq!(ends(&other), Outcome::Success, "{name}");
        // What has an error code ends as that says.
        let mut coded = failed;
        coded["errorCode"] = json!("AccessDenied");
        assert_eq!(ends(&coded), Outcome::Denied, "{name}");
        coded["errorCode"] = json!("ValidationException");
        assert_eq!(ends(&coded), Outcome::Failed, "{name}");
    }
    let console = with(&sign_in("ConsoleLogin", &json!({"ConsoleLogin": "Failure"})));
    assert_eq!(normalize(&console.record(), HOME).unwrap().caller, Caller::Console);
}

#[test]
fn categories_of_new_and_of_old_records() {
    let s3 = |name: &str| json!({"eventName": name});
    let rows = [
        (json!({"eventCategory": "Management", "managementEvent": true}), Category::Management),
        (json!({"eventCategory": "Data"}), Category::Data),
        (json!({"eventCategory": "NetworkActivity"}), Category::Network),
        (json!({"eventCategory": "Insight"}), Category::Insight),
        (json!({"eventCategory": "Aggregated"}), Category::Aggregated),
        (json!({"eventType": "AwsCloudTrailInsight"}), Category::Insight),
        (json!({"eventType": "AwsAggregatedEvent"}), Category::Aggregated),
        (json!({"eventType": "AwsVpceEvents"}), Category::Network),
        (json!({"managementEvent": true}), Category::Management),
        (json!({"managementEvent": false, "eventName": "Query"}), Category::Data),
        (json!({"eventCategory": "Brand new", "managementEvent": false}), Category::Data),
        (s3("PutObject"), Category::Data),
        (s3("UploadPart"), Category::Data),
        (s3("CreateBucket"), Category::Management),
        (json!({"eventSource": "lambda.amazonaws.com", "eventName": "Invoke"}), Category::Data),
        (
            json!({"eventSource": "lambda.amazonaws.com", "eventName": "ListFunctions20150331"}),
            Category::Management,
        ),
    ];
    for (mut changes, category) in rows {
        for (name, absent) in [("eventCategory", Value::Null), ("managementEvent", Value::Null)] {
            changes.as_object_mut().unwrap().entry(name).or_insert(absent);
        }
        let plain = with(&changes);
        assert_eq!(normalize(&plain.record(), HOME).unwrap().category, category, "{changes}");
    }
}

#[test]
fn an_aggregated_event_is_told_apart_although_it_lacks_most_fields() {
    let plain = with(&json!({
        "eventID": null, "eventId": ID, "userIdentity": null, "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent", "accountId": "111122223333", "recipientAccountId": null
    }));
    let activity = normalize(&plain.record(), HOME).unwrap();
    assert_eq!((activity.id, activity.category), (uuid(ID).unwrap(), Category::Aggregated));
    assert_eq!((&*activity.principal, &*activity.account), ("unknown:", HOME));
    assert!(!activity.category.is_call());
}

#[test]
fn a_uuid_is_its_bits_and_anything_else_is_hashed_apart_from_all_of_them() {
    let is_hash = |id: EventId| id.0 & VARIANT == VARIANT;
    let odd = [
        "0A1B2C3D-4E5F-4A6B-8C7D-9E8F7A6B5C4D",
        "0a1b2c3d4e5f4a6b8c7d9e8f7a6b5c4d",
        "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4",
        "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d0",
        "0a1b2c3d-4e5f-4a6b-cc7d-9e8f7a6b5c4d",
        "0a1b2c3d-4e5f-4a6b-8c7d+9e8f7a6b5c4d",
        "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4é",
        "EXAMPLE",
    ];
    let mut seen = std::collections::BTreeSet::new();
    for id in odd {
        let plain = with(&json!({"eventID": id}));
        let found = event_id(&plain.record());
        assert!(is_hash(found) && seen.insert(found), "{id}");
        assert_eq!(event_id(&plain.record()), found);
    }
    let (one, other) =
        (with(&json!({"eventID": null})), with(&json!({"eventID": null, "eventName": "x"})));
    let (one, other) = (event_id(&one.record()), event_id(&other.record()));
    assert!(is_hash(one) && is_hash(other) && one != other);
    assert!(!is_hash(uuid(ID).unwrap()));
}

proptest! {
    #[test]
    fn a_uuid_is_read_as_a_number(value: u128) {
        let value = value & !VARIANT | RFC_VARIANT;
        let [a, b, c, d, e] = [(96, 32), (80, 16), (64, 16), (48, 16), (0, 48)]
            .map(|(shift, bits)| value >> shift & ((1 << bits) - 1));
        prop_assert_eq!(uuid(&format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")), Some(EventId(value)));
    }

    #[test]
    fn whole_seconds_are_those_of_the_slow_reader(seconds in 0_i64..253_402_300_800) {
        let time = EventTime(seconds * 1000);
        prop_assert_eq!(whole_seconds(&time.text()), Some(time));
        prop_assert_eq!(EventTime::read(&time.text()), Some(time));
    }

    #[test]
    fn what_is_not_a_time_is_none_to_both(
        (year, month, day) in (1960..2110, 0..14, 0..33),
        (hour, minute, second) in (0..26, 0..62, 0..60),
    ) {
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        prop_assert_eq!(whole_seconds(&text), EventTime::read(&text));
    }

    #[test]
    fn near_misses_of_a_time_are_read_as_the_slow_reader_does(at in 0_usize..20, byte in 0x20_u8..0x7f) {
        let mut text = b"2026-11-29T08:30:00Z".to_vec();
        text[at] = byte;
        let text = String::from_utf8(text).unwrap();
        prop_assert_eq!(read_time(&text), EventTime::read(&text));
    }

    #[test]
    fn nothing_panics_and_no_record_is_refused_for_what_is_beside_the_point(
        fields in proptest::array::uniform10("\\PC{0,40}"),
        request in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let [id, agent, ip, region, error, kind, arn, principal, issuer, key] = &fields;
        let plain = with(&json!({
            "eventID": id, "userAgent": agent, "sourceIPAddress": ip, "awsRegion": region, "errorCode": error,
            "eventType": kind, "eventCategory": kind, "requestParameters": {key: arn}, "resources": [{"ARN": arn}],
            "userIdentity": {"type": kind, "arn": arn, "principalId": principal, "accessKeyId": key,
                "sessionContext": {"sessionIssuer": {"arn": issuer}, "sourceIdentity": principal}}
        }));
        let mut record = plain.record();
        prop_assert!(normalize(&record, HOME).is_ok());
        (record.request, record.resources) = (Some(&request[..]), Some(&request[..]));
        prop_assert!(normalize(&record, HOME).is_ok());
    }
}
