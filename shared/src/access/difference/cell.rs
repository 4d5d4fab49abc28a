//! What changed statements speak about, cut into cells that the policies in force tell apart.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::meet;
use super::narrow::Narrow;
use crate::access::facts::is_of_principal;
use crate::access::grants::text;
use crate::policy::compiled::{Policy, Statement};
use crate::policy::document::{Effect, Listed};
use crate::policy::evaluate::{Context, Mode};
use crate::policy::truth::Truth;
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
            let actions: Vec<usize> = base
                .actions
                .iter()
                .flat_map(|own| names.actions.iter().map(move |other| (own, other)))
                .filter_map(|(own, other)| cells.action(own, other, &mut known.0))
                .collect();
            let resources: Vec<usize> = base
                .resources
                .iter()
                .flat_map(|own| names.resources.values().map(move |other| (own, other)))
                .filter_map(|(own, other)| cells.resource(own, other, narrow, &mut known.1))
                .collect();
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

    /// The cell of an action and a resource, if there are such requests.
    fn cell(&self, parts: (usize, usize), says: &Says<'_>, names: &Names<'_>) -> Option<Cell> {
        let (action, resource) = (self.actions.get(parts.0)?, self.resources.get(parts.1)?);
        let asked = fitting(action, &resource.stands)?;
        // What only statements about other actions name is as the rest.
        let by = |by: &Vec<usize>| {
            let mut by = by.iter().filter_map(|at| names.statements.get(*at));
            by.any(|statement| statement.is_for_action(&asked))
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

fn fixed(text: &str) -> Template {
    Template::read(text, crate::policy::document::Version::V2012, Wildcards::On, Where::All)
}

/// Patterns of a statement that changed.
struct Base {
    actions: Vec<String>,
    resources: Vec<Template>,
}

/// What a statement says, wherever it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    effect: Effect,
    /// The same for statements with the same effect, principals and conditions.
    what: usize,
    /// Whether that hangs on conditions or variables.
    is_open: bool,
}

/// What the old and the new policy say.
struct Says<'p> {
    old: Vec<(&'p Statement, usize)>,
    new: Vec<(&'p Statement, usize)>,
    are_as_clear: bool,
}

impl<'p> Says<'p> {
    fn of(old: &'p Policy, new: &'p Policy) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut of = |policy: &'p Policy| {
            let what = |it: &'p Statement| {
                let key = format!("{:?} {:?} {:?}", it.effect, it.principals(), it.conditions());
                let next = known.len();
                (it, *known.entry(key).or_insert(next))
            };
            policy.statements().iter().map(what).collect::<Vec<_>>()
        };
        let (said, says) = (of(old), of(new));
        let are_as_clear = old.problems() == new.problems();
        Self { old: said, new: says, are_as_clear }
    }

    /// What a policy says about a request, as far as that is known of anybody.
    fn about(statements: &[(&Statement, usize)], action: &str, resource: &str) -> BTreeSet<Said> {
        let nothing = Context::new(Mode::Discovery);
        let about = statements.iter().filter(|(it, _)| it.is_for_action(action));
        let said = about.filter_map(|(it, what)| {
            let truth = it.is_about(resource, &nothing);
            // What a variable stands for is another for each statement.
            let what = if truth == Truth::Maybe { usize::MAX - it.index } else { *what };
            let is_open = truth == Truth::Maybe || !it.conditions().is_empty();
            (!truth.is_no()).then_some(Said { effect: it.effect, what, is_open })
        });
        said.collect()
    }

    /// What the statements name that are in one of the two alone.
    fn bases(&self, narrow: &Narrow<'_>) -> Vec<Base> {
        let is_in = |list: &[(&Statement, usize)], (it, what): &(&Statement, usize)| {
            list.iter().any(|(other, own)| {
                own == what
                    && other.actions() == it.actions()
                    && other.resources() == it.resources()
            })
        };
        let gone = self.old.iter().filter(|said| !is_in(&self.new, said));
        let come = self.new.iter().filter(|said| !is_in(&self.old, said));
        let base = |(it, _): &(&Statement, usize)| Base {
            actions: match it.actions() {
                Listed::In(items) => items.iter().map(text).collect(),
                Listed::NotIn(_) => vec!["*".to_owned()],
            },
            resources: match it.resources() {
                Some(Listed::In(items)) => narrow.within(items),
                Some(Listed::NotIn(_)) | None => narrow.within(&[fixed("*")]),
            },
        };
        let mut bases: Vec<Base> = gone.chain(come).map(base).collect();
        if !self.are_as_clear {
            let resources = narrow.within(&[fixed("*")]);
            bases.push(Base { actions: vec!["*".to_owned()], resources });
        }
        bases
    }
}

impl<'e> Names<'e> {
    fn of(narrow: &Narrow<'e>, bases: &[Base]) -> Self {
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
