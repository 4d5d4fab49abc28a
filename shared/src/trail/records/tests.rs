//! Logs in every form, and broken in every way.

use proptest::prelude::*;

use super::*;

/// Each record as its id, or why not.
type Given = Vec<Result<String, BadRecord>>;

fn read(log: impl AsRef<[u8]>) -> Result<Given, Foreign> {
    let mut given = Given::new();
    let counted = read_records(log.as_ref(), |record| {
        given.push(record.map(|record| Record::text(record.id.as_ref()).into_owned()));
    })?;
    assert_eq!(counted.read, given.iter().filter(|record| record.is_ok()).count() as u64);
    assert_eq!(counted.bad, given.iter().filter(|record| record.is_err()).count() as u64);
    Ok(given)
}

fn record(id: &str) -> String {
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"Root\"}},\"eventID\":\"{id}\"}}"
    )
}

fn ids(ids: &[&str]) -> Given {
    ids.iter().map(|id| Ok((*id).to_owned())).collect()
}

type One = Result<String, BadRecord>;

fn bad(index: u64, reason: Reason) -> One {
    One::Err(BadRecord { index, reason })
}

#[test]
fn every_form_of_a_log_is_read() {
    let (a, b) = (record("a"), record("b"));
    let envelope = |record: &str| {
        format!(
            "{{\"version\":\"0\",\"id\":\"x\",\"detail-type\":\"AWS API Call via CloudTrail\",\"account\":\"111122223333\",\"resources\":[],\"detail\":{record}}}"
        )
    };
    for log in [
        format!("{{\"Records\":[{a},{b}]}}"),
        format!("\u{feff}{{\"Records\":[{a},{b}]}}"),
        format!(" {{ \"Records\" : [ {a} , {b} ] }} \n"),
        format!(
            "{{\"a\":{{\"Records\":[1]}},\"b\":[{{}}],\"Records\":[{a},{b}],\"c\":{{\"d\":[]}},\"e\":1}}"
        ),
        format!("{{\"Records\":[{a}],\"Records\":[{b}]}}"),
        format!("[{a},{b}]"),
        format!("{a}\n{b}\n"),
        format!("{a}\r\n\r\n{b}"),
        format!("{a}{b}"),
        format!("{{\"Records\":[{a}]}}\n{{\"Records\":[{b}]}}"),
        format!("[{a}][{b}]"),
        format!("{}\n{}", envelope(&a), envelope(&b)),
        format!("[{},{}]", envelope(&a), envelope(&b)),
        format!("{{\"Records\":[{},{b}]}}", envelope(&a)),
    ] {
        assert_eq!(read(&log), Ok(ids(&["a", "b"])), "{log}");
    }
    assert_eq!(read(&a), Ok(ids(&["a"])));
    assert_eq!(read(envelope(&a)), Ok(ids(&["a"])));
    assert_eq!(read(r#"{"Records":[]}"#), Ok(ids(&[])));
    assert_eq!(read("[]"), Ok(ids(&[])));
}

#[test]
fn what_is_no_log_is_named() {
    let digest = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-11-29T08:00:00Z","digestEndTime":"2026-11-29T09:00:00Z","logFiles":[]}"#;
    for (log, foreign) in [
        ("", Foreign::Empty),
        (" \n\t", Foreign::Empty),
        ("\u{feff}", Foreign::Empty),
        (digest, Foreign::Digest),
        ("<!DOCTYPE html><html>", Foreign::Markup),
        ("\n<?xml version=\"1.0\"?><Error/>", Foreign::Markup),
        (r#"{"Version":"2012-10-17","Statement":[]}"#, Foreign::Json),
        (r#"{"Records":null}"#, Foreign::Json),
        (r#"{"Records":{"eventID":"a"}}"#, Foreign::Json),
        ("{}", Foreign::Json),
        ("17", Foreign::Other),
        ("eventID,eventName\n", Foreign::Other),
        ("{eventID:1}", Foreign::Other),
        ("\0\0\0", Foreign::Other),
    ] {
        assert_eq!(read(log), Err(foreign), "{log}");
    }
}

#[test]
fn a_bad_record_fails_alone() {
    let (a, b) = (record("a"), record("b"));
    let deep = format!(
        "{{\"eventID\":\"x\",\"requestParameters\":{}{}}}",
        "[".repeat(200),
        "]".repeat(200)
    );
    for (broken, reason) in [
        (r#"{"eventID" "x"}"#, Reason::Malformed),
        (r#"{"eventID":"x",}"#, Reason::Malformed),
        (r#"{"eventID":"x" "eventName":"y"}"#, Reason::Malformed),
        (r#"{"eventID":nope}"#, Reason::Malformed),
        (r#"{"eventID":"\q"}"#, Reason::Malformed),
        (r#"{"eventID":"\ud8"}"#, Reason::Malformed),
        (r#"{"eventID":"x","requestParameters":{"a":[}]}"#, Reason::Malformed),
        (r"{17:1}", Reason::Malformed),
        (deep.as_str(), Reason::TooDeep),
        ("{}", Reason::NotARecord),
        (r#"{"Effect":"Allow"}"#, Reason::NotARecord),
        ("null", Reason::NotARecord),
        ("17", Reason::NotARecord),
        (r#""{\"eventID\":1}""#, Reason::NotARecord),
        (r#"[{"eventID":"x"}]"#, Reason::NotARecord),
    ] {
        for log in [format!("{{\"Records\":[{a},{broken},{b}]}}"), format!("[{a},{broken},{b}]")] {
            let given = vec![Ok("a".to_owned()), bad(1, reason), Ok("b".to_owned())];
            assert_eq!(read(&log), Ok(given), "{log}");
        }
    }
    assert_eq!(
        read(format!("[{a},{b},]")),
        Ok(vec![Ok("a".to_owned()), Ok("b".to_owned()), bad(2, Reason::Malformed)])
    );
    let lost = vec![Ok("a".to_owned()), bad(1, Reason::Malformed)];
    assert_eq!(read(format!("[{a} {b}]")), Ok(lost.clone()));
    assert_eq!(read(format!("[{a},nope,{b}]")), Ok(lost));
}

#[test]
fn what_is_not_utf_8_fails_alone() {
    for broken in
        [&b"{\"eventID\":\"\xff\"}"[..], b"{\"eventID\":\"x\",\"tlsDetails\":{\"a\":\"\xc3\"}}"]
    {
        let (before, after) = (record("é"), record("ü"));
        let log = [&b"["[..], before.as_bytes(), b",", broken, b",", after.as_bytes(), b"]"];
        let given = vec![Ok("é".to_owned()), bad(1, Reason::Encoding), Ok("ü".to_owned())];
        assert_eq!(read(log.concat()), Ok(given));
    }
}

#[test]
fn a_bad_line_fails_alone() {
    let (a, b) = (record("a"), record("b"));
    for broken in [
        "{\"eventID\":\"x",
        "{\"eventID\":\"x\"",
        "{\"eventID\":",
        "{",
        "{\"eventName\":\"x\",,}",
        "nonsense",
    ] {
        let given = read(format!("{a}\n{broken}\n{b}\n")).unwrap();
        assert_eq!(given.len(), 3, "{broken}: {given:?}");
        assert!(given[1].is_err(), "{broken}");
        assert_eq!([&given[0], &given[2]], [&Ok("a".to_owned()), &Ok("b".to_owned())], "{broken}");
    }
}

#[test]
fn a_log_that_is_cut_gives_all_before() {
    let log = format!("{{\"Records\":[{},{},{}]}}", record("a"), record("b"), record("c"));
    let ends: Vec<usize> = log.match_indices("\"}").map(|(place, _)| place + 2).collect();
    let ends = [ends[1], ends[3], ends[5]];
    for cut in 0..log.len() {
        let given = read(log.get(..cut).unwrap());
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let mut expected = ids(&["a", "b", "c"][..whole]);
        expected.push(bad(whole as u64, Reason::Cut));
        match given {
            Err(Foreign::Empty) => assert_eq!(cut, 0),
            given => {
                assert_eq!(given, Ok(expected), "{}", log.get(..cut).unwrap());
            }
        }
    }
    assert_eq!(read(&log), Ok(ids(&["a", "b", "c"])));
    let one = record("a");
    for cut in 1..one.len() {
        assert_eq!(
            read(one.get(..cut).unwrap()),
            Ok(vec![bad(0, Reason::Cut)]),
            "{}",
            one.get(..cut).unwrap()
        );
    }
}

/// Behind a text that is broken, what the index takes for texts and what the cursor does are each other's inverse.
#[test]
fn brackets_behind_a_broken_text_are_no_trap() {
    let log = r#"{"eventID":"x","userIdentity":{"
{"a":"b","uIdentity":{"c":d.com"},"e":"f"}}"#;
    assert!(read(log).unwrap().iter().all(Result::is_err));
}

#[test]
fn a_bad_record_says_which_and_why() {
    assert_eq!(BadRecord { index: 7, reason: Reason::Cut }.to_string(), "record 7 is cut off");
}

proptest! {
    /// Of what `serde_json` reads as a log, the same records are read, in whatever form and window.
    #[test]
    fn records_are_those_of_serde_json(values in proptest::collection::vec(crate::trail::scan::tests::value(), 0..6), sizes in proptest::collection::vec(0..200_000_usize, 0..6), pretty: bool) {
        let records: Vec<serde_json::Value> = values.into_iter().zip(sizes.into_iter().chain(std::iter::repeat(0))).enumerate()
            .map(|(id, (value, size))| serde_json::json!({"eventID": id.to_string(), "requestParameters": value, "zeal": "z".repeat(size)}))
            .collect();
        let expected: Given = (0..records.len()).map(|id| Ok(id.to_string())).collect();
        let log = serde_json::json!({"Before": records.first(), "Records": records, "aftermath": records.last()});
        let log = if pretty { serde_json::to_string_pretty(&log) } else { serde_json::to_string(&log) }.unwrap();
        prop_assert_eq!(read(&log), Ok(expected));
    }

    /// Whatever it is, reading ends, and accounts for all that it gives.
    #[test]
    fn anything_can_be_read(bytes in proptest::collection::vec(proptest::sample::select(&b"{}[]\",:\\ \nRe17"[..]), 0..200), start in proptest::sample::select(&["", "[", "{\"Records\":[", "{\"eventID\":\"a\"}\n"][..])) {
        read([start.as_bytes(), &bytes].concat()).unwrap_or_default();
    }
}
