//! `findings` and `graph`: over files, over a store, for people and programs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::world::{DEMO, Ran, program, run};

const ACCOUNT: &str = "111122223333";

fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}

/// One account: an administrator, a user who can become one, a role that trusts a stranger.
fn company(administrator: &str) -> Value {
    let policy = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]});
    let user = |name: &str, action: &str| {
        json!({"arn": arn(&format!("user/{name}")), "type": "user", "account": ACCOUNT,
            "inline": [policy(json!({"Sid": "Own", "Effect": "Allow", "Action": action, "Resource": "*"}))]})
    };
    let trust = policy(
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "444455556666"}}),
    );
    json!({"principals": [
        user("boss", administrator), user("ana", "iam:PutUserPolicy"),
        {"arn": arn("role/vendor"), "type": "role", "account": ACCOUNT, "trust": trust},
    ]})
}

fn with(folder: &Path, administrator: &str) {
    fs::write(folder.join("company.json"), company(administrator).to_string()).unwrap();
}

fn findings(folder: &Path, arguments: &[&str]) -> Ran {
    let all = [&["findings", "--import", "company.json"], arguments].concat();
    run(&mut program(folder), &all)
}

fn document(folder: &Path, arguments: &[&str]) -> Value {
    let ran = findings(folder, &[arguments, &["--json"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.document("findings")
}

fn states(document: &Value) -> Vec<(&str, &str)> {
    let text = |it: &'_ Value, name: &str| -> String { it[name].as_str().unwrap().to_owned() };
    let found = document["findings"].as_array().unwrap();
    assert!(found.iter().all(|it| !text(it, "remedy").is_empty()));
    found.iter().map(|it| (it["kind"].as_str().unwrap(), it["state"].as_str().unwrap())).collect()
}

#[test]
fn findings_of_files() {
    let folder = tempdir().unwrap();
    with(folder.path(), "*");
    let told = document(folder.path(), &[]);
    let kinds = ["admin-wildcard", "external-trust", "escalation-path"];
    assert_eq!(states(&told), kinds.map(|kind| (kind, "opened")));
    assert_eq!(told["open_by_severity"]["high"], 3);
    assert_eq!(told["findings"][0]["evidence"][0]["sid"], "Own");
    let silent: Vec<&str> = told["not_asked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(silent, ["console-without-mfa", "stale-key", "root-key"]);
    let text = findings(folder.path(), &[]);
    assert_eq!(text.code, 0);
    for part in [
        "high  admin-wildcard  arn:aws:iam::111122223333:user/boss  opened\n",
        "because statement 1 (Own) of inline 1",
        "3 findings are open: 3 high\n",
        "not asked: root-key: the files have no credentials",
    ] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
    let only = document(folder.path(), &["--kind", "external-trust", "--account", ACCOUNT]);
    assert_eq!(only["count"], 1);
    assert_eq!(document(folder.path(), &["--severity", "critical"])["count"], 0);
    assert_eq!(document(folder.path(), &["--account", "444455556666"])["count"], 0);
}

#[test]
fn exit_codes() {
    let folder = tempdir().unwrap();
    with(folder.path(), "*");
    let code = |arguments: &[&str]| findings(folder.path(), arguments).code;
    assert_eq!(code(&["--fail-on", "high"]), 4);
    assert_eq!(code(&["--fail-on", "low", "--json"]), 4);
    assert_eq!(code(&["--fail-on", "critical"]), 0);
    assert_eq!(code(&["--fail-on", "high", "--kind", "root-key"]), 0, "only what is shown");
    assert_eq!(code(&["--fail-on", "worst"]), 1);
    assert_eq!(code(&["--kind", "nothing"]), 1);
    assert_eq!(code(&["--state", "s.json", "--no-keep"]), 1);
    let lost = run(&mut program(folder.path()), &["findings", "--import", "nowhere.json"]);
    assert_eq!(lost.code, 1);
    assert!(lost.err.contains("nowhere.json"), "{}", lost.err);
    let empty = run(&mut program(folder.path()), &["findings"]);
    assert_eq!(empty.code, 1, "there is no store: {empty:?}");
}

#[test]
fn a_file_keeps_findings_from_run_to_run() {
    let folder = tempdir().unwrap();
    let at = |day: u32| format!("2026-11-{day:02}T06:00:00Z");
    let on = |day: u32, more: &[&str]| {
        let time = at(day);
        let all = [&["--state", "state.json", "--as-of", time.as_str()], more].concat();
        document(folder.path(), &all)
    };
    with(folder.path(), "*");
    assert_eq!(on(1, &[])["states"], json!({"opened": 3, "ongoing": 0, "resolved": 0}));
    assert_eq!(on(1, &[])["states"]["opened"], 3, "the same run again");
    assert_eq!(on(2, &[])["states"], json!({"opened": 0, "ongoing": 3, "resolved": 0}));
    with(folder.path(), "s3:*");
    let mended = on(3, &[]);
    assert_eq!(mended["states"], json!({"opened": 0, "ongoing": 2, "resolved": 1}));
    assert_eq!(states(&mended)[0], ("admin-wildcard", "resolved"));
    assert_eq!(on(4, &[])["count"], 2, "what was resolved before is told once");
    assert_eq!(on(4, &["--all"])["count"], 3);
    with(folder.path(), "*");
    let again = on(5, &[]);
    assert_eq!(again["states"], json!({"opened": 1, "ongoing": 2, "resolved": 0}));
    let history = again["findings"][0]["history"].as_array().unwrap();
    let expected = [json!({"opened": at(1)}), json!({"resolved": at(3)}), json!({"opened": at(5)})];
    assert_eq!(history, &expected);
    fs::write(folder.path().join("company.json"), r#"{"principals": []}"#).unwrap();
    let nothing = on(6, &[]);
    assert_eq!(nothing["states"]["ongoing"], 3, "what is not there is not known");
    assert!(nothing["findings"][0]["not_judged"].as_str().unwrap().contains(ACCOUNT));
    fs::write(folder.path().join("state.json"), "{}").unwrap();
    let wrong = findings(folder.path(), &["--state", "state.json"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("state.json is no file of findings"), "{}", wrong.err);
}

#[test]
fn names_are_inert() {
    let folder = tempdir().unwrap();
    let mut given = company("*");
    given["principals"][0]["arn"] = json!(arn("user/b\u{1b}[31m<script>"));
    fs::write(folder.path().join("company.json"), given.to_string()).unwrap();
    let ran = run(
        &mut program(folder.path()),
        &["graph", &arn("user/b\u{1b}[31m<script>"), "--import", "company.json", "--format", "svg"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("&lt;script&gt;") && !ran.out.contains("<script"), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'));
}

#[test]
fn findings_of_the_demo() {
    let folder = tempdir().unwrap();
    let store = folder.path().join("copy.db");
    fs::copy(DEMO.store(), &store).unwrap();
    let ask = |arguments: &[&str]| {
        let ran = run(program(folder.path()).env("ACCESSTRAIL_STORE", &store), arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran
    };
    let looked = ask(&["findings", "--json", "--no-keep"]).document("findings");
    let first = ask(&["findings", "--json"]).document("findings");
    assert_eq!(first, looked, "nothing was kept");
    let count = first["count"].as_u64().unwrap();
    assert!(count > 5, "{first}");
    assert_eq!(first["states"]["opened"], count);
    let kinds: BTreeSet<&str> = states(&first).into_iter().map(|(kind, _)| kind).collect();
    for kind in ["admin-wildcard", "console-without-mfa", "stale-key", "escalation-path"] {
        assert!(kinds.contains(kind), "{kind} in {kinds:?}");
    }
    assert!(!first["not_seen"].as_array().unwrap().is_empty(), "an account is denied");
    for finding in first["findings"].as_array().unwrap() {
        let account = finding["account"].as_str().unwrap();
        let is_denied = |gap: &Value| {
            gap["account"] == account
                && gap["scope"].as_str().unwrap().contains("iam-authorization")
        };
        let of_policies =
            ["admin-wildcard", "external-trust", "open-oidc-subject", "escalation-path"];
        if of_policies.contains(&finding["kind"].as_str().unwrap()) {
            assert!(!first["not_seen"].as_array().unwrap().iter().any(is_denied), "{finding}");
        }
    }
    let again = ask(&["findings", "--json"]).document("findings");
    assert_eq!(again, first, "the inventory is the same");
    let kept = rusqlite::Connection::open(&store).unwrap();
    let rows: i64 = kept.query_row("SELECT count(*) FROM finding", [], |row| row.get(0)).unwrap();
    assert_eq!(u64::try_from(rows).unwrap(), count);
    let text = ask(&["findings", "--severity", "high"]).out;
    assert!(text.contains(" findings are open: "), "{text}");
}

fn graph(folder: &Path, arguments: &[&str]) -> Ran {
    run(&mut program(folder), &[&["graph"], arguments, &["--import", "company.json"]].concat())
}

#[test]
fn the_graph_of_files() {
    let folder = tempdir().unwrap();
    with(folder.path(), "*");
    let tree = graph(folder.path(), &["ana"]);
    assert_eq!(tree.code, 0, "{tree:?}");
    assert!(
        tree.out.starts_with(&format!("{} (user in account {ACCOUNT})\n", arn("user/ana"))),
        "{}",
        tree.out
    );
    assert!(tree.out.contains("└─ iam: permissions, 1 action\n"), "{}", tree.out);
    assert!(tree.out.contains("way to the rights of an administrator"), "{}", tree.out);
    let ana = arn("user/ana");
    let document = graph(folder.path(), &[&ana, "--json"]).document("graph");
    assert_eq!(document["principal"], ana);
    assert_eq!(document["policies"][0]["access"][0]["levels"], json!(["permissions"]));
    assert_eq!(document["escalation"]["path"], json!(["iam-007"]));
    let vendor = graph(folder.path(), &["vendor", "--json"]).document("graph");
    assert_eq!(vendor["can_be_become_by"][0]["name"], "444455556666");
    let picture = graph(folder.path(), &["ana", "--output", "ana.svg"]);
    assert_eq!((picture.code, picture.out.as_str()), (0, "ana.svg\n"), "{picture:?}");
    let svg = fs::read_to_string(folder.path().join("ana.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("Access of ana"), "{svg}");
    let there = graph(folder.path(), &["ana", "--output", "ana.svg"]);
    assert_eq!(there.code, 1);
    assert!(there.err.contains("--force"), "{}", there.err);
    assert_eq!(graph(folder.path(), &["ana", "--output", "ana.svg", "--force"]).code, 0);
    let nobody = graph(folder.path(), &["nobody"]);
    assert_eq!(nobody.code, 1);
    assert!(nobody.err.contains("nobody is called nobody"), "{}", nobody.err);
}

#[test]
fn the_graph_of_the_demo() {
    let document = DEMO.json(&["graph", "jenkins"], "graph");
    assert_eq!(document["kind"], "user");
    assert!(!document["policies"].as_array().unwrap().is_empty(), "{document}");
    let tree = DEMO.run(&["graph", "jenkins"]);
    let lines =
        tree.out.lines().filter(|line| line.contains("(inline)") || line.contains("(managed)"));
    assert!(lines.count() > 0, "{}", tree.out);
}
