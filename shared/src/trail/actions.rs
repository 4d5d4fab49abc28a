//! `eventSource` + `eventName` → the actions of IAM that the call needed.
//!
//! Most operations need the action of their own name. `actions/table.txt` has the others, from the service
//! authorization reference; three rules stand for the rest:
//! - the date of an API in a name is not part of the action (`GetFunction20150331v2`,
//!   `CreateDistribution2020_05_31`),
//! - API Gateway has actions for the verbs of its REST API,
//! - the pages of a Cognito user pool (`Login_GET`, `Token_POST`) are called without IAM.
//!
//! It is for whoever looks, not for the hot path.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::identity::OF_SERVICE;

/// The table; its head says its form.
const TABLE: &str = include_str!("actions/table.txt");

/// The section of the table that is about sources.
const SOURCES: &str = "sources";

/// What stands for "no action".
const NONE: &str = "-";

/// Section and left side of a line → its right side.
type Table = HashMap<(&'static str, &'static str), &'static str>;

/// The actions of IAM that an operation needed, as `service:Action`; none for what needs no permission of IAM:
/// sign-ins, events of a service, calls with a token of their own.
///
/// A source or an operation that is not known is taken at its word (`new.amazonaws.com`, `DoIt` → `new:DoIt`).
pub fn actions(source: &str, name: &str) -> Vec<String> {
    static READ: LazyLock<Table> = LazyLock::new(|| read(TABLE));
    let Some(prefix) = prefix(&READ, source) else { return Vec::new() };
    let operation = without_date(name);
    if let Some(right) = READ.get(&(prefix, operation)) {
        return listed(prefix, right);
    }
    match prefix {
        "apigateway" => vec![["apigateway:", verb(operation).unwrap_or(operation)].concat()],
        "cognito-idp" if operation.ends_with("_GET") || operation.ends_with("_POST") => Vec::new(),
        _ if operation.is_empty() => Vec::new(),
        _ => vec![[prefix, ":", &capital(operation)].concat()],
    }
}

/// Reads the table. What is not in its form is passed over: a test holds that nothing is.
fn read(text: &'static str) -> Table {
    let mut section = "";
    let mut table = Table::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((left, right)) = line.split_once(" = ") {
            table.insert((section, left), right);
        }
    }
    table
}

/// The prefix of a source's actions: of the table, else the last part of its name (`api.ecr` → `ecr`).
fn prefix<'b>(table: &Table, source: &'b str) -> Option<&'b str> {
    let name = source.strip_suffix(".cn").unwrap_or(source).strip_suffix(OF_SERVICE)?;
    match table.get(&(SOURCES, name)) {
        Some(&NONE) => None,
        Some(prefix) => Some(prefix),
        None => name.rsplit('.').next().filter(|prefix| !prefix.is_empty()),
    }
}

fn listed(prefix: &str, right: &str) -> Vec<String> {
    let whole = |word: &str| {
        if word.contains(':') { word.to_owned() } else { [prefix, ":", word].concat() }
    };
    right.split(' ').filter(|word| *word != NONE).map(whole).collect()
}

/// Cuts off `20150331`, `20150331v2` or `2020_05_31`.
fn without_date(name: &str) -> &str {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let undated = match name.rsplit_once('v') {
        Some((before, version)) if is_digits(version) => cut_digits(before),
        _ => cut_digits(name).or_else(|| {
            let (before, day) = name.rsplit_once('_')?;
            let (before, month) = before.rsplit_once('_')?;
            let is_day = day.len() == 2 && month.len() == 2 && is_digits(day) && is_digits(month);
            is_day.then(|| cut_number(before, 4)).flatten()
        }),
    };
    undated.unwrap_or(name)
}

fn cut_digits(name: &str) -> Option<&str> {
    cut_number(name, 8)
}

/// What is before exactly so many digits.
fn cut_number(name: &str, digits: usize) -> Option<&str> {
    let before = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (name.len() - before.len() == digits && !before.is_empty()).then_some(before)
}

/// The verb behind an operation of API Gateway. Portals, their products and routing rules have actions of their
/// own names.
fn verb(operation: &str) -> Option<&'static str> {
    const VERBS: &[(&str, &[&str])] = &[
        ("GET", &["Get", "Export", "List"]),
        ("POST", &["Create", "Generate", "Import", "TestInvoke"]),
        ("DELETE", &["Delete", "Flush", "Reset", "Untag"]),
        ("PUT", &["Put"]),
        ("PATCH", &["Update"]),
    ];
    if ["Portal", "Product", "RoutingRule"].iter().any(|own| operation.contains(own)) {
        return None;
    }
    let starts =
        |(_, starts): &&(&str, &[&str])| starts.iter().any(|start| operation.starts_with(start));
    VERBS.iter().find(starts).map(|(verb, _)| *verb)
}

/// Some services record their operations in camel case; actions start with a capital.
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests;
