//! Collecting in stages: one per capability, in their order, each of which may be gone on with after an
//! interruption.
//!
//! What a stage asks once per item of a list ([`each`]) is asked a few items at a time and told in the
//! order of the list, so that the same answers always end in the same pages. INVARIANT: a cursor is
//! only given together with everything that was told up to it.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;

use async_trait::async_trait;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::call::lost_with;
use super::focus::Focus;
use super::sink::{Interrupted, Sink};
use super::{Call, CapabilityInfo, Collect, Context, Tier, When};
use crate::aws::error::{CallError, Fault};
use crate::model::{Capability, Entity, Kind, Status, Unavailable};

/// How many calls of one stage are under way at the most; the session's gates may let fewer through.
pub(super) const AT_ONCE: usize = 8;

/// After how many items there is a place to go on from.
const BATCH: usize = 100;

/// After how many failures in a row a stage is given up. Each refused call is an alarm in somebody's
/// CloudTrail, and each throttled one has already used up its retries.
const GIVE_UP: usize = 8;

/// A call that every run makes.
pub(super) const fn call(
    action: &'static str,
    capability: &'static str,
    tier: Tier,
    why: &'static str,
    lost: &'static str,
) -> Call {
    Call { action, capability, tier, when: When::Always, why, lost }
}

/// A capability that every run looks at.
pub(super) const fn capability(
    name: &'static str,
    kinds: &'static [Kind],
    needs: Option<&'static str>,
) -> CapabilityInfo {
    CapabilityInfo { name, kinds, needs, unless: None, when: When::Always }
}

/// A collector that looks at its capabilities one after the other.
#[async_trait]
pub(super) trait Staged: Send + Sync + fmt::Debug {
    /// What asks AWS.
    type Client: Send + Sync;

    /// As [`Collect::name`].
    const NAME: &'static str;
    /// As [`Collect::place`].
    const PLACE: super::Place;
    /// As [`Collect::calls`].
    const CALLS: &'static [Call];
    /// As [`Collect::capabilities`].
    const CAPABILITIES: &'static [CapabilityInfo];

    /// The client for the context's region.
    fn client(context: &Context) -> Self::Client;

    /// Goes through the stages, in the order of the capabilities.
    async fn stages(look: &mut Look<'_, '_, Self::Client>) -> Result<(), Interrupted>;
}

/// One look of a collector: what every stage works with.
#[derive(Debug)]
pub(super) struct Look<'a, 's, C> {
    pub(super) context: &'a Context,
    pub(super) client: C,
    pub(super) stages: Stages,
    pub(super) sink: &'a mut Sink<'s>,
}

#[async_trait]
impl<S: Staged> Collect for S {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn place(&self) -> super::Place {
        S::PLACE
    }

    fn calls(&self) -> &'static [Call] {
        S::CALLS
    }

    fn capabilities(&self) -> &'static [CapabilityInfo] {
        S::CAPABILITIES
    }

    async fn collect(
        &self,
        context: &Context,
        cursor: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Interrupted> {
        let stages = Stages::new(S::CAPABILITIES, cursor).focused(context.focus());
        let mut look = Look { context, client: S::client(context), stages, sink };
        S::stages(&mut look).await
    }
}

/// A place to go on from.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    /// The capability whose stage was under way.
    stage: String,
    /// How far it was; `None` when it had ended.
    after: Option<String>,
}

/// The stages of a collector, and where an earlier attempt left them.
#[derive(Debug)]
pub(super) struct Stages {
    capabilities: &'static [CapabilityInfo],
    place: Option<(usize, Option<String>)>,
    /// What the look is about, where it is not about everything.
    focus: Option<Focus>,
}

impl Stages {
    /// The stages as `cursor` says that they were left. A cursor that makes no sense means: from the
    /// beginning, which is always right.
    pub(super) fn new(capabilities: &'static [CapabilityInfo], cursor: Option<&str>) -> Self {
        let place = cursor
            .and_then(|text| serde_json::from_str::<Place>(text).ok())
            .and_then(|place| Some((index(capabilities, &place.stage)?, place.after)));
        Self { capabilities, place, focus: None }
    }

    /// The same for a look at a few things: a stage that it does not look at is done.
    fn focused(self, focus: Option<&Focus>) -> Self {
        Self { focus: focus.cloned(), ..self }
    }

    /// Whether the look is about what has this key.
    fn covers(&self, key: &str) -> bool {
        self.focus.as_ref().is_none_or(|focus| focus.covers(key))
    }

    /// Whether an earlier attempt ended the stage.
    pub(super) fn is_done(&self, stage: &str) -> bool {
        if self.focus.as_ref().is_some_and(|focus| !focus.looks_at(stage)) {
            return true;
        }
        match (&self.place, index(self.capabilities, stage)) {
            (Some((left, after)), Some(asked)) => {
                asked < *left || (asked == *left && after.is_none())
            }
            _ => false,
        }
    }

    /// How far an earlier attempt came within the stage.
    pub(super) fn after(&self, stage: &str) -> Option<&str> {
        let (left, after) = self.place.as_ref()?;
        (index(self.capabilities, stage)? == *left).then_some(after.as_deref()).flatten()
    }

    /// Whether an earlier attempt ended the stage and every one that needs it.
    pub(super) fn is_over(&self, stage: &str) -> bool {
        self.lost_with(stage).into_iter().all(|stage| self.is_done(stage))
    }

    /// Whether an earlier attempt began the stage.
    pub(super) fn is_begun(&self, stage: &str) -> bool {
        self.is_done(stage) || self.after(stage).is_some()
    }

    /// Whether a stage is to be worked on: not when it is done, and not when there is no list that it
    /// could start from, which is told here.
    pub(super) fn begin(&self, sink: &mut Sink<'_>, stage: &'static str) -> bool {
        if self.is_done(stage) {
            return false;
        }
        let Some(needs) = self.needs(stage) else { return true };
        match sink.status(needs) {
            // Of what a filter left a part out, the other part was listed.
            None | Some(Status::Complete | Status::Partial { .. } | Status::Excluded(_)) => true,
            Some(_) => {
                sink.blocked(stage, needs);
                false
            }
        }
    }

    /// Ends a stage: complete, unless something failed. A stage that started from a list with a gap has
    /// that gap too, and one that started from a list with a part left out lacks that part, or what the list
    /// did not show would count as deleted.
    pub(super) async fn end(
        &self,
        sink: &mut Sink<'_>,
        stage: &'static str,
    ) -> Result<(), Interrupted> {
        match self.needs(stage) {
            Some(needs) if sink.status(needs).is_some_and(|status| !status.may_tombstone()) => {
                sink.blocked(stage, needs);
            }
            _ => sink.complete(stage),
        }
        // The last page is the worker's, who is done when it is saved.
        if self.capabilities.last().is_some_and(|info| info.name == stage) {
            return Ok(());
        }
        sink.page(Some(ended(stage))).await
    }

    /// Puts an item of a list aside, for the list and for everything that starts from it.
    pub(super) fn set_aside(
        &self,
        sink: &mut Sink<'_>,
        stage: &'static str,
        what: &str,
        reason: &str,
    ) {
        for capability in self.lost_with(stage) {
            sink.set_aside(capability, what, reason);
        }
    }

    /// Says that there is nothing to be seen of a capability and of what needs it, as far as an earlier
    /// attempt has not ended them.
    pub(super) fn unavailable(&self, sink: &mut Sink<'_>, stage: &'static str, why: &Unavailable) {
        for capability in self.lost_with(stage) {
            if !self.is_done(capability) {
                sink.unavailable(capability, why.clone());
            }
        }
    }

    /// A capability and all that need it.
    fn lost_with(&self, stage: &str) -> Vec<Capability> {
        lost_with(self.capabilities, &[stage])
    }

    fn needs(&self, stage: &str) -> Option<&'static str> {
        self.capabilities.iter().find(|info| info.name == stage)?.needs
    }
}

fn index(capabilities: &[CapabilityInfo], name: &str) -> Option<usize> {
    capabilities.iter().position(|info| info.name == name)
}

/// The cursor of a stage that is under way.
pub(super) fn reached(stage: &str, after: &str) -> String {
    write(&Place { stage: stage.to_owned(), after: Some(after.to_owned()) })
}

/// The cursor of a stage that has ended.
pub(super) fn ended(stage: &str) -> String {
    write(&Place { stage: stage.to_owned(), after: None })
}

fn write(place: &Place) -> String {
    // Strings always have a form; without one the unit starts again, which is always right.
    serde_json::to_string(place).unwrap_or_default()
}

/// What one call showed.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What was understood.
    pub(super) entities: Vec<Entity>,
    /// What was not, and why.
    pub(super) set_aside: Vec<(String, String)>,
    /// What ended a list of entities early.
    pub(super) failure: Option<CallError>,
}

impl Seen {
    /// One entity.
    pub(super) fn one(entity: Entity) -> Self {
        Self { entities: vec![entity], ..Self::default() }
    }

    /// Something that could not be understood.
    pub(super) fn aside(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { set_aside: vec![(what.into(), reason.into())], ..Self::default() }
    }

    /// Tells the entities, ordered by key, and what was set aside.
    pub(super) fn tell(mut self, sink: &mut Sink<'_>, capability: &'static str) {
        self.entities.sort_by_cached_key(Entity::key);
        for entity in self.entities {
            sink.see(capability, entity);
        }
        for (what, reason) in self.set_aside {
            sink.set_aside(capability, what, reason);
        }
    }
}

impl FromIterator<Self> for Seen {
    /// What several answers showed together; the first failure is the one that counts.
    fn from_iter<I: IntoIterator<Item = Self>>(parts: I) -> Self {
        parts.into_iter().fold(Self::default(), |mut whole, part| {
            whole.entities.extend(part.entities);
            whole.set_aside.extend(part.set_aside);
            whole.failure = whole.failure.or(part.failure);
            whole
        })
    }
}

/// How the calls of a stage go.
#[derive(Debug, Default)]
pub(super) struct Luck {
    answered: bool,
    failures: usize,
}

impl Luck {
    /// A call was answered.
    pub(super) fn answered(&mut self) {
        *self = Self { answered: true, failures: 0 };
    }

    /// Whether going on makes no sense after this failure. A refusal in the midst of answers is one of a
    /// single resource, so what comes after it may still be seen.
    pub(super) fn gave_up_after(&mut self, failure: &CallError) -> bool {
        if is_fatal(failure) {
            return true;
        }
        self.failures += 1;
        let one_resource = self.answered && matches!(failure.fault, Fault::Denied(_));
        self.failures >= GIVE_UP && !one_resource
    }
}

/// Asks once per item, which must be ordered by `key`, and tells the answers in that order. Items up to
/// where an earlier attempt came are passed over. Returns the keys of the items that do not exist any
/// more: deleted since they were listed, which is no gap.
pub(super) async fn each<'i, T, Ask, Answer>(
    sink: &mut Sink<'_>,
    stages: &Stages,
    stage: &'static str,
    items: &'i [T],
    key: impl Fn(&T) -> String,
    ask: Ask,
) -> Result<BTreeSet<String>, Interrupted>
where
    Ask: Fn(&'i T) -> Answer,
    Answer: Future<Output = Result<Seen, CallError>>,
{
    let mut gone = BTreeSet::new();
    let mut luck = Luck::default();
    let after = stages.after(stage);
    let is_left = |item: &&T| {
        let key = key(item);
        after.is_none_or(|after| key.as_str() > after) && stages.covers(&key)
    };
    let rest: Vec<&'i T> = items.iter().filter(is_left).collect();
    for batch in rest.chunks(BATCH) {
        let calls: Vec<Answer> = batch.iter().map(|item| ask(item)).collect();
        let mut answers = futures::stream::iter(calls).buffered(AT_ONCE);
        let mut failures = Vec::new();
        let mut gave_up = false;
        for item in batch {
            let Some(answer) = answers.next().await else { break };
            let failure = match answer {
                Ok(mut seen) => {
                    let failure = seen.failure.take();
                    if failure.is_none() || !seen.entities.is_empty() {
                        luck.answered();
                    }
                    seen.tell(sink, stage);
                    failure
                }
                Err(failure) => Some(failure),
            };
            match failure {
                None => {}
                Some(failure) if failure.fault == Fault::NotFound => {
                    luck.answered();
                    gone.insert(key(item));
                }
                Some(failure) => {
                    gave_up = luck.gave_up_after(&failure);
                    failures.push(failure);
                }
            }
            if gave_up {
                break;
            }
        }
        drop(answers);
        // After what was seen: a refusal among answers leaves the capability partial, not denied.
        for failure in failures {
            sink.failed(stage, failure)?;
        }
        if gave_up {
            break;
        }
        if let Some(last) = batch.last() {
            sink.page(Some(reached(stage, &key(last)))).await?;
        }
    }
    Ok(gone)
}

/// Whether every further call would fail like this one.
fn is_fatal(failure: &CallError) -> bool {
    matches!(failure.fault, Fault::BadCredentials | Fault::ExpiredCredentials)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAPABILITIES: &[CapabilityInfo] = &[
        capability("lists", &[], None),
        capability("details", &[], Some("lists")),
        capability("more", &[], Some("details")),
        capability("apart", &[], None),
    ];

    #[test]
    fn a_cursor_tells_what_is_done() {
        let stages = Stages::new(CAPABILITIES, Some(&reached("details", "k7")));
        assert!(stages.is_done("lists") && !stages.is_done("details") && !stages.is_done("more"));
        assert!(stages.is_begun("details") && !stages.is_begun("more"));
        assert!(!stages.is_over("lists") && !stages.is_over("more"));
        assert_eq!(stages.after("details"), Some("k7"));
        assert_eq!(stages.after("lists"), None);
        let stages = Stages::new(CAPABILITIES, Some(&ended("details")));
        assert!(stages.is_done("details") && !stages.is_done("more") && !stages.is_over("details"));
        let stages = Stages::new(CAPABILITIES, Some(&ended("more")));
        assert!(stages.is_over("lists") && stages.is_over("more") && !stages.is_over("apart"));
        for cursor in [None, Some(""), Some("{}"), Some(r#"{"stage":"other","after":null}"#)] {
            let stages = Stages::new(CAPABILITIES, cursor);
            assert!(!stages.is_begun("lists"), "{cursor:?}");
        }
    }

    #[test]
    fn what_is_lost_with_a_list() {
        let stages = Stages::new(CAPABILITIES, None);
        assert_eq!(stages.lost_with("lists"), ["lists", "details", "more"]);
        assert_eq!(stages.lost_with("more"), ["more"]);
    }

    proptest! {
        /// A cursor that was cut off, or names no stage, is no cursor.
        #[test]
        fn the_work_goes_on_where_it_was_left(
            stage in "lists|details|more|apart|other",
            after in proptest::option::of(".*"),
            cut in 0_usize..60,
        ) {
            let whole = write(&Place { stage: stage.clone(), after: after.clone() });
            let cursor: String = whole.chars().take(cut).collect();
            let stages = Stages::new(CAPABILITIES, Some(&cursor));
            let left = index(CAPABILITIES, &stage).filter(|_| cursor == whole);
            for (at, info) in CAPABILITIES.iter().enumerate() {
                let done = left.is_some_and(|left| at < left || (at == left && after.is_none()));
                prop_assert_eq!(stages.is_done(info.name), done);
                let reached = after.as_deref().filter(|_| left == Some(at));
                prop_assert_eq!(stages.after(info.name), reached);
            }
        }
    }
}
