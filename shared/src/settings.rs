//! Environment → typed settings, all problems at once.
//!
//! A pure function of a lookup, so that tests never touch the process environment. Every variable is in
//! [`INVENTORY`], [`BACKFILL`], [`REALTIME`] or [`SETUP`], from which the README's table is checked and which the template must agree with.

mod backfill;
mod realtime;
mod setup;
mod shared;

use std::fmt;

pub use self::backfill::{BACKFILL, BackfillSettings};
pub use self::realtime::{REALTIME, RealtimeSettings};
pub use self::setup::{SETUP, SetupSettings};
use crate::model::id::IdError;
use crate::model::{AccountId, Region};

/// One variable of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// What holds when it is not set; `None` when it must be.
    pub default: Option<&'static str>,
}

/// The variables of the inventory function.
pub const INVENTORY: &[Variable] = &[
    shared::TABLE,
    Variable {
        name: "ACCESSTRAIL_QUEUE_URL",
        meaning: "SQS queue of the units of work",
        default: None,
    },
    shared::ROLE,
    shared::EXTERNAL_ID,
    shared::ORGANIZATION_ACCOUNT,
    Variable {
        name: "ACCESSTRAIL_IDENTITY_CENTER_REGION",
        meaning: "Home region of Identity Center",
        default: Some("the function's own"),
    },
    Variable {
        name: "ACCESSTRAIL_ACCOUNTS",
        meaning: "Only these accounts, separated by commas",
        default: Some("all of the organization"),
    },
    Variable {
        name: "ACCESSTRAIL_ACCOUNTS_EXCLUDE",
        meaning: "Accounts that are left out, separated by commas",
        default: Some("none"),
    },
    Variable {
        name: "ACCESSTRAIL_OUS",
        meaning: "Only the accounts below these organizational units, ids or paths separated by commas",
        default: Some("all of the organization"),
    },
    Variable {
        name: "ACCESSTRAIL_OUS_EXCLUDE",
        meaning: "Organizational units whose accounts are left out, separated by commas",
        default: Some("none"),
    },
    Variable {
        name: "ACCESSTRAIL_REGIONS",
        meaning: "Resources of these regions only, separated by commas",
        default: Some("every enabled region"),
    },
    Variable {
        name: "ACCESSTRAIL_REGIONS_EXCLUDE",
        meaning: "Regions that are left out, separated by commas",
        default: Some("none"),
    },
    Variable {
        name: "ACCESSTRAIL_SKIP",
        meaning: "Collectors that are left out, or a whole tier as `tier-3`, separated by commas",
        default: Some("none"),
    },
    Variable {
        name: "ACCESSTRAIL_CREDENTIALS",
        meaning: "`full` lists SSH keys, signing certificates and service-specific credentials too",
        default: Some("standard"),
    },
    shared::EVENT_BUS,
    shared::WEBHOOK_URL,
    shared::WEBHOOK_SECRET_ARN,
    shared::DEAD_LETTERS_URL,
    shared::OWN_ENDPOINT,
    shared::TARGET_ENDPOINT,
];

/// The settings of the inventory function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventorySettings {
    /// The table of the state.
    pub table: String,
    /// The queue of the units of work.
    pub queue_url: String,
    /// The role that is assumed in other accounts.
    pub role: RoleName,
    /// The external id that goes with it.
    pub external_id: Option<ExternalId>,
    /// The account that sees the organization.
    pub organization_account: Option<AccountId>,
    /// Identity Center's home region.
    pub identity_center_region: Option<Region>,
    /// Only these accounts; all if empty.
    pub accounts: Vec<AccountId>,
    /// Accounts that are left out.
    pub accounts_exclude: Vec<AccountId>,
    /// Only the accounts below these organizational units; all if empty.
    pub ous: Vec<String>,
    /// Organizational units whose accounts are left out.
    pub ous_exclude: Vec<String>,
    /// Resources of these regions only; every enabled one if empty.
    pub regions: Vec<Region>,
    /// Regions that are left out.
    pub regions_exclude: Vec<Region>,
    /// Collectors and tiers that are left out, by name.
    pub skip: Vec<String>,
    /// Whether to list every kind of credential.
    pub full_credentials: bool,
    /// Where every change is sent to.
    pub feed: FeedSettings,
    /// Where the table and the queue are.
    pub own_endpoint: Option<String>,
    /// Where everything that is looked into is.
    pub target_endpoint: Option<String>,
}

/// Where changes are sent to.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FeedSettings {
    /// The bus, by name or ARN.
    pub event_bus: Option<String>,
    /// The address. Its path may be a secret: it is not in debug output.
    pub webhook_url: Option<String>,
    /// The secret that requests to it are signed with, by ARN or name.
    pub webhook_secret: Option<String>,
    /// The queue of what nobody took.
    pub dead_letters_url: Option<String>,
}

impl fmt::Debug for FeedSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedSettings")
            .field("event_bus", &self.event_bus)
            .field("webhook_url", &self.webhook_url.as_ref().map(|_| "…"))
            .field("webhook_secret", &self.webhook_secret)
            .field("dead_letters_url", &self.dead_letters_url)
            .finish()
    }
}

/// What is wrong with the settings: every problem, each with its variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(pub Vec<String>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings cannot be used: {}", self.0.join("; "))
    }
}

impl std::error::Error for SettingsError {}

impl InventorySettings {
    /// Reads the settings through `lookup`. An empty variable counts as not set.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let settings = Self {
            table: reader.required("ACCESSTRAIL_TABLE"),
            queue_url: reader.required("ACCESSTRAIL_QUEUE_URL"),
            role: reader.parsed("ACCESSTRAIL_ROLE").unwrap_or_default(),
            external_id: reader.parsed("ACCESSTRAIL_EXTERNAL_ID"),
            organization_account: reader.parsed("ACCESSTRAIL_ORGANIZATION_ACCOUNT"),
            identity_center_region: reader.parsed("ACCESSTRAIL_IDENTITY_CENTER_REGION"),
            accounts: reader.list("ACCESSTRAIL_ACCOUNTS"),
            accounts_exclude: reader.list("ACCESSTRAIL_ACCOUNTS_EXCLUDE"),
            ous: reader.names("ACCESSTRAIL_OUS"),
            ous_exclude: reader.names("ACCESSTRAIL_OUS_EXCLUDE"),
            regions: reader.list("ACCESSTRAIL_REGIONS"),
            regions_exclude: reader.list("ACCESSTRAIL_REGIONS_EXCLUDE"),
            skip: reader.names("ACCESSTRAIL_SKIP"),
            full_credentials: reader.word("ACCESSTRAIL_CREDENTIALS", "standard", "full"),
            feed: reader.feed(),
            own_endpoint: reader.text("ACCESSTRAIL_OWN_ENDPOINT"),
            target_endpoint: reader.text("ACCESSTRAIL_TARGET_ENDPOINT"),
        };
        if reader.problems.is_empty() { Ok(settings) } else { Err(SettingsError(reader.problems)) }
    }
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn text(&mut self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn feed(&mut self) -> FeedSettings {
        let feed = FeedSettings {
            event_bus: self.text("ACCESSTRAIL_EVENT_BUS"),
            webhook_url: self.text("ACCESSTRAIL_WEBHOOK_URL"),
            webhook_secret: self.text("ACCESSTRAIL_WEBHOOK_SECRET_ARN"),
            dead_letters_url: self.text("ACCESSTRAIL_DEAD_LETTERS_URL"),
        };
        if feed.webhook_url.is_some() && feed.webhook_secret.is_none() {
            let problem = "ACCESSTRAIL_WEBHOOK_SECRET_ARN is not set, and requests are signed";
            self.problems.push(problem.to_owned());
        }
        let is_fed = feed.webhook_url.is_some() || feed.event_bus.is_some();
        if is_fed && feed.dead_letters_url.is_none() {
            let problem = "ACCESSTRAIL_DEAD_LETTERS_URL is not set, and what nobody takes is kept";
            self.problems.push(problem.to_owned());
        }
        feed
    }

    fn required(&mut self, name: &str) -> String {
        let text = self.text(name);
        if text.is_none() {
            self.problems.push(format!("{name} is not set"));
        }
        text.unwrap_or_default()
    }

    fn keep<T>(&mut self, name: &str, parsed: Result<T, IdError>) -> Option<T> {
        parsed.map_err(|error| self.problems.push(format!("{name}: {error}"))).ok()
    }

    fn parsed<T: std::str::FromStr<Err = IdError>>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name)?;
        self.keep(name, text.parse())
    }

    fn list<T: std::str::FromStr<Err = IdError>>(&mut self, name: &str) -> Vec<T> {
        let text = self.text(name).unwrap_or_default();
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.filter_map(|part| self.keep(name, part.parse())).collect()
    }

    /// Names that only the program which reads them can check.
    fn names(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }

    fn word(&mut self, name: &str, no: &str, yes: &str) -> bool {
        match self.text(name) {
            None => false,
            Some(text) if text == no => false,
            Some(text) if text == yes => true,
            Some(text) => {
                self.problems.push(format!("{name}: `{text}` is neither `{no}` nor `{yes}`"));
                false
            }
        }
    }
}

/// The name of a role, with its path if it has one.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String);

impl RoleName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RoleName {
    fn default() -> Self {
        Self("accesstrail-read".to_owned())
    }
}

impl std::str::FromStr for RoleName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let name = text.rsplit('/').next().unwrap_or_default();
        let valid = !name.is_empty()
            && name.len() <= 64
            && text.len() <= 512
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
            && text.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b':');
        if valid {
            return Ok(Self(text.trim_start_matches('/').to_owned()));
        }
        Err(IdError {
            text: text.to_owned(),
            what: "a role name",
            expected: "the name without the ARN, at most 64 letters, digits and +=,.@_-, for example accesstrail-read",
        })
    }
}

/// An external id.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId(…)")
    }
}

impl std::str::FromStr for ExternalId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let valid = (2..=1_224).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte));
        if valid {
            return Ok(Self(text.to_owned()));
        }
        Err(IdError {
            // What was meant to be one is not repeated: errors are logged, and it names the customer.
            text: "…".to_owned(),
            what: "an external id",
            expected: "2 to 1,224 letters, digits and _+=,.@:/-, as STS wants it",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(rows: &[(&str, &str)]) -> Result<InventorySettings, SettingsError> {
        let map: BTreeMap<String, String> =
            rows.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        InventorySettings::read(&|name| map.get(name).cloned())
    }

    #[test]
    fn defaults() {
        let settings = read(&[
            ("ACCESSTRAIL_TABLE", "t"),
            ("ACCESSTRAIL_QUEUE_URL", "q"),
            ("ACCESSTRAIL_EXTERNAL_ID", " "),
        ])
        .unwrap();
        assert_eq!(settings.role.as_str(), "accesstrail-read");
        assert_eq!((settings.external_id, settings.full_credentials), (None, false));
    }

    #[test]
    fn a_feed_has_what_it_needs() {
        let base = [("ACCESSTRAIL_TABLE", "t"), ("ACCESSTRAIL_QUEUE_URL", "q")];
        let (bus, url) = ("ACCESSTRAIL_EVENT_BUS", "ACCESSTRAIL_WEBHOOK_URL");
        let (secret, letters) = ("ACCESSTRAIL_WEBHOOK_SECRET_ARN", "ACCESSTRAIL_DEAD_LETTERS_URL");
        let rows: [(&[(&str, &str)], usize); 6] = [
            (&[], 0),
            (&[(letters, "d")], 0),
            (&[(bus, "b"), (letters, "d")], 0),
            (&[(url, "https://siem.example.com/s3cr3t"), (secret, "s"), (letters, "d")], 0),
            (&[(bus, "b")], 1),
            (&[(url, "https://siem.example.com/s3cr3t")], 2),
        ];
        for (more, problems) in rows {
            let found = read(&[&base[..], more].concat());
            assert!(!format!("{found:?}").contains("s3cr3t"), "an address may be secret");
            assert_eq!(found.err().map_or(0, |error| error.0.len()), problems, "{more:?}");
        }
    }

    #[test]
    fn lists_are_separated_by_commas() {
        let settings = read(&[
            ("ACCESSTRAIL_TABLE", "t"),
            ("ACCESSTRAIL_QUEUE_URL", "q"),
            ("ACCESSTRAIL_ACCOUNTS_EXCLUDE", "111122223333, 444455556666,"),
            ("ACCESSTRAIL_OUS", "Workloads/Production , ou-ab12-cdefghij"),
            ("ACCESSTRAIL_OUS_EXCLUDE", "Sandbox"),
            ("ACCESSTRAIL_REGIONS_EXCLUDE", "eu-west-3"),
        ])
        .unwrap();
        assert_eq!(settings.accounts_exclude.len(), 2);
        assert_eq!(settings.ous, ["Workloads/Production", "ou-ab12-cdefghij"]);
        assert_eq!(settings.ous_exclude, ["Sandbox"]);
        assert_eq!(settings.regions_exclude.len(), 1);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let error = read(&[
            ("ACCESSTRAIL_ROLE", "arn:aws:iam::111122223333:role/x"),
            ("ACCESSTRAIL_EXTERNAL_ID", "x"),
            ("ACCESSTRAIL_ACCOUNTS", "111122223333,12,aws"),
            ("ACCESSTRAIL_IDENTITY_CENTER_REGION", "mars"),
            ("ACCESSTRAIL_CREDENTIALS", "all"),
        ])
        .unwrap_err();
        assert_eq!(error.0.len(), 8, "{error}");
        for name in
            ["TABLE", "QUEUE_URL", "ROLE", "EXTERNAL_ID", "ACCOUNTS", "REGION", "CREDENTIALS"]
        {
            assert!(error.to_string().contains(name), "{name} in {error}");
        }
    }

    #[test]
    fn external_ids_do_not_reach_debug_output_or_errors() {
        assert!(!format!("{:?}", "s3cr3t-id".parse::<ExternalId>().unwrap()).contains("s3cr3t"));
        let error = "s3cr3t id".parse::<ExternalId>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
        assert!(error.to_string().contains("an external id"), "{error}");
    }
}
