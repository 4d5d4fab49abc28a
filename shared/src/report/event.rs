//! A change as an event for other systems: `docs/events.md` describes it, `docs/change-observed.schema.json` is
//! its schema.

use serde_json::{Map, Value, json};

use super::{Row, json as documents};
use crate::form::{self, FormError};
use crate::model::{Cause, Change, Entity, Stored};

/// What the events say that they come from.
pub const SOURCE: &str = "accesstrail";

/// What the events say that they are.
pub const DETAIL_TYPE: &str = "ChangeObserved";

/// The schema of an event, with its version.
pub const SCHEMA: &str = "accesstrail.change-observed/1";

/// The longest event in bytes. EventBridge took 256 KB before 2026 and takes 1 MB now, but not in every
/// partition; what is below fits everywhere, an entry's other fields beside it.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>
pub const LONGEST: usize = 240 * 1024;

/// What is left of a text of AWS's in an event that had to be cut.
const CUT_TEXT: usize = 1_024;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeEvent {
    /// The id: the same for the same change, whoever reads it from the log and however often.
    pub id: String,
    /// The event as JSON text, never longer than [`LONGEST`].
    pub body: String,
}

/// The event of a change. What would be longer than [`LONGEST`] comes without its content, with the names
/// of the fields that became different, and says so (`truncated`): `entity` and `after_hash` tell the
/// receiver what to ask for.
///
/// # Errors
///
/// When a content has no JSON form.
pub fn event(change: &Change) -> Result<ChangeEvent, FormError> {
    let id = id(change);
    let mut fields = about(change, &id);
    let side = |entity: &Option<Entity>| entity.as_ref().map(form::value).transpose();
    let (before, after) = (side(&change.before)?, side(&change.after)?);
    let differences = match (&before, &after) {
        (Some(before), Some(after)) => documents::differences(before, after),
        _ => Vec::new(),
    };
    let names: Vec<&str> = differences.iter().map(|it| it.field.as_str()).collect();
    let names = json!(names);
    fields.insert("content".to_owned(), after.or(before).unwrap_or_default());
    fields.insert("changed_fields".to_owned(), names);
    let was = differences.into_iter().map(|it| (it.field, it.before));
    fields.insert("before".to_owned(), Value::Object(was.collect()));
    fields.insert("truncated".to_owned(), json!(false));
    let mut body = text(&fields)?;
    if body.len() > LONGEST {
        fields.insert("content".to_owned(), Value::Null);
        fields.insert("before".to_owned(), json!({}));
        fields.insert("truncated".to_owned(), json!(true));
        fields.values_mut().for_each(cut);
        body = text(&fields)?;
    }
    Ok(ChangeEvent { id, body })
}

fn text(fields: &Map<String, Value>) -> Result<String, FormError> {
    serde_json::to_string(fields).map_err(FormError::Write)
}

/// Shortens a text that is long in itself: keys and names are AWS's, and have limits that we do not set.
fn cut(value: &mut Value) {
    if let Value::String(text) = value
        && text.len() > CUT_TEXT
    {
        *text = text.chars().take(CUT_TEXT).collect();
    }
}

fn about(change: &Change, id: &str) -> Map<String, Value> {
    let row = change.after.as_ref().or(change.before.as_ref()).map(|entity| {
        Row::of(&Stored {
            scope: change.scope.clone(),
            entity: entity.clone(),
            hash: String::new(),
            first_seen: change.at,
            last_seen: change.at,
            changed: change.at,
            observed: change.at,
            deleted: None,
        })
    });
    let account = row.as_ref().map_or(&change.scope.account, |row| &row.account);
    let cause = match &change.cause {
        Cause::Run(run) => json!({"run": run.as_str()}),
        Cause::Event(event) => json!({
            "event": event.id,
            "source": event.source,
            "name": event.name,
            "time": event.at.to_string(),
            "actor": event.actor,
            "human": event.human,
            "source_ip": event.source_ip,
        }),
    };
    let rows = [
        ("schema", json!(SCHEMA)),
        ("id", json!(id)),
        ("time", json!(change.at.to_string())),
        ("change", json!(change.kind.word())),
        ("kind", json!(change.id.kind.word())),
        ("entity", json!(change.id.to_string())),
        ("name", json!(row.as_ref().map(|row| row.name.clone()))),
        ("arn", json!(row.as_ref().and_then(|row| row.arn.clone()))),
        ("account", json!(account.as_str())),
        ("region", json!(change.scope.region.as_str())),
        ("scope", json!(change.scope.to_string())),
        ("cause", cause),
        ("before_hash", json!(change.before_hash)),
        ("after_hash", json!(change.after_hash)),
    ];
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The id of a change: a hash over what makes it this change and no other.
fn id(change: &Change) -> String {
    let cause = match &change.cause {
        Cause::Run(run) => format!("run {run}"),
        Cause::Event(event) => format!("event {}", event.id),
    };
    let hash = |hash: &Option<String>| hash.clone().unwrap_or_default();
    let parts = [
        change.scope.to_string(),
        change.id.to_string(),
        change.kind.word().to_owned(),
        change.at.to_string(),
        cause,
        hash(&change.before_hash),
        hash(&change.after_hash),
    ];
    // No part but the id of the entity has a line break in it, and that one is told by its neighbours.
    form::hash(&parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::samples;
    use crate::model::{ChangeKind, RunId};
    use crate::report::tests::{at, scope};

    fn change(kind: ChangeKind, before: Option<Entity>, after: Option<Entity>) -> Change {
        let hash = |entity: &Option<Entity>| {
            entity.as_ref().map(|entity| form::hash(&form::write(entity).unwrap()))
        };
        Change {
            scope: scope(),
            id: after.as_ref().or(before.as_ref()).unwrap().id(),
            kind,
            at: at(0),
            cause: Cause::Run(RunId::new(at(0), "")),
            before_hash: hash(&before),
            after_hash: hash(&after),
            before,
            after,
        }
    }

    fn user() -> crate::model::principal::User {
        let found = samples::one_of_each().into_iter().find_map(|entity| match entity {
            Entity::User(user) => Some(user),
            _ => None,
        });
        found.unwrap()
    }

    fn read(change: &Change) -> Value {
        serde_json::from_str(&event(change).unwrap().body).unwrap()
    }

    #[test]
    fn a_changed_user_says_what_it_is_and_what_was() {
        let old = user();
        let mut new = old.clone();
        new.groups.pop();
        let told = read(&change(
            ChangeKind::Changed,
            Some(Entity::User(old.clone())),
            Some(Entity::User(new)),
        ));
        assert_eq!((&told["schema"], &told["change"]), (&json!(SCHEMA), &json!("changed")));
        assert_eq!(told["changed_fields"], json!(["groups"]));
        assert_eq!(told["before"], json!({"groups": old.groups}));
        assert_eq!(told["content"]["groups"].as_array().unwrap().len(), old.groups.len() - 1);
        assert_eq!(told["cause"], json!({"run": "20261122T060000Z"}));
        assert_ne!(told["before_hash"], told["after_hash"]);
    }

    #[test]
    fn what_was_created_has_no_before_and_what_was_deleted_no_after() {
        let one = Entity::User(user());
        let created = read(&change(ChangeKind::Created, None, Some(one.clone())));
        assert_eq!((&created["before_hash"], &created["before"]), (&Value::Null, &json!({})));
        let deleted = read(&change(ChangeKind::Deleted, Some(one), None));
        assert_eq!(deleted["after_hash"], Value::Null);
        assert_eq!(deleted["content"], created["content"], "what it was last");
        assert_ne!(deleted["id"], created["id"]);
        // A change whose contents are gone is still told.
        let mut bare = change(ChangeKind::Deleted, Some(Entity::User(user())), None);
        bare.before = None;
        assert_eq!((&read(&bare)["name"], &read(&bare)["content"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn an_id_is_that_of_the_change_alone() {
        let one = change(ChangeKind::Created, None, Some(Entity::User(user())));
        let mut others = vec![one.clone(); 5];
        others[0].at = at(1);
        others[1].cause = Cause::Event(Box::new(crate::model::CauseEvent {
            id: "e-1".to_owned(),
            ..Default::default()
        }));
        others[2].kind = ChangeKind::Restored;
        others[3].after_hash = None;
        others[4].scope = "444455556666/aws-global/iam-authorization/users".parse().unwrap();
        assert_eq!(event(&one).unwrap(), event(&one.clone()).unwrap());
        for other in others {
            assert_ne!(event(&one).unwrap().id, event(&other).unwrap().id, "{other:?}");
        }
    }

    #[test]
    fn what_is_too_long_comes_without_its_content() {
        let old = Entity::User(user());
        for length in [LONGEST / 2, LONGEST * 3] {
            let mut new = user();
            new.tags.insert("note".to_owned(), "é\"\n".repeat(length / 5));
            let change = change(ChangeKind::Changed, Some(old.clone()), Some(Entity::User(new)));
            let body = event(&change).unwrap().body;
            assert!(body.len() <= LONGEST, "{}", body.len());
            let told: Value = serde_json::from_str(&body).unwrap();
            let cut = length > LONGEST;
            assert_eq!((told["truncated"] == true, told["content"].is_null()), (cut, cut));
            assert_eq!(told["changed_fields"], json!(["tags"]));
            assert!(told["after_hash"].is_string());
        }
        let mut named = user();
        named.name = "\u{1}".repeat(LONGEST);
        let body =
            event(&change(ChangeKind::Created, None, Some(Entity::User(named)))).unwrap().body;
        assert!(body.len() <= LONGEST, "{}", body.len());
    }
}
