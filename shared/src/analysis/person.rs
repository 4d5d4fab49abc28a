//! Which entries of users are one person, and which of them is believed.
//!
//! A person may be a user of an identity store and an IAM user of several accounts. Two entries are one person where
//! they share an e-mail address or the id at an external identity provider, or where they share a user name and
//! their addresses do not contradict it. The source that is named first is believed first; what it does not say,
//! the next one adds. The merge is made when somebody looks: nothing of it is stored, so another order gives
//! another answer and takes nothing away.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::class::{Class, Rule, class};
use crate::model::id::IdError;
use crate::model::{AccountId, Entity, EntityId, Kind, Snapshot, Stored};

/// Where entries come from, as the setting names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Every identity store.
    IdentityCenter,
    /// Every account's IAM users.
    Iam,
    /// One identity store.
    Store(String),
    /// One account's IAM users.
    Account(AccountId),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdentityCenter => f.write_str("identity-center"),
            Self::Iam => f.write_str("iam"),
            Self::Store(id) => f.write_str(id),
            Self::Account(id) => write!(f, "{id}"),
        }
    }
}

impl FromStr for Source {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text {
            "identity-center" => Ok(Self::IdentityCenter),
            "iam" => Ok(Self::Iam),
            store if store.starts_with("d-") && store.len() > 2 => Ok(Self::Store(store.to_owned())),
            other => other.parse().map(Self::Account).map_err(|_| IdError {
                text: text.to_owned(),
                what: "a source of people",
                expected: "identity-center, iam, the id of an identity store (d-…) or of an account",
            }),
        }
    }
}

/// One entry of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The entity.
    pub id: EntityId,
    /// The identity store or account that it is in.
    pub source: Source,
    /// What it says, by name: `user-name`, `display-name`, `email`, `status`, `external-id`.
    pub says: BTreeMap<&'static str, String>,
}

/// One thing that is known of a person, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The name, as in [`Profile::says`].
    pub name: &'static str,
    /// What the most believed source says.
    pub value: String,
    /// That source.
    pub source: Source,
    /// What less believed sources say that is not the same, in the order of belief.
    pub others: Vec<(String, Source)>,
}

/// A person with several entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The entries, the most believed first.
    pub profiles: Vec<Profile>,
}

impl Person {
    /// What is known of the person, by name.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts: BTreeMap<&'static str, Fact> = BTreeMap::new();
        for profile in &self.profiles {
            for (name, value) in &profile.says {
                let fact = facts.entry(name).or_insert_with(|| Fact {
                    name,
                    value: value.clone(),
                    source: profile.source.clone(),
                    others: Vec::new(),
                });
                let is_known =
                    fact.value == *value || fact.others.iter().any(|(other, _)| other == value);
                if !is_known {
                    fact.others.push((value.clone(), profile.source.clone()));
                }
            }
        }
        facts.into_values().collect()
    }
}

/// The people who have several entries. IAM users that stand for a machine or a service are nobody's entries.
/// `order` names the sources, the most believed first; those that it does not name follow, identity stores before
/// accounts.
pub fn people(snapshot: &Snapshot, order: &[Source], rules: &[Rule]) -> Vec<Person> {
    let users = [Kind::StoreUser, Kind::User].into_iter().flat_map(|kind| snapshot.of_kind(kind));
    let human = |stored: &&Stored| {
        matches!(class(stored, snapshot, rules), Some(Class::Human | Class::Unknown))
    };
    let profiles: Vec<Profile> = users.filter(human).filter_map(profile).collect();
    let mut groups: BTreeMap<usize, Vec<Profile>> = BTreeMap::new();
    let heads = joined(&profiles);
    for (profile, head) in profiles.into_iter().zip(heads) {
        groups.entry(head).or_default().push(profile);
    }
    let people = groups.into_values().filter(|profiles| profiles.len() > 1);
    people
        .map(|mut profiles| {
            profiles.sort_by_cached_key(|it| {
                (rank(&it.source, order), it.source.clone(), it.id.clone())
            });
            Person { profiles }
        })
        .collect()
}

/// How early a source is believed.
fn rank(source: &Source, order: &[Source]) -> (usize, bool) {
    let family = match source {
        Source::IdentityCenter | Source::Store(_) => Source::IdentityCenter,
        Source::Iam | Source::Account(_) => Source::Iam,
    };
    let place = order.iter().position(|it| it == source || *it == family);
    (place.unwrap_or(order.len()), family == Source::Iam)
}

fn profile(stored: &Stored) -> Option<Profile> {
    let mut says = BTreeMap::new();
    let mut say = |name: &'static str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            says.insert(name, value);
        }
    };
    let source = match &stored.entity {
        Entity::StoreUser(it) => {
            let address =
                it.email.clone().or_else(|| it.user_name.clone().filter(|it| is_address(it)));
            say("user-name", it.user_name.clone());
            say("display-name", it.display_name.clone());
            say("email", address);
            say("status", it.status.clone());
            let external = it.external_ids.first();
            say("external-id", external.map(|it| format!("{} {}", it.issuer, it.id)));
            Source::Store(it.identity_store.clone())
        }
        Entity::User(it) => {
            let tagged = it.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case("email"));
            let address = tagged.map(|(_, value)| value).or(Some(&it.name));
            say("user-name", Some(it.name.clone()));
            say("email", address.filter(|it| is_address(it)).cloned());
            Source::Account(it.arn.account()?)
        }
        _ => return None,
    };
    Some(Profile { id: stored.entity.id(), source, says })
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// For each profile the first that is the same person.
fn joined(profiles: &[Profile]) -> Vec<usize> {
    let mut heads: Vec<usize> = (0..profiles.len()).collect();
    for name in ["external-id", "email"] {
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for (index, profile) in profiles.iter().enumerate() {
            if let Some(value) = profile.says.get(name) {
                let other = *first.entry(value.to_lowercase()).or_insert(index);
                join(&mut heads, other, index);
            }
        }
    }
    // The same name is the same person only as long as no two addresses say otherwise.
    let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, profile) in profiles.iter().enumerate() {
        if let Some(value) = profile.says.get("user-name") {
            named.entry(local(value).to_lowercase()).or_default().push(index);
        }
    }
    for indexes in named.into_values() {
        let mut addresses: Vec<String> = indexes
            .iter()
            .filter_map(|index| profiles.get(*index)?.says.get("email"))
            .map(|address| address.to_lowercase())
            .collect();
        addresses.sort();
        addresses.dedup();
        if let ([first, rest @ ..], 0..=1) = (indexes.as_slice(), addresses.len()) {
            for index in rest {
                join(&mut heads, *first, *index);
            }
        }
    }
    (0..profiles.len()).map(|index| head(&heads, index)).collect()
}

/// The name in front of an address, or the whole name.
fn local(name: &str) -> &str {
    name.split_once('@').map_or(name, |(local, _)| local)
}

fn head(heads: &[usize], mut index: usize) -> usize {
    // A head is never behind what it is the head of, so this ends.
    while let Some(next) = heads.get(index).copied().filter(|next| *next != index) {
        index = next;
    }
    index
}

fn join(heads: &mut [usize], one: usize, other: usize) {
    let (one, other) = (head(heads, one), head(heads, other));
    if let Some(later) = heads.get_mut(one.max(other)) {
        *later = one.min(other);
    }
}

#[cfg(feature = "testing")]
#[cfg(test)]
mod tests;
