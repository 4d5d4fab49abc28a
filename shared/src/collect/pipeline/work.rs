//! One unit of work: claimed, collected page by page, ended with its coverage.

use std::sync::Arc;

use jiff::SignedDuration;

use super::super::context::{Context, Stop};
use super::super::sink::{Interrupted, Resumption, Sink};
use super::super::{CapabilityInfo, Collect, looked_at, registry};
use super::close::Closing;
use super::{Inventory, read_options};
use crate::aws::error::{self, Fault};
use crate::aws::session::SessionError;
use crate::model::{Coverage, RunState, Status, Timestamp};
use crate::port::{Claim, Lease, PortError, UnitMessage};

/// How often a unit is begun before it is given up: a unit that kills its worker must not do so for ever.
pub(super) const MAX_ATTEMPTS: u32 = 5;

/// How often a unit may be handed on because a deadline came near. Lambda stops a loop of function and
/// queue after about 16 rounds, so we stop first and say so.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
pub(super) const MAX_HOPS: u32 = 12;

/// Who works.
#[derive(Clone, Debug)]
pub struct Worker {
    /// The name under which units are claimed.
    pub name: String,
    /// When to stop in good order.
    pub stop: Stop,
    /// When the worker will be gone at the latest: its leases end then.
    pub gone: Timestamp,
}

/// How the work on a unit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The unit has ended, with this coverage.
    Ended(Vec<Coverage>),
    /// The unit had ended before.
    EndedBefore,
    /// There is more to do; a message with the rest was sent.
    HandedOn,
    /// Somebody else works on it until then at the latest.
    Held(Timestamp),
}

/// Why the work on a unit did not end. The message stays in the queue.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The unit does not exist: a message from another table, or of a run that was removed.
    #[error("unit {unit} of run {run} is not planned")]
    Unplanned {
        /// The run.
        run: String,
        /// The unit.
        unit: String,
    },
    /// There is no collector of that name in this program.
    #[error("this program has no collector `{0}`: it is older than the one that planned the run")]
    NoCollector(String),
    /// The run's options were written by a newer program.
    #[error("the options of run {0} were written by a newer program: update accesstrail")]
    NewerOptions(String),
    /// STS or the account cannot be reached for now.
    #[error("the account cannot be entered for now")]
    Session(#[source] SessionError),
    /// The store or the queue failed.
    #[error("the work could not be saved")]
    Port(#[from] PortError),
}

impl WorkError {
    /// Whether the same work may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Session(_) => true,
            Self::Port(error) => error.is_passing(),
            Self::Unplanned { .. } | Self::NoCollector(_) | Self::NewerOptions(_) => false,
        }
    }
}

impl Inventory {
    /// Works on one unit, and closes the run if it was the last.
    pub async fn work(&self, message: &UnitMessage, worker: &Worker) -> Result<Outcome, WorkError> {
        let (run, unit) = (&message.run, &message.unit);
        let collector = registry::find(&unit.collector)
            .ok_or_else(|| WorkError::NoCollector(unit.collector.clone()))?;
        let unplanned = || WorkError::Unplanned { run: run.to_string(), unit: unit.to_string() };
        let stored = self.store.run(run).await?.ok_or_else(unplanned)?;
        if stored.state == RunState::Closed {
            return Ok(Outcome::EndedBefore);
        }
        // Before the claim: a lease on what cannot be worked on would keep a newer program waiting.
        let options = read_options(&stored.options)
            .ok_or_else(|| WorkError::NewerOptions(run.to_string()))?;
        let lease = self.lease(worker);
        let (cursor, pages, attempt) = match self.store.claim_unit(run, unit, &lease).await? {
            Claim::Granted { cursor, pages, attempt } => (cursor, pages, attempt),
            Claim::Held { until } => return Ok(Outcome::Held(until)),
            Claim::Ended => {
                return Ok(match self.close(run, &worker.name).await? {
                    // This may be the only message that is left to close the run with.
                    Closing::Held(until) => Outcome::Held(until),
                    Closing::Closed | Closing::Pending => Outcome::EndedBefore,
                });
            }
            Claim::Unknown => {
                // The run may have been closed since it was read: a message that came twice.
                let closed = self.store.run(run).await?.map(|run| run.state);
                return if closed == Some(RunState::Closed) {
                    Ok(Outcome::EndedBefore)
                } else {
                    Err(unplanned())
                };
            }
        };
        let asked: Vec<&CapabilityInfo> = looked_at(collector, &options).collect();
        // Each hand-over is followed by one more claim, which is not a failed attempt.
        let attempt = attempt.saturating_sub(message.hop);
        if attempt > MAX_ATTEMPTS || message.hop > MAX_HOPS {
            let reason =
                format!("given up after {attempt} attempts and {} hand-overs", message.hop);
            return self
                .end(message, worker, gap(self, &asked, message, &partial(reason)), None)
                .await;
        }
        let session = match self.sessions.session(&unit.account).await {
            Ok(session) => session,
            Err(error) if error.is_passing() && attempt < MAX_ATTEMPTS => {
                self.store.release_unit(run, unit, &worker.name).await?;
                return Err(WorkError::Session(error));
            }
            Err(error) => {
                let mut coverage = gap(self, &asked, message, &session_status(&error));
                let note = error::one_line(error::chain(&error));
                for each in &mut coverage {
                    each.note = Some(note.clone());
                }
                return self.end(message, worker, coverage, None).await;
            }
        };
        let clock = Arc::clone(&self.clock);
        let context =
            Context::new(session, unit.region.clone(), options, clock, worker.stop.clone());
        let resumption = Resumption::read(cursor.as_deref());
        self.collect(collector, message, worker, &context, resumption, pages).await
    }

    async fn collect(
        &self,
        collector: &dyn Collect,
        message: &UnitMessage,
        worker: &Worker,
        context: &Context,
        resumption: Resumption,
        pages: u32,
    ) -> Result<Outcome, WorkError> {
        let (run, unit) = (&message.run, &message.unit);
        let place = resumption.place.clone();
        let mut sink =
            Sink::new(&*self.store, context, run.clone(), unit.clone(), pages, resumption);
        let mut ended = collector.collect(context, place.as_deref(), &mut sink).await;
        if ended.is_ok() {
            ended = match sink.page(None).await {
                // Everything is saved, so there is nothing left to hand on.
                Err(Interrupted::Stopped) => Ok(()),
                other => other,
            };
        }
        let lost = match ended {
            Ok(()) => None,
            Err(Interrupted::Stopped) => return self.hand_on(message, worker).await,
            Err(Interrupted::Store(error)) => {
                self.store.release_unit(run, unit, &worker.name).await?;
                return Err(error.into());
            }
            Err(Interrupted::Session { action, source, .. }) => Some(Status::Partial {
                action: action.to_owned(),
                reason: error::one_line(error::chain(&*source)),
            }),
        };
        let capabilities: Vec<&'static str> =
            looked_at(collector, &context.options).map(|capability| capability.name).collect();
        let mut counters = context.counters();
        counters.extend(count_saved(sink.saved()));
        if let Some(status) = lost {
            for capability in &capabilities {
                sink.lost(capability, status.clone());
            }
            // What was seen before the session was lost is kept; the store may refuse, which is told.
            match sink.page(None).await {
                Ok(()) | Err(Interrupted::Stopped | Interrupted::Session { .. }) => {}
                Err(Interrupted::Store(error)) => return Err(error.into()),
            }
        }
        let coverage = sink.into_coverage(&capabilities);
        self.end(message, worker, coverage, Some(counters)).await
    }

    async fn hand_on(&self, message: &UnitMessage, worker: &Worker) -> Result<Outcome, WorkError> {
        self.store.release_unit(&message.run, &message.unit, &worker.name).await?;
        let rest = UnitMessage { hop: message.hop + 1, ..message.clone() };
        self.queue.send(&[rest]).await?;
        Ok(Outcome::HandedOn)
    }

    async fn end(
        &self,
        message: &UnitMessage,
        worker: &Worker,
        coverage: Vec<Coverage>,
        counters: Option<crate::model::Counters>,
    ) -> Result<Outcome, WorkError> {
        let (run, unit) = (&message.run, &message.unit);
        let progress =
            self.store.end_unit(run, unit, &coverage, &counters.unwrap_or_default()).await?;
        if progress.ended >= progress.planned {
            self.close(run, &worker.name).await?;
        }
        Ok(Outcome::Ended(coverage))
    }

    fn lease(&self, worker: &Worker) -> Lease {
        // A lease that ends a moment after its worker leaves no time in which two work on one unit.
        let until = worker.gone.checked_add(SignedDuration::from_secs(1)).unwrap_or(worker.gone);
        Lease { owner: worker.name.clone(), now: self.clock.now(), until }
    }
}

/// What saving came to, as a run counts it.
pub(crate) fn count_saved(saved: &crate::port::Saved) -> crate::model::Counters {
    let rows = [
        ("entities.created", saved.created),
        ("entities.changed", saved.changed),
        ("entities.restored", saved.restored),
        ("entities.unchanged", saved.unchanged),
        ("entities.stale", saved.stale),
        ("entities.too-large", saved.too_large),
    ];
    rows.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

fn partial(reason: String) -> Status {
    Status::Partial { action: String::new(), reason }
}

/// What an account that cannot be entered means for its scopes.
fn session_status(error: &SessionError) -> Status {
    let action = "sts:AssumeRole".to_owned();
    match error {
        SessionError::Assume { fault: Fault::Throttled, .. } => Status::Throttled { action },
        SessionError::Assume { fault: Fault::Unavailable, summary, .. } => {
            Status::Partial { action, reason: summary.clone() }
        }
        _ => Status::Denied { action, by: error.authority() },
    }
}

/// The same status for every scope of a unit.
fn gap(
    inventory: &Inventory,
    asked: &[&CapabilityInfo],
    message: &UnitMessage,
    status: &Status,
) -> Vec<Coverage> {
    asked
        .iter()
        .map(|capability| Coverage {
            scope: message.unit.scope(capability.name),
            run: message.run.clone(),
            status: status.clone(),
            at: inventory.clock.now(),
            as_of: None,
            seen: 0,
            set_aside: Vec::new(),
            note: None,
        })
        .collect()
}
