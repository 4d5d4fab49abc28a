//! A store of set-ups in memory, which counts its calls with the same fuse as the organization.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::{Fuse, lock};
use crate::port::setup::{SetupClaim, SetupRun, SetupRunState, SetupStore, StepRecord};
use crate::port::{Lease, PortError};

#[derive(Debug, Default)]
struct Kept {
    lease: Option<Lease>,
    run: Option<SetupRun>,
    done: Option<SetupRun>,
    steps: BTreeMap<(String, String), StepRecord>,
    values: BTreeMap<String, String>,
}

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemorySetup {
    kept: Mutex<Kept>,
    fuse: Arc<Fuse>,
}

impl MemorySetup {
    /// A store that dies with a fuse.
    pub fn with(fuse: Arc<Fuse>) -> Self {
        Self { kept: Mutex::default(), fuse }
    }

    fn act<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> Result<T, PortError> {
        let died = || PortError::Failed {
            what: "the store of set-ups".to_owned(),
            source: "the process died".into(),
        };
        let (before, after) = self.fuse.call();
        if before {
            return Err(died());
        }
        let value = act(&mut lock(&self.kept));
        if after { Err(died()) } else { Ok(value) }
    }
}

#[async_trait]
impl SetupStore for MemorySetup {
    async fn claim_setup(&self, lease: &Lease) -> Result<SetupClaim, PortError> {
        self.act(|kept| match &kept.lease {
            Some(held) if held.owner != lease.owner && held.until > lease.now => {
                SetupClaim::Held { owner: held.owner.clone(), until: held.until }
            }
            _ => {
                kept.lease = Some(lease.clone());
                SetupClaim::Granted
            }
        })
    }

    async fn release_setup(&self, owner: &str) -> Result<(), PortError> {
        self.act(|kept| kept.lease.take_if(|held| held.owner == owner)).map(drop)
    }

    async fn open_setup(&self, run: &SetupRun) -> Result<SetupRun, PortError> {
        self.act(|kept| {
            let is_last = |it: &&SetupRun| it.state == SetupRunState::Open || it.id == run.id;
            if let Some(last) = kept.run.as_ref().filter(is_last) {
                return last.clone();
            }
            kept.run = Some(run.clone());
            run.clone()
        })
    }

    async fn setup_run(&self) -> Result<Option<SetupRun>, PortError> {
        self.act(|kept| kept.run.clone())
    }

    async fn done_setup(&self) -> Result<Option<SetupRun>, PortError> {
        self.act(|kept| kept.done.clone())
    }

    async fn close_setup(&self, run: &str, state: &SetupRunState) -> Result<(), PortError> {
        self.act(|kept| {
            let open = kept.run.as_mut();
            let open = open.filter(|it| it.id == run && it.state == SetupRunState::Open);
            if let Some(open) = open {
                open.state = state.clone();
                if matches!(state, SetupRunState::Done { .. }) {
                    kept.done = Some(open.clone());
                }
            }
        })
    }

    async fn save_step(&self, run: &str, step: &StepRecord) -> Result<(), PortError> {
        self.act(|kept| {
            kept.steps.insert((run.to_owned(), step.step.clone()), step.clone());
        })
    }

    async fn steps(&self, run: &str) -> Result<BTreeMap<String, StepRecord>, PortError> {
        self.act(|kept| {
            let of_run = kept.steps.iter().filter(|((of, _), _)| of == run);
            of_run.map(|((_, step), record)| (step.clone(), record.clone())).collect()
        })
    }

    async fn keep_once(&self, name: &str, value: &str) -> Result<String, PortError> {
        self.act(|kept| {
            kept.values.entry(name.to_owned()).or_insert_with(|| value.to_owned()).clone()
        })
    }

    async fn kept(&self) -> Result<BTreeMap<String, String>, PortError> {
        self.act(|kept| kept.values.clone())
    }

    async fn forget(&self, name: &str) -> Result<(), PortError> {
        self.act(|kept| kept.values.remove(name)).map(drop)
    }
}
