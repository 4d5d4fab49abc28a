//! What stores keep: a first line with a kind, `coverage` or `run`, and the JSON.

use std::fmt::Debug;

use accesstrail_shared::form::{self, FormError};
use accesstrail_shared::model::{Coverage, Entity, Kind, Run, Stored, Timestamp};
use accesstrail_shared::report::{Row, json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::is_stored;

pub(super) fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    // The first second that a time may have trips an assertion of jiff's. No such time gets into a store:
    // what comes from outside is read by `model::read_time`.
    if text.contains("-009999-") {
        return;
    }
    let Some((what, content)) = text.split_once('\n') else { return };
    match what {
        "coverage" => {
            if let Some(coverage) = comes_back::<Coverage>(content) {
                assert!(json::coverage(&coverage).is_object());
            }
        }
        "run" => {
            comes_back::<Run>(content);
        }
        kind => {
            if let Ok(kind) = kind.parse::<Kind>() {
                entity_holds(kind, content);
            }
        }
    }
}

/// A stored value, which is written and read again as the same.
fn comes_back<T>(text: &str) -> Option<T>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let value: T = serde_json::from_str(text).ok()?;
    let written = serde_json::to_string(&value).unwrap();
    let read: T = serde_json::from_str(&written).unwrap();
    assert_eq!(read, value);
    assert_eq!(serde_json::to_string(&read).unwrap(), written);
    Some(value)
}

fn entity_holds(kind: Kind, content: &str) {
    let newer = form::read(form::VERSION + 1, kind, content);
    assert!(matches!(newer, Err(FormError::Version { .. })), "{newer:?}");
    let Ok(entity) = form::read(form::VERSION, kind, content) else { return };
    assert_eq!(entity.kind(), kind);
    is_stored(&entity);

    let written = form::write(&entity).unwrap();
    let value: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(form::value(&entity).unwrap(), value);
    let hash = form::hash(&written);
    assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");

    let id = entity.id();
    if !id.key.is_empty() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    row_holds(entity);
}

/// Whatever was stored can be shown.
fn row_holds(entity: Entity) {
    let time = Timestamp::UNIX_EPOCH;
    let stored = Stored {
        scope: "111122223333/aws-global/iam-authorization/authorization-details".parse().unwrap(),
        hash: String::new(),
        first_seen: time,
        last_seen: time,
        changed: time,
        observed: time,
        deleted: None,
        entity,
    };
    let row = Row::of(&stored);
    assert!(row.arn.is_none_or(|arn| arn.starts_with("arn:")));
}
