//! The organization as the AWS CLI prints it, in one document or several: what it is, its accounts, its tree.
//!
//! The CLI prints no parents, except in the paths that newer versions give. A document that was put together
//! from several answers may say `ParentId` beside an account or a unit; without either, accounts are shown flat.
//!
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>

use std::collections::BTreeMap;

use aws_sdk_organizations::types as sdk;
use serde::Deserialize;

use super::text::Date;
use crate::collect::organization::{ACCOUNTS, HIERARCHY, ORGANIZATION, read_account, read_root};
use crate::model::organization::{self as model, AccountPlacement, OrganizationalUnit};
use crate::model::{AccountId, Arn, Capability, Entity};

/// How deep units lie below the root at the most.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>
const DEEPEST: usize = 5;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Organization {
    id: String,
    arn: Option<String>,
    feature_set: Option<String>,
    master_account_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Account {
    id: Option<String>,
    arn: Option<String>,
    email: Option<String>,
    name: Option<String>,
    status: Option<String>,
    state: Option<String>,
    joined_method: Option<String>,
    joined_timestamp: Option<Date>,
    parent_id: Option<String>,
    paths: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Root {
    id: Option<String>,
    arn: Option<String>,
    name: Option<String>,
    policy_types: Option<Vec<PolicyType>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct PolicyType {
    r#type: String,
    status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Unit {
    id: String,
    arn: Option<String>,
    name: String,
    parent_id: Option<String>,
    path: Option<String>,
}

/// What is known of an organization.
#[derive(Clone, Debug, Default)]
pub(super) struct Chart {
    organization: Option<model::Organization>,
    accounts: BTreeMap<AccountId, (model::Account, Option<String>)>,
    roots: BTreeMap<String, model::Root>,
    units: BTreeMap<String, (Option<Arn>, String, Option<String>)>,
}

impl Chart {
    /// The management account, where a document says it outright.
    pub(super) fn management(&self) -> Option<AccountId> {
        self.organization.as_ref().map(|it| it.management_account.clone())
    }

    /// Takes the organization in. Each of these answers an ARN that names the management account, if there is one.
    pub(super) fn organization(&mut self, it: Organization) -> Result<Option<Arn>, String> {
        let arn = arn(it.arn.as_deref())?;
        let told = it.master_account_id.map(|id| id.parse::<AccountId>()).transpose();
        let told = told.map_err(|error| error.to_string())?;
        let of_arn = arn.as_ref().and_then(Arn::account);
        if let (Some(told), Some(of_arn)) = (&told, &of_arn)
            && told != of_arn
        {
            return Err(format!("its management account is {told}, and {of_arn} in its ARN"));
        }
        let management = told.or(of_arn).ok_or("the organization has no management account")?;
        if it.id.is_empty() {
            return Err("the organization has no id".to_owned());
        }
        self.organization = Some(model::Organization {
            id: it.id,
            arn: arn.clone(),
            management_account: management,
            feature_set: it.feature_set.unwrap_or_default(),
        });
        Ok(arn)
    }

    /// Takes an account in.
    pub(super) fn account(&mut self, it: Account) -> Result<Option<Arn>, String> {
        let own = it.id.clone().unwrap_or_default();
        let paths = it.paths.unwrap_or_default();
        let parent = it.parent_id.or_else(|| paths.iter().find_map(|path| above(path, &own)));
        let answer = sdk::Account::builder()
            .set_id(it.id)
            .set_arn(it.arn.clone())
            .set_email(it.email)
            .set_name(it.name)
            .set_status(it.status.as_deref().map(Into::into))
            .set_state(it.state.as_deref().map(Into::into))
            .set_joined_method(it.joined_method.as_deref().map(Into::into))
            .set_joined_timestamp(it.joined_timestamp.map(Date::sdk))
            .build();
        let read = read_account(&answer);
        let account = read.ok_or_else(|| format!("`{own}` is not the id of an account"))?;
        let arn = arn(it.arn.as_deref())?;
        if arn.as_ref().is_some_and(|arn| arn.name() != own) {
            return Err(format!("the ARN of account {own} is of another account"));
        }
        let known = self.accounts.insert(account.id.clone(), (account, parent));
        if known.is_some() { Err(format!("account {own} is there twice")) } else { Ok(arn) }
    }

    /// Takes a root in.
    pub(super) fn root(&mut self, it: Root) -> Result<Option<Arn>, String> {
        let arn = arn(it.arn.as_deref())?;
        let types = it.policy_types.unwrap_or_default().into_iter().map(|it| {
            sdk::PolicyTypeSummary::builder()
                .r#type(it.r#type.as_str().into())
                .status(it.status.as_str().into())
                .build()
        });
        let answer = sdk::Root::builder()
            .set_id(it.id)
            .set_arn(it.arn)
            .set_name(it.name)
            .set_policy_types(Some(types.collect()))
            .build();
        let root = read_root(&answer).ok_or("a root has no id")?;
        self.roots.insert(root.id.clone(), root);
        Ok(arn)
    }

    /// Takes an organizational unit in.
    pub(super) fn unit(&mut self, it: Unit) -> Result<Option<Arn>, String> {
        if it.id.is_empty() {
            return Err("an organizational unit has no id".to_owned());
        }
        let arn = arn(it.arn.as_deref())?;
        let parent = it.parent_id.or_else(|| above(it.path.as_deref()?, &it.id));
        self.units.insert(it.id, (arn.clone(), it.name, parent));
        Ok(arn)
    }

    /// Takes in what another file says. What both say must be the same.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), String> {
        let twice = |what: &str| format!("{what} is in another file with other content");
        if let (Some(one), Some(two)) = (&self.organization, &other.organization)
            && one != two
        {
            return Err(twice(&one.id));
        }
        self.organization = self.organization.take().or(other.organization);
        for (id, account) in other.accounts {
            let known = self.accounts.entry(id).or_insert_with(|| account.clone());
            if *known != account {
                return Err(twice(&format!("account {}", account.0.id)));
            }
        }
        self.roots.extend(other.roots);
        self.units.extend(other.units);
        Ok(())
    }

    /// What the chart comes to, by capability, each with what is missing for it to be complete.
    pub(super) fn told(self) -> Vec<(Capability, Vec<Entity>, Option<String>)> {
        let mut told = Vec::new();
        let hierarchy = self.hierarchy();
        if let Some(organization) = self.organization {
            told.push((ORGANIZATION, vec![Entity::Organization(organization)], None));
        }
        if !self.accounts.is_empty() {
            let accounts = self.accounts.into_values();
            let accounts = accounts.map(|(account, _)| Entity::Account(account)).collect();
            told.push((ACCOUNTS, accounts, None));
        }
        if let Some((entities, missing)) = hierarchy {
            told.push((HIERARCHY, entities, missing));
        }
        told
    }

    /// The tree, as far as parents are told.
    fn hierarchy(&self) -> Option<(Vec<Entity>, Option<String>)> {
        if self.roots.is_empty() && self.units.is_empty() {
            return None;
        }
        let mut entities: Vec<Entity> = self.roots.values().cloned().map(Entity::Root).collect();
        let mut missing = self.roots.is_empty().then(|| "no root is in it".to_owned());
        for (id, (arn, name, parent)) in &self.units {
            let path = parent.as_deref().and_then(|parent| self.path(parent, 0));
            let (Some(parent), Some(mut path)) = (parent.clone(), path) else {
                missing.get_or_insert_with(|| format!("the place of {id} in the tree is not told"));
                continue;
            };
            path.push(name.clone());
            let (id, arn, name) = (id.clone(), arn.clone(), name.clone());
            let unit = OrganizationalUnit { id, arn, name, parent, path };
            entities.push(Entity::OrganizationalUnit(unit));
        }
        for (id, (_, parent)) in &self.accounts {
            let path = parent.as_deref().and_then(|parent| self.path(parent, 0));
            let (Some(parent), Some(path)) = (parent.clone(), path) else {
                missing.get_or_insert_with(|| format!("the place of {id} in the tree is not told"));
                continue;
            };
            let place = AccountPlacement { account: id.clone(), parent, path };
            entities.push(Entity::AccountPlacement(place));
        }
        Some((entities, missing))
    }

    /// The names from below the root down to a parent; `None` where they are not all told.
    fn path(&self, id: &str, depth: usize) -> Option<Vec<String>> {
        if self.roots.contains_key(id) {
            return Some(Vec::new());
        }
        let (_, name, parent) = self.units.get(id).filter(|_| depth < DEEPEST)?;
        let mut path = self.path(parent.as_deref()?, depth + 1)?;
        path.push(name.clone());
        Some(path)
    }
}

fn arn(text: Option<&str>) -> Result<Option<Arn>, String> {
    text.map(|text| text.parse::<Arn>().map_err(|error| error.to_string())).transpose()
}

/// The parent in a path such as `o-1/r-1/ou-1/`, which may end with the thing itself.
fn above(path: &str, own: &str) -> Option<String> {
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != own);
    parts
        .next_back()
        .filter(|part| part.starts_with("r-") || part.starts_with("ou-"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units with their parents, how many have a place, and which has none.
    type Row = (&'static [(&'static str, Option<&'static str>)], usize, Option<&'static str>);

    fn unit(chart: &mut Chart, id: &str, parent: Option<&str>) {
        let parent_id = parent.map(str::to_owned);
        let unit = Unit { id: id.to_owned(), name: id.to_owned(), parent_id, ..Unit::default() };
        chart.unit(unit).unwrap();
    }

    fn account(chart: &mut Chart, id: &str, parent: Option<&str>) {
        let (id, parent_id) = (Some(id.to_owned()), parent.map(str::to_owned));
        chart.account(Account { id, parent_id, ..Account::default() }).unwrap();
    }

    fn root(chart: &mut Chart) {
        chart.root(Root { id: Some("r-1".to_owned()), ..Root::default() }).unwrap();
    }

    #[test]
    fn a_tree_is_told_as_far_as_parents_are() {
        let rows: [Row; 5] = [
            (&[("ou-a", Some("r-1")), ("ou-b", Some("ou-a"))], 2, None),
            (&[("ou-a", Some("r-1")), ("ou-b", None)], 1, Some("ou-b")),
            // A circle and a parent that nobody knows end like a parent that nobody tells.
            (&[("ou-a", Some("ou-b")), ("ou-b", Some("ou-a"))], 0, Some("ou-a")),
            (&[("ou-a", Some("ou-z"))], 0, Some("ou-a")),
            (&[], 0, None),
        ];
        for (units, known, missing) in rows {
            let mut chart = Chart::default();
            root(&mut chart);
            for (id, parent) in units {
                unit(&mut chart, id, *parent);
            }
            let (entities, why) = chart.hierarchy().unwrap();
            assert_eq!(entities.len(), known + 1, "{units:?}");
            assert_eq!(why.is_some(), missing.is_some(), "{units:?}");
            assert!(missing.is_none_or(|id| why.unwrap().contains(id)), "{units:?}");
        }
    }

    #[test]
    fn places_of_accounts_have_the_names_on_their_way() {
        let mut chart = Chart::default();
        root(&mut chart);
        unit(&mut chart, "ou-a", Some("r-1"));
        account(&mut chart, "111122223333", Some("ou-a"));
        let told = chart.told();
        let (_, entities, missing) = told.iter().find(|(name, ..)| *name == HIERARCHY).unwrap();
        assert_eq!(*missing, None);
        let place = entities.iter().find_map(|entity| match entity {
            Entity::AccountPlacement(place) => Some(place.path.clone()),
            _ => None,
        });
        assert_eq!(place.unwrap(), ["ou-a"]);
    }

    #[test]
    fn the_parent_is_the_last_of_a_path_but_itself() {
        let rows = [
            ("o-1/r-1/ou-1/", "444455556666", Some("ou-1")),
            ("o-1/r-1/ou-1/ou-2/", "ou-2", Some("ou-1")),
            ("o-1/r-1/ou-1/ou-2", "ou-3", Some("ou-2")),
            ("o-1/r-1/ou-1/", "ou-1", Some("r-1")),
            ("o-1/", "x", None),
            ("", "x", None),
        ];
        for (path, own, expected) in rows {
            assert_eq!(above(path, own).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn two_files_must_say_the_same_of_an_account() {
        let mut one = Chart::default();
        account(&mut one, "111122223333", None);
        let same = one.clone();
        let mut other = Chart::default();
        account(&mut other, "111122223333", Some("r-1"));
        one.merge(same).unwrap();
        assert!(one.merge(other).unwrap_err().contains("111122223333"));
    }
}
