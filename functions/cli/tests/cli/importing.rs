//! `import`: what people bring who cannot give access, whole, broken and hostile.

use std::fs::{self, File};
use std::path::Path;

use accesstrail_shared::testing::cli_answers::{credential_csv, details, organization};
use accesstrail_shared::testing::sample::{ACCOUNT, OTHER_ACCOUNT};
use serde_json::{Value, json};

use crate::world::{Ran, program, run};

fn write(folder: &Path, name: &str, content: &Value) {
    fs::write(folder.join(name), content.to_string()).unwrap();
}

fn import(folder: &Path, arguments: &[&str]) -> Ran {
    run(program(folder).arg("--json").arg("import"), arguments)
}

fn counts(document: &Value) -> [u64; 3] {
    ["created", "changed", "deleted"].map(|name| {
        document["run"]["counters"][format!("entities.{name}")].as_u64().unwrap_or_default()
    })
}

#[test]
fn a_folder_of_two_accounts_becomes_an_inventory() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers");
    fs::create_dir(&answers).unwrap();
    write(&answers, "one.json", &details(ACCOUNT, &["ana"], &["web"]));
    write(&answers, "two.json", &details(OTHER_ACCOUNT, &["bob"], &["db"]));
    write(&answers, "organization.json", &organization(ACCOUNT, &[OTHER_ACCOUNT]));
    fs::write(answers.join("report.csv"), credential_csv(ACCOUNT, &["ana"])).unwrap();
    fs::write(answers.join("README.txt"), "made on Monday").unwrap();

    let ran = import(folder.path(), &["answers"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let document = ran.document("import");
    assert_eq!(document["files"].as_array().unwrap().len(), 4);
    assert!(counts(&document)[0] > 10, "{document}");
    assert!(ran.err.contains("README.txt"), "{}", ran.err);

    let listed = run(program(folder.path()).arg("--json"), &["list", "user"]).document("list");
    let users = listed["entities"].as_array().unwrap();
    let names: Vec<&str> = users.iter().map(|user| user["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ana", "bob"]);
    assert_eq!(users[1]["account_name"], format!("account {OTHER_ACCOUNT}"));
    assert_eq!(users[0]["coverage"], "complete");

    let again = import(folder.path(), &["answers"]);
    assert_eq!((again.code, counts(&again.document("import"))), (0, [0, 0, 0]));
}

#[test]
fn people_are_told_what_was_taken_in_and_what_was_not() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "new.json", &details(ACCOUNT, &["ana"], &["web"]));
    let ran = run(
        &mut program(folder.path()),
        &["import", "new.json", "--as-of", "2026-11-22T06:00:00Z"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in
        ["authorization-details", "2026-11-22 06:00:00Z", "imported from new.json", "4 created"]
    {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
    write(folder.path(), "old.json", &details(ACCOUNT, &["bob"], &["web"]));
    let ran = run(
        &mut program(folder.path()),
        &["import", "old.json", "--as-of", "2026-11-21T06:00:00Z"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("left as it is"), "{}", ran.out);
    let listed = run(&mut program(folder.path()), &["list", "user"]);
    assert!(listed.out.contains("ana") && !listed.out.contains("bob"), "{}", listed.out);
}

#[test]
fn a_part_of_an_answer_ends_with_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let mut page = details(ACCOUNT, &["ana"], &["web"]);
    page["IsTruncated"] = json!(true);
    write(folder.path(), "page.json", &page);
    let ran = import(folder.path(), &["page.json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let coverage = &ran.document("import")["coverage"][0];
    assert_eq!(coverage["status"], "partial");
    assert!(coverage["reason"].as_str().unwrap().contains("one page of several"), "{coverage}");
}

#[test]
fn broken_files_are_refused_with_file_place_reason_and_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let whole = details(ACCOUNT, &["ana"], &["web"]);
    put("half.json", whole.to_string().as_bytes().split_at(400).0);
    put("schema.json", b"{\"UserDetailList\": [{\"UserName\": 7}]}");
    put("other.json", b"{\"Users\": []}");
    put("empty.json", b"");
    put("windows.json", b"\xff\xfe{\x00}\x00");
    write(folder.path(), &format!("{OTHER_ACCOUNT}.json"), &whole);
    File::create(folder.path().join("large.json")).unwrap().set_len(5 << 30).unwrap();
    let around = folder.path().join("around");
    fs::create_dir(&around).unwrap();
    std::os::unix::fs::symlink(&around, around.join("back")).unwrap();
    let named = format!("{OTHER_ACCOUNT}.json");
    let rows: [(&str, &[&str]); 9] = [
        ("half.json", &["half.json, line 1, column 400", "half-written", "made again"]),
        ("schema.json", &["schema.json, line 1, column 3", "expected a string"]),
        ("other.json", &["`Users`", "get-account-authorization-details"]),
        ("empty.json", &["it is empty", "check that it is whole"]),
        ("windows.json", &["UTF-16", "-Encoding utf8"]),
        ("large.json", &["5120 MiB", "one file for each account"]),
        ("around", &["leads back", "take the link out"]),
        ("nowhere.json", &["does not exist", "check the path"]),
        (&named, &[ACCOUNT, OTHER_ACCOUNT, "name it after the account"]),
    ];
    for (name, parts) in rows {
        let ran = run(&mut program(folder.path()), &["import", name]);
        assert_eq!(ran.code, 1, "{name}: {ran:?}");
        for part in parts.iter().chain(&["nothing of it was taken in"]) {
            assert!(ran.err.contains(part), "{name}: {part} in {}", ran.err);
        }
        let error = import(folder.path(), &[name]).document("error");
        assert!(error["next"].as_str().is_some(), "{error}");
    }
    assert!(!folder.path().join("accesstrail.db").exists(), "no store was made");
}

#[test]
fn one_broken_file_among_good_ones_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.json", &details(ACCOUNT, &["ana"], &["web"]));
    fs::write(folder.path().join("b.json"), "{\"Policies\": [").unwrap();
    let ran = run(&mut program(folder.path()), &["import", "."]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("b.json"), "{}", ran.err);
    assert!(!folder.path().join("accesstrail.db").exists(), "no store was made");
}

#[test]
fn hostile_names_are_inert_where_imports_show_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut hostile = details(ACCOUNT, &["ana"], &["web"]);
    hostile["UserDetailList"][0]["UserName"] = json!("=1+1\u{1b}[2J\u{202e}");
    let name = "\u{1b}[31mred\u{202e}.json";
    write(folder.path(), name, &hostile);
    fs::write(folder.path().join("\u{1b}]0;title\u{7}.json"), "{").unwrap();
    let ran = run(&mut program(folder.path()), &["import", name]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let refused = run(&mut program(folder.path()), &["import", "\u{1b}]0;title\u{7}.json"]);
    let listed = run(&mut program(folder.path()), &["list", "user"]);
    let exported =
        run(&mut program(folder.path()), &["export", "--format", "csv", "--kind", "user"]);
    for text in [&ran.out, &ran.err, &refused.err, &listed.out] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
    }
    assert!(exported.out.contains("'=1+1"), "{}", exported.out);
}
