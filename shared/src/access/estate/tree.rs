//! The tree of an organization, and what is laid on each of its accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::draft::{Draft, Shared, held};
use super::{Guard, Held, Organization, Source};
use crate::policy::document::Use;

/// What AWS attaches everywhere, and what its text is.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
const FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A unit or the root, as it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) parent: Option<String>,
    pub(super) scps: Vec<String>,
    pub(super) rcps: Vec<String>,
}

impl Node {
    /// One that has policies which nobody knows.
    pub(super) fn unseen(id: &str) -> Self {
        let unknown = vec![format!("policies of {id}")];
        Self { parent: None, scps: unknown.clone(), rcps: unknown }
    }

    /// Notes that nobody knows what hangs above.
    pub(super) fn hangs_nowhere(&mut self, id: &str) {
        for list in [&mut self.scps, &mut self.rcps] {
            list.push(format!("what is laid on the units above {id}"));
        }
    }
}

/// The tree, as it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) id: Option<String>,
    pub(super) management: Option<String>,
    pub(super) nodes: BTreeMap<String, Node>,
    pub(super) accounts: BTreeMap<String, Node>,
    pub(super) policies: BTreeMap<String, Shared>,
    /// What could not be read, where that is which accounts there are.
    pub(super) unread: Option<String>,
}

impl Draft {
    /// The organization that a tree is of.
    pub(super) fn organization(&mut self, tree: &Tree) -> Organization {
        let mut accounts = BTreeMap::new();
        for (id, account) in &tree.accounts {
            let mut path = Vec::new();
            let mut next = account.parent.clone();
            // A tree that bites its own tail ends where it does.
            while let Some(at) = next.take().filter(|at| !path.contains(at)) {
                match tree.nodes.get(&at) {
                    Some(node) => next.clone_from(&node.parent),
                    None => self.aside(format!("account {id}"), format!("`{at}` is no unit")),
                }
                path.push(at);
            }
            path.reverse();
            let mut guard = Guard::default();
            let is_management = tree.management.as_deref() == Some(id);
            let nodes = path.iter().map(|at| (at, tree.nodes.get(at)));
            for (at, node) in nodes.chain([(id, Some(account))]) {
                let name = self.name(at);
                if at != id {
                    guard.path.push(name.clone());
                }
                if is_management {
                    continue;
                }
                let unseen = Node::unseen(at);
                let node = node.unwrap_or(&unseen);
                guard.scps.push(self.attached(tree, &name, &node.scps));
                guard.rcps.push(self.attached(tree, &name, &node.rcps));
            }
            if guard.scps.iter().all(Vec::is_empty) {
                // Without any, service control policies are not in use: AWS keeps FullAWSAccess on every level otherwise.
                guard.scps.clear();
            }
            accounts.insert(id.as_str().into(), guard);
        }
        Organization {
            id: tree.id.as_deref().map(Into::into),
            management: tree.management.as_deref().map(Into::into),
            accounts,
            others: tree.unread.as_ref().map(|unread| self.unread(unread)),
        }
    }

    /// What is laid on accounts by something that nobody could read.
    fn unread(&mut self, what: &str) -> Guard {
        let source =
            Source::Organization { at: self.name("all accounts"), policy: self.name(what) };
        let level = vec![held(self.missing(what), source)];
        Guard { path: Vec::new(), scps: vec![level.clone()], rcps: vec![level] }
    }

    fn attached(&mut self, tree: &Tree, at: &Arc<str>, ids: &[String]) -> Vec<Held> {
        let mut attached = Vec::new();
        for id in ids {
            let shared = match tree.policies.get(id) {
                Some(shared) => shared.clone(),
                None if id == "RCPFullAWSAccess" || id == "p-RCPFullAWSAccess" => continue,
                None if id == "p-FullAWSAccess" || id == "FullAWSAccess" => {
                    self.policy(id, FULL_ACCESS, Use::Identity)
                }
                None => self.missing(id),
            };
            let source = Source::Organization { at: at.clone(), policy: self.name(id) };
            attached.push(held(shared, source));
        }
        attached
    }
}
