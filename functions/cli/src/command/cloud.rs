//! `accesstrail demo --cloud`: the functions as Lambdas, deployed from `template.yaml` into the emulated account: the inventory,
//! started by its schedule and fed by its queue, then events, fed to the realtime function by its queue, then some days of
//! logs, planned by the backfill function and fed to it by its queue; the rows of all three are read back from DynamoDB.

mod logs;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use accesstrail_shared::aws::configuration;
use accesstrail_shared::aws::error::chain;
use accesstrail_shared::collect::registry;
use accesstrail_shared::model::{Change, Kind, Run, RunState, Snapshot, Timestamp};
use accesstrail_shared::port::{Clock as _, EventStore as _, Store, SystemClock};
use accesstrail_shared::report::{Summary, json};
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::store::load;
use accesstrail_shared::testing::company::{Company, LOG_BUCKET, play};
use accesstrail_shared::testing::deployment::{self, Deployment};
use accesstrail_shared::testing::{lambda_build, visit};
use serde_json::{Value, json};

use crate::error::Failure;
use crate::screen::Screen;

/// The template, as it is deployed to AWS too.
const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// The account in which identities change.
const ACCOUNT: &str = "web-dev";

/// How long the schedule and the units may take.
const PATIENCE: Duration = Duration::from_mins(15);

/// The inventory that the function took.
#[derive(Debug)]
pub(super) struct CloudRun {
    pub(super) deployment: Deployment,
    pub(super) run: Run,
    pub(super) snapshot: Snapshot,
    /// What was played, and how long it took from the call to the row.
    events: Vec<(&'static str, Vec<Change>, Duration)>,
    logs: logs::Read,
}

impl CloudRun {
    fn summary(&self) -> Summary {
        Summary::of(&self.snapshot, &registry::accounts(&self.snapshot))
    }

    /// For a program.
    pub(super) fn document(&self) -> Value {
        let mut document = json::summary(&self.summary());
        if let Some(fields) = document.as_object_mut() {
            fields.insert("run".to_owned(), json::run(&self.run));
            fields.insert("outputs".to_owned(), json!(self.deployment.outputs));
            let event = |(scene, changes, _): &(&str, Vec<Change>, Duration)| json!({"scene": scene, "changes": changes.len()});
            fields.insert("events".to_owned(), self.events.iter().map(event).collect());
            fields.insert("logs".to_owned(), self.logs.document());
        }
        document
    }

    /// For a person.
    pub(super) fn show(&self, screen: &mut Screen) -> Result<(), Failure> {
        let summary = self.summary();
        screen.heading("The same as a Lambda")?;
        screen.field("function", self.deployment.output("FunctionName"))?;
        screen.field("table", self.deployment.output("TableName"))?;
        screen.field(
            "run",
            &format!(
                "{}, started by its {}, {} units",
                self.run.id, self.run.trigger, self.run.ended
            ),
        )?;
        super::status::accounts(&summary, screen)?;
        super::status::kinds(&summary, screen)?;
        let rows = self.events.iter().map(|(scene, changes, took)| {
            let words: BTreeSet<String> = changes
                .iter()
                .map(|change| format!("{} {}", change.id.kind, change.kind.word()))
                .collect();
            let words: Vec<String> = words.into_iter().collect();
            [(*scene).to_owned(), words.join(", "), format!("{:.1} s", took.as_secs_f64())]
        });
        screen.table(&["event, by its queue", "changes in the table", "after"], rows)?;
        screen.field("logs", &self.logs.text())
    }
}

/// Builds the function, deploys it at `own`, waits for the run that its schedule starts over the
/// organization at `target`.
pub(super) async fn run(
    own: &str,
    target: &str,
    company: &Company,
    say: &(dyn Fn(&str) + Sync),
) -> Result<CloudRun, Failure> {
    let region = company.home_region();
    say("building the functions");
    let dev = lambda_build::Profile::Dev;
    let built = lambda_build::build_all(&deployment::FUNCTIONS, dev, say).await?;
    say("deploying template.yaml into the emulated account");
    let deployment = deploy(own, target, region, &built).await?;
    say("waiting for the schedule, which fires within two minutes");
    let config = configuration(&visit::place(own, region)).await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let store = DynamoStore::new(client, deployment.output("TableName"));
    let run = closed_run(&store, say).await?;
    let snapshot = load::snapshot(&store).await?;
    say("handing events to the realtime function");
    let sqs = aws_sdk_sqs::Client::new(&config);
    let queue = deployment.output("TouchedObjectsQueueUrl");
    let events = events(company, target, &store, (&sqs, queue)).await?;
    say("having the backfill function read logs");
    let function = deployment.output("BackfillFunctionName");
    let logs = logs::read((own, region), function, &store).await?;
    Ok(CloudRun { deployment, run, snapshot, events, logs })
}

async fn deploy(
    own: &str,
    target: &str,
    region: &str,
    built: &Path,
) -> Result<Deployment, Failure> {
    let regions: Vec<String> = visit::regions().iter().map(ToString::to_string).collect();
    let parameters = BTreeMap::from([
        ("RoleName", visit::ROLE.to_owned()),
        ("ExternalId", visit::EXTERNAL_ID.to_owned()),
        ("Schedule", soon(SystemClock.now())),
        ("IdentityCenterRegion", region.to_owned()),
        ("Regions", regions.join(",")),
        ("TrailBucket", LOG_BUCKET.to_owned()),
        ("OwnEndpoint", own.to_owned()),
        ("TargetEndpoint", target.to_owned()),
    ]);
    Ok(deployment::deploy(own, region, TEMPLATE, built, &parameters).await?)
}

/// Twice an hour: in two minutes, and in ten, if the stack takes so long. No other run comes between the first one and the
/// events after it, which would see first what they tell.
fn soon(now: Timestamp) -> String {
    let minute = now.as_second() / 60;
    format!("cron({},{} * * * ? *)", (minute + 2) % 60, (minute + 10) % 60)
}

/// The first run that is closed.
async fn closed_run(store: &dyn Store, say: &(dyn Fn(&str) + Sync)) -> Result<Run, Failure> {
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut told = String::new();
    loop {
        let runs = store.runs(10).await?;
        if let Some(run) = runs.iter().rev().find(|run| run.state == RunState::Closed) {
            return Ok(run.clone());
        }
        if let Some(run) = runs.last() {
            let text =
                format!("run {} of the function: {} of {} units", run.id, run.ended, run.planned);
            if text != told {
                say(&text);
                told = text;
            }
        }
        if tokio::time::Instant::now() > until {
            return Err(Failure::Usage(format!(
                "the function closed no run within {} minutes; it was deployed, so look into its log",
                PATIENCE.as_secs() / 60
            )));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Plays the first scenes, and waits for what the realtime function saves of each.
async fn events(
    company: &Company,
    target: &str,
    store: &DynamoStore,
    (sqs, queue): (&aws_sdk_sqs::Client, &str),
) -> Result<Vec<(&'static str, Vec<Change>, Duration)>, Failure> {
    let unknown = || Failure::Usage(format!("the demo has no account {ACCOUNT}"));
    let account = company.account(ACCOUNT).and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
    let clock = Arc::new(SystemClock);
    let sessions = visit::sessions(target, company.home_region(), clock).await?;
    let session = sessions.session(&account).await?;
    let mut seen = Vec::new();
    for scene in 0..play::SCENES {
        let failed =
            |reason: String| Failure::Usage(format!("the emulator does not play: {reason}"));
        let played = play::play(&session, scene, SystemClock.now()).await;
        let played = played.map_err(|error| failed(error.to_string()))?;
        let began = tokio::time::Instant::now();
        let send = sqs.send_message().queue_url(queue).message_body(&played.message);
        send.send().await.map_err(|error| failed(chain(&error)))?;
        let changes = loop {
            let mut changes = store.changes_of_event(&played.event).await?;
            // The counts of the account change with almost everything; what they count is what was played.
            changes.retain(|change| change.id.kind != Kind::AccountSummary);
            if !changes.is_empty() {
                break changes;
            }
            if began.elapsed() > PATIENCE {
                return Err(failed(format!("nothing came of \"{}\"", played.title)));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        seen.push((played.title, changes, began.elapsed()));
    }
    Ok(seen)
}
