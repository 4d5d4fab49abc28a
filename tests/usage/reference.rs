//! The reference: files → the export, in the most obvious way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

/// Account, principal, source, name, day.
type Row = [String; 5];

/// Count, errors, first, last.
type Sum = (u64, u64, String, String);

/// The export of all logs below a folder.
pub(crate) fn export(root: &Path) -> String {
    let (mut rows, mut seen) = (BTreeMap::<Row, Sum>::new(), BTreeSet::new());
    for (path, bytes) in files(root) {
        let folders: Vec<&str> = path.split('/').collect();
        let Some(at) = folders.iter().position(|folder| *folder == "CloudTrail") else { continue };
        let log: Value = serde_json::from_slice(&unpacked(bytes)).unwrap();
        for record in log["Records"].as_array().unwrap() {
            count(record, folders[at - 1], &mut rows, &mut seen);
        }
    }
    let mut out =
        "account,principal,eventSource,eventName,day,count,errors,first,last\n".to_owned();
    for (row, (count, errors, first, last)) in rows {
        let cells = row.map(|cell| quoted(&cell));
        writeln!(out, "{},{count},{errors},{first},{last}", cells.join(",")).unwrap();
    }
    out
}

/// All files below a folder, in any order.
fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.to_str().unwrap().to_owned(), fs::read(path).unwrap()));
            }
        }
    }
    files
}

fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut content = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut content).unwrap();
    content
}

fn count(
    record: &Value,
    folder: &str,
    rows: &mut BTreeMap<Row, Sum>,
    seen: &mut BTreeSet<(String, String)>,
) {
    let about = ["Insight", "Aggregated", "AwsCloudTrailInsight", "AwsAggregatedEvent"];
    let is_about = |field: &str| record[field].as_str().is_some_and(|kind| about.contains(&kind));
    if is_about("eventCategory") || is_about("eventType") {
        return;
    }
    let account = text(&record["recipientAccountId"]).unwrap_or(folder);
    let id = text(&record["eventID"]).unwrap();
    if !seen.insert((account.to_owned(), id.to_owned())) {
        return;
    }
    let time = text(&record["eventTime"]).unwrap().to_owned();
    assert_eq!(time.len(), 20, "times of whole seconds are in the order of their texts");
    let row = [
        account,
        &principal(&record["userIdentity"]),
        text(&record["eventSource"]).unwrap(),
        text(&record["eventName"]).unwrap(),
        time.get(..10).unwrap(),
    ];
    let sum =
        rows.entry(row.map(str::to_owned)).or_insert_with(|| (0, 0, time.clone(), time.clone()));
    sum.0 += 1;
    sum.1 += u64::from(text(&record["errorCode"]).is_some());
    sum.2 = sum.2.clone().min(time.clone());
    sum.3 = sum.3.clone().max(time);
}

/// Text that says something.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn principal(who: &Value) -> String {
    let of = |value: &Value| text(value).unwrap_or_default().to_owned();
    let arn = || text(&who["arn"]);
    let named = match text(&who["type"]) {
        Some("AssumedRole" | "FederatedUser") => {
            text(&who["sessionContext"]["sessionIssuer"]["arn"]).or_else(arn)
        }
        Some("IAMUser" | "Root") => arn(),
        Some("AWSService") => return format!("service:{}", of(&who["invokedBy"])),
        None if text(&who["invokedBy"]).is_some() => {
            return format!("service:{}", of(&who["invokedBy"]));
        }
        Some("AWSAccount") => {
            let account = of(&who["accountId"]);
            let is_nobody = ["", "anonymous", "ANONYMOUS_PRINCIPAL"].contains(&&*account);
            return format!("account:{}", if is_nobody { "anonymous" } else { &account });
        }
        Some("IdentityCenterUser") => {
            return format!("identitycenter:{}", of(&who["onBehalfOf"]["userId"]));
        }
        Some("SAMLUser" | "WebIdentityUser") => {
            return format!("federated:{}/{}", of(&who["identityProvider"]), of(&who["userName"]));
        }
        _ => None,
    };
    named.map_or_else(|| format!("unknown:{}", of(&who["principalId"])), str::to_owned)
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}
