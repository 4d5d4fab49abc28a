//! JSON → document. Every element that AWS does not take sets its statement aside, the others are read on.

use super::{
    Condition, Document, Effect, Listed, NamedPrincipal, PrincipalKind, Problem, Reason, Statement,
    Version,
};
use crate::policy::condition::operator::Operator;
use crate::policy::json::Json;

pub(super) fn document(source: Json) -> Result<Document, Reason> {
    let Some(entries) = source.entries() else { return Err(Reason::NoObject(source.kind())) };
    let mut problems = Vec::new();
    let mut report = |reason| problems.push(Problem { statement: None, reason });
    twice(entries, &mut report);
    let version = match source.get("Version").map(version) {
        None => Version::default(),
        Some(Ok(version)) => version,
        Some(Err(reason)) => {
            report(reason);
            Version::default()
        }
    };
    let id = source.get("Id").and_then(Json::scalar);
    let found = match source.get("Statement") {
        Some(Json::List(found)) => found.as_slice(),
        // One statement needs no array.
        Some(one @ Json::Object(_)) => std::slice::from_ref(one),
        Some(other) => {
            report(kind("Statement", other, "an object or an array of objects"));
            &[]
        }
        None => {
            report(Reason::Missing("Statement"));
            &[]
        }
    };
    let mut statements = Vec::with_capacity(found.len());
    for (index, given) in found.iter().enumerate() {
        match statement(index, given) {
            Ok(statement) => statements.push(statement),
            Err(reason) => problems.push(Problem { statement: Some(index), reason }),
        }
    }
    Ok(Document { version, id, statements, problems, source })
}

fn kind(element: &str, found: &Json, expected: &'static str) -> Reason {
    Reason::Kind { element: element.to_owned(), found: found.kind(), expected }
}

/// AWS refuses an element that stands twice, and readers differ in which of the two they take.
fn twice(entries: &[(String, Json)], report: &mut dyn FnMut(Reason)) {
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    for pair in names.windows(2) {
        if let [first, second] = pair
            && first == second
        {
            report(Reason::Twice((*first).to_owned()));
        }
    }
}

fn refuse_twice(entries: &[(String, Json)]) -> Result<(), Reason> {
    let mut found = None;
    twice(entries, &mut |reason| found = Some(reason));
    found.map_or(Ok(()), Err)
}

fn version(given: &Json) -> Result<Version, Reason> {
    match given {
        Json::Text(text) if text == "2012-10-17" => Ok(Version::V2012),
        Json::Text(text) if text == "2008-10-17" => Ok(Version::V2008),
        Json::Text(text) => Err(Reason::Version(text.clone())),
        other => Err(kind("Version", other, "a string")),
    }
}

fn statement(index: usize, given: &Json) -> Result<Statement, Reason> {
    let Some(entries) = given.entries() else {
        return Err(kind("Statement", given, "an object"));
    };
    refuse_twice(entries)?;
    let sid = match given.get("Sid") {
        None => None,
        Some(sid) => Some(sid.scalar().ok_or_else(|| kind("Sid", sid, "a string"))?),
    };
    let effect = match given.get("Effect") {
        Some(Json::Text(text)) if text == "Allow" => Effect::Allow,
        Some(Json::Text(text)) if text == "Deny" => Effect::Deny,
        Some(Json::Text(text)) => return Err(Reason::Effect(text.clone())),
        Some(other) => return Err(kind("Effect", other, "a string")),
        None => return Err(Reason::Missing("Effect")),
    };
    let principals = listed(given, "Principal", "NotPrincipal", principals)?;
    let actions =
        listed(given, "Action", "NotAction", actions)?.ok_or(Reason::Missing("Action"))?;
    let resources = listed(given, "Resource", "NotResource", filled)?;
    let conditions = given.get("Condition").map(conditions).transpose()?.unwrap_or_default();
    Ok(Statement { index, sid, effect, principals, actions, resources, conditions })
}

/// An element or its negation.
fn listed<T>(
    given: &Json,
    name: &'static str,
    negated: &'static str,
    read: impl Fn(&str, &Json) -> Result<Vec<T>, Reason>,
) -> Result<Option<Listed<T>>, Reason> {
    match (given.get(name), given.get(negated)) {
        (Some(_), Some(_)) => Err(Reason::Both(name)),
        (Some(value), None) => Ok(Some(Listed::In(read(name, value)?))),
        (None, Some(value)) => Ok(Some(Listed::NotIn(read(negated, value)?))),
        (None, None) => Ok(None),
    }
}

/// A string or an array of strings; numbers and booleans are taken as their text.
fn strings(element: &str, given: &Json) -> Result<Vec<String>, Reason> {
    let one = |value: &Json| {
        value.scalar().ok_or_else(|| kind(element, value, "a string or an array of strings"))
    };
    match given {
        Json::List(values) => values.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

/// As [`strings`], where an empty list would silently mean nothing, or everything.
fn filled(element: &str, given: &Json) -> Result<Vec<String>, Reason> {
    let found = strings(element, given)?;
    if found.is_empty() { Err(Reason::Empty(element.to_owned())) } else { Ok(found) }
}

fn actions(element: &str, given: &Json) -> Result<Vec<String>, Reason> {
    let found = filled(element, given)?;
    let is_action = |action: &&String| {
        let parts = action.split_once(':');
        action.as_str() == "*"
            || parts.is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
    };
    match found.iter().find(|action| !is_action(action)) {
        Some(wrong) => Err(Reason::Action(wrong.clone())),
        None => Ok(found),
    }
}

fn principals(element: &str, given: &Json) -> Result<Vec<NamedPrincipal>, Reason> {
    let entries = match given {
        Json::Text(text) if text == "*" => {
            return Ok(vec![NamedPrincipal { kind: PrincipalKind::Everyone, text: text.clone() }]);
        }
        Json::Object(entries) => entries,
        other => return Err(kind(element, other, "`*` or an object")),
    };
    refuse_twice(entries)?;
    let mut found = Vec::new();
    for (name, value) in entries {
        let kind = match name.as_str() {
            "AWS" => PrincipalKind::Aws,
            "Service" => PrincipalKind::Service,
            "Federated" => PrincipalKind::Federated,
            "CanonicalUser" => PrincipalKind::Canonical,
            _ => return Err(Reason::Principal(name.clone())),
        };
        let texts = filled(name, value)?;
        found.extend(texts.into_iter().map(|text| NamedPrincipal { kind, text }));
    }
    if found.is_empty() { Err(Reason::Empty(element.to_owned())) } else { Ok(found) }
}

fn conditions(given: &Json) -> Result<Vec<Condition>, Reason> {
    let Some(operators) = given.entries() else {
        return Err(kind("Condition", given, "an object"));
    };
    refuse_twice(operators)?;
    let mut found = Vec::new();
    for (operator, keys) in operators {
        if Operator::read(operator).is_none() {
            return Err(Reason::Operator(operator.clone()));
        }
        let Some(keys) = keys.entries() else { return Err(kind(operator, keys, "an object")) };
        refuse_twice(keys)?;
        for (key, values) in keys {
            let values = strings(key, values)?;
            found.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Ok(found)
}
