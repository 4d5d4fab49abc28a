//! Who can do something at all, where whoever asks chooses the resource and the region.

use std::collections::BTreeSet;

use super::{Index, Set};
use crate::policy::catalogue::{self, Catalogue as _};
use crate::policy::document::{Effect, Listed};
use crate::policy::wildcard::Wildcard;

/// The region that is tried where no policy names one.
const REGION: &str = "us-east-1";

/// How many regions, and how many resources of one action, are tried.
const MOST: usize = 64;

impl Index<'_> {
    /// The regions that are worth trying: those that policies name, and one more.
    pub fn regions(&self) -> Vec<String> {
        let mut regions = BTreeSet::from([REGION.to_owned()]);
        let apart = self.spoken.apart.values().flatten();
        let conditions =
            self.spoken.entries.iter().chain(apart).flat_map(|it| it.statement.conditions());
        for condition in conditions {
            let written = &condition.written;
            if written.key.eq_ignore_ascii_case("aws:RequestedRegion") {
                let plain = written.values.iter().filter(|value| !value.contains(['*', '?', '$']));
                regions.extend(plain.cloned());
            }
        }
        regions.into_iter().take(MOST).collect()
    }

    /// Who is in an account.
    pub fn members(&self, account: &str) -> Option<&Set> {
        self.people.accounts.get(account)
    }

    /// Who has a policy of their own that allows the action on something, whatever else says no: at least whoever can do it
    /// without being named by the resource's policy.
    pub fn may(&self, action: &str) -> Set {
        let mut found = self.people.roots.clone();
        for place in self.allowing(action) {
            let holders =
                self.spoken.policy_of.get(place).map(|policy| self.people.holders(*policy));
            for holder in holders.into_iter().flatten() {
                found.add(*holder as usize);
            }
        }
        found.join(&self.people.unclear);
        found
    }

    fn allowing(&self, action: &str) -> impl Iterator<Item = usize> {
        let places = self
            .spoken
            .actions
            .about(&action.to_lowercase(), self.spoken.entries.len())
            .into_iter();
        places.filter(|place| {
            self.spoken.entries.get(*place).is_some_and(|it| it.statement.effect == Effect::Allow)
        })
    }

    /// Resources of an account that an action may be tried on: one of each type, and one of each pattern that policies
    /// allow it on.
    pub fn worth_trying(&self, action: &str, account: &str, regions: &[String]) -> Vec<String> {
        let mut found = BTreeSet::new();
        let types = catalogue::published().action(action).map(|it| it.resources);
        let patterns: Vec<String> =
            types.into_iter().flatten().flat_map(|it| it.arns).map(opened).collect();
        if patterns.is_empty() {
            return vec!["*".to_owned()];
        }
        let mut allowed = BTreeSet::new();
        for place in self.allowing(action) {
            let resources = self.spoken.entries.get(place).and_then(|it| it.statement.resources());
            if let Some(Listed::In(templates)) = resources {
                allowed.extend(templates.iter().map(ToString::to_string));
            }
        }
        // A statement may name resources that its other actions are about.
        let types: Vec<Wildcard> = patterns.iter().map(|it| Wildcard::read(it)).collect();
        for region in regions {
            for pattern in patterns.iter().chain(&allowed) {
                let made = concrete(pattern, account, region);
                let made = made.filter(|made| types.iter().any(|it| it.matches(made)));
                if found.len() < MOST {
                    found.extend(made);
                }
            }
        }
        found.into_iter().collect()
    }
}

/// The pattern of a type of resource, with a star for every part that is left open.
fn opened(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once("${") {
        text.push_str(before);
        text.push('*');
        rest = behind.split_once('}').map_or("", |(_, behind)| behind);
    }
    text.push_str(rest);
    text
}

/// One resource that a pattern stands for, in an account and region.
fn concrete(pattern: &str, account: &str, region: &str) -> Option<String> {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let [arn, partition, service, place, owner, rest] = parts.as_slice() else { return None };
    if *arn != "arn" || service.contains('*') {
        return None;
    }
    let or = |text: &str, other: &str| {
        if text.contains(['*', '?']) { other.to_owned() } else { text.to_owned() }
    };
    let rest = rest.replace(['*', '?'], "x");
    let (partition, place, owner) = (or(partition, "aws"), or(place, region), or(owner, account));
    // What is another account's is nothing of this one.
    if !owner.is_empty() && owner != account {
        return None;
    }
    Some(format!("arn:{partition}:{service}:{place}:{owner}:{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_something() {
        let one = |pattern: &str| concrete(&opened(pattern), "111122223333", "eu-west-1");
        let rows = [
            (
                "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}",
                Some("arn:aws:lambda:eu-west-1:111122223333:function:x"),
            ),
            ("arn:aws:s3:::bucket-?/*", Some("arn:aws:s3:::bucket-x/x")),
            ("arn:aws:sqs:*:444455556666:*", None),
            ("arn:aws:lambda:*", None),
            ("*", None),
        ];
        for (pattern, expected) in rows {
            assert_eq!(one(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
