//! The accounts where anything goes: the sandbox with its hostile names, and what was bought.
//!
//! IAM's own rules bound the hostility: names are `[\w+=,.@-]+`, paths printable ASCII, tags letters, spaces,
//! numbers and `_.:/=+-@`, descriptions Latin-1.

use super::workloads::{DEVELOPER_ACCESS, DEVELOPER_BOUNDARY};
use crate::testing::company::{
    document::{Document, Trust},
    iam::{AccountIam, Root, account, group, policy, role, user},
};

pub(super) const SANDBOX: AccountIam = AccountIam {
    policies: &[
        DEVELOPER_ACCESS,
        DEVELOPER_BOUNDARY,
        policy("=1+1", &[Document::Allow(&["s3:GetObject"], "arn:aws:s3:::<script>alert(1)</script>/*")])
            .at("/<img/src=x/onerror=alert(1)>/")
            .described("\"><script>alert('policy')</script>"),
    ],
    groups: &[group("@SUM+1").at("/</td></tr>/"), group("__proto__").attach(&["AmazonEC2ReadOnlyAccess"])],
    users: &[
        user("=cmd+calc").in_groups(&["@SUM+1"]).password(5, Some(1)).tags(&[("=1+1", "@SUM"), ("owner", "+44 =2")]),
        user("-rf").at("/<script>alert(1)</script>/").key(9, Some((2, "s3"))),
        user("@here.example.com").at("/javascript:alert(1)/").mfa().password(50, Some(50)),
        user("constructor").in_groups(&["__proto__"]).tags(&[("__proto__", "constructor"), ("עברית", "שלום")]),
        user("null").tags(&[("true", "false")]),
        user("liam.kelly+test=1@example.com").in_groups(&["__proto__"]).password(1, Some(0)).key(1, Some((0, "sts"))),
    ],
    roles: &[
        role("=HYPERLINK", Trust::Account("sandbox")).described("=HYPERLINK(\"https://example.com\",\"click\") <b onmouseover=alert(1)>").used(3),
        role("-1+1", Trust::Service("lambda.amazonaws.com")).at("/\"><svg/onload=alert(1)>/").attach(&["AdministratorAccess"]),
        role("open-to-all", Trust::Text(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#)).attach(&["AmazonS3ReadOnlyAccess"]).used(1),
        role("workshop", Trust::Service("ec2.amazonaws.com")).attach(&["PowerUserAccess"]).profile(),
        role("sixty-four-characters-is-the-longest-name-that-iam-lets-a-role-x", Trust::Account("sandbox")).tags(&[("Ünïcödé", "日本語 テスト")]),
    ],
    ..account("sandbox")
};

pub(super) const LEGACY: AccountIam = AccountIam {
    root: Root { mfa: false, key: Some(2_600), used: Some(1) },
    users: &[
        user("webmaster")
            .attach(&["AdministratorAccess"])
            .password(2_500, Some(2))
            .key(2_500, Some((2, "ec2"))),
        user("backup").attach(&["AmazonS3FullAccess"]).key(2_400, Some((0, "s3"))),
    ],
    roles: &[role("old-intranet", Trust::Service("ec2.amazonaws.com"))
        .attach(&["AmazonS3FullAccess"])
        .profile()
        .used(0)],
    ..account("legacy-acquired")
};
