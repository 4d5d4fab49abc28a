//! A server on a loopback port that answers as it is told, and with 200 when nothing more is told.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Text(String),
    /// A body that never ends.
    Endless,
    /// The connection ends without an answer.
    Cut,
}

impl Reply {
    /// An answer of this status, without a body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Text(String::new()) }
    }

    /// An answer of this status with a JSON body, as AWS gives it.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::status(status)
            .with("content-type", "application/x-amz-json-1.1")
            .saying(&body.to_string())
    }

    /// An answer whose body never ends.
    pub fn endless(status: u16) -> Self {
        Self { body: Body::Endless, ..Self::status(status) }
    }

    /// The connection ends without an answer.
    #[must_use]
    pub fn cut() -> Self {
        Self { body: Body::Cut, ..Self::status(200) }
    }

    /// With this header.
    #[must_use]
    pub fn with(mut self, header: &'static str, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }

    /// With this body.
    #[must_use]
    pub fn saying(mut self, text: &str) -> Self {
        self.body = Body::Text(text.to_owned());
        self
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Where the connection came from that it came by.
    pub peer: SocketAddr,
    /// The path with its query.
    pub path: String,
    /// The headers by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

/// The server; it ends with this value.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Script = Arc<Mutex<VecDeque<Reply>>>;

impl Server {
    /// Starts a server that gives these answers, one to each request.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let script: Script = Arc::new(Mutex::new(replies.into_iter().collect()));
        let task = tokio::spawn(serve(listener, script, Arc::clone(&seen)));
        Self { address, seen, task }
    }

    /// Its address with a path.
    pub fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests that came, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, script: Script, seen: Arc<Mutex<Vec<Seen>>>) {
    while let Ok((stream, peer)) = listener.accept().await {
        let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
        let service = service_fn(move |request| {
            answer(request, peer, Arc::clone(&script), Arc::clone(&seen))
        });
        let io = TokioIo::new(stream);
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
    }
}

/// The connection is to end without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut")
    }
}

impl std::error::Error for Cut {}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    script: Script,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    seen.lock().unwrap().push(Seen {
        method: head.method.to_string(),
        peer,
        path: head.uri.to_string(),
        headers: head.headers.iter().map(header).collect(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let reply = script.lock().unwrap().pop_front().unwrap_or_else(|| Reply::status(200));
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = match reply.body {
        Body::Cut => return Err(Cut),
        Body::Text(text) => Full::new(Bytes::from(text)).boxed(),
        Body::Endless => {
            let more = || Ok(Frame::data(Bytes::from_static(&[b'x'; 1_024])));
            StreamBody::new(stream::repeat_with(more)).boxed()
        }
    };
    Ok(response.body(body).unwrap())
}
