//! Which accounts a run was asked for: those are counted, and no others.

use std::path::Path;

use accesstrail_shared::testing::proxy::{Plan, Proxy};
use accesstrail_shared::testing::visit;
use serde_json::{Value, json};

use crate::world::{Ran, WORLD, program, run};

/// `collect --account …` for each of these accounts of the demo, by name.
fn collect(proxy: &Proxy, folder: &Path, names: &[&str], more: &[&str]) -> Ran {
    let mut command = WORLD.caller(proxy, folder);
    command.args(["collect", "--role", visit::ROLE, "--external-id", visit::EXTERNAL_ID]);
    for name in names {
        command.args(["--account", WORLD.company.account(name).unwrap()]);
    }
    run(&mut command, more)
}

fn counts(document: &Value) -> (u64, u64) {
    let count = |value: &Value| value.as_u64().unwrap();
    let accounts = &document["accounts"];
    let parts = ["complete", "partial", "denied", "unavailable"];
    assert_eq!(parts.iter().map(|part| count(&accounts[part])).sum::<u64>(), accounts["total"]);
    (count(&accounts["total"]), count(&document["accounts_unseen"]))
}

#[test]
fn accounts_that_were_not_asked_for_are_no_part_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(Plan::default());
    let one = collect(&proxy, folder.path(), &["payments-dev"], &["--json"]);
    assert_eq!(one.code, 0, "an account that was seen completely has no gaps: {one:?}");
    let document = one.document("collect");
    assert_eq!(counts(&document), (1, 12));
    assert_eq!((&document["accounts"]["complete"], &document["gaps"]), (&json!(1), &json!([])));

    let status = |arguments: &[&str]| run(&mut program(folder.path()), arguments);
    let known = status(&["status", "--json"]).document("status");
    assert_eq!(counts(&known), (1, 12));
    let coverage = known["coverage_by_account"].as_object().unwrap();
    assert_eq!(coverage.len(), 13);
    assert_eq!(coverage.values().filter(|word| **word == "unseen").count(), 12);
    let text = status(&["status"]).out;
    assert!(text.contains("1 = 1 complete  (12 more are known and not looked into)"), "{text}");
    let listed = status(&["list", "account", "--filter", "unseen"]);
    assert_eq!(listed.out.lines().count(), 13, "{}", listed.out);

    // A later run speaks of what it was asked for; the status of the store of everything.
    let other = collect(&proxy, folder.path(), &["payments-prod"], &["--json"]);
    assert_eq!(other.code, 2, "{other:?}");
    let document = other.document("collect");
    assert_eq!(counts(&document), (1, 12));
    assert_eq!(document["accounts"]["partial"], 1);
    for gap in document["gaps"].as_array().unwrap() {
        assert_eq!(gap["account_name"], "payments-prod");
    }
    assert_eq!(counts(&status(&["status", "--json"]).document("status")), (2, 11));
    let again = collect(&proxy, folder.path(), &["payments-dev"], &["--json"]);
    assert_eq!(again.code, 0, "the other account's gaps are not this run's: {again:?}");
    assert_eq!(again.document("collect")["gaps"], json!([]));
}

#[test]
fn several_accounts_of_every_kind_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(Plan::default());
    let names = ["payments-dev", "payments-prod", "legacy-acquired", "old-shop"];
    let ran = collect(&proxy, folder.path(), &names, &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let line = ran.out.lines().next().unwrap();
    let sum = "4 = 1 complete + 1 partial + 1 denied + 1 unavailable  (9 more are known";
    assert!(line.contains(sum), "{line}");
    // Whoever reads along sees names beside the ids.
    for name in ["payments-dev", "payments-prod"] {
        let told = format!("{} {name}  ", WORLD.company.account(name).unwrap());
        assert!(ran.err.contains(&told), "{told} in {}", ran.err);
    }
    let gaps = ran.out.lines().filter(|line| line.contains("payments-prod")).count();
    assert_eq!(gaps, 3, "credentials twice, and secrets: {}", ran.out);
}

#[test]
fn ones_own_account_alone_needs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(Plan::default());
    let ran = run(&mut WORLD.caller(&proxy, folder.path()), &["collect", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(counts(&ran.document("collect")), (1, 12));
}

#[test]
fn an_organization_needs_a_role_and_is_told_before_any_call() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(Plan::default());
    let ran = run(&mut WORLD.caller(&proxy, folder.path()), &["collect", "--org", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let error = ran.document("error");
    for part in ["--role NAME", "accesstrail-read", "--org"] {
        assert!(error["error"].as_str().unwrap().contains(part), "{error}");
    }
    assert_eq!(proxy.calls().len(), 0, "nothing was asked");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}
