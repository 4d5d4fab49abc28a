//! The plan: which calls meet which faults. Data only; nothing here does I/O.

use std::time::Duration;

use hyper::body::Bytes;

use super::{Patch, Replay, RequestView};

/// What a proxy does to the calls that pass it. The default plan passes everything.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    rules: Vec<Rule>,
}

impl Plan {
    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, when: Match, then: Fault) -> Self {
        self.rules.push(Rule { when, then });
        self
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// This plan and then the rules of another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self
    }
}

/// One fault, and the calls that meet it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The calls it applies to.
    pub when: Match,
    /// What happens to them.
    pub then: Fault,
}

/// Which calls a rule applies to.
#[derive(Debug, Clone)]
pub struct Match {
    action: String,
    account: Option<String>,
    region: Option<String>,
    body: Option<String>,
    occurrence: Occurrence,
}

impl Match {
    /// Every call.
    pub fn any() -> Self {
        Self::action("*")
    }

    /// Calls of an action as IAM names it: `iam:ListUsers`. A `*` at the end stands for any rest
    /// (`iam:*`, `iam:List*`, `*`).
    pub fn action(action: &str) -> Self {
        Self {
            action: action.to_owned(),
            account: None,
            region: None,
            body: None,
            occurrence: Occurrence::Always,
        }
    }

    /// Only calls in this account; an `AssumeRole` is in the account of the role.
    #[must_use]
    pub fn in_account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Only calls signed for this region.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Only calls whose body holds this text as it is sent: `UserName=ana`, `"ssoins-1"`.
    #[must_use]
    pub fn with_body(mut self, text: &str) -> Self {
        self.body = Some(text.to_owned());
        self
    }

    /// Only the n-th of these calls, counted from 1.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        self.between(n, n)
    }

    /// Only these calls of all of them, counted from 1, both ends included.
    #[must_use]
    pub fn between(mut self, first: u64, last: u64) -> Self {
        self.occurrence = Occurrence::Between { first, last };
        self
    }

    /// About this many of a thousand calls. See [`Occurrence::Chance`].
    #[must_use]
    pub fn chance(mut self, per_mille: u32, seed: u64) -> Self {
        self.occurrence = Occurrence::Chance { per_mille, seed };
        self
    }

    /// How often it applies to the calls it names.
    pub fn occurrence(&self) -> Occurrence {
        self.occurrence
    }

    /// Whether a call is one of those named, whatever the occurrence.
    pub(super) fn names(&self, view: &RequestView) -> bool {
        let given = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| Some(wanted) == found)
        };
        let action = match self.action.strip_suffix('*') {
            Some(start) => view.iam_action().starts_with(start),
            None => view.iam_action() == self.action,
        };
        action
            && given(&self.account, view.account.as_deref())
            && given(&self.region, Some(&view.region))
            && self.body.as_ref().is_none_or(|text| view.text().contains(text))
    }
}

/// Which of the named calls a rule applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// All.
    Always,
    /// A span of them by their arrival, counted from 1, both ends included.
    Between {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// A share of them. The draw depends on the seed, the call (action, account, region, body) and how often
    /// this same call was seen, not on the order of different calls: a concurrent client meets the same
    /// faults in every run, and a repeated call draws again.
    Chance {
        /// How many of a thousand.
        per_mille: u32,
        /// Another seed, other victims.
        seed: u64,
    },
}

/// What happens to a call. The order among several is that of the [module](super).
#[derive(Debug, Clone)]
pub enum Fault {
    /// Refused as not authorized, in the words of AWS for that layer.
    Deny {
        /// The layer of policies that denies.
        by: Layer,
    },
    /// Refused as too many calls.
    Throttle {
        /// The error's name.
        code: ThrottleCode,
        /// Its status: 400, 429 or 503.
        status: u16,
    },
    /// Refused because the session has ended.
    ExpireToken,
    /// Answered by a bare status without a body.
    Status(u16),
    /// Answered with this, without asking the emulator.
    Answer {
        /// The status.
        status: u16,
        /// The body.
        body: Bytes,
        /// Its type.
        content_type: String,
    },
    /// Held back before anything else happens.
    Delay(Duration),
    /// Sent to the emulator twice, answered once.
    Duplicate,
    /// Carried out, but the answer is lost: the connection closes.
    DropAfter,
    /// Half of the answer arrives, then the connection closes.
    Truncate,
    /// A list is given in pages.
    Page(Page),
    /// The answer is corrected.
    Patch(Patch),
    /// Another answer stands in the place of the emulator's, and is paged and patched as if it were that.
    Replay(Replay),
}

impl Fault {
    /// A throttle with the status it has in the services that [`ThrottleCode`] names; Lambda and other REST
    /// services give `TooManyRequestsException` as 429.
    pub fn throttle(code: ThrottleCode) -> Self {
        let status = match code {
            ThrottleCode::Throttling
            | ThrottleCode::ThrottlingException
            | ThrottleCode::TooManyRequestsException
            | ThrottleCode::ThrottledException
            | ThrottleCode::RequestThrottled => 400,
            ThrottleCode::RequestLimitExceeded | ThrottleCode::SlowDown => 503,
        };
        Self::Throttle { code, status }
    }

    /// Pages of this many items.
    pub fn page(size: usize) -> Self {
        Self::Page(Page { size, quirk: Quirk::None })
    }

    /// Pages of this many items that misbehave.
    pub fn quirky_page(size: usize, quirk: Quirk) -> Self {
        Self::Page(Page { size, quirk })
    }

    /// Its name in [`Call::fault`](super::Call::fault).
    pub(super) fn name(&self) -> String {
        match self {
            Self::Deny { by } => format!("deny:{by:?}").to_lowercase(),
            Self::Throttle { code, .. } => format!("throttle:{}", code.as_str()),
            Self::ExpireToken => "expire-token".to_owned(),
            Self::Status(status) => format!("status:{status}"),
            Self::Answer { .. } => "answer".to_owned(),
            Self::Delay(_) => "delay".to_owned(),
            Self::Duplicate => "duplicate".to_owned(),
            Self::DropAfter => "drop-after".to_owned(),
            Self::Truncate => "truncate".to_owned(),
            Self::Page(_) => "page".to_owned(),
            Self::Patch(patch) => format!("patch:{}", patch.name()),
            Self::Replay(_) => "replay".to_owned(),
        }
    }
}

/// The layer of policies that denies a call; it decides the words of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// No identity-based policy allows it.
    Identity,
    /// A service control policy denies it.
    Scp,
    /// A permissions boundary denies it.
    Boundary,
    /// A resource-based policy denies it.
    Resource,
    /// No session policy allows it.
    Session,
    /// AWS does not say, as for a role that does not trust the caller.
    Unsaid,
}

/// The names AWS services give to "too many calls".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleCode {
    /// IAM, STS and other query services.
    Throttling,
    /// IAM Identity Center, the identity store, DynamoDB.
    ThrottlingException,
    /// Organizations.
    TooManyRequestsException,
    /// EC2.
    RequestLimitExceeded,
    /// S3.
    SlowDown,
    /// SQS.
    RequestThrottled,
    /// The Resource Groups Tagging API.
    ThrottledException,
}

impl ThrottleCode {
    /// The name as it is in the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttling => "Throttling",
            Self::ThrottlingException => "ThrottlingException",
            Self::TooManyRequestsException => "TooManyRequestsException",
            Self::RequestLimitExceeded => "RequestLimitExceeded",
            Self::SlowDown => "SlowDown",
            Self::RequestThrottled => "RequestThrottled",
            Self::ThrottledException => "ThrottledException",
        }
    }
}

/// How a list is given in pages. Calls that are no listing pass unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Items of a page, unless the client asks for fewer. At least 1.
    pub size: usize,
    /// What is wrong with the pages.
    pub quirk: Quirk,
}

/// What is wrong with pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    /// Nothing.
    None,
    /// After this many pages comes an empty one that does have a token, as AWS allows itself.
    EmptyPage {
        /// Pages before it.
        after: usize,
    },
    /// From the second page on, the token and the page are always the same.
    RepeatToken,
    /// The token that would open the page after this many is refused.
    RefuseToken {
        /// Pages before it; at least 1, as the first page needs no token.
        after: usize,
        /// How often.
        times: Times,
    },
}

/// How often something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// The first time, for each list.
    Once,
    /// Each time.
    Always,
}
