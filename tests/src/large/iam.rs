//! The IAM of an account of the large organization: pages of its authorization details, its credential report.

use std::fmt::Write as _;

use base64::Engine as _;

use super::Shape;

const POLICY: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22s3%3AGetObject%22%2C%22s3%3AListBucket%22%5D%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aexample-bucket%2F%2A%22%7D%5D%7D";

/// One page of the sequence users, groups, roles.
pub(super) fn details(caller: &str, from: u64, shape: Shape) -> String {
    let total = shape.users + shape.groups + shape.roles;
    let (mut users, mut groups, mut roles) = (String::new(), String::new(), String::new());
    for n in from..total.min(from + shape.page) {
        let head = |kind: &str, prefix: &str, tag: &str| {
            format!(
                "<Path>/</Path><{tag}Name>{kind}-{n}</{tag}Name><{tag}Id>{prefix}{caller}{n:05}</{tag}Id>\
                 <Arn>arn:aws:iam::{caller}:{kind}/{kind}-{n}</Arn><CreateDate>2024-03-01T00:00:00Z</CreateDate>\
                 <AttachedManagedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName>\
                 <PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member></AttachedManagedPolicies>"
            )
        };
        let inline = format!(
            "<member><PolicyName>inline</PolicyName><PolicyDocument>{POLICY}</PolicyDocument></member>"
        );
        let written = if n < shape.users {
            write!(
                users,
                "<member>{}<GroupList><member>group-{}</member></GroupList></member>",
                head("user", "AIDA", "User"),
                shape.users
            )
        } else if n < shape.users + shape.groups {
            write!(
                groups,
                "<member>{}<GroupPolicyList>{inline}</GroupPolicyList></member>",
                head("group", "AGPA", "Group")
            )
        } else {
            write!(
                roles,
                "<member>{}<AssumeRolePolicyDocument>{POLICY}</AssumeRolePolicyDocument><RolePolicyList>{inline}</RolePolicyList>\
                 <Tags><member><Key>team</Key><Value>example</Value></member></Tags></member>",
                head("role", "AROA", "Role")
            )
        };
        written.unwrap();
    }
    let next = from + shape.page;
    let more = if next < total {
        format!("<IsTruncated>true</IsTruncated><Marker>{next}</Marker>")
    } else {
        "<IsTruncated>false</IsTruncated>".to_owned()
    };
    format!(
        "<UserDetailList>{users}</UserDetailList><GroupDetailList>{groups}</GroupDetailList><RoleDetailList>{roles}</RoleDetailList><Policies/>{more}"
    )
}

/// The credential report, encoded as the API gives it.
pub(super) fn report(caller: &str, shape: Shape) -> String {
    let mut text = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                    access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                    access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                    access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,\
                    cert_2_active,cert_2_last_rotated\n"
        .to_owned();
    for n in 0..shape.users {
        writeln!(
            text,
            "user-{n},arn:aws:iam::{caller}:user/user-{n},2024-03-01T00:00:00+00:00,true,no_information,\
             2024-03-01T00:00:00+00:00,N/A,false,true,2024-03-01T00:00:00+00:00,2026-10-01T00:00:00+00:00,eu-west-1,s3,\
             false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        )
        .unwrap();
    }
    base64::engine::general_purpose::STANDARD.encode(text)
}
