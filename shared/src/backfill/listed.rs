//! An object of a listing, with what its key says.

use crate::model::activity::EventTime;
use crate::port::LogObject;
use crate::trail::key::LogKey;
use crate::usage::day::Day;
use crate::usage::object::{ObjectId, is_near};

/// Milliseconds of a second, and seconds of a day.
const SECOND: i64 = 1_000;
const DAY: i64 = 86_400;

/// When an object was delivered: the time in its name, else the beginning of its folder's day.
pub fn delivered(key: &LogKey<'_>) -> EventTime {
    EventTime(key.time.unwrap_or(key.day.saturating_mul(DAY)).saturating_mul(SECOND))
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

    /// The day of its delivery.
    pub fn day(&self) -> Day {
        Day::of(self.delivered)
    }

    /// Whether listing near that hour of that account finds it.
    pub fn is_near(&self, account: &str, hour: i64) -> bool {
        self.account == account && is_near(hour, self.delivered)
    }
}
