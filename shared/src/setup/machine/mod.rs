//! Applies a plan: one call after the other, each remembered before it is made. It never waits: a [`turn`](Machine::turn)
//! goes as far as it can and says what it waits for.
//!
//! INVARIANT: what a step does next is a function of what AWS says and of what the store remembers, never of what
//! this process did before. So a kill between any two calls loses nothing, and a step that is done again does nothing.

mod other;
mod set;
mod stack;

pub(super) use self::set::told;

use std::time::Duration;

use super::facts::Facts;
use super::names::sha256;
use super::plan::{self, FileError, Plan, PlanError, Purpose, Step, Target, Verb};
use super::wanted::Wanted;
use super::write_action;
use crate::model::Timestamp;
use crate::port::setup::{
    Cloud, CloudError, SetupClaim, SetupRun, SetupRunState, SetupStore, StepRecord, StepState,
};
use crate::port::{Clock, Lease, PortError};

/// For how long a turn holds the right to set up: as long as a function may run.
pub const LEASE: Duration = Duration::from_mins(15);

/// The name under which the custom resource is kept that sets up, as long as it does.
pub(super) const RESOURCE: &str = "resource";

/// Why a plan is not applied.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Somebody else sets up.
    #[error("{owner} is setting up, until {until} at the longest")]
    Held {
        /// Who.
        owner: String,
        /// Until when.
        until: Timestamp,
    },
    /// Another plan was begun and is not done.
    #[error("another plan ({hash}) was begun and is not done: apply it to its end, or give it up")]
    OtherPlan {
        /// The hash of that plan.
        hash: String,
    },
    /// The plan is not what it was made for any more.
    #[error("what is there has moved on since the plan was made: {}", .0.join("; "))]
    Moved(Vec<String>),
    /// The file is no plan.
    #[error("the plan is not applied")]
    File(#[from] FileError),
    /// There is no plan for what is there now.
    #[error("there is no plan for what is there now")]
    Plan(#[from] PlanError),
    /// AWS could not be asked.
    #[error("AWS could not be asked")]
    Cloud(#[from] CloudError),
    /// The store failed.
    #[error("the state of setting up could not be kept")]
    Store(#[from] PortError),
}

/// How far a turn came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Something is under way: take another turn, a little later.
    Waiting {
        /// The step.
        step: String,
        /// What is waited for.
        what: String,
    },
    /// Every step is done.
    Done {
        /// What did not succeed although its step was done: each account by its name.
        notes: Vec<String>,
    },
    /// A step failed, and the run was given up. A new plan goes on from what is there.
    Failed {
        /// The step.
        step: String,
        /// Why, each with what to do.
        problems: Vec<String>,
    },
}

/// A plan that is being applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The run of it, which outlives this process.
    pub run: SetupRun,
    /// The plan.
    pub plan: Plan,
}

/// What a step comes to for now.
pub(super) enum Next {
    Done,
    Waiting(String),
    Failed(Vec<String>),
}

/// Why a step could not go on.
#[derive(Debug)]
pub(super) enum Broken {
    Cloud(CloudError),
    Store(PortError),
}

impl From<CloudError> for Broken {
    fn from(error: CloudError) -> Self {
        Self::Cloud(error)
    }
}

impl From<PortError> for Broken {
    fn from(error: PortError) -> Self {
        Self::Store(error)
    }
}

/// Applies plans.
#[derive(Debug)]
pub struct Machine<'a> {
    cloud: &'a dyn Cloud,
    store: &'a dyn SetupStore,
    clock: &'a dyn Clock,
    /// Who we are: unique among all that set up at the same time.
    owner: String,
}

/// A step that is worked on.
pub(super) struct Work<'a> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) store: &'a dyn SetupStore,
    pub(super) clock: &'a dyn Clock,
    pub(super) run: &'a SetupRun,
    pub(super) plan: &'a Plan,
    pub(super) step: &'a Step,
    pub(super) record: StepRecord,
}

impl Work<'_> {
    /// Whether a call was begun in this run. It may not have been made.
    pub(super) fn was_begun(&self, call: &str) -> bool {
        self.record.calls.iter().any(|begun| begun == call)
    }

    /// Remembers that a call is about to be made: its token, which is the same each time.
    pub(super) async fn begin(&mut self, call: &str) -> Result<String, PortError> {
        if !self.was_begun(call) {
            self.record.calls.push(call.to_owned());
            self.save(StepState::Begun).await?;
        }
        Ok(token(&self.run.id, &self.step.id, call))
    }

    pub(super) async fn save(&mut self, state: StepState) -> Result<(), PortError> {
        self.record.state = state;
        self.record.at = self.clock.now();
        self.store.save_step(&self.run.id, &self.record).await
    }
}

/// The token of a call: letters, digits and hyphens, at most 128, as both stacks and StackSets take it.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>
pub fn token(run: &str, step: &str, call: &str) -> String {
    let step: String = sha256(step).chars().take(12).collect();
    let run: String =
        run.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    format!("accesstrail-{run}-{step}-{call}")
}

impl<'a> Machine<'a> {
    /// A machine over these ports.
    pub fn new(
        cloud: &'a dyn Cloud,
        store: &'a dyn SetupStore,
        clock: &'a dyn Clock,
        owner: &str,
    ) -> Self {
        Self { cloud, store, clock, owner: owner.to_owned() }
    }

    async fn claim(&self) -> Result<(), SetupError> {
        let now = self.clock.now();
        let until = now.saturating_add(LEASE).unwrap_or(now);
        let lease = Lease { owner: self.owner.clone(), now, until };
        match self.store.claim_setup(&lease).await? {
            SetupClaim::Granted => Ok(()),
            SetupClaim::Held { owner, until } => Err(SetupError::Held { owner, until }),
        }
    }

    /// Begins to apply the plan of a file, or goes on with it where it was begun.
    ///
    /// # Errors
    ///
    /// If somebody else sets up, if the file was changed, or if what is there is not what the plan was made for.
    pub async fn begin(&self, file: &str) -> Result<Begun, SetupError> {
        let (plan, hash) = plan::read(file)?;
        self.claim().await?;
        let last = self.store.setup_run().await?;
        let open = last.filter(|run| run.state == SetupRunState::Open);
        let run = if let Some(open) = open {
            open
        } else {
            self.is_still_true(&plan).await?;
            self.open(file, &hash).await?
        };
        if run.hash == hash {
            Ok(Begun { run, plan })
        } else {
            Err(SetupError::OtherPlan { hash: run.hash })
        }
    }

    /// A new run, or the one that somebody else has opened since.
    async fn open(&self, file: &str, hash: &str) -> Result<SetupRun, PortError> {
        let began = self.clock.now();
        let short: String = hash.chars().take(12).collect();
        let run = SetupRun {
            id: format!("{}-{short}", began.as_millisecond()),
            hash: hash.to_owned(),
            plan: file.to_owned(),
            began,
            state: SetupRunState::Open,
        };
        self.store.open_setup(&run).await
    }

    /// The plan is the one that would be made now.
    async fn is_still_true(&self, plan: &Plan) -> Result<(), SetupError> {
        let kept = self.store.kept().await?;
        let facts = Facts::find(self.cloud, &plan.hub.region, &plan.wanted, kept).await?;
        let now = plan::plan(plan.purpose, &facts, &plan.wanted)?;
        let mut moved = Vec::new();
        for (name, value) in &now.seen {
            let before = plan.seen.get(name).map_or("unknown", String::as_str);
            if before != value {
                moved.push(format!("{name} was {before} and is {value}"));
            }
        }
        if now.hub != plan.hub {
            moved.push(format!("the plan is for {}, this is {}", plan.hub, now.hub));
        }
        for step in &now.steps {
            let before = plan.steps.iter().find(|other| other.id == step.id);
            if before != Some(step) {
                moved.push(format!("{}: {} {}", step.id, step.verb.word(), step.what));
            }
        }
        let gone = plan.steps.iter().filter(|step| !now.steps.iter().any(|it| it.id == step.id));
        moved.extend(gone.map(|step| format!("{}: no more", step.id)));
        if moved.is_empty() && now != *plan {
            moved.push("this program plans otherwise than the one that made the plan".to_owned());
        }
        if moved.is_empty() { Ok(()) } else { Err(SetupError::Moved(moved)) }
    }

    /// Goes as far as it can without waiting.
    ///
    /// # Errors
    ///
    /// If somebody else sets up, or if the store fails. What AWS refuses is [`Turn::Failed`].
    pub async fn turn(&self, begun: &Begun) -> Result<Turn, SetupError> {
        self.claim().await?;
        let Begun { run, plan } = begun;
        let mut known = self.store.steps(&run.id).await?;
        let mut notes = Vec::new();
        for step in &plan.steps {
            if matches!(step.verb, Verb::Keep | Verb::ByHand) {
                continue;
            }
            let record = known.remove(&step.id).unwrap_or_else(|| StepRecord {
                step: step.id.clone(),
                state: StepState::Begun,
                calls: Vec::new(),
                notes: Vec::new(),
                at: self.clock.now(),
            });
            if record.state == StepState::Done {
                notes.extend(record.notes);
                continue;
            }
            let (cloud, store, clock) = (self.cloud, self.store, self.clock);
            let mut work = Work { cloud, store, clock, run, plan, step, record };
            match self.advance(&mut work).await? {
                Next::Done => {
                    work.save(StepState::Done).await?;
                    notes.append(&mut work.record.notes);
                }
                Next::Waiting(what) => return Ok(Turn::Waiting { step: step.id.clone(), what }),
                Next::Failed(problems) => return self.give_up(work, problems).await,
            }
        }
        let at = self.clock.now();
        self.store.close_setup(&run.id, &SetupRunState::Done { at }).await?;
        if plan.purpose == Purpose::Destroy {
            self.store.forget(RESOURCE).await?;
        }
        self.store.release_setup(&self.owner).await?;
        Ok(Turn::Done { notes })
    }

    async fn give_up(&self, mut work: Work<'_>, problems: Vec<String>) -> Result<Turn, SetupError> {
        let step = work.step.id.clone();
        work.record.notes.clone_from(&problems);
        work.save(StepState::Failed).await?;
        let (at, reason) = (self.clock.now(), format!("{step}: {}", problems.join("; ")));
        let state = SetupRunState::GivenUp { at, reason };
        self.store.close_setup(&work.run.id, &state).await?;
        self.store.release_setup(&self.owner).await?;
        Ok(Turn::Failed { step, problems })
    }

    /// Gives up the open run, so that another plan may begin. What was deployed stays.
    ///
    /// # Errors
    ///
    /// If somebody else sets up, or if the store fails.
    pub async fn abandon(&self, reason: &str) -> Result<(), SetupError> {
        self.claim().await?;
        if let Some(run) = self.store.setup_run().await? {
            let state = SetupRunState::GivenUp { at: self.clock.now(), reason: reason.to_owned() };
            self.store.close_setup(&run.id, &state).await?;
        }
        self.store.release_setup(&self.owner).await?;
        Ok(())
    }

    /// Gives the right to set up back with the run left open, so that somebody else may go on with it at once.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn rest(&self) -> Result<(), SetupError> {
        Ok(self.store.release_setup(&self.owner).await?)
    }

    /// One step as far as it goes; what AWS refuses becomes words with what to do.
    async fn advance(&self, work: &mut Work<'_>) -> Result<Next, SetupError> {
        let done = match &work.step.target {
            Target::Stack { .. } => stack::advance(work).await,
            Target::Set { .. } => set::advance(work).await,
            Target::Instances { .. } => set::advance_instances(work).await,
            Target::TrustedAccess { on } => other::trusted_access(work, *on).await,
            Target::Notification { bucket, event_bridge } => {
                other::notification(work, bucket, *event_bridge).await
            }
            Target::Drain { queue } => other::drain(work, queue).await,
            Target::Command(_) => Ok(Next::Done),
        };
        match done {
            Ok(next) => Ok(next),
            Err(Broken::Store(error)) => Err(error.into()),
            Err(Broken::Cloud(CloudError::Busy { action, .. })) => {
                Ok(Next::Waiting(format!("{action} is busy")))
            }
            Err(Broken::Cloud(CloudError::Occupied)) => {
                Ok(Next::Waiting("another operation on the StackSet is under way".to_owned()))
            }
            Err(Broken::Cloud(error @ CloudError::Failed { .. })) => Err(error.into()),
            Err(Broken::Cloud(error)) => Ok(Next::Failed(vec![words(&error, work.plan)])),
        }
    }
}

/// What the last plan that was done had wanted to be set up: what `status` and `upgrade` go by. `None` where nothing was
/// set up, or where it was removed since.
///
/// # Errors
///
/// If the store fails, or if another program wrote that plan.
pub async fn last_wanted(store: &dyn SetupStore) -> Result<Option<Wanted>, SetupError> {
    let Some(run) = store.done_setup().await? else { return Ok(None) };
    let (plan, _) = plan::read(&run.plan)?;
    Ok((plan.purpose == Purpose::Deploy).then_some(plan.wanted))
}

/// What AWS refused, and what to do about it.
fn words(error: &CloudError, plan: &Plan) -> String {
    match error {
        CloudError::Denied { action, source, .. } => {
            let partition = plan.seen.get("partition").map_or("aws", String::as_str);
            let grant = write_action::grant(action, partition, plan.hub.account.as_str());
            format!("{error} ({source}): {grant}")
        }
        other => other.to_string(),
    }
}
