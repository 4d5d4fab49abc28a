//! The place from which a unit goes on, as the store kept it: JSON text.

use accesstrail_shared::collect::Resumption;
use serde_json::Value;

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let resumption = Resumption::read(Some(&text));
    let Ok(value) = serde_json::from_str::<Value>(&text) else {
        let from_the_beginning = format!("{:?}", Resumption::read(None));
        assert_eq!(format!("{resumption:?}"), from_the_beginning, "{text}");
        return;
    };
    let place = value["place"].as_str();
    if value.is_object() && resumption.place.is_some() {
        assert_eq!(resumption.place.as_deref(), place);
    }
    // The least that a place to go on from says is never taken for nothing.
    if value["told"].as_object().is_some_and(serde_json::Map::is_empty) {
        let least = serde_json::json!({"place": place, "told": {}}).to_string();
        assert_eq!(Resumption::read(Some(&least)).place.as_deref(), place);
    }
}
