//! One small account for each way, in which it works, and what such an account may differ in.

use serde_json::{Map, Value, json};

use crate::access::escalation::table::{GUESTS, SETS_VERSION};
use crate::access::escalation::{Escalation, PATHS, Path, Way};
use crate::access::{Estate, Index};

pub(super) const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";

pub(super) fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
pub(super) fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub(super) fn all() -> Value {
    policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))
}

/// What a fixture differs in from the one that works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Change<'a> {
    /// Nothing.
    #[default]
    None,
    /// A permission is not given.
    Without(&'a str),
    /// A service control policy denies one.
    DeniedByOrganization(&'a str),
    /// A second policy of the principal's own denies one.
    DeniedBySecond(&'a str),
    /// Its boundary allows everything but one.
    Bounded(&'a str),
    /// Every permission hangs on something that nobody knows.
    Conditional,
    /// A permission is given on something else.
    Elsewhere(&'a str),
    /// Roles are trusted by somebody else.
    Untrusted,
    /// Roles may be passed to another service only.
    PassedElsewhere,
    /// Whoever would be the administrator has no rights.
    Powerless,
    /// Every permission is in a policy of its own.
    Split,
    /// Everything is in a policy of a group.
    Grouped,
    /// Everything is given by what is not named.
    NotAction,
}

/// Who starts, on which resource each permission is given, and which services trust the role.
pub(super) fn start(path: &Path) -> (String, &'static str, Vec<&'static str>) {
    let name = if path.way == Way::OwnRole { "role" } else { "user" };
    let services = match path.way {
        Way::Pass(services) | Way::Existing(services) => services.to_vec(),
        _ => vec!["ssm.amazonaws.com"],
    };
    (arn(name, "start"), name, services)
}

/// What a way takes, `iam:PassRole` included.
pub(super) fn needs(path: &Path) -> Vec<&'static str> {
    let pass = matches!(path.way, Way::Pass(_)).then_some("iam:PassRole");
    pass.into_iter().chain(path.needs.iter().copied()).collect()
}

fn resource(path: &Path, action: &str) -> String {
    match (path.way, action) {
        (_, "iam:PassRole") => arn("role", "target"),
        (Way::OwnPolicy, _) => arn("policy", "own"),
        (_, "iam:CreatePolicyVersion" | SETS_VERSION) => arn("policy", "tools"),
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

/// The same kind of thing, but not that one: another of the account, or one of another account.
fn another(action: &str, resource: &str) -> String {
    if resource == "*" {
        let service = action.split(':').next().unwrap_or_default();
        return format!("arn:aws:{service}:us-east-1:{OTHER}:other/x");
    }
    resource.replace('/', "/other-")
}

/// The statements that give what a way takes.
fn statements(path: &Path, change: Change<'_>) -> Vec<Value> {
    let needs = needs(path);
    let given = needs.iter().filter(|action| Change::Without(action) != change);
    given
        .map(|action| {
            let mut on = resource(path, action);
            if change == Change::Elsewhere(action) {
                on = another(action, &on);
            }
            let mut own = json!({"Effect": "Allow", "Action": action, "Resource": on});
            if *action == "iam:PassRole"
                && let Way::Pass(services) = path.way
            {
                let elsewhere = ["batch.amazonaws.com"];
                let is_elsewhere = change == Change::PassedElsewhere;
                let services = if is_elsewhere { &elsewhere[..] } else { services };
                own["Condition"] = json!({"StringEquals": {"iam:PassedToService": services}});
            }
            if change == Change::Conditional {
                own["Condition"] = json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}});
            }
            if change == Change::NotAction {
                own.as_object_mut().unwrap().remove("Action");
                own["NotAction"] = json!(not_of(&needs));
            }
            own
        })
        .collect()
}

/// What the other ways take, and services, so that all is not everything.
fn not_of(needs: &[&'static str]) -> Vec<&'static str> {
    let all = PATHS.iter().flat_map(|path| path.needs.iter().copied());
    let others = all
        .chain(["iam:PassRole", "s3:A*", "kms:*", "ec2:A*"])
        .filter(|action| !needs.contains(action));
    let others: std::collections::BTreeSet<_> = others.collect();
    others.into_iter().collect()
}

/// The policies of who starts.
fn own(path: &Path, change: Change<'_>) -> Vec<Value> {
    let statements = statements(path, change);
    let mut policies = match change {
        Change::Split => statements.into_iter().map(|it| policy(json!([it]))).collect(),
        _ => vec![policy(json!(statements))],
    };
    if let Change::DeniedBySecond(action) = change {
        let deny = json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]);
        policies.push(policy(deny));
    }
    policies
}

fn trust(services: &[&str], account: bool) -> Value {
    let (action, kind) = if services.contains(&GUESTS) {
        ("sts:AssumeRoleWithWebIdentity", "Federated")
    } else {
        ("sts:AssumeRole", "Service")
    };
    let mut statements =
        vec![json!({"Effect": "Allow", "Action": action, "Principal": {kind: services}})];
    if account {
        statements.push(json!({"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}}));
    }
    policy(json!(statements))
}

fn organization(change: Change<'_>) -> Value {
    let mut scp = vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
    if let Change::DeniedByOrganization(action) = change {
        scp.push(json!({"Effect": "Deny", "Action": action, "Resource": "*"}));
    }
    json!({"id": "o-1", "management_account": OTHER,
        "ous": {"r-1": {"parent": null, "scps": ["p"], "rcps": []}},
        "accounts": {ACCOUNT: {"ou": "r-1", "scps": ["full"], "rcps": []}},
        "policies": {"p": policy(json!(scp)), "full": all()}})
}

fn starter(path: &Path, change: Change<'_>) -> Value {
    let (arn_of_start, kind, services) = start(path);
    let reads = policy(json!([{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]));
    let limit = match change {
        Change::Powerless if is_self(path) => reads,
        Change::Bounded(action) => {
            policy(json!([{"Effect": "Allow", "NotAction": action, "Resource": "*"}]))
        }
        _ => Value::Null,
    };
    let mut policies = own(path, change);
    let is_own = path.way == Way::OwnPolicy;
    let managed = if is_own { vec![arn("policy", "own")] } else { Vec::new() };
    if is_own {
        policies.remove(0);
    }
    if change == Change::Grouped && kind == "user" {
        policies.clear();
    }
    let groups = if kind == "user" { vec![arn("group", "team")] } else { Vec::new() };
    let trust = if kind == "role" { trust(&services, false) } else { Value::Null };
    json!({"arn": arn_of_start, "type": kind, "account": ACCOUNT, "boundary": limit, "groups": groups,
        "inline": policies, "managed": managed, "trust": trust})
}

/// The account as a file.
pub(super) fn file(path: &Path, change: Change<'_>) -> Value {
    let services = start(path).2;
    let is_untrusted = change == Change::Untrusted;
    let services = if is_untrusted { vec!["batch.amazonaws.com"] } else { services };
    let reads = policy(json!([{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]));
    let is_powerless = change == Change::Powerless;
    let power = if is_powerless { reads.clone() } else { all() };
    let limit = if is_powerless { reads.clone() } else { Value::Null };
    let policies = own(path, change);
    let team = match change {
        Change::Grouped if path.way != Way::OwnPolicy => policies.clone(),
        _ => Vec::new(),
    };
    let versions = match path.needs.contains(&SETS_VERSION) {
        true if path.way == Way::OwnPolicy => {
            json!({arn("policy", "own"): {"v1": reads, "v2": all()}})
        }
        true => json!({arn("policy", "tools"): {"v1": all()}}),
        false => Value::Null,
    };
    let trusts_account = path.way == Way::Role && !is_untrusted;
    json!({
        "organization": organization(change),
        "groups": [{"arn": arn("group", "team"), "inline": team, "managed": []},
            {"arn": arn("group", "admins"), "inline": [power], "managed": []}],
        "managed_policies": {arn("policy", "own"): policies[0], arn("policy", "tools"): reads},
        "policy_versions": versions,
        "principals": [
            starter(path, change),
            {"arn": arn("user", "boss"), "type": "user", "account": ACCOUNT, "inline": [power]},
            {"arn": arn("user", "mate"), "type": "user", "account": ACCOUNT, "inline": [reads], "boundary": limit},
            {"arn": arn("role", "target"), "type": "role", "account": ACCOUNT, "inline": [power],
             "trust": trust(&services, trusts_account)},
            {"arn": arn("role", "tool"), "type": "role", "account": ACCOUNT, "boundary": limit,
             "managed": [arn("policy", "tools")], "trust": trust(&services, !is_untrusted)},
        ],
    })
}

pub(super) fn estate(file: &Value) -> Estate {
    let estate = Estate::import([("made", file.to_string().as_str())]);
    let is_empty = |it: &&crate::access::SetAside| !it.reason.contains("is empty");
    assert_eq!(estate.set_aside.iter().find(is_empty), None);
    estate
}

/// Whether a way gives who starts rights, not somebody else.
pub(in super::super) fn is_self(path: &Path) -> bool {
    matches!(
        path.way,
        Way::OwnUser | Way::OwnRole | Way::OwnGroup | Way::OwnPolicy | Way::JoinGroup
    )
}

/// The first hop of who starts, in the fixture of a way.
pub(super) fn found(path: &Path, change: Change<'_>) -> Option<&'static str> {
    let estate = estate(&file(path, change));
    let index = Index::of(&estate);
    let route = Escalation::of(&index).route(&start(path).0)?;
    assert!(route.hops.iter().all(|hop| !hop.permissions.is_empty()), "{route:?}");
    Some(route.hops.first()?.id)
}

/// The ways that work with what a fixture of this one gives, a permission left out.
pub(super) fn also(path: &Path, without: Option<&str>) -> Vec<&'static str> {
    let has = |need: &&str| path.needs.contains(need) && Some(*need) != without;
    let is_alike = |other: &&Path| match (other.way, path.way) {
        (Way::Existing(theirs), Way::Existing(ours) | Way::Pass(ours)) => theirs == ours,
        (theirs, ours) => theirs == ours,
    };
    let also = PATHS.iter().filter(is_alike).filter(|other| other.needs.iter().all(&has));
    also.filter(|it| without != Some("iam:PassRole") || !matches!(it.way, Way::Pass(_)))
        .map(|it| it.id)
        .collect()
}

/// An account with these principals and groups, and the rest of a file.
pub(super) fn account(principals: &Value, rest: &Value) -> Estate {
    let mut file = Map::new();
    file.insert("principals".to_owned(), principals.clone());
    file.extend(rest.as_object().cloned().unwrap_or_default());
    estate(&Value::Object(file))
}
