//! What the records hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

/// Who is named by a record.
fn kind(record: &Value) -> &str {
    record["userIdentity"]["type"].as_str().unwrap_or("")
}

#[test]
fn every_record_has_the_fields_that_all_have() {
    let (objects, written) = logs(&small(3));
    let all: Vec<Value> = objects.iter().flat_map(records).collect();
    assert_eq!(all.len() as u64, written.records);
    for record in &all {
        for field in
            ["eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "eventID"]
        {
            assert!(record[field].is_string(), "{field}: {record}");
        }
        assert!(record["readOnly"].is_boolean() && record["userIdentity"].is_object(), "{record}");
        assert!(ACCOUNTS.contains(&record["recipientAccountId"].as_str().unwrap()), "{record}");
        let data = record["eventCategory"] == "Data";
        assert_eq!(record["managementEvent"], !data, "{record}");
    }
}

#[test]
fn all_kinds_of_callers_and_of_outcomes_come() {
    let plan = Plan {
        shape: Shape { files_per_day: 400, ..Plan::default().shape },
        principals: 300,
        ..Plan::default()
    };
    let (objects, _) = logs(&plan);
    let all: Vec<Value> = objects.iter().flat_map(records).collect();
    let kinds: BTreeSet<&str> = all.iter().map(kind).collect();
    for expected in [
        "AWSAccount",
        "AWSService",
        "AssumedRole",
        "FederatedUser",
        "IAMUser",
        "IdentityCenterUser",
        "Root",
        "SAMLUser",
        "WebIdentityUser",
    ] {
        assert!(kinds.contains(expected), "{expected} is not in {kinds:?}");
    }
    let has = |test: &dyn Fn(&Value) -> bool| all.iter().any(test);
    assert!(has(&|it| it["errorCode"] == "AccessDenied"));
    assert!(has(&|it| it["errorCode"] == "Client.UnauthorizedOperation"));
    assert!(has(&|it| it["userIdentity"]["sessionContext"]["sourceIdentity"].is_string()));
    assert!(has(&|it| it["userIdentity"]["onBehalfOf"]["userId"].is_string()));
    assert!(has(&|it| kind(it) == "AssumedRole" && it["userIdentity"]["invokedBy"].is_string()));
    assert!(has(&|it| it["userIdentity"]["accountId"] == "anonymous"));
    assert!(has(&|it| it["responseElements"]["ConsoleLogin"] == "Failure"));
    let pairs: BTreeSet<String> =
        all.iter().map(|it| format!("{} {}", it["eventSource"], it["eventName"])).collect();
    assert!(pairs.len() > 150, "{}", pairs.len());
}

#[test]
fn a_session_is_of_its_role() {
    let (objects, _) = logs(&small(4));
    let all: Vec<Value> = objects.iter().flat_map(records).collect();
    let sessions = all.iter().filter(|record| kind(record) == "AssumedRole");
    let mut roles = BTreeMap::new();
    for record in sessions {
        let identity = &record["userIdentity"];
        let issuer = &identity["sessionContext"]["sessionIssuer"];
        let name = issuer["userName"].as_str().unwrap();
        assert!(issuer["arn"].as_str().unwrap().ends_with(&format!("/{name}")), "{record}");
        assert!(
            identity["arn"].as_str().unwrap().contains(&format!(":assumed-role/{name}/")),
            "{record}"
        );
        assert_eq!(issuer["accountId"], record["recipientAccountId"]);
        let id = roles.entry(issuer["arn"].to_string()).or_insert(issuer["principalId"].clone());
        assert_eq!(*id, issuer["principalId"], "a role has one id");
    }
    assert!(roles.len() > 5);
}

#[test]
fn some_records_are_delivered_twice() {
    let (objects, written) = logs(&small(5));
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut copies = 0;
    for record in objects.iter().flat_map(records) {
        let id = format!("{} {}", record["recipientAccountId"], record["eventID"]);
        let text = record.to_string();
        if let Some(first) = seen.insert(id, text.clone()) {
            copies += 1;
            assert_eq!(first, text);
        }
    }
    assert_eq!(written.distinct, seen.len() as u64);
    assert_eq!(written.records - written.distinct, copies);
    let share = copies * 1_000 / written.records;
    assert!((25..80).contains(&share), "{share} of 1000");
    let none = Plan { duplicates: 0, ..small(5) };
    let (_, written) = logs(&none);
    assert_eq!(written.records, written.distinct);
}

#[test]
fn an_action_across_accounts_is_two_linked_events() {
    let plan =
        Plan { shape: Shape { files_per_day: 200, ..small(6).shape }, duplicates: 0, ..small(6) };
    let (objects, _) = logs(&plan);
    let mut linked: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for record in objects.iter().flat_map(records) {
        if let Some(id) = record["sharedEventID"].as_str() {
            linked.entry(id.to_owned()).or_default().push(record);
        }
    }
    let pairs: Vec<&Vec<Value>> = linked.values().filter(|records| records.len() == 2).collect();
    assert!(pairs.len() > 5, "{}", pairs.len());
    for pair in pairs {
        let [caller, owner] = [&pair[0], &pair[1]];
        assert_ne!(caller["eventID"], owner["eventID"]);
        assert_eq!(caller["recipientAccountId"], ACCOUNTS[0]);
        assert_eq!(owner["recipientAccountId"], ACCOUNTS[1]);
        assert_eq!(owner["userIdentity"]["type"], "AWSAccount");
        assert_eq!(owner["userIdentity"]["accountId"], ACCOUNTS[0]);
        for field in ["eventTime", "requestParameters", "resources", "errorCode", "awsRegion"] {
            assert_eq!(caller[field], owner[field], "{field}");
        }
        let role = owner["requestParameters"]["roleArn"].as_str().unwrap();
        assert!(role.contains(ACCOUNTS[1]), "{role}");
    }
}

#[test]
fn oddities_come_only_when_asked_for() {
    let odd = |oddities| {
        let plan = Plan { oddities, ..small(7) };
        let (objects, _) = logs(&plan);
        let all: Vec<Value> = objects.iter().flat_map(records).collect();
        all.iter()
            .filter(|record| record["readOnly"].is_null() || record["readOnly"].is_string())
            .count()
    };
    assert_eq!(odd(false), 0);
    assert!(odd(true) > 5);
}

#[test]
fn only_reserved_accounts_addresses_and_keys_appear() {
    let plan = Plan { oddities: true, ..small(8) };
    let (objects, _) = logs(&plan);
    for record in objects.iter().flat_map(records) {
        let address = record["sourceIPAddress"].as_str().unwrap_or("");
        let reserved = ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"];
        let number = address.starts_with(|letter: char| letter.is_ascii_digit());
        assert!(!number || reserved.iter().any(|start| address.starts_with(start)), "{address}");
        let key = record["userIdentity"]["accessKeyId"].as_str().unwrap_or("");
        assert!(key.is_empty() || (key.len() == 20 && key.ends_with("EXAMPLE")), "{key}");
    }
}
