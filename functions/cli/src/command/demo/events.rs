//! The part of the demo in which identities change, and each change is seen by its event.

use std::sync::Arc;

use accesstrail_shared::aws::session::Sessions;
use accesstrail_shared::collect::Stop;
use accesstrail_shared::collect::reread::Rereader;
use accesstrail_shared::live::{Incoming, Known, Live};
use accesstrail_shared::model::{Cause, Change, Kind};
use accesstrail_shared::port::{Clock, EventStore, SystemClock};
use accesstrail_shared::realtime::message::{self, Message};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::testing::company::{Company, play};
use serde_json::{Value, json};

use crate::error::Failure;
use crate::screen::Screen;

/// The account in which it happens.
const ACCOUNT: &str = "web-dev";

/// What was played, and what was seen of it.
#[derive(Debug)]
pub(super) struct Seen {
    scenes: Vec<Scene>,
}

#[derive(Debug)]
struct Scene {
    title: &'static str,
    changes: Vec<Change>,
    /// From the change in AWS to the saved one, in milliseconds.
    latency: i64,
    calls: u64,
}

/// Plays the scenes, and hands each one's event to the code of the realtime function.
pub(super) async fn take(
    company: &Company,
    sessions: Sessions,
    store: Arc<dyn EventStore>,
) -> Result<Seen, Failure> {
    let unknown = || Failure::Usage(format!("the demo has no account {ACCOUNT}"));
    let account = company.account(ACCOUNT).and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sessions = Arc::new(sessions);
    let session = sessions.session(&account).await?;
    let rereader = Rereader { sessions, store, clock: Arc::clone(&clock) };
    let live = Live { rereader, feeds: Vec::new(), known: Arc::new(Known::default()) };
    let mut scenes = Vec::new();
    for scene in 0..play::SCENES {
        let began = clock.now();
        let played = play::play(&session, scene, began).await.map_err(|error| {
            Failure::Usage(format!("the emulator does not play along: {error}"))
        })?;
        let done = clock.now();
        let events = match message::read(&played.message) {
            Ok(Message::Event(event)) => vec![*event],
            _ => Vec::new(),
        };
        let outcome = live.take(&[Incoming { events }], &Stop::default()).await?;
        let latency = clock.now().duration_since(done).as_millis();
        scenes.push(Scene {
            title: played.title,
            changes: outcome.told,
            latency: i64::try_from(latency).unwrap_or(i64::MAX),
            calls: outcome.counts.calls,
        });
    }
    Ok(Seen { scenes })
}

impl Seen {
    /// Everything for a program. How long it took is different each time.
    pub(super) fn document(&self) -> Value {
        let scene = |scene: &Scene| {
            let changes: Vec<Value> = scene
                .changes
                .iter()
                .map(|change| {
                    json!({
                        "change": change.kind.word(),
                        "kind": change.id.kind.word(),
                        "event": event(change).map(|it| it.0),
                        "actor": event(change).map(|it| it.1),
                    })
                })
                .collect();
            json!({"scene": scene.title, "changes": changes, "latency_ms": scene.latency})
        };
        self.scenes.iter().map(scene).collect()
    }

    pub(super) fn show(&self, screen: &mut Screen) -> Result<(), Failure> {
        screen.heading("Changes as they happen")?;
        let rows = self.scenes.iter().map(|scene| {
            let told = scene.changes.iter().find(|change| change.id.kind != Kind::AccountSummary);
            let (event, actor) = told.and_then(event).unwrap_or_default();
            [
                scene.title.to_owned(),
                terminal(&event),
                terminal(&actor),
                words(&scene.changes),
                scene.calls.to_string(),
                format!("{} ms", scene.latency),
            ]
        });
        let rows: Vec<[String; 6]> = rows.collect();
        screen.table(&["what happens", "event", "by", "changes", "calls", "seen after"], rows)
    }
}

/// The operation and who did it.
fn event(change: &Change) -> Option<(String, String)> {
    match &change.cause {
        Cause::Event(event) => {
            let by = event.human.clone().unwrap_or_else(|| event.actor.clone());
            Some((event.name.clone(), by))
        }
        Cause::Run(_) => None,
    }
}

/// `user created, mfa created`, each once.
fn words(changes: &[Change]) -> String {
    let mut words: Vec<String> = Vec::new();
    for change in changes.iter().filter(|change| change.id.kind != Kind::AccountSummary) {
        let word = format!("{} {}", change.id.kind, change.kind.word());
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}
