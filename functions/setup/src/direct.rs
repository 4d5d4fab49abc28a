//! A direct invocation: a plan, its application as far as there is time, what is there.

use std::time::Duration;

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::lambda::{Counts, Failure, Invocation, Metric};
use accesstrail_shared::port::Clock as _;
use accesstrail_shared::port::setup::SetupStore as _;
use accesstrail_shared::setup::custom_resource;
use accesstrail_shared::setup::facts::Facts;
use accesstrail_shared::setup::machine::{self, Machine, SetupError, Turn};
use accesstrail_shared::setup::plan::{self, Purpose};
use accesstrail_shared::setup::status::{Finding, Topic, status};
use accesstrail_shared::setup::wanted::Wanted;
use accesstrail_shared::setup::watch::watch;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::world::{Hub, World};

/// How long is waited between two turns.
const PAUSE: Duration = Duration::from_secs(2);

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
enum Asked {
    /// A plan.
    Plan {
        /// What is wanted, as properties of the custom resource; what was wanted last if there are none.
        #[serde(default)]
        properties: Map<String, Value>,
        /// Whether it removes.
        #[serde(default)]
        destroy: bool,
    },
    /// A plan is applied, as far as there is time.
    Apply {
        /// The plan, as `plan` answered it; the one that was begun if there is none.
        plan: Option<String>,
    },
    /// What was set up against what is there.
    Status {},
    /// The same, as health: counted, logged, and looked for what somebody changed meanwhile. The schedule asks for it.
    Watch {},
}

pub(crate) async fn handle(
    world: &World,
    asked: &Value,
    invocation: &Invocation,
    counts: &Counts,
) -> Result<Value, Failure> {
    let asked = Asked::deserialize(asked).map_err(|error| Failure::GiveUp(error.to_string()))?;
    let hub = world.hub().await.map_err(Failure::GiveUp)?;
    let answer = match asked {
        Asked::Plan { properties, destroy } => planned(&hub, &properties, destroy).await,
        Asked::Apply { plan } => applied(&hub, plan, invocation).await,
        Asked::Status {} => seen(&hub).await,
        Asked::Watch {} => watched(&hub, counts).await,
    };
    answer.map_err(|error| Failure::GiveUp(chain(&error)))
}

async fn planned(
    hub: &Hub,
    properties: &Map<String, Value>,
    destroy: bool,
) -> Result<Value, SetupError> {
    let wanted = if properties.is_empty() {
        let last = machine::last_wanted(&hub.store).await?;
        last.unwrap_or_else(|| Wanted::everything(&hub.external_id))
    } else {
        custom_resource::wanted(properties, &hub.external_id).map_err(plan::PlanError::Wanted)?
    };
    let purpose = if destroy { Purpose::Destroy } else { Purpose::Deploy };
    let facts = Facts::find(&hub.cloud, &hub.region, &wanted, hub.store.kept().await?).await?;
    let plan = plan::plan(purpose, &facts, &wanted)?;
    let (file, hash) = plan::write(&plan)?;
    let text = plan::text(&plan, &hash);
    Ok(json!({"hash": hash, "empty": plan.is_empty(), "text": text, "plan": file}))
}

async fn applied(
    hub: &Hub,
    plan: Option<String>,
    invocation: &Invocation,
) -> Result<Value, SetupError> {
    let plan = match plan {
        Some(plan) => plan,
        None => match hub.store.setup_run().await? {
            Some(run) => run.plan,
            None => return Ok(json!({"outcome": "nothing_begun"})),
        },
    };
    let machine = Machine::new(&hub.cloud, &hub.store, &hub.clock, &invocation.id);
    let outcome = turned(&machine, &plan, invocation).await;
    // Whoever invokes next goes on with it at once.
    machine.rest().await?;
    outcome
}

async fn turned(
    machine: &Machine<'_>,
    plan: &str,
    invocation: &Invocation,
) -> Result<Value, SetupError> {
    let begun = machine.begin(plan).await?;
    loop {
        match machine.turn(&begun).await? {
            Turn::Done { notes } => return Ok(json!({"outcome": "done", "notes": notes})),
            Turn::Failed { step, problems } => {
                return Ok(json!({"outcome": "failed", "step": step, "problems": problems}));
            }
            Turn::Waiting { step, what } if World::left(invocation) < PAUSE * 2 => {
                return Ok(json!({"outcome": "waiting", "step": step, "what": what}));
            }
            Turn::Waiting { .. } => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn seen(hub: &Hub) -> Result<Value, SetupError> {
    let Some(wanted) = machine::last_wanted(&hub.store).await? else {
        return Ok(json!({"outcome": "not_set_up"}));
    };
    let facts = Facts::find(&hub.cloud, &hub.region, &wanted, hub.store.kept().await?).await?;
    let run = hub.store.setup_run().await?;
    Ok(told(&status(&facts, &wanted, run.as_ref()).findings))
}

async fn watched(hub: &Hub, counts: &Counts) -> Result<Value, SetupError> {
    let now = hub.clock.now();
    let Some(findings) = watch(&hub.cloud, &hub.store, &hub.region, now).await? else {
        return Ok(json!({"outcome": "not_set_up"}));
    };
    // A suspended account is out of reach and needs nobody.
    let ill = findings.iter().filter(|it| it.topic != Topic::Suspended);
    for Finding { what, fix, .. } in ill.clone() {
        tracing::error!(what, fix, "health");
    }
    counts.add(Metric::HealthFindings, ill.count() as u64);
    Ok(told(&findings))
}

fn told(findings: &[Finding]) -> Value {
    let findings: Vec<Value> = findings
        .iter()
        .map(|it| json!({"topic": format!("{:?}", it.topic), "what": it.what, "fix": it.fix}))
        .collect();
    json!({"ok": findings.is_empty(), "findings": findings})
}
