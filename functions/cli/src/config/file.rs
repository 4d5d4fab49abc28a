//! The settings file: TOML → what it sets, with the line of each, and everything that is wrong.

use std::collections::BTreeMap;
use std::ops::Range;

use accesstrail_shared::analysis::{Class, Rule};
use accesstrail_shared::model::Pattern;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::Shape;
use super::nearest::nearest;
use super::{Given, Key, Origin};

/// The table of the rules that say who or what an identity stands for.
const CLASS: &str = "class";

/// What a rule may have.
const RULE: [&str; 3] = ["name", "tag", "class"];

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) given: BTreeMap<Key, Given>,
    pub(super) rules: Vec<Rule>,
    /// What is wrong, in the order of the lines.
    pub(super) problems: Vec<String>,
}

/// Reads a file.
pub(super) fn read(text: &str) -> Read {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, read: Read::default(), problems: Vec::new() };
    for error in errors {
        reader.wrong(&error.span().unwrap_or_default(), error.message().to_owned());
    }
    // What does not hang together as TOML is told first: what follows from it would only confuse.
    if reader.problems.is_empty() {
        reader.table(table.get_ref());
    }
    let Reader { mut read, mut problems, .. } = reader;
    problems.sort();
    read.problems =
        problems.into_iter().map(|(line, problem)| format!("line {line}: {problem}")).collect();
    read
}

struct Reader<'a> {
    text: &'a str,
    read: Read,
    problems: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        1 + self.text.bytes().take(span.start).filter(|byte| *byte == b'\n').count()
    }

    fn wrong(&mut self, span: &Range<usize>, problem: impl Into<String>) {
        let line = self.line(span);
        self.problems.push((line, problem.into()));
    }

    fn table(&mut self, table: &DeTable<'_>) {
        for (name, value) in table {
            match value.get_ref() {
                DeValue::Array(rules) if name.get_ref() == CLASS => {
                    rules.iter().for_each(|rule| self.rule(rule));
                }
                DeValue::Table(inner) => {
                    for (below, value) in inner {
                        let name = format!("{}.{}", name.get_ref(), below.get_ref());
                        self.setting(&name, &below.span(), value);
                    }
                }
                _ => self.setting(name.get_ref(), &name.span(), value),
            }
        }
    }

    fn setting(&mut self, name: &str, span: &Range<usize>, value: &Spanned<DeValue<'_>>) {
        let Some(key) = Key::find(name) else {
            let known = Key::ALL.iter().map(|key| key.name()).chain([CLASS]);
            let meant = nearest(name, known).map(|name| format!(": `{name}` perhaps"));
            let meant =
                meant.unwrap_or_else(|| ": `accesstrail config show` has them all".to_owned());
            return self.wrong(span, format!("there is no setting `{name}`{meant}"));
        };
        let line = self.line(span);
        let Some(texts) = texts(key.shape(), value) else {
            let (expected, found) = (expected(key.shape()), value.get_ref().type_str());
            return self.wrong(span, format!("{name} is {expected}, and this is of type {found}"));
        };
        for (text, span) in &texts {
            if let Err(reason) = key.check(text) {
                self.wrong(span, format!("{name}: {reason}"));
            }
        }
        let texts = texts.into_iter().map(|(text, _)| text).collect();
        self.read.given.insert(key, Given { texts, origin: Origin::File(line) });
    }

    fn rule(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(&value.span(), "a rule is a table: [[class]]");
        };
        let mut rule = (None, None, None);
        for (name, value) in table {
            let Some(text) = value.get_ref().as_str() else {
                self.wrong(&value.span(), format!("{} of a rule is a text", name.get_ref()));
                continue;
            };
            match &**name.get_ref() {
                "name" => rule.0 = Some(pattern(text)),
                "tag" => {
                    let (key, value) =
                        text.split_once('=').map_or((text, None), |it| (it.0, Some(it.1)));
                    rule.1 = Some((key.trim().to_owned(), value.map(|it| pattern(it.trim()))));
                }
                "class" => match text.parse::<Class>() {
                    Ok(class) => rule.2 = Some(class),
                    Err(error) => self.wrong(&value.span(), error.to_string()),
                },
                other => {
                    let meant = nearest(other, RULE).map(|name| format!(": `{name}` perhaps"));
                    let problem = format!("a rule has no `{other}`{}", meant.unwrap_or_default());
                    self.wrong(&name.span(), problem);
                }
            }
        }
        match rule {
            (None, None, _) => self.wrong(&value.span(), "a rule needs a `name` or a `tag`"),
            (name, tag, Some(class)) => self.read.rules.push(Rule { name, tag, class }),
            _ if table.keys().any(|name| name.get_ref() == CLASS) => {}
            _ => self.wrong(&value.span(), "a rule needs a `class`"),
        }
    }
}

fn pattern(text: &str) -> Pattern {
    let Ok(pattern) = text.parse::<Pattern>();
    pattern
}

/// The texts of a value with their places; `None` where it is not of the shape.
fn texts(shape: Shape, value: &Spanned<DeValue<'_>>) -> Option<Vec<(String, Range<usize>)>> {
    let span = value.span();
    Some(match (shape, value.get_ref()) {
        (Shape::Switch, DeValue::Boolean(switch)) => vec![(switch.to_string(), span)],
        (Shape::Number(..), DeValue::Integer(number)) => vec![(number.as_str().to_owned(), span)],
        (Shape::Text(_), DeValue::String(text)) => vec![(text.to_string(), span)],
        (Shape::List(_), DeValue::Array(items)) => {
            let text = |item: &Spanned<DeValue<'_>>| {
                Some((item.get_ref().as_str()?.to_owned(), item.span()))
            };
            items.iter().map(text).collect::<Option<_>>()?
        }
        _ => return None,
    })
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::Switch => "true or false",
        Shape::Number(..) => "a number",
        Shape::Text(_) => "a text in quotes",
        Shape::List(_) => "a list of texts: [\"…\"]",
    }
}
