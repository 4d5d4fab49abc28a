//! Ages as dates.

use crate::{model::Timestamp, testing::company::derived::draw};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// Turns "so many days ago" into dates: always the same on one day, at an hour that belongs to the thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    /// Midnight (UTC) before the day before: the latest date is a whole moment in the past.
    start: i64,
}

impl Calendar {
    pub(super) fn of(day: Timestamp) -> Self {
        let second = day.as_second();
        Self { start: second - second.rem_euclid(DAY) - DAY }
    }

    /// When something was made: before nine in the morning, so that use on the same day comes after.
    pub(super) fn made(self, days: u32, what: &str) -> Moment {
        Moment(self.start - i64::from(days) * DAY + i64::from(draw(what, 32_000)))
    }

    /// When something was used.
    pub(super) fn used(self, days: u32, what: &str) -> Moment {
        Moment(self.start - i64::from(days) * DAY + 9 * HOUR + i64::from(draw(what, 50_000)))
    }

    /// When something ends.
    pub(super) fn ends(self, days: u32, what: &str) -> Moment {
        Moment(self.start + i64::from(days) * DAY + i64::from(draw(what, 80_000)))
    }
}

/// A whole second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(i64);

impl Moment {
    /// As the JSON services write it.
    pub(super) fn seconds(self) -> i64 {
        self.0
    }

    /// As IAM writes it.
    pub(super) fn xml(self) -> String {
        Timestamp::from_second(self.0).unwrap_or_default().to_string()
    }

    /// As the credential report writes it.
    pub(super) fn report(self) -> String {
        self.xml().replace('Z', "+00:00")
    }
}
