//! Which roles Identity Center gives to whom: assignments, joined with the roles that it made for them in each account.
//!
//! A permission set is in an account as a role with a name of its own ([`ReservedRole`]); assignments name the set.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html>

use std::collections::{BTreeMap, BTreeSet};

use super::{Given, Identity};
use crate::model::Entity;
use crate::model::identity_center::Assignee;
use crate::model::principal::ReservedRole;
use crate::policy::principal::Kind;

/// To whom a permission set is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum To {
    User(String),
    Group(String),
}

/// What was read of Identity Center.
#[derive(Debug, Default)]
pub(super) struct Center {
    /// Names of permission sets, by ARN.
    sets: BTreeMap<String, String>,
    /// Names of users and groups, by id.
    users: BTreeMap<String, String>,
    groups: BTreeMap<String, String>,
    members: BTreeMap<String, BTreeSet<String>>,
    /// Account, permission set and whom it is given to.
    assignments: Vec<(String, String, To)>,
}

impl Center {
    pub(super) fn entity(&mut self, entity: &Entity) {
        match entity {
            Entity::PermissionSet(set) => {
                self.sets.insert(set.arn.to_string(), set.name.clone());
            }
            Entity::StoreUser(user) => {
                let name = user.user_name.as_ref().or(user.email.as_ref()).unwrap_or(&user.id);
                self.users.insert(user.id.clone(), name.clone());
            }
            Entity::StoreGroup(group) => {
                let name = group.display_name.as_ref().unwrap_or(&group.id);
                self.groups.insert(group.id.clone(), name.clone());
            }
            Entity::Membership(member) => {
                let members = self.members.entry(member.group.clone()).or_default();
                members.insert(member.user.clone());
            }
            Entity::Assignment(given) => {
                let to = match &given.assignee {
                    Assignee::User(id) => To::User(id.clone()),
                    Assignee::Group(id) | Assignee::Other(_, id) => To::Group(id.clone()),
                };
                let set = given.permission_set.to_string();
                self.assign(given.account.to_string(), set, to);
            }
            _ => {}
        }
    }

    /// Notes an assignment. The permission set is an ARN, or the name where there is none to know it by.
    pub(super) fn assign(&mut self, account: String, set: String, to: To) {
        self.assignments.push((account, set, to));
    }

    /// Notes who is in a group.
    pub(super) fn join(&mut self, group: &str, user: String) {
        self.members.entry(group.to_owned()).or_default().insert(user);
    }

    /// To whom the roles among the identities are given, by ARN.
    pub(super) fn given(&self, identities: &[Identity]) -> BTreeMap<Box<str>, Vec<Given>> {
        let mut roles: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        let of_sets = identities.iter().filter(|it| it.principal.kind() == Kind::Role);
        for role in of_sets {
            if let Some(set) = set_of(role.arn()) {
                roles.insert((role.account(), set), role.arn());
            }
        }
        let mut given: BTreeMap<Box<str>, Vec<Given>> = BTreeMap::new();
        for (account, set, to) in &self.assignments {
            let name = self.sets.get(set).map_or(set.as_str(), String::as_str);
            if let Some(role) = roles.get(&(account.as_str(), name)) {
                given.entry((*role).into()).or_default().extend(self.people(name, to));
            }
        }
        for people in given.values_mut() {
            people.sort();
            people.dedup();
        }
        given
    }

    fn people(&self, set: &str, to: &To) -> Vec<Given> {
        let name = |id: &String| self.users.get(id).unwrap_or(id).as_str().into();
        match to {
            To::User(id) => vec![Given { who: name(id), via: set.into() }],
            To::Group(id) => {
                let group = self.groups.get(id).unwrap_or(id);
                let via: Box<str> = format!("{set}, group {group}").into();
                let members = self.members.get(id).filter(|members| !members.is_empty());
                let Some(members) = members else {
                    return vec![Given { who: format!("group {group}").into(), via: set.into() }];
                };
                members.iter().map(|id| Given { who: name(id), via: via.clone() }).collect()
            }
        }
    }
}

/// The permission set that a role was made for, from its ARN.
fn set_of(arn: &str) -> Option<&str> {
    let rest = arn.splitn(6, ':').nth(5)?.strip_prefix("role/")?;
    let (folder, name) = rest.rsplit_once('/')?;
    let path_end = folder.len() + 1;
    let path = arn.get(arn.len() - rest.len() - 1..arn.len() - rest.len() + path_end)?;
    ReservedRole::of(path, name).map(|role| role.permission_set)
}
