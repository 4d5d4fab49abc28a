//! `external-trust` and `open-oidc-subject`.

use super::*;

const GITHUB: &str = "token.actions.githubusercontent.com";

/// What is said of a role with these statements of trust.
fn role(kind: FindingKind, statements: Value, rcp: &Value) -> Judged {
    let role = json!([{"arn": arn("role/shared"), "type": "role", "account": ACCOUNT, "trust": policy(statements)}]);
    judged(kind, &organization(&role, &json!([]), &all(), rcp))
}

fn external(statements: Value) -> Option<(Severity, Confidence)> {
    only(&role(FindingKind::ExternalTrust, statements, &policy(json!([]))))
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn trust(principal: Value, condition: Value) -> Value {
    let mut statement =
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

fn root(account: &str) -> Value {
    json!(format!("arn:aws:iam::{account}:root"))
}

const SURE: Option<(Severity, Confidence)> = Some((Severity::High, Confidence::High));
const PERHAPS: Option<(Severity, Confidence)> = Some((Severity::Medium, Confidence::Medium));

#[test]
fn strangers_without_an_external_id() {
    let id = |operator: &str, value: Value| json!({operator: {"sts:ExternalId": value}});
    let vendor_role = json!(format!("arn:aws:iam::{VENDOR}:role/scanner"));
    let rows = [
        (trust(root(VENDOR), Value::Null), SURE),
        (trust(json!(VENDOR), Value::Null), SURE),
        (trust(vendor_role.clone(), Value::Null), SURE),
        (trust(json!([root(ACCOUNT), root(VENDOR)]), Value::Null), SURE),
        (trust(root(VENDOR), id("StringEquals", json!("EXAMPLE"))), None),
        (trust(vendor_role, id("StringEquals", json!("EXAMPLE"))), None),
        (trust(root(VENDOR), id("StringLike", json!("EX*"))), None),
        (trust(root(VENDOR), id("StringEqualsIfExists", json!("EXAMPLE"))), SURE),
        (trust(root(VENDOR), id("StringNotEquals", json!("EXAMPLE"))), SURE),
        (trust(root(VENDOR), id("StringLike", json!("*"))), SURE),
        (trust(root(VENDOR), id("Null", json!("false"))), SURE),
        (trust(root(VENDOR), json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})), PERHAPS),
        (
            trust(
                root(VENDOR),
                json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/x*"}}),
            ),
            PERHAPS,
        ),
        (trust(root(VENDOR), json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}})), None),
        (trust(root(VENDOR), json!({"StringEquals": {"aws:PrincipalOrgID": "o-vendor"}})), SURE),
        (trust(root(SISTER), Value::Null), None),
        (trust(root(ACCOUNT), Value::Null), None),
        (
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}),
            None,
        ),
        (
            json!({"Effect": "Allow", "Action": "sts:TagSession", "Principal": {"AWS": VENDOR}}),
            None,
        ),
        (json!({"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": VENDOR}}), SURE),
        (
            json!([trust(root(VENDOR), Value::Null), {"Effect": "Deny", "Action": "sts:AssumeRole",
            "Principal": "*", "Condition": {"StringNotEquals": {"sts:ExternalId": "EXAMPLE"}}}]),
            None,
        ),
    ];
    for (row, expected) in rows {
        assert_eq!(external(row.clone()), expected, "{row}");
    }
}

#[test]
fn an_account_is_a_finding() {
    let both = json!([
        trust(root(VENDOR), Value::Null),
        trust(json!("123456789012"), Value::Null),
        trust(json!(format!("arn:aws:iam::{VENDOR}:role/scanner")), Value::Null)
    ]);
    let found = role(FindingKind::ExternalTrust, both, &policy(json!([])));
    let parts: Vec<&str> = found.present.iter().map(|it| it.id.part.as_str()).collect();
    assert_eq!(parts, ["123456789012", VENDOR]);
}

#[test]
fn the_organization_may_keep_strangers_out() {
    let rcp =
        policy(json!({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}));
    let row = trust(root(VENDOR), Value::Null);
    let found = role(FindingKind::ExternalTrust, row, &rcp);
    assert_eq!(only(&found), None);
}

#[test]
fn without_an_organization_nobody_knows_who_is_ours() {
    let role = json!({"principals": [{"arn": arn("role/shared"), "type": "role", "account": ACCOUNT,
        "trust": policy(trust(root(VENDOR), Value::Null))}]});
    let found = judged(FindingKind::ExternalTrust, &role);
    assert_eq!(only(&found), Some((Severity::High, Confidence::Medium)));
}

fn oidc(issuer: &str, condition: Value) -> Value {
    let provider = arn(&format!("oidc-provider/{issuer}"));
    let mut statement = json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider}});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

fn open(statements: Value) -> Option<(Severity, Confidence)> {
    only(&role(FindingKind::OpenOidcSubject, statements, &policy(json!([]))))
}

fn github(operator: &str, subject: Value) -> Value {
    let mut condition =
        json!({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}});
    let mut entries = serde_json::Map::new();
    entries.insert(format!("{GITHUB}:sub"), subject);
    if operator == "StringEquals" {
        condition[operator].as_object_mut().unwrap().extend(entries);
    } else {
        condition[operator] = Value::Object(entries);
    }
    oidc(GITHUB, condition)
}

#[test]
fn who_gets_a_token_of_github() {
    let anybody = Some((Severity::Critical, Confidence::High));
    let tenant = Some((Severity::Medium, Confidence::High));
    let like = |subject: &str| github("StringLike", json!(subject));
    let claim = |operator: &str, claim: &str, value: &str| {
        let mut entries = serde_json::Map::new();
        entries.insert(format!("{GITHUB}:{claim}"), json!(value));
        oidc(GITHUB, json!({operator: entries}))
    };
    let rows = [
        (oidc(GITHUB, Value::Null), anybody),
        (claim("StringEquals", "aud", "sts.amazonaws.com"), anybody),
        (like("*"), anybody),
        (like("repo:*"), anybody),
        (like("repo:*/infra:ref:refs/heads/main"), anybody),
        (like("repo:acme*"), anybody),
        (like("*:ref:refs/heads/main"), anybody),
        (github("StringLike", json!(["repo:acme/infra:*", "repo:*"])), anybody),
        (github("StringNotLike", json!("repo:acme/secret:*")), anybody),
        (like("repo:acme/*"), tenant),
        (like("repo:acme/*:ref:refs/heads/main"), tenant),
        (like("repo:acme/infra:*"), None),
        (like("repo:acme/infra-*"), None),
        (github("StringEquals", json!("repo:acme/infra:ref:refs/heads/main")), None),
        (github("StringEqualsIfExists", json!("repo:acme/infra:environment:prod")), None),
        // Nobody's subject has a star in it.
        (github("StringEquals", json!("repo:acme/*")), None),
        (claim("StringEquals", "repository", "acme/infra"), None),
        (claim("StringLike", "job_workflow_ref", "acme/infra/.github/workflows/x.yml@*"), None),
        (claim("StringLike", "repository", "*"), anybody),
        (claim("StringLike", "repository", "*/infra"), anybody),
        (claim("StringLike", "repository", "acme*/infra"), anybody),
        (claim("StringLike", "repository", "acme/*"), None),
        (claim("StringLike", "job_workflow_ref", "*/.github/workflows/deploy.yml@*"), anybody),
        (claim("StringEquals", "repository_id", "4711"), None),
        (claim("StringEquals", "actor", "octocat"), None),
        (claim("StringEquals", "enterprise_id", "1234"), None),
        // Everybody has a branch, an environment and a workflow of any name.
        (claim("StringEquals", "ref", "refs/heads/main"), anybody),
        (claim("StringEquals", "environment", "production"), anybody),
        (claim("StringEquals", "workflow", "deploy"), anybody),
        // Who chooses what the subject is made of may leave out whose it is.
        (github("StringEquals", json!("ref:refs/heads/main")), anybody),
        (like("environment:production:*"), anybody),
        (github("StringEquals", json!("environment:production:repository_owner:acme")), None),
        (like("environment:production:repository:acme/infra:*"), None),
        (
            json!([claim("StringEquals", "ref", "refs/heads/main"), {"Effect": "Deny", "Action": "sts:*",
            "Principal": "*", "Condition": {"StringNotEquals": {"token.actions.githubusercontent.com:repository": "acme/infra"}}}]),
            None,
        ),
        (
            json!([oidc(GITHUB, Value::Null), {"Effect": "Deny", "Action": "sts:*", "Principal": "*",
            "Condition": {"StringNotLike": {"token.actions.githubusercontent.com:sub": "repo:acme/infra:*"}}}]),
            None,
        ),
    ];
    for (row, expected) in rows {
        assert_eq!(open(row.clone()), expected, "{row}");
    }
}

#[test]
fn other_issuers() {
    let sub = |issuer: &str, value: &str| {
        let mut entries = serde_json::Map::new();
        entries.insert(format!("{issuer}:sub"), json!(value));
        oidc(issuer, json!({"StringLike": entries}))
    };
    let eks = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE";
    let critical = Some((Severity::Critical, Confidence::High));
    let medium = Some((Severity::Medium, Confidence::High));
    let cognito = |condition: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"}});
        statement["Condition"] = condition;
        statement
    };
    let facebook = |claim: &str| {
        let mut entries = serde_json::Map::new();
        entries.insert(format!("graph.facebook.com:{claim}"), json!("EXAMPLE"));
        json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": "graph.facebook.com"}, "Condition": {"StringEquals": entries}})
    };
    let pool = json!({"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:EXAMPLE"}});
    let rows = [
        (oidc(eks, Value::Null), medium),
        (sub(eks, "system:serviceaccount:*"), medium),
        (sub(eks, "system:serviceaccount:shop:*"), None),
        (sub("gitlab.com", "project_path:acme/*"), medium),
        (sub("gitlab.com", "project_path:acme/shop:ref_type:branch:ref:main"), None),
        (sub("gitlab.com", "project_path:*"), critical),
        (sub("app.terraform.io", "organization:acme:*"), medium),
        (sub("app.terraform.io", "organization:*:project:*"), critical),
        (sub("app.terraform.io", "organization:acme:project:shop:*"), None),
        (
            cognito(json!({"Null": {"aws:TokenIssueTime": "false"}})),
            Some((Severity::Critical, Confidence::Medium)),
        ),
        (cognito(pool), None),
        // Somebody's Google account or Amazon application: not everybody's.
        (sub("accounts.google.com", "1234567890"), None),
        (facebook("app_id"), None),
        (facebook("name"), Some((Severity::Critical, Confidence::Medium))),
        (
            json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML",
            "Principal": {"Federated": arn("saml-provider/okta")}}),
            None,
        ),
    ];
    for (row, expected) in rows {
        assert_eq!(open(row.clone()), expected, "{row}");
    }
}

#[test]
fn a_trust_that_cannot_be_read_is_unknown() {
    let broken =
        json!([{"Effect": "allow", "Action": "sts:AssumeRole", "Principal": {"AWS": VENDOR}}]);
    let role = json!({"principals": [{"arn": arn("role/shared"), "type": "role", "account": ACCOUNT,
        "trust": policy(broken)}]});
    let estate = Estate::import([("made", role.to_string().as_str())]);
    let inventory = Inventory::of_import(estate, at());
    for kind in
        [FindingKind::ExternalTrust, FindingKind::OpenOidcSubject, FindingKind::WildcardPrincipal]
    {
        let judged = judged_of(kind, &inventory);
        assert_eq!(judged.present, []);
        assert_eq!(judged.unknown.len(), 1, "{kind}");
    }
}
