//! Set-ups: who has the right to, which run is under way, how far its steps are, and what has to be undone one day.
//!
//! INVARIANT: the item `open` is there as long as a run is open, and names it; whoever opens a run puts both at once, and
//! whoever ends it takes `open` away at once. So there is one run at a time, whoever dies where.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::DynamoStore;
use super::calls::{Find, TRIES, Written, pause};
use super::expression::{Edit, any};
use super::item::{Item, ItemError, pack, text, time};
use super::transaction::{Action, Condition, Outcome};
use crate::port::setup::{SetupClaim, SetupRun, SetupRunState, SetupStore, StepRecord, StepState};
use crate::port::{BoxError, Lease, PortError};
use crate::store::key::{Key, attribute, setup as key};

/// A plan that no item can hold.
#[derive(Debug, thiserror::Error)]
#[error(
    "the plan is too long for an item of the table: leave accounts out, or name units in their place"
)]
struct TooLong;

#[async_trait]
impl SetupStore for DynamoStore {
    async fn claim_setup(&self, lease: &Lease) -> Result<SetupClaim, PortError> {
        let claim = Edit::of(key::lease())
            .set(attribute::OWNER, text(&lease.owner))
            .set(attribute::UNTIL, time(lease.until))
            .only_if(|terms| {
                any(&[
                    terms.absent(attribute::OWNER),
                    terms.equal(attribute::OWNER, text(&lease.owner)),
                    terms.at_most(attribute::UNTIL, time(lease.now)),
                ])
            });
        match self.table.edit(&claim).await? {
            Written::Refused(Some(old)) => {
                let held = |old: &Item| {
                    let owner = old.text(attribute::OWNER)?.to_owned();
                    Ok::<_, ItemError>(SetupClaim::Held {
                        owner,
                        until: old.time(attribute::UNTIL)?,
                    })
                };
                held(&old).map_err(|error| self.table.corrupt(&old, error))
            }
            Written::Done(_) | Written::Refused(None) => Ok(SetupClaim::Granted),
        }
    }

    async fn release_setup(&self, owner: &str) -> Result<(), PortError> {
        let release = Edit::of(key::lease())
            .remove(attribute::OWNER)
            .remove(attribute::UNTIL)
            .only_if(|terms| terms.equal(attribute::OWNER, text(owner)));
        self.table.edit(&release).await.map(drop)
    }

    async fn open_setup(&self, run: &SetupRun) -> Result<SetupRun, PortError> {
        let item = written(run).ok_or_else(|| self.corrupt_plan(run))?;
        for attempt in 0..TRIES {
            if attempt > 0 {
                pause(attempt).await;
            }
            if let Some(open) = self.named_by(&key::open()).await? {
                return Ok(open);
            }
            if let Some(before) = self.setup_of(&run.id).await? {
                return Ok(before);
            }
            let named = |key: &Key| Item::at(key).with(attribute::RUN, text(&run.id));
            let absent = || Condition::new(|terms| terms.absent(attribute::PARTITION));
            let actions = vec![
                Action::Put(named(&key::open()), Some(absent())),
                Action::Put(item.clone(), Some(absent())),
                Action::Put(named(&key::last()), None),
            ];
            if matches!(self.table.transact(actions).await?, Outcome::Done) {
                return Ok(run.clone());
            }
        }
        Err(self.table.unfinished("opening a set-up"))
    }

    async fn setup_run(&self) -> Result<Option<SetupRun>, PortError> {
        self.named_by(&key::last()).await
    }

    async fn done_setup(&self) -> Result<Option<SetupRun>, PortError> {
        self.named_by(&key::done()).await
    }

    async fn close_setup(&self, run: &str, state: &SetupRunState) -> Result<(), PortError> {
        for attempt in 0..TRIES {
            if attempt > 0 {
                pause(attempt).await;
            }
            let found = self.setup_of(run).await?;
            if !found.is_some_and(|found| found.state == SetupRunState::Open) {
                return Ok(());
            }
            let actions = closing(run, state);
            if matches!(self.table.transact(actions).await?, Outcome::Done) {
                return Ok(());
            }
        }
        Err(self.table.unfinished("ending a set-up"))
    }

    async fn save_step(&self, run: &str, step: &StepRecord) -> Result<(), PortError> {
        let state = match step.state {
            StepState::Begun => "begun",
            StepState::Done => "done",
            StepState::Failed => "failed",
        };
        let body = serde_json::json!({"calls": step.calls, "notes": step.notes}).to_string();
        let key = key::step(run, &step.step);
        let body = pack(&body).ok_or_else(|| self.corrupt_key(&key, TooLong))?;
        let item = Item::at(&key)
            .with(attribute::ID, text(&step.step))
            .with(attribute::STATE, text(state))
            .with(attribute::BODY, body)
            .with(attribute::AT, time(step.at));
        self.table.put_all(vec![item]).await
    }

    async fn steps(&self, run: &str) -> Result<BTreeMap<String, StepRecord>, PortError> {
        let partition = key::steps(run);
        let items = self.table.find_all(|| Find::beginning(&partition, "")).await?;
        let steps = items.iter().map(|item| {
            let step = read_step(item).map_err(|error| self.table.corrupt(item, error))?;
            Ok((step.step.clone(), step))
        });
        steps.collect()
    }

    async fn keep_once(&self, name: &str, value: &str) -> Result<String, PortError> {
        let keep = Edit::of(key::kept(name))
            .set(attribute::ID, text(name))
            .set(attribute::BODY, text(value))
            .only_if(|terms| terms.absent(attribute::BODY));
        let item = match self.table.edit(&keep).await? {
            Written::Done(item) | Written::Refused(Some(item)) => item,
            Written::Refused(None) => return Ok(value.to_owned()),
        };
        item.content(attribute::BODY).map_err(|error| self.table.corrupt(&item, error))
    }

    async fn kept(&self) -> Result<BTreeMap<String, String>, PortError> {
        let items = self.table.find_all(|| Find::beginning(key::SETUP, key::KEPT)).await?;
        let kept = items.iter().filter(|item| item.has(attribute::BODY)).map(|item| {
            let read = || {
                let name = item.text(attribute::ID)?.to_owned();
                Ok::<_, ItemError>((name, item.content(attribute::BODY)?))
            };
            read().map_err(|error| self.table.corrupt(item, error))
        });
        kept.collect()
    }

    /// What was kept leaves an empty item, so that a forgetting that is repeated is the same.
    async fn forget(&self, name: &str) -> Result<(), PortError> {
        let forget = Edit::of(key::kept(name)).remove(attribute::BODY);
        self.table.edit(&forget).await.map(drop)
    }
}

impl DynamoStore {
    /// The run that an item names; a name that was taken away is none.
    async fn named_by(&self, key: &Key) -> Result<Option<SetupRun>, PortError> {
        let Some(item) = self.table.get(key).await? else { return Ok(None) };
        match item.some_text(attribute::RUN) {
            Some(run) => self.setup_of(run).await,
            None => Ok(None),
        }
    }

    async fn setup_of(&self, id: &str) -> Result<Option<SetupRun>, PortError> {
        let Some(item) = self.table.get(&key::run(id)).await? else { return Ok(None) };
        read_run(&item).map(Some).map_err(|error| self.table.corrupt(&item, error))
    }

    fn corrupt_plan(&self, run: &SetupRun) -> PortError {
        self.corrupt_key(&key::run(&run.id), TooLong)
    }

    fn corrupt_key(&self, key: &Key, error: impl Into<BoxError>) -> PortError {
        self.table.corrupt(&Item::at(key), error)
    }
}

/// Ends a run that is open: it, the name of the open one, and that of the one that was done.
fn closing(run: &str, state: &SetupRunState) -> Vec<Action> {
    let (word, at, reason) = spelled(state);
    let mut edit = Edit::of(key::run(run)).set(attribute::STATE, text(word));
    if let Some(at) = at {
        edit = edit.set(attribute::FINISHED, at);
    }
    if let Some(reason) = reason {
        edit = edit.set(attribute::REASON, text(reason));
    }
    let is_open = Condition::new(|terms| terms.equal(attribute::RUN, text(run)));
    let mut actions = vec![
        Action::Edit(edit.only_if(|terms| terms.equal(attribute::STATE, text("open")))),
        Action::Delete(key::open(), is_open),
    ];
    if matches!(state, SetupRunState::Done { .. }) {
        actions.push(Action::Put(Item::at(&key::done()).with(attribute::RUN, text(run)), None));
    }
    actions
}

type Value = aws_sdk_dynamodb::types::AttributeValue;

fn spelled(state: &SetupRunState) -> (&'static str, Option<Value>, Option<&str>) {
    match state {
        SetupRunState::Open => ("open", None, None),
        SetupRunState::Done { at } => ("done", Some(time(*at)), None),
        SetupRunState::GivenUp { at, reason } => ("given-up", Some(time(*at)), Some(reason)),
    }
}

/// A run as an item; `None` if its plan is too long for one.
fn written(run: &SetupRun) -> Option<Item> {
    let (word, at, reason) = spelled(&run.state);
    Some(
        Item::at(&key::run(&run.id))
            .with(attribute::ID, text(&run.id))
            .with(attribute::HASH, text(&run.hash))
            .with(attribute::BODY, pack(&run.plan)?)
            .with(attribute::STARTED, time(run.began))
            .with(attribute::STATE, text(word))
            .with_some(attribute::FINISHED, at)
            .with_some(attribute::REASON, reason.map(text)),
    )
}

fn read_run(item: &Item) -> Result<SetupRun, ItemError> {
    let state = match item.text(attribute::STATE)? {
        "open" => SetupRunState::Open,
        "done" => SetupRunState::Done { at: item.time(attribute::FINISHED)? },
        "given-up" => SetupRunState::GivenUp {
            at: item.time(attribute::FINISHED)?,
            reason: item.text(attribute::REASON)?.to_owned(),
        },
        _ => return Err(ItemError::new(attribute::STATE, "the state of a set-up")),
    };
    Ok(SetupRun {
        id: item.text(attribute::ID)?.to_owned(),
        hash: item.text(attribute::HASH)?.to_owned(),
        plan: item.content(attribute::BODY)?,
        began: item.time(attribute::STARTED)?,
        state,
    })
}

/// What is in the body of a step.
#[derive(serde::Deserialize)]
struct Body {
    calls: Vec<String>,
    notes: Vec<String>,
}

fn read_step(item: &Item) -> Result<StepRecord, ItemError> {
    let body = item.content(attribute::BODY)?;
    let body: Body = serde_json::from_str(&body)
        .map_err(|_| ItemError::new(attribute::BODY, "the calls and notes of a step"))?;
    Ok(StepRecord {
        step: item.text(attribute::ID)?.to_owned(),
        state: match item.text(attribute::STATE)? {
            "begun" => StepState::Begun,
            "done" => StepState::Done,
            "failed" => StepState::Failed,
            _ => return Err(ItemError::new(attribute::STATE, "the state of a step")),
        },
        calls: body.calls,
        notes: body.notes,
        at: item.time(attribute::AT)?,
    })
}
