//! The settings file, the environment and flags; what they add to lists, exports and what is shown.

use std::fs;
use std::path::Path;

use accesstrail_shared::testing::cli_answers::{credential_csv, details};
use accesstrail_shared::testing::sample::{ACCOUNT, OTHER_ACCOUNT};
use serde_json::{Value, json};

use crate::world::{program, run};

fn settings(folder: &Path, text: &str) {
    fs::write(folder.join("accesstrail.toml"), text).unwrap();
}

/// What `config show` says of a setting: its value, and where that comes from.
fn shown(document: &Value, name: &str) -> (Value, String) {
    let all = document["settings"].as_array().unwrap();
    let found = all.iter().find(|it| it["name"] == name).unwrap();
    (found["value"].clone(), found["from"].as_str().unwrap().to_owned())
}

#[test]
fn config_show_prints_every_default() {
    let folder = tempfile::tempdir().unwrap();
    settings(folder.path(), "concurrency = 9\n");
    let ran = run(&mut program(folder.path()), &["config", "show", "--defaults", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let document = ran.document("config");
    let rows = [
        ("concurrency", json!(5)),
        ("credentials", json!("standard")),
        ("skip", json!([])),
        ("trees.source", json!("none")),
        ("trees.depth", json!(20)),
        ("iam.skip-managed-policies", json!(false)),
        ("owner-tag-keys", json!(["owner"])),
        ("authoritative-source", json!(["identity-center", "iam"])),
    ];
    for (name, expected) in rows {
        assert_eq!(shown(&document, name), (expected, "default".to_owned()));
    }
    assert_eq!(document["settings"].as_array().unwrap().len(), 24);
    let text = run(&mut program(folder.path()), &["config", "show"]);
    for part in ["concurrency", "9", "file, line 1", "accesstrail.toml", "regions.exclude"] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
}

#[test]
fn the_environment_comes_before_the_file_and_the_file_may_be_named() {
    let folder = tempfile::tempdir().unwrap();
    settings(folder.path(), "concurrency = 9\nskip = [\"tier-3\"]\n");
    fs::write(folder.path().join("other.toml"), "concurrency = 7\n").unwrap();
    let show = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = program(folder.path());
        command.envs(variables.iter().copied()).args(["config", "show", "--json"]);
        let ran = run(&mut command, arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        shown(&ran.document("config"), "concurrency")
    };
    let said = |value: u8, from: &str| (json!(value), from.to_owned());
    assert_eq!(show(&[], &[]), said(9, "file, line 1"));
    assert_eq!(show(&[], &[("ACCESSTRAIL_CONCURRENCY", "3")]), said(3, "ACCESSTRAIL_CONCURRENCY"));
    assert_eq!(show(&["--config", "other.toml"], &[]), said(7, "file, line 1"));
    assert_eq!(show(&[], &[("ACCESSTRAIL_CONFIG", "other.toml")]), said(7, "file, line 1"));
}

#[test]
fn wrong_settings_are_refused_all_at_once_by_every_verb_that_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    settings(
        folder.path(),
        "regoins = 1\nconcurrency = 0\nskip = [\"identity-stor\"]\n\n\u{1b} = 1\n",
    );
    let ran = run(&mut program(folder.path()), &["collect"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(ran.err.contains("line 5"), "{}", ran.err);
    settings(folder.path(), "concurency = 1\nconcurrency = 0\nskip = [\"identity-stor\"]\n");
    for verb in [&["collect"][..], &["config", "show"], &["list", "user"]] {
        let ran = run(program(folder.path()).arg("--json"), verb);
        assert_eq!(ran.code, 1, "{verb:?}: {ran:?}");
        if verb[0] == "list" {
            // There is no store, which is told first.
            continue;
        }
        let error = ran.document("error");
        let problems = error["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 3, "{error}");
        for part in [
            "line 1",
            "`concurrency` perhaps",
            "line 2",
            "1 to 64",
            "line 3",
            "`identity-store` perhaps",
        ] {
            assert!(ran.err.contains(part), "{part} in {}", ran.err);
        }
    }
    let ran = run(&mut program(folder.path()), &["config", "show", "--config", "nowhere.toml"]);
    assert!(ran.code == 1 && ran.err.contains("nowhere.toml cannot be read"), "{ran:?}");
    assert!(!folder.path().join("accesstrail.db").exists());
}

#[test]
fn owners_classes_and_people_follow_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: String| fs::write(folder.path().join(name), content).unwrap();
    let mut one = details(ACCOUNT, &["ana"], &["web"]);
    one["UserDetailList"][0]["Tags"] =
        json!([{"Key": "Team", "Value": "=1+1"}, {"Key": "email", "Value": "ana@example.com"}]);
    write("one.json", one.to_string());
    write("two.json", details(OTHER_ACCOUNT, &["ana", "robot"], &["db"]).to_string());
    write("report.csv", credential_csv(OTHER_ACCOUNT, &["robot"]));
    let ran = run(&mut program(folder.path()), &["import", "one.json", "two.json", "report.csv"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let list = |kind: &str| {
        let ran = run(program(folder.path()).arg("--json"), &["list", kind]);
        let document = ran.document("list");
        let all = document["entities"].as_array().unwrap().clone();
        let word = |it: &Value, name: &str| it[name].as_str().unwrap_or("-").to_owned();
        all.iter()
            .map(|it| [word(it, "name"), word(it, "class"), word(it, "owner")])
            .collect::<Vec<_>>()
    };
    let row = |name: &str, class: &str, owner: &str| [name, class, owner].map(str::to_owned);
    let platform = "platform@example.com";
    assert_eq!(
        list("user"),
        [
            row("ana", "unknown", "-"),
            row("ana", "unknown", platform),
            row("robot", "machine", platform)
        ]
    );
    assert_eq!(list("role"), [row("web", "service", "-"), row("db", "service", "-")]);

    let text = format!(
        "owner-tag-keys = [\"team\", \"owner\"]\nauthoritative-source = [\"{OTHER_ACCOUNT}\"]\n\
         [[class]]\nname = \"an*\"\nclass = \"human\"\n"
    );
    settings(folder.path(), &text);
    assert_eq!(list("user")[0], row("ana", "human", "=1+1"));
    let shown = run(program(folder.path()).arg("--json"), &["show", "ana", "--account", ACCOUNT]);
    let person = shown.document("entity")["person"].clone();
    assert_eq!(person["entries"].as_array().unwrap().len(), 2, "{person}");
    assert_eq!(person["entries"][0]["source"], OTHER_ACCOUNT);
    let facts = person["facts"].as_array().unwrap();
    let address = facts.iter().find(|fact| fact["name"] == "email").unwrap();
    assert_eq!(
        (&address["value"], &address["source"]),
        (&json!("ana@example.com"), &json!(ACCOUNT))
    );
    let text = run(&mut program(folder.path()), &["show", "ana", "--account", ACCOUNT]);
    assert!(text.out.contains("one person, 2 entries"), "{}", text.out);
    let csv = run(&mut program(folder.path()), &["export", "--format", "csv", "--kind", "user"]);
    let header = csv.out.lines().next().unwrap();
    assert!(header.ends_with("class,owner"), "{header}");
    assert!(csv.out.contains(",human,\"'=1+1\""), "{}", csv.out);
}
