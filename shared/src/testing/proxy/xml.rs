//! Just enough XML for the answers of AWS: elements by position, so that an answer can be cut and mended
//! without touching the rest of its bytes. Attributes and entities are left as they are.

use std::{borrow::Cow, ops::Range};

/// An element by its positions in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element<'a> {
    /// Its name, without attributes.
    pub(super) name: &'a str,
    /// From its `<` to behind its last `>`.
    pub(super) outer: Range<usize>,
    /// Between its two tags.
    pub(super) inner: Range<usize>,
}

/// The elements directly inside `within`, in order. Ends early where the text is not well-formed.
pub(super) fn children(text: &str, within: Range<usize>) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    let mut depth = 0_usize;
    let mut position = within.start;
    while let Some(tag) = next_tag(text, position, within.end) {
        position = tag.end;
        match tag.kind {
            Kind::Open => {
                if depth == 0 {
                    open = Some((tag.name, tag.start, tag.end));
                }
                depth += 1;
            }
            Kind::Empty if depth == 0 => {
                let inner = tag.end..tag.end;
                found.push(Element { name: tag.name, outer: tag.start..tag.end, inner });
            }
            Kind::Empty | Kind::Other => {}
            Kind::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some((name, start, inner)) = open.take()
                {
                    let inner = inner..tag.start;
                    found.push(Element { name, outer: start..tag.end, inner });
                }
            }
        }
    }
    found
}

/// The elements inside `<…Result>` of a query answer, and that element; inside the root where there is no
/// such element, as in the answers of EC2 and S3.
pub(super) fn result(text: &str) -> Option<(Element<'_>, Vec<Element<'_>>)> {
    let root = children(text, 0..text.len()).into_iter().next()?;
    let parts = children(text, root.inner.clone());
    match parts.iter().find(|one| one.name.ends_with("Result")) {
        Some(result) => Some((result.clone(), children(text, result.inner.clone()))),
        None => Some((root, parts)),
    }
}

/// The text inside the first element of this name, at any depth.
pub(super) fn first_text<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inner, _)| inner)
}

/// A part of the text; empty if the positions are not in it.
pub(super) fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// The text with parts replaced. The edits must be in order and apart.
pub(super) fn splice(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut spliced = String::with_capacity(text.len());
    let mut position = 0;
    for (range, replacement) in edits {
        spliced.push_str(slice(text, position..range.start));
        spliced.push_str(replacement);
        position = range.end;
    }
    spliced.push_str(slice(text, position..text.len()));
    spliced
}

/// Text as it may stand in an element.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if text.contains(['&', '<', '>']) {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into()
    } else {
        text.into()
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Empty,
    /// A comment, a declaration, character data.
    Other,
}

#[derive(Debug)]
struct Tag<'a> {
    kind: Kind,
    name: &'a str,
    start: usize,
    end: usize,
}

fn next_tag(text: &str, from: usize, to: usize) -> Option<Tag<'_>> {
    let start = from + text.get(from..to)?.find('<')?;
    let rest = text.get(start..to)?;
    for (begin, finish) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")] {
        if rest.starts_with(begin) {
            let end = start + rest.find(finish)? + finish.len();
            return Some(Tag { kind: Kind::Other, name: "", start, end });
        }
    }
    let close = rest.find('>')?;
    let inside = rest.get(1..close)?;
    let (kind, inside) = match (inside.strip_prefix('/'), inside.strip_suffix('/')) {
        (Some(name), _) => (Kind::Close, name),
        (None, Some(name)) => (Kind::Empty, name),
        (None, None) => (Kind::Open, inside),
    };
    let name = inside.split_ascii_whitespace().next().unwrap_or_default();
    Some(Tag { kind, name, start, end: start + close + 1 })
}
