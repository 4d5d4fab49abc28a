//! What somebody wants to be set up: every choice, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{AccountId, Region};
use crate::port::setup::{Model, Preferences, spelled};

/// How many random bytes an external id is made of: 160 bits, which nobody guesses and no two have in common.
pub const EXTERNAL_ID_BYTES: usize = 20;

/// Who deploys to the accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Deployment {
    /// CloudFormation by itself, with accounts that join later.
    #[default]
    ServiceManaged,
    /// Two roles that are there already.
    SelfManaged {
        /// ARN of the one that administers, in the hub's account.
        administration_role: String,
        /// Name of the one in each account that executes.
        execution_role: String,
    },
}

/// An endpoint that gets every event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Its address, `https://…`.
    pub url: String,
    /// ARN of the secret with the key that it is shown.
    pub secret: String,
}

/// What is to be set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Wanted {
    /// The tiers that are granted, of 1 to 4.
    pub tiers: BTreeSet<u8>,
    /// Only the accounts below these units or roots; the whole organization if empty.
    pub units: BTreeSet<String>,
    /// Only these accounts; all if empty.
    #[serde(with = "spelled::set")]
    pub accounts: BTreeSet<AccountId>,
    /// Accounts that are left out.
    #[serde(with = "spelled::set")]
    pub accounts_exclude: BTreeSet<AccountId>,
    /// Regions whose events are heard, beside the global one and the home of Identity Center.
    #[serde(with = "spelled::set")]
    pub regions: BTreeSet<Region>,
    /// Who deploys to the accounts.
    pub deployment: Deployment,
    /// How many at once, and how many may fail.
    pub preferences: Preferences,
    /// ARN of the policy that bounds every role.
    pub permissions_boundary: Option<String>,
    /// Name of the role in each account.
    pub role: String,
    /// Role of the hub with its path, as the trust names it.
    pub hub_role: String,
    /// The external id of every trust. See [`external_id`].
    pub external_id: String,
    /// Whether the names of objects may be listed.
    pub object_names: bool,
    /// Whether calls that only read are sent too.
    pub read_only_events: bool,
    /// Whether a trail is created where none is usable.
    pub create_trail: bool,
    /// For how many days events are kept.
    pub archive_days: u16,
    /// Queue of the function that re-reads what events touch.
    pub queue: Option<String>,
    /// Queue of the function that reads logs.
    pub log_queue: Option<String>,
    /// Key of the bus, the archive and the queues.
    pub kms_key: Option<String>,
    /// Topic that the alarm of the hub's stream notifies.
    pub alarm_topic: Option<String>,
    /// An endpoint that gets every event.
    pub endpoint: Option<Endpoint>,
}

impl Wanted {
    /// All that can be granted, everywhere, with nothing that costs more or tells more than it has to.
    pub fn everything(external_id: &str) -> Self {
        Self {
            tiers: [1, 2, 3, 4].into(),
            units: BTreeSet::new(),
            accounts: BTreeSet::new(),
            accounts_exclude: BTreeSet::new(),
            regions: BTreeSet::new(),
            deployment: Deployment::ServiceManaged,
            preferences: Preferences {
                tolerance_percent: 10,
                concurrent_percent: 25,
                regions_at_once: true,
            },
            permissions_boundary: None,
            role: "accesstrail-read".to_owned(),
            hub_role: "accesstrail/*".to_owned(),
            external_id: external_id.to_owned(),
            object_names: false,
            read_only_events: false,
            create_trail: false,
            archive_days: 14,
            queue: None,
            log_queue: None,
            kms_key: None,
            alarm_topic: None,
            endpoint: None,
        }
    }

    /// Whether a tier is granted.
    pub fn grants(&self, tier: u8) -> bool {
        self.tiers.contains(&tier)
    }

    /// Everything that is wrong with it, in words; it can be set up if that is nothing.
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut check = |is_right: bool, problem: &str| {
            if !is_right {
                found.push(problem.to_owned());
            }
        };
        check(self.grants(1), "tier 1 is what everything starts from and cannot be withheld");
        check(self.tiers.iter().all(|tier| (1..=4).contains(tier)), "tiers are 1, 2, 3 and 4");
        check(is_external_id(&self.external_id), "the external id is not one that was generated");
        check(is_role_name(&self.role), "the role's name has 1 to 64 letters, digits and +=,.@_-");
        let percents = [self.preferences.tolerance_percent, self.preferences.concurrent_percent];
        check(percents.iter().all(|percent| *percent <= 100), "percents are at most 100");
        check(self.preferences.concurrent_percent > 0, "at least 1 percent must be worked on");
        check((1..=365).contains(&self.archive_days), "events are kept for 1 to 365 days");
        let is_arn = |arn: &Option<String>, part: &str| {
            arn.as_ref().is_none_or(|arn| arn.starts_with("arn:") && arn.contains(part))
        };
        check(is_arn(&self.permissions_boundary, ":policy/"), "the boundary is no policy's ARN");
        check(is_arn(&self.queue, ":sqs:"), "the queue is no queue's ARN");
        check(is_arn(&self.log_queue, ":sqs:"), "the queue of the logs is no queue's ARN");
        check(is_arn(&self.alarm_topic, ":sns:"), "the topic of the alarm is no topic's ARN");
        check(is_arn(&self.kms_key, ":key/"), "the key is no key's ARN");
        if let Some(endpoint) = &self.endpoint {
            check(endpoint.url.starts_with("https://"), "the endpoint's address is not https");
            check(
                is_arn(&Some(endpoint.secret.clone()), ":secret:accesstrail-"),
                "the endpoint's secret is no ARN of a secret whose name begins with accesstrail-",
            );
        }
        if let Deployment::SelfManaged { administration_role, execution_role } = &self.deployment {
            check(administration_role.contains(":role/"), "the administration role is no ARN");
            check(is_role_name(execution_role), "the execution role is no role's name");
            check(!self.accounts.is_empty(), "self-managed deployment needs the accounts by name");
        }
        let both = self.accounts.intersection(&self.accounts_exclude).count();
        check(both == 0, "an account is both wanted and left out");
        found
    }

    /// The model of the StackSets.
    pub fn model(&self, is_delegated: bool) -> Model {
        match &self.deployment {
            Deployment::ServiceManaged => Model::ServiceManaged { delegated: is_delegated },
            Deployment::SelfManaged { administration_role, execution_role } => Model::SelfManaged {
                administration_role: administration_role.clone(),
                execution_role: execution_role.clone(),
            },
        }
    }
}

/// Parameters of a template.
pub type Parameters = BTreeMap<String, String>;

/// `yes` or `no`, as the templates take it.
pub fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

/// An external id of random bytes, which must come from the operating system.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
pub fn external_id(random: [u8; EXTERNAL_ID_BYTES]) -> String {
    use std::fmt::Write as _;
    let mut text = "accesstrail-".to_owned();
    for byte in random {
        // A text takes whatever is written to it.
        _ = write!(text, "{byte:02x}");
    }
    text
}

/// What the templates take, and long enough not to be guessed.
fn is_external_id(text: &str) -> bool {
    (16..=1_224).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c))
}

fn is_role_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Wanted {
        Wanted::everything(&external_id([7; EXTERNAL_ID_BYTES]))
    }

    #[test]
    fn external_ids_are_as_random_as_what_they_are_made_of() {
        let one = external_id([0; EXTERNAL_ID_BYTES]);
        assert_eq!(one, format!("accesstrail-{}", "00".repeat(20)));
        let mut bytes = [0; EXTERNAL_ID_BYTES];
        bytes[19] = 1;
        assert_ne!(one, external_id(bytes));
        assert!(is_external_id(&one));
        for bad in
            ["", "short", "fifteen-letters", "with a space in it", "<script>alert()</script>"]
        {
            assert!(!is_external_id(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_all_at_once() {
        type Change = fn(&mut Wanted);
        assert_eq!(good().problems(), Vec::<String>::new());
        let bad: [(Change, &str); 15] = [
            (|it| it.tiers = [2].into(), "tier 1"),
            (|it| it.tiers = [1, 5].into(), "tiers are"),
            (|it| it.external_id = "x".to_owned(), "external id"),
            (|it| it.role = "a b".to_owned(), "role's name"),
            (|it| it.preferences.tolerance_percent = 101, "at most 100"),
            (|it| it.preferences.concurrent_percent = 0, "at least 1"),
            (|it| it.archive_days = 0, "1 to 365"),
            (|it| it.permissions_boundary = Some("x".to_owned()), "boundary"),
            (|it| it.queue = Some("arn:aws:sns:eu-west-1:1:x".to_owned()), "the queue is"),
            (|it| it.log_queue = Some("x".to_owned()), "of the logs"),
            (|it| it.alarm_topic = Some("x".to_owned()), "topic of the alarm"),
            (|it| it.kms_key = Some("alias/x".to_owned()), "the key is"),
            (
                |it| {
                    let (url, secret) = (
                        "http://example.com".to_owned(),
                        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:accesstrail-key"
                            .to_owned(),
                    );
                    it.endpoint = Some(Endpoint { url, secret });
                },
                "not https",
            ),
            (
                |it| {
                    it.accounts = ["111122223333".parse().unwrap()].into();
                    it.accounts_exclude = it.accounts.clone();
                },
                "both wanted",
            ),
            (
                |it| {
                    it.deployment = Deployment::SelfManaged {
                        administration_role: "arn:aws:iam::111122223333:role/a".to_owned(),
                        execution_role: "b".to_owned(),
                    };
                },
                "accounts by name",
            ),
        ];
        for (change, expected) in bad {
            let mut wanted = good();
            change(&mut wanted);
            let problems = wanted.problems();
            assert!(
                problems.len() == 1 && problems[0].contains(expected),
                "{expected}: {problems:?}"
            );
        }
        let worst = Wanted { tiers: BTreeSet::new(), role: String::new(), ..good() };
        assert_eq!(worst.problems().len(), 2);
    }

    #[test]
    fn wanted_reads_what_it_writes_and_nothing_else() {
        let mut wanted = good();
        wanted.regions = ["eu-west-1".parse().unwrap()].into();
        wanted.accounts = ["111122223333".parse().unwrap()].into();
        let text = serde_json::to_string(&wanted).unwrap();
        assert_eq!(serde_json::from_str::<Wanted>(&text).unwrap(), wanted);
        let more = text.replacen('{', r#"{"more":1,"#, 1);
        assert!(serde_json::from_str::<Wanted>(&more).is_err());
        assert!(serde_json::from_str::<Wanted>(&text.replace("111122223333", "1")).is_err());
    }
}
