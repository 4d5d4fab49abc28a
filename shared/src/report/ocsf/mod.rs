//! The inventory as events of the Open Cybersecurity Schema Framework, version 1.6.0.
//!
//! | what | class | `class_uid` |
//! |---|---|--:|
//! | IAM users, users of the identity store | User Inventory Info | 5003 |
//! | EC2 instances | Device Inventory Info | 5001 |
//! | every other resource | Cloud Resources Inventory Info | 5023 |
//!
//! One event says everything that is known of one thing, whichever capability told it: a user's MFA, password
//! and keys, a resource's policy, settings and tags are parts of its event. So an event is new when any of its
//! parts is, and its `metadata.uid` is another one then, and when the coverage is. The discovery classes know no
//! deletion: what is gone is told with `activity_id` 99 (Other) and the activity name `Removed`.
//!
//! <https://schema.ocsf.io/1.6.0/categories/discovery>

mod device;
mod index;
mod resource;
mod shape;
mod user;

use serde_json::{Map, Value, json};

use self::index::{Index, Parts};
pub use self::shape::Event;
use self::shape::{Account, Cloud, Metadata, Organization, Product, millis};
use super::{Row, inert};
use crate::form::{self, FormError};
use crate::model::resource::ResourceType;
use crate::model::{Arn, Entity, Region, Snapshot, Stored, Timestamp};

/// The version of OCSF.
pub const VERSION: &str = "1.6.0";

/// A class of OCSF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Class {
    uid: u32,
    name: &'static str,
}

const USER: Class = Class { uid: 5003, name: "User Inventory Info" };
const DEVICE: Class = Class { uid: 5001, name: "Device Inventory Info" };
const RESOURCE: Class = Class { uid: 5023, name: "Cloud Resources Inventory Info" };

impl Class {
    /// The class that an entity is told in; `None` for what OCSF has no inventory class for.
    fn of(entity: &Entity) -> Option<Self> {
        match entity {
            Entity::User(_) | Entity::StoreUser(_) => Some(USER),
            Entity::Resource(it) if it.resource_type == ResourceType::Instance => Some(DEVICE),
            Entity::Resource(_) => Some(RESOURCE),
            _ => None,
        }
    }
}

/// Whether an entity is told in an event of its own.
pub fn is_told(entity: &Entity) -> bool {
    Class::of(entity).is_some()
}

/// The events of these entities, in the order in which they come; those that OCSF has no class for are left
/// out. With `since`, only what was created, changed, deleted or restored then or later, in any of its parts.
///
/// `snapshot` has the parts. An entity that is marked as deleted is told as such.
///
/// # Errors
///
/// When a content has no JSON form.
pub fn events<'a>(
    entities: impl IntoIterator<Item = &'a Stored>,
    snapshot: &'a Snapshot,
    since: Option<Timestamp>,
) -> Result<Vec<Event>, FormError> {
    let index = Index::of(snapshot);
    let mut events = Vec::new();
    for stored in entities {
        let Some(class) = Class::of(&stored.entity) else { continue };
        let parts = index.parts(stored);
        if since.is_none_or(|since| parts.changed() >= since) {
            events.push(event(class, stored, &parts, &index)?);
        }
    }
    Ok(events)
}

/// An event as one line of JSON, without the line's end; nothing in it steers a terminal.
///
/// # Errors
///
/// When it has no JSON form.
pub fn line(event: &Event) -> Result<String, FormError> {
    let line = serde_json::to_string(event).map_err(FormError::Write)?;
    Ok(inert::json(&line).into_owned())
}

fn event(
    class: Class,
    stored: &Stored,
    parts: &Parts<'_>,
    index: &Index<'_>,
) -> Result<Event, FormError> {
    let row = Row::of(stored);
    let activity = if stored.deleted.is_some() { (99, "Removed") } else { (2, "Collect") };
    let (type_id, type_word) = if activity.0 == 2 { (2, "Collect") } else { (99, "Other") };
    let (arn, region) = place(stored);
    let cloud = cloud(stored, arn, region.as_ref(), index);
    let mut event = Event {
        activity_id: activity.0,
        activity_name: activity.1,
        category_name: "Discovery",
        category_uid: 5,
        class_name: class.name,
        class_uid: class.uid,
        databucket: None,
        database: None,
        device: None,
        message: message(stored, &row, &cloud),
        metadata: Metadata {
            product: Product {
                name: "accesstrail",
                vendor_name: "accesstrail",
                version: env!("CARGO_PKG_VERSION"),
            },
            profiles: ["cloud"],
            tenant_uid: cloud.org.as_ref().map(|org| org.uid.clone()),
            uid: parts.uid(class.uid),
            version: VERSION,
        },
        region: None,
        resources: Vec::new(),
        severity: "Informational",
        severity_id: 1,
        status: "Success",
        status_detail: stored.deleted.map(|_| "a complete listing of its scope did not contain it"),
        status_id: 1,
        table: None,
        time: millis(stored.deleted.unwrap_or(stored.last_seen)),
        timezone_offset: 0,
        type_name: format!("{}: {type_word}", class.name),
        type_uid: class.uid * 100 + type_id,
        unmapped: unmapped(stored, parts)?,
        user: None,
        cloud,
    };
    match &stored.entity {
        Entity::User(it) => event.user = Some(user::iam(it, stored, parts, index, &event.cloud)),
        Entity::StoreUser(it) => event.user = Some(user::store(it, stored, index, &event.cloud)),
        Entity::Resource(it) if class == DEVICE => {
            event.device = Some(device::device(it, stored, &event.cloud));
        }
        Entity::Resource(it) => resource::fill(&mut event, it, parts)?,
        _ => {}
    }
    Ok(event)
}

/// The ARN of what is told, and its region where it has one: the region of the resource, never a zone.
fn place(stored: &Stored) -> (Option<&Arn>, Option<Region>) {
    let (arn, said) = match &stored.entity {
        Entity::User(it) => (Some(&it.arn), None),
        Entity::Resource(it) => (Some(&it.arn), it.attributes.get("region")),
        _ => (None, None),
    };
    let in_arn = arn.and_then(|arn| arn.region().parse().ok());
    let said = said.and_then(|said| said.to_string().parse().ok());
    let looked = Some(&stored.scope.region).filter(|it| it.as_str() != Region::GLOBAL).cloned();
    (arn, in_arn.or(said).or(looked))
}

fn cloud(stored: &Stored, arn: Option<&Arn>, region: Option<&Region>, index: &Index<'_>) -> Cloud {
    let account = &stored.scope.account;
    Cloud {
        account: Account {
            name: index.snapshot.account_name(account).map(str::to_owned),
            kind: "AWS Account",
            type_id: 10,
            uid: account.to_string(),
        },
        partition: arn.map(Arn::partition).unwrap_or_default().to_string(),
        org: index.organization(account).map(|(uid, placement)| Organization {
            ou_name: placement.map(|it| format!("/{}", it.path.join("/"))),
            ou_uid: placement.map(|it| it.parent.clone()),
            uid: uid.to_owned(),
        }),
        provider: "AWS",
        region: region.map(ToString::to_string),
    }
}

fn message(stored: &Stored, row: &Row, cloud: &Cloud) -> String {
    let what = match &stored.entity {
        Entity::User(_) => "IAM user",
        Entity::StoreUser(_) => "Identity Center user",
        Entity::Resource(it) => it.resource_type.name(),
        _ => stored.entity.kind().word(),
    };
    let account = cloud.account.name.as_deref().unwrap_or(&cloud.account.uid);
    let verb = if stored.deleted.is_some() { " is gone" } else { "" };
    inert::terminal(&format!("{what} {} in {account}{verb}", row.name))
}

/// What OCSF has no attribute for: our id, the dates, how completely it was seen, and each part as stored.
fn unmapped(stored: &Stored, parts: &Parts<'_>) -> Result<Map<String, Value>, FormError> {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(stored.entity.id().to_string()));
    fields.insert("scope".to_owned(), json!(stored.scope.to_string()));
    fields.insert("coverage".to_owned(), json!(parts.coverage()));
    fields.insert("first_seen".to_owned(), json!(stored.first_seen.to_string()));
    fields.insert("changed".to_owned(), json!(parts.changed().to_string()));
    fields.insert("deleted".to_owned(), json!(stored.deleted.map(|time| time.to_string())));
    let mut told = Map::new();
    for part in parts.all() {
        // A resource has several settings, each under its own name.
        let name = match &part.entity {
            Entity::ResourceSetting(it) => format!("resource-setting/{}", it.name),
            entity => entity.kind().word().to_owned(),
        };
        told.insert(name, form::value(&part.entity)?);
    }
    fields.insert("parts".to_owned(), Value::Object(told));
    Ok(fields)
}

#[cfg(test)]
mod tests;
