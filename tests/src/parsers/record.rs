//! Logs and their records: at once and in pieces they are the same, and a list that `serde_json` reads has the
//! records that it reads.

use accesstrail_shared::trail::object::{Limits, ObjectReader, Take};
use accesstrail_shared::trail::record::Record;
use accesstrail_shared::trail::records::{BadRecord, MOST_RECORD};
use serde_json::Value;

pub(super) fn check(bytes: &[u8]) {
    if bytes.first() == Some(&0x1f) || bytes.len() > MOST_RECORD {
        // Gzip has a check of its own, and what is long one of its length.
        return;
    }
    let given = given(|reader, given| match reader.read(bytes, given) {
        Ok(unpacked) => format!("{unpacked:?}"),
        Err(error) => error.to_string(),
    });
    let pieces = self::given(|reader, given| match reader.read_from(bytes, given) {
        Ok(unpacked) => format!("{unpacked:?}"),
        Err(error) => error.to_string(),
    });
    assert_eq!(given, pieces);

    let Ok(Value::Array(records)) = serde_json::from_slice(bytes) else { return };
    assert_eq!(given.records.len(), records.len());
    for (record, given) in records.iter().zip(&given.records) {
        let Some(name) = record["eventName"].as_str().filter(|name| !name.is_empty()) else {
            continue;
        };
        assert_eq!(given.as_deref(), Ok(name));
    }
}

/// What an object gives: the name of each record or why it has none, and how it ended.
#[derive(Debug, Default, PartialEq)]
struct Given {
    records: Vec<Result<String, BadRecord>>,
    ended: String,
}

impl Take for Given {
    fn bytes(&mut self, _: &[u8]) {}

    fn record(&mut self, record: Result<&Record<'_>, BadRecord>) {
        self.records.push(record.map(|record| Record::text(record.name.as_ref()).into_owned()));
    }
}

fn given(read: impl FnOnce(&mut ObjectReader, &mut Given) -> String) -> Given {
    let mut given = Given::default();
    given.ended = read(&mut ObjectReader::new(Limits::default()), &mut given);
    given
}
