//! The outbound feed against servers of its own: signatures as an independent verifier sees them, answers of
//! every kind, a bus that takes a part, and every change of the emulated organization against the schema.
#![expect(
    clippy::unwrap_used,
    reason = "a test that reads what it expects fails where it is not there"
)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use accesstrail_shared::aws::configuration;
use accesstrail_shared::collect::Stop;
use accesstrail_shared::feed::{
    EventBus, Feed, FileDeadLetters, Secrets, SqsDeadLetters, Webhook, sign,
};
use accesstrail_shared::form;
use accesstrail_shared::model::{Cause, CauseEvent, Change, ChangeKind, Entity, RunId};
use accesstrail_shared::port::{
    Clock as _, DeadLetter, DeadLetters as _, FeedEvent, PortError, Sink as _, Store, SystemClock,
    Verdict,
};
use accesstrail_shared::report::event::event;
use accesstrail_shared::testing::local::{Emulator, LocalAws, Options};
use accesstrail_shared::testing::proxy::Plan;
use accesstrail_shared::testing::sample::{self, ACCOUNT, at};
use accesstrail_shared::testing::visit;
use accesstrail_tests::server::{Reply, Seen, Server};
use accesstrail_tests::world::{self, Ask, empty_store, inventory};
use jsonschema::Validator;
use serde_json::{Value, json};

const NEW: &str = "new-0123456789abcdef0123456789";
const OLD: &str = "old-fedcba9876543210fedcba9876";
const OTHER: &str = "other-0123456789abcdef01234567";

fn events(count: usize) -> Vec<FeedEvent> {
    let one = |number| FeedEvent {
        id: format!("{number:032}"),
        at: at(0),
        body: json!({"id": format!("{number:032}"), "name": "ünï-日本-🙂"}).to_string(),
    };
    (0..count).map(one).collect()
}

fn webhook(server: &Server, secrets: Secrets) -> Webhook {
    Webhook::new(&server.address("/in?token=s3cr3t"), secrets, Arc::new(SystemClock)).unwrap()
}

/// What `verify.py` says of each request.
fn verified(requests: &[Value]) -> Vec<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/feed/verify.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    for request in requests {
        writeln!(input, "{request}").unwrap();
    }
    drop(input);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_independent_verifier_takes_what_is_signed_and_nothing_else() {
    let server = Server::start([]).await;
    let both = Secrets::new(NEW, Some(OLD)).unwrap();
    let verdicts = webhook(&server, both).send(&events(3)).await.unwrap();
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Accepted, Verdict::Accepted]);
    webhook(&server, Secrets::new(NEW, None).unwrap()).send(&events(1)).await.unwrap();
    let seen = server.seen();
    let (rotating, after) = (&seen[0], &seen[1]);
    assert_eq!((rotating.method.as_str(), rotating.path.as_str()), ("POST", "/in?token=s3cr3t"));
    assert_eq!(rotating.headers["content-type"], "application/json");
    let header = |request: &Seen| request.headers["accesstrail-signature"].clone();
    let ask = |header: String, body: &str, later: i64, secrets: &[&str]| {
        let now = SystemClock.now().as_second() + later;
        json!({"header": header, "body": body, "now": now, "secrets": secrets})
    };
    let (signed, body) = (header(rotating), rotating.body.as_str());
    let second = signed.split(",v1=").nth(1).unwrap().to_owned();
    let rows = [
        // While it is rotated, receivers with either secret take it; afterwards those with the new one alone.
        (ask(signed.clone(), body, 0, &[NEW]), "good"),
        (ask(signed.clone(), body, 0, &[OLD]), "good"),
        (ask(signed.clone(), body, 0, &[OTHER, NEW]), "good"),
        (ask(header(after), &after.body, 0, &[NEW]), "good"),
        (ask(header(after), &after.body, 0, &[OLD]), "bad: no signature fits"),
        (ask(signed.clone(), body, 0, &[OTHER]), "bad: no signature fits"),
        (ask(signed.clone(), body, 290, &[NEW]), "good"),
        (ask(signed.clone(), body, 310, &[NEW]), "bad: too old"),
        (ask(signed.clone(), body, -310, &[NEW]), "bad: too old"),
        (ask(signed.clone(), &body.replace("日本", "日木"), 0, &[NEW]), "bad: no signature fits"),
        (ask(signed.clone(), &format!("{body} "), 0, &[NEW]), "bad: no signature fits"),
        (ask(later_by(&signed, 60), body, 0, &[NEW]), "bad: no signature fits"),
        (ask(header(after), body, 0, &[NEW]), "bad: no signature fits"),
        (ask(format!("v1={second}"), body, 0, &[NEW]), "bad: not a signature"),
        (ask(String::new(), body, 0, &[NEW]), "bad: not a signature"),
    ];
    let asked: Vec<Value> = rows.iter().map(|(ask, _)| ask.clone()).collect();
    for ((ask, expected), said) in rows.iter().zip(verified(&asked)) {
        assert_eq!(said, *expected, "{ask}");
    }
    // No part of a secret goes over the wire.
    assert!(seen.iter().all(|request| !format!("{request:?}").contains("fedcba9876543210")));
}

/// The header with a time that somebody moved.
fn later_by(header: &str, seconds: i64) -> String {
    let (time, rest) = header.split_once(',').unwrap();
    let time: i64 = time.strip_prefix("t=").unwrap().parse().unwrap();
    format!("t={},{rest}", time + seconds)
}

#[tokio::test]
async fn answers_and_what_they_mean() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for status in [200, 202, 204] {
        let server = Server::start([Reply::status(status)]).await;
        let sink = webhook(&server, Secrets::new(NEW, None).unwrap());
        assert_eq!(sink.send(&events(1)).await.unwrap(), [Verdict::Accepted], "{status}");
    }
    let rows: [(Reply, Option<Duration>); 9] = [
        (Reply::status(408), None),
        (Reply::status(429).with("retry-after", "17"), seconds(17)),
        (Reply::status(429).with("retry-after", "soon"), None),
        (Reply::status(500), None),
        (Reply::status(503).with("retry-after", "0"), seconds(0)),
        (Reply::status(504), None),
        (Reply::endless(500), None),
        (Reply::endless(429), None),
        (Reply::cut(), None),
    ];
    for (reply, expected) in rows {
        let server = Server::start([reply.clone()]).await;
        let sink = webhook(&server, Secrets::new(NEW, None).unwrap());
        let verdict = sink.send(&events(1)).await.unwrap().remove(0);
        let Verdict::Later { after, reason } = verdict else { panic!("{verdict:?} for {reply:?}") };
        assert_eq!(after, expected, "{reply:?}");
        assert!(!reason.is_empty() && reason.len() < 600, "{reason}");
        assert!(!reason.contains("s3cr3t") && !reason.contains(NEW), "{reason}");
    }
    for status in [300, 304, 400, 401, 403, 404, 410, 413, 422] {
        let server = Server::start([Reply::status(status).saying("not \u{1b}[31mtoday")]).await;
        let sink = webhook(&server, Secrets::new(NEW, None).unwrap());
        let verdict = sink.send(&events(1)).await.unwrap().remove(0);
        let Verdict::Refused(reason) = verdict else { panic!("{verdict:?} for {status}") };
        assert!(reason.contains(&status.to_string()), "{reason}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start([]).await;
    for status in [301, 302, 303, 307, 308] {
        let reply = Reply::status(status).with("location", &elsewhere.address("/"));
        let server = Server::start([reply]).await;
        let sink = webhook(&server, Secrets::new(NEW, None).unwrap());
        let verdict = sink.send(&events(1)).await.unwrap().remove(0);
        assert!(matches!(verdict, Verdict::Refused(_)), "{status}: {verdict:?}");
        assert_eq!(server.seen().len(), 1);
    }
    assert!(elsewhere.seen().is_empty(), "nobody else is told");
}

#[tokio::test]
async fn nobody_there_is_a_reason_to_try_again() {
    let server = Server::start([]).await;
    let sink = webhook(&server, Secrets::new(NEW, None).unwrap());
    drop(server);
    let verdict = sink.send(&events(2)).await.unwrap().remove(1);
    assert!(matches!(verdict, Verdict::Later { after: None, .. }), "{verdict:?}");
}

async fn bus(server: &Server) -> EventBus {
    let place = visit::place(&server.address(""), world::REGION);
    EventBus::new(&configuration(&place).await, "accesstrail-changes")
}

#[tokio::test]
async fn a_bus_takes_a_part_and_says_which() {
    let answer = json!({"FailedEntryCount": 2, "Entries": [
        {"EventId": "e-1"},
        {"ErrorCode": "InternalFailure", "ErrorMessage": "again"},
        {"ErrorCode": "MalformedDetail", "ErrorMessage": "never"},
    ]});
    let server = Server::start([Reply::json(200, &answer)]).await;
    let verdicts = bus(&server).await.send(&events(3)).await.unwrap();
    assert_eq!(
        verdicts,
        [
            Verdict::Accepted,
            Verdict::Later { reason: "InternalFailure: again".to_owned(), after: None },
            Verdict::Refused("MalformedDetail: never".to_owned()),
        ]
    );
    let request = &server.seen()[0];
    assert_eq!(request.headers["x-amz-target"], "AWSEvents.PutEvents");
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let entries = body["Entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    for (entry, event) in entries.iter().zip(events(3)) {
        assert_eq!(entry["Source"], "accesstrail");
        assert_eq!(entry["DetailType"], "ChangeObserved");
        assert_eq!(entry["EventBusName"], "accesstrail-changes");
        assert_eq!(entry["Detail"], event.body);
    }
    // An answer that says nothing of some entries says nothing of any.
    let server = Server::start([Reply::json(200, &json!({"Entries": [{"EventId": "e-1"}]}))]).await;
    let verdicts = bus(&server).await.send(&events(2)).await.unwrap();
    assert!(verdicts.iter().all(|it| matches!(it, Verdict::Later { .. })), "{verdicts:?}");
}

#[tokio::test]
async fn a_bus_that_may_not_be_used_is_told_as_such() {
    let rows = [
        ("AccessDeniedException", "is not authorized to perform: events:PutEvents", true),
        ("ResourceNotFoundException", "Event bus accesstrail-changes does not exist.", false),
    ];
    for (code, message, denied) in rows {
        let reply = Reply::json(400, &json!({"__type": code, "message": message}));
        let server = Server::start([reply]).await;
        let error = bus(&server).await.send(&events(1)).await.unwrap_err();
        assert_eq!(matches!(error, PortError::Denied { .. }), denied, "{error:?}");
        assert!(!error.is_passing() && error.to_string().contains("events:PutEvents"), "{error}");
    }
}

#[tokio::test]
async fn the_secret_comes_from_secrets_manager_and_is_told_to_nobody() {
    let place = |server: &Server| visit::place(&server.address(""), world::REGION);
    let pair = json!({"current": NEW, "previous": OLD}).to_string();
    for (text, expected) in [
        (NEW.to_owned(), Secrets::new(NEW, None).ok()),
        (pair, Secrets::new(NEW, Some(OLD)).ok()),
        ("s3cr3t".to_owned(), None),
    ] {
        let answer = Reply::json(200, &json!({"SecretString": text, "Name": "hook"}));
        let server = Server::start([answer]).await;
        let found = Secrets::fetch(&configuration(&place(&server)).await, "hook").await;
        assert_eq!(server.seen()[0].headers["x-amz-target"], "secretsmanager.GetSecretValue");
        match (found, expected) {
            (Ok(found), Some(expected)) => assert!(found == expected),
            (Err(error), None) => {
                assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
            }
            (found, _) => panic!("{found:?}"),
        }
    }
}

/// The schema of the documentation.
fn schema() -> Validator {
    let text = include_str!("../docs/change-observed.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

fn valid(schema: &Validator, body: &str) {
    let event: Value = serde_json::from_str(body).unwrap();
    let problems: Vec<String> =
        schema.iter_errors(&event).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?} in {event:#}");
}

fn change(kind: ChangeKind, before: Option<Entity>, after: Option<Entity>) -> Change {
    let hash = |entity: &Option<Entity>| {
        entity.as_ref().map(|entity| form::hash(&form::write(entity).unwrap()))
    };
    Change {
        scope: format!("{ACCOUNT}/aws-global/iam-authorization/users").parse().unwrap(),
        id: after.as_ref().or(before.as_ref()).unwrap().id(),
        kind,
        at: at(0),
        cause: Cause::Event(Box::new(CauseEvent {
            id: "11112222-3333-4444-5555-666677778888".to_owned(),
            ..CauseEvent::default()
        })),
        before_hash: hash(&before),
        after_hash: hash(&after),
        before,
        after,
    }
}

#[test]
fn events_of_every_change_are_valid_and_wrong_ones_are_not() {
    let schema = schema();
    let user = |tags: &[(&str, &str)]| sample::tagged_user(ACCOUNT, "ana", "AIDAEXAMPLE1", tags);
    let long = "x".repeat(400_000);
    let rows = [
        change(ChangeKind::Created, None, Some(user(&[("a", "=1+1")]))),
        change(ChangeKind::Changed, Some(user(&[])), Some(user(&[("a", "\u{202e}\0")]))),
        change(ChangeKind::Changed, Some(user(&[])), Some(user(&[("a", &long)]))),
        change(ChangeKind::Restored, Some(user(&[])), Some(user(&[]))),
        change(ChangeKind::Deleted, Some(user(&[])), None),
    ];
    for change in &rows {
        valid(&schema, &event(change).unwrap().body);
    }
    let good: Value = serde_json::from_str(&event(&rows[0]).unwrap().body).unwrap();
    let wrong = [
        ("schema", json!("accesstrail.change-observed/2")),
        ("id", json!("short")),
        ("change", json!("moved")),
        ("account", json!("1")),
        ("before_hash", good["after_hash"].clone()),
        ("after_hash", Value::Null),
        ("truncated", json!(true)),
        ("cause", json!({})),
        ("time", json!(0)),
    ];
    for (field, value) in wrong {
        let mut event = good.clone();
        event[field] = value;
        assert!(!schema.is_valid(&event), "{field}: {event}");
        event.as_object_mut().unwrap().remove(field);
        assert!(!schema.is_valid(&event), "without {field}");
    }
}

/// Everything that an inventory of the emulated organization finds, to a receiver that is down at first.
#[test]
fn every_change_of_the_organization_arrives_once_and_is_valid() {
    world::run(async {
        let world = world::world().await;
        let proxy = world.proxy(Plan::default()).await;
        let store = empty_store();
        let run = inventory(&proxy, &store, Ask::default()).await.run.id;
        let server = Server::start([Reply::status(500), Reply::status(200), Reply::cut()]).await;
        let folder = tempfile::tempdir().unwrap();
        let letters = folder.path().join("letters.jsonl");
        let sink = webhook(&server, Secrets::new(NEW, None).unwrap());
        let name = sink.name().to_owned();
        assert!(name.starts_with("webhook:127.0.0.1:") && !name.contains("s3cr3t"), "{name}");
        let letters_file = Arc::new(FileDeadLetters::new(letters.clone()));
        let feed =
            Feed::new(Arc::clone(&store), Arc::new(sink), letters_file, Arc::new(SystemClock));
        let told = feed.every_run(&Stop::default()).await.unwrap().told();
        let changes = all_changes(&*store, &run).await;
        assert_eq!((told.sent, told.set_aside()), (changes.len() as u64, 0));
        assert!(changes.len() > 200, "{}", changes.len());
        assert!(!letters.exists());

        let schema = schema();
        let seen = server.seen();
        // The two that failed came again, with a signature of their own.
        let accepted = seen.iter().enumerate().filter(|(number, _)| ![0, 2].contains(number));
        let mut ids = Vec::new();
        for (_, request) in accepted {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            assert_eq!(body["schema"], "accesstrail.events/1");
            for event in body["events"].as_array().unwrap() {
                valid(&schema, &event.to_string());
                ids.push(event["id"].as_str().unwrap().to_owned());
            }
        }
        let wanted: BTreeSet<String> =
            changes.iter().map(|change| event(change).unwrap().id).collect();
        assert_eq!(ids.len(), wanted.len(), "each arrives once");
        assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), wanted);
        let delivery = store.delivery(&name, &run).await.unwrap().unwrap();
        assert!(delivery.ended);
        let before = server.seen().len();
        assert_eq!(feed.every_run(&Stop::default()).await.unwrap().told().sent, 0);
        assert_eq!(server.seen().len(), before, "nothing is left to send");
    });
}

async fn all_changes(store: &dyn Store, run: &RunId) -> Vec<Change> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.changes(run, after.as_deref(), 500).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn letter(number: usize) -> DeadLetter {
    let event = events(number + 1).remove(number);
    let reason = "HTTP status 400\nreally".to_owned();
    DeadLetter { sink: "webhook:x:y".to_owned(), reason, at: at(1), event }
}

#[tokio::test]
async fn dead_letters_are_kept_with_their_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letters.jsonl");
    let file = FileDeadLetters::new(path.clone());
    file.keep(&[letter(0), letter(1)]).await.unwrap();
    file.keep(&[letter(2)]).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(kept.len(), 3, "a line each, whatever the reason says");
    assert_eq!(kept[1]["event"]["id"], letter(1).event.id);
    assert_eq!(kept[2]["reason"], "HTTP status 400\nreally");
    assert_eq!(kept[0]["schema"], "accesstrail.dead-letter/1");
    let nowhere = FileDeadLetters::new(folder.path().join("no/such/folder"));
    assert!(nowhere.keep(&[letter(0)]).await.is_err());

    // The same in a queue.
    let aws = LocalAws::start(&Options::only(Emulator::Own), &|_| ()).await.unwrap();
    let config = configuration(&visit::place(aws.own_endpoint().unwrap(), world::REGION)).await;
    let sqs = aws_sdk_sqs::Client::new(&config);
    let queue = sqs.create_queue().queue_name("letters").send().await.unwrap();
    let url = queue.queue_url().unwrap();
    SqsDeadLetters::new(&config, url).keep(&[letter(0), letter(1)]).await.unwrap();
    let mut bodies = BTreeSet::new();
    while bodies.len() < 2 {
        let answer = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await;
        bodies.extend(answer.unwrap().messages().iter().map(|it| it.body().unwrap().to_owned()));
    }
    let in_file: BTreeSet<String> = text.lines().take(2).map(str::to_owned).collect();
    assert_eq!(bodies, in_file);
    let missing = SqsDeadLetters::new(&config, &format!("{url}-not"));
    assert!(missing.keep(&[letter(0)]).await.is_err());
}

#[test]
fn a_signature_is_one_text_for_each_secret() {
    let header = sign(&Secrets::new(NEW, Some(OLD)).unwrap(), at(0), b"{}");
    assert_eq!(header.matches(",v1=").count(), 2);
    assert!(header.starts_with(&format!("t={},v1=", at(0).as_second())));
}
