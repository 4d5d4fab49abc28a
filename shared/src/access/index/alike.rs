//! Questions that no statement tells apart: of one action, on resources of one owner that match the same statements.
//!
//! What is asked about tens of thousands of roles is so asked a few hundred times.

use std::fmt::Write as _;

use super::Index;
use crate::access::facts::{self, Given, is_of_principal};
use crate::access::tags;
use crate::access::target::Target;
use crate::policy::compiled::Statement;
use crate::policy::document::Listed;
use crate::policy::evaluate::{Context, Mode};
use crate::policy::truth::Truth;
use crate::policy::variable::Template;

type Resources<'e> = &'e Listed<Template>;

/// What the statements about an action say about resources, each distinct list once.
#[derive(Debug)]
pub(super) struct Alike<'e> {
    lists: Vec<Resources<'e>>,
    /// Whether a variable is in one of them.
    is_open: bool,
}

/// What two questions must share to have one answer.
pub(super) type Key = String;

impl<'e> Index<'e> {
    /// What tells questions about an action, in lower case, apart.
    pub(super) fn alike(&self, action: &str) -> Alike<'e> {
        let own = self.spoken.actions.about(action, self.spoken.entries.len()).into_iter();
        let own = own.filter_map(|place| self.spoken.entries.get(place));
        let guards = self.estate.organization.iter().flat_map(|it| it.accounts.values());
        let guards = guards.flat_map(|it| it.scps.iter().chain(&it.rcps).flatten());
        let guards = guards.filter_map(|held| self.spoken.apart.get(&held.id)).flatten();
        let guards = guards.filter(|entry| entry.statement.is_for_action(action));
        let mut known = std::collections::HashSet::new();
        let mut lists = Vec::new();
        for resources in own.chain(guards).filter_map(|entry| entry.statement.resources()) {
            if known.insert(text(resources)) {
                lists.push(resources);
            }
        }
        let is_open = |list: &Resources<'_>| list.items().iter().any(is_open);
        Alike { is_open: lists.iter().any(is_open), lists }
    }

    /// What tells a question apart from others about its action, the policy of the resource left aside.
    pub(super) fn key(
        &self,
        alike: &Alike<'_>,
        action: &str,
        resource: &str,
        target: &Target,
        given: Given<'_>,
    ) -> Key {
        let mut key = Key::with_capacity(action.len() + 96 + alike.lists.len());
        // Partition, service, region and owner, and the kind of the resource, on which the rule hangs.
        let kind = resource.splitn(6, ':').nth(5).map_or(0, |rest| rest.find('/').unwrap_or(0));
        let last = resource.splitn(6, ':').nth(5).map_or(0, str::len);
        let head = resource.get(..resource.len() - last + kind).unwrap_or(resource);
        // Writing to a text cannot fail.
        let place = facts::place(self.estate, resource);
        let _written = write!(key, "{action}\n{head}\n{:?} {place:?}\n{given:?}\n", target.account);
        if let Some(tags) = tags::told(self.estate, resource) {
            tags.for_each(|tag| _ = write!(key, "{tag:?}"));
        }
        let context = match (self.estate.identities.first(), alike.is_open) {
            (Some(first), true) => {
                let account = target.account.as_deref();
                facts::of_request(self.estate, first, action, resource, account, given)
            }
            _ => Context::new(Mode::Discovery),
        };
        let mut is_alone = resource == "*";
        for list in &alike.lists {
            is_alone |= tell(&mut key, list, resource, &context);
        }
        if is_alone {
            key.push_str(resource);
        }
        key
    }

    /// The same, with the policy of the resource.
    pub(super) fn whole_key(&self, key: &Key, resource: &str, target: &Target) -> Key {
        let mut key = key.clone();
        if target.behind.is_some() {
            key.push_str(resource);
        }
        let Some(held) = &target.policy else { return key };
        let _written = write!(key, "\n{} {}", held.id, target.is_shut);
        let entries = self.spoken.apart.get(&held.id);
        if entries.is_none() && !held.policy.statements().is_empty() {
            // A policy that was put together for this question alone.
            key.push_str(resource);
        }
        let entries = entries.into_iter().flatten();
        let nothing = Context::new(Mode::Discovery);
        for statement in entries.map(|entry| entry.statement) {
            let is_alone = statement.resources().is_some_and(|list| {
                tell(&mut key, list, resource, &nothing) || list.items().iter().any(is_open)
            });
            if is_alone {
                key.push_str(resource);
            }
        }
        key
    }
}

/// Notes whether a list is about the resource; whether that hangs on who asks.
fn tell(key: &mut Key, list: Resources<'_>, resource: &str, context: &Context) -> bool {
    let truth = Statement::lists(list, resource, context);
    key.push(match truth {
        Truth::No => '0',
        Truth::Maybe => '?',
        Truth::Yes => '1',
    });
    let unknown = |template: &Template| {
        template.unknown(context).any(|name| is_of_principal(&name.to_lowercase()))
    };
    truth == Truth::Maybe && list.items().iter().any(unknown)
}

fn is_open(template: &Template) -> bool {
    matches!(template, Template::Open(_))
}

fn text(list: Resources<'_>) -> String {
    let mut text = if matches!(list, Listed::In(_)) { "in" } else { "not in" }.to_owned();
    for template in list.items() {
        let _written = write!(text, "\n{template:?}");
    }
    text
}
