//! Who is an administrator.

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, account, all, arn, policy};
use crate::access::Index;
use crate::access::escalation::Escalation;

fn deny(action: &str, condition: &Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition})
}

/// Whether somebody with these policies, under these policies of the organization, is an administrator.
fn is_administrator(own: &Value, boundary: &Value, scp: &Value, rcp: &Value) -> bool {
    let role = json!({"arn": arn("role", "power"), "type": "role", "account": ACCOUNT, "inline": [own],
        "boundary": boundary});
    let none = json!([]);
    let list = |it: &Value, name: &str| if it.is_null() { none.clone() } else { json!([name]) };
    let text = |it: &Value| if it.is_null() { all() } else { it.clone() };
    let estate = account(
        &json!([role]),
        &json!({"organization": {"id": "o-1", "management_account": "444455556666",
            "ous": {"r-1": {"parent": null, "scps": ["full"], "rcps": []}},
            "accounts": {ACCOUNT: {"ou": "r-1", "scps": list(scp, "scp"), "rcps": list(rcp, "rcp")}},
            "policies": {"full": all(), "scp": text(scp), "rcp": text(rcp)}}}),
    );
    let index = Index::of(&estate);
    !Escalation::of(&index).administrators().is_empty()
}

#[test]
fn an_organization_that_takes_services_away_leaves_administrators() {
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let under = |statement: Value| {
        let scp = policy(json!([allow, statement]));
        is_administrator(&all(), &Value::Null, &scp, &Value::Null)
    };
    let mfa = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
    let insecure = json!({"Bool": {"aws:SecureTransport": "false"}});
    let other = json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/other"}});
    for statement in [
        deny("s3:*", &json!({})),
        deny("s3:*", &insecure),
        deny("kms:*", &mfa),
        deny("kms:*", &other),
        deny("bedrock:*", &json!({})),
        deny("iam:DeleteRole", &json!({})),
    ] {
        assert!(under(statement.clone()), "{statement}");
    }
    for statement in [
        deny("*", &json!({})),
        deny("iam:*", &json!({})),
        deny("iam:*", &other),
        deny("*", &json!({"ArnLike": {"aws:PrincipalArn": arn("role", "power")}})),
    ] {
        assert!(!under(statement.clone()), "{statement}");
    }
    let listed = json!({"Effect": "Allow", "Resource": "*",
        "Action": ["iam:*", "s3:*", "ec2:*", "sts:*", "logs:*"]});
    let list = policy(json!([listed]));
    assert!(is_administrator(&all(), &Value::Null, &list, &Value::Null));
    let mut tls = deny("sts:*", &json!({"BoolIfExists": {"aws:SecureTransport": "false"}}));
    tls["Principal"] = json!("*");
    assert!(is_administrator(&all(), &Value::Null, &all(), &policy(json!([tls]))));
}

#[test]
fn own_policies_and_the_boundary_must_give_iam_and_most_of_the_rest() {
    let give =
        |actions: Value| policy(json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]));
    let not = |actions: Value| {
        policy(json!([{"Effect": "Allow", "NotAction": actions, "Resource": "*"}]))
    };
    let is = |own: &Value, boundary: &Value| is_administrator(own, boundary, &all(), &Value::Null);
    assert!(is(&give(json!(["iam:*", "ec2:*", "s3:*", "lambda:*"])), &Value::Null));
    assert!(is(&not(json!("s3:*")), &Value::Null));
    assert!(is(&all(), &not(json!("organizations:*"))));
    assert!(!is(&give(json!("iam:*")), &Value::Null));
    assert!(!is(&not(json!("iam:*")), &Value::Null));
    assert!(!is(&all(), &give(json!("ec2:*"))));
    assert!(!is(&all(), &give(json!("iam:*"))));
}
