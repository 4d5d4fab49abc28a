//! Which actions there are: the service authorization reference, as one compressed table in the binary.
//!
//! It is unpacked when it is first asked for. What is asked goes through the trait [`Catalogue`], so that whoever asks
//! works without the table too.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

mod table;

use std::sync::LazyLock;

pub use table::Table;

use super::wildcard::Wildcard;

/// The table, which `permission/reference/generate.py` makes; its head says of which date, and under which licence.
const TABLE: &[u8] = include_bytes!("table.zlib");

/// The access level of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Shows which resources there are.
    List,
    /// Shows what is in them.
    Read,
    /// Changes them.
    Write,
    /// Changes who may do what.
    Permissions,
    /// Changes tags alone.
    Tagging,
}

/// A type of resource that an action can be narrowed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType<'a> {
    /// Its name.
    pub name: &'a str,
    /// What its ARNs look like, with `${Partition}`, `${Region}`, `${Account}` and names of parts left open; none where
    /// the reference does not say.
    pub arns: Vec<&'a str>,
    /// Whether the action is always on one of that type.
    pub is_required: bool,
    /// The condition keys that its resources and the action on them have.
    pub keys: Vec<&'a str>,
}

impl ResourceType<'_> {
    /// The patterns of its ARNs, with a star for every part that is left open.
    pub fn patterns(&self) -> impl Iterator<Item = String> {
        self.arns.iter().map(|arn| opened(arn))
    }

    /// Whether an ARN is one of that type.
    pub fn is_of(&self, arn: &str) -> bool {
        self.patterns().any(|pattern| Wildcard::read(&pattern).matches(arn))
    }
}

fn opened(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once("${") {
        text.push_str(before);
        text.push('*');
        rest = behind.split_once('}').map_or("", |(_, behind)| behind);
    }
    text.push_str(rest);
    text
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// The prefix of its service.
    pub service: &'a str,
    /// Its name, as AWS writes it.
    pub name: &'a str,
    /// Its access level.
    pub level: Level,
    /// What it can be narrowed to; nothing where AWS takes only `*`.
    pub resources: Vec<ResourceType<'a>>,
    /// The condition keys that requests for it have, whatever it is on. Global keys are not listed.
    pub keys: Vec<&'a str>,
}

impl Action<'_> {
    /// The action as policies name it.
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }
}

/// What a pattern of actions stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expansion<'a> {
    /// These actions, in order; none where the service has none of that name.
    Actions(Vec<Action<'a>>),
    /// The service is not in the catalogue, so nobody knows.
    UnknownService,
}

/// Who knows which actions there are.
pub trait Catalogue: Send + Sync {
    /// The prefixes of all services, in order.
    fn services(&self) -> Vec<&str>;

    /// The action of that name, `service:Name` in any case.
    fn action(&self, name: &str) -> Option<Action<'_>>;

    /// The actions that a pattern of a policy stands for.
    fn expand(&self, pattern: &str) -> Expansion<'_>;
}

/// The published reference.
pub fn published() -> &'static Table {
    static PUBLISHED: LazyLock<Table> = LazyLock::new(|| Table::unpack(TABLE));
    &PUBLISHED
}

#[cfg(test)]
mod tests;
