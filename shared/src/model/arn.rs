//! Amazon Resource Names of every partition.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use std::fmt;
use std::str::FromStr;

use super::id::{AccountId, IdError, Partition};

/// `arn:partition:service:region:account:resource`. The text is kept byte for byte; the resource part
/// may itself contain `:` and `/`, region and account may be empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    text: String,
}

/// The position of a part, counted in colons.
#[derive(Clone, Copy)]
enum Part {
    Partition = 1,
    Service = 2,
    Region = 3,
    Account = 4,
}

impl Arn {
    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn part(&self, part: Part) -> &str {
        self.text.split(':').nth(part as usize).unwrap_or_default()
    }

    /// The partition, for example `aws-us-gov`.
    pub fn partition(&self) -> Partition {
        // INVARIANT: `from_str` accepted the partition, so the default is never taken.
        self.part(Part::Partition).parse().unwrap_or_default()
    }

    /// The service, for example `iam`.
    pub fn service(&self) -> &str {
        self.part(Part::Service)
    }

    /// The region, empty for global services.
    pub fn region(&self) -> &str {
        self.part(Part::Region)
    }

    /// The owning account; `None` where the ARN carries none (S3 buckets).
    pub fn account(&self) -> Option<AccountId> {
        AccountId::of_owner(self.part(Part::Account)).ok()
    }

    /// Everything after the fifth colon, for example `role/path/name`.
    pub fn resource(&self) -> &str {
        self.text.splitn(6, ':').nth(5).unwrap_or_default()
    }

    /// The text after the last `/` of the resource, or the whole resource: what people call it.
    pub fn name(&self) -> &str {
        let resource = self.resource();
        resource.rsplit('/').next().unwrap_or(resource)
    }
}

impl FromStr for Arn {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = || IdError {
            text: text.to_owned(),
            what: "an ARN",
            expected: "arn:partition:service:region:account:resource",
        };
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(error);
        let (prefix, partition, service, _region, account, resource) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        let valid = prefix == "arn"
            && partition.parse::<Partition>().is_ok()
            && !service.is_empty()
            && (account.is_empty() || AccountId::of_owner(account).is_ok())
            && !resource.is_empty()
            && !text.chars().any(char::is_control);
        if valid { Ok(Self { text: text.to_owned() }) } else { Err(error()) }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_of_an_arn() {
        let rows = [
            (
                "arn:aws:iam::111122223333:user/a/b/ana",
                "iam",
                "",
                Some("111122223333"),
                "user/a/b/ana",
                "ana",
            ),
            (
                "arn:aws:iam::aws:policy/AdministratorAccess",
                "iam",
                "",
                Some("aws"),
                "policy/AdministratorAccess",
                "AdministratorAccess",
            ),
            (
                "arn:aws-cn:s3:::bucket/key:with:colons",
                "s3",
                "",
                None,
                "bucket/key:with:colons",
                "key:with:colons",
            ),
            (
                "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:f:1",
                "lambda",
                "us-gov-west-1",
                Some("111122223333"),
                "function:f:1",
                "function:f:1",
            ),
            (
                "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
                "sso",
                "",
                None,
                "permissionSet/ssoins-1/ps-1",
                "ps-1",
            ),
        ];
        for (text, service, region, account, resource, name) in rows {
            let arn: Arn = text.parse().unwrap();
            assert_eq!(arn.to_string(), text);
            assert_eq!(arn.service(), service);
            assert_eq!(arn.region(), region);
            assert_eq!(arn.account().map(|id| id.to_string()).as_deref(), account);
            assert_eq!(arn.resource(), resource);
            assert_eq!(arn.name(), name);
        }
    }

    #[test]
    fn what_is_not_an_arn() {
        for bad in [
            "",
            "arn",
            "arn:aws:iam::111122223333",
            "arn:aws:iam::111122223333:",
            "arn:azure:iam::111122223333:user/a",
            "arn:aws::us-east-1:111122223333:x",
            "arn:aws:iam::1234:user/a",
            "ARN:aws:iam::111122223333:user/a",
            "arn:aws:iam::111122223333:user/a\nb",
        ] {
            assert!(bad.parse::<Arn>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parsing_is_total_and_keeps_the_text(text in ".*") {
            if let Ok(arn) = text.parse::<Arn>() {
                prop_assert_eq!(arn.to_string(), text);
            }
        }

        #[test]
        fn built_arns_parse(service in "[a-z][a-z0-9-]{0,12}", account in "[0-9]{12}", resource in "[!-~]{1,60}") {
            let text = format!("arn:aws:{service}::{account}:{resource}");
            let arn: Arn = text.parse().unwrap();
            prop_assert_eq!(arn.resource(), resource);
            prop_assert_eq!(arn.service(), service);
        }
    }
}
