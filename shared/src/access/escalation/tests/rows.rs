//! The rows of the table: that none is missing, and what some of them ask besides permissions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, account, all, arn, policy};
use crate::access::Index;
use crate::access::escalation::{Escalation, Hop, PATHS};
use crate::policy::catalogue::{self, Catalogue as _};

/// How many ways the catalogue has, by service, as of November 2026.
const KNOWN: &[(&str, usize)] = &[
    ("amplify", 1),
    ("apprunner", 2),
    ("batch", 3),
    ("bedrock", 7),
    ("braket", 1),
    ("cloudformation", 5),
    ("codebuild", 4),
    ("codedeploy", 1),
    ("cognitoidentity", 1),
    ("datapipeline", 1),
    ("ec2", 5),
    ("ecs", 9),
    ("emr", 1),
    ("emrserverless", 1),
    ("gamelift", 1),
    ("glue", 7),
    ("iam", 21),
    ("imagebuilder", 1),
    ("kinesisanalytics", 1),
    ("lambda", 6),
    ("mwaa", 2),
    ("omics", 1),
    ("sagemaker", 5),
    ("ssm", 3),
    ("sts", 1),
];

#[test]
fn no_way_of_the_catalogue_is_missing() {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for path in PATHS {
        let (service, number) = path.id.rsplit_once('-').unwrap();
        let number = number.parse().unwrap();
        // The others are of this table.
        if number <= 100 {
            found.entry(service).or_default().push(number);
        }
    }
    for numbers in found.values_mut() {
        numbers.sort_unstable();
    }
    let known = KNOWN.iter().map(|(service, count)| (*service, (1..=*count).collect()));
    assert_eq!(found, known.collect::<BTreeMap<_, Vec<usize>>>());
}

#[test]
fn every_permission_is_an_action_that_there_is() {
    for path in PATHS {
        for action in path.needs {
            let known = catalogue::published().action(action);
            let known = known.map(|it| it.full_name());
            assert_eq!(known.as_deref(), Some(*action), "{}", path.id);
        }
    }
}

/// The first hop of somebody who may do this with everything, where an administrator's role is there.
fn first_hop(actions: &[&str], role: &Value) -> Option<Hop> {
    let statements = json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]);
    let mut target = json!({"arn": arn("role", "target"), "type": "role", "account": ACCOUNT,
        "inline": [all()]});
    target.as_object_mut().unwrap().extend(role.as_object().cloned().unwrap_or_default());
    let estate = account(
        &json!([{"arn": arn("user", "start"), "type": "user", "account": ACCOUNT,
            "inline": [policy(statements)]}, target]),
        &json!({}),
    );
    let index = Index::of(&estate);
    let route = Escalation::of(&index).route(&arn("user", "start"))?;
    route.hops.into_iter().next()
}

fn id(actions: &[&str], role: &Value) -> Option<&'static str> {
    first_hop(actions, role).map(|hop| hop.id)
}

fn trusting(service: &str) -> Value {
    policy(
        json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]),
    )
}

#[test]
fn an_instance_gets_a_role_without_a_profile_only_by_making_one() {
    let profile =
        |has: bool| json!({"trust": trusting("ec2.amazonaws.com"), "instance_profile": has});
    let pass = ["iam:PassRole", "ec2:RunInstances"];
    let add = [pass.as_slice(), &["iam:AddRoleToInstanceProfile"]].concat();
    let make = [add.as_slice(), &["iam:CreateInstanceProfile"]].concat();
    let swap = [add.as_slice(), &["iam:RemoveRoleFromInstanceProfile"]].concat();
    let rows: [(&[&str], Option<&str>, Option<&str>); 8] = [
        (&pass, Some("ec2-001"), None),
        (&add, Some("ec2-001"), None),
        (&make, Some("ec2-001"), Some("ec2-101")),
        (&swap, Some("ec2-001"), Some("ec2-102")),
        (&["iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile"], None, None),
        (&["iam:PassRole", "elasticmapreduce:RunJobFlow"], Some("emr-001"), None),
        (
            &[
                "iam:PassRole",
                "autoscaling:CreateLaunchConfiguration",
                "autoscaling:CreateAutoScalingGroup",
            ],
            Some("autoscaling-101"),
            None,
        ),
        (
            &[
                "codedeploy:CreateDeployment",
                "codedeploy:RegisterApplicationRevision",
                "codedeploy:GetDeploymentConfig",
            ],
            Some("codedeploy-001"),
            None,
        ),
    ];
    for (actions, with, without) in rows {
        assert_eq!(id(actions, &profile(true)), with, "{actions:?}");
        assert_eq!(id(actions, &profile(false)), without, "{actions:?}");
    }
    // What is no instance of the account's needs none.
    let games = json!({"trust": trusting("gamelift.amazonaws.com"), "instance_profile": false});
    let actions = [
        "iam:PassRole",
        "gamelift:CreateBuild",
        "gamelift:CreateFleet",
        "gamelift:RequestUploadCredentials",
    ];
    assert_eq!(id(&actions, &games), Some("gamelift-001"));
}

#[test]
fn guests_of_an_identity_pool_get_no_role_for_people_who_signed_in() {
    let actions = ["iam:PassRole", "cognito-identity:SetIdentityPoolRoles"];
    let trust = |action: &str, principal: Value, condition: Value| {
        json!({"trust": policy(json!([{"Effect": "Allow", "Action": action,
            "Principal": principal, "Condition": condition}]))})
    };
    let pool = || json!({"Federated": "cognito-identity.amazonaws.com"});
    let how = |amr: &str| {
        json!({"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:0123"},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr}})
    };
    let web = "sts:AssumeRoleWithWebIdentity";
    let rows = [
        (trust(web, pool(), how("unauthenticated")), Some("cognitoidentity-001")),
        (trust(web, pool(), json!({})), Some("cognitoidentity-001")),
        (trust(web, pool(), how("authenticated")), None),
        (trust("sts:AssumeRole", pool(), json!({})), None),
        (trust(web, json!({"Federated": "accounts.google.com"}), json!({})), None),
    ];
    for (role, expected) in rows {
        assert_eq!(id(&actions, &role), expected, "{role}");
    }
}

#[test]
fn what_was_not_looked_for_is_said() {
    let assumes = |actions: &[&str], service: &str| {
        first_hop(actions, &json!({"trust": trusting(service)})).unwrap().assumes
    };
    let batch = ["iam:PassRole", "batch:RegisterJobDefinition", "batch:SubmitJob"];
    let queue = Some("a job queue of AWS Batch".to_owned());
    assert_eq!(assumes(&batch, "ecs-tasks.amazonaws.com"), queue);
    let whole = [&batch[..], &["batch:CreateComputeEnvironment", "batch:CreateJobQueue"]].concat();
    assert_eq!(assumes(&whole, "ecs-tasks.amazonaws.com"), None);
    let layer = assumes(&["lambda:UpdateFunctionConfiguration"], "lambda.amazonaws.com").unwrap();
    assert!(layer.starts_with("something in lambda.amazonaws.com that runs with"), "{layer}");
    assert!(
        layer
            .ends_with(": a function whose code a layer or a variable of its environment replaces"),
        "{layer}"
    );
    let script = assumes(
        &["iam:PassRole", "ssm:CreateDocument", "ssm:StartAutomationExecution"],
        "ssm.amazonaws.com",
    );
    assert_eq!(script, None);
}

/// In China the service has another name, in trusts and as what a role is passed to.
#[test]
fn an_instance_is_known_by_its_name_in_every_partition() {
    let found = |partition: &str, service: &str| {
        let arn = |rest: &str| format!("arn:{partition}:iam::{ACCOUNT}:{rest}");
        let trust = policy(
            json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]),
        );
        let may = policy(json!([
            {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
                "Condition": {"StringEquals": {"iam:PassedToService": service}}},
        ]));
        let estate = account(
            &json!([
                {"arn": arn("user/ana"), "inline": [may], "tags": {}},
                {"arn": arn("role/admin"), "inline": [all()], "trust": trust, "instance_profile": true},
            ]),
            &json!({}),
        );
        let index = Index::of(&estate);
        let route = Escalation::of(&index).route(&arn("user/ana"));
        route.and_then(|route| route.hops.first().map(|hop| hop.id))
    };
    assert_eq!(found("aws-cn", "ec2.amazonaws.com.cn"), Some("ec2-001"));
    assert_eq!(found("aws-cn", "ec2.amazonaws.com"), Some("ec2-001"));
    assert_eq!(found("aws", "ec2.amazonaws.com"), Some("ec2-001"));
    assert_eq!(found("aws", "ec2.amazonaws.com.cn"), None);
}
