//! Cells that are another for each who asks, because a variable stands for something of theirs.

use std::collections::{BTreeMap, HashMap};

use super::cell::{Cell, Cells};
use super::meet;
use super::narrow::{self, Narrow, Sides};
use super::{Access, Refused, Shift};
use crate::access::facts;
use crate::access::question::{Question, Target};
use crate::policy::evaluate::{Context, Decision, Mode};

/// A cell, with its place among all.
type Numbered<'c> = (usize, &'c Cell);

/// What stands for such cells.
#[derive(Debug)]
pub(super) struct Own<'c> {
    /// The cells that share their resources, by service of their actions.
    cells: Vec<BTreeMap<&'c str, Vec<Numbered<'c>>>>,
    /// The place of somebody in the estate, which of the cells, and its resource there, if it has one.
    pub(super) resources: Vec<(usize, usize, Option<String>)>,
}

impl<'c> Own<'c> {
    /// Finds everybody's own resources.
    pub(super) fn of(cells: &'c Cells, narrow: &Narrow<'_>) -> Self {
        let mut by_part: BTreeMap<usize, BTreeMap<&str, Vec<Numbered<'c>>>> = BTreeMap::new();
        let open = cells.all.iter().enumerate();
        for (at, cell) in open.filter(|(_, cell)| cell.resource.is_none() && !cell.is_still) {
            let service = cell.action.split(':').next().unwrap_or_default();
            let of_part = by_part.entry(cell.parts.1).or_default();
            of_part.entry(service).or_default().push((at, cell));
        }
        let parts: Vec<_> = by_part.keys().filter_map(|at| cells.resources.get(*at)).collect();
        let mut resources = Vec::new();
        for (place, identity) in narrow.identities().filter(|_| !parts.is_empty()) {
            let mut context = Context::new(Mode::Discovery);
            facts::of_principal(&mut context, narrow.estate, identity, |_| true);
            let context = facts::with_closed_tags(&context);
            for (at, part) in parts.iter().enumerate() {
                let resolved = part.own.iter().map(|it| meet::whole(&it.resolved(&context)?));
                let resolved: Option<Vec<String>> = resolved.collect();
                let resource = match resolved.as_deref() {
                    Some([own, other]) => meet::resource(own, other),
                    _ => None,
                };
                resources.push((place, at, resource));
            }
        }
        Self { cells: by_part.into_values().collect(), resources }
    }

    /// Asks everybody about its own, before and after.
    pub(super) fn ask(
        &self,
        sides: &Sides,
        shifts: &mut HashMap<usize, Vec<Shift>>,
    ) -> Result<(), Refused> {
        for (place, at, resource) in &self.resources {
            let (Some(cells), Some(place)) = (self.cells.get(*at), sides.place(*place)) else {
                continue;
            };
            let Some(resource) = resource else {
                // What a variable stands for that somebody does not have is nothing.
                let nothing = |(at, _): &Numbered<'_>| (*at, Access::None, Access::None);
                if let Some(shifts) = shifts.get_mut(&place) {
                    shifts.extend(cells.values().flatten().map(nothing));
                }
                continue;
            };
            for cells in cells.values() {
                let found = ask(sides, cells, place, resource)?;
                if !found.is_empty() {
                    shifts.entry(place).or_default().extend(found);
                }
            }
        }
        Ok(())
    }
}

/// Asks one about its own resource, for actions of one service.
fn ask(
    sides: &Sides,
    cells: &[Numbered<'_>],
    place: usize,
    resource: &str,
) -> Result<Vec<Shift>, Refused> {
    let mut found = Vec::new();
    let Some((_, first)) = cells.first() else { return Ok(found) };
    let (Some(before), Some(after)) =
        (sides.before.identities.get(place), sides.after.identities.get(place))
    else {
        return Ok(found);
    };
    let targets = [&sides.before, &sides.after].map(|it| Target::of(it, &first.action, resource));
    let [was, is] = &targets;
    let mut asked = Question::of(&sides.before, before, &first.action, resource, was, &[])?;
    let is_delegated = narrow::is_delegated(was);
    let access = |decision: Decision| Access::of(decision).as_delegated(is_delegated);
    for (at, cell) in cells {
        asked.turn_to(&cell.action)?;
        let (was, is) = (asked.decide(), asked.decide_in(&sides.after, after, is));
        let (was, is) = (access(was), access(is));
        if was != is || (was == Access::Conditional && cell.has_conditions) {
            found.push((*at, was, is));
        }
    }
    Ok(found)
}
