//! What somebody did to the logs: objects deleted and edited, to be found by whoever verifies them.

use std::io;

use serde_json::Value;

use super::{
    clock::{HOUR, Moment},
    object::{Gzip, Kind, Object, unpack},
};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The last record of a log of two or more is taken out.
    EditLog,
    /// A log is deleted.
    DeleteLog,
    /// A digest that names a log is deleted; its logs stay.
    DeleteDigest,
    /// All logs and digests of so many hours are deleted.
    DeleteHours(u64),
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub harm: Harm,
    /// Of which account.
    pub account: String,
    /// In which region.
    pub region: String,
    /// To the first fitting object whose hour of digests ends after this moment, or to the hours that end after it.
    pub from: Moment,
}

/// An object that was harmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harmed {
    /// How.
    pub harm: Harm,
    /// Its key.
    pub key: String,
}

/// Faults to be planted into a stream of objects, and what became of them.
#[derive(Debug, Default)]
pub struct Faults {
    left: Vec<Fault>,
    harmed: Vec<Harmed>,
}

impl Faults {
    /// Faults to be planted, each once; of several that fit an object the first is.
    pub fn new(faults: Vec<Fault>) -> Self {
        Self { left: faults, harmed: Vec::new() }
    }

    /// The objects that were harmed so far.
    pub fn harmed(&self) -> &[Harmed] {
        &self.harmed
    }

    /// The object as it is left, `None` when it is deleted: to be passed to
    /// [`Plan::write_changed`](super::Plan::write_changed), or called in a sink.
    pub fn change(&mut self, mut object: Object) -> Option<Object> {
        let Some(place) = self.left.iter().position(|fault| fault.fits(&object)) else {
            return Some(object);
        };
        let harm = self.left.get(place)?.harm;
        let edited = match harm {
            Harm::EditLog => match without_last_record(&object.bytes) {
                Ok(Some(bytes)) => Some(bytes),
                // A log of one record is left to itself, and the next one tried.
                Ok(None) | Err(_) => return Some(object),
            },
            // Of a digest without logs nothing but itself would be missing.
            Harm::DeleteDigest if !names_a_log(&object.bytes) => return Some(object),
            _ => None,
        };
        self.harmed.push(Harmed { harm, key: object.key.clone() });
        if !matches!(harm, Harm::DeleteHours(_)) {
            self.left.remove(place);
        }
        edited.map(|bytes| {
            object.bytes = bytes;
            object
        })
    }
}

impl Fault {
    fn fits(&self, object: &Object) -> bool {
        let late_enough = object.hour > self.from;
        let fits = match self.harm {
            Harm::EditLog | Harm::DeleteLog => object.kind == Kind::Log && late_enough,
            Harm::DeleteDigest => object.kind == Kind::Digest && late_enough,
            Harm::DeleteHours(hours) => {
                let length = i64::try_from(hours).unwrap_or_default() * HOUR;
                late_enough && object.hour <= self.from.plus(length)
            }
        };
        fits && object.account == self.account && object.region == self.region
    }
}

fn names_a_log(bytes: &[u8]) -> bool {
    let content = unpack(bytes).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let logs = content.as_ref().and_then(|digest| digest.get("logFiles")?.as_array());
    logs.is_some_and(|logs| !logs.is_empty())
}

/// The log less its last record; `None` when it has not two.
fn without_last_record(bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut content: Value = serde_json::from_slice(&unpack(bytes)?)?;
    let Some(records) = content.get_mut("Records").and_then(Value::as_array_mut) else {
        return Ok(None);
    };
    if records.len() < 2 {
        return Ok(None);
    }
    records.pop();
    Gzip::new().pack(content.to_string().as_bytes()).map(Some)
}
