//! The facts that follow from a request.

use super::*;
use crate::policy::evaluate::Mode;
use crate::policy::evaluate::context::Found;

const KEYS: [&str; 7] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:username",
    "aws:principalisawsservice",
    "aws:resourceaccount",
    "aws:requestedregion",
];

/// The keys, each as its value, `-` where it is absent, `?` where it is not known.
fn facts(principal: &str, role: Option<&str>, action: &str, resource: &str) -> Vec<String> {
    let principal = match principal {
        "*" => Principal::anonymous(),
        text => Principal::read(text).unwrap(),
    };
    let mut context = Context::new(Mode::Discovery);
    let about = About { principal: &principal, role, action, resource, account: None };
    derive(&mut context, about);
    let text = |key: &&str| match context.find(key) {
        Found::Values(values) => values.join(","),
        Found::Absent => "-".to_owned(),
        Found::Unknown => "?".to_owned(),
    };
    KEYS.iter().map(text).collect()
}

#[test]
fn what_follows_from_who_asks_and_on_what() {
    let queue = "arn:aws:sqs:eu-west-1:444455556666:q";
    let user = "arn:aws:iam::111122223333:user/team/ana";
    let session = "arn:aws:sts::111122223333:assumed-role/r/s";
    let role = "arn:aws:iam::111122223333:role/team/r";
    let root = "arn:aws:iam::111122223333:root";
    let rows = [
        (
            user,
            None,
            "sqs:SendMessage",
            queue,
            [user, "111122223333", "User", "ana", "false", "444455556666", "eu-west-1"],
        ),
        (
            session,
            Some(role),
            "sqs:SendMessage",
            queue,
            [role, "111122223333", "AssumedRole", "-", "false", "444455556666", "eu-west-1"],
        ),
        (
            session,
            None,
            "iam:ListUsers",
            "*",
            ["?", "111122223333", "AssumedRole", "-", "false", "?", "us-east-1"],
        ),
        (
            root,
            None,
            "s3:GetObject",
            "arn:aws:s3:::b/k",
            [root, "111122223333", "Account", "-", "false", "?", "?"],
        ),
        (
            "111122223333",
            None,
            "iam:PassRole",
            role,
            [root, "111122223333", "Account", "-", "false", "111122223333", "us-east-1"],
        ),
        (
            "*",
            None,
            "s3:GetObject",
            "arn:aws:s3:::b/k",
            ["-", "-", "Anonymous", "-", "-", "?", "?"],
        ),
        (
            "sns.amazonaws.com",
            None,
            "sqs:SendMessage",
            queue,
            ["?", "?", "?", "?", "true", "444455556666", "eu-west-1"],
        ),
    ];
    for (principal, role, action, resource, expected) in rows {
        assert_eq!(facts(principal, role, action, resource), expected, "{principal} {action}");
    }
}

#[test]
fn what_is_said_stays() {
    let principal = Principal::read("arn:aws:iam::111122223333:user/ana").unwrap();
    let mut context = Context::new(Mode::Strict);
    context.set("AWS:username", ["bob"]);
    context.set("aws:RequestedRegion", None::<&str>);
    let about = About {
        principal: &principal,
        role: None,
        action: "ec2:RunInstances",
        resource: "arn:aws:ec2:eu-west-1:111122223333:instance/*",
        account: Some("444455556666"),
    };
    derive(&mut context, about);
    assert_eq!(context.find("aws:username"), Found::Values(&["bob".to_owned()]));
    assert_eq!(context.find("aws:requestedregion"), Found::Absent);
    assert_eq!(context.find("aws:resourceaccount"), Found::Values(&["444455556666".to_owned()]));
}
