//! An object of a listing, with what its key says.

use crate::model::activity::EventTime;
use crate::port::LogObject;
use crate::trail::key::LogKey;
use crate::usage::day::Day;
use crate::usage::object::{ObjectId, is_near};

/// Milliseconds of a second, and seconds of a day.
const SECOND: i64 = 1_000;
const DAY: i64 = 86_400;

/// When an object was delivered: the time in its name, else the beginning of its folder's day. A time of another day than
/// its folder's is somebody's own: who looks for the objects of a day looks into its folder.
pub fn delivered(key: &LogKey<'_>) -> EventTime {
    let named = key.time.filter(|time| time.div_euclid(DAY) == key.day);
    EventTime(named.unwrap_or(key.day.saturating_mul(DAY)).saturating_mul(SECOND))
}

/// A log object and what its key says. They sort by delivery, and then by key: the order in which they are folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// When it was delivered.
    pub delivered: EventTime,
    /// The object.
    pub object: LogObject,
    /// Whose log it is.
    pub account: String,
    /// The region of its folder.
    pub region: String,
}

impl Listed {
    /// Reads a listed object; `None` if its key is not that of a log with calls.
    pub fn read(object: LogObject) -> Option<Self> {
        let key = LogKey::read(&object.key).filter(|key| key.kind.holds_calls())?;
        let (account, region) = (key.account.to_owned(), key.region.to_owned());
        let delivered = delivered(&key);
        Some(Self { delivered, object, account, region })
    }

    /// Its identity in cells.
    pub fn id(&self) -> ObjectId {
        ObjectId::of(&self.object.key, &self.object.version)
    }

    /// What stands beside its identity in the cells to which it gave not all, because some of it cannot be read: when it
    /// is written over, its earlier content is known by this not to be gone.
    pub(super) fn flaw(&self) -> ObjectId {
        ObjectId::of(&self.object.key, "")
    }

    /// The day of its delivery.
    pub fn day(&self) -> Day {
        Day::of(self.delivered)
    }

    /// Whether listing near that hour of that account finds it.
    pub fn is_near(&self, account: &str, hour: i64) -> bool {
        self.account == account && is_near(hour, self.delivered)
    }
}
