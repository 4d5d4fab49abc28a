//! What nobody used: users, roles, access keys and passwords of an inventory, held against the logs.
//!
//! A thing is unused if nothing that was not denied was seen of it for some days. The answer carries its evidence:
//! since when, who saw the last use (the logs, or AWS's own records in the inventory), how many days of that had no log
//! in all regions that usually have some, and which regions had none at all. Where none of these days has its logs the
//! answer is "unknown"; a thing that is younger than they are is new, not unused.

mod granted;
mod regions;
mod seen;
#[cfg(feature = "testing")]
#[cfg(test)]
mod tests;

pub use granted::{Granted, granted};
pub use regions::regions_without_logs;
pub use seen::Uses;

use crate::model::activity::EventTime;
use crate::model::credential::{AccessKey, AccessKeys, Holder};
use crate::model::principal::{Role, User};
use crate::model::{Arn, Entity, Kind, LastUsed, Snapshot, Timestamp, Tri};
use crate::usage::coverage::{Seen, Stretch};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The present.
    pub as_of: EventTime,
    /// For how many days nothing may have been seen.
    pub days: u32,
    /// Roles that AWS made for itself too: `/aws-service-role/`, and those of `/aws-reserved/` that no permission set
    /// has.
    pub all: bool,
}

impl Question {
    /// When the days begin.
    pub fn start(&self) -> EventTime {
        EventTime(self.as_of.0.saturating_sub(i64::from(self.days).saturating_mul(DAY)))
    }

    fn wants(&self, role: &Role) -> bool {
        let of_aws = role.path.starts_with("/aws-reserved/") && role.reserved_for().is_none();
        self.all || !(role.is_service_linked() || of_aws)
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
    /// An access key that can be used.
    Key,
    /// A console password.
    Password,
}

impl What {
    /// Every one, in reading order.
    pub const ALL: [Self; 4] = [Self::User, Self::Role, Self::Key, Self::Password];

    /// It in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Key => "key",
            Self::Password => "password",
        }
    }
}

/// What the logs and the inventory come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing was seen of it, and there were logs to see it in.
    Unused,
    /// Nothing was seen of it, and no day had its logs ([`Seen::stretch`]).
    Unknown,
    /// Nothing was seen of it, and it is younger than the days that were asked for.
    New,
    /// It was used in these days.
    Used,
}

impl Verdict {
    /// It in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Unknown => "unknown",
            Self::New => "new",
            Self::Used => "used",
        }
    }
}

/// Who saw a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The inventory: what AWS itself says of the last use. AWS tells it some hours late.
    Aws,
    /// The logs that were read.
    Logs,
}

impl Source {
    /// It in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Logs => "logs",
        }
    }
}

/// A use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// When.
    pub time: EventTime,
    /// Who saw it.
    pub source: Source,
}

impl Use {
    fn logs(time: EventTime) -> Self {
        Self { time, source: Source::Logs }
    }

    fn aws(used: &LastUsed) -> Option<Self> {
        match used {
            LastUsed::At { time, .. } => Some(Self { time: event(*time), source: Source::Aws }),
            LastUsed::Never | LastUsed::Unknown => None,
        }
    }
}

/// A thing, and when it was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The account that it is of.
    pub account: String,
    /// What it is.
    pub what: What,
    /// The ARN: its own, or that of the user who holds it.
    pub principal: Arn,
    /// The id of the key, or its slot where the inventory has no id; else the name of the principal.
    pub name: String,
    /// When it was made; of a password, when it was last changed. `None` where AWS does not say.
    pub created: Option<Timestamp>,
    /// Its last use, as far as anybody saw one.
    pub last: Option<Use>,
    /// What that comes to.
    pub verdict: Verdict,
    /// The days since the last use, or those that were asked for where none was seen, and how many of them had no
    /// log in the account, or none in a region that usually has logs.
    pub since: Stretch,
}

/// Users, roles, active access keys and passwords, in the order of accounts, kinds and names. Group members, root
/// users' keys and everything else that the inventory did not see are not among them.
pub fn unused(snapshot: &Snapshot, uses: &Uses, seen: &Seen, question: &Question) -> Vec<Finding> {
    let view = View { snapshot, uses, seen, question };
    let mut found: Vec<Finding> = Vec::new();
    for stored in snapshot.of_kind(Kind::User) {
        if let Entity::User(user) = &stored.entity {
            found.extend(view.user(user));
        }
    }
    for stored in snapshot.of_kind(Kind::Role) {
        if let Entity::Role(role) = &stored.entity
            && question.wants(role)
        {
            let logs = uses.of(role.arn.as_str()).map(Use::logs);
            let last = logs.max(Use::aws(&role.last_used));
            found.push(view.judge(What::Role, &role.arn, &role.name, role.created, last));
        }
    }
    found.sort_by(|a, b| {
        (&a.account, a.what, &a.principal, &a.name).cmp(&(
            &b.account,
            b.what,
            &b.principal,
            &b.name,
        ))
    });
    found
}

/// Everything that an answer is made of.
#[derive(Clone, Copy, Debug)]
struct View<'a> {
    snapshot: &'a Snapshot,
    uses: &'a Uses,
    seen: &'a Seen,
    question: &'a Question,
}

impl View<'_> {
    /// A user with its keys and its password, whose use is the user's.
    fn user(&self, user: &User) -> Vec<Finding> {
        let holder = Holder { arn: user.arn.clone(), created: user.created };
        let mut found = self.keys(&holder);
        found.extend(self.password(&holder, &user.name));
        let own = self.uses.of(user.arn.as_str()).map(Use::logs);
        let last = found.iter().filter_map(|it| it.last).max().max(own);
        found.push(self.judge(What::User, &user.arn, &user.name, user.created, last));
        found
    }

    fn keys(&self, holder: &Holder) -> Vec<Finding> {
        let Some(Entity::AccessKeys(keys)) = self.snapshot.aspect(Kind::AccessKeys, &holder.key())
        else {
            return Vec::new();
        };
        let uses = match self.snapshot.aspect(Kind::AccessKeyUse, &holder.key()) {
            Some(Entity::AccessKeyUse(it)) => it.uses.as_slice(),
            _ => &[],
        };
        let of_slot =
            |slot: u8| uses.iter().find(|(of, _)| *of == slot).and_then(|(_, used)| Use::aws(used));
        let active = keys.keys.iter().filter(|key| key.active);
        active
            .map(|key| {
                let last = self.key_in_logs(keys, key).map(Use::logs).max(of_slot(key.slot));
                let name = key.id.clone().unwrap_or_else(|| format!("slot {}", key.slot));
                self.judge(What::Key, &holder.arn, &name, key.created, last)
            })
            .collect()
    }

    /// The last use of a key in the logs. The credential report has no ids: a key without one may be any key of the
    /// user's that the inventory does not know otherwise.
    fn key_in_logs(&self, keys: &AccessKeys, key: &AccessKey) -> Option<EventTime> {
        let mut used = self.uses.keys(keys.holder.arn.as_str());
        if let Some(id) = &key.id {
            return used.find(|(used, _)| used == id).map(|(_, time)| time);
        }
        let known = |id: &str| keys.keys.iter().any(|key| key.id.as_deref() == Some(id));
        used.filter(|(id, _)| !known(id)).map(|(_, time)| time).max()
    }

    fn password(&self, holder: &Holder, name: &str) -> Option<Finding> {
        let aspect = self.snapshot.aspect(Kind::Password, &holder.key());
        let Some(Entity::Password(password)) = aspect else { return None };
        let logs = self.uses.sign_in(holder.arn.as_str()).map(Use::logs);
        let last = logs.max(Use::aws(&password.last_used));
        let made = password.last_changed;
        let finding = self.judge(What::Password, &holder.arn, name, made, last);
        (password.enabled == Tri::True).then_some(finding)
    }

    fn judge(
        &self,
        what: What,
        principal: &Arn,
        name: &str,
        created: Option<Timestamp>,
        last: Option<Use>,
    ) -> Finding {
        let account = principal.account().map(|it| it.to_string()).unwrap_or_default();
        let (as_of, start) = (self.question.as_of, self.question.start());
        let verdict = verdict(self.seen, self.question, &account, created, last.map(|it| it.time));
        let asked = if verdict == Verdict::New { created.map_or(start, event) } else { start };
        let since = self.seen.unused(&account, last.map(|it| it.time), asked, as_of);
        let (principal, name) = (principal.clone(), name.to_owned());
        Finding { account, what, principal, name, created, last, verdict, since }
    }
}

/// What the last use of a thing comes to.
fn verdict(
    seen: &Seen,
    question: &Question,
    account: &str,
    created: Option<Timestamp>,
    last: Option<EventTime>,
) -> Verdict {
    let start = question.start();
    if last.is_some_and(|last| last >= start) {
        Verdict::Used
    } else if created.is_some_and(|created| event(created) > start) {
        Verdict::New
    } else if seen.unused(account, None, start, question.as_of).is_unseen() {
        Verdict::Unknown
    } else {
        Verdict::Unused
    }
}

fn event(time: Timestamp) -> EventTime {
    EventTime(time.as_millisecond())
}
