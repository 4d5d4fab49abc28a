//! The tables: whole, consistent, and within AWS's own rules for names.

use std::collections::BTreeSet;

use super::{
    access::{ASSIGNMENTS, Assignee, Boundary, PERMISSION_SETS},
    accounts, aws_managed, derived,
    document::{AccountIds, Document},
    iam::{AccountIam, is_aws_managed},
    organization::{ACCOUNTS, CONTROL_POLICIES, DELEGATIONS, MANAGEMENT, ROOT, UNITS},
    people::{GROUPS, PEOPLE},
};

fn keys() -> AccountIds {
    let members = ACCOUNTS.iter().map(|account| account.key);
    let all = members.chain([MANAGEMENT]).zip(111_111_111_111_u64..);
    all.map(|(key, id)| (key, id.to_string())).collect()
}

#[test]
fn the_tree_is_deep_and_has_an_empty_unit() {
    let depth = |mut key: &str| {
        let mut depth = 0;
        while key != ROOT {
            key = UNITS.iter().find(|unit| unit.key == key).unwrap().parent;
            depth += 1;
        }
        depth
    };
    assert!(UNITS.iter().any(|unit| depth(unit.key) == 4));
    assert!(UNITS.iter().all(|unit| unit.name.chars().count() <= 128));
    let is_empty = |key| {
        ACCOUNTS.iter().all(|account| account.unit != key)
            && UNITS.iter().all(|unit| unit.parent != key)
    };
    assert!(UNITS.iter().any(|unit| is_empty(unit.key)));
    assert_eq!(ACCOUNTS.len(), 12);
}

#[test]
fn names_are_such_as_aws_takes() {
    let printable = |text: &str| text.chars().all(|c| (' '..='~').contains(&c));
    for account in ACCOUNTS {
        assert!(printable(account.name) && account.name.len() <= 50, "{}", account.name);
    }
    for iam in accounts::ALL {
        for (path, name) in things(iam) {
            let letters = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
            assert!(name.chars().all(letters) && name.len() <= 64, "{name}");
            // A comma would make a row of the credential report that nobody can split.
            assert!(!name.contains(','), "{name}");
            let visible = path.chars().all(|c| ('!'..='~').contains(&c));
            assert!(path.starts_with('/') && path.ends_with('/') && visible, "{path}");
        }
        let tags = iam.users.iter().flat_map(|user| user.tags);
        let tags = tags.chain(iam.roles.iter().flat_map(|role| role.tags));
        for (key, value) in tags {
            let fits = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
            assert!(!key.is_empty() && key.chars().chain(value.chars()).all(fits), "{key} {value}");
        }
    }
    for person in PEOPLE {
        assert!(!person.user.contains(char::is_whitespace), "{}", person.user);
        assert!(!person.name.chars().any(char::is_control), "{}", person.name);
    }
    for set in PERMISSION_SETS {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        assert!(set.name.chars().all(fits) && set.name.len() <= 32, "{}", set.name);
    }
}

/// Path and name of everything that has them.
fn things(iam: &AccountIam) -> Vec<(&'static str, &'static str)> {
    let users = iam.users.iter().map(|user| (user.path, user.name));
    let groups = iam.groups.iter().map(|group| (group.path, group.name));
    let roles = iam.roles.iter().map(|role| (role.path, role.name));
    let policies = iam.policies.iter().map(|policy| (policy.path, policy.name));
    users.chain(groups).chain(roles).chain(policies).collect()
}

#[test]
fn what_is_named_is_there() {
    let keys = keys();
    for iam in accounts::ALL {
        assert!(keys.contains_key(iam.account), "{}", iam.account);
        let own: BTreeSet<_> =
            iam.policies.iter().map(|policy| format!("{}{}", policy.path, policy.name)).collect();
        let groups = iam.groups.iter().flat_map(|group| group.attached);
        let users = iam.users.iter().flat_map(|user| user.attached.iter().chain(&user.boundary));
        let roles = iam.roles.iter().flat_map(|role| role.attached.iter().chain(&role.boundary));
        for name in groups.chain(users).chain(roles) {
            let known = if is_aws_managed(name) {
                aws_managed::find(name).is_some()
            } else {
                own.contains(*name)
            };
            assert!(known, "{name} in {}", iam.account);
        }
        for group in iam.users.iter().flat_map(|user| user.groups) {
            assert!(iam.groups.iter().any(|one| one.name == *group), "{group}");
        }
    }
    for account in ACCOUNTS {
        assert!(UNITS.iter().any(|unit| unit.key == account.unit), "{}", account.unit);
    }
    assert!(DELEGATIONS.iter().all(|one| keys.contains_key(one.account)));
    let people: BTreeSet<_> = PEOPLE.iter().map(|person| person.user).collect();
    let groups: BTreeSet<_> = GROUPS.iter().map(|group| group.name).collect();
    assert_eq!((people.len(), groups.len()), (PEOPLE.len(), GROUPS.len()));
    assert!(PEOPLE.iter().flat_map(|person| person.groups).all(|group| groups.contains(group)));
    for assignment in ASSIGNMENTS {
        let known = match assignment.to {
            Assignee::User(name) => people.contains(name),
            Assignee::Group(name) => groups.contains(name),
        };
        assert!(known, "{assignment:?}");
        assert!(PERMISSION_SETS.iter().any(|set| set.name == assignment.set), "{assignment:?}");
        assert!(assignment.accounts.iter().all(|key| keys.contains_key(key)), "{assignment:?}");
    }
    for set in PERMISSION_SETS {
        assert!(set.managed.iter().all(|name| aws_managed::find(name).is_some()), "{}", set.name);
        if let Some(Boundary::Managed(name)) = set.boundary {
            assert!(aws_managed::find(name).is_some(), "{name}");
        }
    }
}

#[test]
fn documents_are_json_and_name_known_accounts() {
    let keys = keys();
    let check = |text: String| {
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["Version"], "2012-10-17", "{text}");
        assert!(!text.contains("ACCOUNT("), "{text}");
    };
    let render = |document: &Document| check(document.render(&keys));
    CONTROL_POLICIES.iter().for_each(|policy| render(&policy.document));
    for iam in accounts::ALL {
        iam.policies.iter().flat_map(|policy| policy.versions).for_each(render);
        iam.roles.iter().for_each(|role| check(role.trust.render("111111111111", &keys)));
    }
}

#[test]
fn ids_follow_from_arns() {
    let arn = "arn:aws:iam::111122223333:user/ana";
    assert_eq!(derived::unique_id("AIDA", arn), derived::unique_id("AIDA", arn));
    assert_ne!(
        derived::unique_id("AIDA", arn),
        derived::unique_id("AIDA", "arn:aws:iam::1:user/x")
    );
    assert_eq!(derived::unique_id("AIDA", arn).len(), 21);
}
