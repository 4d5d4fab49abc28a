//! The neutral import: one JSON document for a whole organization.
//!
//! ```json
//! {"organization": {"id", "management_account", "ous": {"id": {"parent", "scps", "rcps"}},
//!    "accounts": {"id": {"ou", "scps", "rcps"}}, "policies": {"id": document}},
//!  "principals": [{"arn", "type", "account", "id", "inline", "managed", "groups", "boundary", "trust", "tags"}],
//!  "groups": [{"arn", "inline", "managed"}], "managed_policies": {"arn": document},
//!  "resources": [{"arn", "account", "policy"}],
//!  "assignments": [{"account", "permission_set", "user"}, {"account", "permission_set", "group", "members"}]}
//! ```
//!
//! Policies are bare documents; `scps` and `rcps` are lists of ids of `organization.policies`. Documents are looked at as
//! text, so that each distinct one is read once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::center::To;
use super::draft::{Draft, Given, Holder, Node, Policies, Shared, Tree, held};
use super::{Resource, Source};
use crate::policy::document::Use;

type Texts<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The neutral one.
    Neutral,
    /// What `get-account-authorization-details` prints.
    Details,
}

/// A file, as far as its first level goes.
#[derive(Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    organization: Option<&'a RawValue>,
    #[serde(borrow)]
    principals: Option<&'a RawValue>,
    #[serde(borrow)]
    groups: Option<&'a RawValue>,
    #[serde(borrow)]
    managed_policies: Option<&'a RawValue>,
    #[serde(borrow)]
    resources: Option<&'a RawValue>,
    #[serde(borrow)]
    assignments: Option<&'a RawValue>,
    #[serde(rename = "UserDetailList")]
    users: Option<IgnoredAny>,
    #[serde(rename = "RoleDetailList")]
    roles: Option<IgnoredAny>,
    #[serde(rename = "GroupDetailList")]
    other_groups: Option<IgnoredAny>,
    #[serde(rename = "Policies")]
    policies: Option<IgnoredAny>,
}

impl File<'_> {
    /// Which form it has; `None` where nothing in it tells.
    pub(super) fn form(&self) -> Option<Form> {
        let Self { organization, principals, groups, managed_policies, resources, .. } = self;
        let of_neutral =
            [organization, principals, groups, managed_policies, resources, &self.assignments];
        if of_neutral.iter().any(|part| part.is_some()) {
            Some(Form::Neutral)
        } else {
            let of_details = [self.users, self.roles, self.other_groups, self.policies];
            of_details.iter().any(Option::is_some).then_some(Form::Details)
        }
    }
}

/// A permission set, by its name, that is given to a user or group of Identity Center, by their names.
#[derive(Deserialize)]
struct Assignment {
    account: String,
    permission_set: String,
    user: Option<String>,
    group: Option<String>,
    members: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Organization<'a> {
    id: Option<String>,
    management_account: Option<String>,
    #[serde(borrow, default)]
    ous: Texts<'a>,
    #[serde(borrow, default)]
    accounts: Texts<'a>,
    #[serde(borrow, default)]
    policies: Texts<'a>,
}

#[derive(Deserialize)]
struct Unit {
    #[serde(alias = "ou")]
    parent: Option<String>,
    scps: Option<Vec<String>>,
    rcps: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Principal<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
    id: Option<String>,
    #[serde(borrow)]
    inline: Option<Vec<&'a RawValue>>,
    managed: Option<Vec<String>>,
    groups: Option<Vec<String>>,
    #[serde(borrow)]
    boundary: Option<&'a RawValue>,
    #[serde(borrow)]
    trust: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
    instance_profile: Option<bool>,
}

#[derive(Deserialize)]
struct Group<'a> {
    arn: String,
    #[serde(borrow)]
    inline: Option<Vec<&'a RawValue>>,
    managed: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Thing<'a> {
    arn: String,
    account: Option<String>,
    #[serde(borrow)]
    policy: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Tags {
    Map(BTreeMap<String, String>),
    List(Vec<Tag>),
}

#[derive(Deserialize)]
struct Tag {
    #[serde(alias = "Key")]
    key: String,
    #[serde(alias = "Value")]
    value: String,
}

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
        for (place, text) in self.list(name, "groups", file.groups) {
            let Some(group) = self.part::<Group<'_>>(&place, text) else { continue };
            let policies = self.policies(&group.arn, group.inline, group.managed);
            self.groups.insert(group.arn, policies);
        }
        for (place, text) in self.list(name, "principals", file.principals) {
            let Some(principal) = self.part::<Principal<'_>>(&place, text) else { continue };
            self.principal(principal);
        }
        for (place, text) in self.list(name, "resources", file.resources) {
            let Some(thing) = self.part::<Thing<'_>>(&place, text) else { continue };
            self.resource(thing);
        }
        for (place, text) in self.list(name, "assignments", file.assignments) {
            let Some(given) = self.part::<Assignment>(&place, text) else { continue };
            self.assigned(&place, given);
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
    ) -> Policies {
        let mut policies = Policies { managed: managed.unwrap_or_default(), ..Policies::default() };
        for (at, text) in inline.unwrap_or_default().into_iter().enumerate() {
            let name = self.name(&(at + 1).to_string());
            policies.inline.push((name, self.policy(arn, text.get(), Use::Identity)));
        }
        policies
    }

    fn given(&mut self, place: &str, text: Option<&RawValue>) -> Option<Shared> {
        let text = text.filter(|text| !is_null(text))?;
        Some(self.policy(place, text.get(), Use::Resource))
    }

    fn principal(&mut self, given: Principal<'_>) {
        let policies = self.policies(&given.arn, given.inline, given.managed);
        let boundary = given.boundary.filter(|text| !is_null(text));
        let boundary = boundary.map(|text| match serde_json::from_str::<String>(text.get()) {
            Ok(arn) if arn.starts_with("arn:") => Given::Managed(arn),
            _ => Given::Text(self.policy(&given.arn, text.get(), Use::Identity)),
        });
        let trust = self.given(&given.arn, given.trust);
        let tags = given.tags.filter(|text| !is_null(text));
        let tags = tags.and_then(|text| self.part::<Tags>(&given.arn, text.get()));
        let tags = tags.map(|tags| match tags {
            Tags::Map(map) => map.into_iter().collect(),
            Tags::List(list) => list.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        });
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
        let shared = self.given(&thing.arn, thing.policy);
        let policy = shared.map(|shared| {
            let name = self.name(&thing.arn);
            held(shared, Source::Resource(name))
        });
        let account = thing.account.map(Into::into);
        let resource = Resource { account, policy, ..Resource::default() };
        self.resources.insert(thing.arn.into(), resource);
    }

    fn tree(&mut self, place: &str, text: &str) {
        let Some(given) = self.part::<Organization<'_>>(place, text) else {
            // Something is laid on the accounts, and nobody knows what.
            return;
        };
        let mut tree =
            Tree { id: given.id, management: given.management_account, ..Tree::default() };
        for (id, text) in given.ous {
            let node = self.node(&format!("{place}: {id}"), &id, text.get());
            tree.nodes.insert(id.into_owned(), node);
        }
        for (id, text) in given.accounts {
            let node = self.node(&format!("{place}: {id}"), &id, text.get());
            tree.accounts.insert(id.into_owned(), node);
        }
        let nodes = tree.nodes.values().chain(tree.accounts.values());
        let controls: BTreeSet<String> = nodes.flat_map(|node| node.rcps.iter().cloned()).collect();
        for (id, text) in given.policies {
            let is_rcp = controls.contains(&*id);
            let used = if is_rcp { Use::Perimeter } else { Use::Identity };
            let shared = self.policy(&id, text.get(), used);
            tree.policies.insert(id.into_owned(), shared);
        }
        self.tree = Some(tree);
    }

    /// A unit or account. One that cannot be read has policies that nobody knows.
    fn node(&mut self, place: &str, id: &str, text: &str) -> Node {
        match self.part::<Unit>(place, text) {
            Some(unit) => Node {
                parent: unit.parent,
                scps: unit.scps.unwrap_or_default(),
                rcps: unit.rcps.unwrap_or_default(),
            },
            None => Node { scps: vec![format!("policies of {id}")], ..Node::default() },
        }
    }
}

fn is_null(text: &RawValue) -> bool {
    text.get() == "null"
}
