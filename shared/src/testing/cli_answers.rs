//! What the AWS CLI prints, made up: for the tests of what people import.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// The columns of a credential report, as AWS orders them.
const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
    password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
    access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
    access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,\
    access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// The answer to `aws iam get-account-authorization-details`: these users, each with an inline policy, these
/// roles, one policy of the customer and two of AWS, of which one is in use.
pub fn details(account: &str, users: &[&str], roles: &[&str]) -> Value {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    });
    let policy = |name: &str, arn: &str, id: &str, attached: u32| {
        json!({
            "PolicyName": name, "PolicyId": id, "Arn": arn, "Path": "/", "DefaultVersionId": "v1",
            "AttachmentCount": attached, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
            "CreateDate": "2015-02-06T18:39:46+00:00", "UpdateDate": "2015-02-06T18:39:46+00:00",
            "PolicyVersionList": [
                {"Document": document, "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2015-02-06T18:39:46+00:00"}
            ],
        })
    };
    let own = policy(
        "reader",
        &format!("arn:aws:iam::{account}:policy/reader"),
        &format!("ANPA{account}READER"),
        1,
    );
    let aws = |name: &str, attached: u32| {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        policy(name, &arn, &format!("ANPAEXAMPLE{name}"), attached)
    };
    let user = |name: &&str| {
        json!({
            "Path": "/", "UserName": name, "UserId": format!("AIDA{account}{}", name.to_uppercase()),
            "Arn": format!("arn:aws:iam::{account}:user/{name}"), "CreateDate": "2024-03-01T09:00:00+00:00",
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
            "GroupList": [], "AttachedManagedPolicies": [
                {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
            ],
            "Tags": [{"Key": "Owner", "Value": "platform@example.com"}],
        })
    };
    let role = |name: &&str| {
        json!({
            "Path": "/", "RoleName": name, "RoleId": format!("AROA{account}{}", name.to_uppercase()),
            "Arn": format!("arn:aws:iam::{account}:role/{name}"), "CreateDate": "2024-03-01T09:00:00+00:00",
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
            },
            "InstanceProfileList": [], "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": [],
            "RoleLastUsed": {"LastUsedDate": "2026-11-01T10:00:00+00:00", "Region": "eu-west-1"},
        })
    };
    json!({
        "UserDetailList": users.iter().map(user).collect::<Vec<_>>(),
        "GroupDetailList": [],
        "RoleDetailList": roles.iter().map(role).collect::<Vec<_>>(),
        "Policies": [own, aws("ReadOnlyAccess", 1), aws("AmazonEC2FullAccess", 0)],
    })
}

/// The CSV of a credential report: the root user, and these users without a password, with one active key.
pub fn credential_csv(account: &str, users: &[&str]) -> String {
    let root = format!(
        "<root_account>,arn:aws:iam::{account}:root,2023-01-10T08:00:00+00:00,not_supported,\
         2026-01-05T08:00:00+00:00,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,\
         false,N/A,false,N/A"
    );
    let row = |name: &&str| {
        format!(
            "{name},arn:aws:iam::{account}:user/{name},2024-03-01T09:00:00+00:00,false,N/A,N/A,N/A,false,true,\
             2024-03-02T09:00:00+00:00,2026-11-01T09:00:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,\
             false,N/A"
        )
    };
    let rows = users.iter().map(row);
    [COLUMNS.to_owned(), root].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

/// The same as `aws iam get-credential-report` prints it, made at `generated`.
pub fn credential_report(account: &str, users: &[&str], generated: &str) -> Value {
    json!({
        "Content": BASE64_STANDARD.encode(credential_csv(account, users)),
        "ReportFormat": "text/csv",
        "GeneratedTime": generated,
    })
}

/// The answers of `aws organizations describe-organization`, `list-accounts` and `list-roots` in one document:
/// the management account and these members, all of them under the root.
pub fn organization(management: &str, members: &[&str]) -> Value {
    let account = |id: &str| {
        json!({
            "Id": id, "Arn": format!("arn:aws:organizations::{management}:account/o-example0001/{id}"),
            "Email": format!("aws+{id}@example.com"), "Name": format!("account {id}"), "Status": "ACTIVE",
            "State": "ACTIVE", "JoinedMethod": "CREATED", "JoinedTimestamp": "2023-01-10T08:00:00+00:00",
            "Paths": ["o-example0001/r-ex01/"],
        })
    };
    let accounts: Vec<Value> = [management].iter().chain(members).map(|id| account(id)).collect();
    json!({
        "Organization": {
            "Id": "o-example0001",
            "Arn": format!("arn:aws:organizations::{management}:organization/o-example0001"),
            "FeatureSet": "ALL", "MasterAccountId": management,
        },
        "Accounts": accounts,
        "Roots": [{
            "Id": "r-ex01", "Arn": format!("arn:aws:organizations::{management}:root/o-example0001/r-ex01"),
            "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        }],
    })
}
