//! What must hold is in `tests/src/parsers/policy_condition.rs`.
#![no_main]

use accesstrail_tests::parsers::check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check("policy_condition", bytes));
