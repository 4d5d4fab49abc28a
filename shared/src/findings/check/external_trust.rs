//! A role trusts an account of somebody else, and does not ask for an external id.
//!
//! Whoever that account serves besides us can have it assume our role (the confused deputy). Trust is asked as a request
//! of that account without an external id, and with the id of another of its customers: so a condition that takes any id
//! is none, and other conditions, denials and policies of the organization count.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>

use std::collections::{BTreeMap, HashMap};

use super::super::narrow::{self, Named, is_fixed, wanted};
use super::super::stranger::{self, Asked, Said};
use super::super::{Check, Need, Verdicts, World, seen, trusts};
use crate::access::estate::{Held, Identity};
use crate::model::finding::{Confidence, Detail, Evidence, FindingKind, Severity};
use crate::policy::evaluate::Decision;
use crate::policy::principal::Principal;

/// The check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExternalTrust;

const ASSUME: &str = "sts:AssumeRole";

/// No external id, and one that is somebody else's.
const IDS: [&[&str]; 2] = [&[], &["accesstrail-another-customer"]];

impl Check for ExternalTrust {
    fn kind(&self) -> FindingKind {
        FindingKind::ExternalTrust
    }

    fn severity(&self) -> Severity {
        Severity::High
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Identities]
    }

    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>) {
        let mut known: HashMap<usize, Vec<(String, Option<String>)>> = HashMap::new();
        for (identity, trust) in trusts(world, verdicts) {
            let named = known.entry(trust.id).or_insert_with(|| outsiders(trust));
            // One finding for an account, whichever of its principals lets the most in.
            let mut accounts: BTreeMap<&str, Said> = BTreeMap::new();
            for (account, arn) in &*named {
                if account == identity.account() || world.inventory.is_ours(account) {
                    continue;
                }
                for id in IDS {
                    let said = ask(world, identity, trust, (account, arn.as_deref()), id);
                    let known = accounts.entry(account).or_insert_with(Said::no);
                    if said.rank() > known.rank() {
                        *known = said;
                    }
                }
            }
            for (account, said) in accounts {
                tell(world, verdicts, identity, account, &said);
            }
        }
    }
}

/// The accounts that a trust names, and the principals of them.
fn outsiders(trust: &Held) -> Vec<(String, Option<String>)> {
    let named = trust.policy.statements().iter().flat_map(narrow::named);
    let account = |named: Named<'_>| match named {
        Named::Account(id, arn) => Some((id.to_owned(), arn.map(str::to_owned))),
        Named::Everybody | Named::Provider(_) => None,
    };
    named.filter_map(account).collect()
}

fn ask(
    world: &World<'_>,
    role: &Identity,
    trust: &Held,
    (account, arn): (&str, Option<&str>),
    id: &[&str],
) -> Said {
    let partition = role.arn().split(':').nth(1).unwrap_or("aws");
    let somebody = format!("arn:{partition}:iam::{account}:role/accesstrail-somebody");
    let who = Principal::read(arn.unwrap_or(&somebody));
    let Some(who) = who else { return Said::no() };
    let mut context = stranger::context();
    context.set("sts:ExternalId", id.iter().copied());
    // Who trusts the principals of another organization knows which it is.
    let own = stranger::own_organization(world.inventory);
    let named = wanted(trust.policy.statements(), "aws:principalorgid");
    let theirs = named.into_iter().find(|id| is_fixed(id) && Some(*id) != own);
    if own.is_some() || theirs.is_some() {
        stranger::of_account(&mut context, account, theirs.unwrap_or(stranger::ORGANIZATION));
    } else {
        context.set("aws:PrincipalAccount", [account]);
    }
    if let Some(arn) = arn {
        context.set("aws:PrincipalArn", [arn]);
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

fn tell(
    world: &World<'_>,
    verdicts: &mut Verdicts<'_>,
    role: &Identity,
    account: &str,
    said: &Said,
) {
    let (severity, mut confidence, under) = match said.decision {
        Decision::Allowed => (Severity::High, Confidence::High, String::new()),
        Decision::Conditional => {
            let under = format!(", if {} are as it asks", said.missing.join(", "));
            (Severity::Medium, Confidence::Medium, under)
        }
        Decision::Unknown => {
            return verdicts.unknown(role.arn(), "a policy above it cannot be read");
        }
        Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => return,
    };
    // Without the organization nobody knows which accounts are ours.
    if world.estate().organization.is_none() {
        confidence = confidence.min(Confidence::Medium);
    }
    let evidence = said.statements.iter().map(|(statement, sid)| Evidence {
        source: format!("trust of {}", role.arn()),
        statement: Some(*statement),
        sid: sid.clone(),
        fact: format!("account {account} may assume it whatever `sts:ExternalId` is{under}"),
        at: seen(world, role),
    });
    let detail = Detail {
        severity,
        confidence,
        summary: format!(
            "account {account}, which is not ours, may assume it without an external id"
        ),
        evidence: evidence.collect(),
        remedy: format!(
            "add a condition to the trust: StringEquals, sts:ExternalId, an id that account {account} keeps for you \
             alone; or take the account out of the trust"
        ),
    };
    verdicts.present(role.arn(), role.account(), account, detail);
}
