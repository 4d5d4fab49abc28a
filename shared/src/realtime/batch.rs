//! Many events → one look at each unit.
//!
//! Events that touch the same object are one reading of it. The change that it leads to names the latest of them.

use std::collections::{BTreeMap, BTreeSet};

use super::event::Event;
use super::table::{self, Finding, Why};
use super::{Expect, Heard, Home, Speakers, Touch};
use crate::model::{Capability, CauseEvent, Notice, NoticeKind, Timestamp, Unit};

/// An object to look at, and the latest event about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Whether it should be there: what the latest event about it says.
    pub expect: Expect,
    /// Whether AWS answered the latest event first and does afterwards what it says.
    pub slow: bool,
    /// The latest event.
    pub event: CauseEvent,
    /// When the first event was.
    pub since: Timestamp,
    /// The messages, by their place in the batch, that wait for it.
    pub messages: BTreeSet<usize>,
}

impl Named {
    fn add(&mut self, other: Self) {
        self.since = self.since.min(other.since);
        let order = |event: &CauseEvent| (event.at, event.id.clone());
        match order(&other.event).cmp(&order(&self.event)) {
            std::cmp::Ordering::Greater => {
                self.expect = other.expect;
                self.slow = other.slow;
                self.event = other.event;
            }
            // One event that says both names an object twice.
            std::cmp::Ordering::Equal if self.expect != other.expect => {
                self.expect = Expect::Either;
            }
            _ => {}
        }
        self.messages.extend(other.messages);
    }
}

/// What to look at in one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The capabilities that are looked at; all where empty.
    pub capabilities: BTreeSet<Capability>,
    /// The objects by name. The whole unit has the name `*`.
    pub names: BTreeMap<String, Named>,
}

/// The name of a whole unit.
pub const WHOLE: &str = "*";

/// What a batch of events comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// What to look at, by unit and set of capabilities.
    pub looks: BTreeMap<(Unit, Vec<Capability>), Look>,
    /// What to keep of it, and the messages that wait for that.
    pub notices: Vec<(Notice, usize)>,
    /// How many events touch nothing, by why.
    pub nothing: BTreeMap<Why, u64>,
    /// How many events touch what accounts other than their own hold.
    pub foreign: u64,
}

impl Batch {
    /// Adds an event of a message. `speakers` says whose word counts about what no account holds alone.
    pub fn add(&mut self, message: usize, event: &Event, home: &Home, speakers: &Speakers) {
        if let Some(health) = table::own_change(event, home.hub.as_ref()) {
            let notice = Notice {
                kind: NoticeKind::Health,
                about: health.about,
                what: health.what,
                event: event.cause.clone(),
            };
            self.notices.push((notice, message));
        }
        match table::find(event, home) {
            Finding::Nothing(why) => *self.nothing.entry(why).or_default() += 1,
            Finding::Unknown(units) => {
                for unit in units {
                    if unit.account == event.account
                        || speakers.may(&event.account, &unit.collector)
                    {
                        self.stale(message, &unit, event, "changed something that no rule names");
                    } else {
                        self.foreign += 1;
                    }
                }
            }
            Finding::Touched(touches) => self.touched(message, touches, event, speakers),
        }
    }

    fn touched(&mut self, message: usize, touches: Vec<Touch>, event: &Event, speakers: &Speakers) {
        let mut noted = BTreeSet::new();
        for touch in touches {
            let is_own = touch.account == event.account;
            if is_own || speakers.may(&event.account, touch.collector) {
                self.touch(message, touch, &event.cause);
                continue;
            }
            match touch.heard {
                Heard::OfAnyone => self.touch(message, touch, &event.cause),
                Heard::Noted => {
                    self.foreign += 1;
                    noted.insert(unit_of(&touch));
                }
                Heard::OfSpeakers => self.foreign += 1,
            }
        }
        for unit in noted {
            self.stale(message, &unit, event, "was done by an account that need not administer it");
        }
    }

    fn stale(&mut self, message: usize, unit: &Unit, event: &Event, what: &str) {
        let notice = Notice {
            kind: NoticeKind::Stale,
            about: unit.to_string(),
            what: format!(
                "{} of {} {what}: the next run looks at it",
                event.cause.name, event.cause.source
            ),
            event: event.cause.clone(),
        };
        self.notices.push((notice, message));
    }

    fn touch(&mut self, message: usize, touch: Touch, event: &CauseEvent) {
        let unit = unit_of(&touch);
        let mut capabilities = touch.capabilities.to_vec();
        capabilities.sort_unstable();
        let look = self.looks.entry((unit, capabilities.clone())).or_default();
        look.capabilities.extend(capabilities);
        let named = Named {
            expect: touch.expect,
            slow: touch.slow,
            event: event.clone(),
            since: event.at,
            messages: BTreeSet::from([message]),
        };
        match look.names.entry(touch.name.unwrap_or_else(|| WHOLE.to_owned())) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(named);
            }
            std::collections::btree_map::Entry::Occupied(mut known) => known.get_mut().add(named),
        }
    }
}

fn unit_of(touch: &Touch) -> Unit {
    Unit {
        account: touch.account.clone(),
        region: touch.region.clone(),
        collector: touch.collector.to_owned(),
    }
}
