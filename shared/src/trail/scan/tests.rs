//! The two cursors against `serde_json`, and against each other.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// What reading one value gives: where it ends, or why it has none.
fn skipped<'a>(mut scan: impl Scan<'a>) -> Result<usize, Fault> {
    scan.skip().map(|()| scan.at())
}

fn plain(bytes: &[u8]) -> Result<usize, Fault> {
    skipped(Plain::new(bytes))
}

fn indexed(bytes: &[u8]) -> Result<usize, Fault> {
    skipped(Indexed::new(bytes, &mut Index::default()))
}

/// Any JSON value, nested.
pub(in crate::trail) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((text(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Text with what is hard about text: brackets, quotes, backslashes, and lengths around a block.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,8}",
        r#"[]\[{}",:\\ y_é😀\n\u{1}]{0,12}"#,
        r#"\\{0,9}"?"#,
        "[a-z]{60,68}\"?",
        "[a-z\\\\]{120,140}"
    ]
}

#[test]
fn what_is_structurally_broken_is_an_error() {
    use Fault::{End, Malformed};
    for (text, fault) in [
        ("", End),
        (" \n", End),
        ("{", End),
        ("[[]", End),
        (r#"{"a":"b"#, End),
        (r#"{"a":"b\"}"#, End),
        (r#""a\"#, End),
        ("nul", End),
        ("{]", Malformed),
        ("[{]}", Malformed),
        ("nule ", Malformed),
        ("01,", Malformed),
        ("y ", Malformed),
        ("} ", Malformed),
        (", ", Malformed),
    ] {
        assert_eq!(indexed(text.as_bytes()), Err(fault), "{text}");
        assert_eq!(plain(text.as_bytes()), Err(fault), "{text}");
    }
}

#[test]
fn the_plain_cursor_holds_everything_to_the_grammar() {
    for text in [
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{,"a":1}"#,
        r#"{"a" 1}"#,
        "[1,]",
        "[1 2]",
        "[,]",
        r"{1:2}",
        r#"["\x"]"#,
        "[\"\n\"]",
        r#"["\ud8"]"#,
    ] {
        assert_eq!(plain(text.as_bytes()), Err(Fault::Malformed), "{text}");
    }
    assert_eq!(plain(b"[\"\xff\"]"), Err(Fault::Encoding));
}

#[test]
fn hostile_nesting_is_an_error() {
    for open in ["[", "{\"a\":", "[{\"a\":["] {
        let text = open.repeat(1_000_000);
        assert_eq!(indexed(text.as_bytes()), Err(Fault::Deep), "{open}");
        assert_eq!(plain(text.as_bytes()), Err(Fault::Deep), "{open}");
    }
    let deepest = "[".repeat(DEEPEST) + &"]".repeat(DEEPEST);
    assert_eq!(indexed(deepest.as_bytes()), Ok(2 * DEEPEST));
    assert_eq!(plain(deepest.as_bytes()), Ok(2 * DEEPEST));
    let serdes = "[".repeat(127) + &"]".repeat(127);
    assert!(serde_json::from_str::<Value>(&serdes).is_ok());
}

#[test]
fn huge_texts_are_gone_over() {
    let huge = format!("[\"{}\\\"{}\"]", "x".repeat(1 << 20), "}".repeat(1 << 20));
    assert_eq!(indexed(huge.as_bytes()), Ok(huge.len()));
    assert_eq!(plain(huge.as_bytes()), Ok(huge.len()));
}

proptest! {
    /// Values are written with whatever white space, and all ways end where `serde_json` wrote the end.
    #[test]
    fn a_value_ends_where_it_was_written_to(value in value(), pretty: bool, before in "[ \n\t\r]{0,70}", after in "[ ,\\]}]") {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let text = before + &text;
        let more = text.clone() + &after;
        prop_assert_eq!(indexed(more.as_bytes()), Ok(text.len()));
        prop_assert_eq!(plain(more.as_bytes()), Ok(text.len()));
    }

    #[test]
    fn a_text_is_read_as_serde_json_reads_it(text in text()) {
        let written = serde_json::to_string(&text).unwrap();
        let mut index = Index::default();
        let (mut slow, mut fast) = (None, None);
        prop_assert_eq!(Plain::new(written.as_bytes()).text_or_skip(&mut slow), Ok(()));
        prop_assert_eq!(Indexed::new(written.as_bytes(), &mut index).text_or_skip(&mut fast), Ok(()));
        for read in [slow, fast] {
            prop_assert_eq!(read.as_deref().unwrap_or_default(), &text);
            let is_plain = written.len() == text.len() + 2;
            prop_assert!(read.is_none_or(|read| matches!(read, Cow::Borrowed(_)) == is_plain));
        }
    }

    /// Of broken values, the plain cursor accepts what `serde_json` does, and the other nothing less.
    #[test]
    fn what_serde_json_accepts_is_accepted(value in value(), edits in proptest::collection::vec((any::<proptest::sample::Index>(), proptest::sample::select(&b"{}[]\",:\\ y0ae.\xff"[..])), 0..3)) {
        let mut text = serde_json::to_vec(&value).unwrap();
        for (place, byte) in edits {
            let place = place.index(text.len());
            text[place] = byte;
        }
        text.push(b' ');
        let slow = serde_json::from_slice::<Value>(&text).is_ok();
        let whole = Ok(text.len() - 1);
        if slow {
            prop_assert_eq!(indexed(&text), whole);
        }
        // `serde_json` refuses numbers that a double cannot hold.
        let held = !text.contains(&b'e');
        prop_assert!(slow == (plain(&text) == whole) || (!slow && !held), "{}", String::from_utf8_lossy(&text));
    }
}
