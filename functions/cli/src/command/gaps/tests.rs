//! Every gap says why, and what to do about it.

use accesstrail_shared::testing::sample::{ACCOUNT, coverage, run};

use super::*;

fn action() -> String {
    "iam:ListUsers".to_owned()
}

#[test]
fn a_denial_names_who_denied_and_where_to_allow() {
    let rows = [
        (Authority::Identity, "an identity policy", "allow iam:ListUsers to the role"),
        (
            Authority::Scp,
            "a service control policy",
            "exempt the role from that policy for iam:ListUsers",
        ),
        (
            Authority::Rcp,
            "a resource control policy",
            "exempt the role from that policy for iam:ListUsers",
        ),
        (
            Authority::Boundary,
            "a permissions boundary",
            "allow iam:ListUsers in the role's boundary",
        ),
        (Authority::Session, "a session policy", "allow iam:ListUsers to the role"),
        (Authority::Resource, "a resource policy", "allow iam:ListUsers to the role"),
        (
            Authority::Unspecified,
            "a policy that AWS does not name",
            "allow iam:ListUsers to the role",
        ),
    ];
    for (by, who, step) in rows {
        let status = Status::Denied { action: action(), by };
        assert_eq!(why(&status), format!("iam:ListUsers denied by {who}"));
        assert_eq!(fix(&status), step);
    }
    // A role that cannot be assumed is another matter than one that may too little.
    let status = Status::Denied { action: "sts:AssumeRole".to_owned(), by: Authority::Identity };
    assert!(fix(&status).contains("its trust and the external id"), "{}", fix(&status));
}

#[test]
fn every_other_status_says_why_and_what_to_do() {
    let partial =
        |action: &str| Status::Partial { action: action.to_owned(), reason: "cut".to_owned() };
    let again = "collect again; if it stays, report it with this line";
    let suspended = Unavailable::AccountState("SUSPENDED".to_owned());
    let rows = [
        (Status::Complete, "", ""),
        (Status::Excluded("--regions".to_owned()), "excluded by --regions", ""),
        (
            Status::Throttled { action: action() },
            "iam:ListUsers throttled",
            "collect again at a quieter time",
        ),
        (partial("iam:ListUsers"), "iam:ListUsers: cut", again),
        (partial(""), "cut", again),
        (
            Status::Unavailable(Unavailable::AccountLeft),
            "the account left the organization",
            "nothing",
        ),
        (Status::Unavailable(suspended), "the account is SUSPENDED", "nothing"),
        (
            Status::Unavailable(Unavailable::RegionNotEnabled),
            "the region is not enabled in this account",
            "collect with the right --regions",
        ),
    ];
    for (status, reason, step) in rows {
        assert_eq!((why(&status).as_str(), fix(&status).as_str()), (reason, step));
    }
}

#[test]
fn every_capability_says_what_is_lost_without_it() {
    for collector in registry::ALL {
        for capability in collector.capabilities() {
            let called = collector.calls().iter().any(|call| call.capability == capability.name);
            let at = accesstrail_shared::model::Timestamp::from_second(0).unwrap();
            let coverage = Coverage {
                scope: format!("111122223333/aws-global/{}/{}", collector.name(), capability.name)
                    .parse()
                    .unwrap(),
                run: "20261122T060000Z".parse().unwrap(),
                status: Status::Complete,
                at,
                as_of: None,
                seen: 0,
                set_aside: Vec::new(),
                note: None,
            };
            assert_eq!(lost(&coverage).is_some(), called, "{}", coverage.scope);
        }
    }
}

/// The rows of denied scopes: what is hidden in each.
fn hidden(scopes: &[&str]) -> Vec<String> {
    let denied = Status::Denied { action: action(), by: Authority::Scp };
    let coverage = scopes.iter().map(|scope| {
        let scope = format!("{ACCOUNT}/{scope}").parse().unwrap();
        coverage(&scope, &run(0).id, denied.clone(), 0)
    });
    let snapshot = Snapshot::new([], coverage.collect::<Vec<_>>());
    rows(&snapshot).into_iter().map(|[_, _, what, _, _]| what).collect()
}

#[test]
fn one_cause_is_one_line_whatever_it_hides() {
    let rows: [(&[&str], &str); 6] = [
        (&["aws-global/iam-account/aliases"], "aliases"),
        (&["eu-west-1/kms/keys"], "keys eu-west-1"),
        (&["eu-west-1/kms/keys", "eu-west-1/kms/grants"], "grants, keys eu-west-1"),
        (&["eu-west-1/kms/keys", "us-east-1/kms/keys"], "keys in 2 regions"),
        (
            &[
                "eu-west-1/kms/keys",
                "us-east-1/kms/keys",
                "us-east-1/kms/grants",
                "us-east-1/kms/tags",
            ],
            "grants and 2 more in 2 regions",
        ),
        // The whole account.
        (
            &["aws-global/iam-account/aliases", "eu-west-1/kms/keys", "us-east-1/kms/tags"],
            "aliases and 2 more",
        ),
    ];
    for (scopes, what) in rows {
        assert_eq!(hidden(scopes), [what], "{scopes:?}");
    }
    assert!(hidden(&[]).is_empty());
}
