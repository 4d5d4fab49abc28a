//! Cases of `accesstrail evaluate`: JSON lines. A few lines of each input are evaluated, which ones hangs on its length.

use accesstrail_shared::policy::case::{Case, evaluate_line};
use serde_json::Value;

const LINES: usize = 4;

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().collect();
    let first = bytes.len() % lines.len().max(1);
    for line in lines.iter().cycle().skip(first).take(LINES.min(lines.len())) {
        let answer: Value = serde_json::from_str(&evaluate_line(line)).unwrap();
        let decision = answer["decision"].as_str().unwrap();
        assert!(answer["reason"].is_string() && answer["decided_by"].is_array(), "{answer}");
        let missing = answer["missing_keys"].as_array().unwrap();
        assert_eq!(decision == "conditional", !missing.is_empty(), "{answer}");
        match Case::read(line) {
            Ok(case) => assert_eq!(case.decide().as_str(), decision, "both ways decide alike"),
            Err(_) => assert_eq!(decision, "invalid"),
        }
    }
}
