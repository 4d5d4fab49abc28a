//! Batches of events → what they touched is read again, saved, and sent on.
//!
//! ```text
//! events ──► realtime::Batch ──► one look a unit ──► store (change, with the event) ──► feeds
//!                 └────► notices: stale units, health ──► store
//! ```
//!
//! INVARIANT: a message is done with when everything that its events touched is read and saved, or noted as stale, and
//! its changes are sent. Anything else leaves it in the queue, and doing it again changes nothing.

mod known;
mod logs;
mod outcome;
mod settle;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;

pub use known::Known;
pub use logs::LogEvents;
pub use outcome::{Counts, Fate, Outcome};
use settle::Showed;

use crate::aws::error;
use crate::collect::reread::{Reading, RereadError, Rereader, told};
use crate::collect::{Options, Stop};
use crate::feed::{Ended, Feed};
use crate::model::{
    Cause, CauseEvent, Change, Coverage, EntityId, Notice, NoticeKind, Status, Timestamp, Unit,
};
use crate::port::{EventStore, PortError, Reread, Store};
use crate::realtime::batch::WHOLE;
use crate::realtime::{Batch, Event, Home, Look};

/// How often one delivery looks at the same because others write it meanwhile. Who comes later is no better off if two
/// never come to an end.
const LOOKS: usize = 5;

/// How many units are looked at at once; the gates of their accounts may let fewer calls through.
const AT_ONCE: usize = 8;

/// Events of one message.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// The events.
    pub events: Vec<Event>,
}

/// What handles events.
#[derive(Debug)]
pub struct Live {
    /// What looks again.
    pub rereader: Rereader,
    /// Where changes are sent to.
    pub feeds: Vec<Feed>,
    /// Which accounts there are, and how the last run looked at them.
    pub known: Arc<Known>,
}

impl Live {
    fn store(&self) -> &dyn EventStore {
        &*self.rereader.store
    }

    fn now(&self) -> Timestamp {
        self.rereader.clock.now()
    }

    /// Handles the events of some messages together; a fate for each message, in their order.
    ///
    /// # Errors
    ///
    /// When the store does not say what there is: every message is to come again.
    pub async fn take(&self, messages: &[Incoming], stop: &Stop) -> Result<Outcome, PortError> {
        let (store, clock) = (&self.rereader.store, &self.rereader.clock);
        let plain: &dyn Store = &**store;
        let facts = self.known.facts(plain, clock.now()).await?;
        let caller = self.rereader.sessions.caller();
        let home = Home {
            account: facts.home.clone().unwrap_or_else(|| caller.account.clone()),
            partition: caller.arn.partition(),
            hub: self.known.hub(),
        };
        let mut speakers = facts.speakers.clone();
        speakers.add(home.account.clone());
        let mut outcome = Outcome::new(messages.len());
        let mut batch = Batch::default();
        for (at, message) in messages.iter().enumerate() {
            for event in &message.events {
                outcome.counts.events += 1;
                if !facts.accounts.contains(&event.account) && !speakers.knows(&event.account) {
                    outcome.counts.unknown_accounts += 1;
                    continue;
                }
                batch.add(at, event, &home, &speakers);
            }
        }
        outcome.counts.nothing.clone_from(&batch.nothing);
        outcome.counts.foreign = batch.foreign;
        batch.looks.values().for_each(|look| outcome.wait(look));
        let options = &facts.options;
        let looks = batch.looks.iter().map(|((unit, _), look)| async move {
            (unit, look, self.look(unit, look, options, stop).await)
        });
        let looks: Vec<_> = looks.collect();
        // In the order of the plan, whichever is done first: so the changes of an event are told in one order.
        let mut looked = futures::stream::iter(looks).buffered(AT_ONCE);
        let mut answered = Vec::new();
        while let Some((unit, look, looked)) = looked.next().await {
            let showed = self.judge(unit, look, looked, &mut outcome);
            answered.extend(showed.map(|showed| (unit, look, showed)));
        }
        drop(looked);
        self.settle(&answered, messages, &mut outcome).await;
        for (notice, message) in batch.notices {
            outcome.note(notice, message);
        }
        self.keep_notices(&mut outcome).await;
        self.send(&mut outcome, stop).await;
        Ok(outcome)
    }

    /// Looks at a unit and saves what is there, and looks again at whatever another worker may have been in the way of,
    /// until nobody was:
    ///
    /// - What is new, or has a new name: it may be gone since, and whoever looked for it then did not find it among what
    ///   is known, as it was not saved yet.
    /// - What is buried since: whoever asked for a user by the name that it had until then found nobody.
    /// - What is gone and stored otherwise than it was known: it may have another name.
    async fn look(
        &self,
        unit: &Unit,
        look: &Look,
        options: &Options,
        stop: &Stop,
    ) -> Result<Looked, RereadError> {
        let mut looked = self.look_once(unit, look, options, stop).await?;
        for _ in 1..LOOKS {
            let again = std::mem::take(&mut looked.again);
            if again.is_empty() {
                return Ok(looked);
            }
            let mut new = look.clone();
            // What a whole unit shows stands under the latest event, whichever calls for the whole.
            if !look.names.contains_key(WHOLE) {
                new.names.retain(|_, named| again.contains(&named.event.id));
            }
            looked.add(self.look_once(unit, &new, options, stop).await?);
        }
        if looked.again.is_empty() { Ok(looked) } else { Err(RereadError::Contended) }
    }

    async fn look_once(
        &self,
        unit: &Unit,
        look: &Look,
        options: &Options,
        stop: &Stop,
    ) -> Result<Looked, RereadError> {
        let Reading { rereads, gaps, contradicted, renamed, began, counters } =
            self.rereader.look(unit, look, options, stop.clone()).await?;
        let mut looked = Looked { gaps, contradicted, ..Looked::default() };
        looked.calls = counters
            .iter()
            .filter(|(name, _)| name.starts_with("api.") && name.contains(':'))
            .map(|(_, count)| count)
            .sum();
        for reread in rereads {
            let saved = self.store().save_reread(&reread).await?;
            let is_fresh = |id: &EntityId| {
                reread.seen.iter().any(|it| it.observed >= began && it.entity.id() == *id)
            };
            if saved.saved.created + saved.saved.restored > 0
                || !saved.met.is_empty()
                || saved.saved.buried.iter().any(is_fresh)
                || reread.seen.iter().any(|it| renamed.contains(&it.entity.id()))
            {
                looked.again.insert(reread.event.id.clone());
            }
            looked.changes += saved.changes();
            looked.saved.push((saved.changes() > 0, reread));
        }
        Ok(looked)
    }

    /// What a look means for the messages that wait for it, and what it showed.
    fn judge(
        &self,
        unit: &Unit,
        look: &Look,
        looked: Result<Looked, RereadError>,
        outcome: &mut Outcome,
    ) -> Option<Showed> {
        let now = self.now();
        outcome.counts.looks += 1;
        outcome.counts.objects += look.names.len() as u64;
        match looked {
            Ok(looked) => {
                outcome.counts.calls += looked.calls;
                outcome.counts.changes += looked.changes;
                for gap in &looked.gaps {
                    outcome.gap(unit, look, gap, now);
                }
                let showed = Showed::of(&looked);
                outcome.rereads.extend(looked.silent(look).map(|reread| (false, reread)));
                for (changed, reread) in looked.saved {
                    if changed {
                        outcome.latencies.push(now.duration_since(reread.event.at));
                    }
                    outcome.rereads.push((changed, reread));
                }
                Some(showed)
            }
            Err(RereadError::Excluded(filter)) => {
                tracing::debug!(%unit, filter, "left out");
                outcome.counts.excluded += 1;
                None
            }
            Err(error) if error.is_passing() => {
                tracing::warn!(%unit, reason = told(&error), "not looked at: its messages come again");
                outcome.later(look);
                None
            }
            Err(error) => {
                let what = format!("it could not be looked at again: {}", told(&error));
                outcome.stale(unit, look, &what);
                None
            }
        }
    }

    async fn keep_notices(&self, outcome: &mut Outcome) {
        if outcome.notices.is_empty() {
            return;
        }
        let notices: Vec<Notice> =
            outcome.notices.iter().map(|(notice, _)| notice.clone()).collect();
        for notice in &notices {
            let (kind, about, what) = (notice.kind.word(), &notice.about, &notice.what);
            match notice.kind {
                NoticeKind::Health => tracing::error!(kind, about, what, "health"),
                NoticeKind::Stale => tracing::warn!(kind, about, what, "stale"),
            }
        }
        if let Err(error) = self.store().put_notices(&notices).await {
            tracing::error!(reason = error::chain(&error), "the notices could not be kept");
            let messages: BTreeSet<usize> =
                outcome.notices.iter().flat_map(|(_, messages)| messages.clone()).collect();
            for message in messages {
                outcome.retry(message);
            }
        }
    }

    /// Sends what changed to every sink: also what an earlier delivery of the same event changed and did not send.
    async fn send(&self, outcome: &mut Outcome, stop: &Stop) {
        let rereads = std::mem::take(&mut outcome.rereads);
        for (changed, reread) in &rereads {
            let mut changes = match self.changes(*changed, reread).await {
                Ok(changes) => changes,
                Err(error) => {
                    tracing::error!(reason = error::chain(&error), "the changes could not be read");
                    outcome.retry_event(&reread.event.id);
                    continue;
                }
            };
            // The index has what another look of the same event changed just now.
            changes.retain(|change| !outcome.told.contains(change));
            outcome.told.extend(changes.iter().cloned());
            if changes.is_empty() {
                continue;
            }
            for feed in &self.feeds {
                match feed.changes(&changes, stop).await {
                    Ok(Ended::Whole(sent)) => {
                        outcome.counts.sent += sent.sent;
                        outcome.counts.set_aside += sent.set_aside();
                    }
                    Ok(Ended::Paused(_)) => outcome.retry_event(&reread.event.id),
                    Err(error) => {
                        let (sink, reason) = (feed.sink(), error::chain(&error));
                        tracing::error!(sink, reason, "the changes could not be sent");
                        outcome.retry_event(&reread.event.id);
                    }
                }
            }
        }
    }

    /// The changes that an event led to. What was written just now is read from the entities' own histories, which
    /// are never behind; what was written before, from the index over events.
    async fn changes(&self, is_new: bool, reread: &Reread) -> Result<Vec<Change>, PortError> {
        let store = self.store();
        if !is_new {
            if self.feeds.is_empty() {
                return Ok(Vec::new());
            }
            return store.changes_of_event(&reread.event.id).await;
        }
        let present = reread.seen.iter().map(|it| (it.scope.clone(), it.entity.id()));
        let absent = reread.gone.iter().map(|it| (it.scope.clone(), it.id.clone()));
        let mut changes = Vec::new();
        for (scope, id) in present.chain(absent).collect::<BTreeSet<_>>() {
            let history = store.history(&scope, &id).await?;
            let is_of = |change: &Change| matches!(&change.cause, Cause::Event(it) if it.id == reread.event.id);
            changes.extend(history.into_iter().filter(is_of));
        }
        Ok(changes)
    }
}

/// What a look came to.
#[derive(Debug, Default)]
struct Looked {
    changes: u64,
    calls: u64,
    gaps: Vec<Coverage>,
    contradicted: Vec<String>,
    saved: Vec<(bool, Reread)>,
    /// The events whose objects are to be looked at again.
    again: BTreeSet<String>,
}

impl Looked {
    /// For each event of a look that nothing is there of now, and nothing is gone: an earlier delivery may have changed
    /// something and told nobody.
    fn silent(&self, look: &Look) -> impl Iterator<Item = Reread> {
        let events = look.names.values().map(|named| &named.event);
        let mut silent: BTreeMap<&str, &CauseEvent> =
            events.map(|event| (event.id.as_str(), event)).collect();
        for (_, reread) in &self.saved {
            silent.remove(reread.event.id.as_str());
        }
        silent.into_values().cloned().map(Reread::nothing)
    }

    /// Adds a later look at the same: it knows better what is there.
    fn add(&mut self, later: Self) {
        self.changes += later.changes;
        self.calls += later.calls;
        self.again = later.again;
        self.gaps.extend(later.gaps);
        self.contradicted.extend(later.contradicted);
        self.contradicted.sort();
        self.contradicted.dedup();
        // Of what did not change again, the first reading is the one to tell of.
        for (_, reread) in later.saved.into_iter().filter(|(changed, _)| *changed) {
            let same = |(_, first): &&mut (bool, Reread)| first.event.id == reread.event.id;
            match self.saved.iter_mut().find(same) {
                Some((changed, first)) => {
                    *changed = true;
                    first.seen.extend(reread.seen);
                    first.gone.extend(reread.gone);
                }
                None => self.saved.push((true, reread)),
            }
        }
    }
}

/// Whether a gap may close by itself.
pub(crate) fn is_passing(status: &Status) -> bool {
    matches!(status, Status::Throttled { .. } | Status::Partial { .. })
}
