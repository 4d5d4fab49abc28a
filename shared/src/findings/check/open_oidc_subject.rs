//! A role trusts an OpenID Connect issuer whoever the subject of the token is.
//!
//! Of an issuer that serves everybody (GitHub, GitLab, …) anybody gets a token with the right audience, so only the subject,
//! or another claim that says whose it is, keeps strangers out. Trust is asked as a request of a stranger, and of whomever
//! the patterns of the subject stand for: so denials and negated conditions count too.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>

use std::collections::BTreeSet;

use super::super::narrow::{self, Named, is_fixed, sample, wanted};
use super::super::stranger::{self, Asked, Said};
use super::super::{Check, Need, Verdicts, World, seen, trusts};
use super::issuers::{Claim, Shared, shared_issuer};
use crate::access::estate::{Held, Identity};
use crate::model::finding::{Confidence, Detail, Evidence, FindingKind, Severity};
use crate::policy::condition::operator::{Operator, Sense};
use crate::policy::document::Effect;
use crate::policy::evaluate::Decision;
use crate::policy::principal::Principal;

/// The check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenOidcSubject;

const ASSUME: &str = "sts:AssumeRoleWithWebIdentity";

/// Claims that say nothing of whose the token is, of an issuer that is somebody's own.
const EMPTY_CLAIMS: [&str; 6] = ["amr", "aud", "azp", "email_verified", "iss", "sub"];

/// Whom the trust lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    /// Everything of one tenant of the issuer.
    Tenant,
    /// Everybody who gets a token.
    Everybody,
}

impl Check for OpenOidcSubject {
    fn kind(&self) -> FindingKind {
        FindingKind::OpenOidcSubject
    }

    fn severity(&self) -> Severity {
        Severity::Critical
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Identities]
    }

    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>) {
        for (identity, trust) in trusts(world, verdicts) {
            let named = trust.policy.statements().iter().flat_map(narrow::named);
            let providers: BTreeSet<&str> = named
                .filter_map(|named| match named {
                    Named::Provider(provider) => Some(provider),
                    Named::Everybody | Named::Account(..) => None,
                })
                .collect();
            for provider in providers {
                judge_one(world, verdicts, identity, trust, provider);
            }
        }
    }
}

fn judge_one(
    world: &World<'_>,
    verdicts: &mut Verdicts<'_>,
    role: &Identity,
    trust: &Held,
    provider: &str,
) {
    let issuer = provider.split_once(":oidc-provider/").map_or(provider, |(_, issuer)| issuer);
    let mut best: Option<(Open, String, Said)> = None;
    for (open, subject) in subjects(trust, issuer) {
        let said = ask(world, role, trust, provider, issuer, &subject);
        if said.decision == Decision::Unknown {
            return verdicts.unknown(role.arn(), "a policy above it cannot be read");
        }
        // Of somebody's own issuer a claim that must be something fixed does as well as the subject.
        let is_held = shared_issuer(issuer).is_none() && is_held_by_a_claim(trust, &said, issuer);
        let is_in = said.rank() > 1 && !is_held;
        if is_in && best.as_ref().is_none_or(|(known, _, _)| open > *known) {
            best = Some((open, subject, said));
        }
    }
    if let Some((open, subject, said)) = best {
        tell(world, verdicts, role, issuer, open, &subject, &said);
    }
}

/// Subjects worth trying: a stranger's, and one for each pattern that is open, with whom it lets in.
fn subjects(trust: &Held, issuer: &str) -> Vec<(Open, String)> {
    let shared = shared_issuer(issuer);
    let stranger = shared.map_or("accesstrail-stranger", |it| it.stranger);
    let mut found = vec![(Open::Everybody, stranger.to_owned())];
    let key = format!("{issuer}:sub");
    for pattern in wanted(trust.policy.statements(), &key) {
        let fixed = pattern.split(['*', '?']).next().unwrap_or_default();
        let is_one = fixed.len() == pattern.len();
        let open = match shared {
            // One subject is one of a tenant's, unless its tenants write their subjects as they like.
            Some(shared) if !is_one || shared.is_free => of_shared(fixed, is_one, shared),
            // The issuer is somebody's own: who may write tokens there is let in by a bare pattern alone.
            None if !is_one => is_bare(fixed).then_some(Open::Everybody),
            _ => None,
        };
        found.extend(open.map(|open| (open, sample(pattern))));
    }
    found
}

/// Whom a pattern lets in, by the text before its first wildcard: everybody, if nothing in there fixes a tenant.
fn of_shared(fixed: &str, is_one: bool, shared: &Shared) -> Option<Open> {
    let mut open = Open::Everybody;
    for (beginning, mark) in shared.tenants {
        let inner =
            || Some(fixed.split_once(&format!(":{beginning}"))?.1).filter(|_| shared.is_free);
        let Some(rest) = fixed.strip_prefix(beginning).or_else(inner) else { continue };
        match rest.split_once(*mark) {
            _ if is_one && !rest.is_empty() => return None,
            None | Some(("", _)) => {}
            // The tenant is fixed, what of it is not.
            Some((_, "")) => open = Open::Tenant,
            Some(_) => return None,
        }
    }
    Some(open)
}

/// Whether nothing is fixed but the kind of the subject: of Kubernetes the words before the namespace.
fn is_bare(fixed: &str) -> bool {
    matches!(fixed, "" | "system:" | "system:serviceaccount" | "system:serviceaccount:")
}

fn ask(
    world: &World<'_>,
    role: &Identity,
    trust: &Held,
    provider: &str,
    issuer: &str,
    subject: &str,
) -> Said {
    let Some(who) = Principal::read(provider) else { return Said::no() };
    let mut context = stranger::context();
    context.set(&format!("{issuer}:sub"), [subject]);
    let claim = |name: &str| format!("{issuer}:{name}");
    let asked = |name: &str| wanted(trust.policy.statements(), &claim(name).to_lowercase());
    let shared = shared_issuer(issuer);
    for name in shared.map_or(&["aud"][..], |it| it.chosen) {
        if let Some(asked) = asked(name).first() {
            context.set(&claim(name), [sample(asked)]);
        }
    }
    // What says whose the token is says so of the stranger; a pattern that fixes no tenant is met all the same.
    for Claim { name, mark, stranger } in shared.map_or(&[][..], |it| it.telling) {
        let is_open = |pattern: &&str| {
            let fixed = pattern.split(['*', '?']).next().unwrap_or_default();
            let has_tenant = mark.is_some_and(|mark| fixed.find(mark).is_some_and(|at| at > 0));
            !is_fixed(pattern) && !has_tenant
        };
        let met = asked(name).into_iter().find(is_open).map(sample);
        context.set(&claim(name), [met.unwrap_or_else(|| (*stranger).to_owned())]);
    }
    let asked = Asked {
        policy: trust,
        action: ASSUME,
        resource: role.arn(),
        account: Some(role.account()),
        is_shut: false,
    };
    stranger::ask(world.estate(), who, &asked, context)
}

/// Whether what is left open is a claim of the issuer that must be something fixed.
fn is_held_by_a_claim(trust: &Held, said: &Said, issuer: &str) -> bool {
    let beginning = format!("{issuer}:").to_lowercase();
    let allows = trust.policy.statements().iter().filter(|it| {
        it.effect == Effect::Allow && said.statements.iter().any(|(at, _)| *at == it.index)
    });
    let is_held = |written: &crate::policy::document::Condition| {
        let key = written.key.to_lowercase();
        let Some(claim) = key.strip_prefix(&beginning) else { return false };
        let is_plain = Operator::read(&written.operator).is_some_and(|it| it.sense == Sense::Plain);
        let fixed = |value: &String| {
            is_fixed(value) || value.split(['*', '?']).next().is_some_and(|it| it.contains('/'))
        };
        is_plain
            && !EMPTY_CLAIMS.contains(&claim)
            && !written.values.is_empty()
            && written.values.iter().all(fixed)
    };
    let mut allows = allows.peekable();
    // Each statement that lets in must be held.
    allows.peek().is_some()
        && allows.all(|it| it.conditions().iter().any(|condition| is_held(&condition.written)))
}

fn tell(
    world: &World<'_>,
    verdicts: &mut Verdicts<'_>,
    role: &Identity,
    issuer: &str,
    open: Open,
    subject: &str,
    said: &Said,
) {
    let is_shared = shared_issuer(issuer).is_some();
    let (severity, whom) = match open {
        Open::Everybody if is_shared => {
            (Severity::Critical, format!("everybody who gets a token of {issuer}"))
        }
        Open::Everybody => (Severity::Medium, format!("every subject of {issuer}")),
        Open::Tenant => {
            let tenant = subject.split("accesstrail").next().unwrap_or_default();
            (Severity::Medium, format!("everything under `{tenant}` of {issuer}"))
        }
    };
    let (confidence, under) = match said.decision {
        Decision::Allowed => (Confidence::High, String::new()),
        _ => (Confidence::Medium, format!(", if {} are as it asks", said.missing.join(", "))),
    };
    let evidence = said.statements.iter().map(|(statement, sid)| Evidence {
        source: format!("trust of {}", role.arn()),
        statement: Some(*statement),
        sid: sid.clone(),
        fact: format!("the subject `{subject}` may assume it{under}"),
        at: seen(world, role),
    });
    let detail = Detail {
        severity,
        confidence,
        summary: format!("{whom} may assume it"),
        evidence: evidence.collect(),
        remedy: format!(
            "add a condition to the trust: StringEquals, {issuer}:sub, the one subject that is meant"
        ),
    };
    verdicts.present(role.arn(), role.account(), issuer, detail);
}
