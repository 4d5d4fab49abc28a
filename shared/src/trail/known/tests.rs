//! What is known is what would have been read.

use proptest::prelude::*;

use super::*;
use crate::trail::normalize::normalize;
use crate::trail::records::{Kept, read_with};

/// Identities as they come, and as they do not: odd values, keys that come twice, escapes, text that is broken.
fn identity() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        Just("\"\"".to_owned()),
        Just("null".to_owned()),
        Just(r#""a\u0062\"c""#.to_owned()),
        Just(r#""\ud800""#.to_owned()),
        Just("{}".to_owned()),
        Just(r#"["arn:aws:iam::111122223333:role/r"]"#.to_owned()),
        Just("7".to_owned()),
        "\"(AROAEXAMPLE:|arn:aws:sts::111122223333:assumed-role/r/)?[a-cü]{1,3}\"",
        Just("\"AssumedRole\"".to_owned()),
        Just("\"IAMUser\"".to_owned()),
        Just("\"AWSService\"".to_owned()),
    ];
    let key = prop_oneof![
        Just("type"),
        Just("principalId"),
        Just("arn"),
        Just("accountId"),
        Just("accessKeyId"),
        Just("userName"),
        Just("invokedBy"),
        Just("identityProvider"),
        Just("other"),
    ];
    let nested = prop_oneof![
        Just(String::new()),
        Just(r#","onBehalfOf":{"userId":"u-1","more":[{}]}"#.to_owned()),
        Just(r#","sessionContext":{"sourceIdentity":"ana"}"#.to_owned()),
        Just(r#","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/r"},"attributes":{"mfaAuthenticated":"false"}}"#.to_owned()),
        Just(r#","sessionContext":{"sessionIssuer":{"type":"Role","#.to_owned()),
        Just(",\"broken\":[}".to_owned()),
        Just(format!(",\"long\":\"{}\"", "x".repeat(LONGEST))),
    ];
    (proptest::collection::vec((key, text), 0..6), nested).prop_map(|(members, nested)| {
        let members: Vec<String> =
            members.into_iter().map(|(key, text)| format!("\"{key}\":{text}")).collect();
        let members = if members.is_empty() { "\"x\":0".to_owned() } else { members.join(",") };
        format!("{{{members}{nested}}}")
    })
}

/// What becomes of each record: all that is said of it, and whether it is said by what is known.
fn told(log: &str, kept: &mut Kept) -> (Vec<String>, usize) {
    let (mut all, mut known) = (Vec::new(), 0);
    let read = read_with(log.as_bytes(), kept, &mut |record| {
        all.push(match record {
            Ok(record) => {
                let activity = normalize(record, "111122223333").map(|mut activity| {
                    known += usize::from(activity.known.take().is_some());
                    activity
                });
                format!("{activity:?} {:?}", *record.identity)
            }
            Err(bad) => format!("{:?}", bad.reason),
        });
    });
    all.push(format!("{read:?}"));
    (all, known)
}

fn record(identity: &str, id: usize) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"2026-11-29T08:30:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","eventID":"{id}"}}"#
    )
}

proptest! {
    #[test]
    fn what_is_known_is_what_would_have_been_read(
        pool in proptest::collection::vec(identity(), 1..4),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let records: Vec<String> = order
            .iter()
            .enumerate()
            .map(|(id, of)| record(&pool[of.index(pool.len())], id))
            .collect();
        let log = format!("{{\"Records\":[{}]}}", records.join(","));
        let (fresh, _) = told(&log, &mut Kept::default());
        let mut kept = Kept::default();
        for _ in 0..3 {
            prop_assert_eq!(&told(&log, &mut kept).0, &fresh);
        }
        // Each by itself, where none is broken: then nothing is known of any.
        let is_whole = |text: &String| serde_json::from_str::<serde_json::Value>(text).is_ok();
        for (at, record) in records.iter().enumerate().filter(|_| pool.iter().all(is_whole)) {
            let (alone, known) = told(record, &mut Kept::default());
            prop_assert_eq!(known, 0);
            prop_assert_eq!(&fresh[at], &alone[0]);
        }
    }

    #[test]
    fn bytes_are_known_from_the_second_time_on(identity in identity(), other in identity()) {
        let mut memo = Memo::default();
        let raw = identity.as_bytes();
        memo.missed(raw);
        prop_assert_eq!(memo.find(raw), None);
        memo.missed(raw);
        let whole = serde_json::from_slice::<serde_json::Value>(raw).is_ok();
        prop_assert_eq!(memo.find(raw).is_some(), whole && raw.len() <= LONGEST);
        if other != identity {
            prop_assert_eq!(memo.find(other.as_bytes()), None);
        }
    }
}

#[test]
fn what_came_twice_is_found_by_all_that_follow() {
    let ana = r#"{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ana","accessKeyId":"AKIAEXAMPLE"}"#;
    let log: Vec<String> = (0..10).map(|id| record(ana, id)).collect();
    let (_, known) = told(&log.join("\n"), &mut Kept::default());
    assert_eq!(known, 8);
}

#[test]
fn both_ends_may_be_alike() {
    let of = |middle: &str| {
        let (first, last) = ("a".repeat(END), "b".repeat(END));
        format!(r#"{{"principalId":"{first}{middle}{last}"}}"#)
    };
    let (one, other) = (of("1"), of("2"));
    let mut memo = Memo::default();
    for text in [&one, &one, &other] {
        memo.missed(text.as_bytes());
    }
    let numbers: Vec<NonZeroU64> = [&one, &other]
        .iter()
        .filter_map(|text| memo.find(text.as_bytes()))
        .map(Known::number)
        .collect();
    assert_eq!(numbers.len(), 1);
    assert_eq!(
        memo.find(other.as_bytes()).unwrap().principal(),
        identity::principal(memo.find(other.as_bytes()).unwrap().identity())
    );
}
