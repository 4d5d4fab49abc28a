//! What a closed run found is judged, and what became of each finding is kept.

use crate::findings::{Inventory, changed, join, judge};
use crate::model::Timestamp;
use crate::model::finding::{FindingState, Severity};
use crate::port::{FindingStore, PortError, Store};
use crate::store::load;

/// What became of the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of which moment the inventory is.
    pub at: Timestamp,
    /// How many are open.
    pub open: u64,
    /// How many of these are high or critical.
    pub severe: u64,
    /// How many are open since this look.
    pub opened: u64,
    /// How many were resolved by this look.
    pub resolved: u64,
}

/// Judges everything that a store has, and keeps what became different. Doing it again changes nothing, also after it
/// was broken off; a look that is older than what is kept changes nothing either.
///
/// It holds the whole inventory in memory.
///
/// # Errors
///
/// If the store fails.
pub async fn keep(store: &dyn Store, findings: &dyn FindingStore) -> Result<Kept, PortError> {
    let snapshot = load::snapshot(store).await?;
    let inventory = Inventory::of_snapshot(&snapshot);
    let before = findings.findings().await?;
    let now = join(&before, &judge(&inventory), inventory.at);
    let count = |is: &dyn Fn(&crate::model::Finding) -> bool| {
        now.iter().filter(|finding| is(finding)).count() as u64
    };
    let turned = |state| {
        count(&|it| {
            it.state == state && it.turns.last().is_some_and(|turn| turn.at() == inventory.at)
        })
    };
    let kept = Kept {
        at: inventory.at,
        open: count(&|it| it.is_open()),
        severe: count(&|it| it.is_open() && it.detail.severity >= Severity::High),
        opened: turned(FindingState::Opened),
        resolved: turned(FindingState::Resolved),
    };
    findings.save_findings(&changed(&before, now)).await?;
    Ok(kept)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::model::policy::PolicyDocument;
    use crate::model::{Counters, Entity, Status};
    use crate::store::sqlite::SqliteStore;
    use crate::testing::sample::{self, ACCOUNT, at};

    /// A role that anybody may assume, or only EC2.
    fn role(is_open: bool) -> Entity {
        let Entity::Role(mut role) = sample::role(ACCOUNT, "app", "AROAEXAMPLE") else { panic!() };
        if is_open {
            let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#;
            role.trust = Some(PolicyDocument(trust.to_owned()));
        }
        Entity::Role(role)
    }

    /// A whole run that sees the role.
    async fn see(store: &SqliteStore, entity: Entity, second: i64) {
        let unit = sample::unit(ACCOUNT, "iam-authorization");
        let (run, scope) = (sample::run(second), unit.scope("principals"));
        store.open_run(&run, &[unit.clone()]).await.unwrap();
        let sighting = sample::sighting(&scope, entity, second + 5);
        store.save_page(&sample::page(&run.id, &unit, 0, vec![sighting])).await.unwrap();
        let coverage = sample::coverage(&scope, &run.id, Status::Complete, second + 10);
        store.end_unit(&run.id, &unit, &[coverage], &Counters::new()).await.unwrap();
        store.close_run(&run.id, at(second + 20), &Counters::new()).await.unwrap();
    }

    async fn kept(store: &SqliteStore) -> (u64, u64, u64, u64) {
        let Kept { open, severe, opened, resolved, .. } = keep(store, store).await.unwrap();
        (open, severe, opened, resolved)
    }

    #[tokio::test]
    async fn a_finding_is_opened_goes_on_and_is_resolved() {
        let store = SqliteStore::in_memory().unwrap();
        see(&store, role(true), 100).await;
        assert_eq!(kept(&store).await, (1, 1, 1, 0));
        let found = store.findings().await.unwrap();
        assert_eq!(kept(&store).await, (1, 1, 1, 0), "the same look again");
        assert_eq!(store.findings().await.unwrap(), found);
        see(&store, role(true), 200).await;
        assert_eq!(kept(&store).await, (1, 1, 0, 0));
        see(&store, role(false), 300).await;
        assert_eq!(kept(&store).await, (0, 0, 0, 1));
        let [found] = &*store.findings().await.unwrap() else { panic!() };
        assert_eq!((found.state, found.turns.len()), (FindingState::Resolved, 2));
    }
}
