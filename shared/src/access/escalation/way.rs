//! What a way comes to.

use std::fmt;

/// What is gained, and from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A user gives itself rights.
    OwnUser,
    /// A role gives itself rights.
    OwnRole,
    /// A user gives a group that it is in rights.
    OwnGroup,
    /// A new version of a policy that the principal has.
    OwnPolicy,
    /// A user joins a group that has rights.
    JoinGroup,
    /// Becoming a user that has rights.
    User,
    /// Becoming a role that has rights.
    Role,
    /// Giving a user rights, and becoming it.
    MadeUser,
    /// Giving a role rights, and becoming it.
    MadeRole,
    /// Giving a role that has rights to something new that runs in this service.
    Pass(&'static [&'static str]),
    /// Taking over something that runs in this service with a role that has rights.
    Existing(&'static [&'static str]),
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnUser => f.write_str("the user itself"),
            Self::OwnRole => f.write_str("the role itself"),
            Self::OwnGroup => f.write_str("a group of the user's"),
            Self::OwnPolicy => f.write_str("a policy of its own"),
            Self::JoinGroup => f.write_str("a group with rights"),
            Self::User => f.write_str("a user with rights"),
            Self::Role => f.write_str("a role with rights"),
            Self::MadeUser => f.write_str("a user that is given rights"),
            Self::MadeRole => f.write_str("a role that is given rights"),
            Self::Pass(services) => write!(f, "a role that {} has", services.join(" or ")),
            Self::Existing(services) => {
                write!(f, "a role of something that is there in {}", services.join(" or "))
            }
        }
    }
}
