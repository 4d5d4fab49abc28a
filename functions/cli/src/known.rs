//! What a person calls the things that AWS names by ids: accounts, people, groups, permission sets.

use std::collections::BTreeMap;

use accesstrail_shared::collect::registry;
use accesstrail_shared::model::coverage::AccountCoverage;
use accesstrail_shared::model::identity_center::Assignee;
use accesstrail_shared::model::{AccountId, Arn, Entity, Kind, Snapshot};
use accesstrail_shared::report::Row;

/// A snapshot with the names in it.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) snapshot: &'a Snapshot,
    sets: BTreeMap<&'a Arn, &'a str>,
    users: BTreeMap<&'a str, String>,
    groups: BTreeMap<&'a str, String>,
    coverage: BTreeMap<AccountId, AccountCoverage>,
}

impl<'a> Known<'a> {
    /// Looks the names up.
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let mut known = Self {
            snapshot,
            sets: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            coverage: registry::accounts(snapshot),
        };
        let kinds = [Kind::PermissionSet, Kind::StoreUser, Kind::StoreGroup].into_iter();
        for stored in kinds.flat_map(|kind| snapshot.of_kind(kind)) {
            match &stored.entity {
                Entity::PermissionSet(it) => drop(known.sets.insert(&it.arn, &it.name)),
                Entity::StoreUser(it) => drop(known.users.insert(&it.id, Row::of(stored).name)),
                Entity::StoreGroup(it) => drop(known.groups.insert(&it.id, Row::of(stored).name)),
                _ => {}
            }
        }
        known
    }

    /// The name of an account; empty where nobody told it.
    pub(crate) fn account(&self, id: &AccountId) -> &'a str {
        self.snapshot.account_name(id).unwrap_or_default()
    }

    /// Every account that is known.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &AccountId> {
        self.coverage.keys()
    }

    /// An account by its id and, where known, its name.
    pub(crate) fn place(&self, id: &AccountId) -> String {
        format!("{id} {}", self.account(id)).trim_end().to_owned()
    }

    /// How an account was seen, in one word.
    pub(crate) fn coverage(&self, id: &AccountId) -> &'static str {
        self.coverage.get(id).map_or("", |coverage| coverage.word())
    }

    /// Whether somebody who types `text` means this account.
    pub(crate) fn is_account(&self, id: &AccountId, text: &str) -> bool {
        id.as_str() == text || self.snapshot.account_name(id) == Some(text)
    }

    /// The name of a permission set.
    pub(crate) fn set(&self, arn: &Arn) -> String {
        self.sets.get(arn).map_or_else(|| arn.to_string(), |name| (*name).to_owned())
    }

    /// The name of a user of the identity store.
    pub(crate) fn user(&self, id: &str) -> String {
        self.users.get(id).map_or_else(|| id.to_owned(), Clone::clone)
    }

    /// The name of a group of the identity store.
    pub(crate) fn group(&self, id: &str) -> String {
        self.groups.get(id).map_or_else(|| id.to_owned(), Clone::clone)
    }

    /// Who is assigned.
    pub(crate) fn assignee(&self, assignee: &Assignee) -> String {
        match assignee {
            Assignee::User(id) => format!("user {}", self.user(id)),
            Assignee::Group(id) => format!("group {}", self.group(id)),
            Assignee::Other(kind, id) => format!("{kind} {id}"),
        }
    }
}

/// Who may assume a role, in the words of its trust policy: each principal that an `Allow` names, shortened.
pub(crate) fn trusted(document: &str) -> Vec<String> {
    use serde_json::Value;
    fn texts(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
    let Ok(document) = serde_json::from_str::<Value>(document) else { return Vec::new() };
    let statements = match document.get("Statement") {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let mut found = std::collections::BTreeSet::new();
    for statement in statements {
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        match statement.get("Principal") {
            Some(Value::Object(kinds)) => {
                found.extend(kinds.values().flat_map(texts).map(short_principal));
            }
            Some(Value::String(all)) => drop(found.insert(all.clone())),
            _ if statement.get("NotPrincipal").is_some() => {
                found.insert("all but some".to_owned());
            }
            _ => {}
        }
    }
    found.into_iter().collect()
}

/// `arn:aws:iam::111122223333:role/x` → `111122223333:role/x`; what is not an ARN of IAM stays.
fn short_principal(text: &str) -> String {
    match text.split_once(":iam::") {
        Some((_, rest)) => rest.to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_in_few_words() {
        let rows = [
            (r#"{"Statement":{"Effect":"Allow","Principal":"*"}}"#, vec!["*"]),
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","*"],"Service":"ec2.amazonaws.com"}},{"Effect":"Deny","Principal":{"AWS":"444455556666"}}]}"#,
                vec!["*", "111122223333:root", "ec2.amazonaws.com"],
            ),
            (
                r#"{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"1"}}}"#,
                vec!["all but some"],
            ),
            ("not json", vec![]),
        ];
        for (document, expected) in rows {
            assert_eq!(trusted(document), expected, "{document}");
        }
    }
}
