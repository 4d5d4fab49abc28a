//! Needs → the statements that allow exactly them, and the policies that they fit into.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::{self, Pattern, shortest};
use super::write;
use super::{Need, Side, Tier};

/// Characters of a managed policy, white space not counted.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub const MANAGED_CHARACTERS: usize = 6_144;

/// Characters of all the inline policies of a role together, white space not counted.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub const INLINE_CHARACTERS: usize = 10_240;

/// The role that is entered in each account, where none is named.
pub const READ_ROLE: &str = "accesstrail-read";

/// One statement, which allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name: letters and digits, unique in what [`statements`] returns.
    pub sid: String,
    /// What it allows, sorted.
    pub actions: Vec<String>,
    /// On what, sorted: `*` if empty.
    pub resources: Vec<Pattern>,
    /// Whether the resources must be of the organization of whoever calls.
    pub in_organization: bool,
}

/// What a statement is about, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// What AWS lets nobody narrow.
    Unnarrowed,
    /// What names its resources. Apart from the others: a `*` beside narrow ARNs makes them void.
    Narrowed,
    /// The role in the other accounts.
    Entering,
}

/// Actions, and what they are allowed on.
type Allowed = (BTreeSet<String>, BTreeSet<Pattern>);

/// The statements that allow these needs and nothing else: one for each tier and service, two where some of its
/// actions can be narrowed and others not. An action that several tiers need is in the first of them.
/// `role` is the name of the role that is entered in other accounts, with its path if it has one.
pub fn statements(needs: &[&Need], role: &str) -> Vec<Statement> {
    let mut first: BTreeMap<&str, Tier> = BTreeMap::new();
    for need in needs {
        let tier = first.entry(need.action).or_insert(need.tier);
        *tier = need.tier.min(*tier);
    }
    let mut found: BTreeMap<(Tier, &str, Group), Allowed> = BTreeMap::new();
    for need in needs {
        let service = need.action.split(':').next().unwrap_or_default();
        let (group, patterns) = resources(need, role);
        let tier = first.get(need.action).copied().unwrap_or(need.tier);
        let (actions, all) = found.entry((tier, service, group)).or_default();
        actions.insert(need.action.to_owned());
        all.extend(patterns);
    }
    let mut statements = Vec::new();
    for ((tier, service, group), (actions, patterns)) in found {
        statements.push(Statement {
            sid: sid(tier, service, group),
            actions: actions.into_iter().collect(),
            resources: shortest(&patterns),
            in_organization: group == Group::Entering,
        });
    }
    statements
}

/// What an action is allowed on.
fn resources(need: &Need, role: &str) -> (Group, BTreeSet<Pattern>) {
    if need.action == "sts:AssumeRole" {
        let role = role.trim_start_matches('/');
        let pattern = Pattern::new(&format!("arn:${{Partition}}:iam::*:role/{role}"));
        return (Group::Entering, [pattern].into());
    }
    let known = reference::find(need.action).map(|entry| &entry.resources);
    let Some(patterns) = known.filter(|patterns| !patterns.is_empty()) else {
        return (Group::Unnarrowed, BTreeSet::new());
    };
    // What belongs to an organization belongs to its management account, whichever account asks.
    let narrowed = |pattern: &Pattern| match need.side {
        Side::Account | Side::Hub => pattern.clone(),
        Side::Organization => pattern.in_any_account(),
    };
    (Group::Narrowed, patterns.iter().map(narrowed).collect())
}

/// `Tier1Iam`, `Tier1IamNamed`, `Tier4StsEnter`.
fn sid(tier: Tier, service: &str, group: Group) -> String {
    let letters: String = service.chars().filter(char::is_ascii_alphanumeric).collect();
    let (head, tail) = letters.split_at_checked(1).unwrap_or_default();
    let group = match group {
        Group::Unnarrowed => "",
        Group::Narrowed => "Named",
        Group::Entering => "Enter",
    };
    format!("Tier{}{}{tail}{group}", tier.number(), head.to_ascii_uppercase())
}

/// Distributes statements over as few policies as their order allows, of at most `limit` characters each. A
/// statement that is too long for a policy of its own is divided by its actions. One action with its
/// resources always stands somewhere, whatever its length.
pub fn split(statements: &[Statement], limit: usize) -> Vec<Vec<Statement>> {
    let mut policies: Vec<Vec<Statement>> = Vec::new();
    for part in statements.iter().flat_map(|statement| parts(statement, limit)) {
        match policies.last_mut() {
            Some(last) if characters(&with(last, &part)) <= limit => last.push(part),
            _ => policies.push(vec![part]),
        }
    }
    policies
}

fn with(statements: &[Statement], more: &Statement) -> Vec<Statement> {
    statements.iter().chain([more]).cloned().collect()
}

/// A statement, or as many as it takes for each to fit into a policy.
fn parts(statement: &Statement, limit: usize) -> Vec<Statement> {
    if characters(std::slice::from_ref(statement)) <= limit {
        return vec![statement.clone()];
    }
    let mut parts: Vec<Statement> = Vec::new();
    for action in &statement.actions {
        let longer = parts.last().map(|last| {
            let mut longer = last.clone();
            longer.actions.push(action.clone());
            longer
        });
        let fits = longer.filter(|longer| characters(std::slice::from_ref(longer)) <= limit);
        if let (Some(longer), Some(last)) = (fits, parts.last_mut()) {
            *last = longer;
        } else {
            let sid = format!("{}Part{}", statement.sid, parts.len() + 1);
            parts.push(Statement { sid, actions: vec![action.clone()], ..statement.clone() });
        }
    }
    parts
}

/// How many characters IAM counts of a policy with these statements, in the partition and with the account id
/// that make it longest.
pub fn characters(statements: &[Statement]) -> usize {
    let document = write::text(statements, "aws-us-gov", "111122223333");
    document.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::super::tests::need;
    use super::*;

    const USERS: Need = need("iam:ListUsers", "people", "users", Tier::One, Side::Account);
    const KEYS: Need = need("iam:ListAccessKeys", "people", "keys", Tier::One, Side::Account);
    const ENTER: Need = need("sts:AssumeRole", "sessions", "role", Tier::Four, Side::Hub);

    fn written(statements: &[Statement]) -> Vec<(String, String, String)> {
        let arn = |pattern: &Pattern| pattern.with("aws", "111122223333");
        let written = statements.iter().map(|statement| {
            let resources: Vec<String> = statement.resources.iter().map(arn).collect();
            (statement.sid.clone(), statement.actions.join(" "), resources.join(" "))
        });
        written.collect()
    }

    #[test]
    fn what_can_be_narrowed_stands_apart() {
        let told = written(&statements(&[&KEYS, &USERS, &ENTER], "a/b"));
        let row = |sid: &str, actions: &str, resources: &str| {
            (sid.to_owned(), actions.to_owned(), resources.to_owned())
        };
        let expected = [
            row("Tier1Iam", "iam:ListUsers", ""),
            row("Tier1IamNamed", "iam:ListAccessKeys", "arn:aws:iam::111122223333:user/*"),
            row("Tier4StsEnter", "sts:AssumeRole", "arn:aws:iam::*:role/a/b"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_action_stands_once_in_the_first_tier_that_needs_it() {
        let again = Need { tier: Tier::Two, collector: "other", ..USERS };
        let told = statements(&[&again, &USERS], READ_ROLE);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].sid, "Tier1Iam");
        assert!(statements(&[], READ_ROLE).is_empty());
    }

    #[test]
    fn what_the_organization_owns_is_in_whichever_account() {
        let of = |side| {
            let need = need("organizations:DescribePolicy", "tree", "policies", Tier::One, side);
            written(&statements(&[&need], READ_ROLE))[0].2.clone()
        };
        assert_eq!(
            of(Side::Organization),
            "arn:aws:organizations::*:policy/o-*/*/p-* arn:aws:organizations::aws:policy/*"
        );
        assert!(of(Side::Account).starts_with("arn:aws:organizations::111122223333:policy/"));
    }

    fn many(count: usize) -> Statement {
        let actions = (0..count).map(|number| format!("iam:GetSomething{number:04}")).collect();
        Statement { actions, ..statements(&[&KEYS], READ_ROLE)[0].clone() }
    }

    #[test]
    fn policies_keep_the_limit_and_nothing_is_lost_or_repeated() {
        for (count, limit) in [(3, 6_144), (200, 6_144), (700, 6_144), (50, 400), (4, 1)] {
            let whole = [many(count), statements(&[&USERS], READ_ROLE)[0].clone()];
            let policies = split(&whole, limit);
            let lone = |policy: &Vec<Statement>| policy.len() == 1 && policy[0].actions.len() == 1;
            for policy in &policies {
                assert!(characters(policy) <= limit || lone(policy), "{count} in {limit}");
                let sids: BTreeSet<&str> = policy.iter().map(|each| each.sid.as_str()).collect();
                assert_eq!(sids.len(), policy.len());
            }
            let told: Vec<&String> =
                policies.iter().flatten().flat_map(|statement| &statement.actions).collect();
            let wanted: Vec<&String> =
                whole.iter().flat_map(|statement| &statement.actions).collect();
            assert_eq!(told, wanted, "{count} in {limit}");
        }
        assert_eq!(split(&[many(3)], 6_144).len(), 1);
        assert!(split(&[many(700)], 6_144).len() >= 3);
        assert!(split(&[], 6_144).is_empty());
    }

    #[test]
    fn white_space_does_not_count() {
        let one = statements(&[&USERS], READ_ROLE);
        let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Tier1Iam","Effect":"Allow","Action":["iam:ListUsers"],"Resource":"*"}]}"#;
        assert_eq!(characters(&one), text.len());
    }
}
