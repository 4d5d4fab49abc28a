//! The changes of closed runs, page by page, to one sink.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::collect::Stop;
use crate::model::{Change, RunId, RunState};
use crate::port::{
    Clock, DeadLetter, DeadLetters, Delivery, FeedEvent, PortError, Sink, Store, Verdict,
};
use crate::report::event::event;

/// Changes that are read, delivered and kept as delivered at once: what a crash sends again.
const PAGE: usize = 200;

/// How often an event is sent before it is set aside.
const ATTEMPTS: u32 = 5;

/// The first pause between two attempts; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that is waited for. Who asks for a longer one is left alone for now, and nothing is set
/// aside.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How many of the newest runs are looked at for what was not delivered.
const RUNS: usize = 1_000;

/// A store's changes on their way to one sink.
#[derive(Debug)]
pub struct Feed {
    store: Arc<dyn Store>,
    sink: Arc<dyn Sink>,
    dead_letters: Arc<dyn DeadLetters>,
    clock: Arc<dyn Clock>,
    /// Whether the sink took nothing in all its attempts: then each batch is tried once, until one is taken.
    is_down: AtomicBool,
}

/// What a delivery came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Runs that are delivered to their end, by this delivery.
    pub runs: u64,
    /// Events that the sink accepted.
    pub sent: u64,
    /// Events that the sink refused: they are dead letters.
    pub refused: u64,
    /// Events that were given up after every attempt: they are dead letters.
    pub given_up: u64,
}

impl Told {
    /// Events that are dead letters now.
    pub fn set_aside(&self) -> u64 {
        self.refused + self.given_up
    }
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything there was is delivered or set aside.
    Whole(Told),
    /// There is more, and no time for it now.
    Paused(Told),
}

impl Ended {
    /// What it came to.
    pub fn told(self) -> Told {
        match self {
            Self::Whole(told) | Self::Paused(told) => told,
        }
    }
}

/// Why a page stopped.
enum Halt {
    /// The time is up: what was accepted of the page is sent again.
    Stopped,
    Port(PortError),
}

impl From<PortError> for Halt {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl Feed {
    /// The feed of a store to a sink.
    pub fn new(
        store: Arc<dyn Store>,
        sink: Arc<dyn Sink>,
        dead_letters: Arc<dyn DeadLetters>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, sink, dead_letters, clock, is_down: AtomicBool::new(false) }
    }

    /// The sink's name.
    pub fn sink(&self) -> &str {
        self.sink.name()
    }

    /// Delivers what was not delivered of every closed run, the oldest first. What was set aside counts as
    /// delivered: its letters are kept elsewhere.
    ///
    /// # Errors
    ///
    /// When the store, the sink or the place of the dead letters cannot be used; [`PortError::Busy`] when the
    /// sink asks for a pause that is too long to wait for. What was accepted until then is kept.
    pub async fn every_run(&self, stop: &Stop) -> Result<Ended, PortError> {
        let mut runs = self.store.runs(RUNS).await?;
        runs.retain(|run| run.state == RunState::Closed);
        let mut told = Told::default();
        for run in runs.iter().rev() {
            if !self.run_into(&run.id, stop, &mut told).await? {
                return Ok(Ended::Paused(told));
            }
        }
        Ok(Ended::Whole(told))
    }

    /// Delivers what was not delivered of one run. A run that is not closed has nothing to deliver yet.
    ///
    /// # Errors
    ///
    /// As [`Feed::every_run`].
    pub async fn run(&self, run: &RunId, stop: &Stop) -> Result<Ended, PortError> {
        let mut told = Told::default();
        let closed = self.store.run(run).await?.is_some_and(|run| run.state == RunState::Closed);
        if !closed || self.run_into(run, stop, &mut told).await? {
            return Ok(Ended::Whole(told));
        }
        Ok(Ended::Paused(told))
    }

    /// Delivers changes that belong to no run: those that an event led to. How far it came is not kept, so whoever
    /// asks again sends them again, under the ids that they had.
    ///
    /// # Errors
    ///
    /// As [`Feed::every_run`].
    pub async fn changes(&self, changes: &[Change], stop: &Stop) -> Result<Ended, PortError> {
        match self.page(changes, stop).await {
            Ok(told) => Ok(Ended::Whole(told)),
            Err(Halt::Stopped) => Ok(Ended::Paused(Told::default())),
            Err(Halt::Port(error)) => Err(error),
        }
    }

    /// Whether the run was delivered to its end.
    async fn run_into(&self, run: &RunId, stop: &Stop, told: &mut Told) -> Result<bool, PortError> {
        let name = self.sink.name();
        let known = self.store.delivery(name, run).await?;
        let mut delivery = known.unwrap_or_else(|| Delivery::new(name, run));
        if delivery.ended {
            return Ok(true);
        }
        loop {
            if stop.is_due(self.clock.now()) {
                return Ok(false);
            }
            let page = self.store.changes(run, delivery.cursor.as_deref(), PAGE).await?;
            let came = match self.page(&page.items, stop).await {
                Ok(came) => came,
                Err(Halt::Stopped) => return Ok(false),
                Err(Halt::Port(error)) => return Err(error),
            };
            delivery.sent += came.sent;
            delivery.set_aside += came.set_aside();
            delivery.ended = page.next.is_none();
            delivery.cursor = page.next;
            // An empty page moves nothing that is compared, and is soon asked for again.
            self.store.save_delivery(&delivery).await?;
            told.sent += came.sent;
            told.refused += came.refused;
            told.given_up += came.given_up;
            if delivery.ended {
                told.runs += 1;
                return Ok(true);
            }
        }
    }

    async fn page(&self, changes: &[Change], stop: &Stop) -> Result<Told, Halt> {
        let mut events = Vec::with_capacity(changes.len());
        for change in changes {
            let failed = |error| PortError::Failed {
                what: format!("the event of {}", change.id),
                source: Box::new(error),
            };
            let told = event(change).map_err(failed)?;
            events.push(FeedEvent { id: told.id, at: change.at, body: told.body });
        }
        let mut told = Told::default();
        for batch in self.batches(events) {
            if stop.is_due(self.clock.now()) {
                return Err(Halt::Stopped);
            }
            self.batch(batch, stop, &mut told).await?;
        }
        Ok(told)
    }

    /// Events in batches that the sink takes.
    fn batches(&self, events: Vec<FeedEvent>) -> Vec<Vec<FeedEvent>> {
        let limit = self.sink.batch();
        let (mut batches, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
        for event in events {
            let full = batch.len() >= limit.events || bytes + event.body.len() > limit.bytes;
            if full && !batch.is_empty() {
                batches.push(std::mem::take(&mut batch));
                bytes = 0;
            }
            bytes += event.body.len();
            batch.push(event);
        }
        if !batch.is_empty() {
            batches.push(batch);
        }
        batches
    }

    /// Sends a batch until each event is taken, refused or given up; the last two become dead letters.
    async fn batch(
        &self,
        events: Vec<FeedEvent>,
        stop: &Stop,
        told: &mut Told,
    ) -> Result<(), Halt> {
        let attempts = if self.is_down.load(Ordering::Relaxed) { 1 } else { ATTEMPTS };
        let (mut waiting, mut letters) = (events, Vec::new());
        let mut attempt = 1;
        loop {
            let verdicts = self.sink.send(&waiting).await?;
            let mut put_off = Vec::new();
            let mut wanted: Option<Duration> = None;
            for (event, verdict) in waiting.into_iter().zip(verdicts) {
                match verdict {
                    Verdict::Accepted => {
                        told.sent += 1;
                        self.is_down.store(false, Ordering::Relaxed);
                    }
                    Verdict::Refused(reason) => {
                        told.refused += 1;
                        letters.push(self.letter(event, reason));
                    }
                    Verdict::Later { reason, after } => {
                        wanted = wanted.max(after);
                        put_off.push((event, reason));
                    }
                }
            }
            if let Some(wanted) = wanted.filter(|wanted| *wanted > LONGEST_PAUSE) {
                return Err(self.wants_a_pause(wanted).into());
            }
            if put_off.is_empty() {
                break;
            }
            if attempt >= attempts {
                self.is_down.store(true, Ordering::Relaxed);
                for (event, reason) in put_off {
                    told.given_up += 1;
                    let reason = format!("given up after {attempt} attempts: {reason}");
                    letters.push(self.letter(event, reason));
                }
                break;
            }
            let pause = pause(attempt, wanted);
            if stop.is_due(self.clock.now().checked_add(pause).unwrap_or_default()) {
                return Err(Halt::Stopped);
            }
            tokio::time::sleep(pause).await;
            waiting = put_off.into_iter().map(|(event, _)| event).collect();
            attempt += 1;
        }
        if !letters.is_empty() {
            self.dead_letters.keep(&letters).await?;
        }
        Ok(())
    }

    fn letter(&self, event: FeedEvent, reason: String) -> DeadLetter {
        DeadLetter { sink: self.sink.name().to_owned(), reason, at: self.clock.now(), event }
    }

    fn wants_a_pause(&self, pause: Duration) -> PortError {
        let source = format!("it asks to be left alone for {} s", pause.as_secs());
        PortError::Busy { what: self.sink.name().to_owned(), source: source.into() }
    }
}

/// The pause after an attempt: twice as long each time, and never shorter than the sink wants.
fn pause(attempt: u32, wanted: Option<Duration>) -> Duration {
    let growing = FIRST_PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    growing.min(LONGEST_PAUSE).max(wanted.unwrap_or_default())
}
