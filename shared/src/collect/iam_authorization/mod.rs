//! The users, groups, roles and policies of an account, with everything that decides what they may do:
//! one call, page by page.
//!
//! It does not ask about credentials (see `iam_credentials`), nor for one object at a time: the pages
//! carry tags, boundaries, documents and last uses, which the `List…` calls leave out.

mod detail;
pub mod policy_text;

use async_trait::async_trait;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;

use super::context::{Next, Pager, Turn};
use super::stages::capability;
use super::{Call, CapabilityInfo, Collect, Context, Interrupted, Place, Sink, Tier, When};
use crate::aws::Fault;
use crate::model::{AccountId, Entity, Kind, Scope, SetAside};

/// The one capability.
const CAPABILITY: &str = "authorization-details";

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
        &[DETAILS]
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
                    see(page, sink);
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

fn see(page: GetAccountAuthorizationDetailsOutput, sink: &mut Sink<'_>) {
    let mut asides = Vec::new();
    for item in page.user_detail_list.unwrap_or_default() {
        let read = detail::user(item, &mut asides);
        tell(sink, read.map(Entity::User), &mut asides);
    }
    for item in page.group_detail_list.unwrap_or_default() {
        let read = detail::group(item, &mut asides);
        tell(sink, read.map(Entity::Group), &mut asides);
    }
    for item in page.role_detail_list.unwrap_or_default() {
        let read = detail::role(item, &mut asides);
        tell(sink, read.map(Entity::Role), &mut asides);
    }
    for item in page.policies.unwrap_or_default() {
        let in_use = detail::is_in_use(&item);
        match detail::policy(item, &mut asides) {
            Ok(policy) if policy.arn.account() == Some(AccountId::aws()) => {
                if in_use {
                    sink.see_shared(Scope::aws_managed(), Entity::Policy(policy));
                }
            }
            read => tell(sink, read.map(Entity::Policy), &mut asides),
        }
    }
    for SetAside { what, reason } in asides {
        sink.set_aside(CAPABILITY, what, reason);
    }
}

fn tell(sink: &mut Sink<'_>, read: Result<Entity, SetAside>, asides: &mut Vec<SetAside>) {
    match read {
        Ok(entity) => sink.see(CAPABILITY, entity),
        Err(aside) => asides.push(aside),
    }
}

#[cfg(test)]
mod tests;
