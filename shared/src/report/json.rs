//! JSON documents. Each names its schema and version; equal input gives equal bytes.

use serde_json::{Map, Value, json};

use super::{Row, Summary, inert};
use crate::form;
use crate::model::{Change, Coverage, Kind, Run, Snapshot, Status, Stored};

/// A document of this schema: `accesstrail.<name>/1`, then the fields of `body`.
pub fn document(name: &str, body: Value) -> Value {
    let mut fields =
        Map::from_iter([("schema".to_owned(), json!(format!("accesstrail.{name}/1")))]);
    match body {
        Value::Object(body) => fields.extend(body),
        other => {
            fields.insert("body".to_owned(), other);
        }
    }
    Value::Object(fields)
}

/// A document as one line of text, without the line's end; nothing in it steers a terminal.
pub fn line(document: &Value) -> String {
    inert::json(&document.to_string()).into_owned()
}

/// A document as text for people, indented, with the last line's end; nothing in it steers a terminal.
///
/// # Errors
///
/// When it has no JSON form.
pub fn pretty(document: &Value) -> Result<String, form::FormError> {
    let text = serde_json::to_string_pretty(document).map_err(form::FormError::Write)?;
    Ok(inert::json(&text).into_owned() + "\n")
}

/// The numbers of a snapshot.
pub fn summary(summary: &Summary) -> Value {
    let kinds: Map<String, Value> =
        summary.kinds.iter().map(|(kind, count)| (kind.word().to_owned(), json!(count))).collect();
    let principals: Map<String, Value> = summary
        .kinds
        .iter()
        .filter(|(kind, _)| kind.is_principal())
        .map(|(kind, count)| (kind.word().to_owned(), json!(count)))
        .collect();
    let resources: Map<String, Value> =
        summary.resources.iter().map(|(it, count)| (it.name().to_owned(), json!(count))).collect();
    json!({
        "accounts": {
            "total": summary.accounts,
            "complete": summary.complete,
            "partial": summary.partial,
            "denied": summary.denied,
            "unavailable": summary.unavailable,
        },
        "accounts_unseen": summary.unseen,
        "principals": summary.principals,
        "principals_by_kind": principals,
        "resources": summary.resources.values().sum::<usize>(),
        "resources_by_type": resources,
        "entities": summary.kinds.values().sum::<usize>(),
        "entities_by_kind": kinds,
        "scopes": summary.scopes,
        "scopes_by_status": summary.statuses,
    })
}

/// An entity with its dates and its content.
pub fn entity(stored: &Stored, snapshot: &Snapshot) -> Result<Value, form::FormError> {
    let row = Row::of(stored);
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(stored.entity.id().to_string()));
    fields.insert("kind".to_owned(), json!(stored.entity.kind().word()));
    fields.insert("name".to_owned(), json!(row.name));
    fields.insert("arn".to_owned(), json!(row.arn));
    fields.insert("account".to_owned(), json!(row.account.as_str()));
    fields.insert("account_name".to_owned(), json!(snapshot.account_name(&row.account)));
    fields.insert("region".to_owned(), json!(stored.scope.region.as_str()));
    fields.insert("scope".to_owned(), json!(stored.scope.to_string()));
    fields.insert(
        "coverage".to_owned(),
        json!(snapshot.coverage_of(&stored.scope).map(|it| it.status.word())),
    );
    fields.insert("first_seen".to_owned(), json!(stored.first_seen.to_string()));
    fields.insert("last_seen".to_owned(), json!(stored.last_seen.to_string()));
    fields.insert("changed".to_owned(), json!(stored.changed.to_string()));
    fields.insert("deleted".to_owned(), json!(stored.deleted.map(|time| time.to_string())));
    fields.insert("attributes".to_owned(), form::value(&stored.entity)?);
    Ok(Value::Object(fields))
}

/// How a scope was seen.
pub fn coverage(coverage: &Coverage) -> Value {
    let mut fields = Map::new();
    fields.insert("scope".to_owned(), json!(coverage.scope.to_string()));
    fields.insert("account".to_owned(), json!(coverage.scope.account.as_str()));
    fields.insert("region".to_owned(), json!(coverage.scope.region.as_str()));
    fields.insert("collector".to_owned(), json!(coverage.scope.collector));
    fields.insert("capability".to_owned(), json!(coverage.scope.capability));
    fields.insert("status".to_owned(), json!(coverage.status.word()));
    fields.extend(reason(&coverage.status));
    fields.insert("at".to_owned(), json!(coverage.at.to_string()));
    fields.insert("run".to_owned(), json!(coverage.run.as_str()));
    fields.insert("seen".to_owned(), json!(coverage.seen));
    if !coverage.set_aside.is_empty() {
        let set_aside =
            coverage.set_aside.iter().map(|it| json!({"what": it.what, "reason": it.reason}));
        fields.insert("set_aside".to_owned(), set_aside.collect());
    }
    if let Some(note) = &coverage.note {
        fields.insert("note".to_owned(), json!(note));
    }
    Value::Object(fields)
}

fn reason(status: &Status) -> Map<String, Value> {
    let rows = match status {
        Status::Complete => vec![],
        Status::Partial { action, reason } => {
            vec![("action", json!(action)), ("reason", json!(reason))]
        }
        Status::Denied { action, by } => vec![("action", json!(action)), ("denied_by", json!(by))],
        Status::Throttled { action } => vec![("action", json!(action))],
        Status::Unavailable(why) => vec![("reason", json!(why.to_string()))],
        Status::Excluded(filter) => vec![("reason", json!(filter))],
    };
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An entry of the change log, with the fields that became different.
pub fn change(change: &Change) -> Result<Value, form::FormError> {
    let side = |entity: &Option<crate::model::Entity>| entity.as_ref().map(form::value).transpose();
    let (before, after) = (side(&change.before)?, side(&change.after)?);
    let name = change.after.as_ref().or(change.before.as_ref()).map(|entity| {
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
        .name
    });
    let fields: Vec<Value> = match (&before, &after) {
        (Some(before), Some(after)) => differences(before, after)
            .into_iter()
            .map(|it| json!({"field": it.field, "before": it.before, "after": it.after}))
            .collect(),
        _ => Vec::new(),
    };
    Ok(json!({
        "id": change.id.to_string(),
        "kind": change.id.kind.word(),
        "name": name,
        "change": change.kind.word(),
        "scope": change.scope.to_string(),
        "account": change.scope.account.as_str(),
        "at": change.at.to_string(),
        "cause": change.cause,
        "fields": fields,
    }))
}

/// One field that became different.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The field's name.
    pub field: String,
    /// Its value before; null where there was none.
    pub before: Value,
    /// Its value after; null where there is none.
    pub after: Value,
}

/// The top-level fields in which two contents differ.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let empty = Map::new();
    let (old, new) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| Difference {
            field: name.clone(),
            before: old.get(name).cloned().unwrap_or_default(),
            after: new.get(name).cloned().unwrap_or_default(),
        })
        .collect()
}

/// A run.
pub fn run(run: &Run) -> Value {
    json!({
        "id": run.id.as_str(),
        "trigger": run.trigger,
        "state": run.state.word(),
        "started": run.started.to_string(),
        "finished": run.finished.map(|time| time.to_string()),
        "units": {"planned": run.planned, "ended": run.ended},
        "counters": run.counters,
    })
}

/// The word of each kind, for help and errors.
pub fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.word()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_name_their_schema_first() {
        let text = document("status", json!({"a": 1})).to_string();
        assert!(text.contains("\"schema\":\"accesstrail.status/1\""), "{text}");
    }

    #[test]
    fn the_text_of_a_document_steers_no_terminal() {
        let document = document("entity", json!({"name": "a\u{9b}2J\u{202e}b\u{7f}"}));
        let (line, pretty) = (line(&document), pretty(&document).unwrap());
        for (text, lines) in [(&line, 1), (&pretty, 4)] {
            assert_eq!(
                text.lines().map(inert::terminal).collect::<Vec<_>>(),
                text.lines().collect::<Vec<_>>()
            );
            assert_eq!(text.lines().count(), lines, "{text}");
            assert_eq!(serde_json::from_str::<Value>(text).unwrap(), document);
        }
        assert!(pretty.ends_with("}\n") && !line.ends_with('\n'));
    }

    #[test]
    fn differences_are_by_field() {
        let found = differences(&json!({"a": 1, "b": 2, "d": 4}), &json!({"a": 1, "b": 3, "c": 5}));
        let fields: Vec<&str> = found.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, ["b", "c", "d"]);
        assert_eq!(
            found.first().map(|it| (it.before.clone(), it.after.clone())),
            Some((json!(2), json!(3)))
        );
    }
}
