//! `unused` and `activity` on the demo's inventory and logs, and where one of the two is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use accesstrail_shared::testing::trail::Plan;
use serde_json::Value;

use crate::world::{DEMO, Ran, program, run};

fn unused(arguments: &[&str]) -> Value {
    DEMO.json(&[&["unused"], arguments].concat(), "unused")
}

fn list<'a>(document: &'a Value, name: &str) -> &'a [Value] {
    document[name].as_array().unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The last use of each principal, by the rows of `usage`.
fn last_by_usage() -> BTreeMap<String, String> {
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    let usage = DEMO.json(&["usage", "--all"], "usage");
    for call in list(&usage, "calls") {
        let (count, denied) = (call["count"].as_u64(), call["denied"].as_u64());
        assert_eq!(call["last_used"].is_null(), count == denied, "{call}");
        assert!(text(call, "last_used") <= text(call, "last"), "{call}");
        let known = last.entry(text(call, "principal").to_owned()).or_default();
        *known = text(call, "last_used").max(known).to_owned();
    }
    last
}

#[test]
fn verdicts_agree_with_the_logs() {
    let last = last_by_usage();
    let document = unused(&["--days", "30"]);
    let logged: BTreeSet<&String> = document["days_with_log"].as_object().unwrap().keys().collect();
    assert_eq!(logged.len(), 2, "{document}");
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in list(&document, "findings") {
        *verdicts.entry(text(finding, "verdict")).or_default() += 1;
        let is_logged = logged.iter().any(|account| *account == text(finding, "account"));
        let verdict = text(finding, "verdict");
        assert!(is_logged || verdict != "unused", "without logs nothing is unused: {finding}");
        assert!(!is_logged || verdict != "unknown", "{finding}");
        let (days, without) = (&finding["days"], &finding["days_without_log"]);
        assert!(without.as_u64() <= days.as_u64(), "{finding}");
        let seen = last.get(text(finding, "principal")).map_or("", String::as_str);
        if finding["what"] == "role" {
            assert!(text(finding, "last_used") >= seen, "{finding}");
            if finding["last_used_seen_by"] == "logs" {
                assert_eq!(finding["last_used"], seen, "{finding}");
            }
        }
    }
    for verdict in ["unused", "unknown", "used"] {
        assert!(verdicts.contains_key(verdict), "{verdicts:?}");
    }
    // The demo's trails log one region of those that the accounts have enabled.
    for account in logged {
        let without = list(&document["regions_without_logs"], account);
        assert!(!without.is_empty() && without.is_sorted_by_key(Value::as_str), "{document}");
    }
    let sources: BTreeSet<&str> =
        list(&document, "findings").iter().map(|it| text(it, "last_used_seen_by")).collect();
    assert_eq!(sources, ["", "AWS", "logs"].into());
}

#[test]
fn roles_of_services_come_when_asked_for() {
    let count = |arguments: &[&str]| unused(arguments)["count"].as_u64().unwrap();
    let own = unused(&[]);
    let roles = list(&own, "findings").iter().map(|it| text(it, "principal"));
    assert!(roles.clone().all(|arn| !arn.contains(":role/aws-service-role/")));
    assert!(count(&["--all"]) > count(&[]));
}

#[test]
fn what_is_granted_is_held_against_what_was_used() {
    let document = unused(&["--days", "30"]);
    let granted = list(&document, "granted");
    assert!(granted.iter().any(|it| it["all_services"] == true));
    let mut used = 0;
    for one in granted {
        let services = one["services"].as_object().unwrap();
        let idle = list(one, "services_not_used");
        assert!(idle.iter().all(|name| services.contains_key(name.as_str().unwrap())), "{one}");
        used += services.len() - idle.len();
        for name in list(one, "actions_not_used") {
            assert!(one["actions"].as_object().unwrap().contains_key(name.as_str().unwrap()));
        }
    }
    assert!(used > 0, "the demo's roles use some of what they may");
}

#[test]
fn people_see_counts_evidence_and_what_is_granted() {
    let ran = run(program(DEMO.folder()).env("COLUMNS", "120"), &["unused", "--days", "30"]);
    assert_eq!((ran.code, ran.err.lines().count()), (0, 1), "{ran:?}");
    let parts =
        ["2 of 11 accounts", "LAST USED", "SEEN BY", "NO LOG", "not seen", "Granted and not used"];
    for part in parts {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
    let unused = &DEMO.document["logs"]["unused"];
    assert!(ran.out.contains(unused.as_str().unwrap()), "{unused} in {}", ran.out);
    let long = ran.out.lines().find(|line| line.chars().count() > 120);
    assert_eq!(long, None);
    let wrong = DEMO.run(&["unused", "--days", "0"]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
}

/// The demo's store without its logs.
fn without_logs() -> (tempfile::TempDir, Ran) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("accesstrail.db");
    let from = rusqlite::Connection::open(DEMO.store()).unwrap();
    from.execute("VACUUM INTO ?1", [store.to_str().unwrap()]).unwrap();
    let copy = rusqlite::Connection::open(&store).unwrap();
    copy.execute_batch("DELETE FROM usage_hour; DELETE FROM log_day;").unwrap();
    drop(copy);
    let ran = run(&mut program(folder.path()), &["unused", "--json"]);
    (folder, ran)
}

#[test]
fn without_logs_only_aws_tells_of_use_and_the_rest_is_unknown() {
    let (_folder, ran) = without_logs();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("`accesstrail backfill` reads logs"), "{}", ran.err);
    let document = ran.document("unused");
    for finding in list(&document, "findings") {
        assert_ne!(finding["verdict"], "unused", "{finding}");
        assert_ne!(finding["last_used_seen_by"], "logs", "{finding}");
        assert_eq!(finding["days"], finding["days_without_log"], "{finding}");
    }
}

#[test]
fn without_an_inventory_it_says_how_to_take_one() {
    let folder = tempfile::tempdir().unwrap();
    Plan::default().write(&folder.path().join("trail")).unwrap();
    let read = ["backfill", "--dir", "trail", "--days", "all"];
    assert_eq!(run(&mut program(folder.path()), &read).code, 0);
    let ran = run(&mut program(folder.path()), &["unused"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("`accesstrail collect` takes an inventory"), "{}", ran.err);
    assert!(!ran.err.contains("no logs"), "{}", ran.err);
}

/// The principal with the most calls.
fn busiest() -> String {
    let usage = DEMO.json(&["usage", "--all"], "usage");
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let roles = list(&usage, "calls").iter().filter(|it| text(it, "principal").contains(":role/"));
    for call in roles {
        *counts.entry(text(call, "principal")).or_default() += call["count"].as_u64().unwrap();
    }
    counts.into_iter().max_by_key(|(_, count)| *count).unwrap().0.to_owned()
}

#[test]
fn activity_is_all_that_usage_sums_up() {
    let role = busiest();
    let sum = |calls: &mut dyn Iterator<Item = &Value>| -> BTreeMap<String, (u64, u64)> {
        let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for call in calls {
            let sum = sums.entry(text(call, "event_name").to_owned()).or_default();
            sum.0 += call["count"].as_u64().unwrap();
            sum.1 += call["denied"].as_u64().unwrap();
        }
        sums
    };
    let usage = DEMO.json(&["usage", &role], "usage");
    let activity = DEMO.json(&["activity", &role, "--days", "60"], "activity");
    let hours = list(&activity, "hours");
    let all = sum(&mut hours.iter().flat_map(|hour| list(hour, "calls")));
    assert_eq!(all, sum(&mut list(&usage, "calls").iter()));
    assert!(hours.is_sorted_by_key(|hour| text(hour, "hour")));
    assert!(hours.iter().all(|hour| !list(hour, "origins").is_empty()));
    // From a day on, and for so many days.
    let since = text(&hours[hours.len() / 2], "hour").split_once('T').unwrap().0;
    let one = DEMO.json(&["activity", &role, "--since", since, "--days", "1"], "activity");
    let expected = hours.iter().filter(|hour| text(hour, "hour").starts_with(since));
    assert_eq!(list(&one, "hours"), expected.cloned().collect::<Vec<_>>());
    let later = DEMO.json(&["activity", &role, "--since", since], "activity");
    assert!(later["count"].as_u64() > one["count"].as_u64(), "{later}");
}

#[test]
fn activity_is_shown_by_day_and_hour() {
    let role = busiest();
    let ran = run(program(DEMO.folder()).env("COLUMNS", "120"), &["activity", &role]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in ["DAY", "HOUR", "ACTION", "USED", "DENIED", "FROM", "BEHIND", &role] {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
    // An ARN stays whole.
    let long = |line: &&str| line.chars().count() > 120 && !line.contains(&role);
    assert_eq!(ran.out.lines().find(long), None);
    let nobody = DEMO.run(&["activity", "nobody"]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert!(nobody.err.contains("no use of `nobody`"), "{}", nobody.err);
    let wrong = DEMO.run(&["activity", "ana", "--since", "yesterday"]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
}

#[test]
fn the_logs_of_the_demo_have_what_was_planted() {
    let ran = DEMO.run(&["verify-logs", "--dir", "accesstrail-demo-logs", "--json"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let logs = &DEMO.document["logs"];
    assert_eq!(report["logs"]["modified"], 1, "{report}");
    assert_eq!(report["digests"]["valid"], logs["digests"]["valid"]);
    // The trail was off in one account: each of its chains has the gap.
    let gaps = report["problems"].as_array().unwrap().iter().filter(|it| it["kind"] == "gap");
    let accounts: BTreeSet<&str> = gaps.map(|it| text(it, "account")).collect();
    assert_eq!(accounts.len(), 1, "{report}");
    assert_eq!(logs["counters"]["objects.listed"], logs["counters"]["objects.done"], "{logs}");
    assert_eq!(logs["counters"]["records.unreadable"], 0, "{logs}");
}

#[test]
fn the_demo_does_not_touch_a_folder_that_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("accesstrail-demo-logs");
    fs::create_dir(&logs).unwrap();
    fs::write(logs.join("work"), "mine").unwrap();
    let ran = run(&mut program(folder.path()), &["demo"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("not the demo's"), "{}", ran.err);
    assert_eq!(fs::read_to_string(logs.join("work")).unwrap(), "mine");
    assert!(!folder.path().join("accesstrail-demo.db").exists());
}
