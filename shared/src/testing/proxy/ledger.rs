//! What the proxy remembers: the calls, and which account an access key belongs to.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{RequestView, xml};

/// A call that came to the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The service by its IAM prefix.
    pub service: String,
    /// The operation, or `METHOD /path`.
    pub action: String,
    /// The account; see [`RequestView::account`].
    pub account: Option<String>,
    /// The region it is signed for.
    pub region: String,
    /// The status of the answer; 0 while there is none, and if the connection was closed instead.
    pub outcome: u16,
    /// When it came, counted from the proxy's start.
    pub at: Duration,
    /// How long it took; zero while it is under way.
    pub took: Duration,
    /// What the proxy did to it, as `page+truncate`; `None` if it passed untouched.
    pub fault: Option<String>,
}

impl Call {
    /// The action as IAM policies name it: `iam:ListUsers`, `sso:ListInstances`.
    pub fn iam_action(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }
}

#[derive(Debug)]
struct Session {
    account: String,
    principal: Option<String>,
}

/// The memory of a proxy.
#[derive(Debug)]
pub(super) struct Ledger {
    started: Instant,
    next: AtomicU64,
    calls: Mutex<BTreeMap<u64, Call>>,
    sessions: Mutex<BTreeMap<String, Session>>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            next: AtomicU64::new(1),
            calls: Mutex::default(),
            sessions: Mutex::default(),
        }
    }

    /// Records a call on arrival, so that one whose client gives up is there too.
    pub(super) fn open(&self, view: &RequestView) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let call = Call {
            service: view.service.clone(),
            action: view.action.clone(),
            account: view.account.clone(),
            region: view.region.clone(),
            outcome: 0,
            at: self.started.elapsed(),
            took: Duration::ZERO,
            fault: None,
        };
        lock(&self.calls).insert(number, call);
        number
    }

    /// Notes how a call ended; nothing if it has been cleared meanwhile.
    pub(super) fn close(&self, number: u64, outcome: u16, faults: &[String]) {
        if let Some(call) = lock(&self.calls).get_mut(&number) {
            call.outcome = outcome;
            call.took = self.started.elapsed().saturating_sub(call.at);
            call.fault = (!faults.is_empty()).then(|| faults.join("+"));
        }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        lock(&self.calls).values().cloned().collect()
    }

    pub(super) fn clear(&self) {
        lock(&self.calls).clear();
    }

    pub(super) fn know(&self, access_key: &str, account: &str) {
        let session = Session { account: account.to_owned(), principal: None };
        lock(&self.sessions).insert(access_key.to_owned(), session);
    }

    /// Learns from an `AssumeRole` answer whose keys it gives out.
    pub(super) fn learn(&self, view: &RequestView, answer: &str) {
        let Some(account) = view.account.clone().filter(|_| view.action.starts_with("AssumeRole"))
        else {
            return;
        };
        if let Some(key) = xml::first_text(answer, "AccessKeyId") {
            let principal = xml::first_text(answer, "AssumedRoleUser")
                .and_then(|user| xml::first_text(user, "Arn"))
                .map(str::to_owned);
            lock(&self.sessions).insert(key.to_owned(), Session { account, principal });
        }
    }

    pub(super) fn account_of(&self, access_key: &str) -> Option<String> {
        // ministack takes an access key of twelve digits for the account's.
        if access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(access_key.to_owned());
        }
        lock(&self.sessions).get(access_key).map(|session| session.account.clone())
    }

    /// Who signed a request, for the words of a refusal.
    pub(super) fn principal_of(&self, view: &RequestView) -> String {
        let sessions = lock(&self.sessions);
        let session = view.access_key.as_ref().and_then(|key| sessions.get(key));
        let account = session.map_or("123456789012", |session| session.account.as_str());
        session
            .and_then(|session| session.principal.clone())
            .unwrap_or_else(|| format!("arn:aws:sts::{account}:assumed-role/caller/session"))
    }
}

/// A poisoned lock holds nothing worse than a call that is not closed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
