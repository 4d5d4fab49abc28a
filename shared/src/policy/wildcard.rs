//! Wildcards as IAM means them: `*` is any run of characters, `:` and `/` included, `?` is exactly one character, and
//! there is no escape but the variables `${*}` and `${?}`.
//!
//! A pattern is cut at its stars. The first piece stands at the start of the text and the last at its end; each of the
//! others is looked for once, from left to right, where the earliest place is as good as any. So a pattern takes time in
//! proportion to the text, however many stars there are; a `?` between two texts of one piece is looked for with all
//! places of 64 characters of the piece at once.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

mod search;

use memchr::memmem;

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// `*`
    Any,
    /// `?`
    One,
    /// Text that stands for itself.
    Text(&'a str),
}

/// What can be seen as a part.
pub trait AsPart {
    /// The part.
    fn part(&self) -> Part<'_>;
}

impl AsPart for Part<'_> {
    fn part(&self) -> Part<'_> {
        *self
    }
}

/// A part that owns its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OwnedPart {
    /// `*`
    Any,
    /// `?`
    One,
    /// Text that stands for itself.
    Text(Box<str>),
}

impl AsPart for OwnedPart {
    fn part(&self) -> Part<'_> {
        match self {
            Self::Any => Part::Any,
            Self::One => Part::One,
            Self::Text(text) => Part::Text(text),
        }
    }
}

/// The parts as policies write them.
pub fn text<P: AsPart>(parts: &[P]) -> String {
    let text = |part: &P| match part.part() {
        Part::Any => "*".to_owned(),
        Part::One => "?".to_owned(),
        Part::Text(text) => text.to_owned(),
    };
    parts.iter().map(text).collect()
}

/// Whether the text as a whole is one that the parts stand for, case by case.
pub fn matches<P: AsPart>(parts: &[P], text: &str) -> bool {
    let mut pieces = parts.split(|part| matches!(part.part(), Part::Any));
    let Some(mut rest) = pieces.next().and_then(|first| after(first, text)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    let Some(before) = before(last, rest) else { return false };
    rest = before;
    for piece in pieces {
        match behind_first(piece, rest) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    true
}

/// What is behind a piece that stands at the start.
fn after<'t, P: AsPart>(piece: &[P], text: &'t str) -> Option<&'t str> {
    piece.iter().try_fold(text, |rest, part| match part.part() {
        Part::Text(own) => rest.strip_prefix(own),
        Part::One | Part::Any => {
            let mut chars = rest.chars();
            chars.next()?;
            Some(chars.as_str())
        }
    })
}

/// What is before a piece that stands at the end.
fn before<'t, P: AsPart>(piece: &[P], text: &'t str) -> Option<&'t str> {
    piece.iter().rev().try_fold(text, |rest, part| match part.part() {
        Part::Text(own) => rest.strip_suffix(own),
        Part::One | Part::Any => {
            let mut chars = rest.chars();
            chars.next_back()?;
            Some(chars.as_str())
        }
    })
}

/// What is behind the first place where a piece stands.
fn behind_first<'t, P: AsPart>(piece: &[P], mut text: &'t str) -> Option<&'t str> {
    // A `?` at the front of a piece only takes a character from the star before it.
    let mut piece = piece;
    while let Some((first, others)) = piece.split_first()
        && matches!(first.part(), Part::One)
    {
        text = after(std::slice::from_ref(first), text)?;
        piece = others;
    }
    let Some((first, others)) = piece.split_first() else { return Some(text) };
    let Part::Text(own) = first.part() else { return Some(text) };
    if !others.is_empty() && text.len().saturating_mul(others.len()) > search::WORTH {
        return search::behind_first(piece, text);
    }
    let finder = memmem::Finder::new(own);
    loop {
        let at = finder.find(text.as_bytes())?;
        let behind = text.get(at + own.len()..)?;
        if let Some(rest) = after(others, behind) {
            return Some(rest);
        }
        let mut chars = text.get(at..)?.chars();
        chars.next()?;
        text = chars.as_str();
    }
}

/// A pattern without variables, made ready for matching.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wildcard {
    /// `*`
    Any,
    /// No wildcard.
    Exact(Box<str>),
    /// One star, at the end.
    Prefix(Box<str>),
    /// Everything else.
    Parts(Box<[OwnedPart]>),
}

impl Wildcard {
    /// Reads a pattern; every text is one.
    pub fn read(pattern: &str) -> Self {
        Self::of(parts(pattern))
    }

    /// A pattern of these parts. Stars next to each other and texts next to each other become one.
    pub fn of(given: impl IntoIterator<Item = OwnedPart>) -> Self {
        let mut parts: Vec<OwnedPart> = Vec::new();
        for part in given {
            match (parts.last_mut(), part) {
                (Some(OwnedPart::Any), OwnedPart::Any) => {}
                (_, OwnedPart::Text(text)) if text.is_empty() => {}
                (Some(OwnedPart::Text(before)), OwnedPart::Text(text)) => {
                    *before = format!("{before}{text}").into_boxed_str();
                }
                (_, part) => parts.push(part),
            }
        }
        match parts.as_slice() {
            [] => Self::Exact("".into()),
            [OwnedPart::Any] => Self::Any,
            [OwnedPart::Text(text)] => Self::Exact(text.clone()),
            [OwnedPart::Text(text), OwnedPart::Any] => Self::Prefix(text.clone()),
            _ => Self::Parts(parts.into()),
        }
    }

    /// Whether the text as a whole is one that the pattern stands for, case by case.
    #[inline]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(own) => **own == *text,
            Self::Prefix(own) => text.starts_with(&**own),
            Self::Parts(parts) => matches(parts, text),
        }
    }
}

/// The parts of a pattern in which `*` and `?` are wildcards.
pub fn parts(pattern: &str) -> impl Iterator<Item = OwnedPart> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let at = rest.find(['*', '?']).unwrap_or(rest.len());
        if at > 0 {
            let (text, behind) = rest.split_at_checked(at)?;
            rest = behind;
            return Some(OwnedPart::Text(text.into()));
        }
        let mut chars = rest.chars();
        let wildcard = chars.next()?;
        rest = chars.as_str();
        Some(if wildcard == '*' { OwnedPart::Any } else { OwnedPart::One })
    })
}

#[cfg(test)]
mod tests;
