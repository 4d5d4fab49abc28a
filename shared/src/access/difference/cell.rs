//! What changed statements speak about, cut into cells that the policies in force tell apart.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::meet;
use super::narrow::Narrow;
use super::says::{Base, Says};
use crate::access::facts::is_of_principal;
use crate::access::grants::text;
use crate::policy::compiled::{Policy, Statement};
use crate::policy::document::{Effect, Listed};
use crate::policy::evaluate::{Context, Mode};
use crate::policy::variable::{Template, Where, Wildcards};
use crate::policy::wildcard::Wildcard;

/// A pattern of actions or resources, or what two of them have in common.
#[derive(Debug)]
pub(super) struct Part {
    /// As it is told.
    pub(super) text: String,
    patterns: Vec<Wildcard>,
    /// What stands for it.
    stands: String,
    /// The patterns with variables that are about who asks; empty where there are none.
    pub(super) own: Vec<Template>,
    /// The statements that name it, by their places among those in force; `None` where it matters whoever names it.
    named_by: Option<Vec<usize>>,
    /// The account of a resource, where that is written or known.
    pub(super) owner: Option<String>,
}

impl Part {
    /// Whether all of another is in it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.patterns.iter().all(|pattern| pattern.matches(&other.stands))
    }

    /// Its pattern, where it is one that is the same for everybody.
    fn only(&self) -> Option<String> {
        let [only] = self.patterns.as_slice() else { return None };
        self.own.is_empty().then(|| text(only))
    }

    /// How much of it is written out: what says less comes first.
    fn weight(&self) -> usize {
        self.text.chars().filter(|c| *c != '*').count()
    }
}

/// A cell: what a request must be on to be in it, and the request that stands for it.
#[derive(Debug)]
pub(super) struct Cell {
    /// Which of the actions, and of the resources.
    pub(super) parts: (usize, usize),
    /// The action that stands for it.
    pub(super) action: String,
    /// The resource that does; `None` where that is another for each who asks.
    pub(super) resource: Option<String>,
    /// Whether the policy says the same about it as before.
    pub(super) is_still: bool,
    /// Whether a `Deny` says something else about it than before.
    pub(super) has_deny: bool,
    /// Whether something that hangs on conditions does.
    pub(super) has_conditions: bool,
}

/// All cells, those that say less first.
#[derive(Debug, Default)]
pub(super) struct Cells {
    pub(super) actions: Vec<Part>,
    pub(super) resources: Vec<Part>,
    pub(super) all: Vec<Cell>,
}

/// What policies in force name.
struct Names<'e> {
    actions: BTreeSet<String>,
    resources: BTreeMap<String, Named>,
    statements: Vec<&'e Statement>,
}

/// A pattern of resources.
struct Named {
    template: Template,
    /// As [`Part::named_by`].
    by: Option<Vec<usize>>,
}

impl Cells {
    /// Cuts what a change is about.
    pub(super) fn of(narrow: &Narrow<'_>) -> Self {
        let says = Says::of(&narrow.old, &narrow.new);
        let bases = says.bases(narrow);
        let names = Names::of(narrow, &bases);
        let mut cells = Self::default();
        let mut known = (HashMap::new(), HashMap::new(), HashSet::new());
        for base in &bases {
            let mut actions: Vec<usize> = base
                .actions
                .iter()
                .flat_map(|own| names.actions.iter().map(move |other| (own, other)))
                .filter_map(|(own, other)| cells.action(own, other, &mut known.0))
                .collect();
            let mut resources: Vec<usize> = base
                .resources
                .iter()
                .flat_map(|own| names.resources.values().map(move |other| (own, other)))
                .filter_map(|(own, other)| cells.resource(own, other, narrow, &mut known.1))
                .collect();
            for (one, other) in crossing(&cells.actions, &mut actions) {
                actions.extend(cells.crossed_action((one, other), &mut known.0));
            }
            for (one, other) in crossing(&cells.resources, &mut resources) {
                resources.extend(cells.crossed_resource((one, other), narrow, &mut known.1));
            }
            for action in &actions {
                for resource in &resources {
                    if known.2.insert((*action, *resource)) {
                        let cell = cells.cell((*action, *resource), &says, &names);
                        cells.all.extend(cell);
                    }
                }
            }
        }
        let weight = |cell: &Cell| {
            let action = cells.actions.get(cell.parts.0).map_or(0, Part::weight);
            let resource = cells.resources.get(cell.parts.1);
            (action + resource.map_or(0, Part::weight), cell.parts)
        };
        let mut all = std::mem::take(&mut cells.all);
        all.sort_by_cached_key(weight);
        cells.all = all;
        cells
    }

    fn action(
        &mut self,
        own: &str,
        other: &str,
        known: &mut HashMap<String, usize>,
    ) -> Option<usize> {
        let stands = meet::meet(own, other)?;
        let part = Part::of(&[own, other], [own, other].map(str::to_owned), stands);
        Some(keep(&mut self.actions, part, known))
    }

    fn resource(
        &mut self,
        own: &Template,
        Named { template: other, by }: &Named,
        narrow: &Narrow<'_>,
        known: &mut HashMap<String, usize>,
    ) -> Option<usize> {
        let opened = [own, other].map(|it| meet::whole(&it.opened()));
        let [Some(left), Some(right)] = &opened else { return None };
        let stands = meet::resource(left, right)?;
        let texts = [own, other].map(ToString::to_string);
        let mut part = Part::of(&[left, right], texts, stands);
        part.named_by.clone_from(by);
        part.owner = narrow.owner(&part.stands);
        let is_own = |it: &&Template| is_own(it);
        if [own, other].iter().any(is_own) {
            part.own = vec![own.clone(), other.clone()];
        }
        Some(keep(&mut self.resources, part, known))
    }

    /// What two parts have in common that cross.
    fn crossed_action(
        &mut self,
        (one, other): (usize, usize),
        known: &mut HashMap<String, usize>,
    ) -> Option<usize> {
        let (one, other) = (self.actions.get(one)?, self.actions.get(other)?);
        let [left, right] = [one.only()?, other.only()?];
        let stands = meet::meet(&left, &right)?;
        let part = Part::of(&[&left, &right], [one.text.clone(), other.text.clone()], stands);
        Some(keep(&mut self.actions, part, known))
    }

    /// What two parts have in common that cross.
    fn crossed_resource(
        &mut self,
        (one, other): (usize, usize),
        narrow: &Narrow<'_>,
        known: &mut HashMap<String, usize>,
    ) -> Option<usize> {
        let (one, other) = (self.resources.get(one)?, self.resources.get(other)?);
        let [left, right] = [one.only()?, other.only()?];
        let stands = meet::in_parts(&left, &right).then(|| meet::resource(&left, &right))??;
        let mut part = Part::of(&[&left, &right], [one.text.clone(), other.text.clone()], stands);
        part.named_by = both(one.named_by.clone(), other.named_by.clone());
        part.owner = narrow.owner(&part.stands);
        Some(keep(&mut self.resources, part, known))
    }

    /// The cell of an action and a resource, if there are such requests.
    fn cell(&self, parts: (usize, usize), says: &Says<'_>, names: &Names<'_>) -> Option<Cell> {
        let (action, resource) = (self.actions.get(parts.0)?, self.resources.get(parts.1)?);
        let asked = fitting(action, &resource.stands)?;
        // What only statements about other actions name is as the rest.
        let by = |by: &Vec<usize>| {
            let mut by = by.iter().filter_map(|at| names.statements.get(*at));
            by.any(|statement| {
                // Who names all but an action tells it from the rest.
                let is_all_but = matches!(statement.actions(), Listed::NotIn(_));
                is_all_but || statement.is_for_action(&asked)
            })
        };
        if !resource.named_by.as_ref().is_none_or(by) {
            return None;
        }
        let was = Says::about(&says.old, &asked, &resource.stands);
        let is = Says::about(&says.new, &asked, &resource.stands);
        let differs = || was.symmetric_difference(&is);
        let resource = resource.own.is_empty().then(|| resource.stands.clone());
        Some(Cell {
            parts,
            action: asked,
            resource,
            is_still: differs().next().is_none() && says.are_as_clear,
            has_deny: differs().any(|said| said.effect == Effect::Deny),
            has_conditions: differs().any(|said| said.is_open),
        })
    }
}

impl Part {
    /// What two patterns have in common: one of them, where it is in the other.
    fn of(patterns: &[&str; 2], texts: [String; 2], stands: String) -> Self {
        let [own, other] = patterns.map(Wildcard::read);
        let [own_text, other_text] = texts;
        let (text, patterns) = match patterns {
            [left, right] if own.matches(right) || left == right => (other_text, vec![other]),
            [left, _] if other.matches(left) => (own_text, vec![own]),
            _ => (format!("{other_text} within {own_text}"), vec![own, other]),
        };
        Self { text, patterns, stands, own: Vec::new(), owner: None, named_by: None }
    }
}

/// Which of the parts cross: each has something that the other has not. A text without wildcards is in a pattern or is not.
fn crossing(parts: &[Part], of: &mut Vec<usize>) -> Vec<(usize, usize)> {
    of.sort_unstable();
    of.dedup();
    let parts = of.iter().filter_map(|at| Some((*at, parts.get(*at)?)));
    let open = parts.filter_map(|(at, part)| Some((at, part, part.only()?)));
    let open: Vec<_> = open.filter(|(_, _, pattern)| pattern.contains(['*', '?'])).collect();
    let mut found = Vec::new();
    for (place, (one, left, pattern)) in open.iter().enumerate() {
        for (other, right, with) in open.iter().skip(place + 1) {
            let is_within = || left.covers(right) || right.covers(left);
            if meet::may_meet(pattern, with) && !is_within() {
                found.push((*one, *other));
            }
        }
    }
    found
}

fn keep(parts: &mut Vec<Part>, part: Part, known: &mut HashMap<String, usize>) -> usize {
    if let Some(at) = known.get(&part.text) {
        let own = parts.get_mut(*at).map(|known| &mut known.named_by);
        if let (Some(own), more) = (own, part.named_by) {
            *own = both(own.take(), more);
        }
        return *at;
    }
    known.insert(part.text.clone(), parts.len());
    parts.push(part);
    parts.len() - 1
}

/// Who names one of two things.
fn both(one: Option<Vec<usize>>, other: Option<Vec<usize>>) -> Option<Vec<usize>> {
    let mut all = one?;
    all.extend(other?);
    Some(all)
}

/// The action that stands for a part where it is asked on a resource; `None` where no such action is on such a resource.
fn fitting(part: &Part, resource: &str) -> Option<String> {
    let of_resource = resource.split(':').nth(2).filter(|text| *text != meet::FILLER);
    let (service, _) = part.stands.split_once(':').unwrap_or((meet::FILLER, ""));
    match (service, of_resource) {
        // Roles are what the actions of one service are about, and are kept by another.
        ("sts", Some("iam")) => Some(part.stands.clone()),
        (meet::FILLER, of_resource) => {
            let service = of_resource.unwrap_or(meet::FILLER);
            let [only] = part.patterns.as_slice() else { return None };
            meet::meet(&text(only), &format!("{service}:*"))
        }
        (service, Some(other)) if service != other => None,
        _ => Some(part.stands.clone()),
    }
}

/// Whether a variable in it is about who asks.
pub(super) fn is_own(template: &Template) -> bool {
    let nothing = Context::new(Mode::Discovery);
    template.unknown(&nothing).any(|name| is_of_principal(&name.to_lowercase()))
}

/// A pattern without variables.
pub(super) fn fixed(text: &str) -> Template {
    Template::read(text, crate::policy::document::Version::V2012, Wildcards::On, Where::All)
}

impl<'e> Names<'e> {
    fn of<'a: 'e>(narrow: &'e Narrow<'a>, bases: &[Base]) -> Self {
        let mut names =
            Self { actions: BTreeSet::new(), resources: BTreeMap::new(), statements: Vec::new() };
        for base in bases {
            names.actions.extend(base.actions.iter().cloned());
            for resource in &base.resources {
                names.resource(resource, None);
            }
        }
        let patterns: Vec<Wildcard> = bases
            .iter()
            .flat_map(|base| &base.resources)
            .map(|it| Wildcard::read(&it.opened()))
            .collect();
        let mut seen: HashSet<*const Policy> = HashSet::new();
        for policy in narrow.in_force(&patterns) {
            if seen.insert(Arc::as_ptr(policy)) {
                for statement in policy.statements() {
                    names.take(statement);
                }
            }
        }
        // What the new policy leaves out is named there alone.
        for statement in narrow.new.statements() {
            names.take(statement);
        }
        for (arn, policy) in narrow.with_policies(&patterns) {
            // The policy of a key has the last word on everything.
            let is_last = arn.contains(":kms:") || !policy.problems().is_empty();
            let first = names.statements.len();
            names.statements.extend(policy.statements());
            let by: Vec<usize> = (first..names.statements.len()).collect();
            let by = (!is_last).then_some(by);
            if arn.contains(":s3:::") {
                names.resource(&fixed(&format!("{arn}/*")), by.as_deref());
            }
            names.resource(&fixed(arn), by.as_deref());
        }
        names
    }

    fn take(&mut self, statement: &'e Statement) {
        let by = [self.statements.len()];
        self.statements.push(statement);
        self.actions.extend(statement.actions().items().iter().map(text));
        let resources = statement.resources().map_or(&[][..], Listed::items);
        for resource in resources {
            self.resource(resource, Some(&by));
        }
    }

    fn resource(&mut self, template: &Template, by: Option<&[usize]>) {
        let new = || Named { template: template.clone(), by: Some(Vec::new()) };
        let named = self.resources.entry(template.to_string()).or_insert_with(new);
        // Roles are asked about in two ways, of which one hangs on their trust.
        let is_role = template.to_string().contains(":role/");
        let by = by.filter(|_| !is_role).map(<[usize]>::to_vec);
        named.by = both(named.by.take(), by);
    }
}
