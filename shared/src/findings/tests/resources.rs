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
        (json!({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), SURE),
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
fn what_a_stranger_meets_with_something_of_its_own() {
    let like = |key: &str, value: &str| json!({"StringLike": {key: value}});
    let rows = [
        (like("aws:PrincipalArn", "arn:aws:iam::*:role/deploy"), SURE),
        (like("aws:PrincipalArn", "*:role/deploy-*"), SURE),
        (like("aws:PrincipalArn", "arn:aws:iam::*:user/ci"), SURE),
        (like("aws:PrincipalArn", "arn:aws:iam::*:root"), SURE),
        (like("aws:PrincipalArn", "arn:aws:iam::444455556666:role/*"), None),
        (like("aws:PrincipalArn", "*:444455556666:role/deploy"), None),
        (like("aws:PrincipalType", "AssumedRole"), SURE),
        (like("aws:PrincipalType", "Account"), SURE),
        (like("aws:userid", "AROA*"), SURE),
        (like("aws:userid", "*:deploy"), SURE),
        (like("aws:userid", "AROAEXAMPLE:*"), None),
        (like("aws:SourceVpce", "vpce-*"), SURE),
        (like("aws:SourceVpc", "*"), SURE),
        (like("aws:SourceVpc", "vpc-1"), None),
        (like("aws:VpceAccount", "*"), SURE),
        (json!({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}), SURE),
        (json!({"StringLike": {"aws:SourceVpc": "vpc-*", "aws:PrincipalAccount": ACCOUNT}}), None),
        (
            json!({"StringLike": {"aws:SourceVpc": "vpc-*"}, "StringEquals": {"aws:VpceAccount": ACCOUNT}}),
            None,
        ),
        (like("s3:DataAccessPointArn", "arn:aws:s3:us-east-1:*:accesspoint/*"), SURE),
        (like("s3:DataAccessPointArn", "arn:aws:s3:us-east-1:111122223333:accesspoint/*"), None),
        (like("aws:SourceArn", "arn:aws:s3:::*"), SURE),
        (like("aws:SourceArn", "arn:aws:sns:*:*:jobs"), SURE),
        (like("aws:SourceArn", "*"), SURE),
        (like("aws:SourceArn", "arn:aws:sns:*:111122223333:*"), None),
        (like("aws:SourceArn", "*:111122223333:*"), None),
        (
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}),
            None,
        ),
        (like("aws:SourceAccount", "*"), SURE),
        (like("aws:SourceOrgID", "o-*"), SURE),
    ];
    for (row, expected) in rows {
        assert_eq!(queue(everybody(row.clone())), expected, "{row}");
        // Whoever denies all others keeps out as many.
        let (operator, entries) = row.as_object().unwrap().iter().next().unwrap();
        if row.as_object().unwrap().len() > 1 || entries.as_object().unwrap().len() > 1 {
            continue;
        }
        let negated = match operator.as_str() {
            "StringLike" => "StringNotLike",
            "IpAddress" => "NotIpAddress",
            other => panic!("{other}"),
        };
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*",
            "Condition": {negated: entries}});
        assert_eq!(queue(json!([everybody(Value::Null), deny])), expected, "denied unless {row}");
    }
}

#[test]
fn from_where_everybody_comes() {
    let from = |operator: &str, ranges: Value| json!({operator: {"aws:SourceIp": ranges}});
    let rows = [
        (from("IpAddress", json!(["203.0.113.0/24", "0.0.0.0/1"])), SURE),
        (from("IpAddress", json!(["0.0.0.0/1", "128.0.0.0/1"])), SURE),
        (from("IpAddress", json!("::/0")), SURE),
        (from("IpAddress", json!("2001::/16")), SURE),
        (from("IpAddress", json!("10.0.0.0/8")), None),
        (from("IpAddress", json!(["203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"])), None),
        (from("IpAddress", json!("2001:db8::/32")), None),
        (from("NotIpAddress", json!(["203.0.113.0/24", "198.51.100.0/24"])), SURE),
        // Whoever comes through an endpoint of its own network has no such address.
        (from("NotIpAddress", json!(["0.0.0.0/0", "::/0"])), SURE),
        (from("IpAddressIfExists", json!("10.0.0.0/8")), SURE),
        (json!({"Null": {"aws:SourceVpce": "false"}}), SURE),
    ];
    for (row, expected) in rows {
        assert_eq!(queue(everybody(row.clone())), expected, "{row}");
    }
    let office = json!([everybody(Value::Null), {"Effect": "Deny", "Principal": "*", "Action": "sqs:*",
        "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "192.0.2.0/24"]}}}]);
    assert_eq!(queue(office), None);
    let banned = json!([everybody(Value::Null), {"Effect": "Deny", "Principal": "*", "Action": "sqs:*",
        "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]);
    assert_eq!(queue(banned), SURE);
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
    for anybody in ["arn:aws:iam::*:role/deploy", "*:role/deploy-*", "arn:aws:iam::*:user/ci"] {
        let found = role(json!({"ArnLike": {"aws:PrincipalArn": anybody}}));
        let expected =
            (!anybody.starts_with('*')).then_some((Severity::Critical, Confidence::High));
        assert_eq!(found, expected, "{anybody}");
        let found = role(json!({"StringLike": {"aws:PrincipalArn": anybody}}));
        assert_eq!(found, Some((Severity::Critical, Confidence::High)), "{anybody}");
    }
    // Root users assume no roles.
    assert_eq!(role(json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})), None);
    assert_eq!(
        role(json!({"StringEquals": {"sts:ExternalId": "EXAMPLE"}})),
        Some((Severity::Critical, Confidence::Medium))
    );
}
