//! What moved, told: principals whose access moves in the same way together, and of cells that move alike the ones that say
//! least.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::cell::{Cell, Cells, Part};
use super::{Access, Shift};
use crate::access::estate::Identity;
use crate::access::index::{Overlay, Set, Verdict};

/// How access to something moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The actions: a pattern of a policy, in lower case, or what two have in common.
    pub action: String,
    /// The resources, likewise. A pattern that leaves the account open is told of the principal's own account: what is
    /// another's is told by its name.
    pub resource: String,
    /// The access before. Where both are conditional, it hangs on other conditions than before.
    pub before: Access,
    /// The access after.
    pub after: Access,
    /// Actions and resources in there for which it does not move so.
    pub except: Vec<(String, String)>,
}

impl Move {
    /// Whether something is gained; otherwise it is lost, or hangs on other conditions.
    pub fn is_gain(&self) -> bool {
        self.after > self.before
    }
}

/// Principals whose access moves in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Who, by ARN, in order.
    pub principals: Vec<String>,
    /// What moves.
    pub moves: Vec<Move>,
}

/// Who gains or loses what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// By what moves; those with the most principals first.
    pub moved: Vec<Moved>,
    /// How many have the policy, and could be moved by it.
    pub looked_at: usize,
}

/// Something that is known of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mark {
    Shift(Shift),
    /// It has none of these resources, which are everybody's own.
    Nothing(usize),
}

/// Whose access moves how. Those of whom the same is known are together from the start.
#[derive(Debug)]
pub(super) struct Shifts {
    /// What is known of somebody: the last step of a way; 0 where nothing is.
    of: Vec<u32>,
    /// The step before each, and what it adds.
    steps: Vec<(u32, Mark)>,
    next: HashMap<(u32, Mark), u32, RandomState>,
    /// Who has nothing of its own in which cells.
    nothing: Vec<(Set, Vec<usize>)>,
}

impl Shifts {
    /// Nobody's, for so many.
    pub(super) fn of(limit: usize) -> Self {
        let (steps, next) = (Vec::new(), HashMap::default());
        Self { of: vec![0; limit], steps, next, nothing: Vec::new() }
    }

    /// Notes for some how their access to a cell moves; those in `both` too whose access stays conditional.
    pub(super) fn add(
        &mut self,
        at: usize,
        moved: &Set,
        both: &Set,
        [was, is]: [&Verdict; 2],
        is_delegated: bool,
    ) {
        for place in moved.places() {
            let was = Access::in_verdict(was, place).as_delegated(is_delegated);
            let is = Access::in_verdict(is, place).as_delegated(is_delegated);
            if was != is || both.has(place) {
                self.add_one(at, place, was, is);
            }
        }
    }

    /// Notes it for one.
    pub(super) fn add_one(&mut self, at: usize, place: usize, was: Access, is: Access) {
        self.mark(place, Mark::Shift((at, was, is)));
    }

    /// Notes who has nothing of its own in some cells.
    pub(super) fn nothing(&mut self, who: Set, cells: Vec<usize>) {
        self.nothing.push((who, cells));
    }

    fn mark(&mut self, place: usize, mark: Mark) {
        let Some(own) = self.of.get_mut(place) else { return };
        let steps = &mut self.steps;
        let next = self.next.entry((*own, mark)).or_insert_with(|| {
            steps.push((*own, mark));
            u32::try_from(steps.len()).unwrap_or(u32::MAX)
        });
        *own = *next;
    }

    /// Those whose access moves, by how.
    fn groups(&mut self) -> Vec<(Vec<Shift>, Vec<usize>)> {
        let nothing = std::mem::take(&mut self.nothing);
        let mut moved = Set::none(self.of.len());
        let of = self.of.iter().enumerate().filter(|(_, own)| **own > 0);
        of.for_each(|(place, _)| moved.add(place));
        for (at, (who, _)) in nothing.iter().enumerate() {
            let mut who = who.clone();
            who.keep(&moved);
            who.places().for_each(|place| self.mark(place, Mark::Nothing(at)));
        }
        let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for place in moved.places() {
            let own = self.of.get(place).copied().unwrap_or_default();
            groups.entry(own).or_default().push(place);
        }
        let groups = groups.into_iter();
        groups.map(|(last, places)| (self.way(last, &nothing), places)).collect()
    }

    fn way(&self, last: u32, nothing: &[(Set, Vec<usize>)]) -> Vec<Shift> {
        let mut shifts = Vec::new();
        let mut at = last as usize;
        while let Some((before, mark)) = at.checked_sub(1).and_then(|at| self.steps.get(at)) {
            match mark {
                Mark::Shift(shift) => shifts.push(*shift),
                Mark::Nothing(of) => {
                    let cells = nothing.get(*of).into_iter().flat_map(|(_, cells)| cells);
                    shifts.extend(cells.map(|cell| (*cell, Access::None, Access::None)));
                }
            }
            at = *before as usize;
        }
        shifts
    }
}

/// Which cells are in which, by their places.
struct Cover {
    /// Those that are in each.
    within: Vec<Vec<usize>>,
    /// Those that each is in.
    around: Vec<Vec<usize>>,
}

impl Cover {
    fn of(cells: &Cells) -> Self {
        let of = |parts: &[Part]| -> Vec<Vec<usize>> {
            let row = |part: &Part| {
                let others = parts.iter().enumerate();
                others.filter(|(_, other)| part.covers(other)).map(|(at, _)| at).collect()
            };
            parts.iter().map(row).collect()
        };
        let (actions, resources) = (of(&cells.actions), of(&cells.resources));
        // Which cell an action and a resource are, action by action.
        let width = resources.len();
        let mut place_of = vec![None; actions.len() * width];
        for (at, cell) in cells.all.iter().enumerate() {
            let (action, resource) = cell.parts;
            if let Some(place) = place_of.get_mut(action * width + resource) {
                *place = Some(at);
            }
        }
        let nowhere = vec![Vec::new(); cells.all.len()];
        let mut cover = Self { within: nowhere.clone(), around: nowhere };
        for ((at, cell), within) in cells.all.iter().enumerate().zip(&mut cover.within) {
            let (actions, resources) =
                (list(&actions, cell.parts.0), list(&resources, cell.parts.1));
            let places =
                actions.iter().flat_map(|one| resources.iter().map(move |two| one * width + two));
            within.extend(places.filter_map(|place| place_of.get(place).copied().flatten()));
            within.sort_unstable();
            for other in &*within {
                if let Some(around) = cover.around.get_mut(*other) {
                    around.push(at);
                }
            }
        }
        cover
    }
}

/// Tells what moved.
pub(super) fn tell(cells: &Cells, shifts: &mut Shifts, overlay: &Overlay<'_>) -> Difference {
    let groups = shifts.groups();
    let cover = if groups.is_empty() { None } else { Some(Cover::of(cells)) };
    let moved = cover.iter().flat_map(|cover| {
        groups.iter().map(|(shifts, places)| {
            let who = places.iter().filter_map(|place| overlay.identity(*place));
            let who: Vec<&Identity> = who.collect();
            let moves = moves(cells, cover, shifts, &who);
            Moved { principals: who.into_iter().map(|it| it.arn().to_owned()).collect(), moves }
        })
    });
    let mut moved: Vec<Moved> = moved.collect();
    moved.sort_by(|one, other| {
        let most = other.principals.len().cmp(&one.principals.len());
        most.then_with(|| one.principals.cmp(&other.principals))
    });
    Difference { moved, looked_at: 0 }
}

fn moves(cells: &Cells, cover: &Cover, shifts: &[Shift], who: &[&Identity]) -> Vec<Move> {
    let owner = |cell: &Cell| cells.resources.get(cell.parts.1).and_then(|it| it.owner.as_deref());
    // What leaves the account open is told of the principal's own: what is another's is there by its name.
    let is_own = |it: &Identity, cell: &Cell| owner(cell).is_none_or(|owner| owner == it.account());
    let mut of_cell: Vec<Option<(Access, Access)>> = vec![None; cells.all.len()];
    for (at, before, after) in shifts {
        if let Some(of_cell) = of_cell.get_mut(*at) {
            *of_cell = Some((*before, *after));
        }
    }
    let moved = |at: &usize| of_cell.get(*at).copied().flatten();
    // What is kept at a place, with its exceptions.
    let mut kept: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, cell) in cells.all.iter().enumerate() {
        // What a variable stands for that nobody of them has.
        let Some(own) = moved(&at).filter(|moved| *moved != (Access::None, Access::None)) else {
            continue;
        };
        let around_it = list(&cover.around, at);
        let is_in = |other: &usize| {
            let (Some(around), Some(except)) = (cells.all.get(*other), kept.get(other)) else {
                return false;
            };
            // Inside of an exception nothing is told yet.
            let is_left_out = |it: &usize| around_it.binary_search(it).is_ok();
            moved(other) == Some(own)
                && !except.iter().any(is_left_out)
                && (owner(cell) == owner(around) || who.iter().all(|it| is_own(it, cell)))
        };
        if around_it.iter().any(is_in) {
            continue;
        }
        let mut except: Vec<usize> = Vec::new();
        for at in list(&cover.within, at) {
            let Some(other) = cells.all.get(*at) else { continue };
            let found = moved(at);
            let is_other = found != Some(own)
                && found != Some((Access::None, Access::None))
                && (owner(cell) == owner(other) || who.iter().any(|it| is_own(it, other)));
            let around = list(&cover.around, *at);
            if is_other && !except.iter().any(|known| around.binary_search(known).is_ok()) {
                except.push(*at);
            }
        }
        kept.insert(at, except);
    }
    let told = |(at, except): (&usize, &Vec<usize>)| {
        let (action, resource) = texts(cells, cells.all.get(*at)?);
        let (before, after) = moved(at)?;
        let except = except.iter().filter_map(|at| cells.all.get(*at));
        let except = except.map(|other| texts(cells, other)).collect();
        Some(Move { action, resource, before, after, except })
    };
    kept.iter().filter_map(told).collect()
}

fn list(lists: &[Vec<usize>], at: usize) -> &[usize] {
    lists.get(at).map_or(&[], Vec::as_slice)
}

fn texts(cells: &Cells, cell: &Cell) -> (String, String) {
    let text = |part: Option<&Part>| part.map(|part| part.text.clone()).unwrap_or_default();
    (text(cells.actions.get(cell.parts.0)), text(cells.resources.get(cell.parts.1)))
}
