//! Resources on the demo's store: how many, which, and one with everything that is known of it.

use std::fs;

use accesstrail_shared::testing::company::CANARY;
use serde_json::Value;

use crate::world::DEMO;

const BUCKET: &str = "arn:aws:s3:::acme-shop-assets";

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[test]
fn the_demo_says_how_many_of_which_type() {
    let types = DEMO.document["resources_by_type"].as_object().unwrap();
    let total: u64 = types.values().map(count).sum();
    assert_eq!(count(&DEMO.document["resources"]), total);
    assert_eq!(DEMO.document["entities_by_kind"]["resource"], total);
    for it in ["AWS::EC2::Instance", "AWS::S3::Bucket", "AWS::KMS::Grant", "AWS::Bedrock::Agent"] {
        assert!(types.contains_key(it), "{it} in {types:?}");
    }
    let status = DEMO.json(&["status"], "status");
    assert_eq!(status["resources_by_type"], DEMO.document["resources_by_type"]);
    let text = DEMO.run(&["status"]).out;
    let line = text.lines().find(|line| line.starts_with("resources")).unwrap();
    assert!(line.contains(&format!("{total}: ")) && line.contains(" more types"), "{line}");
}

#[test]
fn what_the_demo_proposes_can_be_typed() {
    for line in DEMO.document["next"].as_array().unwrap() {
        let arguments: Vec<&str> = line.as_str().unwrap().split(' ').collect();
        let ran = DEMO.run(&arguments);
        // The demo's logs were tampered with, which is found.
        let expected: &[i32] = if arguments[0] == "verify-logs" { &[7] } else { &[0, 2] };
        assert!(expected.contains(&ran.code), "{line}: {ran:?}");
    }
}

#[test]
fn resources_are_listed_by_type() {
    for (it, expected) in DEMO.document["resources_by_type"].as_object().unwrap() {
        let document = DEMO.json(&["list", "resource", "--type", it], "list");
        assert_eq!(&document["count"], expected, "{it}");
        let entities = document["entities"].as_array().unwrap();
        assert!(
            entities.iter().all(|one| one["attributes"]["resource_type"] == it.as_str()),
            "{it}"
        );
    }
    // In any case, short or whole, and several of them.
    let two = ["list", "resource", "--type", "aws::s3::bucket", "--type", "SQS::Queue"];
    let types = &DEMO.document["resources_by_type"];
    let expected = count(&types["AWS::S3::Bucket"]) + count(&types["AWS::SQS::Queue"]);
    assert_eq!(DEMO.json(&two, "list")["count"], expected);
    let text = DEMO.run(&["list", "resource", "--type", "AWS::S3::Bucket"]).out;
    for word in ["TYPE", "REGION", "ACTS AS", "acme-shop-assets", "web-prod"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn a_type_is_one_of_resources() {
    let wrong = DEMO.run(&["list", "user", "--type", "AWS::S3::Bucket"]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(wrong.err.contains("list resource --type AWS::S3::Bucket"), "{}", wrong.err);
    let unknown = DEMO.run(&["list", "resource", "--type", "bucket"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("AWS::S3::Bucket"), "{}", unknown.err);
}

#[test]
fn a_bucket_is_shown_with_its_policy_settings_and_tags() {
    let text = DEMO.run(&["show", BUCKET]).out;
    for part in [
        "\nresource policy\n",
        "\"Sid\": \"Everybody\"",
        "\nencryption\n",
        "AES256",
        "\nversioning\n",
        "\nresource tags\n",
        "owner = web",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let document = DEMO.json(&["show", BUCKET], "entity");
    let aspects = document["aspects"].as_array().unwrap();
    let of = |kind: &str| aspects.iter().filter(|one| one["kind"] == kind).count();
    assert_eq!((of("resource-policy"), of("resource-tags")), (1, 1), "{document}");
    assert!(of("resource-setting") >= 8, "{document}");
}

#[test]
fn a_role_says_what_acts_as_it() {
    let text = DEMO.run(&["show", "shop-api", "--kind", "role", "--account", "web-prod"]).out;
    assert!(text.contains("acts for") && text.contains("AWS::Lambda::Function"), "{text}");
    let text = DEMO.run(&["show", "shop-web", "--kind", "role", "--account", "web-prod"]).out;
    assert!(text.contains("acts for (2)") && text.contains("AWS::EC2::Instance"), "{text}");
}

/// Secrets, items, objects, messages, prompts and environments are there in the emulated organization.
#[test]
fn what_must_not_be_read_is_nowhere() {
    let bytes = fs::read(DEMO.store()).unwrap();
    let is_in = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
    assert!(!is_in(&bytes), "in the store");
    for arguments in [&["export"][..], &["export", "--json"], &["list", "resource", "--json"]] {
        assert!(!is_in(DEMO.run(arguments).out.as_bytes()), "{arguments:?}");
    }
}
