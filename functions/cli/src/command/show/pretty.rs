//! Contents as lines that people read: one fact per line, policy documents indented.

use serde_json::Value;

/// Fields of aspects that repeat what is shown above them.
const REPEATED: &[&str] = &["holder", "permission_set", "account", "policy", "resource"];

/// More numbers than this are counted, not shown.
const MANY: usize = 12;

/// The fields of a content with the lines of their values.
pub(super) fn fields(content: &Value, is_aspect: bool) -> Vec<(String, Vec<String>)> {
    let fields = content.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| !(is_aspect && REPEATED.contains(&name.as_str())))
        .map(|(name, value)| {
            let lines = match value.as_str() {
                // Answers that may be unknown; a name or a tag is never taken for one.
                Some("true") if is_aspect => vec!["yes".to_owned()],
                Some("false") if is_aspect => vec!["no".to_owned()],
                _ => lines(value),
            };
            (name.replace('_', " "), lines)
        })
        .collect()
}

/// A value as lines, never none.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Null => vec!["-".to_owned()],
        Value::Bool(true) => vec!["yes".to_owned()],
        Value::Bool(false) => vec!["no".to_owned()],
        Value::String(text) => document(text).unwrap_or_else(|| vec![text.clone()]),
        Value::Array(items) if items.is_empty() => vec!["none".to_owned()],
        Value::Object(entries) if entries.is_empty() => vec!["none".to_owned()],
        Value::Object(entries)
            if entries.len() > MANY && entries.values().all(Value::is_number) =>
        {
            vec![format!("{} numbers (--json shows them)", entries.len())]
        }
        Value::Object(entries) if entries.len() == 1 && entries.contains_key("at") => {
            vec![inline(value)]
        }
        Value::Array(items) => items.iter().flat_map(item).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect()
        }
        other => vec![other.to_string()],
    }
}

/// A policy document, indented.
fn document(text: &str) -> Option<Vec<String>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let pretty = serde_json::to_string_pretty(&value).ok()?;
    Some(pretty.lines().map(str::to_owned).collect())
}

/// An item of a list: on one line, unless it carries a document.
fn item(value: &Value) -> Vec<String> {
    let Value::Object(entries) = value else { return vec![inline(value)] };
    let is_document = |value: &Value| value.as_str().and_then(document).is_some();
    let facts: Vec<String> = entries
        .iter()
        .filter(|(_, value)| !value.is_null() && !is_document(value))
        .map(|(name, value)| match name.as_str() {
            "name" | "id" => inline(value),
            _ => format!("{} {}", name.replace('_', " "), inline(value)),
        })
        .collect();
    let mut lines = vec![facts.join(", ")];
    for text in entries.values().filter_map(Value::as_str).filter_map(document) {
        lines.extend(text.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// A value on one line.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(inline).collect::<Vec<_>>().join(" "),
        Value::Object(entries) => {
            let facts =
                entries.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
                    if name == "at" || name == "time" {
                        inline(value)
                    } else {
                        format!("{} {}", name.replace('_', " "), inline(value))
                    }
                });
            facts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_as_lines() {
        let rows = [
            (json!(null), vec!["-"]),
            (json!([]), vec!["none"]),
            (json!({}), vec!["none"]),
            (json!(true), vec!["yes"]),
            (json!(["a", "b"]), vec!["a", "b"]),
            (json!({"k": "v", "x": 1}), vec!["k = v", "x = 1"]),
            (json!("{\"a\":1}"), vec!["{", "  \"a\": 1", "}"]),
            (json!("{broken"), vec!["{broken"]),
            (
                json!([{"name": "p", "document": "{\"a\":1}"}]),
                vec!["p", "  {", "    \"a\": 1", "  }"],
            ),
            (
                json!([[1, {"at": {"time": "t", "region": "r", "service": null}}], [2, "never"]]),
                vec!["1 region r, t", "2 never"],
            ),
        ];
        for (value, expected) in rows {
            assert_eq!(lines(&value), expected, "{value}");
        }
    }

    #[test]
    fn aspects_do_not_repeat_their_holder() {
        let content = json!({"holder": {"arn": "x"}, "last_used": "never"});
        assert_eq!(fields(&content, true), [("last used".to_owned(), vec!["never".to_owned()])]);
        assert_eq!(fields(&content, false).len(), 2);
    }
}
