//! Reading `userIdentity`: what is no object, or has another kind than documented, counts as absent.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use super::Identity;
use crate::model::activity::Text;
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
    pub(super) fn read(scan: &mut impl Scan<'a>) -> Result<Self, Fault> {
        let mut identity = Self::default();
        let mut session = Session::default();
        each(scan, part, |part, scan| {
            let field = match part {
                Part::Kind => &mut identity.kind,
                Part::PrincipalId => &mut identity.principal_id,
                Part::Arn => &mut identity.arn,
                Part::Account => &mut identity.account,
                Part::AccessKey => &mut identity.access_key,
                Part::UserName => &mut identity.user_name,
                Part::InvokedBy => &mut identity.invoked_by,
                Part::Provider => &mut identity.provider,
                Part::OnBehalfOf => {
                    identity.on_behalf_of = user(scan)?;
                    return Ok(());
                }
                Part::Session => {
                    session = Session::read(scan)?;
                    return Ok(());
                }
                Part::Other => return scan.skip(),
            };
            *field = scan.text_or_skip()?;
            Ok(())
        })?;
        identity.source_identity = session.source_identity;
        let Issuer { arn, kind, account } = session.issuer;
        (identity.issuer_arn, identity.issuer_kind, identity.issuer_account) = (arn, kind, account);
        Ok(identity)
    }
}

/// Reads `onBehalfOf`: its `userId`.
fn user<'a>(scan: &mut impl Scan<'a>) -> Result<Option<Text<'a>>, Fault> {
    let mut user = None;
    each(
        scan,
        |key| key == b"userId",
        |is_user, scan| {
            if !is_user {
                return scan.skip();
            }
            user = scan.text_or_skip()?;
            Ok(())
        },
    )?;
    Ok(user)
}

/// `sessionContext`.
#[derive(Default)]
struct Session<'a> {
    source_identity: Option<Text<'a>>,
    issuer: Issuer<'a>,
}

/// What a member of `sessionContext` is.
enum SessionPart {
    SourceIdentity,
    Issuer,
    Other,
}

impl<'a> Session<'a> {
    fn read(scan: &mut impl Scan<'a>) -> Result<Self, Fault> {
        let part = |key: &[u8]| match key {
            b"sourceIdentity" => SessionPart::SourceIdentity,
            b"sessionIssuer" => SessionPart::Issuer,
            _ => SessionPart::Other,
        };
        let mut session = Self::default();
        each(scan, part, |part, scan| {
            match part {
                SessionPart::SourceIdentity => session.source_identity = scan.text_or_skip()?,
                SessionPart::Issuer => session.issuer = Issuer::read(scan)?,
                SessionPart::Other => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(session)
    }
}

/// `sessionIssuer`.
#[derive(Default)]
struct Issuer<'a> {
    arn: Option<Text<'a>>,
    kind: Option<Text<'a>>,
    account: Option<Text<'a>>,
}

impl<'a> Issuer<'a> {
    fn read(scan: &mut impl Scan<'a>) -> Result<Self, Fault> {
        let mut issuer = Self::default();
        each(scan, part, |part, scan| {
            let field = match part {
                Part::Arn => &mut issuer.arn,
                Part::Kind => &mut issuer.kind,
                Part::Account => &mut issuer.account,
                _ => return scan.skip(),
            };
            *field = scan.text_or_skip()?;
            Ok(())
        })?;
        Ok(issuer)
    }
}

/// Reads each member of the object at a cursor; goes over any other value.
#[inline]
fn each<'a, T, S: Scan<'a>>(
    scan: &mut S,
    name: impl Fn(&[u8]) -> T,
    mut read: impl FnMut(T, &mut S) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if scan.peek()? != b'{' {
        return scan.skip();
    }
    scan.go(scan.at() + 1);
    let mut first = First::Yes;
    while let Some(member) = scan.member(first, &name)? {
        first = First::No;
        read(member, scan)?;
    }
    Ok(())
}
