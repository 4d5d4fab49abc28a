//! A run driven by one process: its queue is in memory, its workers are tasks.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

use super::Inventory;
use super::work::{Outcome, WorkError, Worker};
use crate::model::{Coverage, Unit};
use crate::port::{PortError, Queue, UnitMessage};

/// How often a unit whose failure may pass is tried again.
const TRIES: u32 = 4;

/// The pause before the first repetition; it doubles each time.
const PAUSE: Duration = Duration::from_millis(500);

/// A queue in memory.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    waiting: Mutex<VecDeque<UnitMessage>>,
}

impl MemoryQueue {
    /// Takes the next message.
    pub fn take(&self) -> Option<UnitMessage> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// The units that wait.
    pub fn units(&self) -> Vec<Unit> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.iter().map(|message| message.unit.clone()).collect()
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, messages: &[UnitMessage]) -> Result<(), PortError> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(messages.iter().cloned());
        Ok(())
    }
}

/// Who wants to hear how a run goes.
pub trait Observer: Send + Sync {
    /// A unit is begun.
    fn begun(&self, unit: &Unit);
    /// A unit has ended with this coverage; empty when it had ended before.
    fn ended(&self, unit: &Unit, coverage: &[Coverage]);
    /// A unit could not be worked on to its end.
    fn failed(&self, unit: &Unit, error: &WorkError);
}

/// Works on what waits in `queue` with `at_once` workers until nothing is left. Returns the units that
/// could not be worked on to their end.
pub async fn drive(
    inventory: &Inventory,
    queue: &MemoryQueue,
    worker: &Worker,
    at_once: usize,
    observer: &dyn Observer,
) -> Vec<(Unit, WorkError)> {
    let mut failures = Vec::new();
    let mut working = FuturesUnordered::new();
    loop {
        while working.len() < at_once.max(1) && !worker.stop.is_due(inventory.clock.now()) {
            let Some(message) = queue.take() else { break };
            working.push(one(inventory, message, worker, observer));
        }
        match working.next().await {
            Some(Ok(())) => {}
            Some(Err(failure)) => failures.push(failure),
            None => return failures,
        }
    }
}

async fn one(
    inventory: &Inventory,
    message: UnitMessage,
    worker: &Worker,
    observer: &dyn Observer,
) -> Result<(), (Unit, WorkError)> {
    observer.begun(&message.unit);
    let mut pause = PAUSE;
    for attempt in 1.. {
        match inventory.work(&message, worker).await {
            Ok(Outcome::Ended(coverage)) => observer.ended(&message.unit, &coverage),
            Ok(Outcome::EndedBefore | Outcome::HandedOn | Outcome::Held(_)) => {
                observer.ended(&message.unit, &[]);
            }
            Err(error) if error.is_passing() && attempt < TRIES => {
                tokio::time::sleep(pause).await;
                pause *= 2;
                continue;
            }
            Err(error) => {
                observer.failed(&message.unit, &error);
                return Err((message.unit, error));
            }
        }
        break;
    }
    Ok(())
}
