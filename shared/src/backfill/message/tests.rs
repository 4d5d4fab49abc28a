//! Messages of every sender, and those of none.

use proptest::prelude::*;

use super::*;

const LOG: &str = "a b/AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1/2026/08/03/\
                   111122223333_CloudTrail_eu-west-1_20260803T1205Z_AbCdEfGhIjKlMnOp.json.gz";

fn source() -> Source {
    Source { bucket: "trail".to_owned(), prefix: "a b/".to_owned() }
}

fn job(day: &str) -> Job {
    let unit = Unit { account: "111122223333".to_owned(), day: day.parse().unwrap() };
    Job { unit, regions: BTreeSet::new(), run: None }
}

fn one(body: &str) -> Read {
    read(body, &source()).unwrap()
}

/// A notice of S3 itself.
fn notice(name: &str, bucket: &str, key: &str) -> String {
    let record = json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventName": name,
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e"}},
    });
    json!({"Records": [record]}).to_string()
}

fn in_sns(message: &str) -> String {
    json!({"Type": "Notification", "MessageId": "x", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t",
           "Subject": "Amazon S3 Notification", "Message": message}).to_string()
}

fn from_event_bridge(kind: &str, key: &str) -> String {
    json!({"version": "0", "detail-type": kind, "source": "aws.s3", "account": "111122223333",
           "detail": {"version": "0", "bucket": {"name": "trail"}, "object": {"key": key, "size": 5}}})
    .to_string()
}

#[test]
fn every_sender_comes_to_the_day_of_the_object() {
    let encoded = LOG.replace(' ', "+");
    let s3 = notice("ObjectCreated:Put", "trail", &encoded);
    let trail = json!({"s3Bucket": "trail", "s3ObjectKey": [LOG]}).to_string();
    let bodies = [
        s3.clone(),
        notice("ObjectCreated:CompleteMultipartUpload", "trail", &LOG.replace(' ', "%20")),
        in_sns(&s3),
        from_event_bridge("Object Created", LOG),
        in_sns(&from_event_bridge("Object Created", LOG)),
        trail.clone(),
        in_sns(&trail),
        write(&job("2026-08-03")),
        in_sns(&in_sns(&s3)),
    ];
    for body in bodies {
        // What we send ourselves names a day, and no object.
        let objects = if body == write(&job("2026-08-03")) { None } else { Some(LOG.to_owned()) };
        let wanted = Read {
            jobs: [job("2026-08-03")].into(),
            objects: objects.into_iter().collect(),
            ignored: BTreeMap::new(),
        };
        assert_eq!(one(&body), wanted, "{body}");
    }
    let many = json!({"s3Bucket": "trail", "s3ObjectKey": [LOG, LOG, LOG.replace("/03/", "/04/")]});
    assert_eq!(one(&many.to_string()).jobs, [job("2026-08-03"), job("2026-08-04")].into());
}

#[test]
fn what_came_just_after_midnight_is_of_the_day_before_too() {
    for (time, days) in [
        ("0000", &["2026-08-02", "2026-08-03"][..]),
        ("0019", &["2026-08-02", "2026-08-03"]),
        ("0020", &["2026-08-03"]),
        ("2359", &["2026-08-03"]),
    ] {
        let key = LOG.replace("T1205Z", &format!("T{time}Z")).replace(' ', "+");
        let found = one(&notice("ObjectCreated:Put", "trail", &key)).jobs;
        assert_eq!(found, days.iter().map(|day| job(day)).collect(), "{time}");
    }
    // A name that tells no time may be of any.
    let (folder, _) = LOG.rsplit_once('/').unwrap();
    let key = format!("{folder}/renamed.json").replace(' ', "+");
    assert_eq!(one(&notice("ObjectCreated:Copy", "trail", &key)).jobs.len(), 2);
}

#[test]
fn keys_of_notices_are_form_encoded_and_others_are_not() {
    let at = |prefix: &str| Source { bucket: "trail".to_owned(), prefix: prefix.to_owned() };
    let key = LOG.strip_prefix("a b/").unwrap();
    for (prefix, encoded) in [
        ("a+b/", "a%2Bb/"),
        ("a b/", "a+b/"),
        ("Prüfung/日本/", "Pr%C3%BCfung/%E6%97%A5%E6%9C%AC/"),
        ("50%/", "50%25/"),
        ("x=y&z/", "x%3Dy%26z/"),
    ] {
        let s3 = notice("ObjectCreated:Put", "trail", &format!("{encoded}{key}"));
        let bridge = from_event_bridge("Object Created", &format!("{prefix}{key}"));
        for body in [s3, bridge] {
            assert_eq!(read(&body, &at(prefix)).unwrap().jobs.len(), 1, "{prefix}: {body}");
        }
    }
    let broken = notice("ObjectCreated:Put", "trail", "%FF/AWSLogs");
    assert!(read(&broken, &source()).unwrap_err().contains("not UTF-8"));
}

#[test]
fn what_is_not_for_us_is_counted_by_its_reason() {
    let of = |from: &str, to: &str| {
        notice("ObjectCreated:Put", "trail", &LOG.replace(from, to).replace(' ', "+"))
    };
    let rows = [
        (of("CloudTrail/", "CloudTrail-Digest/"), "digest"),
        (of("CloudTrail/", "CloudTrail-Insight/"), "insight"),
        (of("CloudTrail/", "CloudTrail-Aggregated/"), "aggregated"),
        (of("CloudTrail/", "Config/"), "not_a_log"),
        (of("a b/AWSLogs", "a b/other"), "not_a_log"),
        (of("a b/", ""), "other_prefix"),
        (notice("ObjectCreated:Put", "elsewhere", LOG), "other_bucket"),
        (notice("ObjectRemoved:Delete", "trail", LOG), "not_created"),
        (from_event_bridge("Object Deleted", LOG), "not_created"),
        (
            json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "trail"}).to_string(),
            "test",
        ),
        ("CloudTrail validation message.".to_owned(), "test"),
        (in_sns("CloudTrail validation message."), "test"),
        (
            json!({"Type": "SubscriptionConfirmation", "Message": "You have chosen"}).to_string(),
            "subscription",
        ),
    ];
    for (body, why) in rows {
        let wanted = Read { ignored: [(why, 1)].into(), ..Read::default() };
        assert_eq!(one(&body), wanted, "{body}");
    }
    assert_eq!(one(r#"{"Records": []}"#), Read::default());
}

#[test]
fn what_nobody_can_read_says_why() {
    let sns = in_sns(&in_sns(&in_sns("{}")));
    let version = r#"{"version": 2, "backfill": {"account": "111122223333", "day": "2026-08-03"}}"#;
    let bad_run = r#"{"version": 1, "backfill": {"account": "111122223333", "day": "2026-08-03", "run": "x"}}"#;
    let rows = [
        ("", "no JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "neither a day of logs nor a notice"),
        (r#"{"Records": [{"eventSource": "aws:sqs"}]}"#, "not one of S3"),
        (r#"{"Records": [{"eventSource": "aws:s3"}]}"#, "names no bucket"),
        (r#"{"s3Bucket": "trail", "s3ObjectKey": "x"}"#, "no list"),
        (r#"{"s3Bucket": "trail", "s3ObjectKey": [1]}"#, "no list of keys"),
        (version, "message version 2 is not 1"),
        (r#"{"backfill": {}}"#, "message version none"),
        (r#"{"version": 1, "backfill": {"account": "1", "day": "2026-08-03"}}"#, "no account"),
        (r#"{"version": 1, "backfill": {"account": "111122223333", "day": "today"}}"#, "no day"),
        (bad_run, "its run"),
        (sns.as_str(), "envelope in an envelope"),
    ];
    for (body, why) in rows {
        let error = read(body, &source()).unwrap_err();
        assert!(error.contains(why), "{body}: {error}");
    }
}

proptest! {
    #[test]
    fn our_own_messages_come_back(
        account in "[0-9]{12}",
        day in 0_i64..40_000,
        regions in prop::collection::btree_set("[a-z]{2}-[a-z]{4}-[0-9]", 0..3),
        run in prop::option::of("20[0-9]{6}T[0-9]{6}Z(-[a-z0-9]{1,9})?"),
    ) {
        let run = run.map(|run| run.parse().unwrap());
        let job = Job { unit: Unit { account, day: Day(day) }, regions, run };
        prop_assert_eq!(one(&write(&job)).jobs, [job].into());
    }

    #[test]
    fn no_text_is_too_odd(body in ".{0,200}", name in "Object(Created|Removed):.{0,9}", key in ".{0,99}") {
        drop(read(&body, &source()));
        drop(read(&in_sns(&body), &source()));
        drop(read(&notice(&name, "trail", &key), &source()));
        drop(read(&from_event_bridge("Object Created", &key), &source()));
    }
}
