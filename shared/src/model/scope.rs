//! What a run looks at: units of work, and the scopes that coverage is told for.
//!
//! A [`Unit`] is (account, region, collector): one message, one piece of work. A [`Scope`] is a unit's
//! part: one capability of the collector. The capability is in the scope so that "deny one action,
//! lose one capability" can be told, and only what was completely listed can be tombstoned.

use std::fmt;
use std::str::FromStr;

use super::id::{AccountId, IdError, Region};

/// The name of a collector, for example `iam-credentials`.
pub type Collector = &'static str;

/// The name of one capability of a collector, for example `mfa`.
pub type Capability = &'static str;

/// One piece of collecting work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// The account that is looked into.
    pub account: AccountId,
    /// The region, [`Region::global`] for global services.
    pub region: Region,
    /// The collector's name.
    pub collector: String,
}

impl Unit {
    /// The scope of one of the unit's capabilities.
    pub fn scope(&self, capability: &str) -> Scope {
        Scope {
            account: self.account.clone(),
            region: self.region.clone(),
            collector: self.collector.clone(),
            capability: capability.to_owned(),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.account, self.region, self.collector)
    }
}

impl FromStr for Unit {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut parts = text.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(account), Some(region), Some(collector), None) if is_name(collector) => {
                Ok(Self {
                    account: AccountId::of_owner(account)?,
                    region: region.parse()?,
                    collector: collector.to_owned(),
                })
            }
            _ => Err(IdError {
                text: text.to_owned(),
                what: "a unit of work",
                expected: "account/region/collector",
            }),
        }
    }
}

/// What coverage is recorded for and entities belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The account that was looked into.
    pub account: AccountId,
    /// The region, [`Region::global`] for global services.
    pub region: Region,
    /// The collector that looked.
    pub collector: String,
    /// The capability of that collector.
    pub capability: String,
}

impl Scope {
    /// Where AWS-managed policies live: seen through many accounts, stored once, listed completely by
    /// none, hence never tombstoned.
    pub fn aws_managed() -> Self {
        Self {
            account: AccountId::aws(),
            region: Region::global(),
            collector: "iam-authorization".to_owned(),
            capability: "aws-managed-policies".to_owned(),
        }
    }

    /// The unit of work that the scope belongs to.
    pub fn unit(&self) -> Unit {
        Unit {
            account: self.account.clone(),
            region: self.region.clone(),
            collector: self.collector.clone(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.account, self.region, self.collector, self.capability)
    }
}

impl FromStr for Scope {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = || IdError {
            text: text.to_owned(),
            what: "a scope",
            expected: "account/region/collector/capability",
        };
        let (unit, capability) = text.rsplit_once('/').ok_or_else(error)?;
        let unit: Unit = unit.parse().map_err(|_| error())?;
        if is_name(capability) { Ok(unit.scope(capability)) } else { Err(error()) }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_round_trip() {
        let text = "111122223333/aws-global/iam-credentials/mfa";
        let scope: Scope = text.parse().unwrap();
        assert_eq!(scope.to_string(), text);
        assert_eq!(scope.unit().to_string(), "111122223333/aws-global/iam-credentials");
        assert_eq!(scope.unit().scope("mfa"), scope);
    }

    #[test]
    fn malformed_scopes_are_refused() {
        for bad in [
            "",
            "111122223333",
            "111122223333/aws-global/iam",
            "1/aws-global/iam/mfa",
            "111122223333/x/iam/mfa",
            "111122223333/aws-global/iam/M F A",
        ] {
            assert!(bad.parse::<Scope>().is_err(), "{bad}");
        }
    }
}
