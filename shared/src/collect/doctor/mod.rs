//! What works: every declared action, tried with few real calls in every account that is asked, and simulated
//! where there was nothing to try it on.
//!
//! Each collector is run as it is, with a [`probe`](self) that lets a call through until it was answered, and
//! nothing is kept of what it sees. Nothing is written, and nothing is asked that a run would not ask.

pub(super) mod probe;
mod simulate;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;

use super::call::When;
use super::needs::{self, ASSUME_ROLE, SIMULATE};
use super::pipeline::Reach;
use super::{
    Collect, Context, Interrupted, Options, Place, Sink, Stop, left_out, looked_at, organization,
    registry,
};
use crate::aws::error::chain;
use crate::aws::session::{Session, SessionError, Sessions};
use crate::model::organization::AccountState;
use crate::model::{AccountId, Arn, Authority, Region, Status, Unit};
use crate::permission::Need;
use crate::port::Clock;
use probe::Heard;

/// Why an action is not tried that only an option asks for.
const UNASKED: &str = "asked for only with an option of `accesstrail collect`";

/// What is known about one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is allowed.
    Allowed,
    /// It is denied.
    Denied {
        /// Who denies it, as far as AWS says.
        by: Authority,
        /// AWS's words, on one line.
        words: String,
    },
    /// There is nothing to allow: the service is off, or nobody asked for it.
    NotApplicable(String),
    /// It could not be found out, for this reason.
    Unknown(String),
}

impl Verdict {
    /// In one word, as documents have it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Allowed => "ok",
            Self::Denied { .. } => "denied",
            Self::NotApplicable(_) => "not_applicable",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// How something was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By a real call.
    Called,
    /// By `SimulatePrincipalPolicy`.
    Simulated,
    /// Not at all.
    Unasked,
}

impl How {
    /// In one word, as documents have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Called => "call",
            Self::Simulated => "simulation",
            Self::Unasked => "none",
        }
    }
}

/// One action in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The action, with what is lost without it.
    pub need: Need,
    /// The region in which it was tried.
    pub region: Region,
    /// What is known about it.
    pub verdict: Verdict,
    /// How that was found out.
    pub how: How,
}

impl Check {
    /// Whether something is missing that a run would ask for. What only the doctor itself needs is not.
    pub fn is_missing(&self) -> bool {
        matches!(self.verdict, Verdict::Denied { .. }) && self.need.action != SIMULATE.action
    }
}

/// How far an account let itself be examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It was entered.
    Entered,
    /// It could not be entered, for this reason.
    AuthFailed(String),
    /// It is in this state, in which nobody can enter it.
    NotActive(String),
}

/// What was found in one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The account.
    pub account: AccountId,
    /// How far it let itself be examined.
    pub entry: Entry,
    /// Each action that is needed there, in the order of the registry.
    pub checks: Vec<Check>,
}

impl Examined {
    /// Whether something is missing here.
    pub fn has_missing(&self) -> bool {
        matches!(self.entry, Entry::AuthFailed(_)) || self.checks.iter().any(Check::is_missing)
    }
}

/// The accounts to examine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Each with its state.
    pub accounts: Vec<(AccountId, AccountState)>,
    /// What the organization calls its accounts, as far as it let itself be asked.
    pub names: BTreeMap<AccountId, String>,
    /// The partition of all of them.
    pub partition: String,
    /// Anything that a reader should know about how they were found.
    pub note: Option<String>,
}

/// Examines accounts.
#[derive(Debug)]
pub struct Doctor {
    /// Access to the accounts.
    pub sessions: Arc<Sessions>,
    /// The present time.
    pub clock: Arc<dyn Clock>,
    /// What a run would be asked for.
    pub options: Options,
    /// The account that sees the organization.
    pub home: AccountId,
    /// Where Identity Center is looked for.
    pub identity_center_regions: Vec<Region>,
    /// Where regional services are tried.
    pub regions: Vec<Region>,
    /// How many accounts are examined at the same time.
    pub at_once: usize,
}

impl Doctor {
    /// The accounts that are reached and that no filter excludes.
    ///
    /// # Errors
    ///
    /// The account that sees the organization cannot be entered, and others are wanted.
    pub async fn accounts(&self, reach: &Reach) -> Result<Found, SessionError> {
        let mut found =
            Found { partition: self.sessions.partition().to_string(), ..Found::default() };
        if *reach == Reach::Caller {
            found.accounts.push((self.sessions.caller().account.clone(), AccountState::Active));
            return Ok(found);
        }
        let session = self.sessions.session(&self.home).await?;
        let context = self.context(&session, &Region::global());
        let (listed, failure) = organization::list_accounts(&context).await;
        let mut known = BTreeMap::from([(self.home.clone(), AccountState::Active)]);
        for account in listed {
            known.insert(account.id.clone(), account.state);
            found.names.insert(account.id, account.name);
        }
        found.note = failure.map(|failure| format!("the accounts could not be listed ({failure})"));
        if let Reach::Accounts(wanted) = reach {
            let states = wanted.iter().map(|account| {
                let state = known.get(account).cloned().unwrap_or(AccountState::Active);
                (account.clone(), state)
            });
            known = states.collect();
        }
        let filter = &self.options.accounts;
        let mut places = organization::Places::default();
        if filter.needs_tree() {
            let failure;
            (places, failure) = organization::places(&context).await;
            found.note = found.note.or_else(|| {
                failure
                    .map(|failure| format!("where the accounts are could not be read ({failure})"))
            });
        }
        known.retain(|account, _| filter.excludes(account, places.of.get(account)).is_none());
        found.accounts = known.into_iter().collect();
        Ok(found)
    }

    /// Examines these accounts, in their order. `told` hears of each when it is done.
    pub async fn examine(
        &self,
        accounts: &[(AccountId, AccountState)],
        told: &(dyn Fn(&Examined) + Sync),
    ) -> Vec<Examined> {
        futures::stream::iter(accounts)
            .map(|(account, state)| async move {
                let examined = match state {
                    AccountState::Active => Box::pin(self.account(account)).await,
                    AccountState::Other(state) => Examined {
                        account: account.clone(),
                        entry: Entry::NotActive(state.clone()),
                        checks: Vec::new(),
                    },
                };
                told(&examined);
                examined
            })
            .buffered(self.at_once.max(1))
            .collect()
            .await
    }

    async fn account(&self, account: &AccountId) -> Examined {
        let mut examined =
            Examined { account: account.clone(), entry: Entry::Entered, checks: Vec::new() };
        let session = match self.sessions.session(account).await {
            Ok(session) => session,
            Err(error) => {
                examined.entry = Entry::AuthFailed(chain(&error));
                examined.checks.extend(self.entering(account, Some(&error)));
                return examined;
            }
        };
        examined.checks.extend(self.entering(account, None));
        for collector in registry::ALL.iter().copied() {
            for region in self.places(collector, account) {
                match self.collector(&session, collector, &region).await {
                    Ok(checks) => examined.checks.extend(checks),
                    Err(lost) => {
                        examined.entry = Entry::AuthFailed(lost);
                        return examined;
                    }
                }
            }
        }
        self.simulate(&session, &mut examined.checks).await;
        examined
    }

    /// Where a collector would look in an account.
    fn places(&self, collector: &dyn Collect, account: &AccountId) -> Vec<Region> {
        match collector.place() {
            Place::Organization if *account == self.home => vec![Region::global()],
            Place::IdentityCenter if *account == self.home => self.identity_center_regions.clone(),
            Place::EachAccount => vec![Region::global()],
            Place::EachRegion => self.regions.clone(),
            Place::Organization | Place::IdentityCenter => Vec::new(),
        }
    }

    /// What entering the account says about the permission to do so.
    fn entering(&self, account: &AccountId, error: Option<&SessionError>) -> Option<Check> {
        let need = needs::all().into_iter().find(|need| need.action == ASSUME_ROLE.action)?;
        if *account == self.sessions.caller().account {
            return None;
        }
        let verdict = match error {
            None => Verdict::Allowed,
            Some(error) if error.is_passing() => Verdict::Unknown(error.to_string()),
            Some(error) => Verdict::Denied { by: error.authority(), words: error.to_string() },
        };
        Some(Check { need, region: Region::global(), verdict, how: How::Called })
    }

    fn context(&self, session: &Arc<Session>, region: &Region) -> Context {
        let (options, clock) = (self.options.clone(), Arc::clone(&self.clock));
        Context::new(Arc::clone(session), region.clone(), options, clock, Stop::default())
    }

    /// Tries what a collector declares. The error says how the session was lost.
    async fn collector(
        &self,
        session: &Arc<Session>,
        collector: &dyn Collect,
        region: &Region,
    ) -> Result<Vec<Check>, String> {
        let check = |need, verdict, how| Check { need, region: region.clone(), verdict, how };
        let why = match left_out(collector, &self.options) {
            Some(filter) => Some(format!("left out by {filter}")),
            // Not even once: who has not asked for a tree of objects has nothing of it listed.
            None if looked_at(collector, &self.options).next().is_none() => {
                Some(UNASKED.to_owned())
            }
            None => None,
        };
        if let Some(why) = why {
            let left_out = || Verdict::NotApplicable(why.clone());
            return Ok(needs::of(collector)
                .map(|need| check(need, left_out(), How::Unasked))
                .collect());
        }
        let context = self.context(session, region).probing();
        let unit = Unit {
            account: session.account().clone(),
            region: region.clone(),
            collector: collector.name().to_owned(),
        };
        let mut sink = Sink::forgetting(&context, unit);
        if let Err(Interrupted::Session { source, .. }) =
            collector.collect(&context, None, &mut sink).await
        {
            return Err(source.to_string());
        }
        let judge = |need: Need| match context.probe().and_then(|probe| probe.heard(need.action)) {
            Some(heard) => check(need, believed(heard), How::Called),
            None => check(need, self.untried(&need, &sink), How::Unasked),
        };
        Ok(needs::of(collector).map(judge).collect())
    }

    /// Why an action was not tried.
    fn untried(&self, need: &Need, sink: &Sink<'_>) -> Verdict {
        match sink.status(need.capability) {
            Some(Status::Unavailable(why)) => return Verdict::NotApplicable(why.to_string()),
            Some(Status::Denied { action, .. }) => {
                return Verdict::Unknown(format!(
                    "not tried: {action} comes before it and is denied"
                ));
            }
            _ => {}
        }
        match need.when {
            When::Asked if !self.options.ask_for(need.collector) => {
                Verdict::NotApplicable(UNASKED.to_owned())
            }
            When::Fallback => Verdict::Unknown(
                "not tried: called only where the usual source is denied".to_owned(),
            ),
            When::Event => Verdict::Unknown("not tried: called only after an event".to_owned()),
            When::Always | When::Asked => {
                Verdict::Unknown("not tried: nothing was found to try it on".to_owned())
            }
        }
    }

    /// Asks IAM about what was not tried, and adds how that went. Each role is told what it does itself.
    async fn simulate(&self, session: &Arc<Session>, checks: &mut Vec<Check>) {
        let Some(need) = needs::all().into_iter().find(|need| need.action == SIMULATE.action)
        else {
            return;
        };
        let is_open = |check: &Check| {
            check.how == How::Unasked && matches!(check.verdict, Verdict::Unknown(_))
        };
        let open: BTreeSet<&'static str> =
            checks.iter().filter(|check| is_open(check)).map(|check| check.need.action).collect();
        let told = |verdict, how| Check { need, region: Region::global(), verdict, how };
        if open.is_empty() {
            checks.push(told(
                Verdict::NotApplicable("everything was tried".to_owned()),
                How::Unasked,
            ));
            return;
        }
        let Some(principal) = self.principal(session) else {
            let why = "IAM simulates users and roles whose path is known, and this is neither";
            checks.push(told(Verdict::NotApplicable(why.to_owned()), How::Unasked));
            return;
        };
        let context = self.context(session, &Region::global());
        let said = match simulate::simulate(&context, &principal, &open).await {
            Ok(said) => said,
            Err(failure) => {
                checks.push(told(believed(Heard::of_failure(&failure)), How::Called));
                return;
            }
        };
        for check in checks.iter_mut().filter(|check| is_open(check)) {
            if let Some(by) = said.get(check.need.action) {
                check.how = How::Simulated;
                check.verdict = match by {
                    None => Verdict::Allowed,
                    Some(by) => {
                        Verdict::Denied { by: *by, words: "IAM says so when asked".to_owned() }
                    }
                };
            }
        }
        checks.push(told(Verdict::Allowed, How::Called));
    }

    /// The user or role that IAM can be asked about.
    fn principal(&self, session: &Session) -> Option<Arn> {
        let caller = self.sessions.caller();
        if *session.account() != caller.account {
            return session.role().cloned();
        }
        principal_of(&caller.arn)
    }
}

/// The user or role behind a caller. A session's ARN has lost its role's path: it is taken to have none, except
/// for Identity Center's roles, whose path nobody can know here.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
fn principal_of(caller: &Arn) -> Option<Arn> {
    let resource = caller.resource();
    if resource.starts_with("user/") {
        return Some(caller.clone());
    }
    let name = resource.strip_prefix("assumed-role/")?.split('/').next()?;
    if name.starts_with("AWSReservedSSO_") {
        return None;
    }
    let account = caller.account()?;
    format!("arn:{}:iam::{account}:role/{name}", caller.partition()).parse().ok()
}

/// What was heard, as a verdict.
fn believed(heard: Heard) -> Verdict {
    match heard {
        Heard::Answer => Verdict::Allowed,
        Heard::Denial(by, words) => Verdict::Denied { by, words },
        Heard::Nothing(why) => Verdict::NotApplicable(why),
        Heard::Failure(why) => Verdict::Unknown(why),
    }
}

#[cfg(test)]
mod tests;
