//! An outcome → one line of JSON.

use serde_json::{Value, json};

use super::Invalid;
use crate::policy::evaluate::explain::{Deciding, Residual};
use crate::policy::evaluate::weigh::Place;
use crate::policy::evaluate::{Layer, Outcome};
use crate::policy::json::Json;

/// The result of a case. The keys stand in the order of the format.
pub(super) fn of(id: &Json, outcome: &Outcome<'_>) -> String {
    let decided_by: Vec<Value> = outcome.decided_by.iter().map(deciding).collect();
    let mut text = head(id, outcome.decision.as_str());
    member(&mut text, "decided_by", &Value::Array(decided_by));
    member(&mut text, "missing_keys", &json!(outcome.missing_keys));
    if !outcome.residual.is_empty() {
        let residual: Vec<Value> = outcome.residual.iter().map(open).collect();
        member(&mut text, "residual", &Value::Array(residual));
    }
    member(&mut text, "reason", &json!(outcome.reason));
    text.push('}');
    text
}

/// The result of what is no case.
pub(super) fn invalid(invalid: &Invalid) -> String {
    let mut text = head(&invalid.id, "invalid");
    member(&mut text, "decided_by", &json!([]));
    member(&mut text, "missing_keys", &json!([]));
    member(&mut text, "reason", &json!(invalid.reason));
    text.push('}');
    text
}

fn head(id: &Json, decision: &str) -> String {
    format!(r#"{{"id":{id},"decision":"{decision}""#)
}

fn member(text: &mut String, name: &str, value: &Value) {
    text.push_str(",\"");
    text.push_str(name);
    text.push_str("\":");
    text.push_str(&value.to_string());
}

/// Where a statement stands: `level` only in layers that have levels.
fn place(place: Place, statement: usize) -> Value {
    let mut value = json!({
        "layer": place.layer.as_str(),
        "policy": place.policy,
        "statement": statement,
    });
    let has_levels = matches!(place.layer, Layer::ServiceControl | Layer::ResourceControl);
    if let Some(entries) = value.as_object_mut()
        && has_levels
    {
        entries.insert("level".to_owned(), json!(place.level));
    }
    value
}

fn deciding(deciding: &Deciding<'_>) -> Value {
    let mut value = place(deciding.place, deciding.statement.index);
    if let Some(entries) = value.as_object_mut() {
        entries.insert("sid".to_owned(), json!(deciding.statement.sid));
        entries.insert("effect".to_owned(), json!(deciding.statement.effect.as_str()));
        if !deciding.truth.is_yes() {
            entries.insert("certain".to_owned(), json!(false));
        }
    }
    value
}

fn open(residual: &Residual<'_>) -> Value {
    let mut value = place(residual.place, residual.statement);
    if let Some(entries) = value.as_object_mut() {
        let condition = residual.condition;
        entries.insert("effect".to_owned(), json!(residual.effect.as_str()));
        entries.insert("operator".to_owned(), json!(condition.operator));
        entries.insert("key".to_owned(), json!(condition.key));
        entries.insert("values".to_owned(), json!(condition.values));
    }
    value
}
