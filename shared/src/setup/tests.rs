//! Setting up the organization in memory: whole lives, crashes, refusals, and what the status says.

mod crash;
mod denied;
mod life;
mod plans;
mod races;
mod status;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::Facts;
use super::fake::{Crash, FakeCloud, MemorySetup, Ticking};
use super::machine::{Machine, SetupError, Turn};
use super::plan::{self, Plan, Purpose};
use super::wanted::{EXTERNAL_ID_BYTES, Wanted, external_id};
use crate::model::Region;
use crate::port::setup::SetupStore as _;

/// More turns than anything takes.
const TURNS: usize = 400;

/// An organization, a store, and whoever sets up.
struct Bench {
    cloud: FakeCloud,
    store: MemorySetup,
    clock: Ticking,
}

impl Bench {
    fn new() -> Self {
        let cloud = FakeCloud::organization();
        let store = MemorySetup::with(Arc::clone(&cloud.fuse));
        Self { cloud, store, clock: Ticking::default() }
    }

    fn wanted() -> Wanted {
        let mut wanted = Wanted::everything(&external_id([7; EXTERNAL_ID_BYTES]));
        wanted.queue = Some("arn:aws:sqs:eu-west-1:111122223333:accesstrail-touched".to_owned());
        wanted.regions = ["eu-west-1".parse().unwrap()].into();
        wanted
    }

    fn region() -> Region {
        "eu-west-1".parse().unwrap()
    }

    async fn facts(&self, wanted: &Wanted) -> Facts {
        let kept = self.store.kept().await.unwrap();
        Facts::find(&self.cloud, &Self::region(), wanted, kept).await.unwrap()
    }

    async fn plan(&self, purpose: Purpose, wanted: &Wanted) -> Plan {
        plan::plan(purpose, &self.facts(wanted).await, wanted).unwrap()
    }

    fn machine(&self, owner: &str) -> Machine<'_> {
        Machine::new(&self.cloud, &self.store, &self.clock, owner)
    }

    /// Applies a file to its end, or to the first failure.
    async fn apply_as(&self, owner: &str, file: &str) -> Result<Turn, SetupError> {
        let machine = self.machine(owner);
        let run = machine.begin(file).await?;
        for _ in 0..TURNS {
            match machine.turn(&run).await? {
                Turn::Waiting { .. } => {}
                ended => return Ok(ended),
            }
        }
        panic!("it never ends");
    }

    async fn apply(&self, plan: &Plan) -> Turn {
        let (file, _) = plan::write(plan).unwrap();
        self.apply_as("one", &file).await.unwrap()
    }

    /// Sets up, and expects that all went well.
    async fn deployed(wanted: &Wanted) -> Self {
        let bench = Self::new();
        let plan = bench.plan(Purpose::Deploy, wanted).await;
        assert_eq!(bench.apply(&plan).await, Turn::Done { notes: Vec::new() });
        bench
    }

    /// Crashes then; from then on it lives.
    fn crash(&self, crash: Crash) {
        self.cloud.fuse.set(crash);
    }
}

/// What a plan does, in a line each.
fn lines(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| format!("{} {}", step.verb.word(), step.id)).collect()
}

/// How often each call was made that wrote.
fn counts(written: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for call in written {
        *counts.entry(call.as_str()).or_insert(0) += 1;
    }
    counts
}
