//! `accesstrail demo --cloud`: the inventory function as a Lambda, deployed from `template.yaml` into the
//! emulated account, started by its schedule, fed by its queue, its rows read back from DynamoDB.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use accesstrail_shared::aws::configuration;
use accesstrail_shared::collect::registry;
use accesstrail_shared::model::{Run, RunState, Snapshot};
use accesstrail_shared::port::Store;
use accesstrail_shared::report::{Summary, json};
use accesstrail_shared::store::dynamo::DynamoStore;
use accesstrail_shared::store::load;
use accesstrail_shared::testing::deployment::{self, Deployment};
use accesstrail_shared::testing::{lambda_build, visit};
use serde_json::{Value, json};

use crate::error::Failure;
use crate::screen::Screen;

/// The template, as it is deployed to AWS too.
const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// How long the schedule and the units may take: the schedule fires once a minute.
const PATIENCE: Duration = Duration::from_mins(10);

/// The inventory that the function took.
#[derive(Debug)]
pub(super) struct CloudRun {
    pub(super) deployment: Deployment,
    pub(super) run: Run,
    pub(super) snapshot: Snapshot,
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
        super::status::kinds(&summary, screen)
    }
}

/// Builds the function, deploys it at `own`, waits for the run that its schedule starts over the
/// organization at `target`.
pub(super) async fn run(
    own: &str,
    target: &str,
    region: &str,
    say: &(dyn Fn(&str) + Sync),
) -> Result<CloudRun, Failure> {
    say("building the inventory function");
    let bootstrap = lambda_build::build("inventory", lambda_build::Profile::Dev, say).await?;
    say("deploying template.yaml into the emulated account");
    let deployment = deploy(own, target, region, &bootstrap).await?;
    say("waiting for the schedule, which fires once a minute");
    let config = configuration(&visit::place(own, region)).await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let store = DynamoStore::new(client, deployment.output("TableName"));
    let run = closed_run(&store, say).await?;
    let snapshot = load::snapshot(&store).await?;
    Ok(CloudRun { deployment, run, snapshot })
}

async fn deploy(
    own: &str,
    target: &str,
    region: &str,
    bootstrap: &Path,
) -> Result<Deployment, Failure> {
    let regions: Vec<String> = visit::regions().iter().map(ToString::to_string).collect();
    let parameters = BTreeMap::from([
        ("RoleName", visit::ROLE.to_owned()),
        ("ExternalId", visit::EXTERNAL_ID.to_owned()),
        ("Schedule", "rate(1 minute)".to_owned()),
        ("IdentityCenterRegion", region.to_owned()),
        ("Regions", regions.join(",")),
        ("OwnEndpoint", own.to_owned()),
        ("TargetEndpoint", target.to_owned()),
    ]);
    Ok(deployment::deploy(own, region, TEMPLATE, bootstrap, &parameters).await?)
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
