//! `Date…`: times in the forms of ISO 8601 that the W3C names, and seconds since 1970.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date>
//! <https://www.w3.org/TR/NOTE-datetime>

use jiff::civil::DateTime;

/// Nanoseconds since 1970, in UTC.
pub type Instant = i128;

const SECOND: Instant = 1_000_000_000;

/// Reads a time: `2020`, `2020-01`, `2020-01-31`, `2020-01-31T23:59Z` with or without seconds and their parts, with `Z` or
/// an offset (without one UTC is meant), or seconds since 1970 of at least five digits. `None` where the text is none.
pub fn read(text: &str) -> Option<Instant> {
    let text = text.trim();
    if let Some(seconds) = epoch(text) {
        return Some(seconds);
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = digits(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |text| digits(text, 2))?;
    let day = fields.next().map_or(Some(1), |text| digits(text, 2))?;
    if fields.next().is_some() || (time.is_some() && date.len() != 10) {
        return None;
    }
    let (clock, offset) = time.map_or(Some((Clock::default(), 0)), clock)?;
    let local = DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(clock.hour).ok()?,
        i8::try_from(clock.minute).ok()?,
        i8::try_from(clock.second).ok()?,
        clock.nanosecond,
    );
    let utc = local.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(utc.timestamp().as_nanosecond() - Instant::from(offset) * 60 * SECOND)
}

#[derive(Default)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: i32,
}

/// Seconds since 1970; fewer digits than five are a year.
fn epoch(text: &str) -> Option<Instant> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let is_year = unsigned.len() == 4 && unsigned.len() == text.len();
    if is_year || unsigned.is_empty() || unsigned.len() > 18 {
        return None;
    }
    let seconds: Instant = whole.parse().ok()?;
    let part = fraction(part)?;
    Some(seconds * SECOND + if whole.starts_with('-') { -part } else { part })
}

/// The digits behind a point, as nanoseconds; what is smaller is left out.
fn fraction(text: &str) -> Option<Instant> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept: String = text.chars().chain("000000000".chars()).take(9).collect();
    kept.parse().ok()
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let are = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if are { text.parse().ok() } else { None }
}

/// The time of a day and its offset in minutes.
fn clock(text: &str) -> Option<(Clock, i32)> {
    let at = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (time, zone) = text.split_at_checked(at)?;
    let mut fields = time.splitn(3, ':');
    let hour = digits(fields.next()?, 2)?;
    let minute = digits(fields.next()?, 2)?;
    let (second, nanosecond) = match fields.next() {
        None => (0, 0),
        Some(text) => {
            let (second, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
            (digits(second, 2)?, i32::try_from(fraction(part)?).ok()?)
        }
    };
    Some((Clock { hour, minute, second, nanosecond }, offset(zone)?))
}

fn offset(zone: &str) -> Option<i32> {
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = match zone.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, zone.strip_prefix('+')?),
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (digits(hours, 2)?, digits(minutes, 2)?),
        None if rest.len() == 2 => (digits(rest, 2)?, 0),
        None => {
            let both = digits(rest, 4)?;
            (both / 100, both % 100)
        }
    };
    let minutes = i32::try_from(hours * 60 + minutes).ok()?;
    if minutes > 18 * 60 { None } else { Some(sign * minutes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_the_same_time() {
        let noon = 1_580_472_000 * SECOND;
        for text in [
            "2020-01-31T12:00:00Z",
            "2020-01-31T12:00Z",
            "2020-01-31t12:00:00.000z",
            "2020-01-31T13:30:00+01:30",
            "2020-01-31T04:00:00-0800",
            "2020-01-31T12:00:00",
            "1580472000",
            "1580472000.0",
        ] {
            assert_eq!(read(text), Some(noon), "{text}");
        }
        assert_eq!(read("2020-01-31"), Some(noon - 12 * 3600 * SECOND));
        assert_eq!(read("2020-01"), read("2020-01-01"));
        assert_eq!(read("2020"), read("2020-01-01T00:00:00Z"));
        assert_eq!(read("2020-01-31T12:00:00.5Z"), Some(noon + SECOND / 2));
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("-1.5"), Some(-SECOND * 3 / 2));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "now",
            "20",
            "2020-13",
            "2020-02-30",
            "2020-1-1",
            "2020-01-31T",
            "2020-01T00:00Z",
            "2020-01-31T25:00Z",
            "2020-01-31T12:00+99:00",
            "2020-01-31T12:00:00ZZ",
            "*",
            "2020-*",
            "99999999999999999999",
            "1.5.1",
            "--1",
            "2020-01-31-01",
        ] {
            // Two digits are few seconds.
            assert_eq!(read(text), if text == "20" { Some(20 * SECOND) } else { None }, "{text}");
        }
    }
}
