//! The accounts where the business runs: payments, the shop front, the lake.

use crate::testing::company::{
    document::{Document, Trust},
    iam::{AccountIam, Group, Policy, Root, account, group, policy, role, user},
};

/// What the permission set "Developer" refers to: it must be in every account that has the set.
pub(super) const DEVELOPER_ACCESS: Policy = policy(
    "developer-access",
    &[Document::Allow(&["lambda:*", "dynamodb:*", "sqs:*", "logs:*", "cloudformation:*"], "*")],
)
.at("/acme/");

/// The boundary of the permission set "Developer".
pub(super) const DEVELOPER_BOUNDARY: Policy = policy(
    "developer-boundary",
    &[Document::Text(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["iam:CreateUser","iam:CreateAccessKey","organizations:*"],"Resource":"*"}]}"#)],
).at("/acme/");

const DEVELOPERS: Group = group("developers").attach(&["/acme/developer-access"]);

pub(super) const PAYMENTS_PROD: AccountIam = AccountIam {
    alias: Some("acme-payments"),
    policies: &[
        policy(
            "card-data-read",
            &[
                Document::Allow(
                    &["dynamodb:GetItem", "dynamodb:Query"],
                    "arn:aws:dynamodb:eu-west-1:ACCOUNT(payments-prod):table/cards",
                ),
                Document::Allow(&["dynamodb:GetItem", "dynamodb:Query", "kms:Decrypt"], "*"),
            ],
        )
        .at("/pci/"),
        policy("payout-boundary", &[Document::Allow(&["sqs:*", "dynamodb:*", "kms:Decrypt"], "*")])
            .at("/boundaries/"),
    ],
    groups: &[group("payments-oncall")
        .at("/oncall/")
        .attach(&["CloudWatchReadOnlyAccess", "/pci/card-data-read"])],
    users: &[
        user("acquirer-sftp")
            .at("/service/")
            .inline(&[(
                "inbox",
                Document::Allow(&["s3:PutObject"], "arn:aws:s3:::acme-acquirer-inbox/*"),
            )])
            .key(730, Some((0, "s3"))),
        user("reconciliation")
            .at("/service/")
            .attach(&["/pci/card-data-read"])
            .bounded("/boundaries/payout-boundary")
            .key(410, Some((1, "dynamodb")))
            .tags(&[("data", "cardholder"), ("cost-center", "4711")]),
        user("hsm-operator")
            .password(80, Some(14))
            .mfa()
            .inline(&[("hsm", Document::Allow(&["cloudhsm:*"], "*"))]),
        user("quinn.murphy").in_groups(&["payments-oncall"]).password(200, Some(3)).mfa(),
        user("rosa.marino").in_groups(&["payments-oncall"]).password(500, Some(95)),
        user("break-glass").attach(&["AdministratorAccess"]).password(180, None).mfa(),
        user("legacy-batch")
            .at("/service/")
            .attach(&["AmazonS3FullAccess"])
            .key(2_000, Some((550, "s3"))),
    ],
    roles: &[
        role("payout-worker", Trust::Service("ecs-tasks.amazonaws.com"))
            .at("/payments/")
            .attach(&["service-role/AmazonECSTaskExecutionRolePolicy"])
            .inline(&[("payouts", Document::Allow(&["sqs:*", "dynamodb:PutItem"], "*"))])
            .bounded("/boundaries/payout-boundary")
            .used(0)
            .tags(&[("data", "cardholder")]),
        role("card-vault-api", Trust::Service("lambda.amazonaws.com"))
            .at("/payments/")
            .attach(&["service-role/AWSLambdaBasicExecutionRole", "/pci/card-data-read"])
            .used(0),
        role("fraud-model-reader", Trust::Role("data-lake", "/etl-runner"))
            .at("/payments/")
            .attach(&["/pci/card-data-read"])
            .used(4),
        role("settlement-bastion", Trust::Service("ec2.amazonaws.com"))
            .attach(&["AmazonSSMManagedInstanceCore", "AmazonRDSReadOnlyAccess"])
            .profile()
            .used(33),
        role("ci-deployer", Trust::Role("ci-platform", "/ci-deployer"))
            .attach(&["PowerUserAccess"])
            .inline(&[("roles", Document::Allow(&["iam:PassRole", "iam:CreateRole"], "*"))])
            .used(2),
        role("acquirer-audit", Trust::External("555566667777", Some("acq-2291")))
            .attach(&["job-function/ViewOnlyAccess"])
            .used(190),
        role("key-rotation", Trust::Service("lambda.amazonaws.com"))
            .at("/service-role/")
            .attach(&["service-role/AWSLambdaBasicExecutionRole"]),
    ],
    certificates: &[("/", "checkout.example.com")],
    ..account("payments-prod")
};

pub(super) const PAYMENTS_DEV: AccountIam = AccountIam {
    policies: &[DEVELOPER_ACCESS, DEVELOPER_BOUNDARY],
    groups: &[DEVELOPERS],
    users: &[
        user("local-stack")
            .at("/service/")
            .attach(&["AmazonDynamoDBReadOnlyAccess"])
            .key(300, Some((12, "dynamodb"))),
        user("tara.byrne")
            .in_groups(&["developers"])
            .bounded("/acme/developer-boundary")
            .password(120, Some(7))
            .mfa()
            .key(120, Some((7, "lambda"))),
        user("umar.farouk")
            .in_groups(&["developers"])
            .bounded("/acme/developer-boundary")
            .password(260, Some(88))
            .key(260, None),
        user("wei.zhang").in_groups(&["developers"]).password(33, Some(1)).mfa(),
        user("load-test")
            .at("/service/")
            .inline(&[("load", Document::Allow(&["execute-api:Invoke"], "*"))])
            .key(150, Some((149, "execute-api")))
            .key(3, Some((0, "execute-api"))),
        user("yuki.tanaka")
            .in_groups(&["developers"])
            .attach(&["IAMFullAccess"])
            .password(10, None),
    ],
    roles: &[
        role("payout-worker", Trust::Service("ecs-tasks.amazonaws.com"))
            .at("/payments/")
            .attach(&["service-role/AmazonECSTaskExecutionRolePolicy"])
            .bounded("/acme/developer-boundary")
            .used(1),
        role("card-vault-api", Trust::Service("lambda.amazonaws.com"))
            .at("/payments/")
            .attach(&["service-role/AWSLambdaBasicExecutionRole"])
            .used(1),
        role("ci-deployer", Trust::Role("ci-platform", "/ci-deployer"))
            .attach(&["AdministratorAccess"])
            .used(0),
        role("experiment", Trust::Account("payments-dev"))
            .bounded("/acme/developer-boundary")
            .attach(&["PowerUserAccess"]),
        // Whoever is in development can be production's card vault.
        role("prod-debug", Trust::Account("payments-prod"))
            .inline(&[(
                "hop",
                Document::Allow(
                    &["sts:AssumeRole"],
                    "arn:aws:iam::ACCOUNT(payments-prod):role/payments/*",
                ),
            )])
            .used(45),
    ],
    ..account("payments-dev")
};

pub(super) const WEB_PROD: AccountIam = AccountIam {
    alias: Some("acme-shop"),
    policies: &[policy("assets-write", &[Document::Allow(&["s3:PutObject", "cloudfront:CreateInvalidation"], "*")]).at("/web/")],
    groups: &[group("cdn-editors").at("/web/").attach(&["/web/assets-write"])],
    users: &[
        user("cdn-uploader").at("/service/").in_groups(&["cdn-editors"]).key(600, Some((0, "s3"))),
        user("smtp-mailer").at("/service/").inline(&[("ses", Document::Allow(&["ses:SendRawEmail"], "*"))]).key(1_700, Some((0, "ses"))),
        user("adam.nowak").in_groups(&["cdn-editors"]).password(70, Some(5)).mfa(),
        user("agency").at("/external/").in_groups(&["cdn-editors"]).password(800, Some(300)),
        user("search-indexer").at("/service/").attach(&["AmazonS3ReadOnlyAccess"]).key(220, Some((219, "s3"))),
    ],
    roles: &[
        role("shop-web", Trust::Service("ec2.amazonaws.com")).at("/web/").attach(&["AmazonSSMManagedInstanceCore", "AmazonS3ReadOnlyAccess"]).profile().used(0),
        role("shop-api", Trust::Service("lambda.amazonaws.com")).at("/web/").attach(&["service-role/AWSLambdaBasicExecutionRole", "AmazonDynamoDBReadOnlyAccess"]).used(0),
        role("edge-auth", Trust::Text(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#)).at("/web/").attach(&["service-role/AWSLambdaBasicExecutionRole"]).used(0),
        role("eks-cluster", Trust::Service("eks.amazonaws.com")).at("/service-role/").attach(&["AmazonEKSClusterPolicy"]).used(0),
        role("ci-deployer", Trust::Role("ci-platform", "/ci-deployer")).attach(&["PowerUserAccess"]).used(0),
        role("ab-test-vendor", Trust::External("888899990000", None)).inline(&[("read", Document::Allow(&["s3:GetObject"], "arn:aws:s3:::acme-experiments/*"))]).used(390),
    ],
    ..account("web-prod")
};

pub(super) const WEB_DEV: AccountIam = AccountIam {
    policies: &[DEVELOPER_ACCESS, DEVELOPER_BOUNDARY],
    groups: &[DEVELOPERS, group("interns").attach(&["job-function/ViewOnlyAccess"])],
    users: &[
        user("carl.jensen")
            .in_groups(&["developers"])
            .bounded("/acme/developer-boundary")
            .password(55, Some(2))
            .mfa()
            .key(55, Some((2, "cloudformation"))),
        user("daria.volkova")
            .in_groups(&["developers"])
            .password(410, Some(140))
            .key(410, Some((140, "s3"))),
        user("ivan.horvat").in_groups(&["developers"]).password(25, Some(1)),
        user("jade.wilson").in_groups(&["developers", "interns"]).password(25, None),
        user("storybook").at("/service/").attach(&["AmazonS3FullAccess"]).key(365, Some((1, "s3"))),
        user("cypress")
            .at("/service/")
            .inline(&[("e2e", Document::Allow(&["cognito-idp:*"], "*"))])
            .inactive_key(480),
    ],
    roles: &[
        role("shop-web", Trust::Service("ec2.amazonaws.com"))
            .at("/web/")
            .attach(&["AmazonSSMManagedInstanceCore"])
            .profile()
            .used(1),
        role("shop-api", Trust::Service("lambda.amazonaws.com"))
            .at("/web/")
            .attach(&["service-role/AWSLambdaBasicExecutionRole"])
            .used(1),
        role("ci-deployer", Trust::Role("ci-platform", "/ci-deployer"))
            .attach(&["AdministratorAccess"])
            .used(0),
        role("preview-cleanup", Trust::Service("lambda.amazonaws.com"))
            .at("/service-role/")
            .attach(&["service-role/AWSLambdaBasicExecutionRole"])
            .bounded("/acme/developer-boundary")
            .used(1),
    ],
    ..account("web-dev")
};

pub(super) const DATA_LAKE: AccountIam = AccountIam {
    alias: Some("acme-lake"),
    root: Root { mfa: false, key: None, used: Some(612) },
    policies: &[
        policy("curated-read", &[Document::Allow(&["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::acme-curated*")]).at("/lake/"),
        policy("raw-write", &[Document::Allow(&["s3:PutObject"], "arn:aws:s3:::acme-raw/*"), Document::Allow(&["s3:*"], "arn:aws:s3:::acme-raw*")]).at("/lake/").in_force(1),
    ],
    groups: &[
        group("analysts").at("/lake/").attach(&["/lake/curated-read", "AmazonAthenaFullAccess"]),
        group("engineers").at("/lake/").inline(&[("glue", Document::Allow(&["glue:*"], "*"))]),
    ],
    users: &[
        user("tableau").at("/service/").in_groups(&["analysts"]).key(900, Some((0, "athena"))).tags(&[("vendor", "bi.example.com")]),
        user("airflow").at("/service/").in_groups(&["engineers"]).attach(&["/lake/raw-write"]).key(450, Some((0, "s3"))).key(449, None),
        user("paula.santos").in_groups(&["analysts"]).password(100, Some(6)).mfa(),
        user("rafael.cruz").in_groups(&["analysts"]).password(380, Some(91)),
        user("sofia.weber").in_groups(&["analysts"]).password(41, Some(0)).mfa(),
        user("karim.benali").in_groups(&["engineers", "analysts"]).attach(&["AdministratorAccess"]).password(77, Some(1)).mfa().key(77, Some((1, "glue"))),
        user("kafka-sink").at("/service/").attach(&["/lake/raw-write"]).key(260, Some((0, "s3"))),
        user("thesis-student").at("/external/").in_groups(&["analysts"]).password(1_200, Some(1_050)).key(1_200, Some((1_060, "s3"))),
    ],
    roles: &[
        role("etl-runner", Trust::Service("glue.amazonaws.com")).attach(&["/lake/curated-read", "/lake/raw-write"]).inline(&[("cards", Document::Allow(&["sts:AssumeRole"], "arn:aws:iam::ACCOUNT(payments-prod):role/payments/fraud-model-reader"))]).used(0),
        role("emr-node", Trust::Service("ec2.amazonaws.com")).attach(&["AmazonSSMManagedInstanceCore", "/lake/raw-write"]).profile().used(20),
        role("lake-share", Trust::Text(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}}]}"#)).attach(&["/lake/curated-read"]).used(9),
        role("analyst-federation", Trust::Saml("okta")).attach(&["/lake/curated-read", "AmazonAthenaFullAccess"]).used(150),
        role("bi-vendor", Trust::External("333322221111", Some("tenant-acme"))).attach(&["AmazonAthenaFullAccess"]).used(0),
        role("notebook", Trust::Service("sagemaker.amazonaws.com")).at("/service-role/").attach(&["AmazonS3FullAccess"]).used(70),
    ],
    saml: &["okta"],
    ..account("data-lake")
};
