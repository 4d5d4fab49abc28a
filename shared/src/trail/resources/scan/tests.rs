//! The scanners against a tree of JSON.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn found(json: &str) -> Vec<(Key, String)> {
    arns(json.as_bytes()).map(|(key, text)| (key, text.into_owned())).collect()
}

#[test]
fn arns_and_their_keys() {
    let rows: &[(&str, &[(Key, &str)])] = &[
        (r#"{"roleArn":"arn:a"}"#, &[(Key::Arn, "arn:a")]),
        (r#"{ "roleArn" : "arn:a" }"#, &[(Key::Arn, "arn:a")]),
        (r#"{"aRN":"arn:a","aws:s3:arn":"arn:b"}"#, &[(Key::Arn, "arn:a"), (Key::Arn, "arn:b")]),
        (
            r#"[{"ARN":"arn:a"},{"ARNPrefix":"arn:b"}]"#,
            &[(Key::Arn, "arn:a"), (Key::Prefix, "arn:b")],
        ),
        (r#"{"arns":["arn:a","arn:b"]}"#, &[(Key::Other, "arn:a"), (Key::Other, "arn:b")]),
        (r#""arn:a""#, &[(Key::Other, "arn:a")]),
        (r#"{"x":"arn:a\"b\\"}"#, &[(Key::Other, r#"arn:a"b\"#)]),
        (r#"{"x":"arn:\u00e9\/"}"#, &[(Key::Other, "arn:é/")]),
        (r#"{"x":"\\\\","y":"arn:a"}"#, &[(Key::Other, "arn:a")]),
        // What is no text of its own, or no text at all.
        (r#"{"policy":"{\"Resource\":\"arn:a\"}"}"#, &[]),
        (r#"{"arn:a":"x"}"#, &[]),
        (r#"{"arn:a" : "x"}"#, &[]),
        (r#"{"x":"see arn:a"}"#, &[]),
        (r#"{"x":"arn:a"#, &[]),
        (r#"{"x":"arn:\q"}"#, &[]),
        (r#"{"x":"arn:a\"#, &[]),
    ];
    for (json, wanted) in rows {
        let wanted: Vec<_> = wanted.iter().map(|(key, text)| (*key, (*text).to_owned())).collect();
        assert_eq!(found(json), wanted, "{json}");
    }
}

#[test]
fn what_needs_no_decoding_is_not_copied() {
    let decode = |json: &'static [u8]| fields(json).next().unwrap().value.decode();
    assert!(matches!(decode(b"\"abc\""), Some(Cow::Borrowed("abc"))));
    assert_eq!(decode(br#""a\nb""#).as_deref(), Some("a\nb"));
    assert_eq!(decode(b"\"\xff\""), None);
    assert_eq!(decode(br#""\ud800""#).as_deref(), Some("\u{fffd}"));
    assert_eq!(decode(br#""\ud8""#), None);
}

#[test]
fn fields_know_their_key_and_its_depth() {
    let json = br#"{"a":"1","b":{"c":["2","3"],"d":4},"e":[{"f":"5"}],"g":null,"h":"6"}"#;
    let all: Vec<_> = fields(json)
        .map(|field| [field.key, field.value.bytes].map(|text| std::str::from_utf8(text).unwrap()))
        .collect();
    assert_eq!(all, [["a", "1"], ["c", "2"], ["c", "3"], ["f", "5"], ["h", "6"]]);
    let depths: Vec<_> = fields(json).map(|field| field.depth).collect();
    assert_eq!(depths, [1, 2, 2, 3, 1]);
    assert_eq!(fields(b"]]}}\"x").count(), 0);
    assert_eq!(fields(br#"]]"x""#).count(), 1);
}

/// All texts of a tree that are not keys, in their order.
fn texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| texts(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, into)),
        _ => {}
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let text = "(arn:)?[a-z:\"\\\\/é\u{1}{},\\[\\]]{0,12}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        text.prop_map(Value::String)
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec((text, inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_scanners_find_what_a_tree_has(tree in tree(), pretty: bool) {
        let json = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) };
        let json = json.unwrap();
        let mut wanted = Vec::new();
        texts(&tree, &mut wanted);
        let all: Vec<String> =
            fields(json.as_bytes()).map(|field| field.value.decode().unwrap().into_owned()).collect();
        prop_assert_eq!(&all, &wanted);
        wanted.retain(|text| text.starts_with("arn:"));
        let arns: Vec<String> = found(&json).into_iter().map(|(_, text)| text).collect();
        prop_assert_eq!(arns, wanted);
    }

    /// Bytes that differ from the two in one bit or by one are the ones that might be taken for them.
    #[test]
    fn a_mark_is_where_memchr_finds_it(bytes in proptest::collection::vec(
        prop_oneof![2 => any::<u8>(), 1 => prop::sample::select(b"\"\\!#[]\xa2\xdc\0\x01\x80".to_vec())], 0..40,
    )) {
        prop_assert_eq!(mark(&bytes), memchr::memchr2(b'"', b'\\', &bytes));
    }

    #[test]
    fn hostile_bytes_end(mut bytes in proptest::collection::vec(
        prop_oneof![Just(b'"'), Just(b'\\'), Just(b':'), Just(b'{'), Just(b'['), any::<u8>()], 0..300,
    )) {
        let (_, _) = (arns(&bytes).count(), fields(&bytes).count());
        bytes.splice(0..0, *b"\"arn:");
        let (_, _) = (arns(&bytes).count(), fields(&bytes).count());
    }
}
