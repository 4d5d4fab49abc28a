//! Why something cannot be imported.

use std::path::{Path, PathBuf};

/// What is wrong with the content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the file, as far as it is one place: `line 3, column 14`, `row 7`.
    pub position: Option<String>,
    /// What is wrong there.
    pub reason: String,
    /// What to do about it.
    pub next: &'static str,
}

impl Problem {
    /// A problem of the whole file.
    pub(super) fn new(reason: impl Into<String>, next: &'static str) -> Self {
        Self { position: None, reason: reason.into(), next }
    }

    /// The problem of this file.
    pub(super) fn of(self, path: &Path) -> Refusal {
        Refusal { path: path.to_owned(), problem: self }
    }
}

/// Why a file cannot be imported. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {}", path.display(), place(problem), problem.reason)]
pub struct Refusal {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

fn place(problem: &Problem) -> String {
    problem.position.as_ref().map_or_else(String::new, |position| format!(", {position}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_file_the_place_and_the_reason() {
        let whole = Problem::new("it is empty", "bring another");
        let place = Problem { position: Some("line 3, column 1".to_owned()), ..whole.clone() };
        let rows =
            [(whole, "a.json: it is empty"), (place, "a.json, line 3, column 1: it is empty")];
        for (problem, expected) in rows {
            assert_eq!(problem.of(Path::new("a.json")).to_string(), expected);
        }
    }
}
