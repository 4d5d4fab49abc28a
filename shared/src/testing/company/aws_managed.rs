//! The AWS-managed policies that the tables attach, with their documents: `aws_managed.json`.
//!
//! moto could load all of AWS's, but then every authorization details cost 6 MB and most of a second.

use std::sync::OnceLock;

use serde::Deserialize;

const TEXT: &str = include_str!("aws_managed.json");

/// An AWS-managed policy as it was when it was written down.
#[derive(Debug, Deserialize)]
pub(super) struct AwsManaged {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) created: String,
    pub(super) updated: String,
    pub(super) document: String,
}

/// The policy that the tables name (`AdministratorAccess`, `service-role/…`).
pub(super) fn find(name: &str) -> Option<&'static AwsManaged> {
    static ALL: OnceLock<Vec<AwsManaged>> = OnceLock::new();
    let all = ALL.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default());
    all.iter().find(|policy| {
        name.strip_suffix(policy.name.as_str())
            .is_some_and(|path| policy.path == format!("/{path}"))
    })
}
