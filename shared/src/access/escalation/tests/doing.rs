//! On what the permissions of a way must be given.

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, account, all, arn, policy};
use crate::access::Index;
use crate::access::escalation::Escalation;

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn allow(actions: Value, resources: Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn deny(actions: Value, resources: Value) -> Value {
    json!({"Effect": "Deny", "Action": actions, "Resource": resources})
}

/// Something of the account in any region, or in one.
fn on(service: &str, region: &str, rest: &str) -> Value {
    json!(format!("arn:aws:{service}:{region}:{ACCOUNT}:{rest}"))
}

fn user(name: &str, mut statements: Vec<Value>) -> Value {
    statements.push(allow(json!("iam:PassRole"), json!(arn("role", "power"))));
    json!({"arn": arn("user", name), "type": "user", "account": ACCOUNT, "inline": [policy(json!(statements))]})
}

fn found(principals: Vec<Value>, service: &str) -> Vec<Vec<&'static str>> {
    let trust = policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": format!("{service}.amazonaws.com")}}]));
    let power = json!({"arn": arn("role", "power"), "type": "role", "account": ACCOUNT, "inline": [all()],
        "trust": trust});
    let all: Vec<Value> = principals.into_iter().chain([power]).collect();
    let estate = account(&json!(all), &json!({}));
    let index = Index::of(&estate);
    let routes = Escalation::of(&index).routes();
    for hop in routes.iter().flat_map(|route| &route.hops) {
        assert!(!hop.permissions.is_empty(), "{hop:?}");
    }
    routes.iter().map(|route| route.hops.iter().map(|hop| hop.id).collect()).collect()
}

fn first(statements: Vec<Value>, service: &str) -> Option<&'static str> {
    found(vec![user("start", statements)], service).first().map(|ids| ids[0])
}

#[test]
fn what_is_done_to_one_thing_is_allowed_on_one_thing() {
    let function = |region: &str, name: &str| on("lambda", region, &format!("function:{name}"));
    let two = |make: Value, call: Value| {
        vec![
            allow(json!("lambda:CreateFunction"), make),
            allow(json!("lambda:InvokeFunction"), call),
        ]
    };
    let rows = [
        (two(function("*", "team-*"), function("*", "team-x")), Some("lambda-001")),
        (two(function("*", "team-*"), function("*", "*-report")), Some("lambda-001")),
        (two(function("*", "team-*"), json!("*")), Some("lambda-001")),
        (two(function("eu-west-1", "*"), function("eu-*", "*")), Some("lambda-001")),
        (two(function("*", "team-*"), function("*", "prod-report")), None),
        (two(function("eu-west-1", "*"), function("us-east-1", "*")), None),
        (two(function("eu-*", "x-*"), function("us-*", "x-*")), None),
    ];
    for (statements, expected) in rows {
        assert_eq!(first(statements.clone(), "lambda"), expected, "{statements:?}");
    }
    let jobs = |left: &str, right: &str| {
        vec![
            allow(json!("glue:CreateJob"), on("glue", "*", &format!("job/{left}"))),
            allow(json!("glue:StartJobRun"), on("glue", "*", &format!("job/{right}"))),
        ]
    };
    assert_eq!(first(jobs("a", "a"), "glue"), Some("glue-003"));
    assert_eq!(first(jobs("a", "b"), "glue"), None);
    let instances = |left: &str, right: &str| {
        vec![
            allow(
                json!(["ec2:StopInstances", "ec2:StartInstances"]),
                on("ec2", "*", &format!("instance/{left}")),
            ),
            allow(
                json!("ec2:ModifyInstanceAttribute"),
                on("ec2", "*", &format!("instance/{right}")),
            ),
        ]
    };
    assert_eq!(first(instances("i-1", "i-1"), "ec2"), Some("ec2-002"));
    assert_eq!(first(instances("i-1", "i-2"), "ec2"), None);
}

#[test]
fn an_action_is_allowed_on_each_type_that_it_is_always_on() {
    let send = |resources: Value| vec![allow(json!("ssm:SendCommand"), resources)];
    let document = "arn:aws:ssm:*::document/AWS-RunShellScript";
    let instance = on("ec2", "*", "instance/*");
    let managed = on("ssm", "*", "managed-instance/mi-*");
    assert_eq!(first(send(json!([document, instance])), "ec2"), Some("ssm-002"));
    assert_eq!(first(send(json!([document])), "ec2"), None);
    assert_eq!(first(send(json!([document, managed])), "ec2"), None);
    assert_eq!(first(send(json!([instance])), "ec2"), None);
    let start = |resource: Value| vec![allow(json!("ssm:StartSession"), resource)];
    assert_eq!(first(start(instance), "ec2"), Some("ssm-001"));
    assert_eq!(first(start(json!("arn:aws:ssm:*:*:document/x")), "ec2"), None);
    let run = |rest: Vec<Value>| {
        let mut all = vec![allow(json!("ec2:RunInstances"), json!("*"))];
        all.extend(rest);
        first(all, "ec2")
    };
    assert_eq!(run(Vec::new()), Some("ec2-001"));
    assert_eq!(run(vec![deny(json!("ec2:RunInstances"), on("ec2", "*", "instance/*"))]), None);
    assert_eq!(run(vec![deny(json!("ec2:RunInstances"), on("ec2", "*", "subnet/*"))]), None);
    assert_eq!(
        run(vec![deny(json!("ec2:RunInstances"), on("ec2", "*", "key-pair/*"))]),
        Some("ec2-001")
    );
    let image = vec![allow(json!("ec2:RunInstances"), json!("arn:aws:ec2:*::image/*"))];
    assert_eq!(first(image, "ec2"), None);
}

#[test]
fn regions_are_named_by_patterns_too() {
    let both = json!(["lambda:CreateFunction", "lambda:InvokeFunction"]);
    let with = |condition: Value| {
        let mut own = allow(both.clone(), json!("*"));
        own["Condition"] = condition;
        own
    };
    let like = |values: Value| with(json!({"StringLike": {"aws:RequestedRegion": values}}));
    let found = Some("lambda-001");
    assert_eq!(first(vec![like(json!("ap-*"))], "lambda"), found);
    assert_eq!(first(vec![like(json!(["sa-*", "il-*"]))], "lambda"), found);
    let but = |values: Value| {
        let mut own = deny(both.clone(), json!("*"));
        own["Condition"] = json!({"StringLike": {"aws:RequestedRegion": values}});
        own
    };
    assert_eq!(first(vec![like(json!("eu-*")), but(json!("eu-west-*"))], "lambda"), found);
    assert_eq!(first(vec![like(json!("eu-west-*")), but(json!("eu-*"))], "lambda"), None);
    let mid = on("lambda", "ap-southeast-?", "function:x-*");
    assert_eq!(first(vec![allow(json!("lambda:*Function"), mid.clone())], "lambda"), found);
    assert_eq!(
        first(vec![allow(json!("lambda:*Function"), mid), but(json!("ap-*"))], "lambda"),
        None
    );
}

#[test]
fn everybody_with_a_resource_of_its_own_is_found() {
    let of = |at: usize| {
        let own = on("lambda", "*", &format!("function:own-{at}"));
        user(
            &format!("u{at:03}"),
            vec![allow(json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), own)],
        )
    };
    assert_eq!(found((0..90).map(of).collect(), "lambda").len(), 90);
    let named = allow(json!("lambda:*"), on("lambda", "*", "function:${aws:username}-*"));
    assert_eq!(first(vec![named], "lambda"), Some("lambda-001"));
}
