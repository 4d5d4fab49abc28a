//! What of a file is read, and what is refused with its place and reason.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::model::Kind;
use crate::model::policy::PolicyDocument;

const ACCOUNT: &str = "111122223333";

fn user(name: &str) -> Value {
    json!({
        "Path": "/", "UserName": name, "UserId": format!("AIDA{name}"),
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "CreateDate": "2024-03-01T09:00:00+00:00",
    })
}

fn with(users: &[Value]) -> Value {
    json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []})
}

fn read(document: &Value) -> Result<Document, Problem> {
    parse(serde_json::to_vec_pretty(document).unwrap().as_slice())
}

fn refused(bytes: &[u8]) -> Problem {
    parse(bytes).map(|document| panic!("{document:?}")).unwrap_err()
}

#[test]
fn details_are_read_as_the_collector_reads_them() {
    let mut ana = user("ana");
    ana["UserPolicyList"] = json!([
        {"PolicyName": "text", "PolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%7D"},
        {"PolicyName": "object", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    ]);
    ana["GroupList"] = json!(["b", "a"]);
    ana["Tags"] = json!([{"Key": "Owner", "Value": "x"}]);
    ana["SomethingOfTomorrow"] = json!({"a": [1]});
    let document = read(&with(&[ana])).unwrap();
    assert_eq!(document.account.as_str(), ACCOUNT);
    assert_eq!(document.lists, BTreeSet::from(DETAIL_LISTS));
    assert!(!document.truncated);
    let [Entity::User(user)] = document.entities().collect::<Vec<_>>()[..] else {
        panic!("{document:?}")
    };
    assert_eq!(user.groups, ["a", "b"]);
    assert_eq!(user.tags, BTreeMap::from([("Owner".to_owned(), "x".to_owned())]));
    let documents: Vec<(&str, &PolicyDocument)> =
        user.inline_policies.iter().map(|it| (it.name.as_str(), &it.document)).collect();
    let text = |text: &str| PolicyDocument(text.to_owned());
    let expected = [
        ("object", &text(r#"{"Statement":[],"Version":"2012-10-17"}"#)),
        ("text", &text(r#"{"Version":"2012-10-17"}"#)),
    ];
    assert_eq!(documents, expected);
}

#[test]
fn policies_of_aws_count_where_they_are_in_use() {
    let policy = |name: &str, count: u32| {
        json!({
            "PolicyName": name, "PolicyId": format!("ANPA{name}"), "AttachmentCount": count,
            "Arn": format!("arn:aws:iam::aws:policy/{name}"), "DefaultVersionId": "v1",
        })
    };
    let mut document = with(&[user("ana")]);
    document["Policies"] = json!([policy("Used", 1), policy("Unused", 0)]);
    let document = read(&document).unwrap();
    let kinds: Vec<Kind> = document.entities().map(Entity::kind).collect();
    assert_eq!(kinds, [Kind::User, Kind::Policy]);
    assert!(matches!(document.content, Content::Details { lists_aws: true, .. }));
}

#[test]
fn pages_are_known_as_pages() {
    let rows = [
        (json!({"IsTruncated": true, "Marker": "m"}), true),
        (json!({"IsTruncated": false}), false),
        (json!({"NextToken": "t"}), true),
        (json!({"NextToken": null}), false),
    ];
    for (fields, truncated) in rows {
        let mut document = with(&[user("ana")]);
        document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        assert_eq!(read(&document).unwrap().truncated, truncated, "{fields}");
    }
}

#[test]
fn what_is_no_answer_is_refused_with_the_reason() {
    let rows: [(&[u8], &str); 13] = [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "a list"),
        (b"{}", "it has no field"),
        (br#"{"Users": [], "x": 1}"#, "`Users`, `x`"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"PK\x03\x04", "compressed"),
        (b"\xff\xfe{\x00", "UTF-16"),
        (b"{\x00\"\x00", "UTF-16"),
        (b"<html>", "neither JSON"),
        (br#"{"Accounts": [{"Id": "111122223333"}], "Policies": []}"#, "several questions"),
        (br#"{"RoleDetailList": []}"#, "which account"),
        (br#"{"Content": "%%%"}"#, "not base64"),
    ];
    for (bytes, reason) in rows {
        let problem = refused(bytes);
        assert!(problem.reason.contains(reason), "{problem:?}");
        assert!(!problem.next.is_empty(), "{problem:?}");
    }
}

#[test]
fn what_is_wrong_in_json_is_refused_with_its_place() {
    let whole = serde_json::to_string_pretty(&with(&[user("ana"), user("bob")])).unwrap();
    for cut in [1, whole.len() / 2, whole.len() - 2] {
        let problem = refused(whole.as_bytes().split_at(cut).0);
        assert!(problem.reason.contains("half-written"), "{problem:?}");
        assert!(problem.position.unwrap().starts_with("line "), "{cut}");
    }
    let rows: [(&str, &str, &str); 6] = [
        ("{\n  \"UserDetailList\": 5}", "line 2", "expected a list"),
        ("{\"UserDetailList\":\n [{\"UserName\": 5}]}", "line 2", "expected a string"),
        ("{\"Policies\":\n\n [}", "line 3", "not JSON"),
        ("{\"Policies\": [],\n \"Policies\": []}", "line 2", "there twice"),
        ("{\"UserDetailList\":\n [{\"UserName\": \"ana\"}]}", "line 2", "no ARN"),
        ("{\"UserDetailList\": [{\"CreateDate\":\n\"soon\"}]}", "line 2", "a time"),
    ];
    for (text, place, reason) in rows {
        let problem = refused(text.as_bytes());
        assert!(problem.position.as_ref().unwrap().starts_with(place), "{text}: {problem:?}");
        assert!(problem.reason.contains(reason), "{text}: {problem:?}");
    }
    assert!(refused(format!("{whole} {{").as_bytes()).reason.contains("not JSON"));
}

#[test]
fn one_document_is_of_one_account() {
    let mut other = user("bob");
    other["Arn"] = json!("arn:aws:iam::444455556666:user/bob");
    let problem = read(&with(&[user("ana"), other])).unwrap_err();
    assert!(problem.reason.contains("444455556666"), "{problem:?}");
    assert!(problem.reason.contains(ACCOUNT), "{problem:?}");
    assert!(problem.position.is_some());
}

#[test]
fn reports_are_known_by_their_content() {
    let csv = format!("user,arn\nana,arn:aws:iam::{ACCOUNT}:user/ana\n");
    let encoded = BASE64_STANDARD.encode(&csv);
    let json = json!({"Content": encoded, "GeneratedTime": "2026-11-22T06:00:00Z", "ReportFormat": "text/csv"});
    let marked = format!("\u{feff}{csv}");
    for bytes in [csv.as_bytes(), marked.as_bytes(), json.to_string().as_bytes()] {
        let document = parse(bytes).unwrap();
        assert_eq!(document.account.as_str(), ACCOUNT);
        let Content::Report { root, .. } = &document.content else { panic!("{document:?}") };
        assert_eq!(root.to_string(), format!("arn:aws:iam::{ACCOUNT}:root"));
    }
    let rows = [
        ("user,arn\n", "no row"),
        ("user,name\nana,x\n", "no row"),
        (
            "user,arn\nana,arn:aws:iam::111122223333:user/a\nbob,arn:aws:iam::444455556666:user/b\n",
            "row 3",
        ),
    ];
    for (csv, reason) in rows {
        assert!(refused(csv.as_bytes()).reason.contains(reason), "{csv}");
    }
}

#[test]
fn organizations_may_come_in_parts() {
    let account = |id: &str| json!({"Id": id, "Arn": format!("arn:aws:organizations::{ACCOUNT}:account/o-1/{id}")});
    let document = read(&json!({"Accounts": [account("444455556666")]})).unwrap();
    // The management account is in the ARN, whichever accounts are listed.
    assert_eq!(document.account.as_str(), ACCOUNT);
    let rows = [
        (json!({"Accounts": [account("444455556666"), account("444455556666")]}), "there twice"),
        (json!({"Accounts": [{"Id": "12"}]}), "not the id of an account"),
        (
            json!({"Accounts": [{"Id": "444455556666", "Arn": "arn:aws:organizations::1:x"}]}),
            "an ARN",
        ),
        (
            json!({"Organization": {
                "Id": "o-1", "MasterAccountId": "444455556666",
                "Arn": format!("arn:aws:organizations::{ACCOUNT}:organization/o-1"),
            }}),
            "in its ARN",
        ),
        (json!({"Organization": {"Id": "o-1"}}), "no management account"),
        (json!({"Roots": [{"Name": "Root"}]}), "a root has no id"),
    ];
    for (document, reason) in rows {
        let problem = read(&document).unwrap_err();
        assert!(problem.reason.contains(reason), "{document}: {problem:?}");
    }
}

#[test]
fn names_of_foreign_files_stay_one_line_of_text() {
    let problem = refused("{\"\u{1b}[2J\n\": 1}".as_bytes());
    // JSON itself forbids control characters in names.
    assert!(problem.reason.contains("not JSON"), "{problem:?}");
    let mut hostile = user("ana");
    hostile["UserName"] = json!("=cmd|' /C calc'!A0\u{202e}");
    assert_eq!(read(&with(&[hostile])).unwrap().entities().count(), 1);
}
