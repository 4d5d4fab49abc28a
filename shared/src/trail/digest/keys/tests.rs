//! The user guide's own keys, and the forms in which keys come.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The sample response of the user guide's "custom implementations" page: two keys as PKCS #1, one as X.509.
const GUIDE: &str = include_str!("../../../../../tests/corpus/digest/user-guide-keys.json");

const GUIDE_FINGERPRINTS: [&str; 3] = [
    "8eba5db5bea9b640d1c96a77256fe7f2",
    "8933b39ddc64d26d8e14ffbf6566fee4",
    "31e8b5433410dfb61a9dc45cc65b22ff",
];

fn is_known(keys: &PublicKeys, region: &str, fingerprint: &str) -> bool {
    matches!(keys.find(region, fingerprint, 1_437_000_000), Found::Key(_))
}

#[test]
fn the_fingerprints_of_the_user_guide_are_those_of_its_values() {
    let value: Value = serde_json::from_str(GUIDE).unwrap();
    let list = value["publicKeyList"].as_array().unwrap();
    assert_eq!(list.len(), GUIDE_FINGERPRINTS.len());
    for (entry, fingerprint) in list.iter().zip(GUIDE_FINGERPRINTS) {
        assert_eq!(entry["Fingerprint"], fingerprint);
        let without = json!([{"Value": entry["Value"]}]);
        let keys = PublicKeys::read(without.to_string().as_bytes()).unwrap();
        assert!(is_known(&keys, "us-east-1", fingerprint), "{fingerprint}");
        assert_eq!(keys.keys.len(), 1);
    }
}

#[test]
fn keys_come_as_a_response_a_list_and_by_region() {
    let response: Value = serde_json::from_str(GUIDE).unwrap();
    let list = &response["publicKeyList"];
    let [first, second, _] = GUIDE_FINGERPRINTS;
    for bare in [response.clone(), list.clone(), json!({"PublicKeyList": list}), json!([response])]
    {
        let keys = PublicKeys::read(bare.to_string().as_bytes()).unwrap();
        assert!(is_known(&keys, "eu-west-1", first) && keys.refused().is_empty());
        assert!(is_known(&keys, "eu-west-1", &first.to_ascii_uppercase()));
    }
    let regions = json!({
        "us-east-1": {"PublicKeyList": [list[0]]},
        "eu-west-1": [list[1]],
        "eu-west-2": {"PublicKeyList": []},
    });
    let keys = PublicKeys::read(regions.to_string().as_bytes()).unwrap();
    assert!(is_known(&keys, "us-east-1", first) && !is_known(&keys, "eu-west-1", first));
    assert!(is_known(&keys, "eu-west-1", second) && !is_known(&keys, "us-east-1", second));
    assert!(!is_known(&keys, "eu-west-2", first));
}

#[test]
fn an_unknown_key_is_foreign_only_where_keys_of_its_time_are_listed() {
    let response: Value = serde_json::from_str(GUIDE).unwrap();
    let file = json!({"us-east-1": response});
    let keys = PublicKeys::read(file.to_string().as_bytes()).unwrap();
    let unknown = "00000000000000000000000000000000";
    assert!(matches!(keys.find("us-east-1", unknown, 1_437_000_000), Found::Foreign));
    assert!(matches!(keys.find("us-east-1", unknown, 1_500_000_000), Found::NotListed));
    assert!(matches!(keys.find("us-east-2", unknown, 1_437_000_000), Found::NotListed));
    assert!(PublicKeys::read(b"{}").unwrap().is_empty());
}

#[test]
fn what_is_no_key_is_told_and_left_out() {
    let response: Value = serde_json::from_str(GUIDE).unwrap();
    let good = &response["publicKeyList"][0];
    let bad = [
        json!({"Value": "%%%", "Fingerprint": "aa"}),
        json!({"Value": "", "Fingerprint": "bb"}),
        json!({"Value": "aGVsbG8="}),
        json!({"Value": 1}),
    ];
    let mixed = json!([bad[0], bad[1], good, bad[2], bad[3]]);
    let keys = PublicKeys::read(mixed.to_string().as_bytes()).unwrap();
    assert_eq!((keys.keys.len(), keys.refused().len()), (1, 4), "{:?}", keys.refused());
    assert!(PublicKeys::read(json!(bad).to_string().as_bytes()).is_err());
    for text in ["", "{", "\u{feff}{}"] {
        assert!(PublicKeys::read(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn times_come_in_three_forms() {
    for (value, expected) in [
        (json!(1_436_317_441), Some(1_436_317_441)),
        (json!(1_436_317_441.0), Some(1_436_317_441)),
        (json!("1436317441.0"), Some(1_436_317_441)),
        (json!("2015-07-08T01:04:01Z"), Some(1_436_317_441)),
        (json!("2015-07-08T03:04:01+02:00"), Some(1_436_317_441)),
        (json!("soon"), None),
        (json!("-1.0"), None),
        (json!(null), None),
    ] {
        assert_eq!(time(&value), expected, "{value}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(
        text in "\\PC*|([\\[\\]{},:]|\"Value\"|\"PublicKeyList\"|\"AAAA\"|1){0,20}",
    ) {
        if let Ok(keys) = PublicKeys::read(text.as_bytes()) {
            prop_assert!(keys.is_empty());
        }
    }
}
