//! Keys of set-ups.
//!
//! | item | partition | sort |
//! |---|---|---|
//! | the right to set up | `setup` | `lease` |
//! | which run is open | `setup` | `open` |
//! | which run was the last | `setup` | `last` |
//! | which run was done last | `setup` | `done` |
//! | run | `setup` | `run#<run>` |
//! | what is kept | `setup` | `kept#<hash of its name>` |
//! | step of a run | `setup#<run>` | `step#<hash of its id>` |
//!
//! Names and ids of steps may be any text, so the keys have their hashes.

use percent_encoding::utf8_percent_encode;

use super::{ESCAPED, Key};
use crate::form;

/// The partition of everything but steps.
pub const SETUP: &str = "setup";

/// What the sort keys of what is kept begin with.
pub const KEPT: &str = "kept#";

fn one(sort: &str) -> Key {
    Key { partition: SETUP.to_owned(), sort: sort.to_owned() }
}

/// The right to set up.
pub fn lease() -> Key {
    one("lease")
}

/// Which run is open.
pub fn open() -> Key {
    one("open")
}

/// Which run was opened last.
pub fn last() -> Key {
    one("last")
}

/// Which run was done last.
pub fn done() -> Key {
    one("done")
}

/// A run.
pub fn run(id: &str) -> Key {
    one(&format!("run#{}", utf8_percent_encode(id, ESCAPED)))
}

/// What is kept under a name.
pub fn kept(name: &str) -> Key {
    one(&format!("{KEPT}{}", form::hash(name)))
}

/// The partition of a run's steps.
pub fn steps(run: &str) -> String {
    format!("{SETUP}#{}", utf8_percent_encode(run, ESCAPED))
}

/// A step of a run.
pub fn step(run: &str, step: &str) -> Key {
    Key { partition: steps(run), sort: format!("step#{}", form::hash(step)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_the_table_of_keys_says() {
        assert_eq!(run("1-a").sort, "run#1-a");
        assert_eq!(step("1-a", "set/x").partition, "setup#1-a");
        assert_ne!(step("1-a", "set/x"), step("1-a", "set/y"));
        assert_ne!(run("a#b"), run("a%23b"));
        assert!(kept("undo/trusted-access").sort.starts_with(KEPT));
    }
}
