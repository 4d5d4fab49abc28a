//! The properties of the resource → what is wanted. CloudFormation makes a text of every value, and what nobody knows is
//! refused: a property that is misspelled would otherwise be one that is not set.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::super::wanted::{Deployment, Endpoint, Wanted};

/// The properties that are known, with the two that CloudFormation itself reads.
pub(super) const PROPERTIES: &[&str] = &[
    "Accounts",
    "AccountsExclude",
    "AdministrationRole",
    "AlarmTopic",
    "ArchiveDays",
    "ConcurrentPercent",
    "CreateTrail",
    "Endpoint",
    "EndpointSecretArn",
    "ExecutionRole",
    "HubRole",
    "KmsKey",
    "LogQueueArn",
    "ObjectNames",
    "PermissionsBoundary",
    "QueueArn",
    "ReadOnlyEvents",
    "Regions",
    "Role",
    "ServiceTimeout",
    "ServiceToken",
    "Tiers",
    "TolerancePercent",
    "Units",
    "Version",
];

/// What the properties want.
///
/// # Errors
///
/// Everything that is wrong with them, in words.
pub fn wanted(properties: &Map<String, Value>, external_id: &str) -> Result<Wanted, Vec<String>> {
    let mut reader = Reader { properties, problems: Vec::new() };
    reader.problems.extend(
        properties
            .keys()
            .filter(|name| !PROPERTIES.contains(&name.as_str()))
            .map(|name| format!("property {name} is not known")),
    );
    let mut wanted = Wanted::everything(external_id);
    if properties.contains_key("Tiers") {
        wanted.tiers = reader.all("Tiers").into_iter().collect();
    }
    wanted.units = reader.all("Units").into_iter().collect();
    wanted.accounts = reader.all("Accounts").into_iter().collect();
    wanted.accounts_exclude = reader.all("AccountsExclude").into_iter().collect();
    wanted.regions = reader.all("Regions").into_iter().collect();
    let preferences = &mut wanted.preferences;
    reader.one("TolerancePercent", &mut preferences.tolerance_percent);
    reader.one("ConcurrentPercent", &mut preferences.concurrent_percent);
    reader.one("ArchiveDays", &mut wanted.archive_days);
    reader.one("Role", &mut wanted.role);
    reader.one("HubRole", &mut wanted.hub_role);
    wanted.object_names = reader.is_on("ObjectNames");
    wanted.read_only_events = reader.is_on("ReadOnlyEvents");
    wanted.create_trail = reader.is_on("CreateTrail");
    wanted.permissions_boundary = reader.own("PermissionsBoundary");
    wanted.queue = reader.own("QueueArn");
    wanted.log_queue = reader.own("LogQueueArn");
    wanted.kms_key = reader.own("KmsKey");
    wanted.alarm_topic = reader.own("AlarmTopic");
    wanted.endpoint = reader
        .own("Endpoint")
        .map(|url| Endpoint { url, secret: reader.own("EndpointSecretArn").unwrap_or_default() });
    let roles = (reader.own("AdministrationRole"), reader.own("ExecutionRole"));
    if let (Some(administration_role), Some(execution_role)) = roles {
        wanted.deployment = Deployment::SelfManaged { administration_role, execution_role };
    }
    let mut problems = reader.problems;
    problems.extend(wanted.problems());
    if problems.is_empty() { Ok(wanted) } else { Err(problems) }
}

/// Reads properties and collects what is wrong.
struct Reader<'a> {
    properties: &'a Map<String, Value>,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// A property as a text; an empty one is not set.
    fn text(&self, name: &str) -> Option<&str> {
        let text = self.properties.get(name)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn own(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    fn is_on(&mut self, name: &str) -> bool {
        match self.text(name) {
            Some("yes" | "true") => true,
            None | Some("no" | "false") => false,
            Some(other) => {
                self.problems.push(format!("property {name}: `{other}` is neither yes nor no"));
                false
            }
        }
    }

    /// A property in place of what is usual.
    fn one<T: FromStr<Err: Display>>(&mut self, name: &str, into: &mut T) {
        match self.text(name).map(T::from_str).transpose() {
            Ok(Some(value)) => *into = value,
            Ok(None) => {}
            Err(error) => self.problems.push(format!("property {name}: {error}")),
        }
    }

    /// A list, or a text with commas.
    fn all<T: FromStr<Err: Display>>(&mut self, name: &str) -> Vec<T> {
        let items: Vec<&str> = match self.properties.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => text.split(',').collect(),
            _ => Vec::new(),
        };
        let mut read = Vec::new();
        for item in items.into_iter().map(str::trim).filter(|item| !item.is_empty()) {
            match item.parse() {
                Ok(value) => read.push(value),
                Err(error) => self.problems.push(format!("property {name}: {error}")),
            }
        }
        read
    }
}
