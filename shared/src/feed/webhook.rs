//! Events as signed requests to an HTTPS endpoint.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::secret::Secrets;
use super::signature::{HEADER, sign};
use crate::aws::error::{chain, one_line};
use crate::form;
use crate::model::Timestamp;
use crate::port::{Batch, Clock, FeedEvent, PortError, Sink, Verdict};
use crate::report::event::{LONGEST, SOURCE};

/// The schema of a request's body, with its version.
const SCHEMA: &str = "accesstrail.events/1";

/// Events in a request.
const EVENTS: usize = 100;

/// How long the connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long the whole answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// How much of an answer is read: enough for the first words of what is wrong.
const MOST_READ: usize = 2_048;

/// How many characters of an answer are told.
const MOST_TOLD: usize = 200;

/// An HTTPS endpoint.
#[derive(Debug)]
pub struct Webhook {
    address: Address,
    name: String,
    secrets: Secrets,
    clock: Arc<dyn Clock>,
    connector: Connector,
}

/// Why an address is no endpoint. It is not repeated: a part of it may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the webhook's address cannot be used: it is an https:// address without a user name, for example \
     https://siem.example.com/accesstrail"
)]
pub struct AddressError;

/// The address of an endpoint. Its path may be a secret, so that it is in no debug output.
#[derive(Clone, PartialEq, Eq)]
struct Address {
    whole: String,
    host: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({}/…)", self.host)
    }
}

impl Address {
    /// Reads an address. Without TLS only this machine is spoken to.
    fn read(text: &str) -> Result<Self, AddressError> {
        let (rest, is_plain) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (rest, false),
            (None, Some(rest)) => (rest, true),
            (None, None) => return Err(AddressError),
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let is_here = ["127.0.0.1", "localhost", "[::1]"].contains(&name);
        let fits = !name.is_empty()
            && !host.contains('@')
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && !text.contains('#')
            && (!is_plain || is_here);
        if !fits {
            return Err(AddressError);
        }
        Ok(Self { whole: text.to_owned(), host: host.to_owned() })
    }

    /// The host is for people; the hash tells two paths of one host apart without saying them.
    fn name(&self) -> String {
        let hash: String = form::hash(&self.whole).chars().take(12).collect();
        format!("webhook:{}:{hash}", self.host)
    }
}

impl Webhook {
    /// The name of the sink at an address.
    ///
    /// # Errors
    ///
    /// When the address is none.
    pub fn name_of(address: &str) -> Result<String, AddressError> {
        Ok(Address::read(address)?.name())
    }

    /// The endpoint at `address`, spoken to over TLS (without it on this machine alone).
    ///
    /// # Errors
    ///
    /// When the address is none.
    pub fn new(
        address: &str,
        secrets: Secrets,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AddressError> {
        let address = Address::read(address)?;
        let name = address.name();
        let settings =
            HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .connector_settings(settings)
            .build();
        Ok(Self { address, name, secrets, clock, connector })
    }

    /// A request, signed now: receivers refuse one that is older than five minutes.
    fn request(&self, events: &[FeedEvent]) -> Result<HttpRequest, PortError> {
        let bodies: Vec<&str> = events.iter().map(|event| event.body.as_str()).collect();
        let body = format!(r#"{{"schema":"{SCHEMA}","events":[{}]}}"#, bodies.join(","));
        let signature = sign(&self.secrets, self.clock.now(), body.as_bytes());
        let failed = |source| PortError::Failed { what: self.name.clone(), source };
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").map_err(|error| failed(error.into()))?;
        request.set_uri(self.address.whole.as_str()).map_err(|error| failed(error.into()))?;
        let agent = concat!("accesstrail/", env!("CARGO_PKG_VERSION"));
        for (header, value) in [
            ("content-type", "application/json"),
            ("user-agent", agent),
            (HEADER, signature.as_str()),
        ] {
            request
                .headers_mut()
                .try_insert(header.to_ascii_lowercase(), value.to_owned())
                .map_err(|error| failed(error.into()))?;
        }
        Ok(request)
    }

    /// Sends a request and reads what was answered. Redirects are answers like any other: whoever signed for
    /// one host does not send to another.
    async fn ask(&self, request: HttpRequest) -> Verdict {
        let answer = tokio::time::timeout(ANSWER, async {
            let response =
                self.connector.call(request).await.map_err(|error| one_line(chain(&error)))?;
            Ok::<_, String>(self.read(response).await)
        });
        match answer.await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(reason)) => Verdict::Later { reason, after: None },
            Err(_) => {
                Verdict::Later { reason: format!("no answer within {ANSWER:?}"), after: None }
            }
        }
    }

    async fn read(&self, response: HttpResponse) -> Verdict {
        let status = response.status().as_u16();
        if (200..300).contains(&status) {
            return Verdict::Accepted;
        }
        let after = response.headers().get("retry-after").map(str::to_owned);
        let words = first_words(response).await;
        let reason = format!("{SOURCE} was answered with HTTP status {status}{words}");
        if matches!(status, 408 | 425 | 429 | 500..) {
            let after = after.and_then(|text| retry_after(&text, self.clock.now()));
            return Verdict::Later { reason, after };
        }
        Verdict::Refused(reason)
    }
}

/// The first words of an answer's body. No more than [`MOST_READ`] is read, whatever comes.
async fn first_words(response: HttpResponse) -> String {
    let mut body = ByteStream::new(response.into_body());
    let mut bytes = Vec::new();
    while bytes.len() < MOST_READ {
        let Some(Ok(more)) = body.next().await else { break };
        bytes.extend(more.iter().take(MOST_READ - bytes.len()));
    }
    let text = one_line(String::from_utf8_lossy(&bytes));
    let text: String = text.chars().take(MOST_TOLD).collect();
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// How long a `Retry-After` asks to wait: seconds, or a date.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[async_trait]
impl Sink for Webhook {
    fn name(&self) -> &str {
        &self.name
    }

    fn batch(&self) -> Batch {
        Batch { events: EVENTS, bytes: LONGEST }
    }

    async fn send(&self, events: &[FeedEvent]) -> Result<Vec<Verdict>, PortError> {
        let verdict = self.ask(self.request(events)?).await;
        Ok(vec![verdict; events.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let rows = [
            ("https://siem.example.com", true),
            ("https://siem.example.com:8443/in?token=s3cr3t", true),
            ("http://127.0.0.1:8080/in", true),
            ("http://localhost/in", true),
            ("http://[::1]:8080/in", true),
            ("http://siem.example.com/in", false),
            ("http://localhost.example.com/in", false),
            ("http://127.0.0.1@example.com/in", false),
            ("https://user:s3cr3t@siem.example.com/", false),
            ("https://", false),
            ("https:///x", false),
            ("ftp://siem.example.com", false),
            ("siem.example.com", false),
            ("https://siem.example.com/a b", false),
            ("https://siem.example.com/\r\nX: y", false),
            ("", false),
        ];
        for (text, fits) in rows {
            assert_eq!(Address::read(text).is_ok(), fits, "{text}");
        }
        let address = Address::read("https://siem.example.com/in?token=s3cr3t").unwrap();
        assert!(!format!("{address:?} {AddressError}").contains("s3cr3t"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_answers_is_not_waited_for_for_ever() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let secrets = Secrets::new("0123456789abcdef01234567", None).unwrap();
        let clock = Arc::new(crate::port::SystemClock);
        let sink = Webhook::new(&address, secrets, clock.clone()).unwrap();
        let event = FeedEvent { id: "1".to_owned(), at: clock.now(), body: "{}".to_owned() };
        let began = tokio::time::Instant::now();
        let verdict = sink.send(&[event]).await.unwrap().remove(0);
        assert!(matches!(verdict, Verdict::Later { after: None, .. }), "{verdict:?}");
        assert!(began.elapsed() <= ANSWER, "{:?}", began.elapsed());
        drop(listener);
    }

    #[test]
    fn pauses_that_are_asked_for() {
        let now: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let rows = [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 22 Nov 2026 06:01:30 GMT", Some(90)),
            ("Sun, 22 Nov 2026 05:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ];
        for (text, seconds) in rows {
            assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
