//! Keys read back as what they were made of, sort as their parts do, and stay within DynamoDB's limit.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn run_id() -> RunId {
    "20261122T060000Z".parse().unwrap()
}

fn scopes() -> impl Strategy<Value = Scope> {
    (
        "[0-9]{12}",
        "(us-east-1|eu-west-3|aws-global)",
        "[a-z][a-z0-9-]{0,20}",
        "[a-z][a-z0-9-]{0,20}",
    )
        .prop_map(|(account, region, collector, capability)| {
            format!("{account}/{region}/{collector}/{capability}").parse().unwrap()
        })
}

fn ids() -> impl Strategy<Value = EntityId> {
    let key = prop_oneof![
        "[A-Z0-9]{1,30}",
        "arn:aws:iam::[0-9]{12}:user/[a-z#~%:|/]{1,40}",
        "\\PC{1,60}",
        "[a-zé#]{700,1500}",
    ];
    (0..Kind::ALL.len(), key).prop_map(|(kind, key)| EntityId { kind: Kind::ALL[kind], key })
}

proptest! {
    #[test]
    fn entities_and_changes_read_back(scope in scopes(), id in ids(), revision in 0..10_000_000_u64) {
        let whole = whole_id(&id);
        for key in [entity(&scope, &id), change(&scope, &id, revision)] {
            prop_assert_eq!(&scope_of(&key.partition).unwrap(), &scope);
            prop_assert_eq!(&id_of(&key.sort, whole.as_deref()).unwrap(), &id);
            prop_assert!(key.sort.len() <= SORT_KEY_LIMIT);
            prop_assert_eq!(from_cursor(&cursor(&key)), Some(key.clone()));
        }
        prop_assert!(index(&run_id(), &scope, &id, revision).sort.len() <= SORT_KEY_LIMIT);
        prop_assert_eq!(place_of(&entity(&scope, &id)), kind_of_scope(&scope, id.kind).sort);
        prop_assert!(entity(&scope, &id).sort.starts_with(&entity_prefix(Some(id.kind))));
    }

    #[test]
    fn different_entities_have_different_keys(scope in scopes(), one in ids(), other in ids()) {
        prop_assert_eq!(one == other, entity(&scope, &one) == entity(&scope, &other));
        if one != other {
            let (of_one, of_other) = (change_prefix(&one), change(&scope, &other, 1).sort);
            prop_assert!(!of_other.starts_with(&of_one), "{of_other} is not a change of {of_one}");
        }
    }

    #[test]
    fn units_and_kinds_read_back(scope in scopes(), plan in 1..999_999_u64, kind in 0..Kind::ALL.len()) {
        let of = scope.unit();
        prop_assert_eq!(&unit_of(&unit(&run_id(), plan, &of).sort).unwrap(), &of);
        let kind = Kind::ALL[kind];
        let key = kind_of_scope(&scope, kind);
        prop_assert_eq!(scope_and_kind(&key.sort).unwrap(), (scope, kind));
    }

    #[test]
    fn keys_sort_as_scopes_do(one in scopes(), other in scopes()) {
        prop_assert_eq!(one.cmp(&other), scope_partition(&one).cmp(&scope_partition(&other)));
    }

    #[test]
    fn pages_of_marks_read_back(page in any::<u32>(), chunk in 0..10_000_usize) {
        let unit: Unit = "111122223333/aws-global/iam".parse().unwrap();
        let other: Unit = "111122223333/aws-global/organization".parse().unwrap();
        let sort = |by| marks(&run_id(), &unit, by, page, chunk).sort;
        prop_assert_eq!(page_of_own_marks(&sort(&unit)), Some((page, chunk)));
        prop_assert_eq!(page_of_own_marks(&sort(&other)), None);
    }
}

#[test]
fn keys_are_what_the_table_of_keys_says() {
    let scope: Scope = "111122223333/aws-global/iam-credentials/mfa".parse().unwrap();
    let id: EntityId = "mfa:arn:aws:iam::111122223333:user/ana#1700000000".parse().unwrap();
    let key = entity(&scope, &id);
    assert_eq!(key.partition, "scope#111122223333#aws-global#iam-credentials#mfa");
    assert_eq!(key.sort, "entity#mfa:arn:aws:iam::111122223333:user/ana%231700000000");
    assert_eq!(
        change(&scope, &id, 3).sort,
        "change#mfa:arn:aws:iam::111122223333:user/ana%231700000000#0000000003"
    );
    assert_eq!(
        unit(&run_id(), 1, &scope.unit()),
        Key {
            partition: "run#20261122T060000Z".to_owned(),
            sort: "unit#000001#111122223333#aws-global#iam-credentials".to_owned(),
        }
    );
    assert_eq!(
        kind_of_scope(&scope, Kind::Mfa).sort,
        "111122223333#aws-global#iam-credentials#mfa#mfa:"
    );
}

#[test]
fn scopes_are_spread_over_all_shards() {
    let used: BTreeSet<u8> = (0..400_u64)
        .map(|n| shard(&format!("{:012}/aws-global/iam/roles", n * 7919).parse().unwrap()))
        .collect();
    assert_eq!(used, (0..SHARDS).collect());
}

#[test]
fn strange_keys_are_refused() {
    assert!(id_of("entity#", None).is_err());
    assert!(id_of("entity#person:x", None).is_err());
    assert!(id_of("entity#user:%FF", None).is_err());
    assert!(scope_of("scope#nonsense").is_err());
    assert!(scope_and_kind("nonsense").is_err());
    assert!(unit_of("unit#000001#nonsense").is_err());
    assert_eq!(from_cursor("nonsense"), None);
    assert_eq!(page_of_own_marks("nonsense"), None);
}
