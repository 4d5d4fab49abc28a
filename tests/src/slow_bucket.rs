//! A bucket that takes its time: what lies in it is answered after a pause, as by S3 from afar.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The name of the bucket.
pub const NAME: &str = "slow-trail";

/// What lies in it, and how long each object is waited for.
#[derive(Debug)]
struct Shelf {
    objects: BTreeMap<String, Bytes>,
    latency: Duration,
    gets: AtomicU64,
}

/// The server; it ends with this value.
#[derive(Debug)]
pub struct SlowBucket {
    endpoint: String,
    shelf: Arc<Shelf>,
    server: JoinHandle<()>,
}

impl Drop for SlowBucket {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl SlowBucket {
    /// Starts the server on a free loopback port: each object comes after this time, a list at once.
    pub async fn start(objects: BTreeMap<String, Bytes>, latency: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shelf = Arc::new(Shelf { objects, latency, gets: AtomicU64::new(0) });
        let own = Arc::clone(&shelf);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(stream.set_nodelay(true));
                let shelf = Arc::clone(&own);
                let service = service_fn(move |request| {
                    let shelf = Arc::clone(&shelf);
                    async move { Ok::<_, Infallible>(shelf.answer(&request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Self { endpoint, shelf, server }
    }

    /// Where it answers.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// How many objects were asked for.
    pub fn gets(&self) -> u64 {
        self.shelf.gets.load(Ordering::Relaxed)
    }
}

impl Shelf {
    async fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().trim_start_matches('/');
        let key = path.strip_prefix(NAME).map_or(path, |key| key.trim_start_matches('/'));
        if request.method() == Method::HEAD {
            return self.head(key);
        }
        if key.is_empty() {
            let prefix = parameter(request.uri().query().unwrap_or_default(), "prefix");
            return Response::new(Full::from(self.list(&prefix)));
        }
        self.gets.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.latency).await;
        match self.objects.get(key) {
            Some(bytes) => {
                Response::builder().header("etag", "\"1\"").body(Full::from(bytes.clone())).unwrap()
            }
            None => Response::builder().status(404).body(Full::default()).unwrap(),
        }
    }

    /// What is known of an object, or of the bucket.
    fn head(&self, key: &str) -> Response<Full<Bytes>> {
        let answer = Response::builder().header("x-amz-bucket-region", "us-east-1");
        let answer = match self.objects.get(key) {
            Some(bytes) => answer.header("etag", "\"1\"").header("content-length", bytes.len()),
            None if key.is_empty() => answer,
            None => answer.status(404),
        };
        answer.body(Full::default()).unwrap()
    }

    /// What lies directly below a prefix, in one page. The keys of logs need no encoding.
    fn list(&self, prefix: &str) -> String {
        let (mut folders, mut contents) = (BTreeSet::new(), String::new());
        let below = self.objects.range(prefix.to_owned()..);
        for (key, bytes) in below.take_while(|(key, _)| key.starts_with(prefix)) {
            let rest = key.strip_prefix(prefix).unwrap_or_default();
            if let Some((folder, _)) = rest.split_once('/') {
                folders.insert(folder);
                continue;
            }
            let size = bytes.len();
            write!(
                contents,
                "<Contents><Key>{key}</Key><ETag>\"1\"</ETag><Size>{size}</Size></Contents>"
            )
            .unwrap();
        }
        for folder in folders {
            write!(contents, "<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>")
                .unwrap();
        }
        format!(
            "<ListBucketResult><IsTruncated>false</IsTruncated>\
             <EncodingType>url</EncodingType>{contents}</ListBucketResult>"
        )
    }
}

/// A parameter of a query, decoded.
fn parameter(query: &str, name: &str) -> String {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}
