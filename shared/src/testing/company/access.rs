//! What IAM Identity Center of "acme" gives: permission sets, and who has which in which account.

use super::{document::Document, people::STAFF};

/// The AWS-managed or customer-managed boundary of a permission set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Boundary {
    /// An AWS-managed policy.
    Managed(&'static str),
    /// A customer-managed policy: path and name.
    Customer(&'static str, &'static str),
}

/// A permission set.
#[derive(Debug, Clone, Copy)]
pub(super) struct PermissionSet {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) duration: &'static str,
    pub(super) relay_state: Option<&'static str>,
    /// AWS-managed policies.
    pub(super) managed: &'static [&'static str],
    /// Customer-managed policies: path and name.
    pub(super) customer: &'static [(&'static str, &'static str)],
    pub(super) inline: Option<Document>,
    pub(super) boundary: Option<Boundary>,
    pub(super) tags: &'static [(&'static str, &'static str)],
}

const SET: PermissionSet = PermissionSet {
    name: "",
    description: "",
    duration: "PT1H",
    relay_state: None,
    managed: &[],
    customer: &[],
    inline: None,
    boundary: None,
    tags: &[],
};

pub(super) const PERMISSION_SETS: &[PermissionSet] = &[
    PermissionSet {
        name: "AdministratorAccess",
        description: "Everything, everywhere it is assigned",
        managed: &["AdministratorAccess"],
        tags: &[("risk", "high"), ("owner", "platform")],
        ..SET
    },
    PermissionSet {
        name: "PowerUserAccess",
        description: "Everything but identities",
        duration: "PT8H",
        managed: &["PowerUserAccess"],
        ..SET
    },
    PermissionSet {
        name: "ViewOnly",
        duration: "PT12H",
        managed: &["job-function/ViewOnlyAccess"],
        tags: &[("risk", "low")],
        ..SET
    },
    PermissionSet {
        name: "SecurityAudit",
        description: "Reads configurations, no data",
        duration: "PT4H",
        managed: &["SecurityAudit", "IAMReadOnlyAccess"],
        tags: &[("owner", "security")],
        ..SET
    },
    PermissionSet {
        name: "Developer",
        description: "What developers do all day <b>within the boundary</b>",
        duration: "PT8H",
        relay_state: Some("https://eu-west-1.console.aws.amazon.com/lambda/home"),
        managed: &["CloudWatchReadOnlyAccess"],
        customer: &[("/acme/", "developer-access")],
        boundary: Some(Boundary::Customer("/acme/", "developer-boundary")),
        tags: &[("owner", "platform"), ("=1+1", "@SUM")],
        ..SET
    },
    PermissionSet {
        name: "DataAnalyst",
        description: "Athena over the curated zone",
        duration: "PT4H",
        managed: &["AmazonAthenaFullAccess"],
        inline: Some(Document::Allow(
            &["s3:GetObject", "s3:ListBucket"],
            "arn:aws:s3:::acme-curated*",
        )),
        ..SET
    },
    PermissionSet {
        name: "NetworkAdmin",
        duration: "PT2H",
        managed: &["job-function/NetworkAdministrator"],
        boundary: Some(Boundary::Managed("PowerUserAccess")),
        ..SET
    },
    PermissionSet {
        name: "Billing",
        relay_state: Some("https://console.aws.amazon.com/billing/home"),
        managed: &["job-function/Billing"],
        ..SET
    },
    PermissionSet {
        name: "Break_Glass_Admin",
        description: "Only with two people on the call",
        managed: &["AdministratorAccess"],
        inline: Some(Document::Deny(&["organizations:LeaveOrganization"], "*")),
        tags: &[("risk", "critical")],
        ..SET
    },
    PermissionSet { name: "LegacySupport", managed: &["AWSSupportAccess"], ..SET },
];

/// Who gets a permission set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Assignee {
    /// A user, by user name.
    User(&'static str),
    /// A group, by name.
    Group(&'static str),
}

/// A permission set given to somebody, account by account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assignment {
    pub(super) set: &'static str,
    pub(super) to: Assignee,
    /// The keys of the accounts.
    pub(super) accounts: &'static [&'static str],
}

const fn group_gets(
    to: &'static str,
    set: &'static str,
    accounts: &'static [&'static str],
) -> Assignment {
    Assignment { set, to: Assignee::Group(to), accounts }
}

const fn user_gets(
    to: &'static str,
    set: &'static str,
    accounts: &'static [&'static str],
) -> Assignment {
    Assignment { set, to: Assignee::User(to), accounts }
}

const ALL: &[&str] = &[
    "management",
    "security-tooling",
    "log-archive",
    "network-hub",
    "ci-platform",
    "payments-prod",
    "web-prod",
    "data-lake",
    "payments-dev",
    "web-dev",
];

pub(super) const ASSIGNMENTS: &[Assignment] = &[
    group_gets(
        "platform-admins",
        "AdministratorAccess",
        &["management", "ci-platform", "network-hub", "sandbox"],
    ),
    group_gets("platform-engineers", "PowerUserAccess", &["ci-platform", "network-hub", "web-dev"]),
    group_gets("security-analysts", "SecurityAudit", ALL),
    group_gets(
        "incident-responders",
        "Break_Glass_Admin",
        &["management", "payments-prod", "data-lake", "log-archive"],
    ),
    group_gets("network-engineers", "NetworkAdmin", &["network-hub"]),
    group_gets("payments-developers", "Developer", &["payments-dev", "sandbox"]),
    group_gets("payments-oncall", "ViewOnly", &["payments-prod", "payments-dev"]),
    group_gets("web-developers", "Developer", &["web-dev"]),
    group_gets("web-developers", "ViewOnly", &["web-prod"]),
    group_gets("data-engineers", "PowerUserAccess", &["data-lake"]),
    group_gets("data-analysts", "DataAnalyst", &["data-lake"]),
    group_gets("finance", "Billing", &["management"]),
    group_gets("auditors", "ViewOnly", &["log-archive", "payments-prod"]),
    group_gets("contractors", "Developer", &["web-dev", "payments-dev"]),
    group_gets(STAFF, "ViewOnly", &["sandbox"]),
    // People with access of their own, past all groups.
    user_gets("ana.silva", "AdministratorAccess", &["payments-prod", "legacy-acquired"]),
    user_gets("frank.huber", "AdministratorAccess", &["data-lake"]),
    user_gets("quinn.murphy", "PowerUserAccess", &["payments-prod", "payments-dev"]),
    user_gets("karim.benali", "AdministratorAccess", &["data-lake"]),
    user_gets("liam.kelly", "ViewOnly", &["web-prod", "web-dev"]),
    user_gets("bruno.lang", "PowerUserAccess", &["web-dev"]),
    user_gets("break-glass-1", "Break_Glass_Admin", &["security-tooling"]),
];
