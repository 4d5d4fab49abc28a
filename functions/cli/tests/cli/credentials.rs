//! Credentials that are missing, expired, refused, or sent to a place where nobody listens.

use std::path::Path;
use std::time::{Duration, Instant};

use accesstrail_shared::testing::proxy::{Fault, Match, Plan};
use assert_cmd::Command;

use crate::world::{Ran, WORLD, program, run};

/// What a person waits for an answer at most. Tests share two cores, so it is more than the aim of 3 s.
const PATIENCE: Duration = Duration::from_secs(8);

/// Runs a command that must fail soon, with an error document, and leave nothing behind.
fn fails(mut command: Command, folder: &Path, parts: &[&str]) -> Ran {
    let began = Instant::now();
    let ran = run(&mut command, &["collect", "--json"]);
    let took = began.elapsed();
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(took < PATIENCE, "{took:?}: {ran:?}");
    let error = ran.document("error");
    let (text, next) = (error["error"].as_str().unwrap(), error["next"].as_str().unwrap());
    assert!(text.len() < 260 && !text.contains("dispatch failure"), "{text}");
    for part in parts {
        assert!(text.contains(part) || next.contains(part), "{part} in {text} / {next}");
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "nothing was written");
    ran
}

fn sts_error(code: &str) -> Fault {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>The security token included in the request is not usable.</Message>\
         </Error><RequestId>1</RequestId></ErrorResponse>"
    );
    Fault::Answer { status: 403, body: body.into(), content_type: "text/xml".to_owned() }
}

#[test]
fn no_credentials_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("AWS_REGION", "eu-west-1").env("HOME", folder.path());
    fails(command, folder.path(), &["no AWS credentials", "aws sso login", "accesstrail demo"]);
}

#[test]
fn no_region_or_none_that_exists() {
    let folder = tempfile::tempdir().unwrap();
    let rows: [(Option<&str>, &[&str]); 3] = [
        (None, &["no AWS region", "AWS_REGION"]),
        (Some("not a region"), &["not a region", "AWS_REGION"]),
        (Some("xx-nowhere-9"), &["could not be reached", "region"]),
    ];
    for (region, parts) in rows {
        let mut command = program(folder.path());
        command.envs(region.map(|region| ("AWS_REGION", region))).env("HOME", folder.path());
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        fails(command, folder.path(), parts);
    }
}

#[test]
fn nobody_listens() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("AWS_REGION", "eu-west-1").env("HOME", folder.path());
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    // Nobody listens on the port of discarded packets.
    command.env("ACCESSTRAIL_TARGET_ENDPOINT", "http://127.0.0.1:9");
    fails(command, folder.path(), &["could not be reached", "--endpoint-url"]);
}

#[test]
fn credentials_that_aws_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let rows: [(Fault, &[&str]); 3] = [
        (sts_error("ExpiredToken"), &["ExpiredToken", "sign in again"]),
        (
            sts_error("InvalidClientTokenId"),
            &["InvalidClientTokenId", "aws sts get-caller-identity"],
        ),
        (sts_error("AccessDenied"), &["AccessDenied", "aws sts get-caller-identity"]),
    ];
    for (fault, parts) in rows {
        let plan = Plan::default().rule(Match::action("sts:GetCallerIdentity"), fault);
        let proxy = WORLD.enter(plan);
        let command = WORLD.caller(&proxy, folder.path());
        fails(command, folder.path(), parts);
        assert_eq!(proxy.calls().len(), 1, "what AWS refuses is not asked again");
    }
}
