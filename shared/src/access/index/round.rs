//! A question, put together once for everybody.

use std::borrow::Cow;

use super::entry::{Asking, Entry};
use super::{Index, Truths};
use crate::access::difference::meet;
use crate::access::estate::{Estate, Identity};
use crate::access::facts::{self, Given, is_of_principal};
use crate::access::target::Target;
use crate::policy::compiled::Statement;
use crate::policy::document::Listed;
use crate::policy::evaluate::exempt::hangs_on_who_asks;
use crate::policy::evaluate::{Context, Refused, Request};
use crate::policy::truth::Truth;
use crate::policy::variable::Template;

/// What a statement says to a question as far as that is the same for everybody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) truth: Truth,
    /// Whether it must be looked at with each who asks.
    pub(super) is_each: bool,
    /// Whether it is the same for all of an account then.
    pub(super) is_of_accounts: bool,
}

impl Look {
    fn of_all(truth: Truth) -> Self {
        Self { truth, is_each: false, is_of_accounts: false }
    }
}

/// A resource of which everybody has one of their own: a text with marks, and the keys whose values stand for these.
#[derive(Debug)]
pub(in crate::access) struct Marked {
    /// The resource.
    pub(in crate::access) text: String,
    /// The keys, in lower case, with their marks: characters that no policy writes.
    pub(in crate::access) marks: Vec<(String, char)>,
}

impl Marked {
    /// The resource of one; `None` where it has no value.
    fn of(&self, identity: &Identity) -> Option<String> {
        let mut text = Cow::Borrowed(self.text.as_str());
        for (key, mark) in &self.marks {
            let value = facts::value(identity, key)?;
            text = text.replace(*mark, value).into();
        }
        Some(text.into_owned())
    }

    /// The pattern with a star in the place of every mark.
    fn opened(&self) -> String {
        self.text.replace(|c| self.marks.iter().any(|(_, mark)| *mark == c), "*")
    }

    /// Whether a template stands for everybody's own, or for nobody's; `None` where it is not the same for all.
    fn is_in(&self, template: &Template, context: &Context) -> Option<Truth> {
        match template.matches(&self.text, context) {
            // What matches with a mark matches whatever stands for that, but for what is exactly one character.
            Truth::Yes => (!template.opened().contains('?')).then_some(Truth::Yes),
            Truth::No => {
                let never = meet::meet(&template.opened(), &self.opened()).is_none();
                never.then_some(Truth::No)
            }
            Truth::Maybe => None,
        }
    }
}

/// A question as everybody is asked it.
#[derive(Debug)]
pub(in crate::access) struct Round<'m> {
    /// As somebody asks it; who that is does not matter.
    pub(super) request: Request,
    pub(super) account: Option<String>,
    asking: Asking,
    /// What is known about lists of resources.
    lists: Vec<Option<Look>>,
    /// Everybody's own resource, and what is known where its marks are.
    marked: Option<(&'m Marked, Context)>,
}

impl<'m> Round<'m> {
    /// A question; `None` where it is another one for each who asks.
    pub(super) fn of(
        index: &Index<'_>,
        target: &Target,
        action: &str,
        resource: &str,
        given: Given<'_>,
    ) -> Result<Option<Self>, Refused> {
        // What is said about who asks is said about one; and all buckets are named by partition.
        let is_about_asker = given.iter().any(|(key, _)| is_of_principal(&key.to_lowercase()));
        let is_many = is_about_asker
            || (index.people.partitions > 1 && resource == "*")
            || hangs_on_who_asks(&action.to_lowercase());
        let Some(first) = index.identity(0).filter(|_| !is_many) else {
            return Ok(None);
        };
        let account = target.account.clone();
        let owner = account.as_deref();
        let shared = facts::of_request(index.estate, first, action, resource, owner, given);
        let asking = Asking::new(&shared);
        let request = Request::new(first.principal.clone(), action, resource, owner, shared)?;
        let lists = vec![None; index.spoken.lists.len()];
        Ok(Some(Self { request, account, asking, lists, marked: None }))
    }

    /// A question about everybody's own.
    pub(super) fn marked(
        index: &Index<'_>,
        target: &Target,
        action: &str,
        marked: &'m Marked,
    ) -> Result<Option<Self>, Refused> {
        let found = Self::of(index, target, action, &marked.text, &[])?;
        Ok(found.map(|mut round| {
            let mut context = round.request.context().clone();
            for (key, mark) in &marked.marks {
                context.set(key, [mark.to_string()]);
            }
            round.marked = Some((marked, context));
            round
        }))
    }

    /// Asks for another action of the same service.
    ///
    /// # Errors
    ///
    /// [`Refused::Action`].
    pub(in crate::access) fn turn_to(&mut self, action: &str) -> Result<(), Refused> {
        self.request.turn_to(action)
    }

    /// What a statement about the action says as far as that is the same for everybody.
    pub(super) fn look(&mut self, entry: &Entry<'_>) -> Look {
        let mut look = self.about(entry);
        if !look.truth.is_no() {
            look.truth = look.truth & entry.shared_holds(self.request.context());
        }
        look.is_of_accounts = !look.is_each && entry.is_of_accounts();
        look.is_each |= if self.marked.is_some() { entry.has_mixed() } else { entry.is_mixed() };
        look
    }

    /// Whether it is about the resource.
    fn about(&mut self, entry: &Entry<'_>) -> Look {
        let known = entry.list.and_then(|list| self.lists.get(list).copied().flatten());
        if let Some(known) = known {
            return known;
        }
        let found = match (&self.marked, entry.statement.resources()) {
            (_, None) => Look::of_all(Truth::Yes),
            (None, Some(list)) => {
                let (resource, context) = (self.request.resource(), self.request.context());
                Look::of_all(Statement::lists(list, resource, context))
            }
            (Some((marked, context)), Some(list)) => about_own(marked, context, list),
        };
        if let Some(known) = entry.list.and_then(|list| self.lists.get_mut(list)) {
            *known = Some(found);
        }
        found
    }

    /// Whether a statement that must be looked at with each matches for one, its conditions about who asks alone left aside.
    pub(super) fn truth_for(
        &mut self,
        entry: &Entry<'_>,
        truth: Truth,
        estate: &Estate,
        identity: &Identity,
    ) -> Truth {
        let own;
        let resource = match &self.marked {
            None => self.request.resource(),
            Some((marked, _)) => match marked.of(identity) {
                Some(text) => {
                    own = text;
                    own.as_str()
                }
                None => return Truth::No,
            },
        };
        entry.mixed_truth(truth, resource, estate, identity, &mut self.asking)
    }

    /// Whether a condition that is about who asks alone holds for one at a place of the estate.
    pub(super) fn holds_for(
        &mut self,
        own: &super::entry::Own<'_>,
        index: &Index<'_>,
        place: usize,
    ) -> Truth {
        let known = match own.known() {
            None if !index.people.are_few(index.estate) => Some(own.holds(index.estate)),
            known => known,
        };
        match (known, index.estate.identities.get(place)) {
            (Some(known), _) => Truths::of(known, place),
            (None, Some(identity)) => own.holds_for(index.estate, identity, &mut self.asking),
            (None, None) => Truth::Maybe,
        }
    }
}

/// Whether everybody's own resource is in a list.
fn about_own(marked: &Marked, context: &Context, list: &Listed<Template>) -> Look {
    let mut found = Some(Truth::No);
    for template in list.items() {
        match marked.is_in(template, context) {
            Some(Truth::Yes) => {
                found = Some(Truth::Yes);
                break;
            }
            Some(_) => {}
            None => found = None,
        }
    }
    match (found, list) {
        (None, _) => Look { is_each: true, ..Look::of_all(Truth::Maybe) },
        (Some(truth), Listed::In(_)) => Look::of_all(truth),
        (Some(truth), Listed::NotIn(_)) => Look::of_all(!truth),
    }
}
