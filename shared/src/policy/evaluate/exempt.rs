//! What AWS decides by itself, whatever policies say.

use super::request::Owner;
use crate::policy::principal::{Kind, Principal};

/// How policies bear on a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exempt {
    /// They decide it.
    #[default]
    No,
    /// It needs no permission: none but the policy of a VPC endpoint denies it.
    Free,
    /// The policy of the resource cannot deny it: who asks is the root user of the account that the resource is in, and can
    /// always repair that policy.
    Repair,
    /// Nobody can: AWS keeps the thing to itself.
    Kept,
}

/// Calls that need no permission, and that no policy of an identity or of an organization denies; with whether only users
/// can make them, of whom root users are some.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html>
const FREE: [(&str, bool); 2] = [("sts:getcalleridentity", false), ("sts:getsessiontoken", true)];

/// Calls of a root user about the policy of a resource of its account.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>,
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html>
const REPAIR: [&str; 4] = [
    "dynamodb:deleteresourcepolicy",
    "s3:deletebucketpolicy",
    "s3:getbucketpolicy",
    "s3:putbucketpolicy",
];

/// What would change a policy of AWS.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>
const OF_POLICY: [&str; 7] = [
    "iam:createpolicy",
    "iam:createpolicyversion",
    "iam:deletepolicy",
    "iam:deletepolicyversion",
    "iam:setdefaultpolicyversion",
    "iam:tagpolicy",
    "iam:untagpolicy",
];

/// What would change a role that AWS made: one of Identity Center, or one that a service made for itself, which goes by
/// `iam:DeleteServiceLinkedRole` alone.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html#edit-service-linked-role>
const OF_ROLE: [&str; 8] = [
    "iam:attachrolepolicy",
    "iam:deleterole",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:detachrolepolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:updateassumerolepolicy",
];

/// What would make or change a role of Identity Center besides, or give it to a service: AWS alone makes them, from permission
/// sets, and only sessions of people are started with them. Of the roles that services made for themselves the description
/// can be changed, and some are passed.
///
/// <https://repost.aws/knowledge-center/identity-center-aws-reserved-sso>
const OF_RESERVED_ROLE: [&str; 8] = [
    "iam:createrole",
    "iam:createservicelinkedrole",
    "iam:deleteservicelinkedrole",
    "iam:passrole",
    "iam:tagrole",
    "iam:untagrole",
    "iam:updaterole",
    "iam:updateroledescription",
];

/// What would make or change an alias of a key of AWS: names that begin with `aws/` are AWS's own.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-create.html>
const OF_ALIAS: [&str; 3] = ["kms:createalias", "kms:deletealias", "kms:updatealias"];

/// Whether an action, in lower case, is decided by who asks: nobody else's answer tells.
pub fn hangs_on_who_asks(action: &str) -> bool {
    FREE.iter().any(|(free, _)| *free == action) || REPAIR.contains(&action)
}

/// How policies bear on an action, in lower case, on a resource.
pub fn exempt(principal: &Principal, owner: Owner, action: &str, resource: &str) -> Exempt {
    let kind = principal.kind();
    let is_free = FREE.iter().any(|(free, is_of_users)| {
        *free == action && (!is_of_users || matches!(kind, Kind::User | Kind::Root))
    });
    if is_free && principal.account().is_some() {
        return Exempt::Free;
    }
    if kind == Kind::Root && owner == Owner::Same && REPAIR.contains(&action) {
        return Exempt::Repair;
    }
    let is_kept = match action.split_once(':') {
        Some(("iam", _)) => is_kept_by_iam(action, resource),
        Some(("kms", _)) => is_kept_by_kms(action, resource),
        _ => false,
    };
    if is_kept { Exempt::Kept } else { Exempt::No }
}

fn is_kept_by_iam(action: &str, resource: &str) -> bool {
    let mut parts = resource.splitn(6, ':').skip(2);
    let (Some("iam"), Some(""), Some(account), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_policy = account == "aws" && rest.starts_with("policy/");
    let is_reserved = rest.starts_with("role/aws-reserved/");
    let is_role = is_reserved || rest.starts_with("role/aws-service-role/");
    (is_policy && OF_POLICY.contains(&action))
        || (is_role && OF_ROLE.contains(&action))
        || (is_reserved && OF_RESERVED_ROLE.contains(&action))
}

fn is_kept_by_kms(action: &str, resource: &str) -> bool {
    let mut parts = resource.splitn(6, ':').skip(2);
    let (service, rest) = (parts.next(), parts.nth(2).unwrap_or_default());
    OF_ALIAS.contains(&action) && service == Some("kms") && rest.starts_with("alias/aws/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(principal: &str, action: &str, resource: &str) -> Exempt {
        let principal = Principal::read(principal).unwrap_or_else(Principal::anonymous);
        let account = resource.split(':').nth(4).filter(|text| text.len() == 12);
        let is_other = account.is_some_and(|account| Some(account) != principal.account());
        let owner = if is_other { Owner::Other } else { Owner::Same };
        exempt(&principal, owner, action, resource)
    }

    const USER: &str = "arn:aws:iam::111122223333:user/ana";
    const ROLE: &str = "arn:aws:iam::111122223333:role/app";
    const ROOT: &str = "arn:aws:iam::111122223333:root";

    #[test]
    fn who_am_i_is_asked_by_whoever_has_credentials() {
        for who in [USER, ROLE, ROOT, "arn:aws:sts::111122223333:assumed-role/app/s"] {
            assert_eq!(of(who, "sts:getcalleridentity", "*"), Exempt::Free, "{who}");
        }
        for nobody in ["*", "ec2.amazonaws.com"] {
            assert_eq!(of(nobody, "sts:getcalleridentity", "*"), Exempt::No, "{nobody}");
        }
        assert_eq!(of(USER, "sts:getsessiontoken", "*"), Exempt::Free);
        assert_eq!(of(ROLE, "sts:getsessiontoken", "*"), Exempt::No);
        assert_eq!(of(USER, "sts:getfederationtoken", "*"), Exempt::No);
    }

    #[test]
    fn only_the_root_user_of_the_account_repairs_a_policy() {
        let (own, other) = ("arn:aws:s3:::b", "arn:aws:dynamodb:eu-west-1:444455556666:table/t");
        assert_eq!(of(ROOT, "s3:putbucketpolicy", own), Exempt::Repair);
        assert_eq!(of(ROOT, "s3:putobject", own), Exempt::No);
        assert_eq!(of(USER, "s3:putbucketpolicy", own), Exempt::No);
        assert_eq!(of(ROOT, "dynamodb:deleteresourcepolicy", other), Exempt::No);
    }

    #[test]
    fn what_is_of_aws_stays_as_it_is() {
        let kept = [
            ("iam:createpolicyversion", "arn:aws:iam::aws:policy/AdministratorAccess"),
            (
                "iam:putrolepolicy",
                "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/x",
            ),
            ("iam:deleterole", "arn:aws:iam::111122223333:role/aws-service-role/x/y"),
            ("iam:createpolicy", "arn:aws:iam::aws:policy/AdministratorAccess"),
            ("iam:updaterole", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/x"),
            ("iam:passrole", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/x"),
            ("iam:tagrole", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/x"),
            ("kms:createalias", "arn:aws:kms:us-east-1:111122223333:alias/aws/s3"),
            ("kms:updatealias", "arn:aws-cn:kms:cn-north-1:111122223333:alias/aws/s3"),
        ];
        for (action, resource) in kept {
            assert_eq!(of(USER, action, resource), Exempt::Kept, "{action}");
        }
        let others = [
            ("iam:getpolicyversion", "arn:aws:iam::aws:policy/AdministratorAccess"),
            ("iam:attachuserpolicy", USER),
            ("iam:putrolepolicy", "arn:aws:iam::111122223333:role/x/aws-reserved/y"),
            ("iam:createpolicyversion", "arn:aws:iam::111122223333:policy/p"),
            ("iam:deleteservicelinkedrole", "arn:aws:iam::111122223333:role/aws-service-role/x/y"),
            ("iam:putrolepolicy", "*"),
            ("iam:updaterole", "arn:aws:iam::111122223333:role/aws-service-role/x/y"),
            ("iam:passrole", "arn:aws:iam::111122223333:role/aws-service-role/x/y"),
            ("iam:getrole", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/x"),
            ("kms:deletealias", "arn:aws:kms:us-east-1:111122223333:alias/awesome"),
            ("kms:decrypt", "arn:aws:kms:us-east-1:111122223333:alias/aws/s3"),
        ];
        for (action, resource) in others {
            assert_eq!(of(USER, action, resource), Exempt::No, "{action} on {resource}");
        }
    }
}
