//! How a store answers when an entity is to be tombstoned.

/// What became of an entity that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Burial {
    /// It is tombstoned.
    Done,
    /// There is nothing to do: it is tombstoned already, or was seen since, or was never known.
    Needless,
    /// It is stored otherwise than it was known ([`RereadSaved::met`](crate::port::RereadSaved::met)).
    Met,
}
