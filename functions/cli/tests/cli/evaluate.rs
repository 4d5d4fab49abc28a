//! `accesstrail evaluate`.

use std::fs;

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::world::{program, run};

fn case(id: &str, effect: &str) -> Value {
    json!({
        "id": id,
        "mode": "strict",
        "request": {
            "principal": "arn:aws:iam::111122223333:user/ana",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::bucket/key",
            "resource_account": "111122223333",
            "context": {},
        },
        "identity_policies": [
            {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "s3:*", "Resource": "*"}},
        ],
        "boundary": null, "scps": [], "rcps": [], "resource_policy": null, "session_policy": null,
        "endpoint_policies": [],
    })
}

#[test]
fn a_result_a_line_in_the_order_of_the_cases() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("cases.jsonl");
    let lines = [
        case("one", "Allow").to_string(),
        "{".to_owned(),
        String::new(),
        case("two", "Deny").to_string(),
    ];
    fs::write(&path, lines.join("\n")).unwrap();
    let path = path.to_str().unwrap();
    let ran = run(&mut program(folder.path()), &["evaluate", "--cases", path]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let results: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let decisions: Vec<&str> =
        results.iter().map(|result| result["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["allowed", "invalid", "explicitly_denied"]);
    assert_eq!((&results[0]["id"], &results[2]["id"]), (&json!("one"), &json!("two")));
    let ran = run(&mut program(folder.path()), &["evaluate", "--cases", path, "--bench", "100"]);
    let last: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["bench"]["evaluations"], 200);
    assert_eq!(ran.out.lines().count(), 4);
}

#[test]
fn cases_that_are_not_there_say_so() {
    let folder = tempdir().unwrap();
    let ran = run(&mut program(folder.path()), &["evaluate", "--cases", "nowhere.jsonl"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("nowhere.jsonl"), "{}", ran.err);
}
