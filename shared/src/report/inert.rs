//! Text from outside, made inert for a terminal or a spreadsheet.

use std::borrow::Cow;

/// Text that cannot steer a terminal: no escape, no line break, no mark that reverses or hides what
/// stands beside it. What is taken out is shown as `·`, so that it does not vanish unseen.
pub fn terminal(text: &str) -> String {
    text.chars().map(|c| if is_steering(c) { '·' } else { c }).collect()
}

/// As [`terminal`], of lines: their ends stay.
pub fn terminal_lines(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let (line, end) = match line.strip_suffix("\r\n").or_else(|| line.strip_suffix('\n')) {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        terminal(line) + end
    });
    lines.collect()
}

/// A JSON text with what could steer a terminal as escapes (`\u202e`): the same value for every reader of JSON.
///
/// JSON itself asks for escapes of the controls up to U+001F alone. What is left of those in a JSON text stands
/// between values, as white space, and stays.
pub fn json(text: &str) -> Cow<'_, str> {
    let is_raw = |c: char| c > '\u{1f}' && is_steering(c);
    if !text.contains(is_raw) {
        return Cow::Borrowed(text);
    }
    let mut inert = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_raw(c) {
            // Beyond U+FFFF JSON has two escapes: the halves of UTF-16.
            let mut units = [0; 2];
            let halves = c.encode_utf16(&mut units).iter();
            inert.extend(halves.map(|half| format!("\\u{half:04x}")));
        } else {
            inert.push(c);
        }
    }
    Cow::Owned(inert)
}

fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{061c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A cell of a CSV file (RFC 4180) that a spreadsheet takes for text: one that begins like a formula
/// gets an apostrophe in front.
///
/// <https://owasp.org/www-community/attacks/CSV_Injection>
pub fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r', ';']) || formula {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn terminals_are_not_steered() {
        let rows = [
            ("ana", "ana"),
            ("a\u{1b}[31mb", "a·[31mb"),
            ("a\nb", "a·b"),
            ("user\u{202e}nimda", "user·nimda"),
            ("zero\u{200b}width", "zero·width"),
            ("ünï-日本-🙂", "ünï-日本-🙂"),
        ];
        for (text, expected) in rows {
            assert_eq!(terminal(text), expected);
        }
    }

    #[test]
    fn cells_are_text() {
        let rows = [
            ("plain", "plain"),
            ("=1+2", "\"'=1+2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("-1", "\"'-1\""),
        ];
        for (text, expected) in rows {
            assert_eq!(csv_cell(text), expected);
        }
    }

    #[test]
    fn json_is_the_same_value_in_escapes() {
        let rows = [
            ("{\"a\": [1,\n\t\"b\"]}\r\n", "{\"a\": [1,\n\t\"b\"]}\r\n"),
            ("\"ünï-日本-🙂 \\u001b\"", "\"ünï-日本-🙂 \\u001b\""),
            ("\"eva\u{202e}\"", r#""eva\u202e""#),
            ("{\"\u{7f}\":\"\u{9b}31m\"}", r#"{"\u007f":"\u009b31m"}"#),
            ("\"\\\\\u{200b}\"", r#""\\\u200b""#),
            ("\"tag\u{e0041}\"", r#""tag\udb40\udc41""#),
        ];
        for (text, expected) in rows {
            assert_eq!(json(text), expected);
        }
    }

    #[test]
    fn lines_stay_lines() {
        let rows =
            [("", ""), ("a\u{9b}1m\r\nb\u{1b}[2J\n\nc", "a·1m\nb·[2J\n\nc"), ("a\rb\n", "a·b\n")];
        for (text, expected) in rows {
            assert_eq!(terminal_lines(text), expected);
        }
    }

    /// Text with many steering characters in it.
    fn steering() -> impl Strategy<Value = String> {
        let odd = prop_oneof![
            any::<char>(),
            proptest::char::range('\0', '\u{a0}'),
            proptest::char::range('\u{2000}', '\u{2070}'),
            proptest::char::range('\u{dfff0}', '\u{e0090}'),
        ];
        proptest::collection::vec(odd, 0..12).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn no_json_steers_and_every_value_stays(
            entries in proptest::collection::btree_map(steering(), (steering(), any::<i32>()), 0..6),
            pretty in any::<bool>(),
        ) {
            let value = serde_json::json!({"of": entries, "list": [entries, null, true]});
            let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let text = write(&value).unwrap();
            let inert = json(&text);
            let left = inert.chars().filter(|c| *c != '\n').find(|c| is_steering(*c));
            prop_assert_eq!(left, None);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&inert).unwrap(), value);
            prop_assert!(matches!(json(&inert), Cow::Borrowed(_)));
        }

        #[test]
        fn no_lines_steer(text in steering(), more in ".*") {
            let lines = terminal_lines(&format!("{text}\n{more}"));
            prop_assert!(!lines.chars().any(|c| c != '\n' && is_steering(c)));
        }

        #[test]
        fn no_text_steers(text in ".*") {
            prop_assert!(!terminal(&text).chars().any(is_steering));
        }
    }
}
