//! Rows and sentences as text that fits the screen. Pure: no terminal is asked here, cells are inert.
//!
//! A table is shown as one while it fits; then its long cells are cut; then the column of ids goes, which
//! `--json` still has; and where not even that fits, each row becomes a block of `NAME  value` lines. INVARIANT:
//! no line is longer than the screen but for a word that is of use only as a whole: an id, an ARN, a path.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

/// The longest cell of a table; what is longer ends in `…`. Account ids and names fit.
const WIDEST_CELL: usize = 72;

/// Cells are cut to this many characters before the column of ids goes.
const NARROW_CELL: u16 = 24;

/// A cell that says less than this many characters says nothing.
const NARROWEST_CELL: u16 = 12;

/// No screen is taken for narrower than this: nothing could be shown on it.
const NARROWEST_SCREEN: usize = 24;

/// Spaces between columns.
const GAP: u16 = 2;

/// Columns whose cells are never cut: they are there to be copied, or they are what the reader must do.
const WHOLE: &[&str] = &["account", "id", "run", "scope", "status", "why", "what to do"];

/// A last column of sentences, which are broken into lines and not cut.
const PROSE: &str = "what it says";

/// Sentences are not broken into lines shorter than this.
const NARROWEST_PROSE: usize = 24;

/// Lays rows out under their columns, on a screen of that many characters or without a limit.
pub(crate) fn lay(columns: &[&str], rows: &[Vec<String>], screen: Option<usize>) -> String {
    let whole = grid(columns, rows);
    let Some(screen) = screen else { return print(&whole) };
    let screen = screen.max(NARROWEST_SCREEN);
    if let Some(rows) = spread(columns, rows, &whole, screen) {
        return print(&grid(columns, &rows));
    }
    let [rest @ .., "id"] = columns else {
        return fitted(whole, columns, screen, NARROWEST_CELL)
            .unwrap_or_else(|| blocks(columns, rows, screen));
    };
    let short = || {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().take(rest.len()).cloned().collect()).collect();
        fitted(grid(rest, &rows), rest, screen, NARROWEST_CELL)
    };
    fitted(whole, columns, screen, NARROW_CELL)
        .or_else(short)
        .unwrap_or_else(|| blocks(columns, rows, screen))
}

/// The rows with their last sentences broken to fit, each further line as a row of its own; `None` where there are no
/// sentences, or where the other columns leave too little room.
fn spread(
    columns: &[&str],
    rows: &[Vec<String>],
    whole: &Table,
    screen: usize,
) -> Option<Vec<Vec<String>>> {
    let [others @ .., PROSE] = columns else { return None };
    let widths = whole.column_max_content_widths();
    let before = widths.iter().take(others.len()).map(|width| usize::from(width + GAP)).sum();
    let room = screen.checked_sub(before).filter(|room| *room >= NARROWEST_PROSE)?;
    let mut spread = Vec::new();
    for row in rows {
        let sentence = row.last().map_or("", String::as_str);
        for (number, line) in wrap(sentence, room).into_iter().enumerate() {
            let cell = |cell: &String| if number == 0 { cell.clone() } else { String::new() };
            spread.push(row.iter().take(others.len()).map(cell).chain([line]).collect());
        }
    }
    Some(spread)
}

/// A sentence in lines of at most that many characters, broken at spaces. What colours it has no width.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for word in text.split(' ') {
        let length = anstream::adapter::strip_str(word).to_string().chars().count();
        match lines.last_mut() {
            Some((line, used)) if *used + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
                *used += 1 + length;
            }
            _ => lines.push((word.to_owned(), length)),
        }
    }
    lines.into_iter().map(|(line, _)| line).collect()
}

fn grid(columns: &[&str], rows: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.to_uppercase()));
    for row in rows {
        // An id is there to be copied, a sentence to be read: cut, they would be of no use.
        table.add_row(row.iter().zip(columns).map(|(cell, column)| match *column {
            "id" | PROSE => cell.clone(),
            _ => shorten(cell),
        }));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table
}

fn print(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The table, its long cells cut until it fits; `None` where cutting is not enough.
fn fitted(mut table: Table, columns: &[&str], screen: usize, narrowest: u16) -> Option<String> {
    let natural = table.column_max_content_widths();
    let widths = cut(&natural, columns, screen, narrowest)?;
    if widths != natural {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::MAX);
        for (column, width) in table.column_iter_mut().zip(&widths) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + GAP)));
            // A cell is cut where the room ends, not at the space before.
            column.set_delimiter('\u{0}');
        }
        for row in table.row_iter_mut() {
            row.max_height(1);
        }
    }
    Some(print(&table))
}

/// The width of each column's content: the widest give way first.
fn cut(natural: &[u16], columns: &[&str], screen: usize, narrowest: u16) -> Option<Vec<u16>> {
    let floor = |(width, column): (&u16, &&str)| {
        if WHOLE.contains(column) {
            return *width;
        }
        let header = u16::try_from(column.chars().count()).unwrap_or(u16::MAX);
        (*width).min(header.max(narrowest))
    };
    let floors: Vec<u16> = natural.iter().zip(columns).map(floor).collect();
    let gaps = usize::from(GAP) * natural.len().saturating_sub(1);
    let mut widths = natural.to_vec();
    let mut excess = (widths.iter().map(|width| usize::from(*width)).sum::<usize>() + gaps)
        .saturating_sub(screen);
    while excess > 0 {
        let elastic = widths.iter_mut().zip(&floors).filter(|(width, floor)| **width > **floor);
        let (widest, _) = elastic.max_by_key(|(width, _)| **width)?;
        *widest -= 1;
        excess -= 1;
    }
    Some(widths)
}

/// Each row as lines of its own, cells that say nothing left out.
fn blocks(columns: &[&str], rows: &[Vec<String>], screen: usize) -> String {
    let label = columns.iter().map(|column| column.chars().count()).max().unwrap_or_default();
    let beside = screen.saturating_sub(label + usize::from(GAP)).max(1);
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        for (column, cell) in columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            let head = column.to_uppercase();
            let lines = match *column {
                "id" => vec![cell.clone()],
                _ => broken(cell, beside),
            };
            for (number, line) in lines.iter().enumerate() {
                let head = if number == 0 { head.as_str() } else { "" };
                let line = format!("{head:<label$}  {line}");
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
    }
    text
}

/// A cell in lines of that width at most, broken at spaces where it has them.
fn broken(cell: &str, width: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.add_row([cell]);
    for column in table.column_iter_mut() {
        column.set_padding((0, 0));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= WIDEST_CELL {
        return text.to_owned();
    }
    text.chars().take(WIDEST_CELL - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
