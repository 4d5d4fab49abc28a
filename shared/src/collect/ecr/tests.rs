//! Repositories with and without a policy, page by page.

use serde_json::{Value, json};

use super::super::fake::{ACCOUNT, FakeAws, Outcome, Received, Setup, collect_with};
use super::super::fake_json::{
    deny_each, error, input, interrupt_everywhere, not_offered, ok, page_after, run_twice, text,
    throttle_each,
};
use super::*;
use crate::collect::resources::text as fact;
use crate::model::Status;

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn arn(name: &str) -> String {
    format!("arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/{name}")
}

fn repository(name: &str) -> Value {
    json!({
        "repositoryArn": arn(name),
        "registryId": ACCOUNT,
        "repositoryName": name,
        "repositoryUri": format!("{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/{name}"),
        "createdAt": 1_767_323_045.5,
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": { "scanOnPush": true },
        "encryptionConfiguration": { "encryptionType": "KMS", "kmsKey": "arn:aws:kms:x:1:key/k" },
    })
}

/// The repository that a request is about.
fn asked(request: &Received) -> String {
    match text(request, "repositoryName").as_str() {
        "" => text(request, "resourceArn").split_once('/').unwrap().1.to_owned(),
        name => name.to_owned(),
    }
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("DescribeRepositories", |request| {
            let all = [repository("web"), repository("base/alpine"), repository("api")];
            page_after(&text(request, "nextToken"), ["repositories", "nextToken"], &all, 2)
        })
        .on("GetRepositoryPolicy", |request| match asked(request).as_str() {
            "base/alpine" => ok(&json!({ "policyText": "{ \"Version\" : \"2012-10-17\" }" })),
            _ => error("RepositoryPolicyNotFoundException", "Repository policy does not exist"),
        })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&Ecr, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

#[tokio::test]
async fn repositories_with_everything() {
    let outcome = run_twice(&Ecr, world, setup).await;
    let names: Vec<&str> =
        outcome.resources(REPOSITORIES).into_iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["api", "base/alpine", "web"]);
    let expected = Resource {
        arn: arn("base/alpine").parse().unwrap(),
        resource_type: ResourceType::Repository,
        name: "base/alpine".to_owned(),
        created: Some("2026-01-02T03:04:05.5Z".parse().unwrap()),
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([
            ("uri", fact(Some(&format!("{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/base/alpine")))),
            ("registry-id", fact(Some(ACCOUNT))),
            ("image-tag-mutability", fact(Some("IMMUTABLE"))),
            ("scan-on-push", Some(true.into())),
            ("encryption-type", fact(Some("KMS"))),
            ("kms-key", fact(Some("arn:aws:kms:x:1:key/k"))),
        ]),
    };
    assert_eq!(outcome.resources(REPOSITORIES)[1], &expected);
}

#[tokio::test]
async fn policies_as_they_are() {
    let aws = world();
    let outcome = look(&aws).await;
    let (api, base, web) = (arn("api"), arn("base/alpine"), arn("web"));
    let document = Some("{ \"Version\" : \"2012-10-17\" }");
    let expected = [(api.as_str(), None), (base.as_str(), document), (web.as_str(), None)];
    assert_eq!(outcome.policies(POLICIES), expected, "the text as AWS stores it");
    let counts: Vec<usize> = aws.counts().into_values().collect();
    assert_eq!(counts, [2, 3], "two pages, then each once: {:?}", aws.counts());
    assert_eq!(input(&aws.received()[0])["maxResults"], 1000);
}

#[tokio::test]
async fn what_every_collector_holds() {
    deny_each(&Ecr, world, setup).await;
    throttle_each(&Ecr, world, setup).await;
    interrupt_everywhere(&Ecr, world, setup).await;
    not_offered(&Ecr, setup).await;
}

#[tokio::test]
async fn a_repository_that_is_deleted_meanwhile_is_no_gap() {
    let gone = || error("RepositoryNotFoundException", "The repository does not exist");
    let outcome = look(&world().on("GetRepositoryPolicy", move |_| gone())).await;
    let told = outcome.of(POLICIES);
    assert_eq!((&told.status, told.seen), (&Status::Complete, 0));
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_its_neighbours_are_kept() {
    let aws = world().on("DescribeRepositories", |_| {
        ok(&json!({ "repositories": [{ "repositoryName": "lost" }, repository("web")] }))
    });
    let outcome = look(&aws).await;
    assert_eq!(outcome.set_aside(REPOSITORIES), ["repository \"lost\""]);
    assert_eq!(outcome.resources(REPOSITORIES).len(), 1);
    for capability in [REPOSITORIES, POLICIES] {
        assert!(matches!(outcome.status(capability), Status::Partial { .. }), "{capability}");
    }
}
