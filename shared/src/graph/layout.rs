//! A tree of boxes → boxes in places: from left to right, each beside its parent, none on another.
//!
//! A branch takes as much height as its own box or all of its children, whichever is more, and the next one begins
//! below it. So no two boxes meet, whatever is in them.

use crate::policy::catalogue::Level;

/// What a box is, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whom the picture is about.
    Subject,
    /// Somebody.
    Identity,
    /// A group.
    Group,
    /// A policy.
    Policy,
    /// What a policy gives.
    Access,
    /// What limits.
    Limit,
    /// A role that can be become.
    Role,
    /// A resource.
    Resource,
    /// A step to more rights.
    Danger,
    /// How many more there are.
    More,
}

/// A line in a box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its words; cut where they do not fit.
    pub words: String,
    /// Access levels behind them.
    pub levels: Vec<Level>,
}

impl Line {
    /// A line of words alone.
    pub fn of(words: impl Into<String>) -> Self {
        Self { words: words.into(), levels: Vec::new() }
    }
}

/// A box with what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it is.
    pub kind: Kind,
    /// Its lines, the first in bold.
    pub lines: Vec<Line>,
    /// All of it in words, for whoever points at it.
    pub title: String,
    /// What stands above it, where a part of the picture begins.
    pub heading: Option<&'static str>,
    /// What hangs on it.
    pub children: Vec<Self>,
}

impl Cell {
    /// A box on which nothing hangs.
    pub fn new(kind: Kind, lines: Vec<Line>, title: impl Into<String>) -> Self {
        Self { kind, lines, title: title.into(), heading: None, children: Vec::new() }
    }

    /// The width, in pixels.
    pub fn width(&self) -> u32 {
        match self.kind {
            Kind::Access => 350,
            Kind::Subject | Kind::Danger => 290,
            _ => 260,
        }
    }

    /// The height, in pixels.
    pub fn height(&self) -> u32 {
        let lines = u32::try_from(self.lines.len().max(1)).unwrap_or(1);
        lines * LINE + 2 * PAD
    }
}

/// The height of a line.
pub(super) const LINE: u32 = 19;

/// What is free above and below the lines of a box.
pub(super) const PAD: u32 = 9;

/// The height of a heading.
pub(super) const HEADING: u32 = 26;

/// What is free between boxes, above each other and beside each other.
const GAP: (u32, u32) = (12, 56);

/// What is free around the picture.
pub(super) const MARGIN: u32 = 28;

/// A box in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<'c> {
    /// Its left side.
    pub x: u32,
    /// Its upper side.
    pub y: u32,
    /// The box.
    pub cell: &'c Cell,
    /// On which it hangs.
    pub parent: Option<usize>,
}

/// Boxes in places, on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene<'c> {
    /// The boxes, each behind the one that it hangs on.
    pub boxes: Vec<Placed<'c>>,
    /// Width and height of the sheet.
    pub size: (u32, u32),
}

/// Puts trees below each other, beginning at a place; whoever draws more puts it elsewhere.
pub fn lay(trees: &[Cell], left: u32, top: u32) -> Scene<'_> {
    let mut widths: Vec<u32> = Vec::new();
    for tree in trees {
        measure(tree, 0, &mut widths);
    }
    let mut columns = Vec::with_capacity(widths.len());
    let mut x = left;
    for width in &widths {
        columns.push(x);
        x += width + GAP.1;
    }
    let mut boxes = Vec::new();
    let mut y = top;
    for tree in trees {
        y += place(tree, 0, None, y, &columns, &mut boxes);
        y += GAP.0;
    }
    let right = boxes.iter().map(|it: &Placed<'_>| it.x + it.cell.width()).max();
    let bottom = boxes.iter().map(|it| it.y + it.cell.height()).max();
    let size = (right.unwrap_or(left) + MARGIN, bottom.unwrap_or(top) + MARGIN);
    Scene { boxes, size }
}

fn measure(cell: &Cell, depth: usize, widths: &mut Vec<u32>) {
    match widths.get_mut(depth) {
        Some(width) => *width = (*width).max(cell.width()),
        None => widths.push(cell.width()),
    }
    for child in &cell.children {
        measure(child, depth + 1, widths);
    }
}

/// Places a branch, and says how high it is.
fn place<'c>(
    cell: &'c Cell,
    depth: usize,
    parent: Option<usize>,
    top: u32,
    columns: &[u32],
    boxes: &mut Vec<Placed<'c>>,
) -> u32 {
    let heading = if cell.heading.is_some() { HEADING } else { 0 };
    let x = columns.get(depth).copied().unwrap_or(MARGIN);
    let own = boxes.len();
    boxes.push(Placed { x, y: top + heading, cell, parent });
    let mut below = top + heading;
    for (at, child) in cell.children.iter().enumerate() {
        if at > 0 {
            below += GAP.0;
        }
        // The heading of the first child stands above its parent's line, so that both boxes begin alike.
        let lift = if at == 0 && child.heading.is_some() && heading > 0 { HEADING } else { 0 };
        below += place(child, depth + 1, Some(own), below - lift, columns, boxes) - lift;
    }
    let children = below - (top + heading);
    heading + children.max(cell.height())
}

#[cfg(test)]
mod tests;
