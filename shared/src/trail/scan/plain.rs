//! The cursor that goes byte by byte and holds everything to the grammar.

use super::{DEEPEST, Fault, First, Inside, Scan, is_space};

/// A cursor over bytes, without preparation.
#[derive(Clone, Debug)]
pub struct Plain<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Plain<'a> {
    /// A cursor at the start of bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Goes over the opening of a value: the depth that it adds, if any.
    fn open(&mut self, open: &mut Vec<u8>) -> Result<Opened, Fault> {
        let byte = self.peek()?;
        if !matches!(byte, b'{' | b'[') {
            return self.skip().map(|()| Opened::Nothing);
        }
        if open.len() == DEEPEST {
            return Err(Fault::Deep);
        }
        open.push(byte);
        self.at += 1;
        Ok(Opened::Something)
    }
}

/// Whether a value has an inside of values.
enum Opened {
    Nothing,
    Something,
}

impl<'a> Scan<'a> for Plain<'a> {
    fn at(&self) -> usize {
        self.at
    }

    fn go(&mut self, at: usize) {
        self.at = at;
    }

    fn raw(&self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from..to.min(self.bytes.len())).unwrap_or_default()
    }

    fn peek(&mut self) -> Result<u8, Fault> {
        let rest = self.rest();
        let spaces = rest.iter().take_while(|byte| is_space(**byte)).count();
        self.at += spaces;
        rest.get(spaces).copied().ok_or(Fault::End)
    }

    fn inside(&mut self) -> Result<Inside<'a>, Fault> {
        let (from, mut escaped) = (self.at + 1, false);
        let mut end = from;
        loop {
            let rest = self.bytes.get(end..).ok_or(Fault::End)?;
            let next = memchr::memchr2(b'"', b'\\', rest).ok_or(Fault::End)?;
            end += next;
            if rest.get(next) == Some(&b'"') {
                break;
            }
            escaped = true;
            end += 2;
        }
        self.at = end + 1;
        let inside = Inside { bytes: self.raw(from, end), from, escaped };
        if inside.bytes.iter().any(|byte| *byte < b' ') {
            return Err(Fault::Malformed);
        }
        self.text(&inside).map(|_| inside)
    }

    fn skip_nested(&mut self) -> Result<(), Fault> {
        let mut open = Vec::new();
        self.open(&mut open)?;
        let mut first = First::Yes;
        while let Some(bracket) = open.last() {
            let opened = if *bracket == b'{' {
                match self.member(first, |_| ())? {
                    Some(()) => self.open(&mut open)?,
                    None => close(&mut open),
                }
            } else if self.take(b']')? {
                close(&mut open)
            } else {
                if first == First::No {
                    self.expect(b',')?;
                }
                self.open(&mut open)?
            };
            first = match opened {
                Opened::Something => First::Yes,
                Opened::Nothing => First::No,
            };
        }
        Ok(())
    }

    fn plain(&self, inside: &Inside<'a>) -> Option<&'a str> {
        str::from_utf8(inside.bytes).ok()
    }
}

fn close(open: &mut Vec<u8>) -> Opened {
    open.pop();
    Opened::Nothing
}
