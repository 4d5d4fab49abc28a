//! Clusters of every authentication mode, their access entries and pod identities, page by page.

use serde_json::{Value, json};

use super::super::fake::{ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with};
use super::super::fake_json::{
    deny_each, interrupt_everywhere, not_offered, ok, page_after, run_twice, throttle_each,
};
use super::super::resources::text;
use super::*;
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Status, Tags};

const ADMIN: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
const VIEW: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn arn(resource: &str) -> String {
    format!("arn:aws:eks:eu-west-1:{ACCOUNT}:{resource}")
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

fn entry_arn(cluster: &str, principal: &str) -> String {
    let name = principal.rsplit('/').next().unwrap();
    arn(&format!("access-entry/{cluster}/role/{ACCOUNT}/{name}/abc"))
}

fn pod_arn(cluster: &str, id: &str) -> String {
    arn(&format!("podidentityassociation/{cluster}/{id}"))
}

fn cluster(name: &str) -> Value {
    if name == "old" {
        return json!({ "name": name, "accessConfig": { "authenticationMode": "CONFIG_MAP" } });
    }
    json!({
        "name": name,
        "arn": arn(&format!("cluster/{name}")),
        "createdAt": 1_767_323_045.0,
        "version": "1.35",
        "endpoint": "https://abc.gr7.eu-west-1.eks.amazonaws.com",
        "roleArn": role("cluster"),
        "resourcesVpcConfig": {
            "subnetIds": ["subnet-2", "subnet-1"],
            "securityGroupIds": ["sg-2"],
            "clusterSecurityGroupId": "sg-1",
            "vpcId": "vpc-1",
            "endpointPublicAccess": true,
            "endpointPrivateAccess": false,
            "publicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/0"],
        },
        "identity": { "oidc": { "issuer": "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC" } },
        "status": "ACTIVE",
        "certificateAuthority": { "data": "LS0t" },
        "tags": { "Owner": "=1+1" },
        "encryptionConfig": [
            { "resources": ["secrets"], "provider": { "keyArn": "arn:aws:kms:x:1:key/k" } },
        ],
        "accessConfig": {
            "authenticationMode": "API_AND_CONFIG_MAP",
            "bootstrapClusterCreatorAdminPermissions": true,
        },
        "computeConfig": { "enabled": true, "nodeRoleArn": role("auto-node") },
        "deletionProtection": true,
    })
}

/// The segments of a request's path: the cluster is the second, what is in it the fourth.
fn part(request: &Received, at: usize) -> String {
    request.path().get(at).cloned().unwrap_or_default()
}

fn token(request: &Received) -> String {
    request.query("nextToken")
}

fn config_map(request: &Received) -> Reply {
    let message = "The cluster's authentication mode must be set to one of [API, \
                   API_AND_CONFIG_MAP] to perform this operation.";
    request.error(400, "InvalidRequestException", message)
}

fn access(aws: FakeAws) -> FakeAws {
    aws.on("ListAccessEntries", |request| match part(request, 1).as_str() {
        "old" => config_map(request),
        "prod" => {
            let all = [json!(role("ops")), json!(role("path/dev")), json!(role("node"))];
            page_after(&token(request), ["accessEntries", "nextToken"], &all, 2)
        }
        _ => ok(&json!({ "accessEntries": [role("ops")] })),
    })
    .on("DescribeAccessEntry", |request| {
        let (cluster, principal) = (part(request, 1), part(request, 3));
        ok(&json!({ "accessEntry": {
            "clusterName": cluster,
            "principalArn": principal,
            "kubernetesGroups": ["viewers", "<b>"],
            "accessEntryArn": entry_arn(&cluster, &principal),
            "createdAt": 1_767_323_045.0,
            "modifiedAt": 1_767_323_046.0,
            "tags": { "Owner": "ana" },
            "username": principal,
            "type": "STANDARD",
        } }))
    })
    .on("ListAssociatedAccessPolicies", |request| {
        let whole = json!({ "policyArn": ADMIN, "accessScope": { "type": "cluster" } });
        let some = json!({
            "policyArn": VIEW,
            "accessScope": { "type": "namespace", "namespaces": ["web", "api-*"] },
        });
        let all = if part(request, 3) == role("ops") { vec![some, whole] } else { Vec::new() };
        page_after(&token(request), ["associatedAccessPolicies", "nextToken"], &all, 1)
    })
}

fn world() -> FakeAws {
    access(FakeAws::new())
        .on("ListClusters", |request| {
            let all = [json!("prod"), json!("old"), json!("dev")];
            page_after(&token(request), ["clusters", "nextToken"], &all, 1)
        })
        .on("DescribeCluster", |request| ok(&json!({ "cluster": cluster(&part(request, 1)) })))
        .on("ListPodIdentityAssociations", |request| {
            let one = |id: &str| {
                json!({
                    "clusterName": "prod", "associationId": id, "namespace": "web",
                    "serviceAccount": "pay", "associationArn": pod_arn("prod", id),
                })
            };
            let all =
                if part(request, 1) == "prod" { vec![one("a-2"), one("a-1")] } else { vec![] };
            page_after(&token(request), ["associations", "nextToken"], &all, 1)
        })
        .on("DescribePodIdentityAssociation", |request| {
            let (cluster, id) = (part(request, 1), part(request, 3));
            ok(&json!({ "association": {
                "clusterName": cluster,
                "namespace": "web",
                "serviceAccount": "pay",
                "roleArn": role("pod"),
                "targetRoleArn": "arn:aws:iam::444455556666:role/data",
                "externalId": "eu-west-1/x",
                "associationArn": pod_arn(&cluster, &id),
                "associationId": id,
                "tags": {},
                "createdAt": 1_767_323_045.0,
                "disableSessionTags": false,
                "policy": "{\"Statement\":[]}",
                "ownerArn": "arn:aws:eks:x:1:addon/prod/a/b",
            } }))
        })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&Eks, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

#[tokio::test]
async fn a_cluster_with_everything() {
    let outcome = run_twice(&Eks, world, setup).await;
    let seen = outcome.resources(CLUSTERS);
    let names: Vec<&str> = seen.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["dev", "old", "prod"]);
    assert_eq!(seen[1].attributes["authentication-mode"], "CONFIG_MAP".into());
    let expected = Resource {
        arn: arn("cluster/prod").parse().unwrap(),
        resource_type: ResourceType::EksCluster,
        name: "prod".to_owned(),
        created: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        state: Some("ACTIVE".to_owned()),
        parent: None,
        acts_as: vec![role("auto-node").parse().unwrap(), role("cluster").parse().unwrap()],
        tags: Some(Tags::from([("Owner".to_owned(), "=1+1".to_owned())])),
        attributes: attributes([
            ("version", text(Some("1.35"))),
            ("authentication-mode", text(Some("API_AND_CONFIG_MAP"))),
            ("bootstrap-creator-admin", Some(true.into())),
            ("oidc-issuer", text(Some("https://oidc.eks.eu-west-1.amazonaws.com/id/ABC"))),
            ("endpoint", text(Some("https://abc.gr7.eu-west-1.eks.amazonaws.com"))),
            ("endpoint-public-access", Some(true.into())),
            ("endpoint-private-access", Some(false.into())),
            ("public-access-cidrs", Some(vec!["0.0.0.0/0", "203.0.113.0/24"].into())),
            ("vpc-id", text(Some("vpc-1"))),
            ("subnet-ids", Some(vec!["subnet-1", "subnet-2"].into())),
            ("security-groups", Some(vec!["sg-2"].into())),
            ("cluster-security-group", text(Some("sg-1"))),
            ("encryption-keys", Some(vec!["arn:aws:kms:x:1:key/k"].into())),
            ("deletion-protection", Some(true.into())),
        ]),
    };
    assert_eq!(seen[2], &expected);
}

#[tokio::test]
async fn access_entries_and_their_policies() {
    let aws = world();
    let outcome = look(&aws).await;
    let seen = outcome.resources(ENTRIES);
    let names: Vec<(&str, &str)> = seen
        .iter()
        .map(|it| (it.parent.as_ref().unwrap().name(), it.name.rsplit('/').next().unwrap()))
        .collect();
    assert_eq!(names, [("dev", "ops"), ("prod", "node"), ("prod", "ops"), ("prod", "dev")]);
    let expected = Resource {
        arn: entry_arn("prod", &role("path/dev")).parse().unwrap(),
        resource_type: ResourceType::EksAccessEntry,
        name: role("path/dev"),
        created: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        state: None,
        parent: Some(arn("cluster/prod").parse().unwrap()),
        acts_as: Vec::new(),
        tags: Some(Tags::from([("Owner".to_owned(), "ana".to_owned())])),
        attributes: attributes([
            ("principal-arn", text(Some(&role("path/dev")))),
            ("type", text(Some("STANDARD"))),
            ("username", text(Some(&role("path/dev")))),
            ("kubernetes-groups", Some(vec!["<b>", "viewers"].into())),
        ]),
    };
    assert_eq!(seen[3], &expected);
    let policies = outcome.settings(ENTRY_POLICIES);
    let present: Vec<bool> = policies.iter().map(|it| it.present).collect();
    assert_eq!(present, [true, false, true, false]);
    let scope = attributes([
        ("policy", text(Some(VIEW))),
        ("scope", text(Some("namespace"))),
        ("namespaces", Some(vec!["api-*", "web"].into())),
    ]);
    let whole = attributes([("policy", text(Some(ADMIN))), ("scope", text(Some("cluster")))]);
    assert_eq!(policies[2].attributes["policies"], vec![whole, scope].into());
    assert_eq!(policies[2].resource.as_str(), entry_arn("prod", &role("ops")));
    assert_eq!(aws.count("DescribeAccessEntry"), 4, "once for both");
}

#[tokio::test]
async fn pod_identities() {
    let outcome = look(&world()).await;
    let seen = outcome.resources(PODS);
    assert_eq!(seen.len(), 2);
    let expected = Resource {
        arn: pod_arn("prod", "a-1").parse().unwrap(),
        resource_type: ResourceType::EksPodIdentityAssociation,
        name: "web/pay".to_owned(),
        created: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        state: None,
        parent: Some(arn("cluster/prod").parse().unwrap()),
        acts_as: vec![
            role("pod").parse().unwrap(),
            "arn:aws:iam::444455556666:role/data".parse().unwrap(),
        ],
        tags: Some(Tags::new()),
        attributes: attributes([
            ("namespace", text(Some("web"))),
            ("service-account", text(Some("pay"))),
            ("target-role", text(Some("arn:aws:iam::444455556666:role/data"))),
            ("policy", text(Some("{\"Statement\":[]}"))),
            ("owner", text(Some("arn:aws:eks:x:1:addon/prod/a/b"))),
            ("disable-session-tags", Some(Attribute::Flag(false))),
        ]),
    };
    assert_eq!(seen[0], &expected);
}

#[tokio::test]
async fn what_every_collector_holds() {
    deny_each(&Eks, world, setup).await;
    throttle_each(&Eks, world, setup).await;
    interrupt_everywhere(&Eks, world, setup).await;
    not_offered(&Eks, setup).await;
}

#[tokio::test]
async fn a_cluster_of_the_old_mode_has_no_entries_and_no_gap() {
    let aws = world().on("ListAccessEntries", config_map);
    let outcome = look(&aws).await;
    for capability in [ENTRY_NAMES, ENTRIES, ENTRY_POLICIES] {
        let told = outcome.of(capability);
        assert_eq!((&told.status, told.seen), (&Status::Complete, 0), "{capability}");
    }
    let aws = world().on("ListAccessEntries", |request| {
        request.error(400, "InvalidRequestException", "something else")
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status(ENTRIES), Status::Partial { .. }), "any other is a gap");
}

#[tokio::test]
async fn what_is_deleted_meanwhile_is_no_gap() {
    let gone = |request: &Received| {
        request.error(404, "ResourceNotFoundException", "No cluster found for name: prod.")
    };
    let outcome = look(&world().on("DescribeCluster", gone)).await;
    assert_eq!((outcome.status(CLUSTERS), outcome.of(ENTRIES).seen), (&Status::Complete, 4));
    let aws = world().on("ListAccessEntries", gone).on("ListPodIdentityAssociations", gone);
    let outcome = look(&aws).await;
    for capability in [ENTRY_NAMES, ENTRIES, ENTRY_POLICIES, POD_NAMES, PODS] {
        let told = outcome.of(capability);
        assert_eq!((&told.status, told.seen), (&Status::Complete, 0), "{capability}");
    }
    let aws = world().on("DescribeAccessEntry", gone).on("DescribePodIdentityAssociation", gone);
    let outcome = look(&aws).await;
    for capability in [ENTRIES, ENTRY_POLICIES, PODS] {
        let told = outcome.of(capability);
        assert_eq!((&told.status, told.seen), (&Status::Complete, 0), "{capability}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_its_neighbours_are_kept() {
    let aws = world()
        .on("DescribeCluster", |request| match part(request, 1).as_str() {
            "dev" => ok(&json!({})),
            "old" => ok(&json!({ "cluster": { "roleArn": "cluster" } })),
            name => ok(&json!({ "cluster": cluster(name) })),
        })
        .on("DescribeAccessEntry", |request| match part(request, 1).as_str() {
            "dev" => ok(&json!({})),
            _ => ok(&json!({ "accessEntry": { "accessEntryArn": "x" } })),
        })
        .on("ListPodIdentityAssociations", |_| {
            ok(&json!({ "associations": [{ "namespace": "web" }, { "associationId": "a-1" }] }))
        })
        .on("DescribePodIdentityAssociation", |request| match part(request, 1).as_str() {
            "dev" => ok(&json!({})),
            _ => ok(&json!({ "association": { "associationArn": "x" } })),
        });
    let outcome = look(&aws).await;
    let (dev, old) = (arn("cluster/dev"), arn("cluster/old"));
    assert_eq!(outcome.set_aside(CLUSTERS), [dev.clone(), format!("a role of {old}")]);
    assert_eq!(outcome.resources(CLUSTERS).len(), 2);
    assert_eq!(outcome.of(ENTRIES).set_aside.len(), 4);
    assert!(outcome.settings(ENTRY_POLICIES).is_empty());
    assert_eq!(outcome.of(POD_NAMES).set_aside.len(), 3, "one for each cluster");
    assert_eq!((outcome.of(PODS).seen, outcome.resources(PODS).len()), (0, 0));
    for capability in [CLUSTERS, ENTRIES, ENTRY_POLICIES, POD_NAMES, PODS] {
        assert!(matches!(outcome.status(capability), Status::Partial { .. }), "{capability}");
    }
    let aws = world().on("ListClusters", |_| ok(&json!({ "clusters": ["", "a\u{1}", "prod"] })));
    let outcome = look(&aws).await;
    assert_eq!(outcome.set_aside(NAMES), ["cluster \"\"", "cluster \"a\\u{1}\""]);
    assert_eq!(outcome.resources(CLUSTERS).len(), 1);
}

#[test]
fn parts_are_ordered_by_their_keys() {
    let part = |cluster: &str, id: &str| Part {
        cluster: arn(&format!("cluster/{cluster}")).parse().unwrap(),
        id: id.to_owned(),
    };
    let parts = [part("a", "z"), part("a-b", "a"), part("a1", "a"), part("ab", "a"), part("b", "")];
    assert!(parts.is_sorted());
    let keys: Vec<String> = parts.iter().map(Part::key).collect();
    assert!(keys.is_sorted(), "{keys:?}");
}
