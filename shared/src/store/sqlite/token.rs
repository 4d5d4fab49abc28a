//! The token between two pages: the key of the last row, as text that nobody needs to read.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::error::Fault;

/// The place of a row in the order of `entities` or `changes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) scope: String,
    pub(super) kind: String,
    pub(super) key: String,
    /// Tells the changes of one entity apart.
    pub(super) id: i64,
}

impl Place {
    pub(super) fn to_token(&self) -> String {
        let Self { scope, kind, key, id } = self;
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::json!([scope, kind, key, id]).to_string())
    }

    pub(super) fn of_token(token: &str) -> Result<Self, Fault> {
        let foreign = || Fault::Refused(format!("`{token}` is not a place in the store"));
        let text = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| foreign())?;
        let (scope, kind, key, id) = serde_json::from_slice(&text).map_err(|_| foreign())?;
        Ok(Self { scope, kind, key, id })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tokens_round_trip(scope in ".*", kind in ".*", key in ".*", id: i64) {
            let place = Place { scope, kind, key, id };
            prop_assert_eq!(Place::of_token(&place.to_token()).unwrap(), place);
        }

        #[test]
        fn any_text_is_answered(token in ".*") {
            drop(Place::of_token(&token));
        }
    }
}
