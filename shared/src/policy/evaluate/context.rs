//! What a request says about itself: the condition context.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

/// What it means that a key is not listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The context is complete: the request does not have the key.
    #[default]
    Strict,
    /// The context is what is known: the request may have the key.
    Discovery,
}

/// What a context says about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// Its values, at least one.
    Values(&'a [String]),
    /// The request does not have the key.
    Absent,
    /// Nothing is known about the key.
    Unknown,
}

/// The keys of a request and their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    mode: Mode,
    keys: Vec<(Box<str>, Box<[String]>)>,
    /// Beginnings of keys of which all are listed.
    closed: Vec<Box<str>>,
}

impl Context {
    /// A context without keys.
    pub fn new(mode: Mode) -> Self {
        Self { mode, keys: Vec::new(), closed: Vec::new() }
    }

    /// What an unlisted key means here.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Lists a key, in place of what was listed for it. Without values it is absent. The names of keys are not
    /// case-sensitive, what is behind the slash of a tag's key included.
    pub fn set<V: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = V>) {
        let key = key.to_lowercase();
        let values = values.into_iter().map(Into::into).collect();
        match self.keys.iter_mut().find(|(known, _)| **known == *key) {
            Some((_, known)) => *known = values,
            None => self.keys.push((key.into(), values)),
        }
    }

    /// Takes back what was listed for a key, which is given in lower case.
    pub fn forget(&mut self, key: &str) {
        self.keys.retain(|(known, _)| **known != *key);
    }

    /// Says that all keys with that beginning are listed: any other is absent, whatever the mode.
    pub fn close(&mut self, beginning: &str) {
        self.closed.push(beginning.to_lowercase().into());
    }

    /// Whether something is said about a key, which is given in lower case.
    pub fn is_listed(&self, key: &str) -> bool {
        self.keys.iter().any(|(known, _)| **known == *key)
    }

    /// What is known about a key, which is given in lower case.
    #[inline]
    pub fn find(&self, key: &str) -> Found<'_> {
        match self.keys.iter().find(|(known, _)| **known == *key) {
            Some((_, values)) if values.is_empty() => Found::Absent,
            Some((_, values)) => Found::Values(values),
            None if self.mode == Mode::Strict => Found::Absent,
            None if self.closed.iter().any(|beginning| key.starts_with(&**beginning)) => {
                Found::Absent
            }
            None => Found::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_is_absent() {
        let mut context = Context::new(Mode::Discovery);
        context.set("aws:PrincipalTag/team", ["red"]);
        context.close("aws:PrincipalTag/");
        assert_eq!(context.find("aws:principaltag/team"), Found::Values(&["red".to_owned()]));
        assert_eq!(context.find("aws:principaltag/owner"), Found::Absent);
        assert_eq!(context.find("aws:principalarn"), Found::Unknown);
        context.forget("aws:principaltag/team");
        assert_eq!(context.find("aws:principaltag/team"), Found::Absent);
    }

    #[test]
    fn absent_and_unknown_are_two_things() {
        for (mode, expected) in [(Mode::Strict, Found::Absent), (Mode::Discovery, Found::Unknown)] {
            let mut context = Context::new(mode);
            context.set("aws:UserName", ["ana"]);
            context.set("aws:TagKeys", [] as [&str; 0]);
            context.set("AWS:username", ["bob"]);
            assert_eq!(context.find("aws:username"), Found::Values(&["bob".to_owned()]));
            assert_eq!(context.find("aws:tagkeys"), Found::Absent);
            assert_eq!(context.find("aws:userid"), expected);
        }
    }
}
