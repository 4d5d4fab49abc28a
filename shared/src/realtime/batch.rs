//! Many events → one look at each unit.
//!
//! Events that touch the same object are one reading of it. The change that it leads to names the latest of them.

use std::collections::{BTreeMap, BTreeSet};

use super::event::Event;
use super::table::{self, Finding, Why};
use super::{Expect, Home, Touch};
use crate::model::{AccountId, Capability, CauseEvent, Notice, NoticeKind, Unit};

/// An object to look at, and the latest event about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Whether it should be there: what the latest event about it says.
    pub expect: Expect,
    /// The latest event.
    pub event: CauseEvent,
    /// The messages, by their place in the batch, that wait for it.
    pub messages: BTreeSet<usize>,
}

impl Named {
    fn add(&mut self, other: Self) {
        let order = |event: &CauseEvent| (event.at, event.id.clone());
        match order(&other.event).cmp(&order(&self.event)) {
            std::cmp::Ordering::Greater => {
                self.expect = other.expect;
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
    /// Adds an event of a message. `speaks` says which accounts may speak for the organization: its management account
    /// and delegated administrators.
    pub fn add(
        &mut self,
        message: usize,
        event: &Event,
        home: &Home,
        speaks: &BTreeSet<AccountId>,
    ) {
        if let Some(health) = table::own_change(event) {
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
                    if unit.account != event.account && !speaks.contains(&event.account) {
                        self.foreign += 1;
                        continue;
                    }
                    self.stale(message, &unit, event);
                }
            }
            Finding::Touched(touches) => {
                for touch in touches {
                    if touch.account != event.account && !speaks.contains(&event.account) {
                        self.foreign += 1;
                        continue;
                    }
                    self.touch(message, touch, &event.cause);
                }
            }
        }
    }

    fn stale(&mut self, message: usize, unit: &Unit, event: &Event) {
        let notice = Notice {
            kind: NoticeKind::Stale,
            about: unit.to_string(),
            what: format!(
                "{} of {} changed something that no rule names: the next run looks at it",
                event.cause.name, event.cause.source
            ),
            event: event.cause.clone(),
        };
        self.notices.push((notice, message));
    }

    fn touch(&mut self, message: usize, touch: Touch, event: &CauseEvent) {
        let unit = Unit {
            account: touch.account,
            region: touch.region,
            collector: touch.collector.to_owned(),
        };
        let mut capabilities = touch.capabilities.to_vec();
        capabilities.sort_unstable();
        let look = self.looks.entry((unit, capabilities.clone())).or_default();
        look.capabilities.extend(capabilities);
        let named = Named {
            expect: touch.expect,
            event: event.clone(),
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
