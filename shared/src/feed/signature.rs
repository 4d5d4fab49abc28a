//! The signature of a request: HMAC-SHA256 over its time and its body.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::secret::Secrets;
use crate::model::Timestamp;

/// The header that carries it.
pub const HEADER: &str = "Accesstrail-Signature";

/// The header of a request: `t=SECONDS,v1=HEX`, with one `v1` for each secret, the current one first. What is
/// signed is the text of the seconds, a dot, and the body as it is sent.
///
/// <https://www.rfc-editor.org/rfc/rfc2104>
pub fn sign(secrets: &Secrets, at: Timestamp, body: &[u8]) -> String {
    let seconds = at.as_second().to_string();
    let mut header = format!("t={seconds}");
    for secret in secrets.all() {
        // INVARIANT: HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        mac.update(seconds.as_bytes());
        mac.update(b".");
        mac.update(body);
        header.push_str(",v1=");
        // INVARIANT: both halves of a byte are below 16.
        let halves =
            mac.finalize().into_bytes().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        header.extend(halves.map(|half| char::from_digit(half.into(), 16).unwrap_or('0')));
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf '1795327200.{}' | openssl dgst -sha256 -hmac …`.
    #[test]
    fn signatures_are_those_of_other_programs() {
        let at = Timestamp::from_second(1_795_327_200).unwrap();
        let one = Secrets::new("0123456789abcdef0123456789abcdef", None).unwrap();
        let two = Secrets::new(
            "0123456789abcdef0123456789abcdef",
            Some("fedcba9876543210fedcba9876543210"),
        )
        .unwrap();
        assert_eq!(sign(&one, at, b"{}"), format!("t=1795327200,v1={FIRST}"));
        assert_eq!(sign(&two, at, b"{}"), format!("t=1795327200,v1={FIRST},v1={SECOND}"));
        assert_ne!(sign(&one, at, b"{ }"), sign(&one, at, b"{}"));
    }

    const FIRST: &str = "67f71f8b3f794405287ed5b3af52e6469d354d4ff28251f489084481430dee65";
    const SECOND: &str = "3d6a2cb4d65e0da2067ef5eee6558baf3e020366eca00d123ea6f820b150fe00";
}
