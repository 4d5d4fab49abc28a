//! Reading `userIdentity`: what is no object, or has another kind than documented, counts as absent.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use super::Identity;
use crate::trail::scan::{Fault, First, Scan};

/// What a member of `userIdentity` is.
enum Part {
    Kind,
    PrincipalId,
    Arn,
    Account,
    AccessKey,
    UserName,
    InvokedBy,
    Provider,
    OnBehalfOf,
    Session,
    Other,
}

#[inline]
fn part(key: &[u8]) -> Part {
    match (key.len(), key) {
        (3, b"arn") => Part::Arn,
        (4, b"type") => Part::Kind,
        (8, b"userName") => Part::UserName,
        (9, b"accountId") => Part::Account,
        (9, b"invokedBy") => Part::InvokedBy,
        (10, b"onBehalfOf") => Part::OnBehalfOf,
        (11, b"principalId") => Part::PrincipalId,
        (11, b"accessKeyId") => Part::AccessKey,
        (14, b"sessionContext") => Part::Session,
        (16, b"identityProvider") => Part::Provider,
        _ => Part::Other,
    }
}

impl<'a> Identity<'a> {
    /// Reads the value of `userIdentity` at a cursor.
    pub(super) fn read<S: Scan<'a>>(&mut self, scan: &mut S) -> Result<(), Fault> {
        *self = Self::default();
        let first = self.usual(scan)?;
        each(scan, first, part, |part, scan: &mut S| {
            let field = match part {
                Part::Kind => &mut self.kind,
                Part::PrincipalId => &mut self.principal_id,
                Part::Arn => &mut self.arn,
                Part::Account => &mut self.account,
                Part::AccessKey => &mut self.access_key,
                Part::UserName => &mut self.user_name,
                Part::InvokedBy => &mut self.invoked_by,
                Part::Provider => &mut self.provider,
                Part::OnBehalfOf => return self.user(scan),
                Part::Session => return self.session(scan),
                Part::Other => return scan.skip(),
            };
            scan.text_or_skip(field)
        })
    }

    /// Reads the members that stand in their usual order.
    #[inline]
    fn usual<S: Scan<'a>>(&mut self, scan: &mut S) -> Result<First, Fault> {
        if !scan.follows(b"{\"type\":") {
            return Ok(First::Yes);
        }
        scan.text_or_skip(&mut self.kind)?;
        scan.text_after(b",\"principalId\":", &mut self.principal_id)?;
        scan.text_after(b",\"arn\":", &mut self.arn)?;
        scan.text_after(b",\"accountId\":", &mut self.account)?;
        scan.text_after(b",\"accessKeyId\":", &mut self.access_key)?;
        scan.text_after(b",\"userName\":", &mut self.user_name)?;
        if scan.follows(b",\"sessionContext\":") {
            self.session(scan)?;
        }
        scan.text_after(b",\"invokedBy\":", &mut self.invoked_by)?;
        Ok(First::No)
    }

    /// Reads `onBehalfOf`.
    fn user<S: Scan<'a>>(&mut self, scan: &mut S) -> Result<(), Fault> {
        self.on_behalf_of = None;
        each(
            scan,
            First::Yes,
            |key| key == b"userId",
            |is_user, scan: &mut S| {
                if is_user { scan.text_or_skip(&mut self.on_behalf_of) } else { scan.skip() }
            },
        )
    }

    /// Reads `sessionContext`.
    fn session<S: Scan<'a>>(&mut self, scan: &mut S) -> Result<(), Fault> {
        self.source_identity = None;
        self.no_issuer();
        let part = |key: &[u8]| match (key.len(), key) {
            (13, b"sessionIssuer") => SessionPart::Issuer,
            (14, b"sourceIdentity") => SessionPart::SourceIdentity,
            _ => SessionPart::Other,
        };
        let mut first = First::Yes;
        if scan.follows(b"{\"sessionIssuer\":") {
            first = First::No;
            self.issuer(scan)?;
            scan.skip_after(b",\"webIdFederationData\":")?;
            scan.skip_after(b",\"attributes\":")?;
        }
        each(scan, first, part, |part, scan: &mut S| match part {
            SessionPart::SourceIdentity => scan.text_or_skip(&mut self.source_identity),
            SessionPart::Issuer => self.issuer(scan),
            SessionPart::Other => scan.skip(),
        })
    }

    /// Reads `sessionIssuer`.
    fn issuer<S: Scan<'a>>(&mut self, scan: &mut S) -> Result<(), Fault> {
        self.no_issuer();
        let mut first = First::Yes;
        if scan.follows(b"{\"type\":") {
            first = First::No;
            scan.text_or_skip(&mut self.issuer_kind)?;
            scan.skip_after(b",\"principalId\":")?;
            scan.text_after(b",\"arn\":", &mut self.issuer_arn)?;
            scan.text_after(b",\"accountId\":", &mut self.issuer_account)?;
            scan.skip_after(b",\"userName\":")?;
        }
        each(scan, first, part, |part, scan: &mut S| {
            let field = match part {
                Part::Arn => &mut self.issuer_arn,
                Part::Kind => &mut self.issuer_kind,
                Part::Account => &mut self.issuer_account,
                _ => return scan.skip(),
            };
            scan.text_or_skip(field)
        })
    }

    fn no_issuer(&mut self) {
        self.issuer_arn = None;
        self.issuer_kind = None;
        self.issuer_account = None;
    }
}

/// What a member of `sessionContext` is.
enum SessionPart {
    SourceIdentity,
    Issuer,
    Other,
}

/// Reads each member of the object at a cursor; goes over any other value. If its first members are read, the
/// cursor is behind them.
#[inline]
fn each<'a, T, S: Scan<'a>>(
    scan: &mut S,
    mut first: First,
    name: impl Fn(&[u8]) -> T,
    mut read: impl FnMut(T, &mut S) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if first == First::Yes {
        if scan.peek()? != b'{' {
            return scan.skip();
        }
        scan.go(scan.at() + 1);
    }
    while let Some(member) = scan.member(first, &name)? {
        first = First::No;
        read(member, scan)?;
    }
    Ok(())
}
