//! One rule of a row: a collector, and where the name of the object is in the record.

use serde_json::Value;

use crate::model::{AccountId, Capability, Region};
use crate::realtime::event::Event;
use crate::realtime::{Expect, Heard, Home, Touch};

/// The most objects that one event may touch by name: more of them is the whole unit. EC2 starts a thousand instances
/// in one call.
const MOST_NAMES: usize = 100;

/// The longest name of an object: longer ones are nobody's.
const LONGEST_NAME: usize = 2_048;

/// Where the unit of a collector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::realtime) enum Where {
    /// In the account of the event, for a global service.
    Account,
    /// In the account and region of the event.
    Region,
    /// In the account that is asked about the organization.
    Organization,
    /// There too, in the region of the event: Identity Center's own.
    IdentityCenter,
}

impl Where {
    /// Account and region of the unit.
    pub(super) fn of(self, event: &Event, home: &Home) -> (AccountId, Region) {
        match self {
            Self::Account => (event.account.clone(), Region::global()),
            Self::Region => (event.account.clone(), event.region.clone()),
            Self::Organization => (home.account.clone(), Region::global()),
            Self::IdentityCenter => (home.account.clone(), event.region.clone()),
        }
    }
}

/// How a name is made of what the record has.
#[derive(Clone, Copy, Debug)]
pub(in crate::realtime) enum Form {
    /// As it is.
    AsIs,
    /// After this.
    After(&'static str),
    /// An ARN of the account's and region's: service, and what stands before the name. An ARN stays as it is.
    Arn(&'static str, &'static str),
    /// A bucket's ARN.
    Bucket,
    /// A queue's ARN, from its address or its name.
    Queue,
    /// Two values joined by `/`: this one, and the one at that pointer.
    Pair(&'static str),
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub(in crate::realtime) struct Rule {
    collector: &'static str,
    place: Where,
    capabilities: &'static [Capability],
    /// Where names are: JSON pointers, of which each that is there counts; `*` stands for every element of a list.
    /// Without any, the whole unit.
    at: &'static [&'static str],
    form: Form,
    expect: Expect,
    optional: bool,
    /// Only where something is at this pointer of the record.
    only_if: Option<&'static str>,
    /// Whose word counts where the account of the event does not hold what it touches.
    heard: Heard,
    /// Whether AWS says yes and does it afterwards.
    slow: bool,
}

/// A rule for objects of a collector.
pub(super) const fn look(
    collector: &'static str,
    place: Where,
    at: &'static [&'static str],
    form: Form,
) -> Rule {
    Rule {
        collector,
        place,
        capabilities: &[],
        at,
        form,
        expect: Expect::Either,
        optional: false,
        only_if: None,
        heard: Heard::OfSpeakers,
        slow: false,
    }
}

/// A rule for all of a unit, or for some of its capabilities.
pub(super) const fn whole(
    collector: &'static str,
    place: Where,
    capabilities: &'static [Capability],
) -> Rule {
    let rule = look(collector, place, &[], Form::AsIs);
    Rule { capabilities, ..rule }
}

impl Rule {
    /// The same of something that is there afterwards.
    pub(super) const fn there(self) -> Self {
        Self { expect: Expect::There, ..self }
    }

    /// The same of something that is gone afterwards.
    pub(super) const fn gone(self) -> Self {
        Self { expect: Expect::Gone, ..self }
    }

    /// The same for these capabilities alone.
    pub(super) const fn of(self, capabilities: &'static [Capability]) -> Self {
        Self { capabilities, ..self }
    }

    /// The same where the record need not name anything.
    pub(super) const fn if_named(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The same, only where something is at a pointer of the record.
    pub(super) const fn only_if(self, pointer: &'static str) -> Self {
        Self { only_if: Some(pointer), optional: true, ..self }
    }

    /// The same, where every account may say so of itself.
    pub(super) const fn of_anyone(self) -> Self {
        Self { heard: Heard::OfAnyone, ..self }
    }

    /// The same, where what others say is noted.
    pub(super) const fn noted(self) -> Self {
        Self { heard: Heard::Noted, ..self }
    }

    /// The same of what AWS does after it has answered.
    pub(super) const fn slow(self) -> Self {
        Self { slow: true, ..self }
    }

    pub(super) const fn collector(&self) -> &'static str {
        self.collector
    }

    pub(super) const fn is_optional(&self) -> bool {
        self.optional
    }

    /// What it finds in an event.
    pub(super) fn apply(&self, event: &Event, home: &Home) -> Vec<Touch> {
        let is_there = |pointer| event.record.pointer(pointer).is_some_and(|it| !it.is_null());
        if self.only_if.is_some_and(|pointer| !is_there(pointer)) {
            return Vec::new();
        }
        let (account, region) = self.place.of(event, home);
        let touch = |name: Option<String>, expect| Touch {
            account: account.clone(),
            region: region.clone(),
            collector: self.collector,
            capabilities: self.capabilities,
            name,
            expect,
            heard: self.heard,
            slow: self.slow,
        };
        if self.at.is_empty() {
            return vec![touch(None, Expect::Either)];
        }
        let mut names: Vec<String> = Vec::new();
        for pointer in self.at {
            let mut found = Vec::new();
            values(&event.record, pointer, &mut found);
            names.extend(found.into_iter().filter_map(|text| self.name(text, event, home)));
        }
        names.sort();
        names.dedup();
        if names.len() > MOST_NAMES {
            return vec![touch(None, Expect::Either)];
        }
        names.into_iter().map(|name| touch(Some(name), self.expect)).collect()
    }

    fn name(&self, text: &str, event: &Event, home: &Home) -> Option<String> {
        if text.is_empty() || text.len() > LONGEST_NAME || text.contains(char::is_control) {
            return None;
        }
        let (partition, account) = (&home.partition, &event.account);
        let form = match self.form {
            Form::Arn(..) | Form::Bucket if text.starts_with("arn:") => Form::AsIs,
            form => form,
        };
        let name = match form {
            Form::AsIs => text.to_owned(),
            Form::After(beginning) => format!("{beginning}{text}"),
            Form::Arn(service, kind) => {
                // RDS takes names in any case and keeps them in lower case.
                let text = if service == "rds" { text.to_lowercase() } else { text.to_owned() };
                format!("arn:{partition}:{service}:{}:{account}:{kind}{text}", event.region)
            }
            Form::Bucket => format!("arn:{partition}:s3:::{text}"),
            Form::Queue => {
                let mut parts = text.rsplit('/');
                let (queue, owner) = (parts.next()?, parts.next().unwrap_or(account.as_str()));
                format!("arn:{partition}:sqs:{}:{owner}:{queue}", event.region)
            }
            Form::Pair(other) => {
                let mut found = Vec::new();
                values(&event.record, other, &mut found);
                format!("{text}/{}", found.first()?)
            }
        };
        // An ARN of another account is not this account's to speak about; buckets name none.
        let foreign = name
            .strip_prefix("arn:")
            .and_then(|rest| rest.split(':').nth(3))
            .is_some_and(|owner| {
                !owner.is_empty() && self.is_own() && owner != account.as_str() && owner != "aws"
            });
        (!foreign).then_some(name)
    }

    /// Whether what it finds belongs to the account of the event.
    fn is_own(&self) -> bool {
        matches!(self.place, Where::Account | Where::Region)
    }
}

/// The texts at a pointer in which `*` stands for every element of a list.
fn values<'v>(value: &'v Value, pointer: &str, found: &mut Vec<&'v str>) {
    match pointer.split_once("/*") {
        None => found.extend(value.pointer(pointer).and_then(Value::as_str)),
        Some((before, after)) => {
            let items = value.pointer(before).and_then(Value::as_array);
            for item in items.into_iter().flatten().take(MOST_NAMES * 10) {
                values(item, after, found);
            }
        }
    }
}
