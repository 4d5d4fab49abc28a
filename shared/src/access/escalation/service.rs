//! What a service asks for a role with.

use super::table::GUESTS;

/// The action, and keys that such a request has, each with its value.
type Asks = (&'static str, &'static [(&'static str, &'static str)]);

/// What a service asks for a role with.
///
/// Guests of an identity pool come with a token that says that nobody signed them in: a role for people whom somebody did
/// is not for them.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html>
pub(super) fn asks(service: &str) -> Asks {
    if service == GUESTS {
        let says = &[("cognito-identity.amazonaws.com:amr", "unauthenticated")];
        return ("sts:AssumeRoleWithWebIdentity", says);
    }
    ("sts:AssumeRole", &[])
}

/// The names of services that are others in China: of most there they are the same, and which one a trust may name has changed,
/// so both count.
///
/// <https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html>, <https://github.com/kubernetes/kops/issues/27>
const IN_CHINA: &[(&str, &str)] = &[("ec2.amazonaws.com", "ec2.amazonaws.com.cn")];

/// The names that services have where a role is.
pub(super) fn names(
    services: &[&'static str],
    role: &str,
) -> impl Iterator<Item = &'static str> + use<> {
    let is_in_china = role.starts_with("arn:aws-cn:");
    let mut names = Vec::with_capacity(services.len());
    for service in services {
        names.push(*service);
        let other = IN_CHINA.iter().find(|(own, _)| is_in_china && own == service);
        names.extend(other.map(|(_, name)| *name));
    }
    names.into_iter()
}
