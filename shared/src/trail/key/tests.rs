//! Keys as CloudTrail writes them, as people keep them, and as nobody should.

use proptest::prelude::*;

use super::*;

const DAY_OF_LOGS: i64 = 20_786;

fn read(key: &str) -> LogKey<'_> {
    LogKey::read(key).unwrap_or_else(|| panic!("{key}"))
}

#[test]
fn a_log_says_whose_it_is_and_when_it_came() {
    let key = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/29/\
               111122223333_CloudTrail_us-east-1_20261129T0835Z_Mu0KsOhtH1ar15ZZ.json.gz";
    let read = read(key);
    assert_eq!((read.prefix, read.organization), (None, None));
    assert_eq!((read.account, read.region), ("111122223333", "us-east-1"));
    assert_eq!((read.kind, read.day), (KeyKind::Log, DAY_OF_LOGS));
    assert_eq!(read.time, Some(DAY_OF_LOGS * DAY + 8 * 3_600 + 35 * 60));
    assert_eq!((read.trail, read.backfill), (None, false));
    assert_eq!(read.to_string(), key);
}

#[test]
fn prefixes_and_organizations_stand_before_the_account() {
    let tail = "444455556666/CloudTrail/eu-west-1/2026/11/29/x.json.gz";
    for (root, prefix, organization) in [
        ("AWSLogs", None, None),
        ("AWSLogs/o-exampleorgid", None, Some("o-exampleorgid")),
        ("a/b/AWSLogs", Some("a/b"), None),
        ("o-abc/AWSLogs/o-abc", Some("o-abc"), Some("o-abc")),
        ("AWSLogs/AWSLogs", Some("AWSLogs"), None),
        ("AWSLogs/o-abc/AWSLogs", Some("AWSLogs/o-abc"), None),
        ("/AWSLogs", Some(""), None),
        ("a//AWSLogs", Some("a/"), None),
        ("über uns+%20/AWSLogs", Some("über uns+%20"), None),
    ] {
        let key = format!("{root}/{tail}");
        let read = read(&key);
        assert_eq!((read.prefix, read.organization), (prefix, organization), "{key}");
        assert_eq!(read.to_string(), key);
    }
}

#[test]
fn folders_decide_what_an_object_is() {
    for (folder, kind, calls) in [
        ("CloudTrail", KeyKind::Log, true),
        ("CloudTrail-Digest", KeyKind::Digest, false),
        ("CloudTrail-Insight", KeyKind::Insight, false),
        ("CloudTrail-NetworkActivity", KeyKind::Network, true),
        ("CloudTrail-Aggregated", KeyKind::Aggregated, false),
        ("CloudTrail-Later", KeyKind::Other, false),
        ("vpcflowlogs", KeyKind::Other, false),
        ("cloudtrail", KeyKind::Other, false),
    ] {
        let key = format!(
            "AWSLogs/111122223333/{folder}/us-east-1/2026/11/29/\
             111122223333_{folder}_us-east-1_20261129T0000Z_Mu0KsOhtH1ar15ZZ.json.gz"
        );
        let read = read(&key);
        assert_eq!((read.kind, read.kind.holds_calls()), (kind, calls), "{folder}");
        let timed = !matches!(kind, KeyKind::Other | KeyKind::Digest);
        assert_eq!(read.time.is_some(), timed, "{folder}");
        assert_eq!(read.to_string(), key);
    }
}

#[test]
fn a_digest_says_its_trail_and_its_end() {
    for trail in ["main", "a_b", "a.b-c", "us-east-1_x", "x_backfill", "20261129T093000Z", "_"] {
        for backfill in [false, true] {
            let suffix = if backfill { "_backfill" } else { "" };
            let key = format!(
                "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/29/\
                 111122223333_CloudTrail-Digest_us-east-1_{trail}_eu-west-1_20261129T093015Z{suffix}.json.gz"
            );
            let read = read(&key);
            assert_eq!(read.kind, KeyKind::Digest);
            let named = read.trail.unwrap();
            assert_eq!((named.name, named.home_region), (trail, "eu-west-1"), "{key}");
            assert_eq!(read.time, Some(DAY_OF_LOGS * DAY + 9 * 3_600 + 30 * 60 + 15));
            assert_eq!(read.backfill, backfill);
            assert_eq!(read.to_string(), key);
        }
    }
}

#[test]
fn an_unknown_file_name_in_a_log_folder_is_still_a_log() {
    let folder = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/29";
    let log = "111122223333_CloudTrail_us-east-1_20261129T0835Z_Mu0KsOhtH1ar15ZZ";
    for (file, timed) in [
        (format!("{log}.json"), true),
        (format!("{log}.gz"), true),
        (log.to_owned(), true),
        ("copy.json.gz".to_owned(), false),
        ("x_20261129T0835Z.json.gz".to_owned(), false),
        ("a_20261399T0835Z_b.json.gz".to_owned(), false),
        ("a_20261129T2460Z_b.json.gz".to_owned(), false),
        ("a_20261129T083560Z_b.json.gz".to_owned(), false),
        ("a_19691231T2359Z_b.json.gz".to_owned(), false),
        ("a_２0261129T0835Z_b".to_owned(), false),
        ("_".to_owned(), false),
        ("ü".to_owned(), false),
    ] {
        let key = format!("{folder}/{file}");
        let read = read(&key);
        assert_eq!((read.kind, read.day), (KeyKind::Log, DAY_OF_LOGS), "{key}");
        assert_eq!(read.time.is_some(), timed, "{key}");
    }
}

#[test]
fn a_digest_with_a_name_of_its_own_has_no_trail() {
    let folder = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/29";
    for (file, timed) in [
        ("copy.json.gz", false),
        ("20261129T093015Z.json.gz", false),
        ("x_20261129T093015Z.json.gz", true),
        ("444455556666_CloudTrail-Digest_us-east-1_main_us-east-1_20261129T093015Z.json.gz", true),
        ("111122223333_CloudTrail-Digest_us-east-1__us-east-1_20261129T093015Z.json.gz", true),
        ("111122223333_CloudTrail-Digest_us-east-1_us-east-1_20261129T093015Z.json.gz", true),
    ] {
        let key = format!("{folder}/{file}");
        let read = read(&key);
        assert_eq!((read.kind, read.trail), (KeyKind::Digest, None), "{key}");
        assert_eq!(read.time.is_some(), timed, "{key}");
    }
}

#[test]
fn other_folders_are_no_key_of_a_log() {
    for key in [
        "",
        "/",
        "AWSLogs",
        "public-keys.json",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/29/",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/29",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/x.json.gz",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/29/08/x.json.gz",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/30/x.json.gz",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/+9/x.json.gz",
        "AWSLogs/111122223333/CloudTrail/us-east-1/1969/12/31/x.json.gz",
        "AWSLogs/111122223333/CloudTrail/US/2026/11/29/x.json.gz",
        "AWSLogs/11112222333/CloudTrail/us-east-1/2026/11/29/x.json.gz",
        "AWSLogs/１11122223333/CloudTrail/us-east-1/2026/11/29/x.json.gz",
        "AWSLogs/x-abc/111122223333/CloudTrail/us-east-1/2026/11/29/x.json.gz",
        "111122223333/CloudTrail/us-east-1/2026/11/29/x.json.gz",
        "o-abc/111122223333/CloudTrail/us-east-1/2026/11/29/x.json.gz",
        "awslogs/111122223333/CloudTrail/us-east-1/2026/11/29/x.json.gz",
    ] {
        assert_eq!(LogKey::read(key), None, "{key}");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_written_again(
        prefix in proptest::option::of("[a-z/]{0,8}"),
        organization in proptest::option::of("o-[a-z0-9]{1,32}"),
        account in "[0-9]{12}",
        folder in "(CloudTrail(-Digest|-Insight|-Aggregated)?|[A-Za-z]{1,9})",
        region in "[a-z]{2}-[a-z]{4,9}-[1-9]",
        date in (1970_i16..=9998, 1_i8..=12, 1_i8..=28),
        file in "[^/]{1,60}",
    ) {
        let prefix = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
        let organization = organization.map(|id| format!("{id}/")).unwrap_or_default();
        let (year, month, day) = date;
        let key = format!(
            "{prefix}AWSLogs/{organization}{account}/{folder}/{region}/{year}/{month:02}/{day:02}/{file}"
        );
        let read = LogKey::read(&key).unwrap();
        prop_assert_eq!(read.to_string(), key.as_str());
        prop_assert_eq!((read.account, read.region), (account.as_str(), region.as_str()));
    }

    #[test]
    fn any_text_is_read_or_refused(key in "\\PC*|(AWSLogs|[0-9]{12}|2026|11|29|CloudTrail-Digest|_|/|Z){0,24}") {
        if let Some(read) = LogKey::read(&key) {
            prop_assert_eq!(read.to_string(), key);
        }
    }

    #[test]
    fn names_of_digests_keep_any_trail(
        trail in "[A-Za-z0-9._-]{3,128}",
        time in 0_i64..4_000_000_000,
        backfill: bool,
    ) {
        let stamp = jiff::Timestamp::from_second(time).unwrap();
        let (folder, stamp) = (stamp.strftime("%Y/%m/%d"), stamp.strftime("%Y%m%dT%H%M%SZ"));
        let suffix = if backfill { "_backfill" } else { "" };
        let key = format!(
            "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/{folder}/\
             111122223333_CloudTrail-Digest_us-east-1_{trail}_us-east-1_{stamp}{suffix}.json.gz"
        );
        let read = LogKey::read(&key).unwrap();
        prop_assert_eq!(read.time, Some(time));
        prop_assert_eq!(read.trail.map(|trail| trail.name), Some(trail.as_str()));
        prop_assert_eq!(read.backfill, backfill);
    }
}

#[test]
fn a_prefix_ends_in_one_slash_or_is_none() {
    for (text, expected) in [
        ("", ""),
        ("/", ""),
        ("logs", "logs/"),
        ("/a/b/", "a/b/"),
        ("AWSLogs", ""),
        ("/AWSLogs/", ""),
        ("a/AWSLogs/", "a/"),
        ("a/MyAWSLogs", "a/MyAWSLogs/"),
    ] {
        assert_eq!(prefix(text), expected, "{text}");
    }
}
