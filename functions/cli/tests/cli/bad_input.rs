//! Wrong input: one clear sentence with the next step, the documented exit code, nothing half-written.

use std::fs;
use std::path::Path;

use crate::world::{DEMO, Ran, program, run};

/// Runs a verb for a person and for a program; both must fail in the same clear way.
fn refused(folder: &Path, arguments: &[&str]) -> Ran {
    let text = run(&mut program(folder), arguments);
    let json = run(program(folder).arg("--json"), arguments);
    for ran in [&text, &json] {
        assert_eq!(ran.code, 1, "{arguments:?}: {ran:?}");
        let error = ran.err.lines().find(|line| line.starts_with("error: "));
        let error = error.unwrap_or_else(|| panic!("{arguments:?}: {ran:?}"));
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        assert!(error.chars().count() < 260, "{error}");
    }
    assert_eq!(text.out, "", "{arguments:?}");
    let error = json.document("error");
    assert!(!error["error"].as_str().unwrap().is_empty());
    text
}

fn assert_says(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
}

#[test]
fn arguments_that_are_not_what_they_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let rows: &[(&[&str], &[&str])] = &[
        (&["frobnicate"], &["unrecognized subcommand", "--help"]),
        (&["status", "--frobnicate"], &["unexpected argument", "--help"]),
        (&["collect", "--account", "12"], &["12 digits", "111122223333"]),
        (&["collect", "--regions", "mars"], &["not a region", "eu-west-1"]),
        (&["collect", "--role", "r", "--external-id", "x"], &["external id", "2 to 1,224"]),
        (&["collect", "--role", "arn:aws:iam::111122223333:role/x"], &["role name"]),
        (&["collect", "--external-id", "xyz"], &["--role"]),
        (&["collect", "--org", "--account", "111122223333"], &["cannot be used with"]),
        (&["collect", "--endpoint-url", "not a url"], &["https://"]),
        (&["collect", "--concurrency", "0"], &["1..=64"]),
        (&["list", "people"], &["possible values"]),
        (&["list"], &["KIND"]),
        (&["collect", "--org"], &["--role NAME", "leave --org out"]),
        (&["diff", "yesterday"], &["run"]),
        (&["export", "--format", "xml"], &["json, csv"]),
    ];
    for (arguments, parts) in rows {
        assert_says(&refused(folder.path(), arguments), parts);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn runs_and_files_that_are_not_there() {
    let ran = refused(DEMO.folder(), &["diff", "20200101T000000Z"]);
    assert_says(&ran, &["no run 20200101T000000Z", "accesstrail status"]);
    let ran = refused(DEMO.folder(), &["export", "--out", "/nowhere/x.json"]);
    assert_says(&ran, &["/nowhere/x.json", "could not be written", "a place that exists"]);
    let newest = DEMO.document["run"]["id"].as_str().unwrap();
    let ran = refused(DEMO.folder(), &["diff", newest, "20200101T000000Z"]);
    assert_says(&ran, &["no run 20200101T000000Z"]);
    let ran = refused(DEMO.folder(), &["show", "ci-deployer", "--account", "nowhere"]);
    assert_says(&ran, &["no account in the store is called `nowhere`", "list account"]);
}

#[test]
fn wrong_usage_names_the_help_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let rows: [(&[&str], &str); 4] = [
        (&["list", "people", "--json"], "`accesstrail list --help`"),
        (&["--json", "collect", "--concurrency", "0"], "`accesstrail collect --help`"),
        (&["frobnicate", "--json"], "`accesstrail --help`"),
        (&["--json"], "`accesstrail --help`"),
    ];
    for (arguments, help) in rows {
        let ran = run(&mut program(folder.path()), arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        let error = ran.document("error");
        assert!(error["next"].as_str().unwrap().starts_with(help), "{error}");
        assert!(!error["error"].as_str().unwrap().contains('\n'), "{error}");
    }
}

#[test]
fn stores_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    fs::write(place("garbage"), "nothing that SQLite wrote, and long enough to be looked at")
        .unwrap();
    fs::create_dir(place("folder")).unwrap();
    newer(&place("newer"));
    let before = fs::read(place("newer")).unwrap();
    let rows: [(&str, &[&str]); 5] = [
        ("missing", &["does not exist", "accesstrail demo"]),
        ("garbage", &["not an SQLite database", "--store"]),
        ("folder", &["it is a folder", "--store"]),
        ("newer", &["format 99", "update accesstrail"]),
        ("garbage/below", &["--store"]),
    ];
    for (name, parts) in rows {
        for verb in [&["status"][..], &["list", "user"], &["show", "x"], &["diff"], &["export"]] {
            let store = place(name);
            let arguments = [verb, &["--store", &store]].concat();
            assert_says(&refused(folder.path(), &arguments), parts);
        }
    }
    for name in ["garbage", "folder", "newer", "garbage/below", "no-folder/store"] {
        let ran = refused(folder.path(), &["collect", "--store", &place(name)]);
        assert_says(&ran, &["store"]);
    }
    assert_eq!(fs::read(place("newer")).unwrap(), before, "the newer store is as it was");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing was left behind");
}

/// A store that a later version wrote.
fn newer(path: &str) {
    fs::copy(DEMO.store(), path).unwrap();
    let store = rusqlite::Connection::open(path).unwrap();
    let changed =
        store.execute("UPDATE meta SET value = '99' WHERE key = 'accesstrail.format'", []).unwrap();
    assert_eq!(changed, 1);
}

#[test]
fn a_store_on_a_read_only_disk_can_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("accesstrail.db");
    fs::copy(DEMO.store(), &store).unwrap();
    fs::set_permissions(&store, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let ran = run(&mut program(folder.path()), &["status"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}
