//! Times as CloudTrail writes them, from seconds since 1970, UTC.

use std::fmt;

/// Seconds of an hour.
pub(super) const HOUR: i64 = 3_600;
/// Seconds of a day.
pub(super) const DAY: i64 = 24 * HOUR;

/// A moment: seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Midnight of a day of the Gregorian calendar, by days counted from 1970 (Howard Hinnant's
    /// `days_from_civil`); a month or day that does not exist counts on into the next.
    pub fn day(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        Self(days * DAY)
    }

    /// Reads a day as `2026-08-01`.
    pub fn read_day(text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(str::parse::<i64>);
        let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let fits = (1..=12).contains(&month) && (1..=31).contains(&day);
        fits.then(|| Self::day(year, month, day))
    }

    /// So many seconds later, or earlier where negative.
    pub(super) fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }

    /// Year, month, day, hour, minute, second.
    pub(super) fn parts(self) -> [i64; 6] {
        let shifted = self.0.div_euclid(DAY) + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * years + years / 4 - years / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + years + i64::from(month <= 2);
        let second = self.0.rem_euclid(DAY);
        [year, month, day, second / HOUR, second / 60 % 60, second % 60]
    }

    /// As in a record: `2026-08-01T09:30:00Z`.
    pub(super) fn text(self) -> String {
        self.to_string()
    }

    /// The folder of its day: `2026/08/01`.
    pub(super) fn folder(self) -> String {
        let [year, month, day, ..] = self.parts();
        format!("{year:04}/{month:02}/{day:02}")
    }

    /// As in the name of a log: `20260801T0930Z`.
    pub(super) fn minute(self) -> String {
        let [year, month, day, hour, minute, _] = self.parts();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}Z")
    }

    /// As in the name of a digest: `20260801T093000Z`.
    pub(super) fn second(self) -> String {
        let [year, month, day, hour, minute, second] = self.parts();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, second] = self.parts();
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_each_form() {
        let moment = Moment(1_764_404_945);
        assert_eq!(moment.text(), "2025-11-29T08:29:05Z");
        assert_eq!(moment.folder(), "2025/11/29");
        assert_eq!(moment.minute(), "20251129T0829Z");
        assert_eq!(moment.second(), "20251129T082905Z");
        assert_eq!(Moment(-1).text(), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_day_that_is_read_is_written_again() {
        for day in ["1970-01-01", "2000-02-29", "2024-02-29", "2026-03-01", "2100-12-31"] {
            let midnight = Moment::read_day(day).unwrap();
            assert_eq!(midnight.text(), format!("{day}T00:00:00Z"));
        }
        for text in ["", "2026", "2026-13-01", "2026-01-32", "2026-01-01-01", "a-b-c"] {
            assert_eq!(Moment::read_day(text), None, "{text}");
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut moment = Moment::day(1999, 12, 28);
        for _ in 0..1_200 {
            let [year, month, day, ..] = moment.parts();
            assert_eq!(Moment::day(year, month, day), moment);
            moment = moment.plus(DAY);
        }
        assert_eq!(moment.text(), "2003-04-11T00:00:00Z");
    }
}
