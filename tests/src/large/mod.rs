//! A large organization that answers slowly: for measuring, not for truth.
//!
//! An HTTP server that speaks just what the collectors ask of an organization without Identity Center, as AWS
//! pages it, each answer after a fixed latency. Every account has the same users, groups and roles under its
//! own ids, and every region of it the same resources.

mod iam;
mod regional;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accesstrail_shared::aws::route;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::AUTHORIZATION;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// How large the organization is and how slowly it answers.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Accounts, the management account among them.
    pub accounts: u64,
    /// Users per account.
    pub users: u64,
    /// Groups per account.
    pub groups: u64,
    /// Roles per account.
    pub roles: u64,
    /// Entities per page of the authorization details; AWS decides by size, some hundreds.
    pub page: u64,
    /// Regions that each account has enabled, at most 17.
    pub regions: usize,
    /// Resources of each regional kind per account and region; and buckets per account.
    pub resources: u64,
    /// How long each answer takes.
    pub latency: Duration,
}

/// The calls that were answered, by IAM action.
type Calls = Arc<Mutex<BTreeMap<String, u64>>>;

/// The running server.
#[derive(Debug)]
pub struct Large {
    endpoint: String,
    calls: Calls,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Large {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Large {
    /// Starts the server on a free loopback port.
    pub async fn start(shape: Shape) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let calls = Calls::default();
        let counted = Arc::clone(&calls);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let counted = Arc::clone(&counted);
                        async move { Ok::<_, Infallible>(respond(request, shape, &counted).await) }
                    });
                    // A client that goes away is its own end.
                    drop(
                        hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await,
                    );
                });
            }
        });
        Self { endpoint, calls, server }
    }

    /// Where it answers.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// How many calls it has answered.
    pub fn total(&self) -> u64 {
        self.calls().values().sum()
    }

    /// How many calls of each action it has answered.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The id of the n-th account; the first is the management account.
fn account(n: u64) -> String {
    format!("{:012}", 111_100_000_000 + n)
}

/// A request, as far as an answer depends on it.
#[derive(Debug)]
struct Asked {
    /// The signing name of the service.
    service: String,
    /// The region that it is signed for.
    region: String,
    /// Whose account it is about.
    caller: String,
    /// The operation.
    action: String,
    /// The path.
    path: String,
    /// The body.
    body: String,
}

impl Asked {
    async fn read(request: Request<Incoming>) -> Self {
        let header = |name: &str| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let signed = header(AUTHORIZATION.as_str());
        let scope = signed.split_once("Credential=").map_or("", |(_, rest)| rest).to_owned();
        let part = |at: usize| scope.split('/').nth(at).unwrap_or_default().to_owned();
        let (key, region, service) = (part(0), part(2), part(3));
        // AssumeRole gives the account as the access key, so that each call says whose it is.
        let caller = key.strip_prefix("ASIA").filter(|id| id.len() == 12);
        let caller = caller.map_or_else(|| account(0), str::to_owned);
        let target = header("x-amz-target");
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let body = request.into_body().collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let body = String::from_utf8_lossy(&body).into_owned();
        let query = uri.query().unwrap_or_default();
        let rest = route::action(&service, method.as_str(), uri.path(), query);
        let named = target.rsplit_once('.').map(|(_, action)| action);
        let action = named.or(rest).map_or_else(|| field(&body, "Action"), str::to_owned);
        Self { service, region, caller, action, path: uri.path().to_owned(), body }
    }

    /// A field of a form body.
    fn field(&self, name: &str) -> String {
        field(&self.body, name)
    }
}

fn field(body: &str, name: &str) -> String {
    body.split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        .unwrap_or_default()
}

async fn respond(request: Request<Incoming>, shape: Shape, calls: &Calls) -> Response<Full<Bytes>> {
    tokio::time::sleep(shape.latency).await;
    let asked = Asked::read(request).await;
    let name = format!("{}:{}", asked.service, asked.action);
    *calls.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    if let Some(answer) = regional::answer(&asked, shape) {
        return answer;
    }
    match asked.service.as_str() {
        "iam" | "sts" => query(&asked, shape),
        _ => json(&asked.action, shape),
    }
}

fn json(action: &str, shape: Shape) -> Response<Full<Bytes>> {
    let body = match action {
        "DescribeOrganization" => format!(
            r#"{{"Organization":{{"Id":"o-exampleorgid","MasterAccountId":"{}","FeatureSet":"ALL"}}}}"#,
            account(0)
        ),
        "ListAccounts" => {
            let accounts: Vec<String> = (0..shape.accounts)
                .map(|n| {
                    format!(
                        r#"{{"Id":"{}","Name":"account-{n}","Status":"ACTIVE","State":"ACTIVE"}}"#,
                        account(n)
                    )
                })
                .collect();
            format!(r#"{{"Accounts":[{}]}}"#, accounts.join(","))
        }
        "ListInstances" => r#"{"Instances":[]}"#.to_owned(),
        // Empty lists: what is measured is elsewhere.
        _ => "{}".to_owned(),
    };
    with_type("application/x-amz-json-1.1", body)
}

fn with_type(kind: &str, body: String) -> Response<Full<Bytes>> {
    Response::builder().header("content-type", kind).body(Full::from(body)).unwrap()
}

fn query(asked: &Asked, shape: Shape) -> Response<Full<Bytes>> {
    let (action, caller) = (&asked.action, &asked.caller);
    let result = match action.as_str() {
        "GetCallerIdentity" => format!(
            "<Arn>arn:aws:sts::{caller}:assumed-role/accesstrail-read/x</Arn><UserId>x</UserId><Account>{caller}</Account>"
        ),
        "AssumeRole" => {
            let role = asked.field("RoleArn").replace("%3A", ":");
            let id = role.split(':').nth(4).unwrap_or_default().to_owned();
            format!(
                "<Credentials><AccessKeyId>ASIA{id}</AccessKeyId><SecretAccessKey>x</SecretAccessKey>\
                 <SessionToken>x</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            )
        }
        "GetAccountAuthorizationDetails" => {
            iam::details(caller, asked.field("Marker").parse().unwrap_or_default(), shape)
        }
        "GenerateCredentialReport" => "<State>COMPLETE</State>".to_owned(),
        "GetCredentialReport" => format!(
            "<Content>{}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>2026-11-22T06:00:00Z</GeneratedTime>",
            iam::report(caller, shape)
        ),
        _ => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    with_type(
        "text/xml",
        format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"),
    )
}
