//! The calls that collectors declare: the table that policies, docs and tests are made from.

use crate::model::Capability;
pub use crate::permission::{Tier, When};

/// The capabilities of a collector that are lost where those in `gone` are, in the table's order: those,
/// and what needs them.
pub fn lost_with(table: &[CapabilityInfo], gone: &[&str]) -> Vec<Capability> {
    let mut lost: Vec<Capability> = Vec::new();
    // Capabilities stand in the order in which they are looked at: what is needed comes first.
    for info in table {
        let needed = info.needs.is_some_and(|needs| lost.contains(&needs));
        let spared = info.unless.is_some_and(|unless| !lost.contains(&unless));
        if gone.contains(&info.name) || (needed && !spared) {
            lost.push(info.name);
        }
    }
    lost
}

/// One call that a collector may make.
///
/// INVARIANT: a collector makes no call that is not in its table. `Context::call` takes a `Call`, so an
/// undeclared one cannot be written; a test holds the declared action against the one that went over
/// the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The IAM action that allows it.
    pub action: &'static str,
    /// The capability that the call serves: what turns `denied` with it.
    pub capability: &'static str,
    /// The tier.
    pub tier: Tier,
    /// When it is made.
    pub when: When,
    /// Why it is made.
    pub why: &'static str,
    /// What is lost without it.
    pub lost: &'static str,
}

/// One capability of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapabilityInfo {
    /// The name, unique within the collector.
    pub name: &'static str,
    /// The kinds of entity that it yields.
    pub kinds: &'static [crate::model::Kind],
    /// The capability of the same collector whose list this one starts from: lost with it.
    pub needs: Option<Capability>,
    /// The capability of the same collector that spares the list, where it was seen: only without it is
    /// this one lost with what it needs.
    pub unless: Option<Capability>,
    /// When it is looked at.
    pub when: When,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn info(
        name: Capability,
        needs: Option<Capability>,
        unless: Option<Capability>,
    ) -> CapabilityInfo {
        CapabilityInfo { name, kinds: &[], needs, unless, when: When::Always }
    }

    const TABLE: &[CapabilityInfo] = &[
        info("report", None, None),
        info("list", None, None),
        info("facet", Some("list"), Some("report")),
        info("detail", Some("facet"), Some("report")),
        info("extra", Some("list"), None),
    ];

    #[test]
    fn what_is_lost() {
        let rows: [(&[&str], &[&str]); 5] = [
            (&["list"], &["list", "extra"]),
            (&["report"], &["report"]),
            (&["report", "list"], &["report", "list", "facet", "detail", "extra"]),
            (&["facet", "report"], &["report", "facet", "detail"]),
            (&["detail"], &["detail"]),
        ];
        for (gone, lost) in rows {
            assert_eq!(lost_with(TABLE, gone), lost, "{gone:?}");
        }
    }
}
