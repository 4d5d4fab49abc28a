//! `doctor` against a live organization: what is taken away is named, and nothing else flips.

use std::collections::BTreeMap;

use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan};
use accesstrail_shared::testing::visit;
use serde_json::Value;

use crate::world::{Ran, WORLD, run};

/// `doctor` with these faults. The emulator simulates no policies, so nobody may ask for it.
fn doctor(faults: Plan, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(faults.and(deny("iam:SimulatePrincipalPolicy", Layer::Identity)));
    let mut command = WORLD.caller(&proxy, folder.path());
    let ran = run(command.arg("doctor"), arguments);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is kept");
    ran
}

fn deny(action: &str, by: Layer) -> Plan {
    Plan::default().rule(Match::action(action), Fault::Deny { by })
}

/// The verdict of each check of the one account.
fn verdicts(ran: &Ran) -> BTreeMap<String, String> {
    let document = ran.document("doctor");
    let checks = document["accounts"][0]["checks"].as_array().unwrap();
    let name = |check: &Value| {
        let parts = ["collector", "capability", "action", "region"];
        parts.map(|part| check[part].as_str().unwrap()).join(" ")
    };
    checks
        .iter()
        .map(|check| (name(check), check["verdict"].as_str().unwrap().to_owned()))
        .collect()
}

fn check<'d>(document: &'d Value, action: &str) -> &'d Value {
    let checks = document["accounts"][0]["checks"].as_array().unwrap();
    checks.iter().find(|check| check["action"] == action).unwrap()
}

#[test]
fn nothing_is_missing_in_an_account_that_allows_everything() {
    let ran = doctor(Plan::default(), &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let document = ran.document("doctor");
    assert_eq!(document["ok"], true);
    assert_eq!(document["missing"]["policies"].as_array().unwrap().len(), 0);
    let verdicts = verdicts(&ran);
    let ok = verdicts.values().filter(|verdict| *verdict == "ok").count();
    assert!(ok > 30, "{ok} of {verdicts:#?}");
    let text = doctor(Plan::default(), &[]);
    assert_eq!(text.code, 0, "{text:?}");
    for part in ["By tier", "tier 1", "tier 3", "all fine"] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
}

#[test]
fn what_is_taken_away_is_named_and_nothing_else_flips() {
    let before = verdicts(&doctor(Plan::default(), &["--json"]));
    let rows = [
        ("iam:ListServerCertificates", Layer::Identity, "an identity policy", true),
        ("ec2:DescribeInstances", Layer::Identity, "an identity policy", true),
        ("kms:ListKeys", Layer::Unsaid, "a policy that AWS does not name", true),
        ("organizations:ListRoots", Layer::Scp, "a service control policy", false),
        ("sso:DescribePermissionSet", Layer::Boundary, "a permissions boundary", false),
        ("iam:ListInstanceProfiles", Layer::Session, "a session policy", false),
        ("iam:GetAccountSummary", Layer::Unsaid, "a policy that AWS does not name", true),
    ];
    for (action, layer, by, helps) in rows {
        let ran = doctor(deny(action, layer), &["--json"]);
        assert_eq!(ran.code, 3, "{action}: {ran:?}");
        let document = ran.document("doctor");
        let found = check(&document, action);
        assert_eq!(found["verdict"], "denied", "{found}");
        assert_eq!(found["by"], by, "{found}");
        assert!(found["lost"].as_str().unwrap().len() > 3 && found["tier"].is_u64(), "{found}");
        for (name, verdict) in verdicts(&ran) {
            let same = before.get(&name) == Some(&verdict);
            // What starts from a list cannot be tried without the list: that is not known, never denied.
            assert!(
                name.contains(action) || same || verdict == "unknown",
                "{action}: {name} {verdict}"
            );
        }
        let policies = document["missing"]["policies"].as_array().unwrap();
        assert_eq!(policies.len(), usize::from(helps), "{action}: {policies:?}");
        if let [policy] = &policies[..] {
            let statements = policy["document"]["Statement"].as_array().unwrap();
            assert_eq!(statements.len(), 1);
            assert_eq!(statements[0]["Action"], serde_json::json!([action]), "the smallest policy");
        } else {
            let notes = document["missing"]["notes"].to_string();
            assert!(notes.contains(action) && notes.contains(by), "{notes}");
        }
    }
}

#[test]
fn a_person_reads_the_same() {
    let ran = doctor(deny("iam:ListServerCertificates", Layer::Identity), &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    for part in [
        "Missing",
        "iam:ListServerCertificates",
        "denied by an identity policy",
        "The smallest policy to add",
        "\"Sid\": \"Tier1Iam\"",
    ] {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
}

#[test]
fn every_account_is_asked_and_one_that_trusts_nobody_is_told() {
    let arguments = ["--org", "--role", visit::ROLE, "--external-id", visit::EXTERNAL_ID, "--json"];
    let ran = doctor(Plan::default(), &arguments);
    assert_eq!(ran.code, 3, "one account of the demo trusts nobody: {ran:?}");
    let document = ran.document("doctor");
    let accounts = document["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 13);
    let of = |status: &str| -> Vec<&Value> {
        accounts.iter().filter(|account| account["status"] == status).collect()
    };
    let failed = of("auth_failed");
    assert_eq!(failed.len(), 1, "{failed:#?}");
    let reason = failed[0]["reason"].as_str().unwrap();
    assert!(reason.contains("could not be assumed"), "{reason}");
    assert_eq!(of("not_active").len(), 1);
    assert_eq!(of("missing").len(), 1, "the account with a service control policy");
    assert_eq!(of("ok").len(), 10);
    for account in of("ok") {
        assert!(account["checks"].as_array().unwrap().iter().any(|check| check["verdict"] == "ok"));
    }
    let lines = ran.err.lines().filter(|line| line.ends_with("  ok")).count();
    assert_eq!(lines, 10, "progress names each account: {}", ran.err);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let account = WORLD.company.account("payments-prod").unwrap();
    let rows: [(&[&str], &str); 3] = [
        (&["--org"], "--role"),
        (&["--account", account], "needs a role"),
        (&["--skip", "dreams"], "tier-3"),
    ];
    for (arguments, part) in rows {
        let ran = doctor(Plan::default(), arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
}
