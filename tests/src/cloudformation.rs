//! CloudFormation templates as JSON values: the short forms of YAML (`!Ref x`) become the long ones.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode as _, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

use crate::source;

/// One template.
#[derive(Debug)]
pub struct Template {
    /// The path from the root of the workspace.
    pub path: String,
    /// All of it.
    pub json: Value,
}

/// One statement of a policy, and where it stands.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The resource of the template, and the policy in it.
    pub place: String,
    /// Whether it says who may assume a role.
    pub is_trust: bool,
    /// The statement.
    pub json: Value,
}

impl Template {
    /// Reads a template of the workspace.
    pub fn read(path: &str) -> Self {
        let documents = YamlOwned::load_from_str(&source::text(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let json = documents.first().map(value).unwrap_or_default();
        Self { path: path.to_owned(), json }
    }

    /// One section, each entry with its name.
    pub fn section(&self, name: &str) -> BTreeMap<String, Value> {
        let section = self.json.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        section.into_iter().collect()
    }

    /// The resources of a type.
    pub fn resources(&self, kind: &str) -> BTreeMap<String, Value> {
        let mut resources = self.section("Resources");
        resources.retain(|_, resource| resource["Type"] == kind);
        resources
    }

    /// One resource's properties.
    pub fn properties(&self, name: &str) -> Value {
        self.json["Resources"][name]["Properties"].clone()
    }

    /// A property of a function: its own, or the one that all functions have.
    pub fn function_property(&self, function: &Value, name: &str) -> Value {
        match function["Properties"].get(name) {
            Some(own) => own.clone(),
            None => self.json["Globals"]["Function"][name].clone(),
        }
    }

    /// Every statement of every policy.
    pub fn statements(&self) -> Vec<Statement> {
        let mut found = Vec::new();
        for (name, resource) in self.section("Resources") {
            collect_statements(&name, false, &resource, &mut found);
        }
        found
    }
}

impl Statement {
    /// A field that is one text or a list of them.
    pub fn texts(&self, field: &str) -> Vec<String> {
        match &self.json[field] {
            Value::Null => Vec::new(),
            Value::Array(items) => items.iter().map(text_of).collect(),
            one => vec![text_of(one)],
        }
    }

    /// Whether it allows something.
    pub fn allows(&self) -> bool {
        self.json["Effect"] == "Allow"
    }

    /// The text of the value that a condition operator gives a key.
    pub fn condition(&self, operator: &str, key: &str) -> Option<String> {
        self.json["Condition"][operator].get(key).map(text_of)
    }
}

/// A text as it is, anything else as JSON.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => match other.get("Fn::Sub") {
            Some(Value::String(text)) => text.clone(),
            _ => other.to_string(),
        },
    }
}

fn collect_statements(place: &str, is_trust: bool, value: &Value, found: &mut Vec<Statement>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(statements)) = fields.get("Statement") {
                found.extend(statements.iter().map(|json| Statement {
                    place: place.to_owned(),
                    is_trust,
                    json: json.clone(),
                }));
                return;
            }
            let place = match fields.get("PolicyName").and_then(Value::as_str) {
                Some(policy) => format!("{place}/{policy}"),
                None => place.to_owned(),
            };
            for (name, field) in fields {
                let is_trust = is_trust || name == "AssumeRolePolicyDocument";
                collect_statements(&place, is_trust, field, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_statements(place, is_trust, item, found);
            }
        }
        _ => {}
    }
}

fn value(node: &YamlOwned) -> Value {
    match node {
        YamlOwned::Value(scalar) => match scalar {
            ScalarOwned::Null => Value::Null,
            ScalarOwned::Boolean(yes) => json!(yes),
            ScalarOwned::Integer(number) => json!(number),
            ScalarOwned::FloatingPoint(number) => json!(number.into_inner()),
            ScalarOwned::String(text) => json!(text),
        },
        YamlOwned::Representation(text, ..) => json!(text),
        YamlOwned::Sequence(items) => items.iter().map(value).collect(),
        YamlOwned::Mapping(fields) => {
            let mut map = Map::new();
            for (name, field) in fields {
                let name = name.as_str().unwrap_or_else(|| panic!("a key is not text: {name:?}"));
                let before = map.insert(name.to_owned(), value(field));
                assert!(before.is_none(), "`{name}` is there twice");
            }
            Value::Object(map)
        }
        YamlOwned::Tagged(tag, node) => long_form(&tag.suffix, &value(node)),
        YamlOwned::Alias(_) | YamlOwned::BadValue => panic!("cannot be read: {node:?}"),
    }
}

fn long_form(tag: &str, value: &Value) -> Value {
    match (tag, value) {
        ("Ref" | "Condition", _) => json!({ tag: value }),
        ("GetAtt", Value::String(text)) => {
            let (resource, attribute) = text.split_once('.').unwrap_or((text, ""));
            json!({"Fn::GetAtt": [resource, attribute]})
        }
        _ => json!({ format!("Fn::{tag}"): value }),
    }
}
