//! Every action with its scope, where a reader sees it; and the policies that they make.

use super::*;

/// Every write action with its resource scope: a new one has to be written here, too, where a reader sees it.
#[test]
fn what_writes_is_on_our_names_only() {
    let mut elsewhere = BTreeSet::new();
    for each in ACTIONS.iter().filter(|each| each.writes) {
        let patterns = each.scope.patterns();
        let is_ours = |pattern: &&str| {
            pattern.contains("accesstrail-") || pattern.contains("policy/accesstrail/")
        };
        let ours = patterns.iter().filter(|it| is_ours(it)).count();
        // The types that a StackSet may be made of have no name of ours.
        let types = usize::from(each.scope == Scope::Sets);
        if patterns.is_empty() || ours + types < patterns.len() {
            elsewhere.insert((each.action, each.via.condition().is_some()));
        }
    }
    let expected = [
        ("cloudformation:ActivateOrganizationsAccess", false),
        ("cloudformation:CreateStackSet", true),
        ("cloudformation:DeactivateOrganizationsAccess", false),
        ("events:PutPermission", true),
        ("events:RemovePermission", true),
        ("iam:CreateServiceLinkedRole", false),
        ("organizations:DisableAWSServiceAccess", true),
        ("organizations:EnableAWSServiceAccess", true),
        ("s3:PutBucketNotification", true),
    ];
    assert_eq!(elsewhere, expected.into());
}

#[test]
fn identities_are_written_through_cloudformation_and_by_name_only() {
    let of_ours = |each: &&Granted| {
        each.action.starts_with("iam:") && each.action != "iam:CreateServiceLinkedRole"
    };
    for each in ACTIONS.iter().filter(of_ours) {
        if each.scope == Scope::AdministrationRole {
            assert!(each.via == Via::Passed || !each.writes, "{}", each.action);
            continue;
        }
        assert_eq!(each.via, Via::Stack, "{}", each.action);
        assert!(matches!(each.scope, Scope::Roles | Scope::Policies), "{}", each.action);
    }
    let policy = policy(&statements(EVERY_PART), "aws", "111122223333");
    for statement in policy["Statement"].as_array().unwrap() {
        let text = statement["Action"].to_string();
        if text.contains("PassRole") || text.contains("PutRolePolicy") {
            let arn = statement["Resource"][0].as_str().unwrap();
            assert!(arn.starts_with("arn:aws:iam::111122223333:role/accesstrail-"), "{arn}");
            assert!(statement["Condition"].to_string().contains("cloudformation.amazonaws.com"));
        }
        assert!(!text.contains('*'), "{text}");
    }
    assert!(policy.to_string().contains("iam:PassRole"));
}

#[test]
fn what_only_reads_writes_nothing() {
    for each in ACTIONS.iter().filter(|each| !each.writes) {
        let (_, name) = each.action.split_once(':').unwrap();
        assert!(["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb)), "{name}");
    }
    let mut seen = BTreeSet::new();
    for each in ACTIONS {
        assert!(seen.insert((each.action, each.scope)), "{} stands twice", each.action);
        assert!(!each.parts.is_empty());
    }
}

#[test]
fn a_part_that_is_withheld_takes_its_actions_with_it() {
    let all = needed(EVERY_PART);
    let less: Vec<Part> = EVERY_PART
        .iter()
        .copied()
        .filter(|part| *part != Part::In(Template::EventStreaming))
        .collect();
    let less = needed(&less);
    assert!(all.contains(&"events:PutRule".to_owned()));
    assert!(!less.iter().any(|action| action.starts_with("events:Put")), "{less:?}");
    assert!(less.contains(&"iam:CreateRole".to_owned()));
    assert_eq!(needed(&[Part::Notification]), ["s3:PutBucketNotification"]);
}

#[test]
fn a_denial_is_answered_with_what_to_grant() {
    let rows = [
        (
            "cloudformation:CreateStack",
            "allow cloudformation:CreateStack on arn:aws-cn:cloudformation:*:111122223333:stack/accesstrail-*/*",
        ),
        ("cloudformation:CreateStackSet", "allow cloudformation:CreateStackSet on *"),
        ("iam:DeleteUser", "allow iam:DeleteUser"),
    ];
    for (action, expected) in rows {
        assert_eq!(grant(action, "aws-cn", "111122223333"), expected);
    }
}

#[test]
fn policies_of_the_template_lose_nothing_and_fit() {
    let whole = statements(EVERY_PART);
    let text = managed("SetUp", "SetupRole", "SetsUp");
    for statement in &whole {
        assert_eq!(
            text.matches(&format!("- Sid: {}\n", statement.sid)).count(),
            1,
            "{}",
            statement.sid
        );
    }
    let listed = |text: &str| text.matches("\n              - ").count();
    let actions: usize = whole.iter().map(|statement| statement.actions.len()).sum();
    let arns: usize = whole.iter().map(|statement| statement.patterns.len()).sum();
    assert_eq!(listed(&text), actions + arns);
    let policies = text.matches("Type: AWS::IAM::ManagedPolicy").count();
    assert!((2..=4).contains(&policies), "{policies}");
    assert_eq!(text.matches("    Condition: SetsUp\n").count(), policies);
    assert_eq!(text.matches("      Roles: [!Ref SetupRole]\n").count(), policies);
    // As IAM counts: without white space.
    for policy in text.split("AWS::IAM::ManagedPolicy").skip(1) {
        let narrow: String = policy.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(narrow.len() < 9_000, "{}", narrow.len());
    }
}

#[test]
fn a_statement_of_the_template_reads_as_people_write_it() {
    let text = managed("SetUp", "SetupRole", "SetsUp");
    let expected = "          - Sid: StackRoles
            Effect: Allow
            Action:
              - iam:AttachRolePolicy
";
    assert!(text.contains(expected), "{text}");
    let expected = "            Resource:
              - !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/accesstrail-*
            Condition:
              ForAnyValue:StringEquals:
                aws:CalledVia: cloudformation.amazonaws.com
";
    assert!(text.contains(expected), "{text}");
    let expected = "            Resource: \"*\"
            Condition:
              StringEquals:
                aws:RequestTag/managed-by: accesstrail
";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("s3:ResourceAccount: \"${aws:PrincipalAccount}\"\n"), "{text}");
}
