//! A double of AWS for the collectors' tests: the SDK's HTTP client, answering by action.
//!
//! Everything between a collector and the wire is real (session, gate, signing, serialization, parsing,
//! classification); only the other end is written down in the test. Knows AWS's protocols: Query with XML
//! (IAM, STS), JSON with `X-Amz-Target` (Organizations, Identity Center), and REST by `aws::route`.
//!
//! ```text
//! let aws = FakeAws::new()
//!     .on("ListUsers", |request| Reply::ok("ListUsers", users(request.param("Marker"))))
//!     .in_turn("GetCredentialReport", [Reply::error(404, "ReportInProgress", "…"), report]);
//! let seen = collect(&IamCredentials, &aws).await;
//! assert_eq!(seen.status("mfa"), &Status::Complete);
//! assert_eq!(aws.count("ListUsers"), 3);
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use percent_encoding::percent_decode_str;

use super::{Collect, Context, Focus, Interrupted, Options, Resumption, Sink, Stop};
use crate::aws::limit::{Limit, Limits};
use crate::aws::route;
use crate::aws::session::{SessionOptions, Sessions};
use crate::model::resource::{Resource, ResourceSetting};
use crate::model::{
    AccountId, Change, Counters, Coverage, Entity, EntityId, Region, Run, RunId, Scope, Status,
    Stored, Tags, Timestamp, Unit,
};
use crate::port::{
    Answer, Claim, Clock, Delivery, Lease, Opened, Page, PortError, Progress, Query, Saved,
    Sighting, Store,
};

/// The account that the double is.
pub(crate) const ACCOUNT: &str = "111122223333";

/// When a collection begins.
pub(crate) const START: &str = "2026-11-22T06:00:00Z";

/// A request as the double received it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The API action, for example `ListUsers`.
    pub(crate) action: String,
    /// The parameters of the Query protocol.
    params: BTreeMap<String, String>,
    /// The path and the query of a REST request; a bucket that is in the host's name stands in the path.
    pub(crate) target: String,
    /// The account that the request expects to own its bucket.
    pub(crate) owner: Option<String>,
    /// The host that was asked.
    pub(crate) host: String,
    /// The region that the request is signed for.
    pub(crate) region: String,
    /// The body as it came.
    pub(crate) body: String,
    /// The form in which the service speaks.
    wire: Wire,
}

/// The forms in which services speak; an error has another shape in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Query,
    Ec2,
    Json,
    RestXml,
}

impl Received {
    fn read(request: &HttpRequest) -> Self {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let service = signed(request, 3).unwrap_or_default();
        let region = signed(request, 2).unwrap_or_default();
        let (host, target) = address(request.uri());
        let read = |action: &str, wire: Wire, params: BTreeMap<String, String>| Self {
            action: action.to_owned(),
            params,
            target: target.clone(),
            owner: request.headers().get("x-amz-expected-bucket-owner").map(str::to_owned),
            host: host.clone(),
            region: region.to_owned(),
            body: body.clone(),
            wire,
        };
        if let Some(target) = request.headers().get("x-amz-target") {
            let action = target.rsplit('.').next().unwrap_or_default();
            return read(action, Wire::Json, BTreeMap::new());
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        if let Some(action) = route::action(service, request.method(), path, query) {
            let wire = match service {
                // S3 Control wraps its errors as the Query protocol does.
                "s3" if path.starts_with("v20180820/") => Wire::Query,
                "s3" => Wire::RestXml,
                _ => Wire::Json,
            };
            return read(action, wire, BTreeMap::new());
        }
        let plain = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        let params: BTreeMap<String, String> =
            pairs.map(|(name, value)| (plain(name), plain(value))).collect();
        let action = params.get("Action").cloned().unwrap_or_default();
        read(&action, if service == "ec2" { Wire::Ec2 } else { Wire::Query }, params)
    }

    /// What AWS says when a service control policy denies `action`, in the form of the request's service.
    pub(crate) fn refusal(&self, action: &str) -> Reply {
        let message = format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/accesstrail-read/accesstrail is not authorized to \
             perform: {action} with an explicit deny in a service control policy"
        );
        self.error(403, "AccessDenied", &message)
    }

    /// An error in the form of the request's service.
    pub(crate) fn error(&self, status: u16, code: &str, message: &str) -> Reply {
        let xml = format!("<Code>{code}</Code><Message>{message}</Message>");
        match self.wire {
            Wire::Query => Reply::error(status, code, message),
            Wire::Ec2 => Reply::new(
                status,
                format!(
                    "<Response><Errors><Error>{xml}</Error></Errors><RequestID>7a62</RequestID></Response>"
                ),
            ),
            Wire::RestXml => Reply::new(status, format!("<Error>{xml}</Error>")),
            Wire::Json => {
                let code = if code == "AccessDenied" { "AccessDeniedException" } else { code };
                let body = serde_json::json!({ "__type": code, "message": message });
                Reply::new(status, body.to_string())
            }
        }
    }

    /// The segments of the path of a REST request, decoded.
    pub(crate) fn path(&self) -> Vec<String> {
        let path = self.target.split('?').next().unwrap_or_default();
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        path.split('/').map(decode).collect()
    }

    /// A parameter in the query of a REST request, decoded, empty if it was not given.
    pub(crate) fn query(&self, name: &str) -> String {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(found, _)| *found == name).map(|(_, value)| value);
        percent_decode_str(value.unwrap_or_default()).decode_utf8_lossy().into_owned()
    }

    /// A parameter of the Query protocol, empty if it was not given.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map(String::as_str).unwrap_or_default()
    }

    /// One segment of a REST request's path, counted from 0, empty if there are fewer.
    pub(crate) fn segment(&self, number: usize) -> &str {
        let path = self.target.split('?').next().unwrap_or_default();
        path.split('/').nth(number).unwrap_or_default()
    }
}

/// A part of the credential that a request is signed with: 2 is the region, 3 the service.
fn signed(request: &HttpRequest, part: usize) -> Option<&str> {
    let signed = request.headers().get("authorization")?;
    signed.split_once("Credential=")?.1.split('/').nth(part)
}

/// The host of an address, and what stands behind it. S3 has a host for each bucket: there the bucket is put
/// where it would stand without one.
fn address(uri: &str) -> (String, String) {
    let address = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (host, target) = address.split_once('/').unwrap_or((address, ""));
    let target = match host.split_once(".s3.") {
        Some((bucket, _)) => format!("{bucket}/{target}"),
        None => target.to_owned(),
    };
    (host.to_owned(), target)
}

/// What the double answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    body: String,
    header: Option<(&'static str, String)>,
}

impl Reply {
    /// Any answer.
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), header: None }
    }

    /// The answer with a header.
    pub(crate) fn with_header(self, name: &'static str, value: impl Into<String>) -> Self {
        Self { header: Some((name, value.into())), ..self }
    }

    /// An answer of S3: the elements inside of `root`.
    pub(crate) fn xml(root: &str, inside: impl AsRef<str>) -> Self {
        let (namespace, inside) = ("http://s3.amazonaws.com/doc/2006-03-01/", inside.as_ref());
        Self::new(200, format!("<{root} xmlns=\"{namespace}\">{inside}</{root}>"))
    }

    /// An answer of the Query protocol: the elements inside of `…Result`.
    pub(crate) fn ok(action: &str, result: impl AsRef<str>) -> Self {
        let result = result.as_ref();
        Self::new(
            200,
            format!(
                "<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
                 <{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>7a62c49f-347e-4fc4-\
                 9331-6e8eEXAMPLE</RequestId></ResponseMetadata></{action}Response>"
            ),
        )
    }

    /// An error of the Query protocol.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::new(
            status,
            format!(
                "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
                 <Code>{code}</Code><Message>{message}</Message></Error><RequestId>7a62c49f-347e-4fc4-9331-\
                 6e8eEXAMPLE</RequestId></ErrorResponse>"
            ),
        )
    }

    /// What IAM says when no policy of the caller allows `action`.
    pub(crate) fn denied(action: &str) -> Self {
        let message = format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/accesstrail-read/accesstrail is not authorized to \
             perform: iam:{action} on resource: * because no identity-based policy allows the iam:{action} \
             action"
        );
        Self::error(403, "AccessDenied", &message)
    }

    /// What IAM says about a thing that does not exist.
    pub(crate) fn no_such(what: &str) -> Self {
        Self::error(404, "NoSuchEntity", &format!("{what} cannot be found."))
    }
}

/// The items of the page that `token` stands for, `size` of them, and the token of the next page.
pub(crate) fn slice<'i, T>(items: &'i [T], token: &str, size: usize) -> (&'i [T], Option<String>) {
    let start: usize = token.parse().unwrap_or(0);
    let end = items.len().min(start + size);
    (&items[start..end], (end < items.len()).then(|| end.to_string()))
}

type Script = Box<dyn FnMut(&Received) -> Reply + Send>;

#[derive(Default)]
struct Inside {
    scripts: BTreeMap<String, Script>,
    received: Vec<Received>,
}

/// The double. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct FakeAws(Arc<Mutex<Inside>>);

impl std::fmt::Debug for FakeAws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeAws")
    }
}

impl FakeAws {
    /// A double that knows who it is and nothing else: every other action is refused.
    pub(crate) fn new() -> Self {
        let identity = format!(
            "<Arn>arn:aws:iam::{ACCOUNT}:user/caller</Arn><UserId>AIDACALLEREXAMPLE</UserId><Account>{ACCOUNT}\
             </Account>"
        );
        Self::default()
            .on("GetCallerIdentity", move |_| Reply::ok("GetCallerIdentity", identity.clone()))
    }

    /// Answers an action; a later script for the same action replaces the earlier one.
    pub(crate) fn on(
        self,
        action: &str,
        script: impl FnMut(&Received) -> Reply + Send + 'static,
    ) -> Self {
        self.0.lock().unwrap().scripts.insert(action.to_owned(), Box::new(script));
        self
    }

    /// Answers an action with one reply after the other; the last one stays.
    pub(crate) fn in_turn(self, action: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        let mut last = Reply::denied(action);
        self.on(action, move |_| {
            if let Some(next) = replies.pop_front() {
                last = next;
            }
            last.clone()
        })
    }

    /// Refuses actions.
    pub(crate) fn deny(self, actions: &[&'static str]) -> Self {
        actions.iter().fold(self, |aws, action| aws.on(action, |_| Reply::denied(action)))
    }

    /// Every request after the one for the caller's identity, in order.
    pub(crate) fn received(&self) -> Vec<Received> {
        let received = &self.0.lock().unwrap().received;
        received.iter().filter(|call| call.action != "GetCallerIdentity").cloned().collect()
    }

    /// How often an action was called.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.received().iter().filter(|call| call.action == action).count()
    }

    /// The actions that were called, with how often each.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.received().into_iter().fold(BTreeMap::new(), |mut counts, call| {
            *counts.entry(call.action).or_default() += 1;
            counts
        })
    }

    /// A configuration whose every request comes here. Nothing is retried.
    pub(crate) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIAEXAMPLE", "example", None, None, "fake");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .http_client(SharedHttpClient::new(self.clone()))
            .build()
    }
}

impl HttpConnector for FakeAws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let received = Received::read(&request);
        let mut inside = self.0.lock().unwrap();
        inside.received.push(received.clone());
        let reply = match inside.scripts.get_mut(&received.action) {
            Some(script) => script(&received),
            None => Reply::denied(&received.action),
        };
        let status = reply.status.try_into().expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
        if let Some((name, value)) = reply.header {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for FakeAws {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A clock that goes with tokio's, which a test may pause.
#[derive(Debug)]
pub(crate) struct TestClock {
    start: Timestamp,
    since: tokio::time::Instant,
}

impl TestClock {
    /// A clock that shows [`START`] now.
    pub(crate) fn new() -> Self {
        Self { start: START.parse().unwrap(), since: tokio::time::Instant::now() }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.start + jiff::SignedDuration::try_from(self.since.elapsed()).unwrap()
    }
}

/// How a collector is run.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// What the user asked for.
    pub(crate) options: Options,
    /// When to stop.
    pub(crate) stop: Stop,
    /// The cursor of an earlier page, as it was saved.
    pub(crate) cursor: Option<String>,
    /// The region of the unit.
    pub(crate) region: Region,
    /// What the look is about, where it is not about everything.
    pub(crate) focus: Option<Focus>,
}

impl Setup {
    /// A look at these things alone.
    pub(crate) fn focused(names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self { focus: Some(Focus::new([], Some(names))), ..Self::default() }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            options: Options::default(),
            stop: Stop::default(),
            cursor: None,
            region: Region::global(),
            focus: None,
        }
    }
}

/// What a collector said.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The pages that were saved.
    pub(crate) pages: Vec<Page>,
    /// The coverage of every capability that the collector declares.
    pub(crate) coverage: Vec<Coverage>,
    /// How it ended.
    pub(crate) result: Result<(), Interrupted>,
    /// What the context counted.
    pub(crate) counters: Counters,
}

impl Outcome {
    /// Everything that was seen, in order.
    pub(crate) fn sightings(&self) -> impl Iterator<Item = &Sighting> {
        self.pages.iter().flat_map(|page| &page.sightings)
    }

    /// What one capability saw, in order.
    pub(crate) fn entities(&self, capability: &str) -> Vec<&Entity> {
        self.sightings()
            .filter(|sighting| sighting.scope.capability == capability)
            .map(|sighting| &sighting.entity)
            .collect()
    }

    /// The resources that one capability saw, in order.
    pub(crate) fn resources(&self, capability: &str) -> Vec<&Resource> {
        let entities = self.entities(capability).into_iter();
        entities
            .map(|entity| match entity {
                Entity::Resource(resource) => resource,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// The policies that one capability saw, in order: the resource, and the text if there is one.
    pub(crate) fn policies(&self, capability: &str) -> Vec<(&str, Option<&str>)> {
        let entities = self.entities(capability).into_iter();
        entities
            .map(|entity| match entity {
                Entity::ResourcePolicy(policy) => {
                    (policy.resource.as_str(), policy.document.as_ref().map(|it| it.0.as_str()))
                }
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// The settings that one capability saw, in order.
    pub(crate) fn settings(&self, capability: &str) -> Vec<&ResourceSetting> {
        let entities = self.entities(capability).into_iter();
        entities
            .map(|entity| match entity {
                Entity::ResourceSetting(setting) => setting,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// The tags that one capability saw, in order: the resource, and its tags.
    pub(crate) fn tags(&self, capability: &str) -> Vec<(&str, &Tags)> {
        let entities = self.entities(capability).into_iter();
        entities
            .map(|entity| match entity {
                Entity::ResourceTags(tags) => (tags.resource.as_str(), &tags.tags),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// What was set aside of a capability, without the reasons.
    pub(crate) fn set_aside(&self, capability: &str) -> Vec<&str> {
        self.of(capability).set_aside.iter().map(|it| it.what.as_str()).collect()
    }

    /// The coverage of a capability.
    pub(crate) fn of(&self, capability: &str) -> &Coverage {
        self.coverage.iter().find(|coverage| coverage.scope.capability == capability).unwrap()
    }

    /// The status of a capability.
    pub(crate) fn status(&self, capability: &str) -> &Status {
        &self.of(capability).status
    }

    /// The last cursor that was saved.
    pub(crate) fn cursor(&self) -> Option<String> {
        self.pages.iter().rev().find_map(|page| page.cursor.clone())
    }
}

/// Runs a collector against the double.
pub(crate) async fn collect(collector: &dyn Collect, aws: &FakeAws) -> Outcome {
    collect_with(collector, aws, Setup::default()).await
}

/// Runs a collector against the double, some way.
pub(crate) async fn collect_with(collector: &dyn Collect, aws: &FakeAws, setup: Setup) -> Outcome {
    let clock: Arc<dyn Clock> = Arc::new(TestClock::new());
    let fast = Limit { per_second: 100_000, at_once: 8 };
    let limits =
        Limits { iam: fast, organizations: fast, identity_center: fast, s3: fast, other: fast };
    let options = SessionOptions { role: None, limits };
    let sessions = Sessions::connect(aws.config(), options, Arc::clone(&clock)).await.unwrap();
    let account: AccountId = ACCOUNT.parse().unwrap();
    let session = sessions.session(&account).await.unwrap();
    let context = Context::new(session, setup.region.clone(), setup.options, clock, setup.stop);
    let context = match setup.focus {
        Some(focus) => context.focused(focus),
        None => context,
    };
    let store = Recorder::default();
    let run: RunId = "20261122T060000Z".parse().unwrap();
    let unit = Unit { account, region: setup.region, collector: collector.name().to_owned() };
    let resumption = Resumption::read(setup.cursor.as_deref());
    let place = resumption.place.clone();
    let mut sink = Sink::new(&store, &context, run, unit, 0, resumption);
    let mut result = collector.collect(&context, place.as_deref(), &mut sink).await;
    if result.is_ok() {
        // As the worker does: what is waiting is saved, and then there is nothing left to stop.
        result = match sink.page(None).await {
            Err(Interrupted::Stopped) => Ok(()),
            other => other,
        };
    }
    let names: Vec<_> = collector.capabilities().iter().map(|capability| capability.name).collect();
    let coverage = sink.into_coverage(&names);
    let counters = context.counters();
    let pages = std::mem::take(&mut *store.0.lock().unwrap());
    undeclared(collector, aws);
    Outcome { pages, coverage, result, counters }
}

/// INVARIANT: what goes over the wire was declared.
fn undeclared(collector: &dyn Collect, aws: &FakeAws) {
    for call in aws.received() {
        let declared = collector
            .calls()
            .iter()
            .any(|declared| declared.action.rsplit(':').next() == Some(call.action.as_str()));
        assert!(
            declared,
            "{} calls {}, which it does not declare: {}",
            collector.name(),
            call.action,
            call.target
        );
    }
}

/// A store that only writes down the pages.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<Page>>);

fn no<T>() -> Result<T, PortError> {
    Err(PortError::Failed { what: "the recorder".to_owned(), source: "it only records".into() })
}

#[async_trait]
impl Store for Recorder {
    async fn save_page(&self, page: &Page) -> Result<Saved, PortError> {
        self.0.lock().unwrap().push(page.clone());
        Ok(Saved::default())
    }

    async fn open_run(&self, _: &Run, _: &[Unit]) -> Result<Opened, PortError> {
        no()
    }

    async fn run(&self, _: &RunId) -> Result<Option<Run>, PortError> {
        no()
    }

    async fn runs(&self, _: usize) -> Result<Vec<Run>, PortError> {
        no()
    }

    async fn pending_units(&self, _: &RunId) -> Result<Vec<Unit>, PortError> {
        no()
    }

    async fn claim_unit(&self, _: &RunId, _: &Unit, _: &Lease) -> Result<Claim, PortError> {
        no()
    }

    async fn release_unit(&self, _: &RunId, _: &Unit, _: &str) -> Result<(), PortError> {
        no()
    }

    async fn end_unit(
        &self,
        _: &RunId,
        _: &Unit,
        _: &[Coverage],
        _: &Counters,
    ) -> Result<Progress, PortError> {
        no()
    }

    async fn claim_closing(&self, _: &RunId, _: &Lease) -> Result<Claim, PortError> {
        no()
    }

    async fn settle_scope(&self, _: &RunId, _: &Coverage) -> Result<u64, PortError> {
        no()
    }

    async fn close_run(&self, _: &RunId, _: Timestamp, _: &Counters) -> Result<(), PortError> {
        no()
    }

    async fn put_latest_coverage(&self, _: &[Coverage]) -> Result<(), PortError> {
        no()
    }

    async fn delivery(&self, _: &str, _: &RunId) -> Result<Option<Delivery>, PortError> {
        no()
    }

    async fn save_delivery(&self, _: &Delivery) -> Result<(), PortError> {
        no()
    }

    async fn latest_coverage(&self) -> Result<Vec<Coverage>, PortError> {
        no()
    }

    async fn run_coverage(&self, _: &RunId) -> Result<Vec<Coverage>, PortError> {
        no()
    }

    async fn entities(
        &self,
        _: &Query,
        _: Option<&str>,
        _: usize,
    ) -> Result<Answer<Stored>, PortError> {
        no()
    }

    async fn entity(&self, _: &Scope, _: &EntityId) -> Result<Option<Stored>, PortError> {
        // Nothing is known from before.
        Ok(None)
    }

    async fn history(&self, _: &Scope, _: &EntityId) -> Result<Vec<Change>, PortError> {
        no()
    }

    async fn changes(
        &self,
        _: &RunId,
        _: Option<&str>,
        _: usize,
    ) -> Result<Answer<Change>, PortError> {
        no()
    }

    fn cost(&self) -> Counters {
        Counters::new()
    }
}
