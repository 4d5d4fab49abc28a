//! The bodies of queue messages: JSON text.

use accesstrail_shared::aws::queue::{
    read_follow_up, read_message, write_follow_up, write_message,
};

pub(super) fn check(bytes: &[u8]) {
    let body = String::from_utf8_lossy(bytes);
    if let Some(message) = read_follow_up(&body) {
        let written = write_follow_up(&message).unwrap();
        assert_eq!(read_follow_up(&written).as_ref(), Some(&message));
        assert!(read_message(&body).is_err(), "a body is one message");
    }
    match read_message(&body) {
        Ok(message) => {
            let written = write_message(&message).unwrap();
            assert_eq!(read_message(&written).as_ref(), Ok(&message));
            assert_eq!(write_message(&message).unwrap(), written);
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
}
