//! What becomes of each event when all looks of its batch have been answered: only then is it known whether any of them
//! shows what it says.

use std::collections::{BTreeMap, BTreeSet};

use super::{Incoming, Live, Looked, Outcome};
use crate::aws::error;
use crate::model::{Entity, EntityId, Unit};
use crate::realtime::settle::{self, Answer};
use crate::realtime::{Expect, Look, Named};

/// What a look showed.
#[derive(Debug, Default)]
pub(super) struct Showed {
    /// The objects of which it says the contrary of their events.
    contradicted: BTreeSet<String>,
    /// Whether there is nothing that was not seen to its end.
    is_complete: bool,
    /// The events by which something became different.
    changed: BTreeSet<String>,
    /// The states that AWS is about to end, by event.
    under_way: BTreeMap<String, String>,
}

impl Showed {
    pub(super) fn of(looked: &Looked) -> Self {
        let mut showed = Self {
            contradicted: looked.contradicted.iter().cloned().collect(),
            is_complete: looked.gaps.is_empty(),
            ..Self::default()
        };
        for (changed, reread) in &looked.saved {
            let id = &reread.event.id;
            if *changed {
                showed.changed.insert(id.clone());
            }
            // What was read last of an object counts.
            let mut states: BTreeMap<EntityId, &str> = BTreeMap::new();
            for sighting in &reread.seen {
                if let Entity::Resource(resource) = &sighting.entity {
                    let state = resource.state.as_deref().unwrap_or_default();
                    states.insert(sighting.entity.id(), state);
                }
            }
            if let Some(state) = states.into_values().find(|state| settle::is_under_way(state)) {
                showed.under_way.insert(id.clone(), state.to_owned());
            }
        }
        showed
    }
}

impl Live {
    /// Says of each object what becomes of the messages that wait for it.
    pub(super) async fn settle(
        &self,
        answered: &[(&Unit, &Look, Showed)],
        messages: &[Incoming],
        outcome: &mut Outcome,
    ) {
        let now = self.now();
        let is_alone = |at: &usize| messages.get(*at).is_some_and(|it| it.events.len() == 1);
        let alone: BTreeSet<usize> = (0..messages.len()).filter(is_alone).collect();
        let shown: BTreeSet<&String> =
            answered.iter().flat_map(|(_, _, showed)| &showed.changed).collect();
        for (unit, look, showed) in answered {
            for (name, named) in &look.names {
                let is_contradicted = showed.contradicted.contains(name);
                if !is_contradicted && !showed.is_complete {
                    continue;
                }
                let answer = Answer {
                    is_contradicted,
                    shows: self.shows(named, showed, &shown).await,
                    under_way: showed.under_way.get(&named.event.id).map(String::as_str),
                    is_alone: named.messages.iter().any(|message| alone.contains(message)),
                };
                let verdict = settle::after(name, named, &answer, now);
                outcome.settle(unit, named, is_contradicted, verdict, &alone);
            }
        }
    }

    /// Whether something became different by an event. One that says that an object is there is seen in the look at its
    /// unit; any other in whatever it touches. Of what AWS does afterwards it counts too that it was seen before.
    async fn shows(&self, named: &Named, showed: &Showed, shown: &BTreeSet<&String>) -> bool {
        let id = &named.event.id;
        if showed.changed.contains(id) || (named.expect != Expect::There && shown.contains(id)) {
            return true;
        }
        if !named.slow {
            return false;
        }
        match self.store().changes_of_event(id).await {
            Ok(changes) => !changes.is_empty(),
            Err(error) => {
                let reason = error::chain(&error);
                tracing::warn!(id, reason, "whether it was seen before is not known");
                false
            }
        }
    }
}
