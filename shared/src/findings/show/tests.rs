//! What people and programs are told.

use super::*;
use crate::access::Estate;
use crate::findings::{Inventory, join, judge};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_327_200 + second).unwrap()
}

#[test]
fn both_say_the_same() {
    let user = |name: &str, action: &str, managed: &str| {
        json!({"arn": format!("arn:aws:iam::111122223333:user/{name}"), "type": "user", "account": "111122223333",
            "managed": if managed.is_empty() { json!([]) } else { json!([managed]) },
            "inline": [{"Statement": [{"Sid": "All", "Effect": "Allow", "Action": action, "Resource": "*"}]}]})
    };
    let judged_of = |users: Value| {
        let text = json!({"principals": users}).to_string();
        judge(&Inventory::of_import(Estate::import([("made", text.as_str())]), at(0)))
    };
    let lost = "arn:aws:iam::111122223333:policy/lost";
    let judged = judged_of(json!([user("ana", "*", ""), user("bob", "s3:*", lost)]));
    let first = join(&[], &judged, at(0));
    let shown: Vec<&Finding> = first.iter().collect();
    let report = Report { findings: &shown, judged: &judged, at: at(0) };
    let (document, text) = (document(&report), text(&report));
    assert_eq!(document["count"], 1);
    assert_eq!(document["states"], json!({"opened": 1, "ongoing": 0, "resolved": 0}));
    assert_eq!(
        document["open_by_severity"],
        json!({"low": 0, "medium": 0, "high": 1, "critical": 0})
    );
    let finding = &document["findings"][0];
    assert_eq!(finding["id"], "admin-wildcard:arn:aws:iam::111122223333:user/ana");
    assert_eq!(finding["evidence"][0]["sid"], "All");
    assert_eq!(document["unknown"].as_array().unwrap().len(), 2, "{document}");
    assert_eq!(document["not_asked"].as_array().unwrap().len(), 3);
    for part in [
        "high  admin-wildcard  arn:aws:iam::111122223333:user/ana  opened",
        "  because statement 1 (All) of inline 1: allows every action on every resource",
        "1 finding is open: 1 high\n1 opened, 0 ongoing, 0 resolved\n",
        "not asked: root-key: the files have no credentials",
        "unknown: admin-wildcard of arn:aws:iam::111122223333:user/bob: the text of",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let mended = judged_of(json!([user("ana", "s3:*", ""), user("bob", "s3:*", "")]));
    let second = join(&first, &mended, at(60));
    let shown: Vec<&Finding> = second.iter().collect();
    let text = super::text(&Report { findings: &shown, judged: &mended, at: at(60) });
    assert!(text.contains("0 findings are open\n0 opened, 0 ongoing, 1 resolved\n"), "{text}");
}
