//! The source tree as text: which files there are, and which of their lines are code, tests or neither.
//!
//! Line by line, not a parser: rustfmt keeps the forms that are looked for (`#[cfg(test)]` and the closing
//! brace of its module at the left margin).

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The text of a file of the workspace.
pub fn text(path: &str) -> String {
    let full = root().join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// What belongs to the project, as paths from the root: what git tracks or would add, or, in an unpacked
/// archive, everything but what is built.
pub fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let mut files: Vec<String> = match listed {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
        }
        _ => walk(root(), Path::new("")),
    };
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files
}

fn walk(root: &Path, below: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root.join(below)).into_iter().flatten().flatten() {
        let path: PathBuf = below.join(entry.file_name());
        let name = entry.file_name();
        if ["target", ".git", "__pycache__", ".aws-sam"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        if entry.path().is_dir() {
            found.extend(walk(root, &path));
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    found
}

/// Every Rust file.
pub fn rust_files() -> Vec<RustFile> {
    let all: Vec<String> = files().into_iter().filter(|path| has_extension(path, "rs")).collect();
    let texts: Vec<(String, String)> =
        all.into_iter().map(|path| (path.clone(), text(&path))).collect();
    let of_tests: Vec<String> =
        texts.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    let is_test = |path: &str| {
        path.starts_with("tests/")
            // The integration tests of a package.
            || (path.starts_with("functions/") && path.contains("/tests/"))
            || path.starts_with("shared/src/store/conformance")
            || of_tests.iter().any(|module| {
                path.strip_prefix(module.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            })
    };
    texts.iter().map(|(path, text)| RustFile::parse(path, text, is_test(path))).collect()
}

/// The modules in files of their own that `text` declares for tests only, as paths without `.rs`. What is there for
/// tests and for the room `testing` is of tests.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let base = match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder,
        _ => path.trim_end_matches(".rs"),
    };
    let lines = text.lines().zip(text.lines().skip(1));
    let of_tests = ["#[cfg(test)]", "#[cfg(any(test, feature = \"testing\"))]"];
    let declared = lines.filter(|(before, _)| of_tests.contains(before)).filter_map(|(_, line)| {
        let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    declared.map(|module| format!("{base}/{module}")).collect()
}

/// Whether a path ends in that extension.
pub fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// One Rust file, its lines told apart.
#[derive(Debug)]
pub struct RustFile {
    /// The path from the root of the workspace.
    pub path: String,
    /// Whether it opens with a module's documentation.
    pub has_doc: bool,
    /// The lines of code: no comments, blanks or tests.
    pub code: Vec<String>,
    /// The lines of tests: no comments or blanks.
    pub tests: Vec<String>,
}

impl RustFile {
    /// Tells the lines of `text` apart; all of them are tests if `only_tests`.
    pub fn parse(path: &str, text: &str, only_tests: bool) -> Self {
        let mut file = Self {
            path: path.to_owned(),
            has_doc: text.starts_with("//!"),
            code: Vec::new(),
            tests: Vec::new(),
        };
        let mut state = State::Code;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with("//") {
                continue;
            }
            if state == State::Code && line == "#[cfg(test)]" {
                state = State::Announced;
            } else if state == State::Announced && !trimmed.starts_with("#[") {
                state = if trimmed.ends_with('{') { State::Inside } else { State::Last };
            }
            let of_tests = only_tests || state != State::Code;
            if of_tests { &mut file.tests } else { &mut file.code }.push(trimmed.to_owned());
            if state == State::Last || (state == State::Inside && line == "}") {
                state = State::Code;
            }
        }
        file
    }

    /// The code as one text.
    pub fn code_text(&self) -> String {
        self.code.join("\n")
    }

    /// The module of `shared` that the file belongs to.
    pub fn shared_module(&self) -> Option<&str> {
        let below = self.path.strip_prefix("shared/src/")?;
        let module = below.split('/').next().unwrap_or(below);
        let module = module.strip_suffix(".rs").unwrap_or(module);
        (module != "lib").then_some(module)
    }

    /// How deep the file's module is: 1 for a module of the crate.
    pub fn depth(&self) -> usize {
        let below = self.path.split_once("/src/").map_or("", |(_, below)| below);
        below.split('/').filter(|part| !["mod.rs", "lib.rs", "main.rs"].contains(part)).count()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    /// After `#[cfg(test)]`, before its item.
    Announced,
    /// In a test module.
    Inside,
    /// On the one line of an item.
    Last,
}
