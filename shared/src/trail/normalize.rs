//! Record → [`Activity`].
//!
//! A record is refused only where nothing true can be said of it; whoever asked for it counts it, and its
//! neighbours are not concerned.

use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::record::Record;
use super::{identity, resources};
use crate::model::activity::{Activity, Category, EventId, EventTime, Outcome, Text};

/// How much of a foreign text an error repeats, in characters.
const MOST_OF_TEXT: usize = 64;

/// Why a record cannot become an activity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unnormal {
    /// A field that every record has is absent.
    #[error("the record has no `{0}`")]
    Missing(&'static str),
    /// `eventVersion` has a major number that is not known; its fields may mean something else.
    #[error("unknown version `{0}`")]
    Version(String),
    /// `eventTime` is not a time since 1970.
    #[error("`{0}` is not a time")]
    Time(String),
}

/// Says of a record who did what, on what, and how it ended.
///
/// `home` is the account that the key of the log object names; empty where there is none. It stands in where a
/// record does not name its recipient.
pub fn normalize<'a>(record: &Record<'a>, home: &'a str) -> Result<Activity<'a>, Unnormal> {
    if let Some(version) = record.version.as_deref().filter(|version| !is_known(version)) {
        return Err(Unnormal::Version(start_of(version)));
    }
    let time = record.time.as_deref().ok_or(Unnormal::Missing("eventTime"))?;
    let time = read_time(time).ok_or_else(|| Unnormal::Time(start_of(time)))?;
    let source = record.source.clone().ok_or(Unnormal::Missing("eventSource"))?;
    let name = match &record.name {
        Some(name) => name.clone(),
        // A summary of several operations has no name of its own.
        None if !category(record, &source, "").is_call() => Text::default(),
        None => return Err(Unnormal::Missing("eventName")),
    };
    let account = account(record, home);
    let region = Record::text(record.region.as_ref());
    let resources = resources::resources(record, &source, &region, &account);
    Ok(Activity {
        id: event_id(record),
        time,
        principal: identity::principal(&record.identity),
        human: identity::human(&record.identity),
        outcome: outcome(record.error.as_deref()),
        category: category(record, &source, &name),
        source_ip: Record::text(record.source_ip.as_ref()),
        caller: identity::caller(record),
        access_key: record.identity.access_key.clone(),
        resources,
        account,
        source,
        name,
        region,
    })
}

/// The start of a text that may be long.
fn start_of(text: &str) -> String {
    text.chars().take(MOST_OF_TEXT).collect()
}

/// Fields are added with a minor number, and change their meaning with a major one.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
fn is_known(version: &str) -> bool {
    version.strip_prefix('1').is_some_and(|minor| minor.is_empty() || minor.starts_with('.'))
}

/// Whose trail received the record: the recipient, else the account of the log object, else the caller's.
fn account<'a>(record: &Record<'a>, home: &'a str) -> Text<'a> {
    match &record.recipient {
        Some(recipient) => recipient.clone(),
        None if home.is_empty() => Record::text(record.identity.account.as_ref()),
        None => Text::Borrowed(home),
    }
}

/// How the call ended, by `errorCode`.
///
/// Denied is every way in which AWS says that it did not let somebody: for want of permission, and for want of
/// a valid credential. Neither is a use. Any other error is a failure after the call was let in.
///
/// A failed sign-in to the console has no `errorCode` (it says so in `responseElements` and `errorMessage`), so
/// it ends as a success here: `ConsoleLogin` is an attempt, and no action of IAM.
pub fn outcome(error: Option<&str>) -> Outcome {
    match error {
        None | Some("") => Outcome::Success,
        Some(code) if is_denied(code) => Outcome::Denied,
        Some(_) => Outcome::Failed,
    }
}

/// Services spell a denial in their own ways: `AccessDenied`, `AccessDeniedException`, `KMSAccessDenied`,
/// `Client.UnauthorizedOperation`, `VpceAccessDenied`, ….
fn is_denied(code: &str) -> bool {
    if memmem::find(code.as_bytes(), b"AccessDenied").is_some() {
        return true;
    }
    let own = code.rsplit_once('.').map_or(code, |(_, own)| own);
    let own = own.strip_suffix("Exception").or_else(|| own.strip_suffix("Fault")).unwrap_or(own);
    let denied = [
        "UnauthorizedOperation",
        "UnauthorizedAccess",
        "UnauthorizedRequest",
        "Unauthorized",
        "AuthorizationError",
        "NotAuthorized",
        "AuthFailure",
        "Forbidden",
        "ExpiredToken",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "InvalidToken",
        "IncompleteSignature",
        "SignatureDoesNotMatch",
        "InvalidSignature",
        "MissingAuthenticationToken",
        "UnrecognizedClient",
        "AllAccessDisabled",
    ];
    denied.contains(&own) || code == "403"
}

/// What kind of event a record is. Old records lack the fields that say it: `eventCategory` came with 1.07,
/// `managementEvent` with 1.06. What neither says, nor `eventType`, is told by the operations that were data
/// events before then: those on objects of S3, and the invocation of a function.
fn category(record: &Record<'_>, source: &str, name: &str) -> Category {
    match record.category.as_deref() {
        Some("Management") => return Category::Management,
        Some("Data") => return Category::Data,
        Some("NetworkActivity") => return Category::Network,
        Some("Insight") => return Category::Insight,
        Some("Aggregated") => return Category::Aggregated,
        _ => {}
    }
    match (record.kind.as_deref(), record.management) {
        (Some("AwsCloudTrailInsight"), _) => Category::Insight,
        (Some("AwsAggregatedEvent"), _) => Category::Aggregated,
        (Some("AwsVpceEvents" | "AwsVpceEvent"), _) => Category::Network,
        (_, Some(false)) => Category::Data,
        (_, None) if was_data(source, name) => Category::Data,
        _ => Category::Management,
    }
}

fn was_data(source: &str, name: &str) -> bool {
    match source {
        "s3.amazonaws.com" => {
            name.contains("Object")
                || matches!(
                    name,
                    "UploadPart"
                        | "UploadPartCopy"
                        | "CreateMultipartUpload"
                        | "CompleteMultipartUpload"
                        | "AbortMultipartUpload"
                        | "ListParts"
                )
        }
        "lambda.amazonaws.com" => name == "Invoke",
        _ => false,
    }
}

/// What a record is known by. A lower-case UUID is its own bits; any other `eventID` is hashed, and so are the
/// bytes of a record without one. A UUID's variant bits are `10`, those of a hash are set to `11`: the two
/// never meet.
fn event_id(record: &Record<'_>) -> EventId {
    match record.id.as_deref() {
        Some(text) => uuid(text).unwrap_or_else(|| hashed("eventID", text.as_bytes())),
        None => hashed("record", record.raw),
    }
}

/// Where the variant of a UUID is (RFC 9562, section 4.1).
const VARIANT: u128 = 0b11 << 62;

/// The variant of what is called a UUID today.
const RFC_VARIANT: u128 = 0b10 << 62;

fn hashed(what: &str, bytes: &[u8]) -> EventId {
    let hash = Sha256::new().chain_update(what).chain_update([0]).chain_update(bytes).finalize();
    let start = hash.first_chunk::<16>().copied().unwrap_or_default();
    EventId(u128::from_be_bytes(start) | VARIANT)
}

/// `8-4-4-4-12` hexadecimal digits in lower case.
fn uuid(text: &str) -> Option<EventId> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let (high, bad_high) = half(bytes.first_chunk()?, [8, 13]);
    let (low, bad_low) = half(bytes.last_chunk()?, [0, 5]);
    let value = u128::from(high) << 64 | u128::from(low);
    let is_uuid = (bad_high | bad_low) < BAD && value & VARIANT == RFC_VARIANT;
    is_uuid.then_some(EventId(value))
}

/// What [`HEX`] has for a byte that is no digit.
const BAD: u8 = 0x80;

/// The value of each hexadecimal digit in lower case.
const HEX: [u8; 256] = {
    let mut table = [BAD; 256];
    let mut digit = 0;
    while digit < 16 {
        let letter = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        #[expect(clippy::indexing_slicing, reason = "computed by the compiler: cannot fail later")]
        {
            table[letter as usize] = digit;
        }
        digit += 1;
    }
    table
};

/// Sixteen digits with two hyphens among them, and whether anything else is there: then [`BAD`] or more.
fn half(bytes: &[u8; 18], hyphens: [usize; 2]) -> (u64, u8) {
    let (mut value, mut wrong) = (0, 0);
    for (at, byte) in bytes.iter().enumerate() {
        if hyphens.contains(&at) {
            wrong |= if *byte == b'-' { 0 } else { BAD };
        } else {
            let digit = HEX.get(usize::from(*byte)).copied().unwrap_or(BAD);
            value = value << 4 | u64::from(digit & 0xF);
            wrong |= digit;
        }
    }
    (value, wrong)
}

/// When: at once where it is written as CloudTrail writes it, `2026-11-29T08:30:00Z`.
fn read_time(text: &str) -> Option<EventTime> {
    whole_seconds(text).or_else(|| EventTime::read(text))
}

/// Reads `YYYY-MM-DDTHH:MM:SSZ` from 1970 on; `None` for what is written otherwise or does not exist.
fn whole_seconds(text: &str) -> Option<EventTime> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let &[
        y3,
        y2,
        y1,
        y0,
        b'-',
        m1,
        m0,
        b'-',
        d1,
        d0,
        b'T',
        h1,
        h0,
        b':',
        i1,
        i0,
        b':',
        s1,
        s0,
        b'Z',
    ] = bytes
    else {
        return None;
    };
    let year = two(y3, y2)? * 100 + two(y1, y0)?;
    let (month, day) = (two(m1, m0)?, two(d1, d0)?);
    let (hour, minute, second) = (two(h1, h0)?, two(i1, i0)?, two(s1, s0)?);
    let exists = year >= 1970
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = ((days_before(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    exists.then_some(EventTime(seconds * 1000))
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// How many days a month has; none where there is no such month.
fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days since 1970. A year that begins in March has its leap day last, so that the months before one are
/// as long as (153 m + 2) / 5.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests;
