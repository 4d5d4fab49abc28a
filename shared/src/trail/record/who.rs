//! The `userIdentity` of a record: its own, or one that is known from records before.

use std::ops::{Deref, Range};

use super::Identity;
use crate::trail::known::{Known, Memo};
use crate::trail::scan::{Fault, Scan};

/// Whoever made a call: an [`Identity`], wherever it was read.
#[derive(Clone, Debug, Default)]
pub struct Who<'a> {
    read: Read<'a>,
    /// Where its bytes are, if they were looked for and not found.
    missed: Option<Range<usize>>,
}

#[derive(Clone, Debug, Default)]
enum Read<'a> {
    #[default]
    Nothing,
    Own(Box<Identity<'a>>),
    Known(&'a Known),
}

impl<'a> Who<'a> {
    /// What is known of it, if its bytes were seen before.
    pub fn known(&self) -> Option<&'a Known> {
        match self.read {
            Read::Known(known) => Some(known),
            Read::Nothing | Read::Own(_) => None,
        }
    }

    /// Where the bytes are that should be known the next time.
    pub(in crate::trail) fn missed(&self) -> Option<Range<usize>> {
        self.missed.clone()
    }

    /// Reads the value of `userIdentity` at a cursor, or finds it again.
    pub(super) fn read(
        &mut self,
        scan: &mut impl Scan<'a>,
        memo: Option<&'a Memo>,
    ) -> Result<(), Fault> {
        self.missed = None;
        if let Some(memo) = memo
            && scan.peek()? == b'{'
        {
            let from = scan.at();
            // What is broken is read from its beginning, which tells how.
            if scan.skip_nested().is_ok() {
                if let Some(known) = memo.find(scan.raw(from, scan.at())) {
                    self.read = Read::Known(known);
                    return Ok(());
                }
                self.missed = Some(from..scan.at());
            }
            scan.go(from);
        }
        let mut own = Box::<Identity<'a>>::default();
        own.read(scan)?;
        self.read = Read::Own(own);
        Ok(())
    }
}

impl<'a> Deref for Who<'a> {
    type Target = Identity<'a>;

    fn deref(&self) -> &Identity<'a> {
        match &self.read {
            Read::Nothing => &Identity::NONE,
            Read::Own(own) => own,
            Read::Known(known) => known.identity(),
        }
    }
}

impl<'a> From<Identity<'a>> for Who<'a> {
    fn from(own: Identity<'a>) -> Self {
        Self { read: Read::Own(Box::new(own)), missed: None }
    }
}

/// As their identities are, wherever they were read.
impl PartialEq for Who<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Who<'_> {}
