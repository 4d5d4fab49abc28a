//! Setting up with the SDK: what is there, stacks, StackSets, the few other things that are written.
//!
//! Everything is asked of the caller's own account: stacks in each region, StackSets in the hub's. What is to be done in
//! other accounts CloudFormation does.
//!
//! INVARIANT: no call here waits for what it starts, and each that starts something carries the token that it is given.

mod cloud;
mod fault;
mod notification;
mod organization;
mod place;
mod set;
mod stack;
mod trail;

use std::sync::Arc;

use tokio::sync::OnceCell;

use self::fault::Site;
use super::session::{Session, SessionError, Sessions};
use crate::model::Region;
use crate::port::setup::{CloudError, OrganizationFound, Place, Standing};

/// AWS, as setting up sees it.
#[derive(Debug)]
pub struct AwsSetup {
    session: Arc<Session>,
    /// The hub's region, where StackSets are kept.
    region: Region,
    /// What the caller is, once it was asked.
    standing: OnceCell<Standing>,
}

impl AwsSetup {
    /// Setting up in the caller's account, from a region.
    ///
    /// # Errors
    ///
    /// If there is no session for the caller's own account.
    pub async fn connect(sessions: &Sessions, region: Region) -> Result<Self, SessionError> {
        let session = sessions.session(&sessions.caller().account).await?;
        Ok(Self { session, region, standing: OnceCell::new() })
    }

    /// The account and region of the hub, for messages.
    fn hub(&self) -> Place {
        Place { account: self.session.account().clone(), region: self.region.clone() }
    }

    /// What is named where a call fails.
    fn site(&self, action: &'static str, region: &Region) -> Site {
        let account = self.session.account().clone();
        Site { action, place: Place { account, region: region.clone() } }
    }

    /// What is named where a call of the hub's region fails.
    fn here(&self, action: &'static str) -> Site {
        Site { action, place: self.hub() }
    }

    /// What the caller is. Asked once.
    async fn standing(&self) -> Result<Standing, CloudError> {
        if let Some(known) = self.standing.get() {
            return Ok(*known);
        }
        self.look_around().await.map(|found| found.standing)
    }

    /// The organization, and what the caller is from now on.
    async fn look_around(&self) -> Result<OrganizationFound, CloudError> {
        let found = self.find_organization().await?;
        // Whoever was first has found the same.
        _ = self.standing.set(found.standing);
        Ok(found)
    }

    /// Only stacks of the caller's own account are within reach.
    fn check(&self, place: &Place, action: &'static str) -> Result<(), CloudError> {
        if place.account == *self.session.account() {
            return Ok(());
        }
        let message = format!("{place} is not the account of these credentials");
        Err(CloudError::Refused { action, message })
    }
}
