//! Exports: the same again byte for byte, in every format, whole or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::world::{DEMO, Ran, program, run};

const FORMATS: [&str; 6] = ["json", "jsonl", "csv", "parquet", "sqlite", "ocsf"];

fn export(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = program(folder);
    command.env("ACCESSTRAIL_STORE", DEMO.store()).arg("export");
    run(&mut command, arguments)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_format_is_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let contents = ["a", "b"].map(|name| {
            let name = format!("{name}.{format}");
            let ran = export(folder.path(), &["--format", format, "--output", &name]);
            assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{format}: {ran:?}");
            assert!(ran.err.contains("written to"), "{}", ran.err);
            fs::read(folder.path().join(name)).unwrap()
        });
        assert!(contents[0].len() > 10_000, "{format}: {} bytes", contents[0].len());
        assert!(contents[0] == contents[1], "{format} differs from itself");
    }
    let partial = |name: &str| name.contains("partial") || name.contains("journal");
    let left = fs::read_dir(folder.path()).unwrap();
    let names: Vec<String> =
        left.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.len() == 12 && !names.iter().any(|name| partial(name)), "{names:?}");
}

#[test]
fn formats_agree_on_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let whole = DEMO.json(&["export"], "export");
    let wanted: Vec<&str> =
        whole["entities"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    let told = lines(&export(folder.path(), &["--format", "jsonl"]).out);
    assert!(told.iter().all(|line| line["schema"] == "accesstrail.entity/1"));
    let ids: Vec<&str> = told.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, wanted);

    export(folder.path(), &["--format", "sqlite", "--output", "x.db"]);
    let database = Connection::open(folder.path().join("x.db")).unwrap();
    let mut rows = database.prepare("SELECT id FROM entity ORDER BY rowid").unwrap();
    let rows = rows.query_map((), |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(rows.map(Result::unwrap).collect::<Vec<_>>(), wanted);
    let denied: i64 = database
        .query_row("SELECT count(*) FROM account WHERE coverage = 'denied'", (), |row| row.get(0))
        .unwrap();
    assert_eq!(denied, 1);

    let parquet = export(folder.path(), &["--format", "parquet", "--output", "x.parquet"]);
    assert_eq!(parquet.code, 0, "{parquet:?}");
    let bytes = fs::read(folder.path().join("x.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let users = export(folder.path(), &["--format", "ocsf", "--kind", "user"]).out;
    assert_eq!(lines(&users).len() as u64, DEMO.document["entities_by_kind"]["user"]);
    assert!(lines(&users).iter().all(|event| event["type_uid"] == 500_302));
    let none = export(folder.path(), &["--format", "ocsf", "--kind", "role"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""), "there is no class for roles");
}

#[test]
fn since_gives_what_became_different() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["jsonl", "ocsf"] {
        let all = export(folder.path(), &["--format", format]).out;
        let past = export(folder.path(), &["--format", format, "--since", "2020-01-01T00:00:00Z"]);
        // What came and went by events is gone, which is a difference, too.
        let told: BTreeSet<&str> = past.out.lines().collect();
        let missing = all.lines().find(|line| !told.contains(line));
        assert_eq!(missing, None, "{format}");
        assert!(past.out.lines().count() >= all.lines().count(), "{format}");
        let ahead = export(folder.path(), &["--format", format, "--since", "2199-01-01T00:00:00Z"]);
        assert_eq!((ahead.code, ahead.out.as_str()), (0, ""), "{format}");
    }
    let bad = export(folder.path(), &["--since", "yesterday"]);
    assert!(bad.code == 1 && bad.err.contains("not a time"), "{bad:?}");
}

#[test]
fn what_is_there_is_not_replaced_by_accident() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x");
    for format in FORMATS {
        fs::write(&file, "precious").unwrap();
        let ran = export(folder.path(), &["--format", format, "--output", "x"]);
        assert_eq!(ran.code, 1, "{format}: {ran:?}");
        assert!(ran.err.contains("`x` is there already: add --force"), "{}", ran.err);
        assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
        let ran = export(folder.path(), &["--format", format, "--output", "x", "--force"]);
        assert_eq!(ran.code, 0, "{format}: {ran:?}");
        assert!(fs::read(&file).unwrap() != b"precious");
    }
    let ran = export(folder.path(), &["--force"]);
    assert!(ran.code == 1 && ran.err.contains("--output"), "{ran:?}");
    let ran = export(folder.path(), &["--format", "sqlite"]);
    assert!(ran.code == 1 && ran.err.contains("give --output PATH"), "{ran:?}");
    let ran = export(folder.path(), &["--format", "sqlite", "--output", "/dev/null"]);
    assert!(ran.code == 1 && ran.err.contains("could not be written"), "{ran:?}");
}
