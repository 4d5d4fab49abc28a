//! Every verb on the demo's store: for a person, for a program, and as its own help says.

use std::collections::BTreeSet;
use std::process::Stdio;

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::world::{DEMO, Demo, WORLD, program, run};
use accesstrail_shared::testing::proxy::Plan;

const VERBS: [&str; 13] = [
    "demo", "collect", "status", "list", "show", "diff", "export", "feed", "usage", "unused",
    "activity", "findings", "graph",
];

fn ids(document: &Value, list: &str) -> Vec<String> {
    let entities = document[list].as_array().unwrap();
    entities.iter().map(|each| each["id"].as_str().unwrap().to_owned()).collect()
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

#[test]
fn the_demo_tells_what_it_found() {
    let document = &DEMO.document;
    let accounts = &document["accounts"];
    let parts = ["complete", "partial", "denied", "unavailable"];
    assert_eq!(accounts["total"], 13);
    assert_eq!(parts.iter().map(|part| count(&accounts[part])).sum::<usize>(), 13);
    assert!(parts.iter().all(|part| count(&accounts[part]) > 0), "{accounts}");
    assert!(count(&document["principals"]) >= 200);
    assert!(count(&document["scopes"]) > 100);
    // One thing that several accounts show, a foundation model, is one entity and was created in each.
    let store = rusqlite::Connection::open(DEMO.store()).unwrap();
    // What came by events is not of the run.
    let created = "SELECT count(*) FROM change WHERE change = 'created' AND run IS NOT NULL";
    let kept: i64 = store.query_row(created, [], |row| row.get(0)).unwrap();
    assert_eq!(document["changes"], kept);
    assert!(document["changes"].as_u64() >= document["entities"].as_u64());
    assert_eq!(document["store"], "accesstrail-demo.db");
    assert!(DEMO.store().exists());
}

#[test]
fn the_demo_is_made_anew_and_the_same_each_time() {
    fn timeless(demo: &Demo) -> (Value, Vec<String>, String) {
        let mut document = demo.document.clone();
        document.as_object_mut().unwrap().remove("run");
        for gap in document["gaps"].as_array_mut().unwrap() {
            gap.as_object_mut().unwrap().retain(|name, _| name != "at" && name != "run");
        }
        for scene in document["events"].as_array_mut().unwrap() {
            // How soon, and which of the changes came first, is of the moment.
            scene.as_object_mut().unwrap().retain(|name, _| name == "scene");
        }
        let export = demo.json(&["export"], "export");
        let usage = demo.run(&["usage", "--all", "--format", "csv"]).out;
        (document, ids(&export, "entities"), usage)
    }
    let again = DEMO.again();
    assert_eq!(again.json(&["status"], "status")["runs"].as_array().unwrap().len(), 1);
    let (first, second) = (timeless(&DEMO), timeless(&again));
    assert_eq!(first.0, second.0);
    assert_eq!(first.1, second.1);
    assert!(first.2 == second.2, "the logs of both are of the same calls");
}

#[test]
fn the_demo_sets_up_and_leaves_everything_as_it_was() {
    let setup = &DEMO.document["setup"];
    let steps = |part: &str| -> Vec<String> {
        let steps = setup[part].as_array().unwrap().iter();
        let text = |step: &Value, field: &str| step[field].as_str().unwrap().to_owned();
        let steps = steps.map(|step| format!("{} {}", text(step, "verb"), text(step, "id")));
        steps.collect()
    };
    for deployed in ["create set/accesstrail-member", "create set/accesstrail-forward"] {
        assert!(steps("deployed").contains(&deployed.to_owned()), "{setup:#}");
    }
    let created = steps("deployed").into_iter().filter(|step| step.starts_with("create set/"));
    for created in created {
        let deleted = created.replacen("create", "delete", 1);
        assert!(steps("removed").contains(&deleted), "{deleted}: {setup:#}");
    }
    assert_eq!(setup["reached"], 2);
    assert_eq!(setup["is_as_before"], true, "{setup:#}");
    assert_eq!((&setup["left"], &setup["gone"]), (&json!([]), &json!([])));
    // Looked at by themselves, not by a plan: a role, a rule and more in each account.
    assert!(setup["made"].as_u64().unwrap() >= 10, "{setup:#}");
}

#[test]
fn status_for_people_and_programs() {
    let document = DEMO.json(&["status"], "status");
    for part in ["accounts", "principals", "entities", "scopes", "entities_by_kind"] {
        assert_eq!(document[part], DEMO.document[part], "{part}");
    }
    assert_eq!(document["coverage_by_account"].as_object().unwrap().len(), 13);
    assert_eq!(document["runs"][0]["state"], "closed");
    for gap in document["gaps"].as_array().unwrap() {
        assert!(gap["lost"].is_string() && gap["fix"].is_string(), "{gap}");
    }
    let all = DEMO.json(&["status", "--scopes"], "status");
    assert_eq!(all["coverage"].as_array().unwrap().len(), count(&all["scopes"]));
    let text = DEMO.run(&["status"]);
    assert_eq!(text.code, 0);
    for part in ["13 = 10 complete", "Not seen", "SUSPENDED", "service control policy"] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
}

#[test]
fn every_kind_is_listed() {
    let counts = DEMO.document["entities_by_kind"].as_object().unwrap();
    for (kind, expected) in counts {
        let document = DEMO.json(&["list", kind], "list");
        assert_eq!(&document["count"], expected, "{kind}");
        assert_eq!(document["entities"].as_array().unwrap().len(), count(expected), "{kind}");
        let text = DEMO.run(&["list", kind]);
        assert_eq!(text.code, 0);
        assert_eq!(text.out.lines().count(), count(expected) + 1, "{kind}: {}", text.out);
        assert!(text.out.starts_with("ACCOUNT"), "{}", text.out);
    }
}

#[test]
fn filters_hold_together() {
    let all: BTreeSet<String> =
        ids(&DEMO.json(&["list", "role"], "list"), "entities").into_iter().collect();
    let in_account = DEMO.json(&["list", "role", "--filter", "account=payments-prod"], "list");
    let id = in_account["entities"][0]["account"].as_str().unwrap().to_owned();
    let by_id = DEMO.json(&["list", "role", "--filter", &format!("account={id}")], "list");
    assert_eq!(ids(&in_account, "entities"), ids(&by_id, "entities"));
    let some: BTreeSet<String> = ids(&in_account, "entities").into_iter().collect();
    assert!(!some.is_empty() && some.is_subset(&all) && some.len() < all.len());
    let both =
        ["list", "role", "--filter", "account=payments-prod", "--filter", "name=ci-deployer"];
    assert_eq!(DEMO.json(&both, "list")["count"], 1);
    let tagged = DEMO.json(&["list", "role", "--filter", "tag:owner=platform"], "list");
    for entity in tagged["entities"].as_array().unwrap() {
        assert_eq!(entity["attributes"]["tags"]["owner"], "platform");
    }
    assert_eq!(DEMO.json(&["list", "role", "--filter", "tag:owner=nobody"], "list")["count"], 0);
    let none = DEMO.run(&["list", "role", "--filter", "nobody at all"]);
    assert_eq!((none.code, none.out.lines().count()), (0, 1), "{none:?}");
    let members = DEMO.run(&["list", "identity-center-membership", "--filter", "nadia.haddad"]);
    assert!(members.out.contains("network-engineers"), "{}", members.out);
}

#[test]
fn one_thing_by_every_name_it_has() {
    let user = DEMO.json(&["show", "jenkins"], "entity");
    for name in ["id", "arn"] {
        let by = user[name].as_str().unwrap();
        assert_eq!(DEMO.json(&["show", by], "entity")["id"], user["id"]);
    }
    let key = user["id"].as_str().unwrap().split_once(':').unwrap().1.to_owned();
    assert_eq!(DEMO.json(&["show", &key], "entity")["id"], user["id"]);
    let kinds: Vec<&str> = user["aspects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["mfa", "password", "access-keys", "access-key-use"]);
    assert_eq!(user["account_name"], "ci-platform");
    let account = DEMO.json(&["show", user["account"].as_str().unwrap()], "entity");
    assert_eq!((&account["kind"], &account["name"]), (&"account".into(), &"ci-platform".into()));
    let text = DEMO.run(&["show", "payments-prod"]).out;
    for part in ["cost-center = 4711", "assignments (", "how it was seen (", "denied"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = DEMO.run(&["show", "ci-deployer", "--account", "ci-platform"]).out;
    assert!(text.contains("\"Action\": \"sts:AssumeRoleWithWebIdentity\""), "{text}");
}

#[test]
fn shared_and_unknown_names() {
    let ran = run(program(DEMO.folder()).arg("--json"), &["show", "ci-deployer"]);
    let error = ran.document("error");
    assert_eq!(ran.code, 1);
    let candidates = error["candidates"].as_array().unwrap();
    assert!(candidates.len() > 1 && ran.err.contains("payments-prod"), "{ran:?}");
    for id in candidates {
        assert_eq!(&DEMO.json(&["show", id.as_str().unwrap()], "entity")["id"], id);
    }
    for unknown in ["nobody", "arn:aws:iam::111122223333:user/nobody", "111122223333", "arn:", ""] {
        let ran = run(program(DEMO.folder()).arg("--json"), &["show", unknown]);
        assert_eq!(ran.code, 1, "{unknown}");
        let error = ran.document("error");
        assert!(error["error"].as_str().unwrap().contains(unknown), "{error}");
        assert!(error["next"].as_str().unwrap().contains("list"), "{error}");
    }
}

#[test]
fn exports_agree_with_lists() {
    let json = DEMO.json(&["export"], "export");
    let entities = json["entities"].as_array().unwrap();
    assert_eq!(entities.len(), count(&DEMO.document["entities"]));
    assert_eq!(json["coverage"].as_array().unwrap().len(), count(&DEMO.document["scopes"]));
    let rows = csv(&DEMO.run(&["export", "--format", "csv"]).out);
    assert_eq!(rows.len(), entities.len() + 1);
    assert!(rows.iter().all(|row| row.len() == 17), "every row has every column");
    let column = rows[0].iter().position(|name| name == "id").unwrap();
    let listed: Vec<&str> = rows[1..].iter().map(|row| row[column].as_str()).collect();
    assert_eq!(listed, ids(&json, "entities"));
    let roles = DEMO.folder().join("out.csv");
    let out = roles.to_str().unwrap();
    let ran = DEMO.run(&["export", "--format", "csv", "--kind", "role", "--out", out]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    let rows = csv(&std::fs::read_to_string(&roles).unwrap());
    assert_eq!(rows.len() - 1, count(&DEMO.document["entities_by_kind"]["role"]));
}

/// RFC 4180, strictly.
pub(crate) fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(!quoted && cell.is_empty() && row.is_empty(), "the text ends with a line");
    rows
}

#[test]
fn the_help_of_every_verb_is_true() {
    let proxy = WORLD.enter(Plan::default());
    let folder = DEMO.copied();
    // Wherever the demo's store is, the first verb makes it anew.
    let store = folder.path().join("trial.db");
    std::fs::rename(folder.path().join("accesstrail-demo.db"), &store).unwrap();
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_accesstrail")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    for verb in VERBS {
        let help = run(&mut program(folder.path()), &[verb, "--help"]);
        assert_eq!((help.code, help.err.as_str()), (0, ""));
        let (_, examples) = help.out.split_once("Example").unwrap();
        let lines: Vec<&str> = examples
            .lines()
            .map(|line| line.trim_start_matches(['s', ':', ' ']))
            .filter(|line| line.starts_with("accesstrail "))
            .collect();
        assert!(!lines.is_empty(), "{verb} has an example");
        for line in lines {
            let environment: Vec<_> = WORLD
                .caller(&proxy, folder.path())
                .get_envs()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect();
            let mut shell = Command::new("sh");
            shell.env_clear().envs(environment).env("PATH", &path).current_dir(folder.path());
            if verb != "collect" {
                shell.env("ACCESSTRAIL_STORE", &store);
            }
            let ran = run(&mut shell, &["-c", line]);
            // The organization has gaps; the account of the credentials has none.
            assert_eq!(ran.code, if line.contains("--org") { 2 } else { 0 }, "{line}: {ran:?}");
            assert!(verb != "list" || !ran.out.starts_with("no "), "{line}: {}", ran.out);
        }
    }
    let status = run(&mut program(folder.path()), &["status", "--json", "--store", "trial.db"]);
    assert_eq!(status.document("status")["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn outputs_that_are_closed_are_nobodys_fault() {
    for verb in [
        "status",
        "list user",
        "show jenkins",
        "diff",
        "export",
        "export --format csv",
        "usage --all",
        "unused",
    ] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_accesstrail"))
            .args(verb.split(' '))
            .args(["--store", DEMO.store().to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{verb}: {err}");
        assert!(!err.contains("panicked") && !err.contains("error"), "{verb}: {err}");
    }
}

#[test]
fn nothing_is_coloured_without_a_terminal() {
    for verb in [&["status"][..], &["diff"], &["show", "jenkins"], &["list", "account"]] {
        let ran = DEMO.run(verb);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran:?}");
    }
}
