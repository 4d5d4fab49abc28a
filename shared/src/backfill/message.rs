//! What the queue of logs brings → days of accounts to read.
//!
//! ```text
//!  our own          {"version":1,"backfill":{"account":…,"day":…}}
//!  S3               {"Records":[{"eventSource":"aws:s3",…}]}, {"Event":"s3:TestEvent",…}
//!  EventBridge      {"source":"aws.s3","detail-type":"Object Created",…}
//!  CloudTrail       {"s3Bucket":…,"s3ObjectKey":[…]}
//!  SNS              {"Type":"Notification","Message":"any of these, as text"}
//! ```
//!
//! A notice is only a hint that something is there: it becomes the day of its object, and what is read is what the bucket
//! then lists. So notices may come twice, late, or in any order. In notices of S3 keys are form-encoded, in those of
//! EventBridge and CloudTrail they are plain.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::listed::delivered;
use super::plan::Unit;
use crate::model::RunId;
use crate::trail::key::{KeyKind, LogKey};
use crate::usage::day::Day;
use crate::usage::object::is_near;

/// The version of our own messages.
const VERSION: u64 = 1;

/// How many envelopes may stand around a notice: SNS within SNS is nobody's.
const ENVELOPES: usize = 2;

/// The most objects of one message. S3 tells one at a time, CloudTrail a few.
const MOST_OBJECTS: usize = 10_000;

/// A day of an account, and the regions to read; all where empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job {
    /// The day.
    pub unit: Unit,
    /// Only these regions' folders.
    pub regions: BTreeSet<String>,
    /// The backfill that planned it; none where a notice did.
    pub run: Option<RunId>,
}

/// Where logs are expected: what lies elsewhere is not ours to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The bucket.
    pub bucket: String,
    /// What stands before `AWSLogs/` in the keys, ending in `/` or empty.
    pub prefix: String,
}

/// What a message comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// What to do.
    pub jobs: BTreeSet<Job>,
    /// The logs that notices name, by their keys.
    pub objects: BTreeSet<String>,
    /// What nothing is done for: how many objects, or messages, for each reason.
    pub ignored: BTreeMap<&'static str, u64>,
}

impl Read {
    fn ignore(&mut self, why: &'static str) {
        *self.ignored.entry(why).or_default() += 1;
    }
}

/// Our own message about a day.
pub fn write(job: &Job) -> String {
    let Job { unit: Unit { account, day }, regions, run } = job;
    let regions = Some(regions).filter(|regions| !regions.is_empty());
    let fields = [
        ("account", Some(json!(account))),
        ("day", Some(json!(day.to_string()))),
        ("regions", regions.map(|regions| json!(regions))),
        ("run", run.as_ref().map(|run| json!(run.as_str()))),
    ];
    let told: serde_json::Map<String, Value> =
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    json!({"version": VERSION, "backfill": told}).to_string()
}

/// Reads the body of a message. The error says why nobody ever can.
pub fn read(body: &str, source: &Source) -> Result<Read, String> {
    let mut read = Read::default();
    unwrap(body, source, ENVELOPES, &mut read)?;
    Ok(read)
}

fn unwrap(body: &str, source: &Source, envelopes: usize, read: &mut Read) -> Result<(), String> {
    if body.trim_matches(['"', ' ', '\n']).starts_with("CloudTrail validation message") {
        read.ignore("test");
        return Ok(());
    }
    let value: Value = serde_json::from_str(body).map_err(|error| format!("no JSON: {error}"))?;
    if !value.is_object() {
        return Err("it is not a JSON object".to_owned());
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if value.get("backfill").is_some() {
        read.jobs.insert(own(&value)?);
    } else if text("Event") == Some("s3:TestEvent") {
        read.ignore("test");
    } else if let Some(records) = value.get("Records").and_then(Value::as_array) {
        s3(records, source, read)?;
    } else if text("source") == Some("aws.s3") {
        event_bridge(&value, source, read)?;
    } else if let (Some(bucket), Some(keys)) = (text("s3Bucket"), value.get("s3ObjectKey")) {
        cloud_trail(bucket, keys, source, read)?;
    } else if let (Some(kind), Some(message)) = (text("Type"), text("Message")) {
        match kind {
            "Notification" if envelopes > 0 => {
                return unwrap(message, source, envelopes - 1, read);
            }
            "Notification" => return Err("it is an envelope in an envelope".to_owned()),
            // Whoever subscribes the queue confirms it; the message itself asks for nothing.
            _ => read.ignore("subscription"),
        }
    } else {
        return Err(
            "it is neither a day of logs nor a notice of S3, EventBridge, SNS or CloudTrail"
                .to_owned(),
        );
    }
    Ok(())
}

fn own(value: &Value) -> Result<Job, String> {
    let version = value.get("version").and_then(Value::as_u64);
    if version != Some(VERSION) {
        let found = value.get("version").map_or_else(|| "none".to_owned(), Value::to_string);
        return Err(format!("message version {found} is not {VERSION}"));
    }
    let text = |name: &str| value.pointer(&format!("/backfill/{name}")).and_then(Value::as_str);
    let account = text("account").filter(|text| is_account(text)).ok_or("it has no account")?;
    let day: Day = text("day").and_then(|day| day.parse().ok()).ok_or("it has no day")?;
    let regions = match value.pointer("/backfill/regions") {
        None => BTreeSet::new(),
        Some(regions) => serde_json::from_value(regions.clone())
            .map_err(|error| format!("its regions: {error}"))?,
    };
    let run =
        text("run").map(str::parse).transpose().map_err(|error| format!("its run: {error}"))?;
    Ok(Job { unit: Unit { account: account.to_owned(), day }, regions, run })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn s3(records: &[Value], source: &Source, read: &mut Read) -> Result<(), String> {
    few(records.len())?;
    for record in records {
        let text = |path: &str| record.pointer(path).and_then(Value::as_str);
        if text("/eventSource") != Some("aws:s3") {
            return Err("a record of it is not one of S3".to_owned());
        }
        let bucket = text("/s3/bucket/name").ok_or("a record of it names no bucket")?;
        let key = text("/s3/object/key").ok_or("a record of it names no key")?;
        if !text("/eventName").is_some_and(|name| name.starts_with("ObjectCreated:")) {
            read.ignore("not_created");
            continue;
        }
        object(bucket, &form_decoded(key)?, source, read);
    }
    Ok(())
}

/// A key as S3 writes it: a space is `+`, and what is no letter, digit or one of `-_.*/` is percent-encoded UTF-8.
fn form_decoded(key: &str) -> Result<String, String> {
    let spaced = key.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| "a key of it is not UTF-8".to_owned())
}

fn event_bridge(value: &Value, source: &Source, read: &mut Read) -> Result<(), String> {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str);
    if text("/detail-type") != Some("Object Created") {
        read.ignore("not_created");
        return Ok(());
    }
    let bucket = text("/detail/bucket/name").ok_or("its detail names no bucket")?;
    let key = text("/detail/object/key").ok_or("its detail names no key")?;
    object(bucket, key, source, read);
    Ok(())
}

fn cloud_trail(bucket: &str, keys: &Value, source: &Source, read: &mut Read) -> Result<(), String> {
    let keys = keys.as_array().ok_or("s3ObjectKey is no list")?;
    few(keys.len())?;
    for key in keys {
        object(bucket, key.as_str().ok_or("s3ObjectKey is no list of keys")?, source, read);
    }
    Ok(())
}

fn few(objects: usize) -> Result<(), String> {
    if objects <= MOST_OBJECTS {
        return Ok(());
    }
    Err(format!("it names {objects} objects, more than {MOST_OBJECTS}"))
}

/// Adds the days that an object may have events of: that of its delivery, and the one before if that had just ended.
fn object(bucket: &str, name: &str, source: &Source, read: &mut Read) {
    if bucket != source.bucket {
        return read.ignore("other_bucket");
    }
    let Some(key) = LogKey::read(name) else { return read.ignore("not_a_log") };
    if key.prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default() != source.prefix {
        return read.ignore("other_prefix");
    }
    match key.kind {
        kind if kind.holds_calls() => {}
        KeyKind::Digest => return read.ignore("digest"),
        KeyKind::Insight => return read.ignore("insight"),
        KeyKind::Aggregated => return read.ignore("aggregated"),
        _ => return read.ignore("not_a_log"),
    }
    read.objects.insert(name.to_owned());
    let (day, at) = (Day(key.day), delivered(&key));
    let before = Day(day.0.saturating_sub(1));
    // By the folder and by the name: an object that was moved lies in one day and was delivered on another.
    let mut days = BTreeSet::from([day]);
    days.extend(is_near(day.first_hour().saturating_sub(1), at).then_some(before));
    for day in days {
        let unit = Unit { account: key.account.to_owned(), day };
        read.jobs.insert(Job { unit, regions: BTreeSet::new(), run: None });
    }
}

#[cfg(test)]
mod tests;
