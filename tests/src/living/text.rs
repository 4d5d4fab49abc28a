//! How AWS writes things: XML, dates, documents in percent-encoding.

use std::fmt::Write as _;

use accesstrail_shared::model::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The unreserved characters of RFC 3986 stay as they are.
const RFC_3986: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value of a form.
pub(super) fn decoded(value: &str) -> String {
    percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// A document as IAM gives it.
pub(super) fn document(text: &str) -> String {
    utf8_percent_encode(text, RFC_3986).to_string()
}

/// A moment, in whole seconds.
pub(super) fn date(second: i64) -> String {
    Timestamp::from_second(second).unwrap().to_string()
}

/// XML under way.
#[derive(Debug, Default)]
pub(super) struct Xml(pub(super) String);

impl Xml {
    /// An element with a text in it.
    pub(super) fn text(&mut self, name: &str, text: impl AsRef<str>) -> &mut Self {
        write!(self.0, "<{name}>").unwrap();
        for letter in text.as_ref().chars() {
            match letter {
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '&' => self.0.push_str("&amp;"),
                other => self.0.push(other),
            }
        }
        write!(self.0, "</{name}>").unwrap();
        self
    }

    /// An element with others in it.
    pub(super) fn inside(&mut self, name: &str, fill: impl FnOnce(&mut Self)) -> &mut Self {
        write!(self.0, "<{name}>").unwrap();
        fill(self);
        write!(self.0, "</{name}>").unwrap();
        self
    }

    /// A list: a `member` for each item.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.inside(name, |xml| {
            for item in items {
                xml.inside("member", |xml| fill(xml, item));
            }
        })
    }

    /// Plain text between elements.
    pub(super) fn plain(&mut self, text: &str) {
        self.0.push_str(text);
    }
}
