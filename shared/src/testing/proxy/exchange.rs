//! One call through the proxy, in the order that the [module](super) promises.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Method, Request, Response, Uri,
    body::{Bytes, Incoming},
    header::{
        ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, EXPECT, HeaderName, HeaderValue,
        TRANSFER_ENCODING,
    },
    http::{
        request::Parts,
        response,
        uri::{Authority, Scheme},
    },
};

use super::{
    Fault, Page, Plan, Protocol, Quirk, RequestView, Times,
    active::{Active, Counter, hash},
    body::{AnswerBody, Cut},
    ledger::{Ledger, lock},
    page::{Whole, Window},
    wire::{Refusal, plain},
};
use crate::testing::http::{self, LoopbackClient};

type Answer = Response<AnswerBody>;
type WholeAnswer = (response::Parts, Bytes);

/// What all connections of a proxy share.
#[derive(Debug)]
pub(super) struct Exchange {
    upstream: Authority,
    client: LoopbackClient,
    ledger: Ledger,
    active: Mutex<Arc<Active>>,
}

impl Exchange {
    pub(super) fn new(upstream: Authority, plan: Plan) -> Self {
        let active = Mutex::new(Active::new(plan));
        Self { upstream, client: http::client(), ledger: Ledger::new(), active }
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn set_plan(&self, plan: Plan) {
        *lock(&self.active) = Active::new(plan);
    }

    /// Answers a call, or closes its connection.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Result<Answer, Cut> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
        let view = RequestView::read(&parts, body, &self.ledger);
        let number = self.ledger.open(&view);
        let mut applied = Vec::new();
        let answer = self.carry_out(&parts, &view, number, &mut applied).await;
        let outcome = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        self.ledger.close(number, outcome, &applied);
        answer
    }

    async fn carry_out(
        &self,
        parts: &Parts,
        view: &RequestView,
        number: u64,
        applied: &mut Vec<String>,
    ) -> Result<Answer, Cut> {
        let active = Arc::clone(&lock(&self.active));
        let due = active.due(view);
        let delay: Duration = due.iter().filter_map(|(fault, _)| delay(fault)).sum();
        if !delay.is_zero() {
            applied.push("delay".to_owned());
            tokio::time::sleep(delay).await;
        }
        for (fault, _) in &due {
            if let Some(answer) = self.refuse(fault, view, number) {
                applied.push(fault.name());
                return Ok(answer);
            }
        }
        let window = match find_window(&due, view) {
            None => None,
            Some(Ok(window)) => Some(window),
            Some(Err(fault)) => {
                applied.push(fault.to_owned());
                return Ok(Refusal::bad_token(view).answer(view, number));
            }
        };
        let asked = window.as_ref().map_or_else(
            || Whole { body: view.body.clone(), query: view.query.clone() },
            |window| window.whole(view),
        );
        let found = match replayed(&due, view, applied) {
            Some(answer) => Some(answer),
            None => self.forward(parts, &asked).await,
        };
        let Some((head, mut body)) = found else {
            applied.push("no-upstream".to_owned());
            return Ok(plain(502, "text/plain", "the emulator does not answer"));
        };
        let has = |wanted: fn(&Fault) -> bool| due.iter().any(|(fault, _)| wanted(fault));
        if has(|fault| matches!(fault, Fault::Duplicate)) {
            applied.push(Fault::Duplicate.name());
            // The first answer counts, so this one is of no interest.
            drop(self.forward(parts, &asked).await);
        }
        if head.status.is_success() && view.service == "sts" {
            self.ledger.learn(view, &String::from_utf8_lossy(&body));
        }
        if has(|fault| matches!(fault, Fault::DropAfter)) {
            applied.push(Fault::DropAfter.name());
            return Err(Cut);
        }
        if head.status.is_success() {
            body = correct(&due, window.as_ref(), view, body, applied);
        }
        let truncate = has(|fault| matches!(fault, Fault::Truncate));
        if truncate {
            applied.push(Fault::Truncate.name());
        }
        Ok(respond(&parts.method, &head, body, truncate))
    }

    fn refuse(&self, fault: &Fault, view: &RequestView, number: u64) -> Option<Answer> {
        let refusal = match fault {
            Fault::Deny { by } => Refusal::denied(view, *by, &self.ledger.principal_of(view)),
            Fault::Throttle { code, status } => Refusal::throttled(*code, *status),
            Fault::ExpireToken => Refusal::expired(view.protocol),
            Fault::Status(status) => return Some(plain(*status, "", "")),
            Fault::Answer { status, body, content_type } => {
                return Some(plain(*status, content_type, body.clone()));
            }
            Fault::Delay(_)
            | Fault::Duplicate
            | Fault::DropAfter
            | Fault::Truncate
            | Fault::Page(_)
            | Fault::Replay(_)
            | Fault::Patch(_) => return None,
        };
        Some(refusal.answer(view, number))
    }

    /// Asks the emulator and reads its whole answer; `None` if there is none.
    async fn forward(&self, parts: &Parts, asked: &Whole) -> Option<WholeAnswer> {
        let mut uri = parts.uri.clone().into_parts();
        if parts.uri.query().unwrap_or_default() != asked.query {
            let address = format!("{}?{}", parts.uri.path(), asked.query);
            uri.path_and_query = Some(address.parse().ok()?);
        }
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(self.upstream.clone());
        let mut request = Request::new(Full::new(asked.body.clone()));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = Uri::from_parts(uri).ok()?;
        // The host stays the proxy's: addresses in answers, as of SQS queues, then lead through it.
        *request.headers_mut() = end_to_end(&parts.headers);
        // Compressed answers could not be corrected; a body in memory needs no permission to continue.
        request.headers_mut().remove(ACCEPT_ENCODING);
        request.headers_mut().remove(EXPECT);
        request.headers_mut().remove(CONTENT_LENGTH);
        let (head, body) = self.client.request(request).await.ok()?.into_parts();
        Some((head, body.collect().await.ok()?.to_bytes()))
    }
}

fn delay(fault: &Fault) -> Option<Duration> {
    match fault {
        Fault::Delay(delay) => Some(*delay),
        _ => None,
    }
}

/// The answer that stands in the place of the emulator's, of the first rule that has one for the call.
fn replayed(
    due: &[(&Fault, &Counter)],
    view: &RequestView,
    applied: &mut Vec<String>,
) -> Option<WholeAnswer> {
    let (fault, answer) = due.iter().find_map(|(fault, _)| match fault {
        Fault::Replay(replay) => Some((fault, replay.answer(view)?)),
        _ => None,
    })?;
    applied.push(fault.name());
    let kind = match view.protocol {
        Protocol::Query => "text/xml",
        Protocol::AwsJson => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::RestXml => "application/xml",
    };
    let (mut head, _) = plain(answer.status, kind, "").into_parts();
    if let Some(code) = answer.code.and_then(|code| HeaderValue::from_str(code).ok()) {
        head.headers.insert("x-amzn-errortype", code);
    }
    Some((head, answer.body))
}

/// The page that a call asks for, by the first rule about pages.
fn find_window(
    due: &[(&Fault, &Counter)],
    view: &RequestView,
) -> Option<Result<Window, &'static str>> {
    let (page, counter): (Page, _) = due.iter().find_map(|(fault, counter)| match fault {
        Fault::Page(page) => Some((*page, counter)),
        _ => None,
    })?;
    let Ok(window) = Window::read(view, page)? else { return Some(Err("page:bad-token")) };
    let due = window.is_refused()
        && match page.quirk {
            Quirk::RefuseToken { times: Times::Once, .. } => {
                let whole = window.whole(view);
                counter.repeat(hash(view, &whole.body, &whole.query)) == 0
            }
            _ => true,
        };
    Some(if due { Err("page:refuse-token") } else { Ok(window) })
}

/// Patches the whole answer and cuts the page out of it.
fn correct(
    due: &[(&Fault, &Counter)],
    window: Option<&Window>,
    view: &RequestView,
    mut body: Bytes,
    applied: &mut Vec<String>,
) -> Bytes {
    for (fault, _) in due {
        if let Fault::Patch(patch) = fault {
            let corrected = patch.apply(view, body.clone());
            if corrected != body {
                applied.push(fault.name());
            }
            body = corrected;
        }
    }
    if let Some(page) = window.and_then(|window| window.cut(&body)) {
        applied.push("page".to_owned());
        body = page;
    }
    body
}

fn respond(method: &Method, head: &response::Parts, body: Bytes, truncate: bool) -> Answer {
    let mut headers = end_to_end(&head.headers);
    if method != Method::HEAD {
        headers.remove(CONTENT_LENGTH);
    }
    let body = if truncate {
        // The length that is promised, or the client could take the half for the whole.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        AnswerBody::half(&body)
    } else {
        AnswerBody::whole(body)
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = head.status;
    *answer.headers_mut() = headers;
    answer
}

/// The headers without those that are about one connection.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    let mut kept = headers.clone();
    for name in [CONNECTION, TRANSFER_ENCODING, KEEP_ALIVE] {
        kept.remove(name);
    }
    kept
}
