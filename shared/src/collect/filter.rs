//! What a run leaves out because somebody wants it so: accounts and units of the organization, parts of IAM.
//!
//! What is left out is `excluded`, never deleted: a unit of an excluded account ends as excluded, and a role or
//! policy that a pattern excludes is neither stored anew nor buried while AWS lists it. Where one thing is both
//! included and excluded, it is excluded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{AccountId, Entity, Pattern};

/// Which accounts of an organization are looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountFilter {
    /// These only; all if empty and no unit is included either.
    pub include: BTreeSet<AccountId>,
    /// All but these.
    pub exclude: BTreeSet<AccountId>,
    /// The accounts below these organizational units only: ids (`ou-…`, `r-…`), or paths of names from below
    /// the root (`Workloads/Production`).
    pub include_units: BTreeSet<String>,
    /// All but the accounts below these.
    pub exclude_units: BTreeSet<String>,
}

/// Where an account hangs in the organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The ids of the root and the units above it, from the root down.
    pub ids: Vec<String>,
    /// The names of the units above it, from below the root down.
    pub path: Vec<String>,
}

impl Place {
    /// Whether it lies below a unit, given by its id or its path.
    pub fn is_below(&self, unit: &str) -> bool {
        let names: Vec<&str> = unit.split('/').filter(|name| !name.is_empty()).collect();
        let by_path = !names.is_empty()
            && names.len() <= self.path.len()
            && names.iter().zip(&self.path).all(|(name, own)| *name == own);
        by_path || self.ids.iter().any(|id| id == unit)
    }
}

impl AccountFilter {
    /// Whether it can be applied only with the tree of the organization at hand.
    pub fn needs_tree(&self) -> bool {
        !self.include_units.is_empty() || !self.exclude_units.is_empty()
    }

    /// Every unit that it names.
    pub fn units(&self) -> impl Iterator<Item = &String> {
        self.include_units.iter().chain(&self.exclude_units)
    }

    /// What excludes an account, if anything does. An account whose place is not known is below no unit.
    pub fn excludes(&self, account: &AccountId, place: Option<&Place>) -> Option<String> {
        let below = |unit: &&String| place.is_some_and(|place| place.is_below(unit));
        if self.exclude.contains(account) {
            return Some("accounts.exclude".to_owned());
        }
        if let Some(unit) = self.exclude_units.iter().find(below) {
            return Some(format!("ous.exclude {unit}"));
        }
        let is_open = self.include.is_empty() && self.include_units.is_empty();
        let is_included =
            self.include.contains(account) || self.include_units.iter().any(|unit| below(&unit));
        if is_open || is_included {
            return None;
        }
        let filter = if self.include.is_empty() { "ous.include" } else { "accounts.include" };
        Some(filter.to_owned())
    }
}

/// Which parts of the authorization details are stored.
///
/// A user that loses its inline policies to a filter would look as if they had been taken away from it, so what
/// was known of them before stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four switches that have nothing to do with one another"
)]
pub struct IamFilter {
    /// Leave out the inline policies of users.
    pub skip_user_inline_policies: bool,
    /// Leave out the inline policies of groups.
    pub skip_group_inline_policies: bool,
    /// Leave out the customer's managed policies and AWS's.
    pub skip_managed_policies: bool,
    /// Leave out AWS's managed policies.
    pub skip_aws_managed_policies: bool,
    /// Patterns of the names of managed policies to leave out.
    pub policy_exclude: BTreeSet<Pattern>,
    /// Patterns of the names of roles to leave out.
    pub role_exclude: BTreeSet<Pattern>,
}

impl IamFilter {
    /// What leaves an entity out as a whole, if anything does.
    pub fn excludes(&self, entity: &Entity) -> Option<&'static str> {
        match entity {
            Entity::Policy(_) if self.skip_managed_policies => Some("iam.skip-managed-policies"),
            Entity::Policy(it)
                if self.skip_aws_managed_policies && it.arn.account() == Some(AccountId::aws()) =>
            {
                Some("iam.skip-aws-managed-policies")
            }
            Entity::Policy(it) if matches(&self.policy_exclude, &it.name) => {
                Some("iam.policy-exclude")
            }
            Entity::Role(it) if matches(&self.role_exclude, &it.name) => Some("iam.role-exclude"),
            _ => None,
        }
    }

    /// What leaves out the inline policies of an entity that has any, if anything does.
    pub fn strips(&self, entity: &Entity) -> Option<&'static str> {
        match entity {
            Entity::User(it)
                if self.skip_user_inline_policies && !it.inline_policies.is_empty() =>
            {
                Some("iam.skip-user-inline-policies")
            }
            Entity::Group(it)
                if self.skip_group_inline_policies && !it.inline_policies.is_empty() =>
            {
                Some("iam.skip-group-inline-policies")
            }
            _ => None,
        }
    }
}

fn matches(patterns: &BTreeSet<Pattern>, name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

/// Puts the inline policies that were `known` before in the place of those that are left out.
pub(crate) fn strip(entity: &mut Entity, known: Option<Entity>) {
    match (entity, known) {
        (Entity::User(it), Some(Entity::User(known))) => it.inline_policies = known.inline_policies,
        (Entity::Group(it), Some(Entity::Group(known))) => {
            it.inline_policies = known.inline_policies;
        }
        (Entity::User(it), _) => it.inline_policies = Vec::new(),
        (Entity::Group(it), _) => it.inline_policies = Vec::new(),
        _ => {}
    }
}

/// How many things each filter left out, in words.
pub(crate) fn words(excluded: &BTreeMap<String, u64>) -> Option<String> {
    let counts: Vec<String> =
        excluded.iter().map(|(filter, count)| format!("{count} excluded by {filter}")).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str], ous: &[&str], not_ous: &[&str]) -> AccountFilter {
        let ids = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        AccountFilter {
            include: ids(include),
            exclude: ids(exclude),
            include_units: texts(ous),
            exclude_units: texts(not_ous),
        }
    }

    #[test]
    fn exclusion_wins_over_inclusion() {
        let account = "111122223333";
        let place = Place {
            ids: vec!["r-1".to_owned(), "ou-1-a".to_owned(), "ou-1-b".to_owned()],
            path: vec!["Workloads".to_owned(), "Production".to_owned()],
        };
        let rows: [(AccountFilter, Option<&str>); 11] = [
            (filter(&[], &[], &[], &[]), None),
            (filter(&[account], &[], &[], &[]), None),
            (filter(&["444455556666"], &[], &[], &[]), Some("accounts.include")),
            (filter(&[account], &[account], &[], &[]), Some("accounts.exclude")),
            (filter(&[], &[], &["Workloads"], &[]), None),
            (filter(&[], &[], &["/Workloads/Production/"], &[]), None),
            (filter(&[], &[], &["Production"], &[]), Some("ous.include")),
            (filter(&[], &[], &["ou-1-b"], &[]), None),
            (filter(&[], &[], &["r-1"], &["ou-1-a"]), Some("ous.exclude ou-1-a")),
            (filter(&["444455556666"], &[], &["Workloads"], &[]), None),
            (
                filter(&[account], &[], &[], &["Workloads/Production"]),
                Some("ous.exclude Workloads/Production"),
            ),
        ];
        for (filter, expected) in rows {
            let why = filter.excludes(&account.parse().unwrap(), Some(&place));
            assert_eq!(why.as_deref(), expected, "{filter:?}");
        }
        // Nobody is below a unit whose place is not known, so only an inclusion leaves it out.
        let account = account.parse().unwrap();
        assert!(filter(&[], &[], &["Workloads"], &[]).excludes(&account, None).is_some());
        assert!(filter(&[], &[], &[], &["Workloads"]).excludes(&account, None).is_none());
        assert!(filter(&[], &[], &["x"], &[]).needs_tree());
        assert!(!filter(&["111122223333"], &[], &[], &[]).needs_tree());
    }

    #[test]
    fn an_empty_path_is_no_unit() {
        assert!(!Place::default().is_below("") && !Place::default().is_below("/"));
        let place = Place { ids: vec![], path: vec!["A".to_owned()] };
        assert!(!place.is_below("/") && place.is_below("A") && !place.is_below("A/B"));
    }

    #[test]
    fn filters_are_told_with_their_counts() {
        let counts = BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert_eq!(words(&counts).unwrap(), "2 excluded by a, 1 excluded by b");
        assert_eq!(words(&BTreeMap::new()), None);
    }
}
