//! The tables of resources: whole, consistent, and within AWS's own rules for names.

use std::collections::BTreeSet;

use super::{
    compute::{CLUSTERS, DATABASES, FUNCTIONS, INSTANCES, REPOSITORIES},
    data::{ACCESS_POINTS, BUCKETS, GLUE, MULTI_REGION, TABLES},
    keys::{KEYS, SECRETS},
    messages::{QUEUES, TOPICS},
    models::BEDROCK,
    *,
};
use crate::testing::company::{
    derived::iam_of,
    document::{AccountIds, Document},
    organization::{ACCOUNTS, DENIED, MANAGEMENT, PARTIAL, SUSPENDED},
};

fn accounts() -> AccountIds {
    let members = ACCOUNTS.iter().map(|account| account.key);
    let all = members.chain([MANAGEMENT]).zip(111_111_111_111_u64..);
    all.map(|(key, id)| (key, id.to_string())).collect()
}

#[test]
fn every_type_that_is_collected_is_there() {
    let there: BTreeSet<_> = counts().into_values().flat_map(BTreeMap::into_keys).collect();
    let missing: Vec<_> = ResourceType::ALL.iter().filter(|it| !there.contains(it)).collect();
    // Folders and objects are asked for apart; what AWS has for everybody is in no table of an account.
    assert_eq!(
        missing,
        [
            &ResourceType::Folder,
            &ResourceType::Object,
            &ResourceType::FoundationModel,
            &ResourceType::InferenceProfile
        ]
    );
}

#[test]
fn places_are_accounts_that_can_be_looked_into_and_regions_of_the_organization() {
    let accounts = accounts();
    for place in counts().keys() {
        assert!(accounts.contains_key(place.account), "{place:?}");
        assert!(![DENIED, SUSPENDED].contains(&place.account), "{place:?}");
        assert!(REGIONS.contains(&place.region), "{place:?}");
        assert!(place.region != FAR || place.account == FAR_ACCOUNT, "{place:?}");
    }
    assert!(counts().keys().any(|place| place.region == FAR));
    assert!(SECRETS.iter().any(|secret| secret.place.account == PARTIAL), "nothing is hidden");
}

#[test]
fn roles_and_keys_that_are_named_are_there() {
    let has = |place: Place, role: &str| {
        iam_of(place.account).is_some_and(|iam| {
            iam.roles.iter().any(|one| format!("{}{}", one.path, one.name) == role)
        })
    };
    for function in FUNCTIONS {
        assert!(has(function.place, function.role), "{function:?}");
    }
    for cluster in CLUSTERS {
        let entries = cluster.entries.iter().map(|entry| entry.role);
        for role in entries.chain(cluster.pods.iter().map(|pod| pod.role)) {
            assert!(has(cluster.place, role), "{role}");
        }
    }
    for key in KEYS {
        assert!(key.grants.iter().all(|grant| has(key.place, grant.grantee)), "{key:?}");
    }
    for instance in INSTANCES {
        let profiles = iam_of(instance.place.account).map_or(&[][..], |iam| iam.roles);
        let found = |name| profiles.iter().any(|role| role.profile && role.name == name);
        assert!(instance.profile.is_none_or(found), "{instance:?}");
    }
    let used = BUCKETS.iter().map(|bucket| (bucket.place, bucket.key));
    for (place, key) in used.chain(DATABASES.iter().map(|database| (database.place, database.key)))
    {
        let there = |name| KEYS.iter().any(|key| key.name == name && key.place == place);
        assert!(key.is_none_or(there), "{key:?} at {place:?}");
    }
    for secret in SECRETS {
        let rotates =
            |name| FUNCTIONS.iter().any(|one| one.place == secret.place && one.name == name);
        assert!(secret.rotated_by.is_none_or(rotates), "{secret:?}");
    }
}

#[test]
fn buckets_that_are_named_are_there_and_no_two_share_a_name() {
    let names: BTreeSet<_> = BUCKETS.iter().map(|bucket| bucket.name).collect();
    assert_eq!(names.len(), BUCKETS.len());
    let logs = BUCKETS.iter().filter_map(|bucket| bucket.logs);
    let points = ACCESS_POINTS.iter().map(|point| point.bucket);
    let everywhere = MULTI_REGION.iter().map(|point| point.bucket);
    for name in logs.chain(points).chain(everywhere) {
        assert!(names.contains(name), "{name}");
    }
    for table in GLUE.iter().flat_map(|database| database.tables) {
        let bucket = table.location.trim_start_matches("s3://").split('/').next().unwrap();
        assert!(names.contains(bucket), "{}", table.location);
    }
    assert!(
        BUCKETS.iter().filter(|bucket| bucket.is_old).all(|bucket| bucket.place.region == HOME)
    );
}

#[test]
fn documents_are_json_and_name_known_accounts() {
    let accounts = accounts();
    let documents = BUCKETS
        .iter()
        .filter_map(|one| one.policy)
        .chain(ACCESS_POINTS.iter().filter_map(|one| one.policy))
        .chain(MULTI_REGION.iter().filter_map(|one| one.policy))
        .chain(TABLES.iter().flat_map(|one| [one.policy, one.stream_policy]).flatten())
        .chain(REPOSITORIES.iter().filter_map(|one| one.policy))
        .chain(KEYS.iter().map(|one| one.policy))
        .chain(SECRETS.iter().filter_map(|one| one.policy))
        .chain(QUEUES.iter().filter_map(|one| one.policy))
        .chain(TOPICS.iter().filter_map(|one| one.policy));
    let mut count = 0;
    for text in documents.map(|document: Document| document.render(&accounts)) {
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["Version"], "2012-10-17", "{text}");
        assert!(!text.contains("ACCOUNT("), "{text}");
        count += 1;
    }
    assert_eq!(count, 15, "each was looked at");
}

/// The letters that services take in names; tags are free but for their length.
#[test]
fn names_are_such_as_aws_takes() {
    let fits = |text: &str, others: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
    };
    for bucket in BUCKETS {
        assert!(fits(bucket.name, "-") && bucket.name.to_lowercase() == bucket.name, "{bucket:?}");
    }
    assert!(FUNCTIONS.iter().all(|one| fits(one.name, "-_")));
    assert!(TABLES.iter().all(|one| fits(one.name, "-_.")));
    assert!(QUEUES.iter().all(|one| fits(one.name.trim_end_matches(".fifo"), "-_")));
    assert!(TOPICS.iter().all(|one| fits(one.name, "-_")));
    assert!(
        REPOSITORIES
            .iter()
            .all(|one| fits(one.name, "-_./") && one.name.to_lowercase() == one.name)
    );
    assert!(SECRETS.iter().all(|one| fits(one.name, "/_+=.@-")));
    assert!(KEYS.iter().flat_map(|one| one.aliases).all(|alias| fits(alias, "/_-")));
    let tags = INSTANCES.iter().map(|one| one.tags).chain(BUCKETS.iter().map(|one| one.tags));
    for (key, value) in tags.flatten() {
        assert!(key.chars().count() <= 128 && value.chars().count() <= 256, "{key}: {value}");
    }
    let agents = BEDROCK.iter().flat_map(|one| one.agents);
    // <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_Agent.html>
    assert!(agents.clone().all(|agent| agent.id.len() == 10 && fits(agent.id, "")));
    assert!(agents.flat_map(|agent| agent.aliases).all(|(id, _)| id.len() == 10));
}
