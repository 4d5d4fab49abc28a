//! What the pages say about operators, row by row.

use super::*;
use crate::policy::evaluate::context::Mode;

fn condition(operator: &str, values: &[&str]) -> Condition {
    let written = document::Condition {
        operator: operator.to_owned(),
        key: "Some:Key".to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    Condition::compile(&written, Version::V2012).unwrap()
}

fn holds(operator: &str, policy: &[&str], request: Option<&[&str]>) -> Truth {
    let mut context = Context::new(Mode::Strict);
    context.set("aws:username", ["ana"]);
    if let Some(values) = request {
        context.set("some:key", values.iter().copied());
    }
    condition(operator, policy).holds(&context)
}

#[test]
fn each_family_compares_as_its_page_says() {
    let rows: &[(&str, &[&str], &str, bool)] = &[
        ("StringEquals", &["a", "b"], "b", true),
        ("StringEquals", &["a"], "A", false),
        ("StringEquals", &["a*"], "ab", false),
        ("StringEquals", &["${aws:username}"], "ana", true),
        ("StringEquals", &["a${*}"], "a*", true),
        ("StringEquals", &[], "a", false),
        ("StringNotEquals", &["a", "b"], "b", false),
        ("StringNotEquals", &["a", "b"], "c", true),
        ("StringNotEquals", &[], "c", true),
        ("StringNotEquals", &["${aws:none}"], "c", true),
        ("StringEqualsIgnoreCase", &["JOHN"], "john", true),
        ("StringEqualsIgnoreCase", &["${aws:username}X"], "ANAx", true),
        ("StringNotEqualsIgnoreCase", &["JOHN"], "john", false),
        ("StringLike", &["home/${aws:username}/*"], "home/ana/b", true),
        ("StringLike", &["?"], "ab", false),
        ("StringNotLike", &["a*"], "b", true),
        ("NumericEquals", &["10"], "10.0", true),
        ("NumericNotEquals", &["10"], "11", true),
        ("NumericNotEquals", &["10"], "x", true),
        ("NumericLessThan", &["10"], "9", true),
        ("NumericLessThan", &["10"], "10", false),
        ("NumericLessThanEquals", &["10"], "10", true),
        ("NumericGreaterThan", &["10"], "100", true),
        ("NumericGreaterThanEquals", &["10", "x"], "10", true),
        ("NumericGreaterThan", &["x"], "10", false),
        ("DateEquals", &["2020-01-01"], "1577836800", true),
        ("DateNotEquals", &["2020-01-01"], "2020-01-01T00:00:01Z", true),
        ("DateLessThan", &["2020-06-30T23:59:59Z"], "2020-04-01T00:00:00Z", true),
        ("DateLessThanEquals", &["2020-01-01T00:00:00Z"], "2020-01-01T01:00:00+01:00", true),
        ("DateGreaterThan", &["2020-01-01T00:00:01Z"], "2020-01-01T00:00:01Z", false),
        ("DateGreaterThanEquals", &["2020"], "2020-01-01", true),
        ("Bool", &["true"], "TRUE", true),
        ("Bool", &["false"], "true", false),
        ("Bool", &["true"], "1", false),
        ("BinaryEquals", &["QQ=="], "QQ==", true),
        ("BinaryEquals", &["QQ=="], "A", true),
        ("BinaryEquals", &["QQ=="], "B", false),
        (
            "IpAddress",
            &["203.0.113.0/24", "2001:DB8:1234:5678::/64"],
            "2001:db8:1234:5678::1",
            true,
        ),
        ("IpAddress", &["203.0.113.0/24"], "198.51.100.1", false),
        ("NotIpAddress", &["203.0.113.0/24"], "198.51.100.1", true),
        ("NotIpAddress", &["203.0.113.0/24"], "no address", true),
        ("ArnEquals", &["arn:aws:s3:::*"], "arn:aws:s3:::b", true),
        ("ArnLike", &["arn:aws:iam::*:role/a"], "arn:aws:iam::111122223333:role/a", true),
        ("ArnNotLike", &["arn:aws:iam::*:role/a"], "arn:aws:iam::111122223333:role/b", true),
        ("ArnNotEquals", &["arn:aws:iam::*:role/a"], "arn:aws:iam::111122223333:role/a", false),
    ];
    for (operator, policy, request, expected) in rows {
        let found = holds(operator, policy, Some(&[request]));
        assert_eq!(found, Truth::from(*expected), "{operator} {policy:?} {request}");
        if !policy.contains(&"${aws:none}") {
            let if_exists = holds(&format!("{operator}IfExists"), policy, Some(&[request]));
            assert_eq!(if_exists, found, "{operator}IfExists is {operator} where the key is there");
        }
    }
}

#[test]
fn a_missing_key_matches_nothing() {
    for operator in
        ["StringEquals", "NumericLessThan", "DateGreaterThan", "Bool", "IpAddress", "ArnLike"]
    {
        assert!(holds(operator, &["x"], None).is_no(), "{operator}");
        assert!(holds(&format!("{operator}IfExists"), &["x"], None).is_yes(), "{operator}");
        assert!(holds(&format!("ForAllValues:{operator}"), &["x"], None).is_yes(), "{operator}");
        assert!(holds(&format!("ForAnyValue:{operator}"), &["x"], None).is_no(), "{operator}");
    }
    for operator in [
        "StringNotEquals",
        "StringNotLike",
        "NumericNotEquals",
        "DateNotEquals",
        "NotIpAddress",
        "ArnNotLike",
    ] {
        assert!(holds(operator, &["x"], None).is_yes(), "{operator}");
        assert!(holds(&format!("ForAllValues:{operator}"), &["x"], None).is_yes(), "{operator}");
        assert!(holds(&format!("ForAnyValue:{operator}"), &["x"], None).is_no(), "{operator}");
        assert!(holds(&format!("ForAnyValue:{operator}IfExists"), &["x"], None).is_no());
    }
}

#[test]
fn null_asks_whether_the_key_is_there() {
    assert!(holds("Null", &["true"], None).is_yes());
    assert!(holds("Null", &["false"], None).is_no());
    assert!(holds("Null", &["True"], Some(&["x"])).is_no());
    assert!(holds("Null", &["false"], Some(&["x"])).is_yes());
    assert!(holds("Null", &["true", "false"], Some(&["x"])).is_yes());
    assert!(holds("Null", &["no"], None).is_no());
    assert!(holds("Null", &["true"], Some(&[])).is_yes(), "no value is no key");
}

/// The tables of the page on multivalued context keys.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition_examples-multi-valued-context-keys.html>
#[test]
fn set_operators_look_at_all_values_or_at_any() {
    let rows: &[(&str, &[&str], &[&str], bool)] = &[
        ("ForAllValues:StringNotLike", &["key1*"], &["key1:legal"], false),
        ("ForAllValues:StringNotLike", &["key1*"], &["key1:hr", "key1:personnel"], false),
        ("ForAllValues:StringNotLike", &["key1*"], &["key2:audit"], true),
        ("ForAllValues:StringEquals", &["a", "b"], &["a", "b", "a"], true),
        ("ForAllValues:StringEquals", &["a", "b"], &["a", "c"], false),
        ("ForAllValues:StringEquals", &["a", "b"], &[""], true),
        ("ForAnyValue:StringEquals", &["a", "b"], &["c", "a"], true),
        ("ForAnyValue:StringEquals", &["a", "b"], &["c", "d"], false),
        ("ForAnyValue:StringEquals", &["a", ""], &[""], false),
        ("ForAnyValue:StringNotEquals", &["a"], &["a", "b"], true),
        ("ForAnyValue:StringNotEquals", &["a"], &["a"], false),
        ("ForAnyValue:StringEquals", &["a"], &["a"], true),
        ("StringEquals", &["a", "b"], &["a", "b"], false),
        ("StringNotEquals", &["c"], &["a", "b"], true),
    ];
    for (operator, policy, request, expected) in rows {
        let found = holds(operator, policy, Some(request));
        assert_eq!(found, Truth::from(*expected), "{operator} {policy:?} {request:?}");
    }
}

#[test]
fn what_is_not_known_is_maybe_and_named() {
    let context = Context::new(Mode::Discovery);
    for operator in ["StringEquals", "StringNotEqualsIfExists", "ForAllValues:Bool", "Null"] {
        let condition = condition(operator, &["true"]);
        assert_eq!(condition.holds(&context), Truth::Maybe, "{operator}");
        assert_eq!(condition.unknown(&context), ["Some:Key"]);
    }
    assert!(condition("Null", &["true", "false"]).holds(&context).is_yes());
    let mut context = Context::new(Mode::Discovery);
    context.set("some:key", ["x"]);
    let by_variable = condition("StringLike", &["${a:B}", "y"]);
    assert_eq!(by_variable.holds(&context), Truth::Maybe);
    assert_eq!(by_variable.unknown(&context), ["a:B"]);
    assert!(condition("StringLike", &["${a:B}", "x"]).holds(&context).is_yes());
    assert!(condition("StringLike", &["y${a:B}"]).holds(&context).is_no());
}
