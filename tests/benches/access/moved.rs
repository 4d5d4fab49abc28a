//! What one changed policy changes.

use std::time::Duration;

use accesstrail_shared::access::{Changed, Estate, Source, WhoCan as _, difference};
use accesstrail_shared::access::{Index, Plain};
use serde_json::{Value, json};

use crate::clock::timed;
use crate::table::{Row, print};
use crate::{SIZES, generated};

const CHANGES: usize = 12;
const QUESTIONS: usize = 60;

pub(crate) fn run() {
    let mut rows = Vec::new();
    for count in SIZES {
        let given = generated::organization_of(1, count);
        let text = given.to_string();
        let estate = Estate::import([("made", text.as_str())]);
        let index = Index::of(&estate);
        warm(&index, count);
        let goal = (count == 50_000).then_some(Duration::from_millis(50));
        for (what, changes) in changes(&given, &estate) {
            let (mut times, mut looked_at, mut moved) = (Vec::new(), 0, 0);
            for (changed, document) in &changes {
                let (found, time) = timed(|| difference(&index, changed.of(), document).unwrap());
                times.push(time);
                looked_at = looked_at.max(found.looked_at);
                moved += found.moved.iter().map(|it| it.principals.len()).sum::<usize>();
            }
            let mean = times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap();
            let slowest = times.into_iter().max().unwrap_or_default();
            let of = format!("{what}, {} changes, at most {looked_at} have it", changes.len());
            let row = |of: String| Row::new([count.to_string(), of]);
            rows.push(row(format!("{of}; {moved} moved: mean")).maybe(mean, goal));
            rows.push(row(format!("{what}: slowest")).maybe(slowest, goal));
        }
        if count == 1_000 {
            compare(&given, &estate);
        }
    }
    print("The difference of one changed policy", &["N", "policy"], &rows);
}

/// Asks an index what it is there for, as whoever has one did before a policy changes.
fn warm(index: &Index<'_>, count: usize) {
    for (action, resource) in generated::questions(2, QUESTIONS, count) {
        index.who_can(&action, &resource, &[]).unwrap();
    }
}

/// A policy that changes.
enum Which {
    Managed(String),
    Inline(String),
    Organization(&'static str),
    Resource(String),
}

impl Which {
    fn of(&self) -> Changed<'_> {
        match self {
            Self::Managed(arn) => Changed::Managed(arn),
            Self::Inline(principal) => Changed::Inline { principal, name: "1" },
            Self::Organization(id) => Changed::Organization(id),
            Self::Resource(arn) => Changed::Resource(arn),
        }
    }
}

type Changes = Vec<(Which, String)>;

fn changes(given: &Value, estate: &Estate) -> Vec<(&'static str, Changes)> {
    let documents: Vec<String> =
        given["managed_policies"].as_object().unwrap().values().map(Value::to_string).collect();
    let name = |at: usize| format!("arn:aws:iam::aws:policy/managed-{at}");
    let is_held = |arn: &String| {
        estate.identities.iter().any(|it| {
            it.policies.iter().any(|held| held.source == Source::Managed(arn.as_str().into()))
        })
    };
    let managed = (10..).map(name).filter(is_held).take(CHANGES);
    let managed = managed.enumerate().map(|(at, arn)| (Which::Managed(arn), documents[at].clone()));
    let boundary = (0..3).map(|at| (Which::Managed(name(at)), documents[at + 20].clone()));
    let principals = estate.identities.iter().step_by(estate.identities.len() / CHANGES);
    let inline = principals.take(CHANGES).enumerate();
    let inline = inline.map(|(at, it)| (Which::Inline(it.arn().to_owned()), documents[at].clone()));
    let rail = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": ["organizations:LeaveOrganization", "iam:CreateUser"], "Resource": "*"}]});
    let bucket = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:Get*", "Resource": "*"}]});
    let buckets = estate.resources.keys().filter(|arn| arn.contains(":s3:")).take(3);
    let buckets = buckets.map(|arn| (Which::Resource(arn.to_string()), bucket.to_string()));
    // What a new document usually is: the old one, and a statement more.
    let mut added: Changes = Vec::new();
    for arn in (10..).map(name).filter(is_held).take(CHANGES) {
        let mut document = given["managed_policies"][&arn].clone();
        let statements = document["Statement"].as_array_mut().unwrap();
        statements.push(json!({"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": "arn:aws:s3:::bucket-1*"}));
        added.push((Which::Managed(arn), document.to_string()));
    }
    vec![
        ("managed, a statement more", added),
        ("managed, wholly another", managed.collect()),
        ("managed, a boundary too, wholly another", boundary.collect()),
        ("inline, wholly another", inline.collect()),
        ("of the organization", vec![(Which::Organization("rail"), rail.to_string())]),
        ("of a bucket", buckets.collect()),
    ]
}

/// Whoever can do something else after a change is told to be moved by it, and nobody else.
fn compare(given: &Value, estate: &Estate) {
    let mut after = given.clone();
    let name = "arn:aws:iam::aws:policy/managed-12";
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:PurgeQueue", "Resource": "*"}]});
    let mut together = after["managed_policies"][name].clone();
    let statements = together["Statement"].as_array_mut().unwrap();
    statements.push(document["Statement"][0].clone());
    after["managed_policies"][name] = together.clone();
    let text = after.to_string();
    let after = Estate::import([("made", text.as_str())]);
    let told =
        difference(&Index::of(estate), Changed::Managed(name), &together.to_string()).unwrap();
    let told: std::collections::BTreeSet<&str> =
        told.moved.iter().flat_map(|it| &it.principals).map(String::as_str).collect();
    let of = |verdict: accesstrail_shared::access::Verdict| (verdict.allowed, verdict.conditional);
    let was = of(Plain::of(estate).verdict("sqs:PurgeQueue", "*", &[]).unwrap());
    let is = of(Index::of(&after).verdict("sqs:PurgeQueue", "*", &[]).unwrap());
    for (place, identity) in estate.identities.iter().enumerate() {
        let moved = was.0.has(place) != is.0.has(place) || was.1.has(place) != is.1.has(place);
        assert_eq!(told.contains(identity.arn()), moved, "{}", identity.arn());
    }
}
