//! What is tracked, what depends on what, and what the README says.

use std::process::Command;

use accesstrail_shared::settings::{BACKFILL, INVENTORY, REALTIME, SETUP};
use accesstrail_tests::source::{self, files, root, text};
use serde_json::Value;

use super::complain;

/// What the top level may hold; dotted names besides.
const TOP_LEVEL: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "cloudformation",
    "docs",
    "functions",
    "rust-toolchain.toml",
    "shared",
    "template.yaml",
    "tests",
];

/// Crates that bring the world: none may be in the tree of the pure part.
const IMPURE: &[&str] =
    &["aws-", "aws_", "tokio", "hyper", "lambda_runtime", "rusqlite", "reqwest"];

/// The packages of the workspace.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn manifests() -> Vec<String> {
    let all = files().into_iter();
    all.filter(|path| path.ends_with("/Cargo.toml") && !path.starts_with("tests/fuzz/")).collect()
}

#[test]
fn the_top_level_is_the_map() {
    let unknown = files().into_iter().filter(|path| {
        let top = path.split('/').next().unwrap();
        !top.starts_with('.') && !TOP_LEVEL.contains(&top)
    });
    complain(&unknown.map(|path| format!("{path} is in no room")).collect::<Vec<_>>());
}

#[test]
fn no_room_is_a_drawer() {
    let drawers = ["utils", "util", "common", "helpers", "helper", "misc"];
    let found = files().into_iter().filter(|path| {
        path.split('/').any(|part| drawers.contains(&part.split('.').next().unwrap()))
    });
    complain(&found.map(|path| format!("{path}: name it after what is in it")).collect::<Vec<_>>());
}

#[test]
fn functions_do_not_know_each_other_and_nothing_knows_the_tests() {
    let mut problems = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let Some(path) = dependency["path"].as_str() else { continue };
            let of_tests = name == "accesstrail-tests";
            if path.ends_with("/tests") || (path.contains("/functions/") && !of_tests) {
                problems.push(format!("{name} depends on {}", dependency["name"]));
            }
        }
    }
    complain(&problems);
}

#[test]
fn crates_inherit_lints_and_versions() {
    let found = manifests();
    assert!(found.len() >= 4, "{found:?}");
    let mut problems = Vec::new();
    for path in found {
        let text = text(&path);
        if !text.contains("[lints]\nworkspace = true") {
            problems.push(format!("{path} does not inherit the lints"));
        }
        for field in ["version", "edition", "rust-version", "license", "publish"] {
            if !text.contains(&format!("\n{field}.workspace = true")) {
                problems.push(format!("{path} does not inherit `{field}`"));
            }
        }
        let mut section = String::new();
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                line.clone_into(&mut section);
            } else if section.contains("dependencies")
                && line.contains('=')
                && !line.starts_with('#')
                && !line.contains("workspace = true")
            {
                problems.push(format!("{path}: `{line}` is not the workspace's"));
            }
        }
    }
    complain(&problems);
}

#[test]
fn the_pure_part_has_no_world_in_its_tree() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "-p",
            "accesstrail-shared",
            "--no-default-features",
        ])
        .args(["-e", "normal", "--prefix", "none"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.starts_with("accesstrail-shared"), "{tree}");
    let impure = tree.lines().filter(|line| {
        // Hashes and signatures are arithmetic.
        IMPURE.iter().any(|name| line.starts_with(name)) && !line.starts_with("aws-lc-")
    });
    complain(&impure.map(str::to_owned).collect::<Vec<_>>());
}

/// What works on one machine only. The words are put together so that this file does not hold them.
#[test]
fn nothing_names_a_machine_or_a_mirror() {
    let slash = '/';
    let places: Vec<String> = ["home", "root", "Users", "work", "opt"]
        .iter()
        .map(|top| format!("{slash}{top}{slash}"))
        .collect();
    let mirrors = [
        ["replace", "-with"].concat(),
        ["--extra-index", "-url"].concat(),
        ["--index", "-url"].concat(),
        ["--trusted", "-host"].concat(),
        ["artifactory", "."].concat(),
        ["jfrog", ".io"].concat(),
    ];
    let mut problems = Vec::new();
    for path in files() {
        let Ok(bytes) = std::fs::read(root().join(&path)) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        for place in &places {
            let absolute = text.match_indices(place.as_str()).any(|(at, _)| {
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                let before = before.unwrap_or(' ');
                before.is_whitespace() || "\"'`(=:<>,".contains(before)
            });
            if absolute {
                problems.push(format!("{path} names {place}…"));
            }
        }
        for mirror in mirrors.iter().filter(|mirror| text.contains(mirror.as_str())) {
            problems.push(format!("{path} names {mirror}"));
        }
        let sources = text.lines().filter(|line| line.starts_with("source = \""));
        let foreign = sources.filter(|line| {
            path == "Cargo.lock" && !line.contains("github.com/rust-lang/crates.io-index")
        });
        problems.extend(foreign.map(|line| format!("{path}: {line}")));
    }
    complain(&problems);
}

#[test]
fn the_readme_tells_every_setting() {
    let readme = text("README.md");
    for (function, variables) in
        [("inventory", INVENTORY), ("backfill", BACKFILL), ("realtime", REALTIME), ("setup", SETUP)]
    {
        let (_, rest) = readme.split_once(&format!("<!-- {function} settings -->\n")).unwrap();
        let (table, _) = rest.split_once("<!-- end -->").unwrap();
        let mut wanted =
            "| variable | what it says | when it is not set |\n|---|---|---|\n".to_owned();
        for variable in variables {
            let default = variable.default.unwrap_or("must be set");
            wanted.extend(["| `", variable.name, "` | ", variable.meaning, " | ", default, " |\n"]);
        }
        assert_eq!(table, wanted, "copy the right side into README.md");
    }
}

#[test]
fn the_licence_is_the_one_that_is_named() {
    let text = text("LICENSE");
    assert!(text.contains("Apache License") && text.contains("Version 2.0, January 2004"));
    assert!(text.contains("END OF TERMS AND CONDITIONS"));
    let manifest = source::text("Cargo.toml");
    assert!(manifest.contains("license = \"Apache-2.0\""));
}
