//! JSON with places that each record fills for itself.
//!
//! A place is `$name`, or `${name}` where a letter follows; `$$` is a dollar. Within a record the same name is the
//! same value: a bucket of the request is the bucket of `resources`. A number or letter behind the name makes
//! another value of the same kind: `$uuid`, `$uuid2`, `$hex17b`.

use super::{clock::Moment, random::Random};

/// What the places are filled from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) account: &'a str,
    /// Another account: of the plan, or one outside.
    pub(super) other: &'a str,
    pub(super) region: &'a str,
    pub(super) time: Moment,
    /// The name of the caller's session.
    pub(super) session: &'a str,
    pub(super) names: &'a Names,
    /// The seed of the record.
    pub(super) seed: u64,
}

/// The names of an account that are known; where there are none, made-up ones are used.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) users: Vec<String>,
    pub(super) roles: Vec<String>,
}

/// A text with places.
#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(&'static str),
    Place(&'static str, Kind),
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Account,
    Other,
    Region,
    Session,
    User,
    Role,
    /// One of a few names.
    Name(&'static [&'static str]),
    Bucket,
    Key,
    KmsKey,
    TemporaryKey,
    HostId,
    Token,
    Hex(usize),
    Upper(usize),
    /// So many letters of nothing.
    Filler(usize),
    Uuid,
    /// Up to ten million.
    Large,
    /// 1 to 250.
    Small,
    Time,
    Later,
    ConsoleTime,
    Day,
    Epoch,
    Millis,
}

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ROLES: &[&str] = &[
    "app-api",
    "app-worker",
    "ci-deploy",
    "data-etl",
    "eks-node",
    "lambda-orders",
    "lambda-billing",
    "monitoring",
    "backup",
    "OrganizationAccountAccessRole",
    "admin",
    "readonly-audit",
];
const USERS: &[&str] = &[
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "frank",
    "grace",
    "heidi",
    "ivan",
    "judy",
    "build-bot",
];
const FUNCTIONS: &[&str] = &[
    "orders-api",
    "orders-worker",
    "billing-export",
    "image-resize",
    "auth-hook",
    "report-daily",
    "ingest-clicks",
    "notify",
    "search-index",
    "cleanup",
    "webhook-in",
    "pricing-sync",
];
const TABLES: &[&str] = &[
    "orders",
    "customers",
    "sessions",
    "inventory",
    "payments",
    "audit",
    "events",
    "locks",
    "prices",
];
const QUEUES: &[&str] =
    &["orders", "billing-dlq", "image-jobs", "clicks", "notify.fifo", "search-updates"];
const REPOS: &[&str] = &["orders-api", "web", "etl", "base-image", "toolbox"];
const CLUSTERS: &[&str] = &["prod", "staging", "batch"];
const DATABASES: &[&str] = &["orders-primary", "orders-replica", "warehouse"];
const STACKS: &[&str] =
    &["network", "orders-prod", "billing-prod", "observability", "StackSet-baseline"];
const SECRETS: &[&str] = &["orders-db-AbCdEf", "stripe-GhIjKl", "github-MnOpQr", "smtp-StUvWx"];
const POLICIES: &[&str] = &["orders-read", "deploy", "boundary", "data-lake-write"];
const TOPICS: &[&str] = &["alarms", "orders-events", "deployments"];
const BUCKETS: &[&str] = &[
    "logs",
    "data-lake",
    "artifacts",
    "static-web",
    "backups",
    "etl-stage",
    "terraform-state",
    "reports",
];

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        let name = name
            .trim_end_matches(|letter: char| ('b'..='f').contains(&letter) && ends_in_mark(name));
        if let Some(digits) = name.strip_prefix("hex") {
            return digits.parse().ok().map(Self::Hex);
        }
        if let Some(digits) = name.strip_prefix("up") {
            return digits.parse().ok().map(Self::Upper);
        }
        if let Some(digits) = name.strip_prefix("fill") {
            return digits.parse().ok().map(Self::Filler);
        }
        Some(match name.trim_end_matches(char::is_numeric) {
            "account" => Self::Account,
            "other" => Self::Other,
            "region" => Self::Region,
            "session" => Self::Session,
            "user" => Self::User,
            "role" => Self::Role,
            "bucket" => Self::Bucket,
            "key" => Self::Key,
            "kms" => Self::KmsKey,
            "temporarykey" => Self::TemporaryKey,
            "hostid" => Self::HostId,
            "token" => Self::Token,
            "uuid" => Self::Uuid,
            "num" => Self::Large,
            "small" => Self::Small,
            "time" => Self::Time,
            "later" => Self::Later,
            "console" => Self::ConsoleTime,
            "day" => Self::Day,
            "epoch" => Self::Epoch,
            "millis" => Self::Millis,
            name => Self::Name(names(name)?),
        })
    }
}

/// Whether a name ends in a digit and one letter, as `hex17b` does.
fn ends_in_mark(name: &str) -> bool {
    name.chars().rev().nth(1).is_some_and(char::is_numeric)
}

fn names(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "function" => FUNCTIONS,
        "table" => TABLES,
        "queue" => QUEUES,
        "repo" => REPOS,
        "cluster" => CLUSTERS,
        "db" => DATABASES,
        "stack" => STACKS,
        "secret" => SECRETS,
        "policy" => POLICIES,
        "topic" => TOPICS,
        _ => return None,
    })
}

impl Template {
    /// Reads a template; `None` when it names a place that does not exist.
    pub(super) fn parse(mut text: &'static str) -> Option<Self> {
        let mut pieces = Vec::new();
        while let Some((before, after)) = text.split_once('$') {
            pieces.push(Piece::Text(before));
            let (name, rest) = if let Some(rest) = after.strip_prefix('$') {
                pieces.push(Piece::Text("$"));
                text = rest;
                continue;
            } else if let Some(braced) = after.strip_prefix('{') {
                braced.split_once('}')?
            } else {
                let end = after.find(|letter: char| !letter.is_ascii_alphanumeric());
                after.split_at_checked(end.unwrap_or(after.len()))?
            };
            pieces.push(Piece::Place(name, Kind::parse(name)?));
            text = rest;
        }
        pieces.push(Piece::Text(text));
        Some(Self(pieces))
    }

    /// Appends the text with its places filled.
    pub(super) fn fill(&self, facts: &Facts<'_>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Place(name, kind) => kind.fill(name, facts, out),
            }
        }
    }
}

impl Kind {
    fn fill(self, name: &str, facts: &Facts<'_>, out: &mut String) {
        let mut random = Random::of(facts.seed, &[name]);
        match self {
            Self::Account => out.push_str(facts.account),
            Self::Other => out.push_str(facts.other),
            Self::Region => out.push_str(facts.region),
            Self::Session => out.push_str(facts.session),
            Self::User => known(&facts.names.users, USERS, &mut random, out),
            Self::Role => known(&facts.names.roles, ROLES, &mut random, out),
            Self::Name(names) => known(&[], names, &mut random, out),
            Self::Bucket => bucket(&mut random, facts, out),
            Self::Key => key(&mut random, facts, out),
            Self::KmsKey => kms_key(&mut random, facts, out),
            Self::TemporaryKey => access_key("ASIA", &mut random, out),
            Self::Filler(length) => out.extend(std::iter::repeat_n('x', length)),
            Self::HostId => random.letters(ALPHANUMERIC, 76, out),
            Self::Token => random.letters(ALPHANUMERIC, 120, out),
            Self::Hex(digits) => random.hex(digits, out),
            Self::Upper(length) => random.letters(UPPER, length, out),
            Self::Uuid => random.uuid(out),
            Self::Large => out.push_str(&random.below(10_000_000).to_string()),
            Self::Small => out.push_str(&random.between(1, 250).to_string()),
            _ => self.fill_time(facts.time, out),
        }
    }

    fn fill_time(self, time: Moment, out: &mut String) {
        let text = match self {
            Self::Later => time.plus(3_600).text(),
            Self::ConsoleTime => console_time(time),
            Self::Day => time.folder(),
            Self::Epoch => time.0.to_string(),
            Self::Millis => (time.0 * 1_000).to_string(),
            _ => time.text(),
        };
        out.push_str(&text);
    }
}

/// Appends one of the known names, or a made-up one when none is.
fn known(names: &[String], made_up: &[&str], random: &mut Random, out: &mut String) {
    let place = random.early_place(if names.is_empty() { made_up.len() } else { names.len() });
    let name = names.get(place).map(String::as_str).or(made_up.get(place).copied());
    out.push_str(name.unwrap_or_default());
}

fn bucket(random: &mut Random, facts: &Facts<'_>, out: &mut String) {
    let place = random.early_place(BUCKETS.len());
    out.push_str("acme-");
    out.push_str(BUCKETS.get(place).copied().unwrap_or_default());
    out.push('-');
    out.push_str(facts.account);
}

fn key(random: &mut Random, facts: &Facts<'_>, out: &mut String) {
    let [folder, kind] = [
        random.word(&[
            "reports",
            "raw/clicks",
            "raw/orders",
            "AWSLogs",
            "export/2026 Q3",
            "images",
        ]),
        random.word(&["parquet", "json.gz", "csv", "png"]),
    ];
    let day = facts.time.folder();
    let number = random.below(4_000);
    out.extend([folder, "/", &day, &format!("/part-{number:05}."), kind]);
}

/// One of eight keys of the account and region.
fn kms_key(random: &mut Random, facts: &Facts<'_>, out: &mut String) {
    let number = random.early_place(8).to_string();
    Random::of(0, &[facts.account, facts.region, &number]).uuid(out);
}

/// Appends the id of an access key (`AKIA` of a user, `ASIA` of a session), of AWS's length and plainly an example.
pub(super) fn access_key(prefix: &str, random: &mut Random, out: &mut String) {
    out.push_str(prefix);
    random.letters(UPPER, 9, out);
    out.push_str("EXAMPLE");
}

/// As IAM and the services with the older protocol write a time: `Aug 1, 2026, 9:30:00 AM`.
fn console_time(time: Moment) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [year, month, day, hour, minute, second] = time.parts();
    let name = usize::try_from(month - 1).ok().and_then(|place| MONTHS.get(place));
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{} {day}, {year}, {hour}:{minute:02}:{second:02} {half}", name.unwrap_or(&""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &Names = &Names { users: Vec::new(), roles: Vec::new() };
    const FACTS: Facts<'_> = Facts {
        names: NAMES,
        account: "111122223333",
        other: "444455556666",
        region: "eu-west-1",
        time: Moment(1_764_404_945),
        session: "alice",
        seed: 7,
    };

    fn filled(text: &'static str) -> String {
        let mut out = String::new();
        Template::parse(text).unwrap().fill(&FACTS, &mut out);
        out
    }

    #[test]
    fn places_are_filled() {
        assert_eq!(
            filled("a $account:${region}a $$LATEST $other"),
            "a 111122223333:eu-west-1a $LATEST 444455556666"
        );
        assert_eq!(
            filled("$time $later $day $epoch"),
            "2025-11-29T08:29:05Z 2025-11-29T09:29:05Z 2025/11/29 1764404945"
        );
        assert_eq!(filled("$console"), "Nov 29, 2025, 8:29:05 AM");
        assert_eq!(filled("$hex17").len(), 17);
        assert_eq!(filled("$temporarykey").len(), 20);
        assert_eq!(filled("$session"), "alice");
    }

    #[test]
    fn a_name_is_one_value_within_a_record() {
        let text = filled("$bucket $bucket $uuid $uuid $uuid2 $hex17 $hex17b");
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!(words[0], words[1]);
        assert_eq!(words[2], words[3]);
        assert_ne!(words[3], words[4]);
        assert_ne!(words[5], words[6]);
    }

    #[test]
    fn known_names_come_before_made_up_ones() {
        let names = Names { users: vec!["zara".to_owned()], roles: Vec::new() };
        let mut out = String::new();
        let facts = Facts { names: &names, ..FACTS };
        Template::parse("$user $role").unwrap().fill(&facts, &mut out);
        let (user, role) = out.split_once(' ').unwrap();
        assert_eq!(user, "zara");
        assert!(ROLES.contains(&role), "{role}");
    }

    #[test]
    fn a_place_that_does_not_exist_is_refused() {
        for text in ["$nothing", "${region", "$", "$hexb"] {
            assert!(Template::parse(text).is_none(), "{text}");
        }
    }
}
