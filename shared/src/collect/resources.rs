//! What the collectors of resources share: stages over lists, and the entities that are alike everywhere.
//!
//! A service tells its resources in one of two ways. What it lists whole is told page by page
//! ([`Look::pages`]). What it lists by name is read into memory ([`Look::list`], [`Look::list_under`])
//! and then asked about item by item ([`Look::each`]): described, its policy, its tags, a stage and a
//! capability for each call.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::StreamExt as _;

use super::context::{Next, Pager, Turn};
use super::stages::{self, AT_ONCE, Look, Luck, Seen};
use super::{Call, Context, Interrupted};
use crate::aws::error::{CallError, Fault};
use crate::model::id::IdError;
use crate::model::policy::PolicyDocument;
use crate::model::resource::{
    Attribute, Attributes, ResourcePolicy, ResourceSetting, ResourceTags,
};
use crate::model::{Arn, Capability, Entity};

/// What a list showed.
#[derive(Debug)]
pub(super) struct Listed<I> {
    /// What later stages ask about.
    pub(super) items: Vec<I>,
    /// What the list itself tells of it, and how it ended.
    pub(super) seen: Seen,
}

impl<I> Default for Listed<I> {
    fn default() -> Self {
        Self { items: Vec::new(), seen: Seen::default() }
    }
}

impl Listed<Arn> {
    /// The resources that the context's focus names, where it is not about all: what a list would show of them,
    /// without asking for it. Whether they exist is for those to find who ask about each.
    pub(super) fn in_focus(context: &Context) -> Option<Self> {
        let focus = context.focus().filter(|focus| focus.names().is_some())?;
        let mut items = focus.arns();
        items.retain(|arn| arn.region() == context.region.as_str());
        Some(Self { items, seen: Seen::default() })
    }

    /// The resources that a list names, each `kind/NAME` in the context's account and region, and what ended
    /// it early.
    pub(super) fn of_names(
        context: &Context,
        (service, kind): (&str, &str),
        names: Vec<String>,
        failure: Option<CallError>,
    ) -> Self {
        let mut listed = Self { seen: Seen { failure, ..Seen::default() }, ..Self::default() };
        for name in names {
            let arn = arn(context, service, &format!("{kind}/{name}"));
            match arn.map_err(|error| error.to_string()) {
                Ok(arn) if !name.is_empty() => listed.items.push(arn),
                found => {
                    let reason = found.err().unwrap_or_else(|| "it has no name".to_owned());
                    listed.seen.set_aside.push((format!("{kind} {name:?}"), reason));
                }
            }
        }
        listed
    }

    /// The resources that a list told of, each an item.
    pub(super) fn of_resources(seen: Seen) -> Self {
        let resources = seen.entities.iter().filter_map(|entity| match entity {
            Entity::Resource(resource) => Some(resource.arn.clone()),
            _ => None,
        });
        Self { items: resources.collect(), seen }
    }
}

impl<C: Send + Sync> Look<'_, '_, C> {
    /// A stage of one list, told page by page: for what no other stage starts from. `read` takes what an
    /// answer tells, and the token of the next page.
    pub(super) async fn pages<A, N, E, F>(
        &mut self,
        stage: Capability,
        call: &Call,
        request: impl Fn(Option<String>) -> F + Send + Sync,
        read: impl Fn(A) -> (Seen, N) + Send + Sync,
    ) -> Result<(), Interrupted>
    where
        A: Send,
        N: Into<Next> + Send,
        F: Future<Output = Result<A, SdkError<E, HttpResponse>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if !self.stages.begin(self.sink, stage) {
            return Ok(());
        }
        let mut pager = Pager::new(self.stages.after(stage).map(str::to_owned));
        loop {
            let token = pager.token().map(str::to_owned);
            let answer =
                self.context.call_page(call, token.as_deref(), || request(token.clone())).await;
            let failure = match answer {
                Ok(answer) => {
                    let (seen, next) = read(answer);
                    seen.tell(self.sink, stage);
                    match pager.turn(next) {
                        Turn::Page => {
                            let token = pager.token().unwrap_or_default();
                            self.sink.page(Some(stages::reached(stage, token))).await?;
                            continue;
                        }
                        Turn::End => None,
                        Turn::Loop => Some(self.context.paging_loop(call)),
                    }
                }
                // A token is perishable. What was told is told again, so it must not count twice.
                Err(failure) if failure.fault == Fault::TokenRefused && pager.start_again() => {
                    self.sink.start_over(stage);
                    continue;
                }
                Err(failure) => Some(failure),
            };
            if let Some(failure) = failure {
                self.sink.failed(stage, failure)?;
            }
            return self.stages.end(self.sink, stage).await;
        }
    }

    /// A stage of one list that others start from; returns its items, ordered and each once. After an
    /// interruption it is asked for again and not told again.
    pub(super) async fn list<'l, I, Ask, Answer>(
        &'l mut self,
        stage: Capability,
        ask: Ask,
    ) -> Result<Vec<I>, Interrupted>
    where
        I: Ord + Send,
        Ask: Fn(&'l Context, &'l C) -> Answer + Send + Sync,
        Answer: Future<Output = Listed<I>> + Send,
    {
        self.list_under(stage, &[()], move |context, client, ()| ask(context, client)).await
    }

    /// A stage that lists what is under each of `parents`, for others that start from it: as
    /// [`Look::list`]. A parent that does not exist any more has nothing under it.
    pub(super) async fn list_under<'l, P, I, Ask, Answer>(
        &'l mut self,
        stage: Capability,
        parents: &'l [P],
        ask: Ask,
    ) -> Result<Vec<I>, Interrupted>
    where
        P: Sync,
        I: Ord + Send,
        Ask: Fn(&'l Context, &'l C, &'l P) -> Answer + Send + Sync,
        Answer: Future<Output = Listed<I>> + Send,
    {
        let Look { context, client, stages, sink } = self;
        let told = stages.is_done(stage);
        if stages.is_over(stage) || (!told && !stages.begin(sink, stage)) {
            return Ok(Vec::new());
        }
        let calls: Vec<Answer> =
            parents.iter().map(|parent| ask(context, client, parent)).collect();
        let mut answers = futures::stream::iter(calls).buffered(AT_ONCE);
        let (mut items, mut failures, mut luck) = (BTreeSet::new(), Vec::new(), Luck::default());
        while let Some(Listed { items: some, mut seen }) = answers.next().await {
            let failure = seen.failure.take().filter(|failure| failure.fault != Fault::NotFound);
            if !told {
                for (what, reason) in std::mem::take(&mut seen.set_aside) {
                    stages.set_aside(sink, stage, &what, &reason);
                }
                if seen.entities.is_empty() {
                    sink.saw(stage, u64::try_from(some.len()).unwrap_or(u64::MAX));
                }
                seen.tell(sink, stage);
            }
            items.extend(some);
            match failure {
                None => luck.answered(),
                Some(failure) => {
                    let gave_up = luck.gave_up_after(&failure);
                    failures.push(failure);
                    if gave_up {
                        break;
                    }
                }
            }
        }
        drop(answers);
        // After what was seen: a list that breaks off is partial, one that is refused at once denied.
        for failure in failures {
            sink.failed(stage, failure)?;
        }
        if !told {
            stages.end(sink, stage).await?;
        }
        Ok(items.into_iter().collect())
    }

    /// A stage that asks once per item, which must be ordered by `key`: as [`stages::each`]. Returns the
    /// keys of the items that do not exist any more.
    pub(super) async fn each<'l, I, Ask, Answer>(
        &'l mut self,
        stage: Capability,
        items: &'l [I],
        key: impl Fn(&I) -> String + Send + Sync,
        ask: Ask,
    ) -> Result<BTreeSet<String>, Interrupted>
    where
        I: Sync,
        Ask: Fn(&'l Context, &'l C, &'l I) -> Answer + Send + Sync,
        Answer: Future<Output = Result<Seen, CallError>> + Send,
    {
        let Look { context, client, stages, sink } = self;
        if !stages.begin(sink, stage) {
            return Ok(BTreeSet::new());
        }
        let (context, client): (&'l Context, &'l C) = (context, client);
        let ask = |item| ask(context, client, item);
        let gone = stages::each(sink, stages, stage, items, key, ask).await?;
        stages.end(sink, stage).await?;
        Ok(gone)
    }
}

/// What a stage saw of the items of a list and a later stage starts from, as far as this attempt came: after
/// an interruption it has to be asked for again.
#[derive(Debug)]
pub(super) struct Kept<T>(Mutex<BTreeMap<String, T>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Kept<T> {
    /// Keeps what was seen of the item with that key.
    pub(super) fn keep(&self, key: String, what: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, what);
    }

    /// What was seen of the item with that key, if it was asked about.
    pub(super) fn get(&self, key: &str) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

/// The ARN of a resource in the context's account and region, for answers that carry none.
pub(super) fn arn(context: &Context, service: &str, resource: &str) -> Result<Arn, IdError> {
    let (partition, region) = (context.session.partition(), &context.region);
    format!("arn:{partition}:{service}:{region}:{}:{resource}", context.account()).parse()
}

/// What a call for the policy of a resource tells. `is_none` knows the error by which the service says that
/// there is no policy: another one than that there is no such resource.
pub(super) fn policy(
    resource: &Arn,
    answer: Result<Option<String>, CallError>,
    is_none: impl FnOnce(&CallError) -> bool,
) -> Seen {
    let document = match answer {
        Ok(text) => text.filter(|text| !text.is_empty()).map(PolicyDocument),
        Err(failure) if is_none(&failure) => None,
        Err(failure) => return Seen { failure: Some(failure), ..Seen::default() },
    };
    Seen::one(Entity::ResourcePolicy(ResourcePolicy { resource: resource.clone(), document }))
}

/// What a call for the tags of a resource tells.
pub(super) fn tags(resource: &Arn, tags: impl IntoIterator<Item = (String, String)>) -> Seen {
    let tags = tags.into_iter().collect();
    Seen::one(Entity::ResourceTags(ResourceTags { resource: resource.clone(), tags }))
}

/// What a call for one setting of a resource tells; `None` where it is not set.
pub(super) fn setting(resource: &Arn, name: &str, attributes: Option<Attributes>) -> Entity {
    Entity::ResourceSetting(ResourceSetting {
        resource: resource.clone(),
        name: name.to_owned(),
        present: attributes.is_some(),
        attributes: attributes.unwrap_or_default(),
    })
}

/// The ARNs among `texts`, sorted and each once: the roles that `of` acts with. What is no ARN is set aside,
/// so that nobody takes `of` for one without a role.
pub(super) fn acts_as<'t>(
    seen: &mut Seen,
    of: &Arn,
    texts: impl IntoIterator<Item = Option<&'t str>>,
) -> Vec<Arn> {
    let mut roles = BTreeSet::new();
    for text in texts.into_iter().flatten().filter(|text| !text.is_empty()) {
        match text.parse::<Arn>() {
            Ok(arn) => {
                roles.insert(arn);
            }
            Err(error) => seen.set_aside.push((format!("a role of {of}"), error.to_string())),
        }
    }
    roles.into_iter().collect()
}

/// A text, or a word of AWS's, as an attribute; none if it is empty.
pub(super) fn text<T: AsRef<str> + ?Sized>(text: Option<&T>) -> Option<Attribute> {
    text.map(AsRef::as_ref).filter(|text| !text.is_empty()).map(Attribute::from)
}

/// A whole number as an attribute.
pub(super) fn number(number: Option<impl Into<i64>>) -> Option<Attribute> {
    number.map(|number| Attribute::Number(number.into()))
}

/// Texts whose order means nothing as an attribute: sorted; none if there are none.
pub(super) fn sorted<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Option<Attribute> {
    let mut texts: Vec<String> = texts.into_iter().map(|text| text.as_ref().to_owned()).collect();
    texts.sort();
    (!texts.is_empty()).then(|| texts.into())
}

#[cfg(test)]
mod tests;
