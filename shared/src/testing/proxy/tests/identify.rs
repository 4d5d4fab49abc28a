//! Who calls what, where.

use super::*;

const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser>
  <AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId>
  <Arn>arn:aws:sts::111122223333:assumed-role/reader/s</Arn></AssumedRoleUser>
  <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey></Credentials>
  </AssumeRoleResult></AssumeRoleResponse>";

#[tokio::test]
async fn names_the_call_in_each_protocol() {
    let upstream = Upstream::start(&[]).await;
    let proxy = upstream.proxied(Plan::default()).await;
    let asks = [
        (form("iam", "Action=ListUsers&Version=2010-05-08"), "iam:ListUsers"),
        (json("sso", "SWBExternalService.ListInstances", "{}"), "sso:ListInstances"),
        (
            json("organizations", "AWSOrganizationsV20161128.ListRoots", "{}"),
            "organizations:ListRoots",
        ),
        (json("dynamodb", "DynamoDB_20120810.GetItem", "{}"), "dynamodb:GetItem"),
        (json("sqs", "AmazonSQS.SendMessage", "{}"), "sqs:SendMessage"),
        (
            json("monitoring", "GraniteServiceVersion20100801.PutMetricData", "{}"),
            "cloudwatch:PutMetricData",
        ),
        (rest("s3", "PUT", "/bucket/key"), "s3:PUT /bucket/key"),
        (rest("lambda", "GET", "/2015-03-31/functions"), "lambda:ListFunctions"),
        (rest("lambda", "GET", "/2015-03-31/others"), "lambda:GET /2015-03-31/others"),
    ];
    for (ask, _) in &asks {
        assert_eq!(ask.send(&proxy).await.0, 200);
    }
    let calls = proxy.calls();
    let found: Vec<_> = calls.iter().map(super::super::Call::iam_action).collect();
    assert_eq!(found, asks.iter().map(|(_, name)| *name).collect::<Vec<_>>());
    assert!(calls.iter().all(|call| call.region == "us-east-1" && call.outcome == 200));
    assert!(calls.iter().all(|call| call.fault.is_none() && call.account.is_none()));
    proxy.clear_calls();
    assert_eq!(proxy.calls(), []);
}

#[tokio::test]
async fn learns_accounts_from_assumed_roles() {
    let upstream = Upstream::start(&[("AssumeRole", ASSUMED)]).await;
    let plan =
        Plan::default().rule(Match::action("iam:*").in_account("111122223333"), Fault::Status(503));
    let proxy = upstream.proxied(plan).await;
    let list = form("iam", "Action=ListUsers");
    assert_eq!(list.clone().with_key("ASIAEXAMPLE").send(&proxy).await.0, 200);
    let role = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Freader";
    form("sts", role).send(&proxy).await;
    assert_eq!(list.clone().with_key("ASIAEXAMPLE").send(&proxy).await.0, 503);
    assert_eq!(list.clone().send(&proxy).await.0, 200);
    assert_eq!(list.with_key("444455556666").send(&proxy).await.0, 200);
    let accounts: Vec<_> = proxy.calls().into_iter().map(|call| call.account).collect();
    let known = |account: &str| Some(account.to_owned());
    assert_eq!(
        accounts,
        [None, known("111122223333"), known("111122223333"), None, known("444455556666")]
    );
}

#[tokio::test]
async fn unsigned_requests_and_large_bodies_pass() {
    let upstream = Upstream::start(&[]).await;
    let proxy = upstream.proxied(Plan::default()).await;
    let large = Ask { body: "x".repeat(30_000_000), ..rest("s3", "PUT", "/bucket/large") };
    assert_eq!(large.send(&proxy).await.0, 200);
    assert_eq!(upstream.seen()[0].len(), 30_000_000);
    let bare = Request::builder()
        .uri(format!("{}/moto-api/", proxy.endpoint()))
        .body(Full::<Bytes>::default())
        .unwrap();
    assert_eq!(http::client().request(bare).await.unwrap().status(), 200);
    assert_eq!(proxy.calls()[1].iam_action(), ":GET /moto-api/");
}

#[tokio::test]
async fn the_length_of_a_head_answer_is_kept() {
    let upstream = Upstream::start(&[("/bucket/key", USERS)]).await;
    let proxy = upstream.proxied(Plan::default()).await;
    let request = rest("s3", "HEAD", "/bucket/key").request(proxy.endpoint());
    let answer = http::client().request(request).await.unwrap();
    assert_eq!(answer.headers()["content-length"], USERS.len().to_string());
    assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn a_dead_upstream_is_a_bad_gateway_and_a_bad_address_is_refused() {
    let proxy = Proxy::start("http://127.0.0.1:9", Plan::default()).await.unwrap();
    assert_eq!(form("iam", "Action=ListUsers").send(&proxy).await.0, 502);
    assert_eq!(faults(&proxy), ["no-upstream"]);
    assert!(Proxy::start("localhost", Plan::default()).await.is_err());
}

#[tokio::test]
async fn adds_little_time() {
    let upstream = Upstream::start(&[("ListUsers", USERS)]).await;
    let proxy = upstream.proxied(Plan::default()).await;
    let client = http::client();
    let mut spent = Vec::new();
    for endpoint in [&upstream.address, &proxy.endpoint().to_owned()] {
        let began = Instant::now();
        for _ in 0..200 {
            let ask = form("iam", "Action=ListUsers").request(endpoint);
            client.request(ask).await.unwrap().into_body().collect().await.unwrap();
        }
        spent.push(began.elapsed() / 200);
    }
    // Far above what it takes, as test machines are busy.
    assert!(spent[1] < spent[0] + std::time::Duration::from_millis(5), "{spent:?}");
}

#[tokio::test]
async fn concurrent_calls_and_a_stop() {
    let upstream = Upstream::start(&[("ListUsers", USERS)]).await;
    let proxy = upstream.proxied(Plan::default()).await;
    let endpoint = proxy.endpoint().to_owned();
    let client = http::client();
    let all = (0..100).map(|_| {
        let request = form("iam", "Action=ListUsers").request(&endpoint);
        tokio::spawn(client.request(request))
    });
    for one in all.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(proxy.calls().len(), 100);
    drop(proxy);
    tokio::task::yield_now().await;
    let late = http::client().request(form("iam", "Action=ListUsers").request(&endpoint)).await;
    assert!(late.is_err());
}
