//! A policy gives everything on everything: `*`, `*:*`, or all but a few actions. Or several statements do together, each a
//! part of it.
//!
//! Who holds such a policy is asked about under every layer. If the boundary or the organization takes all of it away,
//! nothing is wrong; if only the way to more rights is gone, it is told with less confidence.

use std::collections::HashMap;

use super::super::{Check, Need, Verdicts, World, seen};
use crate::access::WhoCan as _;
use crate::access::estate::{Held, Identity};
use crate::access::grants::pattern_text;
use crate::access::index::{Index, Memo, Set};
use crate::model::finding::{Confidence, Detail, Evidence, FindingKind, Severity};
use crate::policy::compiled::Statement;
use crate::policy::document::{Effect, Listed};
use crate::policy::evaluate::{Context, Mode};
use crate::policy::principal::Kind;

/// The check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdminWildcard;

/// Actions by which one gives oneself the rest. Of all but a few actions one of these must be left.
const WAYS_TO_RIGHTS: [&str; 4] =
    ["iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy"];

/// Actions that no list but a wildcard has.
const ANYTHING: [&str; 6] = [
    "ec2:AccesstrailAnything",
    "iam:AccesstrailAnything",
    "kms:AccesstrailAnything",
    "lambda:AccesstrailAnything",
    "s3:AccesstrailAnything",
    "sts:AccesstrailAnything",
];

/// Actions of which somebody who may do everything may do each, whichever statements give them; the first is of a service
/// that nobody lists.
const PARTS: [&str; 6] = [
    "accesstrail:AccesstrailAnything",
    "ec2:AccesstrailAnything",
    "kms:AccesstrailAnything",
    "lambda:AccesstrailAnything",
    "s3:AccesstrailAnything",
    "sts:AccesstrailAnything",
];

/// Resources that no list but a wildcard has.
const ANY_RESOURCE: [&str; 3] = [
    "arn:aws:ec2:us-east-1:000000000000:instance/accesstrail-anything",
    "arn:aws:iam::000000000000:role/accesstrail-anything",
    "arn:aws:s3:::accesstrail-anything",
];

/// A resource of the account of whoever asks, which `arn:*` stands for too.
const SOMETHING: &str = "arn:aws:iam:::accesstrail-anything";

impl Check for AdminWildcard {
    fn kind(&self) -> FindingKind {
        FindingKind::AdminWildcard
    }

    fn severity(&self) -> Severity {
        Severity::High
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Identities]
    }

    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>) {
        let mut known: HashMap<usize, Vec<Given>> = HashMap::new();
        let mut reach = None;
        for (place, identity) in world.estate().identities.iter().enumerate() {
            if identity.principal.kind() == Kind::Root || identity.principal.is_service_linked() {
                continue;
            }
            for held in &identity.policies {
                known.entry(held.id).or_insert_with(|| given(held));
            }
            let wild = wild(identity, &known);
            let unread = identity.policies.iter().find(|held| !held.policy.problems().is_empty());
            if wild.is_empty() {
                let problem = unread.and_then(|held| held.policy.problems().first());
                if let Some(problem) = problem {
                    verdicts.unknown(identity.arn(), &problem.to_string());
                }
                continue;
            }
            let reach = reach.get_or_insert_with(|| Reach::of(world.index()));
            tell(world, verdicts, identity, &wild, reach.left_to(place));
        }
    }
}

/// What is left of the wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    All,
    /// It hangs on conditions.
    Perhaps,
    /// Everything but the ways to more rights.
    Part,
    Nothing,
    Unknown,
}

/// Who can do the actions that stand for all, under every layer.
struct Reach {
    rights: (Set, Set),
    rest: (Set, Set),
    unknown: Set,
}

impl Reach {
    fn of(index: &Index<'_>) -> Self {
        let limit = index.estate().identities.len();
        let (none, regions) = (|| Set::none(limit), index.regions());
        let mut memo = Memo::of(index);
        let mut all = Self { rights: (none(), none()), rest: (none(), none()), unknown: none() };
        for action in WAYS_TO_RIGHTS.iter().chain(&ANYTHING) {
            let Ok(verdict) = index.verdict(action, SOMETHING, &[]) else { continue };
            let into = if action.contains("Anything") { &mut all.rest } else { &mut all.rights };
            into.0.join(&memo.ever(action, SOMETHING, &[], &regions));
            into.1.join(&verdict.conditional);
            all.unknown.join(&verdict.unknown);
        }
        all
    }

    fn left_to(&self, place: usize) -> Left {
        let has = |set: &Set| set.has(place);
        if has(&self.rights.0) {
            Left::All
        } else if has(&self.unknown) {
            Left::Unknown
        } else if has(&self.rights.1) {
            Left::Perhaps
        } else if has(&self.rest.0) || has(&self.rest.1) {
            Left::Part
        } else {
            Left::Nothing
        }
    }
}

fn tell(
    world: &World<'_>,
    verdicts: &mut Verdicts<'_>,
    identity: &Identity,
    wild: &[(&Held, &Statement)],
    left: Left,
) {
    let (severity, mut confidence, words) = match left {
        Left::All => (Severity::High, Confidence::High, "may do everything on everything"),
        Left::Perhaps => (
            Severity::High,
            Confidence::Medium,
            "may do everything on everything under conditions that nobody knows",
        ),
        Left::Part => (
            Severity::Medium,
            Confidence::Low,
            "is given everything on everything; another layer takes the ways to more rights away",
        ),
        Left::Nothing => return,
        Left::Unknown => {
            let why = "a policy that may take it away was not collected or cannot be read";
            return verdicts.unknown(identity.arn(), why);
        }
    };
    // What the organization lays on the account is not known where the organization is not.
    if world.estate().organization.is_none() && !world.inventory.is_import() {
        confidence = confidence.min(Confidence::Medium);
    }
    let evidence = wild.iter().map(|(held, statement)| Evidence {
        source: held.source.to_string(),
        statement: Some(statement.index),
        sid: statement.sid.as_deref().map(str::to_owned),
        fact: words_of(statement),
        at: seen(world, identity),
    });
    let evidence: Vec<Evidence> = evidence.collect();
    let from = evidence.first().map(|it| it.source.clone()).unwrap_or_default();
    let detail = Detail {
        severity,
        confidence,
        summary: format!("it {words}"),
        evidence,
        remedy: remedy(identity.arn(), &from),
    };
    verdicts.present(identity.arn(), identity.account(), "", detail);
}

/// What to do: nobody changes a policy of AWS's, nor a role that Identity Center made.
fn remedy(arn: &str, from: &str) -> String {
    if arn.contains(":role/aws-reserved/sso.amazonaws.com/") {
        return "give fewer people its permission set, or the set a policy that names what they need"
            .to_owned();
    }
    if from.contains(":iam::aws:policy/") {
        return format!("detach {from}, and attach a policy that names what it needs");
    }
    format!("name the actions and resources that it needs in {from}, or take it away")
}

fn words_of(statement: &Statement) -> String {
    let actions = match statement.actions() {
        Listed::In(_) if names_anything(statement) => "allows every action".to_owned(),
        Listed::In(items) => {
            let items: Vec<String> = items.iter().map(pattern_text).collect();
            format!("allows {}", items.join(", "))
        }
        Listed::NotIn(items) => format!("allows every action but {} patterns", items.len()),
    };
    let under = statement.conditions().iter().map(|it| it.written.key.as_str());
    let under: Vec<&str> = under.collect();
    let resources = match statement.resources() {
        Some(Listed::NotIn(items)) => format!("every resource but {} patterns", items.len()),
        Some(Listed::In(items)) if !is_about_all(statement) => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            items.join(", ")
        }
        _ => "every resource".to_owned(),
    };
    if under.is_empty() {
        format!("{actions} on {resources}")
    } else {
        format!("{actions} on {resources}, if {}", under.join(", "))
    }
}

/// What a statement gives of everything on everything.
struct Given {
    /// The place of the statement.
    statement: usize,
    /// Whether it gives all of it.
    is_all: bool,
    /// Which of [`PARTS`] and [`WAYS_TO_RIGHTS`], on which of [`ANY_RESOURCE`]: a bit for each.
    parts: u32,
}

/// How many bits an action has.
const BITS: usize = ANY_RESOURCE.len();

/// The bits of an action on every resource.
const fn bits(action: usize) -> u32 {
    ((1 << BITS) - 1) << (action * BITS)
}

fn names(statement: &Statement, action: &str) -> bool {
    statement.is_for_action(&action.to_lowercase())
}

fn names_anything(statement: &Statement) -> bool {
    ANYTHING.iter().all(|it| names(statement, it))
}

fn is_about_all(statement: &Statement) -> bool {
    let context = Context::new(Mode::Discovery);
    ANY_RESOURCE.iter().all(|it| statement.is_about(it, &context).is_yes())
}

/// What the statements of a policy give of everything on everything, where it is anything.
fn given(held: &Held) -> Vec<Given> {
    let context = Context::new(Mode::Discovery);
    let of = |statement: &Statement| {
        let all_actions = match statement.actions() {
            Listed::In(_) => names_anything(statement),
            Listed::NotIn(_) => WAYS_TO_RIGHTS.iter().any(|it| names(statement, it)),
        };
        let about = ANY_RESOURCE
            .iter()
            .enumerate()
            .map(|(bit, it)| u32::from(statement.is_about(it, &context).is_yes()) << bit);
        let about: u32 = about.sum();
        let actions = PARTS.iter().chain(&WAYS_TO_RIGHTS).enumerate();
        let actions = actions.filter(|(_, action)| about > 0 && names(statement, action));
        Given {
            statement: statement.index,
            is_all: all_actions && about == bits(0),
            parts: actions.map(|(action, _)| about << (action * BITS)).sum(),
        }
    };
    let allows = held.policy.statements().iter().filter(|it| it.effect == Effect::Allow);
    allows.map(of).filter(|given| given.is_all || given.parts > 0).collect()
}

/// The statements that give somebody everything on everything: each by itself, or else all together.
fn wild<'i>(
    identity: &'i Identity,
    known: &HashMap<usize, Vec<Given>>,
) -> Vec<(&'i Held, &'i Statement)> {
    let all: Vec<(&Held, &Given)> = identity
        .policies
        .iter()
        .flat_map(|held| known.get(&held.id).into_iter().flatten().map(move |it| (held, it)))
        .collect();
    let statement = |(held, given): &(&'i Held, &Given)| {
        let mut statements = held.policy.statements().iter();
        Some((*held, statements.find(|it| it.index == given.statement)?))
    };
    if all.iter().any(|(_, given)| given.is_all) {
        return all.iter().filter(|(_, given)| given.is_all).filter_map(statement).collect();
    }
    let together = all.iter().fold(0, |parts, (_, given)| parts | given.parts);
    let rest = (0..PARTS.len()).fold(0, |parts, action| parts | bits(action));
    let mut ways = (PARTS.len()..PARTS.len() + WAYS_TO_RIGHTS.len()).map(bits);
    let Some(way) = ways.find(|way| together & way == *way) else { return Vec::new() };
    let mut open = rest | way;
    if together & open != open {
        return Vec::new();
    }
    let mut found = Vec::new();
    for one in &all {
        if one.1.parts & open != 0 {
            open &= !one.1.parts;
            found.extend(statement(one));
        }
    }
    found
}
