//! Policies and what they are attached to, as given.

use super::{Arn, Tags, Timestamp};

/// The text of a policy document, after the percent-encoding that IAM puts around it was taken off.
/// The text is what AWS stores, byte for byte: two texts that mean the same are two texts here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyDocument(pub String);

impl std::fmt::Debug for PolicyDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PolicyDocument({} bytes)", self.0.len())
    }
}

/// A policy that lives inside its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinePolicy {
    /// The name, unique within the holder.
    pub name: String,
    /// The document.
    pub document: PolicyDocument,
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// `v1`, `v2`, …
    pub id: String,
    /// Whether this version is in force.
    pub default: bool,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The document, where AWS gave it.
    pub document: Option<PolicyDocument>,
}

/// A managed policy, the customer's or AWS's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// The ARN.
    pub arn: Arn,
    /// The unique id (`ANPA…`).
    pub unique_id: String,
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// The version in force.
    pub default_version: String,
    /// The versions, newest first; at most five (a quota of IAM).
    pub versions: Vec<PolicyVersion>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When a version was last made.
    pub updated: Option<Timestamp>,
    /// Its tags; the authorization details do not carry them, hence `None`.
    pub tags: Option<Tags>,
}

impl ManagedPolicy {
    /// The document in force.
    pub fn default_document(&self) -> Option<&PolicyDocument> {
        self.versions
            .iter()
            .find(|version| version.default)
            .and_then(|version| version.document.as_ref())
    }
}
