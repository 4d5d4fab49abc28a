//! Groups that are worth joining: with whose policies, under its own boundary and every other layer, a user has the rights
//! of an administrator or can give them to itself.

use std::collections::HashMap;

use super::{Escalation, PATHS, Path, Way};
use crate::access::estate::{Estate, Held, Identity, Source};
use crate::access::index::WhoCan as _;
use crate::policy::document::Effect;

/// Of what policies must say something that whoever comes to have them may come to all rights.
const TELLING: &[&str] = &[
    "iam:anything",
    "iam:putuserpolicy",
    "iam:attachuserpolicy",
    "iam:putgrouppolicy",
    "iam:attachgrouppolicy",
    "iam:createpolicyversion",
    "iam:setdefaultpolicyversion",
];

/// Groups that may be worth joining, by account.
pub(super) fn powerful(estate: &Estate) -> HashMap<&str, Vec<&str>> {
    let mut found: HashMap<&str, Vec<&str>> = HashMap::new();
    for (arn, _) in estate.groups.iter().filter(|(_, policies)| policies.iter().any(is_telling)) {
        let account = arn.split(':').nth(4).unwrap_or_default();
        found.entry(account).or_default().push(arn);
    }
    found
}

pub(super) fn is_telling(held: &Held) -> bool {
    let allows = held.policy.statements().iter().any(|statement| {
        statement.effect == Effect::Allow && TELLING.iter().any(|it| statement.is_for_action(it))
    });
    allows || !held.policy.problems().is_empty()
}

impl<'e> Escalation<'_, 'e> {
    /// The groups of its account that a user gains by.
    pub(super) fn groups_for<'s>(
        &'s self,
        user: &'s Identity,
    ) -> impl Iterator<Item = &'e str> + 's {
        let groups = self.powerful.get(user.account()).into_iter().flatten().copied();
        groups.filter(|group| self.leads(user, group))
    }

    /// Whether a user that joins a group has the rights of an administrator, or can give them to itself.
    pub(super) fn leads(&self, user: &Identity, group: &str) -> bool {
        let estate = self.index().estate();
        let Some((arn, policies)) = estate.groups.get_key_value(group) else { return false };
        if user.groups.contains(arn) {
            return false;
        }
        let of_group = policies.iter().map(|held| Held {
            source: Source::Group { group: arn.clone(), policy: held.source.to_string().into() },
            ..held.clone()
        });
        let joined = Identity {
            policies: user.policies.iter().cloned().chain(of_group).collect(),
            groups: user.groups.iter().cloned().chain([arn.clone()]).collect(),
            ..user.clone()
        };
        let own = [Way::OwnUser, Way::OwnGroup, Way::OwnPolicy];
        self.has_all_with(&joined, PATHS.iter().filter(|path| own.contains(&path.way)))
    }

    /// Whether somebody has the rights of an administrator, or can give them to itself by one of these ways.
    pub(super) fn has_all_with(
        &self,
        identity: &Identity,
        mut ways: impl Iterator<Item = &'static Path>,
    ) -> bool {
        self.is_administrator(identity)
            || ways.any(|path| {
                let action = path.needs.first().copied().unwrap_or_default();
                let said = Self::said(action, Some(identity));
                let on = self.on(action, identity);
                on.iter().any(|resource| self.is_allowed(identity, action, resource, &said))
            })
    }
}
