//! Settings from the file, the environment and flags; everything that is wrong, at once.

use accesstrail_shared::analysis::Class;
use accesstrail_shared::model::Region;

use super::*;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let lookup = |name: &str| {
        environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Settings::read(None, Some(text), &lookup)
}

#[test]
fn a_flag_comes_before_the_environment_before_the_file_before_the_default() {
    let key = Key::RegionsInclude;
    let file = "\n[regions]\ninclude = [\"eu-west-1\"]\n";
    let environment = [("ACCESSTRAIL_REGIONS", "eu-west-2, eu-west-3,")];
    let value = |settings: &Settings| {
        let given = settings.given(key);
        (given.texts.join(" "), given.origin.to_string())
    };
    let said = |texts: &str, origin: &str| (texts.to_owned(), origin.to_owned());
    assert_eq!(value(&read("", &[]).unwrap()), said("", "default"));
    assert_eq!(value(&read(file, &[]).unwrap()), said("eu-west-1", "file, line 3"));
    let mut settings = read(file, &environment).unwrap();
    assert_eq!(value(&settings), said("eu-west-2 eu-west-3", "ACCESSTRAIL_REGIONS"));
    settings.flag::<Region>(key, "--regions", &[]);
    assert_eq!(value(&settings).1, "ACCESSTRAIL_REGIONS");
    settings.flag(key, "--regions", &["eu-north-1".parse::<Region>().unwrap()]);
    assert_eq!(value(&settings), said("eu-north-1", "--regions"));
}

#[test]
fn every_default_is_one_that_could_be_set() {
    for key in Key::ALL {
        for text in key.default() {
            assert_eq!(key.check(text), Ok(()), "{}", key.name());
        }
        assert!(key.is_list() || key.default().len() == 1, "{}", key.name());
        assert_eq!(Key::find(key.name()), Some(*key));
    }
    assert_eq!(Key::Concurrency.default(), ["5"]);
    let variables: std::collections::BTreeSet<String> =
        Key::ALL.iter().map(|key| key.variable()).collect();
    assert_eq!(variables.len(), Key::ALL.len());
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_line() {
    let text = r#"
concurency = 5
concurrency = 99
skip = ["tier-3", "identity-stor"]
credentials = true
owner-tag-keys = "owner"
[regions]
include = [
  "eu-west-1",
  "mars",
]
[accounts]
exclude = ["12"]
[ous]
include = ["/"]
[iam]
skip-user-inline-policy = true
skip-managed-policies = "yes"
role-exclude = [""]
[[class]]
name = "svc-*"
klass = "machine"
[[class]]
class = "machine"
[[class]]
tag = "kind=robot"
class = "robot"
"#;
    let problems = read(text, &[("ACCESSTRAIL_CONCURRENCY", "many")]).unwrap_err();
    let expected = [
        "line 2: there is no setting `concurency`: `concurrency` perhaps",
        "line 3: concurrency: `99` is not a number from 1 to 64",
        "line 4: skip: `identity-stor` is no collector: `identity-store` perhaps",
        "line 5: credentials is a text in quotes, and this is of type boolean",
        "line 6: owner-tag-keys is a list of texts",
        "line 10: regions.include: ",
        "line 13: accounts.exclude: ",
        "line 15: ous.include: `/` is no organizational unit",
        "line 17: there is no setting `iam.skip-user-inline-policy`: `iam.skip-user-inline-policies` perhaps",
        "line 18: iam.skip-managed-policies is true or false",
        "line 19: iam.role-exclude: an empty text",
        "line 20: a rule needs a `class`",
        "line 22: a rule has no `klass`: `class` perhaps",
        "line 23: a rule needs a `name` or a `tag`",
        "line 27: ",
        "ACCESSTRAIL_CONCURRENCY: `many` is not a number",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(expected) {
        assert!(problem.starts_with(start), "{start} in {problem}");
    }
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    let rows = [
        ("a = 1\n= 2\n", "line 2"),
        ("skip = [\n\"tier-3\"", "line"),
        ("concurrency = 5\nconcurrency = 6\n", "line 2"),
        ("[iam]\n\tskip = \u{1}\n", "line 2"),
        ("a = \"\u{202e}", "line 1"),
    ];
    for (text, place) in rows {
        let problems = read(text, &[]).unwrap_err();
        assert!(problems[0].starts_with(place), "{text:?}: {problems:?}");
    }
}

#[test]
fn rules_are_read_in_their_order() {
    let text = "[[class]]\nname = \"svc-*\"\nclass = \"machine\"\n\
                [[class]]\ntag = \"Kind = robot*\"\nclass = \"service\"\n\
                [[class]]\ntag = \"bot\"\nname = \"*\"\nclass = \"oidc\"\n";
    let rules = read(text, &[]).unwrap().rules;
    let classes: Vec<Class> = rules.iter().map(|rule| rule.class).collect();
    assert_eq!(classes, [Class::Machine, Class::Service, Class::Oidc]);
    assert_eq!(rules[0].name.as_ref().unwrap().as_str(), "svc-*");
    let tag = rules[1].tag.as_ref().unwrap();
    assert_eq!((tag.0.as_str(), tag.1.as_ref().unwrap().as_str()), ("Kind", "robot*"));
    assert_eq!(rules[2].tag.as_ref().unwrap().1, None);
}

#[test]
fn the_file_lies_beside_the_store() {
    let rows = [
        (None, "accesstrail.toml"),
        (Some("a.db"), "accesstrail.toml"),
        (Some("/var/lib/a.db"), "/var/lib/accesstrail.toml"),
    ];
    for (store, expected) in rows {
        assert_eq!(beside(store.map(Path::new)), Path::new(expected));
    }
}
