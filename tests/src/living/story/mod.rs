//! What happens: calls that somebody may make, one after the other, as the dice fall. Names are few, so that the same
//! one is often made, deleted and made again.

mod center;
mod iam;

use serde_json::Value;

use super::{HOME, Inside, MEMBERS};

/// How much of the story happens where.
#[derive(Clone, Copy, Debug)]
pub struct Mix {
    /// In the IAM of the accounts.
    pub iam: usize,
    /// In Identity Center and its identity store.
    pub center: usize,
    /// In the organization.
    pub organization: usize,
}

impl Default for Mix {
    fn default() -> Self {
        Self { iam: 12, center: 4, organization: 2 }
    }
}

/// Documents that are put somewhere.
pub(super) const DOCUMENTS: [&str; 4] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"a+b %41","Effect":"Allow","Action":["iam:*"],"Resource":"*"}]}"#,
    "{\n \"Version\": \"2012-10-17\", \"Statement\": []\n}",
];

/// A call that is to be made: the operation and its request.
type Call = (String, Value);

impl Inside {
    /// A step; false at the end of the story.
    pub(super) fn go_on(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        let Mix { iam, center, organization } = self.mix;
        let at = self.dice.below(iam + center + organization);
        if at < iam {
            // Most of it in one account, so that it is about the same few things.
            let account = if self.dice.one_in(4) { HOME } else { MEMBERS[0] };
            self.iam_step(account);
        } else if at < iam + center {
            self.center_step();
        } else {
            self.organization_step();
        }
        true
    }

    fn document(&mut self) -> &'static str {
        self.dice.pick(&DOCUMENTS).unwrap_or_default()
    }

    /// Makes calls of one service, one after the other.
    fn all(&mut self, account: &str, source: &str, calls: Vec<Call>) {
        for (operation, request) in calls {
            self.perform(account, source, &operation, &request);
        }
    }
}

/// A call.
fn call(operation: impl Into<String>, request: Value) -> Call {
    (operation.into(), request)
}
