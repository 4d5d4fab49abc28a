//! Records as `serde_json` would have them read, by both cursors.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::trail::scan::{Fault, Index, Indexed, Plain, Scan as _};

/// A record's fields by name, as the slow and obvious way has them: absent, `null`, empty and of another kind are
/// all the same.
fn slow(record: &Value) -> Vec<(&'static str, Option<String>)> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let flag = |value: &Value| match value {
        Value::Bool(flag) => Some(flag.to_string()),
        Value::String(text) if text == "true" || text == "false" => Some(text.clone()),
        _ => None,
    };
    let raw = |value: &Value| {
        let is_nothing = value.is_null() || value.as_str() == Some("");
        (!is_nothing).then(|| value.to_string())
    };
    let identity = &record["userIdentity"];
    let (session, issuer) =
        (&identity["sessionContext"], &identity["sessionContext"]["sessionIssuer"]);
    vec![
        ("version", text(&record["eventVersion"])),
        ("id", text(&record["eventID"])),
        ("time", text(&record["eventTime"])),
        ("source", text(&record["eventSource"])),
        ("name", text(&record["eventName"])),
        ("region", text(&record["awsRegion"])),
        ("source_ip", text(&record["sourceIPAddress"])),
        ("user_agent", text(&record["userAgent"])),
        ("error", text(&record["errorCode"])),
        ("kind", text(&record["eventType"])),
        ("category", text(&record["eventCategory"])),
        ("recipient", text(&record["recipientAccountId"])),
        ("shared_event", text(&record["sharedEventID"])),
        ("management", flag(&record["managementEvent"])),
        ("read_only", flag(&record["readOnly"])),
        ("request", raw(&record["requestParameters"])),
        ("resources", record["resources"].as_array().map(|_| record["resources"].to_string())),
        ("identity.kind", text(&identity["type"])),
        ("identity.principal_id", text(&identity["principalId"])),
        ("identity.arn", text(&identity["arn"])),
        ("identity.account", text(&identity["accountId"])),
        ("identity.access_key", text(&identity["accessKeyId"])),
        ("identity.user_name", text(&identity["userName"])),
        ("identity.invoked_by", text(&identity["invokedBy"])),
        ("identity.provider", text(&identity["identityProvider"])),
        ("identity.on_behalf_of", text(&identity["onBehalfOf"]["userId"])),
        ("identity.source_identity", text(&session["sourceIdentity"])),
        ("identity.issuer_arn", text(&issuer["arn"])),
        ("identity.issuer_kind", text(&issuer["type"])),
        ("identity.issuer_account", text(&issuer["accountId"])),
    ]
}

/// The same of a record that was read.
fn fields(record: &Record<'_>) -> Vec<(&'static str, Option<String>)> {
    let text = |text: &Option<Text<'_>>| text.as_ref().map(ToString::to_string);
    let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string());
    let raw = |raw: Option<&[u8]>| {
        raw.map(|raw| serde_json::from_slice::<Value>(raw).unwrap().to_string())
    };
    let identity = &record.identity;
    vec![
        ("version", text(&record.version)),
        ("id", text(&record.id)),
        ("time", text(&record.time)),
        ("source", text(&record.source)),
        ("name", text(&record.name)),
        ("region", text(&record.region)),
        ("source_ip", text(&record.source_ip)),
        ("user_agent", text(&record.user_agent)),
        ("error", text(&record.error)),
        ("kind", text(&record.kind)),
        ("category", text(&record.category)),
        ("recipient", text(&record.recipient)),
        ("shared_event", text(&record.shared_event)),
        ("management", flag(record.management)),
        ("read_only", flag(record.read_only)),
        ("request", raw(record.request)),
        ("resources", raw(record.resources)),
        ("identity.kind", text(&identity.kind)),
        ("identity.principal_id", text(&identity.principal_id)),
        ("identity.arn", text(&identity.arn)),
        ("identity.account", text(&identity.account)),
        ("identity.access_key", text(&identity.access_key)),
        ("identity.user_name", text(&identity.user_name)),
        ("identity.invoked_by", text(&identity.invoked_by)),
        ("identity.provider", text(&identity.provider)),
        ("identity.on_behalf_of", text(&identity.on_behalf_of)),
        ("identity.source_identity", text(&identity.source_identity)),
        ("identity.issuer_arn", text(&identity.issuer_arn)),
        ("identity.issuer_kind", text(&identity.issuer_kind)),
        ("identity.issuer_account", text(&identity.issuer_account)),
    ]
}

/// Reads a record both ways, which must agree, and holds it against the slow way.
fn holds(text: &str) {
    let mut index = Index::default();
    let (mut plain, mut fast) =
        (Plain::new(text.as_bytes()), Indexed::new(text.as_bytes(), &mut index));
    let (mut one, mut other) = (Record::default(), Record::default());
    assert_eq!(one.read(&mut plain), Ok(()), "{text}");
    assert_eq!(other.read(&mut fast), Ok(()), "{text}");
    assert_eq!(one, other, "{text}");
    assert_eq!([plain.at(), fast.at()], [text.len(); 2]);
    assert_eq!(one.raw, text.trim_start().as_bytes());
    assert_eq!(fields(&one), slow(&serde_json::from_str(text).unwrap()), "{text}");
}

/// All members of a record, in the order in which CloudTrail writes them.
const USUAL: &[&str] = &[
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "readOnly",
    "resources",
    "eventType",
    "apiVersion",
    "managementEvent",
    "recipientAccountId",
    "sharedEventID",
    "vpcEndpointId",
    "eventCategory",
    "tlsDetails",
];

const IDENTITY: &[&str] = &[
    "type",
    "principalId",
    "arn",
    "accountId",
    "accessKeyId",
    "userName",
    "sessionContext",
    "invokedBy",
    "identityProvider",
    "onBehalfOf",
];

const SESSION: &[&str] = &["sessionIssuer", "webIdFederationData", "attributes", "sourceIdentity"];

#[test]
fn an_ordinary_record_is_read() {
    let session = json!({"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": "arn:aws:iam::111122223333:role/a/b", "accountId": "111122223333", "userName": "b"}, "webIdFederationData": {}, "attributes": {"mfaAuthenticated": "false"}, "sourceIdentity": "anna"});
    let ordinary = json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/b/anna", "sessionContext": session, "onBehalfOf": {"userId": "u-1", "identityStoreArn": "x"}},
        "eventTime": "2026-11-29T08:30:00Z", "eventName": "ListObjectsV2", "readOnly": "true",
        "requestParameters": {"bucketName": "a", "key": "}\"]"}, "resources": [{"ARN": "arn:aws:s3:::a"}],
    });
    holds(&ordinary.to_string());
    holds(&serde_json::to_string_pretty(&ordinary).unwrap());
}

#[test]
fn what_real_logs_hold_is_read() {
    for text in [
        "{}",
        r#"{"userIdentity":null}"#,
        r#"{"userIdentity":"root"}"#,
        r#"{"userIdentity":{"invokedBy":"s3.amazonaws.com"}}"#,
        r#"{"userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":{}}}}"#,
        r#"{"userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":null,"sourceIdentity":7}}}"#,
        r#"{"userIdentity":{"type":"AssumedRole","sessionContext":[]},"eventName":"x"}"#,
        r#"{"userIdentity":{"accountId":111122223333,"arn":{"a":1},"onBehalfOf":"u-1"}}"#,
        r#"{"readOnly":"false","managementEvent":"yes"}"#,
        r#"{"readOnly":1,"managementEvent":null}"#,
        r#"{"requestParameters":"{\"a\":1}","resources":{"ARN":"x"}}"#,
        r#"{"requestParameters":null,"resources":null}"#,
        r#"{"requestParameters":"","eventName":"","resources":[]}"#,
        r#"{"requestParameters":17,"eventTime":1.5e3,"eventName":["x"]}"#,
        r#"{"eventID":"a","eventID":"b","eventName":"x","eventName":null}"#,
        r#"{"userIdentity":{"type":"Root","arn":"a"},"userIdentity":{"type":"IAMUser"}}"#,
        r#"{"userIdentity":{"sessionContext":{"sourceIdentity":"a","sessionIssuer":{"arn":"b"}},"sessionContext":{}}}"#,
        r#"{"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":"b"},"sessionIssuer":{"type":"Role"}}}}"#,
        r#"{"event\u004eame":"Get\u004fbject","userAgent":"\ud83d\ude00 \"x\" \\"}"#,
        " {\n\t\"eventName\" : \"x\" ,\r\n \"userIdentity\" : { \"arn\" : \"a\" } }",
    ] {
        holds(text);
    }
}

#[test]
fn half_of_a_surrogate_pair_costs_one_character_and_no_record() {
    let text = r#"{"eventID":"a","userAgent":"cut \ud83d","eventName":"ListUsers"}"#;
    let mut index = Index::default();
    let mut fast = Indexed::new(text.as_bytes(), &mut index);
    let (mut one, mut other) = (Record::default(), Record::default());
    assert_eq!(one.read(&mut Plain::new(text.as_bytes())), Ok(()));
    assert_eq!(other.read(&mut fast), Ok(()));
    for read in [one, other] {
        assert_eq!(read.user_agent.as_deref(), Some("cut \u{fffd}"));
        assert_eq!(read.name.as_deref(), Some("ListUsers"));
    }
}

#[test]
fn an_aggregated_event_spells_its_id_another_way() {
    let mut record = Record::default();
    let text = br#"{"eventId":"a","eventCategory":"Aggregated","accountId":"111122223333"}"#;
    assert_eq!(record.read(&mut Plain::new(text)), Ok(()));
    assert_eq!((record.id.as_deref(), record.category.as_deref()), (Some("a"), Some("Aggregated")));
}

#[test]
fn the_detail_of_an_envelope_is_the_record() {
    let text = br#"{"id":"x","detail":{"eventID":"a","detail":{"eventID":"b"}},"detail-type":"y"}"#;
    let mut record = Record::default();
    let mut scan = Plain::new(text);
    assert_eq!(record.read(&mut scan), Ok(()));
    assert_eq!(record.id.as_deref(), Some("a"));
    assert_eq!(record.raw, br#"{"eventID":"a","detail":{"eventID":"b"}}"#);
    assert_eq!(scan.at(), text.len());
    let own = br#"{"eventID":"a","detail":{"eventID":"b"}}"#;
    assert_eq!(record.read(&mut Plain::new(own)), Ok(()));
    assert_eq!(record.id.as_deref(), Some("a"));
}

#[test]
fn a_record_that_ends_early_is_told() {
    let text = r#"{"eventVersion":"1.11","userIdentity":{"type":"Root","sessionContext":{"sessionIssuer":{"type":"Role"}}},"eventName":"x","readOnly":true,"requestParameters":{"a":[1]},"resources":[]}"#;
    let mut index = Index::default();
    for end in 0..text.len() {
        let cut = &text.as_bytes()[..end];
        let mut record = Record::default();
        assert_eq!(record.read(&mut Plain::new(cut)), Err(Fault::End), "{end}");
        assert_eq!(record.read(&mut Indexed::new(cut, &mut index)), Err(Fault::End), "{end}");
    }
}

/// Members in any order, with any of them missing or twice, and values of any kind.
fn object(keys: &'static [&'static str], nested: BoxedStrategy<Value>) -> BoxedStrategy<String> {
    let member = (proptest::sample::select(keys), nested, any::<bool>());
    let members = proptest::collection::vec(member, 0..12);
    (members, any::<bool>())
        .prop_map(move |(mut members, usual)| {
            if usual {
                members.sort_by_key(|(key, ..)| keys.iter().position(|known| known == key));
            }
            let members: Vec<String> = members
                .iter()
                .map(|(key, value, spaced)| {
                    let space = if *spaced { " " } else { "" };
                    format!("\"{key}\"{space}:{space}{value}")
                })
                .collect();
            format!("{{{}}}", members.join(","))
        })
        .boxed()
}

fn any_value() -> BoxedStrategy<Value> {
    prop_oneof![
        crate::trail::scan::tests::value(),
        "[a-zA-Z0-9:/.-]{0,40}".prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ]
    .boxed()
}

proptest! {
    /// Whatever members a record has, both cursors read of it what `serde_json` does.
    #[test]
    fn a_record_is_read_as_serde_json_reads_it(
        record in object(USUAL, any_value()),
        identity in object(IDENTITY, any_value()),
        session in object(SESSION, any_value()),
        issuer in object(IDENTITY, any_value()),
    ) {
        let session = session.replacen('{', &format!("{{\"sessionIssuer\":{issuer}{}", comma(&session)), 1);
        let identity = identity.replacen('{', &format!("{{\"type\":\"AssumedRole\",\"sessionContext\":{session}{}", comma(&identity)), 1);
        holds(&record);
        holds(&record.replacen('{', &format!("{{\"eventVersion\":\"1.11\",\"userIdentity\":{identity}{}", comma(&record)), 1));
    }
}

/// What stands between a member that is put in front and the others.
fn comma(object: &str) -> &'static str {
    let members: Map<String, Value> = serde_json::from_str(object).unwrap();
    if members.is_empty() { "" } else { "," }
}
