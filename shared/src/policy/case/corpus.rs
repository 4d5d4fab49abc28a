//! The cases of `tests/policy_cases`, made of what AWS's pages say, each with the link of its page.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Case, evaluate_line};

fn lines() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/policy_cases");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(path).unwrap();
            found.extend(text.lines().map(|line| (name.clone(), line.to_owned())));
        }
    }
    found
}

#[test]
fn what_the_pages_say_is_what_comes_out() {
    let lines = lines();
    let mut wrong = Vec::new();
    for (file, line) in &lines {
        let case: Value = serde_json::from_str(line).unwrap();
        let found: Value = serde_json::from_str(&evaluate_line(line)).unwrap();
        let is_right = found["decision"] == case["expect"]
            && (case["expect_missing_keys"].is_null()
                || case["expect_missing_keys"] == found["missing_keys"]);
        if !is_right {
            wrong.push(format!("{file}: {} is to be {}: {found}", case["id"], case["expect"]));
        }
        if let Ok(case) = Case::read(line) {
            assert_eq!(case.decide().as_str(), found["decision"].as_str().unwrap());
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn every_case_has_an_id_of_its_own_and_a_page() {
    let lines = lines();
    let cases: Vec<Value> =
        lines.iter().map(|(_, line)| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() >= 300, "{}", cases.len());
    let ids: BTreeSet<&str> = cases.iter().filter_map(|case| case["id"].as_str()).collect();
    assert_eq!(ids.len(), cases.len());
    let pages: BTreeSet<&str> = cases.iter().filter_map(|case| case["source"].as_str()).collect();
    assert!(pages.iter().all(|page| page.starts_with("https://docs.aws.amazon.com/")), "{pages:?}");
    assert!(pages.len() >= 30, "{pages:#?}");
}
