//! Reading one record: one pass that finds its end and fills its fields.
//!
//! A key that comes twice counts the last time, as with `serde_json`'s `Value`. A field of another kind than it
//! has by the documentation counts as absent: real logs hold `userIdentity: null`, `sessionIssuer: {}`,
//! `readOnly: "false"` and `requestParameters` as a text.

use super::Record;
use crate::trail::scan::{Fault, First, Scan};

/// What a member of a record is.
enum Member {
    Version,
    Id,
    Time,
    Source,
    Name,
    Region,
    SourceIp,
    UserAgent,
    Error,
    Kind,
    Category,
    Recipient,
    SharedEvent,
    Management,
    ReadOnly,
    Identity,
    Request,
    Resources,
    Detail,
    Other,
}

#[inline]
fn member(key: &[u8]) -> Member {
    match (key.len(), key) {
        (6, b"detail") => Member::Detail,
        (7, b"eventID" | b"eventId") => Member::Id,
        (8, b"readOnly") => Member::ReadOnly,
        (9, b"eventTime") => Member::Time,
        (9, b"eventName") => Member::Name,
        (9, b"awsRegion") => Member::Region,
        (9, b"userAgent") => Member::UserAgent,
        (9, b"errorCode") => Member::Error,
        (9, b"eventType") => Member::Kind,
        (9, b"resources") => Member::Resources,
        (11, b"eventSource") => Member::Source,
        (12, b"eventVersion") => Member::Version,
        (12, b"userIdentity") => Member::Identity,
        (13, b"eventCategory") => Member::Category,
        (13, b"sharedEventID") => Member::SharedEvent,
        (15, b"sourceIPAddress") => Member::SourceIp,
        (15, b"managementEvent") => Member::Management,
        (17, b"requestParameters") => Member::Request,
        (18, b"recipientAccountId") => Member::Recipient,
        _ => Member::Other,
    }
}

/// Whether an object with this key is a record, or the envelope of one.
pub(in crate::trail) fn is_telling(key: &[u8]) -> bool {
    !matches!(member(key), Member::Other | Member::Resources) || key == b"detail-type"
}

impl<'a> Record<'a> {
    /// Reads the record at a cursor, which is then behind it. An envelope of EventBridge, whose `detail` is the
    /// record, is read as that record.
    pub(in crate::trail) fn read(&mut self, scan: &mut impl Scan<'a>) -> Result<(), Fault> {
        let detail = self.fill(scan)?;
        let is_envelope = self.name.is_none() && self.id.is_none();
        if let Some(from) = detail.filter(|_| is_envelope) {
            let end = scan.at();
            scan.go(from);
            self.fill(scan)?;
            scan.go(end);
        }
        Ok(())
    }

    /// Reads the object at a cursor: where its `detail` starts, if that is an object too.
    fn fill(&mut self, scan: &mut impl Scan<'a>) -> Result<Option<usize>, Fault> {
        *self = Self::default();
        scan.peek()?;
        let from = scan.at();
        let (mut first, mut detail) = (self.usual(scan)?, None);
        while let Some(member) = scan.member(first, member)? {
            first = First::No;
            let field = match member {
                Member::Version => &mut self.version,
                Member::Id => &mut self.id,
                Member::Time => &mut self.time,
                Member::Source => &mut self.source,
                Member::Name => &mut self.name,
                Member::Region => &mut self.region,
                Member::SourceIp => &mut self.source_ip,
                Member::UserAgent => &mut self.user_agent,
                Member::Error => &mut self.error,
                Member::Kind => &mut self.kind,
                Member::Category => &mut self.category,
                Member::Recipient => &mut self.recipient,
                Member::SharedEvent => &mut self.shared_event,
                Member::Detail => {
                    detail = (scan.peek()? == b'{').then_some(scan.at());
                    scan.skip()?;
                    continue;
                }
                Member::Other => {
                    scan.skip()?;
                    continue;
                }
                _ => {
                    self.other(&member, scan)?;
                    continue;
                }
            };
            scan.text_or_skip(field)?;
        }
        self.raw = scan.raw(from, scan.at());
        Ok(detail)
    }

    /// Reads the members that stand in the order in which CloudTrail writes them: guessing is cheaper than looking
    /// for each key's end and telling it from all others. Whatever is not as guessed is left to be read.
    #[inline]
    fn usual(&mut self, scan: &mut impl Scan<'a>) -> Result<First, Fault> {
        if !scan.follows(b"{\"eventVersion\":") {
            return scan.expect(b'{').map(|()| First::Yes);
        }
        scan.text_or_skip(&mut self.version)?;
        if scan.follows(b",\"userIdentity\":") {
            self.identity.read(scan)?;
        }
        scan.text_after(b",\"eventTime\":", &mut self.time)?;
        scan.text_after(b",\"eventSource\":", &mut self.source)?;
        scan.text_after(b",\"eventName\":", &mut self.name)?;
        scan.text_after(b",\"awsRegion\":", &mut self.region)?;
        scan.text_after(b",\"sourceIPAddress\":", &mut self.source_ip)?;
        scan.text_after(b",\"userAgent\":", &mut self.user_agent)?;
        scan.text_after(b",\"errorCode\":", &mut self.error)?;
        scan.skip_after(b",\"errorMessage\":")?;
        if scan.follows(b",\"requestParameters\":") {
            self.request = scan.raw_or_skip()?;
        }
        scan.skip_after(b",\"responseElements\":")?;
        scan.skip_after(b",\"additionalEventData\":")?;
        scan.skip_after(b",\"requestID\":")?;
        scan.text_after(b",\"eventID\":", &mut self.id)?;
        if scan.follows(b",\"readOnly\":") {
            self.read_only = scan.flag_or_skip()?;
        }
        if scan.follows(b",\"resources\":") {
            self.resources = resources(scan)?;
        }
        scan.text_after(b",\"eventType\":", &mut self.kind)?;
        scan.skip_after(b",\"apiVersion\":")?;
        if scan.follows(b",\"managementEvent\":") {
            self.management = scan.flag_or_skip()?;
        }
        scan.text_after(b",\"recipientAccountId\":", &mut self.recipient)?;
        scan.text_after(b",\"sharedEventID\":", &mut self.shared_event)?;
        scan.text_after(b",\"eventCategory\":", &mut self.category)?;
        scan.skip_after(b",\"tlsDetails\":")?;
        Ok(First::No)
    }

    /// Reads a member that is no text.
    #[inline]
    fn other(&mut self, member: &Member, scan: &mut impl Scan<'a>) -> Result<(), Fault> {
        match member {
            Member::ReadOnly => self.read_only = scan.flag_or_skip()?,
            Member::Management => self.management = scan.flag_or_skip()?,
            Member::Identity => self.identity.read(scan)?,
            Member::Request => self.request = scan.raw_or_skip()?,
            Member::Resources => self.resources = resources(scan)?,
            _ => scan.skip()?,
        }
        Ok(())
    }

    /// Whether not one field is there that says what happened.
    pub(in crate::trail) fn says_nothing(&self) -> bool {
        self.name.is_none() && self.id.is_none() && self.time.is_none() && self.source.is_none()
    }
}

/// Goes over `resources` and gives its bytes, if it is a list.
fn resources<'a>(scan: &mut impl Scan<'a>) -> Result<Option<&'a [u8]>, Fault> {
    Ok(scan.raw_or_skip()?.filter(|raw| raw.starts_with(b"[")))
}
