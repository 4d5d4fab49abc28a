//! `collect` against a live organization: gaps, repetition, interruption, and two at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use accesstrail_shared::testing::proxy::{Fault, Match, Plan, Proxy};
use serde_json::Value;

use crate::world::{WORLD, program, run};

/// Everything in a store but its dates.
pub(crate) fn state(folder: &Path) -> BTreeMap<String, (Value, Value)> {
    let ran = run(&mut program(folder), &["export", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let document = ran.document("export");
    let entities = document["entities"].as_array().unwrap();
    entities
        .iter()
        .map(|entity| {
            let id = entity["id"].as_str().unwrap().to_owned();
            let content = match entity["kind"].as_str().unwrap() {
                // When AWS made the report is another date.
                "credential-report" => Value::Null,
                _ => entity["attributes"].clone(),
            };
            (id, (entity["coverage"].clone(), content))
        })
        .collect()
}

fn begin(proxy: &Proxy, folder: &Path) -> Child {
    let command = WORLD.collect(proxy, folder);
    let mut plain = std::process::Command::new(command.get_program());
    plain.args(command.get_args()).env_clear().current_dir(folder);
    plain.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    plain.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

pub(crate) fn wait_for_calls(proxy: &Proxy, count: usize) {
    for _ in 0..600 {
        if proxy.calls().len() >= count {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{count} calls never came: {}", proxy.calls().len());
}

pub(crate) fn slowed() -> Plan {
    Plan::default().rule(Match::any(), Fault::Delay(Duration::from_millis(60)))
}

#[test]
fn gaps_are_told_and_nothing_is_lost_or_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(Plan::default());
    let text = run(&mut WORLD.collect(&proxy, folder.path()), &[]);
    assert_eq!(text.code, 2, "{text:?}");
    for part in [
        "13 = 10 complete + 1 partial + 1 denied + 1 unavailable",
        "Not seen",
        "accesstrail status",
    ] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
    let accounts = text
        .err
        .lines()
        .filter(|line| line.get(..12).is_some_and(|id| id.bytes().all(|b| b.is_ascii_digit())));
    assert!(accounts.count() >= 12, "a line for each account that was looked into: {}", text.err);

    let quiet = run(&mut WORLD.collect(&proxy, folder.path()), &["--quiet", "--json"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (2, ""));
    let document = quiet.document("collect");
    assert_eq!(document["accounts"]["total"], 13);
    let counters = &document["run"]["counters"];
    assert_eq!(counters["entities.created"].as_u64().unwrap_or_default(), 0, "{counters}");
    assert_eq!(counters["entities.deleted"].as_u64().unwrap_or_default(), 0, "{counters}");

    let status = run(&mut program(folder.path()), &["status", "--json"]).document("status");
    let runs: Vec<&str> =
        status["runs"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    let [newest, oldest] = runs[..] else { panic!("{runs:?}") };
    let diff = |range: &[&str]| {
        let ran = run(program(folder.path()).args(["diff", "--json"]), range);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.document("diff")
    };
    assert_eq!(diff(&[oldest])["runs"], serde_json::json!([newest]));
    assert_eq!(diff(&[oldest, newest])["count"], document["changes"]);
    assert_eq!(diff(&[newest])["count"], 0);
}

#[test]
fn an_interrupted_run_goes_on() {
    let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let proxy = WORLD.enter(Plan::default());
    assert_eq!(run(&mut WORLD.collect(&proxy, whole.path()), &[]).code, 2);

    for calls in [40, 90] {
        let proxy = WORLD.enter(slowed());
        let mut child = begin(&proxy, broken.path());
        wait_for_calls(&proxy, calls);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let status = run(&mut program(broken.path()), &["status", "--json"]);
    assert_eq!(status.code, 0, "a store can be read after a kill: {status:?}");
    let ran = run(&mut WORLD.collect(&proxy, broken.path()), &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    assert_eq!(state(whole.path()), state(broken.path()));
    let runs = run(&mut program(broken.path()), &["status", "--json"]).document("status");
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1);
    assert_eq!(runs["runs"][0]["state"], "closed");
}

#[test]
fn one_at_a_time_writes_to_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(slowed());
    let mut first = begin(&proxy, folder.path());
    wait_for_calls(&proxy, 30);
    let second = run(&mut WORLD.collect(&proxy, folder.path()), &["--json"]);
    assert_eq!(second.code, 1, "{second:?}");
    let error = second.document("error");
    assert!(error["error"].as_str().unwrap().contains("another accesstrail"), "{error}");
    assert!(error["next"].as_str().unwrap().contains("wait"), "{error}");
    // Reading goes on meanwhile.
    assert_eq!(run(&mut program(folder.path()), &["status"]).code, 0);
    assert_eq!(first.wait().unwrap().code(), Some(2), "the first is not disturbed");
}

#[test]
fn another_account_needs_a_role() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = WORLD.enter(Plan::default());
    let account = WORLD.company.account("payments-prod").unwrap();
    let ran = run(&mut WORLD.caller(&proxy, folder.path()), &["collect", "--account", account]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains(account) && ran.err.contains("--role NAME"), "{ran:?}");
    assert!(!folder.path().join("accesstrail.db").exists(), "nothing was written");
}
