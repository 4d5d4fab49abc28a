//! Every way against everything that must make it vanish, and the page that says so.
//!
//! `ACCESSTRAIL_BLESS=1 cargo test -p accesstrail-shared --lib escalation` writes `docs/escalation.md` anew.

use std::fmt::Write as _;
use std::fs;

use super::fixture::{Change, also, found, needs};
use crate::access::escalation::{PATHS, Path, Way};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/escalation.md");
const BEGIN: &str = "<!-- from the tests -->\n";

/// A column of the table: one thing that must make every way vanish, or leave it there.
struct Column {
    title: &'static str,
    /// `None` where it makes no sense for a way.
    holds: fn(&Path) -> Option<bool>,
}

fn by_taking_over(path: &Path, id: &str) -> bool {
    let other = PATHS.iter().find(|it| it.id == id);
    matches!(path.way, Way::Pass(_)) && other.is_some_and(|it| matches!(it.way, Way::Existing(_)))
}

/// Whether the way is gone for each of its permissions: nothing is found, or only what works without that one.
fn gone_for_each(path: &Path, change: fn(&'static str) -> Change<'static>) -> bool {
    let is_gone = |action: &&'static str| match found(path, change(action)) {
        None => true,
        Some(id) => id != path.id && also(path, Some(action)).contains(&id),
    };
    needs(path).iter().all(is_gone)
}

fn gone(path: &Path, change: Change<'_>) -> bool {
    found(path, change).is_none_or(|id| id != path.id && by_taking_over(path, id))
}

fn there(path: &Path, change: Change<'_>) -> bool {
    found(path, change).is_some_and(|id| also(path, None).contains(&id))
}

fn is_trusting(path: &Path) -> bool {
    matches!(path.way, Way::Pass(_) | Way::Existing(_)) || path.needs.contains(&"sts:AssumeRole")
}

const COLUMNS: &[Column] = &[
    Column { title: "found", holds: |path| Some(there(path, Change::None)) },
    Column {
        title: "split over policies",
        holds: |path| (needs(path).len() > 1).then(|| there(path, Change::Split)),
    },
    Column {
        title: "through a group",
        holds: |path| {
            let is_possible = !matches!(path.way, Way::OwnRole | Way::OwnPolicy);
            is_possible.then(|| there(path, Change::Grouped))
        },
    },
    Column { title: "by `NotAction`", holds: |path| Some(there(path, Change::NotAction)) },
    Column {
        title: "a permission dropped",
        holds: |path| Some(gone_for_each(path, Change::Without)),
    },
    Column {
        title: "denied by an SCP",
        holds: |path| Some(gone_for_each(path, Change::DeniedByOrganization)),
    },
    Column {
        title: "denied by a second policy",
        holds: |path| Some(gone_for_each(path, Change::DeniedBySecond)),
    },
    Column {
        title: "not in the boundary",
        holds: |path| Some(gone_for_each(path, Change::Bounded)),
    },
    Column {
        title: "on another resource",
        holds: |path| Some(gone_for_each(path, Change::Elsewhere)),
    },
    Column {
        title: "under an open condition",
        holds: |path| Some(gone(path, Change::Conditional)),
    },
    Column {
        title: "passed to another service",
        holds: |path| {
            let is_passing = matches!(path.way, Way::Pass(_));
            is_passing.then(|| gone(path, Change::PassedElsewhere))
        },
    },
    Column {
        title: "no trust",
        holds: |path| is_trusting(path).then(|| gone(path, Change::Untrusted)),
    },
    Column { title: "nobody has rights", holds: |path| Some(gone(path, Change::Powerless)) },
];

#[test]
fn the_page_is_what_the_tests_show() {
    let mut table = String::from("| id | permissions | comes to |");
    for column in COLUMNS {
        write!(table, " {} |", column.title).unwrap();
    }
    let rule = "---|".repeat(COLUMNS.len() + 3);
    write!(table, "\n|{rule}\n").unwrap();
    let mut wrong = Vec::new();
    for path in PATHS {
        let named: Vec<String> = needs(path).iter().map(|action| format!("`{action}`")).collect();
        let besides = path.assumes.map(|what| format!(", if there is {what}")).unwrap_or_default();
        write!(table, "| {} | {} | {}{besides} |", path.id, named.join(" + "), path.way).unwrap();
        for column in COLUMNS {
            let holds = (column.holds)(path);
            if holds == Some(false) {
                wrong.push((path.id, column.title));
            }
            let mark = holds.map_or("", |holds| if holds { "✓" } else { "✗" });
            write!(table, " {mark} |").unwrap();
        }
        table.push('\n');
    }
    assert_eq!(wrong, []);
    let page = fs::read_to_string(PAGE).unwrap();
    let (head, _) = page.split_once(BEGIN).unwrap();
    let wanted = format!("{head}{BEGIN}{table}");
    if page != wanted && std::env::var_os("ACCESSTRAIL_BLESS").is_some() {
        fs::write(PAGE, &wanted).unwrap();
        return;
    }
    assert_eq!(page, wanted, "docs/escalation.md is not what the tests show");
}

#[test]
fn every_way_has_an_id_of_its_own() {
    let ids: std::collections::BTreeSet<_> = PATHS.iter().map(|path| path.id).collect();
    assert_eq!(ids.len(), PATHS.len());
}
