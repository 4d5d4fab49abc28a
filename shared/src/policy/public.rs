//! Whether the policy of a bucket is public, as Amazon S3 means it.
//!
//! A policy is public if one of its statements allows somebody who is not fixed, under no condition that fixes who or
//! from where. What is fixed has neither wildcards nor variables.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

use std::net::IpAddr;

use super::condition::ip_address::Range;
use super::condition::operator::{Family, Missing, Operator, Quantifier, Sense};
use super::document::{Condition, Document, Effect, Listed, PrincipalKind, Statement};

/// The keys that fix who asks, or from where, in lower case.
const FIXING: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Whether the policy of a bucket is public.
pub fn is_public(document: &Document) -> bool {
    document.statements.iter().any(|statement| {
        statement.effect == Effect::Allow
            && is_open(statement)
            && !statement.conditions.iter().any(fixes)
    })
}

/// Whether somebody who is not fixed is meant.
fn is_open(statement: &Statement) -> bool {
    match &statement.principals {
        None => false,
        Some(Listed::NotIn(_)) => true,
        Some(Listed::In(named)) => named.iter().any(|named| match named.kind {
            PrincipalKind::Everyone | PrincipalKind::Federated => true,
            PrincipalKind::Aws | PrincipalKind::Service => named.text.contains('*'),
            PrincipalKind::Canonical => false,
        }),
    }
}

/// Whether a condition fixes who asks, or from where: all of its values do, and the key must be there.
fn fixes(condition: &Condition) -> bool {
    let key = condition.key.to_lowercase();
    let Some(operator) = Operator::read(&condition.operator) else { return false };
    let must_match = operator.sense == Sense::Plain
        && operator.missing == Missing::Unmatched
        && operator.quantifier != Quantifier::All;
    let is_fixed = |value: &String| match (operator.family, key.as_str()) {
        (Family::IpAddress, "aws:sourceip") => is_narrow(value),
        (Family::Arn | Family::StringLike, "s3:dataaccesspointarn") => {
            // Any access point of one account is fixed enough.
            value.split(':').nth(4).is_some_and(|account| !account.is_empty() && is_text(account))
        }
        (
            Family::StringEquals
            | Family::StringEqualsIgnoreCase
            | Family::StringLike
            | Family::Arn,
            _,
        ) => is_text(value),
        _ => false,
    };
    must_match
        && FIXING.contains(&key.as_str())
        && !condition.values.is_empty()
        && condition.values.iter().all(is_fixed)
}

fn is_text(value: &str) -> bool {
    !value.contains(['*', '?']) && !value.contains("${")
}

/// Whether a range of addresses is no broader than Amazon S3 allows: `/8`, or `/32` of the sixth version, or private.
pub(crate) fn is_narrow(value: &str) -> bool {
    Range::read(value).is_some_and(|range| match range.first() {
        IpAddr::V4(first) => range.length() >= 8 || (first.is_private() && range.length() > 0),
        IpAddr::V6(_) => range.length() >= 32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(principal: &str, condition: &str) -> bool {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"s3:PutObject","Resource":"*","Condition":{condition}}}]}}"#
        );
        let document = Document::read(&text).unwrap();
        assert_eq!(document.problems, []);
        is_public(&document)
    }

    #[test]
    fn the_examples_of_the_page() {
        let rows = [
            (r#"{"Federated":"graph.facebook.com"}"#, "{}", true),
            (r#""*""#, "{}", true),
            (r#""*""#, r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#, true),
            (r#""*""#, r#"{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}"#, false),
            (r#"{"AWS":"111122223333"}"#, "{}", false),
            (r#"{"Service":"cloudtrail.amazonaws.com"}"#, "{}", false),
            (r#"{"AWS":"*"}"#, r#"{"StringEquals":{"AWS:principalorgid":"o-x"}}"#, false),
            (r#""*""#, r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-x"}}"#, true),
            (r#""*""#, r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#, true),
            (r#""*""#, r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#, true),
            (r#""*""#, r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","::/16"]}}"#, true),
            (
                r#""*""#,
                r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}"#,
                false,
            ),
            (
                r#""*""#,
                r#"{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:123456789012:accesspoint/*"}}"#,
                false,
            ),
            (
                r#""*""#,
                r#"{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:*:accesspoint/x"}}"#,
                true,
            ),
            (r#""*""#, r#"{"StringEquals":{"aws:UserAgent":"x"}}"#, true),
            (r#""*""#, r#"{"StringEquals":{"aws:userid":"${aws:userid}"}}"#, true),
        ];
        for (principal, condition, expected) in rows {
            assert_eq!(public(principal, condition), expected, "{principal} {condition}");
        }
    }
}
