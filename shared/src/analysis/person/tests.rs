//! Entries of one person, joined and merged.

use proptest::prelude::*;

use super::*;
use crate::model::identity_center::{ExternalId, StoreUser};
use crate::testing::sample::{ACCOUNT, OTHER_ACCOUNT, stored, tagged_user};

/// A user of an identity store: name, address, external id.
fn person(store: &str, name: &str, email: &str, external: &str) -> Entity {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Entity::StoreUser(StoreUser {
        identity_store: store.to_owned(),
        id: format!("u-{name}"),
        user_name: some(name),
        display_name: some(&format!("{name} of {store}")),
        email: some(email),
        status: some("ENABLED"),
        external_ids: some(external)
            .map(|id| ExternalId { issuer: "idp".to_owned(), id })
            .into_iter()
            .collect(),
    })
}

fn iam(account: &str, name: &str, tags: &[(&str, &str)]) -> Entity {
    tagged_user(account, name, &format!("AIDA{account}{name}"), tags)
}

fn snapshot(entities: Vec<Entity>) -> Snapshot {
    Snapshot::new(entities.into_iter().map(|entity| stored(ACCOUNT, entity)), [])
}

fn sources(texts: &[&str]) -> Vec<Source> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// The sources of each person's entries, in the order of belief.
fn found(entities: Vec<Entity>, order: &[&str]) -> Vec<Vec<String>> {
    let people = people(&snapshot(entities), &sources(order), &[]);
    let of = |person: Person| person.profiles.iter().map(|it| it.source.to_string()).collect();
    people.into_iter().map(of).collect()
}

#[test]
fn entries_are_one_person_by_address_external_id_or_name() {
    let rows: [(Vec<Entity>, usize); 8] = [
        (
            vec![
                person("d-1", "ana", "ana@example.com", ""),
                person("d-2", "a.silva", "Ana@Example.com", ""),
            ],
            1,
        ),
        (vec![person("d-1", "ana", "", "7"), person("d-2", "x", "", "7")], 1),
        (vec![person("d-1", "ana", "ana@example.com", ""), iam(ACCOUNT, "ana", &[])], 1),
        (vec![person("d-1", "x", "ana@example.com", ""), iam(ACCOUNT, "ana@example.com", &[])], 1),
        (
            vec![
                person("d-1", "x", "ana@example.com", ""),
                iam(ACCOUNT, "y", &[("Email", "ana@example.com")]),
            ],
            1,
        ),
        // The same name with two addresses: two people.
        (
            vec![
                person("d-1", "ana", "ana@example.com", ""),
                person("d-2", "ana", "ana@example.org", ""),
            ],
            0,
        ),
        (vec![person("d-1", "ana", "", ""), person("d-1", "bob", "", "")], 0),
        (vec![person("d-1", "ana", "", "")], 0),
    ];
    for (entities, expected) in rows {
        assert_eq!(found(entities.clone(), &[]).len(), expected, "{entities:?}");
    }
}

#[test]
fn machines_are_nobodys_entries() {
    let entities = vec![person("d-1", "ana", "", ""), iam(ACCOUNT, "ana", &[("kind", "robot")])];
    let rule = Rule { name: None, tag: Some(("kind".to_owned(), None)), class: Class::Machine };
    assert_eq!(people(&snapshot(entities.clone()), &[], &[]).len(), 1);
    assert_eq!(people(&snapshot(entities), &[], &[rule]).len(), 0);
}

#[test]
fn the_source_that_is_named_first_is_believed_first() {
    let entities = || {
        vec![
            person("d-1", "ana", "ana@example.com", ""),
            person("d-2", "ana", "ana@example.com", ""),
            iam(ACCOUNT, "ana", &[("email", "ana@example.com")]),
            iam(OTHER_ACCOUNT, "ana", &[]),
        ]
    };
    let rows: [(&[&str], [&str; 4]); 5] = [
        (&[], ["d-1", "d-2", ACCOUNT, OTHER_ACCOUNT]),
        (&["identity-center"], ["d-1", "d-2", ACCOUNT, OTHER_ACCOUNT]),
        (&["iam"], [ACCOUNT, OTHER_ACCOUNT, "d-1", "d-2"]),
        (&["d-2"], ["d-2", "d-1", ACCOUNT, OTHER_ACCOUNT]),
        (&[OTHER_ACCOUNT, "d-2"], [OTHER_ACCOUNT, "d-2", "d-1", ACCOUNT]),
    ];
    for (order, expected) in rows {
        assert_eq!(found(entities(), order), [expected.map(str::to_owned)], "{order:?}");
    }
}

#[test]
fn the_merge_follows_the_order_and_loses_nothing() {
    let it = snapshot(vec![
        person("d-1", "ana", "ana@example.com", ""),
        person("d-2", "a.silva", "ana@example.com", "7"),
    ]);
    let fact = |order: &[&str], name: &str| {
        let people = people(&it, &sources(order), &[]);
        people[0].facts().into_iter().find(|fact| fact.name == name).unwrap()
    };
    let name = fact(&["d-2"], "user-name");
    assert_eq!((name.value.as_str(), name.source.to_string().as_str()), ("a.silva", "d-2"));
    assert_eq!(name.others, [("ana".to_owned(), Source::Store("d-1".to_owned()))]);
    // The other order turns it around: nothing was overwritten.
    assert_eq!(fact(&["d-1"], "user-name").value, "ana");
    // What the first does not say, the next one adds.
    assert_eq!(fact(&["d-1"], "external-id").value, "idp 7");
    assert_eq!(fact(&["d-1"], "email").others, []);
}

#[test]
fn sources_are_read_as_they_are_written() {
    for text in ["identity-center", "iam", "d-1234567890", ACCOUNT] {
        assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
    }
    for bad in ["", "d-", "okta", "12"] {
        assert!(
            bad.parse::<Source>().unwrap_err().to_string().contains("identity-center"),
            "{bad}"
        );
    }
}

proptest! {
    /// Whoever is joined with whom, everybody is in at most one person, and the order of belief changes nothing
    /// about who that is.
    #[test]
    fn everybody_is_one_person_whatever_the_order(rows in prop::collection::vec(("[ab]{1,2}", "[xy]?", "[12]?"), 0..8), turned in any::<bool>()) {
        let entities = rows.iter().enumerate().map(|(index, (name, mail, external))| {
            let mail = if mail.is_empty() { String::new() } else { format!("{mail}@example.com") };
            let Entity::StoreUser(mut user) = person(&format!("d-{index}"), name, &mail, external) else { panic!() };
            user.id = format!("u-{index}");
            Entity::StoreUser(user)
        });
        let it = snapshot(entities.collect());
        let members = |order: &[Source]| {
            let mut people: Vec<Vec<EntityId>> = people(&it, order, &[]).into_iter().map(|person| {
                let mut ids: Vec<EntityId> = person.profiles.into_iter().map(|it| it.id).collect();
                ids.sort();
                ids
            }).collect();
            people.sort();
            people
        };
        let order = if turned { sources(&["iam", "d-3"]) } else { sources(&["d-5", "d-0"]) };
        let plain = members(&[]);
        prop_assert_eq!(&members(&order), &plain);
        let mut all: Vec<&EntityId> = plain.iter().flatten().collect();
        let count = all.len();
        all.sort();
        all.dedup();
        prop_assert_eq!(all.len(), count);
    }
}
