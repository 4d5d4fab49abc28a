//! What the policies of a principal grant, held against what it used.
//!
//! It reads `Allow` statements for the services and the actions that they name. It evaluates nothing: denials,
//! conditions, resources, boundaries and the organization's policies are left out, and so is what policies of
//! resources grant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{Question, Uses, Verdict, What, verdict};
use crate::model::activity::EventTime;
use crate::model::policy::{InlinePolicy, ManagedPolicy};
use crate::model::principal::{Group, User};
use crate::model::{Arn, Entity, Kind, Snapshot, Timestamp};
use crate::usage::coverage::Seen;

/// A user or role with what its policies name, and when it last used that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The account.
    pub account: String,
    /// User or role.
    pub what: What,
    /// The ARN.
    pub principal: Arn,
    /// The name.
    pub name: String,
    /// Of the principal as a whole, as far as the logs tell: where nothing could be seen, nothing here is unused.
    pub verdict: Verdict,
    /// Whether all services are granted: `*`, or `NotAction`. The services below are then those that were used or are
    /// named elsewhere.
    pub all_services: bool,
    /// The services that are granted by their prefixes (`s3`), and the last use of each.
    pub services: BTreeMap<String, Option<EventTime>>,
    /// The actions that are granted by their whole names, and the last use of each.
    pub actions: BTreeMap<String, Option<EventTime>>,
    /// Attached policies of which the inventory has no text.
    pub unread: BTreeSet<Arn>,
    /// When the days that were asked for begin.
    start: EventTime,
}

impl Granted {
    /// The services that were not used in the days that were asked for.
    pub fn unused_services(&self) -> impl Iterator<Item = &str> {
        self.since_start(&self.services)
    }

    /// The actions that were not used in these days.
    pub fn unused_actions(&self) -> impl Iterator<Item = &str> {
        self.since_start(&self.actions)
    }

    fn since_start<'a>(
        &self,
        of: &'a BTreeMap<String, Option<EventTime>>,
    ) -> impl Iterator<Item = &'a str> {
        let start = self.start;
        let unused = of.iter().filter(move |(_, last)| last.is_none_or(|last| last < start));
        unused.map(|(name, _)| name.as_str())
    }
}

/// What is granted to each user and role, in the order of accounts and ARNs.
pub fn granted(snapshot: &Snapshot, uses: &Uses, seen: &Seen, question: &Question) -> Vec<Granted> {
    let policies = Policies::of(snapshot);
    let mut all = Vec::new();
    let mut add = |what: What, arn: &Arn, name: &str, created: Option<Timestamp>, names: Names| {
        let account = arn.account().map(|it| it.to_string()).unwrap_or_default();
        let last = uses.of(arn.as_str());
        let verdict = verdict(seen, question, &account, created, last);
        let actions = uses.actions(arn.as_str());
        let (principal, name) = (arn.clone(), name.to_owned());
        let granted = Granted {
            account,
            what,
            principal,
            name,
            verdict,
            all_services: names.all,
            services: names.services(&actions),
            actions: names.actions(&actions),
            unread: names.unread,
            start: question.start(),
        };
        all.push(granted);
    };
    for stored in snapshot.of_kind(Kind::User) {
        if let Entity::User(it) = &stored.entity {
            add(What::User, &it.arn, &it.name, it.created, policies.of_user(it));
        }
    }
    for stored in snapshot.of_kind(Kind::Role) {
        if let Entity::Role(it) = &stored.entity
            && question.wants(it)
        {
            let mut names = Names::default();
            policies.add(&it.attached_policies, &it.inline_policies, &mut names);
            add(What::Role, &it.arn, &it.name, it.created, names);
        }
    }
    all.sort_by(|a, b| (&a.account, &a.principal).cmp(&(&b.account, &b.principal)));
    all
}

/// The policies and groups of a snapshot, by what names them.
struct Policies<'a> {
    managed: HashMap<&'a Arn, &'a ManagedPolicy>,
    groups: HashMap<(String, &'a str), &'a Group>,
}

impl<'a> Policies<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let managed = snapshot.of_kind(Kind::Policy).filter_map(|stored| match &stored.entity {
            Entity::Policy(it) => Some((&it.arn, it)),
            _ => None,
        });
        let groups = snapshot.of_kind(Kind::Group).filter_map(|stored| match &stored.entity {
            Entity::Group(it) => Some(((account(&it.arn), it.name.as_str()), it)),
            _ => None,
        });
        Self { managed: managed.collect(), groups: groups.collect() }
    }

    fn of_user(&self, user: &User) -> Names {
        let mut names = Names::default();
        self.add(&user.attached_policies, &user.inline_policies, &mut names);
        for group in &user.groups {
            if let Some(group) = self.groups.get(&(account(&user.arn), group.as_str())) {
                self.add(&group.attached_policies, &group.inline_policies, &mut names);
            }
        }
        names
    }

    fn add(&self, attached: &[Arn], inline: &[InlinePolicy], names: &mut Names) {
        for policy in inline {
            names.add(&policy.document.0);
        }
        for arn in attached {
            match self.managed.get(arn).and_then(|policy| policy.default_document()) {
                Some(document) => names.add(&document.0),
                None => drop(names.unread.insert(arn.clone())),
            }
        }
    }
}

fn account(arn: &Arn) -> String {
    arn.account().map(|it| it.to_string()).unwrap_or_default()
}

/// What policies name.
#[derive(Debug, Default)]
struct Names {
    all: bool,
    /// In small letters, as AWS compares them.
    services: BTreeSet<String>,
    /// In small letters, and as they are written.
    actions: BTreeMap<String, String>,
    unread: BTreeSet<Arn>,
}

impl Names {
    /// Adds the `Allow` statements of a document. What is no policy grants nothing.
    fn add(&mut self, document: &str) {
        let document = serde_json::from_str::<Value>(document).unwrap_or_default();
        let statements = document.get("Statement").map(items).unwrap_or_default();
        let allows = |it: &&Value| it.get("Effect").and_then(Value::as_str) == Some("Allow");
        for statement in statements.iter().filter(allows) {
            self.all |= statement.get("NotAction").is_some();
            let patterns = statement.get("Action").map(items).unwrap_or_default();
            for pattern in patterns.iter().filter_map(Value::as_str) {
                self.add_pattern(pattern);
            }
        }
    }

    fn add_pattern(&mut self, pattern: &str) {
        let (service, name) = pattern.split_once(':').unwrap_or((pattern, "*"));
        if service.contains(['*', '?']) {
            self.all = true;
            return;
        }
        self.services.insert(service.to_lowercase());
        if !name.contains(['*', '?']) {
            self.actions.insert(pattern.to_lowercase(), pattern.to_owned());
        }
    }

    fn services(&self, used: &BTreeMap<String, EventTime>) -> BTreeMap<String, Option<EventTime>> {
        let mut services: BTreeMap<String, Option<EventTime>> =
            self.services.iter().map(|name| (name.clone(), None)).collect();
        for (action, time) in used {
            let service = action.split(':').next().unwrap_or_default();
            if self.all && !services.contains_key(service) {
                services.insert(service.to_owned(), Some(*time));
            } else if let Some(last) = services.get_mut(service) {
                *last = (*last).max(Some(*time));
            }
        }
        services
    }

    fn actions(&self, used: &BTreeMap<String, EventTime>) -> BTreeMap<String, Option<EventTime>> {
        let last = |lower: &String| used.get(lower).copied();
        self.actions.iter().map(|(lower, name)| (name.clone(), last(lower))).collect()
    }
}

/// The items of a list, or the only one where there is no list.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_allow_statements() {
        let rows = [
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject"}}"#,
                false,
                "s3",
                "s3:GetObject",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":["S3:Get*","sqs:*"]}]}"#,
                false,
                "s3 sqs",
                "",
            ),
            (r#"{"Statement":[{"Effect":"Deny","Action":"s3:GetObject"}]}"#, false, "", ""),
            (r#"{"Statement":[{"Effect":"Allow","Action":"*"}]}"#, true, "", ""),
            (r#"{"Statement":[{"Effect":"Allow","NotAction":"iam:*"}]}"#, true, "", ""),
            (r#"{"Statement":[{"Effect":"Allow","Action":"s?:Get"}]}"#, true, "", ""),
            (r#"{"Statement":[{"Effect":"Allow","Action":[1,null,{}]}]}"#, false, "", ""),
            (r#"{"Statement":"x"}"#, false, "", ""),
            ("not json", false, "", ""),
        ];
        for (document, all, services, actions) in rows {
            let mut names = Names::default();
            names.add(document);
            let joined = |names: Vec<&String>| {
                names.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ")
            };
            assert_eq!(names.all, all, "{document}");
            assert_eq!(joined(names.services.iter().collect()), services, "{document}");
            assert_eq!(joined(names.actions.values().collect()), actions, "{document}");
        }
    }

    #[test]
    fn a_service_was_used_when_its_last_action_was() {
        let mut names = Names::default();
        names.add(r#"{"Statement":[{"Effect":"Allow","Action":["s3:*","sqs:SendMessage"]}]}"#);
        let used = [("s3:getobject", 3), ("s3:putobject", 5), ("ec2:runinstances", 7)];
        let used = used.map(|(name, time)| (name.to_owned(), EventTime(time))).into();
        let services: Vec<_> = names.services(&used).into_iter().collect();
        assert_eq!(services, [("s3".to_owned(), Some(EventTime(5))), ("sqs".to_owned(), None)]);
        assert_eq!(names.actions(&used), [("sqs:SendMessage".to_owned(), None)].into());
        names.all = true;
        assert_eq!(names.services(&used).get("ec2"), Some(&Some(EventTime(7))));
    }
}
