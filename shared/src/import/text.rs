//! Values as the AWS CLI prints them: policy documents as objects or as text, times as text or as numbers.

use std::fmt;

use aws_smithy_types::DateTime;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::model::{Timestamp, read_time};

/// A policy document. The CLI takes the percent-encoding off and prints the object; other tools keep the text
/// of the API. An object becomes text again, without blanks and with its fields in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document(pub(super) String);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy document, as an object or as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Document, E> {
        Ok(Document(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Document, A::Error> {
        let mut text = String::new();
        Compact(&mut text).visit_map(map)?;
        Ok(Document(text))
    }
}

/// Writes any JSON value to a text, as it comes: no blanks, fields in their order, those that are there twice
/// twice.
struct Compact<'a>(&'a mut String);

impl Compact<'_> {
    fn write<E: Error>(self, value: &(impl serde::Serialize + ?Sized)) -> Result<(), E> {
        self.0.push_str(&serde_json::to_string(value).map_err(E::custom)?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Compact<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Compact<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.write(&())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.write(&value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.write(&value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.write(&value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.write(&value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.write(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push('[');
        let mut first = true;
        loop {
            let before = self.0.len();
            if !std::mem::take(&mut first) {
                self.0.push(',');
            }
            if items.next_element_seed(Compact(self.0))?.is_none() {
                self.0.truncate(before);
                break;
            }
        }
        self.0.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        self.0.push('{');
        let mut first = true;
        while let Some(name) = fields.next_key::<String>()? {
            if !std::mem::take(&mut first) {
                self.0.push(',');
            }
            Compact(self.0).write::<A::Error>(&name)?;
            self.0.push(':');
            fields.next_value_seed(Compact(self.0))?;
        }
        self.0.push('}');
        Ok(())
    }
}

/// A time: RFC 3339, or seconds since 1970 as version 1 of the CLI prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date(pub(super) Timestamp);

impl Date {
    /// The same for the SDK.
    pub(super) fn sdk(self) -> DateTime {
        // A part of a second is never negative in a time since 1970.
        let nanoseconds = u32::try_from(self.0.subsec_nanosecond()).unwrap_or_default();
        DateTime::from_secs_and_nanos(self.0.as_second(), nanoseconds)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(DateVisitor)
    }
}

struct DateVisitor;

impl DateVisitor {
    /// Whole seconds and what is left of one; a year beyond 9999 is none of AWS's.
    fn seconds<E: Error>(seconds: f64) -> Result<Date, E> {
        let time = jiff::SignedDuration::try_from_secs_f64(seconds)
            .ok()
            .filter(|since| !since.is_negative())
            .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok());
        time.map(Date).ok_or_else(|| E::custom(format!("`{seconds}` is not a time")))
    }
}

impl Visitor<'_> for DateVisitor {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time, for example \"2026-11-22T06:00:00+00:00\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Date, E> {
        read_time(text).map(Date).map_err(E::custom)
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds of our time fit a float exactly")]
    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Date, E> {
        Self::seconds(seconds as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds of our time fit a float exactly")]
    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Date, E> {
        Self::seconds(seconds as f64)
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Date, E> {
        Self::seconds(seconds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(json: &str) -> Result<String, String> {
        serde_json::from_str::<Document>(json).map(|it| it.0).map_err(|error| error.to_string())
    }

    #[test]
    fn documents_become_text_in_the_order_of_their_fields() {
        let rows = [
            (
                r#"{ "b" : [ 1 , -2, 0.5 ], "a": {"c": null, "d": true} }"#,
                r#"{"b":[1,-2,0.5],"a":{"c":null,"d":true}}"#,
            ),
            (r#"{"Action": "s3:*", "Action": "iam:*"}"#, r#"{"Action":"s3:*","Action":"iam:*"}"#),
            (r#"{"Sid": "a\u0022\u00e9 b"}"#, "{\"Sid\":\"a\\\"é b\"}"),
            ("{}", "{}"),
            (r#"{"a": [], "b": [[]]}"#, r#"{"a":[],"b":[[]]}"#),
            // Text stays as it is; taking the percent-encoding off is the collector's work.
            (r#""%7B%7D""#, "%7B%7D"),
        ];
        for (given, expected) in rows {
            assert_eq!(document(given).as_deref(), Ok(expected), "{given}");
        }
        for bad in ["5", "null", "[]", "true", "{\"a\": 1e999}"] {
            assert!(document(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_in_each_way_that_the_cli_prints_them() {
        let rows = [
            ("\"2016-12-11T19:33:49+00:00\"", Some("2016-12-11T19:33:49Z")),
            ("\"2016-12-11T19:33:49Z\"", Some("2016-12-11T19:33:49Z")),
            ("\"2016-12-11T20:33:49.25+01:00\"", Some("2016-12-11T19:33:49.25Z")),
            ("1481484829", Some("2016-12-11T19:33:49Z")),
            ("1481484829.25", Some("2016-12-11T19:33:49.25Z")),
            ("-1", None),
            ("1e300", None),
            ("\"yesterday\"", None),
            ("\"1969-01-01T00:00:00Z\"", None),
            ("null", None),
        ];
        for (given, expected) in rows {
            let read = serde_json::from_str::<Date>(given).ok().map(|it| it.0.to_string());
            assert_eq!(read.as_deref(), expected, "{given}");
        }
    }

    proptest! {
        /// Whatever an object holds, its text means the same.
        #[test]
        fn the_text_of_an_object_reads_as_the_object(keys in prop::collection::btree_map(".{0,6}", prop::collection::vec(any::<(bool, i64, String)>(), 0..4), 0..5)) {
            let object = serde_json::to_value(&keys).unwrap();
            let text = document(&serde_json::to_string_pretty(&object).unwrap()).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), object);
        }
    }
}
