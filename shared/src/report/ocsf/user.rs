//! Users: IAM's and those of the identity store.

use super::index::{Index, Parts};
use super::shape::{Cloud, Credential, Group, Person, User, millis, tags};
use crate::model::credential::{AccessKey, AccessKeyUse, AccessKeys};
use crate::model::identity_center::StoreUser;
use crate::model::principal::{Group as IamGroup, User as IamUser};
use crate::model::{Arn, Entity, LastUsed, Stored, Tri};

/// An IAM user with its groups, credentials and dates.
pub(super) fn iam(
    it: &IamUser,
    stored: &Stored,
    parts: &Parts<'_>,
    index: &Index<'_>,
    cloud: &Cloud,
) -> User {
    let (mut has_mfa, mut login, mut keys, mut uses) = (None, None, None, None);
    for aspect in parts.aspects() {
        match aspect {
            // Unknown is not false: the attribute is then left out.
            Entity::Mfa(mfa) => has_mfa = known(mfa.active),
            Entity::Password(password) => login = at(&password.last_used),
            Entity::AccessKeys(it) => keys = Some(it),
            Entity::AccessKeyUse(it) => uses = Some(it),
            _ => {}
        }
    }
    User {
        account: Some(cloud.account.clone()),
        groups: it.groups.iter().map(|name| group(name, stored, index)).collect(),
        has_mfa,
        ldap_person: Some(Person {
            created_time: it.created.map(millis),
            deleted_time: stored.deleted.map(millis),
            last_login_time: login,
            tags: tags(&it.tags),
        }),
        name: Some(it.name.clone()),
        org: cloud.org.clone(),
        programmatic_credentials: keys.map_or_else(Vec::new, |keys| credentials(keys, uses)),
        kind: "User",
        type_id: 1,
        uid: it.arn.to_string(),
        uid_alt: Some(it.unique_id.clone()),
        ..User::default()
    }
}

fn known(answer: Tri) -> Option<bool> {
    match answer {
        Tri::True => Some(true),
        Tri::False => Some(false),
        Tri::Unknown => None,
    }
}

fn at(used: &LastUsed) -> Option<i64> {
    match used {
        LastUsed::At { time, .. } => Some(millis(*time)),
        LastUsed::Never | LastUsed::Unknown => None,
    }
}

fn group(name: &str, stored: &Stored, index: &Index<'_>) -> Group {
    let found = index.group(stored, name);
    let privileges = |group: &IamGroup| {
        let attached = group.attached_policies.iter().map(Arn::name);
        let inline = group.inline_policies.iter().map(|policy| policy.name.as_str());
        attached.chain(inline).map(str::to_owned).collect()
    };
    Group {
        name: Some(name.to_owned()),
        privileges: found.map_or_else(Vec::new, privileges),
        uid: found.map(|group| group.arn.to_string()),
    }
}

/// The access keys of a user. The credential report tells keys by their slot alone, so that a key whose id
/// nobody told is named by it.
fn credentials(keys: &AccessKeys, uses: Option<&AccessKeyUse>) -> Vec<Credential> {
    let last_use = |slot| {
        let uses = uses.into_iter().flat_map(|it| &it.uses);
        uses.filter(|(of, _)| *of == slot).find_map(|(_, used)| at(used))
    };
    let word = |active| if active { "AWS access key" } else { "AWS access key (inactive)" };
    let one = |key: &AccessKey| Credential {
        last_used_time: last_use(key.slot),
        kind: word(key.active),
        uid: key.id.clone().unwrap_or_else(|| format!("access-key-{}", key.slot)),
    };
    keys.keys.iter().map(one).collect()
}

/// A user of the identity store with its groups. Whether it has MFA is no one's to say: AWS gives no API for
/// it, and an outside identity provider knows it alone.
pub(super) fn store(it: &StoreUser, stored: &Stored, index: &Index<'_>, cloud: &Cloud) -> User {
    let groups = index.store_groups(&it.identity_store, &it.id);
    let groups = groups.into_iter().map(|(id, found)| Group {
        name: found.and_then(|group| group.display_name.clone()),
        privileges: Vec::new(),
        uid: Some(id.to_owned()),
    });
    let gone =
        stored.deleted.map(|time| Person { deleted_time: Some(millis(time)), ..Person::default() });
    User {
        account: Some(cloud.account.clone()),
        display_name: it.display_name.clone(),
        domain: Some(it.identity_store.clone()),
        email_addr: it.email.clone().filter(|email| is_email(email)),
        groups: groups.collect(),
        ldap_person: gone,
        name: it.user_name.clone(),
        org: cloud.org.clone(),
        kind: "User",
        type_id: 1,
        uid: it.id.clone(),
        uid_alt: it.external_ids.first().map(|external| external.id.clone()),
        ..User::default()
    }
}

/// Whether OCSF takes a text for an address (`email_t`). What it does not take is in the unmapped part.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_local = |byte: u8| {
        // The schema's `+-/` is a range: it has the comma too.
        byte.is_ascii_alphanumeric() || b"!#$%&'*+,-./=?^_`{|}~".contains(&byte)
    };
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let Some((first, rest)) = domain.split_once('.') else { return false };
    !local.is_empty()
        && local.bytes().all(is_local)
        && !first.is_empty()
        && first.bytes().all(is_label)
        && !rest.is_empty()
        && rest.bytes().all(|byte| is_label(byte) || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_the_schema_takes() {
        let rows = [
            ("ana@example.com", true),
            ("a+b,c/d@mail.example.co", true),
            ("", false),
            ("ana", false),
            ("ana@localhost", false),
            ("@example.com", false),
            ("ana@.com", false),
            ("ana@example.", false),
            ("a b@example.com", false),
            ("ana@exämple.com", false),
            ("ana@b@example.com", false),
            ("ana@example.com\n", false),
        ];
        for (text, expected) in rows {
            assert_eq!(is_email(text), expected, "{text:?}");
        }
    }
}
