//! What is created, by its name. Everything is called `accesstrail-…` and tagged, and nothing else is ever written.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::port::setup::Place;

/// What the names of everything that is created begin with.
pub const PREFIX: &str = "accesstrail-";

/// The stack with the role in the management account.
pub const MANAGEMENT: &str = "accesstrail-management";

/// The StackSet with the role in each other account.
pub const MEMBER: &str = "accesstrail-member";

/// The stack with the hub's event bus, and the bus.
pub const EVENTS: &str = "accesstrail-events";

/// The StackSet that sends events to the hub, and the stacks that do so where it does not reach.
pub const FORWARD: &str = "accesstrail-forward";

/// The stack with a trail, where one is asked for.
pub const TRAIL: &str = "accesstrail-trail";

/// The bucket of that trail, for a hub in this place.
pub fn trail_bucket(hub: &Place) -> String {
    format!("accesstrail-logs-{}-{}", hub.account, hub.region)
}

/// The tag of everything that is created.
pub const TAG: (&str, &str) = ("managed-by", "accesstrail");

/// The longest template that CloudFormation takes with the call, in bytes.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
pub const TEMPLATE_BYTES: usize = 51_200;

/// The tags of everything that is created.
pub fn tags() -> BTreeMap<String, String> {
    [(TAG.0.to_owned(), TAG.1.to_owned())].into()
}

/// Whether something with these tags was created by accesstrail.
pub fn are_ours(tags: &BTreeMap<String, String>) -> bool {
    tags.get(TAG.0).is_some_and(|value| value == TAG.1)
}

/// SHA-256 of a text, in hexadecimal digits.
pub fn sha256(text: &str) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // A text takes whatever is written to it.
        _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The hash of a template as it was given, or as AWS gives it back: without white space at its end.
pub fn template_hash(text: &str) -> String {
    sha256(text.trim_end())
}

/// A template of the folder `cloudformation`. Their texts are ASCII: AWS gives back anything else as question marks, and
/// what is deployed could not be told from what is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// The role in the management account.
    ManagementAccount,
    /// The role in each other account.
    MemberAccount,
    /// Both ends of the stream of events.
    EventStreaming,
    /// A trail.
    OrganizationTrail,
}

impl Template {
    /// Every template that is deployed.
    pub const ALL: [Self; 4] = [
        Self::ManagementAccount,
        Self::MemberAccount,
        Self::EventStreaming,
        Self::OrganizationTrail,
    ];

    /// Its file.
    pub fn file(self) -> &'static str {
        match self {
            Self::ManagementAccount => "cloudformation/management-account.yaml",
            Self::MemberAccount => "cloudformation/member-account.yaml",
            Self::EventStreaming => "cloudformation/event-streaming.yaml",
            Self::OrganizationTrail => "cloudformation/organization-trail.yaml",
        }
    }

    /// Its text, as this program was built with it.
    pub fn text(self) -> &'static str {
        match self {
            Self::ManagementAccount => {
                include_str!("../../../cloudformation/management-account.yaml")
            }
            Self::MemberAccount => include_str!("../../../cloudformation/member-account.yaml"),
            Self::EventStreaming => include_str!("../../../cloudformation/event-streaming.yaml"),
            Self::OrganizationTrail => {
                include_str!("../../../cloudformation/organization-trail.yaml")
            }
        }
    }

    /// SHA-256 of its text: what is deployed with another one is out of date.
    pub fn hash(self) -> String {
        static HASHES: LazyLock<BTreeMap<Template, String>> = LazyLock::new(|| {
            Template::ALL
                .into_iter()
                .map(|template| (template, template_hash(template.text())))
                .collect()
        });
        HASHES.get(&self).cloned().unwrap_or_else(|| template_hash(self.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_sent_with_the_call() {
        for template in Template::ALL {
            assert!(template.text().len() <= TEMPLATE_BYTES, "{}", template.file());
            assert_eq!(template.hash().len(), 64);
            assert!(template.text().is_ascii(), "{}", template.file());
            assert_eq!(template_hash(template.text().trim_end()), template.hash());
        }
    }

    #[test]
    fn names_have_our_prefix() {
        for name in [MANAGEMENT, MEMBER, EVENTS, FORWARD, TRAIL] {
            assert!(name.starts_with(PREFIX));
        }
        assert!(are_ours(&tags()));
        assert!(!are_ours(&[("managed-by".to_owned(), "hand".to_owned())].into()));
        assert!(!are_ours(&BTreeMap::new()));
    }

    #[test]
    fn hashes_are_those_of_everybody_else() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(""), empty);
    }
}
