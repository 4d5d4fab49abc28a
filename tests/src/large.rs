//! A large organization that answers slowly: for measuring, not for truth.
//!
//! An HTTP server that speaks just what the collectors ask of an organization without Identity Center, as AWS
//! pages it, each answer after a fixed latency. Every account has the same users, groups and roles under its
//! own ids.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
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
    /// How long each answer takes.
    pub latency: Duration,
}

/// The running server.
#[derive(Debug)]
pub struct Large {
    endpoint: String,
    calls: Arc<AtomicU64>,
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
        let calls = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&calls);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        counted.fetch_add(1, Ordering::Relaxed);
                        async move { Ok::<_, Infallible>(respond(request, shape).await) }
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
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

/// The id of the n-th account; the first is the management account.
fn account(n: u64) -> String {
    format!("{:012}", 111_100_000_000 + n)
}

async fn respond(request: Request<Incoming>, shape: Shape) -> Response<Full<Bytes>> {
    tokio::time::sleep(shape.latency).await;
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let target = header("x-amz-target");
    let authorization = header("authorization");
    // AssumeRole gives the account as the access key, so that each call says whose it is.
    let key = authorization
        .split("Credential=")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    let caller = key
        .strip_prefix("ASIA")
        .filter(|id| id.len() == 12)
        .map_or_else(|| account(0), str::to_owned);
    let body = request
        .into_body()
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    if let Some(action) = target.split('.').nth(1) {
        return json(action, shape);
    }
    let field = |name: &str| {
        body.split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
            .unwrap_or_default()
    };
    xml(&field("Action"), &field, &caller, shape)
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
        // Empty lists: what is measured is IAM.
        _ => "{}".to_owned(),
    };
    Response::builder()
        .header("content-type", "application/x-amz-json-1.1")
        .body(Full::from(body))
        .unwrap()
}

fn xml(
    action: &str,
    field: &dyn Fn(&str) -> String,
    caller: &str,
    shape: Shape,
) -> Response<Full<Bytes>> {
    let result = match action {
        "GetCallerIdentity" => format!(
            "<Arn>arn:aws:sts::{caller}:assumed-role/accesstrail-read/x</Arn><UserId>x</UserId><Account>{caller}</Account>"
        ),
        "AssumeRole" => {
            let role = field("RoleArn").replace("%3A", ":");
            let id = role.split(':').nth(4).unwrap_or_default().to_owned();
            format!(
                "<Credentials><AccessKeyId>ASIA{id}</AccessKeyId><SecretAccessKey>x</SecretAccessKey>\
                 <SessionToken>x</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            )
        }
        "GetAccountAuthorizationDetails" => {
            details(caller, field("Marker").parse().unwrap_or_default(), shape)
        }
        "GenerateCredentialReport" => "<State>COMPLETE</State>".to_owned(),
        "GetCredentialReport" => {
            let report = base64::engine::general_purpose::STANDARD.encode(report(caller, shape));
            format!(
                "<Content>{report}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>2026-11-22T06:00:00Z</GeneratedTime>"
            )
        }
        _ => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    let body =
        format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>");
    Response::builder().header("content-type", "text/xml").body(Full::from(body)).unwrap()
}

const POLICY: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22s3%3AGetObject%22%2C%22s3%3AListBucket%22%5D%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aexample-bucket%2F%2A%22%7D%5D%7D";

/// One page of the sequence users, groups, roles.
fn details(caller: &str, from: u64, shape: Shape) -> String {
    let total = shape.users + shape.groups + shape.roles;
    let (mut users, mut groups, mut roles) = (String::new(), String::new(), String::new());
    for n in from..total.min(from + shape.page) {
        let head = |kind: &str, prefix: &str, tag: &str| {
            format!(
                "<Path>/</Path><{tag}Name>{kind}-{n}</{tag}Name><{tag}Id>{prefix}{caller}{n:05}</{tag}Id>\
                 <Arn>arn:aws:iam::{caller}:{kind}/{kind}-{n}</Arn><CreateDate>2024-03-01T00:00:00Z</CreateDate>\
                 <AttachedManagedPolicies><member><PolicyName>ReadOnlyAccess</PolicyName>\
                 <PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member></AttachedManagedPolicies>"
            )
        };
        let inline = format!(
            "<member><PolicyName>inline</PolicyName><PolicyDocument>{POLICY}</PolicyDocument></member>"
        );
        let written = if n < shape.users {
            write!(
                users,
                "<member>{}<GroupList><member>group-{}</member></GroupList></member>",
                head("user", "AIDA", "User"),
                shape.users
            )
        } else if n < shape.users + shape.groups {
            write!(
                groups,
                "<member>{}<GroupPolicyList>{inline}</GroupPolicyList></member>",
                head("group", "AGPA", "Group")
            )
        } else {
            write!(
                roles,
                "<member>{}<AssumeRolePolicyDocument>{POLICY}</AssumeRolePolicyDocument><RolePolicyList>{inline}</RolePolicyList>\
                 <Tags><member><Key>team</Key><Value>example</Value></member></Tags></member>",
                head("role", "AROA", "Role")
            )
        };
        written.unwrap();
    }
    let next = from + shape.page;
    let more = if next < total {
        format!("<IsTruncated>true</IsTruncated><Marker>{next}</Marker>")
    } else {
        "<IsTruncated>false</IsTruncated>".to_owned()
    };
    format!(
        "<UserDetailList>{users}</UserDetailList><GroupDetailList>{groups}</GroupDetailList><RoleDetailList>{roles}</RoleDetailList><Policies/>{more}"
    )
}

fn report(caller: &str, shape: Shape) -> String {
    let mut text = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                    access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                    access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                    access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,\
                    cert_2_active,cert_2_last_rotated\n"
        .to_owned();
    for n in 0..shape.users {
        writeln!(
            text,
            "user-{n},arn:aws:iam::{caller}:user/user-{n},2024-03-01T00:00:00+00:00,true,no_information,\
             2024-03-01T00:00:00+00:00,N/A,false,true,2024-03-01T00:00:00+00:00,2026-10-01T00:00:00+00:00,eu-west-1,s3,\
             false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        )
        .unwrap();
    }
    text
}
