//! The organization collector over the double.

use serde_json::{Value, json};

use super::OrganizationCollector;
use crate::collect::call::lost_with;
use crate::collect::fake::{ACCOUNT, FakeAws, Outcome, Reply, Setup, collect, collect_with};
use crate::collect::fake_json::{
    denied, deny_each, error, interrupt_everywhere, ok, page, refused, run_twice, text,
};
use crate::collect::{Collect as _, Interrupted, Stop};
use crate::model::organization::{Account, AccountState};
use crate::model::{Authority, Entity, Kind, Status, Unavailable};

const NOT_IN_USE: &str = "AWSOrganizationsNotInUseException";

fn account(number: usize) -> String {
    if number == 0 { ACCOUNT.to_owned() } else { format!("2000000000{number:02}") }
}

fn account_value(number: usize) -> Value {
    json!({
        "Id": account(number),
        "Arn": format!("arn:aws:organizations::{ACCOUNT}:account/o-exampleorg/{}", account(number)),
        "Email": format!("aws+{number}@example.com"),
        "Name": format!("account {number}"),
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": 1_700_000_000.25,
    })
}

/// 45 accounts over a root, a chain of five units, and one beside it.
const PARENTS: [&str; 7] =
    ["r-ex01", "ou-ex01-1", "ou-ex01-2", "ou-ex01-3", "ou-ex01-4", "ou-ex01-5", "ou-ex01-9"];

fn unit(id: &str, name: &str) -> Value {
    json!({
        "Id": id,
        "Arn": format!("arn:aws:organizations::{ACCOUNT}:ou/o-exampleorg/{id}"),
        "Name": name,
    })
}

fn units_under(parent: &str) -> Vec<Value> {
    match parent {
        "r-ex01" => vec![unit("ou-ex01-9", "<b>beside</b>"), unit("ou-ex01-1", "one")],
        "ou-ex01-1" => vec![unit("ou-ex01-2", "two")],
        "ou-ex01-2" => vec![unit("ou-ex01-3", "three")],
        "ou-ex01-3" => vec![unit("ou-ex01-4", "four")],
        "ou-ex01-4" => vec![unit("ou-ex01-5", "five")],
        _ => Vec::new(),
    }
}

fn accounts_under(parent: &str) -> Vec<Value> {
    (0..45).filter(|number| PARENTS[number % PARENTS.len()] == parent).map(account_value).collect()
}

fn policy(id: &str, kind: &str) -> Value {
    json!({
        "Id": id,
        "Arn": format!("arn:aws:organizations::{ACCOUNT}:policy/o-exampleorg/{id}"),
        "Name": format!("=HYPERLINK({id})"),
        "Description": "",
        "Type": kind,
        "AwsManaged": id.contains("Full"),
    })
}

fn world() -> FakeAws {
    with_policies(with_delegation(
        FakeAws::new()
            .on("DescribeOrganization", |_| {
                ok(&json!({ "Organization": {
                    "Id": "o-exampleorg",
                    "Arn": format!("arn:aws:organizations::{ACCOUNT}:organization/o-exampleorg"),
                    "FeatureSet": "ALL",
                    "MasterAccountId": ACCOUNT,
                }}))
            })
            .on("ListAccounts", |request| {
                let accounts: Vec<Value> = (0..45).rev().map(account_value).collect();
                page(request, "Accounts", &accounts, 20)
            })
            .on("ListRoots", |request| {
                let root = json!({ "Id": "r-ex01", "Name": "Root", "PolicyTypes": [
                    { "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" },
                    { "Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED" },
                    { "Type": "TAG_POLICY", "Status": "PENDING_ENABLE" },
                ]});
                page(request, "Roots", &[root], 5)
            })
            .on("ListOrganizationalUnitsForParent", |request| {
                let units = units_under(&text(request, "ParentId"));
                page(request, "OrganizationalUnits", &units, 1)
            })
            .on("ListAccountsForParent", |request| {
                page(request, "Accounts", &accounts_under(&text(request, "ParentId")), 3)
            })
            .on("ListTagsForResource", |request| {
                let owner = json!({ "Key": "owner", "Value": text(request, "ResourceId") });
                page(request, "Tags", &[json!({ "Key": "e\u{202e}nv", "Value": "" }), owner], 1)
            }),
    ))
}

fn with_delegation(aws: FakeAws) -> FakeAws {
    aws.on("ListDelegatedAdministrators", |request| {
        let administrators: Vec<Value> = [2, 1]
            .map(|number| {
                json!({ "Id": account(number), "State": "ACTIVE", "DelegationEnabledDate": 1_700_000_000 })
            })
            .to_vec();
        page(request, "DelegatedAdministrators", &administrators, 1)
    })
    .on("ListDelegatedServicesForAccount", |request| {
        let services = ["sso.amazonaws.com", "config.amazonaws.com"].map(|principal| {
            json!({ "ServicePrincipal": principal, "DelegationEnabledDate": 1_700_000_000 })
        });
        page(request, "DelegatedServices", &services, 1)
    })
    .on("ListAWSServiceAccessForOrganization", |request| {
        let services = ["sso.amazonaws.com", "cloudtrail.amazonaws.com"].map(|principal| {
            json!({ "ServicePrincipal": principal, "DateEnabled": 1_700_000_000 })
        });
        page(request, "EnabledServicePrincipals", &services, 1)
    })
}

fn with_policies(aws: FakeAws) -> FakeAws {
    aws.on("ListPolicies", |request| {
        let kind = text(request, "Filter");
        let ids: &[&str] = match kind.as_str() {
            "SERVICE_CONTROL_POLICY" => &["p-deny0001", "p-FullAWSAccess"],
            _ => &["p-RCPFullAWSAccess"],
        };
        let policies: Vec<Value> = ids.iter().map(|id| policy(id, &kind)).collect();
        page(request, "Policies", &policies, 1)
    })
    .on("DescribePolicy", |request| {
        let content = json!({ "Version": "2012-10-17", "Statement": "100%25 + plain" }).to_string();
        let summary = policy(&text(request, "PolicyId"), "SERVICE_CONTROL_POLICY");
        ok(&json!({ "Policy": { "PolicySummary": summary, "Content": content } }))
    })
    .on("ListTargetsForPolicy", |request| {
        let targets = [
            json!({ "TargetId": "r-ex01", "Type": "ROOT", "Name": "Root" }),
            json!({ "TargetId": account(1), "Type": "ACCOUNT", "Name": "x" }),
        ];
        page(request, "Targets", &targets, 1)
    })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect(&OrganizationCollector, aws).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn account_of<'a>(outcome: &'a Outcome, id: &str) -> &'a Account {
    outcome
        .entities("accounts")
        .into_iter()
        .find_map(|entity| match entity {
            Entity::Account(account) if account.id.as_str() == id => Some(account),
            _ => None,
        })
        .unwrap()
}

fn keys(outcome: &Outcome, capability: &str, kind: Kind) -> Vec<String> {
    let entities = outcome.entities(capability).into_iter();
    entities.filter(|entity| entity.kind() == kind).map(Entity::key).collect()
}

#[tokio::test]
async fn the_whole_organization() {
    let outcome = run_twice(&OrganizationCollector, world, Setup::default).await;
    for info in OrganizationCollector.capabilities() {
        let coverage = outcome.of(info.name);
        assert_eq!(coverage.status, Status::Complete, "{}", info.name);
        assert_eq!(coverage.seen, outcome.entities(info.name).len() as u64, "{}", info.name);
        assert_eq!(coverage.note, None, "{}", info.name);
    }
    let mut expected: Vec<String> = (0..45).map(account).collect();
    expected.sort();
    assert_eq!(keys(&outcome, "accounts", Kind::Account), expected);
    assert_eq!(keys(&outcome, "hierarchy", Kind::AccountPlacement), expected);
    assert_eq!(keys(&outcome, "account-tags", Kind::AccountTags), expected);
    let account = account_of(&outcome, "200000000007");
    assert_eq!(account.joined.unwrap().to_string(), "2023-11-14T22:13:20.25Z");
    let services = outcome.entities("delegated-services");
    let Entity::DelegatedServices(services) = services[0] else { panic!() };
    assert_eq!(services.services[0].0, "config.amazonaws.com");
    assert_eq!(services.services[1].0, "sso.amazonaws.com");
    let documents = outcome.entities("policy-documents");
    let Entity::OrganizationPolicyDocument(document) = documents[0] else { panic!() };
    assert!(document.document.0.contains("100%25 + plain"), "plain JSON stays as it is");
    let Entity::OrganizationPolicyTargets(targets) = outcome.entities("policy-targets")[0] else {
        panic!()
    };
    assert_eq!(targets.targets.len(), 2);
}

#[tokio::test]
async fn a_tree_of_five_levels() {
    let outcome = look(&world()).await;
    let units = outcome.entities("hierarchy");
    let deepest = units.iter().find_map(|entity| match entity {
        Entity::OrganizationalUnit(unit) if unit.id == "ou-ex01-5" => Some(unit),
        _ => None,
    });
    let deepest = deepest.unwrap();
    assert_eq!(deepest.path, ["one", "two", "three", "four", "five"]);
    assert_eq!(deepest.parent, "ou-ex01-4");
    let places: Vec<_> = units
        .iter()
        .filter_map(|entity| match entity {
            Entity::AccountPlacement(place) => Some(place),
            _ => None,
        })
        .collect();
    let place = places.iter().find(|place| place.account.as_str() == account(5)).unwrap();
    assert_eq!((place.parent.as_str(), place.path.len()), ("ou-ex01-5", 5));
    let place = places.iter().find(|place| place.account.as_str() == account(6)).unwrap();
    assert_eq!(place.path, ["<b>beside</b>"]);
    let Entity::Root(root) = units[0] else { panic!("the root comes first") };
    assert_eq!(root.policy_types, ["RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"]);
}

#[tokio::test]
async fn deny_one_lose_one() {
    deny_each(&OrganizationCollector, world, Setup::default).await;
}

#[tokio::test]
async fn interrupted_anywhere() {
    interrupt_everywhere(&OrganizationCollector, world, Setup::default).await;
}

#[tokio::test]
async fn stops_when_asked_and_goes_on() {
    let stop = Stop::default();
    stop.ask();
    let setup = Setup { stop, ..Setup::default() };
    let outcome = collect_with(&OrganizationCollector, &world(), setup).await;
    assert!(matches!(outcome.result, Err(Interrupted::Stopped)));
    let setup = Setup { cursor: outcome.cursor(), ..Setup::default() };
    let aws = world();
    let outcome = collect_with(&OrganizationCollector, &aws, setup).await;
    outcome.result.unwrap();
    assert_eq!(aws.count("DescribeOrganization"), 0, "it was seen before");
}

#[tokio::test]
async fn states_of_accounts() {
    let states = [
        (json!({ "State": "CLOSED", "Status": "SUSPENDED" }), "CLOSED"),
        (json!({ "State": "SUSPENDED", "Status": "SUSPENDED" }), "SUSPENDED"),
        (json!({ "State": "PENDING_ACTIVATION" }), "PENDING_ACTIVATION"),
        (json!({ "Status": "PENDING_CLOSURE" }), "PENDING_CLOSURE"),
        (json!({ "State": "HIBERNATING" }), "HIBERNATING"),
        (json!({ "Status": "ACTIVE" }), "ACTIVE"),
        (json!({}), "UNKNOWN"),
    ];
    let accounts: Vec<Value> = states
        .iter()
        .enumerate()
        .map(|(number, (state, _))| {
            let mut value = account_value(number + 1);
            value.as_object_mut().unwrap().retain(|key, _| !key.starts_with("Stat"));
            value.as_object_mut().unwrap().extend(state.as_object().unwrap().clone());
            value
        })
        .collect();
    let aws = world().on("ListAccounts", move |request| page(request, "Accounts", &accounts, 2));
    let outcome = look(&aws).await;
    for (number, (_, expected)) in states.iter().enumerate() {
        let state = &account_of(&outcome, &account(number + 1)).state;
        assert_eq!(state.as_str(), *expected);
        assert_eq!(*state == AccountState::Active, *expected == "ACTIVE");
    }
    assert_eq!(outcome.status("accounts"), &Status::Complete);
}

#[tokio::test]
async fn an_account_outside_of_any_organization() {
    let mut aws = FakeAws::new();
    for call in OrganizationCollector.calls() {
        let operation = call.action.split(':').nth(1).unwrap();
        aws = aws.on(operation, |_| {
            error(NOT_IN_USE, "Your account is not a member of an organization.")
        });
    }
    let outcome = look(&aws).await;
    assert_eq!(aws.received().len(), 1, "one answer says it all");
    for info in OrganizationCollector.capabilities() {
        let expected = match info.name {
            "accounts" => Status::Complete,
            _ => Status::Unavailable(Unavailable::NotInOrganization),
        };
        assert_eq!(outcome.status(info.name), &expected, "{}", info.name);
    }
    let account = account_of(&outcome, ACCOUNT);
    assert_eq!((account.name.as_str(), &account.state), ("", &AccountState::Active));

    // The same where only the other calls may be made.
    let aws = aws.on("DescribeOrganization", |_| denied("organizations:DescribeOrganization"));
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("organization"), &refused("organizations:DescribeOrganization"));
    assert_eq!(outcome.status("accounts"), &Status::Complete);
    assert_eq!(
        outcome.status("policy-targets"),
        &Status::Unavailable(Unavailable::NotInOrganization)
    );
}

#[tokio::test]
async fn a_member_account_may_not_list() {
    let mut aws = world();
    for call in OrganizationCollector.calls() {
        let operation = call.action.split(':').nth(1).unwrap();
        if operation != "DescribeOrganization" {
            aws = aws.on(operation, |_| {
                error(
                    "AccessDeniedException",
                    "You don't have permissions to access this resource.",
                )
            });
        }
    }
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("organization"), &Status::Complete);
    let expected = Status::Denied {
        action: "organizations:ListAccounts".to_owned(),
        by: Authority::Unspecified,
    };
    assert_eq!(outcome.status("accounts"), &expected);
    assert_eq!(outcome.status("account-tags"), &expected);
    assert_eq!(aws.count("ListTagsForResource"), 0);
}

#[tokio::test]
async fn pages_end_where_there_is_no_token() {
    let two = || json!([account_value(1), account_value(2)]);
    let aws = world().in_turn(
        "ListAccounts",
        [
            ok(&json!({ "Accounts": [], "NextToken": "a" })),
            ok(&json!({ "NextToken": "b" })),
            ok(&json!({ "Accounts": two(), "NextToken": "" })),
        ],
    );
    let outcome = look(&aws).await;
    assert_eq!(outcome.of("accounts").seen, 2);
    assert_eq!(outcome.status("accounts"), &Status::Complete);
}

#[tokio::test]
async fn a_repeated_token_is_a_gap_and_ends() {
    let aws = world()
        .on("ListAccounts", |_| ok(&json!({ "Accounts": [account_value(1)], "NextToken": "a" })));
    let outcome = look(&aws).await;
    let Status::Partial { action, reason } = outcome.status("accounts") else { panic!() };
    assert_eq!(action, "organizations:ListAccounts");
    assert!(reason.contains("token"), "{reason}");
    assert_eq!(outcome.status("account-tags"), outcome.status("accounts"), "not a whole list");
    assert_eq!(keys(&outcome, "account-tags", Kind::AccountTags), [account(1)]);
}

#[tokio::test]
async fn a_refused_token_starts_the_list_again_once() {
    let first = || ok(&json!({ "Accounts": [account_value(1)], "NextToken": "a" }));
    let refused = || error("InvalidInputException", "You specified an invalid value: NextToken");
    let last = || ok(&json!({ "Accounts": [account_value(2)] }));
    let aws = world().in_turn("ListAccounts", [first(), refused(), first(), last()]);
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("accounts"), &Status::Complete);
    assert_eq!(keys(&outcome, "accounts", Kind::Account), [account(1), account(2)]);
    let aws = world().in_turn("ListAccounts", [first(), refused(), first(), refused()]);
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("accounts"), Status::Partial { .. }));
    assert_eq!(outcome.of("accounts").seen, 1);
}

#[tokio::test]
async fn a_policy_type_that_the_endpoint_does_not_have_is_no_gap() {
    for code in ["InvalidInputException", "PolicyTypeNotEnabledException"] {
        let aws =
            world().on("ListPolicies", move |request| match text(request, "Filter").as_str() {
                "SERVICE_CONTROL_POLICY" => {
                    ok(&json!({ "Policies": [policy("p-deny0001", "SERVICE_CONTROL_POLICY")] }))
                }
                _ => error(code, "You specified an invalid value."),
            });
        let outcome = look(&aws).await;
        let coverage = outcome.of("policies");
        assert_eq!((&coverage.status, coverage.seen), (&Status::Complete, 1));
        assert!(coverage.note.as_ref().unwrap().contains("RESOURCE_CONTROL_POLICY"));
    }
    // Refused for one type only: what the other shows is kept, and it is a gap.
    let aws = world().on("ListPolicies", |request| match text(request, "Filter").as_str() {
        "RESOURCE_CONTROL_POLICY" => denied("organizations:ListPolicies"),
        kind => ok(&json!({ "Policies": [policy("p-deny0001", kind)] })),
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("policies"), Status::Partial { .. }));
    assert_eq!(outcome.status("policy-documents"), outcome.status("policies"));
    assert_eq!(outcome.of("policy-documents").seen, 1);
}

#[tokio::test]
async fn what_vanishes_meanwhile_is_no_gap() {
    let gone = account(3);
    let aws = world()
        .on("ListTagsForResource", move |request| {
            if text(request, "ResourceId") == gone {
                return error("TargetNotFoundException", "We can't find it.");
            }
            ok(&json!({ "Tags": [] }))
        })
        .on("ListDelegatedServicesForAccount", |_| {
            error("AccountNotRegisteredException", "It is not registered.")
        })
        .on("DescribePolicy", |_| error("PolicyNotFoundException", "We can't find it."))
        .on("ListAccountsForParent", |request| match text(request, "ParentId").as_str() {
            "ou-ex01-9" => error("ParentNotFoundException", "We can't find it."),
            parent => page(request, "Accounts", &accounts_under(parent), 20),
        });
    let outcome = look(&aws).await;
    for info in OrganizationCollector.capabilities() {
        assert_eq!(outcome.status(info.name), &Status::Complete, "{}", info.name);
    }
    assert_eq!(outcome.of("account-tags").seen, 44);
    assert_eq!(outcome.of("policy-documents").seen, 0);
}

#[tokio::test]
async fn a_tree_that_bites_its_tail_ends() {
    let aws = world().on("ListOrganizationalUnitsForParent", |request| {
        let units = match text(request, "ParentId").as_str() {
            "r-ex01" => vec![unit("ou-ex01-1", "one")],
            "ou-ex01-1" => vec![unit("ou-ex01-2", "two")],
            _ => vec![unit("ou-ex01-1", "one"), unit("", "nameless")],
        };
        page(request, "OrganizationalUnits", &units, 5)
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status("hierarchy"), Status::Partial { .. }));
    assert_eq!(outcome.of("hierarchy").set_aside.len(), 2);
    assert_eq!(keys(&outcome, "hierarchy", Kind::OrganizationalUnit), ["ou-ex01-1", "ou-ex01-2"]);
}

#[tokio::test]
async fn one_refused_unit_leaves_the_tree_partial() {
    let aws =
        world().on("ListAccountsForParent", |request| match text(request, "ParentId").as_str() {
            "ou-ex01-9" => denied("organizations:ListAccountsForParent"),
            parent => page(request, "Accounts", &accounts_under(parent), 20),
        });
    let outcome = look(&aws).await;
    let Status::Partial { action, .. } = outcome.status("hierarchy") else { panic!() };
    assert_eq!(action, "organizations:ListAccountsForParent");
    assert!(keys(&outcome, "hierarchy", Kind::AccountPlacement).len() > 30);
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_its_neighbours_are_kept() {
    let aws = world()
        .on("ListAccounts", |_| {
            let mut bad = account_value(1);
            bad["Id"] = json!("<script>");
            let mut worse = account_value(2);
            worse["Id"] = Value::Null;
            let hostile = json!({ "Id": account(3), "Name": "=cmd|' /C calc'!A0\u{1b}[2J", "State": "ACTIVE" });
            ok(&json!({ "Accounts": [bad, hostile, worse] }))
        })
        .on("DescribePolicy", |_| ok(&json!({ "Policy": {} })))
        .on("DescribeOrganization", |_| ok(&json!({ "Organization": { "Id": "o-x" } })));
    let outcome = look(&aws).await;
    assert_eq!(outcome.of("accounts").seen, 1);
    assert_eq!(account_of(&outcome, &account(3)).name, "=cmd|' /C calc'!A0\u{1b}[2J", "as given");
    for capability in ["organization", "accounts", "account-tags", "policy-documents"] {
        let coverage = outcome.of(capability);
        assert!(matches!(coverage.status, Status::Partial { .. }), "{capability}");
        assert!(!coverage.set_aside.is_empty(), "{capability}");
    }
}

#[tokio::test]
async fn refusals_are_not_repeated_for_every_account() {
    let aws = world().on("ListTagsForResource", |_| denied("organizations:ListTagsForResource"));
    let outcome = look(&aws).await;
    assert_eq!(outcome.status("account-tags"), &refused("organizations:ListTagsForResource"));
    assert!(aws.count("ListTagsForResource") < 20, "{}", aws.count("ListTagsForResource"));
}

#[tokio::test]
async fn a_lost_session_interrupts() {
    let aws = world().on("ListTagsForResource", |_| {
        Reply::new(400, r#"{"__type":"UnrecognizedClientException","message":"invalid"}"#)
    });
    let outcome = collect(&OrganizationCollector, &aws).await;
    assert!(matches!(outcome.result, Err(Interrupted::Session { .. })), "{:?}", outcome.result);
}

#[test]
fn what_is_lost_with_the_accounts() {
    let lost = lost_with(OrganizationCollector.capabilities(), &["accounts"]);
    assert_eq!(lost, ["accounts", "account-tags"]);
}
