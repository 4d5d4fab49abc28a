//! Object key → whose log it is, from where, when it was delivered.
//!
//! ```text
//! [prefix/]AWSLogs/[o-id/]ACCOUNT/FOLDER/REGION/YYYY/MM/DD/FILE
//! FILE of a log      ACCOUNT_FOLDER_REGION_YYYYMMDDTHHMMZ_16chars.json.gz
//! FILE of a digest   ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_YYYYMMDDTHHMMSSZ[_backfill].json.gz
//! ```
//!
//! A key is read from its end, so a prefix may hold anything. Folders decide what an object is; file names only
//! add to it: people unpack and rename files, and an unknown name in a log folder is still a log. Keys are plain
//! text here: whoever takes them from a notification decodes them first.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The folder above all that AWS services deliver.
const ROOT: &str = "AWSLogs";

/// Seconds of a day.
const DAY: i64 = 86_400;

/// What is in an object, as its folder says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// `CloudTrail`: management and data events.
    Log,
    /// `CloudTrail-Digest`: names and hashes of delivered logs, signed.
    Digest,
    /// `CloudTrail-Insight`: unusual rates of calls.
    Insight,
    /// `CloudTrail-NetworkActivity`: calls through VPC endpoints.
    Network,
    /// `CloudTrail-Aggregated`: summaries of data events.
    Aggregated,
    /// Another folder: of another service, or newer than this program.
    Other,
}

impl KeyKind {
    /// The kind of a folder's objects.
    fn of_folder(folder: &str) -> Self {
        match folder {
            "CloudTrail" => Self::Log,
            "CloudTrail-Digest" => Self::Digest,
            "CloudTrail-Insight" => Self::Insight,
            "CloudTrail-NetworkActivity" => Self::Network,
            "CloudTrail-Aggregated" => Self::Aggregated,
            _ => Self::Other,
        }
    }

    /// Whether the records in it are calls of their own, and so count as use.
    pub fn holds_calls(self) -> bool {
        matches!(self, Self::Log | Self::Network)
    }
}

/// The trail that a digest is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrailName<'a> {
    /// The trail's name: letters, digits, `.`, `_` and `-`.
    pub name: &'a str,
    /// The region in which the trail was made; it may log others.
    pub home_region: &'a str,
}

/// An object key, read. [`LogKey::to_string`] is the key again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogKey<'a> {
    /// What stands before `AWSLogs/`, without the slash; `None` where the key begins with `AWSLogs`.
    pub prefix: Option<&'a str>,
    /// The organization, `o-…`, of an organization's trail.
    pub organization: Option<&'a str>,
    /// The account whose events are in it: 12 digits.
    pub account: &'a str,
    /// The folder below the account.
    pub folder: &'a str,
    /// What the folder says that it is.
    pub kind: KeyKind,
    /// The region that the folder is of. Global events lie in a folder of the region that delivered them.
    pub region: &'a str,
    /// The day of the folder, which is that of delivery (of a digest: of its end): days since 1970, UTC.
    pub day: i64,
    /// The file's name.
    pub file: &'a str,
    /// When it was delivered (of a digest: its end), as the file's name says: seconds since 1970, UTC. `None`
    /// where the name is not one of CloudTrail's.
    pub time: Option<i64>,
    /// Of a digest: the trail, where the file's name tells.
    pub trail: Option<TrailName<'a>>,
    /// Of a digest: whether it names logs that the hourly one missed.
    pub backfill: bool,
}

impl<'a> LogKey<'a> {
    /// Reads a key; `None` where the folders are not those of a delivered object.
    pub fn read(key: &'a str) -> Option<Self> {
        let (rest, file) = key.rsplit_once('/')?;
        let (rest, day) = rest.rsplit_once('/')?;
        let (rest, month) = rest.rsplit_once('/')?;
        let (rest, year) = rest.rsplit_once('/')?;
        let (rest, region) = rest.rsplit_once('/')?;
        let (rest, folder) = rest.rsplit_once('/')?;
        let (rest, account) = rest.rsplit_once('/')?;
        if file.is_empty() || folder.is_empty() || !is_account(account) || !is_region(region) {
            return None;
        }
        let (prefix, organization) = root(rest)?;
        let day = seconds(year, month, day, "000000")? / DAY;
        let kind = KeyKind::of_folder(folder);
        let mut read = Self {
            prefix,
            organization,
            account,
            folder,
            kind,
            region,
            day,
            file,
            time: None,
            trail: None,
            backfill: false,
        };
        match kind {
            KeyKind::Digest => read.read_digest_name(),
            KeyKind::Other => {}
            _ => read.time = log_time(file),
        }
        Some(read)
    }

    /// What stands before the account, without the slash: `[prefix/]AWSLogs[/o-id]`.
    pub fn root(&self) -> String {
        let parts = [self.prefix, Some(ROOT), self.organization];
        parts.into_iter().flatten().collect::<Vec<_>>().join("/")
    }

    /// Takes from a digest's file name what it tells. A trail's name may hold all that separates the parts, so
    /// both ends are taken off first.
    fn read_digest_name(&mut self) {
        let stem = stem(self.file);
        let (stem, backfill) =
            stem.strip_suffix("_backfill").map_or((stem, false), |stem| (stem, true));
        let Some((rest, time)) = stem.rsplit_once('_') else { return };
        let Some(time) = time_of(time) else { return };
        self.time = Some(time);
        self.backfill = backfill;
        let Some((rest, home_region)) = rest.rsplit_once('_') else { return };
        let name = rest
            .strip_prefix(self.account)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|rest| rest.strip_prefix(self.folder))
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|rest| rest.strip_prefix(self.region))
            .and_then(|rest| rest.strip_prefix('_'));
        self.trail = name
            .filter(|name| !name.is_empty() && is_region(home_region))
            .map(|name| TrailName { name, home_region });
    }
}

impl fmt::Display for LogKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_second(self.day.saturating_mul(DAY));
        let day = time.map_or(Date::ZERO, |time| time.to_zoned(TimeZone::UTC).date());
        let Self { account, folder, region, file, .. } = self;
        let (root, day) = (self.root(), day.strftime("%Y/%m/%d"));
        write!(formatter, "{root}/{account}/{folder}/{region}/{day}/{file}")
    }
}

/// What stands before the account: prefix and organization.
fn root(text: &str) -> Option<(Option<&str>, Option<&str>)> {
    let last = |text| match str::rsplit_once(text, '/') {
        Some((rest, last)) => (Some(rest), last),
        None => (None, text),
    };
    let (rest, name) = last(text);
    if name == ROOT {
        return Some((rest, None));
    }
    let (rest, root) = last(rest?);
    (root == ROOT && name.starts_with("o-")).then_some((rest, Some(name)))
}

/// Whether a text is an account's id.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text may be a region's name.
fn is_region(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(plain)
}

/// A file's name without what tells its encoding. People keep unpacked logs, too.
fn stem(file: &str) -> &str {
    let file = file.strip_suffix(".gz").unwrap_or(file);
    file.strip_suffix(".json").unwrap_or(file)
}

/// The time in a log's file name: the part before the last, which is random.
fn log_time(file: &str) -> Option<i64> {
    let (rest, _) = stem(file).rsplit_once('_')?;
    let (_, time) = rest.rsplit_once('_')?;
    time_of(time)
}

/// Reads `YYYYMMDDTHHMMZ` or `YYYYMMDDTHHMMSSZ`: seconds since 1970.
fn time_of(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 {
        return None;
    }
    seconds(date.get(..4)?, date.get(4..6)?, date.get(6..)?, time)
}

/// Seconds since 1970 of a date and of `HHMM` or `HHMMSS`; `None` before 1970.
fn seconds(year: &str, month: &str, day: &str, time: &str) -> Option<i64> {
    let date = Date::new(
        number(year, 4)?,
        i8::try_from(number(month, 2)?).ok()?,
        i8::try_from(number(day, 2)?).ok()?,
    )
    .ok()?;
    let part =
        |from: usize| time.get(from..from + 2).and_then(|part| i8::try_from(number(part, 2)?).ok());
    let second = match time.len() {
        4 => 0,
        6 => part(4)?,
        _ => return None,
    };
    let time = jiff::civil::Time::new(part(0)?, part(2)?, second, 0).ok()?;
    let seconds = TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok()?.as_second();
    (seconds >= 0).then_some(seconds)
}

/// Reads digits, and nothing but them.
fn number(text: &str, digits: usize) -> Option<i16> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// What stands before `AWSLogs/` in keys, ending in `/` or empty, as people write it: with slashes around it or without,
/// and with `AWSLogs` itself, which is where every trail begins, or without.
pub fn prefix(text: &str) -> String {
    let text = text.trim_matches('/');
    let before = match text.strip_suffix(ROOT) {
        Some(before) if before.is_empty() || before.ends_with('/') => before.trim_end_matches('/'),
        _ => text,
    };
    if before.is_empty() { String::new() } else { format!("{before}/") }
}

#[cfg(test)]
mod tests;
