//! Many questions about everybody: one line of JSON in, one out (`accesstrail who-can --queries`).

use serde::Deserialize;
use serde_json::{Value, json};

use super::estate::Estate;
use super::index::{Who, WhoCan};
use super::target::notes;

#[derive(Deserialize)]
struct Query {
    action: String,
    resource: String,
    #[serde(default)]
    context: std::collections::BTreeMap<String, Values>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// Answers a line `{"action", "resource"}`, with `"context"` where something is known about the request, by
/// `{"action", "resource", "who", "conditional"}`, and by `"unknown"` where something that matters to somebody was not
/// collected. A line that is no question gets `{"error"}`, with its text.
pub fn answer_line<'e>(index: &impl WhoCan<'e>, line: &str) -> String {
    let query: Query = match serde_json::from_str(line) {
        Ok(query) => query,
        Err(error) => return json!({"error": error.to_string(), "line": line}).to_string(),
    };
    let given: Vec<(String, Vec<String>)> = query.context.into_iter().map(of_context).collect();
    match index.who_can(&query.action, &query.resource, &given) {
        Ok(who) => document(&query.action, &query.resource, &who).to_string(),
        Err(refused) => {
            let (action, resource) = (query.action, query.resource);
            json!({"action": action, "resource": resource, "error": refused.to_string()})
                .to_string()
        }
    }
}

/// What is to be said of the question in a line, beside its answer.
pub fn notes_of_line(estate: &Estate, line: &str) -> Vec<String> {
    let query: Option<Query> = serde_json::from_str(line).ok();
    query.map_or_else(Vec::new, |query| notes(estate, &query.action, &query.resource))
}

fn of_context((key, values): (String, Values)) -> (String, Vec<String>) {
    match values {
        Values::One(value) => (key, vec![value]),
        Values::Many(values) => (key, values),
    }
}

/// The answer to one question as JSON.
pub fn document(action: &str, resource: &str, who: &Who<'_>) -> Value {
    let mut answer = json!({
        "action": action, "resource": resource, "who": who.who, "conditional": who.conditional,
    });
    if !who.unknown.is_empty()
        && let Some(entries) = answer.as_object_mut()
    {
        entries.insert("unknown".to_owned(), json!(who.unknown));
    }
    answer
}
