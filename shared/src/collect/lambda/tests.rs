//! Functions with and without a policy and a URL, page by page.

use serde_json::{Value, json};

use super::super::fake::{ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with};
use super::super::fake_json::{
    deny_each, interrupt_everywhere, not_offered, ok, page_after, refused, run_twice, throttle_each,
};
use super::*;
use crate::model::Status;

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}")
}

/// A function with everything that is read of it, and an environment that must not be.
fn whole() -> Value {
    json!({
        "FunctionName": "pay",
        "FunctionArn": arn("pay"),
        "Runtime": "python3.14",
        "Role": format!("arn:aws:iam::{ACCOUNT}:role/service-role/pay"),
        "Handler": "app.handler",
        "CodeSize": 300,
        "Description": "<script>",
        "LastModified": "2026-01-02T03:04:05.000+0000",
        "CodeSha256": "abc",
        "Version": "$LATEST",
        "VpcConfig": {
            "SubnetIds": ["subnet-2", "subnet-1"],
            "SecurityGroupIds": ["sg-1"],
            "VpcId": "vpc-1",
        },
        "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:eu-west-1:111122223333:dead" },
        "Environment": {
            "Variables": { "DB_PASSWORD_NAME": "hunter2" },
            "Error": { "ErrorCode": "AccessDeniedException", "Message": "kms" },
        },
        "KMSKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/k",
        "Layers": [
            { "Arn": "arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsights:1" },
            { "Arn": "arn:aws:lambda:eu-west-1:111122223333:layer:base:7" },
        ],
        "PackageType": "Zip",
        "Architectures": ["arm64"],
        "SigningProfileVersionArn": "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/p/v",
    })
}

fn bare(name: &str) -> Value {
    json!({ "FunctionName": name, "FunctionArn": arn(name), "State": "Inactive" })
}

/// The function that a request is about.
fn function(request: &Received) -> String {
    let resource = request.path()[2].clone();
    resource.rsplit(':').next().unwrap().to_owned()
}

fn no_function(request: &Received) -> Reply {
    let message = format!("Function not found: {}", arn(&function(request)));
    request.error(404, "ResourceNotFoundException", &message)
}

fn url(arn: &str, auth: &str) -> Value {
    json!({
        "FunctionUrl": "https://x.lambda-url.eu-west-1.on.aws/",
        "FunctionArn": arn,
        "AuthType": auth,
        "CreationTime": "2026-01-02T03:04:05.000Z",
        "LastModifiedTime": "2026-01-02T03:04:05.000Z",
        "InvokeMode": "BUFFERED",
        "Cors": { "AllowOrigins": ["https://b.example", "*"], "AllowCredentials": true },
    })
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("ListFunctions", |request| {
            let functions = [bare("send"), whole(), bare("audit")];
            page_after(&request.query("Marker"), ["Functions", "NextMarker"], &functions, 1)
        })
        .on("GetPolicy", |request| match function(request).as_str() {
            "pay" => ok(&json!({ "Policy": "{\"Version\":\"2012-10-17\"}", "RevisionId": "1" })),
            _ => request.error(
                404,
                "ResourceNotFoundException",
                "The resource you requested does not exist.",
            ),
        })
        .on("ListFunctionUrlConfigs", |request| {
            let urls = match function(request).as_str() {
                "pay" => {
                    vec![url(&format!("{}:live", arn("pay")), "AWS_IAM"), url(&arn("pay"), "NONE")]
                }
                _ => Vec::new(),
            };
            let names = ["FunctionUrlConfigs", "NextMarker"];
            page_after(&request.query("Marker"), names, &urls, 1)
        })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&Lambda, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

#[tokio::test]
async fn a_function_with_everything() {
    let outcome = run_twice(&Lambda, world, setup).await;
    let functions = outcome.resources(FUNCTIONS);
    let names: Vec<&str> = functions.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["audit", "pay", "send"]);
    assert_eq!(functions[0].state.as_deref(), Some("Inactive"));
    let expected = Resource {
        arn: arn("pay").parse().unwrap(),
        resource_type: ResourceType::Function,
        name: "pay".to_owned(),
        created: None,
        state: None,
        parent: None,
        acts_as: vec![format!("arn:aws:iam::{ACCOUNT}:role/service-role/pay").parse().unwrap()],
        tags: None,
        attributes: attributes([
            ("description", text(Some("<script>"))),
            ("runtime", text(Some("python3.14"))),
            ("handler", text(Some("app.handler"))),
            ("package-type", text(Some("Zip"))),
            ("architectures", Some(vec!["arm64"].into())),
            (
                "layers",
                Some(
                    vec![
                        "arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsights:1",
                        "arn:aws:lambda:eu-west-1:111122223333:layer:base:7",
                    ]
                    .into(),
                ),
            ),
            ("vpc-id", text(Some("vpc-1"))),
            ("subnet-ids", Some(vec!["subnet-1", "subnet-2"].into())),
            ("security-groups", Some(vec!["sg-1"].into())),
            ("kms-key-arn", text(Some("arn:aws:kms:eu-west-1:111122223333:key/k"))),
            ("dead-letter-target", text(Some("arn:aws:sqs:eu-west-1:111122223333:dead"))),
            (
                "signing-profile",
                text(Some("arn:aws:signer:eu-west-1:111122223333:/signing-profiles/p/v")),
            ),
            ("last-modified", text(Some("2026-01-02T03:04:05.000+0000"))),
        ]),
    };
    assert_eq!(functions[1], &expected);
}

#[tokio::test]
async fn nothing_of_an_environment_is_kept() {
    let outcome = look(&world()).await;
    let all = format!("{:?} {:?}", outcome.pages, outcome.coverage);
    for secret in ["hunter2", "DB_PASSWORD_NAME", "kms\""] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn policies_and_urls() {
    let aws = world();
    let outcome = look(&aws).await;
    let (audit, pay, send) = (arn("audit"), arn("pay"), arn("send"));
    let document = Some("{\"Version\":\"2012-10-17\"}");
    let policies = [(audit.as_str(), None), (pay.as_str(), document), (send.as_str(), None)];
    assert_eq!(outcome.policies(POLICIES), policies);
    let live = format!("{pay}:live");
    let urls: Vec<(&str, bool, String)> = outcome
        .settings(URLS)
        .into_iter()
        .map(|it| {
            let auth = it.attributes.get("auth-type").map(Attribute::to_string);
            (it.resource.as_str(), it.present, auth.unwrap_or_default())
        })
        .collect();
    let expected = [
        (audit.as_str(), false, String::new()),
        (pay.as_str(), true, "NONE".to_owned()),
        (live.as_str(), true, "AWS_IAM".to_owned()),
        (send.as_str(), false, String::new()),
    ];
    assert_eq!(urls, expected);
    let facts = &outcome.settings(URLS)[1].attributes;
    assert_eq!(facts["allow-origins"], vec!["*", "https://b.example"].into());
    assert_eq!(facts["allow-credentials"], true.into());
    let calls: Vec<(String, usize)> = aws.counts().into_iter().collect();
    let expected = [
        ("GetPolicy".to_owned(), 3),
        ("ListFunctionUrlConfigs".to_owned(), 4),
        ("ListFunctions".to_owned(), 3),
    ];
    assert_eq!(calls, expected, "and nothing else");
}

#[tokio::test]
async fn what_every_collector_holds() {
    deny_each(&Lambda, world, setup).await;
    throttle_each(&Lambda, world, setup).await;
    interrupt_everywhere(&Lambda, world, setup).await;
    not_offered(&Lambda, setup).await;
}

#[tokio::test]
async fn a_function_that_is_deleted_meanwhile_is_no_gap() {
    let gone = |request: &Received| (function(request) == "pay").then(|| no_function(request));
    let aws = world()
        .on("GetPolicy", move |request| {
            gone(request).unwrap_or_else(|| ok(&json!({ "Policy": "{}" })))
        })
        .on("ListFunctionUrlConfigs", move |request| {
            gone(request).unwrap_or_else(|| ok(&json!({ "FunctionUrlConfigs": [] })))
        });
    let outcome = look(&aws).await;
    for capability in [POLICIES, URLS] {
        let told = outcome.of(capability);
        assert_eq!((&told.status, told.seen), (&Status::Complete, 2), "{capability}");
        let keys: Vec<String> = outcome.entities(capability).iter().map(|it| it.key()).collect();
        assert!(keys.iter().all(|key| !key.contains("pay")), "{keys:?}");
    }
}

#[tokio::test]
async fn one_policy_that_is_refused_leaves_the_others() {
    let aws = world().on("GetPolicy", |request| match function(request).as_str() {
        "pay" => request.refusal("lambda:GetPolicy"),
        _ => ok(&json!({ "Policy": "{}" })),
    });
    let outcome = look(&aws).await;
    assert!(matches!(outcome.status(POLICIES), Status::Partial { .. }));
    assert_eq!(outcome.of(POLICIES).seen, 2);
    let aws = world().on("GetPolicy", |request| request.refusal("lambda:GetPolicy"));
    assert_eq!(look(&aws).await.status(POLICIES), &refused("lambda:GetPolicy"));
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_its_neighbours_are_kept() {
    let aws = world()
        .on("ListFunctions", |_| {
            let odd = json!({ "FunctionName": "odd", "FunctionArn": arn("odd"), "Role": "admin" });
            ok(&json!({ "Functions": [{ "FunctionName": "lost" }, odd, bare("send")] }))
        })
        .on("ListFunctionUrlConfigs", |_| {
            ok(&json!({ "FunctionUrlConfigs": [url("nowhere", "NONE")] }))
        });
    let outcome = look(&aws).await;
    let role = format!("a role of {}", arn("odd"));
    assert_eq!(outcome.set_aside(FUNCTIONS), ["function \"lost\"", &role]);
    assert_eq!(outcome.resources(FUNCTIONS).len(), 2);
    // What the list did not show would count as deleted for what starts from it.
    for capability in [FUNCTIONS, POLICIES, URLS] {
        assert!(matches!(outcome.status(capability), Status::Partial { .. }), "{capability}");
    }
    assert!(outcome.set_aside(URLS).contains(&format!("a URL of {}", arn("send")).as_str()));
}
