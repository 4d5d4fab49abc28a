//! What is known about a request from the estate alone: about who asks, and about what it is asked on.
//!
//! Facts about the principal are told apart from facts about the request, so that many principals can be asked about at
//! once: the request's are the same for all of them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use super::estate::{Estate, Identity};
use super::tags;
use crate::policy::Policy;
use crate::policy::evaluate::context::Found;
use crate::policy::evaluate::facts::{About, derive};
use crate::policy::evaluate::{Context, Mode};
use crate::policy::principal::{Kind, Principal};

/// Keys that only requests of services have, and those of their callers.
pub(crate) const OF_SERVICES: &[&str] = &[
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
];

/// Whoever asks chooses TLS, and all but a few endpoints take nothing else: it is taken to be there.
const TLS: &str = "aws:SecureTransport";

/// Keys that are about who asks, but for its tags.
const OF_PRINCIPAL: [&str; 7] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:username",
    "aws:principaltype",
    "aws:userid",
    "aws:principalorgid",
    "aws:principalorgpaths",
];

/// Where the tags of who asks are.
const TAGS: &str = "aws:principaltag/";

/// Whether a key, in lower case, is about who asks.
pub(super) fn is_of_principal(key: &str) -> bool {
    OF_PRINCIPAL.contains(&key) || is_tag(key)
}

/// Whether a key, in lower case, is a tag of who asks.
pub(super) fn is_tag(key: &str) -> bool {
    key.starts_with(TAGS)
}

/// Whether the tags of a role are taken to be those of its sessions, as its trust was not collected. Sessions that Identity
/// Center starts may have others, whatever the trust says.
fn has_own_taken(asks: &Identity) -> bool {
    asks.trust.is_none() && !asks.is_of_center()
}

/// What is taken for granted about the tags of somebody's requests, if any of these policies asks for one.
pub(super) fn taken_tags<'p>(
    asks: &Identity,
    mut policies: impl Iterator<Item = &'p Policy>,
) -> Option<String> {
    let is_role = asks.principal.kind() == Kind::Role;
    let has_tags = asks.tags.as_ref().is_some_and(|tags| !tags.is_empty());
    let is_taken = is_role && has_tags && has_own_taken(asks);
    let is_asked = is_taken && policies.any(|policy| tags::keys(policy).any(|key| is_tag(&key)));
    let arn = asks.arn();
    is_asked.then(|| {
        format!("the trust of {arn} was not collected: its sessions are taken to have its own tags")
    })
}

/// Why not all tags of somebody's requests are known; `None` where they are.
pub(super) fn open_tags(asks: &Identity) -> Option<String> {
    let arn = asks.arn();
    if asks.has_all_tags {
        None
    } else if asks.principal.kind() == Kind::Role && asks.trust.is_none() {
        Some(format!("the trust of {arn} was not collected: its sessions may have any tags"))
    } else {
        Some(format!("requests of {arn} may have tags that nobody collected"))
    }
}

/// Whether such a key is the same for all of an account.
pub(super) fn is_of_account(key: &str) -> bool {
    matches!(key, "aws:principalaccount" | "aws:principalorgid" | "aws:principalorgpaths")
}

/// What the caller of a question says about the request: keys and their values; none where the key is absent.
pub type Given<'a> = &'a [(String, Vec<String>)];

/// What is said about a request, in a region.
pub(super) fn in_region(given: Given<'_>, region: &str) -> Vec<(String, Vec<String>)> {
    let mut given = given.to_vec();
    given.push(("aws:RequestedRegion".to_owned(), vec![region.to_owned()]));
    given
}

/// The facts that are the same whoever of an estate's principals asks.
pub(super) fn of_request(
    estate: &Estate,
    asks: &Identity,
    action: &str,
    resource: &str,
    account: Option<&str>,
    given: Given<'_>,
) -> Context {
    let mut context = of_given(given);
    let mut all = context.clone();
    let about = About { principal: &asks.principal, role: None, action, resource, account };
    derive(&mut all, about);
    for key in ["aws:resourceaccount", "aws:requestedregion"] {
        if let Found::Values([value]) = all.find(key) {
            context.set(key, [value.as_str()]);
        }
    }
    of_place(&mut context, estate, resource);
    know_new(&mut context, "aws:PrincipalIsAWSService", &["false".to_owned()]);
    know_new(&mut context, TLS, &["true".to_owned()]);
    of_no_service(&mut context);
    of_owner(&mut context, estate, resource, account);
    of_tags(&mut context, estate, action, resource);
    context
}

/// Puts the tags of a resource that policies ask for into a context. What is listed there already stays.
fn of_tags(context: &mut Context, estate: &Estate, action: &str, resource: &str) {
    for (key, value) in tags::facts(estate, action, resource) {
        know_new(context, &key, &value.map(str::to_owned).into_iter().collect::<Vec<_>>());
    }
}

/// What the caller of a question says.
fn of_given(given: Given<'_>) -> Context {
    let mut context = Context::new(Mode::Discovery);
    for (key, values) in given {
        context.set(key, values.iter().map(String::as_str));
    }
    context
}

/// Puts it into a context that no service asks. What is listed there already stays.
fn of_no_service(context: &mut Context) {
    for key in OF_SERVICES {
        know_new(context, key, &[]);
    }
}

/// Puts the region of a bucket, which its ARN does not have, into a context: requests are signed for it. What is listed there
/// already stays.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
fn of_place(context: &mut Context, estate: &Estate, resource: &str) {
    if let Some(region) = place(estate, resource) {
        know_new(context, "aws:RequestedRegion", &[region.to_owned()]);
    }
}

/// The region that a resource is in, where its ARN does not say and it was collected.
pub(super) fn place<'e>(estate: &'e Estate, resource: &str) -> Option<&'e str> {
    let is_bucket = resource.contains(":s3:::");
    if is_bucket { estate.resource(resource)?.1.region.as_deref() } else { None }
}

/// Puts the facts about the account of a resource into a context. What is listed there already stays.
fn of_owner(context: &mut Context, estate: &Estate, resource: &str, account: Option<&str>) {
    let of_arn = resource.split(':').nth(4).filter(|text| text.len() == 12);
    if let Some(account) = account.or(of_arn)
        && let Some((id, paths)) = membership(estate, account)
    {
        know_new(context, "aws:ResourceOrgID", &id);
        know_new(context, "aws:ResourceOrgPaths", &paths);
    }
}

fn know_new(context: &mut Context, key: &str, values: &[String]) {
    if !context.is_listed(&key.to_lowercase()) {
        context.set(key, values.iter().map(String::as_str));
    }
}

/// All that is known about a request of somebody who is none of an estate's principals: a root user, a service, somebody
/// without credentials.
pub(super) fn of_stranger(
    estate: &Estate,
    asks: &Principal,
    (action, resource): (&str, &str),
    account: Option<&str>,
    given: Given<'_>,
) -> Context {
    let mut context = of_given(given);
    of_tags(&mut context, estate, action, resource);
    of_place(&mut context, estate, resource);
    of_owner(&mut context, estate, resource, account);
    know_new(&mut context, TLS, &["true".to_owned()]);
    let of_none = asks.kind() == Kind::Anonymous || asks.is_service();
    // Neither somebody without credentials nor a service is of an organization.
    let of_account = asks.account().map(|own| membership(estate, own));
    let own = if of_none { Some((Vec::new(), Vec::new())) } else { of_account.flatten() };
    if let Some((id, paths)) = own {
        know_new(&mut context, "aws:PrincipalOrgID", &id);
        know_new(&mut context, "aws:PrincipalOrgPaths", &paths);
    }
    if asks.kind() == Kind::Anonymous || asks.kind() == Kind::Root {
        of_no_service(&mut context);
        context.close(TAGS);
    }
    context
}

/// The id of the organization that an account is in, and its path as conditions have it; both empty where it is in none.
/// `None` where that is not known.
pub(super) fn membership(estate: &Estate, account: &str) -> Option<(Vec<String>, Vec<String>)> {
    let organization = estate.organization.as_ref()?;
    let Some(guard) = organization.accounts.get(account) else {
        return organization.others.is_none().then(|| (Vec::new(), Vec::new()));
    };
    let id = organization.id.as_deref()?;
    let units: Vec<&str> = guard.path.iter().map(|id| &**id).collect();
    Some((vec![id.to_owned()], vec![format!("{id}/{}/", units.join("/"))]))
}

/// Puts the facts about who asks into a context, those whose keys, in lower case, are wanted. What is listed there
/// already is replaced: the caller's own keys are not asked for.
pub(super) fn of_principal(
    context: &mut Context,
    estate: &Estate,
    asks: &Identity,
    is_wanted: impl Fn(&str) -> bool,
) {
    for key in OF_PRINCIPAL.iter().filter(|key| is_wanted(key)) {
        know(context, estate, asks, key);
    }
    for (key, value) in own_tags(asks) {
        let key = format!("{TAGS}{key}");
        if is_wanted(&key) {
            context.set(&key, [&**value]);
        }
    }
}

/// Puts the fact about who asks that a key, in lower case, names into a context, if it is known.
pub(super) fn know(context: &mut Context, estate: &Estate, asks: &Identity, key: &str) {
    if let "aws:principalorgid" | "aws:principalorgpaths" = key {
        if let Some((id, paths)) = membership(estate, asks.account()) {
            context.set(key, if key == "aws:principalorgid" { id } else { paths });
        }
        return;
    }
    match value(asks, key) {
        Some(value) => context.set(key, [value]),
        None if key == "aws:username" || (asks.has_all_tags && is_tag(key)) => {
            context.set(key, [] as [&str; 0]);
        }
        None => {}
    }
}

/// The value of a key, in lower case, that is about who asks and not about its organization; `None` where it has none, or
/// none that is known.
pub(super) fn value<'a>(asks: &'a Identity, key: &str) -> Option<&'a str> {
    let kind = asks.principal.kind();
    match key {
        "aws:principalarn" => Some(asks.arn()),
        "aws:principalaccount" => Some(asks.account()),
        "aws:username" => asks.arn().rsplit('/').next().filter(|_| kind == Kind::User),
        "aws:principaltype" => Some(match kind {
            Kind::Root => "Account",
            Kind::User => "User",
            _ => "AssumedRole",
        }),
        // The id of a role's session has the session's name in it, which nobody knows.
        "aws:userid" => asks.unique_id.as_deref().filter(|_| kind == Kind::User),
        _ => {
            let name = key.strip_prefix(TAGS)?;
            // Of tags that conditions cannot tell apart the last counts.
            let found = own_tags(asks).rev().find(|(own, _)| **own == *name);
            found.map(|(_, value)| &**value)
        }
    }
}

/// The tags that all requests of somebody have. Where sessions of a role may be given tags, those replace its own; where its
/// trust was not collected, its own are taken to stand.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_know>
fn own_tags(asks: &Identity) -> impl DoubleEndedIterator<Item = &(Box<str>, Box<str>)> {
    let is_role = asks.principal.kind() == Kind::Role;
    let is_given_others = is_role && !asks.has_all_tags && !has_own_taken(asks);
    asks.tags.iter().filter(move |_| !is_given_others).flatten()
}

/// All that is known about one request.
pub(super) fn all(
    estate: &Estate,
    asks: &Identity,
    request: &Context,
    given: Given<'_>,
) -> Context {
    let mut context = request.clone();
    let is_given = |key: &str| given.iter().any(|(own, _)| own.eq_ignore_ascii_case(key));
    of_principal(&mut context, estate, asks, |key| !is_given(key));
    if asks.has_all_tags {
        context.close(TAGS);
    }
    context
}

/// The id of a session of a role, as `aws:userid` has it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>
pub(super) fn id_of_session(role: &Identity, session: &Principal) -> Option<String> {
    let id = role.unique_id.as_deref()?;
    Some(format!("{id}:{}", session.as_str().rsplit('/').next()?))
}
