//! Findings that inventory alone supports: one question per file, one registry.
//!
//! ```text
//!  Snapshot ─► Inventory ─┐
//!  import ───► Estate ────┴─► Check (a file each) ─► Judged ─┐
//!                             findings of earlier runs ──────┴─► join ─► opened, ongoing, resolved
//! ```
//!
//! Pure. A check says *present*, or *unknown* with a reason, of a subject; what it does not mention is absent. What was
//! not collected, or could not be read, makes a subject unknown: that neither opens a finding nor resolves one. Checks
//! look at each distinct policy first and at its holders then, so that fifty thousand principals with the same policies cost
//! little more than one.

pub mod show;

mod check;
mod inventory;
mod join;
mod narrow;
mod stranger;
mod strangers;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

pub use inventory::{Credentials, Fact, Gap, Inventory, Need};
pub use join::{changed, join};

use crate::access::estate::{Estate, Held, Identity};
use crate::access::{Escalation, Index, Route};
use crate::model::Timestamp;
use crate::model::finding::{Detail, FindingId, FindingKind, Severity};

/// A check: one question, asked about every subject that it can be asked about.
pub trait Check: Sync {
    /// What its findings say.
    fn kind(&self) -> FindingKind;

    /// How bad the worst of its findings are.
    fn severity(&self) -> Severity;

    /// What it must know of an account. Where that is a gap, the account's subjects are unknown.
    fn needs(&self) -> &'static [Need];

    /// Judges all subjects.
    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>);
}

/// Every check.
pub static ALL: &[&dyn Check] = &[
    &check::AdminWildcard,
    &check::ExternalTrust,
    &check::OpenOidcSubject,
    &check::WildcardPrincipal,
    &check::ConsoleWithoutMfa,
    &check::StaleKey,
    &check::RootKey,
    &check::EscalationPath,
];

/// What checks look at, and what several of them ask for, once.
#[derive(Debug)]
pub struct World<'w> {
    /// The inventory.
    pub inventory: &'w Inventory<'w>,
    index: OnceCell<Index<'w>>,
    routes: OnceCell<Vec<Route>>,
}

impl<'w> World<'w> {
    fn of(inventory: &'w Inventory<'w>) -> Self {
        Self { inventory, index: OnceCell::new(), routes: OnceCell::new() }
    }

    /// The principals and policies.
    pub fn estate(&self) -> &'w Estate {
        &self.inventory.estate
    }

    /// Who can do what.
    pub fn index(&self) -> &Index<'w> {
        self.index.get_or_init(|| Index::of(self.estate()))
    }

    /// The paths to the rights of an administrator.
    pub fn routes(&self) -> &[Route] {
        self.routes.get_or_init(|| Escalation::of(self.index()).routes())
    }
}

/// A subject of which something is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Which finding.
    pub id: FindingId,
    /// The account of the subject.
    pub account: String,
    /// What is to be said.
    pub detail: Detail,
}

/// What all checks came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// What is so.
    pub present: Vec<Present>,
    /// Subjects that could not be judged, and why.
    pub unknown: BTreeMap<(FindingKind, String), String>,
    /// The accounts of which anything is known at all.
    pub accounts: BTreeSet<String>,
    /// What of the accounts was not seen.
    pub gaps: Vec<Gap>,
    /// Kinds that nothing was given for: no file says anything of it.
    pub not_asked: BTreeMap<FindingKind, String>,
}

/// Where a check writes down what it finds.
#[derive(Debug)]
pub struct Verdicts<'w> {
    inventory: &'w Inventory<'w>,
    kind: FindingKind,
    needs: &'static [Need],
    judged: Judged,
}

impl Verdicts<'_> {
    /// Something is so. In an account where what the check needs was not seen it is unknown instead.
    pub fn present(&mut self, subject: &str, account: &str, part: &str, detail: Detail) {
        if let Some(why) = self.inventory.missing(account, self.needs) {
            let why = why.to_owned();
            self.unknown(subject, &why);
            return;
        }
        let id = FindingId { kind: self.kind, subject: subject.to_owned(), part: part.to_owned() };
        self.judged.present.push(Present { id, account: account.to_owned(), detail });
    }

    /// Nobody can say.
    pub fn unknown(&mut self, subject: &str, why: &str) {
        let key = (self.kind, subject.to_owned());
        self.judged.unknown.entry(key).or_insert_with(|| why.to_owned());
    }
}

/// Asks every check about an inventory.
pub fn judge(inventory: &Inventory<'_>) -> Judged {
    judge_with(ALL, inventory)
}

/// Asks some checks about an inventory.
pub fn judge_with(checks: &[&dyn Check], inventory: &Inventory<'_>) -> Judged {
    let world = World::of(inventory);
    let judged = Judged {
        accounts: inventory.accounts.clone(),
        gaps: inventory.gaps.clone(),
        ..Judged::default()
    };
    let mut verdicts = Verdicts { inventory, kind: FindingKind::RootKey, needs: &[], judged };
    for check in checks {
        if let Some(why) = check.needs().iter().find_map(|need| inventory.not_given(*need)) {
            verdicts.judged.not_asked.insert(check.kind(), why.to_owned());
            continue;
        }
        verdicts.kind = check.kind();
        verdicts.needs = check.needs();
        check.judge(&world, &mut verdicts);
    }
    let mut judged = verdicts.judged;
    judged.present.sort_by(|left, right| left.id.cmp(&right.id));
    judged.present.dedup_by(|later, first| later.id == first.id);
    judged
}

/// The roles whose trust can be read, each with it; of another one it is written down why it cannot be judged.
fn trusts<'w>(world: &World<'w>, verdicts: &mut Verdicts<'_>) -> Vec<(&'w Identity, &'w Held)> {
    let mut found = Vec::new();
    for identity in &world.estate().identities {
        let Some(trust) = &identity.trust else { continue };
        match trust.policy.problems().first() {
            Some(problem) => verdicts.unknown(identity.arn(), &problem.to_string()),
            None => found.push((identity, trust)),
        }
    }
    found
}

/// When AWS was asked about somebody.
fn seen(world: &World<'_>, identity: &Identity) -> Option<Timestamp> {
    world.inventory.observed(identity.arn())
}

#[cfg(test)]
mod tests;
