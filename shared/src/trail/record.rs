//! One record of a log, read: the fields that are needed, borrowed from the bytes.

mod identity;
mod read;

use std::borrow::Cow;

use crate::model::activity::Text;

pub(in crate::trail) use read::is_telling;

/// The fields of a record that are needed. A field that is absent, `null` or empty is `None`; text is borrowed
/// unless it holds an escape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// All of the record's bytes, from `{` to `}`.
    pub raw: &'a [u8],
    /// `eventVersion`.
    pub version: Option<Text<'a>>,
    /// `eventID`, or `eventId` of aggregated events.
    pub id: Option<Text<'a>>,
    /// `eventTime`.
    pub time: Option<Text<'a>>,
    /// `eventSource`.
    pub source: Option<Text<'a>>,
    /// `eventName`.
    pub name: Option<Text<'a>>,
    /// `awsRegion`.
    pub region: Option<Text<'a>>,
    /// `sourceIPAddress`.
    pub source_ip: Option<Text<'a>>,
    /// `userAgent`.
    pub user_agent: Option<Text<'a>>,
    /// `errorCode`.
    pub error: Option<Text<'a>>,
    /// `eventType`.
    pub kind: Option<Text<'a>>,
    /// `eventCategory`.
    pub category: Option<Text<'a>>,
    /// `managementEvent`.
    pub management: Option<bool>,
    /// `readOnly`, also where it is the text `"true"` or `"false"`.
    pub read_only: Option<bool>,
    /// `recipientAccountId`.
    pub recipient: Option<Text<'a>>,
    /// `sharedEventID`: links the copies of one action in several accounts.
    pub shared_event: Option<Text<'a>>,
    /// `userIdentity`.
    pub identity: Identity<'a>,
    /// `requestParameters`, unread; usually an object, sometimes a text.
    pub request: Option<&'a [u8]>,
    /// `resources`, unread: an array.
    pub resources: Option<&'a [u8]>,
}

/// `userIdentity`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// `type`.
    pub kind: Option<Text<'a>>,
    /// `principalId`: of an assumed role `AROA…:SESSION`.
    pub principal_id: Option<Text<'a>>,
    /// `arn`.
    pub arn: Option<Text<'a>>,
    /// `accountId`.
    pub account: Option<Text<'a>>,
    /// `accessKeyId`.
    pub access_key: Option<Text<'a>>,
    /// `userName`.
    pub user_name: Option<Text<'a>>,
    /// `invokedBy`.
    pub invoked_by: Option<Text<'a>>,
    /// `identityProvider`.
    pub provider: Option<Text<'a>>,
    /// `onBehalfOf.userId`.
    pub on_behalf_of: Option<Text<'a>>,
    /// `sessionContext.sourceIdentity`.
    pub source_identity: Option<Text<'a>>,
    /// `sessionContext.sessionIssuer.arn`.
    pub issuer_arn: Option<Text<'a>>,
    /// `sessionContext.sessionIssuer.type`.
    pub issuer_kind: Option<Text<'a>>,
    /// `sessionContext.sessionIssuer.accountId`.
    pub issuer_account: Option<Text<'a>>,
}

impl<'a> Record<'a> {
    /// A field's text, empty where it is absent.
    pub fn text(field: Option<&Text<'a>>) -> Text<'a> {
        field.cloned().unwrap_or(Cow::Borrowed(""))
    }
}

#[cfg(test)]
pub(in crate::trail) mod plain;
#[cfg(test)]
mod tests;
