//! Days.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::model::activity::EventTime;
use crate::model::id::IdError;

/// A day, UTC: whole days since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

/// Hours of a day.
const HOURS: i64 = 24;

impl Day {
    /// The day of an hour (whole hours since 1970).
    pub fn of_hour(hour: i64) -> Self {
        Self(hour.div_euclid(HOURS))
    }

    /// The day of an event.
    pub fn of(time: EventTime) -> Self {
        Self::of_hour(time.hour())
    }

    /// Its first hour.
    pub fn first_hour(self) -> i64 {
        self.0.saturating_mul(HOURS)
    }

    fn date(self) -> Option<Date> {
        let days = jiff::Span::new().try_days(self.0).ok()?;
        Date::constant(1970, 1, 1).checked_add(days).ok()
    }
}

/// `YYYY-MM-DD`; of a day that no calendar has, its number.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => write!(f, "{date}"),
            None => write!(f, "{}", self.0),
        }
    }
}

impl FromStr for Day {
    type Err = IdError;

    /// Reads `YYYY-MM-DD`, not before 1970.
    fn from_str(text: &str) -> Result<Self, IdError> {
        EventTime::read(&format!("{text}T00:00:00Z"))
            .filter(|_| text.len() == "YYYY-MM-DD".len())
            .map(Self::of)
            .ok_or_else(|| IdError {
                text: text.to_owned(),
                what: "a day",
                expected: "a day since 1970, for example 2026-11-22",
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_have_names() {
        for (day, text) in [(0, "1970-01-01"), (20_786, "2026-11-29"), (11_016, "2000-02-29")] {
            assert_eq!(Day(day).to_string(), text);
            assert_eq!(text.parse(), Ok(Day(day)));
        }
        for text in
            ["", "2026-11", "2026-02-30", "1969-12-31", "2026-11-29T00:00:00Z", "+2026-11-29"]
        {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert_eq!(Day(i64::MAX).to_string(), i64::MAX.to_string());
    }

    #[test]
    fn a_day_has_its_hours() {
        let time = EventTime::read("2026-11-29T23:59:59Z").unwrap();
        assert_eq!(Day::of(time), Day(20_786));
        assert_eq!(Day(20_786).first_hour() + 23, time.hour());
        assert_eq!(Day::of_hour(-1), Day(-1));
    }

    proptest! {
        #[test]
        fn names_round_trip_in_order(a in 0_i64..2_932_896, b in 0_i64..2_932_896) {
            let (a, b) = (Day(a), Day(b));
            prop_assert_eq!(a.to_string().parse(), Ok(a));
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
        }
    }
}
