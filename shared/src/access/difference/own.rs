//! Cells that are another for each who asks, because a variable stands for something of theirs.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::cell::{Cell, Cells, Part, is_own};
use super::meet;
use super::narrow::{self, Narrow};
use super::told::Shifts;
use super::{Access, Refused};
use crate::access::facts;
use crate::access::index::{Asked, Marked, Overlay, Set};
use crate::access::question::Question;
use crate::access::tags;
use crate::policy::evaluate::{Context, Decision, Mode};
use crate::policy::variable::Template;

/// A cell, with its place among all.
type Numbered<'c> = (usize, &'c Cell);

/// The first of the characters that stand for values: no policy writes them.
const MARK: u32 = 0xE000;

/// Cells that share their resource, by service of their actions.
type Services<'c> = BTreeMap<&'c str, Vec<Numbered<'c>>>;

/// Whoever asks about such cells.
pub(super) struct Own<'a, 'n> {
    pub(super) narrow: &'a Narrow<'n>,
    pub(super) cells: &'a Cells,
    pub(super) overlay: &'a mut Overlay<'n>,
    pub(super) shifts: &'a mut Shifts,
}

impl Own<'_, '_> {
    /// Asks everybody about its own, before and after.
    pub(super) fn ask(&mut self) -> Result<(), Refused> {
        let mut by_part: BTreeMap<usize, Services<'_>> = BTreeMap::new();
        let open = self.cells.all.iter().enumerate();
        for (at, cell) in open.filter(|(_, cell)| cell.resource.is_none() && !cell.is_still) {
            let service = cell.action.split(':').next().unwrap_or_default();
            let of_part = by_part.entry(cell.parts.1).or_default();
            of_part.entry(service).or_default().push((at, cell));
        }
        let mut having: BTreeMap<Vec<String>, Set> = BTreeMap::new();
        for (part, services) in by_part {
            let Some(part) = self.cells.resources.get(part) else { continue };
            let Some(marked) = marked(part, self.narrow) else {
                self.one_by_one(part, &services)?;
                continue;
            };
            let keys: Vec<String> = marked.marks.iter().map(|(key, _)| key.clone()).collect();
            let having = having.entry(keys).or_insert_with(|| having_values(self.overlay, &marked));
            let mut without = self.overlay.affected().clone();
            without.drop(having);
            let having = having.clone();
            for cells in services.values() {
                if !self.together(&marked, cells, &having)? {
                    self.one_by_one(part, &services)?;
                    break;
                }
            }
            let cells = services.values().flatten().map(|(at, _)| *at).collect();
            self.shifts.nothing(without, cells);
        }
        Ok(())
    }

    /// Asks all together, about actions of one service; `false` where that cannot be.
    fn together(
        &mut self,
        marked: &Marked,
        cells: &[Numbered<'_>],
        having: &Set,
    ) -> Result<bool, Refused> {
        let Some((_, first)) = cells.first() else { return Ok(true) };
        let targets = self.narrow.targets(&first.action, &marked.text);
        let Some(mut round) = self.overlay.marked(&targets, &first.action, marked)? else {
            return Ok(false);
        };
        let is_delegated = narrow::is_delegated(&targets.before);
        for (at, cell) in cells {
            round.turn_to(&cell.action)?;
            let [was, is] = self.overlay.ask(&mut round, &targets);
            let mut both = was.verdict.conditional.clone();
            both.keep(&is.verdict.conditional);
            if !cell.has_conditions {
                both.drop(&both.clone());
            }
            let mut moved = Asked::unlike(&was, &is);
            moved.join(&both);
            moved.keep(having);
            self.shifts.add(*at, &moved, &both, [&was.verdict, &is.verdict], is_delegated);
        }
        Ok(true)
    }

    /// Asks one after the other.
    fn one_by_one(&mut self, part: &Part, services: &Services<'_>) -> Result<(), Refused> {
        let all: Vec<usize> = services.values().flatten().map(|(at, _)| *at).collect();
        let mut without = Set::none(self.overlay.limit());
        for (place, identity) in self.narrow.identities() {
            let Some(place) = self.overlay.place(place) else { continue };
            let nothing = Context::new(Mode::Discovery);
            let context = facts::all(self.narrow.estate, identity, &nothing, &[]);
            let resolved = part.own.iter().map(|it| meet::whole(&it.resolved(&context)?));
            let resolved: Option<Vec<String>> = resolved.collect();
            let resource = match resolved.as_deref() {
                Some([own, other]) => meet::resource(own, other),
                _ => None,
            };
            let Some(resource) = resource else {
                without.add(place);
                continue;
            };
            for cells in services.values() {
                for (at, was, is) in one(self.narrow, cells, identity, &resource)? {
                    self.shifts.add_one(at, place, was, is);
                }
            }
        }
        self.shifts.nothing(without, all);
        Ok(())
    }
}

/// Asks one about its own resource, for actions of one service.
fn one(
    narrow: &Narrow<'_>,
    cells: &[Numbered<'_>],
    before: &crate::access::Identity,
    resource: &str,
) -> Result<Vec<(usize, Access, Access)>, Refused> {
    let mut found = Vec::new();
    let Some((_, first)) = cells.first() else { return Ok(found) };
    let targets = narrow.targets(&first.action, resource);
    let (was, is) = (&targets.before, targets.after.as_ref().unwrap_or(&targets.before));
    let after = narrow.after(before);
    let mut asked = Question::of(narrow.estate, before, &first.action, resource, was, &[])?;
    let is_delegated = narrow::is_delegated(was);
    let access = |decision: Decision| Access::of(decision).as_delegated(is_delegated);
    let mut tagged = tags::facts(narrow.estate, &first.action, resource);
    for (at, cell) in cells {
        let with = tags::facts(narrow.estate, &cell.action, resource);
        if tagged == with {
            asked.turn_to(&cell.action)?;
        } else {
            asked = Question::of(narrow.estate, before, &cell.action, resource, was, &[])?;
            tagged = with;
        }
        let (was, is) = (asked.decide(), asked.decide_in(narrow.organization(), &after, is));
        let (was, is) = (access(was), access(is));
        if was != is || (was == Access::Conditional && cell.has_conditions) {
            found.push((*at, was, is));
        }
    }
    Ok(found)
}

/// Who has a value for each of the keys.
fn having_values(overlay: &Overlay<'_>, marked: &Marked) -> Set {
    let mut having = Set::none(overlay.limit());
    for place in overlay.affected().places() {
        let has = |(key, _): &(String, char)| {
            let identity = overlay.identity(place);
            identity.is_some_and(|it| facts::value(it, key).is_some())
        };
        if marked.marks.iter().all(has) {
            having.add(place);
        }
    }
    having
}

/// The resource of everybody in one, if it is no other one but for the values.
fn marked(part: &Part, narrow: &Narrow<'_>) -> Option<Marked> {
    let nothing = Context::new(Mode::Discovery);
    let mut keys: Vec<String> = Vec::new();
    for template in part.own.iter().filter(|it| is_own(it)) {
        for key in template.unknown(&nothing).map(str::to_lowercase) {
            if facts::is_of_principal(&key) && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    let (mut context, mut absent) = (nothing.clone(), nothing);
    let mut marks = Vec::new();
    for (key, mark) in keys.into_iter().zip(MARK..) {
        let mark = char::from_u32(mark)?;
        context.set(&key, [mark.to_string()]);
        absent.set(&key, [] as [&str; 0]);
        marks.push((key, mark));
    }
    // What is of the organization may not be known, and what has a default stands for something without a value too.
    if marks.iter().any(|(key, _)| key.starts_with("aws:principalorg")) {
        return None;
    }
    let has_default = |it: &Template| is_own(it) && it.resolved(&absent).is_some();
    let has_one = |it: &Template| it.opened().contains('?');
    if part.own.iter().any(|it| has_default(it) || has_one(it)) {
        return None;
    }
    let resolved = part.own.iter().map(|it| meet::whole(&it.resolved(&context)?));
    let resolved: Option<Vec<String>> = resolved.collect();
    let [own, other] = resolved.as_deref()? else { return None };
    let marked = Marked { text: meet::resource(own, other)?, marks };
    is_one(&marked, narrow).then_some(marked)
}

/// Whether the resources of all have one owner and one policy, or none.
fn is_one(marked: &Marked, narrow: &Narrow<'_>) -> bool {
    let is_mark = |c| marked.marks.iter().any(|(_, mark)| *mark == c);
    let start = marked.text.split(is_mark).next().unwrap_or_default();
    if start.splitn(6, ':').count() < 6 || narrow::is_key(start) || narrow::is_role(start) {
        return false;
    }
    // What is in a bucket is under its policy.
    let is_in_bucket = |rest: &str| rest.contains('/');
    let is_bucket = start.contains(":s3:");
    let is_there = start.splitn(6, ':').nth(5).is_some_and(is_in_bucket);
    let from = (Bound::Included(start), Bound::Unbounded);
    let mut known = narrow.estate.resources.range::<str, _>(from);
    (!is_bucket || is_there) && !known.next().is_some_and(|(arn, _)| arn.starts_with(start))
}
