//! What somebody from outside may do with a policy of ours, asked of the policy engine.
//!
//! The stranger's own account allows it everything: what stands in its way is ours alone, which is the policy itself, the
//! resource control policies above it, and blocked public access.

use std::sync::{Arc, LazyLock};

use super::Inventory;
use crate::access::OF_SERVICES;
use crate::access::estate::{Estate, Held, Source};
use crate::policy::Policy;
use crate::policy::document::{Document, Effect};
use crate::policy::evaluate::explain::Deciding;
use crate::policy::evaluate::{
    Context, Decision, Layer, Layers, Mode, PublicAccess, Request, explain,
};
use crate::policy::principal::Principal;

/// An account of nobody.
pub(super) const ACCOUNT: &str = "000000000000";

/// An organization of nobody.
pub(super) const ORGANIZATION: &str = "o-0000000000";

/// Keys of requests that come through a network or an access point of ours, which a stranger's have as little as those of
/// services.
const OF_OUR_WAYS: &[&str] = &[
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
];

/// What is asked.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) policy: &'a Held,
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) account: Option<&'a str>,
    pub(super) is_shut: bool,
}

/// What the policy says to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) decision: Decision,
    /// The keys that it hangs on, in lower case.
    pub(super) missing: Vec<String>,
    /// The statements that allow it: place and id.
    pub(super) statements: Vec<(usize, Option<String>)>,
}

impl Said {
    pub(super) fn no() -> Self {
        let (missing, statements) = (Vec::new(), Vec::new());
        Self { decision: Decision::ImplicitlyDenied, missing, statements }
    }

    /// How much is let in, the more the greater.
    pub(super) fn rank(&self) -> u8 {
        match self.decision {
            Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => 0,
            Decision::Unknown => 1,
            Decision::Conditional => 2,
            Decision::Allowed => 3,
        }
    }
}

/// What is known of every request from outside.
pub(super) fn context() -> Context {
    let mut context = Context::new(Mode::Discovery);
    for key in OF_SERVICES.iter().chain(OF_OUR_WAYS) {
        context.set(key, [] as [&str; 0]);
    }
    context.set("aws:PrincipalIsAWSService", ["false"]);
    context.set("aws:ViaAWSService", ["false"]);
    context.set("aws:SecureTransport", ["true"]);
    context
}

/// Says who asks, where it is nobody whose account is known.
pub(super) fn of_nobody(context: &mut Context) {
    for key in ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID"] {
        context.set(key, [] as [&str; 0]);
    }
    context.set("aws:PrincipalOrgPaths", [] as [&str; 0]);
    context.set("aws:PrincipalType", ["Anonymous"]);
    context.set("aws:userid", ["anonymous"]);
    context.set("kms:CallerAccount", [] as [&str; 0]);
    context.close("aws:PrincipalTag/");
}

/// Says of which account and organization who asks is.
pub(super) fn of_account(context: &mut Context, account: &str, organization: &str) {
    context.set("aws:PrincipalAccount", [account]);
    context.set("aws:PrincipalOrgID", [organization]);
    context.set("aws:PrincipalOrgPaths", [format!("{organization}/r-0000/")]);
    context.set("kms:CallerAccount", [account]);
}

static EVERYTHING: LazyLock<Vec<Held>> = LazyLock::new(|| {
    let text =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let policy = match Document::read(text) {
        Ok(document) => Policy::compile(&document),
        Err(_) => Policy::missing("everything"),
    };
    let source = Source::Inline("everything".into());
    vec![Held { id: usize::MAX, policy: Arc::new(policy), source }]
});

/// Asks as somebody from outside.
pub(super) fn ask(estate: &Estate, who: Principal, asked: &Asked<'_>, context: Context) -> Said {
    let request = Request::new(who, asked.action, asked.resource, asked.account, context);
    let Ok(request) = request else { return Said::no() };
    let guard = asked.account.and_then(|account| estate.guard(account));
    let layers = Layers {
        rcps: guard.map_or(&[], |guard| guard.rcps.as_slice()),
        resource: Some(asked.policy),
        public_access: if asked.is_shut { PublicAccess::Restricted } else { PublicAccess::Open },
        identity: if request.is_outside() { &[] } else { &EVERYTHING },
        ..Layers::default()
    };
    let outcome = explain(&request, &layers);
    let allows = outcome.decided_by.iter().filter(|deciding| {
        deciding.place.layer == Layer::Resource && deciding.statement.effect == Effect::Allow
    });
    let statement = |deciding: &Deciding<'_>| {
        (deciding.statement.index, deciding.statement.sid.as_deref().map(str::to_owned))
    };
    Said {
        decision: outcome.decision,
        statements: allows.map(statement).collect(),
        missing: outcome.missing_keys.iter().map(|key| key.to_lowercase()).collect(),
    }
}

/// The id of our organization, where it is known.
pub(super) fn own_organization<'i>(inventory: &'i Inventory<'_>) -> Option<&'i str> {
    inventory.estate.organization.as_ref()?.id.as_deref()
}
