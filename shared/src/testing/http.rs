//! The plain HTTP client of the harness: loopback only, no TLS, bodies in memory.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// A pooled client; clones share the pool.
pub(super) type LoopbackClient = Client<HttpConnector, Full<Bytes>>;

/// A client whose idle connections go before the emulators close theirs (75 s in ministack).
pub(super) fn client() -> LoopbackClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(Duration::from_secs(5)));
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(20))
        .build(connector)
}
