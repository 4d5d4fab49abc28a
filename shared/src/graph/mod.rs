//! The access of one identity, as a picture, a tree of text, and a document.
//!
//! ```text
//!  Estate ─► gather ─► Graph ─┬─► text       a tree
//!                             ├─► document   JSON
//!                             └─► picture ─► layout ─► svg
//! ```
//!
//! Pure. All three say the same; only the picture names a few of what there are many of, and counts the rest. Names from
//! AWS are inert in each of them.

mod gather;
mod layout;
mod picture;
mod svg;
mod tell;

use std::collections::BTreeSet;

pub use gather::gather;
pub use layout::{Cell, Kind, Line, Placed, Scene, lay};
pub use svg::svg;
pub use tell::{document, text};

use crate::access::Route;
use crate::policy::catalogue::Level;

/// Whom the graph is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its ARN.
    pub arn: String,
    /// What people call it.
    pub name: String,
    /// `user`, `role` or `root`.
    pub kind: &'static str,
    /// Its account.
    pub account: String,
    /// Its unique id, where it is known.
    pub unique_id: Option<String>,
    /// Whether it may do everything, under every layer.
    pub is_administrator: bool,
}

/// What a policy gives in one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccess {
    /// The prefix of the service; `*` for all of them.
    pub service: String,
    /// The access levels of the actions, as the service authorization reference has them.
    pub levels: BTreeSet<Level>,
    /// How many actions; 0 where the reference does not know the service.
    pub actions: usize,
    /// Whether some of it hangs on conditions.
    pub is_conditional: bool,
    /// Whether it is on named resources only.
    pub is_on_some: bool,
}

/// A policy, and what it gives as far as no layer takes it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyAccess {
    /// The ARN of a managed policy, the name of an inline one.
    pub name: String,
    /// `inline`, `managed` or `group`.
    pub via: &'static str,
    /// The group that it comes by.
    pub group: Option<String>,
    /// What it gives, by service.
    pub access: Vec<ServiceAccess>,
    /// What takes a part of it away.
    pub narrowed_by: BTreeSet<String>,
    /// Why it cannot be judged wholly.
    pub unknown: Vec<String>,
}

/// What limits it besides its own policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `boundary` or `scp`.
    pub kind: &'static str,
    /// The policy, and for a policy of the organization where it is attached.
    pub name: String,
    /// How many of its statements deny something.
    pub denies: usize,
    /// Whether its text is not known.
    pub is_unknown: bool,
}

/// Who can become it, or is trusted with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// An ARN, the name of a service or provider, or an account.
    pub name: String,
    /// `identity`, `service`, `provider`, `account` or `everybody`.
    pub kind: &'static str,
    /// Whether it hangs on conditions, or on what is not known.
    pub is_conditional: bool,
}

/// A role that it can become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The role.
    pub arn: String,
    /// Whether it hangs on conditions, or on what is not known.
    pub is_conditional: bool,
    /// What can be become from there on, each role once.
    pub roles: Vec<Self>,
}

/// A resource whose policy names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The resource.
    pub arn: String,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// The statement, from 0.
    pub statement: usize,
    /// The access levels of the actions.
    pub levels: BTreeSet<Level>,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// Whom it is about.
    pub subject: Subject,
    /// The groups that it is in, by ARN.
    pub groups: Vec<String>,
    /// Its policies.
    pub policies: Vec<PolicyAccess>,
    /// What limits it; policies of the organization that allow everything are left out.
    pub limits: Vec<Limit>,
    /// Who can become it.
    pub callers: Vec<Caller>,
    /// Which roles it can become.
    pub roles: Vec<Role>,
    /// Which resources name it.
    pub resources: Vec<Naming>,
    /// Its shortest path to the rights of an administrator.
    pub route: Option<Route>,
}

/// An access level in one word.
pub fn level_word(level: Level) -> &'static str {
    match level {
        Level::List => "list",
        Level::Read => "read",
        Level::Write => "write",
        Level::Permissions => "permissions",
        Level::Tagging => "tagging",
    }
}

/// The last part of an ARN, which people know things by.
fn short(arn: &str) -> &str {
    let rest = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    if rest.starts_with("role/") || rest.starts_with("user/") || rest.starts_with("group/") {
        return rest.rsplit('/').next().unwrap_or(rest);
    }
    rest.strip_prefix("policy/").unwrap_or(rest)
}

#[cfg(test)]
mod tests;
