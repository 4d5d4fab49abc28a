//! The answers of EKS: who may enter a cluster, which moto does not know. And the URLs of functions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::nothing;
use crate::testing::{
    company::{
        derived,
        plan::{Correction, Facts},
        resources::compute::{CLUSTERS, Cluster, Entry, FUNCTIONS, Pod},
    },
    proxy::{Answer, RequestView},
};

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    let mut all = vec![description(facts)];
    all.extend(entries(facts));
    all.extend(pods(facts));
    all.push(urls(facts));
    all
}

/// The cluster that a call names.
fn cluster(facts: &Facts, view: &RequestView) -> Option<&'static Cluster> {
    let name = view.segment(1)?;
    CLUSTERS.iter().find(|one| facts.is_at(view, one.place) && one.name == name)
}

fn role_arn(facts: &Facts, cluster: &Cluster, role: &str) -> String {
    let account = facts.company.account(cluster.place.account).unwrap_or_default();
    format!("arn:aws:iam::{account}:role{role}")
}

/// moto draws the issuer when it starts, and knows no way in.
fn description(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "dates in the past, how principals are let in, the same issuer in every run";
    Correction::json("eks:DescribeCluster", shows, move |view, answer| {
        super::dates::in_json(&facts, view, answer);
        let Some(found) = cluster(&facts, view) else { return };
        if let Some(fields) = answer.get_mut("cluster").and_then(Value::as_object_mut) {
            let id =
                format!("{:016X}{:016X}", derived::hash(found.name), derived::hash(&view.region));
            let issuer = format!("https://oidc.eks.{}.amazonaws.com/id/{id}", view.region);
            fields.insert("identity".to_owned(), json!({ "oidc": { "issuer": issuer } }));
            let endpoint = format!("https://{id}.gr7.{}.eks.amazonaws.com", view.region);
            fields.insert("endpoint".to_owned(), endpoint.into());
            let access = json!({ "authenticationMode": found.authentication });
            fields.insert("accessConfig".to_owned(), access);
            fields.insert("certificateAuthority".to_owned(), json!({ "data": "RVhBTVBMRQ==" }));
        }
    })
}

fn entries(facts: &Arc<Facts>) -> Vec<Correction> {
    let (list, one, policies) = (Arc::clone(facts), Arc::clone(facts), Arc::clone(facts));
    let entry = |facts: &Facts, view: &RequestView| {
        let cluster = cluster(facts, view)?;
        let principal = view.segment(3)?;
        let mut entries = cluster.entries.iter();
        let entry = entries.find(|entry| role_arn(facts, cluster, entry.role) == principal)?;
        Some((cluster, entry))
    };
    vec![
        Correction::replay("eks:ListAccessEntries", "the whole answer", move |view| {
            let Some(cluster) = cluster(&list, view) else {
                return Some(nothing(view, "ResourceNotFoundException"));
            };
            if cluster.authentication == "CONFIG_MAP" {
                let message = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] \
                               to perform this operation.";
                return Some(Answer::error(view, 400, "InvalidRequestException", message));
            }
            let arns = cluster.entries.iter().map(|entry| role_arn(&list, cluster, entry.role));
            Some(Answer::json(&json!({ "accessEntries": arns.collect::<Vec<_>>() })))
        }),
        Correction::replay("eks:DescribeAccessEntry", "the whole answer", move |view| {
            Some(match entry(&one, view) {
                Some((cluster, entry)) => Answer::json(&described(&one, view, cluster, entry)),
                None => nothing(view, "ResourceNotFoundException"),
            })
        }),
        Correction::replay("eks:ListAssociatedAccessPolicies", "the whole answer", move |view| {
            Some(match entry(&policies, view) {
                Some((cluster, entry)) => {
                    Answer::json(&associated(&policies, view, cluster, entry))
                }
                None => nothing(view, "ResourceNotFoundException"),
            })
        }),
    ]
}

fn described(facts: &Facts, view: &RequestView, cluster: &Cluster, entry: &Entry) -> Value {
    let account = facts.account(view);
    let name = entry.role.rsplit('/').next().unwrap_or_default();
    let identity = format!("{}{}", cluster.name, entry.role);
    let made = facts.calendar.made(derived::age(&identity), &identity).seconds();
    let arn = format!(
        "arn:aws:eks:{}:{account}:access-entry/{}/role/{account}/{name}/{:08x}-1111-4222-8333-444455556666",
        view.region,
        cluster.name,
        derived::draw(&identity, u32::MAX)
    );
    json!({ "accessEntry": {
        "clusterName": cluster.name,
        "principalArn": role_arn(facts, cluster, entry.role),
        "kubernetesGroups": entry.groups,
        "accessEntryArn": arn,
        "createdAt": made,
        "modifiedAt": made,
        "tags": {},
        "username": format!("arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"),
        "type": "STANDARD",
    }})
}

fn associated(facts: &Facts, view: &RequestView, cluster: &Cluster, entry: &Entry) -> Value {
    let policies = entry.policies.iter().map(|(name, namespaces)| {
        let kind = if namespaces.is_empty() { "cluster" } else { "namespace" };
        let made = facts.calendar.made(derived::age(name), name).seconds();
        json!({
            "policyArn": format!("arn:aws:eks::aws:cluster-access-policy/{name}"),
            "accessScope": { "type": kind, "namespaces": namespaces },
            "associatedAt": made,
            "modifiedAt": made,
        })
    });
    let policies: Vec<_> = policies.collect();
    json!({
        "clusterName": cluster.name,
        "principalArn": view.segment(3),
        "associatedAccessPolicies": policies,
    })
}

fn pods(facts: &Arc<Facts>) -> Vec<Correction> {
    let (list, one) = (Arc::clone(facts), Arc::clone(facts));
    vec![
        Correction::replay("eks:ListPodIdentityAssociations", "the whole answer", move |view| {
            let Some(cluster) = cluster(&list, view) else {
                return Some(nothing(view, "ResourceNotFoundException"));
            };
            let pods = cluster.pods.iter().map(|pod| association(&list, view, cluster, pod));
            Some(Answer::json(&json!({ "associations": pods.collect::<Vec<_>>() })))
        }),
        Correction::replay("eks:DescribePodIdentityAssociation", "the whole answer", move |view| {
            let pod = cluster(&one, view).and_then(|cluster| {
                let id = view.segment(3)?;
                let pod = cluster.pods.iter().find(|pod| pod_id(cluster, pod) == id)?;
                Some((cluster, pod))
            });
            let Some((cluster, pod)) = pod else {
                return Some(nothing(view, "ResourceNotFoundException"));
            };
            let mut found = association(&one, view, cluster, pod);
            let made = one.calendar.made(derived::age(pod.namespace), pod.namespace).seconds();
            if let Some(fields) = found.as_object_mut() {
                fields.insert("roleArn".to_owned(), role_arn(&one, cluster, pod.role).into());
                fields.insert("createdAt".to_owned(), made.into());
                fields.insert("modifiedAt".to_owned(), made.into());
                fields.insert("tags".to_owned(), json!({}));
            }
            Some(Answer::json(&json!({ "association": found })))
        }),
    ]
}

fn pod_id(cluster: &Cluster, pod: &Pod) -> String {
    let identity = format!("{}/{}/{}", cluster.name, pod.namespace, pod.service_account);
    format!("a-{:017x}", derived::hash(&identity))
}

fn association(facts: &Facts, view: &RequestView, cluster: &Cluster, pod: &Pod) -> Value {
    let (account, id) = (facts.account(view), pod_id(cluster, pod));
    let name = cluster.name;
    let arn = format!("arn:aws:eks:{}:{account}:podidentityassociation/{name}/{id}", view.region);
    json!({
        "clusterName": name,
        "namespace": pod.namespace,
        "serviceAccount": pod.service_account,
        "associationArn": arn,
        "associationId": id,
    })
}

/// moto gives one URL by name, and no list.
fn urls(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    Correction::replay("lambda:ListFunctionUrlConfigs", "the whole answer", move |view| {
        let asked = view.segment(2)?;
        let name = asked.rsplit(':').next().unwrap_or_default();
        let function =
            FUNCTIONS.iter().find(|one| facts.is_at(view, one.place) && one.name == name);
        let account = facts.account(view);
        let urls = function.and_then(|function| function.url).map(|authentication| {
            let made = facts.calendar.made(derived::age(name), name).xml();
            json!({
                "FunctionUrl": format!("https://{:016x}.lambda-url.{}.on.aws/", derived::hash(name), view.region),
                "FunctionArn": format!("arn:aws:lambda:{}:{account}:function:{name}", view.region),
                "AuthType": authentication,
                "CreationTime": made,
                "LastModifiedTime": made,
                "InvokeMode": "BUFFERED",
            })
        });
        Some(Answer::json(&json!({ "FunctionUrlConfigs": urls.into_iter().collect::<Vec<_>>() })))
    })
}
