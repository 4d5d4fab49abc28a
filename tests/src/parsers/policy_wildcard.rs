//! Patterns: one in the first line, then texts that are held against it.

use accesstrail_shared::policy::document::Version;
use accesstrail_shared::policy::evaluate::{Context, Mode};
use accesstrail_shared::policy::variable::{Template, Where, Wildcards};
use accesstrail_shared::policy::wildcard::Wildcard;

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let Some(pattern) = lines.next() else { return };
    let wildcard = Wildcard::read(pattern);
    assert!(wildcard.matches(pattern), "a pattern is one of its texts");
    let context = Context::new(Mode::Strict);
    let template =
        |version, wildcards| Template::read(pattern, version, wildcards, Where::BehindFifthColon);
    let (old, new) =
        (template(Version::V2008, Wildcards::On), template(Version::V2012, Wildcards::On));
    assert!(template(Version::V2008, Wildcards::Off).matches(pattern, &context).is_yes());
    for text in lines {
        let matches = wildcard.matches(text);
        assert_eq!(
            old.matches(text, &context).is_yes(),
            matches,
            "the older version has no variables"
        );
        if !pattern.contains("${") {
            assert_eq!(new.matches(text, &context).is_yes(), matches, "{pattern} {text}");
        }
        if !pattern.contains(['*', '?']) {
            assert_eq!(matches, pattern == text, "{pattern} {text}");
        }
    }
}
