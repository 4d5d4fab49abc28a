//! Everything else that is written as one word or path: ids, regions, units, scopes, names of roles. One
//! text is given to all of their readers.

use std::fmt::Debug;
use std::str::FromStr;

use accesstrail_shared::model::id::IdError;
use accesstrail_shared::model::{
    AccountId, EntityId, Kind, Partition, Region, RunId, Scope, Unit, read_time,
};
use accesstrail_shared::settings::{ExternalId, RoleName};

use super::{is_somebodys, is_written_as};

pub(super) fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Some(account) = comes_back::<AccountId>(text) {
        is_somebodys(&account);
    }
    comes_back::<Partition>(text);
    comes_back::<Region>(text);
    comes_back::<RunId>(text);
    comes_back::<Kind>(text);
    comes_back::<EntityId>(text);
    if let Some(unit) = comes_back::<Unit>(text) {
        assert_eq!(unit.scope("mfa").unit(), unit);
        assert_eq!(format!("{unit}/mfa").parse(), Ok(unit.scope("mfa")));
    }
    if let Some(scope) = comes_back::<Scope>(text) {
        assert_eq!(scope.unit().scope(&scope.capability), scope);
        assert_eq!(scope.unit().to_string().parse(), Ok(scope.unit()));
    }
    if let Ok(role) = text.parse::<RoleName>() {
        assert_eq!(role.as_str().parse().as_ref(), Ok(&role));
        assert!(text.ends_with(role.as_str()), "{text}");
    }
    if let Ok(id) = text.parse::<ExternalId>() {
        assert_eq!(id.as_str(), text);
    }
    // A run is named by the time at which it is due and by the start of a request's id.
    if let Some((time, suffix)) = text.split_once(' ')
        && let Ok(due) = read_time(time)
    {
        assert_eq!(read_time(&due.to_string()), Ok(due));
        let run = RunId::new(due, suffix);
        assert_eq!(run.to_string().parse().as_ref(), Ok(&run));
    }
}

/// The value of a text, which is written as that text; a refusal repeats the text.
fn comes_back<T>(text: &str) -> Option<T>
where
    T: FromStr<Err = IdError> + ToString + PartialEq + Debug,
{
    match text.parse::<T>() {
        Ok(value) => {
            is_written_as(&value, text);
            Some(value)
        }
        Err(error) => {
            assert!(text.contains(&error.text), "{error:?}");
            None
        }
    }
}
