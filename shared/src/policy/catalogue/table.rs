//! The table of the catalogue: text, searched where it is asked.

use libdeflater::Decompressor;

use super::{Action, Catalogue, Expansion, Level, ResourceType};
use crate::policy::wildcard::Wildcard;

/// The most that a table is when it is unpacked; it is a quarter of that today.
const MOST: usize = 4 << 20;

/// A table: the text, and where in it each service is.
#[derive(Clone, Debug, Default)]
pub struct Table {
    text: String,
    /// By prefix, in order.
    services: Vec<Service>,
}

#[derive(Clone, Debug)]
struct Service {
    prefix: String,
    start: usize,
    end: usize,
}

/// The lines of a service.
struct Lines<'a> {
    prefix: &'a str,
    keys: Vec<&'a str>,
    types: Vec<ResourceType<'a>>,
    actions: &'a str,
}

impl Table {
    /// Unpacks a table; what does not unpack is an empty one, which knows no service.
    pub fn unpack(packed: &[u8]) -> Self {
        let mut bytes = vec![0; MOST];
        let size = Decompressor::new().zlib_decompress(packed, &mut bytes).unwrap_or(0);
        bytes.truncate(size);
        bytes.shrink_to_fit();
        Self::read(String::from_utf8(bytes).unwrap_or_default())
    }

    /// Reads a table that is text.
    pub fn read(text: String) -> Self {
        let mut services: Vec<Service> = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            if let Some(prefix) =
                line.trim_end().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
            {
                if let Some(before) = services.last_mut() {
                    before.end = start;
                }
                services.push(Service { prefix: prefix.to_owned(), start: at, end: text.len() });
            }
        }
        services.sort_by(|one, other| one.prefix.cmp(&other.prefix));
        Self { text, services }
    }

    /// What the head of the table says: where it comes from, of which date, and under which licence.
    pub fn head(&self) -> &str {
        self.text.split("\n[").next().unwrap_or_default()
    }

    fn find(&self, prefix: &str) -> Option<Lines<'_>> {
        let prefix = prefix.to_ascii_lowercase();
        let at = self.services.binary_search_by(|service| service.prefix.as_str().cmp(&prefix));
        at.ok().and_then(|at| self.services.get(at)).map(|service| self.lines(service))
    }

    fn lines<'a>(&'a self, service: &'a Service) -> Lines<'a> {
        let mut lines =
            Lines { prefix: &service.prefix, keys: Vec::new(), types: Vec::new(), actions: "" };
        let mut rest = self.text.get(service.start..service.end).unwrap_or_default();
        while let Some((line, behind)) = rest.split_once('\n') {
            if let Some(key) = line.strip_prefix('^') {
                lines.keys.push(key);
            } else if let Some(kind) = line.strip_prefix('=') {
                lines.push_type(kind);
            } else {
                lines.actions = rest;
                break;
            }
            rest = behind;
        }
        lines
    }
}

impl<'a> Lines<'a> {
    fn push_type(&mut self, line: &'a str) {
        let mut fields = line.split(' ');
        let (name, arns) = (fields.next().unwrap_or_default(), fields.next().unwrap_or("-"));
        let arns = arns.split('|').filter(|arn| *arn != "-").collect();
        let keys = self.keys_of(fields.next().unwrap_or("-"), ',');
        self.types.push(ResourceType { name, arns, is_required: false, keys });
    }

    fn keys_of(&self, numbers: &str, between: char) -> Vec<&'a str> {
        let number = |text: &str| text.parse::<usize>().ok();
        let key = |text| number(text).and_then(|at| self.keys.get(at)).copied();
        numbers.split(between).filter_map(key).collect()
    }

    /// The names of the actions, each with what is behind it.
    fn actions(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.actions.lines().filter_map(|line| line.split_once(' '))
    }

    fn action(&self, name: &'a str, rest: &str) -> Option<Action<'a>> {
        let mut fields = rest.split(' ');
        let level = match fields.next()? {
            "L" => Level::List,
            "R" => Level::Read,
            "W" => Level::Write,
            "P" => Level::Permissions,
            "T" => Level::Tagging,
            _ => return None,
        };
        let types = fields.next()?.split(',').filter(|text| *text != "-");
        let resources = types.filter_map(|text| self.resource(text)).collect();
        let keys = self.keys_of(fields.next()?, ',');
        Some(Action { service: self.prefix, name, level, resources, keys })
    }

    /// Reads `number!:key+key`.
    fn resource(&self, text: &str) -> Option<ResourceType<'a>> {
        let (number, own) = text.split_once(':').unwrap_or((text, "-"));
        let is_required = number.ends_with('!');
        let mut kind = self.types.get(number.trim_end_matches('!').parse::<usize>().ok()?)?.clone();
        kind.is_required = is_required;
        for key in self.keys_of(own, '+') {
            if !kind.keys.contains(&key) {
                kind.keys.push(key);
            }
        }
        Some(kind)
    }
}

impl Catalogue for Table {
    fn services(&self) -> Vec<&str> {
        self.services.iter().map(|service| service.prefix.as_str()).collect()
    }

    fn action(&self, name: &str) -> Option<Action<'_>> {
        let (prefix, name) = name.split_once(':')?;
        let lines = self.find(prefix)?;
        let mut found = lines.actions().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let (own, rest) = found.next()?;
        lines.action(own, rest)
    }

    fn expand(&self, pattern: &str) -> Expansion<'_> {
        let pattern = if pattern == "*" { "*:*" } else { pattern };
        let (prefix, _) = pattern.split_once(':').unwrap_or((pattern, ""));
        let whole = Wildcard::read(&pattern.to_lowercase());
        let found = if prefix.contains(['*', '?']) {
            self.services.iter().map(|service| self.lines(service)).collect()
        } else {
            match self.find(prefix) {
                Some(lines) => vec![lines],
                None => return Expansion::UnknownService,
            }
        };
        let mut actions = Vec::new();
        for lines in &found {
            let matching = lines.actions().filter(|(name, _)| {
                whole.matches(&format!("{}:{}", lines.prefix, name.to_ascii_lowercase()))
            });
            actions.extend(matching.filter_map(|(name, rest)| lines.action(name, rest)));
        }
        Expansion::Actions(actions)
    }
}
