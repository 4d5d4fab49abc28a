//! The forms of single values: ids and ARNs as their text, three-valued answers as words.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::identity_center::{
    Assignee, CustomerPolicyReference, InstanceReach, SetBoundary,
};
use crate::model::organization::AccountState;
use crate::model::policy::PolicyDocument;
use crate::model::resource::{Attribute, OptIn, ResourceType};
use crate::model::{
    AccountId, Arn, Authority, Cause, CauseEvent, ChangeKind, LastUsed, Pattern, Region, RunId,
    RunState, Scope, Status, Timestamp, Tri, Unavailable, Unit,
};

/// A value whose form is its text.
macro_rules! as_text {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parse(&String::deserialize(deserializer)?)
            }
        }
    )+};
}

fn parse<T: FromStr<Err: fmt::Display>, E: serde::de::Error>(text: &str) -> Result<T, E> {
    text.parse().map_err(E::custom)
}

as_text!(AccountId, Arn, Pattern, Region, ResourceType, RunId, Scope, Unit);

/// A value whose form is one word of a fixed list.
macro_rules! as_word {
    ($($type:ty { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(match self { $(Self::$variant => $word,)+ })
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match String::deserialize(deserializer)?.as_str() {
                    $($word => Ok(Self::$variant),)+
                    other => Err(D::Error::unknown_variant(other, &[$($word),+])),
                }
            }
        }
    )+};
}

as_word! {
    Tri { True = "true", False = "false", Unknown = "unknown" }
    Authority {
        Identity = "identity", Scp = "scp", Rcp = "rcp", Boundary = "boundary", Session = "session",
        Resource = "resource", Unspecified = "unspecified",
    }
    ChangeKind { Created = "created", Changed = "changed", Deleted = "deleted", Restored = "restored" }
    RunState { Planning = "planning", Open = "open", Closed = "closed" }
    OptIn { NotRequired = "not-required", OptedIn = "opted-in", NotOptedIn = "not-opted-in" }
    InstanceReach { Organization = "organization", Account = "account", Unknown = "unknown" }
}

impl Serialize for AccountState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AccountState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(deserializer)?.as_str()))
    }
}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?))
    }
}

/// The forms of enumerations with content. serde's `remote` holds them against the model's, so that a
/// variant cannot be forgotten.
macro_rules! as_tagged {
    ($($type:ident by $form:ident),+ $(,)?) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $form::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $form::deserialize(deserializer)
            }
        }
    )+};
}

as_tagged! {
    LastUsed by LastUsedForm, Unavailable by UnavailableForm, Status by StatusForm, Cause by CauseForm,
    CauseEvent by CauseEventForm,
    Assignee by AssigneeForm, SetBoundary by SetBoundaryForm,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "LastUsed", rename_all = "kebab-case")]
enum LastUsedForm {
    At { time: Timestamp, region: Option<String>, service: Option<String> },
    Never,
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Unavailable", rename_all = "kebab-case")]
enum UnavailableForm {
    RegionNotEnabled,
    AccountState(String),
    AccountLeft,
    NotInOrganization,
    ServiceOff(String),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Status", rename_all = "kebab-case")]
enum StatusForm {
    Complete,
    Partial { action: String, reason: String },
    Denied { action: String, by: Authority },
    Throttled { action: String },
    Unavailable(Unavailable),
    Excluded(String),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Cause", rename_all = "kebab-case")]
enum CauseForm {
    Run(RunId),
    Event(Box<CauseEvent>),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CauseEvent")]
struct CauseEventForm {
    id: String,
    source: String,
    name: String,
    at: Timestamp,
    actor: String,
    human: Option<String>,
    source_ip: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Assignee", rename_all = "kebab-case")]
enum AssigneeForm {
    User(String),
    Group(String),
    Other(String, String),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SetBoundary", rename_all = "kebab-case")]
enum SetBoundaryForm {
    Managed(Arn),
    Customer(CustomerPolicyReference),
}

/// The form of an attribute is the JSON that it looks like; a time is told from a text by its only key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeForm {
    #[serde(rename = "$time")]
    time: Timestamp,
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Time(time) => TimeForm { time: *time }.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(items) => serializer.collect_map(items),
        }
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Flag(bool),
            Number(i64),
            Text(String),
            List(Vec<Attribute>),
            Time(TimeForm),
            Map(BTreeMap<String, Attribute>),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Flag(flag) => Self::Flag(flag),
            Form::Number(number) => Self::Number(number),
            Form::Text(text) => Self::Text(text),
            Form::List(items) => Self::List(items),
            Form::Time(form) => Self::Time(form.time),
            Form::Map(items) => Self::Map(items),
        })
    }
}
