//! JSON written straight into a text, in the order of the calls, as CloudTrail orders its fields.

use std::fmt::Write as _;

/// An object that is being written.
#[derive(Debug)]
pub(super) struct Object<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> Object<'a> {
    /// Opens an object at the end of `out`.
    pub(super) fn open(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    /// Ends the object.
    pub(super) fn close(self) {
        self.out.push('}');
    }

    fn key(&mut self, key: &str) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        escape(key, self.out);
        self.out.push(':');
        self.out
    }

    /// Adds a text.
    pub(super) fn text(&mut self, key: &str, value: &str) {
        escape(value, self.key(key));
    }

    /// Adds a text, where there is one.
    pub(super) fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    /// Adds a text, or `null`.
    pub(super) fn text_or_null(&mut self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(key, value),
            None => self.raw(key, "null"),
        }
    }

    /// Adds what is JSON already.
    pub(super) fn raw(&mut self, key: &str, value: &str) {
        self.key(key).push_str(value);
    }

    /// Adds `true` or `false`.
    pub(super) fn flag(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    /// Adds an object.
    pub(super) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object<'_>)) {
        let mut inner = Object::open(self.key(key));
        fill(&mut inner);
        inner.close();
    }

    /// Adds whatever JSON `fill` appends.
    pub(super) fn value(&mut self, key: &str, fill: impl FnOnce(&mut String)) {
        fill(self.key(key));
    }
}

/// Appends a text in quotes.
pub(super) fn escape(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            letter if u32::from(letter) < 0x20 => {
                // Writing into a text cannot fail.
                write!(out, "\\u{:04x}", u32::from(letter)).unwrap_or_default();
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_in_order_and_read_back() {
        let mut out = String::new();
        let mut object = Object::open(&mut out);
        object.text("b", "1");
        object.flag("a", true);
        object.object("inner", |inner| inner.text_or_null("none", None));
        object.maybe("absent", None);
        object.value("list", |out| out.push_str("[1]"));
        object.close();
        assert_eq!(out, r#"{"b":"1","a":true,"inner":{"none":null},"list":[1]}"#);
    }

    #[test]
    fn every_letter_survives() {
        for text in ["", "\"\\\n\t\u{1}", "<b>=HYPERLINK()</b>", "\u{202e}日本\u{1f600}\u{7f}"] {
            let mut out = String::new();
            escape(text, &mut out);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
