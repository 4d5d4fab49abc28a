//! `IpAddress`: addresses and ranges of either version.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress>

use std::net::IpAddr;

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    first: IpAddr,
    length: u32,
}

/// An address of the request.
pub fn read(text: &str) -> Option<IpAddr> {
    text.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (address.to_bits().into(), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

impl Range {
    /// Reads `address/length`, or an address, which is a range of one. `None` where the text is neither.
    pub fn read(text: &str) -> Option<Self> {
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text.trim(), None),
        };
        let first: IpAddr = address.parse().ok()?;
        let (_, whole) = bits(first);
        let length = match length {
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            Some(_) => return None,
            None => whole,
        };
        if length > whole { None } else { Some(Self { first, length }) }
    }

    /// The first address, with what the range leaves open as it was written.
    pub fn first(&self) -> IpAddr {
        self.first
    }

    /// How many bits all addresses of the range share.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// Whether the address is in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        let ((first, whole), (other, other_whole)) = (bits(self.first), bits(address));
        let free = whole - self.length;
        // A shift by all of 128 bits is none in Rust.
        let head = |value: u128| value.checked_shr(free).unwrap_or(0);
        whole == other_whole && head(first) == head(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_both_versions() {
        let rows = [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.77/24", "203.0.113.1", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.9", "203.0.113.9", true),
            ("203.0.113.9", "203.0.113.8", false),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:9::", true),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5679::", false),
            ("203.0.113.0/24", "::ffff:203.0.113.1", true),
        ];
        for (range, address, expected) in rows {
            let found = Range::read(range).unwrap().contains(read(address).unwrap());
            assert_eq!(found, expected, "{range} {address}");
        }
        for wrong in
            ["", "*", "203.0.113.0/33", "203.0.113.0/", "203.0.113.*", "1.2.3", "::/129", "::/+1"]
        {
            assert_eq!(Range::read(wrong), None, "{wrong}");
        }
        assert_eq!(read("unknown"), None);
    }
}
