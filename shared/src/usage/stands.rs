//! Whether what usage calls a resource stands for the one that somebody asks about.
//!
//! Logs name things as their calls did: a secret by its name, without the six characters that AWS adds; a role without its
//! path. And where one principal touched very many resources in an hour, usage keeps their parent ([`super::parent`]).

use super::parent::{parent, shown};

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stands {
    /// It is the resource.
    Surely,
    /// It is a parent that stands for many, perhaps for this one too.
    Perhaps,
}

/// What AWS adds to the name of a secret, where a call named it without.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html>
const OPEN: &str = "-??????";

/// Whether `kept` stands for the resource `asked`; `None` where it does not.
pub fn stands_for(kept: &str, asked: &str) -> Option<Stands> {
    if kept == asked || is_secret(kept, asked) || without_path(asked).is_some_and(|it| it == kept) {
        return Some(Stands::Surely);
    }
    let is_parent = kept == "*" || kept == shown(parent(asked));
    is_parent.then_some(Stands::Perhaps)
}

/// Whether a secret's name stands for the secret of that ARN, or for itself.
fn is_secret(kept: &str, asked: &str) -> bool {
    let Some(name) = kept.strip_suffix(OPEN) else { return false };
    let Some(rest) = asked.strip_prefix(name) else { return false };
    rest.is_empty()
        || rest.strip_prefix('-').is_some_and(|added| {
            added.len() == OPEN.len() - 1 && added.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// The ARN of an identity as logs write it that name it by its name alone; `None` where it has no path.
fn without_path(asked: &str) -> Option<String> {
    let (start, resource) = asked.rsplit_once(':')?;
    let (kind, name) = resource.split_once('/')?;
    let name = name.rsplit_once('/')?.1;
    let is_identity = start.split(':').nth(2) == Some("iam");
    is_identity.then(|| format!("{start}:{kind}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_what() {
        const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db";
        const ROLE: &str = "arn:aws:iam::111122223333:role/";
        let open = format!("{SECRET}-??????");
        let (surely, perhaps) = (Some(Stands::Surely), Some(Stands::Perhaps));
        let rows = [
            ("arn:aws:s3:::b", "arn:aws:s3:::b", surely),
            ("arn:aws:s3:::b", "arn:aws:s3:::bb", None),
            // A bucket stands for its objects where these are too many.
            ("arn:aws:s3:::b", "arn:aws:s3:::b/a/key", perhaps),
            ("arn:aws:s3:::b/a/key", "arn:aws:s3:::b", None),
            ("*", "arn:aws:s3:::b", perhaps),
            (&open, &format!("{SECRET}-AbCdE1"), surely),
            (&open, SECRET, surely),
            (&open, &format!("{SECRET}-AbCdE"), None),
            (&open, &format!("{SECRET}-replica-AbCdE1"), None),
            (&open, &format!("{SECRET}2-AbCdE1"), None),
            (&format!("{ROLE}app"), &format!("{ROLE}web/blue/app"), surely),
            (&format!("{ROLE}app"), &format!("{ROLE}app"), surely),
            (&format!("{ROLE}web/app"), &format!("{ROLE}app"), None),
            (&format!("{ROLE}*"), &format!("{ROLE}app"), perhaps),
            ("arn:aws:s3:::app", "arn:aws:s3:::web/app", None),
            ("", "", surely),
            ("x", "", None),
        ];
        for (kept, asked, expected) in rows {
            assert_eq!(stands_for(kept, asked), expected, "{kept} {asked}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_parent_stands_for_its_child_and_everything_for_itself(asked in "arn:aws:(s3|iam|sqs):[a-z]{0,3}:[0-9]{0,3}:[a-z/:*?-]{0,20}") {
            proptest::prop_assert_eq!(stands_for(&asked, &asked), Some(Stands::Surely));
            proptest::prop_assert!(stands_for(&shown(parent(&asked)), &asked).is_some());
        }
    }
}
