//! The answers of Identity Center and of the identity store.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Correction, Facts, How, organization::mend};
use crate::testing::{
    company::{
        access::{Boundary, PERMISSION_SETS},
        derived,
        iam::policy_arn,
        organization::MANAGEMENT,
        people::{HOME_REGION, ISSUER, PEOPLE},
    },
    proxy::Fault,
};

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    vec![
        instances(facts),
        description(facts),
        managed(facts),
        boundaries(facts),
        tags(facts),
        provisioning(facts),
        users(facts),
    ]
}

/// moto has an instance in every region of every account.
fn instances(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows =
        "one instance, in one region, of the management account alone; its date in the past";
    Correction::json("sso:ListInstances", shows, move |view, answer| {
        if view.region != HOME_REGION || facts.key(view) != MANAGEMENT {
            *answer = json!({ "Instances": [] });
        }
        mend(&facts, answer);
    })
}

fn description(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    Correction::json("sso:DescribePermissionSet", "dates in the past", move |_, answer| {
        mend(&facts, answer);
    })
}

/// moto attaches only the AWS-managed policies at the path `/`.
fn managed(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "AWS-managed policies with a path (`job-function/`, `service-role/`)";
    Correction::json("sso:ListManagedPoliciesInPermissionSet", shows, move |view, answer| {
        let asked = view.json();
        let asked = asked.as_ref().and_then(|asked| asked.get("PermissionSetArn")?.as_str());
        let set =
            PERMISSION_SETS.iter().find(|set| facts.company.permission_set(set.name) == asked);
        let missing = set.map_or(&[][..], |set| set.managed).iter();
        let missing = missing.filter_map(|name| Some((name, name.rsplit_once('/')?.1)));
        let list = answer.get_mut("AttachedManagedPolicies").and_then(Value::as_array_mut);
        if let Some(list) = list {
            list.extend(
                missing.map(|(name, last)| json!({ "Name": last, "Arn": policy_arn("", name) })),
            );
        }
    })
}

fn boundaries(facts: &Facts) -> Correction {
    let mut correction = Correction::new(
        "sso:GetPermissionsBoundaryForPermissionSet",
        How::Replayed,
        "the whole answer",
    );
    for set in PERMISSION_SETS {
        let (Some(boundary), Some(arn)) = (set.boundary, facts.company.permission_set(set.name))
        else {
            continue;
        };
        let boundary = match boundary {
            Boundary::Managed(name) => json!({ "ManagedPolicyArn": policy_arn("", name) }),
            Boundary::Customer(path, name) => {
                json!({ "CustomerManagedPolicyReference": { "Name": name, "Path": path } })
            }
        };
        let answer = json!({ "PermissionsBoundary": boundary });
        correction = correction.rule(|when| when.with_body(arn), replay(200, &answer));
    }
    let none = json!({
        "__type": "ResourceNotFoundException",
        "Message": "The permission set has no permissions boundary",
    });
    correction.rule(|when| when, replay(400, &none))
}

fn tags(facts: &Facts) -> Correction {
    let mut correction =
        Correction::new("sso:ListTagsForResource", How::Replayed, "the whole answer");
    for set in PERMISSION_SETS {
        let Some(arn) = facts.company.permission_set(set.name) else { continue };
        let tags = set.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value }));
        let answer = json!({ "Tags": tags.collect::<Vec<_>>() });
        correction = correction.rule(|when| when.with_body(arn), replay(200, &answer));
    }
    correction.rule(|when| when, replay(200, &json!({ "Tags": [] })))
}

fn provisioning(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "the accounts that have the permission set";
    Correction::json("sso:ListAccountsForProvisionedPermissionSet", shows, move |view, answer| {
        let asked = view.json();
        let asked = asked.as_ref().and_then(|asked| asked.get("PermissionSetArn")?.as_str());
        let set =
            PERMISSION_SETS.iter().find(|set| facts.company.permission_set(set.name) == asked);
        let accounts = set.map(|set| derived::provisioned_to(set.name)).unwrap_or_default();
        let ids = accounts.into_iter().filter_map(|key| facts.company.account(key));
        *answer = json!({ "AccountIds": ids.collect::<Vec<_>>() });
    })
}

fn users(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "whether a user may sign in, and the ids that the external identity provider knows";
    Correction::json("identitystore:ListUsers", shows, move |_, answer| {
        let users = answer.get_mut("Users").and_then(Value::as_array_mut);
        for user in users.into_iter().flatten() {
            let Some(fields) = user.as_object_mut() else { continue };
            let id = fields.get("UserId").and_then(Value::as_str).unwrap_or_default();
            let is_this = |name: &str| facts.company.store_user(name) == Some(id);
            let Some(person) = PEOPLE.iter().find(|person| is_this(person.user)) else { continue };
            let status = if person.enabled { "ENABLED" } else { "DISABLED" };
            let external = person.external.then(|| {
                let id = format!("{:016x}", derived::hash(person.user));
                json!({ "Issuer": ISSUER, "Id": id })
            });
            fields.insert("UserStatus".to_owned(), status.into());
            fields.insert("ExternalIds".to_owned(), external.into_iter().collect());
        }
    })
}

fn replay(status: u16, answer: &Value) -> Fault {
    Fault::Answer {
        status,
        body: answer.to_string().into(),
        content_type: "application/x-amz-json-1.1".to_owned(),
    }
}
