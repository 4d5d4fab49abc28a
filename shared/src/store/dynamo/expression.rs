//! Expressions: conditions, updates and key conditions with every name and value behind a placeholder,
//! because many of our words are reserved by DynamoDB.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html>

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::store::key::Key;

/// The placeholders of one request, and the phrases made of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
    placeholders: HashMap<String, String>,
}

impl Terms {
    pub(super) fn name(&mut self, attribute: &str) -> String {
        if let Some(placeholder) = self.placeholders.get(attribute) {
            return placeholder.clone();
        }
        let placeholder = format!("#{}", self.names.len());
        self.names.insert(placeholder.clone(), attribute.to_owned());
        self.placeholders.insert(attribute.to_owned(), placeholder.clone());
        placeholder
    }

    pub(super) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    pub(super) fn present(&mut self, attribute: &str) -> String {
        format!("attribute_exists({})", self.name(attribute))
    }

    pub(super) fn absent(&mut self, attribute: &str) -> String {
        format!("attribute_not_exists({})", self.name(attribute))
    }

    pub(super) fn equal(&mut self, attribute: &str, value: AttributeValue) -> String {
        self.compare(attribute, "=", value)
    }

    pub(super) fn at_most(&mut self, attribute: &str, value: AttributeValue) -> String {
        self.compare(attribute, "<=", value)
    }

    pub(super) fn compare(
        &mut self,
        attribute: &str,
        comparator: &str,
        value: AttributeValue,
    ) -> String {
        format!("{} {comparator} {}", self.name(attribute), self.value(value))
    }

    pub(super) fn between(
        &mut self,
        attribute: &str,
        from: AttributeValue,
        to: AttributeValue,
    ) -> String {
        format!("{} BETWEEN {} AND {}", self.name(attribute), self.value(from), self.value(to))
    }

    pub(super) fn begins_with(&mut self, attribute: &str, prefix: &str) -> String {
        let value = self.value(AttributeValue::S(prefix.to_owned()));
        format!("begins_with({}, {value})", self.name(attribute))
    }

    pub(super) fn projection(&mut self, attributes: &[&str]) -> String {
        let names: Vec<String> = attributes.iter().map(|attribute| self.name(attribute)).collect();
        names.join(", ")
    }

    /// DynamoDB refuses an empty map of placeholders.
    pub(super) fn into_parts(self) -> (Option<Map<String>>, Option<Map<AttributeValue>>) {
        (
            (!self.names.is_empty()).then_some(self.names),
            (!self.values.is_empty()).then_some(self.values),
        )
    }
}

type Map<V> = HashMap<String, V>;

/// All of these.
pub(super) fn all<const N: usize>(phrases: &[String; N]) -> String {
    phrases.join(" AND ")
}

/// At least one of these.
pub(super) fn any<const N: usize>(phrases: &[String; N]) -> String {
    format!("({})", phrases.join(" OR "))
}

/// One conditional update of one item.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) key: Key,
    pub(super) terms: Terms,
    pub(super) condition: Option<String>,
    sets: Vec<String>,
    removes: Vec<String>,
    adds: Vec<String>,
}

impl Edit {
    pub(super) fn of(key: Key) -> Self {
        Self {
            key,
            terms: Terms::default(),
            condition: None,
            sets: Vec::new(),
            removes: Vec::new(),
            adds: Vec::new(),
        }
    }

    pub(super) fn set(mut self, attribute: &str, value: AttributeValue) -> Self {
        let phrase = format!("{} = {}", self.terms.name(attribute), self.terms.value(value));
        self.sets.push(phrase);
        self
    }

    pub(super) fn remove(mut self, attribute: &str) -> Self {
        let name = self.terms.name(attribute);
        self.removes.push(name);
        self
    }

    /// Adds a number to a set of numbers.
    pub(super) fn add_to_set(mut self, attribute: &str, value: impl std::fmt::Display) -> Self {
        let value = self.terms.value(AttributeValue::Ns(vec![value.to_string()]));
        let phrase = format!("{} {value}", self.terms.name(attribute));
        self.adds.push(phrase);
        self
    }

    pub(super) fn add(mut self, attribute: &str, value: u64) -> Self {
        let value = self.terms.value(AttributeValue::N(value.to_string()));
        let phrase = format!("{} {value}", self.terms.name(attribute));
        self.adds.push(phrase);
        self
    }

    pub(super) fn only_if(mut self, condition: impl FnOnce(&mut Terms) -> String) -> Self {
        self.condition = Some(condition(&mut self.terms));
        self
    }

    pub(super) fn expression(&self) -> String {
        [("SET", &self.sets), ("REMOVE", &self.removes), ("ADD", &self.adds)]
            .into_iter()
            .filter(|(_, phrases)| !phrases.is_empty())
            .map(|(clause, phrases)| format!("{clause} {}", phrases.join(", ")))
            .collect::<Vec<String>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> AttributeValue {
        AttributeValue::S(value.to_owned())
    }

    #[test]
    fn an_edit_is_one_expression_of_placeholders() {
        let key = Key { partition: "p".to_owned(), sort: "s".to_owned() };
        let edit = Edit::of(key)
            .set("owner", text("me"))
            .set("until", text("later"))
            .remove("hash")
            .add("ended", 1)
            .only_if(|terms| {
                let free = any(&[terms.absent("owner"), terms.at_most("until", text("now"))]);
                all(&[terms.present("pk"), free])
            });
        assert_eq!(edit.expression(), "SET #0 = :0, #1 = :1 REMOVE #2 ADD #3 :2");
        assert_eq!(
            edit.condition.as_deref(),
            Some("attribute_exists(#4) AND (attribute_not_exists(#0) OR #1 <= :3)")
        );
        let (names, values) = edit.terms.into_parts();
        assert_eq!((names.unwrap().len(), values.unwrap().len()), (5, 4));
    }

    #[test]
    fn nothing_stands_for_nothing() {
        assert_eq!(Terms::default().into_parts(), (None, None));
    }
}
