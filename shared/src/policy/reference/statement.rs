//! A statement as JSON against a request.

use serde_json::Value;

use super::condition::holds;
use super::{Ask, Tri, account_of, and, not, or, strings};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    Account,
    Role,
    Itself,
}

/// Whether a statement matches, and how it names who asks.
pub(super) fn judge(statement: &Value, version: &str, ask: &Ask) -> (Tri, Naming) {
    let is_deny = statement["Effect"] == "Deny";
    let mut all = Vec::new();
    let action = |pattern: &String| like(&pattern.to_lowercase(), &ask.action);
    all.push(Some(if statement["NotAction"].is_null() {
        strings(&statement["Action"]).iter().any(action)
    } else {
        !strings(&statement["NotAction"]).iter().any(action)
    }));
    let mut naming = Naming::Itself;
    if !statement["Principal"].is_null() {
        let named = names(&statement["Principal"], &ask.principal);
        all.push(Some(named.is_some()));
        naming = named.unwrap_or(Naming::Itself);
    }
    if !statement["NotPrincipal"].is_null() {
        let named = names(&statement["NotPrincipal"], &ask.principal);
        let element = &statement["NotPrincipal"];
        let has = |naming| each_name(element, &ask.principal).contains(&naming);
        let is_everyone = *element == "*" || element["AWS"].to_string().contains("\"*\"");
        let is_exact = if ask.principal.contains(":assumed-role/") {
            is_everyone || (has(Naming::Itself) && has(Naming::Role))
        } else {
            has(Naming::Itself) || (has(Naming::Role) && ask.principal.contains(":role/"))
        };
        all.push(Some(if is_deny { ask.has_boundary || !is_exact } else { named.is_none() }));
    }
    let resource = |pattern: &String| {
        with_values(pattern, version, ask, true, |pattern| like(pattern, &mark(&ask.resource)))
    };
    if !statement["Resource"].is_null() {
        let any: Vec<Tri> = strings(&statement["Resource"]).iter().map(resource).collect();
        all.push(or(&any));
    }
    if !statement["NotResource"].is_null() {
        let any: Vec<Tri> = strings(&statement["NotResource"]).iter().map(resource).collect();
        all.push(not(or(&any)));
    }
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().unwrap() {
            all.push(holds(operator, key, &strings(values), version, ask));
        }
    }
    (and(&all), naming)
}

/// How an element names who asks, at best.
fn names(element: &Value, asks: &str) -> Option<Naming> {
    each_name(element, asks).into_iter().max()
}

/// How each entry of an element that names who asks does.
fn each_name(element: &Value, asks: &str) -> Vec<Naming> {
    if element == "*" {
        return vec![Naming::Itself];
    }
    let mut found = Vec::new();
    for (kind, texts) in element.as_object().unwrap() {
        for text in strings(texts) {
            found.extend(match kind.as_str() {
                "AWS" => names_aws(&text, asks),
                "CanonicalUser" => None,
                _ if text == "*" => {
                    (asks != "*" && account_of(asks).is_empty()).then_some(Naming::Itself)
                }
                _ => (text == asks).then_some(Naming::Itself),
            });
        }
    }
    found
}

fn names_aws(text: &str, asks: &str) -> Option<Naming> {
    let account = account_of(asks);
    if text == "*" {
        return Some(Naming::Itself);
    }
    if text.contains('*') || text.contains('?') {
        return None;
    }
    if text == asks {
        return Some(if text.contains(":role/") { Naming::Role } else { Naming::Itself });
    }
    if !account.is_empty() && (text == account || text == format!("arn:aws:iam::{account}:root")) {
        return Some(if asks.ends_with(":root") { Naming::Itself } else { Naming::Account });
    }
    let session = asks.strip_prefix("arn:aws:sts::")?.split_once(":assumed-role/")?;
    let role = text.strip_prefix("arn:aws:iam::")?.split_once(":role/")?;
    let is_role = session.0 == role.0 && session.1.split('/').next() == role.1.rsplit('/').next();
    is_role.then_some(Naming::Role)
}

/// Text whose wildcards are none: they are put outside of what can be written.
pub(super) fn mark(text: &str) -> String {
    text.replace('*', "\u{1}").replace('?', "\u{2}").replace('$', "\u{3}")
}

/// Replaces the variables of a pattern and asks whether it matches then. Its own text has wildcards, values have none.
pub(super) fn with_values(
    pattern: &str,
    version: &str,
    ask: &Ask,
    is_resource: bool,
    matches: impl Fn(&str) -> bool,
) -> Tri {
    let mut done = String::new();
    let mut certain = true;
    let mut rest = pattern;
    if version == "2012-10-17" {
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((inside, behind)) = behind.split_once('}') else { break };
            done.push_str(&before.replace('$', "\u{3}"));
            rest = behind;
            let colons = done.matches(':').count();
            match inside {
                "*" | "?" | "$" => done.push_str(&mark(inside)),
                _ if is_resource && pattern.starts_with("arn:") && colons < 5 => {
                    done.push_str(&mark(&format!("${{{inside}}}")));
                }
                _ => {
                    let (key, default) = match inside.split_once(", '") {
                        Some((key, default)) => (key, default.strip_suffix('\'')),
                        None => (inside, None),
                    };
                    let key = key.to_lowercase();
                    let found = ask.context.iter().find(|(known, _)| *known == key);
                    match (found.map(|(_, values)| values.as_slice()), default) {
                        (Some([value]), _) => done.push_str(&mark(value)),
                        (None, _) if ask.is_discovery => {
                            certain = false;
                            done.push('*');
                        }
                        (_, Some(default)) => done.push_str(&mark(default)),
                        (_, None) => return Some(false),
                    }
                }
            }
        }
    }
    done.push_str(&rest.replace('$', "\u{3}"));
    match (matches(&done), certain) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    }
}

/// Whether a text is like a pattern: every end of the pattern against every end of the text.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let mut table = vec![vec![false; text.len() + 1]; pattern.len() + 1];
    table[pattern.len()][text.len()] = true;
    for p in (0..pattern.len()).rev() {
        for t in (0..=text.len()).rev() {
            let is_more = t < text.len();
            table[p][t] = match pattern[p] {
                '*' => table[p + 1][t] || (is_more && table[p][t + 1]),
                '?' => is_more && table[p + 1][t + 1],
                c => is_more && text[t] == c && table[p + 1][t + 1],
            };
        }
    }
    table[0][0]
}
