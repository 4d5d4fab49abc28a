//! Conditions: one file per family of operators, and here what all of them share: sets of values, missing keys, negation.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>

pub mod binary;
pub mod date;
pub mod ip_address;
pub mod numeric;
pub mod operator;

mod arn;
mod string;

use operator::{Family, Missing, Operator, Quantifier, Sense};

use super::document::{self, Version};
use super::evaluate::context::{Context, Found};
use super::truth::Truth;

/// A condition, made ready for evaluation.
#[derive(Clone, Debug)]
pub struct Condition {
    /// As the document has it.
    pub written: document::Condition,
    key: Box<str>,
    operator: Operator,
    test: Test,
}

/// The values of a condition, as its family reads them. What is no value of the family is left out: it matches nothing.
#[derive(Clone, Debug)]
enum Test {
    String(Box<[string::Operand]>),
    Numeric(operator::Comparison, Box<[numeric::Decimal]>),
    Date(operator::Comparison, Box<[date::Instant]>),
    Bool(Box<[string::Operand]>),
    Binary(Box<[Vec<u8>]>),
    IpAddress(Box<[ip_address::Range]>),
    Arn(Box<[arn::Operand]>),
    /// Whether the key may be absent, and whether it may be present.
    Null {
        absent: bool,
        present: bool,
    },
}

impl Condition {
    /// Makes a condition ready; `None` where there is no such operator.
    pub fn compile(written: &document::Condition, version: Version) -> Option<Self> {
        let operator = Operator::read(&written.operator)?;
        let values = &written.values;
        let string = |text: &String| string::Operand::read(operator.family, text, version);
        let test = match operator.family {
            Family::StringEquals | Family::StringEqualsIgnoreCase | Family::StringLike => {
                Test::String(values.iter().map(string).collect())
            }
            Family::Numeric(comparison) => {
                let read = values.iter().filter_map(|text| numeric::Decimal::read(text));
                Test::Numeric(comparison, read.collect())
            }
            Family::Date(comparison) => {
                Test::Date(comparison, values.iter().filter_map(|text| date::read(text)).collect())
            }
            Family::Bool => Test::Bool(values.iter().map(string).collect()),
            Family::Binary => Test::Binary(values.iter().map(|text| binary::read(text)).collect()),
            Family::IpAddress => {
                let read = values.iter().filter_map(|text| ip_address::Range::read(text));
                Test::IpAddress(read.collect())
            }
            Family::Arn => {
                let read = values.iter().map(|text| arn::Operand::read(text, version));
                Test::Arn(read.collect())
            }
            Family::Null => {
                let says = |word: &str| values.iter().any(|text| text.eq_ignore_ascii_case(word));
                Test::Null { absent: says("true"), present: says("false") }
            }
        };
        let key = written.key.to_lowercase().into();
        Some(Self { written: written.clone(), key, operator, test })
    }

    /// Whether the condition holds.
    pub fn holds(&self, context: &Context) -> Truth {
        let found = context.find(&self.key);
        if let Test::Null { absent, present } = self.test {
            // An empty text is no value, as the page on multivalued keys says.
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null
            return match found {
                Found::Absent => absent.into(),
                Found::Values([only]) if only.is_empty() => absent.into(),
                Found::Values(_) => present.into(),
                Found::Unknown if absent == present => absent.into(),
                Found::Unknown => Truth::Maybe,
            };
        }
        match found {
            Found::Unknown => Truth::Maybe,
            Found::Absent => self.without_key(),
            Found::Values(values) => self.with_values(values, context),
        }
    }

    /// A key that the request does not have matches nothing, so a negated operator holds. Of the values that there are
    /// not, all do whatever is asked of them, and none does: `IfExists` is about one value, and changes neither.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
    fn without_key(&self) -> Truth {
        match (self.operator.quantifier, self.operator.missing) {
            (Quantifier::All, _) | (Quantifier::One, Missing::Holds) => Truth::Yes,
            (Quantifier::Any, _) => Truth::No,
            (Quantifier::One, Missing::Unmatched) => (self.operator.sense == Sense::Negated).into(),
        }
    }

    fn with_values(&self, values: &[String], context: &Context) -> Truth {
        let holds = |value: &String| {
            let matched = self.test.matches(value, context);
            if self.operator.sense == Sense::Negated { !matched } else { matched }
        };
        // An empty text is an empty set for the set operators, as the page on multivalued keys says.
        let is_empty = matches!(values, [only] if only.is_empty());
        match (self.operator.quantifier, values) {
            (Quantifier::One, [value]) => holds(value),
            // Without a set operator a key with several values is equal to nothing, and so unlike everything.
            (Quantifier::One, _) => (self.operator.sense == Sense::Negated).into(),
            (Quantifier::All, _) if is_empty => Truth::Yes,
            (Quantifier::Any, _) if is_empty => Truth::No,
            (Quantifier::All, values) => {
                values.iter().fold(Truth::Yes, |all, value| all & holds(value))
            }
            (Quantifier::Any, values) => {
                values.iter().fold(Truth::No, |any, value| any | holds(value))
            }
        }
    }

    /// Every key that the condition is about, its variables' included, in lower case.
    pub fn keys(&self) -> Vec<String> {
        let mut open = Context::new(super::evaluate::Mode::Discovery);
        open.set(&self.key, ["x"]);
        let variables = self.unknown(&open).into_iter().map(str::to_lowercase);
        std::iter::once(self.key.to_string()).chain(variables).collect()
    }

    /// The keys that the condition hangs on and whose values are not known.
    pub fn unknown<'a>(&'a self, context: &'a Context) -> Vec<&'a str> {
        if context.find(&self.key) == Found::Unknown {
            return vec![&self.written.key];
        }
        match &self.test {
            Test::String(operands) | Test::Bool(operands) => {
                operands.iter().flat_map(|operand| operand.template().unknown(context)).collect()
            }
            Test::Arn(operands) => {
                let open = operands.iter().filter_map(arn::Operand::open);
                open.flat_map(|open| open.unknown(context)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Test {
    /// Whether a value of the request is one of those of the policy.
    fn matches(&self, value: &str, context: &Context) -> Truth {
        match self {
            Self::String(operands) => any(operands, |own| own.matches(value, context)),
            Self::Bool(operands) => {
                let is_bool =
                    value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
                Truth::from(is_bool) & any(operands, |own| own.matches(value, context))
            }
            Self::Numeric(comparison, operands) => match numeric::Decimal::read(value) {
                Some(value) => any(operands, |own| comparison.holds(value.order(own)).into()),
                None => Truth::No,
            },
            Self::Date(comparison, operands) => match date::read(value) {
                Some(value) => any(operands, |own| comparison.holds(value.cmp(own)).into()),
                None => Truth::No,
            },
            Self::Binary(operands) => {
                let value = binary::read(value);
                any(operands, |own| (*own == value).into())
            }
            Self::IpAddress(operands) => match ip_address::read(value) {
                Some(value) => any(operands, |own| own.contains(value).into()),
                None => Truth::No,
            },
            Self::Arn(operands) => any(operands, |own| own.matches(value, context)),
            Self::Null { .. } => Truth::No,
        }
    }
}

#[inline]
fn any<T>(operands: &[T], matches: impl Fn(&T) -> Truth) -> Truth {
    let mut found = Truth::No;
    for operand in operands {
        found = found | matches(operand);
        if found.is_yes() {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests;
