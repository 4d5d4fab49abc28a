//! What AWS really gave. The SDK fills in what its model calls required and AWS left out: an empty text, the
//! first moment of 1970, a word of its own. None of them is a fact.

use aws_smithy_types::DateTime;

use crate::aws::time;
use crate::model::Timestamp;
use crate::model::resource::Attribute;

/// The SDK's word for a missing one.
const NO_WORD: &str = "no value was set";

/// A moment that AWS gave.
pub(super) fn time(found: &DateTime) -> Option<Timestamp> {
    time::timestamp(found).filter(|moment| moment.as_nanosecond() != 0)
}

/// The same, as an attribute.
pub(super) fn moment(found: &DateTime) -> Option<Attribute> {
    time(found).map(Attribute::from)
}

/// A word that AWS gave: of a state, of a kind.
pub(super) fn word(found: &str) -> Option<&str> {
    Some(found).filter(|word| !word.is_empty() && *word != NO_WORD)
}

#[cfg(test)]
mod tests {
    use aws_sdk_bedrock::types::GuardrailSummary;
    use aws_sdk_bedrock::types::builders::GuardrailSummaryBuilder;

    use super::*;

    #[test]
    fn what_the_sdk_made_up_was_not_given() {
        assert_eq!(time(&DateTime::from_secs(0)), None);
        assert_eq!(moment(&DateTime::from_secs(0)), None);
        assert_eq!(time(&DateTime::from_secs(1)).unwrap().as_second(), 1);
        for (found, expected) in [("READY", Some("READY")), ("", None), (NO_WORD, None)] {
            assert_eq!(word(found), expected);
        }
        // What is required of a guardrail is required of whoever builds one, too.
        let built: Result<GuardrailSummary, _> = GuardrailSummaryBuilder::default().build();
        assert!(built.is_err());
    }
}
