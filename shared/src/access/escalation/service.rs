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
