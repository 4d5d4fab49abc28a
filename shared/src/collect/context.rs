//! What a collector works with: one session, the run's options, and the one way to make a call.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::doctor::probe::Probe;
use super::filter::{AccountFilter, IamFilter};
use super::focus::Focus;
use super::trees::{TreeSource, Trees};
use crate::aws::error::{CallError, Fault, classify};
use crate::aws::session::Session;
use crate::model::{AccountId, Counters, Region, Timestamp};
use crate::port::Clock;

/// What the user asked of a run; part of the run, so that every worker reads the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// List SSH keys, signing certificates and service-specific credentials per user too.
    pub full_credentials: bool,
    /// The management account, where it is known.
    pub management_account: Option<AccountId>,
    /// What is left out: names of collectors, and tiers as `tier-3`.
    pub skip: BTreeSet<String>,
    /// The regions that regional services are looked into; every enabled one if empty.
    pub regions: BTreeSet<Region>,
    /// Which trees of data are looked at.
    pub trees: Trees,
    /// The regions that regional services are not looked into, whatever else is said.
    pub excluded_regions: BTreeSet<Region>,
    /// Which accounts of the organization are looked into.
    pub accounts: AccountFilter,
    /// Which parts of the authorization details are stored.
    pub iam: IamFilter,
    /// How far the run reaches and from where, in words: two runs with equal words do the same work, so
    /// that an interrupted one can be continued.
    pub reach: String,
}

impl Options {
    /// The filter that keeps what is in a region out, if one does. What excludes wins.
    pub fn region_left_out(&self, region: &Region) -> Option<String> {
        if self.excluded_regions.contains(region) {
            return Some(format!("regions.exclude {region}"));
        }
        let wanted = self.regions.is_empty() || self.regions.contains(region);
        (!wanted).then(|| {
            let wanted: Vec<&str> = self.regions.iter().map(Region::as_str).collect();
            format!("regions {}", wanted.join(","))
        })
    }
}

impl Options {
    /// Whether the user asked for what a collector only looks at when asked ([`When::Asked`](super::When::Asked)).
    pub fn ask_for(&self, collector: &str) -> bool {
        match collector {
            "glue" => self.trees.source == Some(TreeSource::Glue),
            "iam-credentials" => self.full_credentials,
            "s3-objects" => self.trees.source == Some(TreeSource::S3Objects),
            _ => false,
        }
    }
}

/// When to stop in good order.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    deadline: Option<Timestamp>,
}

impl Stop {
    /// Stops at `deadline`.
    pub fn at(deadline: Timestamp) -> Self {
        Self { asked: Arc::default(), deadline: Some(deadline) }
    }

    /// Asks everyone who holds a clone to stop after the page at hand.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether to stop now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.asked.load(Ordering::Relaxed) || self.deadline.is_some_and(|deadline| now >= deadline)
    }
}

/// What a collector works with.
#[derive(Debug)]
pub struct Context {
    /// Access to the account that is looked into.
    pub session: Arc<Session>,
    /// The region that is looked into.
    pub region: Region,
    /// What the user asked for.
    pub options: Options,
    /// The present time.
    pub clock: Arc<dyn Clock>,
    /// When to stop.
    pub stop: Stop,
    counters: Mutex<Counters>,
    /// Who lets few calls stand for all.
    probe: Option<Probe>,
    /// What the look is about, where it is not about everything.
    focus: Option<Focus>,
    began: Timestamp,
}

impl Context {
    /// A context for one unit of work.
    pub fn new(
        session: Arc<Session>,
        region: Region,
        options: Options,
        clock: Arc<dyn Clock>,
        stop: Stop,
    ) -> Self {
        let (counters, began) = (Mutex::default(), clock.now());
        Self { session, region, options, clock, stop, counters, probe: None, focus: None, began }
    }

    /// The same, about a few things alone.
    #[must_use]
    pub fn focused(self, focus: Focus) -> Self {
        Self { focus: Some(focus), ..self }
    }

    /// What the look is about, where it is not about everything.
    pub(super) fn focus(&self) -> Option<&Focus> {
        self.focus.as_ref()
    }

    /// Whether a capability is looked at.
    pub(super) fn looks_at(&self, capability: &str) -> bool {
        self.focus.as_ref().is_none_or(|focus| focus.looks_at(capability))
    }

    /// When the look began: whatever it sees is at least as new.
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// The same, with as few calls as it takes to know what is allowed: an action that was answered is not called
    /// again, and whoever calls it is told that it was asked often enough.
    #[must_use]
    pub(super) fn probing(self) -> Self {
        Self { probe: Some(Probe::default()), ..self }
    }

    /// What was heard, where few calls stand for all.
    pub(super) fn probe(&self) -> Option<&Probe> {
        self.probe.as_ref()
    }

    /// The account that is looked into.
    pub fn account(&self) -> &AccountId {
        self.session.account()
    }

    /// What the calls of this unit came to: `api.<action>`, and `api.failed`.
    pub fn counters(&self) -> Counters {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, name: &str) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry(name.to_owned()).or_default() += 1;
    }

    /// Makes a declared call: through the account's gate, counted, its error classified. Credentials that
    /// ended are renewed and the call is repeated once.
    pub async fn call<T, E, F>(&self, call: &Call, request: impl Fn() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.probed(call, false, request).await
    }

    /// Makes a declared call that carries a paging token.
    pub async fn call_page<T, E, F>(
        &self,
        call: &Call,
        token: Option<&str>,
        request: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.probed(call, token.is_some(), request).await
    }

    async fn probed<T, E, F>(
        &self,
        call: &Call,
        paged: bool,
        request: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let Some(probe) = &self.probe else { return self.make(call, paged, request).await };
        if !probe.admits(call.action) {
            return Err(self.misread(call, "asked often enough to know whether it is allowed"));
        }
        let outcome = self.make(call, paged, request).await;
        probe.hear(call.action, &outcome);
        outcome
    }

    async fn make<T, E, F>(
        &self,
        call: &Call,
        paged: bool,
        request: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let mut renewed = false;
        loop {
            let credentials = self.session.credentials_in_use().await;
            let gate = self.session.gates().of(call.action, &self.region);
            let slot = gate.enter().await;
            self.count(&format!("api.{}", call.action));
            let answer = request().await;
            drop(slot);
            let error = match answer {
                Ok(answer) => {
                    gate.tell(false).await;
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let mut verdict = classify(&error, paged);
            // A global service is everywhere: without its address there is no network.
            if verdict.fault == Fault::NotOffered && self.region == Region::global() {
                verdict.fault = Fault::Unavailable;
            }
            gate.tell(verdict.fault == Fault::Throttled).await;
            if let (Fault::ExpiredCredentials, false, Some(refused)) =
                (&verdict.fault, renewed, &credentials)
            {
                renewed = true;
                self.count("api.renewed-credentials");
                if self.session.renew(refused).await.is_ok() {
                    continue;
                }
            }
            self.count("api.failed");
            return Err(CallError {
                action: call.action,
                account: self.account().clone(),
                region: self.region.clone(),
                fault: verdict.fault,
                code: verdict.code,
                summary: verdict.summary,
                source: error.into(),
            });
        }
    }

    /// Reads a whole list into memory: for lists that are bounded by a quota. What was read before a
    /// failure is returned beside it.
    pub async fn list<T, A, N, E, F>(
        &self,
        call: &Call,
        request: impl Fn(Option<String>) -> F,
        mut take: impl FnMut(A) -> (Vec<T>, N),
    ) -> (Vec<T>, Option<CallError>)
    where
        N: Into<Next>,
        F: Future<Output = Result<A, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let mut items = Vec::new();
        let mut pager = Pager::new(None);
        loop {
            let token = pager.token().map(str::to_owned);
            let answer = self.call_page(call, token.as_deref(), || request(token.clone())).await;
            match answer {
                Ok(answer) => {
                    let (page, next) = take(answer);
                    items.extend(page);
                    match pager.turn(next) {
                        Turn::Page => {}
                        Turn::End => return (items, None),
                        Turn::Loop => return (items, Some(self.paging_loop(call))),
                    }
                }
                Err(error) if error.fault == Fault::TokenRefused && pager.start_again() => {
                    items.clear();
                }
                Err(error) => return (items, Some(error)),
            }
        }
    }

    /// The error for a list that cannot be read to its end: see [`Turn::Loop`].
    pub fn paging_loop(&self, call: &Call) -> CallError {
        self.misread(call, "AWS returned no paging token, or one that it had returned before")
    }

    /// The error for an answer that arrived and cannot be used.
    pub fn misread(&self, call: &Call, summary: impl Into<String>) -> CallError {
        let summary = summary.into();
        CallError {
            action: call.action,
            account: self.account().clone(),
            region: self.region.clone(),
            fault: Fault::Other,
            code: None,
            source: summary.clone().into(),
            summary,
        }
    }
}

/// What an answer says about the page after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask for it with this token.
    Token(String),
    /// There is none.
    End,
    /// There is one, but no token to ask for it with.
    Lost,
}

impl Next {
    /// Reads the pair of `IsTruncated` and `Marker` that IAM answers with. The flag decides: a marker
    /// beside `false` leads nowhere, and `true` without one must not pass for the end of the list.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>
    pub fn truncated(is_truncated: bool, marker: Option<String>) -> Self {
        match marker.filter(|marker| !marker.is_empty()) {
            Some(marker) if is_truncated => Self::Token(marker),
            None if is_truncated => Self::Lost,
            _ => Self::End,
        }
    }
}

impl From<Option<String>> for Next {
    fn from(token: Option<String>) -> Self {
        token.filter(|token| !token.is_empty()).map_or(Self::End, Self::Token)
    }
}

/// What to do after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Ask for the next page.
    Page,
    /// That was the last page.
    End,
    /// The token was returned before, so that asking again would never end; or there is none although
    /// there is more.
    Loop,
}

/// Walks the pages of a list: on the token alone, never on the size of a page. A token that is refused
/// is perishable, so the list is started again, once.
#[derive(Debug)]
pub struct Pager {
    token: Option<String>,
    seen: BTreeSet<String>,
    restarted: bool,
}

impl Pager {
    /// Starts at `token`, the beginning if `None`.
    pub fn new(token: Option<String>) -> Self {
        Self { seen: token.iter().cloned().collect(), token, restarted: false }
    }

    /// The token for the next call.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Takes what an answer said about the next page.
    pub fn turn(&mut self, next: impl Into<Next>) -> Turn {
        match next.into() {
            Next::End => Turn::End,
            Next::Token(token) if self.seen.insert(token.clone()) => {
                self.token = Some(token);
                Turn::Page
            }
            Next::Token(_) | Next::Lost => Turn::Loop,
        }
    }

    /// Goes back to the beginning after a token was refused; false the second time.
    pub fn start_again(&mut self) -> bool {
        let first = !self.restarted;
        self.restarted = true;
        self.token = None;
        self.seen.clear();
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::When;

    /// A collector whose every capability must be asked for is asked for by some option.
    #[test]
    fn what_must_be_asked_for_can_be_asked_for() {
        let source = |source| Trees { source: Some(source), ..Trees::default() };
        let options = [
            Options { full_credentials: true, ..Options::default() },
            Options { trees: source(TreeSource::S3Objects), ..Options::default() },
            Options { trees: source(TreeSource::Glue), ..Options::default() },
        ];
        for collector in crate::collect::registry::ALL {
            let name = collector.name();
            let must = collector.capabilities().iter().any(|info| info.when == When::Asked);
            assert!(!Options::default().ask_for(name), "{name}");
            assert_eq!(options.iter().any(|options| options.ask_for(name)), must, "{name}");
        }
    }

    #[test]
    fn a_pager_goes_on_until_there_is_no_token() {
        let mut pager = Pager::new(None);
        assert_eq!(pager.turn(Some("a".into())), Turn::Page);
        assert_eq!(pager.token(), Some("a"));
        assert_eq!(pager.turn(Some("b".into())), Turn::Page);
        assert_eq!(pager.turn(Some(String::new())), Turn::End);
    }

    #[test]
    fn a_pager_notices_a_loop() {
        let mut pager = Pager::new(Some("a".into()));
        assert_eq!(pager.turn(Some("b".into())), Turn::Page);
        assert_eq!(pager.turn(Some("a".into())), Turn::Loop);
    }

    #[test]
    fn the_flag_decides_whether_there_is_more() {
        let marker = || Some("a".to_owned());
        assert_eq!(Next::truncated(true, marker()), Next::Token("a".to_owned()));
        assert_eq!(Next::truncated(false, marker()), Next::End);
        assert_eq!(Next::truncated(false, None), Next::End);
        assert_eq!(Next::truncated(true, None), Next::Lost);
        assert_eq!(Next::truncated(true, Some(String::new())), Next::Lost);
        assert_eq!(Pager::new(None).turn(Next::Lost), Turn::Loop);
    }

    #[test]
    fn a_refused_token_starts_again_once() {
        let mut pager = Pager::new(Some("a".into()));
        assert!(pager.start_again());
        assert_eq!(pager.token(), None);
        assert_eq!(pager.turn(Some("a".into())), Turn::Page);
        assert!(!pager.start_again());
    }
}
