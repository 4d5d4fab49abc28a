//! The part of the demo in which the organization is set up by a plan, and is as before when that was removed.

use std::collections::BTreeSet;
use std::sync::Arc;

use accesstrail_shared::aws::session::Sessions;
use accesstrail_shared::aws::setup::AwsSetup;
use accesstrail_shared::model::{AccountId, Region};
use accesstrail_shared::port::SystemClock;
use accesstrail_shared::port::setup::SetupStore;
use accesstrail_shared::setup::external_id;
use accesstrail_shared::setup::facts::Facts;
use accesstrail_shared::setup::machine::{Machine, SetupError, Turn};
use accesstrail_shared::setup::plan::{self, Plan, Purpose, Verb};
use accesstrail_shared::setup::status::{Reach, Status, status};
use accesstrail_shared::setup::wanted::{Deployment, Wanted};
use accesstrail_shared::testing::company::Company;
use accesstrail_shared::testing::picture::picture;
use accesstrail_shared::testing::proxy::Proxy;
use accesstrail_shared::testing::stack_sets::stack_sets;
use accesstrail_shared::testing::visit;
use serde_json::{Value, json};

use crate::command::setup::turns;
use crate::error::Failure;
use crate::screen::Screen;

/// The accounts that get the role and the rule.
const ACCOUNTS: [&str; 2] = ["web-dev", "payments-prod"];

/// Who holds the right to set up.
const OWNER: &str = "accesstrail-demo";

/// The emulator has self-managed StackSets only.
const EXECUTION_ROLE: &str = "AWSCloudFormationStackSetExecutionRole";

/// An organization that is set up.
pub(super) struct Deployed {
    cloud: AwsSetup,
    region: Region,
    store: Arc<dyn SetupStore>,
    wanted: Wanted,
    before: Plan,
    status: Status,
    scene: Scene,
    /// What there was before, and is now.
    pictures: [BTreeSet<String>; 2],
    _proxy: Proxy,
}

/// Where it is looked for what setting up makes.
struct Scene {
    sessions: Sessions,
    accounts: Vec<AccountId>,
    regions: BTreeSet<Region>,
}

impl Scene {
    async fn picture(&self) -> Result<BTreeSet<String>, SetupError> {
        Ok(picture(&self.sessions, &self.accounts, &self.regions).await?)
    }
}

/// What was deployed, and what is left of it.
#[derive(Debug)]
pub(super) struct SetUp {
    deployed: Plan,
    status: Status,
    removed: Plan,
    /// Whether the same plan would be made again.
    is_planned_again: bool,
    /// What it made, how many.
    made: usize,
    /// What of that is still there.
    left: Vec<String>,
    /// What was there before and is not any more.
    gone: Vec<String>,
}

/// Plans, applies and looks at what is there then.
pub(super) async fn deploy(
    company: &Company,
    upstream: &str,
    store: Arc<dyn SetupStore>,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Deployed, Failure> {
    let region = company.home_region();
    let proxy = Proxy::start(upstream, company.plan().and(stack_sets())).await?;
    let sessions = visit::sessions(proxy.endpoint(), region, Arc::new(SystemClock)).await?;
    let unknown = || Failure::Usage("the demo lacks an account to set up".to_owned());
    let region: Region = region.parse().map_err(|_| unknown())?;
    let cloud = AwsSetup::connect(&sessions, region.clone()).await?;
    let account =
        |name: &&str| company.account(name).and_then(|id| id.parse().ok()).ok_or_else(unknown);
    let accounts: Vec<AccountId> = ACCOUNTS.iter().map(account).collect::<Result<_, _>>()?;
    let administration_role = format!(
        "arn:aws:iam::{}:role/AWSCloudFormationStackSetAdministrationRole",
        company.management()
    );
    let wanted = Wanted {
        // The emulator deletes a role before its managed policies, which it has with tier 3 alone.
        tiers: [1, 2, 4].into(),
        accounts: accounts.into_iter().collect(),
        deployment: Deployment::SelfManaged {
            administration_role,
            execution_role: EXECUTION_ROLE.to_owned(),
        },
        ..Wanted::everything(&external_id::kept(&*store, None).await?)
    };
    let before = planned(&cloud, &region, &*store, &wanted, Purpose::Deploy).await?;
    let mut looked_at: Vec<AccountId> = wanted.accounts.iter().cloned().collect();
    looked_at.extend(company.management().parse::<AccountId>().ok());
    let regions = facts(&cloud, &region, &*store, &wanted).await?.regions(&wanted);
    let scene = Scene { sessions, accounts: looked_at, regions };
    let empty = scene.picture().await?;
    apply(&cloud, &*store, &before, say).await?;
    let pictures = [empty, scene.picture().await?];
    let facts = facts(&cloud, &region, &*store, &wanted).await?;
    let run = store.setup_run().await?;
    let status = status(&facts, &wanted, run.as_ref());
    Ok(Deployed { cloud, region, store, wanted, before, status, scene, pictures, _proxy: proxy })
}

/// Removes it again, and looks whether the organization is as it was.
pub(super) async fn remove(
    deployed: Deployed,
    say: &(dyn Fn(&str) + Sync),
) -> Result<SetUp, Failure> {
    let Deployed { cloud, region, store, wanted, before, status, scene, pictures, .. } = &deployed;
    let removed = planned(cloud, region, &**store, wanted, Purpose::Destroy).await?;
    apply(cloud, &**store, &removed, say).await?;
    let after = planned(cloud, region, &**store, wanted, Purpose::Deploy).await?;
    let (now, [empty, full]) = (scene.picture().await?, pictures);
    let made: BTreeSet<&String> = full.difference(empty).collect();
    Ok(SetUp {
        is_planned_again: after == *before,
        made: made.len(),
        left: made.into_iter().filter(|it| now.contains(*it)).cloned().collect(),
        gone: empty.difference(&now).cloned().collect(),
        deployed: before.clone(),
        status: status.clone(),
        removed,
    })
}

async fn facts(
    cloud: &AwsSetup,
    region: &Region,
    store: &dyn SetupStore,
    wanted: &Wanted,
) -> Result<Facts, SetupError> {
    Ok(Facts::find(cloud, region, wanted, store.kept().await?).await?)
}

async fn planned(
    cloud: &AwsSetup,
    region: &Region,
    store: &dyn SetupStore,
    wanted: &Wanted,
    purpose: Purpose,
) -> Result<Plan, SetupError> {
    Ok(plan::plan(purpose, &facts(cloud, region, store, wanted).await?, wanted)?)
}

async fn apply(
    cloud: &AwsSetup,
    store: &dyn SetupStore,
    plan: &Plan,
    say: &(dyn Fn(&str) + Sync),
) -> Result<(), Failure> {
    let (file, _) = plan::write(plan).map_err(SetupError::from)?;
    match turns(&Machine::new(cloud, store, &SystemClock, OWNER), &file, say).await? {
        Turn::Done { .. } => Ok(()),
        Turn::Failed { step, problems } => Err(Failure::SetupStep { step, problems }),
        Turn::Waiting { step, what } => Err(Failure::SetupStep { step, problems: vec![what] }),
    }
}

impl SetUp {
    /// Everything for a program.
    pub(super) fn document(&self) -> Value {
        let steps = |plan: &Plan| -> Value {
            plan.steps.iter().map(|step| json!({"verb": step.verb, "id": step.id})).collect()
        };
        let findings: Vec<&str> = self.status.findings.iter().map(|it| &*it.what).collect();
        json!({
            "deployed": steps(&self.deployed),
            "reached": self.reached(),
            "findings": findings,
            "removed": steps(&self.removed),
            "made": self.made,
            "left": self.left,
            "gone": self.gone,
            "is_as_before": self.is_as_before(),
        })
    }

    /// What was set up.
    pub(super) fn show_deployed(&self, screen: &mut Screen) -> Result<(), Failure> {
        screen.heading("Set up by a plan")?;
        screen.table(&["does", "what"], rows(&self.deployed))?;
        let accounts = self.status.accounts.len();
        screen.field("status", &format!("{} of {accounts} accounts reached", self.reached()))?;
        for finding in &self.status.findings {
            screen.field("but", &format!("{}: {}", finding.what, finding.fix))?;
        }
        Ok(())
    }

    /// What was removed.
    pub(super) fn show_removed(&self, screen: &mut Screen) -> Result<(), Failure> {
        screen.heading("Removed by a plan")?;
        screen.table(&["does", "what"], rows(&self.removed))?;
        let after = if self.is_as_before() {
            format!(
                "as before: none of the {} roles, stacks, rules and queues that it made is left, and the same plan would \
                 set it up again",
                self.made
            )
        } else {
            let words: Vec<String> = [("left", &self.left), ("gone", &self.gone)]
                .iter()
                .map(|(what, found)| format!("{what}: {}", found.join(", ")))
                .collect();
            format!("NOT as before; {}", words.join("; "))
        };
        screen.field("after it", &after)
    }

    fn is_as_before(&self) -> bool {
        self.is_planned_again && self.left.is_empty() && self.gone.is_empty()
    }

    fn reached(&self) -> usize {
        let is_reached = |reach: &Reach| matches!(reach, Reach::Reached);
        self.status.accounts.iter().filter(|(_, _, reach)| is_reached(reach)).count()
    }
}

fn rows(plan: &Plan) -> impl Iterator<Item = [String; 2]> + '_ {
    let steps = plan.steps.iter().filter(|step| step.verb != Verb::Keep);
    steps.map(|step| [step.verb.word().to_owned(), step.what.clone()])
}
