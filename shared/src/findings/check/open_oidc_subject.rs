//! A role trusts an OpenID Connect issuer whoever the subject of the token is.
//!
//! Of an issuer that serves everybody (GitHub, GitLab, …) anybody gets a token with the right audience, so only the subject,
//! or another claim that says whose it is, keeps strangers out. Trust is asked as a request of a stranger, and of whomever
//! the patterns of the subject stand for: so denials and negated conditions count too.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>

use std::collections::BTreeSet;

use super::super::narrow::{self, BUILT_IN, Named, is_fixed, sample, wanted};
use super::super::stranger::{self, Asked, Said};
use super::super::{Check, Need, Verdicts, World, seen, trusts};
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

/// An issuer that gives a token to everybody.
struct Shared {
    name: &'static str,
    /// The subject of a stranger.
    stranger: &'static str,
    /// What begins the subjects of one tenant, and the mark behind its name.
    tenants: &'static [(&'static str, char)],
}

const fn shared(
    name: &'static str,
    stranger: &'static str,
    tenants: &'static [(&'static str, char)],
) -> Shared {
    Shared { name, stranger, tenants }
}

const SHARED: &[Shared] = &[
    shared(
        "token.actions.githubusercontent.com",
        "repo:accesstrail-stranger/any:ref:refs/heads/main",
        &[
            ("repo:", '/'),
            ("repository_owner:", ':'),
            ("repository_owner_id:", ':'),
            ("repository_id:", ':'),
            ("job_workflow_ref:", '/'),
            ("enterprise:", ':'),
        ],
    ),
    shared(
        "gitlab.com",
        "project_path:accesstrail-stranger/any:ref_type:branch:ref:main",
        &[("project_path:", '/'), ("group_path:", ':')],
    ),
    shared(
        "app.terraform.io",
        "organization:accesstrail-stranger:project:any:workspace:any:run_phase:apply",
        &[("organization:", ':')],
    ),
    shared(
        "agent.buildkite.com",
        "organization:accesstrail-stranger:pipeline:any:ref:main:commit:0:step:any",
        &[("organization:", ':')],
    ),
    shared(
        "api.pulumi.com/oidc",
        "pulumi:deploy:org:accesstrail-stranger:project:any",
        &[("pulumi:deploy:org:", ':')],
    ),
    shared(
        "oidc.vercel.com",
        "owner:accesstrail-stranger:project:any:environment:production",
        &[("owner:", ':')],
    ),
    shared("accounts.google.com", "100000000000000000000", &[]),
    shared("cognito-identity.amazonaws.com", "us-east-1:00000000-0000-0000-0000-000000000000", &[]),
    shared("graph.facebook.com", "10000000000000000", &[]),
    shared("www.amazon.com", "amzn1.account.ACCESSTRAILSTRANGER", &[]),
];

fn shared_issuer(issuer: &str) -> Option<&'static Shared> {
    SHARED.iter().find(|it| it.name == issuer)
}

/// Claims that say nothing of whose the token is: whoever asks for one chooses them, or they are the same for all.
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
        // A claim that is asked for and says whose the token is does as well as the subject.
        let is_in = said.rank() > 1 && !is_held_by_a_claim(trust, &said, issuer);
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
        if fixed.len() == pattern.len() {
            continue;
        }
        let open = match shared {
            Some(shared) => of_shared(fixed, shared.tenants),
            // The issuer is somebody's own: who may write tokens there is let in by a bare pattern alone.
            None => is_bare(fixed).then_some(Open::Everybody),
        };
        found.extend(open.map(|open| (open, sample(pattern))));
    }
    found
}

/// Whom a pattern lets in, by the text before its first wildcard.
fn of_shared(fixed: &str, tenants: &[(&str, char)]) -> Option<Open> {
    let Some((beginning, mark)) = tenants.iter().find(|(it, _)| fixed.starts_with(it)) else {
        return Some(Open::Everybody);
    };
    let rest = fixed.get(beginning.len()..).unwrap_or_default();
    match rest.split_once(*mark) {
        None | Some(("", _)) => Some(Open::Everybody),
        // The tenant is fixed, what of it is not.
        Some((_, "")) => Some(Open::Tenant),
        Some(_) => None,
    }
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
    // Whoever asks an issuer for a token chooses its audience; an audience of AWS's own issuers is one application.
    let audience = format!("{issuer}:aud");
    if !BUILT_IN.contains(&issuer)
        && let Some(wanted) = wanted(trust.policy.statements(), &audience).first()
    {
        context.set(&audience, [sample(wanted)]);
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
        let is_telling =
            !EMPTY_CLAIMS.contains(&claim) || (claim == "aud" && BUILT_IN.contains(&issuer));
        let fixed = |value: &String| {
            is_fixed(value) || value.split(['*', '?']).next().is_some_and(|it| it.contains('/'))
        };
        is_plain && is_telling && !written.values.is_empty() && written.values.iter().all(fixed)
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
