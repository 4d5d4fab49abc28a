//! Who can do something at all, where whoever asks chooses the resource and the region.

use std::collections::{BTreeMap, BTreeSet};

use super::{Index, Set};
use crate::policy::document::Effect;
use crate::policy::wildcard::Wildcard;

/// The regions of AWS. The first of those that no policy tells apart is tried for all of them.
///
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const REGIONS: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
];

/// Regions, those together that no condition tells apart.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    alike: Vec<Vec<String>>,
}

impl Regions {
    /// One of those that are alike each, the first among them the usual one.
    pub fn each(&self) -> impl Iterator<Item = &String> {
        self.alike.iter().filter_map(|alike| alike.first())
    }

    /// Of those that are alike the first that a pattern stands for.
    pub fn like(&self, pattern: &str) -> impl Iterator<Item = &String> {
        let pattern = Wildcard::read(pattern);
        self.alike.iter().filter_map(move |alike| alike.iter().find(|it| pattern.matches(it)))
    }
}

impl Index<'_> {
    /// The regions that are worth trying: one of all that policies do not tell apart.
    pub fn regions(&self) -> Vec<String> {
        self.regions_alike().each().cloned().collect()
    }

    /// All regions, by what the conditions of policies say of them.
    pub fn regions_alike(&self) -> Regions {
        let apart = self.spoken.apart.values().flatten();
        let conditions =
            self.spoken.entries.iter().chain(apart).flat_map(|it| it.statement.conditions());
        let mut patterns: BTreeSet<&str> = BTreeSet::new();
        for condition in conditions {
            let written = &condition.written;
            if written.key.eq_ignore_ascii_case("aws:RequestedRegion") {
                patterns.extend(written.values.iter().map(String::as_str));
            }
        }
        let named = patterns.iter().filter(|it| is_region(it) && !REGIONS.contains(it)).copied();
        let all: Vec<&str> = REGIONS.iter().copied().chain(named).collect();
        let patterns: Vec<Wildcard> = patterns.iter().map(|it| Wildcard::read(it)).collect();
        let mut alike: BTreeMap<Vec<bool>, (usize, Vec<String>)> = BTreeMap::new();
        for (at, region) in all.iter().enumerate() {
            let said = patterns.iter().map(|pattern| pattern.matches(region)).collect();
            let (_, regions) = alike.entry(said).or_insert_with(|| (at, Vec::new()));
            regions.push((*region).to_owned());
        }
        let mut alike: Vec<(usize, Vec<String>)> = alike.into_values().collect();
        alike.sort_unstable();
        Regions { alike: alike.into_iter().map(|(_, regions)| regions).collect() }
    }

    /// Who is in an account.
    pub fn members(&self, account: &str) -> Option<&Set> {
        self.people.accounts.get(account)
    }

    /// Who has one of the estate's policies, as theirs or as boundary.
    pub(in crate::access) fn having(&self, policy: usize) -> Set {
        let people = &*self.people;
        Set::of(people.limit, people.holders(policy).iter().chain(people.bounded(policy)))
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
}

/// Whether a text looks like the name of a region, as `eu-west-1`.
fn is_region(text: &str) -> bool {
    let is_written = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.contains('-')
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.chars().all(is_written)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access::Estate;

    #[test]
    fn of_regions_that_are_alike_one_is_tried() {
        let with = |values: serde_json::Value| {
            let file = json!({"principals": [{"arn": "arn:aws:iam::111122223333:user/a", "type": "user",
                "account": "111122223333", "inline": [{"Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Action": "*", "Resource": "*",
                     "Condition": {"StringLike": {"aws:RequestedRegion": values}}}]}]}]});
            let estate = Estate::import([("made", file.to_string().as_str())]);
            let found = Index::of(&estate).regions_alike();
            let like = found.like("eu-west-?").cloned().collect::<Vec<_>>();
            (found.each().cloned().collect::<Vec<_>>(), like)
        };
        let texts = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let (each, like) = with(json!([]));
        assert_eq!((each, like), (texts(&["us-east-1"]), texts(&["eu-west-1"])));
        let (each, like) = with(json!(["eu-*"]));
        assert_eq!((each, like), (texts(&["us-east-1", "eu-central-1"]), texts(&["eu-west-1"])));
        let (each, like) = with(json!(["eu-*", "eu-west-2", "xx-new-7", "${x}", "nowhere"]));
        let all = ["us-east-1", "eu-central-1", "eu-west-2", "xx-new-7"];
        assert_eq!((each, like), (texts(&all), texts(&["eu-west-1", "eu-west-2"])));
    }
}
