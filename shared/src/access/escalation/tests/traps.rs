//! What looks like a way and is none, and what is one and looks harmless.

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, account, all, arn, policy};
use crate::access::Index;
use crate::access::escalation::Escalation;

fn trust(principal: Value) -> Value {
    policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]))
}

fn allow(action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn when(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

/// An account with an administrator of each kind, and somebody with these statements; what else differs is in `rest`.
fn first_hop(statements: Value, rest: Value) -> Option<&'static str> {
    let lambda = json!({"Service": "lambda.amazonaws.com"});
    let mut start = json!({"arn": arn("user", "start"), "type": "user", "account": ACCOUNT,
        "inline": [policy(statements)], "groups": [arn("group", "team")]});
    start.as_object_mut().unwrap().extend(rest["start"].as_object().cloned().unwrap_or_default());
    let reads = policy(json!([allow(json!("s3:Get*"), json!("*"))]));
    let mut principals = vec![
        start,
        json!({"arn": arn("user", "boss"), "type": "user", "account": ACCOUNT, "inline": [all()]}),
        json!({"arn": arn("user", "mate"), "type": "user", "account": ACCOUNT, "inline": [reads]}),
        json!({"arn": arn("role", "runner"), "type": "role", "account": ACCOUNT, "inline": [all()], "trust": trust(lambda)}),
        json!({"arn": arn("role", "closed"), "type": "role", "account": ACCOUNT, "inline": [all()],
            "trust": trust(json!({"Service": "batch.amazonaws.com"}))}),
        json!({"arn": arn("role", "reader"), "type": "role", "account": ACCOUNT, "managed": [arn("policy", "tools")],
            "trust": trust(json!({"AWS": ACCOUNT}))}),
    ];
    principals.extend(rest["principals"].as_array().cloned().unwrap_or_default());
    let estate = account(
        json!(principals),
        json!({"managed_policies": {arn("policy", "tools"): reads, arn("policy", "limit"): reads},
            "groups": [{"arn": arn("group", "team"), "inline": rest["team"].as_array().cloned().unwrap_or_default(), "managed": []},
                {"arn": arn("group", "readers"), "inline": [reads], "managed": []}]}),
    );
    let index = Index::of(&estate);
    Escalation::of(&index).route(&arn("user", "start")).map(|route| route.hops[0].id)
}

#[test]
fn what_is_safe_is_not_flagged() {
    let none = Value::Null;
    let one = |statement: Value| json!([statement]);
    let text = |text: &str| json!(text);
    let pass = |resource: &str| allow(text("iam:PassRole"), json!(arn("role", resource)));
    let create = allow(json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), text("*"));
    let itself = json!({"boundary": arn("policy", "limit")});
    let rows: Vec<(&str, Value, Value)> = vec![
        (
            "its own keys",
            one(allow(
                json!(["iam:CreateAccessKey", "iam:DeleteAccessKey"]),
                text("arn:aws:iam::*:user/${aws:username}"),
            )),
            none.clone(),
        ),
        (
            "keys of somebody without rights",
            one(allow(text("iam:CreateAccessKey"), json!(arn("user", "mate")))),
            none.clone(),
        ),
        (
            "a role without rights",
            one(allow(text("sts:AssumeRole"), json!(arn("role", "reader")))),
            none.clone(),
        ),
        (
            "a role that does not trust it",
            one(allow(text("sts:AssumeRole"), text("*"))),
            none.clone(),
        ),
        ("a role is passed that has no rights", json!([pass("reader"), create]), none.clone()),
        (
            "a role is passed that the service has not",
            json!([pass("closed"), create]),
            none.clone(),
        ),
        (
            "functions without passing",
            one(allow(json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), text("*"))),
            none.clone(),
        ),
        ("passing alone", json!([pass("runner")]), none.clone()),
        (
            "only harmless policies may be attached",
            one(when(
                allow(text("iam:AttachUserPolicy"), text("*")),
                json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}),
            )),
            none.clone(),
        ),
        (
            "only with a boundary",
            one(when(
                allow(text("iam:PutUserPolicy"), text("*")),
                json!({"StringEquals": {"iam:PermissionsBoundary": arn("policy", "limit")}}),
            )),
            none.clone(),
        ),
        (
            "a version of a policy that others have",
            one(allow(text("iam:CreatePolicyVersion"), json!(arn("policy", "tools")))),
            none.clone(),
        ),
        (
            "a group without rights",
            one(allow(text("iam:AddUserToGroup"), json!(arn("group", "readers")))),
            none.clone(),
        ),
        (
            "its rights stay within a boundary",
            one(allow(text("iam:PutUserPolicy"), text("*"))),
            json!({"start": itself}),
        ),
        (
            "reading",
            one(allow(json!(["iam:Get*", "iam:List*", "sts:GetCallerIdentity"]), text("*"))),
            none.clone(),
        ),
        (
            "the denial is in the group",
            one(allow(text("iam:PutUserPolicy"), text("*"))),
            json!({"team": [policy(json!([{"Effect": "Deny", "Action": "iam:Put*", "Resource": "*"}]))]}),
        ),
        (
            "all but itself",
            one(json!({"Effect": "Allow", "Action": "iam:PutUserPolicy",
            "NotResource": [arn("user", "start"), arn("user", "boss"), arn("user", "mate")]})),
            none.clone(),
        ),
        (
            "only with a second factor",
            one(when(
                allow(text("iam:AttachUserPolicy"), text("*")),
                json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            )),
            none.clone(),
        ),
        (
            "somebody else's account",
            one(allow(text("iam:CreateAccessKey"), text("arn:aws:iam::444455556666:user/*"))),
            none,
        ),
    ];
    let flagged: Vec<_> = rows
        .into_iter()
        .filter_map(|(label, statements, rest)| Some((label, first_hop(statements, rest)?)))
        .collect();
    assert_eq!(flagged, []);
}

#[test]
fn what_looks_harmless_is_found() {
    let text = |text: &str| json!(text);
    let rows: Vec<(&str, Value, Value, &str)> = vec![
        (
            "a wildcard within a name",
            json!([allow(text("iam:Put?serPolicy"), text("*"))]),
            Value::Null,
            "iam-007",
        ),
        (
            "letters of any case",
            json!([allow(text("IAM:putuserpolicy"), text("*"))]),
            Value::Null,
            "iam-007",
        ),
        (
            "all but something else",
            json!([{"Effect": "Allow", "NotAction": ["s3:*", "sts:*", "lambda:*", "iam:PutUserPolicy"],
            "Resource": arn("user", "start")}]),
            Value::Null,
            "iam-008",
        ),
        (
            "all resources but one",
            json!([{"Effect": "Allow", "Action": "iam:CreateAccessKey",
            "NotResource": arn("user", "mate")}]),
            Value::Null,
            "iam-002",
        ),
        (
            "its own name as a variable",
            json!([allow(
                text("iam:AttachUserPolicy"),
                text("arn:aws:iam::*:user/${aws:username}")
            )]),
            Value::Null,
            "iam-008",
        ),
        (
            "a condition that holds for it",
            json!([when(
                allow(text("iam:PutUserPolicy"), text("*")),
                json!({"StringEquals": {"aws:PrincipalTag/team": "red"}})
            )]),
            json!({"start": {"tags": {"team": "red"}}}),
            "iam-007",
        ),
        (
            "the deny names another",
            json!([allow(text("iam:PutUserPolicy"), text("*")),
            {"Effect": "Deny", "Action": "iam:PutUserPolicy", "Resource": arn("user", "boss")}]),
            Value::Null,
            "iam-007",
        ),
        (
            "half of it in the group",
            json!([allow(text("iam:PassRole"), json!(arn("role", "runner")))]),
            json!({"team": [policy(json!([allow(json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), text("*"))]))]}),
            "lambda-001",
        ),
        (
            "in one region alone",
            json!([
                allow(text("iam:PassRole"), json!(arn("role", "runner"))),
                when(
                    allow(json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), text("*")),
                    json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
                )
            ]),
            Value::Null,
            "lambda-001",
        ),
        (
            "in one place alone",
            json!([
                allow(text("iam:PassRole"), json!(arn("role", "run*"))),
                allow(
                    json!(["lambda:CreateFunction", "lambda:InvokeFunction"]),
                    text("arn:aws:lambda:eu-central-1:111122223333:function:team-*")
                )
            ]),
            Value::Null,
            "lambda-001",
        ),
        (
            "through one without rights",
            json!([allow(text("iam:UpdateAssumeRolePolicy"), json!(arn("role", "closed")))]),
            Value::Null,
            "iam-012",
        ),
    ];
    for (label, statements, rest, id) in rows {
        assert_eq!(first_hop(statements, rest), Some(id), "{label}");
    }
}
