//! Shapes that documents come in, what is set aside of them, and that they print as they were read.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Document {
    Document::read(text).unwrap()
}

fn statement(rest: &str) -> Document {
    read(&format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{rest}}}]}}"#))
}

#[test]
fn one_and_many_are_read_alike() {
    let many = read(
        r#"{"Statement":[{"Effect":"Allow","Action":["s3:Get*"],"Resource":["*"],"Condition":{"Bool":{"a:b":["true"]}}}]}"#,
    );
    let one = read(
        r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Bool":{"a:b":true}}}}"#,
    );
    assert_eq!(many.statements, one.statements);
    assert_eq!(one.version, Version::V2008, "none is the older");
    assert!(many.problems.is_empty() && one.problems.is_empty());
    let numbers = statement(
        r#""Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":[1,"2",1.5]}}"#,
    );
    assert_eq!(numbers.statements[0].conditions[0].values, ["1", "2", "1.5"]);
}

#[test]
fn every_element_and_its_negation_is_read() {
    let document = read(
        r#"{"Version":"2012-10-17","Id":"x","Statement":[
            {"Sid":1,"Effect":"Deny","NotPrincipal":{"AWS":["111122223333"],"Service":"a.amazonaws.com"},
             "NotAction":"s3:*","NotResource":["a","b"],"Other":null},
            {"Sid":"1","Effect":"Allow","Principal":"*","Action":"s3:*"}]}"#,
    );
    assert_eq!(document.problems, []);
    assert_eq!(document.id.as_deref(), Some("x"));
    let [first, second] = document.statements.as_slice() else { panic!("{document:?}") };
    assert_eq!(first.sid.as_deref(), Some("1"), "ids may be numbers, and stand twice");
    assert_eq!(first.actions, Listed::NotIn(vec!["s3:*".to_owned()]));
    assert_eq!(first.resources.as_ref().unwrap().items(), ["a", "b"]);
    assert_eq!(first.principals.as_ref().unwrap().items().len(), 2);
    assert_eq!(second.resources, None);
}

#[test]
fn what_aws_refuses_is_set_aside_with_its_reason() {
    let rows = [
        (r#""Resource":"*""#, "statement 1: `Action` is missing"),
        (
            r#""Action":"s3:*","NotAction":"s3:*""#,
            "statement 1: `Action` and `NotAction` are both there",
        ),
        (r#""Action":[],"Resource":"*""#, "statement 1: `Action` is empty"),
        (r#""NotAction":[],"Resource":"*""#, "statement 1: `NotAction` is empty"),
        (r#""Action":"s3:*","Resource":[]"#, "statement 1: `Resource` is empty"),
        (
            r#""Action":"GetObject""#,
            "statement 1: `GetObject` is no action, `service:Name` or `*` is expected",
        ),
        (
            r#""Action":{"a":1}"#,
            "statement 1: `Action` is an object, a string or an array of strings is expected",
        ),
        (
            r#""Action":[["s3:*"]]"#,
            "statement 1: `Action` is an array, a string or an array of strings is expected",
        ),
        (
            r#""Action":"*","Principal":"111122223333""#,
            "statement 1: `Principal` is a string, `*` or an object is expected",
        ),
        (r#""Action":"*","Principal":{"aws":"*"}"#, "statement 1: `aws` is no kind of principal"),
        (r#""Action":"*","Principal":{}"#, "statement 1: `Principal` is empty"),
        (
            r#""Action":"*","Condition":[]"#,
            "statement 1: `Condition` is an array, an object is expected",
        ),
        (
            r#""Action":"*","Condition":{"Bool":true}"#,
            "statement 1: `Bool` is a boolean, an object is expected",
        ),
        (
            r#""Action":"*","Condition":{"StringMatches":{"a:b":"c"}}"#,
            "statement 1: `StringMatches` is no condition operator",
        ),
        (
            r#""Action":"*","Condition":{"Bool":{"a:b":null}}"#,
            "statement 1: `a:b` is null, a string or an array of strings is expected",
        ),
        (r#""Action":"*","Action":"s3:*""#, "statement 1: `Action` stands there twice"),
        (r#""Action":"*","Sid":[]"#, "statement 1: `Sid` is an array, a string is expected"),
    ];
    for (rest, expected) in rows {
        let document = statement(rest);
        let found: Vec<String> = document.problems.iter().map(ToString::to_string).collect();
        assert_eq!(found, [expected], "{rest}");
        assert!(document.statements.is_empty());
    }
}

#[test]
fn what_aws_refuses_about_a_document_is_named() {
    for (text, expected) in [
        (
            r#"{"Statement":[{"Effect":"allow","Action":"*"}]}"#,
            "statement 1: `allow` is no effect, `Allow` or `Deny` is expected",
        ),
        (r#"{"Statement":[{"Action":"*"}]}"#, "statement 1: `Effect` is missing"),
        (r#"{"Statement":["x"]}"#, "statement 1: `Statement` is a string, an object is expected"),
        (
            r#"{"Statement":"x"}"#,
            "`Statement` is a string, an object or an array of objects is expected",
        ),
        (r#"{"Version":"2012-10-17"}"#, "`Statement` is missing"),
        (r#"{"Version":"2012","Statement":[]}"#, "`2012` is no version of the policy language"),
        (r#"{"Version":20121017,"Statement":[]}"#, "`Version` is a number, a string is expected"),
        (r#"{"Statement":[],"Statement":[]}"#, "`Statement` stands there twice"),
    ] {
        let problems = read(text).problems;
        let found: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(found, [expected], "{text}");
    }
}

#[test]
fn the_rest_of_a_document_is_read_on() {
    let document = read(r#"{"Statement":[{"Effect":"Maybe"},{"Effect":"Deny","Action":"*"},7]}"#);
    assert_eq!(document.statements.len(), 1);
    assert_eq!(document.statements[0].index, 1, "places are those of the text");
    let places: Vec<_> = document.problems.iter().map(|problem| problem.statement).collect();
    assert_eq!(places, [Some(0), Some(2)]);
}

#[test]
fn what_is_no_object_is_no_document() {
    for text in
        ["", "[]", "\"{}\"", "null", "{", "{} x", "/* c */ {}", "%7B%7D", "\u{feff}\u{feff}{}"]
    {
        assert!(Document::read(text).is_err(), "{text}");
    }
    assert!(Document::read(&format!("{{\"a\":{}", "[".repeat(1_000_000))).is_err());
    assert!(Document::read("\u{feff}{\"Statement\":[]}").unwrap().problems.is_empty());
}

#[test]
fn elements_belong_where_they_are_used() {
    let problems = |text: &str, used| {
        let found = read(text).problems_as(used);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let named = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let unnamed = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let bare = r#"{"Statement":[{"Effect":"Allow","Action":"*"}]}"#;
    assert_eq!(
        problems(named, Use::Identity),
        ["statement 1: `Principal` is in the policy of an identity"]
    );
    assert_eq!(problems(bare, Use::Identity), ["statement 1: `Resource` is missing"]);
    assert_eq!(problems(unnamed, Use::Resource), ["statement 1: `Principal` is missing"]);
    for (text, used) in [
        (named, Use::Resource),
        (unnamed, Use::Identity),
        (named, Use::Perimeter),
        (unnamed, Use::Perimeter),
    ] {
        assert!(problems(text, used).is_empty());
    }
}

#[test]
fn large_documents_are_read() {
    let one = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    let many = format!(r#"{{"Statement":[{}]}}"#, vec![one; 10_000].join(","));
    let document = read(&many);
    assert_eq!((document.statements.len(), document.problems.len()), (10_000, 0));
    assert_eq!(document.print(), many);
}

/// Any JSON, with the words of policies in it more often than not.
fn json() -> impl Strategy<Value = Json> {
    let word = prop::sample::select(vec![
        "Version",
        "2012-10-17",
        "Statement",
        "Effect",
        "Allow",
        "Deny",
        "Action",
        "NotAction",
        "s3:Get*",
        "*",
        "Resource",
        "NotResource",
        "Principal",
        "AWS",
        "111122223333",
        "Condition",
        "StringLike",
        "aws:username",
        "é\"",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|number| Json::Number(number.into())),
        word.clone().prop_map(|text| Json::Text(text.to_owned())),
    ];
    leaf.prop_recursive(6, 60, 5, move |inner| {
        let key = word.clone().prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            prop::collection::vec((key, inner), 0..6).prop_map(Json::Object),
        ]
    })
}

proptest! {
    #[test]
    fn a_document_prints_as_it_was_read(source in json()) {
        let text = source.to_string();
        match Document::read(&text) {
            Ok(document) => {
                prop_assert_eq!(document.print(), text.clone());
                prop_assert_eq!(Document::read(&document.print()), Ok(document));
            }
            Err(_) => prop_assert!(source.entries().is_none()),
        }
    }

    #[test]
    fn reading_is_total(text in ".*") {
        let read = Document::read(&text);
        prop_assert_eq!(read.is_ok() && !text.contains('\u{7b}'), false);
    }

    #[test]
    fn statements_and_problems_are_all_statements(statements in prop::collection::vec(json(), 0..6)) {
        let count = statements.len();
        let source = Json::Object(vec![("Statement".to_owned(), Json::List(statements))]);
        let document = Document::of(source).unwrap();
        prop_assert_eq!(document.statements.len() + document.problems.len(), count);
    }
}
