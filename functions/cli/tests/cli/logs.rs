//! `backfill`, `usage` and `verify-logs` on generated trees of logs, whole, harmed and absent.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use accesstrail_shared::testing::trail::{Fault, Faults, Harm, Moment, Plan};
use serde_json::Value;

use crate::world::{Ran, program, run};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn plan() -> Plan {
    Plan {
        accounts: ACCOUNTS.map(str::to_owned).to_vec(),
        regions: vec!["us-east-1".to_owned(), "eu-west-1".to_owned()],
        days: 2,
        duplicates: 20,
        late: 2_000,
        ..Plan::default()
    }
}

fn backfill(folder: &Path) -> Ran {
    run(&mut program(folder), &["backfill", "--dir", "trail", "--days", "all", "--json"])
}

fn csv(folder: &Path) -> Vec<String> {
    let ran = run(&mut program(folder), &["usage", "--all", "--format", "csv"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out.lines().map(str::to_owned).collect()
}

fn verified(folder: &Path) -> (i32, Value) {
    let ran = run(&mut program(folder), &["verify-logs", "--dir", "trail", "--json"]);
    (ran.code, serde_json::from_str(&ran.out).unwrap())
}

#[test]
fn logs_become_usage_and_each_event_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let written = plan().write(&folder.path().join("trail")).unwrap();
    let first = backfill(folder.path());
    assert_eq!(first.code, 0, "{first:?}");
    let document = first.document("backfill");
    let counters = &document["counters"];
    assert_eq!(counters["objects.done"], written.files, "{document}");
    assert_eq!(document["totals"]["usage.events"], written.distinct, "{document}");
    let lines = csv(folder.path());
    assert_eq!(lines[0], "account,principal,eventSource,eventName,day,count,errors,first,last");
    let rows = || lines.iter().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let counted: u64 = rows().map(|row| row[5].parse::<u64>().unwrap()).sum();
    assert_eq!(counted, written.distinct);
    assert!(rows().map(|row| row[..5].to_vec()).is_sorted(), "by the first five columns");
    let again = backfill(folder.path()).document("backfill");
    assert_eq!(again["counters"]["objects.duplicate"], written.files, "{again}");
    assert_eq!(again["counters"]["cells.written"], 0, "{again}");
    assert_eq!(csv(folder.path()), lines);
}

#[test]
fn use_is_shown_by_principal_and_by_resource() {
    let folder = tempfile::tempdir().unwrap();
    plan().write(&folder.path().join("trail")).unwrap();
    backfill(folder.path());
    let all = run(&mut program(folder.path()), &["usage", "--all", "--json"]).document("usage");
    let calls = all["calls"].as_array().unwrap();
    let mut busiest: BTreeMap<&str, u64> = BTreeMap::new();
    for call in calls {
        let principal = call["principal"].as_str().unwrap();
        *busiest.entry(principal).or_default() += call["count"].as_u64().unwrap();
    }
    let role = busiest.keys().find(|name| name.contains(":role/")).unwrap();
    let one = run(&mut program(folder.path()), &["usage", role, "--json"]).document("usage");
    let of_role: u64 =
        one["calls"].as_array().unwrap().iter().map(|it| it["count"].as_u64().unwrap()).sum();
    assert_eq!(of_role, busiest[role]);
    let text = run(&mut program(folder.path()), &["usage", role]);
    assert!(text.out.contains("LAST USED") && text.out.contains("From"), "{text:?}");
    let buckets = ["usage", "--resource", "arn:aws:s3:::*", "--json"];
    let buckets = run(&mut program(folder.path()), &buckets).document("usage");
    let buckets = buckets["calls"].as_array().unwrap();
    assert!(!buckets.is_empty());
    assert!(buckets.iter().all(|it| it["resource"].as_str().unwrap().starts_with("arn:aws:s3:::")));
    let nobody = run(&mut program(folder.path()), &["usage", "nobody"]);
    assert_eq!(nobody.code, 1);
    assert!(nobody.err.contains("no use of `nobody`"), "{}", nobody.err);
}

#[test]
fn whole_logs_are_proved_and_harm_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail");
    let written = plan().write(&trail).unwrap();
    let (code, report) = verified(folder.path());
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["digests"]["valid"], written.digests, "{report}");
    assert_eq!(report["logs"]["valid"], written.files, "{report}");
    assert_eq!(report["problems"].as_array().unwrap().len(), 0, "{report}");

    fs::remove_dir_all(&trail).unwrap();
    let fault = |harm, hour: i64| Fault {
        harm,
        account: ACCOUNTS[0].to_owned(),
        region: "us-east-1".to_owned(),
        from: Moment(plan().from.0 + hour * 3_600),
    };
    let harms = [fault(Harm::EditLog, 3), fault(Harm::DeleteLog, 9), fault(Harm::DeleteDigest, 15)];
    let mut faults = Faults::new(harms.to_vec());
    plan().write_changed(&trail, &mut |object| faults.change(object)).unwrap();
    let (code, report) = verified(folder.path());
    assert_eq!(code, 7, "{report}");
    let problems = report["problems"].as_array().unwrap().iter();
    let found: BTreeMap<&str, &str> =
        problems.map(|it| (it["key"].as_str().unwrap(), it["kind"].as_str().unwrap())).collect();
    let kind = |harm| match harm {
        Harm::EditLog => "log_modified",
        Harm::DeleteLog => "log_missing",
        Harm::DeleteDigest | Harm::DeleteHours(_) => "digest_missing",
    };
    let harmed = faults.harmed().iter().map(|it| (it.key.as_str(), kind(it.harm)));
    assert_eq!(found, harmed.collect::<BTreeMap<_, _>>(), "{report}");
    let text = run(&mut program(folder.path()), &["verify-logs", "--dir", "trail"]);
    assert_eq!(text.code, 7);
    for part in ["log modified", "log missing", "digest missing"] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
}

#[test]
fn all_that_was_set_aside_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let day = "trail/AWSLogs/111122223333/CloudTrail/us-east-1/2026/08/01";
    let logs = folder.path().join(day);
    fs::create_dir_all(&logs).unwrap();
    let name = |at| format!("111122223333_CloudTrail_us-east-1_20260801T00{at:02}Z_broken.json.gz");
    for at in 0..26 {
        fs::write(logs.join(name(at)), "no log").unwrap();
    }
    let document = backfill(folder.path()).document("backfill");
    let aside = document["set_aside"].as_array().unwrap();
    let listed: Vec<&str> = aside.iter().map(|it| it["object"].as_str().unwrap()).collect();
    assert_eq!(listed.len(), 26, "{document}");
    assert!((0..26).all(|at| listed.iter().any(|object| object.ends_with(&name(at)))));
    let text = run(&mut program(folder.path()), &["backfill", "--dir", "trail", "--days", "all"]);
    assert!(text.out.contains("and 6 more: "), "{text:?}");
}

#[test]
fn where_there_are_no_logs_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["backfill", "verify-logs"] {
        let absent = run(&mut program(folder.path()), &[verb, "--dir", "nowhere"]);
        assert_eq!(absent.code, 1, "{absent:?}");
        assert!(absent.err.contains("nowhere"), "{}", absent.err);
        let empty = run(&mut program(folder.path()), &[verb, "--dir", "."]);
        assert_eq!(empty.code, 1, "{empty:?}");
        assert!(empty.err.contains("no folder AWSLogs"), "{}", empty.err);
        assert!(empty.err.contains("next:"), "{}", empty.err);
    }
    let unused = run(&mut program(folder.path()), &["usage", "ana"]);
    assert_eq!(unused.code, 1, "{unused:?}");
    for days in ["0", "4000", "ever"] {
        let wrong = run(&mut program(folder.path()), &["backfill", "--dir", ".", "--days", days]);
        assert_eq!(wrong.code, 1, "{wrong:?}");
    }
}
