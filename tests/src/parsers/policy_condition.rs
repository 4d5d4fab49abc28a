//! Values of conditions: an operator, a value of a policy, then the values of the request.

use accesstrail_shared::policy::condition::{Condition, date, ip_address, numeric};
use accesstrail_shared::policy::document::{self, Version};
use accesstrail_shared::policy::evaluate::{Context, Mode};

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let (Some(operator), Some(value)) = (lines.next(), lines.next()) else { return };
    let written = document::Condition {
        operator: operator.to_owned(),
        key: "a:B".to_owned(),
        values: vec![value.to_owned()],
    };
    let values: Vec<&str> = lines.collect();
    for (version, mode) in [
        (Version::V2008, Mode::Strict),
        (Version::V2012, Mode::Strict),
        (Version::V2012, Mode::Discovery),
    ] {
        let Some(condition) = Condition::compile(&written, version) else { return };
        let mut context = Context::new(mode);
        let missing = condition.holds(&context);
        context.set("A:b", values.iter().copied());
        let holds = condition.holds(&context);
        // What is not known is named, and nothing else is.
        let is_open = holds == accesstrail_shared::policy::Truth::Maybe;
        assert!(!is_open || !condition.unknown(&context).is_empty(), "{text}");
        assert!(mode == Mode::Discovery || !is_open, "{text}");
        assert!(!values.is_empty() || holds == missing || mode == Mode::Discovery, "{text}");
    }
    for text in values {
        assert_eq!(date::read(text), date::read(text.trim()), "spaces around are none of it");
        if let (Some(range), Some(address)) =
            (ip_address::Range::read(text), ip_address::read(text))
        {
            assert!(
                range.contains(address) || text.contains(':'),
                "an address is in itself: {text}"
            );
        }
        if let Some(number) = numeric::Decimal::read(text) {
            assert!(number.order(&number).is_eq(), "{text}");
        }
    }
}
