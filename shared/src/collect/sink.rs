//! Where a collector tells what it sees: entities into pages, and a status for each capability.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::context::Context;
use super::filter;
use crate::aws::error::{self, CallError, Fault};
use crate::aws::session::SessionError;
use crate::model::{
    Coverage, Entity, EntityId, RunId, Scope, SetAside, Status, Timestamp, Unavailable, Unit,
};
use crate::port::{Page, PortError, Saved, Sighting, Store};

/// How many entities a page holds at the most before it is saved.
pub const PAGE: usize = 500;

/// How many things set aside are named one by one for a scope; the rest is counted.
const NAMED_SET_ASIDE: usize = 50;

/// Why a collector stopped before its end. None of these is a gap in what AWS would show.
#[derive(Debug, thiserror::Error)]
pub enum Interrupted {
    /// The deadline came near, or somebody asked to stop. What was saved stays; the work goes on later.
    #[error("stopped before the end; the work goes on from the last saved page")]
    Stopped,
    /// The store failed.
    #[error("what was collected could not be saved")]
    Store(#[from] PortError),
    /// The credentials are not accepted any more: fatal for the account.
    #[error("the session was lost in account {account}, region {region}, at {action}")]
    Session {
        /// The IAM action of the call at which it happened.
        action: &'static str,
        /// The account.
        account: crate::model::AccountId,
        /// The region.
        region: crate::model::Region,
        /// The cause.
        #[source]
        source: Box<CallError>,
    },
}

impl Interrupted {
    /// What is wrong with the session, if that is what happened.
    pub fn session_error(&self) -> Option<&SessionError> {
        match self {
            Self::Session { source, .. } => error::session_failure(source),
            Self::Stopped | Self::Store(_) => None,
        }
    }
}

/// What is known of one capability so far.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Told {
    status: Option<Status>,
    seen: u64,
    #[serde(default)]
    inferred: u64,
    set_aside: Vec<SetAside>,
    set_aside_count: u64,
    note: Option<String>,
    #[serde(default)]
    as_of: Option<Timestamp>,
    /// How many things each filter left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    excluded: BTreeMap<String, u64>,
}

/// What is stored as a unit's cursor: the collector's place, and what it had told until then.
#[derive(Debug, Serialize, Deserialize)]
struct Bookmark {
    place: String,
    told: BTreeMap<String, Told>,
}

/// Where a unit goes on after an interruption.
#[derive(Debug, Default)]
pub struct Resumption {
    /// The cursor that the collector gave with the last saved page.
    pub place: Option<String>,
    told: BTreeMap<String, Told>,
}

impl Resumption {
    /// Reads a stored cursor. One that cannot be read means: from the beginning, which is always right.
    pub fn read(cursor: Option<&str>) -> Self {
        match cursor.and_then(|text| serde_json::from_str::<Bookmark>(text).ok()) {
            Some(Bookmark { place, told }) => Self { place: Some(place), told },
            None => Self::default(),
        }
    }
}

/// Collects what one unit sees, saves it page by page, and ends up with the coverage of each scope.
#[derive(Debug)]
pub struct Sink<'a> {
    /// Nothing is kept where there is none.
    store: Option<&'a dyn Store>,
    context: &'a Context,
    run: RunId,
    unit: Unit,
    next_page: u32,
    waiting: Vec<Sighting>,
    told: BTreeMap<String, Told>,
    saved: Saved,
    /// What was seen, where it is not saved page by page.
    gathered: Option<Vec<Sighting>>,
}

impl<'a> Sink<'a> {
    /// A sink for a unit of which `pages` pages were saved before, with what was told until then.
    pub fn new(
        store: &'a dyn Store,
        context: &'a Context,
        run: RunId,
        unit: Unit,
        pages: u32,
        resumption: Resumption,
    ) -> Self {
        Self {
            store: Some(store),
            context,
            run,
            unit,
            next_page: pages,
            waiting: Vec::new(),
            told: resumption.told,
            saved: Saved::default(),
            gathered: None,
        }
    }

    /// A sink that keeps statuses alone: for whoever asks what can be seen, and not what is there.
    pub(super) fn forgetting(context: &'a Context, unit: Unit) -> Self {
        Self {
            store: None,
            context,
            run: RunId::new(context.clock.now(), ""),
            unit,
            next_page: 0,
            waiting: Vec::new(),
            told: BTreeMap::new(),
            saved: Saved::default(),
            gathered: None,
        }
    }

    /// A sink that keeps what it is told until it is asked for it ([`Sink::into_sightings`]), and answers what is known
    /// from `store`: for a look at a few things.
    pub(super) fn gathering(store: &'a dyn Store, context: &'a Context, unit: Unit) -> Self {
        Self { store: Some(store), gathered: Some(Vec::new()), ..Self::forgetting(context, unit) }
    }

    /// What a gathering sink was told, and the coverage of the capabilities.
    pub(super) fn into_sightings(
        mut self,
        capabilities: &[&'static str],
    ) -> (Vec<Sighting>, Vec<Coverage>) {
        let mut sightings = self.gathered.take().unwrap_or_default();
        sightings.append(&mut self.waiting);
        (sightings, self.into_coverage(capabilities))
    }

    fn told(&mut self, capability: &str) -> &mut Told {
        self.told.entry(capability.to_owned()).or_default()
    }

    /// An entity, seen now by a capability.
    pub fn see(&mut self, capability: &'static str, entity: Entity) {
        let observed = self.observed();
        self.see_as_of(capability, entity, observed);
    }

    /// When what is seen was asked for. A look at a few things dates it from its beginning: of two workers that read
    /// one object, the one that asked later knows better, whoever hears first.
    fn observed(&self) -> Timestamp {
        match self.gathered {
            Some(_) => self.context.began(),
            None => self.context.clock.now(),
        }
    }

    /// An entity that AWS last looked at in the past (the credential report).
    pub fn see_as_of(&mut self, capability: &'static str, entity: Entity, observed: Timestamp) {
        if self.context.focus().is_some_and(|focus| !focus.covers_entity(&entity)) {
            return;
        }
        self.told(capability).seen += 1;
        self.waiting.push(Sighting { scope: self.unit.scope(capability), entity, observed });
    }

    /// An entity that needed no answer of AWS's own: a refusal is one all the same.
    pub fn see_inferred(&mut self, capability: &'static str, entity: Entity) {
        if self.context.focus().is_some_and(|focus| !focus.covers_entity(&entity)) {
            return;
        }
        let observed = self.observed();
        self.told(capability).inferred += 1;
        self.waiting.push(Sighting { scope: self.unit.scope(capability), entity, observed });
    }

    /// An entity that belongs to everybody (an AWS-managed policy).
    pub fn see_shared(&mut self, scope: Scope, entity: Entity) {
        let observed = self.observed();
        self.waiting.push(Sighting { scope, entity, observed });
    }

    /// What is known of an entity of a capability from before, if it is live.
    pub async fn known(
        &self,
        capability: &'static str,
        id: &EntityId,
    ) -> Result<Option<Entity>, PortError> {
        let Some(store) = self.store else { return Ok(None) };
        let stored = store.entity(&self.unit.scope(capability), id).await?;
        Ok(stored.filter(|stored| stored.deleted.is_none()).map(|stored| stored.entity))
    }

    /// Something that AWS listed and that a filter of the user's leaves out. What is known of it stays as it is:
    /// it was seen, so it is not gone, and nobody looked at what it holds. What is not known stays unknown.
    pub async fn see_excluded(
        &mut self,
        capability: &'static str,
        id: &EntityId,
        filter: &str,
    ) -> Result<(), PortError> {
        self.excluded(capability, filter);
        if let Some(known) = self.known(capability, id).await? {
            let (scope, observed) = (self.unit.scope(capability), self.observed());
            self.waiting.push(Sighting { scope, entity: known, observed });
        }
        Ok(())
    }

    /// A filter of the user's left something out.
    pub fn excluded(&mut self, capability: &'static str, filter: &str) {
        *self.told(capability).excluded.entry(filter.to_owned()).or_default() += 1;
    }

    /// Things that a capability saw and that are no entities (the names that a fallback starts from).
    pub fn saw(&mut self, capability: &'static str, count: u64) {
        self.told(capability).seen += count;
    }

    /// A capability's list is read again from its beginning, so what was counted of it counts no more.
    /// What was saved stays saved, and a gap stays a gap.
    pub fn start_over(&mut self, capability: &'static str) {
        let told = self.told(capability);
        *told = Told { status: told.status.take(), note: told.note.take(), ..Told::default() };
    }

    /// Something that could not be understood.
    pub fn set_aside(
        &mut self,
        capability: &'static str,
        what: impl Into<String>,
        reason: impl Into<String>,
    ) {
        let told = self.told(capability);
        told.set_aside_count += 1;
        if told.set_aside.len() < NAMED_SET_ASIDE {
            told.set_aside.push(SetAside {
                what: error::one_line(what.into()),
                reason: error::one_line(reason.into()),
            });
        }
    }

    /// Something a reader of the coverage should know.
    pub fn note(&mut self, capability: &'static str, note: impl Into<String>) {
        self.told(capability).note = Some(note.into());
    }

    /// What a capability sees is what AWS knew at an earlier moment, and nothing of what came later.
    pub fn as_of(&mut self, capability: &'static str, moment: Timestamp) {
        self.told(capability).as_of = Some(moment);
    }

    /// A capability has been seen to its end.
    pub fn complete(&mut self, capability: &'static str) {
        self.told(capability).status.get_or_insert(Status::Complete);
    }

    /// A filter of the user's left out a part of what a capability sees. The rest is as it was seen, and the
    /// part that was not asked for does not count as deleted.
    pub fn narrowed(&mut self, capability: &'static str, filter: impl Into<String>) {
        let told = self.told(capability);
        if !matches!(told.status, Some(ref earlier) if earlier.is_gap()) {
            told.status = Some(Status::Excluded(filter.into()));
        }
    }

    /// A capability has nothing to be seen.
    pub fn unavailable(&mut self, capability: &'static str, why: Unavailable) {
        self.told(capability).status = Some(Status::Unavailable(why));
    }

    /// A call of a capability failed: its gap is recorded and the collector goes on with the next one,
    /// unless the failure is one of the session.
    pub fn failed(
        &mut self,
        capability: &'static str,
        failure: CallError,
    ) -> Result<(), Interrupted> {
        if matches!(failure.fault, Fault::BadCredentials | Fault::ExpiredCredentials) {
            return Err(Interrupted::Session {
                action: failure.action,
                account: failure.account.clone(),
                region: failure.region.clone(),
                source: Box::new(failure),
            });
        }
        let told = self.told(capability);
        let action = failure.action.to_owned();
        let status = match failure.fault {
            Fault::NotInOrganization => Status::Unavailable(Unavailable::NotInOrganization),
            Fault::NotOffered => Status::Unavailable(Unavailable::ServiceOff(format!(
                "{} is not offered in {}",
                failure.action.split(':').next().unwrap_or_default(),
                failure.region
            ))),
            Fault::Denied(by) if told.seen == 0 => Status::Denied { action, by },
            Fault::Throttled if told.seen == 0 => Status::Throttled { action },
            _ => Status::Partial { action, reason: failure.summary },
        };
        // The first gap is the cause; what fails after it is its consequence.
        if !matches!(told.status, Some(ref earlier) if earlier.is_gap()) {
            told.status = Some(status);
        }
        Ok(())
    }

    /// The session was lost: whatever has no status yet, was not seen to its end.
    pub fn lost(&mut self, capability: &str, status: Status) {
        self.told(capability).status.get_or_insert(status);
    }

    /// A capability cannot be seen because the one that it starts from was not.
    pub fn blocked(&mut self, capability: &'static str, by: &'static str) {
        let status = self.status(by).cloned().unwrap_or_else(|| Status::Partial {
            action: String::new(),
            reason: format!("{by} was not seen"),
        });
        self.told(capability).status.get_or_insert(status);
    }

    /// The status of a capability so far.
    pub fn status(&self, capability: &str) -> Option<&Status> {
        self.told.get(capability).and_then(|told| told.status.as_ref())
    }

    /// Whether a capability saw anything: what fails then leaves it partial.
    pub fn has_seen(&self, capability: &str) -> bool {
        self.told.get(capability).is_some_and(|told| told.seen > 0)
    }

    /// Saves what is waiting, with the place to go on from after an interruption. Then is the time to
    /// stop, if it is due.
    pub async fn page(&mut self, cursor: Option<String>) -> Result<(), Interrupted> {
        let mut sightings = std::mem::take(&mut self.waiting);
        // Only the last part carries the cursor: what is saved before it may be seen again.
        while sightings.len() > PAGE {
            let rest = sightings.split_off(PAGE);
            self.save(sightings, None).await?;
            sightings = rest;
        }
        if !sightings.is_empty() || cursor.is_some() {
            self.save(sightings, cursor).await?;
        }
        if self.context.stop.is_due(self.context.clock.now()) {
            return Err(Interrupted::Stopped);
        }
        Ok(())
    }

    /// Saves what is waiting once a page's worth is. Where the work is repeated after an interruption,
    /// so that there is no place to go on from.
    pub async fn breathe(&mut self) -> Result<(), Interrupted> {
        if self.waiting.len() >= PAGE || self.context.stop.is_due(self.context.clock.now()) {
            return self.page(None).await;
        }
        Ok(())
    }

    async fn save(
        &mut self,
        sightings: Vec<Sighting>,
        cursor: Option<String>,
    ) -> Result<(), PortError> {
        if let Some(gathered) = &mut self.gathered {
            gathered.extend(sightings);
            return Ok(());
        }
        let Some(store) = self.store else { return Ok(()) };
        let number = self.next_page;
        self.next_page += 1;
        let cursor = cursor.map(|place| {
            let bookmark = Bookmark { place, told: std::mem::take(&mut self.told) };
            let text = serde_json::to_string(&bookmark);
            self.told = bookmark.told;
            text
        });
        // A bookmark is strings and numbers, which always have a form; without one the unit starts again.
        let cursor = cursor.and_then(Result::ok);
        let page =
            Page { run: self.run.clone(), unit: self.unit.clone(), number, sightings, cursor };
        self.saved += store.save_page(&page).await?;
        Ok(())
    }

    /// What saving did so far.
    pub fn saved(&self) -> &Saved {
        &self.saved
    }

    /// The coverage of the unit's scopes. A capability that was not told about is a gap, not a success.
    pub fn into_coverage(self, capabilities: &[&'static str]) -> Vec<Coverage> {
        let at = self.context.clock.now();
        let (run, unit, mut told) = (self.run, self.unit, self.told);
        let mut coverage = Vec::new();
        for capability in capabilities {
            let told = told.remove(*capability).unwrap_or_default();
            let mut status = told.status.unwrap_or_else(|| Status::Partial {
                action: String::new(),
                reason: "the collector ended without a word about it".to_owned(),
            });
            let no_gap = matches!(status, Status::Complete | Status::Excluded(_));
            if told.set_aside_count > 0 && no_gap {
                status = Status::Partial {
                    action: String::new(),
                    reason: format!(
                        "{} set aside because they could not be read",
                        told.set_aside_count
                    ),
                };
            }
            coverage.push(Coverage {
                scope: unit.scope(capability),
                run: run.clone(),
                status,
                at,
                as_of: told.as_of,
                seen: told.seen + told.inferred,
                set_aside: told.set_aside,
                note: note(told.note, filter::words(&told.excluded)),
            });
        }
        coverage
    }
}

/// What a reader of the coverage should know, with what the filters left out.
fn note(note: Option<String>, excluded: Option<String>) -> Option<String> {
    match (note, excluded) {
        (Some(note), Some(excluded)) => Some(format!("{note}; {excluded}")),
        (note, excluded) => note.or(excluded),
    }
}
