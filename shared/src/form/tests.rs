//! What stores hold is read for ever, is the same bytes for the same value, and is told when it is not ours.

use proptest::prelude::*;

use super::samples::{V1, one_of_each};
use super::*;
use crate::model::{
    Authority, Coverage, Kind, LastUsed, Run, RunState, SetAside, Status, Tags, Tri, Unavailable,
};

#[test]
fn every_kind_has_a_form() {
    let kinds: Vec<Kind> = one_of_each().iter().map(Entity::kind).collect();
    assert_eq!(kinds, Kind::ALL, "add a line to the samples for the new kind");
}

#[test]
fn what_was_written_once_is_read_and_written_the_same() {
    for ((id, text), entity) in V1.iter().zip(one_of_each()) {
        assert_eq!(entity.id().to_string(), *id, "ids are stable for ever");
        assert_eq!(write(&entity).unwrap(), *text, "{id}");
        assert_eq!(value(&entity).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{id}");
    }
}

#[test]
fn no_form_carries_a_secret() {
    // What IAM hands out once, at creation, under these names. None may become a field.
    for (id, text) in V1 {
        let fields = text.to_lowercase();
        for word in ["secret", "session_token", "private_key", "service_password"] {
            assert!(!fields.contains(word), "{id} has {word}");
        }
    }
}

#[test]
fn a_field_that_is_missing_is_told_unless_it_may_be_unknown() {
    for (id, text) in V1 {
        let kind = id.parse::<crate::model::EntityId>().unwrap().kind;
        let whole: Value = serde_json::from_str(text).unwrap();
        for (name, content) in whole.as_object().unwrap() {
            let mut part = whole.clone();
            part.as_object_mut().unwrap().remove(name);
            match read(VERSION, kind, &part.to_string()) {
                // Absent and null are both "AWS did not say".
                Ok(entity) => assert_eq!(value(&entity).unwrap()[name], Value::Null, "{id} {name}"),
                Err(FormError::Read { kind: told, source }) => {
                    assert_eq!(told, kind);
                    assert!(source.to_string().contains(name), "{id} {name}: {source}");
                    assert!(!content.is_null(), "{id} {name} may be unknown");
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn what_is_not_a_form_of_that_kind_is_told() {
    let rows = [
        (Kind::User, "", "user"),
        (Kind::User, "[]", "user"),
        (Kind::Role, r#"{"arn":"not an arn"}"#, "role"),
        (Kind::Account, r#"{"id":"12"}"#, "account"),
        (
            Kind::Mfa,
            r#"{"holder":{"arn":"arn:aws:iam::111122223333:root","created":null},"active":"yes"}"#,
            "mfa",
        ),
    ];
    for (kind, text, word) in rows {
        let error = read(VERSION, kind, text).unwrap_err();
        assert!(matches!(error, FormError::Read { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("the stored content is not that of a {word}"));
    }
}

#[test]
fn a_newer_form_says_what_to_do() {
    for version in [0, VERSION + 1, u32::MAX] {
        let error = read(version, Kind::User, V1[12].1).unwrap_err();
        let FormError::Version { found, known } = error else { panic!("{error:?}") };
        assert_eq!((found, known), (version, VERSION));
        assert!(error.to_string().ends_with("update accesstrail"), "{error}");
    }
}

#[test]
fn the_hash_is_half_of_sha_256() {
    // FIPS 180-4: SHA-256 of the empty message, and of "abc".
    assert_eq!(hash(""), "e3b0c44298fc1c149afbf4c8996fb924");
    assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223");
    let hashes: std::collections::BTreeSet<String> =
        V1.iter().map(|(_, text)| hash(text)).collect();
    assert_eq!(hashes.len(), V1.len());
}

fn round_trips<T>(value: &T, text: &str)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    assert_eq!(serde_json::to_string(value).unwrap(), text);
    assert_eq!(serde_json::from_str::<T>(text).unwrap(), *value);
}

#[test]
fn statuses_are_told_apart_in_their_forms() {
    let action = || "iam:ListUsers".to_owned();
    let unavailable = [
        (Unavailable::RegionNotEnabled, r#"{"unavailable":"region-not-enabled"}"#),
        (
            Unavailable::AccountState("SUSPENDED".to_owned()),
            r#"{"unavailable":{"account-state":"SUSPENDED"}}"#,
        ),
        (Unavailable::AccountLeft, r#"{"unavailable":"account-left"}"#),
        (Unavailable::NotInOrganization, r#"{"unavailable":"not-in-organization"}"#),
        (
            Unavailable::ServiceOff("no instance".to_owned()),
            r#"{"unavailable":{"service-off":"no instance"}}"#,
        ),
    ];
    for (why, text) in unavailable {
        round_trips(&Status::Unavailable(why), text);
    }
    round_trips(&Status::Complete, r#""complete""#);
    round_trips(
        &Status::Partial { action: action(), reason: "cut".to_owned() },
        r#"{"partial":{"action":"iam:ListUsers","reason":"cut"}}"#,
    );
    round_trips(
        &Status::Throttled { action: action() },
        r#"{"throttled":{"action":"iam:ListUsers"}}"#,
    );
    round_trips(&Status::Excluded("--regions".to_owned()), r#"{"excluded":"--regions"}"#);
    let authorities = [
        (Authority::Identity, "identity"),
        (Authority::Scp, "scp"),
        (Authority::Rcp, "rcp"),
        (Authority::Boundary, "boundary"),
        (Authority::Session, "session"),
        (Authority::Resource, "resource"),
        (Authority::Unspecified, "unspecified"),
    ];
    for (by, word) in authorities {
        round_trips(
            &Status::Denied { action: action(), by },
            &format!(r#"{{"denied":{{"action":"iam:ListUsers","by":"{word}"}}}}"#),
        );
    }
}

#[test]
fn unknown_words_name_those_that_are_known() {
    let error = serde_json::from_str::<Tri>(r#""maybe""#).unwrap_err().to_string();
    assert!(
        ["maybe", "true", "false", "unknown"].iter().all(|word| error.contains(word)),
        "{error}"
    );
    let error = serde_json::from_str::<RunState>(r#""lost""#).unwrap_err().to_string();
    assert!(["planning", "open", "closed"].iter().all(|word| error.contains(word)), "{error}");
    // Yes, no and unknown are three words: a boolean is none of them.
    assert!(serde_json::from_str::<Tri>("true").is_err());
}

#[test]
fn runs_and_coverage_have_forms() {
    round_trips(
        &Run {
            id: "20261122T060000Z".parse().unwrap(),
            trigger: "command".to_owned(),
            options: "{}".to_owned(),
            state: RunState::Open,
            started: "2026-11-22T06:00:00Z".parse().unwrap(),
            finished: None,
            planned: 3,
            ended: 1,
            counters: [("api.iam:ListUsers".to_owned(), 2)].into(),
        },
        r#"{"id":"20261122T060000Z","trigger":"command","options":"{}","state":"open","started":"2026-11-22T06:00:00Z","finished":null,"planned":3,"ended":1,"counters":{"api.iam:ListUsers":2}}"#,
    );
    round_trips(
        &Coverage {
            scope: "111122223333/aws-global/iam-credentials/mfa".parse().unwrap(),
            run: "20261122T060000Z".parse().unwrap(),
            status: Status::Complete,
            at: "2026-11-22T06:00:09Z".parse().unwrap(),
            as_of: Some("2026-11-22T02:00:00Z".parse().unwrap()),
            seen: 7,
            set_aside: vec![SetAside { what: "row 4".to_owned(), reason: "no user".to_owned() }],
            note: Some("per user".to_owned()),
        },
        r#"{"scope":"111122223333/aws-global/iam-credentials/mfa","run":"20261122T060000Z","status":"complete","at":"2026-11-22T06:00:09Z","as_of":"2026-11-22T02:00:00Z","seen":7,"set_aside":[{"what":"row 4","reason":"no user"}],"note":"per user"}"#,
    );
}

proptest! {
    #[test]
    fn any_text_survives(name in ".*", tags in proptest::collection::btree_map(".*", ".*", 0..4)) {
        let mut entities = one_of_each();
        let Some(Entity::User(user)) = entities.get_mut(12) else { panic!("the user is the 13th") };
        user.name.clone_from(&name);
        user.tags = tags.into_iter().collect::<Tags>();
        let entity = Entity::User(user.clone());
        let text = write(&entity).unwrap();
        prop_assert_eq!(&read(VERSION, Kind::User, &text).unwrap(), &entity);
        prop_assert_eq!(hash(&text), hash(&write(&entity).unwrap()));
        prop_assert!(!text.contains('\n'), "one line, whatever is in it");
    }

    #[test]
    fn reading_is_total(text in ".{0,120}") {
        for kind in Kind::ALL {
            // Whatever stands there, it is an entity of the kind or an error, and never a panic.
            if let Ok(entity) = read(VERSION, *kind, &text) {
                prop_assert_eq!(entity.kind(), *kind);
            }
        }
    }

    #[test]
    fn last_uses_survive(second in 0_i64..4_000_000_000, region in proptest::option::of(".*"), service in proptest::option::of(".*")) {
        let time = jiff::Timestamp::from_second(second).unwrap();
        let used = LastUsed::At { time, region, service };
        let text = serde_json::to_string(&used).unwrap();
        prop_assert_eq!(serde_json::from_str::<LastUsed>(&text).unwrap(), used);
    }
}
