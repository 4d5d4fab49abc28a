//! The SDK's times ↔ the model's.

use std::time::SystemTime;

use aws_smithy_types::DateTime;

use crate::model::Timestamp;

/// The model's time of an SDK time; `None` where it lies outside of what the model can hold.
pub fn timestamp(time: &DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanoseconds).ok()
}

/// The same, of a time that AWS may leave out.
pub fn optional(time: Option<&DateTime>) -> Option<Timestamp> {
    time.and_then(timestamp)
}

/// The system time of a model time.
pub fn system(time: Timestamp) -> SystemTime {
    SystemTime::from(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_fraction() {
        let time = DateTime::from_secs_and_nanos(1_700_000_000, 250_000_000);
        assert_eq!(timestamp(&time).unwrap().to_string(), "2023-11-14T22:13:20.25Z");
        assert_eq!(timestamp(&DateTime::from_secs(i64::MAX)), None);
    }
}
