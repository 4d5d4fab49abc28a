//! The names of condition operators: a set prefix, the operator itself, and `IfExists`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// What an operator compares by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `StringEquals`
    StringEquals,
    /// `StringEqualsIgnoreCase`
    StringEqualsIgnoreCase,
    /// `StringLike`
    StringLike,
    /// `Numeric…`
    Numeric(Comparison),
    /// `Date…`
    Date(Comparison),
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    Binary,
    /// `IpAddress`
    IpAddress,
    /// `ArnEquals` and `ArnLike`, which are the same.
    Arn,
    /// `Null`
    Null,
}

/// How two values that have an order are compared: the request's on the left, the policy's on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether the order of the left to the right is one that is asked for.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// How a key with several values is looked at.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// No prefix: the key has one value.
    One,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// Whether a comparison is turned around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// It is meant as it is.
    Plain,
    /// `Not…`: none of the values may match.
    Negated,
}

/// What a key that the request does not have comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The key matches nothing.
    Unmatched,
    /// `…IfExists`: the condition holds.
    Holds,
}

/// A condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// What it compares by.
    pub family: Family,
    /// Whether it is a `Not…`.
    pub sense: Sense,
    /// Its prefix.
    pub quantifier: Quantifier,
    /// Its suffix.
    pub missing: Missing,
}

impl Operator {
    /// Reads the name of an operator; `None` where there is none of that name. Case does not matter.
    pub fn read(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (quantifier, name) = match name.split_once(':') {
            None => (Quantifier::One, name.as_str()),
            Some(("forallvalues", name)) => (Quantifier::All, name),
            Some(("foranyvalue", name)) => (Quantifier::Any, name),
            Some(_) => return None,
        };
        let (missing, name) = match name.strip_suffix("ifexists") {
            Some(name) => (Missing::Holds, name),
            None => (Missing::Unmatched, name),
        };
        let (family, sense) = family(name)?;
        let is_bare = quantifier == Quantifier::One && missing == Missing::Unmatched;
        // `Null` asks whether the key is there: neither prefix nor suffix has a meaning.
        if family == Family::Null && !is_bare {
            return None;
        }
        Some(Self { family, sense, quantifier, missing })
    }
}

fn family(name: &str) -> Option<(Family, Sense)> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    use Sense::{Negated, Plain};
    Some(match name {
        "stringequals" => (Family::StringEquals, Plain),
        "stringnotequals" => (Family::StringEquals, Negated),
        "stringequalsignorecase" => (Family::StringEqualsIgnoreCase, Plain),
        "stringnotequalsignorecase" => (Family::StringEqualsIgnoreCase, Negated),
        "stringlike" => (Family::StringLike, Plain),
        "stringnotlike" => (Family::StringLike, Negated),
        "numericequals" => (Family::Numeric(Equal), Plain),
        "numericnotequals" => (Family::Numeric(Equal), Negated),
        "numericlessthan" => (Family::Numeric(Less), Plain),
        "numericlessthanequals" => (Family::Numeric(LessOrEqual), Plain),
        "numericgreaterthan" => (Family::Numeric(Greater), Plain),
        "numericgreaterthanequals" => (Family::Numeric(GreaterOrEqual), Plain),
        "dateequals" => (Family::Date(Equal), Plain),
        "datenotequals" => (Family::Date(Equal), Negated),
        "datelessthan" => (Family::Date(Less), Plain),
        "datelessthanequals" => (Family::Date(LessOrEqual), Plain),
        "dategreaterthan" => (Family::Date(Greater), Plain),
        "dategreaterthanequals" => (Family::Date(GreaterOrEqual), Plain),
        "bool" => (Family::Bool, Plain),
        "binaryequals" => (Family::Binary, Plain),
        "ipaddress" => (Family::IpAddress, Plain),
        "notipaddress" => (Family::IpAddress, Negated),
        "arnequals" | "arnlike" => (Family::Arn, Plain),
        "arnnotequals" | "arnnotlike" => (Family::Arn, Negated),
        "null" => (Family::Null, Plain),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_and_suffix_are_taken_off() {
        let read = Operator::read("ForAllValues:StringNotLikeIfExists").unwrap();
        let expected = Operator {
            family: Family::StringLike,
            sense: Sense::Negated,
            quantifier: Quantifier::All,
            missing: Missing::Holds,
        };
        assert_eq!(read, expected);
        assert_eq!(Operator::read("foranyvalue:ARNEQUALS").unwrap().quantifier, Quantifier::Any);
        for wrong in
            ["", "StringMatches", "NotStringEquals", "NullIfExists", "ForSomeValues:Bool", "Bool:"]
        {
            assert_eq!(Operator::read(wrong), None, "{wrong}");
        }
    }
}
