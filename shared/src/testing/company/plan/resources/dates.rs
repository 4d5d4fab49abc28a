//! Everything was made at the founding: dates in the past instead, the same in every run.

use std::sync::Arc;

use serde_json::Value;

use crate::model::Timestamp;
use crate::testing::{
    company::{
        derived,
        plan::{Correction, Facts, calendar::Moment},
    },
    proxy::RequestView,
};

const SHOWS: &str = "dates in the past";

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    let xml = [
        "ec2:DescribeInstances",
        "rds:DescribeDBClusters",
        "rds:DescribeDBInstances",
        "s3:ListAllMyBuckets",
    ];
    let json = [
        "dynamodb:DescribeContinuousBackups",
        "ecr:DescribeRepositories",
        "glue:GetDatabases",
        "glue:GetTables",
        "kms:DescribeKey",
        "lambda:ListFunctions",
        "secretsmanager:ListSecrets",
        "sqs:GetQueueAttributes",
    ];
    let xml = xml.into_iter().map(|action| {
        let facts = Arc::clone(facts);
        Correction::text(action, SHOWS, move |view, text| Some(in_xml(&facts, view, text)))
    });
    let json = json.into_iter().map(|action| {
        let facts = Arc::clone(facts);
        Correction::json(action, SHOWS, move |view, answer| in_json(&facts, view, answer))
    });
    xml.chain(json).collect()
}

/// When something is told to have been, by the name of the field and what it belongs to.
fn moment(facts: &Facts, field: &str, identity: &str) -> Moment {
    let field = field.to_ascii_lowercase();
    if ["deletiondate", "nextrotationdate"].contains(&field.as_str()) {
        return facts.calendar.ends(14, identity);
    }
    if field.contains("latest") || field.contains("modified") || field.contains("changed") {
        return facts.calendar.used(derived::draw(identity, 60), identity);
    }
    facts.calendar.made(derived::age(identity), identity)
}

/// What a call is about, where nothing in the answer says it better.
fn asked(facts: &Facts, view: &RequestView) -> String {
    let about = if view.action == "DescribeInstances" { "" } else { &view.path };
    format!("{}/{}/{about}", facts.key(view), view.region)
}

/// Puts dates in the past into an XML answer; what carries them is told apart by its position.
pub(super) fn in_xml(facts: &Facts, view: &RequestView, text: &str) -> String {
    let identity = asked(facts, view);
    let mut out = String::with_capacity(text.len());
    let mut number = 0;
    for (position, piece) in text.split('<').enumerate() {
        if position > 0 {
            out.push('<');
        }
        match piece.split_once('>') {
            Some((tag, content)) if content.parse::<Timestamp>().is_ok() => {
                number += 1;
                let moment = moment(facts, tag, &format!("{identity}/{number}"));
                out.push_str(tag);
                out.push('>');
                out.push_str(&moment.xml());
            }
            _ => out.push_str(piece),
        }
    }
    out
}

/// Puts dates in the past into a JSON answer.
pub(super) fn in_json(facts: &Facts, view: &RequestView, answer: &mut Value) {
    let identity = format!("{}{}", asked(facts, view), view.text());
    walk(facts, answer, &identity);
}

/// The fields that name what the dates beside them belong to.
const NAMES: [&str; 8] =
    ["ARN", "Arn", "FunctionArn", "repositoryArn", "TableArn", "QueueArn", "arn", "Name"];

fn walk(facts: &Facts, value: &mut Value, identity: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(facts, item, identity)),
        Value::Object(fields) => {
            let own = NAMES.iter().find_map(|name| fields.get(*name)?.as_str().map(str::to_owned));
            let identity = own.unwrap_or_else(|| identity.to_owned());
            for (name, field) in fields.iter_mut() {
                match aged(facts, name, field, &identity) {
                    Some(date) => *field = date,
                    None => walk(facts, field, &identity),
                }
            }
        }
        _ => {}
    }
}

/// A date in the form of the one that stands there; `None` if it is none.
fn aged(facts: &Facts, name: &str, field: &Value, identity: &str) -> Option<Value> {
    let lower = name.to_ascii_lowercase();
    if !["date", "time", "modified", "createdat", "updatedat"].iter().any(|it| lower.contains(it)) {
        return None;
    }
    let date = moment(facts, name, &format!("{identity}/{name}"));
    // Seconds since 1970, as most services write them; a duration is less.
    let is_recent = |seconds: f64| (1.0e9..4.0e9).contains(&seconds);
    match field {
        Value::Number(number) if number.as_f64().is_some_and(is_recent) => {
            Some(date.seconds().into())
        }
        Value::String(text) if text.parse().is_ok_and(is_recent) => {
            Some(date.seconds().to_string().into())
        }
        Value::String(text) => {
            let zone = text.strip_suffix("+0000").map(|time| format!("{time}Z"));
            let is_date = zone.as_deref().unwrap_or(text).parse::<Timestamp>().is_ok();
            let end = if zone.is_some() { ".000+0000" } else { "Z" };
            is_date.then(|| date.xml().replace('Z', end).into())
        }
        _ => None,
    }
}
