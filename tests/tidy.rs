//! The rules that the source tree keeps, each with its reason. What is about the manifests and what is
//! tracked is in `tidy/tree.rs`; here is what Rust files hold.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that reads what it expects fails where it is not there"
)]

#[path = "tidy/tree.rs"]
mod tree;

use std::collections::BTreeSet;

use accesstrail_tests::source::{RustFile, rust_files};

/// Lines of code in nine of ten files.
const USUAL_LINES: usize = 400;

/// Lines of code in any file.
const MOST_LINES: usize = 600;

/// Lines in a file of tests.
const MOST_TEST_LINES: usize = 800;

/// Lines of tests that may stand beside less code: a small file with a table of examples.
const FEW_TESTS: usize = 100;

/// Lines of tests for each 100 lines of code. It only goes up; the rule of the house is 100.
const TESTS_PERCENT: usize = 82;

/// Which modules each module of `shared` may use. Whoever is not in the list does not exist.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("analysis", &["model", "trail", "usage"]),
    ("form", &["model"]),
    ("port", &["model", "usage"]),
    ("settings", &["model"]),
    ("permission", &["model"]),
    ("setup", &["model", "port", "permission"]),
    ("policy", &[]),
    ("access", &["model", "policy"]),
    ("graph", &["policy", "access", "report"]),
    ("findings", &["model", "form", "policy", "access"]),
    ("trail", &["model"]),
    ("usage", &["model"]),
    ("report", &["model", "form"]),
    ("store", &["model", "form", "port", "usage"]),
    ("backfill", &["model", "port", "trail", "usage"]),
    ("aws", &["model", "port", "setup"]),
    ("collect", &["model", "form", "port", "permission", "aws", "realtime"]),
    ("realtime", &["model", "trail"]),
    ("live", &["model", "port", "trail", "realtime", "backfill", "aws", "collect", "feed"]),
    ("feed", &["model", "form", "port", "report", "aws", "collect"]),
    ("import", &["model", "aws", "collect", "port"]),
    (
        "lambda",
        &[
            "model", "form", "findings", "port", "settings", "setup", "report", "store", "aws",
            "collect", "feed",
        ],
    ),
    (
        "testing",
        &[
            "model", "form", "port", "settings", "report", "store", "aws", "collect", "feed",
            "lambda",
        ],
    ),
];

fn complain(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = rust_files().into_iter().filter(|file| !file.has_doc);
    complain(
        &silent.map(|file| format!("{} does not open with `//!`", file.path)).collect::<Vec<_>>(),
    );
}

#[test]
fn files_are_short() {
    let files = rust_files();
    let long = files.iter().filter(|file| {
        file.code.len() > MOST_LINES || (file.code.is_empty() && file.tests.len() > MOST_TEST_LINES)
    });
    let words = |file: &RustFile| {
        format!("{}: {} lines of code, {} of tests", file.path, file.code.len(), file.tests.len())
    };
    complain(&long.map(words).collect::<Vec<_>>());
    let mut sizes: Vec<usize> = files.iter().map(|file| file.code.len()).collect();
    sizes.retain(|lines| *lines > 0);
    sizes.sort_unstable();
    let p90 = sizes[sizes.len() * 9 / 10];
    assert!(p90 <= USUAL_LINES, "one file in ten has {p90} lines of code or more");
}

#[test]
fn inline_tests_are_no_longer_than_the_code() {
    let long = rust_files()
        .into_iter()
        .filter(|file| !file.code.is_empty() && file.tests.len() > file.code.len().max(FEW_TESTS));
    let words = |file: RustFile| {
        format!(
            "{}: {} lines of tests for {} of code, move them into a file of their own",
            file.path,
            file.tests.len(),
            file.code.len()
        )
    };
    complain(&long.map(words).collect::<Vec<_>>());
}

#[test]
fn functions_are_thin() {
    for (name, limit) in [("main.rs", 60), ("lib.rs", 150)] {
        let thick = rust_files().into_iter().filter(|file| {
            file.path.starts_with("functions/")
                && file.path.ends_with(&format!("src/{name}"))
                && file.code.len() > limit
        });
        let words = |file: RustFile| format!("{}: {} lines", file.path, file.code.len());
        complain(&thick.map(words).collect::<Vec<_>>());
    }
}

#[test]
fn layers_use_only_what_is_to_their_left() {
    let mut problems = Vec::new();
    for file in rust_files() {
        let Some(module) = file.shared_module().map(str::to_owned) else { continue };
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            problems.push(format!("{}: `{module}` is in no layer", file.path));
            continue;
        };
        let text = file.code_text();
        for used in uses(&text) {
            if used != module && !allowed.contains(&used.as_str()) {
                problems.push(format!("{}: `{module}` uses `{used}`", file.path));
            }
        }
        if text.contains(&"super::".repeat(file.depth())) {
            problems.push(format!("{}: `super` leaves the module, write `crate`", file.path));
        }
    }
    complain(&problems);
}

/// The modules of the crate that a text uses.
fn uses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(group) => heads(group),
            None => vec![rest.to_owned()],
        };
        let names = names.iter().map(|name| {
            let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
            name.chars().take_while(is_part).collect::<String>()
        });
        found.extend(names.filter(|name| !name.is_empty()));
    }
    found
}

/// The entries of `a::b, c::{d, e}}`.
fn heads(group: &str) -> Vec<String> {
    let mut heads = vec![String::new()];
    let mut depth = 0;
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => heads.push(String::new()),
            '{' => depth += 1,
            '}' => depth -= 1,
            c if c.is_whitespace() => {}
            c => heads.last_mut().unwrap().push(c),
        }
    }
    heads
}

#[test]
fn uses_are_found_in_every_form() {
    let text = "use crate::model::{A, B};\nuse crate::{form, port::{C, D}, store};\nlet x = crate::aws::y();";
    let found = uses(text);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["aws", "form", "model", "port", "store"]);
}

#[test]
fn keys_and_attributes_are_spelled_in_one_place() {
    let names = [
        "\"pk\"",
        "\"sk\"",
        "\"run_pk\"",
        "\"run_sk\"",
        "\"by-run\"",
        "\"scope#",
        "\"entity#",
        "\"change#",
        "\"unit#",
        "\"coverage#",
        "\"seen#",
    ];
    let mut problems = Vec::new();
    for file in rust_files() {
        if file.path.starts_with("shared/src/store/key") || file.path.starts_with("tests/") {
            continue;
        }
        let text = file.code_text();
        for name in names.iter().filter(|name| text.contains(**name)) {
            problems.push(format!("{} spells {name}", file.path));
        }
    }
    complain(&problems);
}

/// The forms are `form`'s, the time is an argument.
#[test]
fn the_model_knows_neither_forms_nor_the_clock() {
    let mut problems = Vec::new();
    for file in rust_files() {
        let pure = matches!(file.shared_module(), Some("model"));
        let text = file.code_text();
        for word in ["serde", "Serialize", "Timestamp::now", "SystemTime", "async fn", "std::env"] {
            if pure && text.contains(word) {
                problems.push(format!("{} uses `{word}`", file.path));
            }
        }
    }
    complain(&problems);
}

/// The room `testing` is neither: the local AWS and what tests are made of.
#[test]
#[expect(clippy::print_stdout, reason = "the number is looked at, with `--nocapture`")]
fn there_are_enough_tests() {
    let (mut code, mut tests) = (0, 0);
    for file in rust_files() {
        if file.shared_module() != Some("testing") {
            code += file.code.len();
            tests += file.tests.len();
        }
    }
    let percent = tests * 100 / code;
    println!("{tests} lines of tests for {code} of code: {percent} %");
    assert!(percent >= TESTS_PERCENT, "{percent} % is less than before: {TESTS_PERCENT} %");
}

#[test]
fn lines_are_told_apart() {
    let text = "//! Doc.\n\nuse a;\n// why\n#[cfg(test)]\nmod tests {\n    fn a() {}\n}\nfn b() {}\n#[cfg(test)]\nmod more;\nfn c() {}\n";
    let file = RustFile::parse("shared/src/collect/pipeline/work.rs", text, false);
    assert!(file.has_doc);
    assert_eq!(file.code, ["use a;", "fn b() {}", "fn c() {}"]);
    assert_eq!(file.tests.len(), 6);
    assert_eq!((file.shared_module(), file.depth()), (Some("collect"), 3));
    assert_eq!(RustFile::parse("shared/src/store/key/tests.rs", text, true).code.len(), 0);
}
