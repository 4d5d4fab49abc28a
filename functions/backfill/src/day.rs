//! A batch of messages, each of some days of accounts: every day is read once, however many messages are about it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accesstrail_shared::aws::error::chain;
use accesstrail_shared::backfill::Tally;
use accesstrail_shared::backfill::message::{self, Job};
use accesstrail_shared::lambda::batch::{self, Delivery, Message};
use accesstrail_shared::lambda::redelivery::Again;
use accesstrail_shared::lambda::{Counts, Failure, Invocation, Metric};
use accesstrail_shared::model::Timestamp;
use serde_json::Value;
use tokio::sync::{OnceCell, Semaphore};

use crate::World;

/// This share of the time, at most [`MOST_RESERVE`], is kept for saying what was left.
const RESERVE_SHARE: u32 = 5;
const MOST_RESERVE: Duration = Duration::from_secs(20);

/// Works on the messages of a batch.
pub(crate) async fn work(
    world: &World,
    event: Value,
    invocation: &Invocation,
    counts: &Counts,
) -> Result<Value, Failure> {
    let whole = invocation.deadline.duration_since(invocation.began);
    let reserve = (Duration::try_from(whole).unwrap_or_default() / RESERVE_SHARE).min(MOST_RESERVE);
    let days = Days {
        world,
        counts,
        until: invocation.deadline.checked_sub(reserve).unwrap_or(invocation.began),
        can_begin: invocation.can_begin(),
        known: Mutex::default(),
        turn: Semaphore::new(1),
    };
    let (queue, clock) = (&*world.queue, &*world.clock);
    let answer = batch::each_message(event, queue, clock, async |message| days.of(&message).await);
    answer.await.map_err(|error| Failure::give_up(&error))
}

/// What came of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All of it counts, but for what is set aside for good.
    Ended,
    /// Some of it is left for another time.
    Left,
}

/// The days of a batch.
struct Days<'a> {
    world: &'a World,
    counts: &'a Counts,
    /// When work stops, in time to say so.
    until: Timestamp,
    can_begin: bool,
    known: Mutex<BTreeMap<Job, Arc<OnceCell<Outcome>>>>,
    /// One day at a time: what is held of it is what bounds the memory.
    turn: Semaphore,
}

impl Days<'_> {
    fn count(&self, metric: Metric, by: u64) {
        self.counts.add(metric, by);
    }

    /// Works on the days of a message.
    async fn of(&self, message: &Message) -> Delivery {
        self.count(Metric::MessagesIn, 1);
        let (message_id, receives) = (&message.id, message.receives);
        let read = match message::read(&message.body, &self.world.source) {
            Ok(read) => read,
            Err(reason) => {
                tracing::error!(
                    message_id,
                    receives,
                    reason,
                    "unreadable: the queue sets it aside"
                );
                self.count(Metric::MessagesPoison, 1);
                return Delivery::Again(Again::AtOnce);
            }
        };
        for (reason, by) in &read.ignored {
            tracing::debug!(message_id, reason, objects = by, "not read");
            self.count(Metric::LogsIgnored, *by);
        }
        let mut is_left = false;
        for job in &read.jobs {
            is_left |= self.day(job).await == Outcome::Left;
        }
        if is_left {
            tracing::warn!(message_id, receives, "not all was read: the message comes again");
            self.count(Metric::MessagesFailed, 1);
            return Delivery::Again(Again::Later);
        }
        self.count(Metric::MessagesDone, 1);
        Delivery::Done
    }

    /// Works on a day, if nobody has in this batch.
    async fn day(&self, job: &Job) -> Outcome {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(job.clone()).or_default())
        };
        *cell.get_or_init(|| Box::pin(self.work_on(job))).await
    }

    async fn work_on(&self, job: &Job) -> Outcome {
        let turn = self.turn.acquire().await;
        let (account, day) = (&job.unit.account, job.unit.day.to_string());
        let left = self.until.duration_since(self.world.clock.now());
        let left = Duration::try_from(left).unwrap_or_default();
        if !self.can_begin || left.is_zero() {
            tracing::warn!(account, day, until = %self.until, "no time to begin");
            return Outcome::Left;
        }
        let worked = tokio::time::timeout(left, self.world.day(job)).await;
        drop(turn);
        match worked {
            Ok(Ok(tally)) => self.told(account, &day, &tally),
            Ok(Err(error)) => {
                tracing::error!(account, day, reason = chain(&error), "failed");
                Outcome::Left
            }
            Err(_) => {
                tracing::error!(
                    account,
                    day,
                    ?left,
                    "not read in time: raise the function's timeout or memory"
                );
                Outcome::Left
            }
        }
    }

    fn told(&self, account: &str, day: &str, tally: &Tally) -> Outcome {
        let Tally { done, duplicates, set_aside, left, events, written, kept, .. } = *tally;
        tracing::info!(
            account, day, done, duplicates, set_aside, left, events, written, kept, "read"
        );
        for (metric, by) in [
            (Metric::LogsRead, done),
            (Metric::LogsSetAside, set_aside),
            (Metric::LogsLeft, left),
            (Metric::EventsFolded, events),
            (Metric::CellsWritten, written),
        ] {
            self.count(metric, by);
        }
        if left > 0 {
            return Outcome::Left;
        }
        self.count(Metric::DaysRead, 1);
        Outcome::Ended
    }
}
