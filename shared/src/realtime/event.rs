//! One CloudTrail record, as EventBridge delivers it or a log object holds it → [`Event`].

use serde_json::Value;

use crate::model::activity::{Category, Outcome};
use crate::model::{AccountId, CauseEvent, Region, Timestamp};
use crate::trail::normalize::{Unnormal, normalize};
use crate::trail::records::read_records;

/// The longest id, name or principal that is kept of an event, in characters. AWS's own are shorter.
const LONGEST: usize = 2_048;

/// One event, as far as it is needed to know where to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What a change that it leads to says about it.
    pub cause: CauseEvent,
    /// The account that it happened in.
    pub account: AccountId,
    /// The region that it happened in.
    pub region: Region,
    /// Whether it was done: a call that failed changed nothing.
    pub done: bool,
    /// Whether it says of itself that it only read.
    pub read_only: bool,
    /// Whether it is about the data in a resource, and not about the resource.
    pub is_data: bool,
    /// The record.
    pub record: Value,
}

/// Why a record is no event that can be used. Nobody ever can, so it is set aside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The bytes are no record of CloudTrail's.
    #[error("it is no CloudTrail record: {0}")]
    Unreadable(String),
    /// A field that every event has is missing or wrong.
    #[error(transparent)]
    Unnormal(#[from] Unnormal),
    /// It does not say in which account it happened.
    #[error("`{0}` is not an account")]
    Account(String),
    /// It does not say in which region it happened.
    #[error("`{0}` is not a region")]
    Region(String),
    /// It speaks for another account than the one that sent it.
    #[error("it was sent by account {sender} and speaks for account {account}")]
    Forged {
        /// The account that EventBridge, or the key of the log, names.
        sender: String,
        /// The account that the record names.
        account: String,
    },
    /// It has no `eventID`, so nobody could tell it from another one.
    #[error("it has no eventID")]
    NoId,
}

impl Event {
    /// Reads a record. `sender` is the account that delivered it: an account speaks for itself alone.
    pub fn read(record: &[u8], sender: &str) -> Result<Self, EventError> {
        let unreadable = |error: &dyn std::fmt::Display| EventError::Unreadable(error.to_string());
        let value: Value = serde_json::from_slice(record).map_err(|error| unreadable(&error))?;
        if !value.is_object() {
            return Err(EventError::Unreadable("it is not a JSON object".to_owned()));
        }
        let log = [br#"{"Records":["#.as_slice(), record, b"]}"].concat();
        let mut read = None;
        let counted = read_records(&log, |record| {
            read = Some(match record {
                Ok(record) => {
                    let id = record.id.as_deref().map(cut);
                    let read_only = record.read_only == Some(true);
                    normalize(record, sender)
                        .map(|activity| (activity_facts(&activity), id, read_only))
                        .map_err(EventError::from)
                }
                Err(bad) => Err(EventError::Unreadable(bad.to_string())),
            });
        });
        counted.map_err(|error| unreadable(&error))?;
        let no_record = || EventError::Unreadable("there is no record".to_owned());
        let (facts, id, read_only) = read.ok_or_else(no_record)??;
        let account: AccountId =
            facts.account.parse().map_err(|_| EventError::Account(cut(&facts.account)))?;
        if account.as_str() != sender {
            let sender = cut(sender);
            return Err(EventError::Forged { sender, account: account.to_string() });
        }
        let region: Region =
            facts.region.parse().map_err(|_| EventError::Region(cut(&facts.region)))?;
        let id = id.filter(|id| !id.is_empty()).ok_or(EventError::NoId)?;
        Ok(Self {
            cause: CauseEvent { id, ..facts.cause },
            account,
            region,
            done: facts.done,
            read_only,
            is_data: facts.is_data,
            record: value,
        })
    }

    /// The operation without the version that Lambda's events carry (`AddPermission20150331v2`).
    pub fn operation(&self) -> &str {
        let name = self.cause.name.as_str();
        let versioned = name.find("20").filter(|at| {
            let digits = name.get(*at..).unwrap_or_default();
            let date = digits.bytes().take_while(u8::is_ascii_digit).count() == 8;
            date && digits.bytes().skip(8).all(|byte| byte == b'v' || byte.is_ascii_digit())
        });
        name.get(..versioned.unwrap_or(name.len())).unwrap_or(name)
    }
}

struct Facts {
    cause: CauseEvent,
    account: String,
    region: String,
    done: bool,
    is_data: bool,
}

fn activity_facts(activity: &crate::model::activity::Activity<'_>) -> Facts {
    Facts {
        cause: CauseEvent {
            id: String::new(),
            source: cut(&activity.source),
            name: cut(&activity.name),
            at: Timestamp::from_millisecond(activity.time.0).unwrap_or_default(),
            actor: cut(&activity.principal),
            human: activity.human.as_ref().map(|human| cut(&human.name)),
            source_ip: cut(&activity.source_ip),
        },
        account: activity.account.to_string(),
        region: activity.region.to_string(),
        done: activity.outcome == Outcome::Success,
        is_data: activity.category != Category::Management,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
