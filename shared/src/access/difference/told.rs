//! What moved, told: principals whose access moves in the same way together, and of cells that move alike the ones that say
//! least.

use std::collections::{BTreeMap, HashMap};

use super::cell::{Cell, Cells, Part};
use super::{Access, Shift};
use crate::access::estate::{Estate, Identity};

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

/// Which cells are in which.
struct Cover {
    actions: Vec<Vec<bool>>,
    resources: Vec<Vec<bool>>,
}

impl Cover {
    fn of(cells: &Cells) -> Self {
        let of = |parts: &[Part]| {
            let row = |part: &Part| parts.iter().map(|other| part.covers(other)).collect();
            parts.iter().map(row).collect()
        };
        Self { actions: of(&cells.actions), resources: of(&cells.resources) }
    }

    fn covers(&self, cell: &Cell, other: &Cell) -> bool {
        let has = |rows: &[Vec<bool>], row: usize, at: usize| {
            rows.get(row).and_then(|row| row.get(at)).copied().unwrap_or(false)
        };
        has(&self.actions, cell.parts.0, other.parts.0)
            && has(&self.resources, cell.parts.1, other.parts.1)
    }
}

/// Tells what moved, by the places of those whose access does.
pub(super) fn tell(
    cells: &Cells,
    shifts: HashMap<usize, Vec<Shift>>,
    estate: &Estate,
) -> Difference {
    let mut groups: HashMap<Vec<Shift>, Vec<usize>> = HashMap::new();
    for (place, mut shifts) in shifts {
        shifts.sort_unstable();
        groups.entry(shifts).or_default().push(place);
    }
    let cover = Cover::of(cells);
    let moved = groups.into_iter().map(|(shifts, mut places)| {
        places.sort_unstable();
        let who = places.into_iter().filter_map(|place| estate.identities.get(place));
        let who: Vec<&Identity> = who.collect();
        let moves = moves(cells, &cover, &shifts, &who);
        Moved { principals: who.into_iter().map(|it| it.arn().to_owned()).collect(), moves }
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
    let by_cell: BTreeMap<usize, (Access, Access)> =
        shifts.iter().map(|(at, before, after)| (*at, (*before, *after))).collect();
    let mut kept: Vec<(&Cell, (Access, Access))> = Vec::new();
    for (at, moved) in &by_cell {
        let Some(cell) = cells.all.get(*at) else { continue };
        // What a variable stands for that nobody of them has.
        if *moved == (Access::None, Access::None) {
            continue;
        }
        let is_in = |(other, same): &(&Cell, _)| {
            same == moved
                && cover.covers(other, cell)
                && (owner(cell) == owner(other) || who.iter().all(|it| is_own(it, cell)))
        };
        if !kept.iter().any(is_in) {
            kept.push((cell, *moved));
        }
    }
    let told = |(cell, moved): &(&Cell, (Access, Access))| {
        let mut except: Vec<&Cell> = Vec::new();
        for (at, other) in cells.all.iter().enumerate() {
            let moves = by_cell.get(&at).copied();
            let is_other = cover.covers(cell, other)
                && moves != Some(*moved)
                && moves != Some((Access::None, Access::None))
                && (owner(cell) == owner(other) || who.iter().any(|it| is_own(it, other)));
            if is_other && !except.iter().any(|known| cover.covers(known, other)) {
                except.push(other);
            }
        }
        let (action, resource) = texts(cells, cell);
        let (before, after) = *moved;
        let except = except.into_iter().map(|other| texts(cells, other)).collect();
        Move { action, resource, before, after, except }
    };
    kept.iter().map(told).collect()
}

fn texts(cells: &Cells, cell: &Cell) -> (String, String) {
    let text = |part: Option<&Part>| part.map(|part| part.text.clone()).unwrap_or_default();
    (text(cells.actions.get(cell.parts.0)), text(cells.resources.get(cell.parts.1)))
}
