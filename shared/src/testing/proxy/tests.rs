//! The proxy against a canned upstream, one test per promise of the module.

mod dialects;
mod faults;
mod identify;
mod paging;
mod patches;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Instant,
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response, body::Bytes, body::Incoming, header::HOST, server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{Fault, Match, Page, Patch, Plan, Proxy, Quirk, Times};
use crate::testing::http;

/// An upstream that answers each path or action with canned bytes and remembers the bodies it got.
struct Upstream {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// Answers by the first key that is in the request's target, path or body; else `{}`.
    async fn start(answers: &[(&str, &str)]) -> Self {
        let answers: BTreeMap<String, String> =
            answers.iter().map(|(key, body)| ((*key).to_owned(), (*body).to_owned())).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let remembered = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answers, seen) = (answers.clone(), Arc::clone(&remembered));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (answers, seen) = (answers.clone(), Arc::clone(&seen));
                    async move {
                        let target = request.headers().get("x-amz-target").cloned();
                        let target = target.map(|name| name.to_str().unwrap().to_owned());
                        let path = request.uri().path().to_owned();
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        let body = String::from_utf8_lossy(&body).into_owned();
                        let all = format!("{} {path} {body}", target.unwrap_or_default());
                        seen.lock().unwrap().push(body);
                        let found = answers.iter().find(|(key, _)| all.contains(key.as_str()));
                        let text = found.map_or("{}", |(_, text)| text).to_owned();
                        Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from(
                            text,
                        ))))
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    async fn proxied(&self, plan: Plan) -> Proxy {
        Proxy::start(&self.address, plan).await.unwrap()
    }
}

/// A call as an SDK would send it.
#[derive(Clone)]
struct Ask {
    method: &'static str,
    path: &'static str,
    key: String,
    service: &'static str,
    region: &'static str,
    target: Option<&'static str>,
    body: String,
}

fn form(service: &'static str, body: &str) -> Ask {
    Ask {
        method: "POST",
        path: "/",
        key: "AKIAEXAMPLE".to_owned(),
        service,
        region: "us-east-1",
        target: None,
        body: body.to_owned(),
    }
}

fn json(service: &'static str, target: &'static str, body: &str) -> Ask {
    Ask { target: Some(target), ..form(service, body) }
}

fn rest(service: &'static str, method: &'static str, path: &'static str) -> Ask {
    Ask { method, path, ..form(service, "") }
}

impl Ask {
    fn with_key(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    fn request(&self, endpoint: &str) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(format!("{endpoint}{}", self.path))
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={}/20260101/{}/{}/aws4_request, SignedHeaders=host, \
                     Signature=none",
                    self.key, self.region, self.service
                ),
            );
        match self.target {
            Some(target) => {
                request = request
                    .header("x-amz-target", target)
                    .header("content-type", "application/x-amz-json-1.1");
            }
            None if self.body.contains("Action=") => {
                request = request.header("content-type", "application/x-www-form-urlencoded");
            }
            None => {}
        }
        request.body(Full::new(Bytes::from(self.body.clone()))).unwrap()
    }

    async fn send(&self, proxy: &Proxy) -> (u16, String) {
        self.try_send(proxy).await.unwrap()
    }

    /// `None` if the answer does not arrive whole.
    async fn try_send(&self, proxy: &Proxy) -> Option<(u16, String)> {
        let answer = http::client().request(self.request(proxy.endpoint())).await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        Some((status, String::from_utf8(body.to_vec()).unwrap()))
    }
}

/// The faults of the calls so far, as the proxy names them.
fn faults(proxy: &Proxy) -> Vec<String> {
    proxy.calls().into_iter().map(|call| call.fault.unwrap_or_default()).collect()
}

const USERS: &str = "<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">
  <ListUsersResult>
    <Users>
      <member><UserName>ana</UserName><Tags><member><Key>a</Key></member></Tags></member>
      <member><UserName>ben</UserName></member>
      <member><UserName>cem</UserName></member>
      <member><UserName>dot</UserName></member>
      <member><UserName>eve</UserName></member>
    </Users>
    <IsTruncated>false</IsTruncated>
  </ListUsersResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</ListUsersResponse>";
