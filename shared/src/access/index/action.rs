//! Action → the statements that are about it.

use std::collections::HashMap;

use super::set::Set;
use crate::policy::compiled::Statement;
use crate::policy::document::Listed;
use crate::policy::wildcard::{OwnedPart, Wildcard};

/// Patterns with the statements that have them.
type Patterns<'e> = Vec<(&'e Wildcard, Vec<usize>)>;

/// Statements by what they say about actions. Each distinct pattern is matched once a question.
#[derive(Debug, Default)]
pub(super) struct Actions<'e> {
    exact: HashMap<&'e str, Vec<usize>>,
    /// Patterns whose service is written out, by it.
    services: HashMap<&'e str, Patterns<'e>>,
    /// All other patterns.
    anywhere: Patterns<'e>,
    /// Statements with `NotAction`.
    negated: Vec<(&'e Statement, usize)>,
    places: HashMap<String, (Option<&'e str>, usize)>,
}

impl<'e> Actions<'e> {
    pub(super) fn add(&mut self, statement: &'e Statement, place: usize) {
        let patterns = match statement.actions() {
            Listed::In(patterns) => patterns,
            Listed::NotIn(_) => return self.negated.push((statement, place)),
        };
        for pattern in patterns {
            if let Wildcard::Exact(text) = pattern {
                self.exact.entry(text).or_default().push(place);
                continue;
            }
            let key = key(pattern);
            let (service, at) = *self.places.entry(key).or_insert_with(|| {
                let service = service(pattern);
                let list = match service {
                    Some(service) => self.services.entry(service).or_default(),
                    None => &mut self.anywhere,
                };
                list.push((pattern, Vec::new()));
                (service, list.len() - 1)
            });
            let list = match service {
                Some(service) => self.services.get_mut(service),
                None => Some(&mut self.anywhere),
            };
            if let Some((_, places)) = list.and_then(|list| list.get_mut(at)) {
                places.push(place);
            }
        }
    }

    /// The places of the statements that are about an action, in lower case, each once.
    pub(super) fn about(&self, action: &str, limit: usize) -> Vec<usize> {
        let mut seen = Set::none(limit);
        let mut found = Vec::new();
        let mut take = |places: &[usize]| {
            for place in places {
                if !seen.has(*place) {
                    seen.add(*place);
                    found.push(*place);
                }
            }
        };
        if let Some(places) = self.exact.get(action) {
            take(places);
        }
        let service = action.split(':').next().unwrap_or_default();
        let of_service = self.services.get(service).into_iter().flatten();
        for (pattern, places) in of_service.chain(&self.anywhere) {
            if pattern.matches(action) {
                take(places);
            }
        }
        for (statement, place) in &self.negated {
            if statement.is_for_action(action) {
                take(&[*place]);
            }
        }
        found
    }
}

fn service(pattern: &Wildcard) -> Option<&str> {
    let text = match pattern {
        Wildcard::Any => return None,
        Wildcard::Exact(text) | Wildcard::Prefix(text) => text,
        Wildcard::Parts(parts) => match parts.first()? {
            OwnedPart::Text(text) => text,
            OwnedPart::Any | OwnedPart::One => return None,
        },
    };
    text.split_once(':').map(|(service, _)| service)
}

fn key(pattern: &Wildcard) -> String {
    match pattern {
        Wildcard::Any => "*".to_owned(),
        Wildcard::Exact(text) => text.to_string(),
        Wildcard::Prefix(text) => format!("{text}*"),
        Wildcard::Parts(parts) => {
            let text = |part: &OwnedPart| match part {
                OwnedPart::Any => "*".to_owned(),
                OwnedPart::One => "?".to_owned(),
                OwnedPart::Text(text) => text.to_string(),
            };
            parts.iter().map(text).collect()
        }
    }
}
