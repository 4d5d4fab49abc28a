//! Text from outside, made inert for a terminal or a spreadsheet.

/// Text that cannot steer a terminal: no escape, no line break, no mark that reverses or hides what
/// stands beside it. What is taken out is shown as `·`, so that it does not vanish unseen.
pub fn terminal(text: &str) -> String {
    text.chars().map(|c| if is_steering(c) { '·' } else { c }).collect()
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

    proptest! {
        #[test]
        fn no_text_steers(text in ".*") {
            prop_assert!(!terminal(&text).chars().any(is_steering));
        }
    }
}
