//! The permission-sets collector over the double.

use serde_json::{Value, json};

use super::PermissionSetsCollector;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Setup, collect_with};
use crate::collect::fake_json::{
    denied, deny_each, error, interrupt_everywhere, ok, page, refused, run_twice, text,
};
use crate::collect::{Collect as _, Options};
use crate::model::identity_center::{Assignee, InstanceReach, SetBoundary};
use crate::model::{Arn, Entity, Status, Unavailable};

const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-7223EXAMPLE00001";
const OTHER: &str = "arn:aws:sso:::instance/ssoins-7223EXAMPLE00002";
const HOME: &str = "eu-west-1";

fn setup() -> Setup {
    Setup {
        options: Options {
            management_account: Some(ACCOUNT.parse().unwrap()),
            ..Options::default()
        },
        region: HOME.parse().unwrap(),
        ..Setup::default()
    }
}

fn instance(arn: &str, owner: &str) -> Value {
    json!({
        "InstanceArn": arn,
        "IdentityStoreId": "d-1234567890",
        "OwnerAccountId": owner,
        "Name": "",
        "Status": "ACTIVE",
        "CreatedDate": 1_700_000_000,
        "PrimaryRegion": HOME,
    })
}

fn set_arn(number: usize) -> String {
    format!("arn:aws:sso:::permissionSet/ssoins-7223EXAMPLE00001/ps-example{number:09}")
}

fn number_of(arn: &str) -> usize {
    arn.rsplit("ps-example").next().unwrap().parse().unwrap()
}

fn sets(count: usize) -> Vec<Value> {
    (0..count).rev().map(|number| json!(set_arn(number))).collect()
}

/// 60 permission sets over pages; each is provisioned to `number % 4` accounts.
fn world() -> FakeAws {
    with_parts(
        FakeAws::new()
            .on("ListInstances", |request| {
                page(request, "Instances", &[instance(INSTANCE, ACCOUNT)], 1)
            })
            .on("ListPermissionSets", |request| page(request, "PermissionSets", &sets(60), 25))
            .on("DescribePermissionSet", |request| {
                let arn = text(request, "PermissionSetArn");
                ok(&json!({ "PermissionSet": {
                    "PermissionSetArn": arn,
                    "Name": format!("<img src=x>{}", number_of(&arn)),
                    "SessionDuration": "PT8H",
                    "CreatedDate": 1_700_000_000,
                }}))
            })
            .on("ListAccountsForProvisionedPermissionSet", |request| {
                let count = number_of(&text(request, "PermissionSetArn")) % 4;
                let accounts: Vec<Value> =
                    (0..count).rev().map(|number| json!(format!("20000000000{number}"))).collect();
                page(request, "AccountIds", &accounts, 2)
            })
            .on("ListAccountAssignments", |request| {
                let assignments = ["USER", "GROUP", "ROBOT"].map(|kind| {
                    json!({
                        "AccountId": text(request, "AccountId"),
                        "PermissionSetArn": text(request, "PermissionSetArn"),
                        "PrincipalType": kind,
                        "PrincipalId": format!("9067642ac7-{kind}"),
                    })
                });
                page(request, "AccountAssignments", &assignments, 2)
            }),
    )
}

fn with_parts(aws: FakeAws) -> FakeAws {
    aws.on("ListManagedPoliciesInPermissionSet", |request| {
        let policies = ["ViewOnlyAccess", "AdministratorAccess"]
            .map(|name| json!({ "Name": name, "Arn": format!("arn:aws:iam::aws:policy/{name}") }));
        page(request, "AttachedManagedPolicies", &policies, 1)
    })
    .on("ListCustomerManagedPolicyReferencesInPermissionSet", |request| {
        let policies = [json!({ "Name": "b", "Path": "/team/" }), json!({ "Name": "a" })];
        page(request, "CustomerManagedPolicyReferences", &policies, 1)
    })
    .on("GetInlinePolicyForPermissionSet", |request| {
        let odd = number_of(&text(request, "PermissionSetArn")) % 2 == 1;
        let policy = if odd { r#"{"Statement":"a%20+b"}"# } else { "" };
        ok(&json!({ "InlinePolicy": policy }))
    })
    .on("GetPermissionsBoundaryForPermissionSet", |request| {
        match number_of(&text(request, "PermissionSetArn")) % 3 {
            0 => error("ResourceNotFoundException", "PermissionsBoundary not found"),
            1 => ok(&json!({ "PermissionsBoundary": {
                "ManagedPolicyArn": "arn:aws:iam::aws:policy/ViewOnlyAccess",
            }})),
            _ => ok(&json!({ "PermissionsBoundary": {
                "CustomerManagedPolicyReference": { "Name": "limit", "Path": "/" },
            }})),
        }
    })
    .on("ListTagsForResource", |request| {
        let tags = [json!({ "Key": "owner", "Value": "=1+1" }), json!({ "Key": "a", "Value": "" })];
        page(request, "Tags", &tags, 1)
    })
}

async fn look(aws: &FakeAws) -> Outcome {
    look_with(aws, setup()).await
}

async fn look_with(aws: &FakeAws, setup: Setup) -> Outcome {
    let outcome = collect_with(&PermissionSetsCollector, aws, setup).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn all_but_instances() -> impl Iterator<Item = &'static str> {
    PermissionSetsCollector.capabilities().iter().skip(1).map(|info| info.name)
}

#[tokio::test]
async fn sixty_sets_with_all_that_is_in_them() {
    let outcome = run_twice(&PermissionSetsCollector, world, setup).await;
    for info in PermissionSetsCollector.capabilities() {
        let coverage = outcome.of(info.name);
        assert_eq!(coverage.status, Status::Complete, "{}", info.name);
        let expected = match info.name {
            "instances" => 1,
            "assignments" => 15 * (1 + 2 + 3) * 3,
            _ => 60,
        };
        assert_eq!(coverage.seen, expected, "{}", info.name);
        let entities = outcome.entities(info.name);
        assert_eq!(entities.len() as u64, expected, "{}", info.name);
        let keys: Vec<String> = entities.iter().map(|entity| entity.key()).collect();
        assert!(keys.is_sorted(), "{}", info.name);
    }
    let Entity::Instance(instance) = outcome.entities("instances")[0] else { panic!() };
    assert_eq!((instance.reach, &instance.name), (InstanceReach::Organization, &None));
    let Entity::PermissionSet(set) = outcome.entities("permission-sets")[7] else { panic!() };
    assert_eq!(set.name, "<img src=x>7");
    let Entity::PermissionSetCustomerPolicies(customer) = outcome.entities("customer-policies")[0]
    else {
        panic!()
    };
    assert_eq!((customer.policies[0].path.as_str(), customer.policies.len()), ("/", 2));
    let inline = |number: usize| match outcome.entities("inline-policies")[number] {
        Entity::PermissionSetInlinePolicy(inline) => inline.document.clone(),
        _ => panic!(),
    };
    assert_eq!(inline(0), None);
    assert_eq!(inline(1).unwrap().0, r#"{"Statement":"a%20+b"}"#, "plain JSON stays as it is");
    let boundary = |number: usize| match outcome.entities("boundaries")[number] {
        Entity::PermissionSetBoundary(boundary) => boundary.boundary.clone(),
        _ => panic!(),
    };
    assert_eq!(boundary(0), None);
    assert!(matches!(boundary(1), Some(SetBoundary::Managed(_))));
    assert!(matches!(boundary(2), Some(SetBoundary::Customer(_))));
    let others = outcome.entities("assignments").into_iter().filter(|entity| {
        matches!(entity, Entity::Assignment(assignment)
            if matches!(&assignment.assignee, Assignee::Other(kind, _) if kind == "ROBOT"))
    });
    assert_eq!(others.count(), 90, "a kind that AWS may add is kept");
}

/// A few sets, where everything is looked at again and again.
fn small_world() -> FakeAws {
    world().on("ListPermissionSets", |request| page(request, "PermissionSets", &sets(12), 5))
}

#[tokio::test]
async fn deny_one_lose_one() {
    deny_each(&PermissionSetsCollector, small_world, setup).await;
}

#[tokio::test]
async fn interrupted_anywhere() {
    interrupt_everywhere(&PermissionSetsCollector, small_world, setup).await;
}

/// More pairs than one batch holds, so that the assignments themselves are interrupted.
#[tokio::test]
async fn interrupted_among_the_assignments() {
    let world = || {
        world()
            .on("ListPermissionSets", |request| page(request, "PermissionSets", &sets(3), 25))
            .on("ListAccountsForProvisionedPermissionSet", |request| {
                let accounts: Vec<Value> =
                    (0..90).map(|number| json!(format!("2000000000{number:02}"))).collect();
                page(request, "AccountIds", &accounts, 50)
            })
    };
    interrupt_everywhere(&PermissionSetsCollector, world, setup).await;
}

#[tokio::test]
async fn no_instance_here_is_not_none() {
    let aws = FakeAws::new().on("ListInstances", |_| ok(&json!({ "Instances": [] })));
    let outcome = look(&aws).await;
    let expected = Status::Unavailable(Unavailable::ServiceOff(
        "no instance of Identity Center in eu-west-1; it has one home region: give \
         --identity-center-region if it lives elsewhere"
            .to_owned(),
    ));
    for info in PermissionSetsCollector.capabilities() {
        assert_eq!(outcome.status(info.name), &expected, "{}", info.name);
    }

    // AWS tells the home region to whoever asks for all regions.
    let aws =
        FakeAws::new().on("ListInstances", |request| match text(request, "RegionScope").as_str() {
            "ALL_REGIONS" => {
                let mut elsewhere = instance(INSTANCE, ACCOUNT);
                elsewhere["PrimaryRegion"] = json!("us-west-2");
                ok(&json!({ "Instances": [elsewhere] }))
            }
            _ => ok(&json!({ "Instances": [] })),
        });
    let outcome = look(&aws).await;
    let Status::Unavailable(Unavailable::ServiceOff(why)) = outcome.status("assignments") else {
        panic!()
    };
    assert!(why.contains("AWS shows one in us-west-2"), "{why}");
}

#[tokio::test]
async fn a_region_that_the_instance_was_extended_to_shows_no_sets() {
    let aws = world().on("ListInstances", |_| {
        let mut extended = instance(INSTANCE, ACCOUNT);
        extended["PrimaryRegion"] = json!("us-west-2");
        ok(&json!({ "Instances": [extended] }))
    });
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("instances"), &Status::Complete);
    for capability in all_but_instances() {
        let Status::Unavailable(Unavailable::ServiceOff(why)) = outcome.status(capability) else {
            panic!("{capability}")
        };
        assert!(why.contains("--identity-center-region us-west-2"), "{why}");
    }
    assert_eq!(aws.count("ListPermissionSets"), 0);
}

#[tokio::test]
async fn an_instance_of_an_account_has_no_sets() {
    let only = world()
        .on("ListInstances", |_| ok(&json!({ "Instances": [instance(OTHER, "444455556666")] })));
    let outcome = look(&only).await;
    let Entity::Instance(found) = outcome.entities("instances")[0] else { panic!() };
    assert_eq!(found.reach, InstanceReach::Account);
    for capability in all_but_instances() {
        assert!(
            matches!(outcome.status(capability), Status::Unavailable(Unavailable::ServiceOff(_))),
            "{capability}"
        );
    }
    assert_eq!(only.count("ListPermissionSets"), 0, "it would only answer that this is invalid");

    let both = world().on("ListInstances", |_| {
        let instances = [instance(OTHER, "444455556666"), instance(INSTANCE, ACCOUNT)];
        ok(&json!({ "Instances": instances }))
    });
    let outcome = look(&both).await;
    assert_eq!(outcome.of("instances").seen, 2);
    assert_eq!(outcome.of("permission-sets").seen, 60);
    assert_eq!(outcome.status("assignments"), &Status::Complete);
}

#[tokio::test]
async fn without_a_known_management_account_the_answer_tells() {
    let aws = world()
        .on("ListInstances", |_| {
            let instances = [instance(OTHER, "444455556666"), instance(INSTANCE, ACCOUNT)];
            ok(&json!({ "Instances": instances }))
        })
        .on("ListPermissionSets", |request| {
            if text(request, "InstanceArn") == OTHER {
                return error(
                    "ValidationException",
                    "The operation is not supported for this instance",
                );
            }
            page(request, "PermissionSets", &sets(3), 25)
        });
    let unknown = || Setup { options: Options::default(), ..setup() };
    let outcome = look_with(&aws, unknown()).await;
    assert_eq!(outcome.status("permission-sets"), &Status::Complete);
    assert_eq!(outcome.of("permission-sets").seen, 3);
    let note = outcome.of("permission-sets").note.as_ref().unwrap();
    assert!(note.contains(OTHER), "{note}");
    let Entity::Instance(found) = outcome.entities("instances")[0] else { panic!() };
    assert_eq!(found.reach, InstanceReach::Unknown);

    let aws =
        aws.on("ListInstances", |_| ok(&json!({ "Instances": [instance(OTHER, "444455556666")] })));
    let outcome = look_with(&aws, unknown()).await;
    assert!(matches!(
        outcome.status("assignments"),
        Status::Unavailable(Unavailable::ServiceOff(_))
    ));
}

/// Of the organization's own instance the same answer is a gap.
#[tokio::test]
async fn an_invalid_answer_of_the_organizations_instance_is_a_gap() {
    let aws = world().on("ListPermissionSets", |_| error("ValidationException", "invalid"));
    let outcome = look(&aws).await;
    for capability in all_but_instances() {
        assert!(matches!(outcome.status(capability), Status::Partial { .. }), "{capability}");
    }
}

#[tokio::test]
async fn an_instance_that_vanishes_between_two_attempts_deletes_nothing() {
    let whole = look(&small_world()).await;
    let cursor = whole.pages.iter().filter_map(|page| page.cursor.clone()).nth(3);
    let aws = small_world().on("ListInstances", |_| ok(&json!({ "Instances": [] })));
    let outcome = look_with(&aws, Setup { cursor, ..setup() }).await;
    assert_eq!(outcome.status("permission-sets"), &Status::Complete, "seen to its end before");
    for capability in ["boundaries", "provisioning", "assignments"] {
        assert!(
            matches!(outcome.status(capability), Status::Unavailable(Unavailable::ServiceOff(_))),
            "{capability}"
        );
    }
}

#[tokio::test]
async fn a_set_that_is_deleted_meanwhile_is_passed_over() {
    let aws = world().on("DescribePermissionSet", |request| {
        let arn = text(request, "PermissionSetArn");
        match number_of(&arn) {
            7 => error("ResourceNotFoundException", "PermissionSet not found"),
            8 => ok(&json!({ "PermissionSet": { "PermissionSetArn": arn } })),
            _ => ok(&json!({ "PermissionSet": { "PermissionSetArn": arn, "Name": "x" } })),
        }
    });
    let outcome = look(&aws).await;
    assert_eq!(outcome.of("permission-sets").seen, 58);
    assert_eq!(outcome.of("permission-sets").set_aside.len(), 1, "the one without a name");
    assert_eq!(outcome.of("boundaries").seen, 59, "nothing is asked of the deleted one");
    let deleted = set_arn(7);
    assert!(aws.received().iter().all(|call| {
        matches!(call.action.as_str(), "DescribePermissionSet" | "ListPermissionSets")
            || text(call, "PermissionSetArn") != deleted
    }));
}

#[tokio::test]
async fn one_refused_set_leaves_the_capability_partial() {
    let aws = world().on("GetInlinePolicyForPermissionSet", |request| {
        match number_of(&text(request, "PermissionSetArn")) {
            0 => denied("sso:GetInlinePolicyForPermissionSet"),
            _ => ok(&json!({})),
        }
    });
    let outcome = look(&aws).await;
    let Status::Partial { action, .. } = outcome.status("inline-policies") else { panic!() };
    assert_eq!(action, "sso:GetInlinePolicyForPermissionSet");
    assert_eq!(outcome.of("inline-policies").seen, 59);
    assert_eq!(outcome.status("tags"), &Status::Complete);
}

#[tokio::test]
async fn refusals_are_not_repeated_for_every_set() {
    let aws = world().on("ListTagsForResource", |_| denied("sso:ListTagsForResource"));
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("tags"), &refused("sso:ListTagsForResource"));
    assert!(aws.count("ListTagsForResource") < 20, "{}", aws.count("ListTagsForResource"));
}

#[tokio::test]
async fn a_list_that_breaks_off_is_a_gap_for_all_that_starts_from_it() {
    let aws =
        world().on("ListPermissionSets", |request| match text(request, "NextToken").as_str() {
            "" => ok(&json!({ "PermissionSets": [set_arn(1), set_arn(2)], "NextToken": "a" })),
            _ => denied("sso:ListPermissionSets"),
        });
    let outcome = look(&aws).await;
    assert_eq!(outcome.of("permission-sets").seen, 2, "what was listed is kept");
    for capability in all_but_instances() {
        assert!(outcome.status(capability).is_gap(), "{capability}");
    }
    assert_eq!(outcome.of("assignments").seen, 9);
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_everywhere() {
    let aws = world()
        .on("ListPermissionSets", |_| ok(&json!({ "PermissionSets": ["nonsense", set_arn(1)] })))
        .on("ListManagedPoliciesInPermissionSet", |_| {
            let policies = [json!({ "Name": "x", "Arn": "x" }), json!({})];
            ok(&json!({ "AttachedManagedPolicies": policies }))
        })
        .on("ListAccountAssignments", |_| {
            let good = json!({ "PrincipalType": "USER", "PrincipalId": "u-1" });
            let bad = [json!({ "PrincipalType": "USER" }), json!({ "PrincipalId": "u-2" })];
            ok(&json!({ "AccountAssignments": [bad[0], good, bad[1]] }))
        });
    let outcome = look(&aws).await;
    for capability in all_but_instances() {
        let coverage = outcome.of(capability);
        assert!(coverage.status.is_gap(), "{capability}");
        assert_eq!(coverage.set_aside[0].what, "nonsense", "{capability}");
        assert_eq!(coverage.seen, 1, "{capability}: the neighbour is kept");
    }
    assert_eq!(outcome.of("managed-policies").set_aside.len(), 3);
    assert_eq!(outcome.of("assignments").set_aside.len(), 3);

    let aws = FakeAws::new().on("ListInstances", |_| {
        ok(&json!({ "Instances": [{ "InstanceArn": "x" }, { "InstanceArn": INSTANCE }] }))
    });
    let outcome = look(&aws).await;
    for info in PermissionSetsCollector.capabilities() {
        assert!(outcome.status(info.name).is_gap(), "{}", info.name);
        assert_eq!(outcome.of(info.name).set_aside.len(), 2, "{}", info.name);
    }
}

#[tokio::test]
async fn arns_of_every_partition() {
    let arn = "arn:aws-us-gov:sso:::instance/ssoins-7223EXAMPLE00001";
    let aws =
        world().on("ListInstances", move |_| ok(&json!({ "Instances": [instance(arn, ACCOUNT)] })));
    let outcome = look(&aws).await;
    let Entity::Instance(found) = outcome.entities("instances")[0] else { panic!() };
    assert_eq!(found.arn, arn.parse::<Arn>().unwrap());
}
