//! When each principal, key and call was last seen in the logs.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::model::activity::EventTime;
use crate::trail::actions::actions;
use crate::usage::hour::Hour;

/// Where people sign in to the console.
const SIGN_IN: (&str, &str) = ("signin.amazonaws.com", "ConsoleLogin");

/// The last uses in some cells; a denied call is none. Adding a cell again changes nothing.
///
/// Memory: the distinct principals, their calls and their keys, whatever the number of cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    principals: HashMap<String, Of>,
}

/// The last uses of a principal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Of {
    last: Option<EventTime>,
    calls: HashMap<(String, String), EventTime>,
    keys: BTreeMap<String, EventTime>,
    sign_in: Option<EventTime>,
}

impl Uses {
    /// Adds the calls of a cell.
    pub fn add(&mut self, hour: &Hour) {
        for call in hour.calls() {
            let Some(time) = call.tally.last_used else { continue };
            let of = self.of_mut(call.principal);
            of.last = of.last.max(Some(time));
            if (call.source, call.name) == SIGN_IN {
                of.sign_in = of.sign_in.max(Some(time));
            }
            let last = of.calls.entry((call.source.to_owned(), call.name.to_owned()));
            last.and_modify(|last| *last = time.max(*last)).or_insert(time);
        }
        for used in hour.keys() {
            let Some(time) = used.tally.last_used else { continue };
            let last = self.of_mut(used.principal).keys.entry(used.key.to_owned());
            last.and_modify(|last| *last = time.max(*last)).or_insert(time);
        }
    }

    fn of_mut(&mut self, principal: &str) -> &mut Of {
        self.principals.entry(plain(principal).into_owned()).or_default()
    }

    fn get(&self, principal: &str) -> Option<&Of> {
        self.principals.get(&*plain(principal))
    }

    /// When a principal was last seen, by its ARN.
    pub fn of(&self, principal: &str) -> Option<EventTime> {
        self.get(principal)?.last
    }

    /// When a principal last signed in to the console; not when it tried to and failed.
    pub fn sign_in(&self, principal: &str) -> Option<EventTime> {
        self.get(principal)?.sign_in
    }

    /// The long-lived keys that a principal used, and when each was last.
    pub fn keys(&self, principal: &str) -> impl Iterator<Item = (&str, EventTime)> {
        let keys = self.get(principal).into_iter().flat_map(|of| &of.keys);
        keys.map(|(key, time)| (key.as_str(), *time))
    }

    /// The IAM actions that a principal used, as `service:action` in small letters, and when each was last.
    pub fn actions(&self, principal: &str) -> BTreeMap<String, EventTime> {
        let mut used = BTreeMap::new();
        let calls = self.get(principal).into_iter().flat_map(|of| &of.calls);
        for ((source, name), time) in calls {
            for action in actions(source, name) {
                let last = used.entry(action.to_lowercase()).or_insert(*time);
                *last = (*last).max(*time);
            }
        }
        used
    }
}

/// A principal by what tells it from all others: the name of a role or user is unique in its account whatever its
/// path, which a session's ARN leaves out.
fn plain(principal: &str) -> Cow<'_, str> {
    let mut parts = principal.splitn(6, ':');
    let part = |parts: &mut std::str::SplitN<'_, char>| parts.next().unwrap_or_default().to_owned();
    let [_, partition, service, _, account, resource] = std::array::from_fn(|_| part(&mut parts));
    let mut names = resource.split('/');
    let kind = names.next().unwrap_or_default();
    let (kind, name) = match (service.as_str(), kind) {
        ("sts", "assumed-role") => ("role", names.next()),
        ("iam", "role" | "user") => (kind, names.next_back()),
        _ => return Cow::Borrowed(principal),
    };
    Cow::Owned(format!("arn:{partition}:iam::{account}:{kind}/{}", name.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::fold::HourFold;
    use crate::usage::fold::tests::{Made, at};
    use crate::usage::object::ObjectSet;

    #[test]
    fn a_principal_is_known_by_account_and_name() {
        for (text, expected) in [
            ("arn:aws:iam::111122223333:role/a/b/app", "arn:aws:iam::111122223333:role/app"),
            ("arn:aws:sts::111122223333:assumed-role/app/x", "arn:aws:iam::111122223333:role/app"),
            ("arn:aws:iam::111122223333:user/x/ana", "arn:aws:iam::111122223333:user/ana"),
            ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
            ("service:ec2.amazonaws.com", "service:ec2.amazonaws.com"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn the_last_use_is_the_last_that_was_not_denied() {
        let app = "arn:aws:iam::111122223333:role/path/app";
        let time = |minute| at(&format!("2026-11-29T08:{minute}:00Z"));
        let with_key = |made: Made| Made { key: Some("AKIAIOSFODNN7EXAMPLE".to_owned()), ..made };
        let made = [
            with_key(Made::new(1, time("01"), app, "GetObject")),
            Made::new(2, time("02"), app, "ListObjectsV2"),
            with_key(Made::new(3, time("03"), app, "GetObject").denied()),
            Made::new(4, time("04"), "arn:aws:iam::111122223333:role/no", "GetObject").denied(),
        ];
        let mut fold = HourFold::new("111122223333", time("00").hour());
        for made in &made {
            fold.add(&made.activity());
        }
        let hour = fold.finish(ObjectSet::default());
        let mut uses = Uses::default();
        uses.add(&hour);
        let once = uses.clone();
        uses.add(&hour);
        assert_eq!(uses, once);
        assert_eq!(uses.of(app), Some(time("02")));
        assert_eq!(uses.of("arn:aws:iam::111122223333:role/no"), None);
        assert_eq!(uses.keys(app).collect::<Vec<_>>(), [("AKIAIOSFODNN7EXAMPLE", time("01"))]);
        let actions: Vec<_> = uses.actions(app).into_iter().collect();
        let expected = [("s3:getobject", "01"), ("s3:listbucket", "02")];
        assert_eq!(actions, expected.map(|(name, minute)| (name.to_owned(), time(minute))));
        assert_eq!(uses.sign_in(app), None);
    }

    #[test]
    fn a_sign_in_that_failed_is_no_use() {
        let ana = "arn:aws:iam::111122223333:user/ana";
        let time = |minute| at(&format!("2026-11-29T08:{minute}:00Z"));
        let mut fold = HourFold::new("111122223333", time("00").hour());
        let made = [
            Made::new(1, time("01"), ana, SIGN_IN.1),
            Made::new(2, time("02"), ana, SIGN_IN.1).failed_sign_in(),
        ];
        for made in &made {
            let source = Cow::Borrowed(SIGN_IN.0);
            fold.add(&crate::model::activity::Activity { source, ..made.activity() });
        }
        let mut uses = Uses::default();
        uses.add(&fold.finish(ObjectSet::default()));
        assert_eq!((uses.sign_in(ana), uses.of(ana)), (Some(time("01")), Some(time("01"))));
    }
}
