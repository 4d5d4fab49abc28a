//! A condition as JSON against a request.

use super::statement::{like, mark, with_values};
use super::{Ask, Tri, and, not, or};

pub(super) fn holds(operator: &str, key: &str, wanted: &[String], version: &str, ask: &Ask) -> Tri {
    let found = ask.context.iter().find(|(known, _)| *known == key.to_lowercase());
    let values = match found {
        Some((_, values)) => Some(values.clone()).filter(|values| !values.is_empty()),
        None if !ask.is_discovery => None,
        None => {
            let says = |word: &str| wanted.iter().any(|text| text.to_lowercase() == word);
            return match (operator, says("true"), says("false")) {
                ("Null", true, true) => Some(true),
                ("Null", false, false) => Some(false),
                _ => None,
            };
        }
    };
    if operator == "Null" {
        let is_absent = values.is_none_or(|values| values == [""]).to_string();
        return Some(wanted.iter().any(|text| text.to_lowercase() == is_absent));
    }
    let (prefix, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (base, if_exists) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    let is_negated = base.contains("Not");
    let plain = base.replace("Not", "");
    let Some(values) = values else {
        return Some(match prefix {
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ => if_exists || is_negated,
        });
    };
    let each: Vec<Tri> = values
        .iter()
        .map(|value| {
            let any: Vec<Tri> =
                wanted.iter().map(|own| compare(&plain, value, own, version, ask)).collect();
            if is_negated { not(or(&any)) } else { or(&any) }
        })
        .collect();
    let is_empty = values == [""];
    match prefix {
        "ForAllValues" if is_empty => Some(true),
        "ForAnyValue" if is_empty => Some(false),
        "ForAllValues" => and(&each),
        "ForAnyValue" => or(&each),
        _ if each.len() == 1 => each[0],
        _ => Some(is_negated),
    }
}

fn compare(operator: &str, value: &str, own: &str, version: &str, ask: &Ask) -> Tri {
    let text = |is_like: &dyn Fn(&str) -> bool| with_values(own, version, ask, false, is_like);
    match operator {
        "StringEquals" => equal(value, own, version, ask, false),
        "StringEqualsIgnoreCase" => equal(value, own, version, ask, true),
        "StringLike" => text(&|own| like(own, &mark(value))),
        "ArnEquals" | "ArnLike" => text(&|own| like_arn(own, &mark(value))),
        "Bool" => and(&[
            Some(["true", "false"].contains(&value.to_lowercase().as_str())),
            equal(value, own, version, ask, true),
        ]),
        "IpAddress" => Some(is_in(value, own)),
        _ if operator.starts_with("Numeric") => {
            let read = |text: &str| text.parse::<f64>().ok();
            Some(ordered(operator, read(value), read(own)))
        }
        _ if operator.starts_with("Date") => {
            let read = |text: &str| match text.parse::<i64>() {
                Ok(seconds) if text.len() > 4 => Some(seconds),
                _ => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second),
            };
            Some(ordered(operator, read(value), read(own)))
        }
        _ => Some(value == own),
    }
}

/// Whether two texts are the same; what stands for wildcards in the policy is text too.
fn equal(value: &str, own: &str, version: &str, ask: &Ask, ignores_case: bool) -> Tri {
    let fold = |text: &str| if ignores_case { text.to_lowercase() } else { text.to_owned() };
    // Stars outside of `${…}` are text. Those that stand for what is not known are the only ones left.
    let mut quoted = String::new();
    let mut depth = 0;
    for c in own.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        match c {
            '*' | '?' if depth == 0 => quoted.push_str(&mark(&c.to_string())),
            c => quoted.push(c),
        }
    }
    with_values(&quoted, version, ask, false, |own| like(&fold(own), &fold(&mark(value))))
}

fn like_arn(pattern: &str, value: &str) -> bool {
    let (pattern, value): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(6, ':').collect(), value.splitn(6, ':').collect());
    pattern.len() == 6
        && value.len() == 6
        && pattern.iter().zip(&value).all(|(pattern, value)| like(pattern, value))
}

fn ordered<T: PartialOrd>(operator: &str, value: Option<T>, own: Option<T>) -> bool {
    let (Some(value), Some(own)) = (value, own) else { return false };
    if operator.ends_with("LessThanEquals") {
        value <= own
    } else if operator.ends_with("GreaterThanEquals") {
        value >= own
    } else if operator.ends_with("LessThan") {
        value < own
    } else if operator.ends_with("GreaterThan") {
        value > own
    } else {
        value == own
    }
}

/// Whether an address is in a range of the fourth version, bit by bit.
fn is_in(value: &str, range: &str) -> bool {
    let bits = |text: &str| {
        let parts: Option<Vec<u8>> = text.split('.').map(|part| part.parse().ok()).collect();
        let parts = parts.filter(|parts| parts.len() == 4)?;
        let of_part = |part: u8| (0..8).rev().map(move |at| part >> at & 1 == 1);
        Some(parts.into_iter().flat_map(of_part).collect::<Vec<bool>>())
    };
    let (first, length) = range.split_once('/').unwrap_or((range, "32"));
    match (bits(value), bits(first), length.parse::<usize>()) {
        (Some(value), Some(first), Ok(length)) if length <= 32 => {
            value[..length] == first[..length]
        }
        _ => false,
    }
}
