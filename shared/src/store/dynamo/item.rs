//! Items: attributes read and written as model values, contents packed and unpacked.
//!
//! A moment is text of fixed width, so that moments compare as text. A content is JSON text as
//! [`crate::form`] writes it, compressed where it is long.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::model::Timestamp;
use crate::port::BoxError;
use crate::store::key::{Key, attribute};

/// A content above this length is compressed; a shorter one can be read in the console.
pub(super) const PLAIN_LIMIT: usize = 64 * 1024;

/// The longest content that an item can hold: DynamoDB's 400 KB for names and values together, less
/// what keys, hashes and moments take.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items>
pub(super) const BODY_LIMIT: usize = 390 * 1024;

/// The most that a compressed content may unpack to, so that a damaged item cannot fill the memory.
const UNPACKED_LIMIT: u64 = 256 * 1024 * 1024;

/// Attributes by name.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// One item.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Item(pub(super) Attributes);

/// An attribute is missing, or not of the type that it should be.
#[derive(Debug, thiserror::Error)]
#[error("attribute `{attribute}` is not {expected}")]
pub(super) struct ItemError {
    attribute: String,
    expected: &'static str,
    #[source]
    source: Option<BoxError>,
}

impl ItemError {
    pub(super) fn new(attribute: &str, expected: &'static str) -> Self {
        Self { attribute: attribute.to_owned(), expected, source: None }
    }

    fn because(attribute: &str, expected: &'static str, source: impl Into<BoxError>) -> Self {
        Self { attribute: attribute.to_owned(), expected, source: Some(source.into()) }
    }
}

impl Item {
    /// An item with nothing but its key.
    pub(super) fn at(key: &Key) -> Self {
        Self(key_attributes(key))
    }

    pub(super) fn with(mut self, attribute: &str, value: AttributeValue) -> Self {
        self.0.insert(attribute.to_owned(), value);
        self
    }

    pub(super) fn with_some(self, attribute: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.with(attribute, value),
            None => self,
        }
    }

    pub(super) fn get(&self, attribute: &str) -> Option<&AttributeValue> {
        self.0.get(attribute)
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.0.contains_key(attribute)
    }

    pub(super) fn key(&self) -> Result<Key, ItemError> {
        Ok(Key {
            partition: self.text(attribute::PARTITION)?.to_owned(),
            sort: self.text(attribute::SORT)?.to_owned(),
        })
    }

    /// How messages name the item.
    pub(super) fn name(&self) -> String {
        let part = |attribute| self.text(attribute).unwrap_or("?");
        format!("{}/{}", part(attribute::PARTITION), part(attribute::SORT))
    }

    pub(super) fn text(&self, attribute: &str) -> Result<&str, ItemError> {
        self.some_text(attribute).ok_or_else(|| ItemError::new(attribute, "a text"))
    }

    pub(super) fn some_text(&self, attribute: &str) -> Option<&str> {
        self.get(attribute)?.as_s().ok().map(String::as_str)
    }

    pub(super) fn number<N: std::str::FromStr>(&self, attribute: &str) -> Result<N, ItemError> {
        self.get(attribute)
            .and_then(|value| value.as_n().ok())
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| ItemError::new(attribute, "a number"))
    }

    /// A number that is 0 until somebody writes it.
    pub(super) fn count<N: std::str::FromStr + Default>(
        &self,
        attribute: &str,
    ) -> Result<N, ItemError> {
        if self.has(attribute) { self.number(attribute) } else { Ok(N::default()) }
    }

    pub(super) fn time(&self, attribute: &str) -> Result<Timestamp, ItemError> {
        self.parse(attribute, "a moment")
    }

    pub(super) fn some_time(&self, attribute: &str) -> Result<Option<Timestamp>, ItemError> {
        if self.has(attribute) { self.time(attribute).map(Some) } else { Ok(None) }
    }

    pub(super) fn parse<T>(&self, attribute: &str, expected: &'static str) -> Result<T, ItemError>
    where
        T: std::str::FromStr<Err: Into<BoxError>>,
    {
        self.text(attribute)?
            .parse()
            .map_err(|error| ItemError::because(attribute, expected, error))
    }

    pub(super) fn bytes(&self, attribute: &str) -> Result<&[u8], ItemError> {
        self.get(attribute)
            .and_then(|value| value.as_b().ok())
            .map(Blob::as_ref)
            .ok_or_else(|| ItemError::new(attribute, "bytes"))
    }

    /// A set of numbers that is empty until somebody adds one.
    pub(super) fn numbers<N: std::str::FromStr>(
        &self,
        attribute: &str,
    ) -> Result<Vec<N>, ItemError> {
        let wrong = || ItemError::new(attribute, "a set of numbers");
        let Some(value) = self.get(attribute) else { return Ok(Vec::new()) };
        let numbers = value.as_ns().map_err(|_| wrong())?;
        numbers.iter().map(|digits| digits.parse().map_err(|_| wrong())).collect()
    }

    /// The text of a content.
    pub(super) fn content(&self, attribute: &str) -> Result<String, ItemError> {
        match self.get(attribute) {
            Some(AttributeValue::S(text)) => Ok(text.clone()),
            Some(AttributeValue::B(bytes)) => unpack(bytes.as_ref())
                .map_err(|error| ItemError::because(attribute, "compressed text", error)),
            _ => Err(ItemError::new(attribute, "a content")),
        }
    }
}

/// The attributes of a key.
pub(super) fn key_attributes(key: &Key) -> Attributes {
    HashMap::from([
        (attribute::PARTITION.to_owned(), text(&key.partition)),
        (attribute::SORT.to_owned(), text(&key.sort)),
    ])
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn bytes(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

pub(super) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A moment. Nine digits after the point always, so that the texts sort as the moments do.
pub(super) fn time(value: Timestamp) -> AttributeValue {
    AttributeValue::S(format!("{value:.9}"))
}

/// A content as an attribute; `None` if no item can hold it.
pub(super) fn pack(content: &str) -> Option<AttributeValue> {
    if content.len() <= PLAIN_LIMIT {
        return Some(text(content));
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; if it did, the content could not be stored either.
    encoder.write_all(content.as_bytes()).ok()?;
    let bytes = encoder.finish().ok()?;
    (bytes.len() <= BODY_LIMIT).then(|| AttributeValue::B(Blob::new(bytes)))
}

fn unpack(bytes: &[u8]) -> Result<String, std::io::Error> {
    let mut text = String::new();
    MultiGzDecoder::new(bytes).take(UNPACKED_LIMIT).read_to_string(&mut text)?;
    Ok(text)
}

/// How much of an item's size a value takes, where that may be much.
pub(super) fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text that compresses badly.
    fn noise(length: usize) -> String {
        let mut state = 1_u32;
        let letter = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b' ' + u8::try_from((state >> 24) % 95).unwrap())
        };
        (0..length).map(letter).collect()
    }

    #[test]
    fn contents_are_plain_then_compressed_then_refused() {
        let short = noise(PLAIN_LIMIT);
        assert_eq!(pack(&short), Some(text(short)));
        for long in [noise(PLAIN_LIMIT + 1), "é".repeat(1_000_000)] {
            let value = pack(&long).unwrap();
            assert!(value.is_b() && size(&value) <= BODY_LIMIT);
            let item = Item::default().with(attribute::BODY, value);
            assert_eq!(item.content(attribute::BODY).unwrap(), long);
        }
        assert_eq!(pack(&noise(BODY_LIMIT * 2)), None);
    }

    #[test]
    fn a_damaged_content_is_told() {
        let item = Item::default().with(attribute::BODY, AttributeValue::B(Blob::new([1, 2, 3])));
        let error = item.content(attribute::BODY).unwrap_err();
        assert_eq!(error.to_string(), "attribute `body` is not compressed text");
        assert!(std::error::Error::source(&error).is_some());
        assert!(Item::default().content(attribute::BODY).is_err());
        assert!(Item::default().number::<u64>(attribute::PAGES).is_err());
        assert_eq!(Item::default().count::<u64>(attribute::PAGES).unwrap(), 0);
    }

    proptest! {
        #[test]
        fn moments_read_back_and_sort_as_text(
            one in 0..4_000_000_000_i64, nanos in 0..1_000_000_000_i32, other in 0..4_000_000_000_i64,
        ) {
            let one = Timestamp::new(one, nanos).unwrap();
            let other = Timestamp::new(other, 0).unwrap();
            let item = Item::default().with(attribute::AT, time(one));
            prop_assert_eq!(item.time(attribute::AT).unwrap(), one);
            let text = |moment| time(moment).as_s().unwrap().clone();
            prop_assert_eq!(one.cmp(&other), text(one).cmp(&text(other)));
        }
    }
}
