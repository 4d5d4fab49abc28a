//! The calls that collectors declare: the table that policies, docs and tests are made from.

/// How much is lost when a call may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Required: identities, accounts and the organization.
    One,
    /// Required once Identity Center is in use.
    Two,
    /// Per type of resource, each optional.
    Three,
    /// Setup and monitoring.
    Four,
}

impl Tier {
    /// The number that people use.
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }
}

/// When a declared call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// In every run.
    Always,
    /// Only when the call that is the usual source was denied.
    Fallback,
    /// Only when the user asked for it.
    Asked,
}

/// One call that a collector may make.
///
/// INVARIANT: a collector makes no call that is not in its table. `Context::call` takes a `Call`, so an
/// undeclared one cannot be written; a test holds the declared action against the one that went over
/// the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The IAM action that allows it.
    pub action: &'static str,
    /// The capability that the call serves: what turns `denied` with it.
    pub capability: &'static str,
    /// The tier.
    pub tier: Tier,
    /// When it is made.
    pub when: When,
    /// Why it is made.
    pub why: &'static str,
    /// What is lost without it.
    pub lost: &'static str,
}

/// One capability of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapabilityInfo {
    /// The name, unique within the collector.
    pub name: &'static str,
    /// The kinds of entity that it yields.
    pub kinds: &'static [crate::model::Kind],
    /// The capability of the same collector whose list this one starts from: lost with it.
    pub needs: Option<&'static str>,
    /// When it is looked at.
    pub when: When,
}
