//! Small values for tests, each in one line. Only ids and addresses that documentation reserves.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "builders for tests: a wrong literal in a test should stop the test"
)]

use crate::model::credential::{Holder, Mfa};
use crate::model::identity_center::StoreGroup;
use crate::model::organization::{Account, AccountState};
use crate::model::policy::{ManagedPolicy, PolicyDocument, PolicyVersion};
use crate::model::principal::{Group, Role, User};
use crate::model::resource::{Attributes, Resource, ResourceType};
use crate::model::{
    AccountId, Arn, Counters, Coverage, Entity, LastUsed, Region, Run, RunId, RunState, Scope,
    Status, Stored, Tags, Timestamp, Tri, Unit,
};
use crate::port::{Lease, Page, Sighting};

/// An account of the samples.
pub const ACCOUNT: &str = "111122223333";

/// Another account of the samples.
pub const OTHER_ACCOUNT: &str = "444455556666";

/// 2026-11-22T06:00:00Z, where the time of the samples begins.
const EPOCH: i64 = 1_795_327_200;

/// The moment that many seconds into the time of the samples.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(EPOCH + second).expect("a second of our time")
}

/// An account id.
pub fn account_id(text: &str) -> AccountId {
    text.parse().expect("an account id")
}

/// An ARN.
pub fn arn(text: &str) -> Arn {
    text.parse().expect("an ARN")
}

/// The unit of a global collector in an account.
pub fn unit(account: &str, collector: &str) -> Unit {
    Unit { account: account_id(account), region: Region::global(), collector: collector.to_owned() }
}

/// The scope of the samples' identities in an account.
pub fn scope_of(account: &str) -> Scope {
    unit(account, "iam-authorization").scope("authorization-details")
}

/// An entity of an account as a store keeps it, seen once at the first second.
pub fn stored(account: &str, entity: Entity) -> Stored {
    stored_in(scope_of(account), entity, at(0))
}

/// A run that was due and planned at that second.
pub fn run(second: i64) -> Run {
    Run {
        id: RunId::new(at(second), ""),
        trigger: "command".to_owned(),
        options: "accounts=all".to_owned(),
        state: RunState::Planning,
        started: at(second),
        finished: None,
        planned: 0,
        ended: 0,
        counters: Counters::new(),
    }
}

/// The lease of `owner` from one second to another.
pub fn lease(owner: &str, now: i64, until: i64) -> Lease {
    Lease { owner: owner.to_owned(), now: at(now), until: at(until) }
}

/// An IAM user. Two users of one name have one ARN and two unique ids (`AIDA…`).
pub fn user(account: &str, name: &str, unique: &str) -> Entity {
    Entity::User(User {
        arn: arn(&format!("arn:aws:iam::{account}:user/{name}")),
        unique_id: unique.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created: Some(at(-86_400)),
        groups: vec!["engineers".to_owned()],
        attached_policies: vec![arn("arn:aws:iam::aws:policy/ReadOnlyAccess")],
        inline_policies: Vec::new(),
        boundary: None,
        tags: Tags::new(),
    })
}

/// The user with these tags: how a test makes the same user have other content.
pub fn tagged_user(account: &str, name: &str, unique: &str, tags: &[(&str, &str)]) -> Entity {
    let Entity::User(mut user) = user(account, name, unique) else {
        return user(account, name, unique);
    };
    user.tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Entity::User(user)
}

/// An IAM group (`AGPA…`).
pub fn group(account: &str, name: &str, unique: &str) -> Entity {
    Entity::Group(Group {
        arn: arn(&format!("arn:aws:iam::{account}:group/{name}")),
        unique_id: unique.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created: Some(at(-86_400)),
        attached_policies: Vec::new(),
        inline_policies: Vec::new(),
    })
}

/// An IAM role (`AROA…`) that EC2 may assume.
pub fn role(account: &str, name: &str, unique: &str) -> Entity {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    Entity::Role(Role {
        arn: arn(&format!("arn:aws:iam::{account}:role/{name}")),
        unique_id: unique.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created: Some(at(-86_400)),
        trust: Some(PolicyDocument(trust.to_owned())),
        attached_policies: vec![arn("arn:aws:iam::aws:policy/ReadOnlyAccess")],
        inline_policies: Vec::new(),
        boundary: None,
        last_used: LastUsed::Never,
        tags: Tags::new(),
        instance_profiles: Vec::new(),
    })
}

/// A policy that AWS manages (`ANPA…`).
pub fn aws_policy(name: &str, unique: &str, document: &str) -> Entity {
    let version = PolicyVersion {
        id: "v1".to_owned(),
        default: true,
        created: None,
        document: Some(PolicyDocument(document.to_owned())),
    };
    Entity::Policy(ManagedPolicy {
        arn: arn(&format!("arn:aws:iam::aws:policy/{name}")),
        unique_id: unique.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        default_version: "v1".to_owned(),
        versions: vec![version],
        created: None,
        updated: None,
        tags: None,
    })
}

/// An account of the organization.
pub fn account(id: &str, name: &str) -> Entity {
    Entity::Account(Account {
        id: account_id(id),
        arn: Some(arn(&format!("arn:aws:organizations::{ACCOUNT}:account/o-example/{id}"))),
        name: name.to_owned(),
        email: Some("someone@example.com".to_owned()),
        state: AccountState::Active,
        joined_method: Some("CREATED".to_owned()),
        joined: Some(at(-86_400)),
    })
}

/// Whether a user has MFA.
pub fn mfa(account: &str, name: &str, active: Tri) -> Entity {
    let arn = arn(&format!("arn:aws:iam::{account}:user/{name}"));
    Entity::Mfa(Mfa { holder: Holder { arn, created: Some(at(-86_400)) }, active })
}

/// A group of the identity store, whose key and name may be any text.
pub fn store_group(id: &str, name: &str) -> Entity {
    Entity::StoreGroup(StoreGroup {
        identity_store: "d-1234567890".to_owned(),
        id: id.to_owned(),
        display_name: Some(name.to_owned()),
        description: None,
        external_ids: Vec::new(),
    })
}

/// An entity as seen at that second.
pub fn sighting(scope: &Scope, entity: Entity, second: i64) -> Sighting {
    Sighting { scope: scope.clone(), entity, observed: at(second) }
}

/// A page without a cursor.
pub fn page(run: &RunId, unit: &Unit, number: u32, sightings: Vec<Sighting>) -> Page {
    Page { run: run.clone(), unit: unit.clone(), number, sightings, cursor: None }
}

/// How a run saw a scope, as of that second.
pub fn coverage(scope: &Scope, run: &RunId, status: Status, second: i64) -> Coverage {
    Coverage {
        scope: scope.clone(),
        run: run.clone(),
        status,
        at: at(second),
        as_of: None,
        seen: 0,
        set_aside: Vec::new(),
        note: None,
    }
}

/// A resource that nothing more is known of.
pub fn resource(text: &str, resource_type: ResourceType) -> Entity {
    let arn = arn(text);
    Entity::Resource(Resource {
        resource_type,
        name: arn.name().to_owned(),
        created: None,
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: Attributes::new(),
        arn,
    })
}

/// An entity as a store has it that saw it once, at that moment.
pub fn stored_in(scope: Scope, entity: Entity, at: Timestamp) -> Stored {
    Stored {
        scope,
        entity,
        hash: String::new(),
        first_seen: at,
        last_seen: at,
        changed: at,
        observed: at,
        deleted: None,
    }
}

/// Counters with one count.
pub fn counters(name: &str, count: u64) -> Counters {
    Counters::from([(name.to_owned(), count)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_samples_begins_as_told() {
        assert_eq!(at(0).to_string(), "2026-11-22T06:00:00Z");
    }

    #[test]
    fn two_users_of_one_name_are_two_entities() {
        let (old, new) =
            (user(ACCOUNT, "ana", "AIDAEXAMPLE1"), user(ACCOUNT, "ana", "AIDAEXAMPLE2"));
        assert_ne!(old.id(), new.id());
        assert_eq!(tagged_user(ACCOUNT, "ana", "AIDAEXAMPLE1", &[]), old);
    }
}
