//! The list of collectors, in the order in which they are planned and shown.

use std::collections::{BTreeMap, BTreeSet};

use super::bedrock::{BedrockAgents, BedrockModels};
use super::dynamodb::DynamoDb;
use super::ec2::Ec2;
use super::ecr::Ecr;
use super::eks::Eks;
use super::glue::Glue;
use super::iam_account::IamAccount;
use super::iam_authorization::IamAuthorization;
use super::iam_credentials::IamCredentials;
use super::identity_store::IdentityStoreCollector;
use super::kms::Kms;
use super::lambda::Lambda;
use super::organization::OrganizationCollector;
use super::permission_sets::PermissionSetsCollector;
use super::rds::Rds;
use super::regions::Regions;
use super::resource_tags::ResourceTags;
use super::s3::S3;
use super::s3_access_points::{S3AccessPoints, S3MultiRegionAccessPoints};
use super::s3_objects::S3Objects;
use super::secrets_manager::SecretsManager;
use super::sns::Sns;
use super::sqs::Sqs;
use super::{Collect, Place};
use crate::model::coverage::AccountCoverage;
use crate::model::id::IdError;
use crate::model::{AccountId, Snapshot};

/// Every collector.
pub const ALL: &[&dyn Collect] = &[
    &OrganizationCollector,
    &IamAuthorization,
    &IamCredentials,
    &IamAccount,
    &PermissionSetsCollector,
    &IdentityStoreCollector,
    &Regions,
    &Ec2,
    &Rds,
    &Eks,
    &Lambda,
    &Ecr,
    &DynamoDb,
    &SecretsManager,
    &Kms,
    &Sqs,
    &Sns,
    &BedrockModels,
    &BedrockAgents,
    &S3,
    &S3AccessPoints,
    &S3MultiRegionAccessPoints,
    &S3Objects,
    &Glue,
    &ResourceTags,
];

/// The collector of that name.
pub fn find(name: &str) -> Option<&'static dyn Collect> {
    ALL.iter().copied().find(|collector| collector.name() == name)
}

/// The tiers whose collectors may be left out together. The first is what everything else stands on.
const TIERS_TO_SKIP: [&str; 2] = ["tier-2", "tier-3"];

/// Checks names that are to be left out: collectors, or tiers. The first that is neither is an error.
pub fn check_skip<'a>(names: impl IntoIterator<Item = &'a String>) -> Result<(), IdError> {
    let known = |name: &str| find(name).is_some() || TIERS_TO_SKIP.contains(&name);
    match names.into_iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(IdError {
            text: name.clone(),
            what: "a collector or a tier that can be left out",
            expected: "tier-2, tier-3 or a collector that docs/permissions.md names, for example identity-store",
        }),
    }
}

/// Each account that is known with its coverage, for all who count accounts.
///
/// The account that answers for the organization is asked about the organization and Identity Center in
/// every run. That alone is no look into the account itself: its own users and roles may never have been
/// asked for, so it counts as [`AccountCoverage::Unseen`] like any other that a run leaves out.
pub fn accounts(snapshot: &Snapshot) -> BTreeMap<AccountId, AccountCoverage> {
    // What a collector that this program does not know has seen was seen in its account.
    let looks_into_it = |name: &str| {
        find(name).is_none_or(|collector| {
            matches!(collector.place(), Place::EachAccount | Place::EachRegion)
        })
    };
    let looked_into: BTreeSet<&AccountId> = snapshot
        .coverage()
        .filter(|coverage| looks_into_it(&coverage.scope.collector))
        .map(|coverage| &coverage.scope.account)
        .collect();
    let mut accounts = snapshot.accounts();
    for (account, coverage) in &mut accounts {
        if !looked_into.contains(account) {
            *coverage = AccountCoverage::Unseen;
        }
    }
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Coverage, RunId, Scope, Status, Timestamp};

    const HOME: &str = "111122223333";
    const MEMBER: &str = "444455556666";

    fn snapshot(scopes: &[(&str, &str)]) -> Snapshot {
        let at = Timestamp::from_second(1_795_327_200).unwrap();
        let coverage = scopes.iter().map(|(account, collector)| Coverage {
            scope: format!("{account}/aws-global/{collector}/x").parse::<Scope>().unwrap(),
            run: RunId::new(at, ""),
            status: Status::Complete,
            at,
            as_of: None,
            seen: 0,
            set_aside: Vec::new(),
            note: None,
        });
        Snapshot::new([], coverage.collect::<Vec<_>>())
    }

    #[test]
    fn every_collector_that_events_name_is_one() {
        for name in crate::realtime::table::collectors() {
            assert!(find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn who_only_answers_for_the_organization_was_not_looked_into() {
        let rows: [(&[(&str, &str)], AccountCoverage); 4] = [
            (&[(HOME, "organization"), (MEMBER, "iam-authorization")], AccountCoverage::Unseen),
            (
                &[(HOME, "organization"), (HOME, "permission-sets"), (HOME, "identity-store")],
                AccountCoverage::Unseen,
            ),
            (&[(HOME, "organization"), (HOME, "iam-account")], AccountCoverage::Complete),
            // A collector of a newer program.
            (&[(HOME, "buckets")], AccountCoverage::Complete),
        ];
        for (scopes, expected) in rows {
            let accounts = accounts(&snapshot(scopes));
            assert_eq!(accounts[&HOME.parse().unwrap()], expected, "{scopes:?}");
            if scopes.iter().any(|(account, _)| *account == MEMBER) {
                assert_eq!(accounts[&MEMBER.parse().unwrap()], AccountCoverage::Complete);
            }
        }
    }

    #[test]
    fn only_what_exists_can_be_left_out() {
        let check = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            check_skip(&names)
        };
        check(&[]).unwrap();
        check(&["tier-2", "tier-3", "regions", "identity-store"]).unwrap();
        for bad in ["tier-1", "tier-4", "Regions", ""] {
            let error = check(&["regions", bad]).unwrap_err().to_string();
            assert!(error.contains("tier-3"), "{error}");
        }
    }

    #[test]
    fn collectors_are_found_by_names_of_their_own() {
        let names: BTreeSet<&str> = ALL.iter().map(|collector| collector.name()).collect();
        assert_eq!(names.len(), ALL.len());
        for name in names {
            assert_eq!(find(name).map(Collect::name), Some(name));
        }
        assert!(find("nobody").is_none());
    }
}
