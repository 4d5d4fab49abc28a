//! Where a log's records start, window by window.
//!
//! A window starts where the one before it was used up, never within a text, so that it can be indexed by
//! itself. A record that does not end in its window is read again in the next, larger one; one that does not end
//! in the largest is gone over.

use super::skip::Skip;
use super::{BadRecord, Counted, Foreign, MOST_RECORD, Reason, Records};
use crate::trail::record::{Record, is_telling};
use crate::trail::scan::{Fault, First, Index, Indexed, Scan as _};

/// What editors of Windows put before a text.
const MARK: &str = "\u{feff}";

/// Whether a window is the last of its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trail) enum Last {
    Yes,
    No,
}

/// Where the splitter is in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before a document.
    Outside,
    /// Within a list of records.
    List { first: First, of: Of },
    /// Within an object, behind its list of records.
    Behind,
    /// Within a value that is gone over, and where it leads.
    Over { skip: Skip, then: Then },
    /// Where nothing more can be told.
    Lost,
}

/// What a list of records is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// A document.
    Document,
    /// A member of one.
    Member,
}

/// What comes after a value that is gone over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Outside,
    List(Of),
}

impl Then {
    fn place(self) -> Place {
        match self {
            Self::Outside => Place::Outside,
            Self::List(of) => Place::List { first: First::No, of },
        }
    }
}

/// Finds the records of a log.
#[derive(Debug)]
pub(in crate::trail) struct Splitter {
    place: Place,
    counted: Counted,
    /// Whether a document was found.
    found: bool,
    /// Whether nothing was used up yet: a byte order mark may come.
    fresh: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        Self { place: Place::Outside, counted: Counted::default(), found: false, fresh: true }
    }
}

/// What an object is that a log has outside of any list.
enum Document {
    /// It is a list of records, or has one: the cursor was moved into it.
    List(Of),
    /// It is a record, or the envelope of one.
    Record,
    /// It is something else.
    Foreign(Foreign),
}

/// A window on its way.
struct Window<'a, 'i, 't> {
    scan: Indexed<'a, 'i>,
    length: usize,
    last: Last,
    /// What is read into: a record is large to move about.
    record: Record<'a>,
    take: Records<'a, 't>,
}

/// Whether the window has more to give.
enum Step {
    On,
    /// All that can be told of this window was; it is used up to here.
    Used(usize),
}

impl Splitter {
    /// How many records there were so far.
    pub(in crate::trail) fn counted(&self) -> Counted {
        self.counted
    }

    /// Gives the records of a window to a function: how many bytes of the window are used up. The next window
    /// starts behind them. If none are, it must be larger.
    pub(in crate::trail) fn window<'a>(
        &mut self,
        bytes: &'a [u8],
        last: Last,
        index: &mut Index,
        take: Records<'a, '_>,
    ) -> Result<usize, Foreign> {
        let mut skipped = 0;
        if let Place::Over { skip, then } = &mut self.place {
            let Some(end) = skip.end(bytes) else { return Ok(bytes.len()) };
            skipped = end;
            self.place = then.place();
        }
        if self.fresh && bytes.starts_with(MARK.as_bytes()) {
            skipped = MARK.len();
        }
        let rest = bytes.get(skipped..).unwrap_or_default();
        let scan = Indexed::new(rest, index);
        let mut window = Window { scan, length: rest.len(), last, record: Record::default(), take };
        let used = loop {
            let step = match self.place {
                Place::Outside => self.document(&mut window)?,
                Place::List { first, of } => self.element(&mut window, first, of),
                Place::Behind => self.behind(&mut window),
                Place::Over { .. } | Place::Lost => Step::Used(window.length),
            };
            if let Step::Used(used) = step {
                break skipped + used;
            }
        };
        self.fresh &= used == 0;
        Ok(used)
    }

    fn bad(&mut self, window: &mut Window<'_, '_, '_>, reason: Reason) {
        let index = self.counted.read + self.counted.bad;
        self.counted.bad += 1;
        (window.take)(Err(BadRecord { index, reason }));
    }

    /// Gives up: what follows cannot be told apart.
    fn lose(&mut self, window: &mut Window<'_, '_, '_>, reason: Reason) -> Step {
        self.bad(window, reason);
        self.place = Place::Lost;
        Step::Used(window.length)
    }

    /// The window ends: it is used up to the cursor, and the log is cut if it is the last.
    fn ends(&mut self, window: &mut Window<'_, '_, '_>) -> Step {
        if window.last == Last::Yes {
            self.lose(window, Reason::Cut)
        } else {
            Step::Used(window.scan.at())
        }
    }

    /// Goes on before a document.
    fn document(&mut self, window: &mut Window<'_, '_, '_>) -> Result<Step, Foreign> {
        let Ok(byte) = window.scan.peek() else {
            let is_empty = window.last == Last::Yes && !self.found;
            return if is_empty { Err(Foreign::Empty) } else { Ok(Step::Used(window.length)) };
        };
        let from = window.scan.at();
        let document = match byte {
            b'[' => {
                window.scan.go(from + 1);
                Ok(Document::List(Of::Document))
            }
            b'{' => document(&mut window.scan),
            b'<' => Ok(Document::Foreign(Foreign::Markup)),
            _ => Ok(Document::Foreign(Foreign::Other)),
        };
        match document {
            Ok(Document::Foreign(foreign)) if !self.found => return Err(foreign),
            Err(Fault::Malformed) if !self.found => return Err(Foreign::Other),
            Ok(Document::List(of)) => {
                self.found = true;
                self.place = Place::List { first: First::Yes, of };
                return Ok(Step::On);
            }
            // A value that is nothing of a log is told as such where records are read.
            Ok(Document::Record | Document::Foreign(_)) | Err(_) => {}
        }
        self.found |= document.is_ok();
        window.scan.go(from);
        Ok(self.value(window, Then::Outside))
    }

    /// Goes on within a list of records.
    fn element(&mut self, window: &mut Window<'_, '_, '_>, first: First, of: Of) -> Step {
        match window.scan.peek() {
            Err(_) => return self.ends(window),
            Ok(b']') => {
                window.scan.go(window.scan.at() + 1);
                self.place = match of {
                    Of::Document => Place::Outside,
                    Of::Member => Place::Behind,
                };
                return Step::On;
            }
            Ok(b',') if first == First::No => window.scan.go(window.scan.at() + 1),
            Ok(_) if first == First::Yes => return self.value(window, Then::List(of)),
            Ok(_) => return self.lose(window, Reason::Malformed),
        }
        // The comma is gone over, also for the next window.
        self.place = Place::List { first: First::Yes, of };
        match window.scan.peek() {
            Err(_) => self.ends(window),
            Ok(b']') => {
                self.bad(window, Reason::Malformed);
                Step::On
            }
            Ok(_) => self.value(window, Then::List(of)),
        }
    }

    /// Goes on behind the list of records of an object.
    fn behind(&mut self, window: &mut Window<'_, '_, '_>) -> Step {
        let from = window.scan.at();
        match list_or_skip(&mut window.scan, First::No) {
            Ok(Some(Listed::Yes)) => {
                self.place = Place::List { first: First::Yes, of: Of::Member };
                Step::On
            }
            Ok(Some(Listed::No)) => Step::On,
            Ok(None) => {
                self.place = Place::Outside;
                Step::On
            }
            Err(Fault::End) if window.length - from <= MOST_RECORD => {
                window.scan.go(from);
                self.ends(window)
            }
            Err(fault) => self.lose(window, fault.into()),
        }
    }

    /// Reads the value at the cursor as a record, or says why it is none.
    fn value(&mut self, window: &mut Window<'_, '_, '_>, then: Then) -> Step {
        let from = window.scan.at();
        let fault = match window.read() {
            Ok(flaw) => {
                match flaw {
                    None => {
                        self.counted.read += 1;
                        (window.take)(Ok(&window.record));
                    }
                    Some(reason) => self.bad(window, reason),
                }
                self.place = then.place();
                return Step::On;
            }
            Err(fault) => fault,
        };
        window.scan.go(from);
        let is_all = window.length - from > MOST_RECORD || window.last == Last::Yes;
        if fault == Fault::End && !is_all {
            return Step::Used(from);
        }
        self.unreadable(window, fault, then)
    }

    /// Goes over the value at the cursor, which cannot be read.
    fn unreadable(&mut self, window: &mut Window<'_, '_, '_>, fault: Fault, then: Then) -> Step {
        let from = window.scan.at();
        let rest = window.scan.raw(from, window.length);
        let line = next_line(rest).filter(|_| then == Then::Outside);
        let mut skip = Skip::default();
        let is_nested = rest.starts_with(b"{") || rest.starts_with(b"[");
        let end = if is_nested { skip.end(rest) } else { None };
        // Of records line by line, each ends with its line, even where it leaves a bracket or a text open.
        if let Some(end) = line.or(end) {
            window.scan.go(from + end);
            self.bad(window, fault.into());
            self.place = then.place();
            return Step::On;
        }
        if window.last == Last::Yes {
            return self.lose(window, fault.into());
        }
        if rest.len() <= MOST_RECORD {
            return Step::Used(from);
        }
        self.bad(window, Reason::TooLong);
        self.place = if is_nested { Place::Over { skip, then } } else { Place::Lost };
        Step::Used(window.length)
    }
}

impl Window<'_, '_, '_> {
    /// Reads the value at the cursor: why it is no record, if it could be read.
    fn read(&mut self) -> Result<Option<Reason>, Fault> {
        if self.scan.peek()? != b'{' {
            self.scan.skip()?;
            return Ok(Some(Reason::NotARecord));
        }
        let from = self.scan.at();
        self.record.read(&mut self.scan)?;
        let to = self.scan.at();
        Ok(if to - from > MOST_RECORD {
            Some(Reason::TooLong)
        } else if !self.scan.is_text(from, to) {
            Some(Reason::Encoding)
        } else if self.record.says_nothing() {
            Some(Reason::NotARecord)
        } else {
            None
        })
    }
}

/// Where the next line starts that opens an object.
fn next_line(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, b"\n{").map(|place| place + 1)
}

/// Tells what the object at a cursor is.
fn document(scan: &mut Indexed<'_, '_>) -> Result<Document, Fault> {
    scan.expect(b'{')?;
    let mut foreign = Foreign::Json;
    let mut first = First::Yes;
    loop {
        let before = scan.at();
        let Some(key) = scan.member(first, key)? else { return Ok(Document::Foreign(foreign)) };
        match key {
            Key::Record => return Ok(Document::Record),
            Key::Digest => foreign = Foreign::Digest,
            Key::Records | Key::Other => {}
        }
        scan.go(before);
        if list_or_skip(scan, first)? == Some(Listed::Yes) {
            return Ok(Document::List(Of::Member));
        }
        first = First::No;
    }
}

/// What a member tells of its document.
enum Key {
    Records,
    Record,
    Digest,
    Other,
}

fn key(key: &[u8]) -> Key {
    match key {
        b"Records" => Key::Records,
        b"digestStartTime" | b"digestEndTime" | b"digestS3Object" => Key::Digest,
        _ if is_telling(key) => Key::Record,
        _ => Key::Other,
    }
}

/// Whether a member is a list of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    Yes,
    No,
}

/// Goes into the list of records that is the next member of an object, or over any other member; nothing at the
/// object's end.
fn list_or_skip(scan: &mut Indexed<'_, '_>, first: First) -> Result<Option<Listed>, Fault> {
    let Some(key) = scan.member(first, key)? else { return Ok(None) };
    if matches!(key, Key::Records) && scan.take(b'[')? {
        return Ok(Some(Listed::Yes));
    }
    scan.skip()?;
    Ok(Some(Listed::No))
}
