//! `admin-wildcard` and `escalation-path`.

use super::*;

const KIND: FindingKind = FindingKind::AdminWildcard;
const SURE: Option<(Severity, Confidence)> = Some((Severity::High, Confidence::High));

/// What is said of a user with these statements, under a boundary and a service control policy.
fn user(statements: Value, boundary: Value, scp: &Value) -> Judged {
    let user = json!([{"arn": arn("user/ana"), "type": "user", "account": ACCOUNT, "tags": {},
        "inline": [policy(statements)],
        "boundary": if boundary.is_null() { boundary } else { policy(boundary) }}]);
    judged(KIND, &organization(&user, &json!([]), scp, &policy(json!([]))))
}

fn alone(statements: Value) -> Option<(Severity, Confidence)> {
    let judged = user(statements, Value::Null, &all());
    assert!(judged.unknown.is_empty(), "{judged:?}");
    only(&judged)
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn allow(action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

#[test]
fn everything_in_every_spelling() {
    let rows = [
        allow(json!("*"), json!("*")),
        allow(json!("*:*"), json!("*")),
        allow(json!(["s3:GetObject", "*"]), json!(["arn:aws:s3:::x", "*"])),
        allow(json!("*"), json!("arn:*")),
        json!({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"}),
        json!({"Effect": "Allow", "NotAction": ["iam:CreateUser", "aws-portal:*"], "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret"}),
    ];
    for row in rows {
        assert_eq!(alone(row.clone()), SURE, "{row}");
    }
}

#[test]
fn everything_in_several_statements() {
    let but = |action: Value| json!({"Effect": "Allow", "NotAction": action, "Resource": "*"});
    let on_all_but =
        |resource: &str| json!({"Effect": "Allow", "Action": "*", "NotResource": resource});
    let iam = "arn:aws:iam::*:*";
    let rows = [
        (json!([but(json!("iam:*")), allow(json!("iam:*"), json!("*"))]), SURE),
        (
            json!([but(json!(["iam:*", "s3:*"])), allow(json!(["s3:*", "iam:Put*"]), json!("*"))]),
            SURE,
        ),
        (json!([on_all_but(iam), allow(json!("*"), json!(iam))]), SURE),
        (json!([but(json!("iam:*")), allow(json!("iam:Get*"), json!("*"))]), None),
        (
            json!([but(json!("iam:*")), allow(json!("iam:*"), json!("arn:aws:iam::*:role/app/*"))]),
            None,
        ),
        (json!([but(json!(["iam:*", "s3:*"])), allow(json!("iam:*"), json!("*"))]), None),
        // What is listed is not everything.
        (
            json!([
                allow(json!(["ec2:*", "iam:*", "kms:*"]), json!("*")),
                allow(json!(["lambda:*", "s3:*", "sts:*"]), json!("*"))
            ]),
            None,
        ),
    ];
    for (row, expected) in rows {
        assert_eq!(alone(row.clone()), expected, "{row}");
    }
    let judged = user(
        json!([
            allow(json!("iam:*"), json!("*")),
            allow(json!("sqs:*"), json!("*")),
            but(json!("iam:*"))
        ]),
        Value::Null,
        &all(),
    );
    let evidence = &judged.present[0].detail.evidence;
    let places: Vec<Option<usize>> = evidence.iter().map(|it| it.statement).collect();
    assert_eq!(places, [Some(0), Some(2)]);
    assert_eq!(evidence[0].fact, "allows iam:* on every resource");
}

#[test]
fn what_is_less_than_everything() {
    let rows = [
        allow(json!("*"), json!("arn:aws:s3:::bucket/*")),
        allow(json!("*"), json!(["arn:aws:s3:::*", "arn:aws:ec2:*"])),
        allow(json!("s3:*"), json!("*")),
        allow(json!(["iam:*", "s3:*", "ec2:*"]), json!("*")),
        allow(json!("*:Describe*"), json!("*")),
        allow(json!("*:Get*"), json!("*")),
        // As AWS's PowerUserAccess has it.
        json!({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}),
        json!({"Effect": "Deny", "Action": "*", "Resource": "*"}),
        json!([allow(json!("*"), json!("*")), {"Effect": "Deny", "Action": "*", "Resource": "*"}]),
        json!([allow(json!("*"), json!("*")), {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"}]),
    ];
    for row in rows {
        assert_eq!(alone(row.clone()), None, "{row}");
    }
}

#[test]
fn layers_take_it_away_wholly_or_in_part() {
    let wild = || allow(json!("*"), json!("*"));
    let part = Some((Severity::Medium, Confidence::Low));
    let boundary = |given: Value| only(&user(wild(), given, &all()));
    assert_eq!(boundary(wild()), SURE);
    assert_eq!(boundary(allow(json!("s3:GetObject"), json!("*"))), None);
    assert_eq!(boundary(json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})), part);
    let scp = |statements: Value| only(&user(wild(), Value::Null, &policy(statements)));
    let deny =
        |action: &str| json!([wild(), {"Effect": "Deny", "Action": action, "Resource": "*"}]);
    assert_eq!(scp(json!([wild()])), SURE);
    assert_eq!(scp(deny("*")), None);
    assert_eq!(scp(deny("iam:*")), part);
    assert_eq!(scp(deny("s3:*")), SURE, "the rest can be given back");
    let elsewhere = |actions: Value| {
        let mut deny = json!({"Effect": "Deny", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}});
        deny.as_object_mut().unwrap().extend(actions.as_object().unwrap().clone());
        json!([wild(), deny])
    };
    assert_eq!(scp(elsewhere(json!({"NotAction": "iam:*"}))), SURE, "one region is enough");
    assert_eq!(scp(elsewhere(json!({"Action": "*"}))), part, "IAM is in another one");
}

#[test]
fn conditions_make_it_less_sure() {
    let mut wild = allow(json!("*"), json!("*"));
    wild["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(alone(wild.clone()), Some((Severity::High, Confidence::Medium)));
    wild["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/team": "red"}});
    assert_eq!(alone(wild), None, "it has no tag at all");
}

#[test]
fn the_evidence_names_the_statement() {
    let read = allow(json!("s3:GetObject"), json!("*"));
    let mut wild = allow(json!("*"), json!("*"));
    wild["Sid"] = json!("Boss");
    let judged = user(json!([read, wild]), Value::Null, &all());
    let found = &judged.present[0];
    assert_eq!((found.account.as_str(), found.id.part.as_str()), (ACCOUNT, ""));
    let evidence = &found.detail.evidence;
    assert_eq!(evidence.len(), 1);
    assert_eq!((evidence[0].statement, evidence[0].sid.as_deref()), (Some(1), Some("Boss")));
    assert_eq!(evidence[0].source, "inline 1");
    assert!(found.detail.remedy.contains("inline 1"), "{}", found.detail.remedy);
}

#[test]
fn the_remedy_is_something_that_can_be_done() {
    let remedy = |arn: &str, managed: &str| {
        let mut given = json!({"managed_policies": {}, "principals": [
            {"arn": arn, "type": "role", "account": ACCOUNT, "managed": [managed]}]});
        given["managed_policies"][managed] = all();
        let judged = judged(KIND, &given);
        judged.present[0].detail.remedy.clone()
    };
    let aws = "arn:aws:iam::aws:policy/AdministratorAccess";
    let own = arn("policy/all");
    assert!(remedy(&arn("role/x"), aws).starts_with("detach arn:aws:iam::aws:"));
    assert!(remedy(&arn("role/x"), &own).contains("in arn:aws:iam::111122223333:policy/all"));
    let reserved = "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_All_0123456789abcdef";
    assert!(remedy(&arn(reserved), aws).contains("permission set"));
}

#[test]
fn what_was_not_collected_is_unknown() {
    let user = |managed: Value, inline: Value| json!([{"arn": arn("user/ana"), "type": "user", "account": ACCOUNT, "inline": inline, "managed": managed}]);
    let lost = json!(["arn:aws:iam::111122223333:policy/lost"]);
    for inline in [json!([]), json!([all()])] {
        let given =
            organization(&user(lost.clone(), inline), &json!([]), &all(), &policy(json!([])));
        let judged = judged(KIND, &given);
        assert_eq!(judged.present, []);
        assert!(judged.unknown.contains_key(&(KIND, arn("user/ana"))), "{judged:?}");
    }
}

#[test]
fn services_and_root_users_are_as_aws_made_them() {
    let service = "role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    let trust = policy(json!({"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "x.amazonaws.com"}}));
    let all = json!([
        {"arn": arn(service), "type": "role", "account": ACCOUNT, "inline": [all()], "trust": trust},
        {"arn": arn("root"), "type": "root", "account": ACCOUNT},
    ]);
    let given = organization(&all, &json!([]), &super::all(), &policy(json!([])));
    assert_eq!(judged(KIND, &given).present, []);
    assert_eq!(judged(FindingKind::EscalationPath, &given).present, []);
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn escalating(statements: Value, scp: &Value, managed: Value) -> Judged {
    let principals = json!([
        {"arn": arn("user/boss"), "type": "user", "account": ACCOUNT, "inline": [all()]},
        {"arn": arn("user/ana"), "type": "user", "account": ACCOUNT, "inline": [policy(statements)],
            "managed": managed},
    ]);
    judged(
        FindingKind::EscalationPath,
        &organization(&principals, &json!([]), scp, &policy(json!([]))),
    )
}

#[test]
fn who_can_give_itself_rights() {
    let put = |resource: &str| allow(json!("iam:PutUserPolicy"), json!(resource));
    let found = escalating(put("*"), &all(), json!([]));
    assert_eq!(only(&found), SURE);
    let detail = &found.present[0].detail;
    assert!(detail.summary.contains("iam-007"), "{detail:?}");
    assert!(detail.evidence[0].fact.contains("iam:PutUserPolicy"), "{detail:?}");
    assert!(detail.remedy.contains("iam:PutUserPolicy"), "{detail:?}");
    let other = arn("user/other");
    assert_eq!(only(&escalating(put(&other), &all(), json!([]))), None);
    let scp = policy(json!([allow(json!("*"), json!("*")),
        {"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"StringNotLike":
            {"aws:PrincipalArn": arn("user/boss")}}}]));
    assert_eq!(only(&escalating(put("*"), &scp, json!([]))), None);
    let lost = json!(["arn:aws:iam::111122223333:policy/lost"]);
    let unclear = escalating(put("*"), &all(), lost);
    assert_eq!(unclear.present, []);
    assert_eq!(unclear.unknown.len(), 1, "{unclear:?}");
}
