//! A fault proxy in front of one emulator: what AWS does and emulators do not.
//!
//! ```text
//!  client ──► identify ──► delay ──► refuse? ──► emulator ──► lose? ──► patch ──► page ──► truncate ──► client
//! ```
//!
//! Emulators answer everything in one page, allow everything and never throttle. A [`Plan`] says, as data,
//! which calls are refused, slowed, lost, repeated, re-paged, corrected or answered in the emulator's place. Every call is recorded.
//!
//! Several rules may apply to one call. Whatever their order in the plan, the faults happen in this one:
//!
//! 1. every `Delay` (they add up);
//! 2. the first *refusal* of the plan (`Deny`, `Throttle`, `ExpireToken`, `Status`, `Answer`): the emulator is
//!    not asked, and nothing below happens;
//! 3. the first `Page` that fits a listing: a token that is not ours, or that its quirk refuses, is refused;
//!    otherwise the emulator is asked for the whole list;
//! 4. the emulator is asked, twice if there is a `Duplicate` (the first answer counts); the first `Replay` that
//!    has an answer for the call stands in its place;
//! 5. `DropAfter`: the connection closes without an answer;
//! 6. every `Patch`, in plan order, on the whole answer;
//! 7. the page is cut out;
//! 8. `Truncate`: half of the body is sent.
//!
//! Patches and pages only touch answers with a 2xx status. Signatures are not checked, only read.

mod active;
mod body;
mod exchange;
mod ledger;
mod listing;
mod page;
mod patch;
mod plan;
mod replay;
#[cfg(test)]
mod tests;
mod view;
mod wire;
mod xml;

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use hyper::{Uri, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use self::exchange::Exchange;
pub use self::{
    ledger::Call,
    patch::Patch,
    plan::{Fault, Layer, Match, Occurrence, Page, Plan, Quirk, Rule, ThrottleCode, Times},
    replay::{Answer, Replay},
    view::{Protocol, RequestView},
};

/// Why a proxy does not start.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The upstream is not an address like `http://127.0.0.1:5000`.
    #[error("`{upstream}` is not an address like `http://127.0.0.1:5000`")]
    Upstream {
        /// What was given.
        upstream: String,
    },
    /// No loopback port can be bound.
    #[error("cannot listen on 127.0.0.1")]
    Listen(#[source] io::Error),
}

/// A running proxy, on its own loopback port. Dropping it stops it and cuts its connections.
#[derive(Debug)]
pub struct Proxy {
    endpoint: String,
    exchange: Arc<Exchange>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy in front of `upstream` on the current tokio runtime.
    pub async fn start(upstream: &str, plan: Plan) -> Result<Self, ProxyError> {
        let address: Option<Uri> = upstream.parse().ok();
        let authority = address
            .filter(|address| address.scheme_str() == Some("http"))
            .and_then(|address| address.authority().cloned())
            .ok_or_else(|| ProxyError::Upstream { upstream: upstream.to_owned() })?;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(ProxyError::Listen)?;
        let port = listener.local_addr().map_err(ProxyError::Listen)?.port();
        let exchange = Arc::new(Exchange::new(authority, plan));
        let server = tokio::spawn(serve(listener, Arc::clone(&exchange)));
        Ok(Self { endpoint: format!("http://127.0.0.1:{port}"), exchange, server })
    }

    /// Where clients reach the emulator through this proxy.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// All calls so far, in the order of their arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.exchange.ledger().calls()
    }

    /// Forgets the calls; learned accounts stay.
    pub fn clear_calls(&self) {
        self.exchange.ledger().clear();
    }

    /// Replaces the plan and starts its counts anew; calls under way finish under the old one.
    pub fn set_plan(&self, plan: Plan) {
        self.exchange.set_plan(plan);
    }

    /// Says which account an access key belongs to, for keys that no `AssumeRole` answer shows.
    pub fn know_account(&self, access_key: &str, account: &str) {
        self.exchange.ledger().know(access_key, account);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The task owns the connections: they end with it.
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, exchange: Arc<Exchange>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(converse(stream, Arc::clone(&exchange)));
            }
            // Out of file descriptors, as a rule: it passes.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, exchange: Arc<Exchange>) {
    // Without it, small answers wait for the delayed acknowledgement: 40 ms each.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request| {
        let exchange = Arc::clone(&exchange);
        async move { exchange.answer(request).await }
    });
    // An error here is a client that went away, or a fault that closes the connection.
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.unwrap_or_default();
}
