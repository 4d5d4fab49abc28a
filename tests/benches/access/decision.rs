//! One decision, policies read before.

use std::hint::black_box;
use std::time::Duration;

use accesstrail_shared::policy::case::Case;
use accesstrail_shared::policy::evaluate::Decision;
use serde_json::{Value, json};

use crate::clock::best;
use crate::table::{Row, print};

const ROUNDS: u32 = 100_000;

pub(crate) fn run() {
    let rows = [("one user, one policy", small(), 500), ("all layers", whole(), 1_500)];
    let rows = rows.map(|(name, case, most)| {
        let read = Case::read(&case.to_string()).unwrap();
        assert_eq!(read.decide(), Decision::Allowed, "{name}");
        let best = best(9, || {
            for _ in 0..ROUNDS {
                assert_eq!(black_box(&read).decide(), Decision::Allowed);
            }
        });
        let goal = Duration::from_nanos(most);
        Row::new([name.to_owned()]).goal(best / ROUNDS, goal)
    });
    print("One decision", &["case"], &rows);
}

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// One user with one policy.
fn small() -> Value {
    json!({
        "id": "small", "mode": "strict",
        "request": {
            "principal": "arn:aws:iam::111122223333:user/ana", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::bucket/home/ana/x", "resource_account": "111122223333",
            "context": {"aws:username": "ana", "aws:SecureTransport": "true"},
        },
        "identity_policies": [policy(&json!([
            {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::bucket"},
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::bucket/home/${aws:username}/*",
             "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        ]))],
    })
}

/// A session across accounts, with every layer there is.
fn whole() -> Value {
    let full = policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let regions = policy(&json!([{
        "Effect": "Deny", "NotAction": ["iam:*", "organizations:*", "route53:*", "support:*", "cloudfront:*"], "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]},
            "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/Breakglass"]},
        },
    }]));
    let perimeter = policy(&json!([{
        "Effect": "Deny", "Principal": "*", "Action": ["s3:*", "sqs:*", "kms:*"], "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }]));
    let own = |actions: &Value| {
        policy(&json!([
            {"Effect": "Allow", "Action": actions, "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]},
            {"Effect": "Allow", "Action": ["ec2:Describe*", "logs:Get*"], "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
        ]))
    };
    json!({
        "id": "whole", "mode": "strict",
        "request": {
            "principal": "arn:aws:sts::111122223333:assumed-role/app/s1", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::data/2026/11/file.parquet", "resource_account": "444455556666",
            "context": {
                "aws:RequestedRegion": "eu-west-1", "aws:PrincipalArn": "arn:aws:iam::111122223333:role/app",
                "aws:PrincipalOrgID": "o-example", "aws:PrincipalIsAWSService": "false", "aws:SecureTransport": "true",
                "aws:SourceIp": "203.0.113.9",
            },
        },
        "identity_policies": [own(&json!(["s3:Get*", "s3:List*"])), own(&json!("s3:PutObject")), own(&json!(["sqs:*"]))],
        "boundary": own(&json!("s3:*")),
        "session_policy": own(&json!(["s3:GetObject"])),
        "scps": [[full, regions], [full], [full]],
        "rcps": [[perimeter], []],
        "resource_policy": policy(&json!([
            {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/app", "777788889999"]},
             "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ])),
        "endpoint_policies": [policy(&json!([{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data*"}]))],
    })
}
