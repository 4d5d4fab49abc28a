//! What records act on.

use proptest::prelude::*;

use super::super::record::Record;
use super::*;

const ACCOUNT: &str = "111122223333";

fn found(source: &str, request: &str, resources_: &str) -> Vec<String> {
    let bytes = |json: &'static str| (!json.is_empty()).then_some(json.as_bytes());
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let record = Record {
        request: bytes(leak(request)),
        resources: bytes(leak(resources_)),
        name: Some("GetObject".into()),
        ..Record::default()
    };
    let found = resources(&record, source, "eu-west-1", ACCOUNT);
    found.into_iter().map(Cow::into_owned).collect()
}

#[test]
fn resources_come_before_what_the_request_names() {
    let request = r#"{"bucketName":"b","key":"k","x-amz-role":"arn:aws:iam::111122223333:role/r"}"#;
    let listed = r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k"},{"accountId":"111122223333","ARN":"arn:aws:s3:::b"}]"#;
    let role = "arn:aws:iam::111122223333:role/r";
    assert_eq!(
        found("s3.amazonaws.com", request, listed),
        ["arn:aws:s3:::b/k", "arn:aws:s3:::b", role]
    );
    assert_eq!(found("s3.amazonaws.com", request, ""), ["arn:aws:s3:::b/k", role]);
    assert_eq!(found("s3.amazonaws.com", request, "[]"), ["arn:aws:s3:::b/k", role]);
    assert_eq!(found("s3.amazonaws.com", "", listed), ["arn:aws:s3:::b/k", "arn:aws:s3:::b"]);
    assert!(found("s3.amazonaws.com", "", "").is_empty());
}

#[test]
fn a_prefix_is_a_pattern() {
    let listed = r#"[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::b/"},{"ARNPrefix":"arn:aws:s3:::c/*"}]"#;
    assert_eq!(found("s3.amazonaws.com", "", listed), ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]);
}

#[test]
fn keys_that_end_in_arn_come_first_and_each_arn_once() {
    let request = r#"{"tags":["arn:aws:a:::1","arn:aws:a:::2"],"n":{"topicArn":"arn:aws:sns:eu-west-1:111122223333:t"},
        "again":"arn:aws:a:::1","roleARN":"arn:aws:a:::2"}"#;
    let wanted = ["arn:aws:sns:eu-west-1:111122223333:t", "arn:aws:a:::2", "arn:aws:a:::1"];
    assert_eq!(found("sns.amazonaws.com", request, ""), wanted);
}

#[test]
fn a_request_that_is_a_text_or_is_hidden() {
    assert_eq!(found("x.amazonaws.com", r#""arn:aws:a:::1""#, ""), ["arn:aws:a:::1"]);
    assert!(found("s3.amazonaws.com", r#""HIDDEN_DUE_TO_SECURITY_REASONS""#, "").is_empty());
}

#[test]
fn a_policy_in_a_text_is_not_read() {
    let request = r#"{"policyDocument":"{\"Resource\":\"arn:aws:s3:::b/*\"}","userName":"ana"}"#;
    assert_eq!(found("iam.amazonaws.com", request, ""), ["arn:aws:iam::111122223333:user/ana"]);
}

#[test]
fn what_is_not_whole_is_no_arn() {
    let long = format!(r#"{{"xArn":"arn:aws:s3:::b/{}"}}"#, "k".repeat(LONGEST));
    assert!(found("x.amazonaws.com", &long, "").is_empty());
    for text in ["arn:", "arn:aws:iam", "arn:aws:s3:::", "arn:azure:a:b:c:d", "arn:aws:a::1"] {
        let request = format!(r#"{{"xArn":"{text}"}}"#);
        assert!(found("x.amazonaws.com", &request, "").is_empty(), "{text}");
    }
    assert_eq!(
        found("x.amazonaws.com", r#"{"a":"arn:aws:sns:r:1:t:"}"#, ""),
        ["arn:aws:sns:r:1:t:"]
    );
}

#[test]
fn there_is_an_end_to_the_resources_of_one_record() {
    let many: Vec<String> =
        (0..1000).map(|at| format!(r#"{{"ARN":"arn:aws:s3:::b/{at}"}}"#)).collect();
    let listed = format!("[{}]", many.join(","));
    let all = found("s3.amazonaws.com", &listed, &listed);
    assert_eq!((all.len(), &*all[0]), (MOST_RESOURCES, "arn:aws:s3:::b/0"));
    let items: Vec<String> = (0..1000).map(|at| format!(r#"{{"instanceId":"i-{at}"}}"#)).collect();
    let request = format!(r#"{{"instancesSet":{{"items":[{}]}}}}"#, items.join(","));
    assert_eq!(found("ec2.amazonaws.com", &request, "").len(), MOST_RESOURCES);
}

#[test]
fn what_needs_no_change_is_borrowed() {
    let record =
        Record { resources: Some(br#"[{"ARN":"arn:aws:s3:::b/k"}]"#), ..Record::default() };
    let found = resources(&record, "s3.amazonaws.com", "eu-west-1", ACCOUNT);
    assert!(matches!(found[..], [Cow::Borrowed(_)]));
}

proptest! {
    #[test]
    fn the_fifth_colon_is_found(text in "[:a;9\u{ba}]{0,40}") {
        let obvious = text.bytes().enumerate().filter(|(_, byte)| *byte == b':').nth(4);
        prop_assert_eq!(fifth_colon(text.as_bytes()), obvious.map(|(at, _)| at));
    }
}
