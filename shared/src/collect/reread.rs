//! One look at the few things of a unit that events touched: what is there, and what is not there any more.
//!
//! A collector in focus says of each named object all that a run would. So where it saw a capability to its end, what
//! is known of the objects and was not seen is gone: AWS itself said so, at the moment at which the look began.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::{Context, Stop};
use super::focus::is_renamed;
use super::sink::{Interrupted, Sink};
use super::{Collect, Focus, Options, left_out, looked_at, registry};
use crate::aws::error;
use crate::aws::session::{SessionError, Sessions};
use crate::model::{
    CauseEvent, Counters, Coverage, Entity, EntityId, Kind, Scope, Status, Stored, Timestamp, Unit,
};
use crate::port::{self, Clock, EventStore, Gone, PortError, Query, Reread, Sighting, Store};
use crate::realtime::batch::WHOLE;
use crate::realtime::{Expect, Look, Named};

/// What a look comes to.
#[derive(Debug)]
pub struct Reading {
    /// What is to be saved, by event.
    pub rereads: Vec<Reread>,
    /// What was not seen to its end.
    pub gaps: Vec<Coverage>,
    /// The names of objects that are there and should be gone, or the other way round.
    pub contradicted: Vec<String>,
    /// What is known under another name than it was seen by.
    pub renamed: BTreeSet<EntityId>,
    /// When the look began.
    pub began: Timestamp,
    /// What the calls came to.
    pub counters: Counters,
}

/// Why there is nothing to be saved.
#[derive(Debug, thiserror::Error)]
pub enum RereadError {
    /// A filter of the user's leaves the unit out: nobody wants to know.
    #[error("left out by {0}")]
    Excluded(String),
    /// The account cannot be entered.
    #[error("the account cannot be entered")]
    Session(#[source] SessionError),
    /// It was time to stop, or the session was lost on the way.
    #[error("the look was interrupted")]
    Interrupted(#[source] Interrupted),
    /// Others look at the same again and again at the same time.
    #[error("others look at the same at the same time")]
    Contended,
    /// The store failed.
    #[error("what is known could not be read")]
    Store(#[from] PortError),
}

impl RereadError {
    /// Whether the same look may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Excluded(_) => false,
            Self::Session(error) => error.is_passing(),
            Self::Interrupted(_) | Self::Contended => true,
            Self::Store(error) => error.is_passing(),
        }
    }
}

/// What looks again.
#[derive(Clone, Debug)]
pub struct Rereader {
    /// Access to the accounts that are looked into.
    pub sessions: Arc<Sessions>,
    /// What is known.
    pub store: Arc<dyn EventStore>,
    /// The present time.
    pub clock: Arc<dyn Clock>,
}

impl Rereader {
    /// Looks at what events touched in one unit. `options` are those of the last run, so that what its filters leave
    /// out stays left out.
    pub async fn look(
        &self,
        unit: &Unit,
        look: &Look,
        options: &Options,
        stop: Stop,
    ) -> Result<Reading, RereadError> {
        let Some(collector) = registry::find(&unit.collector) else {
            return Err(RereadError::Excluded("an unknown collector".to_owned()));
        };
        let region = || options.region_left_out(&unit.region).filter(|_| is_regional(collector));
        if let Some(filter) = left_out(collector, options).or_else(region) {
            return Err(RereadError::Excluded(filter));
        }
        let session = self.sessions.session(&unit.account).await.map_err(RereadError::Session)?;
        let clock = Arc::clone(&self.clock);
        let is_whole = look.names.contains_key(WHOLE);
        let names = (!is_whole).then(|| look.names.keys().cloned().collect::<BTreeSet<String>>());
        let focus = Focus::new(look.capabilities.iter().copied(), names);
        let context = Context::new(session, unit.region.clone(), options.clone(), clock, stop)
            .focused(focus.clone());
        let store: &dyn Store = &*self.store;
        let mut sink = Sink::gathering(store, &context, unit.clone());
        match collector.collect(&context, None, &mut sink).await {
            Ok(()) => {}
            Err(Interrupted::Store(error)) => return Err(error.into()),
            Err(interrupted) => return Err(RereadError::Interrupted(interrupted)),
        }
        let capabilities: Vec<&'static str> = looked_at(collector, options)
            .map(|capability| capability.name)
            .filter(|name| focus.looks_at(name))
            .collect();
        let (seen, coverage) = sink.into_sightings(&capabilities);
        let began = context.began();
        let known = Known { store: &*self.store, collector, look, focus: &focus, began };
        let Missed { gone, renamed } = known.missed(unit, &coverage, &seen).await?;
        let gaps: Vec<Coverage> =
            coverage.into_iter().filter(|coverage| coverage.status.is_gap()).collect();
        let contradicted =
            if gaps.is_empty() { contradicted(look, &focus, &seen) } else { Vec::new() };
        let rereads = by_event(look, &focus, seen, gone);
        let counters = context.counters();
        Ok(Reading { rereads, gaps, contradicted, renamed, began, counters })
    }
}

fn is_regional(collector: &dyn Collect) -> bool {
    collector.place() == super::Place::EachRegion
}

/// The names of objects of which the look says the contrary of what their events say.
fn contradicted(look: &Look, focus: &Focus, seen: &[Sighting]) -> Vec<String> {
    let there: BTreeSet<&String> =
        seen.iter().flat_map(|sighting| focus.covering(&sighting.entity)).collect();
    let is_contradicted = |(name, named): &(&String, &Named)| match named.expect {
        Expect::There => !there.contains(name),
        Expect::Gone => there.contains(name),
        Expect::Either => false,
    };
    look.names
        .iter()
        .filter(|(name, _)| *name != WHOLE)
        .filter(is_contradicted)
        .map(|(name, _)| name.clone())
        .collect()
}

/// What was read, under the latest event about each object.
fn by_event(
    look: &Look,
    focus: &Focus,
    seen: Vec<Sighting>,
    gone: Vec<(Stored, Timestamp)>,
) -> Vec<Reread> {
    let latest = |named: &mut dyn Iterator<Item = &Named>| -> Option<CauseEvent> {
        named.map(|named| &named.event).max_by_key(|event| (event.at, &event.id)).cloned()
    };
    let Some(last) = latest(&mut look.names.values()) else { return Vec::new() };
    let event_of = |entity: &Entity| {
        let mut about = focus.covering(entity).filter_map(|name| look.names.get(name));
        latest(&mut about).unwrap_or_else(|| last.clone())
    };
    let mut by_id: BTreeMap<String, Reread> = BTreeMap::new();
    for sighting in seen {
        of(&mut by_id, event_of(&sighting.entity)).seen.push(sighting);
    }
    for (stored, observed) in gone {
        let (event, id) = (event_of(&stored.entity), stored.entity.id());
        let Stored { scope, hash, .. } = stored;
        of(&mut by_id, event).gone.push(Gone { scope, id, hash, observed });
    }
    by_id.into_values().collect()
}

/// What is read because of an event.
fn of(by_id: &mut BTreeMap<String, Reread>, event: CauseEvent) -> &mut Reread {
    by_id.entry(event.id.clone()).or_insert_with(|| Reread::nothing(event))
}

/// What is known of the objects that a look is about.
struct Known<'a> {
    store: &'a dyn EventStore,
    collector: &'a dyn Collect,
    look: &'a Look,
    focus: &'a Focus,
    began: Timestamp,
}

/// How what is known differs from what was seen.
#[derive(Default)]
struct Missed {
    /// What is known, was not seen, and belongs to a capability that was seen to its end; and from when on it is gone.
    gone: Vec<(Stored, Timestamp)>,
    /// What was seen under another name.
    renamed: BTreeSet<EntityId>,
}

impl Known<'_> {
    async fn missed(
        &self,
        unit: &Unit,
        coverage: &[Coverage],
        seen: &[Sighting],
    ) -> Result<Missed, PortError> {
        let mut missed = Missed::default();
        for coverage in coverage.iter().filter(|it| it.status == Status::Complete) {
            let capability = coverage.scope.capability.as_str();
            let kinds = self.collector.capabilities().iter().filter(|it| it.name == capability);
            for kind in kinds.flat_map(|info| info.kinds) {
                let scope = unit.scope(capability);
                let here: Vec<&Sighting> = seen
                    .iter()
                    .filter(|it| it.scope == scope && it.entity.kind() == *kind)
                    .collect();
                let there: BTreeMap<EntityId, &Entity> =
                    here.iter().map(|it| (it.entity.id(), &it.entity)).collect();
                for stored in self.known(&scope, *kind, &here).await? {
                    let id = stored.entity.id();
                    match there.get(&id) {
                        Some(now) if is_renamed(&stored.entity, now) => {
                            missed.renamed.insert(id);
                        }
                        None if stored.observed < self.began => {
                            missed.gone.push((stored, self.began));
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(missed)
    }

    /// What is stored in a scope, live, of the objects and of what was seen.
    async fn known(
        &self,
        scope: &Scope,
        kind: Kind,
        seen: &[&Sighting],
    ) -> Result<Vec<Stored>, PortError> {
        let Some(names) = self.focus.names() else { return self.read(scope, kind, None).await };
        if is_keyed_by_name(kind) {
            let mut found = Vec::new();
            for name in names {
                found.extend(self.read(scope, kind, Some(name)).await?);
            }
            return Ok(found);
        }
        // Keyed by a unique id that the name does not tell: an object that was known by its id before anything happened
        // has no other one. Only what is gone, or new under an old name, is looked for among all.
        let mut known = Vec::new();
        let mut unknown: BTreeSet<&String> = names.iter().collect();
        if !has_many(kind) {
            for sighting in seen {
                let stored = self.store.entity(&sighting.scope, &sighting.entity.id()).await?;
                if let Some(stored) = stored.filter(|stored| stored.deleted.is_none()) {
                    for name in self.focus.covering(&sighting.entity) {
                        if self.is_from_before(&stored, name) {
                            unknown.remove(name);
                        }
                    }
                    known.push(stored);
                }
            }
        }
        if !unknown.is_empty() {
            known.extend(self.read(scope, kind, None).await?);
        }
        Ok(known)
    }

    /// Whether an object was known before the first event of a name: one that was made since may have the name of
    /// another, which nobody buried yet.
    fn is_from_before(&self, stored: &Stored, name: &str) -> bool {
        self.look.names.get(name).is_some_and(|named| stored.first_seen < named.since)
    }

    async fn read(
        &self,
        scope: &Scope,
        kind: Kind,
        beginning: Option<&str>,
    ) -> Result<Vec<Stored>, PortError> {
        let query = Query {
            kind: Some(kind),
            scope: Some(scope.clone()),
            beginning: beginning.map(|text| text.chars().take(BEGINNING).collect()),
            ..Query::default()
        };
        let store: &dyn Store = self.store;
        let (mut entities, mut found) = (port::entities(store, query), Vec::new());
        while let Some(stored) = entities.next().await? {
            if self.focus.covers_entity(&stored.entity) {
                found.push(stored);
            }
        }
        Ok(found)
    }
}

/// The longest beginning that a query takes.
const BEGINNING: usize = 200;

/// Whether the keys of a kind begin with the name of the object.
fn is_keyed_by_name(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Resource
            | Kind::ResourcePolicy
            | Kind::ResourceSetting
            | Kind::ResourceTags
            | Kind::PermissionSet
            | Kind::PermissionSetManagedPolicies
            | Kind::PermissionSetCustomerPolicies
            | Kind::PermissionSetInlinePolicy
            | Kind::PermissionSetBoundary
            | Kind::PermissionSetTags
            | Kind::PermissionSetProvisioning
            | Kind::Assignment
            | Kind::Account
            | Kind::AccountTags
            | Kind::AccountPlacement
            | Kind::OrganizationPolicy
            | Kind::OrganizationPolicyDocument
            | Kind::OrganizationPolicyTargets
    )
}

/// Whether there may be many entities of a kind about one object.
fn has_many(kind: Kind) -> bool {
    kind == Kind::Membership
}

/// One line about an error and its causes.
pub fn told(error: &RereadError) -> String {
    error::one_line(error::chain(error))
}
