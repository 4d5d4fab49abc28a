//! Credentials by calls per user: what is asked where the credential report cannot be had, and what
//! the report does not list.
//!
//! At most three calls per user and one per access key in place of the report. A capability that was
//! refused once is not asked for again: the first user is looked at alone, and only then a few at a
//! time, so that a missing permission costs one call and not one per user.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{self, StatusType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::{StreamExt as _, stream};

use super::calls::{
    AFTER_EVENT, Facet, GET_USER, IN_RUN, KEYS, LIST_CERTIFICATES, LIST_SERVICE, LIST_SSH,
    LIST_USERS, OfUser, REPORT, USERS, USES,
};
use super::report::whole_seconds;
use crate::aws::{CallError, Fault, time};
use crate::collect::context::{Next, Pager, Turn};
use crate::collect::{Call, Context, Interrupted, Sink};
use crate::model::credential::{
    AccessKey, AccessKeyUse, AccessKeys, Holder, ListedCredential, ListedCredentials, Mfa, Password,
};
use crate::model::{Capability, Entity, LastUsed, SetAside, Status, Timestamp, Tri};

/// How many users are listed at once: a page is what an interruption repeats.
const PAGE: i32 = 100;

/// How many users are looked at at the same time. The account's gate limits the calls.
const AT_ONCE: usize = 4;

/// Looks at each user of the account; `cursor` is the marker of the page to go on from.
pub(super) async fn collect(
    context: &Context,
    client: &Client,
    cursor: Option<&str>,
    facets: &[Facet],
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    let capabilities: Vec<Capability> =
        facets.iter().flat_map(|facet| facet.capabilities().iter().copied()).collect();
    let look = Look::new(context, client, facets, &capabilities, sink);
    let mut pager = Pager::new(cursor.map(str::to_owned));
    let mut scouted = false;
    loop {
        let marker = pager.token().map(str::to_owned);
        let request = || client.list_users().max_items(PAGE).set_marker(marker.clone()).send();
        match context.call_page(&LIST_USERS, marker.as_deref(), request).await {
            Ok(page) => {
                let next = Next::truncated(page.is_truncated, page.marker);
                let people = people(page.users, &capabilities, sink);
                each(&look, people, &mut scouted, sink).await?;
                match pager.turn(next) {
                    Turn::Page => {
                        sink.page(pager.token().map(str::to_owned)).await?;
                        continue;
                    }
                    Turn::End => sink.complete(USERS),
                    Turn::Loop => sink.failed(USERS, context.paging_loop(&LIST_USERS))?,
                }
            }
            Err(error) if error.fault == Fault::TokenRefused && pager.start_again() => {
                for capability in capabilities.iter().copied().chain([USERS]) {
                    sink.start_over(capability);
                }
                continue;
            }
            Err(error) => sink.failed(USERS, error)?,
        }
        break;
    }
    conclude(&capabilities, sink);
    Ok(())
}

/// Looks at users by name, after an event: what the report would say of them, as far as IAM says it at once.
///
/// The report, which the next run reads, gives no ids of keys and alone knows when a password was changed: what is
/// known from it stays as it is until it becomes different, so that no change is told that is none.
pub(super) async fn named(
    context: &Context,
    client: &Client,
    names: &[String],
    facets: &[Facet],
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    let capabilities: Vec<Capability> =
        facets.iter().flat_map(|facet| facet.capabilities().iter().copied()).collect();
    let look = Look::new(context, client, facets, &capabilities, sink);
    for name in names {
        let user = match context.call(&GET_USER, || client.get_user().user_name(name).send()).await
        {
            Ok(answer) => answer.user,
            // Nothing is seen of who does not exist.
            Err(error) if error.fault == Fault::NotFound => continue,
            Err(error) => {
                sink.failed(USERS, error)?;
                continue;
            }
        };
        let people = people(user.into_iter().collect(), &capabilities, sink);
        for person in people {
            for finding in look.at(person).await {
                tell(vec![as_reported(finding, sink).await?], sink).await?;
            }
        }
    }
    sink.complete(USERS);
    // It is of everybody, and no event makes a new one.
    sink.narrowed(REPORT, "a look at users by name");
    conclude(&capabilities, sink);
    Ok(())
}

/// A finding in the words of what is known: see [`named`].
async fn as_reported(finding: Finding, sink: &Sink<'_>) -> Result<Finding, Interrupted> {
    let Finding::Saw(capability, entity) = finding else { return Ok(finding) };
    let known = sink.known(capability, &entity.id()).await?;
    let entity = match (entity, known) {
        (Entity::AccessKeys(mut found), known) => {
            let has_ids = matches!(&known, Some(Entity::AccessKeys(known))
                if known.keys.iter().any(|key| key.id.is_some()));
            if !has_ids {
                found.keys.iter_mut().for_each(|key| key.id = None);
            }
            Entity::AccessKeys(found)
        }
        (Entity::Password(found), Some(Entity::Password(known)))
            if found.enabled == known.enabled =>
        {
            Entity::Password(known)
        }
        (entity, _) => entity,
    };
    Ok(Finding::Saw(capability, entity))
}

/// What was not refused is complete if the users were all listed and is lost with them if not.
fn conclude(capabilities: &[Capability], sink: &mut Sink<'_>) {
    let is_gap = |sink: &Sink<'_>, name| sink.status(name).is_some_and(Status::is_gap);
    for capability in capabilities.iter().copied() {
        if capability == USES && is_gap(sink, KEYS) {
            sink.blocked(USES, KEYS);
        } else if is_gap(sink, USERS) {
            sink.blocked(capability, USERS);
        } else {
            sink.complete(capability);
        }
        sink.note(capability, "from calls per user");
    }
}

/// A user to look at.
#[derive(Clone, Debug)]
struct Person {
    name: String,
    holder: Holder,
    password_last_used: Option<Timestamp>,
}

fn people(
    users: Vec<types::User>,
    capabilities: &[Capability],
    sink: &mut Sink<'_>,
) -> Vec<Person> {
    let mut people = Vec::with_capacity(users.len());
    for user in users {
        match person(&user) {
            Ok(person) => people.push(person),
            // Whoever is not looked at is missing from everything that is looked for.
            Err(SetAside { what, reason }) => {
                for capability in capabilities.iter().copied().chain([USERS]) {
                    sink.set_aside(capability, what.clone(), reason.clone());
                }
            }
        }
    }
    sink.saw(USERS, u64::try_from(people.len()).unwrap_or(u64::MAX));
    people
}

fn person(user: &types::User) -> Result<Person, SetAside> {
    let aside = |reason: String| SetAside { what: format!("user `{}`", user.user_name), reason };
    let arn = user.arn.parse().map_err(|error| aside(format!("{error}")))?;
    if user.user_name.is_empty() {
        return Err(SetAside { what: user.arn.clone(), reason: "no name".to_owned() });
    }
    Ok(Person {
        name: user.user_name.clone(),
        holder: Holder { arn, created: date(&user.create_date).map(whole_seconds) },
        password_last_used: time::optional(user.password_last_used.as_ref()),
    })
}

/// The SDK puts the beginning of time where a required date is missing.
fn date(given: &DateTime) -> Option<Timestamp> {
    if given.secs() == 0 { None } else { time::timestamp(given) }
}

async fn each(
    look: &Look<'_>,
    mut people: Vec<Person>,
    scouted: &mut bool,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    if !*scouted && !people.is_empty() {
        let first = people.remove(0);
        tell(look.at(first).await, sink).await?;
        *scouted = true;
    }
    let mut findings = stream::iter(people).map(|person| look.at(person)).buffered(AT_ONCE);
    while let Some(found) = findings.next().await {
        tell(found, sink).await?;
    }
    Ok(())
}

/// What one call told about one user.
enum Finding {
    Saw(Capability, Entity),
    /// Followed from what another call told.
    Inferred(Capability, Entity),
    Failed(Capability, CallError),
}

async fn tell(findings: Vec<Finding>, sink: &mut Sink<'_>) -> Result<(), Interrupted> {
    for finding in findings {
        match finding {
            Finding::Saw(capability, entity) => sink.see(capability, entity),
            Finding::Inferred(capability, entity) => sink.see_inferred(capability, entity),
            Finding::Failed(capability, error) => sink.failed(capability, error)?,
        }
    }
    sink.breathe().await
}

/// What is looked for, and what is not any more because it was refused.
struct Look<'a> {
    context: &'a Context,
    client: &'a Client,
    facets: &'a [Facet],
    calls: OfUser,
    refused: Mutex<BTreeSet<Capability>>,
}

impl<'a> Look<'a> {
    /// Starts with what was refused before an interruption.
    fn new(
        context: &'a Context,
        client: &'a Client,
        facets: &'a [Facet],
        capabilities: &[Capability],
        sink: &Sink<'_>,
    ) -> Self {
        let refused = |name: &&Capability| {
            matches!(sink.status(name), Some(Status::Denied { .. } | Status::Throttled { .. }))
        };
        let refused = capabilities.iter().filter(refused).copied().collect();
        let is_named = context.focus().is_some_and(|focus| focus.names().is_some());
        let calls = if is_named { AFTER_EVENT } else { IN_RUN };
        Self { context, client, facets, calls, refused: Mutex::new(refused) }
    }

    fn is_refused(&self, capability: Capability) -> bool {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(capability)
    }

    /// A failed call: what was refused, or throttled until retries were used up, is not asked again.
    fn failed(&self, capability: Capability, error: CallError) -> Finding {
        if matches!(error.fault, Fault::Denied(_) | Fault::Throttled) {
            self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(capability);
        }
        Finding::Failed(capability, error)
    }

    /// Everything about one user. One who was deleted since the users were listed yields nothing.
    async fn at(&self, person: Person) -> Vec<Finding> {
        let mut findings = Vec::new();
        for facet in self.facets {
            let Some(capability) = facet.capabilities().first().copied() else { continue };
            if self.is_refused(capability) {
                continue;
            }
            let read = match facet {
                Facet::Mfa => self.mfa(&person).await,
                Facet::Keys => self.keys(&person, &mut findings).await,
                Facet::Password => self.password(&person).await,
                Facet::SshKeys => self.ssh_keys(&person).await,
                Facet::Certificates => self.certificates(&person).await,
                Facet::ServiceCredentials => self.service_credentials(&person).await,
            };
            match read {
                Ok(entity) => findings.push(Finding::Saw(capability, entity)),
                Err(error) if error.fault == Fault::NotFound => {
                    // What was refused meanwhile is still to be told.
                    findings.retain(|finding| matches!(finding, Finding::Failed(..)));
                    break;
                }
                Err(error) => findings.push(self.failed(capability, error)),
            }
        }
        findings
    }

    /// A list that was read to its end; half of a user's credentials would pass for all of them.
    async fn all<T, A, E, F>(
        &self,
        call: &Call,
        request: impl Fn(Option<String>) -> F,
        take: impl FnMut(A) -> (Vec<T>, Next),
    ) -> Result<Vec<T>, CallError>
    where
        F: Future<Output = Result<A, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match self.context.list(call, request, take).await {
            (items, None) => Ok(items),
            (_, Some(error)) => Err(error),
        }
    }

    async fn mfa(&self, person: &Person) -> Result<Entity, CallError> {
        let devices = self
            .all(
                &self.calls.mfa,
                |marker| {
                    self.client.list_mfa_devices().user_name(&person.name).set_marker(marker).send()
                },
                |page| (page.mfa_devices, Next::truncated(page.is_truncated, page.marker)),
            )
            .await?;
        let active = Tri::from(!devices.is_empty());
        Ok(Entity::Mfa(Mfa { holder: person.holder.clone(), active }))
    }

    /// The access keys; when they were used is told beside them.
    async fn keys(
        &self,
        person: &Person,
        findings: &mut Vec<Finding>,
    ) -> Result<Entity, CallError> {
        let listed = self
            .all(
                &self.calls.keys,
                |marker| {
                    self.client.list_access_keys().user_name(&person.name).set_marker(marker).send()
                },
                |page| (page.access_key_metadata, Next::truncated(page.is_truncated, page.marker)),
            )
            .await?;
        let keys = slots(listed);
        if !self.is_refused(USES) {
            findings.push(match self.uses(person, &keys).await {
                // Of a user without keys nobody was asked, so nobody has allowed the call either.
                Ok(entity) if keys.is_empty() => Finding::Inferred(USES, entity),
                Ok(entity) => Finding::Saw(USES, entity),
                Err(error) => self.failed(USES, error),
            });
        }
        Ok(Entity::AccessKeys(AccessKeys { holder: person.holder.clone(), keys }))
    }

    async fn uses(&self, person: &Person, keys: &[AccessKey]) -> Result<Entity, CallError> {
        let mut uses = Vec::with_capacity(keys.len());
        for key in keys {
            let last_used = match &key.id {
                Some(id) => {
                    let request =
                        || self.client.get_access_key_last_used().access_key_id(id).send();
                    match self.context.call(&self.calls.uses, request).await {
                        Ok(answer) => last_used(answer.access_key_last_used),
                        // Deleted since the keys were listed.
                        Err(error) if error.fault == Fault::NotFound => continue,
                        Err(error) => return Err(error),
                    }
                }
                None => LastUsed::Unknown,
            };
            uses.push((key.slot, last_used));
        }
        Ok(Entity::AccessKeyUse(AccessKeyUse { holder: person.holder.clone(), uses }))
    }

    /// A user without a password has no login profile. `ListUsers` leaves the last use out for a password
    /// that was never used since AWS began to look, in October 2014; for a user who has none any more it
    /// still tells of the last one.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html>
    async fn password(&self, person: &Person) -> Result<Entity, CallError> {
        let request = || self.client.get_login_profile().user_name(&person.name).send();
        let enabled = match self.context.call(&self.calls.password, request).await {
            Ok(_) => Tri::True,
            Err(error) if error.fault == Fault::NotFound => Tri::False,
            Err(error) => return Err(error),
        };
        let last_used = match person.password_last_used {
            Some(time) => LastUsed::At { time, region: None, service: None },
            None if enabled == Tri::True => LastUsed::Never,
            None => LastUsed::Unknown,
        };
        Ok(Entity::Password(Password {
            holder: person.holder.clone(),
            enabled,
            last_used,
            last_changed: None,
            next_rotation: None,
        }))
    }

    async fn ssh_keys(&self, person: &Person) -> Result<Entity, CallError> {
        let request = |marker| {
            self.client.list_ssh_public_keys().user_name(&person.name).set_marker(marker).send()
        };
        let keys = self
            .all(&LIST_SSH, request, |page| {
                let next = Next::truncated(page.is_truncated, page.marker);
                (page.ssh_public_keys.unwrap_or_default(), next)
            })
            .await?;
        let credential = |key: types::SshPublicKeyMetadata| ListedCredential {
            id: key.ssh_public_key_id,
            service: None,
            status: key.status.as_str().to_owned(),
            created: date(&key.upload_date),
        };
        let keys = keys.into_iter().map(credential);
        Ok(Entity::SshPublicKeys(listed(person, keys)))
    }

    async fn certificates(&self, person: &Person) -> Result<Entity, CallError> {
        let request = |marker| {
            self.client
                .list_signing_certificates()
                .user_name(&person.name)
                .set_marker(marker)
                .send()
        };
        let certificates = self
            .all(&LIST_CERTIFICATES, request, |page| {
                (page.certificates, Next::truncated(page.is_truncated, page.marker))
            })
            .await?;
        let credential = |certificate: types::SigningCertificate| ListedCredential {
            id: certificate.certificate_id,
            service: None,
            status: certificate.status.as_str().to_owned(),
            created: time::optional(certificate.upload_date.as_ref()),
        };
        let certificates = certificates.into_iter().map(credential);
        Ok(Entity::SigningCertificates(listed(person, certificates)))
    }

    async fn service_credentials(&self, person: &Person) -> Result<Entity, CallError> {
        let request = |marker| {
            let call = self.client.list_service_specific_credentials();
            call.user_name(&person.name).set_marker(marker).send()
        };
        let credentials = self
            .all(&LIST_SERVICE, request, |page| {
                let next = Next::truncated(page.is_truncated, page.marker);
                (page.service_specific_credentials.unwrap_or_default(), next)
            })
            .await?;
        let credential = |given: types::ServiceSpecificCredentialMetadata| ListedCredential {
            id: given.service_specific_credential_id,
            service: Some(given.service_name),
            status: given.status.as_str().to_owned(),
            created: date(&given.create_date),
        };
        let credentials = credentials.into_iter().map(credential);
        Ok(Entity::ServiceCredentials(listed(person, credentials)))
    }
}

fn listed(
    person: &Person,
    credentials: impl Iterator<Item = ListedCredential>,
) -> ListedCredentials {
    let mut credentials: Vec<_> = credentials.collect();
    credentials.sort_by(|one, other| one.id.cmp(&other.id));
    ListedCredentials { holder: person.holder.clone(), credentials }
}

/// The keys, oldest first: AWS promises no order, and a key must keep its slot from run to run.
fn slots(mut listed: Vec<types::AccessKeyMetadata>) -> Vec<AccessKey> {
    let age = |key: &types::AccessKeyMetadata| key.create_date.map(|date| date.secs());
    listed.sort_by(|one, other| {
        age(one).cmp(&age(other)).then_with(|| one.access_key_id.cmp(&other.access_key_id))
    });
    (1..=u8::MAX)
        .zip(listed)
        .map(|(slot, key)| AccessKey {
            slot,
            active: key.status == Some(StatusType::Active),
            created: time::optional(key.create_date.as_ref()),
            id: key.access_key_id,
        })
        .collect()
}

/// No date says that the key was never used since AWS began to look, in April 2015; service and region
/// then are `N/A`, and so is the region of a service that has none.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html>
fn last_used(given: Option<types::AccessKeyLastUsed>) -> LastUsed {
    let Some(given) = given else { return LastUsed::Unknown };
    let word = |text: String| (!text.is_empty() && text != "N/A").then_some(text);
    match given.last_used_date {
        None => LastUsed::Never,
        Some(date) => time::timestamp(&date).map_or(LastUsed::Unknown, |time| LastUsed::At {
            time,
            region: word(given.region),
            service: word(given.service_name),
        }),
    }
}
