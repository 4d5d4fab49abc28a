//! Every way: there where all that it takes is there, and gone where one thing is not.

use serde_json::{Value, json};

use super::{Escalation, PATHS, Path, Way};
use crate::access::{Estate, Index};

const ACCOUNT: &str = "111122223333";

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn all() -> Value {
    policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))
}

/// What a fixture differs in from the one that works.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a fixture may lack")]
struct Change<'a> {
    /// A permission that is not given.
    without: Option<&'a str>,
    /// One that a service control policy denies.
    denied: Option<&'a str>,
    /// One that a statement of the principal's own denies.
    denied_itself: Option<&'a str>,
    /// Whether the principal has a boundary without any of it.
    is_bounded: bool,
    /// Whether every permission hangs on something that nobody knows.
    is_conditional: bool,
    /// Whether permissions on principals are given on others.
    is_elsewhere: bool,
    /// Whether roles are trusted by somebody else.
    is_untrusted: bool,
    /// Whether roles may be passed to another service only.
    is_passed_elsewhere: bool,
    /// Whether there is no administrator but at the end of a boundary.
    is_powerless: bool,
}

/// Who starts, on which resource each permission is given, and which services trust the role.
fn start(path: &Path) -> (String, &'static str, Vec<&'static str>) {
    let name = if path.way == Way::OwnRole { "role" } else { "user" };
    let services = match path.way {
        Way::Pass(services) | Way::Existing(services) => services.to_vec(),
        _ => vec!["ssm.amazonaws.com"],
    };
    (arn(name, "start"), name, services)
}

fn resource(path: &Path, action: &str) -> String {
    match (path.way, action) {
        (Way::OwnPolicy, _) => arn("policy", "own"),
        (_, "iam:CreatePolicyVersion") => arn("policy", "tools"),
        (Way::OwnUser, _) => arn("user", "start"),
        (Way::OwnRole, _) => arn("role", "start"),
        (Way::OwnGroup, _) => arn("group", "team"),
        (Way::JoinGroup, _) => arn("group", "admins"),
        (Way::User, _) => arn("user", "boss"),
        (Way::Role, _) => arn("role", "target"),
        (Way::MadeUser, _) => arn("user", "mate"),
        (Way::MadeRole, _) => arn("role", "tool"),
        (Way::Pass(_) | Way::Existing(_), _) => "*".to_owned(),
    }
}

fn permissions(path: &Path, change: Change<'_>) -> Value {
    let mut statements = Vec::new();
    let mut give = |action: &str, resource: String, condition: Option<Value>| {
        if change.without == Some(action) {
            return;
        }
        let resource = if change.is_elsewhere {
            resource.replace("start", "s").replace('/', "/other")
        } else {
            resource
        };
        let mut own = json!({"Effect": "Allow", "Action": action, "Resource": resource});
        if let Some(condition) = condition {
            own["Condition"] = condition;
        }
        if change.is_conditional {
            own["Condition"] = json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}});
        }
        statements.push(own);
    };
    for action in path.needs {
        give(action, resource(path, action), None);
    }
    if let Way::Pass(services) = path.way {
        let services = if change.is_passed_elsewhere { &["batch.amazonaws.com"] } else { services };
        let condition = json!({"StringEquals": {"iam:PassedToService": services}});
        give("iam:PassRole", arn("role", "target"), Some(condition));
    }
    if let Some(action) = change.denied_itself {
        statements.push(json!({"Effect": "Deny", "Action": action, "Resource": "*"}));
    }
    policy(json!(statements))
}

fn estate(path: &Path, change: Change<'_>) -> Estate {
    let (start, kind, services) = start(path);
    let own = permissions(path, change);
    let services = if change.is_untrusted { vec!["batch.amazonaws.com"] } else { services };
    let trust = |root: bool| {
        let mut statements = vec![
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}),
        ];
        if root && !change.is_untrusted {
            statements.push(json!({"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}}));
        }
        policy(json!(statements))
    };
    let mut scp = vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
    if let Some(action) = change.denied {
        scp.push(json!({"Effect": "Deny", "Action": action, "Resource": "*"}));
    }
    let reads = policy(json!([{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]));
    let power = if change.is_powerless { reads.clone() } else { all() };
    let is_own = path.way == Way::OwnPolicy;
    let limit = if change.is_bounded || (change.is_powerless && is_self(path)) {
        reads.clone()
    } else {
        Value::Null
    };
    let tool_limit = if change.is_powerless { reads.clone() } else { Value::Null };
    let principals = json!([
        {"arn": start, "type": kind, "account": ACCOUNT, "boundary": limit, "groups": if kind == "user" { json!([arn("group", "team")]) } else { json!([]) },
         "inline": if is_own { json!([]) } else { json!([own]) }, "managed": if is_own { json!([arn("policy", "own")]) } else { json!([]) },
         "trust": if kind == "role" { trust(false) } else { Value::Null }},
        {"arn": arn("user", "boss"), "type": "user", "account": ACCOUNT, "inline": [power]},
        {"arn": arn("user", "mate"), "type": "user", "account": ACCOUNT, "inline": [reads], "boundary": tool_limit},
        {"arn": arn("role", "target"), "type": "role", "account": ACCOUNT, "inline": [power], "trust": trust(path.way == Way::Role)},
        {"arn": arn("role", "tool"), "type": "role", "account": ACCOUNT, "managed": [arn("policy", "tools")], "trust": trust(true), "boundary": tool_limit},
    ]);
    let given = json!({
        "organization": {"id": "o-1", "management_account": "444455556666", "ous": {"r-1": {"parent": null, "scps": ["p"], "rcps": []}},
            "accounts": {ACCOUNT: {"ou": "r-1", "scps": ["full"], "rcps": []}},
            "policies": {"p": policy(json!(scp)), "full": all()}},
        "groups": [{"arn": arn("group", "team"), "inline": [], "managed": []},
            {"arn": arn("group", "admins"), "inline": [power], "managed": []}],
        "managed_policies": {arn("policy", "own"): own, arn("policy", "tools"): reads},
        "principals": principals,
    });
    let estate = Estate::import([("made", given.to_string().as_str())]);
    let empty = |it: &&crate::access::SetAside| !it.reason.contains("is empty");
    assert_eq!(estate.set_aside.iter().find(empty), None);
    estate
}

pub(super) fn is_self(path: &Path) -> bool {
    matches!(
        path.way,
        Way::OwnUser | Way::OwnRole | Way::OwnGroup | Way::OwnPolicy | Way::JoinGroup
    )
}

fn found(path: &Path, change: Change<'_>) -> Option<&'static str> {
    let estate = estate(path, change);
    let index = Index::of(&estate);
    let route = Escalation::of(&index).route(&start(path).0)?;
    assert!(route.hops.iter().all(|hop| !hop.permissions.is_empty()), "{route:?}");
    assert!(!route.remedy.is_empty());
    Some(route.hops.first()?.id)
}

/// The ways that work with what a fixture of this one gives, a permission left out.
fn also(path: &Path, without: Option<&str>) -> Vec<&'static str> {
    let has = |need: &&str| path.needs.contains(need) && Some(*need) != without;
    let is_alike = |other: &&Path| match (other.way, path.way) {
        (Way::Existing(theirs), Way::Existing(ours) | Way::Pass(ours)) => theirs == ours,
        // What makes a role an administrator makes one that trusts the account, too.
        (theirs, ours) => theirs == ours,
    };
    let also = PATHS.iter().filter(is_alike).filter(|other| other.needs.iter().all(&has));
    also.filter(|it| without != Some("iam:PassRole") || !matches!(it.way, Way::Pass(_)))
        .map(|it| it.id)
        .collect()
}

#[test]
fn every_way_is_found_and_told() {
    for path in PATHS {
        let id = found(path, Change::default());
        assert!(id.is_some_and(|id| also(path, None).contains(&id)), "{}: {id:?}", path.id);
    }
    let ids: std::collections::BTreeSet<_> = PATHS.iter().map(|path| path.id).collect();
    assert_eq!(ids.len(), PATHS.len());
}

#[test]
fn a_way_is_gone_without_any_of_its_permissions() {
    for path in PATHS {
        let pass = matches!(path.way, Way::Pass(_)).then_some("iam:PassRole");
        for action in path.needs.iter().copied().chain(pass) {
            let left = also(path, Some(action));
            for (label, change) in [
                ("not given", Change { without: Some(action), ..Change::default() }),
                (
                    "denied by a policy of the organization",
                    Change { denied: Some(action), ..Change::default() },
                ),
                ("denied", Change { denied_itself: Some(action), ..Change::default() }),
            ] {
                let id = found(path, change);
                // Who may not assume a role by policy still may by a trust that names it: here it names the account.
                match id {
                    None => assert!(
                        left.is_empty() || label != "not given",
                        "{} without {action}",
                        path.id
                    ),
                    Some(id) => {
                        assert!(left.contains(&id), "{}: {id} with {action} {label}", path.id);
                    }
                }
            }
        }
    }
}

#[test]
fn a_way_is_gone_where_a_limit_or_a_condition_stands() {
    for path in PATHS {
        for (label, change) in [
            ("boundary", Change { is_bounded: true, ..Change::default() }),
            ("condition", Change { is_conditional: true, ..Change::default() }),
            ("nobody has rights", Change { is_powerless: true, ..Change::default() }),
        ] {
            assert_eq!(found(path, change), None, "{}: {label}", path.id);
        }
        // Who may not pass the role may still take over what runs with it.
        let by_taking_over = |id: &&str| {
            let other = PATHS.iter().find(|it| it.id == *id);
            matches!(path.way, Way::Pass(_))
                && other.is_some_and(|it| matches!(it.way, Way::Existing(_)))
        };
        if !matches!(path.way, Way::Existing(_)) {
            let change = Change { is_elsewhere: true, ..Change::default() };
            let id = found(path, change).filter(|id| !by_taking_over(id));
            assert_eq!(id, None, "{}: given on others", path.id);
        }
        let needs_trust = matches!(path.way, Way::Pass(_) | Way::Existing(_))
            || path.needs.contains(&"sts:AssumeRole");
        if needs_trust {
            let change = Change { is_untrusted: true, ..Change::default() };
            assert_eq!(found(path, change), None, "{}: no trust", path.id);
        }
        if matches!(path.way, Way::Pass(_)) {
            let change = Change { is_passed_elsewhere: true, ..Change::default() };
            let id = found(path, change).filter(|id| !by_taking_over(id));
            assert_eq!(id, None, "{}: passed elsewhere", path.id);
        }
    }
}
