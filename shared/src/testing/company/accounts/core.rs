//! The accounts that the organization stands on: management, security, logs, network, delivery.

use crate::testing::company::{
    document::{Document, Trust},
    iam::{AccountIam, Root, account, group, policy, role, user},
};

pub(super) const MANAGEMENT: AccountIam = AccountIam {
    alias: Some("acme-management"),
    root: Root { mfa: true, key: Some(1_460), used: Some(35) },
    policies: &[
        policy("cost-export", &[Document::Allow(&["ce:Get*", "cur:*"], "*")]).at("/finance/"),
        policy("billing-boundary", &[Document::Allow(&["aws-portal:*", "ce:*", "cur:*"], "*")])
            .at("/boundaries/"),
    ],
    groups: &[
        group("administrators").attach(&["AdministratorAccess"]),
        group("finance").at("/finance/").attach(&["job-function/Billing"]),
    ],
    users: &[
        user("root-keeper").in_groups(&["administrators"]).password(420, Some(388)).mfa(),
        user("ana.silva")
            .in_groups(&["administrators"])
            .password(90, Some(2))
            .mfa()
            .key(95, Some((1, "organizations"))),
        // Console, no MFA, administrator: the one to find first.
        user("old-admin")
            .in_groups(&["administrators"])
            .password(900, Some(410))
            .key(1_100, Some((700, "iam"))),
        user("cost-export")
            .at("/service/")
            .attach(&["/finance/cost-export"])
            .bounded("/boundaries/billing-boundary")
            .key(380, Some((0, "ce"))),
        user("wanda.zielinska").in_groups(&["finance"]).password(60, Some(9)).mfa(),
        user("terraform-bootstrap")
            .attach(&["AdministratorAccess"])
            .key(1_300, None)
            .inactive_key(1_350),
    ],
    roles: &[
        role("AWSServiceRoleForOrganizations", Trust::Service("organizations.amazonaws.com"))
            .at("/aws-service-role/organizations.amazonaws.com/")
            .attach(&["aws-service-role/AWSOrganizationsServiceTrustPolicy"]),
        role("AWSServiceRoleForSSO", Trust::Service("sso.amazonaws.com"))
            .at("/aws-service-role/sso.amazonaws.com/")
            .attach(&["aws-service-role/AWSSSOServiceRolePolicy"])
            .used(0),
        role("AWSServiceRoleForTrustedAdvisor", Trust::Service("trustedadvisor.amazonaws.com"))
            .at("/aws-service-role/trustedadvisor.amazonaws.com/")
            .attach(&["aws-service-role/AWSTrustedAdvisorServiceRolePolicy"])
            .used(1),
        role("landing-zone-deployer", Trust::Role("ci-platform", "/ci-deployer"))
            .attach(&["AdministratorAccess"])
            .used(3)
            .tags(&[("owner", "platform")]),
        role("cost-reader", Trust::External("999999999999", Some("acme-cost-7781")))
            .inline(&[("costs", Document::Allow(&["ce:Get*"], "*"))])
            .used(1),
    ],
    ..account("management")
};

pub(super) const SECURITY_TOOLING: AccountIam = AccountIam {
    alias: Some("acme-security"),
    policies: &[
        policy("findings-writer", &[Document::Allow(&["securityhub:BatchImportFindings"], "*")]),
        policy("quarantine", &[Document::Deny(&["*"], "*")])
            .described("Put on what is compromised"),
    ],
    groups: &[group("analysts").attach(&["SecurityAudit"])],
    users: &[
        user("siem-forwarder")
            .at("/service/")
            .attach(&["/findings-writer"])
            .key(210, Some((0, "sqs"))),
        user("scanner")
            .at("/service/")
            .attach(&["SecurityAudit"])
            .key(500, Some((30, "iam")))
            .key(20, Some((0, "iam"))),
        user("jan.novak").in_groups(&["analysts"]).password(45, Some(4)).mfa(),
        user("lab").in_groups(&["analysts"]).password(200, None),
        user("compromised").attach(&["/quarantine"]).inactive_key(640),
    ],
    roles: &[
        role("audit-reader", Trust::Account("management"))
            .attach(&["SecurityAudit"])
            .used(2)
            .tags(&[("owner", "security")]),
        role("guardduty-responder", Trust::Service("lambda.amazonaws.com"))
            .at("/service-role/")
            .attach(&["service-role/AWSLambdaBasicExecutionRole"])
            .inline(&[(
                "isolate",
                Document::Allow(&["ec2:ModifyInstanceAttribute", "ec2:CreateSnapshot"], "*"),
            )])
            .used(17),
        role("posture-vendor", Trust::External("444455556666", Some("acme-3f9c")))
            .attach(&["SecurityAudit"])
            .used(0)
            .tags(&[("vendor", "posture.example.com")]),
        role("forensics", Trust::Account("security-tooling"))
            .attach(&["AdministratorAccess"])
            .described("Four eyes <only>"),
    ],
    ..account("security-tooling")
};

pub(super) const LOG_ARCHIVE: AccountIam = AccountIam {
    alias: Some("acme-logs"),
    policies: &[policy(
        "read-logs",
        &[Document::Allow(&["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::acme-logs*")],
    )],
    users: &[
        user("log-shipper")
            .at("/service/")
            .inline(&[("put-logs", Document::Allow(&["s3:PutObject"], "arn:aws:s3:::acme-logs/*"))])
            .key(1_000, Some((0, "s3"))),
        user("athena-export")
            .at("/service/")
            .attach(&["/read-logs"])
            .key(330, Some((240, "athena"))),
    ],
    roles: &[
        role("log-reader", Trust::Account("security-tooling")).attach(&["/read-logs"]).used(1),
        role("replication", Trust::Service("s3.amazonaws.com"))
            .at("/service-role/")
            .inline(&[(
                "replicate",
                Document::Allow(&["s3:Replicate*"], "arn:aws:s3:::acme-logs-copy/*"),
            )])
            .used(0),
        role("logs-vendor", Trust::External("777788889999", None))
            .attach(&["/read-logs"])
            .used(61)
            .described("No external id: a confused deputy waits"),
    ],
    ..account("log-archive")
};

pub(super) const NETWORK_HUB: AccountIam = AccountIam {
    policies: &[policy(
        "dns-editor",
        &[Document::Allow(
            &["route53:ChangeResourceRecordSets"],
            "arn:aws:route53:::hostedzone/Z0EXAMPLE",
        )],
    )],
    groups: &[group("network").attach(&["job-function/NetworkAdministrator"])],
    users: &[
        user("dns-updater").at("/service/").attach(&["/dns-editor"]).key(120, Some((0, "route53"))),
        user("vpn-monitor")
            .at("/service/")
            .inline(&[("vpn", Document::Allow(&["ec2:DescribeVpnConnections"], "*"))])
            .key(800, None),
        user("hugo.martin").in_groups(&["network"]).password(30, Some(1)).mfa(),
        user("field-laptop").in_groups(&["network"]).password(700, Some(200)),
    ],
    roles: &[
        role("transit-gateway-automation", Trust::Service("lambda.amazonaws.com"))
            .at("/service-role/")
            .attach(&["service-role/AWSLambdaBasicExecutionRole"])
            .inline(&[("attach", Document::Allow(&["ec2:*TransitGateway*"], "*"))])
            .used(6),
        role("dns-delegate", Trust::Account("web-prod")).attach(&["/dns-editor"]).used(12),
        role("nat-instance", Trust::Service("ec2.amazonaws.com"))
            .attach(&["AmazonSSMManagedInstanceCore"])
            .profile()
            .used(0),
    ],
    certificates: &[("/cloudfront/", "vpn.example.com")],
    ..account("network-hub")
};

pub(super) const CI_PLATFORM: AccountIam = AccountIam {
    alias: Some("acme-ci"),
    policies: &[
        policy("deploy", &[
            Document::Allow(&["cloudformation:*"], "*"),
            Document::Allow(&["cloudformation:*", "s3:*"], "*"),
            Document::Allow(&["cloudformation:*", "s3:*", "iam:PassRole"], "*"),
            Document::Allow(&["cloudformation:*", "s3:*", "iam:*"], "*"),
            Document::Allow(&["cloudformation:*", "s3:*", "iam:PassRole", "lambda:*"], "*"),
        ]).at("/ci/").in_force(4).described("Five versions; the fourth is in force"),
        policy("ci-boundary", &[Document::Text(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["organizations:*","account:*"],"Resource":"*"},{"Effect":"Deny","Action":["iam:CreateUser","iam:DeleteRolePermissionsBoundary"],"Resource":"*"}]}"#)]).at("/boundaries/"),
    ],
    groups: &[group("build-watchers").attach(&["CloudWatchReadOnlyAccess"])],
    users: &[
        user("jenkins").at("/service/").attach(&["/ci/deploy"]).bounded("/boundaries/ci-boundary").key(1_500, Some((0, "sts"))).inactive_key(1_900),
        user("codecommit-mirror").at("/service/").ssh_key().service_credential("codecommit.amazonaws.com"),
        user("artifact-signer").at("/service/").signing_certificate(),
        user("renovate-bot").at("/service/").inline(&[("registry", Document::Allow(&["ecr:GetAuthorizationToken"], "*"))]).key(40, Some((0, "ecr"))),
        user("grace.kim").in_groups(&["build-watchers"]).password(15, Some(0)).mfa(),
        user("david.okafor").in_groups(&["build-watchers"]).password(365, Some(120)).ssh_key(),
    ],
    roles: &[
        role("ci-deployer", Trust::GitHub(Some("repo:acme/landing-zone:ref:refs/heads/main"))).attach(&["/ci/deploy"]).bounded("/boundaries/ci-boundary").used(0).tags(&[("owner", "platform"), ("repository", "acme/landing-zone")]),
        // Any repository of anybody on GitHub may have it.
        role("ci-preview", Trust::GitHub(None)).attach(&["PowerUserAccess"]).used(5),
        role("ci-wildcard", Trust::GitHub(Some("repo:acme*"))).attach(&["AmazonEC2ContainerRegistryPowerUser"]).used(2),
        role("build-runner", Trust::Service("ec2.amazonaws.com")).attach(&["AmazonSSMManagedInstanceCore", "AmazonEC2ContainerRegistryPowerUser"]).inline(&[("assume", Document::Allow(&["sts:AssumeRole"], "arn:aws:iam::*:role/ci-deployer"))]).profile().used(0),
        role("artifact-cleaner", Trust::Service("lambda.amazonaws.com")).at("/service-role/").attach(&["service-role/AWSLambdaBasicExecutionRole", "AmazonS3FullAccess"]).used(8),
        role("codebuild-docs", Trust::Service("codebuild.amazonaws.com")).at("/service-role/").inline(&[("logs", Document::Allow(&["logs:*"], "*"))]),
    ],
    oidc: &["token.actions.githubusercontent.com"],
    ..account("ci-platform")
};
