//! Policy variables: `${key}`, `${key, 'default'}`, and the escapes `${*}`, `${?}` and `${$}`.
//!
//! A [`Template`] is a text of a policy in which they may stand. A variable without a value matches nothing: neither
//! equal nor alike. A value is text, so a star in it is a star.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use std::fmt;

use super::document::Version;
use super::evaluate::context::{Context, Found};
use super::truth::Truth;
use super::wildcard::{self, OwnedPart, Part, Wildcard};

/// A key of the request, named where its value goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variable {
    /// The key as written.
    pub name: Box<str>,
    /// The key in lower case.
    key: Box<str>,
    /// What stands for it where the request has no value.
    default: Option<Box<str>>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Piece {
    Part(OwnedPart),
    Variable(Variable),
}

/// Whether `*` and `?` are wildcards in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wildcards {
    /// They are.
    On,
    /// They are text.
    Off,
}

/// Where in a template variables are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Everywhere.
    All,
    /// In an ARN only behind its fifth colon, as in the `Resource` element; before it they are text.
    BehindFifthColon,
}

/// A text of a policy, made ready for matching.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Template {
    /// There is no variable in it.
    Fixed(Wildcard),
    /// There is.
    Open(Open),
}

/// A template with variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Open(Box<[Piece]>);

impl Template {
    /// Reads a text; every text is a template.
    pub fn read(text: &str, version: Version, wildcards: Wildcards, place: Where) -> Self {
        let pieces = pieces(text, version, wildcards, place);
        if pieces.iter().any(|piece| matches!(piece, Piece::Variable(_))) {
            return Self::Open(Open(pieces.into()));
        }
        Self::Fixed(Wildcard::of(pieces.into_iter().filter_map(|piece| match piece {
            Piece::Part(part) => Some(part),
            Piece::Variable(_) => None,
        })))
    }

    /// Whether the text as a whole is one that the template stands for. `Maybe` hangs on a variable whose value is not
    /// known.
    #[inline]
    pub fn matches(&self, text: &str, context: &Context) -> Truth {
        match self {
            Self::Fixed(wildcard) => wildcard.matches(text).into(),
            Self::Open(open) => open.matches(text, context),
        }
    }

    /// The pattern that it is in a request; `None` where a variable has no value there, or none that is known.
    pub fn resolved(&self, context: &Context) -> Option<String> {
        match self {
            Self::Fixed(_) => Some(self.to_string()),
            Self::Open(open) => open.parts(context).ok().map(|parts| wildcard::text(&parts)),
        }
    }

    /// The pattern with a star in the place of every variable.
    pub fn opened(&self) -> String {
        match self {
            Self::Fixed(_) => self.to_string(),
            Self::Open(open) => {
                let part = |piece: &Piece| match piece {
                    Piece::Part(own) => own.clone(),
                    Piece::Variable(_) => OwnedPart::Any,
                };
                wildcard::text(&open.0.iter().map(part).collect::<Vec<_>>())
            }
        }
    }

    /// The variables whose values the request does not know.
    pub fn unknown<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = &'a str> {
        let open = match self {
            Self::Fixed(_) => None,
            Self::Open(open) => Some(open),
        };
        open.into_iter().flat_map(|open| open.unknown(context))
    }
}

impl fmt::Display for Template {
    /// As it is written, but for `${*}`, `${?}` and `${$}`, which are the text that they stand for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |f: &mut fmt::Formatter<'_>, part: &OwnedPart| match part {
            OwnedPart::Any => f.write_str("*"),
            OwnedPart::One => f.write_str("?"),
            OwnedPart::Text(text) => f.write_str(text),
        };
        match self {
            Self::Fixed(Wildcard::Any) => f.write_str("*"),
            Self::Fixed(Wildcard::Exact(text)) => f.write_str(text),
            Self::Fixed(Wildcard::Prefix(text)) => write!(f, "{text}*"),
            Self::Fixed(Wildcard::Parts(parts)) => parts.iter().try_for_each(|own| part(f, own)),
            Self::Open(open) => open.0.iter().try_for_each(|piece| match piece {
                Piece::Part(own) => part(f, own),
                Piece::Variable(Variable { name, default: None, .. }) => write!(f, "${{{name}}}"),
                Piece::Variable(Variable { name, default: Some(default), .. }) => {
                    write!(f, "${{{name}, '{default}'}}")
                }
            }),
        }
    }
}

/// How many parts are put together without asking for memory.
const FEW: usize = 12;

impl Open {
    fn matches(&self, text: &str, context: &Context) -> Truth {
        let mut few = [Part::Any; FEW];
        let mut many = Vec::new();
        let parts = if let Some(few) = few.get_mut(..self.0.len()) {
            few
        } else {
            many.resize(self.0.len(), Part::Any);
            many.as_mut_slice()
        };
        let mut certain = Truth::Yes;
        for (part, piece) in parts.iter_mut().zip(&self.0) {
            *part = match piece.resolve(context) {
                Resolved::Part(part) => part,
                Resolved::Nothing => return Truth::No,
                // Whatever the value is, a star takes it: what does not match so never does.
                Resolved::Unknown => {
                    certain = Truth::Maybe;
                    Part::Any
                }
            };
        }
        certain & Truth::from(wildcard::matches(parts, text))
    }

    /// The variables whose values the request does not know.
    pub fn unknown<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) if context.find(&variable.key) == Found::Unknown => {
                Some(&*variable.name)
            }
            _ => None,
        })
    }

    /// The parts with every variable replaced; `Err` says what is instead, of a template with a variable that has no
    /// value (`No`) or whose value is not known (`Maybe`).
    pub fn parts<'a>(&'a self, context: &'a Context) -> Result<Vec<Part<'a>>, Truth> {
        let mut certain = Truth::Yes;
        let mut parts = Vec::with_capacity(self.0.len());
        for piece in &self.0 {
            match piece.resolve(context) {
                Resolved::Part(part) => parts.push(part),
                Resolved::Nothing => return Err(Truth::No),
                Resolved::Unknown => certain = Truth::Maybe,
            }
        }
        if certain.is_yes() { Ok(parts) } else { Err(certain) }
    }
}

/// What a piece is in a request.
enum Resolved<'a> {
    Part(Part<'a>),
    Nothing,
    Unknown,
}

impl Piece {
    fn resolve<'a>(&'a self, context: &'a Context) -> Resolved<'a> {
        match self {
            Self::Part(OwnedPart::Any) => Resolved::Part(Part::Any),
            Self::Part(OwnedPart::One) => Resolved::Part(Part::One),
            Self::Part(OwnedPart::Text(text)) => Resolved::Part(Part::Text(text)),
            Self::Variable(variable) => match context.find(&variable.key) {
                Found::Values([value]) => Resolved::Part(Part::Text(value)),
                Found::Unknown => Resolved::Unknown,
                // A key with several values cannot be used as a variable.
                // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
                Found::Absent | Found::Values(_) => match &variable.default {
                    Some(default) => Resolved::Part(Part::Text(default)),
                    None => Resolved::Nothing,
                },
            },
        }
    }
}

fn pieces(text: &str, version: Version, wildcards: Wildcards, place: Where) -> Vec<Piece> {
    let plain = |pieces: &mut Vec<Piece>, text: &str| match wildcards {
        Wildcards::On => pieces.extend(wildcard::parts(text).map(Piece::Part)),
        Wildcards::Off if text.is_empty() => {}
        Wildcards::Off => pieces.push(Piece::Part(OwnedPart::Text(text.into()))),
    };
    let mut pieces = Vec::new();
    // Without the newer version, a variable is the text that it is written as.
    let mut rest = text;
    let mut colons = 0;
    let is_closed =
        |colons| place == Where::BehindFifthColon && text.starts_with("arn:") && colons < 5;
    while version == Version::V2012
        && let Some((before, inside)) = rest.split_once("${")
    {
        plain(&mut pieces, before);
        colons += before.matches(':').count();
        let Some((piece, behind)) = variable(inside) else {
            pieces.push(Piece::Part(OwnedPart::Text("${".into())));
            rest = inside;
            continue;
        };
        rest = behind;
        pieces.push(match piece {
            Piece::Variable(variable) if is_closed(colons) => {
                let written = format!("${{{}}}", variable.name);
                Piece::Part(OwnedPart::Text(written.into()))
            }
            piece => piece,
        });
    }
    plain(&mut pieces, rest);
    pieces
}

/// Reads what is behind `${`, up to its `}`.
fn variable(inside: &str) -> Option<(Piece, &str)> {
    let end = inside.find(['}', ','])?;
    let (name, behind) = inside.split_at_checked(end)?;
    let name = name.trim();
    let text = |text: &str| Piece::Part(OwnedPart::Text(text.into()));
    if let Some(behind) = behind.strip_prefix('}') {
        return match name {
            "" => None,
            "*" | "?" | "$" => Some((text(name), behind)),
            _ => Some((named(name, None), behind)),
        };
    }
    let quoted = behind.strip_prefix(',')?.trim_start().strip_prefix('\'')?;
    let (default, behind) = quoted.split_once('\'')?;
    let behind = behind.trim_start().strip_prefix('}')?;
    if name.is_empty() { None } else { Some((named(name, Some(default)), behind)) }
}

fn named(name: &str, default: Option<&str>) -> Piece {
    let key = name.to_lowercase().into();
    Piece::Variable(Variable { name: name.into(), key, default: default.map(Into::into) })
}

#[cfg(test)]
mod tests;
