//! The service authorization reference, as far as it is about reading: which actions exist, at which access
//! level, and what they can be narrowed to.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What `reference/generate.py` wrote; its head says of which date, and under which licence.
const ACTIONS: &str = include_str!("reference/actions.txt");

/// Resources of AWS's own that the reference leaves out of a type, although the actions on the type are called
/// for them too: without these, policies that AWS manages could not be read.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_arn-formats.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
const OF_AWS: &[(&str, &str, &str)] = &[
    ("organizations", "policy", "arn:${Partition}:organizations::aws:policy/*"),
    ("iam", "policy", "arn:${Partition}:iam::aws:policy/*"),
];

/// The access level of an action that reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Shows which resources there are.
    List,
    /// Shows what is in them.
    Read,
}

/// An ARN with wildcards. Its partition and its account are open until it is written ([`Pattern::with`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern of an ARN as the reference writes it: `${Partition}` and `${Account}` stay open, everything
    /// else that is open there becomes `*`.
    pub fn new(arn: &str) -> Self {
        let mut text = String::new();
        let mut rest = arn;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(before);
            match name {
                "Partition" => text.push_str("${Partition}"),
                "Account" | "AccountId" => text.push_str("${Account}"),
                _ if text.ends_with('*') => {}
                _ => text.push('*'),
            }
            rest = after;
        }
        text.push_str(rest);
        // What is behind the last of two wildcards is in what the first stands for.
        Self(text.replace("**", "*"))
    }

    /// The same in whichever account it is.
    #[must_use]
    pub fn in_any_account(&self) -> Self {
        Self(self.0.replace("${Account}", "*"))
    }

    /// The ARN with this partition and this account.
    pub fn with(&self, partition: &str, account: &str) -> String {
        self.0.replace("${Partition}", partition).replace("${Account}", account)
    }

    /// Whether everything that the other stands for is in what this one stands for.
    fn covers(&self, other: &Self) -> bool {
        let (own, of_other): (Vec<&str>, Vec<&str>) =
            (self.0.splitn(6, ':').collect(), other.0.splitn(6, ':').collect());
        match (own.split_last(), of_other.split_last()) {
            (Some((resource, head)), Some((of_other, other_head))) => {
                head == other_head && is_in(resource, of_other)
            }
            _ => false,
        }
    }
}

/// Whether a pattern takes a text, whose own wildcards only a wildcard takes.
fn is_in(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| text.get(at..).is_some_and(|text| is_in(rest, text)))
        }),
    }
}

/// Leaves out what others of the set stand for.
pub fn shortest(patterns: &BTreeSet<Pattern>) -> Vec<Pattern> {
    let is_needed =
        |one: &&Pattern| !patterns.iter().any(|other| other != *one && other.covers(one));
    patterns.iter().filter(is_needed).cloned().collect()
}

/// What the reference says about one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its access level.
    pub level: Level,
    /// What it can be narrowed to; nothing where AWS takes only `*`.
    pub resources: BTreeSet<Pattern>,
}

/// What the reference says about an action, as `service:Action`; `None` where there is none of that name that
/// only reads. Names are compared letter by letter, although AWS would not: so each is written in one way.
pub fn find(action: &str) -> Option<&'static Entry> {
    static TABLE: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| read(ACTIONS));
    TABLE.get(action)
}

/// Reads the file. What is not in its form is passed over: a test holds that nothing is.
fn read(text: &str) -> BTreeMap<String, Entry> {
    let mut table = BTreeMap::new();
    let (mut service, mut kinds) = ("", BTreeMap::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (service, kinds) = (name, BTreeMap::new());
        } else if let Some((name, arn)) = line.split_once(" = ") {
            kinds.insert(name, arn);
        } else if let Some((name, level, names)) = action(line) {
            let found = names.split(',').filter_map(|name| kinds.get(name)).copied();
            let own = OF_AWS.iter().filter(|(of, kind, _)| {
                *of == service && names.split(',').any(|name| name == *kind)
            });
            let arns = found.chain(own.map(|(_, _, arn)| *arn));
            let entry = Entry { level, resources: arns.map(Pattern::new).collect() };
            table.insert(format!("{service}:{name}"), entry);
        }
    }
    table
}

fn action(line: &str) -> Option<(&str, Level, &str)> {
    let (name, rest) = line.split_once(' ')?;
    let (level, names) = rest.split_once(' ').unwrap_or((rest, ""));
    let level = match level {
        "List" => Level::List,
        "Read" => Level::Read,
        _ => return None,
    };
    Some((name, level, names))
}

#[cfg(test)]
mod tests;
