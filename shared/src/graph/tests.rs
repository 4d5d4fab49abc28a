//! What is gathered of one identity, and that text and document say it.

use serde_json::{Value, json};

use super::*;
use crate::access::{Estate, Index};

const ACCOUNT: &str = "111122223333";

fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn allow(actions: Value, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource})
}

fn trust(named: &str) -> Value {
    policy(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": named}}))
}

fn of(given: &Value, principal: &str) -> Graph {
    let text = given.to_string();
    let estate = Estate::import([("made", text.as_str())]);
    let index = Index::of(&estate);
    gather(&index, principal).unwrap()
}

/// A user of that name, without anything.
pub(super) fn graph_of(name: &str) -> Graph {
    let subject = Subject {
        arn: arn(&format!("user/{name}")),
        name: name.to_owned(),
        kind: "user",
        account: ACCOUNT.to_owned(),
        unique_id: None,
        is_administrator: false,
    };
    Graph {
        subject,
        groups: vec![arn(&format!("group/{name}"))],
        policies: Vec::new(),
        limits: Vec::new(),
        callers: Vec::new(),
        roles: Vec::new(),
        resources: Vec::new(),
        route: None,
    }
}

/// A role of which there is something to say in every part.
fn company() -> Value {
    let deny = json!([allow(json!("*"), "*"), {"Effect": "Deny", "Action": "organizations:*", "Resource": "*"}]);
    let ci = json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": arn("oidc-provider/token.actions.githubusercontent.com")},
        "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:acme/infra:ref:refs/heads/main"}}});
    let ops = json!({"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": [arn("user/ana"), "444455556666"], "Service": "codebuild.amazonaws.com"}});
    let deploy = json!([
        allow(json!(["s3:Get*", "s3:List*", "s3:PutObject"]), "arn:aws:s3:::artifacts/*"),
        allow(json!(["lambda:*", "logs:*", "cloudformation:*", "ec2:Describe*"]), "*"),
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}},
    ]);
    let role = |name: &str, named: &str, own: Value| {
        json!({"arn": arn(&format!("role/{name}")), "type": "role", "account": ACCOUNT,
            "trust": trust(named), "inline": [policy(own)]})
    };
    json!({
        "organization": {"id": "o-example", "management_account": "777788889999",
            "ous": {"r-root": {"parent": null, "scps": ["guard-rails"], "rcps": []}},
            "accounts": {ACCOUNT: {"ou": "r-root", "scps": ["full"], "rcps": []}},
            "policies": {"guard-rails": policy(deny), "full": policy(allow(json!("*"), "*"))}},
        "managed_policies": {"arn:aws:iam::111122223333:policy/deploy": policy(deploy)},
        "principals": [
            {"arn": arn("role/deployer"), "type": "role", "account": ACCOUNT, "id": "AROAEXAMPLE",
                "managed": ["arn:aws:iam::111122223333:policy/deploy"],
                "inline": [policy(json!([allow(json!("iam:PassRole"), "*"), allow(json!("sts:AssumeRole"), "*"),
                    allow(json!("dynamodb:*"), "*")]))],
                "boundary": policy(json!({"Effect": "Allow", "NotAction": "billing:*", "Resource": "*"})),
                "trust": policy(json!([ci, ops]))},
            role("stage", &arn("role/deployer"), allow(json!("sts:AssumeRole"), "*")),
            role("prod", &arn("role/stage"), allow(json!("*"), "*")),
            {"arn": arn("user/ana"), "type": "user", "account": ACCOUNT, "groups": [arn("group/ops")]},
            {"arn": arn("user/bob"), "type": "user", "account": ACCOUNT,
                "managed": ["arn:aws:iam::111122223333:policy/lost"]},
        ],
        "groups": [{"arn": arn("group/ops"), "inline": [policy(allow(json!("sts:AssumeRole"), "*"))]}],
        "resources": [{"arn": "arn:aws:s3:::artifacts", "account": ACCOUNT, "policy": policy(json!({
            "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Principal": {"AWS": arn("role/deployer")},
            "Resource": "arn:aws:s3:::artifacts/*"}))}],
    })
}

pub(super) fn busy() -> Graph {
    of(&company(), &arn("role/deployer"))
}

#[test]
fn everything_about_a_role() {
    let graph = busy();
    assert_eq!((graph.subject.kind, graph.subject.name.as_str()), ("role", "deployer"));
    assert!(!graph.subject.is_administrator);
    let callers: Vec<(&str, &str, bool)> =
        graph.callers.iter().map(|it| (it.name.as_str(), it.kind, it.is_conditional)).collect();
    let github = arn("oidc-provider/token.actions.githubusercontent.com");
    let ana = arn("user/ana");
    let expected = [
        ("444455556666", "account", false),
        (github.as_str(), "provider", true),
        (ana.as_str(), "identity", false),
        ("codebuild.amazonaws.com", "service", false),
    ];
    assert_eq!(callers, expected);
    let deploy = graph.policies.iter().find(|it| it.name.ends_with("/deploy")).unwrap();
    let of = |name: &str| deploy.access.iter().find(|it| it.service == name).unwrap();
    assert_eq!(of("kms").levels, [Level::Write].into());
    assert_eq!((of("kms").actions, of("kms").is_conditional), (1, true));
    assert!(of("s3").is_on_some && of("s3").levels.contains(&Level::Read));
    assert!(!of("ec2").levels.contains(&Level::Write));
    assert!(of("lambda").levels.contains(&Level::Permissions));
    let limits: Vec<(&str, usize)> = graph.limits.iter().map(|it| (it.kind, it.denies)).collect();
    assert_eq!(limits, [("boundary", 0), ("scp", 1)]);
    let role = |name: &str, roles| Role {
        arn: arn(&format!("role/{name}")),
        is_conditional: false,
        roles,
    };
    assert_eq!(graph.roles, [role("stage", vec![role("prod", Vec::new())])]);
    assert_eq!(graph.resources.len(), 1);
    assert_eq!(graph.resources[0].levels, [Level::Read, Level::Write].into());
}

#[test]
fn a_user_with_a_group() {
    let graph = of(&company(), &arn("user/ana"));
    assert_eq!(graph.groups, [arn("group/ops")]);
    assert_eq!(graph.policies[0].group, Some(arn("group/ops")));
    assert_eq!(graph.callers, []);
    let roles: Vec<&str> = graph.roles.iter().map(|it| it.arn.as_str()).collect();
    assert_eq!(roles, [arn("role/deployer")]);
    let administrator = of(&company(), &arn("role/prod"));
    assert!(administrator.subject.is_administrator);
    assert_eq!(administrator.route, None);
    assert_eq!(administrator.policies[0].access[0].service, "*");
}

#[test]
fn text_and_document_say_the_same() {
    let graph = of(&company(), &arn("user/ana"));
    let (text, document) = (text(&graph), document(&graph));
    assert_eq!(document["principal"], arn("user/ana"));
    assert_eq!(document["can_become"][0]["can_become"][0]["role"], arn("role/stage"));
    assert_eq!(document["policies"][0]["access"][0]["service"], "sts");
    assert!(document["escalation"]["path"].is_array());
    let lines = [
        "├─ groups (1)\n│  └─ arn:aws:iam::111122223333:group/ops\n",
        "│     └─ sts: write, 1 action\n",
        "├─ limits (1)\n",
        "way to the rights of an administrator",
        "to end it: ",
    ];
    for part in lines {
        assert!(text.contains(part), "{part} in {text}");
    }
    let hostile = super::text(&graph_of("a\nb"));
    assert_eq!(hostile.lines().count(), 4, "{hostile}");
}

#[test]
fn what_is_not_known_is_perhaps() {
    let graph = of(&company(), &arn("user/bob"));
    assert_eq!((graph.policies[0].unknown.len(), graph.policies[0].access.len()), (1, 0));
    assert!(text(&graph).contains("not known: the text of"), "{}", text(&graph));
    let mut given = company();
    given["principals"][0]["trust"] = trust(&arn("root"));
    let graph = of(&given, &arn("user/bob"));
    assert!(graph.roles[0].is_conditional, "{:?}", graph.roles);
    assert!(text(&graph).contains("role/deployer (perhaps)"));
}

#[test]
fn who_is_not_there_has_no_graph() {
    let text = company().to_string();
    let estate = Estate::import([("made", text.as_str())]);
    assert_eq!(gather(&Index::of(&estate), &arn("user/nobody")), None);
}
