//! The neutral import: one JSON document for a whole organization.
//!
//! ```json
//! {"organization": {"id", "management_account", "ous": {"id": {"parent", "scps", "rcps"}},
//!    "accounts": {"id": {"ou", "scps", "rcps"}}, "policies": {"id": document}},
//!  "principals": [{"arn", "type", "account", "id", "inline", "managed", "groups", "boundary", "trust", "tags"}],
//!  "groups": [{"arn", "inline", "managed"}], "managed_policies": {"arn": document},
//!  "policy_versions": {"arn": {"id": document}},
//!  "resources": [{"arn", "account", "policy", "tags", "bucket" of an access point}],
//!  "assignments": [{"account", "permission_set", "user"}, {"account", "permission_set", "group", "members"}]}
//! ```
//!
//! Policies are bare documents; `policy_versions` has the versions that are not in force; `scps` and `rcps` are lists of ids
//! of `organization.policies`. Documents are looked at as text, so that each distinct one is read once. What is not quite
//! so is read as far as it can be ([`Loose`]).

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::center::To;
use super::draft::{Draft, Given, Holder, Policies, Shared, held, of_resource};
use super::loose::{Fields, Loose};
use super::parts::{Assignment, File, Group, Principal, Tags, Texts, Thing, Unit};
use super::tree::{Node, Tree};
use super::{Resource, Source};
use crate::policy::document::Use;

impl Draft {
    /// Reads a neutral import.
    pub(super) fn neutral(&mut self, name: &str, file: &File<'_>) {
        if let Some(text) = file.organization.filter(|text| !is_null(text)) {
            self.tree(&format!("{name}: organization"), text.get());
        }
        if let Some(text) = file.managed_policies {
            let place = format!("{name}: managed_policies");
            for (arn, text) in self.part::<Texts<'_>>(&place, text.get()).unwrap_or_default() {
                let shared = self.policy(&arn, text.get(), Use::Identity);
                self.managed.insert(arn.into_owned(), shared);
            }
        }
        if let Some(text) = file.policy_versions.filter(|text| !is_null(text)) {
            self.not_in_force(&format!("{name}: policy_versions"), text.get());
        }
        for (place, text) in self.list(name, "groups", file.groups) {
            let Some(group) = self.loose::<Group<'_>>(&place, text) else { continue };
            let policies = self.policies(&group.arn, group.inline, group.managed, &group.lost);
            self.groups.insert(group.arn, policies);
        }
        for (place, text) in self.list(name, "principals", file.principals) {
            let Some(principal) = self.loose::<Principal<'_>>(&place, text) else { continue };
            self.principal(principal);
        }
        for (place, text) in self.list(name, "resources", file.resources) {
            let Some(thing) = self.loose::<Thing<'_>>(&place, text) else { continue };
            self.resource(thing);
        }
        for (place, text) in self.list(name, "assignments", file.assignments) {
            let Some(given) = self.part::<Assignment>(&place, text) else { continue };
            self.assigned(&place, given);
        }
    }

    fn not_in_force(&mut self, place: &str, text: &str) {
        for (arn, text) in self.part::<Texts<'_>>(place, text).unwrap_or_default() {
            let place = format!("{place}: {arn}");
            for (id, text) in self.part::<Texts<'_>>(&place, text.get()).unwrap_or_default() {
                self.version(&arn, &id, Some(text.get()));
            }
        }
    }

    fn assigned(&mut self, place: &str, given: Assignment) {
        let to = match (given.user, given.group) {
            (Some(user), _) => To::User(user),
            (None, Some(group)) => {
                for user in given.members.unwrap_or_default() {
                    self.center.join(&group, user);
                }
                To::Group(group)
            }
            (None, None) => return self.aside(place, "neither `user` nor `group` is there"),
        };
        self.center.assign(given.account, given.permission_set, to);
    }

    /// A part of the file, or why it is none.
    pub(super) fn part<'a, T: Deserialize<'a>>(&mut self, place: &str, text: &'a str) -> Option<T> {
        match serde_json::from_str(text) {
            Ok(part) => Some(part),
            Err(error) => {
                self.aside(place, error.to_string());
                None
            }
        }
    }

    /// A part of the file, read member by member where it is not quite as it should be.
    fn loose<'a, T: Deserialize<'a> + Loose<'a>>(
        &mut self,
        place: &str,
        text: &'a str,
    ) -> Option<T> {
        let error = match serde_json::from_str(text) {
            Ok(part) => return Some(part),
            Err(error) => error.to_string(),
        };
        let mut fields = Fields::read(text);
        if let Some(fields) = fields.as_mut().filter(|_| error.starts_with("duplicate field")) {
            fields.lose("what is there twice");
        }
        let found = fields.as_mut().and_then(T::of);
        if found.is_none() || fields.is_some_and(|fields| !fields.lost().is_empty()) {
            self.aside(place, error);
        }
        found
    }

    fn list<'a>(
        &mut self,
        file: &str,
        name: &str,
        text: Option<&'a RawValue>,
    ) -> Vec<(String, &'a str)> {
        let Some(text) = text.filter(|text| !is_null(text)) else { return Vec::new() };
        let items = self.part::<Vec<&'a RawValue>>(&format!("{file}: {name}"), text.get());
        let numbered = items.unwrap_or_default().into_iter().enumerate();
        numbered.map(|(at, text)| (format!("{file}: {name} {}", at + 1), text.get())).collect()
    }

    fn policies(
        &mut self,
        arn: &str,
        inline: Option<Vec<&RawValue>>,
        managed: Option<Vec<String>>,
        lost: &[&str],
    ) -> Policies {
        let mut policies = Policies { managed: managed.unwrap_or_default(), ..Policies::default() };
        for (at, text) in inline.unwrap_or_default().into_iter().enumerate() {
            let name = self.name(&(at + 1).to_string());
            policies.inline.push((name, self.policy(arn, text.get(), Use::Identity)));
        }
        for what in lost {
            let unread = self.missing(&format!("{what} of {arn}"));
            policies.inline.push((self.name(what), unread));
        }
        policies
    }

    fn given(&mut self, place: &str, text: Option<&RawValue>) -> Option<Shared> {
        let text = text.filter(|text| !is_null(text))?;
        Some(self.policy(place, text.get(), Use::Resource))
    }

    fn tags(&mut self, place: &str, text: Option<&RawValue>) -> Option<Vec<(String, String)>> {
        let text = text.filter(|text| !is_null(text))?;
        Some(match self.part::<Tags>(place, text.get())? {
            Tags::Map(map) => map.into_iter().collect(),
            Tags::List(list) => list.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        })
    }

    fn principal(&mut self, given: Principal<'_>) {
        let policies = self.policies(&given.arn, given.inline, given.managed, &given.lost);
        let boundary = given.boundary.filter(|text| !is_null(text));
        let boundary = boundary.map(|text| match serde_json::from_str::<String>(text.get()) {
            Ok(arn) if arn.starts_with("arn:") => Given::Managed(arn),
            _ => Given::Text(self.policy(&given.arn, text.get(), Use::Identity)),
        });
        let trust = self.given(&given.arn, given.trust);
        let tags = self.tags(&given.arn, given.tags);
        self.holders.push(Holder {
            arn: given.arn.into_owned(),
            unique_id: given.id,
            policies,
            groups: given.groups.unwrap_or_default(),
            boundary,
            trust,
            tags,
            has_instance_profile: given.instance_profile,
        });
    }

    fn resource(&mut self, thing: Thing<'_>) {
        // Whose it is decides how its policy counts.
        let shared = match thing.lost.first() {
            Some(what) => Some(self.missing(&format!("{what} of {}", thing.arn))),
            None => self.given(&thing.arn, thing.policy),
        };
        let policy = shared.map(|shared| {
            let name = self.name(&thing.arn);
            held(shared, Source::Resource(name))
        });
        let account = thing.account.map(Into::into);
        let parent = thing.bucket.filter(|bucket| {
            let is_bucket = bucket.contains(":s3:::") && !bucket.contains('/');
            if !is_bucket {
                self.aside(&*thing.arn, format!("`{bucket}` behind it is the ARN of no bucket"));
            }
            is_bucket
        });
        let parent = parent.map(Into::into);
        let tags = self.tags(&thing.arn, thing.tags).and_then(of_resource);
        let resource = Resource { account, policy, parent, tags, ..Resource::default() };
        self.resources.insert(thing.arn.into(), resource);
    }

    fn tree(&mut self, place: &str, text: &str) {
        let Some(mut fields) = self.part::<Texts<'_>>(place, text).map(Fields::of) else {
            // Something is laid on the accounts, and nobody knows what.
            self.tree.get_or_insert_default().unread = Some(place.to_owned());
            return;
        };
        let (id, management) = (fields.text("id"), fields.account("management_account"));
        for what in fields.lost() {
            self.aside(format!("{place}: {what}"), "it is no text");
        }
        let mut tree = Tree { id, management, ..Tree::default() };
        let units = self.texts(place, "ous", &fields);
        // Where they cannot be read there may be any.
        let has_units = units.as_ref().is_none_or(|units| !units.is_empty());
        for (id, text) in units.unwrap_or_default() {
            let node = self.node(&format!("{place}: {id}"), &id, text.get());
            tree.nodes.insert(id.into_owned(), node);
        }
        match self.texts(place, "accounts", &fields) {
            Some(accounts) => {
                for (id, text) in accounts {
                    let mut node = self.node(&format!("{place}: {id}"), &id, text.get());
                    if node.parent.is_none() && has_units {
                        node.hangs_nowhere(&id);
                    }
                    tree.accounts.insert(id.into_owned(), node);
                }
            }
            None => tree.unread = Some(format!("{place}: accounts")),
        }
        if fields.lost().contains(&"management_account") {
            // No policy of the organization binds that account: which one it is, nobody knows.
            tree.unread = Some(format!("{place}: management_account"));
            for (id, node) in &mut tree.accounts {
                *node = Node::unseen(id);
            }
        }
        let nodes = tree.nodes.values().chain(tree.accounts.values());
        let controls: BTreeSet<String> = nodes.flat_map(|node| node.rcps.iter().cloned()).collect();
        for (id, text) in self.texts(place, "policies", &fields).unwrap_or_default() {
            let is_rcp = controls.contains(&*id);
            let used = if is_rcp { Use::Perimeter } else { Use::Identity };
            let shared = self.policy(&id, text.get(), used);
            tree.policies.insert(id.into_owned(), shared);
        }
        self.tree = Some(tree);
    }

    /// What is in a part by name; nothing where it is not there, `None` where it cannot be read.
    fn texts<'a>(&mut self, place: &str, name: &str, of: &Fields<'a>) -> Option<Texts<'a>> {
        match of.raw(name) {
            Some(text) => self.part(&format!("{place}: {name}"), text.get()),
            None => Some(Texts::new()),
        }
    }

    /// A unit or account. What cannot be read of it are policies that nobody knows.
    fn node(&mut self, place: &str, id: &str, text: &str) -> Node {
        let Some(unit) = self.loose::<Unit>(place, text) else { return Node::unseen(id) };
        let mut node = Node {
            parent: unit.parent,
            scps: unit.scps.unwrap_or_default(),
            rcps: unit.rcps.unwrap_or_default(),
        };
        let unseen = || format!("policies of {id}");
        for what in unit.lost {
            match what {
                "scps" => node.scps.push(unseen()),
                "rcps" => node.rcps.push(unseen()),
                _ => node.hangs_nowhere(id),
            }
        }
        node
    }
}

fn is_null(text: &RawValue) -> bool {
    text.get() == "null"
}
