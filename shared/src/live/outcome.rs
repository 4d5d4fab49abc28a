//! What became of a batch of events, and of each of its messages.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::is_passing;
use crate::model::{Change, Coverage, Notice, NoticeKind, Status, Timestamp, Unit};
use crate::port::Reread;
use crate::realtime::settle::{UNSETTLED, Verdict};
use crate::realtime::table::Why;
use crate::realtime::{Look, Named};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is done with.
    Done,
    /// It comes again, not before then: AWS has to settle first.
    Again(Timestamp),
    /// It comes again after a pause: something failed.
    Later,
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events.
    pub events: u64,
    /// Events that touch nothing, by why.
    pub nothing: BTreeMap<Why, u64>,
    /// Events of accounts that are not in the inventory.
    pub unknown_accounts: u64,
    /// What events say about what other accounts hold.
    pub foreign: u64,
    /// Units that were looked at, and objects in them.
    pub looks: u64,
    /// Objects that were looked at.
    pub objects: u64,
    /// Units that a filter leaves out.
    pub excluded: u64,
    /// Calls of AWS.
    pub calls: u64,
    /// Changes that were written.
    pub changes: u64,
    /// Answers that contradict their event.
    pub contradicted: u64,
    /// Answers that may be older than their event.
    pub unsettled: u64,
    /// Units that are stale now.
    pub stale: u64,
    /// Changes of what accesstrail stands on.
    pub health: u64,
    /// Events that sinks took.
    pub sent: u64,
    /// Events that no sink took.
    pub set_aside: u64,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// A fate for each message, in their order.
    pub fates: Vec<Fate>,
    /// What was counted.
    pub counts: Counts,
    /// How long after its event each reading that changed something was saved.
    pub latencies: Vec<SignedDuration>,
    /// What became different.
    pub told: Vec<Change>,
    /// What is kept of events that no reading settles, with the messages that wait for that.
    pub notices: Vec<(Notice, BTreeSet<usize>)>,
    pub(super) rereads: Vec<(bool, Reread)>,
    /// The messages that wait for an event's changes.
    waiting: BTreeMap<String, BTreeSet<usize>>,
}

impl Outcome {
    pub(super) fn new(messages: usize) -> Self {
        Self {
            fates: vec![Fate::Done; messages],
            counts: Counts::default(),
            latencies: Vec::new(),
            told: Vec::new(),
            notices: Vec::new(),
            rereads: Vec::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// A message comes again after a pause.
    pub(super) fn retry(&mut self, message: usize) {
        if let Some(fate) = self.fates.get_mut(message) {
            *fate = Fate::Later;
        }
    }

    /// A message comes again, not before then. What failed weighs more.
    pub(super) fn again(&mut self, message: usize, at: Timestamp) {
        if let Some(fate) = self.fates.get_mut(message) {
            *fate = match *fate {
                Fate::Done => Fate::Again(at),
                Fate::Again(other) => Fate::Again(other.max(at)),
                Fate::Later => Fate::Later,
            };
        }
    }

    /// Every message that waits for a look comes again.
    pub(super) fn later(&mut self, look: &Look) {
        for named in look.names.values() {
            named.messages.iter().for_each(|message| self.retry(*message));
        }
    }

    /// Every message that waits for an event's changes comes again.
    pub(super) fn retry_event(&mut self, event: &str) {
        for message in self.waiting.get(event).cloned().unwrap_or_default() {
            self.retry(message);
        }
    }

    pub(super) fn note(&mut self, notice: Notice, message: usize) {
        match notice.kind {
            NoticeKind::Stale => self.counts.stale += 1,
            NoticeKind::Health => self.counts.health += 1,
        }
        self.notices.push((notice, BTreeSet::from([message])));
    }

    /// A unit could not be looked at: the next run does.
    pub(super) fn stale(&mut self, unit: &Unit, look: &Look, what: &str) {
        for named in look.names.values() {
            self.notice_stale(unit, named, what);
        }
    }

    pub(super) fn notice_stale(&mut self, unit: &Unit, named: &Named, what: &str) {
        self.counts.stale += 1;
        let notice = Notice {
            kind: NoticeKind::Stale,
            about: unit.to_string(),
            what: format!("{what}: the next run looks at it"),
            event: named.event.clone(),
        };
        self.notices.push((notice, named.messages.clone()));
    }

    /// What becomes of the messages that wait for an object, by what its answer is worth. `alone` are those that brought
    /// one event.
    pub(super) fn settle(
        &mut self,
        unit: &Unit,
        named: &Named,
        is_contradicted: bool,
        verdict: Verdict,
        alone: &BTreeSet<usize>,
    ) {
        self.counts.contradicted += u64::from(is_contradicted);
        let (at, waits): (Timestamp, Vec<usize>) = match verdict {
            Verdict::Stands => return,
            Verdict::Stale(what) => {
                self.notice_stale(unit, named, &what);
                return;
            }
            Verdict::Again(at) => (at, named.messages.iter().copied().collect()),
            Verdict::Wait(at) => (at, named.messages.intersection(alone).copied().collect()),
        };
        self.counts.unsettled += u64::from(!is_contradicted);
        for message in waits {
            self.again(message, at);
        }
    }

    /// A capability was not seen to its end. What may pass is asked for again for as long as AWS takes to settle;
    /// then, and for what does not pass by itself, the unit is stale.
    pub(super) fn gap(&mut self, unit: &Unit, look: &Look, gap: &Coverage, now: Timestamp) {
        for named in look.names.values() {
            if is_passing(&gap.status) && now.duration_since(named.event.at) < UNSETTLED {
                named.messages.iter().for_each(|message| self.retry(*message));
            } else {
                let what = format!("{}: {}", gap.scope.capability, why(&gap.status));
                self.notice_stale(unit, named, &what);
            }
        }
    }

    /// Remembers which messages wait for which events.
    pub(super) fn wait(&mut self, look: &Look) {
        for named in look.names.values() {
            self.waiting
                .entry(named.event.id.clone())
                .or_default()
                .extend(named.messages.iter().copied());
        }
    }
}

/// A gap in a few words.
fn why(status: &Status) -> String {
    match status {
        Status::Denied { action, .. } => format!("{action} is denied"),
        Status::Throttled { action } => format!("{action} is throttled"),
        Status::Partial { action, reason } => format!("{action}: {reason}"),
        Status::Unavailable(why) => why.to_string(),
        Status::Complete | Status::Excluded(_) => status.word().to_owned(),
    }
}
