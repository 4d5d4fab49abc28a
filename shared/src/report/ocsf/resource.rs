//! Resources that are no machines.

use serde_json::{Map, Value, json};

use super::Event;
use super::index::Parts;
use super::shape::{Named, Resource as Details, Typed, millis, tags};
use crate::form::{self, FormError};
use crate::model::Entity;
use crate::model::resource::{Resource, ResourceType};

/// Fills in what the event of a resource has besides every event's fields.
pub(super) fn fill(event: &mut Event, it: &Resource, parts: &Parts<'_>) -> Result<(), FormError> {
    let region = event.cloud.region.clone();
    let mut details = Details {
        cloud_partition: it.arn.partition().to_string(),
        created_time: it.created.map(millis),
        data: Value::Null,
        name: it.name.clone(),
        region: region.clone(),
        tags: it.tags.as_ref().map(tags).unwrap_or_default(),
        kind: it.resource_type.name(),
        uid: it.arn.to_string(),
    };
    // Content as it is stored: `data` is the place that OCSF has for what is particular to a type.
    let mut data = Map::new();
    let Value::Object(mut own) = form::value(&Entity::Resource(it.clone()))? else { return Ok(()) };
    for name in ["state", "parent", "acts_as", "attributes"] {
        data.extend(own.remove_entry(name));
    }
    let mut settings = Map::new();
    for aspect in parts.aspects() {
        match aspect {
            Entity::ResourceTags(it) => details.tags = tags(&it.tags),
            Entity::ResourcePolicy(it) => {
                let document = it.document.as_ref().map(|document| &document.0);
                data.insert("policy".to_owned(), json!(document));
            }
            Entity::ResourceSetting(it) => {
                let Value::Object(mut told) = form::value(aspect)? else { continue };
                let attributes = told.remove("attributes").filter(|_| it.present);
                settings.insert(it.name.clone(), attributes.unwrap_or_default());
            }
            _ => {}
        }
    }
    data.insert("settings".to_owned(), Value::Object(settings));
    details.data = Value::Object(data);
    special(event, it);
    event.region = region;
    event.resources.push(details);
    Ok(())
}

/// What OCSF has an object of its own for.
fn special(event: &mut Event, it: &Resource) {
    let (uid, name) = (it.arn.to_string(), it.name.clone());
    let created_time = it.created.map(millis);
    let typed =
        |kind, type_id| Typed { created_time, name: name.clone(), kind, type_id, uid: uid.clone() };
    match it.resource_type {
        ResourceType::Bucket => event.databucket = Some(typed("S3", 1)),
        ResourceType::DbInstance | ResourceType::DbCluster => {
            event.database = Some(typed("Relational", 1));
        }
        ResourceType::GlueDatabase => event.database = Some(typed("Other", 99)),
        ResourceType::Table | ResourceType::GlueTable => {
            event.table = Some(Named { created_time, name, uid });
        }
        _ => {}
    }
}
