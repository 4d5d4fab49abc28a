//! What a question is about, whoever asks: on what it is really asked, whose that is, and which policy it has.

use std::borrow::Cow;

use super::access_point::{self, Behind};
use super::estate::{Estate, Held, Source};
use crate::policy::Policy;
use crate::policy::catalogue::{self, Catalogue as _};
use crate::policy::evaluate::request::is_of_key;

/// On what a question is really asked, and what is to be said about that.
#[derive(Clone, Debug)]
pub(super) struct Meant<'a> {
    pub(super) resource: Cow<'a, str>,
    pub(super) notes: Vec<String>,
}

impl<'a> Meant<'a> {
    /// An action without a type of resource is asked on `*` whatever is named, for only a statement about `*` allows it; a key
    /// that is named by its alias is asked for itself.
    ///
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>,
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>
    pub(super) fn of(estate: &'a Estate, action: &str, resource: &'a str) -> Self {
        let as_written = Cow::Borrowed(resource);
        match catalogue::published().action(action) {
            None => Self { resource: as_written, notes: vec![unknown(action)] },
            Some(known) if known.resources.is_empty() && resource != "*" => {
                let name = known.full_name();
                let note = format!("`{name}` is not narrowed to resources: it is asked on `*`");
                Self { resource: Cow::Borrowed("*"), notes: vec![note] }
            }
            Some(_) => match key_of(estate, action, resource) {
                Some(key) => {
                    let note = format!("{resource} stands for {key}");
                    Self { resource: Cow::Borrowed(key), notes: vec![note] }
                }
                None => Self { resource: as_written, notes: Vec::new() },
            },
        }
    }
}

/// What is to be said of an action that the catalogue does not have.
pub(super) fn unknown(action: &str) -> String {
    let service = action.split(':').next().unwrap_or(action);
    let published = catalogue::published();
    let is_known = published.services().iter().any(|own| own.eq_ignore_ascii_case(service));
    let what = if is_known { format!("action `{action}`") } else { format!("service `{service}`") };
    format!("the catalogue of actions has no {what}: it is mistyped, or newer than the catalogue")
}

/// The key that an alias stands for, where that was collected and the action is one on keys.
fn key_of<'e>(estate: &'e Estate, action: &str, resource: &str) -> Option<&'e str> {
    let (service, rest) = parts(resource);
    let is_alias = service == "kms" && rest.starts_with("alias/");
    if !is_alias || !is_of_key(&action.to_lowercase(), rest) {
        return None;
    }
    estate.resources.get(resource)?.parent.as_deref()
}

/// What is to be said of a question beside its answer, whoever asks: what it is really about, and what is taken for granted
/// about that.
pub fn notes(estate: &Estate, action: &str, resource: &str) -> Vec<String> {
    let meant = Meant::of(estate, action, resource);
    let target = Target::of(estate, action, &meant.resource);
    let behind = target.behind.and_then(|behind| behind.target.note);
    meant.notes.into_iter().chain(target.note).chain(behind).collect()
}

/// What a question is about, whoever asks: the same for all principals.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) account: Option<String>,
    pub(super) policy: Option<Held>,
    pub(super) is_shut: bool,
    pub(super) note: Option<String>,
    /// What is behind it, where it is an access point.
    pub(super) behind: Option<Box<Behind>>,
}

impl Target {
    pub(super) fn of(estate: &Estate, action: &str, resource: &str) -> Self {
        Self::alone(estate, action, resource).entered(estate, action, resource)
    }

    /// The same, an access point by itself, whatever is behind it.
    pub(super) fn alone(estate: &Estate, action: &str, resource: &str) -> Self {
        let (service, rest) = parts(resource);
        let of_arn = resource.split(':').nth(4).filter(|text| text.len() == 12).map(str::to_owned);
        let is_key = service == "kms" && is_of_key(&action.to_lowercase(), rest);
        let is_role = service == "iam" && rest.starts_with("role/");
        if is_role && action.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("sts:")) {
            let trust = match estate.identity(resource) {
                Some(role) => role.trust.clone(),
                None => estate.resources.get(resource).and_then(|it| it.policy.clone()),
            };
            let policy = trust.or_else(|| Some(missing("trust", resource)));
            return Self { account: of_arn, policy, is_shut: false, note: None, behind: None };
        }
        // What a role's trust says is about who may have the role, and nothing else.
        let Some((arn, found)) = estate.resource(resource).filter(|_| !is_role) else {
            let account = of_arn.as_deref();
            let is_strange = account.is_some_and(|account| !estate.knows_account(account));
            let policy = (is_key || is_strange).then(|| missing("policy", resource));
            let note = (resource != "*" && service != "iam" && policy.is_none())
                .then(|| format!("{resource} was not collected: it is taken to have no policy"));
            return Self { account: of_arn, policy, is_shut: false, note, behind: None };
        };
        let account = found.account.as_deref().map(str::to_owned).or(of_arn);
        // A key always has a policy.
        let policy = found.policy.clone().or_else(|| is_key.then(|| missing("policy", arn)));
        let note = found.note.as_deref().map(str::to_owned);
        Self { account, policy, is_shut: found.is_shut, note, behind: None }
    }

    /// The same, where it is entered through an access point of a bucket: the bucket must permit it too.
    fn entered(self, estate: &Estate, action: &str, resource: &str) -> Self {
        if !access_point::is_entered(action, resource) {
            return self;
        }
        let network = estate.resource(resource).and_then(|(_, it)| it.network.as_deref());
        let point = match network {
            Some("VPC") => {
                let name =
                    format!("policy of the endpoint of the VPC that alone enters {resource}");
                self.without(resource, &name)
            }
            _ => self,
        };
        match Behind::of(estate, action, resource) {
            Some(behind) => Self { behind: Some(behind.into()), ..point },
            None => point.without_bucket(resource),
        }
    }

    fn without_bucket(self, resource: &str) -> Self {
        self.without(resource, &format!("policy of the bucket behind {resource}"))
    }

    /// The same where a policy is in force besides that nobody collected.
    fn without(self, resource: &str, name: &str) -> Self {
        let own = self.policy.as_ref().map_or_else(Policy::empty, |held| (*held.policy).clone());
        let source = self.policy.map(|held| held.source);
        let policy = Held {
            id: usize::MAX,
            policy: own.with_missing(name).into(),
            source: source.unwrap_or_else(|| Source::Resource(resource.into())),
        };
        Self { policy: Some(policy), note: None, behind: None, ..self }
    }
}

/// The service in an ARN, and what is behind its account.
pub(super) fn parts(resource: &str) -> (&str, &str) {
    let mut parts = resource.splitn(6, ':').skip(2);
    (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default())
}

fn missing(what: &str, arn: &str) -> Held {
    let policy = Policy::missing(&format!("{what} of {arn}")).into();
    Held { id: usize::MAX, policy, source: Source::Resource(arn.into()) }
}

#[cfg(test)]
mod tests;
