//! Reading one record: one pass that finds its end and fills its fields.
//!
//! A key that comes twice counts the last time, as with `serde_json`'s `Value`. A field of another kind than it
//! has by the documentation counts as absent: real logs hold `userIdentity: null`, `sessionIssuer: {}`,
//! `readOnly: "false"` and `requestParameters` as a text.

use super::{Identity, Record};
use crate::model::activity::Text;
use crate::trail::scan::{Fault, First, Scan};

/// What a member of a record is.
enum Member {
    Text(TextField),
    Management,
    ReadOnly,
    Identity,
    Request,
    Resources,
    Detail,
    Other,
}

/// A member that is read as text.
enum TextField {
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
}

#[inline]
fn member(key: &[u8]) -> Member {
    use Member::{Detail, Identity, Management, Other, ReadOnly, Request, Resources, Text};
    use TextField::{
        Category, Error, Id, Kind, Name, Recipient, Region, SharedEvent, Source, SourceIp, Time,
        UserAgent, Version,
    };
    match (key.len(), key) {
        (6, b"detail") => Detail,
        (7, b"eventID" | b"eventId") => Text(Id),
        (8, b"readOnly") => ReadOnly,
        (9, b"eventTime") => Text(Time),
        (9, b"eventName") => Text(Name),
        (9, b"awsRegion") => Text(Region),
        (9, b"userAgent") => Text(UserAgent),
        (9, b"errorCode") => Text(Error),
        (9, b"eventType") => Text(Kind),
        (9, b"resources") => Resources,
        (11, b"eventSource") => Text(Source),
        (12, b"eventVersion") => Text(Version),
        (12, b"userIdentity") => Identity,
        (13, b"eventCategory") => Text(Category),
        (13, b"sharedEventID") => Text(SharedEvent),
        (15, b"sourceIPAddress") => Text(SourceIp),
        (15, b"managementEvent") => Management,
        (17, b"requestParameters") => Request,
        (18, b"recipientAccountId") => Text(Recipient),
        _ => Other,
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
        scan.expect(b'{')?;
        let (mut first, mut detail) = (First::Yes, None);
        while let Some(member) = scan.member(first, member)? {
            first = First::No;
            match member {
                Member::Text(field) => {
                    let text = scan.text_or_skip()?;
                    *self.field(&field) = text;
                }
                Member::ReadOnly => self.read_only = scan.flag_or_skip()?,
                Member::Management => self.management = scan.flag_or_skip()?,
                Member::Identity => self.identity = Identity::read(scan)?,
                Member::Request => self.request = scan.raw_or_skip()?,
                Member::Resources => {
                    self.resources = scan.raw_or_skip()?.filter(|raw| raw.starts_with(b"["));
                }
                Member::Detail => {
                    detail = (scan.peek()? == b'{').then_some(scan.at());
                    scan.skip()?;
                }
                Member::Other => scan.skip()?,
            }
        }
        self.raw = scan.raw(from, scan.at());
        Ok(detail)
    }

    #[inline]
    fn field(&mut self, field: &TextField) -> &mut Option<Text<'a>> {
        match field {
            TextField::Version => &mut self.version,
            TextField::Id => &mut self.id,
            TextField::Time => &mut self.time,
            TextField::Source => &mut self.source,
            TextField::Name => &mut self.name,
            TextField::Region => &mut self.region,
            TextField::SourceIp => &mut self.source_ip,
            TextField::UserAgent => &mut self.user_agent,
            TextField::Error => &mut self.error,
            TextField::Kind => &mut self.kind,
            TextField::Category => &mut self.category,
            TextField::Recipient => &mut self.recipient,
            TextField::SharedEvent => &mut self.shared_event,
        }
    }

    /// Whether not one field is there that says what happened.
    pub(in crate::trail) fn says_nothing(&self) -> bool {
        self.name.is_none() && self.id.is_none() && self.time.is_none() && self.source.is_none()
    }
}
