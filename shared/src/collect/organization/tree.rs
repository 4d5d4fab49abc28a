//! The tree: roots, organizational units, and the place of each account.
//!
//! Walked level by level, because no call returns the whole of it. An account that was moved is the
//! same account with another place, so places are entities of their own.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::PolicyTypeStatus;
use futures::StreamExt as _;

use super::{HIERARCHY, LIST_CHILD_ACCOUNTS, LIST_ROOTS, LIST_UNITS, Look, Places};
use crate::aws::error::{CallError, Fault};
use crate::collect::filter::Place;
use crate::collect::{Context, Interrupted};
use crate::model::organization::{AccountPlacement, OrganizationalUnit, Root};
use crate::model::{AccountId, Entity};

/// How many units are asked for their children at once; the session's gate may let fewer through.
const AT_ONCE: usize = 8;

/// A root or unit whose children are to be listed.
#[derive(Clone, Debug)]
struct Parent {
    id: String,
    path: Vec<String>,
}

/// What one parent holds, and what went wrong asking.
#[derive(Debug, Default)]
struct Children {
    units: Vec<aws_sdk_organizations::types::OrganizationalUnit>,
    accounts: Vec<aws_sdk_organizations::types::Account>,
    answered: BTreeSet<&'static str>,
    failures: Vec<CallError>,
}

/// The tree as far as it was seen.
#[derive(Debug, Default)]
pub(super) struct Tree {
    roots: BTreeMap<String, Root>,
    units: BTreeMap<String, OrganizationalUnit>,
    places: BTreeMap<AccountId, AccountPlacement>,
    set_aside: Vec<(String, String)>,
    answered: BTreeSet<&'static str>,
    failures: Vec<CallError>,
}

impl Look<'_, '_> {
    /// The stage `hierarchy`.
    pub(super) async fn hierarchy(&mut self) -> Result<(), Interrupted> {
        if !self.begin(HIERARCHY) {
            return Ok(());
        }
        let tree = walk(self.context, &self.client).await;
        self.tell(tree)?;
        self.stages.end(self.sink, HIERARCHY).await
    }

    fn tell(&mut self, tree: Tree) -> Result<(), Interrupted> {
        // A call that was refused wherever it was made is a refusal, told before anything is seen; one
        // that failed here and there leaves the tree partial, told after it.
        let (some, all): (Vec<CallError>, Vec<CallError>) =
            tree.failures.into_iter().partition(|failure| tree.answered.contains(failure.action));
        for failure in all {
            self.sink.failed(HIERARCHY, failure)?;
        }
        let roots = tree.roots.into_values().map(Entity::Root);
        let units = tree.units.into_values().map(Entity::OrganizationalUnit);
        let places = tree.places.into_values().map(Entity::AccountPlacement);
        for entity in roots.chain(units).chain(places) {
            self.sink.see(HIERARCHY, entity);
        }
        for (what, reason) in tree.set_aside {
            self.sink.set_aside(HIERARCHY, what, reason);
        }
        for failure in some {
            self.sink.failed(HIERARCHY, failure)?;
        }
        Ok(())
    }
}

/// A root as AWS lists it; `None` where it has no id.
pub(crate) fn read_root(answer: &aws_sdk_organizations::types::Root) -> Option<Root> {
    let mut policy_types: Vec<String> = answer
        .policy_types()
        .iter()
        .filter(|kind| kind.status() == Some(&PolicyTypeStatus::Enabled))
        .filter_map(|kind| kind.r#type().map(|kind| kind.as_str().to_owned()))
        .collect();
    policy_types.sort();
    Some(Root {
        id: answer.id().filter(|id| !id.is_empty())?.to_owned(),
        arn: answer.arn().and_then(|arn| arn.parse().ok()),
        name: answer.name().unwrap_or_default().to_owned(),
        policy_types,
    })
}

/// Walks the whole tree.
pub(super) async fn walk(context: &Context, client: &Client) -> Tree {
    let mut tree = Tree::default();
    let mut level = tree.plant(context, client).await;
    while !level.is_empty() {
        let calls: Vec<_> = level.iter().map(|parent| children(context, client, parent)).collect();
        let answers: Vec<Children> = futures::stream::iter(calls).buffered(AT_ONCE).collect().await;
        let mut next = Vec::new();
        for (parent, children) in level.iter().zip(answers) {
            next.extend(tree.grow(parent, children));
        }
        level = next;
    }
    tree
}

impl Tree {
    /// Where everything hangs, for filters; and the first failure.
    pub(super) fn into_places(self) -> (Places, Option<CallError>) {
        let units = self.roots.keys().chain(self.units.keys());
        let units: BTreeMap<String, Place> =
            units.filter_map(|id| Some((id.clone(), self.place(id)?))).collect();
        let of = self.places.iter();
        let of =
            of.filter_map(|(id, it)| Some((id.clone(), units.get(&it.parent)?.clone()))).collect();
        (Places { of, units }, self.failures.into_iter().next())
    }

    /// The place of a root or unit, itself included. A unit was met below its parent, so this ends.
    fn place(&self, id: &str) -> Option<Place> {
        if self.roots.contains_key(id) {
            return Some(Place { ids: vec![id.to_owned()], path: Vec::new() });
        }
        let unit = self.units.get(id)?;
        let mut place = self.place(&unit.parent)?;
        place.ids.push(id.to_owned());
        place.path.push(unit.name.clone());
        Some(place)
    }

    /// Lists the roots: where the walk begins.
    async fn plant(&mut self, context: &Context, client: &Client) -> Vec<Parent> {
        let (answers, failure) = context
            .list(
                &LIST_ROOTS,
                |token| client.list_roots().set_next_token(token).send(),
                |answer| (answer.roots.unwrap_or_default(), answer.next_token),
            )
            .await;
        if failure.is_none() {
            self.answered.insert(LIST_ROOTS.action);
        }
        self.failures.extend(failure);
        for answer in answers {
            let Some(root) = read_root(&answer) else {
                self.set_aside.push(("a root".to_owned(), "it has no id".to_owned()));
                continue;
            };
            self.roots.insert(root.id.clone(), root);
        }
        let ids = self.roots.keys().cloned();
        ids.map(|id| Parent { id, path: Vec::new() }).collect()
    }

    /// Takes in what a parent holds; returns the units whose children come next.
    fn grow(&mut self, parent: &Parent, children: Children) -> Vec<Parent> {
        self.answered.extend(children.answered);
        self.failures.extend(children.failures);
        for answer in &children.accounts {
            let Some(account) = answer.id().and_then(|id| id.parse::<AccountId>().ok()) else {
                let what = format!("an account under {}", parent.id);
                self.set_aside.push((what, "its id is not 12 digits".to_owned()));
                continue;
            };
            // An account that is moved during the walk may be met twice: the later answer is the newer.
            self.places.insert(
                account.clone(),
                AccountPlacement { account, parent: parent.id.clone(), path: parent.path.clone() },
            );
        }
        let mut next = Vec::new();
        for answer in &children.units {
            let Some(id) = answer.id().filter(|id| !id.is_empty()) else {
                let what = format!("a unit under {}", parent.id);
                self.set_aside.push((what, "it has no id".to_owned()));
                continue;
            };
            // Units cannot be moved, so one that is met again would lead around in a circle.
            if self.units.contains_key(id) || self.roots.contains_key(id) {
                let reason = format!("it is listed under {} too", parent.id);
                self.set_aside.push((id.to_owned(), reason));
                continue;
            }
            let name = answer.name().unwrap_or_default().to_owned();
            let mut path = parent.path.clone();
            path.push(name.clone());
            next.push(Parent { id: id.to_owned(), path: path.clone() });
            let unit = OrganizationalUnit {
                id: id.to_owned(),
                arn: answer.arn().and_then(|arn| arn.parse().ok()),
                name,
                parent: parent.id.clone(),
                path,
            };
            self.units.insert(unit.id.clone(), unit);
        }
        next.sort_by(|a, b| a.id.cmp(&b.id));
        next
    }
}

async fn children(context: &Context, client: &Client, parent: &Parent) -> Children {
    let (units, no_units) = context
        .list(
            &LIST_UNITS,
            |token| {
                client
                    .list_organizational_units_for_parent()
                    .parent_id(&parent.id)
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.organizational_units.unwrap_or_default(), answer.next_token),
        )
        .await;
    let (accounts, no_accounts) = context
        .list(
            &LIST_CHILD_ACCOUNTS,
            |token| {
                client.list_accounts_for_parent().parent_id(&parent.id).set_next_token(token).send()
            },
            |answer| (answer.accounts.unwrap_or_default(), answer.next_token),
        )
        .await;
    let mut children = Children { units, accounts, ..Children::default() };
    for (call, failure) in [(&LIST_UNITS, no_units), (&LIST_CHILD_ACCOUNTS, no_accounts)] {
        match failure {
            None => {
                children.answered.insert(call.action);
            }
            // The unit was deleted since it was listed.
            Some(failure) if failure.fault == Fault::NotFound => {}
            Some(failure) => children.failures.push(failure),
        }
    }
    children
}
