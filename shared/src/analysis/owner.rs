//! Who owns a thing, by its tags.

use crate::model::{Entity, Kind, Snapshot, Stored, Tags};

/// The owner of a thing, and the tag that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The key of the tag, as it is written there.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// The owner of an entity: the value of the first of the `keys` that it has a tag of. The case of keys does not
/// matter, because AWS lets `owner` and `Owner` stand beside each other; of those, the one that is written like
/// the setting comes first. A tag without a value names nobody.
pub fn owner(stored: &Stored, snapshot: &Snapshot, keys: &[String]) -> Option<Owner> {
    let tags = tags(stored, snapshot)?;
    keys.iter().find_map(|key| {
        let exact = tags.get_key_value(key).filter(|(_, value)| !value.trim().is_empty());
        let alike = || {
            tags.iter().find(|(name, value)| {
                name.to_lowercase() == key.to_lowercase() && !value.trim().is_empty()
            })
        };
        let (key, value) = exact.or_else(alike)?;
        Some(Owner { key: key.clone(), value: value.clone() })
    })
}

/// The tags of an entity: its own, or those that another capability knows of it.
pub(super) fn tags<'a>(stored: &'a Stored, snapshot: &'a Snapshot) -> Option<&'a Tags> {
    let own = match &stored.entity {
        Entity::User(it) => Some(&it.tags),
        Entity::Role(it) => Some(&it.tags),
        Entity::Policy(it) => it.tags.as_ref(),
        Entity::Resource(it) => it.tags.as_ref(),
        Entity::AccountTags(it) => Some(&it.tags),
        Entity::PermissionSetTags(it) => Some(&it.tags),
        Entity::ResourceTags(it) => Some(&it.tags),
        _ => None,
    };
    let beside = || {
        let kind = match stored.entity.kind() {
            Kind::Account => Kind::AccountTags,
            Kind::PermissionSet => Kind::PermissionSetTags,
            Kind::Resource => Kind::ResourceTags,
            _ => return None,
        };
        match snapshot.aspect(kind, &stored.entity.key())? {
            Entity::AccountTags(it) => Some(&it.tags),
            Entity::PermissionSetTags(it) => Some(&it.tags),
            Entity::ResourceTags(it) => Some(&it.tags),
            _ => None,
        }
    };
    own.filter(|tags| !tags.is_empty()).or_else(beside).or(own)
}

#[cfg(feature = "testing")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::organization::AccountTags;
    use crate::testing::sample::{ACCOUNT, account, account_id, at, scope_of, stored, tagged_user};

    /// Tags, keys, and who owns what has them.
    type Row =
        (&'static [(&'static str, &'static str)], &'static [&'static str], Option<&'static str>);

    fn of(tags: &[(&str, &str)], keys: &[&str]) -> Option<String> {
        let user = stored(ACCOUNT, tagged_user(ACCOUNT, "ana", "AIDAEXAMPLE1", tags));
        let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
        owner(&user, &Snapshot::default(), &keys)
            .map(|owner| format!("{}={}", owner.key, owner.value))
    }

    #[test]
    fn the_first_key_that_has_a_value_names_the_owner() {
        let rows: [Row; 8] = [
            (&[("owner", "ana")], &["owner"], Some("owner=ana")),
            (&[("Owner", "ana")], &["owner"], Some("Owner=ana")),
            (&[("OWNER", "x"), ("owner", "y")], &["owner"], Some("owner=y")),
            (&[("OWNER", "x"), ("owner", "y")], &["Owner"], Some("OWNER=x")),
            (&[("team", "t"), ("owner", "o")], &["team", "owner"], Some("team=t")),
            (&[("team", " "), ("owner", "o")], &["team", "owner"], Some("owner=o")),
            (&[("owners", "o")], &["owner"], None),
            (&[("owner", "o")], &[], None),
        ];
        for (tags, keys, expected) in rows {
            assert_eq!(of(tags, keys).as_deref(), expected, "{tags:?} {keys:?}");
        }
    }

    #[test]
    fn an_account_is_owned_by_what_its_tags_say_which_another_call_gives() {
        let it = stored(ACCOUNT, account(ACCOUNT, "shop"));
        let tags = AccountTags {
            account: account_id(ACCOUNT),
            tags: [("owner".to_owned(), "web".to_owned())].into(),
        };
        let snapshot = Snapshot::new([it.clone(), stored(ACCOUNT, Entity::AccountTags(tags))], []);
        let keys = ["owner".to_owned()];
        assert_eq!(owner(&it, &snapshot, &keys).unwrap().value, "web");
        assert_eq!(owner(&it, &Snapshot::default(), &keys), None);
        assert_eq!(it.first_seen, at(0));
        assert_eq!(it.scope, scope_of(ACCOUNT));
    }
}
