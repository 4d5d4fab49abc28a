//! The users, groups, roles and policies of an account, with everything that decides what they may do:
//! one call, page by page.
//!
//! It does not ask about credentials (see `iam_credentials`), nor, in a run, for one object at a time: the pages
//! carry tags, boundaries, documents and last uses, which the `List…` calls leave out. What an event touched is
//! read by itself (`single`).

mod detail;
mod page;
pub mod policy_text;
mod single;

use async_trait::async_trait;

use super::context::{Next, Pager, Turn};
use super::filter;
use super::stages::capability;
use super::{Call, CapabilityInfo, Collect, Context, Interrupted, Place, Sink, Tier, When};
use crate::aws::Fault;
use crate::model::{Kind, Scope, SetAside};

pub(crate) use page::Details;

/// The one capability.
pub(crate) const CAPABILITY: &str = "authorization-details";

/// The most that AWS gives at once. A page may be shorter, even empty, and not be the last.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
const MAX_ITEMS: i32 = 1000;

const DETAILS: Call = Call {
    action: "iam:GetAccountAuthorizationDetails",
    capability: CAPABILITY,
    tier: Tier::One,
    when: When::Always,
    why: "reads all users, groups, roles and policies with their documents, tags and boundaries",
    lost: "every IAM user, group, role and policy of the account",
};

const CAPABILITIES: &[CapabilityInfo] =
    &[capability(CAPABILITY, &[Kind::User, Kind::Group, Kind::Role, Kind::Policy], None)];

/// Collects the authorization details.
#[derive(Clone, Copy, Debug)]
pub struct IamAuthorization;

#[async_trait]
impl Collect for IamAuthorization {
    fn name(&self) -> &'static str {
        "iam-authorization"
    }

    fn place(&self) -> Place {
        Place::EachAccount
    }

    fn calls(&self) -> &'static [Call] {
        single::CALLS
    }

    fn capabilities(&self) -> &'static [CapabilityInfo] {
        CAPABILITIES
    }

    /// The cursor is the marker of the next page. Users, groups, roles and policies are one sequence:
    /// a page holds any of them or none, so all sections go on together.
    async fn collect(
        &self,
        context: &Context,
        cursor: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Interrupted> {
        if context.focus().is_some_and(|focus| focus.names().is_some()) {
            return single::collect(context, sink).await;
        }
        let client = context.session.iam(&context.region);
        let mut pager = Pager::new(cursor.map(str::to_owned));
        loop {
            let marker = pager.token().map(str::to_owned);
            let request = || {
                let call = client.get_account_authorization_details().max_items(MAX_ITEMS);
                call.set_marker(marker.clone()).send()
            };
            match context.call_page(&DETAILS, marker.as_deref(), request).await {
                Ok(mut page) => {
                    let next = Next::truncated(page.is_truncated, page.marker.take());
                    see_details(Details::of(page), context, sink).await?;
                    match pager.turn(next) {
                        Turn::Page => {
                            sink.page(pager.token().map(str::to_owned)).await?;
                            continue;
                        }
                        Turn::End => sink.complete(CAPABILITY),
                        Turn::Loop => sink.failed(CAPABILITY, context.paging_loop(&DETAILS))?,
                    }
                }
                Err(error) if error.fault == Fault::TokenRefused && pager.start_again() => {
                    sink.start_over(CAPABILITY);
                    continue;
                }
                Err(error) => sink.failed(CAPABILITY, error)?,
            }
            return Ok(());
        }
    }
}

async fn see_details(
    details: Details,
    context: &Context,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    let filter = &context.options.iam;
    for mut entity in details.entities {
        if let Some(why) = filter.excludes(&entity) {
            sink.see_excluded(CAPABILITY, &entity.id(), why).await?;
            continue;
        }
        if let Some(why) = filter.strips(&entity) {
            sink.excluded(CAPABILITY, why);
            let known = sink.known(CAPABILITY, &entity.id()).await?;
            filter::strip(&mut entity, known);
        }
        sink.see(CAPABILITY, entity);
    }
    for policy in details.shared {
        match filter.excludes(&policy) {
            // Nobody buries AWS's policies, so what is left out simply stays.
            Some(why) => sink.excluded(CAPABILITY, why),
            None => sink.see_shared(Scope::aws_managed(), policy),
        }
    }
    for SetAside { what, reason } in details.problems.into_iter().chain(details.unread) {
        sink.set_aside(CAPABILITY, what, reason);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
