//! The format, and lines that are no cases.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn answer(case: &Value) -> Value {
    serde_json::from_str(&evaluate_line(&case.to_string())).unwrap()
}

fn allow_all() -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}})
}

fn case() -> Value {
    json!({
        "id": "x", "mode": "strict",
        "request": {
            "principal": "arn:aws:iam::111122223333:user/ana", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/k", "resource_account": null, "context": {},
        },
        "identity_policies": [allow_all()], "boundary": null, "scps": [], "rcps": [],
        "resource_policy": null, "session_policy": null, "endpoint_policies": [],
    })
}

#[test]
fn a_result_has_the_keys_of_the_format_in_their_order() {
    let expected = r#"{"id":"x","decision":"allowed","decided_by":[{"effect":"Allow","layer":"identity_policy","policy":0,"sid":"All","statement":0}],"missing_keys":[],"reason":"every layer that must allow the request does"}"#;
    assert_eq!(evaluate_line(&case().to_string()), expected);
}

#[test]
fn levels_are_named() {
    let mut case = case();
    let deny = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]});
    case["scps"] = json!([[allow_all()], [allow_all(), deny]]);
    let found = answer(&case);
    assert_eq!(found["decision"], "explicitly_denied");
    assert_eq!(
        found["decided_by"],
        json!([{"layer": "scp", "level": 1, "policy": 1, "statement": 1, "sid": null, "effect": "Deny"}])
    );
}

#[test]
fn what_a_decision_hangs_on_is_named() {
    let mut case = case();
    case["mode"] = json!("discovery");
    case["identity_policies"][0]["Statement"]["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:username": "ana"}});
    case["request"]["context"]["AWS:UserName"] = json!("ana");
    let found = answer(&case);
    assert_eq!(found["decision"], "conditional");
    assert_eq!(found["missing_keys"], json!(["aws:MultiFactorAuthPresent"]));
    assert_eq!(found["residual"][0]["operator"], "Bool");
    assert_eq!(found["residual"][0]["values"], json!(["true"]));
    assert_eq!(found["decided_by"][0]["certain"], false);
    case["mode"] = json!("strict");
    assert_eq!(answer(&case)["decision"], "implicitly_denied");
}

#[test]
fn an_action_for_no_resource_is_asked_for_on_all() {
    let mut case = case();
    case["identity_policies"][0]["Statement"]["Resource"] = json!("arn:aws:s3:::b/*");
    assert_eq!(answer(&case)["decision"], "allowed");
    case["request"]["wildcard_only_action"] = json!(true);
    assert_eq!(answer(&case)["decision"], "implicitly_denied");
}

#[test]
fn malformed_cases_are_invalid_and_keep_their_id() {
    let rows: &[(&str, Value, &str)] = &[
        ("/mode", json!("lenient"), "`mode` is \"lenient\""),
        ("/request", json!(1), "`principal` is missing"),
        ("/request/action", json!("s3:Get*"), "`s3:Get*` is no action"),
        ("/request/action", json!("GetObject"), "`GetObject` is no action"),
        ("/request/action", json!(["s3:GetObject"]), "`action` is an array"),
        ("/request/resource", json!("bucket"), "`bucket` is no resource"),
        ("/request/resource_account", json!("1111"), "`1111` is no account"),
        ("/request/resource_account", json!(1), "`resource_account` is a number"),
        ("/request/principal", json!("*"), "the principal is `*`"),
        ("/request/principal", json!("ana"), "`ana` is no principal"),
        ("/request/context", json!([]), "`context` is an array"),
        ("/request/context", json!({"a:b": {}}), "`a:b` in the context"),
        ("/identity_policies", json!({}), "`identity_policies` is an object"),
        (
            "/identity_policies/0/Statement/Effect",
            json!("Permit"),
            "identity_policies 1: statement 1: `Permit`",
        ),
        (
            "/identity_policies/0/Statement/Principal",
            json!("*"),
            "identity_policies 1: statement 1: `Principal` is in",
        ),
        ("/boundary", json!("x"), "boundary: the document is a string"),
        ("/scps", json!([{}]), "`scps level 1` is an object"),
        ("/scps", json!([[{"Version": "1"}]]), "scps level 1 1: `1` is no version"),
        ("/resource_policy", allow_all(), "resource_policy: statement 1: `Principal` is missing"),
    ];
    for (path, value, expected) in rows {
        let mut case = case();
        let (parent, name) = path.rsplit_once('/').unwrap();
        case.pointer_mut(parent).unwrap()[name] = value.clone();
        let found = answer(&case);
        assert_eq!((&found["id"], &found["decision"]), (&json!("x"), &json!("invalid")), "{path}");
        let reason = found["reason"].as_str().unwrap();
        assert!(reason.starts_with(expected), "{path}: {reason}");
    }
    for line in ["", "x", "[]", "{\"id\":1}"] {
        let found: Value = serde_json::from_str(&evaluate_line(line)).unwrap();
        assert_eq!(found["decision"], "invalid", "{line}");
    }
}

#[test]
fn anonymous_is_said_twice() {
    let mut case = case();
    case["request"]["anonymous"] = json!(true);
    assert_eq!(answer(&case)["decision"], "invalid");
    case["request"]["principal"] = json!("*");
    assert_eq!(answer(&case)["decision"], "implicitly_denied", "it has no identity policies");
}

proptest! {
    #[test]
    fn every_line_has_a_result(line in ".*") {
        let found: Value = serde_json::from_str(&evaluate_line(&line)).unwrap();
        prop_assert!(found["decision"].is_string() && found["reason"].is_string());
    }
}
