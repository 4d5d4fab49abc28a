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
}

impl Context {
    /// A context without keys.
    pub fn new(mode: Mode) -> Self {
        Self { mode, keys: Vec::new() }
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
            None => Found::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
