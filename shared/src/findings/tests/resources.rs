//! `wildcard-principal`.

use super::*;

const KIND: FindingKind = FindingKind::WildcardPrincipal;
const SURE: Option<(Severity, Confidence)> = Some((Severity::High, Confidence::High));
const PERHAPS: Option<(Severity, Confidence)> = Some((Severity::Medium, Confidence::Medium));
const NO_RCP: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

fn of(arn: &str, statements: Value, rcp: &Value) -> Judged {
    let resource = json!([{"arn": arn, "account": ACCOUNT, "policy": policy(statements)}]);
    judged(KIND, &organization(&json!([]), &resource, &all(), rcp))
}

fn queue(statements: Value) -> Option<(Severity, Confidence)> {
    let arn = "arn:aws:sqs:eu-west-1:111122223333:jobs";
    only(&of(arn, statements, &serde_json::from_str(NO_RCP).unwrap()))
}

fn everybody(condition: Value) -> Value {
    let mut statement =
        json!({"Effect": "Allow", "Action": "sqs:*", "Principal": "*", "Resource": "*"});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

#[test]
fn whom_a_policy_names() {
    let names = |principal: Value| json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": principal, "Resource": "*"});
    let rows = [
        (names(json!("*")), SURE),
        (names(json!({"AWS": "*"})), SURE),
        (names(json!({"AWS": [VENDOR, "*"]})), SURE),
        (
            json!({"Effect": "Allow", "Action": "sqs:SendMessage", "NotPrincipal": {"AWS": VENDOR}, "Resource": "*"}),
            SURE,
        ),
        (
            json!({"Effect": "Allow", "NotAction": "sqs:DeleteQueue", "Principal": "*", "Resource": "*"}),
            SURE,
        ),
        (names(json!({"AWS": VENDOR})), None),
        (names(json!({"AWS": ACCOUNT})), None),
        (json!({"Effect": "Deny", "Action": "sqs:*", "Principal": "*", "Resource": "*"}), None),
        // A service is no wildcard, with or without whom it acts for.
        (names(json!({"Service": "sns.amazonaws.com"})), None),
    ];
    for (row, expected) in rows {
        assert_eq!(queue(row.clone()), expected, "{row}");
    }
}

#[test]
fn what_narrows_it() {
    let rows = [
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}}), None),
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-another"}}), SURE),
        (json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}), None),
        (json!({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:topic"}}), None),
        (json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}}), None),
        (json!({"StringEquals": {"AWS:SourceOwner": ACCOUNT}}), None),
        (json!({"StringEquals": {"aws:SourceVpce": "vpce-EXAMPLE"}}), None),
        (json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), None),
        (json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), SURE),
        (json!({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), None),
        (json!({"Bool": {"aws:SecureTransport": "true"}}), SURE),
        (json!({"Bool": {"aws:PrincipalIsAWSService": "true"}}), None),
        (json!({"StringEquals": {"aws:UserAgent": "secret"}}), PERHAPS),
        (json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}), None),
        (json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}}), SURE),
    ];
    for (row, expected) in rows {
        assert_eq!(queue(everybody(row.clone())), expected, "{row}");
    }
    let denied = json!([everybody(Value::Null), {"Effect": "Deny", "Principal": "*", "Action": "sqs:*",
        "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}}]);
    assert_eq!(queue(denied), None);
    let partly = json!([everybody(Value::Null), {"Effect": "Deny", "Principal": "*",
        "Action": "sqs:DeleteQueue", "Resource": "*"}]);
    assert_eq!(queue(partly), SURE);
}

#[test]
fn the_organization_may_keep_everybody_out() {
    let rcp = policy(
        json!({"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "sqs:*"], "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}}}),
    );
    let arn = "arn:aws:sqs:eu-west-1:111122223333:jobs";
    assert_eq!(only(&of(arn, everybody(Value::Null), &rcp)), None);
}

#[test]
fn what_is_in_a_bucket() {
    let bucket = |action: &str, resource: &str| {
        let statement =
            json!({"Effect": "Allow", "Action": action, "Principal": "*", "Resource": resource});
        only(&of("arn:aws:s3:::bucket", statement, &serde_json::from_str(NO_RCP).unwrap()))
    };
    // Files do not say whether public access is blocked.
    let found = Some((Severity::High, Confidence::Medium));
    assert_eq!(bucket("s3:GetObject", "arn:aws:s3:::bucket/*"), found);
    assert_eq!(bucket("s3:*", "arn:aws:s3:::bucket"), found);
    assert_eq!(bucket("s3:GetObject", "arn:aws:s3:::bucket/public/?"), found);
}

#[test]
fn a_role_that_trusts_everybody() {
    let role = |condition: Value| {
        let mut statement =
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}});
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        let role = json!([{"arn": arn("role/open"), "type": "role", "account": ACCOUNT, "trust": policy(statement)}]);
        only(&judged(KIND, &organization(&role, &json!([]), &all(), &policy(json!([])))))
    };
    assert_eq!(role(Value::Null), Some((Severity::Critical, Confidence::High)));
    assert_eq!(role(json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}})), None);
    assert_eq!(
        role(json!({"StringEquals": {"sts:ExternalId": "EXAMPLE"}})),
        Some((Severity::Critical, Confidence::Medium))
    );
}
