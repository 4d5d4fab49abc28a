//! What one changed policy changes: who gains or loses what.
//!
//! Access can change only where a statement that was taken out or put in says something. That is cut into cells: each pair of
//! an action and a resource that such a statement names, and what it has in common with every other pair that the policies
//! in force name. Nobody tells two requests of a cell apart but by patterns that cross there, so one request stands for
//! it; each is asked before and after, of everybody who has the policy, with all layers.
//!
//! ```text
//!  Changed, document ─► narrow (who has it) ─► cells ─► asked before and after ─► told (grouped by what moved)
//! ```

mod cell;
mod meet;
mod narrow;
mod own;
mod told;

use std::collections::HashMap;
use std::sync::Arc;

pub use told::{Difference, Move, Moved};

use super::estate::{Estate, read};
use super::index::{Index, Verdict, WhoCan as _};
use super::question::Target;
use crate::policy::Policy;
use crate::policy::document::Reason;
use crate::policy::evaluate::{self, Decision};
use cell::Cells;
use narrow::{Having, Narrow, Sides};
use own::Own;

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
    estate: &Estate,
    changed: Changed<'_>,
    document: &str,
) -> Result<Difference, Refused> {
    let document = read(document).map_err(Refused::Document)?;
    let new = Arc::new(Policy::compile(&document));
    let narrow = Narrow::of(estate, changed, new)?;
    let cells = Cells::of(&narrow);
    let own = Own::of(&cells, &narrow);
    let sides = narrow.sides(&cells, &own);
    let mut shifts = HashMap::new();
    ask_all(&narrow, &cells, &sides, &mut shifts)?;
    own.ask(&sides, &mut shifts)?;
    let mut told = told::tell(&cells, shifts, &sides.before);
    told.looked_at = narrow.identities().count();
    Ok(told)
}

/// Asks about the cells that are the same for everybody.
fn ask_all(
    narrow: &Narrow<'_>,
    cells: &Cells,
    sides: &Sides,
    shifts: &mut HashMap<usize, Vec<Shift>>,
) -> Result<(), Refused> {
    let (before, after) = (Index::of(&sides.before), Index::of(&sides.after));
    let (affected, having) = (sides.affected(narrow), Having::of(narrow, sides));
    for (at, cell) in cells.all.iter().enumerate() {
        let Some(resource) = cell.resource.as_ref().filter(|_| !cell.is_still) else { continue };
        let (was, is) = if narrow.is_of_identities() {
            before.with(&after, &cell.action, resource)?
        } else {
            let of = |index: &Index<'_>| index.verdict(&cell.action, resource, &[]);
            (of(&before)?, of(&after)?)
        };
        let mut moved = was.allowed.unlike(&is.allowed);
        moved.join(&was.conditional.unlike(&is.conditional));
        moved.join(&was.unknown.unlike(&is.unknown));
        let mut both = was.conditional.clone();
        both.keep(&is.conditional);
        if !both.is_empty() {
            both.drop(&having.certain_anyway(cell, resource, &before, &after)?);
            moved.join(&both);
        }
        moved.keep(&affected);
        if moved.is_empty() {
            continue;
        }
        let target = Target::of(&sides.before, &cell.action, resource);
        let is_delegated = narrow::is_delegated(&target);
        for place in moved.places() {
            let was = Access::in_verdict(&was, place).as_delegated(is_delegated);
            let is = Access::in_verdict(&is, place).as_delegated(is_delegated);
            if was != is || both.has(place) {
                shifts.entry(place).or_default().push((at, was, is));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
