//! The parts of OCSF 1.6.0 that our events have, field by field.
//!
//! What is `None` or empty is left out of the JSON: in OCSF a missing attribute is an unknown one.
//!
//! <https://schema.ocsf.io/1.6.0/objects>

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{Tags, Timestamp};

/// A moment in milliseconds since 1970 (`timestamp_t`).
pub(super) fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// An event of one of the three classes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    pub(super) activity_id: u32,
    pub(super) activity_name: &'static str,
    pub(super) category_name: &'static str,
    pub(super) category_uid: u32,
    pub(super) class_name: &'static str,
    pub(super) class_uid: u32,
    pub(super) cloud: Cloud,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) databucket: Option<Typed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) database: Option<Typed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<Device>,
    pub(super) message: String,
    pub(super) metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resources: Vec<Resource>,
    pub(super) severity: &'static str,
    pub(super) severity_id: u32,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_detail: Option<&'static str>,
    pub(super) status_id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) table: Option<Named>,
    pub(super) time: i64,
    pub(super) timezone_offset: i32,
    pub(super) type_name: String,
    pub(super) type_uid: u32,
    pub(super) unmapped: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<User>,
}

/// Where it is (`cloud`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Cloud {
    pub(super) account: Account,
    #[serde(rename = "cloud_partition")]
    pub(super) partition: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) org: Option<Organization>,
    pub(super) provider: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
}

/// An AWS account (`account`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) type_id: u32,
    pub(super) uid: String,
}

/// The AWS organization and the unit that an account hangs in (`organization`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Organization {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ou_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ou_uid: Option<String>,
    pub(super) uid: String,
}

/// What the event is (`metadata`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Metadata {
    pub(super) product: Product,
    pub(super) profiles: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tenant_uid: Option<String>,
    pub(super) uid: String,
    pub(super) version: &'static str,
}

/// Who made it (`product`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) vendor_name: &'static str,
    pub(super) version: &'static str,
}

/// A person or program (`user`).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct User {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_addr: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) groups: Vec<Group>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) has_mfa: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ldap_person: Option<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) org: Option<Organization>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) programmatic_credentials: Vec<Credential>,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) type_id: u32,
    pub(super) uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uid_alt: Option<String>,
}

/// A group (`group`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Group {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// The names of the policies that it gives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) privileges: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uid: Option<String>,
}

/// The dates and tags of a user (`ldap_person`): the `user` object itself has no room for them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Person {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deleted_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_login_time: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tag>,
}

/// An access key (`programmatic_credential`), never its secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Credential {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_used_time: Option<i64>,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) uid: String,
}

/// A tag (`key_value_object`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) value: String,
}

/// Tags, sorted by key.
pub(super) fn tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() }).collect()
}

/// A machine (`device`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Device {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_time: Option<i64>,
    pub(super) first_seen_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<Image>,
    pub(super) instance_uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ip: Option<String>,
    pub(super) last_seen_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<String>,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) org: Option<Organization>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) os: Option<OperatingSystem>,
    pub(super) region: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subnet_uid: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) type_id: u32,
    pub(super) uid: String,
    pub(super) vendor_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vpc_uid: Option<String>,
}

/// What a machine was started from (`image`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Image {
    pub(super) uid: String,
}

/// What runs on a machine (`os`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct OperatingSystem {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) type_id: u32,
}

/// A resource (`resource_details`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Resource {
    pub(super) cloud_partition: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_time: Option<i64>,
    pub(super) data: Value,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tag>,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) uid: String,
}

/// A bucket or a database (`databucket`, `database`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Typed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_time: Option<i64>,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) type_id: u32,
    pub(super) uid: String,
}

/// A table (`table`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Named {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_time: Option<i64>,
    pub(super) name: String,
    pub(super) uid: String,
}
