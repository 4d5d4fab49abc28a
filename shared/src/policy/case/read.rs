//! A line → a case, or why it is none.

use super::{Case, Invalid};
use crate::policy::Policy;
use crate::policy::document::{Document, Use};
use crate::policy::evaluate::{Context, Mode, Request};
use crate::policy::json::Json;
use crate::policy::principal::Principal;

/// Why, in a sentence.
type Reason = String;

pub(super) fn case(line: &str) -> Result<Case, Invalid> {
    let read = Json::read(line);
    let invalid = |id, reason| Invalid { id, reason };
    let given =
        read.map_err(|error| invalid(Json::Null, format!("the line is no JSON: {error}")))?;
    let id = given.get("id").cloned().unwrap_or(Json::Null);
    of(&given, &id).map_err(|reason| invalid(id, reason))
}

fn of(given: &Json, id: &Json) -> Result<Case, Reason> {
    if given.entries().is_none() {
        return Err(format!("the case is {} and not an object", given.kind()));
    }
    let mode = match given.get("mode") {
        None => Mode::default(),
        Some(Json::Text(text)) if text == "strict" => Mode::Strict,
        Some(Json::Text(text)) if text == "discovery" => Mode::Discovery,
        Some(other) => {
            return Err(format!("`mode` is {other}, `strict` or `discovery` is expected"));
        }
    };
    Ok(Case {
        id: id.clone(),
        request: request(given.get("request"), mode)?,
        identity: policies(given, "identity_policies", Use::Identity)?,
        boundary: policy(given, "boundary", Use::Identity)?,
        scps: levels(given, "scps", Use::Identity)?,
        rcps: levels(given, "rcps", Use::Perimeter)?,
        resource: policy(given, "resource_policy", Use::Resource)?,
        session: policy(given, "session_policy", Use::Identity)?,
        endpoint: policies(given, "endpoint_policies", Use::Perimeter)?,
    })
}

fn request(given: Option<&Json>, mode: Mode) -> Result<Request, Reason> {
    let given = given.ok_or("`request` is missing")?;
    let text = |name: &str| match given.get(name) {
        Some(Json::Text(text)) => Ok(text.as_str()),
        Some(other) => Err(format!("`{name}` is {}, a string is expected", other.kind())),
        None => Err(format!("`{name}` is missing")),
    };
    let flag = |name: &str| match given.get(name) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(value)) => Ok(*value),
        Some(other) => Err(format!("`{name}` is {}, a boolean is expected", other.kind())),
    };
    let principal = principal(text("principal")?, flag("anonymous")?)?;
    let action = text("action")?;
    let account = match given.get("resource_account") {
        None | Some(Json::Null) => None,
        Some(Json::Text(account)) => Some(account.as_str()),
        Some(other) => {
            return Err(format!("`resource_account` is {}, a string is expected", other.kind()));
        }
    };
    // An action that is for no resource in particular is asked for on `*`, whatever is named.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    let resource = if flag("wildcard_only_action")? { "*" } else { text("resource")? };
    let context = context(given.get("context"), mode)?;
    let request = Request::new(principal, action, resource, account, context);
    request.map_err(|refused| refused.to_string())
}

fn principal(text: &str, is_anonymous: bool) -> Result<Principal, Reason> {
    match (text, is_anonymous) {
        ("*", true) => Ok(Principal::anonymous()),
        ("*", false) => Err("the principal is `*` and `anonymous` is not true".to_owned()),
        (_, true) => Err(format!("`{text}` is not anonymous, `*` is expected")),
        (text, false) => Principal::read(text).ok_or_else(|| {
            format!("`{text}` is no principal, the ARN of a user, role, session or root user, or the name of a service is expected")
        }),
    }
}

fn context(given: Option<&Json>, mode: Mode) -> Result<Context, Reason> {
    let mut context = Context::new(mode);
    let given = match given {
        None | Some(Json::Null) => return Ok(context),
        Some(given) => given,
    };
    let wrong =
        |name: &str| format!("`{name}` in the context is no string and no array of strings");
    let Some(entries) = given.entries() else {
        return Err(format!("`context` is {}, an object is expected", given.kind()));
    };
    for (key, value) in entries {
        let values = match value {
            Json::List(values) => values.iter().map(Json::scalar).collect::<Option<Vec<_>>>(),
            value => value.scalar().map(|value| vec![value]),
        };
        context.set(key, values.ok_or_else(|| wrong(key))?);
    }
    Ok(context)
}

fn document(given: &Json, name: &str, used: Use) -> Result<Policy, Reason> {
    let document = Document::of(given.clone()).map_err(|reason| format!("{name}: {reason}"))?;
    if let Some(problem) = document.problems_as(used).first() {
        return Err(format!("{name}: {problem}"));
    }
    Ok(Policy::compile(&document))
}

fn policy(given: &Json, name: &str, used: Use) -> Result<Option<Policy>, Reason> {
    match given.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(policy) => document(policy, name, used).map(Some),
    }
}

fn policies(given: &Json, name: &str, used: Use) -> Result<Vec<Policy>, Reason> {
    let given = match given.get(name) {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(given) => given,
    };
    list(given, name, used)
}

fn list(given: &Json, name: &str, used: Use) -> Result<Vec<Policy>, Reason> {
    let Json::List(policies) = given else {
        return Err(format!("`{name}` is {}, an array is expected", given.kind()));
    };
    let numbered = policies.iter().enumerate();
    numbered.map(|(at, policy)| document(policy, &format!("{name} {}", at + 1), used)).collect()
}

fn levels(given: &Json, name: &str, used: Use) -> Result<Vec<Vec<Policy>>, Reason> {
    let given = match given.get(name) {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(given) => given,
    };
    let Json::List(levels) = given else {
        return Err(format!("`{name}` is {}, an array of levels is expected", given.kind()));
    };
    let numbered = levels.iter().enumerate();
    numbered.map(|(at, level)| list(level, &format!("{name} level {}", at + 1), used)).collect()
}
