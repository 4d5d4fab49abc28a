//! `template.yaml` and `cloudformation/*.yaml` agree with the code and with the rules of the house.
//!
//! What a policy may say is in `template/permissions.rs`, what of it is generated in `template/generated.rs`, what is
//! set up in `template/setup.rs`, how the parts hang together in `template/wiring.rs`; here is what holds for every
//! template.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that reads what it expects fails where it is not there"
)]

#[path = "template/generated.rs"]
mod generated;
#[path = "template/handlers.rs"]
mod handlers;
#[path = "template/permissions.rs"]
mod permissions;
#[path = "template/setup.rs"]
mod setup;
#[path = "template/wiring.rs"]
mod wiring;

use accesstrail_shared::settings::INVENTORY;
use accesstrail_tests::cloudformation::Template;
use accesstrail_tests::source;
use serde_json::Value;

/// The hub.
fn hub() -> Template {
    Template::read("template.yaml")
}

/// The role in each account.
fn member() -> Template {
    Template::read("cloudformation/member-account.yaml")
}

/// The role in the account that owns the organization.
fn management() -> Template {
    Template::read("cloudformation/management-account.yaml")
}

/// Every template.
fn all() -> Vec<Template> {
    let found: Vec<Template> = source::files()
        .iter()
        .filter(|path| {
            *path == "template.yaml"
                || (path.starts_with("cloudformation/") && source::has_extension(path, "yaml"))
        })
        .map(|path| Template::read(path))
        .collect();
    assert!(found.len() >= 2, "templates were not found");
    found
}

/// The names that a value refers to, anywhere in it.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field) {
                    ("Ref", Value::String(target)) => found.push(target.clone()),
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        found.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    _ => references(field, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The one resource that a value refers to.
fn reference(value: &Value) -> String {
    let mut found = Vec::new();
    references(value, &mut found);
    assert_eq!(found.len(), 1, "one reference is expected in {value}");
    found.remove(0)
}

#[test]
fn every_parameter_is_described_and_safe() {
    for template in all() {
        for (name, parameter) in template.section("Parameters") {
            let place = format!("{}: parameter {name}", template.path);
            let description = parameter["Description"].as_str().unwrap_or_default();
            assert!(description.len() >= 20, "{place} has no description");
            let constrained = ["AllowedPattern", "AllowedValues", "MinValue"]
                .iter()
                .any(|constraint| parameter.get(*constraint).is_some());
            assert!(constrained, "{place} takes anything");
            if let Some(pattern) = parameter["AllowedPattern"].as_str() {
                assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{place}: {pattern}");
            }
            assert_eq!(parameter["NoEcho"], Value::Null, "{place}: no template takes a secret");
            assert!(is_grouped(&template, &name), "{place} is in no group of the interface");
        }
    }
}

fn is_grouped(template: &Template, parameter: &str) -> bool {
    let interface = &template.json["Metadata"]["AWS::CloudFormation::Interface"];
    let groups = interface["ParameterGroups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["Parameters"].as_array().unwrap()).any(|p| p == parameter)
}

#[test]
fn every_parameter_has_a_default_unless_nothing_would_be_safe() {
    let needed = ["HubAccountId", "ExternalId", "OrganizationId"];
    for (name, parameter) in hub().section("Parameters") {
        assert!(parameter.get("Default").is_some(), "the hub must deploy as it is: {name}");
    }
    for (name, parameter) in member().section("Parameters") {
        let default = parameter.get("Default").is_some();
        assert_eq!(default, !needed.contains(&name.as_str()), "{name}");
    }
    assert_eq!(member().section("Parameters")["ExternalId"]["MinLength"], 16);
}

#[test]
fn defaults_are_those_of_the_settings() {
    let parameters = hub().section("Parameters");
    let default = |name: &str| {
        INVENTORY.iter().find(|variable| variable.name == name).and_then(|found| found.default)
    };
    assert_eq!(parameters["RoleName"]["Default"].as_str(), default("ACCESSTRAIL_ROLE"));
    assert_eq!(parameters["Credentials"]["Default"].as_str(), default("ACCESSTRAIL_CREDENTIALS"));
    let member_role = &member().section("Parameters")["RoleName"]["Default"];
    assert_eq!(member_role.as_str(), default("ACCESSTRAIL_ROLE"));
    for name in [
        "ExternalId",
        "OrganizationAccount",
        "IdentityCenterRegion",
        "Accounts",
        "AccountsExclude",
        "Ous",
        "OusExclude",
        "Regions",
        "RegionsExclude",
        "Skip",
    ] {
        assert_eq!(parameters[name]["Default"], "", "{name}: empty counts as not set");
    }
}

#[test]
fn every_output_is_described() {
    for template in all() {
        for (name, output) in template.section("Outputs") {
            let description = output["Description"].as_str().unwrap_or_default();
            assert!(description.len() >= 15, "{}: output {name}", template.path);
        }
    }
}

#[test]
fn everything_that_takes_tags_says_who_manages_it() {
    let untagged = [
        "AWS::Events::ApiDestination",
        "AWS::Events::Archive",
        "AWS::Events::Connection",
        "AWS::Events::EventBusPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Serverless::Function",
    ];
    for template in all() {
        for (name, resource) in template.section("Resources") {
            if untagged.contains(&resource["Type"].as_str().unwrap()) {
                continue;
            }
            let tags = resource["Properties"]["Tags"].as_array().cloned().unwrap_or_default();
            let managed =
                tags.iter().any(|tag| tag["Key"] == "managed-by" && tag["Value"] == "accesstrail");
            assert!(managed, "{}: {name}", template.path);
        }
    }
    assert_eq!(hub().json["Globals"]["Function"]["Tags"]["managed-by"], "accesstrail");
}

#[test]
fn the_application_repository_would_take_it() {
    let hub = hub();
    let metadata = &hub.json["Metadata"]["AWS::ServerlessRepo::Application"];
    let text = |field: &str| metadata[field].as_str().unwrap_or_default();
    assert!((1..=140).contains(&text("Name").len()));
    assert!((1..=256).contains(&text("Description").len()), "{}", text("Description").len());
    let author = text("Author");
    assert!(
        author
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    );
    assert_eq!(text("SemanticVersion"), env!("CARGO_PKG_VERSION"));
    assert_eq!(text("SpdxLicenseId"), env!("CARGO_PKG_LICENSE"));
    for file in [text("LicenseUrl"), text("ReadmeUrl")] {
        assert!(source::files().iter().any(|found| found == file), "{file}");
    }
    let labels = metadata["Labels"].as_array().unwrap();
    assert!(labels.len() <= 10 && labels.iter().all(|label| label.as_str().unwrap().len() <= 127));
}

#[test]
fn no_static_keys_anywhere() {
    let id = |text: &str, prefix: &str| {
        text.match_indices(prefix).any(|(at, _)| {
            let rest = text.get(at + 4..).unwrap_or_default();
            let key = rest.get(..16).unwrap_or_default();
            key.len() == 16
                && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                && !rest.starts_with("EXAMPLE")
                && !key.ends_with("EXAMPLE")
        })
    };
    for path in source::files() {
        let kind = path.rsplit('.').next().unwrap_or_default();
        if ["yaml", "yml", "md", "toml", "json", "sh", "py"].contains(&kind) || path == ".ci/run" {
            // A corpus has files that are no text.
            let Ok(text) = std::fs::read_to_string(source::root().join(&path)) else {
                assert!(path.starts_with("tests/corpus/"), "{path} is no text");
                continue;
            };
            assert!(!id(&text, "AKIA") && !id(&text, "ASIA"), "{path} holds an access key id");
        }
    }
}
