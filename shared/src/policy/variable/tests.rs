//! What variables are replaced by.

use proptest::prelude::*;

use super::*;
use crate::policy::evaluate::context::Mode;

fn context(mode: Mode) -> Context {
    let mut context = Context::new(mode);
    context.set("aws:username", ["ana"]);
    context.set("aws:PrincipalTag/Team", ["a*b"]);
    context.set("aws:TagKeys", ["x", "y"]);
    context.set("aws:userid", [] as [&str; 0]);
    context
}

fn check(template: &str, text: &str, expected: Truth) {
    let read = |version| Template::read(template, version, Wildcards::On, Where::BehindFifthColon);
    let found = read(Version::V2012).matches(text, &context(Mode::Discovery));
    assert_eq!(found, expected, "{template} {text}");
    if expected == Truth::Yes && template.contains("${") {
        let old = read(Version::V2008).matches(text, &context(Mode::Discovery));
        assert_eq!(old, Truth::No, "{template} is text in the older version");
    }
}

#[test]
fn variables_are_replaced_by_text() {
    use Truth::{Maybe, No, Yes};
    let rows = [
        ("home/${aws:username}/*", "home/ana/x", Yes),
        ("home/${AWS:UserName}/*", "home/ana/x", Yes),
        ("home/${aws:username}/*", "home/bob/x", No),
        ("${aws:PrincipalTag/team}", "a*b", Yes),
        ("${aws:PrincipalTag/team}", "axb", No),
        ("${aws:userid}", "", No),
        ("${aws:userid, 'anonymous'}", "anonymous", Yes),
        ("${ aws:userid ,  'an}on' }x", "an}onx", Yes),
        ("${aws:username, 'nobody'}", "ana", Yes),
        ("${aws:username, 'nobody'}", "nobody", No),
        ("${aws:TagKeys}", "x", No),
        ("${aws:TagKeys, 'many'}", "many", Yes),
        ("a${*}b", "a*b", Yes),
        ("a${*}b", "axb", No),
        ("a${?}b${$}", "a?b$", Yes),
        ("${$}{aws:username}", "${aws:username}", Yes),
        ("${", "${", No),
        ("${}", "${}", No),
        ("${aws:username", "${aws:username", No),
        ("${other:key}", "anything", Maybe),
        ("a${other:key}", "b", No),
        ("${other:key, 'x'}", "x", Maybe),
        ("arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/ana", Yes),
        ("arn:aws:iam::${aws:username}:user/x", "arn:aws:iam::ana:user/x", No),
        ("arn:aws:sqs:eu-west-1:*:${aws:username}-q", "arn:aws:sqs:eu-west-1:1:ana-q", Yes),
    ];
    for (template, text, expected) in rows {
        if ["${", "${}", "${aws:username"].contains(&template) {
            // What is no variable is text, in both versions.
            let read = Template::read(template, Version::V2012, Wildcards::On, Where::All);
            assert_eq!(read.matches(text, &context(Mode::Strict)), Yes, "{template}");
        } else {
            check(template, text, expected);
        }
    }
}

#[test]
fn what_is_not_known_is_named() {
    let read = |mode| {
        let template = Template::read(
            "${a:B}/${aws:username}/${c:D, 'e'}",
            Version::V2012,
            Wildcards::On,
            Where::All,
        );
        let context = context(mode);
        template.unknown(&context).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(read(Mode::Discovery), ["a:B", "c:D"]);
    assert!(read(Mode::Strict).is_empty(), "what is not listed is absent there");
}

proptest! {
    #[test]
    fn a_text_without_variables_is_a_pattern(text in "[ab*?:${}]{0,8}", other in "[ab:${}]{0,8}") {
        prop_assume!(!text.contains("${"));
        let read = Template::read(&text, Version::V2012, Wildcards::On, Where::All);
        let expected = Wildcard::read(&text).matches(&other);
        prop_assert_eq!(read.matches(&other, &Context::new(Mode::Strict)), expected.into());
    }

    #[test]
    fn many_parts_match_as_few_do(count in 0_usize..30, text in "[ab]{0,30}") {
        let template = "${k:a, 'a'}".repeat(count);
        let read = Template::read(&template, Version::V2012, Wildcards::On, Where::All);
        let expected = text == "a".repeat(count);
        prop_assert_eq!(read.matches(&text, &Context::new(Mode::Strict)), expected.into());
    }
}
