//! The policy of a resource, or the trust of a role, lets everybody in.
//!
//! Each statement that names everybody is asked as somebody without an account, and as somebody of a foreign one, outside
//! of every organization, network and service of ours, but with whatever of its own meets a pattern. So whatever narrows it
//! counts: its conditions, a denial elsewhere in the policy, resource control policies, and blocked public access.

use std::collections::{BTreeMap, HashMap};

use super::super::narrow::{self, Named, sample};
use super::super::stranger::{self, Asked, Said};
use super::super::strangers::{self, Stranger};
use super::super::{Check, Need, Verdicts, World};
use crate::access::estate::Held;
use crate::model::finding::{Confidence, Detail, Evidence, FindingKind, Severity};
use crate::policy::catalogue::{self, Action, Catalogue as _, Expansion};
use crate::policy::compiled::Statement;
use crate::policy::document::Listed;
use crate::policy::evaluate::{Context, Decision, Mode};

/// The check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WildcardPrincipal;

/// How many actions of a statement are tried.
const ACTIONS: usize = 3;

impl Check for WildcardPrincipal {
    fn kind(&self) -> FindingKind {
        FindingKind::WildcardPrincipal
    }

    fn severity(&self) -> Severity {
        Severity::Critical
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Resources]
    }

    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>) {
        let mut known: HashMap<usize, bool> = HashMap::new();
        let mut is_wild = |held: &Held| *known.entry(held.id).or_insert_with(|| names_all(held));
        for (arn, resource) in &world.estate().resources {
            let Some(held) = &resource.policy else { continue };
            if is_wild(held) || !held.policy.problems().is_empty() {
                let account = world.inventory.owner(arn);
                judge_one(world, verdicts, arn, account.as_deref(), held);
            }
        }
        for role in &world.estate().identities {
            let Some(held) = &role.trust else { continue };
            if is_wild(held) || !held.policy.problems().is_empty() {
                judge_one(world, verdicts, role.arn(), Some(role.account()), held);
            }
        }
    }
}

fn names_all(held: &Held) -> bool {
    held.policy.statements().iter().any(is_for_all)
}

fn is_for_all(statement: &Statement) -> bool {
    narrow::named(statement) == [Named::Everybody]
}

fn judge_one(
    world: &World<'_>,
    verdicts: &mut Verdicts<'_>,
    arn: &str,
    account: Option<&str>,
    held: &Held,
) {
    let inventory = world.inventory;
    let is_role = arn.contains(":role/");
    let why = if is_role {
        inventory.missing(account.unwrap_or_default(), &[Need::Identities])
    } else {
        inventory.unsure(arn)
    };
    let problem = held.policy.problems().first().map(ToString::to_string);
    if let Some(why) = why.map(str::to_owned).or(problem) {
        return verdicts.unknown(arn, &why);
    }
    let shut = inventory.is_shut(arn);
    let who = strangers::of(inventory, held.policy.statements(), arn);
    let mut found: BTreeMap<usize, (Said, &Statement)> = BTreeMap::new();
    for statement in held.policy.statements().iter().filter(|it| is_for_all(it)) {
        let said = let_in(world, (arn, account), held, statement, &who, shut == Some(true));
        if said.decision == Decision::Unknown {
            return verdicts.unknown(arn, "a policy above it cannot be read");
        }
        if said.rank() > 1 {
            found.insert(statement.index, (said, statement));
        }
    }
    if found.is_empty() {
        return;
    }
    if shut.is_none() && held.policy.is_public() {
        return verdicts.unknown(arn, "whether public access is blocked was not collected");
    }
    tell(world, verdicts, arn, account, held, &found);
}

/// What the most that a statement lets in is.
fn let_in(
    world: &World<'_>,
    (arn, account): (&str, Option<&str>),
    held: &Held,
    statement: &Statement,
    strangers: &[Stranger],
    is_shut: bool,
) -> Said {
    let mut best = Said::no();
    let resource = on(arn, statement);
    for action in actions(arn, statement) {
        let asked = Asked { policy: held, action: &action, resource: &resource, account, is_shut };
        for (who, contexts) in strangers {
            let said = contexts
                .iter()
                .map(|context| stranger::ask(world.estate(), who.clone(), &asked, context.clone()));
            // Nobody is let in from everywhere who is not from somewhere.
            let said = said.min_by_key(Said::rank).unwrap_or_else(Said::no);
            if said.rank() > best.rank() {
                best = said;
            }
            if best.decision == Decision::Allowed {
                return best;
            }
        }
    }
    best
}

/// Actions that stand for what a statement gives.
fn actions(arn: &str, statement: &Statement) -> Vec<String> {
    let service = arn.split(':').nth(2).unwrap_or_default();
    if arn.contains(":role/") {
        return vec!["sts:AssumeRole".to_owned()];
    }
    let all = |pattern: &str| match catalogue::published().expand(pattern) {
        Expansion::Actions(actions) => actions.iter().map(Action::full_name).collect(),
        Expansion::UnknownService => vec![format!("{service}:Accesstrail")],
    };
    let words = match statement.actions() {
        Listed::In(items) => items.iter().map(crate::access::grants::pattern_text).collect(),
        Listed::NotIn(_) => vec![format!("{service}:*")],
    };
    let mut found: Vec<String> = Vec::new();
    for word in words.into_iter().take(ACTIONS) {
        let word = if word == "*" { format!("{service}:*") } else { word };
        let names = if word.contains(['*', '?']) { all(&word) } else { vec![word] };
        found.extend(names.into_iter().find(|it| statement.is_for_action(&it.to_lowercase())));
    }
    found
}

/// A resource that a statement is about: what the policy belongs to, or something in it.
fn on(arn: &str, statement: &Statement) -> String {
    let context = Context::new(Mode::Discovery);
    if statement.is_about(arn, &context).is_yes() {
        return arn.to_owned();
    }
    let Some(Listed::In(templates)) = statement.resources() else { return format!("{arn}/any") };
    let mut texts = templates.iter().map(ToString::to_string);
    let text = texts.find(|text| text.starts_with("arn:") && !text.contains("${"));
    text.map_or_else(|| arn.to_owned(), |text| sample(&text))
}

fn tell(
    world: &World<'_>,
    verdicts: &mut Verdicts<'_>,
    arn: &str,
    account: Option<&str>,
    held: &Held,
    found: &BTreeMap<usize, (Said, &Statement)>,
) {
    let is_sure = found.values().any(|(said, _)| said.decision == Decision::Allowed);
    let mut confidence = if is_sure { Confidence::High } else { Confidence::Medium };
    let is_import = world.inventory.is_import();
    if is_import && arn.contains(":s3:::") {
        // Files do not say whether public access is blocked.
        confidence = confidence.min(Confidence::Medium);
    }
    let severity = match (arn.contains(":role/"), is_sure) {
        (true, _) => Severity::Critical,
        (_, true) => Severity::High,
        (_, false) => Severity::Medium,
    };
    let evidence = found.values().map(|(said, statement)| {
        let under = match said.decision {
            Decision::Allowed => String::new(),
            _ => format!(", if {} are as it asks", said.missing.join(", ")),
        };
        Evidence {
            source: held.source.to_string(),
            statement: Some(statement.index),
            sid: statement.sid.as_deref().map(str::to_owned),
            fact: format!("allows everybody{under}"),
            at: world.inventory.observed(arn),
        }
    });
    let detail = Detail {
        severity,
        confidence,
        summary: if is_sure {
            "everybody is let in, from any account".to_owned()
        } else {
            "everybody is let in under conditions that a stranger may meet".to_owned()
        },
        evidence: evidence.collect(),
        remedy: "name the accounts or roles that are meant as Principal, or add a condition on aws:PrincipalOrgID \
                 with the id of your organization"
            .to_owned(),
    };
    verdicts.present(arn, account.unwrap_or_default(), "", detail);
}
