//! A slow and obvious reader of one record: a tree of JSON, then each field by its path. It is the oracle that
//! the fast reader is held against, and lets tests be written as JSON.

use std::borrow::Cow;

use serde_json::Value;

use super::{Identity, Record};

/// A record's JSON text and its tree.
pub(in crate::trail) struct Plain {
    text: String,
    tree: Value,
    request: Option<Vec<u8>>,
    resources: Option<Vec<u8>>,
}

impl Plain {
    /// Reads a record; `None` where the text is not an object.
    pub(in crate::trail) fn read(text: &str) -> Option<Self> {
        let tree: Value = serde_json::from_str(text).ok()?;
        tree.is_object().then_some(())?;
        let unread = |name: &str| {
            let value = tree.get(name).filter(|value| !value.is_null())?;
            serde_json::to_vec(value).ok()
        };
        let (request, resources) = (unread("requestParameters"), unread("resources"));
        Some(Self { text: text.to_owned(), tree, request, resources })
    }

    /// The record, borrowed from what was read. `requestParameters` and `resources` are written anew: the same
    /// values, with their keys in another order and without spaces.
    pub(in crate::trail) fn record(&self) -> Record<'_> {
        let at = |path| self.text_at(path);
        Record {
            raw: self.text.as_bytes(),
            version: at("/eventVersion"),
            id: at("/eventID").or_else(|| at("/eventId")),
            time: at("/eventTime"),
            source: at("/eventSource"),
            name: at("/eventName"),
            region: at("/awsRegion"),
            source_ip: at("/sourceIPAddress"),
            user_agent: at("/userAgent"),
            error: at("/errorCode"),
            kind: at("/eventType"),
            category: at("/eventCategory"),
            management: self.flag_at("/managementEvent"),
            read_only: self.flag_at("/readOnly"),
            recipient: at("/recipientAccountId"),
            shared_event: at("/sharedEventID"),
            identity: Identity {
                kind: at("/userIdentity/type"),
                principal_id: at("/userIdentity/principalId"),
                arn: at("/userIdentity/arn"),
                account: at("/userIdentity/accountId"),
                access_key: at("/userIdentity/accessKeyId"),
                user_name: at("/userIdentity/userName"),
                invoked_by: at("/userIdentity/invokedBy"),
                provider: at("/userIdentity/identityProvider"),
                on_behalf_of: at("/userIdentity/onBehalfOf/userId"),
                source_identity: at("/userIdentity/sessionContext/sourceIdentity"),
                issuer_arn: at("/userIdentity/sessionContext/sessionIssuer/arn"),
                issuer_kind: at("/userIdentity/sessionContext/sessionIssuer/type"),
                issuer_account: at("/userIdentity/sessionContext/sessionIssuer/accountId"),
            },
            request: self.request.as_deref(),
            resources: self.resources.as_deref(),
        }
    }

    fn text_at(&self, path: &str) -> Option<Cow<'_, str>> {
        let text = self.tree.pointer(path)?.as_str()?;
        (!text.is_empty()).then_some(Cow::Borrowed(text))
    }

    fn flag_at(&self, path: &str) -> Option<bool> {
        match self.tree.pointer(path)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }
}
