//! Three-valued answers: yes, no, and what hangs on something that is not known.

use std::ops::{BitAnd, BitOr, Not};

/// Whether something holds. The order is that of `No < Maybe < Yes`, so *and* is the least and *or* the greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold, whatever is not known.
    #[default]
    No,
    /// It hangs on what is not known.
    Maybe,
    /// It holds, whatever is not known.
    Yes,
}

impl Truth {
    /// Whether it certainly holds.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    /// Whether it certainly does not hold.
    pub fn is_no(self) -> bool {
        self == Self::No
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl BitAnd for Truth {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.min(other)
    }
}

impl BitOr for Truth {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.max(other)
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{Maybe, No, Yes};

    #[test]
    fn what_is_not_known_decides_only_where_it_must() {
        assert_eq!([Maybe & No, Maybe & Yes, Yes & Yes], [No, Maybe, Yes]);
        assert_eq!([Maybe | No, Maybe | Yes, No | No], [Maybe, Yes, No]);
        assert_eq!([!Maybe, !No, !Yes], [Maybe, Yes, No]);
    }
}
