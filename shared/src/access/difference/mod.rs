//! What one changed policy changes: who gains or loses what.
//!
//! Access can change only where a statement that was taken out or put in says something. That is cut into cells: each pair of
//! an action and a resource that such a statement names, and what it has in common with every other pair that the policies
//! in force name. Nobody tells two requests of a cell apart but by patterns that cross there, so one request stands for
//! it; each is asked before and after, of everybody who has the policy, with all layers.
//!
//! ```text
//!  Changed, document ─► narrow (who has it) ─► cells ─► asked of the index and the overlay ─► told (by what moved)
//! ```

mod cell;
pub(crate) mod meet;
mod narrow;
mod own;
mod says;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use told::{Difference, Move, Moved};

use super::estate::{Held, read};
use super::index::{Asked, Index, Overlay, Round, Set, Targets, Verdict};
use super::question::Question;
use super::tags;
use crate::policy::Policy;
use crate::policy::document::Reason;
use crate::policy::evaluate::{self, Decision};
use cell::{Cell, Cells};
use narrow::Narrow;
use own::Own;
use told::Shifts;

/// A policy that changes, by where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed<'a> {
    /// A managed policy, by its ARN, wherever it is attached, as boundary too.
    Managed(&'a str),
    /// A policy inside of a user or role.
    Inline {
        /// The ARN of the user or role.
        principal: &'a str,
        /// The name of the policy.
        name: &'a str,
    },
    /// A policy inside of a group.
    Group {
        /// The ARN of the group.
        group: &'a str,
        /// The name of the policy.
        name: &'a str,
    },
    /// A policy of the organization, by its id, wherever it is attached.
    Organization(&'a str),
    /// The policy of a resource, or the trust of a role, by the ARN of that.
    Resource(&'a str),
}

/// Why there is no difference.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// Nothing of the estate has such a policy.
    #[error("nothing here has the policy {0}")]
    NotThere(String),
    /// The new text is no policy.
    #[error("the new document is no policy: {0}")]
    Document(Reason),
    /// A request that stands for a cell is none.
    #[error(transparent)]
    Request(#[from] evaluate::Refused),
}

/// How far somebody can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Not at all.
    None,
    /// Something that matters was not collected or cannot be read.
    Unknown,
    /// Under conditions that are not known, or as far as the policy of a resource lets it that is not known.
    Conditional,
    /// Certainly.
    Certain,
}

impl Access {
    /// The access as results name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unknown => "unknown",
            Self::Conditional => "conditional",
            Self::Certain => "certain",
        }
    }

    fn of(decision: Decision) -> Self {
        match decision {
            Decision::Allowed => Self::Certain,
            Decision::Conditional => Self::Conditional,
            Decision::Unknown => Self::Unknown,
            Decision::ImplicitlyDenied | Decision::ExplicitlyDenied => Self::None,
        }
    }

    fn in_verdict(verdict: &Verdict, place: usize) -> Self {
        match () {
            () if verdict.allowed.has(place) => Self::Certain,
            () if verdict.conditional.has(place) => Self::Conditional,
            () if verdict.unknown.has(place) => Self::Unknown,
            () => Self::None,
        }
    }

    /// Where the policy of a resource that is not known has a say, nothing is certain.
    fn as_delegated(self, is_delegated: bool) -> Self {
        if is_delegated { self.min(Self::Conditional) } else { self }
    }
}

/// A cell, and somebody's access to it before and after.
type Shift = (usize, Access, Access);

/// Who gains or loses what if a policy becomes this document.
///
/// # Errors
///
/// [`Refused`] if nothing has the policy, or the document cannot be read.
pub fn difference(
    index: &Index<'_>,
    changed: Changed<'_>,
    document: &str,
) -> Result<Difference, Refused> {
    let document = read(document).map_err(Refused::Document)?;
    let new = Arc::new(Policy::compile(&document));
    let narrow = Narrow::of(index, changed, new)?;
    if narrow.affected.is_empty() {
        return Ok(Difference::default());
    }
    let cells = Cells::of(&narrow);
    let is = |held: &Held, holder: &str| narrow.is(held, holder);
    let mut overlay = narrow.overlay(&is);
    let mut shifts = Shifts::of(overlay.limit());
    ask_all(&narrow, &cells, &mut overlay, &mut shifts)?;
    let (overlay, shifts) = (&mut overlay, &mut shifts);
    Own { narrow: &narrow, cells: &cells, overlay, shifts }.ask()?;
    let mut told = told::tell(&cells, shifts, overlay);
    told.looked_at = narrow.affected.len();
    Ok(told)
}

/// Asks about the cells that are the same for everybody.
fn ask_all(
    narrow: &Narrow<'_>,
    cells: &Cells,
    overlay: &mut Overlay<'_>,
    shifts: &mut Shifts,
) -> Result<(), Refused> {
    // What is put together for a resource serves all actions of a service whose requests have the same of its tags.
    let mut together: BTreeMap<_, Vec<(usize, &Cell)>> = BTreeMap::new();
    for (at, cell) in cells.all.iter().enumerate().filter(|(_, cell)| !cell.is_still) {
        let service = cell.action.split(':').next().unwrap_or_default();
        if let Some(resource) = cell.resource.as_deref() {
            let tagged = tags::facts(narrow.estate, &cell.action, resource);
            together.entry((resource, service, tagged)).or_default().push((at, cell));
        }
    }
    let (affected, having) = (overlay.affected().clone(), overlay.having());
    for ((resource, ..), cells) in together {
        let mut known: Option<(Targets, Option<Round<'_>>)> = None;
        for (at, cell) in cells {
            // Which buckets are all of them hangs on the action.
            if known.is_none() || resource == "*" {
                let targets = narrow.targets(&cell.action, resource);
                let round = overlay.round(&targets, &cell.action, resource)?;
                known = Some((targets, round));
            }
            let Some((targets, round)) = &mut known else { continue };
            let [was, is] = match round {
                Some(round) => {
                    round.turn_to(&cell.action)?;
                    overlay.ask(round, targets)
                }
                None => one_by_one(narrow, overlay, (&cell.action, resource), targets)?,
            };
            let mut moved = Asked::unlike(&was, &is);
            let mut both = was.verdict.conditional.clone();
            both.keep(&is.verdict.conditional);
            if !both.is_empty() {
                both.drop(&certain_anyway(cell, &having, &was, &is));
                moved.join(&both);
            }
            moved.keep(&affected);
            let is_delegated = narrow::is_delegated(&targets.before);
            shifts.add(at, &moved, &both, [&was.verdict, &is.verdict], is_delegated);
        }
    }
    Ok(())
}

/// Asks everybody by itself.
fn one_by_one(
    narrow: &Narrow<'_>,
    overlay: &Overlay<'_>,
    (action, resource): (&str, &str),
    targets: &Targets,
) -> Result<[Asked; 2], Refused> {
    let (was, is) = (&targets.before, targets.after.as_ref().unwrap_or(&targets.before));
    let mut both = [Asked::nobody(overlay.limit()), Asked::nobody(overlay.limit())];
    for place in overlay.affected().places() {
        let Some(before) = overlay.identity(place) else { continue };
        let asked = Question::of(narrow.estate, before, action, resource, was, &[])?;
        let after = asked.decide_in(narrow.organization(), &narrow.after(before), is);
        for (asked, decision) in both.iter_mut().zip([asked.decide(), after]) {
            asked.verdict.add(place, decision);
        }
    }
    Ok(both)
}

/// For whom what a changed policy says about a cell does not matter, whatever the conditions: another allows it already.
fn certain_anyway(cell: &Cell, having: &[Set; 2], was: &Asked, is: &Asked) -> Set {
    let [own, boundary] = having;
    if cell.has_deny || (own.is_empty() && boundary.is_empty()) {
        return Set::default();
    }
    let mut anyway = own.clone();
    anyway.join(boundary);
    let sides = [(own, &was.identity, &is.identity), (boundary, &was.boundary, &is.boundary)];
    for (having, was, is) in sides {
        let mut both = was.clone();
        both.keep(is);
        let mut open = having.clone();
        open.drop(&both);
        anyway.drop(&open);
    }
    anyway
}

#[cfg(test)]
mod tests;
