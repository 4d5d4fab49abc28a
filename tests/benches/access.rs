//! Effective access, measured against what it promises, with the goal beside each figure.
//!
//! `cargo bench -p accesstrail-shared --no-default-features --bench access` prints the tables of `docs/benchmarks.md`:
//! CPU time on one core over organizations made by chance ([`generated`]). Behind `--`, `only=TEXT` leaves the tables whose
//! names have the text. Answers are compared with those of asking one by one where that is bearable; that all are equal is
//! what the tests of `access` show over small organizations.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a bench prints, and ends where it fails; its figures have three digits"
)]

#[path = "access/catalogue.rs"]
mod catalogue;
#[path = "access/clock.rs"]
mod clock;
#[path = "access/decision.rs"]
mod decision;
#[path = "access/everybody.rs"]
mod everybody;
#[path = "../../shared/src/access/generate.rs"]
mod generated;
#[path = "access/load.rs"]
mod load;
#[path = "access/moved.rs"]
mod moved;
#[path = "access/routes.rs"]
mod routes;
#[path = "access/table.rs"]
mod table;

use accesstrail_shared::access::Estate;

/// How many principals the organizations have.
const SIZES: [usize; 4] = [1_000, 5_000, 10_000, 50_000];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, child, file] = arguments.as_slice()
        && child == load::CHILD
    {
        return load::child(file);
    }
    let only = arguments.iter().find_map(|argument| argument.strip_prefix("only="));
    let jobs: [(&str, fn()); 6] = [
        ("decision", decision::run),
        ("everybody", everybody::run),
        ("load", load::run),
        ("routes", routes::run),
        ("moved", moved::run),
        ("catalogue", catalogue::run),
    ];
    for (_, job) in jobs.iter().filter(|(name, _)| only.is_none_or(|only| name.contains(only))) {
        job();
    }
}

/// The organization of that many principals.
fn estate(count: usize) -> Estate {
    let text = generated::organization_of(1, count).to_string();
    let estate = Estate::import([("made", text.as_str())]);
    assert!(estate.set_aside.is_empty(), "{:?}", estate.set_aside);
    estate
}
