//! Identifiers, parsed once at the edge.

use std::fmt;
use std::str::FromStr;

/// Why a text is not the identifier that it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: {expected}")]
pub struct IdError {
    /// The offending text.
    pub text: String,
    /// What it should have been, with its article.
    pub what: &'static str,
    /// The form that is accepted.
    pub expected: &'static str,
}

/// A 12-digit AWS account id, or `aws` for what AWS itself owns (as in `arn:aws:iam::aws:policy/…`). Only
/// what names an owner may be `aws`; the text of an account that is to be looked into never is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// The owner of AWS-managed policies.
    pub fn aws() -> Self {
        Self("aws".to_owned())
    }

    /// Reads who owns something: an account, or AWS.
    pub fn of_owner(text: &str) -> Result<Self, IdError> {
        if text == "aws" { Ok(Self::aws()) } else { text.parse() }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(IdError {
            text: text.to_owned(),
            what: "an account id",
            expected: "12 digits, for example 111122223333",
        })
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The partition of an ARN. New partitions appear, so the text is kept, not an enumeration.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(String);

impl Partition {
    /// The partition as text, for example `aws-us-gov`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Partition {
    fn default() -> Self {
        Self("aws".to_owned())
    }
}

impl FromStr for Partition {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let rest = text.strip_prefix("aws");
        let valid = rest.is_some_and(|rest| {
            rest.is_empty()
                || (rest.starts_with('-')
                    && rest.len() > 1
                    && rest.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit()
                    }))
        });
        if valid {
            return Ok(Self(text.to_owned()));
        }
        Err(IdError {
            text: text.to_owned(),
            what: "a partition",
            expected: "`aws` or `aws-…`, for example aws-us-gov",
        })
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A region such as `eu-west-1`, or [`Region::GLOBAL`] for services without one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// How scopes of global services (IAM, Organizations) name their region.
    pub const GLOBAL: &'static str = "aws-global";

    /// The region of global services.
    pub fn global() -> Self {
        Self(Self::GLOBAL.to_owned())
    }

    /// The region as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = IdError;

    /// Checks the form only (`xx-name-1`); whether a region exists is AWS's to say.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let parts: Vec<&str> = text.split('-').collect();
        let letters =
            |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
        let valid = text == Self::GLOBAL
            || match parts.split_last() {
                Some((number, names)) => {
                    names.len() >= 2
                        && names.iter().all(letters)
                        && !number.is_empty()
                        && number.len() <= 2
                        && number.bytes().all(|byte| byte.is_ascii_digit())
                }
                None => false,
            };
        if valid {
            return Ok(Self(text.to_owned()));
        }
        Err(IdError {
            text: text.to_owned(),
            what: "a region",
            expected: "a region name, for example eu-west-1",
        })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a run. Sorts by the time at which the run was due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// The run due at `time`, of a year without a sign; `suffix` tells runs of one second apart (letters,
    /// digits, hyphens).
    pub fn new(time: jiff::Timestamp, suffix: &str) -> Self {
        let suffix: String =
            suffix.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
        let stamp = time.strftime("%Y%m%dT%H%M%SZ");
        if suffix.is_empty() { Self(stamp.to_string()) } else { Self(format!("{stamp}-{suffix}")) }
    }

    /// The run id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let valid = text.len() >= 16
            && text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if valid {
            return Ok(Self(text.to_owned()));
        }
        Err(IdError {
            text: text.to_owned(),
            what: "a run id",
            expected: "an id that `accesstrail status` prints, for example 20261122T060000Z",
        })
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_are_twelve_digits() {
        for good in ["111122223333", "000000000000"] {
            assert_eq!(good.parse::<AccountId>().unwrap().to_string(), good);
            assert_eq!(AccountId::of_owner(good).unwrap().to_string(), good);
        }
        assert_eq!(AccountId::of_owner("aws"), Ok(AccountId::aws()));
        for bad in [
            "",
            "1",
            "11112222333",
            "1111222233334",
            "11112222333a",
            "１１１１２２２２３３３３",
            "AWS",
            "aws",
        ] {
            let error = bad.parse::<AccountId>().unwrap_err();
            assert!(error.to_string().contains("12 digits"), "{error}");
        }
    }

    #[test]
    fn partitions_of_today_and_tomorrow() {
        for good in ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso-b"] {
            assert!(good.parse::<Partition>().is_ok(), "{good}");
        }
        for bad in ["", "azure", "aws-", "awsx", "AWS"] {
            assert!(bad.parse::<Partition>().is_err(), "{bad}");
        }
    }

    #[test]
    fn regions_by_form() {
        for good in [
            "us-east-1",
            "eu-west-3",
            "us-gov-west-1",
            "ap-southeast-10",
            "eusc-de-east-1",
            "aws-global",
        ] {
            assert!(good.parse::<Region>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "us-east",
            "useast1",
            "us--1",
            "us-east-",
            "US-EAST-1",
            "us-east-1a",
            "us-east-123",
        ] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }

    #[test]
    fn run_ids_sort_by_time() {
        let early: jiff::Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let late: jiff::Timestamp = "2026-11-22T06:00:01Z".parse().unwrap();
        assert!(RunId::new(early, "zzz") < RunId::new(late, ""));
        assert_eq!(RunId::new(early, "a/b c").as_str(), "20261122T060000Z-abc");
        assert_eq!(
            RunId::new(early, "x").to_string().parse::<RunId>().unwrap(),
            RunId::new(early, "x")
        );
    }
}
