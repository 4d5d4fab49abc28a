//! Boxes in places → SVG: one file without scripts, fonts or anything from outside, readable in light and in dark.

use std::fmt::Write as _;

use super::layout::{HEADING, Kind, LINE, Line, MARGIN, PAD, Placed, Scene, lay};
use super::{Graph, picture};
use crate::policy::catalogue::Level;
use crate::report::inert;

/// The upper edge of the boxes; above it is the title.
const TOP: u32 = 92;

/// Where the access levels begin in a box, from its left.
const LEVELS: u32 = 142;

/// What is between who can become it and the subject.
const BESIDE: u32 = 56;

/// What stands at the foot.
const FOOT: &str = "Levels: what the actions can do at most. (if): under conditions. A box tells its whole name where one points at it.";

/// The height of the foot.
const FOOT_ROOM: u32 = 24;

const STYLE: &str = "
svg { --bg: #ffffff; --fg: #1c2128; --soft: #57606a; --card: #f6f8fa; --edge: #c4ccd6; --wire: #9aa5b1;
  --subject: #0b62d6; --who: #6e56cf; --group: #0f8a8a; --policy: #4b5563; --access: #8a94a0; --limit: #a15c07;
  --role: #1a7f4b; --resource: #3867b7; --danger: #c62f3b; --list: #6b7684; --read: #1f6feb; --write: #b76a00;
  --permissions: #c62f3b; --tagging: #0f8a8a; }
@media (prefers-color-scheme: dark) {
  svg { --bg: #0f141a; --fg: #e6eaf0; --soft: #9aa5b1; --card: #171e26; --edge: #36404c; --wire: #566270;
    --subject: #58a0ff; --who: #a594f9; --group: #43c3c3; --policy: #aab4c0; --access: #76828f; --limit: #e2a04a;
    --role: #4cc38a; --resource: #84aef5; --danger: #ff7b82; --list: #9aa5b1; --read: #6cb0ff; --write: #f0b04f;
    --permissions: #ff7b82; --tagging: #43c3c3; }
}
text { font: 13px ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: var(--fg); }
.first { font-weight: 600; }
.soft, .head { fill: var(--soft); font-size: 12px; }
.head { font-weight: 600; letter-spacing: .02em; }
.big { font-size: 20px; font-weight: 650; }
.card { fill: var(--card); stroke: var(--edge); }
.wire { fill: none; stroke: var(--wire); stroke-width: 1.4; }
.more { fill: none; stroke: var(--edge); stroke-dasharray: 4 4; }
.pill { fill-opacity: .14; }
.level { font-size: 11px; font-weight: 600; }
";

/// The picture.
pub fn svg(graph: &Graph) -> String {
    let callers = picture::callers(graph);
    let left = lay(&callers, MARGIN, TOP);
    let subject = [picture::subject(graph)];
    let start = if callers.is_empty() { MARGIN } else { left.size.0 - MARGIN + BESIDE };
    let right = lay(&subject, start, TOP);
    let width = left.size.0.max(right.size.0).max(640);
    let height = left.size.1.max(right.size.1) + FOOT_ROOM;
    let name = escaped(&graph.subject.name);
    let mut text = String::with_capacity(16 << 10);
    push(
        &mut text,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title\">\n\
             <title id=\"title\">Access of {name}</title>\n<style>{STYLE}</style>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"var(--bg)\"/>\n"
        ),
    );
    let room = width.saturating_sub(2 * MARGIN);
    words(
        &mut text,
        (MARGIN, 38),
        "big",
        &format!("Access of {}", graph.subject.name),
        (room, 150),
    );
    words(&mut text, (MARGIN, 58), "soft", &graph.subject.arn, (room, 92));
    wires(&mut text, &left, &right);
    for placed in left.boxes.iter().chain(&right.boxes) {
        draw(&mut text, placed);
    }
    words(&mut text, (MARGIN, height - 18), "soft", FOOT, (room, 92));
    text.push_str("</svg>\n");
    text
}

/// Lines between the boxes: from what hangs to what it hangs on.
fn wires(text: &mut String, left: &Scene<'_>, right: &Scene<'_>) {
    if let Some(subject) = right.boxes.first() {
        for caller in &left.boxes {
            wire(text, caller, subject);
        }
    }
    for placed in &right.boxes {
        if let Some(parent) = placed.parent.and_then(|parent| right.boxes.get(parent)) {
            wire(text, parent, placed);
        }
    }
}

fn wire(text: &mut String, from: &Placed<'_>, to: &Placed<'_>) {
    let middle = |it: &Placed<'_>| it.y + PAD + LINE / 2 + 3;
    let (x1, y1, x2, y2) = (from.x + from.cell.width(), middle(from), to.x, middle(to));
    let bend = x2.saturating_sub(x1) / 2;
    let (near, far) = (x1 + bend, x2.saturating_sub(bend));
    push(
        text,
        format_args!("<path class=\"wire\" d=\"M{x1} {y1}C{near} {y1} {far} {y2} {x2} {y2}\"/>\n"),
    );
}

fn draw(text: &mut String, placed: &Placed<'_>) {
    let Placed { x, y, cell, .. } = placed;
    let (width, height) = (cell.width(), cell.height());
    if let Some(heading) = cell.heading {
        words(text, (*x, y - HEADING / 2 + 4), "head", heading, (width, 92));
    }
    push(text, format_args!("<g><title>{}</title>", escaped_lines(&cell.title)));
    let class = if cell.kind == Kind::More { "more" } else { "card" };
    push(
        text,
        format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"7\"/>"
        ),
    );
    if let Some(colour) = colour(cell.kind) {
        let inside = height - 12;
        push(
            text,
            format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"3\" height=\"{inside}\" rx=\"1.5\" fill=\"var(--{colour})\"/>",
                x + 5,
                y + 6
            ),
        );
    }
    for (at, line) in cell.lines.iter().enumerate() {
        let below = u32::try_from(at).unwrap_or(0) * LINE;
        let is_first = at == 0 && !matches!(cell.kind, Kind::Access | Kind::More);
        let class = match cell.kind {
            Kind::Access if !line.levels.is_empty() => "plain",
            _ if is_first => "first",
            _ => "soft",
        };
        let room = if line.levels.is_empty() { width - 26 } else { LEVELS - 18 };
        let scale = if class == "soft" { 90 } else { 104 };
        words(text, (x + 16, y + PAD + below + 14), class, &line.words, (room, scale));
        levels(text, line, x + LEVELS, y + PAD + below);
    }
    text.push_str("</g>\n");
}

fn levels(text: &mut String, line: &Line, left: u32, top: u32) {
    let mut x = left;
    for level in &line.levels {
        let (word, width) = match level {
            Level::List => ("list", 30),
            Level::Read => ("read", 36),
            Level::Write => ("write", 38),
            Level::Permissions => ("perms", 44),
            Level::Tagging => ("tag", 30),
        };
        let colour = super::level_word(*level);
        push(
            text,
            format_args!(
                "<rect class=\"pill\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"15\" rx=\"7.5\" fill=\"var(--{colour})\"/>\
                 <text class=\"level\" x=\"{}\" y=\"{}\" text-anchor=\"middle\" style=\"fill:var(--{colour})\">{word}</text>",
                top + 2,
                x + width / 2,
                top + 13
            ),
        );
        x += width + 4;
    }
}

fn colour(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Subject => "subject",
        Kind::Identity => "who",
        Kind::Group => "group",
        Kind::Policy => "policy",
        Kind::Access => "access",
        Kind::Limit => "limit",
        Kind::Role => "role",
        Kind::Resource => "resource",
        Kind::Danger => "danger",
        Kind::More => return None,
    })
}

/// A line of words at a place, cut to a room of pixels; `scale` is the size of the letters in percent of the usual.
fn words(
    text: &mut String,
    (x, y): (u32, u32),
    class: &str,
    line: &str,
    (room, scale): (u32, u32),
) {
    let line = inert::terminal(line);
    let cut = escaped(&cut(&line, room * 100 / scale));
    push(text, format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{cut}</text>"));
    text.push('\n');
}

/// The beginning of a text that fits, with an ellipsis where something is left out. Widths are those of a broad font, so
/// that every other one fits too; in tenths of pixels.
fn cut(line: &str, room: u32) -> String {
    let width = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' => 42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 120,
        'A'..='Z' | '_' | '=' | '+' | '…' => 92,
        c if u32::from(c) < 0x2000 => 78,
        _ => 140,
    };
    let room = room * 10;
    let mut used = 0;
    let all: u32 = line.chars().map(width).sum();
    if all <= room {
        return line.to_owned();
    }
    let fits = |c: &char| {
        used += width(*c);
        used + width('…') <= room
    };
    line.chars().take_while(fits).chain(['…']).collect()
}

/// Text that XML takes for text, and that steers nothing.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in inert::terminal(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML has no such characters.
            '\u{fffe}' | '\u{ffff}' => safe.push('·'),
            other => safe.push(other),
        }
    }
    safe
}

fn escaped_lines(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

fn push(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _written = text.write_fmt(words);
}

#[cfg(test)]
mod tests;
